// Runs pure parts of the pages under node: argv names the folder of the pages, standard input is this text itself, so
// what to do comes in TASK as JSON. Prints one line of JSON.
const { what, given } = JSON.parse(process.env.TASK);
const from = (path) => import(`file://${process.argv[2]}/${path}`);

const tasks = {
  async shown(texts) {
    const { shown } = await from("codes.js");
    return texts.map((text) => shown(text));
  },
  async words() {
    const { WORDS } = await from("words.js");
    const { preferred } = await from("language.js");
    return { words: WORDS, preferred: [["zh-CN", "en"], ["zh"], ["en-GB", "zh"], ["fr"], []].map(preferred) };
  },
  async dayStart(cases) {
    const { dayStart } = await from("counter/today.js");
    return cases.map(([now, zone]) => dayStart(new Date(now), zone).toISOString());
  },
  async shows({ answers, has }) {
    const { Shows } = await from("counter/shows.js");
    let now = 0, asked = 0, told = 0;
    const ask = async () => {
      const answer = answers[asked++];
      if (answer === null) throw new Error("no line");
      return { edges: answer.map((id) => ({ node: { id, endsAt: "x", available: 1, capacity: 9 } })), pageInfo: { hasNextPage: answer.length > 1 } };
    };
    const shows = new Shows({ ask, has: () => has }, () => now);
    shows.changed = () => { told += 1; };
    const seen = [];
    const look = async (at) => {
      now = at;
      await Promise.all([shows.refresh("reward"), shows.refresh("reward")]);
      const { shows: found, more } = shows.known("reward");
      seen.push([found.map(({ id }) => id), more, asked, told]);
    };
    for (const at of [0, 19_999, 20_000, 40_000]) await look(at);
    now = 40_001;
    await shows.renew("reward");
    await look(40_001);
    return { seen, other: shows.known("other") };
  },
  async term(cases) {
    const { term } = await from("device/term.js");
    return cases.map(([end, now]) => term(end, Date.parse(now)).kind);
  },
  async persist({ failures, retryAfter, chance }) {
    const { persist, STANDARD } = await from("device/retries.js");
    const { Unavailable } = await from("device/failures.js");
    let now = 0;
    const slept = [];
    const clock = { now: () => now, sleep: async (ms) => { slept.push(ms); now += ms; }, chance: () => chance };
    let tries = 0;
    const attempt = async () => {
      now += 10;
      if (++tries <= failures) throw new Unavailable("down", retryAfter);
      return "answer";
    };
    const outcome = await persist(attempt, STANDARD, clock).catch((error) => error.constructor.name);
    return { outcome, tries, slept };
  },
  async answers() {
    const { verdict, outcome, failed } = await from("counter/answers.js");
    const failures = await from("device/failures.js");
    const reward = { needsPin: false, holdMinutes: null };
    const said = (typename, more = {}) => ({ __typename: typename, quantity: 1, reversedQuantity: 0, ...more });
    const looks = {
      Eligible: verdict(said("Eligible"), reward),
      NotEligible: verdict(said("NotEligible"), reward),
      Undetermined: verdict(said("Undetermined"), reward),
      Redemption: outcome("RedeemReward", said("Redemption"), {}),
      Refused: outcome("RedeemReward", said("Refused", { reason: "NOT_ELIGIBLE" }), { reward }),
      ...Object.fromEntries(given.map((reason) => [reason, outcome("RedeemReward", said("Refused", { reason }), { reward })])),
      Hold: outcome("HoldReward", said("Hold"), {}),
      Released: outcome("ReleaseHold", said("Hold"), {}),
      Reversed: outcome("ReverseRedemption", said("Redemption", { reversedQuantity: 1 }), {}),
    };
    for (const name of ["Unavailable", "BadReply", "BadInput", "Forbidden"]) looks[name] = failed(new failures[name]("x"), true);
    looks.ClockSkew = failed(new failures.ClockSkew(70), false);
    return looks;
  },
};
console.log(JSON.stringify(await tasks[what](given)));
