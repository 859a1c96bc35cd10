// What a message carries: each is an item with an opinion of its own, and shows what it is as a picture or as text.
import { api, at } from "../js/api.js";
import { h, replace } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { opinionBadge } from "../js/glyphs.js";
import { address } from "../js/router.js";
import { size } from "../js/words.js";

/** Cards; a picture is made anew by the server, what cannot be shown says why. */
export function attachmentList(attachments) {
  if (!attachments.length) return null;
  return h("section", { class: "attachments", "aria-label": "Attachments" }, h("h4", {}, attachments.length === 1 ? "1 attachment" : `${attachments.length} attachments`), h("ul", {}, attachments.map(card)));
}

function card(one) {
  const name = foreign(one.file_name || "(no name)", { class: "strong" });
  const title = h("p", {}, one.is_known ? h("a", { href: address("item", {}, one.item) }, name) : name);
  const kind = h("p", { class: "soft small" }, foreign(one.media_type), ` · ${size(one.size_bytes)}`);
  return h("li", { class: "attachment" }, h("div", {}, title, kind, one.opinion ? opinionBadge(one.opinion) : null), preview(one));
}

function preview(one) {
  if (one.preview.is === "picture") return picture(one.item, "thumb");
  if (one.preview.is === "text") return h("p", { class: "excerpt small foreign", dir: "auto" }, one.preview.text);
  return h("p", { class: "soft small" }, `No preview: ${one.preview.reason}`);
}

/** A picture made anew; where there is none, the reason. */
export function picture(item, className) {
  const place = h("div", {});
  const failed = async () => {
    const says = await api.noPreview(item);
    replace(place, h("p", { class: "soft small" }, says));
  };
  return replace(place, h("img", { class: className, src: at.preview(item), alt: "The picture, made anew by the server", loading: "lazy", onerror: failed }));
}
