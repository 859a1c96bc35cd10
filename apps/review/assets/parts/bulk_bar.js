// Decides several marked items at once. Those that somebody changed meanwhile are left alone and stay marked.
import { h } from "../js/dom.js";
import { notice } from "../js/notices.js";
import { actOnMany, mayDecide } from "../js/review.js";
import { DECISIONS, counted } from "../js/words.js";
import { icon } from "../js/glyphs.js";

/** The bar for these rows. */
export function bulkBar(desk, rows, { onclear, onreviews }) {
  const run = async (changes) => {
    const result = await actOnMany(rows, changes);
    if (!result) return;
    onreviews([...result.done, ...result.conflicts]);
    if (result.conflicts.length) notice(`${counted(result.conflicts.length, "item was", "items were")} changed by a colleague meanwhile and left alone. Look at them again.`, "bad");
    else notice(`${counted(result.done.length, "item")} done.`);
    onclear();
  };
  const isReader = !mayDecide(desk);
  const tag = h("input", { class: "field", name: "tag", placeholder: "tag", "aria-label": "Tag for the marked items", maxlength: "40" });
  const addTag = (event) => {
    event.preventDefault();
    if (tag.value.trim()) run({ tags: { add: [tag.value.trim()], remove: [] } });
  };
  return h("div", { class: "row", role: "group", "aria-label": "Marked items" }, h("b", {}, `${counted(rows.length, "item")} marked`), DECISIONS.map(({ word, name }) => h("button", { class: `button verdict ${word}`, type: "button", disabled: isReader, dataset: { decision: word }, onclick: () => run({ decision: word }) }, icon(word), name)), h("form", { class: "row", onsubmit: addTag }, tag, h("button", { class: "button", type: "submit", disabled: isReader }, "Tag")), h("button", { class: "button quiet", type: "button", onclick: onclear }, "Take marks back"));
}
