// May a pass have a reward, and the redemption of one: the use cases, alike for every peer.
import { createCipheriv, createHash, createHmac, hash, randomBytes } from "node:crypto";

import { records } from "./records.js";
import { town } from "./town.js";

const [handleKey, periodKey, fingerprintKey, evidenceKey] = ["handle", "period", "fingerprint", "evidence"].map(
  (name) => Buffer.from(town.keys[name], "hex"),
);
const { reward } = town;
const MESSAGE = "This pass does not give this reward now.";

export function rewards(readPass) {
  async function open(pass) {
    try {
      const claims = await readPass(pass);
      return { handle: keyed(handleKey, claims.jti), sector: claims.aud };
    } catch {
      return { handle: randomBytes(32), sector: null }; // nobody is looked up all the same
    }
  }

  async function verifyPass(_, { pass, reward: code, quantity }) {
    known(code, quantity);
    const opened = await open(pass);
    const found = await records.pass(opened.handle);
    const pseudonym = faded(found?.secret ?? randomBytes(32), code);
    const used = await records.units(pseudonym, bucket());
    return eligible(opened, found) && used + quantity <= reward.quota
      ? { __typename: "Eligible", reward: code, quantity, remaining: null }
      : { __typename: "NotEligible", message: MESSAGE, reference: reference() };
  }

  async function redeemReward(_, { input }, { caller }) {
    const { pass, reward: code, quantity, requestId } = input;
    known(code, quantity);
    const opened = await open(pass);
    const found = await records.redeem(
      hash("sha256", caller.jti, "buffer"),
      caller.partner,
      caller.device,
      requestId,
      keyed(fingerprintKey, caller.partner, requestId, code, String(quantity), pass),
      opened.handle,
      opened.sector,
      code,
      quantity,
      reward.quota,
      reward.centihours,
      periodKey,
      bucket(),
      reward.tariffFen,
      reward.reversalMinutes,
      `rdm_${randomBytes(16).toString("base64url")}`,
      reference(),
      sealed(caller.proof),
    );
    if (found.outcome === "DENIED") {
      return { __typename: "Refused", reason: "NOT_ELIGIBLE", message: MESSAGE, ...told(found) };
    }
    if (found.outcome !== "REDEEMED") {
      return { __typename: "Refused", reason: found.outcome, message: "Not recorded.", ...told(found) };
    }
    return {
      __typename: "Redemption",
      id: found.redemption_id,
      requestId,
      reward: code,
      quantity,
      reversedQuantity: 0,
      status: "REDEEMED",
      occasion: null,
      redeemedAt: found.redeemed_at.toISOString(),
      reversibleUntil: found.reversible_until.toISOString(),
      replayed: found.replayed,
    };
  }

  return { Query: { verifyPass }, Mutation: { redeemReward } };
}

const told = (found) => ({ reference: found.reference, replayed: found.replayed });
const reference = () => randomBytes(54).toString("base64url");

function known(code, quantity) {
  if (code !== reward.code || quantity < 1 || quantity > 100) throw new RangeError("No such reward or quantity.");
}

function eligible(opened, found) {
  return (
    found !== undefined &&
    found.revoked_at === null &&
    found.expires_at > found.now &&
    found.sector === opened.sector &&
    found.sector === reward.sector &&
    (found.centihours >= reward.centihours || found.honours !== "[]")
  );
}

function keyed(key, ...parts) {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

// As the function in sql/postgresql.sql has it: a key of fixed length before the resident's secret.
function faded(secret, code) {
  return createHash("sha256").update(periodKey).update(secret).update(code).digest();
}

// The civil day in the programme's zone, which has had no summer time since 1991.
function bucket() {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
}

// The proof is kept as evidence, sealed with AES-256-GCM.
function sealed(proof) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", evidenceKey, nonce);
  return Buffer.concat([nonce, cipher.update(proof, "utf8"), cipher.final(), cipher.getAuthTag()]);
}
