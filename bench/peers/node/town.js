// What every peer knows: keys, devices and rewards, from the file that the bench writes. See bench/peers/town.py.
import { readFileSync } from "node:fs";
import { createPublicKey } from "node:crypto";

export const town = JSON.parse(readFileSync(process.env.TOWN, "utf8"));

export const tokenCached = process.env.TOKENS === "cached";
export const REMEMBERED_MAX = 20_000; // tokens; the gateway's own number

export const publicKey = (jwk) => createPublicKey({ key: jwk, format: "jwk" });
export const pem = (jwk) => publicKey(jwk).export({ type: "spki", format: "pem" });
