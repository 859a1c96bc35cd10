// The header: readable, each field with what signs it and what was found in it; raw below.
import { h } from "../js/dom.js";
import { foreign, shownString } from "../js/foreign.js";
import { segmentNode } from "./source.js";

const FIRST = ["from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "in-reply-to"];

/** The fields; those a reader sees first, the rest as they stand. */
export function headerTable(headers, item, tones, onfinding) {
  const isShown = (field) => FIRST.includes(field.name.toLowerCase());
  const first = headers.fields.filter(isShown).toSorted((a, b) => FIRST.indexOf(a.name.toLowerCase()) - FIRST.indexOf(b.name.toLowerCase()));
  const rest = headers.fields.filter((field) => !isShown(field));
  const line = (field) => fieldLine(field, item, tones, onfinding);
  return h("div", { class: "headers" }, h("table", { class: "header-table" }, h("caption", { class: "away" }, "Header fields"), h("tbody", {}, first.map(line))), h("details", {}, h("summary", { class: "soft" }, `${rest.length} more fields, in their order`), h("table", { class: "header-table" }, h("tbody", {}, rest.map(line)))));
}

function fieldLine(field, item, tones, onfinding) {
  const signers = field.signed_by.map((n) => item.signatures[n]?.by).filter(Boolean);
  const isSigned = signers.length > 0;
  const sign = item.signatures.length ? h("td", { class: `sign-cell ${isSigned ? "signed" : "unsigned"}`, title: isSigned ? `signed by ${signers.join(", ")}` : "not signed" }, h("span", { "aria-hidden": "true" }, isSigned ? "┃" : "┊"), h("span", { class: "away" }, isSigned ? "signed" : "not signed")) : null;
  const found = field.findings.map((n) => h("button", { class: `pin ${tones(n)}`, type: "button", onclick: () => onfinding(n), "aria-label": `Finding ${n + 1}`, title: item.findings[n]?.says }, n + 1));
  const columns = sign ? 4 : 3;
  const raw = rawToggle(field, () => h("tr", { class: "raw-row" }, h("td", { colspan: columns }, h("pre", { class: "source foreign" }, field.segments.map((segment) => segmentNode(segment, tones, item))))));
  return h("tr", { dataset: { start: field.start } }, sign, h("th", { scope: "row" }, foreign(field.name)), h("td", {}, foreign(field.value), h("span", { class: "pins" }, found)), h("td", { class: "raw-cell" }, raw));
}

// The field as it stands opens as a row of its own below it, so that it covers nothing.
function rawToggle(field, row) {
  let shown = null;
  const toggle = () => {
    if (shown) shown.remove();
    shown = shown ? null : row();
    if (shown) button.closest("tr").after(shown);
    button.setAttribute("aria-expanded", String(Boolean(shown)));
  };
  const button = h("button", { class: "raw-toggle", type: "button", "aria-expanded": "false", "aria-label": `${shownString(field.name)} as it stands`, onclick: toggle }, "raw");
  return button;
}
