// The two languages of the pages: which one is meant, and how a page's words are said in it.

/** @typedef {"en" | "zh"} Language */

/** @param {readonly string[]} wanted the browser's languages @returns {Language} */
export function preferred(wanted) {
  return wanted[0]?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** @param {Language} language @returns {Language} */
export const other = (language) => (language === "en" ? "zh" : "en");

/** @param {Language} language @returns {string} for `lang` and for dates */
export const tag = (language) => ({ en: "en", zh: "zh-Hans" })[language];

/**
 * A page's words in a language. `{name}` in them is filled in.
 * @param {Record<Language, Record<string, string>>} words @param {Language} language
 * @returns {((key: string, values?: Record<string, any>) => string) & { language: Language }}
 */
export function speaking(words, language) {
  const said = (key, values = {}) => words[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  return Object.assign(said, { language });
}

/** @param {Language} language @param {Date} instant @returns {string} day and time, by the clock on this wall */
export function moment(language, instant) {
  return new Intl.DateTimeFormat(tag(language), { dateStyle: "long", timeStyle: "short" }).format(instant);
}

/** @param {Language} language @param {Date} instant @param {string} zone @returns {string} hours and minutes, there */
export function hour(language, instant, zone) {
  const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat(tag(language), format).format(instant);
}

/** @param {Language} language @param {number} seconds @returns {string} about how long that is, with its unit */
export function span(language, seconds) {
  const [unit, size] = UNITS.find(([, , most]) => seconds < most);
  return new Intl.NumberFormat(tag(language), { style: "unit", unit, unitDisplay: "long" }).format(Math.round(seconds / size));
}

const UNITS = [["second", 1, 120], ["minute", 60, 5_400], ["hour", 3_600, 129_600], ["day", 86_400, Infinity]];

const BRIEF = { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** @param {Language} language @param {Date} instant @param {string} zone @returns {string} a day of these weeks, and hour */
export function briefly(language, instant, zone) {
  return new Intl.DateTimeFormat(tag(language), { ...BRIEF, timeZone: zone }).format(instant);
}
