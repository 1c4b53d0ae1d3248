// What the phone asks of the gateway: its passes, by a code, and who looked at them. Both may be sent again.

import { BadInput, BadReply, Unavailable } from "../device/failures.js";
import { read, throwForStatus } from "../device/replies.js";
import { persist } from "../device/retries.js";
import { heard } from "./clock.js";

/**
 * @param {string} code the card office's
 * @param {string} phone what this phone calls itself for this code alone: the same again gets the same answer
 * @returns {Promise<{ sector: string, zh: string, en: string, pairing: string }[]>}
 */
export async function pair(code, phone) {
  const { passes } = await post("/pass/pairing", { code, phone });
  if (!Array.isArray(passes)) throw new BadReply("no passes");
  return passes;
}

/** @param {() => Promise<string>} ask a fresh question for each try @returns {Promise<{ day: string, partner: string }[]>} */
export async function accessLog(ask, pin) {
  const { looks } = await post("/pass/access-log", async () => ({ question: await ask(), pin }));
  if (!Array.isArray(looks)) throw new BadReply("no looks");
  return looks;
}

function post(path, given) {
  return persist(async (signal) => {
    const body = JSON.stringify(typeof given === "function" ? await given() : given);
    const sent = { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body };
    let reply;
    const sentAt = Date.now();
    try {
      reply = await read(await fetch(path, { ...sent, signal, credentials: "omit", cache: "no-store", redirect: "error" }));
    } catch {
      throw new Unavailable("no answer");
    }
    heard(reply.headers.get("Date"), sentAt, Date.now());
    throwForStatus(reply);
    if (reply.status === 400) throw new BadInput(String(reply.content.errors?.[0]?.extensions?.argument));
    if (reply.status !== 200) throw new BadReply(`HTTP ${reply.status}`);
    return reply.content;
  });
}
