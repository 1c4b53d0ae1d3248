// What all pages share: the bar above every screen, whole screens with a few words, and what is said of a key that ends.

import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { moment, other, tag } from "./language.js";

/** @param {Function} t @param {{ look?: string, title: string, leads?: string[], acts?: [string, () => void][], values?: object }} given */
export function message(t, { look, title, leads = [], acts = [], values }) {
  const actions = acts.map(([word, act], place) => button(t(word), act, { class: place === 0 ? "primary" : null, "data-act": word }));
  return h("main", { class: "plain" },
    h("section", { class: `card answer ${look ?? "busy"}`, "data-answer": title },
      look ? icon(look) : h("div", { class: "pulse", "aria-hidden": "true" }),
      h("h1", { tabindex: "-1" }, t(title)),
      ...leads.map((lead) => h("p", {}, t(lead, values))),
      actions.length > 0 && h("div", { class: "actions" }, ...actions)));
}

/**
 * The bar above every screen. @param {Function} t
 * @param {{ name?: string, state?: Node, act?: Node, switchLanguage: () => void }} given `name` of whose
 * machine it is; `state` of the line; one `act` beside
 */
export function bar(t, { name, state, act, switchLanguage }) {
  return h("header", { class: "bar top" },
    h("img", { src: "/pages/laurel.svg", alt: "", width: 40, height: 40 }),
    h("p", { class: "name" }, h("strong", {}, "Laurel"), " ", t("title"), name && h("span", { class: "who" }, name)),
    state, act,
    button(t("other_language"), switchLanguage, { class: "quiet", "data-act": "language", lang: tag(other(t.language)) }));
}

/** @param {(key: string, values?: object) => string} t @param {{ kind: string, until: Date }} term of the machine's key
 * @param {() => void} renew @returns {HTMLElement[]} what is said in good time above the work, or nothing */
export function endingNotice(t, { kind, until }, renew) {
  if (kind !== "ending") return [];
  return [h("aside", { class: "notice-strip", "data-notice": "ending", "aria-label": t("ending_title") },
    icon("notice"), h("p", {}, t("ending_lead", { until: moment(t.language, until) })),
    button(t("ending_do"), renew, { "data-act": "renew" }))];
}
