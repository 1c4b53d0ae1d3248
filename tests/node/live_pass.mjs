// Makes showings of a live pass as a phone's page would: from its pairing alone, offline, with WebCrypto and nothing
// else. docs/passes.md has the bytes. The time, and for a known answer the ephemeral key, come from outside.

const { subtle } = globalThis.crypto;
const text = new TextEncoder();
const LABEL = text.encode("laurel/live-pass/v1");
const KEM = Uint8Array.of(75, 69, 77, 0, 16); // "KEM", DHKEM(P-256, HKDF-SHA256)
const SUITE = Uint8Array.of(72, 80, 75, 69, 0, 16, 0, 1, 0, 1); // "HPKE", KEM, HKDF-SHA256, AES-128-GCM
const VERSION = text.encode("HPKE-v1");
const P256 = { name: "ECDH", namedCurve: "P-256" };
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const join = (...parts) => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
};
const number = (value, bytes) => Uint8Array.from({ length: bytes }, (_, at) => value >>> (8 * (bytes - 1 - at)));

export const paired = (pairing) => {
  const data = unbase32(pairing.replace(/^LP1\./, ""));
  return { id: data.slice(0, 16), key: data.slice(16, 48), gateway: data.slice(52, 117), sector: data.slice(117) };
};

export const show = async (phone, seconds, ephemeral) => {
  const sector = join(phone.sector, new Uint8Array(48 - phone.sector.length));
  const claimed = join(phone.id, number(seconds, 4), sector);
  const proof = (await mac(phone.key, join(LABEL, claimed))).slice(0, 16);
  return "L1." + base32(await seal(join(claimed, proof), phone.gateway, ephemeral));
};

// RFC 9180, base mode. The ephemeral key pair is new for each showing.
const seal = async (plaintext, recipient, ephemeral) => {
  const pair = ephemeral ?? (await subtle.generateKey(P256, false, ["deriveBits"]));
  const enc = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
  const gateway = await subtle.importKey("raw", recipient, P256, false, []);
  const dh = new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: gateway }, pair.privateKey, 256));
  const none = new Uint8Array(0);
  const prk = await extract(KEM, none, "eae_prk", dh);
  const shared = await expand(KEM, prk, "shared_secret", join(enc, recipient), 32);
  const hashes = [await extract(SUITE, none, "psk_id_hash", none), await extract(SUITE, none, "info_hash", LABEL)];
  const context = join(Uint8Array.of(0), ...hashes);
  const secret = await extract(SUITE, shared, "secret", none);
  const key = await subtle.importKey("raw", await expand(SUITE, secret, "key", context, 16), "AES-GCM", false, [
    "encrypt",
  ]);
  const iv = await expand(SUITE, secret, "base_nonce", context, 12);
  return join(enc, new Uint8Array(await subtle.encrypt({ name: "AES-GCM", iv }, key, plaintext)));
};

// A key of no bytes is 32 zeros to HMAC, and browsers import no empty one.
const mac = async (key, message) => {
  const bytes = key.length ? key : new Uint8Array(32);
  const hmac = await subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", hmac, message));
};
const extract = (suite, salt, label, keying) => mac(salt, join(VERSION, suite, text.encode(label), keying));
const expand = async (suite, secret, label, info, length) =>
  (await mac(secret, join(number(length, 2), VERSION, suite, text.encode(label), info, Uint8Array.of(1)))).slice(
    0,
    length,
  );

const base32 = (bytes) => {
  let [said, held, bits] = ["", 0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) said += BASE32[(held >>> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits ? said + BASE32[(held << (5 - bits)) & 31] : said;
};
const unbase32 = (said) => {
  let [bytes, held, bits] = [[], 0, 0];
  for (const character of said) {
    held = (held << 5) | BASE32.indexOf(character);
    bits += 5;
    if (bits >= 8) bytes.push((held >>> (bits -= 8)) & 255);
    held &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
};

// Run by node: pairing, second, and the private JWK of an ephemeral key or nothing.
const [pairing, second, jwk] = globalThis.process.argv.slice(2);
let ephemeral;
if (jwk) {
  const { d, ...open } = JSON.parse(jwk);
  ephemeral = {
    privateKey: await subtle.importKey("jwk", { ...open, d }, P256, false, ["deriveBits"]),
    publicKey: await subtle.importKey("jwk", open, P256, true, []),
  };
}
console.log(JSON.stringify(await show(paired(pairing), Number(second), ephemeral)));
