// Rows of a list, fetched in pages as they come into sight.
import { api } from "./api.js";

const PAGE = 100;
const PAGES_KEPT = 60;

/** The rows of one list; `onchange(first, last)` tells that rows have come or changed, `onproblem` that they could not. */
export class ItemPages {
  #pages = new Map();
  #abort = new AbortController();

  constructor(params, { onchange, onproblem }) {
    this.params = params;
    this.total = 0;
    this.all = 0;
    this.onchange = onchange;
    this.onproblem = onproblem;
  }

  /** Asks for the first rows, or for those around an item; gives the whole answer, with facets. */
  async begin(around) {
    const query = new URLSearchParams(this.params);
    query.set("limit", String(PAGE));
    query.set("facets", "1");
    if (around) query.set("around", around);
    let answer;
    try {
      answer = await api.items(query, this.#abort.signal);
    } catch (error) {
      // The item may not be in this list (any more): the list itself is still wanted.
      if (!around || error.name === "AbortError") throw error;
      return this.begin("");
    }
    this.total = answer.total;
    this.all = answer.all;
    this.#keep(answer);
    return answer;
  }

  /** A row, where it is known. */
  at(index) {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Where an item stands among the known rows; -1 where it is not known. */
  find(item) {
    for (const [page, rows] of this.#pages) {
      const index = rows.findIndex((row) => row?.item === item);
      if (index >= 0) return page * PAGE + index;
    }
    return -1;
  }

  /** Fetches what of these rows is missing. */
  need(first, last) {
    for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(first, last - 1) / PAGE); page += 1) {
      if (page * PAGE < this.total && !this.#isWhole(page)) this.#fetch(page);
    }
  }

  /** Waits for one row. */
  async row(index) {
    if (index < 0 || index >= this.total) return undefined;
    const page = Math.floor(index / PAGE);
    if (!this.at(index)) await this.#fetch(page);
    return this.at(index);
  }

  /** Puts what a review changed into a known row; gives its place or -1. */
  apply(review) {
    const index = this.find(review.item);
    const row = index < 0 ? undefined : this.at(index);
    if (!row || row.version >= review.version) return -1;
    Object.assign(row, { decision: review.decision, decided_by: review.decided_by, tags: review.tags, assigned: review.assigned, n_notes: review.notes.length, version: review.version });
    return index;
  }

  /** Ends all questions. */
  end() {
    this.#abort.abort();
  }

  #waiting = new Map();

  #fetch(page) {
    const known = this.#waiting.get(page);
    if (known) return known;
    const query = new URLSearchParams(this.params);
    query.set("limit", String(PAGE));
    query.set("at", String(page * PAGE));
    const asked = api.items(query, this.#abort.signal).then(
      (answer) => {
        this.#waiting.delete(page);
        this.#keep(answer);
        this.onchange(page * PAGE, page * PAGE + answer.items.length);
      },
      (error) => {
        this.#waiting.delete(page);
        if (error.name !== "AbortError") this.onproblem(error);
      },
    );
    this.#waiting.set(page, asked);
    return asked;
  }

  #isWhole(page) {
    const rows = this.#pages.get(page);
    const wanted = Math.min(PAGE, this.total - page * PAGE);
    return rows !== undefined && rows.filter(Boolean).length >= wanted;
  }

  #keep(answer) {
    answer.items.forEach((row, index) => {
      const place = answer.at + index;
      const page = Math.floor(place / PAGE);
      const rows = this.#pages.get(page) ?? [];
      rows[place % PAGE] = row;
      this.#pages.delete(page);
      this.#pages.set(page, rows);
    });
    while (this.#pages.size > PAGES_KEPT) this.#pages.delete(this.#pages.keys().next().value);
  }
}
