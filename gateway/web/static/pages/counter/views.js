// Whole screens with a few words: before a desk is open, and after it was closed.

import { button, h } from "../dom.js";
import { icon } from "../icons.js";

/** @param {Function} t @param {{ look?: string, title: string, leads?: string[], acts?: [string, () => void][], values?: object }} given */
export function message(t, { look, title, leads = [], acts = [], values }) {
  const actions = acts.map(([word, act], place) => button(t(word), act, { class: place === 0 ? "primary" : null, "data-act": word }));
  return h("main", { class: "plain" },
    h("section", { class: `card answer ${look ?? "busy"}`, "data-answer": title },
      look && icon(look),
      h("h1", { tabindex: "-1" }, t(title)),
      ...leads.map((lead) => h("p", {}, t(lead, values))),
      actions.length > 0 && h("div", { class: "actions" }, ...actions)));
}

/** The bar above every screen. */
export function bar(t, { name, online, switchLanguage, today }) {
  const other = { lang: t("title") === "Counter" ? "zh-Hans" : "en" };
  return h("header", { class: "bar top" },
    h("img", { src: "/pages/laurel.svg", alt: "", width: 40, height: 40 }),
    h("p", { class: "name" }, h("strong", {}, "Laurel"), " ", t("title"), name && h("span", { class: "who" }, name)),
    online !== undefined && h("p", { class: `line-state ${online ? "up" : "down"}`, role: "status" }, t(online ? "online" : "offline")),
    today && button(t("today"), today, { "data-act": "today" }),
    button(t("other_language"), switchLanguage, { class: "quiet", "data-act": "language", ...other }));
}
