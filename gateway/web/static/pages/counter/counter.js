// The counter page: a key or a form for a code, then the desk.

import { h } from "../dom.js";
import { BadInput, Unauthenticated } from "../device/failures.js";
import { DeviceKey } from "../device/key.js";
import { Laurel } from "../device/laurel.js";
import { Session } from "../device/session.js";
import { forget, load, save } from "../device/store.js";
import { preferred, speaking, tag } from "../words.js";
import { keepShell } from "../workers.js";
import { failed } from "./answers.js";
import { openDesk } from "./desk.js";
import { enrolView } from "./enrol_view.js";
import { Shows } from "./shows.js";
import { openToday } from "./today.js";
import { bar, message } from "./views.js";
import { Work } from "./work.js";

const HEARTBEAT_MS = 50_000; // keeps a nonce and a token fresh, so that nobody waits for either

const WHEN = { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

let language = "en";
let t = speaking(language);
let draw = () => {}; // the screen as it is, in whatever language
let opened; // the desk
let online;
let deviceName;
let counter; // what the open desk works with

function show(makeBody) {
  draw = () => {
    opened?.close();
    opened = undefined;
    const page = document.getElementById("page");
    page.replaceChildren(bar(t, { name: deviceName, online, switchLanguage, today: counter && today }), makeBody());
    document.documentElement.lang = tag(language);
    document.title = `Laurel · ${t("title")}`;
    opened?.draw();
  };
  draw();
}

async function switchLanguage() {
  language = language === "en" ? "zh" : "en";
  t = speaking(language);
  draw();
  document.querySelector("[data-act=language]").focus();
  await save("language", language);
}

function showEnrolment() {
  counter = deviceName = online = undefined;
  show(() => enrolView({ t, enrolled: start }));
  document.getElementById("code").focus();
}

function showRevoked(effect) {
  counter = online = undefined;
  document.querySelectorAll("dialog").forEach((one) => one.close());
  const leads = ["revoked_lead", "revoked_do", ...(effect ? ["revoked_unknown"] : [])];
  const acts = [["revoked_again", start], ["enrol_anew", forgetDevice]];
  show(() => message(t, { look: "line", title: "revoked_title", leads, acts }));
  document.querySelector("h1").focus();
}

async function forgetDevice() {
  await Promise.all([forget("device"), forget("key")]);
  showEnrolment();
}

async function start() {
  const [pair, device] = await Promise.all([load("key"), load("device")]);
  if (pair === undefined || device === undefined) {
    showEnrolment();
    return;
  }
  deviceName = device.client_id;
  show(() => message(t, { title: "starting" }));
  const laurel = new Laurel(new Session(device, await DeviceKey.of(pair)), device.documents);
  try {
    const [rewards, service] = [await laurel.ask("Rewards"), await laurel.ask("Service")];
    if (rewards.length === 0) show(() => message(t, { look: "notice", title: "no_rewards_title", acts: [["again", start]] }));
    else openCounter(laurel, rewards, service);
  } catch (error) {
    if (error instanceof Unauthenticated) showRevoked(false);
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

function openCounter(laurel, rewards, service) {
  const ahead = Date.parse(service.time) - Date.now();
  const form = { reward: rewards[0], quantity: 1, occasions: {} };
  const work = new Work(laurel, { changed: () => { hear(work); opened?.draw(); }, revoked: showRevoked });
  const desk = {
    laurel, rewards, form,
    shows: new Shows(laurel),
    revoked: () => showRevoked(false),
    zone: service.timeZone,
    now: () => new Date(Date.now() + ahead),
    title: (reward) => (language === "zh" ? reward.titleZh : reward.titleEn),
    titleOf: (code) => { const found = rewards.find((one) => one.code === code); return found ? desk.title(found) : code; },
    clock: (instant) => new Intl.DateTimeFormat(tag(language), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: service.timeZone }).format(new Date(instant)),
    when: (instant) => new Intl.DateTimeFormat(tag(language), { ...WHEN, timeZone: service.timeZone }).format(new Date(instant)),
    redraw: () => { draw(); opened.focus(); },
    get t() { return t; },
  };
  counter = { desk, work };
  online = true;
  show(() => {
    opened = openDesk(desk, work);
    return opened.element;
  });
  beat(counter);
}

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
  const state = document.querySelector(".line-state");
  if (state) state.replaceWith(h("p", { class: `line-state ${up ? "up" : "down"}`, role: "status" }, t(up ? "online" : "offline")));
}

async function beat(own) {
  await new Promise((wake) => { setTimeout(wake, HEARTBEAT_MS); });
  if (own !== counter) return;
  if (!document.hidden && !own.work.busy) {
    if (own.desk.form.reward.needsOccasion) own.desk.shows.refresh(own.desk.form.reward.code);
    await own.desk.laurel.ask("Service").then(() => setOnline(true), (error) => {
      if (error instanceof Unauthenticated && own === counter) showRevoked(false);
      else setOnline(false);
    });
  }
  beat(own);
}

async function boot() {
  if (!globalThis.isSecureContext) {
    t = speaking(language = preferred(navigator.languages));
    show(() => message(t, { look: "notice", title: "insecure_title", leads: ["insecure_lead"] }));
    return;
  }
  language = (await load("language")) ?? preferred(navigator.languages);
  t = speaking(language);
  keepShell().catch(() => {}); // without it the page works as well, but not without a line
  await start();
}

boot().catch(() => show(() => message(t, { look: "line", title: "failed_title", leads: ["storage_lead"] })));
