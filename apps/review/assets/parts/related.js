// What hangs together with an item: copies, the thread, the same attachment elsewhere, versions.
import { h } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { decisionBadge, opinionGlyph } from "../js/glyphs.js";
import { address } from "../js/router.js";
import { clock } from "../js/words.js";

/** Everything the server found related. */
export function relatedLists(related, item) {
  const lists = [
    list("Copies of the same message", related.copies, item, true, related.more?.copies),
    list("Compared with", related.compared_with, item, true),
    list("The thread, in order of date", related.thread.length > 1 ? related.thread : [], item, false, related.more?.thread),
    list("Carried by", related.carried_by, item, false),
    list("Carries", related.carries, item, false),
    list("Earlier and later versions", related.versions, item, true),
    ...related.same_attachment.map((one) => list(`Also carry “${one.file_name || "the same attachment"}”`, one.items, item, true)),
  ].filter(Boolean);
  return lists.length ? lists : h("p", { class: "empty" }, "Nothing else in the collection hangs together with it.");
}

function list(name, rows, item, isComparable, more = 0) {
  if (!rows?.length) return null;
  return h("section", { class: "related" }, h("h3", {}, name), h("ol", {}, rows.map((row) => line(row, item, isComparable))), more ? h("p", { class: "soft small" }, `and ${more} more`) : null);
}

function line(row, item, isComparable) {
  const isSelf = row.is_self || row.item === item.item;
  const depth = Math.min(6, row.depth ?? 0);
  return h(
    "li",
    { class: `related-line depth-${depth}${isSelf ? " self" : ""}` },
    opinionGlyph(row.opinion, row.opinion),
    h("span", { class: "related-date mono" }, clock(row.date)),
    h("span", { class: "related-what" }, isSelf ? foreign(row.about || "(no subject)", { class: "strong" }) : h("a", { href: address("item", {}, row.item) }, foreign(row.about || row.place)), h("span", { class: "under" }, foreign(row.by), row.is_reference ? " · one of the originals" : null, row.why ? [" · ", foreign(row.why)] : null)),
    row.decision ? decisionBadge(row.decision) : null,
    isComparable && !isSelf && !row.is_reference_only ? h("a", { class: "button compare-link", href: address("compare", {}, item.item, row.item) }, "Compare") : null,
  );
}
