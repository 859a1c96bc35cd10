// Who comes in: a one-time token on this machine, or a name and a password elsewhere.
import { api } from "../js/api.js";
import { h, replace } from "../js/dom.js";

/** The page for somebody without a session. */
export function create({ ways, says, oncome }) {
  const problem = h("div", { "aria-live": "assertive" }, says ? h("p", { class: "notice bad" }, says) : null);
  const enter = async (body) => {
    replace(problem);
    try {
      oncome(await api.logIn(body));
    } catch (error) {
      replace(problem, h("p", { class: "notice bad" }, error.message));
    }
  };
  return h(
    "main",
    { class: "login" },
    h("h1", {}, "Mabillon"),
    h("p", { class: "soft" }, "Review of a case: a desk of people decides, item by item, on evidence."),
    problem,
    ways.includes("password") ? passwordForm(enter) : null,
    ways.includes("token") ? tokenForm(enter, !ways.includes("password")) : null,
  );
}

function passwordForm(enter) {
  const name = h("input", { class: "field", name: "name", autocomplete: "username", required: true });
  const password = h("input", { class: "field", name: "password", type: "password", autocomplete: "current-password", required: true });
  return h("form", { class: "stack", onsubmit: (event) => {
    event.preventDefault();
    enter({ name: name.value, password: password.value });
  } }, labelled("Name", name), labelled("Password", password), h("button", { class: "button primary", type: "submit" }, "Log in"));
}

function tokenForm(enter, isOpen) {
  const token = h("input", { class: "field mono", name: "token", autocomplete: "off", required: true });
  const form = h("form", { class: "stack", onsubmit: (event) => {
    event.preventDefault();
    enter({ token: token.value.trim().replace(/^.*token=/, "") });
  } }, labelled("Token", token), h("button", { class: "button", type: "submit" }, "Come in"));
  return h("details", { open: isOpen }, h("summary", {}, "With a one-time token"), h("p", { class: "soft small" }, "The program prints it in the terminal where it was started. It serves once; start the program again, or ask a lead, for another."), form);
}

function labelled(name, field) {
  return h("label", { class: "labelled" }, h("span", {}, name), field);
}
