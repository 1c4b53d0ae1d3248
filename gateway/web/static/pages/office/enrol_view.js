// The first thing a new machine of the card office shows: a form for the city's one-time code.

import { shown } from "../codes.js";
import { enrol } from "../device/enrolment.js";
import { ClockSkew, EnrolmentRefused, Unavailable } from "../device/failures.js";
import { DeviceKey, newKeyPair } from "../device/key.js";
import { load, save } from "../device/store.js";
import { h } from "../dom.js";

export const KEY = "office-key";
export const DEVICE = "office-device"; // beside a counter's, which may run in the same browser

/** @param {{ t: Function, enrolled: () => void }} given @returns {HTMLElement} */
export function enrolView({ t, enrolled }) {
  const told = h("p", { role: "alert", class: "hint wrong", id: "told" });
  const code = h("input", {
    id: "code", type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", required: true, "aria-describedby": "told",
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
      const device = await register(read.pass);
      if (device.scopes.includes("office")) {
        enrolled();
        return;
      }
      told.textContent = t("enrol_other");
    } catch (error) {
      told.textContent = t(...words(error));
    }
    submit.disabled = false;
    submit.textContent = t("enrol_do");
    code.focus();
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
  let pair = await load(KEY);
  if (pair === undefined) pair = await fresh();
  let device;
  try {
    device = await enrol(code, await DeviceKey.of(pair));
  } catch (error) {
    if (!(error instanceof EnrolmentRefused) || error.code !== "key_registered") throw error;
    device = await enrol(code, await DeviceKey.of(await fresh())); // the code is still good
  }
  if (device.scopes.includes("office")) await save(DEVICE, device);
  return device;
}

async function fresh() {
  const pair = await newKeyPair();
  await save(KEY, pair);
  return pair;
}

function words(error) {
  if (error instanceof ClockSkew) return ["clock", { seconds: Math.abs(error.seconds) }];
  if (error instanceof EnrolmentRefused && error.code === "invalid_grant") return ["enrol_bad_code"];
  return [error instanceof Unavailable ? "no_line" : "enrol_failed"];
}
