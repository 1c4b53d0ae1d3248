// Who sends a request: a token bound to a device's key (RFC 9068), and a proof with that key for this very request
// and body (RFC 9449 section 4.3). Whatever is wrong ends with 401.
import { hash } from "node:crypto";

import { town } from "./town.js";

const SKEW_SECONDS = 10;
const AGE_SECONDS_MAX = 60;
const TOKEN_SECONDS_MAX = 600;

export class Unauthenticated extends Error {
  statusCode = 401;
}

export function gate({ readToken, proofReader }) {
  const devices = new Map(
    town.devices.map((device) => [
      device.kid,
      { ...device, readProof: proofReader(device.jwk), seen: new Once() },
    ]),
  );

  return async function caller(headers, method, body) {
    const now = Date.now() / 1000;
    const token = credentials(headers.authorization);
    const granted = await attempt(() => readToken(token));
    demand(granted.iat <= now + SKEW_SECONDS && granted.exp - granted.iat <= TOKEN_SECONDS_MAX, "times");
    const device = devices.get(granted.cnf?.jkt);
    demand(device?.id === granted.device_id && device.clientId === granted.client_id, "device");
    demand(granted.sub === granted.client_id && granted.scope.split(" ").includes("verify"), "scope");

    demand(typeof headers.dpop === "string", "proof");
    const { header, claims } = await attempt(() => device.readProof(headers.dpop));
    demand(sameKey(header.jwk, device.jwk), "proof-key");
    demand(claims.htm === method && claims.htu === town.url, "proof-target");
    demand(claims.ath === hash("sha256", token, "base64url"), "proof-token");
    demand(claims.content_digest === `sha-256=:${hash("sha256", body, "base64")}:`, "proof-body");
    const age = now - claims.iat;
    demand(-SKEW_SECONDS <= age && age <= AGE_SECONDS_MAX, "proof-age");
    demand(claims.jti.length >= 16 && device.seen.first(claims.jti, claims.iat, now), "proof-used");
    return { partner: device.clientId, device: device.id, proof: headers.dpop, jti: claims.jti, iat: claims.iat };
  };
}

// What may be used once, until it is too old to be used at all; oldest first, as a Map keeps its keys.
class Once {
  #until = new Map();

  first(jti, iat, now) {
    for (const [old, until] of this.#until) {
      if (until >= now) break;
      this.#until.delete(old);
    }
    if (this.#until.has(jti)) return false;
    this.#until.set(jti, iat + AGE_SECONDS_MAX + SKEW_SECONDS);
    return true;
  }
}

function credentials(header) {
  demand(typeof header === "string" && header.startsWith("DPoP "), "authorization");
  return header.slice(5);
}

function sameKey(named, registered) {
  return (
    named?.kty === registered.kty &&
    named.crv === registered.crv &&
    named.x === registered.x &&
    named.y === registered.y &&
    named.d === undefined
  );
}

async function attempt(read) {
  try {
    return await read();
  } catch (error) {
    throw new Unauthenticated(error.code);
  }
}

function demand(right, what) {
  if (!right) throw new Unauthenticated(what);
}
