// One finding: what was seen, what it may mean, its innocent explanations, its weight; it leads to its place in the source.
import { h } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { address } from "../js/router.js";
import { verbal, weight } from "../js/words.js";
import { differenceLine } from "./difference.js";
import { paragraphs } from "./paragraphs.js";

/** The card; `onplace(finding)` shows where it was seen. */
export function findingCard(finding, item, onplace) {
  const tone = toneOf(finding);
  const card = h(
    "li",
    { class: `finding ${tone}`, id: `finding-${finding.n}`, dataset: { finding: finding.n } },
    h("div", { class: "finding-weight" }, weightWords(finding)),
    h(
      "div",
      { class: "finding-body" },
      h("p", { class: "finding-says" }, foreign(finding.says)),
      finding.difference ? differenceLine(finding.difference) : null,
      h("div", { class: "row finding-row" }, place(finding, onplace), compared(finding, item), h("span", { class: "mono soft finding-name" }, `${finding.test} · ${finding.code}`)),
      meaning(finding),
    ),
  );
  return card;
}

/** Which way a finding speaks. */
export function toneOf(finding) {
  if (finding.effect === "contradicts") return "against";
  if (finding.effect === "authenticates" || finding.effect === "corroborates") return "for";
  return verbal(finding.log10_lr).direction;
}

/** What a finding does that speaks by itself; nothing for one that only weighs. */
export function proofWord(finding) {
  return { contradicts: "demonstrates", authenticates: "proves", corroborates: "bears out" }[finding.effect];
}

function weightWords(finding) {
  const word = proofWord(finding);
  if (word) return [h("b", {}, word), h("span", {}, "by itself")];
  const { strength, direction } = verbal(finding.log10_lr);
  return [h("b", {}, weight(finding.log10_lr)), h("span", {}, direction === "neither" ? "no weight" : `${strength} ${direction}`)];
}

function place(finding, onplace) {
  if (!finding.at) return null;
  const where = `bytes ${finding.at.start}–${finding.at.end}`;
  return h("button", { class: "button place-button", type: "button", onclick: () => onplace(finding), title: where }, finding.in === "body" ? "Show in the body" : finding.in === "header" ? "Show in the header" : "Show the place");
}

function compared(finding, item) {
  if (!finding.compared_with) return null;
  return h("a", { class: "button", href: address("compare", {}, item.item, finding.compared_with) }, "Compare");
}

function meaning(finding) {
  return h("details", { class: "finding-more" }, h("summary", {}, "What it may mean, and innocent explanations"), h("h4", {}, "Why it matters"), paragraphs(finding.matters), h("h4", {}, "Innocent explanations"), paragraphs(finding.innocent), finding.group ? h("p", { class: "soft small" }, `Counted once with others that read the same clock, key or habit: ${finding.group}.`) : null, h("p", { class: "soft small" }, finding.weight));
}
