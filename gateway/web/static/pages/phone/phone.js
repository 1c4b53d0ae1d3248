// The phone page: a form for the card office's code, then the pass, and who asked about it.

import { button, h } from "../dom.js";
import { keepPhoneShell } from "../workers.js";
import { logView } from "./log_view.js";
import { pairView } from "./pair_view.js";
import { showView } from "./show_view.js";
import { forget, load, save } from "./store.js";
import { speaking } from "./words.js";

const TAGS = { en: "en", zh: "zh-Hans" };

let language = "en";
let t = speaking(language);
let draw = () => {}; // the screen as it is, in whatever language
let passes = [];
let opened; // the pass that is shown

function show(makeBody) {
  draw = () => {
    opened?.close();
    opened = undefined;
    document.getElementById("page").replaceChildren(bar(), makeBody());
    document.documentElement.lang = TAGS[language];
    document.title = `Laurel · ${t("title")}`;
  };
  draw();
}

function bar() {
  const other = { lang: language === "en" ? "zh-Hans" : "en" };
  return h("header", { class: "bar top" },
    h("img", { src: "/pages/laurel.svg", alt: "", width: 40, height: 40 }),
    h("p", { class: "name" }, h("strong", {}, "Laurel"), " ", t("title")),
    button(t("other_language"), switchLanguage, { class: "quiet", "data-act": "language", ...other }));
}

async function switchLanguage() {
  language = language === "en" ? "zh" : "en";
  t = speaking(language);
  draw();
  document.querySelector("[data-act=language]").focus();
  await save("language", language);
}

function showPairing() {
  show(() => pairView({ t, paired }));
  document.getElementById("code").focus();
}

async function paired(kept) {
  passes = kept;
  await save("passes", passes);
  showPass();
}

function showPass() {
  show(() => {
    opened = showView({ t, passes, language, log: showLog, remove: askRemoval });
    return opened.element;
  });
  document.querySelector("h1").focus();
}

function showLog(pass) {
  show(() => logView({ t, pass, back: showPass }));
  document.getElementById("pin").focus();
}

function askRemoval() {
  show(() => h("main", { class: "plain" },
    h("section", { class: "card" },
      h("h1", { tabindex: "-1" }, t("remove")),
      h("p", {}, t("remove_sure")),
      h("div", { class: "actions" },
        button(t("cancel"), showPass, { class: "primary", "data-act": "cancel" }),
        button(t("remove_do"), remove, { class: "danger", "data-act": "remove-do" })))));
  document.querySelector("h1").focus();
}

async function remove() {
  await forget("passes");
  passes = [];
  showPairing();
}

async function boot() {
  const wanted = navigator.languages[0]?.toLowerCase().startsWith("zh") ? "zh" : "en";
  if (!globalThis.isSecureContext) {
    t = speaking(language = wanted);
    show(() => h("main", { class: "plain" }, h("h1", {}, t("insecure"))));
    return;
  }
  language = (await load("language")) ?? wanted;
  t = speaking(language);
  passes = (await load("passes")) ?? [];
  keepPhoneShell().catch(() => {}); // without it the page works as well, but not without a line
  if (passes.length > 0) showPass();
  else showPairing();
}

boot();
