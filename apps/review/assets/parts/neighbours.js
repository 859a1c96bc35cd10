// Where an item stands in the list it was opened from, and the ones before and after it.
import { h, replace } from "../js/dom.js";
import { ItemPages } from "../js/item_pages.js";
import { listParams } from "../js/list_state.js";
import { address, go } from "../js/router.js";
import { number } from "../js/words.js";

/** The bar above an item. */
export function createNeighbours(item, params) {
  const list = listParams(params);
  const back = new URLSearchParams(list);
  back.set("around", item);
  const says = h("span", { class: "soft small" });
  const element = h("nav", { class: "neighbours row", "aria-label": "Neighbours in the list" }, h("a", { class: "button quiet", href: address("items", back) }, "← List"), says);
  const state = { before: null, after: null };
  const pages = new ItemPages(list, { onchange: () => {}, onproblem: () => {} });
  find(pages, item).then((found) => {
    if (!found) return;
    Object.assign(state, found);
    replace(says, `${number(found.index + 1)} of ${number(pages.total)}`);
    element.append(step("↑", "Previous item", "k", found.before, list), step("↓", "Next item", "j", found.after, list));
  }).catch(() => {});
  const to = (row) => row && go(address("item", list, row.item));
  return { element, next: () => to(state.after), previous: () => to(state.before), back: () => go(address("items", back)), end: () => pages.end() };
}

async function find(pages, item) {
  await pages.begin(item);
  const index = pages.find(item);
  if (index < 0) return null;
  const [before, after] = await Promise.all([pages.row(index - 1), pages.row(index + 1)]);
  return { index, before, after };
}

function step(sign, name, key, row, list) {
  if (!row) return h("span", { class: "button quiet", "aria-disabled": "true" }, sign);
  return h("a", { class: "button quiet", href: address("item", list, row.item), "aria-label": name, title: `${name} (${key})` }, sign);
}
