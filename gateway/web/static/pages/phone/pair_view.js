// The first thing a phone shows: a form for the card office's code.

import { shown } from "../codes.js";
import { unused } from "../device/encoding.js";
import { BadInput, Unavailable } from "../device/failures.js";
import { h } from "../dom.js";
import { pair } from "./gateway.js";
import { keep } from "./live_pass.js";

/** @param {{ t: Function, paired: (passes: object[]) => void }} given @returns {HTMLElement} */
export function pairView({ t, paired }) {
  const told = h("p", { role: "alert", class: "hint wrong", id: "told" });
  const code = h("input", {
    id: "code", class: "code-field", type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", required: true, "aria-describedby": "told",
  });
  const submit = h("button", { type: "submit", class: "primary" }, t("pair_do"));
  const names = new Map(); // what this phone calls itself, for each code: an answer that was lost is asked for again
  const send = async (event) => {
    event.preventDefault();
    const read = shown(code.value);
    if (read.kind !== "good" || read.pass.length !== 16) {
      told.textContent = t("pair_mistyped");
      code.select(); // so that what is typed next takes its place
      return;
    }
    submit.disabled = true;
    submit.textContent = t("pair_busy");
    told.textContent = "";
    if (!names.has(read.pass)) names.set(read.pass, unused());
    try {
      const passes = await pair(read.pass, names.get(read.pass));
      code.value = "";
      paired(await Promise.all(passes.map(keep)));
    } catch (error) {
      told.textContent = t(words(error));
      submit.disabled = false;
      submit.textContent = t("pair_do");
      code.select();
    }
  };
  return h("main", { class: "plain" },
    h("form", { class: "card", onsubmit: send },
      h("h1", {}, t("pair_title")),
      h("p", {}, t("pair_lead")),
      h("label", { for: "code", class: "label" }, t("pair_code")),
      code, told, submit));
}

function words(error) {
  if (error instanceof BadInput) return "pair_bad";
  return error instanceof Unavailable ? "no_line" : "failed";
}
