// The open desk: the form on one side, the answer on the other.

import { shown } from "../codes.js";
import { h } from "../dom.js";
import { answerPanel } from "./answer_panel.js";
import { FOREIGN, MISTYPED, NO_SHOW } from "./answers.js";
import { askForm } from "./ask_form.js";
import { askUndo } from "./dialogs.js";
import { askPin } from "./pin_pad.js";

const BESIDE = matchMedia("(min-width: 56rem)"); // the answer is beside the form, and in sight: counter.css
const OCCASION = /^[A-Za-z0-9._:-]{1,64}$/;
const GONE = new Set(["UNKNOWN_OCCASION", "SOLD_OUT"]); // answers after which the list of shows is old
const FORGET_MS = 120_000; // a pass and an answer that nobody touched for so long are gone

/**
 * @param {object} desk words, rewards and what the form holds
 * @param {import("./work.js").Work} work
 * @returns {{ element: HTMLElement, draw: () => void, close: () => void }}
 */
export function openDesk(desk, work) {
  const { t, form } = desk;
  const place = h("div", { class: "place" });
  const ask = askForm(desk, submit);
  let forgetting;
  let told; // the answer that was drawn last

  function submit(text) {
    const read = shown(text);
    if (read.kind === "none") ask.pass.focus();
    else if (read.kind === "foreign") work.say(FOREIGN);
    else if (read.kind !== "good") work.say(MISTYPED);
    else if (form.reward.needsOccasion && !OCCASION.test(form.occasions[form.reward.code] ?? "")) {
      work.say(NO_SHOW);
      ask.element.querySelector("#occasion").focus();
    } else {
      clear();
      const occasion = form.reward.needsOccasion ? form.occasions[form.reward.code] : undefined;
      work.check({ pass: read.pass, reward: form.reward, quantity: form.quantity, occasion });
    }
  }

  const clear = () => {
    ask.pass.value = "";
    ask.pass.dispatchEvent(new Event("input"));
  };
  const next = () => {
    clear();
    form.quantity = 1;
    work.next();
    desk.redraw();
  };
  const withPin = async (act) => {
    if (!work.wish.reward.needsPin) return act();
    const pin = await askPin(t);
    return pin === undefined ? undefined : act(pin);
  };
  const undo = async () => {
    const how = await askUndo(t, work.redemption);
    if (how) work.undo(how);
  };
  const acts = {
    redeem: () => withPin((pin) => work.redeem(pin)),
    pin: () => withPin((pin) => work.redeem(pin)),
    hold: () => withPin((pin) => work.hold(pin)),
    confirm: () => work.confirm(),
    release: () => work.release(),
    undo,
    again: () => work.again(),
    next,
  };

  /** Show the answer as it is now, and lead a keyboard or a screen reader to it. */
  function draw() {
    place.replaceChildren(answerPanel(desk, work, acts));
    if (GONE.has(work.answer.lead) && work.answer !== told) desk.shows.renew(form.reward.code);
    told = work.answer;
    for (const one of ask.element.querySelectorAll("button, input, select")) one.inert = work.busy;
    clearTimeout(forgetting);
    if (work.busy) return;
    if (work.answer.actions.length > 0) {
      place.querySelector("h2").focus({ preventScroll: true });
      if (!BESIDE.matches) place.scrollIntoView({ block: "nearest" });
      forgetting = setTimeout(() => { if (!document.querySelector("dialog[open]")) next(); }, FORGET_MS);
    } else ask.pass.focus();
    performance.clearMarks("laurel-answer");
    performance.mark("laurel-answer"); // when it stood there; it names nothing
  }

  document.addEventListener("keydown", toPass);
  /** What a scanner types goes into the field for the pass, wherever the focus is: the next customer begins. */
  function toPass(event) {
    const elsewhere = event.target.closest?.("input:not([type=radio]), dialog");
    const types = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (elsewhere || !types || work.busy) return;
    clear();
    ask.pass.focus();
  }

  const element = h("main", { class: "desk" }, h("h1", { class: "unseen" }, t("title")), ask.element, place);
  const close = () => {
    clearTimeout(forgetting);
    document.removeEventListener("keydown", toPass);
  };
  return { element, draw, close, focus: () => ask.pass.focus() };
}
