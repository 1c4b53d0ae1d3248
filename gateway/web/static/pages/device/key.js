// The device's key: made here for ES256, and WebCrypto lets nobody read its private half, this page included.

import { base64url, bytes, contentDigest, sha256, unused } from "./encoding.js";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
const ASSERTION_SECONDS = 60;

/** @returns {Promise<CryptoKeyPair>} a new key; structured cloning may keep it, nothing can export it */
export function newKeyPair() {
  return crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
}

export class DeviceKey {
  #pair;

  /** @param {CryptoKeyPair} pair @param {object} jwk its public half @param {string} kid */
  constructor(pair, jwk, kid) {
    this.#pair = pair;
    this.jwk = jwk;
    this.kid = kid;
  }

  /** @param {CryptoKeyPair} pair @returns {Promise<DeviceKey>} */
  static async of(pair) {
    const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
    const jwk = { crv, kty, x, y }; // in this order, which makes the thumbprint (RFC 7638)
    return new DeviceKey(pair, jwk, base64url(await sha256(JSON.stringify(jwk))));
  }

  /** Sign in as a client: an assertion for the gateway (RFC 7523). It serves once. */
  assertion(client, issuer) {
    const exp = Math.floor(Date.now() / 1000) + ASSERTION_SECONDS;
    const header = { typ: "client-authentication+jwt", kid: this.kid };
    return this.#sign(header, { iss: client, sub: client, aud: issuer, exp });
  }

  /** Prove possession for one POST (RFC 9449); with a token, for that token and this very body. */
  async proof(url, { body, token, nonce }) {
    const bound = token === undefined ? {} : { ath: base64url(await sha256(token)), content_digest: await contentDigest(body) };
    return this.#sign({ typ: "dpop+jwt", jwk: this.jwk }, { htm: "POST", htu: url, nonce, ...bound });
  }

  async #sign(header, claims) {
    const parts = [{ alg: "ES256", ...header }, { iat: Math.floor(Date.now() / 1000), jti: unused(), ...claims }];
    const content = parts.map((part) => base64url(bytes(JSON.stringify(part)))).join(".");
    return `${content}.${base64url(await crypto.subtle.sign(SIGNATURE, this.#pair.privateKey, bytes(content)))}`;
  }
}
