// From what the gateway said to what the clerk sees: pure, and the only place that decides a look.

import { BadInput, BadReply, ClockSkew, Forbidden } from "../device/failures.js";

/**
 * @typedef {object} Answer
 * @property {import("../icons.js").Look} look
 * @property {string} title a key of the words
 * @property {string} [lead] a key of the words
 * @property {Record<string, any>} [values] what the lead speaks of
 * @property {string} [note] a key of the words
 * @property {string | null} [reference] for the resident, at a volunteer desk
 * @property {readonly Action[]} actions the first is what is mostly done
 */
/** @typedef {"redeem" | "hold" | "confirm" | "release" | "undo" | "again" | "pin" | "next"} Action */

/** @type {Answer} */
export const READY = { look: "ready", title: "ready_title", lead: "ready_lead", actions: [] };

/** @type {Answer} */
export const MISTYPED = { look: "notice", title: "notice_title", lead: "pass_mistyped", actions: [] };

/** @type {Answer} */
export const FOREIGN = { look: "notice", title: "notice_title", lead: "pass_foreign", actions: [] };

/** @type {Answer} */
export const NO_SHOW = { look: "notice", title: "notice_title", lead: "no_show", actions: [] };

/** What a look at a pass says. @returns {Answer} */
export function verdict(said, reward) {
  switch (said.__typename) {
    case "Eligible": {
      const actions = reward.holdMinutes ? ["redeem", "hold", "next"] : ["redeem", "next"];
      return { look: "yes", title: reward.needsPin ? "eligible_pin" : "eligible_title", actions };
    }
    case "NotEligible":
      return { look: "no", title: "denied_title", lead: "denied_lead", reference: said.reference, actions: ["next"] };
    case "Undetermined":
      return UNSURE;
    default:
      throw new BadReply("an answer that this page doesn't know");
  }
}

const UNSURE = { look: "unsure", title: "unsure_title", lead: "unsure_lead", actions: ["again", "next"] };

/**
 * What came of a change. @param {string} document the one that was sent @param {{ reward?: object, before?: object }} about
 * `before` is the redemption as it stood @returns {Answer} */
export function outcome(document, said, { reward, before }) {
  switch (said.__typename) {
    case "Redemption":
      return { ...done(document, said, before), note: said.replayed ? "replayed" : undefined };
    case "Hold":
      return document === "ReleaseHold"
        ? { look: "back", title: "released_title", lead: "released_lead", actions: ["next"] }
        : { look: "held", title: "held_title", lead: "held_lead", values: { expiresAt: said.expiresAt }, actions: ["confirm", "release", "next"] };
    case "Refused":
      return refused(said, reward);
    case "Undetermined":
      return UNSURE;
    default:
      throw new BadReply("an answer that this page doesn't know");
  }
}

function done(document, { quantity, reversedQuantity }, before) {
  switch (document) {
    case "ReverseRedemption": {
      const values = { quantity: reversedQuantity - (before?.reversedQuantity ?? 0) };
      return { look: "back", title: "undone_title", lead: "undone_lead", values, actions: ["next"] };
    }
    case "ConfirmHold":
      return { look: "done", title: "confirmed_title", lead: "recorded_lead", values: { quantity }, actions: ["next", "undo"] };
    default:
      return { look: "done", title: "recorded_title", lead: "recorded_lead", values: { quantity }, actions: ["next", "undo"] };
  }
}

const REASONS = new Set(["UNKNOWN_REWARD", "UNKNOWN_OCCASION", "SOLD_OUT", "NOT_FOUND", "HOLD_ENDED", "WINDOW_CLOSED", "QUANTITY_EXCEEDED", "REQUEST_REUSED"]);

function refused({ reason, reference }, reward) {
  if (reason === "NOT_ELIGIBLE") {
    const told = { look: "no", title: "denied_title", lead: "denied_lead", reference };
    return reward?.needsPin ? { ...told, note: "denied_pin", actions: ["next", "pin"] } : { ...told, actions: ["next"] };
  }
  return { look: "notice", title: "notice_title", lead: REASONS.has(reason) ? reason : "OTHER", actions: ["next"] };
}

/** What a failure means to the clerk. It never looks like a denial. @param {boolean} effect whether something may
 * have been recorded @returns {Answer} */
export function failed(error, effect) {
  if (error instanceof BadInput) return { look: "notice", title: "notice_title", lead: "notice_input", actions: ["next"] };
  if (error instanceof Forbidden) return { look: "notice", title: "notice_title", lead: "notice_forbidden", actions: ["next"] };
  if (error instanceof ClockSkew) {
    const values = { seconds: Math.abs(error.seconds), way: error.seconds > 0 ? "fast" : "slow" };
    return { look: "line", title: "clock_title", lead: "clock_lead", values, actions: ["again", "next"] };
  }
  const title = error instanceof BadReply ? "failed_title" : "line_title";
  return { look: "line", title, lead: effect ? "line_effect" : "line_lead", actions: ["again", "next"] };
}
