// Stopping passes: one that is at hand, or all that a resident has.

import { button, h } from "../dom.js";
import { field, passField, task } from "./fields.js";

/** @returns {HTMLElement} */
export function stopTask(desk) {
  const { t, orders, title } = desk;
  const [toldOfOne, toldOfAll] = [h("div", { role: "status" }), h("div", { role: "status" })];
  const pass = passField(t);
  const who = field("registry", t("registry_id"), { hint: t("registry_hint") });
  const stop = (told, order) => () => desk.doing(told, async () => {
    await orders.change("revoke", order);
    told.replaceChildren(h("p", { class: "card told", "data-answer": "stopped" }, t("stopped")));
  });
  const confirm = (told, lines, order, word) => told.replaceChildren(h("section", { class: "card" },
    h("ul", {}, ...lines.map((line) => h("li", { class: "told" }, line))),
    order && h("div", { class: "actions" }, button(t(word), stop(told, order), { class: "danger", "data-act": word }))));
  const doing = (told, act) => { // each form is answered below it, and there is one answer at a time
    for (const other of [toldOfOne, toldOfAll]) other.replaceChildren();
    return desk.doing(told, act);
  };
  const one = () => doing(toldOfOne, async () => {
    const shown = pass.take();
    if (shown === undefined) return;
    const state = await orders.ask("pass", { pass: shown });
    confirm(toldOfOne, [`${title(state.sector)}: ${t(`state_${state.state}`)}`], state.state !== "revoked" && { pass: shown }, "stop_do");
  });
  const all = () => doing(toldOfAll, async () => {
    const registryId = who.take();
    const { passes } = await orders.ask("passes", { registryId });
    if (passes.length === 0) confirm(toldOfAll, [t("none_work")], undefined, "stop_all");
    else confirm(toldOfAll, passes.map(({ sector, form }) => `${title(sector)}: ${t(form)}`), { registryId }, "stop_all");
  });
  return h("div", {},
    task(t, { told: toldOfOne, act: one, submit: "look", children: [h("h1", { tabindex: "-1" }, t("stop")), pass.element] }),
    task(t, { told: toldOfAll, act: all, submit: "look_of", children: [h("h2", {}, t("stop_of")), who.element] }));
}
