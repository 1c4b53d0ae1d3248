// One shape for each kind of answer: told apart without colour, from two metres away.

import { s } from "./dom.js";

const STROKE = { fill: "none", "stroke-width": 7, "stroke-linecap": "round", "stroke-linejoin": "round", stroke: "currentColor" };
const SHAPES = {
  ready: [["path", { d: "M8 30 V18 A10 10 0 0 1 18 8 H30 M70 8 H82 A10 10 0 0 1 92 18 V30 M92 70 V82 A10 10 0 0 1 82 92 H70 M30 92 H18 A10 10 0 0 1 8 82 V70" }], ["path", { d: "M26 50 H74" }]],
  yes: [["circle", { cx: 50, cy: 50, r: 44 }], ["path", { d: "M30 52 L44 66 L71 36" }]],
  done: [["circle", { cx: 50, cy: 50, r: 47, fill: "currentColor", stroke: "none" }], ["path", { d: "M29 52 L44 67 L72 36", class: "cut", "stroke-width": 10 }]],
  held: [["circle", { cx: 50, cy: 50, r: 44 }], ["path", { d: "M40 34 V66 M60 34 V66" }]],
  back: [["rect", { x: 8, y: 8, width: 84, height: 84, rx: 14 }], ["path", { d: "M70 66 H46 A16 16 0 0 1 46 34 H66 M56 24 L67 34 L56 44" }]],
  no: [["path", { d: "M33 6 H67 L94 33 V67 L67 94 H33 L6 67 V33 Z" }], ["path", { d: "M28 50 H72" }]],
  notice: [["path", { d: "M50 10 L94 88 H6 Z" }], ["path", { d: "M50 40 V62 M50 75 V75.5" }]],
  unsure: [["path", { d: "M50 4 L96 50 L50 96 L4 50 Z" }], ["path", { d: "M40 41 A11 11 0 1 1 50 54 V58 M50 71 V71.5" }]],
  line: [["path", { d: "M4 50 H36 M64 50 H96" }], ["path", { d: "M33 74 L47 26 M53 74 L67 26" }]],
};

/** @typedef {keyof typeof SHAPES} Look */

/** @param {Look} look @returns {SVGElement} */
export function icon(look) {
  const shapes = SHAPES[look].map(([tag, given]) => s(tag, { ...STROKE, ...given }));
  return s("svg", { viewBox: "0 0 100 100", class: "shape", "aria-hidden": "true", focusable: "false" }, ...shapes);
}
