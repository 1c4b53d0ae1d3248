// What a card office's machine orders (docs/office.md). What asks may be sent again; what changes something is sent once.

import { BadReply, Failure, Unavailable } from "../device/failures.js";
import { persist } from "../device/retries.js";

/** The order was read and refused: a member is wrong, or names nobody. Nothing was changed. */
export class Refused extends Failure {
  /** @param {string} argument */
  constructor(argument) {
    super(argument);
    this.argument = argument;
  }
}

/** Nobody knows whether it was done. */
export class Unknown extends Failure {}

export class Orders {
  #session;
  #issuer;

  /** @param {import("../device/session.js").Session} session @param {string} issuer */
  constructor(session, issuer) {
    this.#session = session;
    this.#issuer = issuer;
  }

  /** Ask for something. @param {string} what @param {object} members */
  ask(what, members = {}) {
    return persist((signal) => this.#send(what, members, signal));
  }

  /** Change something: one request, for there is no id by which a second would be known. */
  async change(what, members) {
    await persist((signal) => this.#session.signIn(signal)); // so that only the order itself can be lost
    try {
      return await this.#send(what, members, AbortSignal.timeout(10_000));
    } catch (error) {
      if (error instanceof Unavailable && error.retryAfter === 0) throw new Unknown("no answer");
      throw error;
    }
  }

  /** Have something printed. @param {object} members @returns {Promise<Blob>} the PDF */
  async print(members) {
    const { document } = await this.#send("print", members, AbortSignal.timeout(25_000));
    return document;
  }

  async #send(what, members, signal) {
    const { status, content } = await this.#session.post(members, signal, `${this.#issuer}/office/${what}`);
    const [error] = content.errors ?? [];
    if (status === 400 && error?.extensions?.code === "BAD_USER_INPUT") throw new Refused(String(error.extensions.argument));
    if (status !== 200) throw new BadReply(`HTTP ${status}`);
    return content;
  }
}
