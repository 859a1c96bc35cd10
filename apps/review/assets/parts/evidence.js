// The evidence of an item: findings, the gravest first, then what did not apply and what was not read.
import { h } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { counted } from "../js/words.js";
import { findingCard } from "./finding_card.js";
import { signatureList } from "./signatures.js";

const RANK = { contradicts: 0, authenticates: 0, corroborates: 1, weighs: 2 };
const LIGHT = 0.3;

/** All of it. */
export function evidence(item, onplace) {
  const sorted = item.findings.toSorted((a, b) => RANK[a.effect] - RANK[b.effect] || Math.abs(b.log10_lr) - Math.abs(a.log10_lr) || a.n - b.n);
  const heavy = sorted.filter((finding) => finding.effect !== "weighs" || Math.abs(finding.log10_lr) >= LIGHT);
  const light = sorted.filter((finding) => !heavy.includes(finding));
  const cards = (list) => h("ol", { class: "findings" }, list.map((finding) => findingCard(finding, item, onplace)));
  return [
    notExamined(item),
    h("section", { "aria-label": "Findings" }, h("h2", {}, `Evidence`), heavy.length ? cards(heavy) : h("p", { class: "soft" }, "No finding weighs anything by itself."), light.length ? h("details", { class: "light", open: heavy.length < 3 }, h("summary", { class: "soft" }, `${counted(light.length, "finding")} of little or no weight`), cards(light)) : null),
    h("section", { "aria-label": "Signatures" }, h("h2", {}, "Signatures"), signatureList(item.signatures)),
    notRun(item.not_run),
    warnings(item.warnings),
  ];
}

function notExamined(item) {
  if (item.not_examined) return h("p", { class: "notice bad" }, h("b", {}, "Not examined: "), foreign(item.not_examined));
  if (item.partial) return h("p", { class: "notice warn" }, h("b", {}, "Examined only in part: "), foreign(item.partial));
  return null;
}

function notRun(list) {
  if (!list.length) return null;
  const failed = list.filter((one) => one.failed);
  const line = (one) => h("li", {}, h("span", { class: "mono" }, one.test), h("span", { class: "soft" }, ` ${one.reason}`));
  return h("section", {}, failed.length ? h("div", { class: "notice bad" }, h("b", {}, "Tests that failed"), h("ul", {}, failed.map(line))) : null, h("details", { class: "small" }, h("summary", { class: "soft" }, `${counted(list.length - failed.length, "test")} did not apply: nothing found either way`), h("ul", { class: "not-run" }, list.filter((one) => !one.failed).map(line))));
}

function warnings(list) {
  if (!list.length) return null;
  return h("section", {}, h("details", { class: "small" }, h("summary", { class: "soft" }, counted(list.length, "warning about our own reading", "warnings about our own reading")), h("ul", { class: "not-run" }, list.map((one) => h("li", {}, h("span", { class: "mono" }, one.code), " ", foreign(one.says))))));
}
