// The handbook's paragraphs: plain Markdown with lists and `code`, nothing else.
import { h } from "../js/dom.js";

/** Elements for a text of the handbook. */
export function paragraphs(text) {
  return String(text ?? "").split(/\n\s*\n/).filter((part) => part.trim()).map((part) => {
    const lines = part.split("\n");
    if (lines.every((line) => /^\s*([-*]\s|\s{2,})/.test(line))) return h("ul", { class: "bullets" }, items(lines).map((line) => h("li", {}, inline(line))));
    return h("p", {}, inline(lines.join(" ")));
  });
}

function items(lines) {
  const out = [];
  for (const line of lines) {
    if (/^\s*[-*]\s/.test(line)) out.push(line.replace(/^\s*[-*]\s+/, ""));
    else out.push(`${out.pop() ?? ""} ${line.trim()}`);
  }
  return out;
}

function inline(text) {
  return text.split("`").map((part, index) => (index % 2 ? h("code", { class: "mono" }, part) : part));
}
