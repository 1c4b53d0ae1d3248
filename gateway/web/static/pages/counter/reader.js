// Finds a QR code in a picture, away from the thread that draws. For browsers without a BarcodeDetector that reads one.

import { decodeQR } from "../vendor/qr/decode.js";

self.addEventListener("message", ({ data: { width, height, data } }) => {
  let text = null;
  try {
    text = decodeQR({ width, height, data });
  } catch {
    // no code in this picture: the next one comes in a moment
  }
  self.postMessage(text);
});
