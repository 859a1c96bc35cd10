// How far the review has come.
import { h, svg } from "../js/dom.js";
import { decisionBadge } from "../js/glyphs.js";
import { address } from "../js/router.js";
import { counted, number } from "../js/words.js";

/** The panel; `progress` is that of the overview. */
export function progressPanel(progress) {
  const parts = [
    ["use", progress.use],
    ["do-not-use", progress.do_not_use],
    ["needs-work", progress.needs_work],
  ];
  return h(
    "section",
    { class: "panel progress", "aria-labelledby": "progress-name" },
    h("h2", { id: "progress-name" }, "How far the review has come"),
    h("p", { class: "big" }, h("b", {}, number(progress.decided)), ` of ${counted(progress.items, "item")} decided`),
    bar(parts, progress.items),
    h("ul", { class: "row" }, parts.map(([word, n]) => h("li", {}, h("a", { class: "plain", href: address("items", { decision: word }) }, decisionBadge(word), h("b", {}, ` ${number(n)}`))))),
    h("p", {}, h("a", { href: address("items", { opinion: ["contradicted", "questioned"], decision: "undecided", sort: "opinion" }) }, `${number(progress.questioned_or_contradicted - progress.of_these_decided)} questioned or contradicted`), " still wait for a decision."),
    people(progress),
  );
}

function bar(parts, whole) {
  let x = 0;
  const rects = parts.map(([word, n]) => {
    const width = (100 * n) / Math.max(1, whole);
    const rect = svg("rect", { class: `verdict-${word}`, x: `${x}%`, y: 0, width: `${width}%`, height: 8 });
    x += width;
    return rect;
  });
  return svg("svg", { class: "stacked progress-bar", height: 8, "aria-hidden": "true" }, svg("rect", { class: "verdict-none", x: 0, y: 0, width: "100%", height: 8 }), rects);
}

function people(progress) {
  if (!progress.by_reviewer.length && !progress.assigned.length) return h("p", { class: "soft small" }, "Nobody has decided anything yet.");
  const decided = new Map(progress.by_reviewer.map((one) => [one.name, one.decided]));
  const waiting = new Map(progress.assigned.map((one) => [one.name, one.undecided]));
  const names = [...new Set([...decided.keys(), ...waiting.keys()])].slice(0, 8);
  return h("table", { class: "people" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Reviewer"), h("th", { scope: "col", class: "number" }, "Decided"), h("th", { scope: "col", class: "number" }, "Assigned, open"))), h("tbody", {}, names.map((name) => h("tr", {}, h("th", { scope: "row" }, h("a", { class: "foreign", href: address("items", { reviewer: name }) }, name)), h("td", { class: "number" }, number(decided.get(name) ?? 0)), h("td", { class: "number" }, waiting.get(name) ? h("a", { href: address("items", { assigned: name, decision: "undecided" }) }, number(waiting.get(name))) : "0")))));
}
