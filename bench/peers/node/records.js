// The records of the town: two look-ups for a verification, one function for a redemption; statements prepared once.
import { DatabaseSync } from "node:sqlite";

import pg from "pg";

import { town } from "./town.js";

export const records = town.database.startsWith("postgresql:") ? await postgres() : sqlite();

function sqlite() {
  const database = new DatabaseSync(town.database);
  const [pass, units] = [town.statements.pass, town.statements.units].map((text) => database.prepare(text));
  return {
    pass: (handle) => pass.get(handle),
    units: (pseudonym, bucket) => units.get(pseudonym, bucket)?.units ?? 0,
  };
}

async function postgres() {
  const pool = new pg.Pool({ connectionString: town.database, max: town.poolSize, idleTimeoutMillis: 0 });
  const first = async (name, ...values) =>
    (await pool.query({ name, text: town.statements[name], values })).rows[0];
  return {
    pass: (handle) => first("pass", handle),
    units: async (pseudonym, bucket) => (await first("units", pseudonym, bucket))?.units ?? 0,
    redeem: (...values) => first("redeem", ...values),
  };
}
