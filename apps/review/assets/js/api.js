// The one place that speaks to the server; the contract stands in API.md.

/** A refusal of the server: `code` for programs, the message for people, `body` with the rest of the answer. */
export class Refused extends Error {
  constructor(status, body) {
    super(body?.error?.says ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body?.error?.code ?? "unknown";
    this.body = body ?? {};
  }
}

/** The token that changes must carry; set at the login. */
let csrf = "";

/** Called where the session has ended. */
let onEnd = () => {};

/** Remembers what later requests need. */
export function useSession(session, ended) {
  csrf = session?.csrf ?? "";
  if (ended) onEnd = ended;
}

async function ask(method, path, body, options = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrf) headers["X-Mabillon-Csrf"] = csrf;
  const request = { method, headers, signal: options.signal, body: body === undefined ? undefined : JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, { error: { code: "unreachable", says: "The server does not answer. Is it still running?" } });
  }
  if (options.isFile && answer.ok) return answer;
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const json = await answer.json().catch(() => null);
  if (answer.status === 401 && !options.isLogin) onEnd();
  throw new Refused(answer.status, json);
}

const get = (path, options) => ask("GET", path, undefined, options);
const id = encodeURIComponent;

export const api = {
  session: () => get("/api/session", { isLogin: true }),
  logIn: (body) => ask("POST", "/api/session", body, { isLogin: true }),
  changeSession: (body) => ask("PATCH", "/api/session", body),
  logOut: () => ask("DELETE", "/api/session"),
  invite: (body) => ask("POST", "/api/invitations", body),
  overview: () => get("/api/overview"),
  items: (params, signal) => get(`/api/items?${params}`, { signal }),
  tests: () => get("/api/tests"),
  item: (item, signal) => get(`/api/items/${id(item)}`, { signal }),
  headers: (item, signal) => get(`/api/items/${id(item)}/headers`, { signal }),
  source: (item, start, length, signal) => get(`/api/items/${id(item)}/source?start=${start}&length=${length}`, { signal }),
  noPreview: (item) => get(at.preview(item)).then(() => "", (error) => error.message),
  related: (item, signal) => get(`/api/items/${id(item)}/related`, { signal }),
  compare: (here, there, signal) => get(`/api/compare?here=${id(here)}&there=${id(there)}`, { signal }),
  review: (item, body) => ask("POST", `/api/items/${id(item)}/review`, body),
  reviewMany: (body) => ask("POST", "/api/reviews", body),
  history: (item) => get(`/api/items/${id(item)}/history`),
  custody: (after, limit) => get(`/api/custody?after=${after}&limit=${limit}`),
  reviewers: () => get("/api/reviewers"),
  viewing: (item) => ask("POST", "/api/here", { viewing: item }),
  file: (what) => ask("POST", "/api/exports", { what }, { isFile: true }),
};

/** Addresses for frames, pictures and downloads. */
export const at = {
  html: (item) => `/api/items/${id(item)}/html`,
  preview: (item) => `/api/items/${id(item)}/preview`,
  raw: (item) => `/api/items/${id(item)}/raw`,
};

/** A new name for an act, so that a repeated request is done once. */
export function newAct() {
  return crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
