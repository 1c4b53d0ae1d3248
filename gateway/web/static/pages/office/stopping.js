// Stopping passes: one that is at hand, or all that a resident has.

import { button, h } from "../dom.js";
import { field, passField, task } from "./fields.js";

/** @returns {HTMLElement} */
export function stopTask(desk) {
  const { t, orders, title } = desk;
  const told = h("div", { role: "status" });
  const pass = passField(t);
  const who = field("registry", t("registry_id"), { hint: t("registry_hint") });
  const stop = (order) => () => desk.doing(told, async () => {
    await orders.change("revoke", order);
    told.replaceChildren(h("p", { class: "card told", "data-answer": "stopped" }, t("stopped")));
  });
  const confirm = (lines, order, word) => told.replaceChildren(h("section", { class: "card" },
    h("ul", {}, ...lines.map((line) => h("li", { class: "told" }, line))),
    order && h("div", { class: "actions" }, button(t(word), stop(order), { class: "danger", "data-act": word }))));
  const one = () => desk.doing(told, async () => {
    const shown = pass.take();
    if (shown === undefined) return;
    const state = await orders.ask("pass", { pass: shown });
    confirm([`${title(state.sector)}: ${t(`state_${state.state}`)}`], state.state !== "revoked" && { pass: shown }, "stop_do");
  });
  const all = () => desk.doing(told, async () => {
    const registryId = who.take();
    const { passes } = await orders.ask("passes", { registryId });
    if (passes.length === 0) confirm([t("none_work")], undefined, "stop_all");
    else confirm(passes.map(({ sector, form }) => `${title(sector)}: ${t(form)}`), { registryId }, "stop_all");
  });
  return h("div", {},
    task(t, { told: null, act: one, submit: "look", children: [h("h1", { tabindex: "-1" }, t("stop")), pass.element] }),
    task(t, { told, act: all, submit: "look_of", children: [h("h2", {}, t("stop_of")), who.element] }));
}
