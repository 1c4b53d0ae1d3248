// The first thing a new tablet shows: a form for the city's one-time code.

import { shown } from "../codes.js";
import { h } from "../dom.js";
import { enrol } from "../device/enrolment.js";
import { ClockSkew, EnrolmentRefused, Unavailable } from "../device/failures.js";
import { DeviceKey, newKeyPair } from "../device/key.js";
import { load, save } from "../device/store.js";

/** @param {{ t: Function, enrolled: () => void }} given @returns {HTMLElement} */
export function enrolView({ t, enrolled }) {
  const told = h("p", { role: "alert", class: "hint wrong", id: "told" });
  const code = h("input", {
    id: "code", type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", autofocus: true, required: true,
    "aria-describedby": "told",
  });
  const submit = h("button", { type: "submit", class: "primary" }, t("enrol_do"));
  const send = async (event) => {
    event.preventDefault();
    const read = shown(code.value);
    if (read.kind !== "good" || read.pass.length !== 16) {
      told.textContent = t("enrol_mistyped");
      return;
    }
    submit.disabled = true;
    submit.textContent = t("enrol_busy");
    told.textContent = "";
    try {
      await register(read.pass);
      await navigator.storage?.persist?.().catch(() => false); // or a full disk may cost the key
      enrolled();
    } catch (error) {
      told.textContent = t(...words(t, error));
      submit.disabled = false;
      submit.textContent = t("enrol_do");
      code.focus();
    }
  };
  return h("main", { class: "plain" },
    h("form", { class: "card", onsubmit: send },
      h("h1", {}, t("enrol_title")),
      h("p", {}, t("enrol_lead")),
      h("label", { for: "code", class: "label" }, t("enrol_code")),
      code, told, submit));
}

/** Make the key before the code is sent, and keep it: where an answer is lost, the same code and key get it again. */
async function register(code) {
  let pair = await load("key");
  if (pair === undefined) pair = await fresh();
  try {
    await save("device", await enrol(code, await DeviceKey.of(pair)));
  } catch (error) {
    if (!(error instanceof EnrolmentRefused) || error.code !== "key_registered") throw error;
    await save("device", await enrol(code, await DeviceKey.of(await fresh()))); // the code is still good
  }
}

async function fresh() {
  const pair = await newKeyPair();
  await save("key", pair);
  return pair;
}

function words(t, error) {
  if (error instanceof ClockSkew) return ["clock_lead", { seconds: Math.abs(error.seconds), way: t(error.seconds > 0 ? "fast" : "slow") }];
  if (error instanceof EnrolmentRefused) return [error.code === "invalid_grant" ? "enrol_bad_code" : "enrol_failed"];
  return [error instanceof Unavailable ? "enrol_no_line" : "enrol_failed"];
}
