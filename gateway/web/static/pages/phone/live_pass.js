// A live pass: kept from its pairing, shown anew each time, and asked for by a question of its own (docs/passes.md).

import { bytes } from "../device/encoding.js";
import { base32, join, number, unbase32 } from "./bytes.js";
import { mac, macKey, seal } from "./hpke.js";

const PAIRED = "LP1.";
const SHOWN = { prefix: "L1.", label: bytes("laurel/live-pass/v1") };
const ASKED = { prefix: "LQ1.", label: bytes("laurel/live-pass/question/v1") };
const SECTOR_BYTES = 48;
const PROOF_BYTES = 16;
const FIXED_BYTES = 16 + 32 + 4 + 65;

/**
 * @typedef {{ id: Uint8Array, key: CryptoKey, gateway: Uint8Array, sector: Uint8Array, ends: number, zh: string, en: string }} LivePass
 * `ends` in seconds of Unix time. The key can be used and not read, by this page neither.
 */

/** @param {{ pairing: string, zh: string, en: string }} given @returns {Promise<LivePass>} what to keep of a pairing */
export async function keep({ pairing, zh, en }) {
  if (!pairing.startsWith(PAIRED)) throw new RangeError("no pairing");
  const data = unbase32(pairing.slice(PAIRED.length));
  if (data.length <= FIXED_BYTES || data.length > FIXED_BYTES + SECTOR_BYTES) throw new RangeError("no pairing");
  const key = await macKey(data.slice(16, 48));
  const ends = new DataView(data.buffer).getUint32(48);
  data.fill(0, 16, 48);
  return { id: data.slice(0, 16), key, ends, gateway: data.slice(52, 117), sector: data.slice(117), zh, en };
}

/** @param {LivePass} pass @param {number} second of this phone's clock @returns {Promise<string>} what is shown, once */
export const showing = (pass, second) => made(pass, second, SHOWN);

/** @returns {Promise<string>} what the phone asks the gateway for itself with: no partner ever sees it */
export const question = (pass, second) => made(pass, second, ASKED);

async function made(pass, second, { prefix, label }) {
  const sector = join(pass.sector, new Uint8Array(SECTOR_BYTES - pass.sector.length));
  const claimed = join(pass.id, number(second, 4), sector);
  const proof = (await mac(pass.key, join(label, claimed))).slice(0, PROOF_BYTES);
  return prefix + base32(await seal(join(claimed, proof), pass.gateway, label));
}
