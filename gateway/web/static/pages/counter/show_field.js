// Which show: chosen from the list of those that are on, or typed, as in the programme.

import { h } from "../dom.js";

/**
 * @param {object} desk words `t`, `when` an instant is, the `shows`, and `form`, which outlives a change of the language
 * @param {{ code: string }} reward
 * @returns {HTMLElement} the list and the field; whichever was used last is right in both
 */
export function showField({ t, form, shows, when }, reward) {
  const typed = h("input", {
    id: "occasion", type: "text", value: form.occasions[reward.code] ?? "", autocomplete: "off", spellcheck: "false",
    "aria-describedby": "occasion-hint", oninput: () => { keep(typed.value.trim()); },
  });
  const list = h("select", { id: "shows", "aria-label": t("occasion_list"), "aria-describedby": "occasion-hint", onchange: () => {
    typed.value = list.value;
    keep(list.value);
  }, onblur: () => fill() });
  const hint = h("p", { id: "occasion-hint", class: "hint" });
  const keep = (id) => {
    form.occasions[reward.code] = id;
    list.value = known(id) ? id : "";
  };
  const known = (id) => shows.known(reward.code).shows.some((one) => one.id === id);

  /** Show what is known now; a list that somebody has opened is left alone until it is closed. */
  function fill() {
    if (document.activeElement === list && list.options.length > 0) return;
    const { shows: found, more } = shows.known(reward.code);
    list.hidden = found.length === 0;
    list.replaceChildren(h("option", { value: "" }, t("occasion_choose")), ...found.map((one) => h("option", { value: one.id }, told(one))));
    list.value = known(typed.value.trim()) ? typed.value.trim() : "";
    typed.placeholder = list.hidden ? "" : t("occasion_either");
    hint.textContent = list.hidden ? t("occasion_hint") : t("occasion_more", { count: found.length });
    hint.hidden = !list.hidden && !more;
  }

  const told = ({ id, endsAt, available }) => t(available > 0 ? "occasion_left" : "occasion_full", { id, until: when(endsAt), left: available });

  fill();
  shows.changed = fill;
  shows.refresh(reward.code);
  return h("div", { class: "shows" }, h("label", { for: "occasion", class: "label" }, t("occasion")), list, typed, hint);
}
