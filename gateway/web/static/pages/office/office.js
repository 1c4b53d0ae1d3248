// The card office's page: a key or a form for a code, then one task at a time.

import { ClockSkew, Unauthenticated, Unavailable } from "../device/failures.js";
import { DeviceKey } from "../device/key.js";
import { Session } from "../device/session.js";
import { forget, load, save } from "../device/store.js";
import { button, h } from "../dom.js";
import { DEVICE, enrolView, KEY } from "./enrol_view.js";
import { denialTask, logTask } from "./holders.js";
import { issueTask, replaceTask, showHandedOver } from "./issuing.js";
import { Orders, Refused, Unknown } from "./orders.js";
import { stopTask } from "./stopping.js";
import { speaking } from "./words.js";

const TAGS = { en: "en", zh: "zh-Hans" };
const TASKS = { issue: issueTask, replace: replaceTask, stop: stopTask, denial: denialTask, log: logTask };
const FORGET_MS = 180_000; // what nobody touched for so long is gone from the screen

let language = "en";
let t = speaking(language);
let draw = () => {}; // the screen as it is, in whatever language
let name; // of the office
let desk;
let current = "issue";
let touched = Date.now();

function show(makeBody) {
  draw = () => {
    document.getElementById("page").replaceChildren(bar(), desk ? tasks() : "", makeBody());
    document.documentElement.lang = TAGS[language];
    document.title = `Laurel · ${t("title")}`;
  };
  draw();
}

function bar() {
  const other = { lang: language === "en" ? "zh-Hans" : "en" };
  return h("header", { class: "bar top" },
    h("img", { src: "/pages/laurel.svg", alt: "", width: 40, height: 40 }),
    h("p", { class: "name" }, h("strong", {}, "Laurel"), " ", t("title"), name && h("span", { class: "who" }, name)),
    button(t("other_language"), switchLanguage, { class: "quiet", "data-act": "language", ...other }));
}

function tasks() {
  return h("nav", { class: "tasks", "aria-label": t("title") }, ...Object.keys(TASKS).map((task) => button(
    t(task), () => open(task), { "data-act": task, "aria-current": task === current ? "page" : null })));
}

function open(task) {
  current = task;
  for (const address of desk.papers.splice(0)) URL.revokeObjectURL(address);
  show(() => h("main", {}, TASKS[task](desk)));
  document.querySelector("main h1").focus();
}

async function switchLanguage() {
  language = language === "en" ? "zh" : "en";
  t = speaking(language);
  draw();
  document.querySelector("[data-act=language]").focus();
  await save("language", language);
}

function message(title, lead, acts) {
  desk = undefined;
  show(() => h("main", { class: "plain" }, h("section", { class: "card", "data-answer": title },
    h("h1", { tabindex: "-1" }, t(title)), lead && h("p", {}, t(...lead)),
    acts && h("div", { class: "actions" }, ...acts.map(([word, act]) => button(t(word), act, { "data-act": word }))))));
  document.querySelector("h1").focus();
}

function showEnrolment() {
  desk = name = undefined;
  show(() => enrolView({ t, enrolled: start }));
  document.getElementById("code").focus();
}

async function forgetDevice() {
  await Promise.all([forget(DEVICE), forget(KEY)]);
  showEnrolment();
}

const showEnded = () => message("ended_title", ["ended_lead"], [["again", start], ["enrol_anew", forgetDevice]]);

async function start() {
  const [pair, device] = await Promise.all([load(KEY), load(DEVICE)]);
  if (pair === undefined || device === undefined) {
    showEnrolment();
    return;
  }
  name = device.client_id;
  message("starting");
  const orders = new Orders(new Session(device, await DeviceKey.of(pair)), device.issuer);
  try {
    const programme = await orders.ask("programme");
    openDesk(orders, programme);
  } catch (error) {
    if (error instanceof Unauthenticated) showEnded();
    else message("failed", words(error), [["again", start]]);
  }
}

function openDesk(orders, programme) {
  desk = {
    orders, programme,
    papers: [], // addresses of PDFs that are looked at
    get t() { return t; },
    title: (sector) => programme.sectors.find((one) => one.sector === sector)?.[language] ?? sector,
    closed: (sector) => (programme.sectors.find((one) => one.sector === sector)?.needPin ?? []).map((one) => one[language]).join(", "),
    day: (day) => new Intl.DateTimeFormat(TAGS[language], { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`)),
    say: (told, word) => told.replaceChildren(h("p", { class: "card wrong", role: "alert", "data-answer": word }, t(word))),
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
    if (error instanceof Unauthenticated) showEnded();
    else told.replaceChildren(h("p", { class: "card wrong", role: "alert", "data-answer": words(error)[0] }, t(...words(error))));
  }
}

function handOver(answer) {
  show(() => h("main", {}, showHandedOver(desk, answer, () => open("issue"))));
  document.querySelector("main h1").focus();
}

function words(error) {
  if (error instanceof ClockSkew) return ["clock", { seconds: Math.abs(error.seconds) }];
  if (error instanceof Unknown) return ["unknown"];
  if (error instanceof Refused) {
    const known = ["registryId", "pass", "reference", "pin", "sectors"];
    return [known.includes(error.argument) ? `wrong_${error.argument}` : "wrong"];
  }
  if (error instanceof Unavailable) return [error.retryAfter > 60 ? "throttled" : "no_line"];
  return ["failed"];
}

/** What nobody looks after is not left on the screen. */
setInterval(() => {
  if (desk !== undefined && Date.now() - touched > FORGET_MS) {
    touched = Date.now();
    open(current);
  }
}, 5_000);
for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => { touched = Date.now(); });

async function boot() {
  const wanted = navigator.languages[0]?.toLowerCase().startsWith("zh") ? "zh" : "en";
  if (!globalThis.isSecureContext) {
    t = speaking(language = wanted);
    show(() => h("main", { class: "plain" }, h("h1", {}, t("insecure"))));
    return;
  }
  language = (await load("language")) ?? wanted;
  t = speaking(language);
  await start();
}

boot();
