// Beside the list, where the screen is wide: the selected item in short.
import { api } from "../js/api.js";
import { h, replace } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { opinionBadge } from "../js/glyphs.js";
import { address } from "../js/router.js";
import { attachmentList } from "./attachments.js";
import { bodyText } from "./body_text.js";
import { createDecisionPanel } from "./decision_panel.js";
import { proofWord, toneOf } from "./finding_card.js";
import { problem } from "./problem.js";
import { weight } from "../js/words.js";

const WIDE = "(min-width: 1560px)";
const FINDINGS_SHOWN = 5;

/** The pane; it asks for nothing while it is not in sight. */
export function createPreview(desk, params) {
  const element = h("aside", { class: "preview", "aria-label": "The selected item" });
  const wide = matchMedia(WIDE);
  let abort = new AbortController();
  let shown = "";
  let panel = null;
  const show = async (row) => {
    if (!wide.matches || !row || row.item === shown) return;
    shown = row.item;
    abort.abort();
    abort = new AbortController();
    try {
      const item = await api.item(row.item, abort.signal);
      panel = createDecisionPanel(desk, item.review, () => {});
      replace(element, content(item, params(), panel));
      element.scrollTop = 0;
    } catch (error) {
      if (error.name !== "AbortError") replace(element, problem(error));
    }
  };
  return { element, show, isShown: () => wide.matches, reviewed: (review) => review.item === shown && panel?.set(review), end: () => abort.abort() };
}

function content(item, params, panel) {
  const findings = item.findings.toSorted((a, b) => rank(b) - rank(a)).slice(0, FINDINGS_SHOWN);
  return [
    h("h2", {}, h("a", { class: "plain foreign", href: address("item", params, item.item), dir: "auto" }, item.title || "(no subject)")),
    h("p", { class: "item-opinion" }, opinionBadge(item.not_examined ? "not-examined" : item.opinion.class), foreign(item.not_examined ?? item.opinion.because)),
    panel.element,
    findings.length ? h("ul", { class: "findings brief" }, findings.map((finding) => h("li", { class: `finding ${toneOf(finding)}` }, h("b", { class: "finding-weight" }, proofWord(finding) ?? weight(finding.log10_lr)), foreign(finding.says)))) : null,
    bodyText(item.text),
    attachmentList(item.attachments),
  ];
}

function rank(finding) {
  return finding.effect === "weighs" ? Math.abs(finding.log10_lr) : 100;
}
