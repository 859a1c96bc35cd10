// A difference word by word: what is only here, only there, and in both.
import { h } from "../js/dom.js";
import { shown } from "../js/foreign.js";
import { counted } from "../js/words.js";

/** Both sides in one text. */
export function changesInline(changes) {
  return changes.map((change) => {
    if ("same" in change) return h("span", {}, shown(change.same), " ");
    if ("only_here" in change) return [h("ins", { title: "only here" }, signed("+"), shown(change.only_here)), " "];
    if ("only_there" in change) return [h("del", { title: "only there" }, signed("−"), shown(change.only_there)), " "];
    return h("span", { class: "skipped" }, ` [${counted(change.skipped, "word")} alike] `);
  });
}

/** One side of a difference; `side` is `here` or `there`. */
export function changesOf(changes, side) {
  const own = side === "here" ? "only_here" : "only_there";
  return changes.map((change, index) => {
    if ("same" in change) return h("span", {}, shown(change.same), " ");
    if (own in change) return [h("mark", { class: `change only-${side}`, dataset: { change: index } }, shown(change[own])), " "];
    if ("skipped" in change) return h("span", { class: "skipped" }, ` [${counted(change.skipped, "word")} alike] `);
    return h("span", { class: "gap", dataset: { change: index }, title: "Words that stand only on the other side" }, "‸ ");
  });
}

/** A short difference under a finding. */
export function differenceLine(difference) {
  return h("div", { class: "difference foreign" }, h("span", { class: "soft small" }, `Difference in ${difference.of}: `, h("ins", {}, signed("+"), "only here"), " ", h("del", {}, signed("−"), "only there")), h("p", { dir: "auto" }, changesInline(difference.changes)));
}

function signed(sign) {
  return h("b", { "aria-hidden": "true" }, sign);
}
