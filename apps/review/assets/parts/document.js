// What a document says of itself.
import { h } from "../js/dom.js";
import { foreign } from "../js/foreign.js";
import { clock } from "../js/words.js";

const NAMES = [["title", "Title"], ["author", "Author"], ["last_modified_by", "Last saved by"], ["created", "Created"], ["modified", "Last saved"], ["application", "Program"], ["application_version", "Its version"], ["company", "Company"], ["ui_language", "Language of the program"]];

/** The properties, without the empty ones. */
export function documentProperties(properties) {
  const value = (name) => (["created", "modified"].includes(name) ? clock(properties[name]) : properties[name]);
  const lines = NAMES.filter(([name]) => properties[name]).map(([name, label]) => [h("dt", {}, label), h("dd", {}, foreign(value(name)))]);
  return lines.length ? h("dl", { class: "pairs properties" }, lines) : h("p", { class: "soft" }, "It states no properties of itself.");
}
