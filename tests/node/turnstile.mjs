// A gate made of what a partner takes off the shelf: openid-client, dpop and jose, none of them told about Laurel.
// In its environment: ISSUER, CLIENT_ID, KEY (a private JWK), ALG, PASS, REWARD, VERIFY and REDEEM (documents).
import { createHash, randomUUID } from 'node:crypto'
import * as dpop from 'dpop'
import * as jose from 'jose'
import * as oauth from 'openid-client'

const { ISSUER, CLIENT_ID, KEY, ALG, PASS, REWARD, VERIFY, REDEEM } = process.env
const { d, p, q, dp, dq, qi, ...publicJwk } = JSON.parse(KEY)
const keys = {
  privateKey: await jose.importJWK(JSON.parse(KEY), ALG),
  publicKey: await jose.importJWK(publicJwk, ALG, { extractable: true }),
}
const kid = await dpop.calculateThumbprint(keys.publicKey)
const config = await oauth.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  undefined,
  oauth.PrivateKeyJwt({ key: keys.privateKey, kid }),
  { algorithm: 'oauth2', execute: [oauth.allowInsecureRequests] },
)
const DPoP = oauth.getDPoPHandle(config, keys)
const granted = await oauth.clientCredentialsGrant(config, { scope: 'verify redeem' }, { DPoP })
const token = granted.access_token
const graphql = new URL('/graphql', ISSUER)

async function verified() {
  const content = JSON.stringify({ query: VERIFY, variables: { pass: PASS, reward: REWARD } })
  const headers = new Headers({ 'Content-Type': 'application/json' })
  const answer = await oauth.fetchProtectedResource(config, token, graphql, 'POST', content, headers, { DPoP })
  return (await answer.json()).data.verifyPass.__typename
}

// dpop keeps no nonce of its own: the newest is the caller's to pass on.
let nonce
async function redeem(content, additional) {
  for (;;) {
    const proof = await dpop.generateProof(keys, graphql.href, 'POST', nonce, token, additional)
    const headers = { 'Content-Type': 'application/json', Authorization: `DPoP ${token}`, DPoP: proof }
    const answer = await fetch(graphql, { method: 'POST', headers, body: content })
    const wanted = nonce === undefined && answer.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce')
    nonce = answer.headers.get('DPoP-Nonce')
    if (!wanted) return { status: answer.status, ...(await answer.json()) }
  }
}

async function redeemed() {
  const input = { pass: PASS, reward: REWARD, requestId: randomUUID() }
  const content = JSON.stringify({ query: REDEEM, variables: { input } })
  const content_digest = `sha-256=:${createHash('sha256').update(content).digest('base64')}:`
  return {
    unbound: await redeem(content, {}),
    first: await redeem(content, { content_digest }),
    again: await redeem(content, { content_digest }),
    altered: await redeem(content + ' ', { content_digest }),
  }
}

// What a resource server of somebody else's would check of our token (RFC 9068 section 4), and what it would refuse.
async function checkedByJose() {
  const jwks = jose.createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
  const right = { issuer: ISSUER, audience: ISSUER, typ: 'at+jwt', algorithms: ['ES256'], subject: CLIENT_ID }
  const requiredClaims = ['exp', 'iat', 'jti', 'client_id', 'scope', 'cnf']
  const { payload, protectedHeader } = await jose.jwtVerify(token, jwks, { ...right, requiredClaims })
  const refused = {}
  for (const [name, wrong] of Object.entries({
    typ: 'JWT',
    issuer: 'https://elsewhere.example',
    audience: 'https://elsewhere.example',
    algorithms: ['EdDSA'],
  })) {
    refused[name] = await jose.jwtVerify(token, jwks, { ...right, [name]: wrong }).then(() => null, (error) => error.code)
  }
  return { claims: payload, header: protectedHeader, refused }
}

console.log(
  JSON.stringify({
    kid,
    metadata: config.serverMetadata(),
    granted: { ...granted, access_token: undefined },
    verdict: await verified(),
    redeemed: await redeemed(),
    jose: await checkedByJose(),
  }),
)
