// Signatures: who signed, with which key, and what is covered.
import { h } from "../js/dom.js";
import { foreign } from "../js/foreign.js";

const RESULTS = { pass: "verifies", fail: "does not verify", "no-key": "no key known", malformed: "cannot be read" };

/** All signatures of an item. */
export function signatureList(signatures) {
  if (!signatures.length) return h("p", { class: "soft" }, "It carries no signature. That is normal, and no evidence of forgery.");
  return h("ul", { class: "signatures" }, signatures.map(one));
}

function one(signature) {
  const tone = signature.result === "pass" ? "for" : "neither";
  const parts = [
    signature.key_bits ? `${signature.key_bits} bits` : null,
    signature.key_source ? `key: ${signature.key_source}${signature.anchored ? ", anchored" : ", not anchored"}` : null,
    signature.aligned ? "of the sender’s domain" : "of another domain than the sender’s",
    signature.repairs.length ? `repaired: ${signature.repairs.join(", ")}` : null,
  ].filter(Boolean);
  const uncovered = [signature.unsigned_fields.length ? `not signed: ${signature.unsigned_fields.join(", ")}` : null, signature.unsigned_tail_octets ? `${signature.unsigned_tail_octets} bytes at the end of the body are not signed` : null].filter(Boolean);
  return h("li", { class: `signature ${tone}` }, h("p", {}, h("b", {}, signature.kind), " ", foreign(`${signature.by}${signature.selector ? ` (${signature.selector})` : ""}`, { class: "strong" }), " ", h("span", { class: `result ${signature.result}` }, RESULTS[signature.result] ?? signature.result), signature.proves ? h("b", { class: "proves" }, " · proves") : null), h("p", { class: "soft small" }, parts.join(" · ")), h("p", { class: "small" }, signature.covers === "all" ? "Covers all that is shown." : ["Covers a part: ", foreign(uncovered.join("; ") || "something shown lies outside")]), signature.reason ? h("p", { class: "soft small" }, foreign(signature.reason)) : null);
}
