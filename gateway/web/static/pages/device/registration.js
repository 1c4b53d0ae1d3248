// A machine's registration: its key, and what the gateway said of the device. Made whole, renewed whole, forgotten whole.

import { enrol } from "./enrolment.js";
import { EnrolmentRefused } from "./failures.js";
import { DeviceKey, newKeyPair } from "./key.js";
import { load, replace } from "./store.js";

export class Registration {
  #key;
  #device;
  #next;
  #fits;

  /**
   * @param {object} given
   * @param {string} [given.prefix] of what is kept: two pages may run in one browser
   * @param {(device: object) => boolean} given.fits whether a device is one for this page
   */
  constructor({ prefix = "", fits }) {
    [this.#key, this.#device, this.#next] = ["key", "device", "next-key"].map((name) => prefix + name);
    this.#fits = fits;
  }

  /** @returns {Promise<{ key: DeviceKey, device: object } | undefined>} nothing where the machine has none */
  async load() {
    const [pair, device] = await Promise.all([load(this.#key), load(this.#device)]);
    return pair && device && { key: await DeviceKey.of(pair), device };
  }

  /**
   * Register a key of its own by the city's code. Until that is done, what was there before stays and works. The key is
   * kept before the code is sent: where an answer is lost, the same code and key get it again.
   * @param {string} code
   * @returns {Promise<boolean>} whether the code was for a machine like this; if not, it is used up, and nothing changed
   */
  async register(code) {
    let pair = (await load(this.#next)) ?? (await this.#fresh());
    let device;
    try {
      device = await enrol(code, await DeviceKey.of(pair));
    } catch (error) {
      if (!(error instanceof EnrolmentRefused) || error.code !== "key_registered") throw error;
      pair = await this.#fresh();
      device = await enrol(code, await DeviceKey.of(pair)); // the code is still good
    }
    if (!this.#fits(device)) return false;
    await replace({ [this.#key]: pair, [this.#device]: device }, [this.#next]);
    await navigator.storage?.persist?.().catch(() => false); // or a full disk may cost the key
    return true;
  }

  async forget() {
    await replace({}, [this.#key, this.#device, this.#next]);
  }

  async #fresh() {
    const pair = await newKeyPair();
    await replace({ [this.#next]: pair }, []);
    return pair;
  }
}
