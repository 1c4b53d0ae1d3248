// Base32 (RFC 4648 section 6) without padding, numbers and joins: what a live pass is spelled with (docs/passes.md).

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** @param {...Uint8Array} parts @returns {Uint8Array} */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {number} value up to 32 bits @returns {Uint8Array} big-endian */
export function number(value, length) {
  return Uint8Array.from({ length }, (_, place) => value >>> (8 * (length - 1 - place)));
}

/** @param {Uint8Array} bytes @returns {string} */
export function base32(bytes) {
  let said = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) said += BASE32[(held >>> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? said + BASE32[(held << (5 - bits)) & 31] : said;
}

/** @param {string} text @returns {Uint8Array} throws where it is no base32 */
export function unbase32(text) {
  const bytes = [];
  let held = 0;
  let bits = 0;
  for (const character of text) {
    const value = BASE32.indexOf(character);
    if (value < 0) throw new RangeError("no base32");
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) bytes.push((held >>> (bits -= 8)) & 255);
    held &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}
