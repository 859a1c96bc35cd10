// Small unobtrusive messages at the edge of the screen, spoken by screen readers when they have time.
import { append, h } from "./dom.js";

const SHOWN_MS = 7000;
const SHOWN_MAX = 4;

/** The place where messages appear; one for the whole page. */
export const noticeBoard = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

/** Shows a message; `tone` is "" or "bad". */
export function notice(children, tone = "") {
  const toast = append(h("div", { class: `toast ${tone}` }), [children]);
  const dismiss = h("button", { class: "button quiet", type: "button", "aria-label": "Dismiss", onclick: () => toast.remove() }, "✕");
  toast.append(dismiss);
  noticeBoard.append(toast);
  while (noticeBoard.children.length > SHOWN_MAX) noticeBoard.firstChild.remove();
  // Problems stay until they are dismissed.
  if (tone !== "bad") setTimeout(() => toast.remove(), SHOWN_MS);
}
