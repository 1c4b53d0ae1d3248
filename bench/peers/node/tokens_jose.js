// The three tokens of a request by jose, which is WebCrypto: keys imported once, results awaited.
import { importJWK, jwtVerify } from "jose";

import { REMEMBERED_MAX, tokenCached, town } from "./town.js";

const [tokenKey, passKey] = await Promise.all([
  importJWK(town.tokenKey, "ES256"),
  importJWK(town.passKey, "EdDSA"),
]);

const tokenRules = {
  algorithms: ["ES256"],
  typ: "at+jwt",
  issuer: town.issuer,
  audience: town.issuer,
  requiredClaims: town.tokenClaims,
};
const passRules = {
  algorithms: ["EdDSA"],
  typ: "pass+jwt",
  issuer: town.passIssuer,
  requiredClaims: town.passClaims,
};
const proofRules = { algorithms: ["ES256"], typ: "dpop+jwt", requiredClaims: town.proofClaims };

const verifyToken = async (token) => (await jwtVerify(token, tokenKey, tokenRules)).payload;

export const readToken = tokenCached ? remembering(verifyToken) : verifyToken;

export const readPass = async (pass) => (await jwtVerify(pass, passKey, passRules)).payload;

// A proof names its key; only a registered device's counts, so each device has its key imported.
export function proofReader(jwk) {
  const imported = importJWK(jwk, "ES256");
  return async (proof) => {
    const { protectedHeader, payload } = await jwtVerify(proof, await imported, proofRules);
    return { header: protectedHeader, claims: payload };
  };
}

// jose has no cache: this is the one that its users write, by the whole token until it expires.
function remembering(read) {
  const known = new Map();
  return async (token) => {
    const found = known.get(token);
    if (found !== undefined && found.exp > Date.now() / 1000) return found;
    const claims = await read(token);
    if (known.size >= REMEMBERED_MAX) known.delete(known.keys().next().value);
    known.set(token, claims);
    return claims;
  };
}
