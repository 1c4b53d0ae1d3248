// The counter page: a key or a form for a code, then the desk.

import { button, h } from "../dom.js";
import { BadInput, Unauthenticated } from "../device/failures.js";
import { Laurel } from "../device/laurel.js";
import { Registration } from "../device/registration.js";
import { Session } from "../device/session.js";
import { load, save } from "../device/store.js";
import { term } from "../device/term.js";
import { enrolView } from "../enrol_view.js";
import { Frame } from "../frame.js";
import { briefly, hour, moment } from "../language.js";
import { endingNotice, message } from "../views.js";
import { WORDS } from "../words.js";
import { keepShell } from "../workers.js";
import { failed } from "./answers.js";
import { openDesk } from "./desk.js";
import { Shows } from "./shows.js";
import { openToday } from "./today.js";
import { Work } from "./work.js";

const HEARTBEAT_MS = 50_000; // keeps a nonce and a token fresh, so that nobody waits for either

const registration = new Registration({ fits: ({ scopes }) => !scopes.includes("office") });
const frame = new Frame({ words: WORDS, save, top });
const show = (make) => frame.show(make);
const t = (key, values) => frame.t(key, values);
let opened; // the desk
let online;
let device; // what the gateway said of this tablet
let counter; // what the open desk works with

function top() {
  return {
    name: device?.client_id,
    state: online === undefined ? undefined : lineState(),
    act: counter && button(t("today"), today, { "data-act": "today" }),
  };
}

function lineState() {
  return h("p", { class: `line-state ${online ? "up" : "down"}`, role: "status" }, t(online ? "online" : "offline"));
}

function showEnrolment() {
  counter = device = online = undefined;
  show(() => enrolView({ t, registration, enrolled: start }));
  document.getElementById("code").focus();
}

/** A new key before the old one ends. Until it is registered, the old one stays and works. */
function showRenewal() {
  show(() => enrolView({ t, registration, enrolled: start, back: showDesk }));
  document.getElementById("code").focus();
}

/** The city does not take this tablet's key any more: its time is over, or it was revoked. */
function showClosed(effect) {
  counter = online = undefined;
  document.querySelectorAll("dialog").forEach((one) => one.close());
  const { kind, until } = term(device.expires, Date.now());
  const [title, lead] = kind === "ended" ? ["ended_title", "ended_lead"] : ["revoked_title", "revoked_lead"];
  const leads = [lead, "revoked_do", ...(effect ? ["revoked_unknown"] : [])];
  const acts = [["enrol_anew", forgetDevice], ["revoked_again", () => start({ insist: true })]];
  show(() => message(t, { look: "line", title, leads, acts, values: { until: moment(frame.language, until) } }));
  document.querySelector("h1").focus();
}

async function forgetDevice() {
  await registration.forget();
  showEnrolment();
}

/** @param {{ insist?: boolean }} given whether to ask the gateway although the key has ended by this tablet's clock */
async function start({ insist } = {}) {
  const registered = await registration.load();
  if (registered === undefined) {
    showEnrolment();
    return;
  }
  device = registered.device;
  const before = counter?.work;
  if (!insist && term(device.expires, Date.now()).kind === "ended") {
    showClosed(false);
    return;
  }
  show(() => message(t, { title: "starting" }));
  const laurel = new Laurel(new Session(device, registered.key), device.documents);
  try {
    const [rewards, service] = [await laurel.ask("Rewards"), await laurel.ask("Service")];
    if (rewards.length === 0) show(() => message(t, { look: "notice", title: "no_rewards_title", acts: [["again", start]] }));
    else openCounter(laurel, { rewards, service, before });
  } catch (error) {
    if (error instanceof Unauthenticated) showClosed(false);
    else showFailure(error);
  }
}

/** No desk can be opened now. It says nothing about anybody's pass. */
function showFailure(error) {
  if (error instanceof BadInput) { // the ids of documents that enrolment told are no longer served
    show(() => message(t, { look: "notice", title: "outdated_title", leads: ["revoked_do"], acts: [["again", start], ["enrol_anew", forgetDevice]] }));
    return;
  }
  const { look, title, lead, values } = failed(error, false);
  const told = () => values && { ...values, way: t(values.way) };
  show(() => message(t, { look, title, leads: [lead], values: told(), acts: [["again", start]] }));
}

/** @param {object} given `before`: the work of the key that was replaced, whose holds and questions go on */
function openCounter(laurel, { rewards, service, before }) {
  const ahead = Date.parse(service.time) - Date.now();
  const form = { reward: rewards[0], quantity: 1, occasions: {} };
  const work = new Work(laurel, { changed: () => { hear(work); if (frame.shows(opened)) opened.draw(); }, revoked: showClosed });
  if (before) Object.assign(work, { holds: before.holds, here: before.here, unanswered: before.unanswered });
  const desk = {
    laurel, rewards, form, t,
    shows: new Shows(laurel),
    revoked: () => showClosed(false),
    zone: service.timeZone,
    now: () => new Date(Date.now() + ahead),
    title: (reward) => (frame.language === "zh" ? reward.titleZh : reward.titleEn),
    titleOf: (code) => { const found = rewards.find((one) => one.code === code); return found ? desk.title(found) : code; },
    clock: (instant) => hour(frame.language, new Date(instant), service.timeZone),
    when: (instant) => briefly(frame.language, new Date(instant), service.timeZone),
    redraw: () => { frame.draw(); opened.focus(); },
  };
  counter = { desk, work };
  online = true;
  showDesk();
  beat(counter);
}

function showDesk() {
  const { desk, work } = counter;
  show(() => {
    const { element, ...rest } = openDesk(desk, work);
    opened = { element: [...notice(), element], ...rest };
    return opened;
  });
}

const notice = () => endingNotice(frame.t, term(device.expires, Date.now()), showRenewal);

async function today() {
  await openToday(counter.desk, counter.work, { forget: forgetDevice });
}

/** The line is down once a call failed for it, and up once one was answered. */
function hear(work) {
  setOnline(!(work.answer.look === "line" && work.answer.title === "line_title"));
}

function setOnline(up) {
  if (up === online) return;
  online = up;
  document.querySelector(".line-state")?.replaceWith(lineState());
}

async function beat(own) {
  await new Promise((wake) => { setTimeout(wake, HEARTBEAT_MS); });
  if (own !== counter) return;
  if (!document.hidden && !own.work.busy) {
    if (term(device.expires, Date.now()).kind === "ended") {
      showClosed(false);
      return;
    }
    if (own.desk.form.reward.needsOccasion) own.desk.shows.refresh(own.desk.form.reward.code);
    await own.desk.laurel.ask("Service").then(() => setOnline(true), (error) => {
      if (error instanceof Unauthenticated && own === counter) showClosed(false);
      else setOnline(false);
    });
    tellEnding();
  }
  beat(own);
}

/** A page may be open for weeks: the notice comes while it is. */
function tellEnding() {
  if (frame.shows(opened) && !document.querySelector("[data-notice]")) document.querySelector("header").after(...notice());
}

async function boot() {
  if (!globalThis.isSecureContext) {
    show(() => message(t, { look: "notice", title: "insecure_title", leads: ["insecure_lead"] }));
    return;
  }
  frame.speak(await load("language"));
  keepShell().catch(() => {}); // without it the page works as well, but not without a line
  await start();
}

boot().catch(() => show(() => message(t, { look: "line", title: "failed_title", leads: ["storage_lead"] })));
