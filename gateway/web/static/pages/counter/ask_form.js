// What the clerk asks: which reward, how many, for which show, with which pass.

import { shown } from "../codes.js";
import { button, h } from "../dom.js";
import { askCamera, stepper } from "./dialogs.js";
import { showField } from "./show_field.js";

const CODE_LENGTH = 16;

/**
 * @param {object} desk words `t`, the rewards, `title` of one, the `shows`, `form` that outlives a change of the language
 * @param {(text: string) => void} submit with the text of the pass
 * @returns {{ element: HTMLElement, pass: HTMLInputElement }}
 */
export function askForm(desk, submit) {
  const { t, rewards, title, form } = desk;
  const details = h("div", { class: "details" });
  const hint = h("p", { id: "pass-hint", class: "hint", "aria-live": "polite" }, t("pass_hint"));
  const pass = h("input", {
    id: "pass", type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", enterkeyhint: "go",
    "aria-describedby": "pass-hint", oninput: () => tell(t, pass, hint),
  });
  const scan = async () => {
    const text = await askCamera(t);
    if (text) submit(text);
    else if (text === null) hint.textContent = t("camera_none");
  };
  const choose = (reward) => {
    form.reward = reward;
    form.quantity = Math.min(form.quantity, reward.quota.count);
    details.replaceChildren(...detailsOf(desk, reward));
  };
  choose(form.reward);
  const element = h("form", { class: "card ask", novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    submit(pass.value);
  } },
  rewards.length > 1 ? rewardChoices({ t, title, form }, rewards, choose) : h("p", { class: "only" }, h("span", { class: "label" }, t("reward")), title(rewards[0])),
  details,
  h("label", { for: "pass", class: "label" }, t("pass")),
  h("div", { class: "field" }, pass, button(t("camera"), scan, { class: "camera" })),
  hint,
  h("button", { type: "submit", class: "primary" }, t("check")));
  return { element, pass };
}

function rewardChoices({ t, title, form }, rewards, choose) {
  return h("fieldset", { class: "choices rewards" }, h("legend", { class: "label" }, t("reward")), ...rewards.map((reward) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "reward", value: reward.code, checked: reward === form.reward, onchange: () => choose(reward) }),
    h("span", {}, title(reward)))));
}

/** What one reward needs to be asked besides. */
function detailsOf(desk, reward) {
  const { t, form } = desk;
  const count = reward.quota.count > 1 && h("div", {},
    h("p", { class: "label" }, t("quantity")),
    stepper(t, { label: t("quantity"), value: form.quantity, most: reward.quota.count, changed: (value) => { form.quantity = value; } }));
  return [reward.needsOccasion && showField(desk, reward), count].filter(Boolean);
}

/** Say at once what is wrong with what was typed so far. */
function tell(t, pass, hint) {
  const { kind } = shown(pass.value);
  const typed = pass.value.replace(/[\s-]/g, "").length;
  const texts = { none: ["pass_hint"], partial: ["pass_partial", { left: CODE_LENGTH - typed }], mistyped: ["pass_mistyped"], foreign: ["pass_foreign"], good: ["pass_good"] };
  const wrong = kind === "mistyped" || kind === "foreign";
  hint.textContent = t(...texts[kind]);
  hint.classList.toggle("wrong", wrong);
  pass.setAttribute("aria-invalid", String(wrong));
}
