// The time that a pass is made for: this phone's, put right by what the gateway says while there is a line. A showing
// that is made half a minute early or late is refused, and nobody at the counter could tell why.

const ASK_MS = 60_000; // not more often
const TIME = "/pages/phone/manifest.webmanifest"; // any file: it is the answer's header Date that counts
const NOTHING_MS = 3_000; // the header has whole seconds, and an answer takes its time
const TELL_SECONDS = 20; // of the 30 that a gateway allows for

let aheadMs = 0;
let askedAt = -Infinity;

/** @returns {number} ms of Unix time, as right as is known */
export const now = () => Date.now() - aheadMs;

/** @returns {number} seconds that this phone's clock is fast, or slow where negative; 0 where it does not matter */
export function ahead() {
  const seconds = Math.round(aheadMs / 1000);
  return Math.abs(seconds) < TELL_SECONDS ? 0 : seconds;
}

/** Take the time of an answer, which came between two instants of this phone's. @param {string | null} date the header */
export function heard(date, sentAt, gotAt) {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  const found = (sentAt + gotAt) / 2 - (told + 500);
  const least = Math.max(NOTHING_MS, gotAt - sentAt); // the longer an answer took, the less it tells
  aheadMs = Math.abs(found) > least ? found : 0;
}

/** Ask the gateway what time it is; without a line what was heard last stays. @returns {Promise<void>} */
export async function ask() {
  if (performance.now() - askedAt < ASK_MS) return;
  askedAt = performance.now();
  const sentAt = Date.now();
  try {
    const { headers } = await fetch(TIME, { method: "HEAD", cache: "no-store", credentials: "omit" });
    heard(headers.get("Date"), sentAt, Date.now());
  } catch {
    askedAt = -Infinity; // as soon as there is a line
  }
}
