// The pass: a code that is new every half minute, made here, with or without a line.

import { term } from "../device/term.js";
import { button, h } from "../dom.js";
import { moment, span } from "../language.js";
import { qrCode } from "../qr_code.js";
import { ahead, ask, now as rightNow } from "./clock.js";
import { showing } from "./live_pass.js";

const NEW_MS = 30_000; // a showing is good for 60 s: whoever scans it has half of that at least

/**
 * @param {{ t: Function, passes: object[], language: "en" | "zh", log: (pass: object) => void, remove: () => void }} given
 * @returns {{ element: HTMLElement, close: () => void }}
 */
export function showView({ t, passes, language, log, remove }) {
  let pass = passes[0];
  let madeAt = 0;
  const place = h("div", { class: "code" });
  const left = h("p", { class: "left" });
  const bar = h("progress", { max: NEW_MS / 1000, "aria-hidden": "true" });
  const ends = h("p", { class: "ends", role: "status" });
  const clock = h("p", { class: "ends", role: "status", "data-told": "clock" });
  const next = button(t("show_next"), () => draw(), { "data-act": "next" });

  const draw = async () => {
    const own = pass;
    const now = rightNow();
    const off = ahead();
    madeAt = now;
    clock.textContent = off === 0 ? "" : t("show_clock", { by: span(language, Math.abs(off)), way: t(off > 0 ? "fast" : "slow") });
    const { kind, until } = term(own.ends * 1000, now);
    ends.textContent = kind === "ending" ? t("show_ending", { until: moment(language, until) }) : "";
    for (const one of [left, bar, next]) one.hidden = kind === "ended";
    if (kind === "ended") {
      place.replaceChildren(h("p", { role: "alert", class: "wrong" }, t("show_ended")));
      return;
    }
    const text = await showing(own, Math.floor(now / 1000));
    if (own === pass && madeAt === now) place.replaceChildren(qrCode(text, t("show_label", { sector: own[language] })));
  };
  const asked = () => {
    const before = ahead();
    return ask().then(() => { if (ahead() !== before) draw(); });
  };
  const seen = () => {
    if (!document.hidden) asked();
    tick();
  };
  const tick = () => {
    if (document.hidden) {
      place.replaceChildren(); // what nobody looks at is not there
      madeAt = 0;
      return;
    }
    const passed = rightNow() - madeAt;
    if (passed >= NEW_MS || passed < 0) {
      draw();
      asked();
    }
    const seconds = Math.max(0, Math.ceil((NEW_MS - (rightNow() - madeAt)) / 1000));
    left.textContent = t("show_left", { seconds });
    bar.value = seconds;
  };
  const choose = (chosen) => {
    pass = chosen;
    draw();
  };
  const timer = setInterval(tick, 500);
  document.addEventListener("visibilitychange", seen);
  globalThis.addEventListener("online", asked);
  seen();
  const element = h("main", { class: "show" },
    h("h1", { tabindex: "-1" }, t("show_title")),
    passes.length > 1 && which(t, passes, language, choose),
    place, left, bar, ends, clock,
    h("div", { class: "actions" },
      next,
      button(t("log"), () => log(pass), { "data-act": "log" }),
      button(t("remove"), remove, { class: "quiet", "data-act": "remove" })));
  return {
    element,
    close: () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
      globalThis.removeEventListener("online", asked);
    },
  };
}

function which(t, passes, language, choose) {
  const choices = passes.map((pass, place) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "pass", checked: place === 0, onchange: () => choose(pass) }),
    h("span", {}, pass[language])));
  return h("fieldset", { class: "choices" }, h("legend", {}, t("which")), ...choices);
}
