// What was issued, for as long as it is looked at: codes in large type, a PDF to print, or a code for a phone.

import { button, h } from "../dom.js";
import { qrCode } from "../qr_code.js";

/**
 * @param {object} desk words, titles and orders; `papers` takes the addresses of PDFs, which end with the next task
 * @param {object} answer of an order that issued something
 * @param {() => void} done forgets it
 * @returns {HTMLElement}
 */
export function handedOver(desk, { passes, pairing }, done) {
  const { t } = desk;
  return h("section", { class: "card", "data-answer": pairing ? "pair_title" : "issued" },
    h("h1", { tabindex: "-1" }, t(pairing ? "pair_title" : "issued")),
    pairing && phone(t, pairing),
    h("div", { class: "passes" }, ...passes.map((pass) => one(desk, pass))),
    h("div", { class: "actions" },
      ...printable(passes).map((order) => paper(desk, order)),
      button(t("done"), done, { class: "primary", "data-act": "done" })));
}

function phone(t, { code }) {
  const address = `${location.host}/pass`;
  return h("div", { class: "pairing" }, h("p", {}, t("pair_lead", { address })), h("p", { class: "big", "data-code": "pairing" }, code));
}

function one({ t, title, day, closed }, pass) {
  const rewards = pass.hasPin ? "" : closed(pass.sector);
  return h("article", { class: "pass", "data-sector": pass.sector },
    h("h2", {}, title(pass.sector)),
    h("p", {}, t("until", { day: day(pass.until) })),
    h("p", {}, t(pass.hasPin ? "has_pin" : "no_pin")),
    rewards && h("p", { class: "wrong" }, t("needs_pin", { rewards })),
    pass.token && qrCode(pass.token, title(pass.sector)),
    pass.code && h("p", { class: "big", "data-code": "card" }, pass.code),
    pass.codes && h("ol", { class: "codes" }, ...pass.codes.map((code) => h("li", {}, code))));
}

/** All cards make one document, each sheet of codes one of its own; a phone needs none. */
function printable(passes) {
  const cards = passes.filter(({ token }) => token).map(({ token, code }) => ({ token, code }));
  return [...(cards.length > 0 ? [{ cards }] : []), ...passes.filter(({ codes }) => codes).map(({ codes }) => ({ codes }))];
}

/** A link to the PDF once it is there. It is opened in a tab of its own and never saved by this page. */
function paper({ t, orders, papers }, order) {
  const place = h("span", { role: "status" });
  const make = () => {
    place.replaceChildren(t("printing"));
    orders.print(order).then((document) => {
      const address = URL.createObjectURL(document);
      papers.push(address);
      place.replaceChildren(h("a", { class: "button", href: address, target: "_blank", "data-act": "print" }, t("print")));
    }, () => {
      place.replaceChildren(h("span", { class: "wrong" }, t("print_failed")), button(t("again"), make, { "data-act": "print_again" }));
    });
  };
  make();
  return place;
}
