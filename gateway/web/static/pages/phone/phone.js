// The phone page: a form for the card office's code, then the pass, and who asked about it.

import { button, h } from "../dom.js";
import { Frame } from "../frame.js";
import { message } from "../views.js";
import { keepPhoneShell } from "../workers.js";
import { logView } from "./log_view.js";
import { pairView } from "./pair_view.js";
import { showView } from "./show_view.js";
import { forget, load, save } from "./store.js";
import { WORDS } from "./words.js";

const frame = new Frame({ words: WORDS, save });
const show = (make) => frame.show(make);
const t = (key, values) => frame.t(key, values);
let passes = [];

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
  show(() => showView({ t, passes, language: frame.language, log: showLog, remove: askRemoval }));
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
  if (!globalThis.isSecureContext) {
    show(() => message(t, { look: "notice", title: "insecure_title", leads: ["insecure_lead"] }));
    return;
  }
  frame.speak(await load("language"));
  passes = (await load("passes")) ?? [];
  keepPhoneShell().catch(() => {}); // without it the page works as well, but not without a line
  if (passes.length > 0) showPass();
  else showPairing();
}

boot().catch(() => show(() => message(t, { look: "line", title: "failed_title", leads: ["storage_lead"] })));
