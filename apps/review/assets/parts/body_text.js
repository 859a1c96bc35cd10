// The body as text: the author's own words first, quotations set back.
import { h } from "../js/dom.js";
import { foreign, shown } from "../js/foreign.js";

/** The text of an item. */
export function bodyText(text) {
  if (!text.own && !text.quotations.length && !text.html_alternative) return h("p", { class: "empty" }, "No text.");
  return h(
    "div",
    { class: "body-text" },
    text.own ? h("div", { class: "own foreign", dir: "auto" }, shown(text.own)) : h("p", { class: "soft" }, "No words of its own."),
    text.quotations.map((one) => h("blockquote", { class: `quotation depth-${Math.min(4, Math.max(1, one.depth))}` }, one.attribution ? h("p", { class: "soft small" }, foreign(one.attribution)) : null, h("div", { class: "foreign", dir: "auto" }, shown(one.text)))),
    text.cut ? h("p", { class: "notice warn" }, "The text goes on; what is shown ends here. The source holds all of it.") : null,
    text.html_alternative ? h("details", {}, h("summary", {}, "The HTML alternative says other words"), h("div", { class: "own foreign", dir: "auto" }, shown(text.html_alternative))) : null,
  );
}
