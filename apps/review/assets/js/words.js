// The words of the interface for what the server names by code.

/** The six opinions in their order: the digit is their key, the glyph their shape. */
export const OPINIONS = [
  { word: "authenticated", short: "a valid signature covers what is shown" },
  { word: "corroborated", short: "independent copies or originals agree" },
  { word: "consistent", short: "several tests agree, none speaks against" },
  { word: "unresolved", short: "too little to say: normal, no accusation" },
  { word: "questioned", short: "findings against it: look before use" },
  { word: "contradicted", short: "differs from what was proved or signed" },
];

/** What a reviewer can decide. */
export const DECISIONS = [
  { word: "use", name: "Use", key: "u" },
  { word: "do-not-use", name: "Do not use", key: "x" },
  { word: "needs-work", name: "Needs work", key: "w" },
];

/** The name of a decision. */
export function decisionName(word) {
  return DECISIONS.find((decision) => decision.word === word)?.name ?? "Undecided";
}

const NUMBER = new Intl.NumberFormat("en-GB");

/** `12,345`. */
export function number(n) {
  return NUMBER.format(n ?? 0);
}

/** `1 item`, `12 items`. */
export function counted(n, one, many = `${one}s`) {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** A share in per cent. */
export function share(part, whole) {
  return whole ? `${((100 * part) / whole).toFixed(1)} %` : "";
}

/** Bytes as people read them. */
export function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes ?? 0;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? counted(value, "byte") : `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A log10 likelihood ratio with its sign. */
export function weight(log10) {
  if (log10 === null || log10 === undefined) return "";
  const value = Math.abs(log10).toFixed(2);
  return value === "0.00" ? value : `${log10 < 0 ? "−" : "+"}${value}`;
}

// After the ENFSI guideline for evaluative reporting (2015): the steps of the report's verbal scale.
const SCALE = [
  [6, "extremely strong", "more than 1,000,000 times"],
  [4, "very strong", "10,000 to 1,000,000 times"],
  [3, "strong", "1,000 to 10,000 times"],
  [2, "moderately strong", "100 to 1,000 times"],
  [1, "moderate", "10 to 100 times"],
  [0.3, "weak", "2 to 10 times"],
  [0, "no", "less than 2 times"],
];

/** The step of the verbal scale for a weight: its strength, the numbers, the direction. */
export function verbal(log10) {
  const rounded = Math.round(Math.abs(log10) * 100) / 100;
  const [, strength, range] = SCALE.find(([from]) => rounded >= from);
  const direction = rounded < 0.3 ? "neither" : log10 > 0 ? "for" : "against";
  return { strength, range, direction };
}

/** `2016-07-09 17:59` of an RFC 3339 time, as its writer's clock showed it. */
export function clock(time) {
  return time ? time.slice(0, 16).replace("T", " ") : "";
}

/** `2016-07-09`. */
export function day(time) {
  return time ? time.slice(0, 10) : "";
}

/** How long ago, for acts of colleagues. */
export function ago(time, now = Date.now()) {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return day(time);
}
