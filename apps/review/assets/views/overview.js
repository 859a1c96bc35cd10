// The overview: what the collection is, what was proved, what was not examined, how far the review has come.
import { api } from "../js/api.js";
import { h, replace } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { opinionGlyph, opinionKey } from "../js/glyphs.js";
import { progressPanel } from "../parts/progress.js";
import { problem } from "../parts/problem.js";
import { stackedBar } from "../parts/stacked_bar.js";
import { createTimeline, legend, patterns } from "../parts/timeline.js";
import { address, go } from "../js/router.js";
import { OPINIONS, counted, number, share, size } from "../js/words.js";

const REFRESH_AFTER_MS = 1500;
const ROWS_SHOWN = 10;

/** The view. */
export function create(desk) {
  document.title = `Overview · ${desk.session.case.name} · Mabillon`;
  const element = h("div", { class: "overview", "aria-busy": "true" }, h("p", { class: "empty loading" }, "Reading the case"));
  const endings = [];
  let timer = 0;
  let progress = null;
  api.overview().then(
    (overview) => {
      progress = progressPanel(overview.progress);
      replace(element, ...page(overview, progress, endings));
      element.removeAttribute("aria-busy");
    },
    (error) => replace(element, problem(error)),
  );
  const refresh = async () => {
    const next = progressPanel((await api.overview()).progress);
    progress?.replaceWith(next);
    progress = next;
  };
  endings.push(
    desk.live.on("review", () => {
      clearTimeout(timer);
      timer = setTimeout(() => refresh().catch(() => {}), REFRESH_AFTER_MS);
    }),
    desk.keys.add(opinionCommands()),
  );
  return { element, end: () => (clearTimeout(timer), endings.forEach((end) => end())) };
}

function opinionCommands() {
  return OPINIONS.map(({ word }, index) => ({ keys: String(index + 1), says: `List what is ${word}`, group: "Overview", run: () => go(address("items", { opinion: word })) }));
}

function page(overview, progress, endings) {
  const timeline = createTimeline({ buckets: overview.timeline.buckets, onpick: (from, to) => go(address("items", { date_from: from, date_to: to })) });
  endings.push(timeline.end);
  return [
    patterns(),
    h("div", { class: "opening" }, h("div", {}, h("h1", {}, overview.headline), h("p", { class: "lede" }, overview.summary), h("p", { class: "soft accounting" }, overview.accounting), exhibits(overview.examination)), progress),
    h("section", { class: "panel", "aria-labelledby": "opinions-name" }, h("h2", { id: "opinions-name" }, "Opinions"), opinions(overview)),
    h("section", { class: "panel", "aria-labelledby": "time-name" }, h("div", { class: "row" }, h("h2", { id: "time-name" }, "Over time"), h("p", { class: "soft small" }, "By the date the items state for themselves, which is a claim like any other.")), overview.timeline.buckets.length ? timeline.element : h("p", { class: "soft" }, "No item states a date."), h("div", { class: "row" }, legend(), undated(overview.timeline)), numbers(overview.timeline)),
    h("div", { class: "two" }, ranking("Mailboxes", "mailbox", overview.mailboxes), h("div", {}, ranking("Sender domains", "sender_domain", overview.sender_domains), ranking("Senders", "sender", overview.senders))),
    keys(overview.keys),
    unread(overview),
  ];
}

function exhibits(examination) {
  const own = examination.exhibits.filter((exhibit) => exhibit.origin === "collection");
  const originals = examination.exhibits.filter((exhibit) => exhibit.origin !== "collection");
  const names = (list) => list.map((exhibit) => h("span", { title: `SHA-256 ${exhibit.sha256}` }, foreign(exhibit.name), h("span", { class: "soft" }, ` ${size(exhibit.size_bytes)}`)));
  return h("dl", { class: "pairs small exhibits" }, h("dt", {}, "Exhibits"), h("dd", { class: "row" }, names(own)), originals.length ? [h("dt", {}, "Compared with"), h("dd", { class: "row" }, names(originals))] : null, h("dt", {}, "Examined"), h("dd", {}, `${examination.started.slice(0, 10)} by Mabillon ${examination.version}`));
}

function opinions(overview) {
  const whole = Object.values(overview.opinions).reduce((sum, n) => sum + n, 0);
  const longest = Math.max(1, ...Object.values(overview.opinions));
  const means = new Map(overview.meanings.map((one) => [one.opinion, one.means]));
  return h(
    "table",
    { class: "opinions" },
    h("thead", { class: "away" }, h("tr", {}, ["Key", "Opinion", "Items", "Share", "", "What it means"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, OPINIONS.map(({ word }) => {
      const n = overview.opinions[word] ?? 0;
      return h("tr", {}, h("td", {}, h("kbd", {}, opinionKey(word))), h("th", { scope: "row" }, h("a", { class: `opinion plain ${word}`, href: address("items", { opinion: word }) }, opinionGlyph(word), word)), h("td", { class: "number count" }, number(n)), h("td", { class: "number soft" }, share(n, whole)), h("td", { class: "length" }, stackedBar({ [word]: n }, longest, 12)), h("td", { class: "soft" }, means.get(word)));
    })),
  );
}

function undated(timeline) {
  const parts = [];
  if (timeline.undated) parts.push(`${counted(timeline.undated, "item")} without a date`);
  if (timeline.outside) parts.push(`${counted(timeline.outside, "item")} with a date far outside, not drawn`);
  return parts.length ? h("p", { class: "soft small" }, parts.join("; ")) : null;
}

function numbers(timeline) {
  return h("details", { class: "small" }, h("summary", {}, "The numbers behind the picture"), h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Period"), OPINIONS.map(({ word }) => h("th", { scope: "col", class: "number" }, word)))), h("tbody", {}, timeline.buckets.map((bucket) => h("tr", {}, h("th", { scope: "row" }, h("a", { href: address("items", { date_from: bucket.start, date_to: bucket.end }) }, bucket.label)), OPINIONS.map(({ word }) => h("td", { class: "number" }, number(bucket.opinions[word] ?? 0)))))))));
}

function ranking(name, parameter, rows) {
  const longest = Math.max(1, ...rows.map((row) => row.items));
  const line = (row) => h("tr", {}, h("th", { scope: "row" }, h("a", { href: address("items", { [parameter]: row.value }) }, foreign(shorter(row.value)))), h("td", { class: "length" }, stackedBar(row.opinions, longest)), h("td", { class: "number" }, number(row.items)), h("td", { class: "number" }, count(row.opinions.questioned)), h("td", { class: "number" }, count(row.opinions.contradicted)));
  const table = (some, label) => h("table", { class: "ranking", "aria-label": label }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, name), h("th", { scope: "col" }, h("span", { class: "away" }, "Opinions")), h("th", { scope: "col", class: "number" }, "Items"), h("th", { scope: "col", class: "number", title: "questioned" }, opinionGlyph("questioned", "questioned")), h("th", { scope: "col", class: "number", title: "contradicted" }, opinionGlyph("contradicted", "contradicted")))), h("tbody", {}, some.map(line)));
  const more = rows.slice(ROWS_SHOWN);
  return h("section", { class: "panel" }, table(rows.slice(0, ROWS_SHOWN), name), more.length ? h("details", { class: "small" }, h("summary", {}, `${number(more.length)} more`), table(more, `${name}, continued`)) : null);
}

// The exhibit's name is the same for nearly all mailboxes; the end of the path tells them apart.
function shorter(value) {
  const cut = value.indexOf("!");
  return cut > 0 && value.length > cut + 1 ? value.slice(cut + 1) : value;
}

function count(n) {
  return n ? number(n) : h("span", { class: "zero" }, "0");
}

function keys(rows) {
  const line = (row) => h("tr", {}, h("th", { scope: "row" }, foreign(row.by)), h("td", { class: "foreign" }, row.selector), h("td", {}, row.kind), h("td", { class: "number" }, row.key_bits ?? "–"), h("td", {}, row.key_source ?? "unknown"), h("td", {}, row.anchored ? "yes" : "no"), h("td", { class: "number strong" }, count(row.proved)), h("td", { class: "number" }, count(row.verified)), h("td", { class: "number" }, count(row.failed)), h("td", { class: "number" }, count(row.no_key)));
  const names = ["Signer", "Selector", "Kind", "#Key bits", "Source of the key", "Anchored", "#Proved", "#Verified", "#Failed", "#No key"];
  return h("section", { class: "panel", "aria-labelledby": "keys-name" }, h("div", { class: "row" }, h("h2", { id: "keys-name" }, "What was proved by which key"), h("p", { class: "soft small" }, "A signature that fails, or has no key, is no evidence of forgery.")), rows.length ? h("div", { class: "scroll" }, h("table", { class: "key-table" }, h("thead", {}, h("tr", {}, names.map(heading))), h("tbody", {}, rows.map(line)))) : h("p", { class: "soft" }, "No item carries a signature."));
}

function heading(name) {
  return name.startsWith("#") ? h("th", { scope: "col", class: "number" }, name.slice(1)) : h("th", { scope: "col" }, name);
}

function unread(overview) {
  const list = (name, rows, examined) => rows.length === 0 ? null : h("div", {}, h("h3", {}, h("a", { href: address("items", { examined }) }, name)), h("ul", { class: "reasons" }, rows.map((row) => h("li", {}, h("b", { class: "number" }, number(row.items)), foreign(row.reason)))));
  const isWhole = overview.not_examined.length + overview.partial.length === 0;
  return h("section", { class: "panel", "aria-labelledby": "unread-name" }, h("div", { class: "row" }, h("h2", { id: "unread-name" }, "Not examined"), h("p", { class: "soft small" }, "Nothing is skipped in silence.")), isWhole ? h("p", {}, "Every item could be examined.") : h("div", { class: "two" }, list("Not examined at all", overview.not_examined, "not"), list("Examined only in part", overview.partial, "partly")));
}
