// Runs the pure parts of the phone's and the office's pages under node: argv names the folder of the pages; what to do
// comes in TASK as JSON. Prints one line of JSON.
const { what, given } = JSON.parse(process.env.TASK);
const from = (path) => import(`file://${process.argv[2]}/${path}`);

const tasks = {
  async shows({ pairing, second }) {
    const { keep, showing, question } = await from("phone/live_pass.js");
    const pass = await keep({ pairing, zh: "剧院", en: "Theatre" });
    const again = structuredClone({ ...pass, key: undefined });
    return {
      shown: await showing(pass, second),
      asked: await question(pass, second),
      ends: pass.ends,
      extractable: pass.key.extractable,
      usages: pass.key.usages,
      kept: [...again.id, ...again.gateway, ...again.sector],
    };
  },
  async refuses(pairings) {
    const { keep } = await from("phone/live_pass.js");
    return Promise.all(pairings.map((pairing) => keep({ pairing }).then(() => "kept", (error) => error.name)));
  },
  async words() {
    return [(await from("phone/words.js")).WORDS, (await from("office/words.js")).WORDS];
  },
};
console.log(JSON.stringify(await tasks[what](given)));
