// A QR code to look at: modules as one shape, with the quiet zone that scanners need.

import { encodeQR } from "./vendor/qr/index.js";
import { s } from "./dom.js";

const QUIET = 4; // modules (ISO/IEC 18004 section 6.3.8)

/** @param {string} text @param {string} label what it is, for who can't see it @returns {SVGElement} */
export function qrCode(text, label) {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: QUIET });
  let shape = "";
  rows.forEach((row, y) => row.forEach((dark, x) => {
    if (dark) shape += `M${x} ${y}h1v1h-1z`;
  }));
  const size = rows.length;
  return s("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" }, s("path", { d: shape }));
}
