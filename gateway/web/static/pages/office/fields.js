// The few fields that the tasks share. What names a resident or a pass is taken out of its field at once.

import { shown } from "../codes.js";
import { h } from "../dom.js";

/** A field with its label, whose text is `take`n once: afterwards it is empty. */
export function field(id, label, { hint, secret, digits, required = true } = {}) {
  const input = h("input", {
    id, type: secret ? "password" : "text", autocomplete: "off", spellcheck: "false", required,
    inputmode: digits && "numeric", maxlength: digits, "aria-describedby": hint && `${id}-hint`,
  });
  const element = h("div", {},
    h("label", { for: id, class: "label" }, label), input, hint && h("small", { id: `${id}-hint`, class: "hint" }, hint));
  const take = () => {
    const text = input.value.trim();
    input.value = "";
    return text;
  };
  return { element, input, take };
}

/** A field for a pass: what was scanned or typed, or nothing where it was mistyped, which it says. */
export function passField(t, id = "pass") {
  const own = field(id, t("pass"), { hint: t("pass_hint") });
  const told = h("small", { class: "hint wrong", role: "alert" });
  own.element.append(told);
  const take = () => {
    const read = shown(own.input.value);
    told.textContent = read.kind === "good" ? "" : t("mistyped");
    if (read.kind !== "good") {
      own.input.focus();
      return undefined;
    }
    own.input.value = "";
    return read.pass;
  };
  return { ...own, take };
}

/** Choices of which one or some are taken. @param {[string, string][]} options values and words */
export function choices(name, legend, options, { many, wide } = {}) {
  const element = h("fieldset", { class: `choices ${wide ? "sectors" : ""}` }, h("legend", {}, legend),
    ...options.map(([value, word], place) => h("label", { class: "choice" },
      h("input", { type: many ? "checkbox" : "radio", name, value, checked: !many && place === 0 }),
      h("span", {}, word))));
  const chosen = () => [...element.querySelectorAll(":checked")].map((one) => one.value);
  return { element, chosen };
}

/** A form that does one thing at a time and says what came of it, in `told`. */
export function task(t, { children, submit, act, told }) {
  const button = h("button", { type: "submit", class: "primary", "data-act": submit }, t(submit));
  const send = async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    button.textContent = t("busy");
    await act();
    button.disabled = false;
    button.textContent = t(submit);
  };
  const form = h("form", { class: "card", onsubmit: send }, ...children, h("div", { class: "actions" }, button));
  return h("div", { class: "work" }, form, told);
}
