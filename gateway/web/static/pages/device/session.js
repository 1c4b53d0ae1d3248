// One device's standing with the gateway: its token, the newest nonce, and the one place that sends.
// Client credentials with private_key_jwt (RFC 7523) and DPoP (RFC 9449), as the partners' Python client does it.

import { Unavailable } from "./failures.js";
import { asksForNonce, grantIn, read, throwForStatus } from "./replies.js";

const RENEW_AT = 0.7; // share of a token's life: early enough to try again a few times
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Send a request to this page's own origin. The proof is for the gateway's configured address. */
export async function transmit(key, url, { headers = {}, body, token, nonce, signal, base = "" }) {
  const proof = await key.proof(url, { body, token, nonce });
  const path = base + new URL(url).pathname;
  const sent = { method: "POST", headers: { Accept: "application/json", ...headers, DPoP: proof }, body };
  try {
    return await read(await fetch(path, { ...sent, signal, credentials: "omit", cache: "no-store", redirect: "error" }));
  } catch {
    throw new Unavailable("no answer"); // whatever the cause is called, it may hold the address and no more
  }
}

export class Session {
  #device;
  #key;
  #base;
  #nonce;
  #token;
  #fetching;

  /**
   * @param {object} device what enrolment told of it
   * @param {import("./key.js").DeviceKey} key
   * @param {string} [base] where to send to, in tests; a page sends to its own origin
   */
  constructor(device, key, base = "") {
    this.#device = device;
    this.#key = key;
    this.#base = base;
  }

  /** Have a token that is not yet due for renewal. */
  async signIn(signal) {
    await this.#current(signal);
  }

  /**
   * @param {object} request a GraphQL request, or an order of the card office's
   * @param {string} [url] where that goes to
   * @returns {Promise<import("./replies.js").Reply>}
   */
  async post(request, signal, url = this.#device.graphql_endpoint) {
    const body = JSON.stringify(request);
    const headers = { "Content-Type": "application/json" };
    const send = async () => {
      const token = await this.#current(signal);
      const authorised = { ...headers, Authorization: `DPoP ${token.value}` };
      return [token, await this.#exchange(url, { headers: authorised, body: () => body, token: token.value, signal })];
    };
    let [token, reply] = await send();
    if (reply.status === 401 && reply.content.errors?.[0]?.extensions?.code !== "CLOCK_SKEW") {
      if (this.#token === token) this.#token = undefined; // it may have ended early: keys changed, the tablet slept
      [token, reply] = await send();
    }
    throwForStatus(reply);
    return reply;
  }

  /** Whoever asks while a token is on its way waits for that one. */
  async #current(signal) {
    if (this.#token !== undefined && performance.now() < this.#token.renewAt) return this.#token;
    this.#fetching ??= this.#fetch(signal).finally(() => { this.#fetching = undefined; });
    try {
      this.#token = await this.#fetching;
    } catch (error) {
      const alive = this.#token !== undefined && performance.now() < this.#token.endsAt;
      if (!(error instanceof Unavailable) || !alive) throw error;
    }
    return this.#token;
  }

  async #fetch(signal) {
    const { client_id: client, issuer, token_endpoint: url, scopes } = this.#device;
    const asked = performance.now();
    const body = async () => new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: await this.#key.assertion(client, issuer),
      scope: scopes.join(" "),
    });
    const { value, seconds } = grantIn(await this.#exchange(url, { body, signal }));
    return { value, renewAt: asked + RENEW_AT * seconds * 1000, endsAt: asked + seconds * 1000 };
  }

  /** Send, and once more if the gateway wants its nonce in the proof (RFC 9449 sections 8 and 9). */
  async #exchange(url, { body, ...rest }) {
    const reply = await this.#send(url, { ...rest, body: await body() });
    return asksForNonce(reply) ? this.#send(url, { ...rest, body: await body() }) : reply;
  }

  async #send(url, request) {
    const reply = await transmit(this.#key, url, { ...request, nonce: this.#nonce, base: this.#base });
    this.#nonce = reply.headers.get("DPoP-Nonce") ?? this.#nonce;
    return reply;
  }
}
