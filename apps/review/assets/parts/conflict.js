// Somebody else was first: what they did, beside what was about to be done.
import { h } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { decisionBadge } from "../js/glyphs.js";
import { openSheet } from "../js/sheet.js";
import { ago } from "../js/words.js";

/** Shows both; true where the reviewer wants their own act done on top of the other. */
export function showConflict(theirs, changes) {
  return new Promise((resolve) => {
    let answer = false;
    const sheet = openSheet("A colleague was first", (close) => {
      const settle = (value) => () => {
        answer = value;
        close();
      };
      return [
        h("p", {}, "The item was changed while you looked at it. Nothing of yours has been written, and nothing of theirs is lost."),
        h("div", { class: "two conflict-sides" }, h("section", {}, h("h3", {}, "As it stands now"), standing(theirs)), h("section", {}, h("h3", {}, "What you were about to do"), mine(changes))),
        h("div", { class: "row" }, h("button", { class: "button primary", type: "button", onclick: settle(false) }, "Leave it as it stands"), h("button", { class: "button", type: "button", onclick: settle(true) }, "Do mine on top of it")),
        h("p", { class: "soft small" }, "Both acts stay in the custody log, whichever you choose."),
      ];
    }, { class: "conflict-sheet" });
    sheet.addEventListener("close", () => resolve(answer));
  });
}

function standing(review) {
  const last = review.notes.at(-1);
  return [
    h("p", {}, review.decision ? decisionBadge(review.decision) : "undecided", review.decided_by ? [" by ", foreign(review.decided_by), ` ${ago(review.decided_at)}`] : null),
    review.assigned ? h("p", {}, "assigned to ", foreign(review.assigned)) : null,
    review.tags.length ? h("p", {}, review.tags.map((tag) => foreign(tag, { class: "tag" }))) : null,
    last ? h("p", { class: "soft" }, foreign(last.by), ": ", foreign(last.text)) : null,
  ];
}

function mine(changes) {
  return [
    "decision" in changes ? h("p", {}, changes.decision ? decisionBadge(changes.decision) : "take the decision back") : null,
    "assigned" in changes ? h("p", {}, changes.assigned ? ["assign to ", foreign(changes.assigned)] : "assign to nobody") : null,
    changes.tags?.add?.length ? h("p", {}, "add ", changes.tags.add.map((tag) => foreign(tag, { class: "tag" }))) : null,
    changes.tags?.remove?.length ? h("p", {}, "remove ", changes.tags.remove.map((tag) => foreign(tag, { class: "tag" }))) : null,
    changes.note ? h("p", { class: "soft" }, foreign(changes.note)) : null,
  ];
}
