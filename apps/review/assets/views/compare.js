// Two items side by side, word by word: text, header fields, quotations, attachments, properties.
import { api } from "../js/api.js";
import { h, replace } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { opinionBadge } from "../js/glyphs.js";
import { changesOf } from "../parts/difference.js";
import { problem } from "../parts/problem.js";
import { address, go } from "../js/router.js";
import { clock } from "../js/words.js";

/** The view. */
export function create(desk, route) {
  const { argument: here, second: there } = route;
  const abort = new AbortController();
  const element = h("div", { class: "compare", "aria-busy": "true" }, h("p", { class: "empty loading" }, "Comparing"));
  const walk = createWalk(element);
  document.title = "Side by side · Mabillon";
  api.compare(here, there, abort.signal).then(
    (comparison) => {
      element.removeAttribute("aria-busy");
      replace(element, ...page(comparison, walk));
      walk.begin();
    },
    (error) => error.name !== "AbortError" && replace(element, problem(error)),
  );
  const group = "Side by side";
  const endings = [
    desk.keys.add([
      { keys: "j", says: "Next difference", group, run: () => walk.step(1) },
      { keys: "k", says: "Previous difference", group, run: () => walk.step(-1) },
      { keys: "c", says: "Change sides", group, run: () => go(address("compare", {}, there, here)) },
      { keys: "escape", says: "Back to the item", group, run: () => go(address("item", {}, here)) },
    ]),
  ];
  return { element, end: () => (abort.abort(), endings.forEach((end) => end())) };
}

function page(comparison, walk) {
  const { here, there } = comparison;
  return [
    h("header", { class: "compare-head" }, h("div", { class: "row" }, h("a", { class: "button quiet", href: address("item", {}, here.item) }, "← Item"), h("h1", {}, "Side by side"), walk.element, h("a", { class: "button quiet", href: address("compare", {}, there.item, here.item) }, "Change sides")), h("p", { class: "soft" }, verdict(comparison))),
    h("div", { class: "sides sides-head" }, side(here, "This item"), side(there, there.is_reference ? "The original" : "The other")),
    // What differs comes first: an altered quotation must not stand below pages of words that are alike.
    [["Text", comparison.text], ["Quotations", comparison.quotations]].toSorted(([, a], [, b]) => a.same - b.same).map(([name, part]) => section(name, part)),
    fields(comparison),
    comparison.html.changes.length && !comparison.html.same ? section("Words of the HTML", comparison.html) : null,
    attachments(comparison.attachments),
    properties(comparison.properties),
  ].filter(Boolean);
}

function verdict(comparison) {
  if (comparison.same_bytes) return "The same bytes.";
  const parts = [comparison.same_text ? "The words are the same." : "The words differ."];
  const fields = comparison.fields.filter((field) => !field.same).map((field) => field.name);
  if (fields.length) parts.push(`Header fields that differ: ${fields.slice(0, 6).join(", ")}${fields.length > 6 ? ` and ${fields.length - 6} more` : ""}.`);
  if (comparison.headers === "facts") parts.push("An exhibit could not be read again; only the fields that the case knows are compared.");
  return parts.join(" ");
}

function side(row, name) {
  return h("div", { class: "side" }, h("h4", {}, name), h("p", {}, opinionBadge(row.not_examined ? "not-examined" : row.opinion), " ", h("a", { href: address("item", {}, row.item) }, foreign(row.about || "(no subject)"))), h("p", { class: "soft small" }, foreign(row.by), ` · ${clock(row.date)}`), h("p", { class: "soft small mono" }, foreign(row.place)));
}

function section(name, part) {
  if (!part.changes.length) return null;
  if (part.same) return h("details", { class: "compare-part" }, h("summary", {}, h("b", {}, name), h("span", { class: "soft" }, " the same on both sides")), h("div", { class: "same-text foreign", dir: "auto" }, changesOf(part.changes, "here")));
  return h("section", { class: "compare-part", "aria-label": name }, h("h2", {}, name), h("div", { class: "sides" }, h("div", { class: "side side-text foreign", dir: "auto" }, changesOf(part.changes, "here")), h("div", { class: "side side-text foreign", dir: "auto" }, changesOf(part.changes, "there"))), part.cut ? h("p", { class: "notice warn" }, "The texts go on; the comparison ends here.") : null);
}

function fields(comparison) {
  const line = (field) => h("tr", { class: field.same ? "same" : "differs" }, h("th", { scope: "row" }, foreign(field.name)), field.same ? h("td", { colspan: 2 }, foreign(field.here ?? "")) : [cell(field, "here"), cell(field, "there")]);
  const table = (rows) => h("table", { class: "field-table" }, h("thead", {}, h("tr", {}, ["Field", "Here", "There"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, rows.map(line)));
  const differ = comparison.fields.filter((field) => !field.same);
  const same = comparison.fields.filter((field) => field.same);
  return h("section", { class: "compare-part", "aria-label": "Header fields" }, h("h2", {}, "Header fields"), differ.length ? table(differ) : h("p", { class: "soft" }, "No header field differs."), same.length ? h("details", {}, h("summary", { class: "soft" }, `${same.length} alike`), table(same)) : null);
}

function cell(field, side) {
  const value = field[side];
  if (value === null) return h("td", {}, h("span", { class: "gap-field soft" }, "not there"));
  return h("td", { class: "foreign", dir: "auto" }, field.changes.length ? changesOf(field.changes, side) : h("mark", { class: `change only-${side}` }, value));
}

function attachments(list) {
  if (!list.length) return null;
  const cellOf = (item, one) => h("td", {}, item ? h("a", { href: address("item", {}, item) }, foreign(one.file_name)) : h("span", { class: "soft" }, "not there"));
  return h("section", { class: "compare-part", "aria-label": "Attachments" }, h("h2", {}, "Attachments"), h("table", { class: "field-table" }, h("tbody", {}, list.map((one) => h("tr", { class: one.same ? "same" : "differs" }, h("th", { scope: "row" }, one.same ? "the same bytes" : one.here && one.there ? "other bytes" : "on one side only"), cellOf(one.here, one), cellOf(one.there, one))))));
}

function properties(list) {
  const differ = list.filter((one) => !one.same);
  if (!differ.length) return null;
  return h("section", { class: "compare-part", "aria-label": "Properties" }, h("h2", {}, "Properties"), h("table", { class: "field-table" }, h("tbody", {}, differ.map((one) => h("tr", { class: "differs" }, h("th", { scope: "row" }, one.name.replaceAll("_", " ")), h("td", {}, foreign(one.here ?? "")), h("td", {}, foreign(one.there ?? "")))))));
}

// Steps from difference to difference.
function createWalk(root) {
  const says = h("span", { class: "soft small", "aria-live": "polite" });
  const element = h("span", { class: "row push" }, says, h("button", { class: "button", type: "button", onclick: () => step(-1), "aria-label": "Previous difference" }, "↑"), h("button", { class: "button", type: "button", onclick: () => step(1), "aria-label": "Next difference" }, "↓"));
  let stops = [];
  let current = -1;
  const begin = () => {
    stops = [...root.querySelectorAll("mark.change")].filter((mark) => !mark.closest("details:not([open])"));
    says.replaceChildren(stops.length === 1 ? "1 difference" : `${stops.length} differences`);
  };
  const step = (by) => {
    if (!stops.length) return;
    stops[current]?.classList.remove("found");
    current = (current + by + stops.length) % stops.length;
    stops[current].classList.add("found");
    stops[current].scrollIntoView({ block: "center" });
    says.replaceChildren(`${current + 1} of ${stops.length}`);
  };
  return { element, begin, step };
}

