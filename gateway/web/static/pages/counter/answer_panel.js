// One large answer: a shape, a colour, words, and what can be done now.

import { button, h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param {object} desk words `t`, the reward's `title`, the `clock` for times
 * @param {import("./work.js").Work} work
 * @param {Record<string, () => void>} acts by the actions' names
 * @returns {HTMLElement}
 */
export function answerPanel({ t, title, clock }, work, acts) {
  const { answer, busy, wish } = work;
  if (busy) return waiting(t);
  const what = wish && `${title(wish.reward)} × ${wish.quantity}`;
  const values = { ...answer.values, what, until: answer.values?.expiresAt && clock(answer.values.expiresAt) };
  if (values.way) values.way = t(values.way);
  const actions = answer.actions.map((name, place) => button(t(name), acts[name], { class: place === 0 ? "primary" : null, "data-act": name }));
  return h("section", { class: `answer ${answer.look}`, "data-answer": answer.title },
    icon(answer.look),
    h("h2", { tabindex: "-1" }, t(answer.title)),
    what && answer.actions.length > 0 && h("p", { class: "what" }, what),
    answer.lead && h("p", {}, t(answer.lead, values)),
    answer.reference && h("p", { class: "reference" }, answer.reference),
    answer.note && h("p", { class: "note" }, t(answer.note)),
    actions.length > 0 && h("div", { class: "actions" }, ...actions));
}

const PATIENCE_MS = 1500;

/** Neither a yes nor a no: said so again where it takes long. */
function waiting(t) {
  const words = h("h2", { tabindex: "-1" }, t("busy"));
  setTimeout(() => { words.textContent = t("still"); }, PATIENCE_MS);
  return h("section", { class: "answer busy", "aria-busy": "true", "data-answer": "busy" }, h("div", { class: "pulse", "aria-hidden": "true" }), words);
}
