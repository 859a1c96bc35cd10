// What colleagues do, as it happens: server-sent events, handed to whoever listens.
//
// Browsers hold six connections to one server, and a stream takes one for as long as it is open. So of all tabs of the
// review only one has the stream, the one that holds the lock; it tells the others, and when it is closed the next
// takes over.

const KINDS = ["hello", "review", "here", "lost", "end"];
const NAME = "mabillon.live";
/** What a tab that is opened later has to know. */
const KEPT = ["here", "state"];

/** The events of one session. */
export class Live {
  #stop = () => {};
  #listeners = new Map();

  /** Begins; the browser reconnects by itself. */
  open() {
    this.close();
    const channel = new BroadcastChannel(NAME);
    const abort = new AbortController();
    const kept = new Map();
    let leave = () => {};
    const tell = (kind, data) => {
      if (KEPT.includes(kind)) kept.set(kind, data);
      this.#tell(kind, data);
      channel.postMessage({ kind, data });
    };
    channel.addEventListener("message", ({ data: { kind, data } }) => {
      if (kind === "asked") for (const [name, value] of kept) channel.postMessage({ kind: name, data: value });
      else this.#tell(kind, data);
    });
    const lead = () => new Promise((done) => {
      const source = stream(tell);
      leave = () => (source.close(), done());
    });
    navigator.locks.request(NAME, { signal: abort.signal }, lead).catch(() => {});
    channel.postMessage({ kind: "asked" });
    this.#stop = () => {
      leave();
      abort.abort();
      channel.close();
    };
  }

  close() {
    this.#stop();
    this.#stop = () => {};
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

function stream(tell) {
  const source = new EventSource("/api/events");
  for (const kind of KINDS) source.addEventListener(kind, (event) => tell(kind, JSON.parse(event.data)));
  source.addEventListener("open", () => tell("state", { isOpen: true }));
  source.addEventListener("error", () => tell("state", { isOpen: false }));
  return source;
}
