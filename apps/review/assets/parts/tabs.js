// Tabs after the ARIA pattern: arrows move between them, each panel is made when it is first shown.
import { h, replace } from "../js/dom.js";
import { problem } from "./problem.js";

/** `tabs` are `{ id, name, make() }`; `make` gives the content or a promise of it. */
export function createTabs(tabs, label) {
  const panels = new Map();
  let current = "";
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": label });
  const body = h("div", { class: "tab-body" });
  const buttons = tabs.map((tab) => h("button", { class: "tab", type: "button", role: "tab", id: `tab-${tab.id}`, "aria-controls": `panel-${tab.id}`, "aria-selected": "false", tabindex: "-1", onclick: () => show(tab.id) }, tab.name));
  list.append(...buttons);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = (tabs.findIndex((tab) => tab.id === current) + step + tabs.length) % tabs.length;
    show(tabs[index].id);
    buttons[index].focus();
  });
  const show = async (id) => {
    const index = tabs.findIndex((tab) => tab.id === id);
    if (index < 0) return;
    current = id;
    buttons.forEach((button, place) => {
      button.setAttribute("aria-selected", String(place === index));
      button.setAttribute("tabindex", place === index ? "0" : "-1");
    });
    if (!panels.has(id)) {
      const panel = h("div", { class: "tab-panel", role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}` });
      panels.set(id, panel);
      replace(panel, h("p", { class: "empty loading" }, "Reading"));
      body.append(panel);
      hideOthers(panels, id);
      replace(panel, await made(tabs[index]));
    }
    hideOthers(panels, id);
  };
  return { element: h("div", { class: "tabbed" }, list, body), show, has: (id) => tabs.some((tab) => tab.id === id), current: () => current };
}

// A tab that cannot be made says so; one that was left meanwhile says nothing.
async function made(tab) {
  try {
    return await tab.make();
  } catch (error) {
    return error.name === "AbortError" ? null : problem(error);
  }
}

function hideOthers(panels, id) {
  for (const [name, panel] of panels) panel.hidden = name !== id;
}
