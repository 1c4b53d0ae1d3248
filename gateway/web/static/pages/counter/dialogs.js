// Questions that have to be answered before anything else: how much is taken back and why, the camera's picture.

import { button, h } from "../dom.js";
import { scan } from "./camera.js";

/**
 * Open a dialog and wait for its end. Escape, and its own buttons, end it.
 * @template T
 * @param {(end: (value?: T) => void) => (Node | false)[]} fill
 * @param {Record<string, any>} given the dialog's attributes
 * @returns {Promise<T | undefined>}
 */
export function ask(fill, given) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    let answer;
    const dialog = h("dialog", given);
    const end = (value) => {
      answer = value;
      dialog.close();
    };
    dialog.append(...fill(end).filter(Boolean));
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before?.isConnected) before.focus();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A number between two buttons. @param {(key: string) => string} t */
export function stepper(t, { label, value, most, changed }) {
  const shown = h("output", { class: "number", "aria-live": "polite", "aria-label": label }, String(value));
  const fewer = button("−", () => step(-1), { class: "step", "aria-label": t("fewer") });
  const more = button("+", () => step(1), { class: "step", "aria-label": t("more") });
  const step = (by) => {
    value = Math.min(most, Math.max(1, value + by));
    shown.textContent = String(value);
    fewer.disabled = value <= 1;
    more.disabled = value >= most;
    changed(value);
  };
  step(0);
  return h("div", { class: "stepper", role: "group", "aria-label": label }, fewer, shown, more);
}

const WHY = ["MISTAKE", "RETURNED", "SALE_FAILED"];

/** @returns {Promise<{ quantity: number, reason: string } | undefined>} */
export function askUndo(t, redemption) {
  const left = redemption.quantity - redemption.reversedQuantity;
  const how = { quantity: left, reason: WHY[0] };
  return ask((end) => [
    h("h2", { id: "dialog-title" }, t("undo_title")),
    left > 1 && h("p", { class: "label" }, t("undo_how_many")),
    left > 1 && stepper(t, { label: t("undo_how_many"), value: left, most: left, changed: (value) => { how.quantity = value; } }),
    h("fieldset", { class: "choices" }, h("legend", {}, t("undo_why")), ...WHY.map((reason) => h("label", { class: "choice" },
      h("input", { type: "radio", name: "why", value: reason, checked: reason === how.reason, onchange: () => { how.reason = reason; } }),
      h("span", {}, t(reason))))),
    h("div", { class: "actions" },
      button(t("undo_do"), () => end(how), { class: "primary" }),
      button(t("cancel"), () => end())),
  ], { class: "card", "aria-labelledby": "dialog-title" });
}

/** @returns {Promise<string | null | undefined>} what was scanned; null where there is no camera */
export async function askCamera(t) {
  const ended = new AbortController();
  const text = await ask((end) => {
    const video = h("video", { playsinline: true, "aria-label": t("camera_title") });
    video.muted = true;
    scan(video, ended.signal).then((found) => found && end(found), () => end(null));
    return [
      h("h2", { id: "dialog-title" }, t("camera_title")),
      video,
      h("div", { class: "actions" }, button(t("camera_close"), () => end())),
    ];
  }, { class: "card camera", "aria-labelledby": "dialog-title" });
  ended.abort();
  return text;
}
