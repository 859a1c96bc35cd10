// Text that comes from items: isolated from its surroundings, and honest about characters that cannot be seen.
import { h } from "./dom.js";

// Those that move the cursor, turn the direction of reading or stay invisible: the same list as in the report.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/gu;

/** Nodes that show `text`; hidden characters appear by their code point. Line ends stay for `pre` text. */
export function shown(text) {
  const nodes = [];
  let from = 0;
  const plain = String(text ?? "").replace(/\r\n/g, "\n");
  for (const match of plain.matchAll(HIDDEN)) {
    if (match.index > from) nodes.push(plain.slice(from, match.index));
    nodes.push(hiddenCharacter(match[0]));
    from = match.index + match[0].length;
  }
  if (from < plain.length) nodes.push(plain.slice(from));
  return nodes;
}

/** The same as a string, for attributes such as `title` and `aria-label`. */
export function shownString(text) {
  return String(text ?? "").replace(HIDDEN, (character) => `⟨${code(character)}⟩`);
}

/** An inline element with foreign text. `tag` is `span` unless given; names, subjects and paths go through here. */
export function foreign(text, props = {}, tag = "span") {
  return h(tag, { ...props, class: `foreign ${props.class ?? ""}`, dir: "auto" }, shown(text));
}

function hiddenCharacter(character) {
  return h("span", { class: "hidden-character", title: "A character that cannot be seen" }, `⟨${code(character)}⟩`);
}

function code(character) {
  return `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
