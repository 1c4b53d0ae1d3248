// Bytes and hashes, as tokens and proofs spell them.

const encoder = new TextEncoder();

/** @param {ArrayBuffer | Uint8Array} buffer @returns {string} base64, with its padding */
function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}

/** @param {ArrayBuffer | Uint8Array} buffer @returns {string} base64url without padding (RFC 7515 section 2) */
export function base64url(buffer) {
  return base64(buffer).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text @returns {Uint8Array} its UTF-8 */
export function bytes(text) {
  return encoder.encode(text);
}

/** @param {string} text @returns {Promise<ArrayBuffer>} */
export function sha256(text) {
  return crypto.subtle.digest("SHA-256", bytes(text));
}

/** @param {string} text @returns {Promise<string>} what the header Content-Digest would have (RFC 9530 section 2) */
export async function contentDigest(text) {
  return `sha-256=:${base64(await sha256(text))}:`;
}

/** @param {string} text a document's text @returns {Promise<string>} the id that a request names it by */
export async function documentId(text) {
  const digits = [...new Uint8Array(await sha256(text))].map((byte) => byte.toString(16).padStart(2, "0"));
  return `sha256:${digits.join("")}`;
}

/** @returns {string} 144 random bits that nobody used before: a request id, or a token's jti */
export function unused() {
  return base64url(crypto.getRandomValues(new Uint8Array(18)));
}
