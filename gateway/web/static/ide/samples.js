// What to put into the editor: a partner's document, with a persona's pass in its variables.

import { unused } from "./session.js";

const SAMPLES = {
  VerifyPass: ({ pass, reward, occasion }, document) => ({
    pass: pass.code,
    reward,
    quantity: 1,
    ...(document.includes("$occasion") && { occasion }),
  }),
  RedeemReward: ({ pass, reward, occasion }) => ({
    input: {
      pass: pass.code,
      reward,
      quantity: 1,
      ...(occasion && { occasion }),
      ...(pass.pin && { pin: pass.pin }),
      requestId: unused(),
    },
  }),
  ReverseRedemption: ({ redeemed }) => ({
    input: { redemptionId: redeemed ?? "redeem something first", reason: "MISTAKE", requestId: unused() },
  }),
  Redemption: ({ redeemed }) => ({ id: redeemed ?? "redeem something first" }),
  Redemptions: () => ({ first: 10 }),
};

const WITH_PASS = new Set(["VerifyPass", "RedeemReward"]);
const FIRST = "volunteer-200h"; // the persona with which most things work

/** Whether a document takes a pass and a reward. */
export function takesPass(name) {
  return WITH_PASS.has(name);
}

/** Return the passes of which it is known what a reward's partner is answered. */
export function passesFor(reward, passes) {
  return passes.filter((pass) => reward in pass.expect);
}

/**
 * Return the choice with what no longer fits replaced: partner, document's name, reward and pass.
 * A name that the partner's documents don't have becomes its first; likewise the rest.
 */
export function settled(wish, partners, passes) {
  const partner = partners.find(({ partner_id: id }) => id === wish.partner) ?? partners[0];
  const names = Object.keys(partner.documents);
  const document = names.find((name) => name === wish.document) ?? names[0];
  const reward = partner.rewards.find((code) => code === wish.reward) ?? partner.rewards[0];
  const fitting = passesFor(reward, passes);
  const pass =
    fitting.find(({ persona, sector }) => persona === wish.persona && sector === wish.sector) ??
    fitting.find(({ persona }) => persona === wish.persona) ??
    fitting.find(({ persona, expect }) => persona === FIRST && expect[reward] === "ELIGIBLE") ??
    fitting.find(({ expect }) => expect[reward] === "ELIGIBLE") ??
    fitting[0];
  return { partner, document, reward, pass };
}

/** Return the editor's texts for a choice. `redeemed` is the id of the partner's latest redemption, if any. */
export function filled({ partner, document, reward, pass }, redeemed) {
  const { text } = partner.documents[document];
  const occasion = partner.occasions[reward]?.[0];
  const variables = SAMPLES[document]?.({ pass, reward, occasion, redeemed }, text) ?? {};
  return { query: text.trimEnd(), variables: JSON.stringify(variables, null, 2) };
}
