// What the counter page says, in English and Chinese. Every key is in both: a test compares.

import { EN } from "./words_en.js";
import { ZH } from "./words_zh.js";

export const WORDS = { en: EN, zh: ZH };
