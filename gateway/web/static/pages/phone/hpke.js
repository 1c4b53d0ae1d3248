// HPKE (RFC 9180) in base mode, one message: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, by WebCrypto alone.

import { bytes } from "../device/encoding.js";
import { join, number } from "./bytes.js";

const { subtle } = globalThis.crypto;
const P256 = { name: "ECDH", namedCurve: "P-256" };
const KEM = Uint8Array.of(75, 69, 77, 0, 16); // "KEM" and the number of DHKEM(P-256, HKDF-SHA256)
const SUITE = Uint8Array.of(72, 80, 75, 69, 0, 16, 0, 1, 0, 1); // "HPKE", KEM, HKDF-SHA256, AES-128-GCM
const VERSION = bytes("HPKE-v1");
const NONE = new Uint8Array(0);

/**
 * Seal to a public key. The ephemeral key is new for each message: that is what makes two of them unlinkable.
 * @param {Uint8Array} plaintext @param {Uint8Array} recipient an uncompressed point @param {Uint8Array} label the info
 * @returns {Promise<Uint8Array>} the encapsulated key, the ciphertext and its tag
 */
export async function seal(plaintext, recipient, label) {
  const pair = await subtle.generateKey(P256, false, ["deriveBits"]);
  const enc = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
  const gateway = await subtle.importKey("raw", recipient, P256, false, []);
  const dh = new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: gateway }, pair.privateKey, 256));
  const prk = await extract(KEM, NONE, "eae_prk", dh);
  const shared = await expand(KEM, prk, "shared_secret", join(enc, recipient), 32);
  const context = join(Uint8Array.of(0), await extract(SUITE, NONE, "psk_id_hash", NONE), await extract(SUITE, NONE, "info_hash", label));
  const secret = await extract(SUITE, shared, "secret", NONE);
  const iv = await expand(SUITE, secret, "base_nonce", context, 12);
  const key = await subtle.importKey("raw", await expand(SUITE, secret, "key", context, 16), "AES-GCM", false, ["encrypt"]);
  return join(enc, new Uint8Array(await subtle.encrypt({ name: "AES-GCM", iv }, key, plaintext)));
}

/** @param {Uint8Array} raw @returns {Promise<CryptoKey>} for HMAC-SHA-256, which nobody can read again */
export function macKey(raw) {
  const padded = raw.length > 0 ? raw : new Uint8Array(32); // to HMAC the same, and browsers import no empty key
  return subtle.importKey("raw", padded, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** @param {CryptoKey} key @param {Uint8Array} message @returns {Promise<Uint8Array>} */
export async function mac(key, message) {
  return new Uint8Array(await subtle.sign("HMAC", key, message));
}

async function extract(suite, salt, label, keying) {
  return mac(await macKey(salt), join(VERSION, suite, bytes(label), keying));
}

async function expand(suite, secret, label, info, length) {
  const message = join(number(length, 2), VERSION, suite, bytes(label), info, Uint8Array.of(1));
  return (await mac(await macKey(secret), message)).slice(0, length);
}
