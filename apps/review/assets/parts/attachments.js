// What a message carries: each is an item with an opinion of its own.
import { at } from "../js/api.js";
import { h } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { opinionBadge } from "../js/glyphs.js";
import { address } from "../js/router.js";
import { size } from "../js/words.js";

/** Cards; a picture shows itself, made anew by the server. */
export function attachmentList(attachments) {
  if (!attachments.length) return null;
  return h("section", { class: "attachments", "aria-label": "Attachments" }, h("h4", {}, attachments.length === 1 ? "1 attachment" : `${attachments.length} attachments`), h("ul", {}, attachments.map(card)));
}

function card(one) {
  const name = foreign(one.file_name || "(no name)", { class: "strong" });
  const picture = one.kind === "image" && one.is_known ? h("img", { class: "thumb", src: at.preview(one.item), alt: "", loading: "lazy", onerror: (event) => event.target.remove() }) : null;
  return h("li", { class: "attachment" }, picture, h("div", {}, one.is_known ? h("a", { href: address("item", {}, one.item) }, name) : name, h("p", { class: "soft small" }, foreign(one.media_type), ` · ${size(one.size_bytes)}`), one.opinion ? opinionBadge(one.opinion) : null));
}
