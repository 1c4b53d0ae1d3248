// The camera: pictures until one of them holds a QR code. Nothing of them is kept.

import { reader } from "../workers.js";

const PAUSE_MS = 80;
const WIDTH_MAX = 960; // more finds no more codes, and old tablets slow down

/**
 * Look for a code until there is one or the signal ends it.
 * @param {HTMLVideoElement} video shows what the camera sees
 * @param {AbortSignal} signal
 * @returns {Promise<string | null>} what the code holds
 */
export async function scan(video, signal) {
  const wanted = { facingMode: "environment", width: { ideal: 1280 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  let find;
  try {
    video.srcObject = stream;
    await video.play();
    find = await finder();
    while (!signal.aborted) {
      if (stream.getTracks().every(({ readyState }) => readyState === "ended")) throw new Error("the camera has gone");
      const text = await find.in(video);
      if (text) return text;
      await new Promise((wake) => { setTimeout(wake, PAUSE_MS); });
    }
    return null;
  } finally {
    find?.end();
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

/** The browser's own detector where it reads QR codes, else ours, loaded now and not before. */
async function finder() {
  const formats = await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => []);
  return formats?.includes("qr_code") ? new OwnDetector() : new Reader();
}

class OwnDetector {
  #detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });

  async in(video) {
    const [found] = await this.#detector.detect(video).catch(() => []);
    return found?.rawValue;
  }

  end() {}
}

class Reader {
  #worker = reader();
  #canvas = document.createElement("canvas");

  in(video) {
    const scale = Math.min(1, WIDTH_MAX / video.videoWidth);
    const width = Math.round(video.videoWidth * scale);
    const height = Math.round(video.videoHeight * scale);
    if (!width || !height) return Promise.resolve(null);
    Object.assign(this.#canvas, { width, height });
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data: text }) => resolve(text);
      this.#worker.onerror = () => reject(new Error("the reader failed"));
      this.#worker.postMessage({ width, height, data }, [data.buffer]);
    });
  }

  end() {
    this.#worker.terminate();
  }
}
