// Items over time, stacked by opinion; a period is chosen by dragging over it, or with the two date fields.
import { h, replace, svg } from "../js/dom.js";
import { opinionGlyph } from "../js/glyphs.js";
import { OPINIONS, counted, number } from "../js/words.js";

const AXIS = 18;
const MARKS = 16;
const GUTTER = 34;

/**
 * `buckets` are `{ start, end, label, opinions | items }`; `onpick(from, to)` gets days, both included.
 * With `isSmall` there are neither scale nor marks.
 */
export function createTimeline({ buckets, onpick, from = "", to = "", height = 190, isSmall = false }) {
  const picture = h("div", { class: "timeline-picture" });
  const choice = createChoice(buckets, onpick, from, to);
  const state = { buckets, from, to, height, isSmall, width: 0, drag: null };
  const draw = () => {
    const width = picture.clientWidth;
    if (!width) return;
    state.width = width;
    replace(picture, drawing(state));
  };
  brush(picture, state, choice);
  const watcher = new ResizeObserver(draw);
  watcher.observe(picture);
  const element = h("div", { class: `timeline${isSmall ? " small-timeline" : ""}` }, picture, choice.element);
  return { element, end: () => watcher.disconnect() };
}

function total(bucket) {
  return bucket.opinions ? Object.values(bucket.opinions).reduce((sum, n) => sum + n, 0) : bucket.items;
}

function frame(state) {
  const left = state.isSmall ? 0 : GUTTER;
  const bottom = state.height - AXIS - (state.isSmall ? 0 : MARKS);
  const step = (state.width - left) / Math.max(1, state.buckets.length);
  const highest = Math.max(1, ...state.buckets.map(total));
  return { left, bottom, step, highest, y: (n) => ((bottom - 6) * n) / highest, x: (index) => left + index * step };
}

function drawing(state) {
  const place = frame(state);
  const label = `Items over time, ${counted(state.buckets.length, "period")}; the date fields below choose a period`;
  const picture = svg("svg", { width: state.width, height: state.height, role: "img", "aria-label": label });
  if (!state.isSmall) picture.append(...grid(state, place));
  state.buckets.forEach((bucket, index) => picture.append(bar(bucket, index, state, place)));
  picture.append(...axis(state, place), ...chosen(state, place));
  return picture;
}

function grid(state, place) {
  return ticks(place.highest).flatMap((n) => {
    const y = place.bottom - place.y(n);
    return [svg("line", { class: "grid", x1: place.left, x2: state.width, y1: y, y2: y }), svg("text", { class: "tick", x: place.left - 6, y: y + 4, "text-anchor": "end" }, number(n))];
  });
}

function ticks(highest) {
  const rough = highest / 4;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? power);
  return Array.from({ length: Math.floor(highest / step) }, (_, index) => (index + 1) * step);
}

function bar(bucket, index, state, place) {
  const gap = place.step > 6 ? 2 : place.step > 3 ? 1 : 0;
  const width = Math.max(0.5, place.step - gap);
  const group = svg("g", {}, svg("title", {}, spoken(bucket)));
  let y = place.bottom;
  const parts = bucket.opinions ? OPINIONS.map(({ word }) => [word, bucket.opinions[word] ?? 0]) : [["plain", bucket.items]];
  for (const [word, n] of parts) {
    if (!n) continue;
    const tall = Math.max(1, place.y(n));
    y -= tall;
    group.append(svg("rect", { class: `bar-${word}`, x: place.x(index), y, width, height: tall }));
  }
  if (bucket.opinions && !state.isSmall) group.append(...flags(bucket, place.x(index) + width / 2, place));
  group.append(svg("rect", { class: "reach", x: place.x(index), y: 0, width: place.step, height: place.bottom }));
  return group;
}

// Below the axis a mark for what must not be missed, however small its part of a bar.
function flags(bucket, x, place) {
  const marks = [];
  if (bucket.opinions.questioned) marks.push(svg("path", { class: "flag-questioned", d: `M${x} ${place.bottom + 3}l3 3-3 3-3-3z` }));
  if (bucket.opinions.contradicted) marks.push(svg("path", { class: "flag-contradicted", d: `M${x - 3} ${place.bottom + 10}h6v5h-6z` }));
  return marks;
}

function axis(state, place) {
  const every = Math.max(1, Math.ceil(62 / place.step));
  const y = state.height - 4;
  const line = svg("line", { class: "axis", x1: place.left, x2: state.width, y1: place.bottom, y2: place.bottom });
  const names = state.buckets.map((bucket, index) => (index % every === 0 && place.x(index) + 40 < state.width ? svg("text", { class: "tick", x: place.x(index), y }, bucket.label) : null));
  return [line, ...names.filter(Boolean)];
}

function chosen(state, place) {
  if (!state.from && !state.to) return [];
  const first = state.buckets.findIndex((bucket) => !state.from || bucket.end > state.from);
  const last = state.buckets.findLastIndex((bucket) => !state.to || bucket.start <= state.to);
  if (first < 0 || last < first) return [];
  const x = place.x(first);
  return [svg("rect", { class: "chosen", x, y: 0, width: place.x(last + 1) - x, height: place.bottom })];
}

function spoken(bucket) {
  if (!bucket.opinions) return `${bucket.label}: ${counted(bucket.items, "item")}`;
  const parts = OPINIONS.filter(({ word }) => bucket.opinions[word]).map(({ word }) => `${number(bucket.opinions[word])} ${word}`);
  return `${bucket.label}: ${parts.join(", ") || "nothing"}`;
}

function brush(picture, state, choice) {
  const indexAt = (event) => {
    const place = frame(state);
    const index = Math.floor((event.clientX - picture.getBoundingClientRect().left - place.left) / place.step);
    return Math.min(state.buckets.length - 1, Math.max(0, index));
  };
  const select = (a, b) => {
    state.from = state.buckets[Math.min(a, b)].start;
    state.to = dayBefore(state.buckets[Math.max(a, b)].end);
    choice.set(state.from, state.to);
    replace(picture, drawing(state));
  };
  picture.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !state.buckets.length) return;
    state.drag = indexAt(event);
    picture.setPointerCapture(event.pointerId);
    select(state.drag, state.drag);
  });
  picture.addEventListener("pointermove", (event) => state.drag !== null && select(state.drag, indexAt(event)));
  picture.addEventListener("pointerup", () => {
    if (state.drag === null) return;
    state.drag = null;
    choice.focus();
  });
}

function createChoice(buckets, onpick, from, to) {
  const first = dayField("from", from, "From, as 2016-03-01");
  const last = dayField("to", to, "To, included, as 2016-03-31");
  const says = h("span", { class: "soft small", "aria-live": "polite" });
  const button = h("button", { class: "button", type: "submit" }, "Show these items");
  const tell = () => {
    const inside = buckets.filter((bucket) => (!first.value || bucket.end > first.value) && (!last.value || bucket.start <= last.value));
    says.replaceChildren(first.value || last.value ? counted(inside.reduce((sum, bucket) => sum + total(bucket), 0), "item") : "Drag over the bars, or give two dates");
  };
  first.addEventListener("change", tell);
  last.addEventListener("change", tell);
  tell();
  const element = h("form", { class: "choice row", onsubmit: (event) => {
    event.preventDefault();
    onpick(first.value, last.value);
  } }, first, h("span", { class: "soft" }, "to"), last, button, says);
  const set = (a, b) => {
    first.value = a;
    last.value = b;
    tell();
  };
  return { element, set, focus: () => button.focus({ preventScroll: true }) };
}

// Days are written as everywhere else in the program, whatever the language of the browser.
function dayField(name, value, label) {
  return h("input", { class: "field day-field", name, value, placeholder: "2016-03-01", pattern: "\\d{4}-\\d{2}-\\d{2}", title: label, "aria-label": label, inputmode: "numeric", autocomplete: "off", maxlength: 10 });
}

function dayBefore(day) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}

/** The names of the colours. */
export function legend() {
  return h("p", { class: "legend" }, OPINIONS.map(({ word }) => h("span", {}, opinionGlyph(word), word)));
}

/** The patterns that tell the two grave opinions apart without colour; once in the page. */
export function patterns() {
  const pattern = (name, children) => svg("pattern", { id: `hatch-${name}`, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: name === "contradicted" ? "rotate(45)" : null }, svg("rect", { width: 5, height: 5, class: `solid-${name}` }), children);
  return svg("svg", { class: "patterns", "aria-hidden": "true" }, svg("defs", {}, pattern("contradicted", svg("line", { x1: 0, y1: 0, x2: 0, y2: 5, class: "hatch" })), pattern("questioned", svg("circle", { cx: 2.5, cy: 2.5, r: 0.5, class: "hatch" }))));
}
