// Dialogs: the browser's own, which keeps the focus inside and gives it back.
import { h } from "./dom.js";

/** Opens a dialog with a heading; `build(close)` gives its content. */
export function openSheet(title, build, props = {}) {
  const dialog = h("dialog", { class: `sheet ${props.class ?? ""}`, "aria-label": title });
  const close = () => dialog.close();
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) close();
  });
  dialog.append(
    h("div", { class: "sheet-head" }, h("h2", {}, title), h("button", { class: "button quiet push", type: "button", onclick: close, "aria-label": "Close" }, "✕")),
    h("div", { class: "sheet-body" }, build(close)),
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
