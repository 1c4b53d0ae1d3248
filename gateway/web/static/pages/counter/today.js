// Today's redemptions with undo, what is kept for customers, and what was left without an answer.

import { button, h } from "../dom.js";
import { Forbidden, Unauthenticated } from "../device/failures.js";
import { ask, askUndo } from "./dialogs.js";

const PAGE = 50;

/** The first instant of the day in a time zone. @param {Date} now @param {string} zone @returns {Date} */
export function dayStart(now, zone) {
  const format = { timeZone: zone, hourCycle: "h23", hour: "numeric", minute: "numeric", second: "numeric" };
  const parts = new Intl.DateTimeFormat("en", format).formatToParts(now);
  const [hours, minutes, seconds] = ["hour", "minute", "second"].map((type) => Number(parts.find((part) => part.type === type).value));
  // A zone that sets its clocks that day may be an hour off: then an hour of yesterday is listed, too, or one is not.
  return new Date(Math.floor(now.getTime() / 1000) * 1000 - ((hours * 60 + minutes) * 60 + seconds) * 1000);
}

/**
 * Open the sheet. @param {object} desk @param {import("./work.js").Work} work
 * @param {{ forget: () => void }} acts
 */
export async function openToday(desk, work, { forget }) {
  const { t } = desk;
  const then = await ask((end) => {
    const held = h("div", {}, ...holds(desk, work, end), ...unanswered(desk, work));
    return [
      h("div", { class: "bar" }, h("h2", { id: "dialog-title" }, t("today_title")), button(t("done"), () => end(), { autofocus: true })),
      held,
      ...given(desk, work, end),
      h("details", {}, h("summary", {}, t("off_lead")), button(t("off"), () => end(forget), { class: "danger" })),
    ];
  }, { class: "card sheet", "aria-labelledby": "dialog-title" });
  await then?.();
}

/** What was given today: here, and where it is asked for, at all of the partner's counters. */
function given(desk, work, end) {
  const { t, laurel } = desk;
  const apart = laurel.has("DeviceRedemptions"); // a counter that was enrolled before knows of no such list
  const lead = h("p", { class: "hint", "aria-live": "polite" });
  const list = h("div", { class: "list" });
  const widen = button("", () => show(shown === EVERYWHERE ? HERE : EVERYWHERE), { class: "scope" });
  let shown;
  const show = (which) => {
    shown = which;
    lead.textContent = t(which.lead);
    widen.textContent = t(which.other);
    list.replaceChildren(h("p", {}, t("busy")));
    load(desk, work, { list, end, which, current: () => shown === which });
  };
  show(apart ? HERE : EVERYWHERE);
  return [lead, list, apart && widen].filter(Boolean);
}

const HERE = { document: "DeviceRedemptions", lead: "today_lead", other: "today_everywhere" };
const EVERYWHERE = { document: "Redemptions", lead: "today_lead_all", other: "today_only_here" };

const held = ({ title, clock }, hold) => `${title(hold.rewardShown)} × ${hold.quantity} · ${clock(hold.expiresAt)}`;

function holds(desk, work, end) {
  const { t, now } = desk;
  const open = work.holds.filter(({ expiresAt }) => Date.parse(expiresAt) > now().getTime());
  if (open.length === 0) return [];
  return [h("h3", {}, t("today_holds")), h("ul", {}, ...open.map((hold) => h("li", {},
    h("span", {}, held(desk, hold)),
    button(t("confirm"), () => end(() => work.confirm(hold)), { class: "primary", "aria-label": `${t("confirm")}: ${held(desk, hold)}` }),
    button(t("release"), () => end(() => work.release(hold)), { "aria-label": `${t("release")}: ${held(desk, hold)}` }))))];
}

function unanswered({ t, title, clock }, work) {
  if (work.unanswered.length === 0) return [];
  return [h("h3", {}, t("today_unanswered")), h("ul", {}, ...work.unanswered.map((left) => {
    const what = `${title(left.what.reward)} × ${left.what.quantity}`;
    const item = h("li", {}, h("span", {}, `${what} · ${clock(left.at)}`), button(t("today_ask"), async () => {
      const found = await work.askAfter(left).catch(() => undefined);
      if (found === undefined) item.firstChild.textContent = t("line_title");
      else item.replaceChildren(found === null ? t("today_not_recorded", { what, time: clock(left.at) }) : `${what} · ${t(found.status)}`);
    }));
    return item;
  }))];
}

async function load(desk, work, sheet, after) {
  const { t, laurel, zone, now } = desk;
  const { list, end, which, current } = sheet;
  let page;
  try {
    page = await laurel.ask(which.document, { first: PAGE, after, since: dayStart(now(), zone).toISOString() });
  } catch (error) {
    if (error instanceof Unauthenticated) return end(desk.revoked);
    if (!current()) return undefined;
    const told = error instanceof Forbidden ? "notice_forbidden" : "line_title";
    list.replaceChildren(h("p", { class: "wrong", role: "alert" }, t(told)), button(t("again"), () => load(desk, work, sheet, after)));
    return undefined;
  }
  if (!current()) return undefined; // the other list is wanted by now
  const found = page.edges.map(({ node }) => node);
  if (after === undefined) list.replaceChildren(found.length === 0 ? h("p", {}, t("today_none")) : table(t));
  list.querySelector("tbody")?.append(...found.map((one) => row(desk, work, one, sheet)));
  list.querySelector(":scope > button")?.remove();
  if (page.pageInfo.hasNextPage) list.append(button(t("today_more"), () => load(desk, work, sheet, page.pageInfo.endCursor)));
  return undefined;
}

function table(t) {
  const heads = ["when", "what", "quantity", "state"].map((key) => h("th", { scope: "col" }, t(key)));
  return h("table", {}, h("thead", {}, h("tr", {}, ...heads, h("td", {}))), h("tbody"));
}

function row({ t, titleOf, clock, now }, work, one, { end, which }) {
  const open = one.quantity > one.reversedQuantity && Date.parse(one.reversibleUntil) > now().getTime();
  const undo = async () => {
    const how = await askUndo(t, one);
    if (how) end(() => work.undo(how, one));
  };
  const units = one.reversedQuantity ? `${one.quantity - one.reversedQuantity} / ${one.quantity}` : String(one.quantity);
  return h("tr", {},
    h("td", {}, clock(one.redeemedAt)),
    h("td", {}, titleOf(one.reward), one.occasion && h("small", {}, ` ${one.occasion}`)),
    h("td", {}, units),
    h("td", {}, t(one.status in STATES ? one.status : "OTHER"), which === EVERYWHERE && work.here.has(one.id) && h("span", { class: "badge" }, t("today_here"))),
    h("td", {}, open && button(t("undo"), undo, { "aria-label": `${t("undo")}: ${clock(one.redeemedAt)} ${titleOf(one.reward)} × ${units}` })));
}

const STATES = { REDEEMED: 1, PARTLY_REVERSED: 1, REVERSED: 1 };
