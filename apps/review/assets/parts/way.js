// The way of a message: its relays and every clock it carries on one line of time.
import { h, svg } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { clock } from "../js/words.js";

const LEFT = 14;
const RIGHT = 14;
const LANES = [
  ["date", "Stated by the sender"],
  ["hidden", "Hidden clocks"],
  ["signature", "Signatures"],
  ["received", "Relays"],
  ["delivered", "Delivery and mailbox"],
];

/** Clocks on a line, the relays as a list, and all clocks as a table. */
export function createWay(headers) {
  const known = headers.clocks.filter((one) => !Number.isNaN(Date.parse(one.at)));
  const picture = h("div", { class: "way-picture" });
  const draw = () => picture.clientWidth && picture.replaceChildren(drawing(known, picture.clientWidth));
  const watcher = new ResizeObserver(draw);
  watcher.observe(picture);
  const element = h("div", { class: "way" }, known.length ? picture : h("p", { class: "soft" }, "The message carries no clock that could be read."), known.length ? table(known) : null, h("h3", {}, "Relays, from the sender on"), hops(headers.hops));
  return { element, end: () => watcher.disconnect() };
}

function laneOf(one) {
  const kind = one.kind === "separator" ? "delivered" : one.kind;
  const index = LANES.findIndex(([name]) => name === kind);
  return index < 0 ? 1 : index;
}

function drawing(clocks, width) {
  const times = clocks.map((one) => Date.parse(one.at));
  const scale = timeScale(times, width);
  const used = LANES.map((_, index) => clocks.some((one) => laneOf(one) === index));
  const lanes = LANES.map(([, name], index) => ({ name, index })).filter(({ index }) => used[index]);
  const height = 26 + lanes.length * 34;
  const y = (one) => 34 + lanes.findIndex(({ index }) => index === laneOf(one)) * 34;
  return svg(
    "svg",
    { width, height, role: "img", "aria-label": "Every clock of the message on a line of time; the table below holds the same" },
    scale.ticks.map(({ x, label }) => [svg("line", { class: "grid", x1: x, x2: x, y1: 16, y2: height }), svg("text", { class: "tick", x, y: 11, "text-anchor": x > width - 70 ? "end" : x < 60 ? "start" : "middle" }, label)]),
    lanes.map(({ name }, row) => [svg("line", { class: "lane", x1: 0, x2: width, y1: 34 + row * 34 + 9, y2: 34 + row * 34 + 9 }), svg("text", { class: "lane-name", x: 0, y: 34 + row * 34 - 4 }, name)]),
    clocks.map((one, index) => mark(one, scale.x(times[index]), y(one) + 9)),
  );
}

// From the first to the last clock; where one lies far away from all others, the scale is that of powers, so that
// seconds beside each other stay apart.
function timeScale(times, width) {
  const first = Math.min(...times);
  const last = Math.max(...times);
  const middle = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
  const bend = (ms) => Math.sign(ms) * Math.log10(1 + Math.abs(ms) / 500);
  const from = bend(first - middle);
  const to = bend(last - middle);
  const inner = width - LEFT - RIGHT;
  const x = (time) => LEFT + (to === from ? inner / 2 : (inner * (bend(time - middle) - from)) / (to - from));
  const steps = [-31536e6, -2592e6, -86400e3, -3600e3, -60e3, -5e3, 0, 5e3, 60e3, 3600e3, 86400e3, 2592e6, 31536e6];
  const inside = steps.filter((step) => middle + step >= first && middle + step <= last);
  const ticks = [];
  for (const step of inside) {
    const at = x(middle + step);
    if (ticks.length && at - ticks.at(-1).x < 64) continue;
    ticks.push({ x: at, label: step === 0 ? new Date(middle).toISOString().slice(0, 19).replace("T", " ") : stepName(step) });
  }
  return { x, ticks };
}

function stepName(ms) {
  const size = Math.abs(ms);
  const [unit, name] = [[31536e6, "year"], [2592e6, "month"], [86400e3, "day"], [3600e3, "hour"], [60e3, "min"], [1e3, "s"]].find(([length]) => size >= length);
  return `${ms < 0 ? "−" : "+"}${Math.round(size / unit)} ${name}`;
}

function mark(one, x, y) {
  const title = svg("title", {}, `${one.what}: ${one.at}`);
  const shape = { date: "M-5-5h10v10h-10z", hidden: "M0-6 6 0 0 6-6 0z", signature: "M0-6 6 5-6 5z", received: "M-1.500-7h3v14h-3z", delivered: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0" }[LANES[laneOf(one)][0]];
  return svg("path", { class: `clock clock-${LANES[laneOf(one)][0]}`, d: shape, transform: `translate(${x} ${y})` }, title);
}

function table(clocks) {
  const first = Date.parse(clocks[0].at);
  return h("table", { class: "clocks" }, h("caption", { class: "away" }, "Every clock, in order of time"), h("thead", {}, h("tr", {}, ["Clock", "Time", "UTC", "After the first"].map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, clocks.map((one) => h("tr", {}, h("th", { scope: "row" }, svg("svg", { class: "clock-key", viewBox: "-8 -8 16 16", "aria-hidden": "true" }, mark(one, 0, 0)), foreign(one.what), one.test ? h("span", { class: "under soft mono" }, one.test) : null), h("td", { class: "mono" }, one.offset_known ? one.at.replace("T", " ") : `${one.at.slice(0, 19).replace("T", " ")} on the wall, zone unknown`), h("td", { class: "mono" }, one.offset_known ? new Date(one.at).toISOString().slice(0, 19).replace("T", " ") : "?"), h("td", { class: "number" }, apart(Date.parse(one.at) - first))))));
}

function apart(ms) {
  const s = ms / 1000;
  if (s < 120) return `${s.toFixed(s < 10 && s % 1 ? 1 : 0)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${(s / 3600).toFixed(1)} h`;
  return `${Math.round(s / 86400)} days`;
}

function hops(list) {
  if (!list.length) return h("p", { class: "soft" }, "No Received field: the message was not relayed, or an export has left them out.");
  const line = (hop) => h("li", {}, h("p", {}, hop.from ? [foreign(hop.from, { class: "strong" }), hop.from_ip ? h("span", { class: "mono soft" }, ` [${hop.from_ip}]`) : null, " → "] : null, foreign(hop.by ?? "unknown", { class: "strong" })), h("p", { class: "soft small" }, hop.at ? clock(hop.at) : "no readable time", hop.with ? [" · ", foreign(hop.with)] : null, hop.id ? [" · id ", foreign(hop.id, { class: "mono" })] : null, hop.for ? [" · for ", foreign(hop.for)] : null));
  const isFirstOldest = (Date.parse(list[0].at) || 0) <= (Date.parse(list.at(-1).at) || 0);
  return h("ol", { class: "hops" }, (isFirstOldest ? list : list.toReversed()).map(line));
}
