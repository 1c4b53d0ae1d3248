// Who asked about the holder's passes: with the PIN, by a question that this phone alone can make.

import { BadInput, Unavailable } from "../device/failures.js";
import { button, h } from "../dom.js";
import { now } from "./clock.js";
import { accessLog } from "./gateway.js";
import { question } from "./live_pass.js";

/** @param {{ t: Function, pass: object, back: () => void }} given @returns {HTMLElement} */
export function logView({ t, pass, back }) {
  const told = h("p", { role: "alert", class: "hint wrong", id: "told" });
  const pin = h("input", {
    id: "pin", type: "password", inputmode: "numeric", autocomplete: "off", maxlength: 4, required: true, "aria-describedby": "told",
  });
  const found = h("div", { id: "found", class: "found", role: "status" });
  const submit = h("button", { type: "submit", class: "primary" }, t("log_do"));
  const send = async (event) => {
    event.preventDefault();
    const typed = pin.value;
    pin.value = "";
    told.textContent = "";
    submit.disabled = true;
    try {
      const looks = await accessLog(() => question(pass, Math.floor(now() / 1000)), typed);
      const list = looks.length === 0 ? h("p", {}, t("log_none")) : h("ul", { class: "looks" }, ...looks.map(line));
      found.replaceChildren(h("section", { class: "card" }, list));
    } catch (error) {
      found.replaceChildren();
      told.textContent = t(words(error));
      pin.focus();
    }
    submit.disabled = false;
  };
  return h("main", { class: "plain" },
    h("form", { class: "card", onsubmit: send },
      h("h1", {}, t("log")),
      h("p", {}, t("log_lead")),
      h("label", { for: "pin", class: "label" }, t("pin")),
      pin, told,
      h("div", { class: "actions" }, submit, button(t("back"), back, { "data-act": "back" }))),
    found);
}

function line({ day, partner }) {
  return h("li", {}, h("time", { datetime: day }, day), partner);
}

function words(error) {
  if (error instanceof BadInput) return "log_wrong";
  return error instanceof Unavailable ? "no_line" : "failed";
}
