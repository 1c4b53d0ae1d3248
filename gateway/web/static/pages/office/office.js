// The card office's page: a key or a form for a code, then one task at a time.

import { ClockSkew, Unauthenticated, Unavailable } from "../device/failures.js";
import { Registration } from "../device/registration.js";
import { Session } from "../device/session.js";
import { load, save } from "../device/store.js";
import { term } from "../device/term.js";
import { button, h } from "../dom.js";
import { enrolView } from "../enrol_view.js";
import { Frame } from "../frame.js";
import { moment, tag } from "../language.js";
import { endingNotice, message } from "../views.js";
import { denialTask, logTask } from "./holders.js";
import { issueTask, replaceTask, showHandedOver } from "./issuing.js";
import { Orders, Refused, Unknown } from "./orders.js";
import { stopTask } from "./stopping.js";
import { WORDS } from "./words.js";

const TASKS = { issue: issueTask, replace: replaceTask, stop: stopTask, denial: denialTask, log: logTask };
const FORGET_MS = 180_000; // what nobody touched for so long is gone from the screen

const registration = new Registration({ prefix: "office-", fits: ({ scopes }) => scopes.includes("office") });
const frame = new Frame({ words: WORDS, save, top: () => ({ name: device?.client_id }) });
const show = (make) => frame.show(make);
const t = (key, values) => frame.t(key, values);
let device; // what the gateway said of this machine
let desk;
let current = "issue";
let touched = Date.now();

/** A screen of the open desk: the tasks above it. */
function showWork(make) {
  show(() => [tasks(), ...notice(), h("main", {}, make())]);
  document.querySelector("main h1").focus();
}

const notice = () => endingNotice(frame.t, term(device.expires, Date.now()), showRenewal);

function tasks() {
  return h("nav", { class: "tasks", "aria-label": t("title") }, ...Object.keys(TASKS).map((task) => button(
    t(task), () => open(task), { "data-act": task, "aria-current": task === current ? "page" : null })));
}

function open(task) {
  current = task;
  for (const address of desk.papers.splice(0)) URL.revokeObjectURL(address);
  showWork(() => TASKS[task](desk));
}

function tell(given) {
  desk = undefined;
  show(() => message(t, { ...given, values: given.values?.() }));
  document.querySelector("h1").focus();
}

function showEnrolment() {
  desk = device = undefined;
  show(() => enrolView({ t, registration, enrolled: start }));
  document.getElementById("code").focus();
}

/** A new key before the old one ends. Until it is registered, the old one stays and works. */
function showRenewal() {
  show(() => enrolView({ t, registration, enrolled: start, back: () => open(current) }));
  document.getElementById("code").focus();
}

async function forgetDevice() {
  await registration.forget();
  showEnrolment();
}

/** The city does not take this machine's key any more: its time is over, or it was revoked. */
function showClosed() {
  const { kind, until } = term(device.expires, Date.now());
  const [title, lead] = kind === "ended" ? ["ended_title", "ended_lead"] : ["revoked_title", "revoked_lead"];
  const acts = [["enrol_anew", forgetDevice], ["again", () => start({ insist: true })]];
  tell({ look: "line", title, leads: [lead, "revoked_do"], acts, values: () => ({ until: moment(frame.language, until) }) });
}

/** @param {{ insist?: boolean }} given whether to ask the gateway although the key has ended by this machine's clock */
async function start({ insist } = {}) {
  const registered = await registration.load();
  if (registered === undefined) {
    showEnrolment();
    return;
  }
  device = registered.device;
  if (!insist && term(device.expires, Date.now()).kind === "ended") {
    showClosed();
    return;
  }
  tell({ title: "starting" });
  const orders = new Orders(new Session(device, registered.key), device.issuer);
  try {
    openDesk(orders, await orders.ask("programme"));
  } catch (error) {
    if (error instanceof Unauthenticated) showClosed();
    else tell(failure(error));
  }
}

function failure(error) {
  const title = error instanceof ClockSkew ? "clock_title" : error instanceof Unavailable ? "line_title" : "failed_title";
  const [lead, values] = words(error);
  return { look: "line", title, leads: [lead], values, acts: [["again", start]] };
}

function openDesk(orders, programme) {
  desk = {
    orders, programme,
    papers: [], // addresses of PDFs that are looked at
    t,
    title: (sector) => programme.sectors.find((one) => one.sector === sector)?.[frame.language] ?? sector,
    closed: (sector) => (programme.sectors.find((one) => one.sector === sector)?.needPin ?? []).map((one) => one[frame.language]).join(", "),
    day: (day) => new Intl.DateTimeFormat(tag(frame.language), { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`)),
    say,
    handOver,
    doing,
  };
  open("issue");
}

/** Do something that may fail, and say so where its answer would be. */
async function doing(told, act) {
  touched = Date.now();
  told.replaceChildren();
  try {
    await act();
  } catch (error) {
    if (error instanceof Unauthenticated) showClosed();
    else say(told, ...words(error));
  }
  told.firstElementChild?.scrollIntoView({ block: "nearest" }); // below a long form it may be out of sight
}

function say(told, word, values) {
  told.replaceChildren(h("p", { class: "card wrong", role: "alert", "data-answer": word }, t(word, values?.())));
}

function handOver(answer) {
  showWork(() => showHandedOver(desk, answer, () => open("issue")));
}

function words(error) {
  if (error instanceof ClockSkew) {
    const way = error.seconds > 0 ? "fast" : "slow";
    return ["clock_lead", () => ({ seconds: Math.abs(error.seconds), way: t(way) })];
  }
  if (error instanceof Unknown) return ["unknown"];
  if (error instanceof Refused) {
    const known = ["registryId", "pass", "reference", "pin", "sectors"];
    return [known.includes(error.argument) ? `wrong_${error.argument}` : "wrong"];
  }
  if (error instanceof Unavailable) return [error.retryAfter > 60 ? "throttled" : "no_line"];
  return ["failed"];
}

/** What nobody looks after is not left on the screen, and neither is a desk whose key has ended. */
setInterval(() => {
  if (desk === undefined) return;
  if (term(device.expires, Date.now()).kind === "ended") showClosed();
  else if (Date.now() - touched > FORGET_MS) {
    touched = Date.now();
    open(current);
  }
}, 5_000);
for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => { touched = Date.now(); });

async function boot() {
  if (!globalThis.isSecureContext) {
    show(() => message(t, { look: "notice", title: "insecure_title", leads: ["insecure_lead"] }));
    return;
  }
  frame.speak(await load("language"));
  await start();
}

boot().catch(() => show(() => message(t, { look: "line", title: "failed_title", leads: ["storage_lead"] })));
