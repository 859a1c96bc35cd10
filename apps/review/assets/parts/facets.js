// The filters with their counts.
import { h } from "../js/dom.js";
import { foreign, shownString } from "../js/foreign.js";
import { opinionGlyph, opinionKey } from "../js/glyphs.js";
import { listParams, toggled, withValues } from "../js/list_state.js";
import { OPINIONS, decisionName, number } from "../js/words.js";
import { createTimeline } from "./timeline.js";

const FACETS = [
  ["opinion", "Opinion", true],
  ["decision", "Decision", true],
  ["date", "Date", true],
  ["mailbox", "Mailbox", true],
  ["sender", "Sender", false],
  ["sender_domain", "Sender domain", true],
  ["recipient", "Recipient", false],
  ["signature", "Signature", true],
  ["kind", "Kind", true],
  ["attachment", "Attachment", false],
  ["test", "Finding", false],
  ["tag", "Tag", false],
  ["assigned", "Assigned to", false],
  ["reviewer", "Decided by", false],
  ["examined", "Examined", false],
];
const FIRST_SHOWN = 7;

/** Which facets the reader has opened or closed, as long as the page lives. */
const opened = new Map();

/** The rail; `onparams(params)` is called with the parameters of the next list. */
export function facetRail(facets, params, onparams) {
  const endings = [];
  const groups = FACETS.map(([name, title, isOpen]) => {
    const content = name === "date" ? dates(facets.date, params, onparams, endings) : values(name, facets[name], params, onparams);
    return content ? group(name, title, isOpen || params.has(name), content) : null;
  });
  return { element: h("div", { class: "facets" }, groups), end: () => endings.forEach((end) => end()) };
}

function group(name, title, isOpen, content) {
  const details = h("details", { class: "facet", dataset: { facet: name }, open: opened.get(name) ?? isOpen }, h("summary", {}, title), content);
  details.addEventListener("toggle", () => opened.set(name, details.open));
  return details;
}

function values(name, facet, params, onparams) {
  const list = complete(name, facet?.values ?? [], params);
  if (!list.length) return null;
  const chosen = new Set(params.getAll(name));
  const lines = list.map((value) => line(name, value, chosen.has(value.value), () => onparams(toggled(params, name, value.value))));
  const first = lines.filter((_, index) => index < FIRST_SHOWN || chosen.has(list[index].value));
  const rest = lines.filter((element) => !first.includes(element));
  const more = facet?.more ? h("p", { class: "soft small" }, `and ${number(facet.more)} more; search for them`) : null;
  return [h("ul", {}, first), rest.length ? h("details", { class: "facet-rest" }, h("summary", { class: "soft small" }, `${number(rest.length)} more`), h("ul", {}, rest), more) : more];
}

// All six opinions always; and whatever is chosen, also where nothing fits it any more.
function complete(name, values, params) {
  const known = new Map(values.map((one) => [one.value, one]));
  if (name === "opinion") return OPINIONS.map(({ word }) => known.get(word) ?? { value: word, items: 0 });
  const missing = params.getAll(name).filter((value) => !known.has(value));
  return [...missing.map((value) => ({ value, items: 0 })), ...values];
}

function line(name, { value, items }, isChosen, onchange) {
  const text = name === "decision" ? decisionName(value) : value;
  const label = name === "opinion" ? [opinionGlyph(value), h("span", { class: "facet-value" }, value), h("kbd", {}, opinionKey(value))] : foreign(name === "mailbox" ? afterExhibit(text) : text, { class: "facet-value", title: shownString(text) });
  return h("li", {}, h("label", { class: `facet-line${items ? "" : " none"}` }, h("input", { type: "checkbox", checked: isChosen, onchange, name, value }), label, h("span", { class: "facet-count" }, number(items))));
}

function afterExhibit(value) {
  const cut = value.indexOf("!");
  return cut > 0 && value.length > cut + 1 ? value.slice(cut + 1) : value;
}

function dates(date, params, onparams, endings) {
  if (!date?.buckets?.length && !params.has("date_from") && !params.has("date_to")) return null;
  const pick = (from, to) => {
    const next = withValues(withValues(listParams(params), "date_from", [from]), "date_to", [to]);
    onparams(next);
  };
  const timeline = createTimeline({ buckets: date?.buckets ?? [], onpick: pick, from: params.get("date_from") ?? "", to: params.get("date_to") ?? "", height: 70, isSmall: true });
  endings.push(timeline.end);
  return timeline.element;
}
