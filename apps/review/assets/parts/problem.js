// Says what went wrong, where something else was to be shown.
import { h } from "../js/dom.js";

/** A notice for an error of the server or the network. */
export function problem(error) {
  return h("div", { class: "notice bad", role: "alert" }, h("b", {}, "This could not be shown. "), error.message);
}
