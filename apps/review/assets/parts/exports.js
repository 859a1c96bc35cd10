// Saves what the desk has decided.
import { api } from "../js/api.js";
import { h } from "../js/dom.js";
import { notice } from "../js/notices.js";
import { openSheet } from "../js/sheet.js";

const FILES = [
  ["report", "Signed report", "A zip: the decisions as a page to read and print, the custody log, the hashes of all of it, and a signature over them."],
  ["decisions-csv", "Decisions as CSV", "One line for each item that was touched, for a spreadsheet."],
  ["decisions-jsonl", "Decisions as JSONL", "The same for programs, with notes and tags."],
];

/** Offers the exports. */
export function openExports() {
  openSheet("Export", (close) => [
    h("p", { class: "soft" }, "An export is an act: it stands in the custody log. Where personal data is masked, it is masked in the file too."),
    h("ul", { class: "choices" }, FILES.map(([what, name, says]) => h("li", {}, h("button", { class: "button", type: "button", dataset: { what }, onclick: (event) => save(what, event.target, close) }, name), h("p", { class: "soft small" }, says)))),
  ]);
}

async function save(what, button, close) {
  button.disabled = true;
  try {
    const answer = await api.file(what);
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? what;
    const address = URL.createObjectURL(await answer.blob());
    const link = h("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    notice(`Saved ${name}.`);
    close();
  } catch (error) {
    button.disabled = false;
    notice(error.message, "bad");
  }
}
