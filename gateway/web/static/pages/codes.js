// A pass as it was typed or scanned. The typable code is `gateway/domain/codes.py`'s: 16 of Crockford's base32, of which
// the last checks the others (ISO 7064, hybrid system with modulus 32). It is public arithmetic, so a mistyped code is
// told here, at once, and nothing of it leaves the tablet.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH = 16;
const LOOKALIKES = { I: "1", L: "1", O: "0" };
const SHOWING = /^L1\.[A-Z2-7]{264}$/; // a live pass: docs/passes.md
const TOKEN = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/; // a card's token
const LENGTH_MAX = 4096;

/** @param {string} data 15 symbols @returns {string} their check character */
export function checkCharacter(data) {
  const size = ALPHABET.length;
  let product = size;
  for (const symbol of data) {
    const total = (product + ALPHABET.indexOf(symbol)) % size || size;
    product = (total * 2) % (size + 1);
  }
  return ALPHABET[(size + 1 - product) % size];
}

/** @param {string} code @returns {string} in groups of four, as printed */
export const written = (code) => code.match(/.{1,4}/g)?.join("-") ?? "";

/**
 * @typedef {{ kind: "none" | "partial" | "mistyped" | "foreign" } | { kind: "good", pass: string }} Shown
 * `partial`: more has to be typed; `foreign`: neither a code nor what our passes hold.
 */

/** @param {string} text as typed, also by an input method's wide letters, or as scanned @returns {Shown} */
export function shown(text) {
  const trimmed = text.normalize("NFKC").trim();
  if (trimmed === "") return { kind: "none" };
  if (trimmed.length <= LENGTH_MAX && (SHOWING.test(trimmed) || TOKEN.test(trimmed))) return { kind: "good", pass: trimmed };
  const code = trimmed.replace(/[\s\-\u2010-\u2015]+/g, "").toUpperCase().replace(/[ILO]/g, (found) => LOOKALIKES[found]);
  if ([...code].some((symbol) => !ALPHABET.includes(symbol)) || code.length > CODE_LENGTH) return { kind: "foreign" };
  if (code.length < CODE_LENGTH) return { kind: "partial" };
  return checkCharacter(code.slice(0, -1)) === code.at(-1) ? { kind: "good", pass: code } : { kind: "mistyped" };
}
