// Where the bytes lie, down to the byte range, so that anybody can check them.
import { at } from "../js/api.js";
import { h } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { address } from "../js/router.js";
import { number, size } from "../js/words.js";

/** All places of an item. */
export function placeList(item, isRedacted) {
  return h("div", { class: "places" }, h("dl", { class: "pairs" }, h("dt", {}, "SHA-256"), h("dd", { class: "mono foreign" }, item.item), h("dt", {}, "Kind"), h("dd", {}, foreign(item.media_type || item.kind), `, ${size(item.size_bytes)}`)), h("ol", {}, item.places.map(place)), isRedacted ? h("p", { class: "soft small" }, "The exact bytes are not given out while personal data is masked.") : h("p", {}, h("a", { class: "button", href: at.raw(item.item), download: "" }, "Save the exact bytes")));
}

function place(one) {
  return h("li", {}, h("p", {}, one.steps.map((step, index) => [index ? h("span", { class: "soft" }, " ▸ ") : null, foreign(step, { class: "mono" })])), h("p", { class: "soft small" }, `bytes ${number(one.offset)} to ${number(one.offset + one.length)} of what holds it`, one.origin === "reference" ? " · one of the originals" : null, one.parent ? [" · ", h("a", { href: address("item", {}, one.parent) }, "what carries it")] : null), h("p", { class: "soft small" }, "exhibit ", foreign(one.exhibit), " ", h("span", { class: "mono foreign" }, one.exhibit_sha256)));
}
