// One item: its opinion, its evidence, its source, and what the desk decides.
import { api, at } from "../js/api.js";
import { h, replace } from "../js/dom.js";
import { foreign, shownString } from "../js/foreign.js";
import { opinionBadge } from "../js/glyphs.js";
import { attachmentList, picture } from "../parts/attachments.js";
import { bodyText } from "../parts/body_text.js";
import { createDecisionPanel } from "../parts/decision_panel.js";
import { documentProperties } from "../parts/document.js";
import { evidence } from "../parts/evidence.js";
import { toneOf } from "../parts/finding_card.js";
import { headerTable } from "../parts/headers.js";
import { createNeighbours } from "../parts/neighbours.js";
import { placeList } from "../parts/places.js";
import { problem } from "../parts/problem.js";
import { relatedLists } from "../parts/related.js";
import { scaleRuler } from "../parts/scale.js";
import { createSource } from "../parts/source.js";
import { createTabs } from "../parts/tabs.js";
import { createWay } from "../parts/way.js";
import { address, go } from "../js/router.js";
import { DECISIONS } from "../js/words.js";

/** The view. */
export function create(desk, route) {
  const view = new ItemView(desk, route);
  return { element: view.element, end: () => view.end() };
}

class ItemView {
  constructor(desk, route) {
    this.desk = desk;
    this.id = route.argument;
    this.abort = new AbortController();
    this.endings = [];
    this.neighbours = createNeighbours(this.id, route.params);
    this.body = h("div", { class: "item-columns", "aria-busy": "true" }, h("p", { class: "empty loading" }, "Reading the item"));
    this.head = h("header", { class: "item-head" }, this.neighbours.element);
    this.element = h("div", { class: "item" }, this.head, this.body);
    this.endings.push(
      desk.keys.add(this.#commands()),
      desk.live.on("review", (review) => review.item === this.id && this.panel?.set(review)),
      desk.live.on("here", ({ reviewers }) => this.#here(reviewers)),
    );
    document.title = "Item · Mabillon";
    api.item(this.id, this.abort.signal).then((item) => this.#show(item), (error) => error.name !== "AbortError" && replace(this.body, problem(error)));
    api.viewing(this.id).catch(() => {});
  }

  #show(item) {
    this.item = item;
    document.title = `${shownString(item.title) || "Item"} · Mabillon`;
    const tones = new Map(item.findings.map((finding) => [finding.n, toneOf(finding)]));
    this.tones = (n) => tones.get(n) ?? "neither";
    this.source = createSource(item, this.tones);
    this.tabs = createTabs(this.#tabs(item), "Ways to see the item");
    this.panel = createDecisionPanel(this.desk, item.review, () => {});
    if (this.reviewers) this.#here(this.reviewers);
    this.head.append(...heading(item));
    this.body.removeAttribute("aria-busy");
    replace(this.body, h("section", { class: "item-content column", "aria-label": "The item" }, this.tabs.element), h("div", { class: "item-evidence column", tabindex: "0", role: "region", "aria-label": "Evidence" }, evidence(item, (finding) => this.#place(finding))), h("aside", { class: "item-desk column", "aria-label": "The desk" }, this.panel.element));
    this.tabs.show("text");
  }

  #tabs(item) {
    const isMessage = Boolean(item.message);
    return [
      { id: "text", name: isMessage ? "Message" : "Document", make: () => this.#text(item) },
      item.has_html ? { id: "html", name: "As sent", make: () => this.#html(item) } : null,
      item.can_reread || isMessage ? { id: "source", name: "Source", make: () => this.source.show().then(() => this.source.element) } : null,
      isMessage ? { id: "way", name: "Way and clocks", make: () => this.#way(item) } : null,
      { id: "related", name: "Related", make: () => api.related(item.item, this.abort.signal).then((related) => relatedLists(related, item), problem) },
      { id: "places", name: "Provenance", make: () => placeList(item, this.desk.session.redacted) },
    ].filter(Boolean);
  }

  async #text(item) {
    const parts = [];
    if (item.message) {
      this.headers ??= api.headers(item.item, this.abort.signal);
      parts.push(await this.headers.then((headers) => headerTable(headers, item, this.tones, (n) => this.#finding(n)), (error) => [problem(error), fieldsFromCase(item.message)]));
    }
    if (item.document) parts.push(documentProperties(item.document));
    if (item.has_preview) parts.push(picture(item.item, "picture"));
    parts.push(bodyText(item.text), attachmentList(item.attachments));
    return parts;
  }

  async #html(item) {
    if (this.desk.session.redacted) return h("p", { class: "empty" }, "Not shown while personal data is masked: a name can be spread over several elements.");
    if (item.message) {
      this.headers ??= api.headers(item.item, this.abort.signal);
      if (!(await this.headers).has_html) return h("p", { class: "empty" }, "The message carries no HTML: it is plain text, and stands under “Message” as it was sent.");
    }
    const frame = h("iframe", { class: "as-sent", sandbox: "", src: at.html(item.item), title: "The body as sent", referrerpolicy: "no-referrer", onload: () => (frame.dataset.loaded = "yes") });
    return [h("p", { class: "small soft frame-note" }, "Rebuilt from plain elements. Nothing in it can run, load, or lead anywhere; pictures are named, not loaded; where a link leads stands beside it."), frame];
  }

  async #way(item) {
    this.headers ??= api.headers(item.item, this.abort.signal);
    try {
      const way = createWay(await this.headers);
      this.endings.push(way.end);
      return way.element;
    } catch (error) {
      return problem(error);
    }
  }

  async #place(finding) {
    await this.tabs.show("source");
    await this.source.reveal(finding);
    this.#mark(finding.n);
  }

  #finding(n) {
    this.#mark(n);
    const card = document.getElementById(`finding-${n}`);
    card?.closest("details")?.setAttribute("open", "");
    card?.scrollIntoView({ block: "center" });
  }

  #mark(n) {
    this.body.querySelectorAll(".finding.found").forEach((card) => card.classList.remove("found"));
    document.getElementById(`finding-${n}`)?.classList.add("found");
  }

  #here(reviewers) {
    this.reviewers = reviewers;
    const others = reviewers.filter((one) => one.viewing === this.id && one.name !== this.desk.session.name);
    this.panel?.setHere([...new Set(others.map((one) => one.name))]);
  }

  #compare() {
    const other = this.item?.findings.find((finding) => finding.compared_with && finding.effect !== "weighs") ?? this.item?.findings.find((finding) => finding.compared_with);
    if (other) go(address("compare", {}, this.id, other.compared_with));
    else this.tabs?.show("related");
  }

  #commands() {
    const group = "Item";
    return [
      { keys: "j", says: "Next item of the list", group, run: () => this.neighbours.next() },
      { keys: "k", says: "Previous item of the list", group, run: () => this.neighbours.previous() },
      ...DECISIONS.map(({ word, name, key }) => ({ keys: key, says: `${name}, or take it back`, group, run: () => this.panel?.decide(word) })),
      { keys: "n", says: "Write a note", group, run: () => this.panel?.focusNote() },
      { keys: "c", says: "Compare with the proved copy, the original or what else is related", group, run: () => this.#compare() },
      { keys: "b", says: "The body as text", group, run: () => this.tabs?.show("text") },
      { keys: "h", says: "The body as sent", group, run: () => this.tabs?.show("html") },
      { keys: "s", says: "The source", group, run: () => this.tabs?.show("source") },
      { keys: "t", says: "The way and its clocks", group, run: () => this.tabs?.show("way") },
      { keys: "r", says: "What is related", group, run: () => this.tabs?.show("related") },
      { keys: "escape", says: "Back to the list", group, run: () => this.neighbours.back() },
    ];
  }

  end() {
    this.abort.abort();
    this.neighbours.end();
    this.endings.forEach((end) => end());
    api.viewing(null).catch(() => {});
  }
}

function heading(item) {
  const opinion = item.not_examined ? "not-examined" : item.opinion.class;
  const isJudged = !item.not_examined && !["mailbox", "archive"].includes(item.kind);
  return [
    h("div", { class: "item-title" }, h("h1", { class: "foreign", dir: "auto" }, item.title || "(no subject)"), h("p", { class: "item-opinion" }, opinionBadge(opinion), item.is_reference ? h("span", { class: "soft" }, " One of the originals: compared with, never judged. ") : null, isJudged ? foreign(item.opinion.because) : null), isJudged ? h("p", { class: "soft small" }, `Basis: ${item.opinion.basis_means}.`) : null),
    isJudged ? scaleRuler(item.opinion) : null,
  ].filter(Boolean);
}

// Where the exhibit cannot be read again, the case still knows the main fields.
function fieldsFromCase(message) {
  const fields = [["From", message.from_name ? `${message.from_name} <${message.from}>` : message.from], ["To", message.to.join(", ")], ["Cc", message.cc.join(", ")], ["Subject", message.subject], ["Date", message.date]];
  return h("dl", { class: "pairs" }, fields.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, foreign(value))]));
}
