// Reading what came back over HTTP, or throwing the failure that it means: as the partners' Python client does.

import { BadInput, BadReply, ClockSkew, Forbidden, Unauthenticated, Unavailable } from "./failures.js";

const TRY_AGAIN = new Set([429, 502, 503, 504]); // the gateway's own 503, and what a limit or a proxy answers

/** @typedef {{ status: number, headers: Headers, content: any }} Reply `content` is the JSON object, or {}; of a PDF, `document` */

/** @param {Response} response @returns {Promise<Reply>} */
export async function read(response) {
  const { status, headers } = response;
  if (headers.get("Content-Type") === "application/pdf") return { status, headers, content: { document: await response.blob() } };
  const content = await response.json().catch(() => ({}));
  const isObject = typeof content === "object" && content !== null && !Array.isArray(content);
  return { status: response.status, headers: response.headers, content: isObject ? content : {} };
}

/** @param {Reply} reply @returns {boolean} whether it only asks for a proof with the nonce that it brings */
export function asksForNonce({ status, headers, content }) {
  if ((status !== 400 && status !== 401) || !headers.has("DPoP-Nonce")) return false;
  const challenge = headers.get("WWW-Authenticate") ?? "";
  return challenge.includes('error="use_dpop_nonce"') || content.error === "use_dpop_nonce";
}

/** Throw what a status means on its own; pass every reply that has to be read. @param {Reply} reply */
export function throwForStatus({ status, headers, content }) {
  const skew = content.skew_seconds ?? content.errors?.[0]?.extensions?.skewSeconds;
  if ((status === 400 || status === 401) && Number.isInteger(skew)) throw new ClockSkew(skew);
  if (TRY_AGAIN.has(status)) {
    const wish = headers.get("Retry-After") ?? "";
    throw new Unavailable(`HTTP ${status}`, /^[0-9]{1,3}$/.test(wish) ? Number(wish) : 0);
  }
  if (status === 401) throw new Unauthenticated("HTTP 401");
  if (status === 403) throw new Forbidden("HTTP 403");
}

/** @param {Reply} reply @returns {{ value: string, seconds: number }} the access token and its life */
export function grantIn(reply) {
  const { status, content } = reply;
  throwForStatus(reply);
  if (status === 400) throw new Unauthenticated("HTTP 400");
  const { access_token: value, expires_in: seconds, token_type: type } = content;
  if (status !== 200 || typeof value !== "string" || !Number.isInteger(seconds) || type?.toLowerCase() !== "dpop") {
    throw new BadReply(`no token (HTTP ${status})`);
  }
  return { value, seconds };
}

/** @param {Reply} reply @returns {object} the data of a GraphQL answer */
export function dataIn({ status, content }) {
  const [error] = content.errors ?? [];
  if (error !== undefined) throw failure(String(error.extensions?.code));
  if (status === 200 && typeof content.data === "object" && content.data !== null) return content.data;
  throw new BadReply(`no GraphQL result (HTTP ${status})`);
}

function failure(code) {
  switch (code) {
    case "UNAUTHENTICATED": return new Unauthenticated(code);
    case "FORBIDDEN": return new Forbidden(code);
    case "UNAVAILABLE": return new Unavailable(code);
    case "BAD_USER_INPUT":
    case "BAD_REQUEST":
    case "DOCUMENT_NOT_REGISTERED": return new BadInput(code);
    default: return new BadReply(code);
  }
}
