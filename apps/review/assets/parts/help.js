// The overlay with every one-key command, and the switch that turns them off.
import { h } from "../js/dom.js";
import { openSheet } from "../js/sheet.js";

/** Shows the commands now in force. */
export function openHelp(keys) {
  openSheet("Keyboard", () => {
    const groups = Map.groupBy(keys.all(), (command) => command.group);
    const lists = [...groups].map(([name, commands]) => h("section", {}, h("h4", {}, name), h("dl", { class: "keys" }, commands.map(line))));
    const box = h("input", { type: "checkbox", checked: keys.isOn, onchange: (event) => (keys.isOn = event.target.checked) });
    return [h("div", { class: "key-groups" }, lists), h("label", { class: "row switch" }, box, "One-key commands are on")];
  });
}

function line(command) {
  const keys = command.keys.split(", ").map((one) => one.split(" ").map((key) => h("kbd", {}, nameOf(key))));
  return [h("dt", {}, keys), h("dd", {}, command.says)];
}

function nameOf(key) {
  return { escape: "esc", enter: "↵", arrowdown: "↓", arrowup: "↑", arrowleft: "←", arrowright: "→" }[key] ?? key;
}
