(() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} of ${innerWidth}`);
  const told = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 110);
  const isSeen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) && !e.closest(".away, [aria-hidden=true]");

  // Names: what a screen reader says of a control.
  const nameOf = (e) => {
    const by = (e.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    const labels = [...(e.labels ?? [])].map((label) => label.textContent).join(" ");
    return (e.getAttribute("aria-label") || by.trim() || labels.trim() || e.textContent.trim() || e.title || e.alt || "").trim();
  };
  const controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button], [role=tab], [role=grid], [tabindex='0'], iframe")].filter(isSeen);
  for (const e of controls) {
    if (!nameOf(e)) wrong.push(`no name: ${told(e)}`);
    if (e.tabIndex > 0) wrong.push(`order of its own: ${told(e)}`);
  }
  for (const e of document.querySelectorAll("img")) if (!e.hasAttribute("alt")) wrong.push(`picture without words: ${told(e)}`);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) wrong.push(`id stands twice: ${id}`);
  if (document.querySelectorAll("h1").length !== 1) wrong.push(`${document.querySelectorAll("h1").length} main headings`);
  if (!root.lang) wrong.push("no language");

  // Targets: 24 by 24 pixels (2.5.8), but for links inside of text.
  for (const e of document.querySelectorAll("button, input, select, summary")) {
    if (!isSeen(e)) continue;
    const { width, height } = (e.closest("label") ?? e).getBoundingClientRect();
    if (width > 0 && (width < 23.5 || height < 15.5)) wrong.push(`small target ${Math.round(width)} x ${Math.round(height)}: ${told(e)}`);
  }

  // Contrast: the colour of each text against what is painted behind it.
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
  const behind = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (seen.has(e) || !walker.currentNode.data.trim() || !isSeen(e) || e.closest("svg, :disabled, [aria-disabled=true]")) continue;
    seen.add(e);
    const style = getComputedStyle(e);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const back = behind(e);
    const a = light(over(rgba(style.color), back));
    const b = light(back);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < (isLarge ? 3 : 4.5)) wrong.push(`contrast ${contrast.toFixed(2)}: ${told(e)}`);
  }
  return [...new Set(wrong)];
})()
