// The sandbox's IDE: GraphiQL, with a partner's documents to send and every request signed by that partner's device.

import { Bar } from "./bar.js";
import { filled, settled } from "./samples.js";
import { Session } from "./session.js";

const { React, ReactDOM, GraphiQL } = window;
const { createElement: h, Fragment, useRef, useState } = React;

const OPENING = { partner: "harbour-metro", document: "VerifyPass" };

/** What GraphiQL may keep: the theme. Texts with the passes of an earlier sandbox would only mislead. */
const storage = {
  length: 0,
  getItem: (name) => name === "graphiql:theme" ? localStorage.getItem(name) : null,
  setItem: (name, value) => { if (name === "graphiql:theme") localStorage.setItem(name, value); },
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
};

/** The line under the answer: how the latest request was signed. */
function Signature({ signed, who }) {
  if (signed?.who !== who) return h("p", null, `Each request is signed here, in the browser, as ${who}.`);
  const key = h("code", { title: signed.kid }, `${signed.kid.slice(0, 8)}…`);
  const until = ` · token until ${signed.until.toLocaleTimeString()}`;
  return h("p", null, `HTTP ${signed.status} · signed as `, h("b", null, who), " with device key ", key, until);
}

function Ide({ partners, passes }) {
  const [choice, setChoice] = useState(() => settled(OPENING, partners, passes));
  const [texts, setTexts] = useState(() => filled(choice));
  const [signed, setSigned] = useState(null);
  const sessions = useRef(new Map(partners.map((partner) => [partner.partner_id, new Session(partner)])));
  const redeemed = useRef(new Map()); // a partner's id -> the id of its latest redemption
  const current = useRef(null);
  const who = choice.partner.partner_id;
  current.current = who;

  const fill = (next) => setTexts(filled(next, redeemed.current.get(next.partner.partner_id)));
  const choose = (change) => {
    const { document, reward, pass: { persona, sector } } = choice;
    const next = settled({ partner: who, document, reward, persona, sector, ...change }, partners, passes);
    setChoice(next);
    fill(next);
  };
  // One function for all partners: GraphiQL would read the schema anew for another one.
  const [fetcher] = useState(() => async ({ query, variables, operationName }) => {
    const who = current.current;
    const { answer, ...about } = await sessions.current.get(who).post({ query, variables, operationName });
    const id = answer.data?.redeemReward?.id;
    if (id) redeemed.current.set(who, id);
    setSigned({ who, ...about });
    return answer;
  });

  return h(Fragment, null,
    h(Bar, { choice, partners, passes, choose, refill: () => fill(choice) }),
    h(GraphiQL, {
      fetcher,
      storage,
      ...texts,
      onEditQuery: (query) => setTexts((before) => ({ ...before, query })),
      onEditVariables: (variables) => setTexts((before) => ({ ...before, variables })),
      defaultEditorToolsVisibility: "variables",
      disableTabs: true,
      isHeadersEditorEnabled: false,
      showPersistHeadersSettings: false,
    }, h(GraphiQL.Footer, null, h(Signature, { signed, who }))));
}

async function read(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

const root = ReactDOM.createRoot(document.getElementById("ide"));
Promise.all([read("/sandbox/partners.json"), read("/sandbox/passes.json")]).then(
  ([partners, passes]) => root.render(h(Ide, { partners, passes })),
  (error) => root.render(h("p", { className: "notice" }, error.message)),
);
