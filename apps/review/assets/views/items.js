// The list: every item, filtered, sorted and searched by the server; the page holds only what is in sight.
import { h, replace } from "../js/dom.js";
import { ItemPages } from "../js/item_pages.js";
import { listParams, SORTS, toggled, withValues } from "../js/list_state.js";
import { notice } from "../js/notices.js";
import { bulkBar } from "../parts/bulk_bar.js";
import { chips } from "../parts/chips.js";
import { facetRail } from "../parts/facets.js";
import { itemRow } from "../parts/item_row.js";
import { createPreview } from "../parts/preview.js";
import { problem } from "../parts/problem.js";
import { decide } from "../js/review.js";
import { address, go, parse } from "../js/router.js";
import { DECISIONS, OPINIONS, counted, number } from "../js/words.js";
import { VirtualList } from "../js/virtual_list.js";

const ROW_HEIGHT = 46;
const PREVIEW_AFTER_MS = 120;

/** The view. */
export function create(desk, route) {
  const list = new ItemList(desk);
  list.load(route);
  return { element: list.element, update: (next) => list.load(next), end: () => list.end(), onshown: () => list.rows.element.focus({ preventScroll: true }) };
}

class ItemList {
  constructor(desk) {
    this.desk = desk;
    this.params = new URLSearchParams();
    this.selected = 0;
    this.marked = new Map();
    this.rail = h("aside", { class: "rail", "aria-label": "Filters" });
    this.head = h("div", { class: "list-head" });
    this.bulk = h("div", { class: "bulk", hidden: true });
    this.rows = new VirtualList({ rowHeight: ROW_HEIGHT, row: (index) => this.#row(index), onrange: (first, last) => this.pages?.need(first, last), label: "Items" });
    this.preview = createPreview(desk, () => this.params);
    this.element = h("div", { class: "items" }, this.rail, h("section", { class: "list", "aria-label": "Items" }, this.head, this.bulk, this.rows.element), this.preview.element);
    this.rows.element.addEventListener("click", (event) => this.#clicked(event));
    this.rows.element.addEventListener("dblclick", () => this.open());
    this.endings = [
      desk.keys.add(this.#commands()),
      desk.live.on("review", (review) => this.#reviewed(review)),
    ];
  }

  /** Shows the list of an address. */
  load(route) {
    const params = listParams(route.params);
    const isSame = this.pages && params.toString() === this.params.toString();
    if (isSame) return true;
    this.params = params;
    document.title = `${params.get("q") || "Items"} · ${this.desk.session.case.name} · Mabillon`;
    this.pages?.end();
    this.pages = new ItemPages(params, { onchange: (first, last) => this.#came(first, last), onproblem: (error) => notice(error.message, "bad") });
    this.#mark(new Map());
    this.element.setAttribute("aria-busy", "true");
    this.pages.begin(route.params.get("around")).then(
      (answer) => this.#loaded(answer, route.params.get("around")),
      (error) => error.name !== "AbortError" && this.#failed(error),
    );
    return true;
  }

  #loaded(answer, around) {
    this.element.removeAttribute("aria-busy");
    this.facets?.end();
    this.facets = facetRail(answer.facets ?? {}, this.params, (params) => this.#goTo(params));
    const focus = focusIn(this.rail);
    replace(this.rail, this.facets.element);
    focus();
    this.#drawHead(answer);
    this.rows.setCount(this.pages.total);
    const place = around ? this.pages.find(around) : 0;
    this.#select(Math.max(0, place));
  }

  #failed(error) {
    this.element.removeAttribute("aria-busy");
    this.rows.setCount(0);
    replace(this.head, chips(this.params, (params) => this.#goTo(params)), problem(error));
  }

  #drawHead(answer) {
    const sort = h("select", { class: "field", name: "sort", "aria-label": "Order", onchange: () => this.#goTo(withValues(this.params, "sort", [sort.value])) }, SORTS.map(([value, name]) => h("option", { value, selected: (this.params.get("sort") ?? "") === value }, name)));
    const says = answer.total === answer.all ? counted(answer.total, "item") : `${number(answer.total)} of ${counted(answer.all, "item")}`;
    replace(this.head, h("div", { class: "row" }, h("h1", { class: "list-total", "aria-live": "polite" }, says), answer.holders ? h("span", { class: "soft small" }, `${number(answer.holders)} of them only hold${answer.holders === 1 ? "s" : ""} others`) : null, h("label", { class: "row push" }, h("span", { class: "soft small" }, "Order"), sort)), chips(this.params, (params) => this.#goTo(params)), answer.total === 0 ? h("p", { class: "empty" }, "No item fits all of this. Take a filter back, or search for other words.") : null);
  }

  #goTo(params) {
    go(address("items", params));
  }

  #came(first, last) {
    for (let index = first; index < last; index += 1) this.rows.refresh(index);
    if (this.selected >= first && this.selected < last) this.#showPreview();
  }

  #row(index) {
    const row = this.pages.at(index);
    const element = h("div", { class: "item-row", role: "row", id: `row-${index}`, dataset: { index } });
    if (!row) {
      element.classList.add("waiting");
      return element;
    }
    const box = h("input", { type: "checkbox", class: "row-box", tabindex: "-1", checked: this.marked.has(row.item), "aria-label": "Mark" });
    element.append(h("span", { class: "cell c-box", role: "gridcell" }, h("label", { class: "box-target" }, box)), ...itemRow(row, this.params));
    element.dataset.item = row.item;
    element.classList.toggle("marked", this.marked.has(row.item));
    element.setAttribute("aria-selected", String(index === this.selected));
    return element;
  }

  #clicked(event) {
    // A label passes its click on to its box: one of the two is enough.
    if (event.target.closest(".box-target") && !event.target.closest(".row-box")) return;
    const element = event.target.closest(".item-row");
    if (!element || event.target.closest("a")) return;
    this.#select(Number(element.dataset.index));
    if (event.target.closest(".c-box")) this.#toggleMark();
    else if (!this.preview.isShown()) this.open();
  }

  #select(index) {
    const before = this.selected;
    this.selected = Math.max(0, Math.min(this.pages.total - 1, index));
    this.rows.at(before)?.setAttribute("aria-selected", "false");
    if (this.pages.total) {
      this.rows.reveal(this.selected);
      this.rows.at(this.selected)?.setAttribute("aria-selected", "true");
      this.rows.element.setAttribute("aria-activedescendant", `row-${this.selected}`);
    }
    this.#showPreview();
  }

  #showPreview() {
    clearTimeout(this.timer);
    const row = this.pages.at(this.selected);
    this.timer = setTimeout(() => this.preview.show(row), PREVIEW_AFTER_MS);
  }

  /** Opens the selected item; the step back comes to its place in the list. */
  open() {
    const row = this.pages.at(this.selected);
    if (!row) return;
    const here = new URLSearchParams(this.params);
    here.set("around", row.item);
    history.replaceState({}, "", address("items", here));
    go(address("item", this.params, row.item));
  }

  #toggleMark() {
    const row = this.pages.at(this.selected);
    if (!row) return;
    const next = new Map(this.marked);
    if (!next.delete(row.item)) next.set(row.item, row);
    this.#mark(next);
  }

  #mark(next) {
    const touched = [...this.marked.keys(), ...next.keys()];
    this.marked = next;
    for (const item of touched) {
      const index = this.pages.find(item);
      if (index >= 0) this.rows.refresh(index);
    }
    this.bulk.hidden = next.size === 0;
    replace(this.bulk, next.size ? bulkBar(this.desk, [...next.values()], { onclear: () => this.#mark(new Map()), onreviews: (reviews) => reviews.forEach((review) => this.#reviewed(review)) }) : null);
  }

  #reviewed(review) {
    const index = this.pages.apply(review);
    if (index >= 0) this.rows.refresh(index);
    this.preview.reviewed(review);
  }

  async #decide(word) {
    const row = this.pages.at(this.selected);
    if (!row) return;
    if (this.marked.size) return this.bulk.querySelector(`[data-decision="${word}"]`)?.click();
    const review = await decide(this.desk, row, row.decision === word ? null : word);
    if (review) this.#reviewed(review);
  }

  #commands() {
    const group = "List";
    return [
      { keys: "j, arrowdown", says: "Next item", group, run: () => this.#select(this.selected + 1) },
      { keys: "k, arrowup", says: "Previous item", group, run: () => this.#select(this.selected - 1) },
      { keys: "pagedown", says: "A page down", group, run: () => this.#select(this.selected + 15) },
      { keys: "pageup", says: "A page up", group, run: () => this.#select(this.selected - 15) },
      { keys: "home", says: "First item", group, run: () => this.#select(0) },
      { keys: "end", says: "Last item", group, run: () => this.#select(this.pages.total - 1) },
      { keys: "enter, o", says: "Open the item", group, run: () => this.open() },
      { keys: "m", says: "Mark the item, to decide several at once", group, run: () => this.#toggleMark() },
      ...DECISIONS.map(({ word, name, key }) => ({ keys: key, says: name, group, run: () => this.#decide(word) })),
      ...OPINIONS.map(({ word }, index) => ({ keys: String(index + 1), says: `Only ${word}, or no longer`, group, run: () => this.#goTo(toggled(this.params, "opinion", word)) })),
      { keys: "0", says: "All opinions", group, run: () => this.#goTo(withValues(this.params, "opinion", [])) },
      { keys: "escape", says: "Take marks back, then the filters", group, run: () => (this.marked.size ? this.#mark(new Map()) : parse(location.href).params.size && this.#goTo(new URLSearchParams())) },
    ];
  }

  end() {
    clearTimeout(this.timer);
    this.pages?.end();
    this.rows.end();
    this.facets?.end();
    this.preview.end();
    this.endings.forEach((end) => end());
  }
}

// The filters are drawn anew with each answer; who was in one of them with the keyboard stays there.
function focusIn(rail) {
  const { name, value } = document.activeElement ?? {};
  if (!rail.contains(document.activeElement)) return () => {};
  return () => [...rail.querySelectorAll("input")].find((input) => input.name === name && input.value === value)?.focus();
}
