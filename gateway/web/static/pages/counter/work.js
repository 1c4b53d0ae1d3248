// The clerk's work, without any element of a page: what was shown, what was asked, what came of it.
// The pass and the PIN are here alone, while they are needed: `next` forgets them.

import { newChange } from "../device/laurel.js";
import { Unauthenticated } from "../device/failures.js";
import { failed, outcome, READY, verdict } from "./answers.js";

const RECORDING = new Set(["RedeemReward", "ConfirmHold"]);

/** @typedef {{ pass: string, reward: object, quantity: number, occasion?: string }} Wish */

export class Work {
  #laurel;
  #tell;
  #wish; // with the pass
  #sent; // the change that has no answer yet, with pass and PIN
  #about; // the redemption or the hold that the answer is about

  /** @type {import("./answers.js").Answer} */
  answer = READY;
  busy = false;
  holds = []; // open ones of this tablet
  here = new Set(); // ids of what this tablet redeemed since the page was opened
  unanswered = []; // { requestId, what, at }: left without an answer

  /** @param {import("../device/laurel.js").Laurel} laurel @param {{ changed: () => void, revoked: (effect: boolean) => void }} tell */
  constructor(laurel, tell) {
    this.#laurel = laurel;
    this.#tell = tell;
  }

  /** What the answer is about, for the words. @returns {Wish | undefined} without the pass */
  get wish() {
    if (this.#wish === undefined) return undefined;
    const { pass, ...rest } = this.#wish;
    return rest;
  }

  /** Look at a pass; nothing is recorded. @param {Wish} wish */
  async check(wish) {
    if (this.busy) return;
    this.#leave();
    this.#wish = wish;
    await this.#ask();
  }

  /** Say so where a pass can't be one. @param {import("./answers.js").Answer} answer */
  say(answer) {
    if (this.busy) return;
    this.#leave();
    this.answer = answer;
    this.#tell.changed();
  }

  async redeem(pin) {
    await this.#change("RedeemReward", this.#given(pin));
  }

  async hold(pin) {
    await this.#change("HoldReward", this.#given(pin));
  }

  async confirm(hold = this.#about) {
    await this.#end("ConfirmHold", hold);
  }

  async release(hold = this.#about) {
    await this.#end("ReleaseHold", hold);
  }

  /** Take units back. @param {{ quantity?: number, reason: string }} how */
  async undo({ quantity, reason }, redemption = this.#about) {
    if (this.busy) return;
    if (redemption !== this.#about) this.#leave();
    this.#about = redemption;
    await this.#change("ReverseRedemption", { redemptionId: redemption.id, quantity, reason });
  }

  /** Send the same once more: a change with its own request id, so it counts once. */
  async again() {
    await (this.#sent ? this.#send() : this.#ask());
  }

  /** The redemption that the answer is about. */
  get redemption() {
    return this.#about;
  }

  /** Forget the pass and the PIN, and be ready. */
  next() {
    if (this.busy) return;
    this.#leave();
    this.answer = READY;
    this.#tell.changed();
  }

  /** Whether a change that was left without an answer was recorded. @returns {Promise<object | null>} */
  async askAfter(left) {
    const found = await this.#laurel.ask("Redemption", { requestId: left.requestId });
    this.unanswered = this.unanswered.filter((one) => one !== left);
    return found;
  }

  #given(pin) {
    const { pass, reward, quantity, occasion } = this.#wish;
    return { pass, reward: reward.code, quantity, occasion, pin };
  }

  #leave() {
    if (this.#wish && RECORDING.has(this.#sent?.document)) {
      const what = { reward: this.#wish.reward, quantity: this.#wish.quantity };
      this.unanswered.push({ requestId: this.#sent.input.requestId, what, at: new Date() });
    }
    this.#wish = this.#sent = this.#about = undefined;
  }

  #ask() {
    const { pass, reward, quantity, occasion } = this.#wish;
    return this.#wait(async () => {
      const said = await this.#laurel.ask("VerifyPass", { pass, reward: reward.code, quantity, occasion });
      this.answer = verdict(said, reward);
    }, false);
  }

  async #end(document, hold) {
    if (this.busy) return;
    if (hold !== this.#about) this.#leave();
    this.#about = hold;
    this.#wish = { reward: hold.rewardShown, quantity: hold.quantity };
    await this.#change(document, { holdId: hold.id });
  }

  async #change(document, given) {
    if (this.busy) return;
    this.#sent = newChange(document, given);
    await this.#send();
  }

  #send() {
    const sent = this.#sent;
    return this.#wait(async () => {
      const said = await this.#laurel.change(sent);
      this.answer = outcome(sent.document, said, { reward: this.#wish?.reward, before: this.#about });
      if (said.__typename === "Undetermined") return; // the same may come again
      this.#sent = undefined;
      this.#settle(sent, said);
    }, true);
  }

  #settle({ document, input }, said) {
    if (said.__typename === "Redemption") {
      this.#about = said;
      if (RECORDING.has(document)) this.here.add(said.id);
    }
    if (input.holdId !== undefined) this.holds = this.holds.filter(({ id }) => id !== input.holdId);
    if (document === "HoldReward" && said.__typename === "Hold") {
      this.#about = { ...said, rewardShown: this.#wish.reward };
      this.holds.push(this.#about);
    }
    if (this.#wish && said.__typename !== "Refused") this.#wish = { ...this.#wish, pass: undefined };
  }

  /** Be busy while something is asked; a failure is an answer, too. */
  async #wait(act, effect) {
    if (this.busy) return;
    this.busy = true;
    this.#tell.changed();
    try {
      await act();
    } catch (error) {
      if (error instanceof Unauthenticated) {
        this.#tell.revoked(effect);
        return;
      }
      this.answer = failed(error, effect);
      if (!this.answer.actions.includes("again")) this.#sent = undefined;
    } finally {
      this.busy = false;
    }
    this.#tell.changed();
  }
}
