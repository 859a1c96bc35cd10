// What was done to the case, line by line, from the custody log; new lines appear as they are written.
import { api } from "../js/api.js";
import { h, replace } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { problem } from "../parts/problem.js";
import { address } from "../js/router.js";
import { clock, counted, number } from "../js/words.js";

const PAGE = 200;

/** The view: the newest lines first. */
export function create(desk) {
  document.title = "Activity · Mabillon";
  const says = h("p", { class: "soft small", "aria-live": "polite" });
  const rows = h("tbody", {});
  const earlier = h("button", { class: "button", type: "button", hidden: true, onclick: () => load(Math.max(0, first - 1 - PAGE), first - 1) }, "Earlier lines");
  const troubles = h("div", {});
  const element = h("div", { class: "activity" }, h("h1", {}, "Activity"), h("p", { class: "soft" }, "The custody log: who did what, and when. Each line holds the hash of the one before it, so that a changed or missing line shows. ", h("span", { class: "mono" }, "mabillon verify CASE"), " checks all of it."), says, troubles, h("table", { class: "log" }, h("thead", {}, h("tr", {}, ["Line", "When", "Who", "What", "With", "Hash"].map((name) => h("th", { scope: "col" }, name)))), rows), earlier);
  let first = 0;
  let last = 0;
  const load = async (after, until) => {
    try {
      const { lines, total } = await api.custody(after, PAGE);
      const kept = lines.filter((line) => line.seq <= until);
      const made = kept.toReversed().map(logLine);
      if (after >= last) rows.prepend(...made);
      else rows.append(...made);
      first = Math.min(first || Infinity, kept[0]?.seq ?? Infinity);
      last = Math.max(last, kept.at(-1)?.seq ?? 0);
      earlier.hidden = !(first > 1);
      replace(says, counted(total, "line"));
    } catch (error) {
      replace(troubles, problem(error));
    }
  };
  const begin = async () => {
    const { total } = await api.custody(0, 1);
    await load(Math.max(0, total - PAGE), Infinity);
  };
  begin().catch((error) => replace(troubles, problem(error)));
  const ending = desk.live.on("review", () => load(last, Infinity));
  return { element, end: ending };
}

function logLine(line) {
  return h("tr", {}, h("td", { class: "number soft" }, number(line.seq)), h("td", { class: "mono" }, h("time", { datetime: line.at }, clock(line.at))), h("td", {}, foreign(line.by || "unknown")), h("td", {}, foreign(line.act)), h("td", {}, detail(line.detail)), h("td", { class: "mono soft", title: line.hash }, line.hash.slice(0, 12)));
}

// The hash of an item leads to it.
function detail(text) {
  return text.split(/\b([0-9a-f]{64})\b/).map((part, index) => (index % 2 ? h("a", { class: "mono", href: address("item", {}, part), title: part }, part.slice(0, 12)) : foreign(part)));
}
