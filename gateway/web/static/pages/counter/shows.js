// The partner's shows and matches that are on, as the gateway lists them, kept while the page is open.
// Without a line, or without the document, there is what was heard last, or nothing: an id can be typed all the same.

const PAGE = 50; // the next ones; the id of a later one is typed
const FRESH_MS = 20_000;

/** @typedef {{ id: string, endsAt: string, available: number }} Show */

export class Shows {
  #laurel;
  #clock;
  #heard = new Map(); // by reward: { shows, more, at }
  #asking = new Map(); // by reward: who waits already

  /** Told when a list was heard. @type {() => void} */
  changed = () => {};

  /** @param {import("../device/laurel.js").Laurel} laurel @param {() => number} [clock] milliseconds that only grow */
  constructor(laurel, clock = () => performance.now()) {
    this.#laurel = laurel;
    this.#clock = clock;
  }

  /** What was heard last. @param {string} reward @returns {{ shows: Show[], more: boolean }} */
  known(reward) {
    const { shows = [], more = false } = this.#heard.get(reward) ?? {};
    return { shows, more };
  }

  /**
   * Ask anew, unless that was done just now. A failure changes nothing: the next call that matters tells it.
   * @param {string} reward @returns {Promise<void>}
   */
  async refresh(reward) {
    if (!this.#laurel.has("Occasions") || this.#clock() - (this.#heard.get(reward)?.at ?? -Infinity) < FRESH_MS) return;
    if (!this.#asking.has(reward)) this.#asking.set(reward, this.#ask(reward).finally(() => this.#asking.delete(reward)));
    await this.#asking.get(reward);
  }

  /** Ask anew, now: a show was just told to be gone or full. @param {string} reward @returns {Promise<void>} */
  renew(reward) {
    const heard = this.#heard.get(reward);
    if (heard) heard.at = -Infinity;
    return this.refresh(reward);
  }

  async #ask(reward) {
    try {
      const { edges, pageInfo } = await this.#laurel.ask("Occasions", { first: PAGE, reward });
      const shows = edges.map(({ node: { id, endsAt, available } }) => ({ id, endsAt, available }));
      this.#heard.set(reward, { shows, more: pageInfo.hasNextPage, at: this.#clock() });
      this.changed();
    } catch { /* what was heard last stays */ }
  }
}
