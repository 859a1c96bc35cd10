// The verbal scale as a ruler: where the weight of the evidence stands, either way of nought.
import { h, svg } from "../js/dom.js";
import { verbal, weight } from "../js/words.js";

const STEPS = [-6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6];
const ENDS = 6.6;

/** The ruler for an opinion; demonstrated ones have no weight to show. */
export function scaleRuler(opinion) {
  const isProof = ["demonstrated", "signature"].includes(opinion.basis);
  const x = (value) => 50 + (50 * Math.max(-ENDS, Math.min(ENDS, value))) / ENDS;
  const { strength, range, direction } = verbal(opinion.log10_lr);
  const label = `Weight ${weight(opinion.log10_lr)} on a scale from −6, altered or made later, to +6, as its author left it`;
  const ruler = svg(
    "svg",
    { class: "ruler", viewBox: "0 0 100 9", role: "img", "aria-label": label },
    svg("rect", { class: "ruler-against", x: 0, y: 2.6, width: 50, height: 1.4 }),
    svg("rect", { class: "ruler-for", x: 50, y: 2.6, width: 50, height: 1.4 }),
    STEPS.map((step) => svg("line", { class: "ruler-step", x1: x(step), x2: x(step), y1: 2, y2: step === 0 ? 5.4 : 4.6 })),
    STEPS.map((step) => svg("text", { class: "ruler-number", x: x(step), y: 8.4, "text-anchor": "middle" }, step < 0 ? `−${-step}` : step > 0 ? `+${step}` : "0")),
    svg("path", { class: `ruler-hand ${direction}`, d: `M${x(opinion.log10_lr)} 3.6l-1.4-3.400h2.800z` }),
  );
  const side = { for: "if it is as its author left it", against: "if it was altered or made later", neither: "either way" }[direction];
  const words = direction === "neither" ? "The weighed findings support neither side." : `${strength[0].toUpperCase()}${strength.slice(1)} support: the findings are ${range} more probable ${side}.`;
  return h("figure", { class: "scale" }, ruler, h("figcaption", { class: "small soft" }, isProof ? `${words} The opinion rests on proof, not on this sum.` : words));
}
