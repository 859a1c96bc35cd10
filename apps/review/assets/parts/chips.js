// The filters in force, each with a way to take it back.
import { h } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { FILTERS, FILTER_NAMES, toggled } from "../js/list_state.js";
import { decisionName } from "../js/words.js";

/** A chip for each value. */
export function chips(params, onparams) {
  const all = FILTERS.flatMap((name) => params.getAll(name).filter(Boolean).map((value) => [name, value]));
  if (!all.length) return null;
  const chip = ([name, value]) => h("li", {}, h("button", { class: "chip", type: "button", onclick: () => onparams(toggled(params, name, value)), "aria-label": `Remove the filter ${FILTER_NAMES[name]} ${value}` }, h("span", { class: "soft" }, FILTER_NAMES[name]), " ", foreign(name === "decision" ? decisionName(value) : value), h("span", { "aria-hidden": "true" }, " ✕")));
  const clear = h("li", {}, h("button", { class: "button quiet small", type: "button", onclick: () => onparams(new URLSearchParams()) }, "Clear all"));
  return h("ul", { class: "chips", "aria-label": "Filters in force" }, all.map(chip), all.length > 1 ? clear : null);
}
