// What colleagues do, as it happens: server-sent events, handed to whoever listens.

const KINDS = ["hello", "review", "here", "lost", "end"];

/** The stream of one session. */
export class Live {
  #source = null;
  #listeners = new Map();

  /** Opens the stream; the browser reconnects by itself. */
  open() {
    this.close();
    this.#source = new EventSource("/api/events");
    for (const kind of KINDS) this.#source.addEventListener(kind, (event) => this.#tell(kind, JSON.parse(event.data)));
    this.#source.addEventListener("open", () => this.#tell("state", { isOpen: true }));
    this.#source.addEventListener("error", () => this.#tell("state", { isOpen: false }));
  }

  close() {
    this.#source?.close();
    this.#source = null;
  }

  /** Listens to one kind of event; the function that comes back ends it. */
  on(kind, listener) {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  #tell(kind, data) {
    for (const listener of this.#listeners.get(kind) ?? []) listener(data);
  }
}
