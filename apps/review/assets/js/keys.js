// One-key commands. They can be switched off (WCAG 2.2, 2.1.4), never act while text is being typed, and are all
// listed in the overlay that `?` opens.

const STORED = "mabillon.keys";
const WAIT_MS = 900;

/** Layers of commands; the last one pushed is asked first. A command is `{ keys, says, run, group }`. */
export class Keys {
  #layers = [];
  #first = "";
  #timer = 0;

  constructor() {
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** Adds a layer; the function that comes back takes it away. */
  add(commands) {
    this.#layers.push(commands);
    return () => {
      this.#layers = this.#layers.filter((layer) => layer !== commands);
    };
  }

  /** All commands in force, for the overlay. */
  all() {
    return this.#layers.flat();
  }

  get isOn() {
    return localStorage.getItem(STORED) !== "off";
  }

  set isOn(on) {
    localStorage.setItem(STORED, on ? "on" : "off");
  }

  #pressed(event) {
    if (!this.#concerns(event)) return;
    const typed = event.key.length === 1 ? event.key : event.key.toLowerCase();
    const sequence = this.#first ? `${this.#first} ${typed}` : typed;
    this.#forget();
    const command = this.#find(sequence) ?? this.#find(typed);
    if (command) {
      event.preventDefault();
      command.run(event);
    } else if (this.#isStart(typed)) {
      event.preventDefault();
      this.#first = typed;
      this.#timer = setTimeout(() => this.#forget(), WAIT_MS);
    }
  }

  #concerns(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return false;
    if (event.key === "Escape") return true;
    if (!this.isOn || event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]")) return false;
    // Enter and the space bar belong to the control that has the focus.
    return !(["Enter", " "].includes(event.key) && event.target.closest("a, button, summary, [role=button], input"));
  }

  #find(sequence) {
    for (const layer of this.#layers.toReversed()) {
      const found = layer.find((command) => command.keys.split(", ").includes(sequence));
      if (found) return found;
    }
    return undefined;
  }

  #isStart(typed) {
    return this.all().some((command) => command.keys.split(", ").some((keys) => keys.startsWith(`${typed} `)));
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#first = "";
  }
}
