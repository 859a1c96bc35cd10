// The exact bytes as text, with every finding's place marked and what a signature covers coloured.
import { api } from "../js/api.js";
import { h, replace } from "../js/dom.js";
import { shown } from "../js/foreign.js";
import { number } from "../js/words.js";
import { problem } from "./problem.js";

const WINDOW = 65536;

/** The source of an item. `tones` gives the tone of a finding by number; `reveal(finding)` shows its place. */
export function createSource(item, tones) {
  const text = h("pre", { class: "source foreign", tabindex: "0", "aria-label": "Source" });
  const more = h("div", { class: "row source-more" });
  const element = h("div", { class: "source-view" }, coverageLegend(item), text, more);
  let from = 0;
  let to = 0;
  const load = async (start) => {
    const window = await api.source(item.item, start, WINDOW);
    from = window.start;
    to = window.end;
    replace(text, window.segments.map((segment) => segmentNode(segment, tones, item)));
    replace(more, steps(window));
  };
  const steps = (window) => {
    if (window.start === 0 && window.end >= window.size_bytes) return h("span", { class: "soft small" }, `All ${number(window.size_bytes)} bytes, as ${window.encoding}.`);
    return [
      h("span", { class: "soft small" }, `Bytes ${number(window.start)} to ${number(window.end)} of ${number(window.size_bytes)}, as ${window.encoding}.`),
      h("button", { class: "button", type: "button", disabled: window.start === 0, onclick: () => load(Math.max(0, window.start - WINDOW)) }, "Earlier"),
      h("button", { class: "button", type: "button", disabled: window.end >= window.size_bytes, onclick: () => load(window.end) }, "Later"),
    ];
  };
  const isIn = (place) => to > 0 && place.start >= from && place.start < Math.max(to, from + 1);
  const show = async (start) => {
    try {
      await load(start);
    } catch (error) {
      replace(text);
      replace(more, problem(error));
    }
  };
  const reveal = async (finding) => {
    if (!isIn(finding.at)) await show(finding.at.start < WINDOW - 2048 ? 0 : finding.at.start - 4096);
    const marks = [...text.querySelectorAll("[data-findings]")].filter((node) => node.dataset.findings.split(" ").includes(String(finding.n)));
    highlight(text, marks);
  };
  return { element, show: () => (to ? Promise.resolve() : show(0)), reveal };
}

/** Marks these nodes as the place looked for and brings the first into sight. */
export function highlight(root, marks) {
  root.querySelectorAll(".found").forEach((node) => node.classList.remove("found"));
  marks.forEach((node) => node.classList.add("found"));
  marks[0]?.scrollIntoView({ block: "center", inline: "nearest" });
}

/** One run of bytes with its marks. */
export function segmentNode(segment, tones, item) {
  const isSigned = segment.signed_by.length > 0;
  const classes = [isSigned ? "signed" : item.signatures.length ? "unsigned" : ""];
  if (!segment.findings.length) return h("span", { class: classes.join(" "), title: signedWords(segment, item) }, shown(segment.text));
  const tone = ["against", "for", "neither"].find((one) => segment.findings.some((n) => tones(n) === one)) ?? "neither";
  return h("mark", { class: `place ${tone} ${classes.join(" ")}`, dataset: { findings: segment.findings.join(" ") }, title: signedWords(segment, item) }, shown(segment.text));
}

function signedWords(segment, item) {
  if (!item.signatures.length) return null;
  if (!segment.signed_by.length) return "not signed";
  return `signed by ${segment.signed_by.map((n) => item.signatures[n]?.by ?? n).join(", ")}`;
}

function coverageLegend(item) {
  if (!item.signatures.length) return h("p", { class: "soft small" }, "No signature. Marked: what findings were seen in.");
  return h("p", { class: "small row coverage-legend" }, h("span", { class: "key-signed" }, "┃ signed"), h("span", { class: "key-unsigned" }, "┊ not signed"), h("span", { class: "soft" }, "Marked: what findings were seen in."));
}
