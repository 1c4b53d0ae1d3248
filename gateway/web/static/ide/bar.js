// The bar above the editor: whose request it is, and what to send.

import { passesFor, takesPass } from "./samples.js";

const { createElement: h, Fragment } = window.React;

const nameOf = ({ persona, sector }) => `${persona} ${sector}`;

function Field({ label, children }) {
  return h("label", { className: "field" }, h("span", null, label), children);
}

/** A field with a list to choose from; `options` are pairs of value and text. */
function Choice({ label, value, options, onChoose }) {
  const onChange = (event) => onChoose(event.target.value);
  const items = options.map(([key, text]) => h("option", { key, value: key }, text));
  return h(Field, { label }, h("select", { name: label.toLowerCase(), value, onChange }, items));
}

function PassFields({ choice: { partner, reward, pass }, passes, choose }) {
  const fitting = passesFor(reward, passes);
  const text = (one) => fitting.filter(({ persona }) => persona === one.persona).length > 1 ? nameOf(one) : one.persona;
  return h(Fragment, null,
    h(Choice, {
      label: "Reward",
      value: reward,
      options: partner.rewards.map((code) => [code, code]),
      onChoose: (code) => choose({ reward: code }),
    }),
    h(Choice, {
      label: "Pass",
      value: nameOf(pass),
      options: fitting.map((one) => [nameOf(one), text(one)]),
      onChoose: (name) => {
        const { persona, sector } = fitting.find((one) => nameOf(one) === name);
        choose({ persona, sector });
      },
    }),
    h(Field, { label: "Expected" },
      h("output", { title: "What VerifyPass answers, as long as nothing was redeemed with the pass." },
        pass.expect[reward] === "ELIGIBLE" ? "Eligible" : "Not eligible")));
}

/** `choose` takes what is to change of the choice; `refill` fills the editor again. */
export function Bar({ choice, partners, passes, choose, refill }) {
  const { partner, document } = choice;
  return h("header", { className: "bar" },
    h("img", { src: "/sandbox/ide/laurel.svg", alt: "", width: 28, height: 28 }),
    h("div", { className: "name" }, h("h1", null, "Laurel"), h("p", null, "sandbox · nothing here is real")),
    h(Choice, {
      label: "Partner",
      value: partner.partner_id,
      options: partners.map(({ partner_id: id, kind }) => [id, kind]),
      onChoose: (id) => choose({ partner: id }),
    }),
    h(Choice, {
      label: "Document",
      value: document,
      options: Object.keys(partner.documents).map((name) => [name, name]),
      onChoose: (name) => choose({ document: name }),
    }),
    takesPass(document) && h(PassFields, { choice, passes, choose }),
    h("button", { type: "button", onClick: refill, title: "Fill the editor anew, with a fresh request id." }, "Refill"));
}
