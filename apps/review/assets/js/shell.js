// What surrounds every view: the bar with search, who else is here, redaction, theme, help.
import { api, useSession } from "./api.js";
import { h, replace } from "./dom.js";
import { openExports } from "../parts/exports.js";
import { openHelp } from "../parts/help.js";
import { openInvitation } from "../parts/invitation.js";
import { announce } from "../parts/announce.js";
import { notice } from "./notices.js";
import { address, go, parse } from "./router.js";
import { toggleTheme } from "./theme.js";

const PLACES = [
  ["overview", "Overview"],
  ["items", "Items"],
  ["activity", "Activity"],
];

/** The shell for a session; `onsession` is called with the new session when redaction changes. */
export function createShell(desk, { onsession }) {
  const { session } = desk;
  const search = searchField();
  const here = h("span", { class: "colleagues", "aria-live": "off" });
  const links = PLACES.map(([view, name]) => h("a", { href: address(view), class: "view-link", dataset: { view } }, name));
  const main = h("main", { id: "main", class: "main", tabindex: "-1" });
  const bar = h(
    "header",
    { class: "bar" },
    h("a", { class: "wordmark", href: address("overview") }, "Mabillon"),
    h("span", { class: "case-name foreign", title: "The case" }, session.case.name),
    h("nav", { "aria-label": "Views", class: "views" }, links),
    search.element,
    h("div", { class: "bar-end" }, here, redaction(session, onsession), h("button", { class: "button quiet", type: "button", onclick: toggleTheme, "aria-label": "Light or dark", title: "Light or dark" }, "◐"), menu(desk), h("button", { class: "button quiet", type: "button", onclick: () => openHelp(desk.keys), "aria-label": "Keyboard shortcuts", title: "Keyboard shortcuts (?)" }, "?")),
  );
  const element = h("div", { class: "shell" }, h("a", { class: "skip-link", href: "#main", onclick: (event) => skip(event, main) }, "Skip to the content"), bar, session.redacted ? h("div", { class: "redacted-bar", role: "note" }, "Personal data is masked on screen and in exports.") : null, main);
  const endings = [
    desk.keys.add(commands(desk, search)),
    desk.live.on("here", ({ reviewers }) => showHere(here, reviewers, session.name)),
    desk.live.on("state", ({ isOpen }) => element.classList.toggle("cut-off", !isOpen)),
    desk.live.on("review", (review) => announce(review, session.name)),
    desk.live.on("end", () => notice("The server was stopped. What was decided is kept.", "bad")),
  ];
  return { element, main, mark: (route) => mark(links, search, route), end: () => endings.forEach((end) => end()) };
}

function searchField() {
  const input = h("input", { class: "field", type: "search", name: "q", placeholder: "Search text and fields: invoice from:anna date:2017-04", autocomplete: "off", spellcheck: "false", "aria-label": "Search the case" });
  const submit = () => {
    const route = parse(location.href);
    const params = route.view === "items" ? new URLSearchParams(route.params) : new URLSearchParams();
    for (const gone of ["cursor", "around", "row", "sort"]) params.delete(gone);
    if (input.value.trim()) params.set("q", input.value.trim());
    else params.delete("q");
    go(address("items", params));
    input.blur();
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") submit();
    if (event.key === "Escape") input.blur();
  });
  input.addEventListener("search", () => input.value === "" && parse(location.href).params.get("q") && submit());
  return { element: h("div", { class: "search", role: "search" }, input, h("kbd", { "aria-hidden": "true" }, "/")), input };
}

function redaction(session, onsession) {
  const change = async () => {
    try {
      const next = await api.changeSession({ redacted: !session.redacted });
      useSession(next);
      onsession(next);
    } catch (error) {
      notice(error.message, "bad");
    }
  };
  const isFixed = session.redacted && !session.may_show;
  return h("button", { class: "button quiet", type: "button", dataset: { act: "mask" }, "aria-pressed": String(session.redacted), disabled: isFixed, onclick: change, title: isFixed ? "This server masks personal data for everyone" : "Mask addresses, numbers and names" }, session.redacted ? "Masked" : "Mask");
}

function menu(desk) {
  const { session } = desk;
  const isLead = session.role === "lead";
  const act = (run) => (event) => {
    event.target.closest("details").open = false;
    run();
  };
  const button = (what, name, run) => h("button", { class: "menu-item", type: "button", dataset: { act: what }, onclick: act(run) }, name);
  const details = h(
    "details",
    { class: "menu" },
    h("summary", { class: "button quiet" }, h("span", { class: "foreign" }, session.name), h("span", { class: "soft small" }, session.role)),
    h("div", { class: "menu-list" }, button("export", "Export decisions or report…", () => openExports()), isLead ? button("invite", "Invite a colleague…", () => openInvitation()) : null, button("leave", "Log out", async () => {
      await api.logOut().catch(() => {});
      location.assign("/");
    }), h("p", { class: "menu-note soft small" }, session.program)),
  );
  document.addEventListener("click", (event) => {
    if (!details.contains(event.target)) details.open = false;
  });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    details.open = false;
    details.querySelector("summary").focus();
    event.stopPropagation();
  });
  return details;
}

function showHere(place, reviewers, own) {
  const others = [...new Map(reviewers.filter((one) => one.name !== own).map((one) => [one.name, one])).values()];
  replace(place, others.slice(0, 5).map((one) => h("span", { class: "face", title: one.viewing ? `${one.name} is looking at an item` : `${one.name} is here` }, one.name.slice(0, 2))), others.length > 5 ? `+${others.length - 5}` : null);
  place.setAttribute("aria-label", others.length ? `Also here: ${others.map((one) => one.name).join(", ")}` : "");
}

function mark(links, search, route) {
  const view = route.view === "item" || route.view === "compare" ? "items" : route.view;
  for (const link of links) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (document.activeElement !== search.input) search.input.value = route.params.get("q") ?? "";
}

function skip(event, main) {
  event.preventDefault();
  main.focus();
}

function commands(desk, search) {
  const group = "Everywhere";
  return [
    { keys: "/", says: "Search", group, run: () => search.input.select() },
    { keys: "g o", says: "Go to the overview", group, run: () => go(address("overview")) },
    { keys: "g l", says: "Go to the list", group, run: () => go(address("items")) },
    { keys: "g a", says: "Go to the activity", group, run: () => go(address("activity")) },
    { keys: "?", says: "Show this help", group, run: () => openHelp(desk.keys) },
  ];
}
