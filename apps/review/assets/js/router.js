// The address holds the whole state: `/view/items?opinion=questioned&q=invoice`. A colleague who opens it sees the same.

/** What an address says: the view, its argument (an item), and the parameters. */
export function parse(url) {
  const { pathname, searchParams } = new URL(url, location.origin);
  const [, , view, argument, second] = pathname.split("/").map(decodeURIComponent);
  return { view: view || "overview", argument: argument ?? "", second: second ?? "", params: searchParams };
}

/** The address of a view. `params` may be an object; empty values are left out, lists give several entries. */
export function address(view, params = {}, ...rest) {
  const path = [view, ...rest.filter(Boolean)].map(encodeURIComponent).join("/");
  const query = asParams(params).toString();
  return `/view/${path}${query ? `?${query}` : ""}`;
}

/** Parameters of an object, without what is empty. */
export function asParams(params) {
  if (params instanceof URLSearchParams) return params;
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "" && one !== false) out.append(name, String(one));
    }
  }
  return out;
}

let show = () => {};

/** Goes there; with `isReplacing` the step back leads past it. */
export function go(to, isReplacing = false) {
  if (to !== location.pathname + location.search) history[isReplacing ? "replaceState" : "pushState"]({}, "", to);
  show(parse(location.href));
}

/** Calls `shows(route)` now, for every step back or forward, and for every link inside the page. */
export function follow(shows) {
  show = shows;
  window.addEventListener("popstate", () => show(parse(location.href)));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='/view']");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || link.target) return;
    event.preventDefault();
    go(link.getAttribute("href"));
  });
  show(parse(location.href));
}
