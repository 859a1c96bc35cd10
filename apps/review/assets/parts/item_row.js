// One item in a list: opinion, who, what, the words that were found, where it lies, and how the desk stands on it.
import { h } from "../js/dom.js";
import { foreign, shown, shownString } from "../js/foreign.js";
import { decisionBadge, icon, opinionGlyph } from "../js/glyphs.js";
import { address } from "../js/router.js";
import { clock, size } from "../js/words.js";

/** The row; `params` are those of the list, so that the item knows its neighbours. */
export function itemRow(row, params) {
  const opinion = row.not_examined ? "not-examined" : row.opinion;
  return [
    h("span", { class: "cell c-opinion", role: "gridcell" }, opinionGlyph(opinion, opinion.replace("-", " "))),
    h("span", { class: "cell c-who", role: "gridcell" }, foreign(nameOf(row.by) || kindName(row), { class: "name", title: shownString(row.by) }), h("span", { class: "under foreign" }, recipients(row))),
    h("span", { class: "cell c-what", role: "gridcell" }, h("a", { class: "about foreign", href: address("item", params, row.item), tabindex: "-1", dir: "auto" }, shown(row.about || "(no subject)")), h("span", { class: "under" }, secondLine(row))),
    h("span", { class: "cell c-signs", role: "gridcell" }, signs(row)),
    h("span", { class: "cell c-date", role: "gridcell" }, clock(row.date).slice(0, 10) || h("span", { class: "soft" }, "no date"), h("span", { class: "under" }, clock(row.date).slice(11))),
    h("span", { class: "cell c-desk", role: "gridcell" }, row.decision ? decisionBadge(row.decision) : h("span", { class: "away" }, "undecided"), h("span", { class: "under foreign" }, deskLine(row))),
  ];
}

/** A text with the words that were searched for marked. */
export function snippet({ text, marks }) {
  const nodes = [];
  let from = 0;
  for (const [start, end] of marks) {
    if (start > from) nodes.push(shown(text.slice(from, start)));
    nodes.push(h("mark", {}, shown(text.slice(start, end))));
    from = end;
  }
  return [nodes, shown(text.slice(from))];
}

function nameOf(by) {
  return (by ?? "").replace(/\s*<[^<>]*>\s*$/, "").replace(/^"(.*)"$/, "$1") || by;
}

function kindName(row) {
  return row.kind === "message" ? "(no sender)" : row.kind;
}

function recipients(row) {
  if (!row.to) return row.kind === "message" ? "" : `${row.media_type}`;
  return [`to `, shown(nameOf(row.to)), row.n_recipients > 1 ? ` +${row.n_recipients - 1}` : ""];
}

function secondLine(row) {
  if (row.snippet) return h("span", { class: "foreign", dir: "auto" }, row.snippet.quoted ? h("span", { class: "quoted-mark" }, "quoted: ") : null, snippet(row.snippet));
  if (row.not_examined) return foreign(`not examined: ${row.not_examined}`);
  if (row.because) return foreign(row.because);
  return foreign(row.place, { class: "mono" });
}

function signs(row) {
  const out = [];
  if (row.n_attachments) out.push(h("span", { class: "sign", title: `${row.n_attachments} attached` }, icon("clip"), row.n_attachments));
  if (row.n_notes) out.push(h("span", { class: "sign", title: `${row.n_notes} notes` }, icon("note"), row.n_notes));
  if (row.kind !== "message") out.push(h("span", { class: "sign soft" }, size(row.size_bytes)));
  return out;
}

function deskLine(row) {
  return [row.assigned ? [icon("person"), shown(row.assigned)] : row.decided_by ? `by ${shownString(row.decided_by)}` : "", row.tags.length ? [" ", row.tags.map((tag) => h("span", { class: "tag foreign" }, shown(tag)))] : null];
}
