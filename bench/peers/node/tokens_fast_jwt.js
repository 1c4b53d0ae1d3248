// The three tokens of a request by fast-jwt: keys loaded and verifiers made at the start, as its README advises.
import { createVerifier } from "fast-jwt";

import { REMEMBERED_MAX, pem, tokenCached, town } from "./town.js";

export const readToken = createVerifier({
  key: pem(town.tokenKey),
  algorithms: ["ES256"],
  checkTyp: "at+jwt",
  allowedIss: town.issuer,
  allowedAud: town.issuer,
  requiredClaims: town.tokenClaims,
  cache: tokenCached ? REMEMBERED_MAX : false,
});

export const readPass = createVerifier({
  key: pem(town.passKey),
  algorithms: ["EdDSA"],
  checkTyp: "pass+jwt",
  allowedIss: town.passIssuer,
  requiredClaims: town.passClaims,
});

// A proof names its key; only a registered device's counts, so each device has its verifier.
export function proofReader(jwk) {
  const read = createVerifier({
    key: pem(jwk),
    algorithms: ["ES256"],
    checkTyp: "dpop+jwt",
    requiredClaims: town.proofClaims,
    complete: true,
  });
  return (proof) => {
    const { header, payload } = read(proof);
    return { header, claims: payload };
  };
}
