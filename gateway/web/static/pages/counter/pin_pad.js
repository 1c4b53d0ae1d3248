// The resident's turn: four digits, by touch or by keys. They are in this closure alone and never in the page.

import { button, h } from "../dom.js";
import { scanSpotter } from "../scanner.js";
import { ask } from "./dialogs.js";

const LENGTH = 4;

/** @returns {Promise<string | undefined>} the PIN, or nothing where it was cancelled */
export function askPin(t) {
  return ask((end) => {
    let digits = "";
    const dots = h("p", { class: "dots", role: "status" });
    const done = button(t("done"), () => finish(), { class: "primary" });
    const show = () => {
      dots.replaceChildren(
        ...Array.from({ length: LENGTH }, (_, place) => h("span", { class: place < digits.length ? "dot full" : "dot", "aria-hidden": "true" })),
        h("span", { class: "unseen" }, t("pin_typed", { count: digits.length })),
      );
      done.disabled = digits.length < LENGTH;
    };
    const type = (digit) => {
      if (digits.length < LENGTH) digits += digit;
      show();
    };
    const clear = () => {
      digits = "";
      show();
    };
    const finish = () => {
      if (digits.length === LENGTH) end(digits);
    };
    const keys = [..."123456789"].map((digit) => key(t, digit, type));
    const pad = h("div", { class: "pad" }, ...keys, button(t("pin_clear"), clear), key(t, "0", type), done);
    const scanned = scanSpotter();
    const typed = (event) => {
      if (scanned(event) || event.key === "Backspace") clear();
      else if (/^[0-9]$/.test(event.key)) type(event.key);
      else if (event.key !== "Enter" || event.target.closest?.(".pad button, .actions button")) return;
      else finish();
      event.preventDefault();
    };
    show();
    return [
      h("div", { class: "resident", tabindex: "-1", autofocus: true, onkeydown: typed },
        h("h2", { id: "dialog-title" }, t("pin_title")),
        h("p", {}, t("pin_lead")),
        dots,
        pad,
        h("div", { class: "actions" }, button(t("cancel"), () => end()))),
    ];
  }, { class: "card pin", "aria-labelledby": "dialog-title" });
}

function key(t, digit, type) {
  return button(digit, () => type(digit), { class: "digit", "aria-label": t("pin_digit", { digit }) });
}
