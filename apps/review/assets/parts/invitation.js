// A one-time link for a colleague; for leads.
import { api } from "../js/api.js";
import { h, replace } from "../js/dom.js";
import { openSheet } from "../js/sheet.js";

/** Asks for a name and a role, and shows the link once. */
export function openInvitation() {
  openSheet("Invite a colleague", () => {
    const name = h("input", { class: "field", name: "name", autocomplete: "off", required: true });
    const role = h("select", { class: "field", name: "role" }, ["reviewer", "reader", "lead"].map((word) => h("option", { value: word }, word)));
    const result = h("div", { "aria-live": "polite" });
    const make = async (event) => {
      event.preventDefault();
      try {
        const { url } = await api.invite({ name: name.value.trim(), role: role.value });
        const shown = h("input", { class: "field mono invitation-link", readonly: true, value: url, "aria-label": "The link" });
        replace(result, h("p", { class: "soft" }, "This link serves once. Hand it over by a way you trust."), shown);
        shown.select();
      } catch (error) {
        replace(result, h("p", { class: "notice bad" }, error.message));
      }
    };
    return h("form", { class: "stack", onsubmit: make }, h("label", { class: "labelled" }, h("span", {}, "Name"), name), h("label", { class: "labelled" }, h("span", {}, "Role"), role), h("button", { class: "button primary", type: "submit" }, "Make a link"), result);
  });
}
