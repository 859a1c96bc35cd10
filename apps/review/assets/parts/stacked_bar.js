// One stacked bar of opinions, as long as its share of the longest.
import { svg } from "../js/dom.js";
import { OPINIONS, number } from "../js/words.js";

/** `opinions` are counts by word; `whole` is the count of the longest bar. */
export function stackedBar(opinions, whole, height = 10) {
  const parts = OPINIONS.map(({ word }) => [word, opinions[word] ?? 0]).filter(([, n]) => n > 0);
  const label = parts.map(([word, n]) => `${number(n)} ${word}`).join(", ");
  let x = 0;
  const rects = parts.map(([word, n]) => {
    const width = (100 * n) / Math.max(1, whole);
    const rect = svg("rect", { class: `bar-${word}`, x: `${x}%`, y: 0, width: `${width}%`, height });
    x += width;
    return rect;
  });
  return svg("svg", { class: "stacked", height, role: "img", "aria-label": label }, svg("title", {}, label), rects);
}
