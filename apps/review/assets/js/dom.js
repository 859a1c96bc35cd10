// Builds elements. Text only ever becomes text nodes: nothing here, or anywhere else, parses markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; `props` are attributes, except `on*` (listeners), `dataset`, `class`, and booleans. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

/** Appends children: nodes, strings, numbers, nested arrays; nothing for null, undefined and false. */
export function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** Puts new children in the place of the old ones. */
export function replace(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

/** Joins parts with a separator, leaving out what is empty. */
export function joined(parts, separator) {
  const kept = parts.filter((part) => part !== null && part !== undefined && part !== false && part !== "");
  return kept.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));
}
