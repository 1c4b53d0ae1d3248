// When a key or a pass ends: said in good time, and then instead of a request that fails.

const DAY_MS = 86_400_000;
const SOON_DAYS = 14; // enough to ask for a code; the city's steward is told 30 days ahead (`gateway partners check`)

/**
 * By the clock of this machine. That is right where the gateway took a request: a wrong one it tells (`ClockSkew`).
 * @param {string | number} end an instant, as RFC 3339 or in ms @param {number} now in ms
 * @returns {{ kind: "good" | "ending" | "ended", until: Date }}
 */
export function term(end, now) {
  const until = new Date(end);
  const left = until.getTime() - now;
  if (left <= 0) return { kind: "ended", until };
  return { kind: left <= SOON_DAYS * DAY_MS ? "ending" : "good", until };
}
