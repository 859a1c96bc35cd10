// Small drawn signs. Each opinion has a shape of its own, so that colour is never the only difference.
import { h, svg } from "./dom.js";
import { OPINIONS, decisionName } from "./words.js";

const OPINION_SHAPES = {
  authenticated: [["path", { class: "body", d: "M8 .5 14.5 3v5c0 4-2.800 6.500-6.500 7.500C4.300 14.500 1.500 12 1.500 8V3z" }], ["path", { class: "sign", d: "m4.800 8 2.300 2.400 4.200-5" }]],
  corroborated: [["circle", { class: "body", cx: 5.5, cy: 8, r: 5 }], ["circle", { class: "body", cx: 10.5, cy: 8, r: 5 }], ["path", { class: "sign", d: "M8 4.200a5 5 0 0 1 0 7.600a5 5 0 0 1 0-7.600" }]],
  consistent: [["rect", { class: "body", x: 1, y: 1, width: 14, height: 14, rx: 2 }], ["path", { class: "sign", d: "M4.500 6.200h7M4.500 9.800h7" }]],
  unresolved: [["circle", { class: "body", cx: 8, cy: 8, r: 6.8 }], ["path", { class: "sign", d: "M4.700 8h.01M8 8h.01M11.300 8h.01" }]],
  questioned: [["path", { class: "body", d: "M8 .3 15.700 8 8 15.700 .3 8z" }], ["path", { class: "sign", d: "M6.200 6.300c0-2.400 3.700-2.300 3.700 0C9.900 7.800 8 7.900 8 9.300M8 11.600v.01" }]],
  contradicted: [["path", { class: "body", d: "M4.900 .8h6.200l4.100 4.100v6.200l-4.100 4.100H4.900L.8 11.100V4.900z" }], ["path", { class: "sign", d: "m5.300 5.300 5.400 5.400M10.700 5.300l-5.400 5.400" }]],
  "not-examined": [["circle", { class: "line", cx: 8, cy: 8, r: 6.5, "stroke-dasharray": "2 2" }]],
};

/** The sign of an opinion; hidden from screen readers, the word stands beside it or in `label`. */
export function opinionGlyph(word, label) {
  const shapes = OPINION_SHAPES[word] ?? OPINION_SHAPES["not-examined"];
  const naming = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return svg("svg", { class: `glyph ${word}`, viewBox: "0 0 16 16", ...naming }, shapes.map(([tag, props]) => svg(tag, props)));
}

/** Sign and word of an opinion. */
export function opinionBadge(word) {
  return h("span", { class: `opinion ${word}` }, opinionGlyph(word), word.replace("-", " "));
}

/** The digit that filters for an opinion. */
export function opinionKey(word) {
  return OPINIONS.findIndex((opinion) => opinion.word === word) + 1;
}

const ICONS = {
  use: "m2.500 6.500 2.500 2.500 4.500-6",
  "do-not-use": "M6 1.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 0 0 0-9M2.800 2.800l6.400 6.400",
  "needs-work": "M2 10l.6-2.400L8.200 2l1.800 1.800-5.600 5.600z",
  clip: "M9.500 5.500 5.800 9.200a2 2 0 0 1-2.900-2.900l4-4a1.300 1.300 0 0 1 1.900 1.900L5 8",
  note: "M2 2h8v6H6l-2.500 2.200V8H2z",
  person: "M6 6a2 2 0 1 0 0-4a2 2 0 0 0 0 4M2 10.500c0-4 8-4 8 0",
};

/** A small line icon, decorative. */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));
}

/** The pill that shows what was decided. */
export function decisionBadge(word, isConflict = false) {
  const name = isConflict ? `${decisionName(word)} · conflict` : decisionName(word);
  return h("span", { class: `decision ${word}${isConflict ? " conflict" : ""}` }, icon(word), name);
}
