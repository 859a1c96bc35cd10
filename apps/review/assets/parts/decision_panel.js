// How the desk stands on an item, and what a reviewer can do about it. Colleagues' acts appear as they happen.
import { api } from "../js/api.js";
import { h, replace } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { icon } from "../js/glyphs.js";
import { act, mayDecide } from "../js/review.js";
import { DECISIONS, ago, clock, decisionName } from "../js/words.js";

const TAG_MAX = 40;
const NOTE_MAX = 10_000;

/** The panel of one item; `set(review)` shows a newer standing. */
export function createDecisionPanel(desk, review, onreview) {
  const panel = new DecisionPanel(desk, review, onreview);
  return { element: panel.element, set: (next) => panel.set(next), decide: (word) => panel.decide(word), focusNote: () => panel.note.focus(), setHere: (names) => panel.setHere(names) };
}

class DecisionPanel {
  constructor(desk, review, onreview) {
    this.desk = desk;
    this.review = review;
    this.onreview = onreview;
    this.isReader = !mayDecide(desk);
    this.standing = h("p", { class: "standing small", "aria-live": "polite" });
    this.here = h("p", { class: "small looking" });
    this.buttons = h("div", { class: "verdicts", role: "group", "aria-label": "Decision" });
    this.tags = h("div", { class: "row tags" });
    this.notes = h("ol", { class: "notes" });
    this.note = h("textarea", { class: "field", name: "note", rows: 1, placeholder: "A note for the desk", "aria-label": "Note", maxlength: String(NOTE_MAX), disabled: this.isReader });
    this.assigned = h("select", { class: "field", name: "assigned", "aria-label": "Assigned to", disabled: this.isReader, onchange: () => this.#assign() });
    this.history = h("div", {});
    this.element = h("section", { class: "decision-panel panel", "aria-label": "Decision" }, h("div", { class: "row" }, this.buttons, this.standing), this.here, h("div", { class: "row assign-row" }, h("label", { class: "row" }, h("span", { class: "soft small" }, "Assigned to"), this.assigned), this.tags), this.notes, this.#noteForm(), this.#historyFold());
    this.#fillReviewers();
    this.draw();
  }

  /** A newer standing, of ours or of a colleague. */
  set(review) {
    if (review.version < this.review.version) return;
    const isOther = review.version > this.review.version && review.by && review.by !== this.desk.session.name;
    this.review = review;
    this.draw();
    this.element.classList.toggle("just-changed", Boolean(isOther));
    if (this.fold.open) this.#loadHistory();
  }

  /** Who else looks at this item. */
  setHere(names) {
    replace(this.here, names.length ? [icon("person"), foreign(names.join(", ")), names.length === 1 ? " is looking at it too" : " are looking at it too"] : null);
  }

  draw() {
    const { review } = this;
    replace(this.buttons, DECISIONS.map(({ word, name, key }) => h("button", { class: `button verdict ${word}`, type: "button", "aria-pressed": String(review.decision === word), disabled: this.isReader, dataset: { decision: word }, onclick: () => this.decide(word) }, icon(word), name, h("kbd", { "aria-hidden": "true" }, key))));
    replace(this.standing, review.decision ? [h("b", {}, decisionName(review.decision)), " by ", foreign(review.decided_by), `, ${ago(review.decided_at)}`] : this.isReader ? "Undecided. You come as a reader." : "Undecided.");
    replace(this.tags, review.tags.map((tag) => this.#tag(tag)), this.isReader ? null : this.#tagForm());
    replace(this.notes, review.notes.map((note) => h("li", { class: "note" }, h("p", { class: "soft small" }, foreign(note.by), ` · ${clock(note.at)}`), h("p", { class: "note-text foreign", dir: "auto" }, note.text))));
    this.#showAssigned();
  }

  /** Decides; the same decision once more takes it back. */
  decide(word) {
    return this.#do({ decision: this.review.decision === word ? null : word });
  }

  async #do(changes) {
    const review = await act(this.desk, { item: this.review.item, version: this.review.version }, changes);
    if (!review) return false;
    this.set(review);
    this.onreview(review);
    return true;
  }

  #tag(tag) {
    const remove = h("button", { class: "tag-remove", type: "button", "aria-label": `Remove the tag ${tag}`, onclick: () => this.#do({ tags: { add: [], remove: [tag] } }) }, "✕");
    return h("span", { class: "tag" }, foreign(tag), this.isReader ? null : remove);
  }

  #tagForm() {
    const field = h("input", { class: "field tag-field", name: "tag", placeholder: "add a tag", "aria-label": "Add a tag", maxlength: String(TAG_MAX), autocomplete: "off" });
    return h("form", { onsubmit: async (event) => {
      event.preventDefault();
      const tag = field.value.trim();
      if (tag && (await this.#do({ tags: { add: [tag], remove: [] } }))) this.tags.querySelector("input")?.focus();
    } }, field);
  }

  #noteForm() {
    const send = async (event) => {
      event.preventDefault();
      const note = this.note.value.trim();
      if (note && (await this.#do({ note }))) this.note.value = "";
    };
    this.note.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
      if (event.key === "Escape") this.note.blur();
    });
    return h("form", { class: "stack note-form", onsubmit: send }, this.note, h("div", { class: "row note-send" }, h("button", { class: "button", type: "submit", disabled: this.isReader }, "Add the note"), h("span", { class: "soft small" }, h("kbd", {}, "n"), " to write, ", h("kbd", {}, "ctrl ↵"), " to add")));
  }

  #historyFold() {
    this.fold = h("details", { class: "small" }, h("summary", { class: "soft" }, "Every act on it"), this.history);
    this.fold.addEventListener("toggle", () => this.fold.open && this.#loadHistory());
    return this.fold;
  }

  async #loadHistory() {
    const { acts } = await api.history(this.review.item).catch((error) => ({ acts: [{ seq: 0, at: "", by: "", act: "", changes: { problem: error.message } }] }));
    replace(this.history, acts.length ? h("ol", { class: "acts" }, acts.map((one) => h("li", {}, h("span", { class: "soft" }, `${clock(one.at)} `), foreign(one.by), ": ", foreign(changesInWords(one.changes)), h("span", { class: "soft" }, ` · line ${one.seq}`)))) : h("p", { class: "soft" }, "Nobody has touched it."));
  }

  async #fillReviewers() {
    const { reviewers } = await api.reviewers().catch(() => ({ reviewers: [] }));
    this.names = reviewers.map((one) => one.name);
    this.#showAssigned();
  }

  #showAssigned() {
    const names = [...new Set([...(this.names ?? [this.desk.session.name]), this.review.assigned].filter(Boolean))];
    replace(this.assigned, h("option", { value: "" }, "nobody"), names.map((name) => h("option", { value: name }, name)));
    this.assigned.value = this.review.assigned ?? "";
  }

  async #assign() {
    await this.#do({ assigned: this.assigned.value || null });
    this.#showAssigned();
  }
}

/** What an act changed. */
export function changesInWords(changes) {
  const parts = [];
  if ("decision" in changes) parts.push(changes.decision ? decisionName(changes.decision) : "took the decision back");
  if ("assigned" in changes) parts.push(changes.assigned ? `assigned to ${changes.assigned}` : "assigned to nobody");
  if (changes.tags?.add?.length) parts.push(`tagged ${changes.tags.add.join(", ")}`);
  if (changes.tags?.remove?.length) parts.push(`took off ${changes.tags.remove.join(", ")}`);
  if (changes.note) parts.push(`“${changes.note}”`);
  if (changes.problem) parts.push(changes.problem);
  return parts.join("; ");
}
