// The first thing a new machine shows, and one whose key ends soon: a form for the city's one-time code.

import { shown } from "./codes.js";
import { ClockSkew, EnrolmentRefused, Unavailable } from "./device/failures.js";
import { button, h } from "./dom.js";

const CODE_LENGTH = 16;

/**
 * @param {object} given
 * @param {Function} given.t the page's words
 * @param {import("./device/registration.js").Registration} given.registration
 * @param {() => void} given.enrolled
 * @param {() => void} [given.back] where there is a key that still works
 * @returns {HTMLElement}
 */
export function enrolView({ t, registration, enrolled, back }) {
  const told = h("p", { role: "alert", class: "hint wrong", id: "told" });
  const code = h("input", {
    id: "code", class: "code-field", type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
    enterkeyhint: "done", required: true, "aria-describedby": "told",
  });
  const submit = h("button", { type: "submit", class: "primary" }, t("enrol_do"));
  const say = (key, values) => {
    told.textContent = t(key, values);
    code.setAttribute("aria-invalid", "true");
    code.select(); // so that what is typed next takes its place
  };
  const send = async (event) => {
    event.preventDefault();
    const read = shown(code.value);
    if (read.kind !== "good" || read.pass.length !== CODE_LENGTH) {
      say("enrol_mistyped");
      return;
    }
    submit.disabled = true;
    submit.textContent = t("enrol_busy");
    told.textContent = "";
    code.setAttribute("aria-invalid", "false");
    const problem = await registration.register(read.pass).then((fits) => (fits ? undefined : ["enrol_other"]), (error) => words(t, error));
    if (problem === undefined) {
      enrolled();
      return;
    }
    submit.disabled = false;
    submit.textContent = t("enrol_do");
    say(...problem);
  };
  return h("main", { class: "plain" },
    h("form", { class: "card", novalidate: true, onsubmit: send },
      h("h1", {}, t("enrol_title")),
      h("p", {}, t("enrol_lead")),
      h("div", {}, h("label", { for: "code", class: "label" }, t("enrol_code")), code, told),
      h("div", { class: "actions" }, submit, back && button(t("enrol_later"), back, { "data-act": "later" }))));
}

function words(t, error) {
  if (error instanceof ClockSkew) return ["clock_lead", { seconds: Math.abs(error.seconds), way: t(error.seconds > 0 ? "fast" : "slow") }];
  if (error instanceof EnrolmentRefused && error.code === "invalid_grant") return ["enrol_bad_code"];
  return [error instanceof Unavailable ? "enrol_no_line" : "enrol_failed"];
}
