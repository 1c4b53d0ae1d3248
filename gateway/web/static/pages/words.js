// What the pages say, in English and Chinese. `{name}` is filled in. Every key is in both: a test compares.

import { EN } from "./words_en.js";
import { ZH } from "./words_zh.js";

export const WORDS = { en: EN, zh: ZH };

/** @typedef {keyof typeof WORDS} Language */

/** @param {readonly string[]} wanted the browser's languages @returns {Language} */
export function preferred(wanted) {
  return wanted[0]?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** @param {Language} language @returns {(key: keyof typeof EN, values?: Record<string, any>) => string} */
export function speaking(language) {
  return (key, values = {}) => WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** @param {Language} language @returns {string} for `lang` and for dates */
export const tag = (language) => ({ en: "en", zh: "zh-Hans" })[language];
