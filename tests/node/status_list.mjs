// Reads status lists with @sd-jwt/jwt-status-list: argv are places; the token is in TOKEN_FILE.
import { readFileSync } from "node:fs";

import { getListFromStatusListJWT } from "@sd-jwt/jwt-status-list";

const token = readFileSync(process.env.TOKEN_FILE, "utf-8");
const list = getListFromStatusListJWT(token);
const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
const header = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
let invalid = 0;
const size = Number(process.env.SIZE);
for (let place = 0; place < size; place++) invalid += list.getStatus(place);
console.log(JSON.stringify({
  statuses: process.argv.slice(2).map((place) => list.getStatus(Number(place))),
  bits: list.getBitsPerStatus(),
  invalid,
  typ: header.typ,
  claims: { ...claims, status_list: undefined },
}));
