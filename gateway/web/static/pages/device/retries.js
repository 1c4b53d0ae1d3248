// Trying again, safely: whatever changes something carries a request id, so it counts once.

import { Unavailable } from "./failures.js";

/** How long to go on, in milliseconds. Pauses double, each cut by chance to between a half and the whole. */
export const STANDARD = { deadline: 10_000, attempt: 3_000, firstPause: 100, longestPause: 2_000 };

/** @typedef {{ now: () => number, sleep: (ms: number) => Promise<void>, chance: () => number }} Clock */

/** @type {Clock} */
export const CLOCK = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((wake) => { setTimeout(wake, ms); }),
  chance: Math.random,
};

/**
 * Call `attempt` until it answers, fails for good, or the deadline leaves no time for another. It gets a signal
 * that ends one attempt.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} attempt
 * @param {typeof STANDARD} policy
 * @param {Clock} clock
 * @returns {Promise<T>}
 */
export async function persist(attempt, policy = STANDARD, clock = CLOCK) {
  const giveUpAt = clock.now() + policy.deadline;
  for (let attempts = 1; ; attempts++) {
    const left = giveUpAt - clock.now();
    try {
      return await attempt(AbortSignal.timeout(Math.max(1, Math.min(policy.attempt, left))));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      const wait = pause(policy, attempts, { wish: error.retryAfter * 1000, chance: clock.chance() });
      if (clock.now() + wait >= giveUpAt) throw error;
      await clock.sleep(wait);
    }
  }
}

/** @returns {number} milliseconds to wait after so many attempts; never less than the gateway asked for */
export function pause(policy, attempts, { wish, chance }) {
  const whole = Math.min(policy.longestPause, policy.firstPause * 2 ** (attempts - 1));
  return wish + whole * (0.5 + chance / 2);
}
