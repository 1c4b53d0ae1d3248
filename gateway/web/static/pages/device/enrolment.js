// Enrolling this browser: a one-time code of the city's registers the public half of its own key (docs/partners.md).

import { documentId } from "./encoding.js";
import { BadReply, EnrolmentRefused, Unavailable } from "./failures.js";
import { asksForNonce, read, throwForStatus } from "./replies.js";
import { persist } from "./retries.js";
import { transmit } from "./session.js";

const KEPT = ["client_id", "device_id", "kid", "kind", "scopes", "expires", "rewards", "issuer", "token_endpoint", "graphql_endpoint"];

/**
 * Register a key. The same code with the same key gets the same answer: one that was lost is asked for again.
 * @param {string} code as it was handed out
 * @param {import("./key.js").DeviceKey} key
 * @returns {Promise<object>} what the gateway says of the device; of documents, their ids
 */
export async function enrol(code, key, base = "") {
  const body = JSON.stringify({ code });
  const headers = { "Content-Type": "application/json" };
  const reply = await persist(async (signal) => {
    const url = `${await issuer(base, signal)}/devices`;
    const send = (nonce) => transmit(key, url, { headers, body, nonce, signal, base });
    const first = await send();
    const last = asksForNonce(first) ? await send(first.headers.get("DPoP-Nonce")) : first;
    if (last.status !== 400 || last.content.skew_seconds !== undefined) throwForStatus(last);
    return last;
  });
  const { status, content } = reply;
  if (status === 400 || status === 409) throw new EnrolmentRefused(String(content.error));
  const known = KEPT.every((name) => content[name] !== undefined) && typeof content.documents === "object";
  if (status !== 201 || !known || content.kid !== key.kid) throw new BadReply(`no enrolment (HTTP ${status})`);
  return described(content);
}

/** The address that proofs are made for, as the gateway's metadata has it (RFC 8414): a proxy may have another. */
async function issuer(base, signal) {
  let reply;
  try {
    reply = await read(await fetch(`${base}/.well-known/oauth-authorization-server`, { signal, credentials: "omit" }));
  } catch {
    throw new Unavailable("no answer");
  }
  throwForStatus(reply);
  if (typeof reply.content.issuer !== "string") throw new BadReply("no metadata");
  return reply.content.issuer;
}

async function described(content) {
  const ids = Object.entries(content.documents).map(async ([name, text]) => [name, await documentId(text)]);
  return {
    ...Object.fromEntries(KEPT.map((name) => [name, content[name]])),
    documents: Object.fromEntries(await Promise.all(ids)),
  };
}
