// The audits of GraphQL over HTTP from the npm package graphql-http, unmodified: only each request is signed.
// PARTNER is the content of a partner's file; what is printed is a list of { id, name, status, reason }.

import { createHash, randomUUID } from "node:crypto";
import * as DPoP from "dpop";
import { serverAudits } from "graphql-http";
import { importJWK, SignJWT } from "jose";

const ALGORITHM = "ES256";
const partner = JSON.parse(process.env.PARTNER);
const { kty, crv, x, y, d } = partner.key;
const keys = {
  privateKey: await importJWK({ kty, crv, x, y, d }, ALGORITHM),
  publicKey: await importJWK({ kty, crv, x, y }, ALGORITHM, { extractable: true }),
};
let nonce;
let token;

/** Send a request, and once more with the nonce that an answer brings. */
async function send(url, htu, options, claims) {
  const method = options.method ?? "GET";
  for (let attempt = 0; ; attempt++) {
    const proof = await DPoP.generateProof(keys, htu, method, nonce, token, claims);
    const response = await fetch(url, { ...options, headers: { ...options.headers, DPoP: proof } });
    nonce = response.headers.get("DPoP-Nonce") ?? nonce;
    if (attempt === 1 || !(await response.clone().text()).includes("use_dpop_nonce")) return response;
  }
}

async function signIn() {
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM, typ: "client-authentication+jwt", kid: await DPoP.calculateThumbprint(keys.publicKey) })
    .setIssuer(partner.client_id)
    .setSubject(partner.client_id)
    .setAudience(partner.issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime("1m")
    .sign(keys.privateKey);
  const response = await send(partner.token_endpoint, partner.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    }),
  });
  if (!response.ok) throw new Error(`sign-in: ${await response.text()}`);
  return (await response.json()).access_token;
}

/** What the audits call instead of fetch: the same request, with the token and a proof for its body. */
async function signedFetch(url, options = {}) {
  const digest = createHash("sha256").update(options.body ?? "").digest("base64");
  const headers = { ...options.headers, Authorization: `DPoP ${token}` };
  return send(url, partner.graphql_endpoint, { ...options, headers }, { content_digest: `sha-256=:${digest}:` });
}

token = await signIn();
const found = [];
for (const audit of serverAudits({ url: partner.graphql_endpoint, fetchFn: signedFetch })) {
  const { id, name, status, reason } = await audit.fn();
  found.push({ id, name, status, reason });
}
console.log(JSON.stringify(found));
