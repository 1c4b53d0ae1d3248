// The partner's calls: registered documents of the device's kind, sent until there is an answer.

import { unused } from "./encoding.js";
import { BadReply, Unavailable } from "./failures.js";
import { dataIn } from "./replies.js";
import { persist, STANDARD } from "./retries.js";

export class Laurel {
  #session;
  #documents;
  #policy;

  /** @param {import("./session.js").Session} session @param {Record<string, string>} documents ids by their names */
  constructor(session, documents, policy = STANDARD) {
    this.#session = session;
    this.#documents = documents;
    this.#policy = policy;
  }

  /** @param {string} name @returns {boolean} whether this kind of partner has such a document */
  has(name) {
    return name in this.#documents;
  }

  /** Fetch the access token ahead of the first request. */
  signIn() {
    return persist((signal) => this.#session.signIn(signal), this.#policy);
  }

  /** Ask for something; return the one field of the answer. @param {string} name @param {object} variables */
  ask(name, variables = {}) {
    return persist((signal) => this.#send(name, variables, signal), this.#policy);
  }

  /**
   * Send a change until it has an answer. The same change sent again counts once: it has its request id.
   * @param {Change} change
   */
  change({ document, input }) {
    return persist(async (signal) => {
      const answer = await this.#send(document, { input }, signal);
      if (answer.reason === "IN_PROGRESS") throw new Unavailable("still at work on this request");
      return answer;
    }, this.#policy);
  }

  async #send(name, variables, signal) {
    const reply = await this.#session.post({ documentId: this.#documents[name], variables }, signal);
    const values = Object.values(dataIn(reply));
    if (values.length !== 1 || values[0] === undefined) throw new BadReply("not one field");
    return values[0];
  }
}

/** @typedef {{ document: string, input: { requestId: string } & Record<string, unknown> }} Change */

/** @returns {Change} a change with a request id of its own, chosen before it is first sent */
export function newChange(document, given) {
  return { document, input: { ...given, requestId: unused() } };
}
