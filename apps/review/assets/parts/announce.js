// Tells, in passing, what a colleague has decided.
import { h } from "../js/dom.js";
import { notice } from "../js/notices.js";
import { address } from "../js/router.js";
import { decisionName } from "../js/words.js";

/** A notice for an act of somebody else. */
export function announce(review, own) {
  if (!review.by || review.by === own) return;
  const done = review.decision && review.decided_by === review.by ? `“${decisionName(review.decision)}”` : "changed the review of";
  notice([h("b", { class: "foreign" }, review.by), `: ${done} `, h("a", { href: address("item", {}, review.item) }, review.decision ? "an item" : "an item")]);
}
