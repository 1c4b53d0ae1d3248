// Issuing and replacing passes.

import { button, h } from "../dom.js";
import { choices, field, passField, task } from "./fields.js";
import { handedOver } from "./handed_over.js";

/** @returns {HTMLElement} */
export function issueTask(desk) {
  const { t, orders, programme, title } = desk;
  const told = h("div", { role: "status" });
  const who = field("registry", t("registry_id"), { hint: t("registry_hint") });
  const sectors = choices("sector", t("sectors"), programme.sectors.map(({ sector }) => [sector, title(sector)]), { many: true, wide: true });
  const form = choices("form", t("form"), ["card", "live", "slip"].map((one) => [one, t(one)]));
  const pin = field("pin", t("pin_new"), { secret: true, digits: 4, required: false });
  const instead = choices("instead", "", [["instead", t("instead")]], { many: true });
  const act = () => desk.doing(told, async () => {
    const chosen = sectors.chosen();
    const [kind] = form.chosen();
    if (chosen.length === 0) return desk.say(told, "wrong_sectors");
    const secret = pin.take();
    const given = { registryId: who.take(), sectors: chosen, form: kind, instead: instead.chosen().length > 0 };
    return desk.handOver(await orders.change("issue", secret ? { ...given, pin: secret } : given));
  });
  return task(t, {
    told, act, submit: "issue_do",
    children: [h("h1", { tabindex: "-1" }, t("issue")), who.element, sectors.element, form.element, pin.element, instead.element],
  });
}

/** @returns {HTMLElement} */
export function replaceTask(desk) {
  const { t, orders, title } = desk;
  const told = h("div", { role: "status" });
  const pass = passField(t);
  const act = () => desk.doing(told, async () => {
    const shown = pass.take();
    if (shown === undefined) return undefined;
    const state = await orders.ask("pass", { pass: shown });
    const change = () => desk.doing(told, async () => desk.handOver(await orders.change("replace", { pass: shown })));
    return told.replaceChildren(h("section", { class: "card" },
      h("h2", { tabindex: "-1" }, title(state.sector)),
      h("p", { class: "told" }, t(`state_${state.state}`)),
      state.state !== "revoked" && h("div", { class: "actions" }, button(t("replace_do"), change, { class: "danger", "data-act": "replace_do" }))));
  });
  return task(t, { told, act, submit: "look", children: [h("h1", { tabindex: "-1" }, t("replace")), pass.element] });
}

/** Show what was issued, until it is forgotten. */
export function showHandedOver(desk, answer, done) {
  return h("div", { class: "work" }, handedOver(desk, answer, done));
}
