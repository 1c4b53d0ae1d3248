// What a resident may hear with the pass and its PIN: why it was denied, and who asked.

import { button, h } from "../dom.js";
import { field, passField, task } from "./fields.js";

function passAndPin(t) {
  return [passField(t), field("pin", t("pin"), { secret: true, digits: 4 })];
}

/** @returns {HTMLElement} */
export function denialTask(desk) {
  const { t, orders } = desk;
  const told = h("div", { role: "status" });
  const [pass, pin] = passAndPin(t);
  const reference = field("reference", t("reference"));
  const act = () => desk.doing(told, async () => {
    const shown = pass.take();
    if (shown === undefined) return;
    const { zh, en } = await orders.ask("denial", { pass: shown, pin: pin.take(), reference: reference.take() });
    told.replaceChildren(h("section", { class: "card", "data-answer": "denial" },
      h("p", { class: "told", lang: "zh-Hans" }, zh), h("p", { class: "told", lang: "en" }, en)));
  });
  return task(t, {
    told, act, submit: "denial_do",
    children: [h("h1", { tabindex: "-1" }, t("denial")), pass.element, reference.element, pin.element],
  });
}

/** @returns {HTMLElement} */
export function logTask(desk) {
  const { t, orders, day } = desk;
  const told = h("div", { role: "status" });
  const [pass, pin] = passAndPin(t);
  const act = () => desk.doing(told, async () => {
    const shown = pass.take();
    if (shown === undefined) return;
    const { looks } = await orders.ask("access-log", { pass: shown, pin: pin.take() });
    const rows = looks.map((look) => h("tr", {}, h("td", {}, day(look.day)), h("td", {}, look.partner)));
    told.replaceChildren(h("section", { class: "card", "data-answer": "log" },
      h("h2", {}, t("log_title")),
      looks.length === 0 ? h("p", { class: "told" }, t("log_none")) : h("table", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("day")), h("th", { scope: "col" }, t("partner")))),
        h("tbody", {}, ...rows)),
      h("div", { class: "actions" }, button(t("print_page"), () => globalThis.print(), { "data-act": "print_page" }))));
  });
  return task(t, { told, act, submit: "log_do", children: [h("h1", { tabindex: "-1" }, t("log")), pass.element, pin.element] });
}
