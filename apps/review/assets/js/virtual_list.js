// Rows of one height, of which only those in sight exist. Browsers stop at some 30 million pixels, so beyond a
// limit the list is cut into pages that slide under the scroll bar; small steps stay exact, long jumps are rounded.
import { h } from "./dom.js";

const HEIGHT_MAX = 8_000_000;
const BEYOND = 8;

/** `row(index)` gives the element of one row; it is called again when the row must be drawn anew. */
export class VirtualList {
  #rows = new Map();
  #offset = 0;
  #page = 0;
  #previous = 0;
  #frame = 0;

  constructor({ rowHeight, row, onrange, label }) {
    this.rowHeight = rowHeight;
    this.row = row;
    this.onrange = onrange;
    this.count = 0;
    this.canvas = h("div", { class: "canvas", role: "presentation" });
    this.element = h("div", { class: "virtual", role: "grid", tabindex: "0", "aria-label": label }, this.canvas);
    this.element.addEventListener("scroll", () => this.#schedule(), { passive: true });
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this.element);
  }

  /** A new number of rows; what is drawn is drawn anew. */
  setCount(count) {
    this.count = count;
    this.virtual = count * this.rowHeight;
    this.real = Math.min(this.virtual, HEIGHT_MAX);
    this.pageHeight = this.real / 100;
    this.pages = Math.ceil(this.virtual / this.pageHeight) || 1;
    this.slide = this.pages > 1 && this.virtual > this.real ? (this.virtual - this.real) / (this.pages - 1) : 0;
    this.canvas.style.setProperty("height", `${this.real}px`);
    this.element.setAttribute("aria-rowcount", String(count));
    this.redraw();
  }

  /** Draws every row in sight anew. */
  redraw() {
    for (const element of this.#rows.values()) element.remove();
    this.#rows.clear();
    this.draw();
  }

  /** Brings a row into sight. */
  reveal(index) {
    const top = index * this.rowHeight;
    const seen = this.element.scrollTop + this.#offset;
    const height = this.element.clientHeight;
    if (top < seen) this.#jump(top);
    else if (top + this.rowHeight > seen + height) this.#jump(top + this.rowHeight - height);
    this.draw();
  }

  /** The first row in sight. */
  get first() {
    return Math.floor((this.element.scrollTop + this.#offset) / this.rowHeight);
  }

  #jump(virtualTop) {
    const to = Math.max(0, Math.min(virtualTop, this.virtual - this.element.clientHeight));
    this.#page = Math.min(this.pages - 1, Math.floor(to / this.pageHeight));
    this.#offset = Math.round(this.#page * this.slide);
    this.#previous = to - this.#offset;
    this.element.scrollTop = this.#previous;
  }

  #schedule() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#scrolled();
      this.draw();
    });
  }

  #scrolled() {
    const top = this.element.scrollTop;
    const height = this.element.clientHeight;
    if (!this.slide || top === this.#previous) {
      this.#previous = top;
      return;
    }
    if (Math.abs(top - this.#previous) < height) this.#near(top);
    else this.#far(top, height);
  }

  #near(top) {
    const virtualTop = top + this.#offset;
    if (virtualTop >= (this.#page + 1) * this.pageHeight || virtualTop < this.#page * this.pageHeight) this.#jump(virtualTop);
    else this.#previous = top;
  }

  #far(top, height) {
    const share = top / Math.max(1, this.real - height);
    this.#page = Math.min(this.pages - 1, Math.floor((share * (this.virtual - height)) / this.pageHeight));
    this.#offset = Math.round(this.#page * this.slide);
    this.#previous = top;
  }

  /** Draws what is in sight and removes what is not. */
  draw() {
    const height = this.element.clientHeight;
    if (!height) return;
    const first = Math.max(0, this.first - BEYOND);
    const last = Math.min(this.count, Math.ceil((this.element.scrollTop + this.#offset + height) / this.rowHeight) + BEYOND);
    for (const [index, element] of this.#rows) {
      if (index >= first && index < last) continue;
      element.remove();
      this.#rows.delete(index);
    }
    for (let index = first; index < last; index += 1) this.#place(index);
    this.onrange?.(first, last);
  }

  #place(index) {
    let element = this.#rows.get(index);
    if (!element) {
      element = this.row(index);
      element.setAttribute("aria-rowindex", String(index + 1));
      this.#rows.set(index, element);
      this.canvas.append(element);
    }
    element.style.setProperty("transform", `translateY(${index * this.rowHeight - this.#offset}px)`);
  }

  /** Draws one row anew, if it is in sight. */
  refresh(index) {
    const old = this.#rows.get(index);
    if (!old) return;
    old.remove();
    this.#rows.delete(index);
    this.#place(index);
  }

  /** The element of a row, if it is in sight. */
  at(index) {
    return this.#rows.get(index);
  }

  /** Ends it. */
  end() {
    cancelAnimationFrame(this.#frame);
    this.watcher.disconnect();
  }
}
