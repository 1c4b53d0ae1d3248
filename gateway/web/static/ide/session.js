// One partner's device and its signed HTTP: client credentials with private_key_jwt (RFC 7523), DPoP (RFC 9449).

const ASSERTION_SECONDS = 60;
const RENEW_AT = 0.7; // share of a token's life after which it is renewed, as the partners' client does it

const encoder = new TextEncoder();

function base64url(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function sha256(text) {
  return base64url(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

async function contentDigest(text) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  return `sha-256=:${btoa(String.fromCharCode(...digest))}:`;
}

/** Return a value that nobody used before: 128 random bits. */
export function unused() {
  return base64url(crypto.getRandomValues(new Uint8Array(16)));
}

/** The device's private key, for ES256. Once here, WebCrypto lets nobody read it. */
class DeviceKey {
  static async from({ kty, crv, x, y, d }) {
    const key = new DeviceKey();
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    key.private = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d }, algorithm, false, ["sign"]);
    key.public = { crv, kty, x, y }; // in this order, which makes the thumbprint (RFC 7638)
    key.kid = await sha256(JSON.stringify(key.public));
    return key;
  }

  async sign(header, claims) {
    const parts = [{ alg: "ES256", ...header }, { iat: Math.floor(Date.now() / 1000), jti: unused(), ...claims }];
    const content = parts.map((part) => base64url(encoder.encode(JSON.stringify(part)))).join(".");
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    return `${content}.${base64url(await crypto.subtle.sign(algorithm, this.private, encoder.encode(content)))}`;
  }

  assertion(client, issuer) {
    const exp = Math.floor(Date.now() / 1000) + ASSERTION_SECONDS;
    const header = { typ: "client-authentication+jwt", kid: this.kid };
    return this.sign(header, { iss: client, sub: client, aud: issuer, exp });
  }

  /** Return a proof; with a token, it is for that token and for this very body (RFC 9530 section 2). */
  async proof(url, body, token, nonce) {
    const bound = token === undefined ? {} : { ath: await sha256(token), content_digest: await contentDigest(body) };
    return this.sign({ typ: "dpop+jwt", jwk: this.public }, { htm: "POST", htu: url, nonce, ...bound });
  }
}

/** Whether an answer only asks for a proof with the nonce that it brings (RFC 9449 sections 8 and 9). */
async function wantsNonce(response) {
  if (response.headers.get("WWW-Authenticate")?.includes('error="use_dpop_nonce"')) return true;
  return response.status === 400 && (await response.clone().json()).error === "use_dpop_nonce";
}

/** A partner's standing with the gateway. `partner` is the content of its file. */
export class Session {
  #key;
  #nonce; // the newest that came with any answer
  #token;

  constructor(partner) {
    this.partner = partner;
    this.#key = DeviceKey.from(partner.key);
  }

  /** Send one GraphQL request, signed; return { answer, status, kid, until }: until when the token is good. */
  async post(request) {
    let [response, token] = await this.#send(request);
    if (response.status === 401) { // this machine slept, or the sandbox has new keys
      this.#token = undefined;
      [response, token] = await this.#send(request);
    }
    const { kid } = await this.#key;
    return { answer: await response.json(), status: response.status, kid, until: token.until };
  }

  async #send(request) {
    const token = await this.#currentToken();
    const headers = {
      "Content-Type": "application/json",
      Accept: "application/json",
      Authorization: `DPoP ${token.value}`,
    };
    const body = JSON.stringify(request);
    return [await this.#post("/graphql", this.partner.graphql_endpoint, { headers, body }, token.value), token];
  }

  /** Return a token that is not due for renewal; whoever asks while one is on its way waits for that one. */
  async #currentToken() {
    const fetching = this.#token ??= this.#fetchToken();
    try {
      const token = await fetching;
      if (performance.now() < token.renewAt) return token;
      if (this.#token === fetching) this.#token = undefined;
    } catch (error) {
      this.#token = undefined;
      throw error;
    }
    return this.#currentToken();
  }

  async #fetchToken() {
    const { client_id: client, issuer, token_endpoint: url, scopes } = this.partner;
    const asked = performance.now();
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await (await this.#key).assertion(client, issuer),
      scope: scopes.join(" "),
    });
    const response = await this.#post("/oauth/token", url, { headers: { Accept: "application/json" }, body });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${client} could not sign in: ${answer.error}`);
    const life = answer.expires_in * 1000; // both clocks count milliseconds
    return { value: answer.access_token, renewAt: asked + RENEW_AT * life, until: new Date(Date.now() + life) };
  }

  /**
   * Send to this very origin, and once more if the gateway wants its nonce in the proof. The proof is for the
   * gateway's configured address, which may have another name.
   */
  async #post(path, url, { headers, body }, token) {
    const key = await this.#key;
    const send = async () => {
      const proof = await key.proof(url, body, token, this.#nonce);
      const sent = { method: "POST", headers: { ...headers, DPoP: proof }, body, credentials: "omit" };
      const response = await fetch(path, sent);
      this.#nonce = response.headers.get("DPoP-Nonce") ?? this.#nonce;
      return response;
    };
    const response = await send();
    return await wantsNonce(response) ? send() : response;
  }
}
