// What a list shows, as parameters: the same names in the address of the page and in the questions to the server.

/** The parameters that filter. */
export const FILTERS = ["q", "opinion", "test", "kind", "mailbox", "sender", "sender_domain", "recipient", "date_from", "date_to", "signature", "attachment", "decision", "reviewer", "tag", "assigned", "examined"];

/** Names of the filters as people read them. */
export const FILTER_NAMES = {
  q: "search", opinion: "opinion", test: "finding", kind: "kind", mailbox: "mailbox", sender: "sender", sender_domain: "sender domain", recipient: "recipient",
  date_from: "from", date_to: "until", signature: "signature", attachment: "attachment", decision: "decision", reviewer: "decided by", tag: "tag", assigned: "assigned to", examined: "examined",
};

/** Orders to choose from. */
export const SORTS = [
  ["", "date, oldest first"], ["-date", "date, newest first"], ["opinion", "gravest opinion first"], ["weight", "most doubt first"], ["-weight", "most support first"],
  ["decided", "latest decision first"], ["sender", "sender"], ["subject", "subject"], ["-size", "largest first"], ["place", "order in the exhibits"], ["score", "best match first"],
];

/** Only what filters and sorts, in a stable order: the identity of a list. */
export function listParams(params) {
  const out = new URLSearchParams();
  for (const name of [...FILTERS, "sort"]) for (const value of params.getAll(name)) if (value) out.append(name, value);
  return out;
}

/** The same parameters with one value of a filter added, or taken away where it was there. */
export function toggled(params, name, value) {
  const values = params.getAll(name);
  return withValues(params, name, values.includes(value) ? values.filter((one) => one !== value) : [...values, value]);
}

/** The same parameters with these values of one filter. */
export function withValues(params, name, values) {
  const out = listParams(params);
  out.delete(name);
  for (const value of values) if (value) out.append(name, value);
  return out;
}
