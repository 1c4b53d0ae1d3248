// All that the counter's and the office's pages keep on this machine: the handle of the device's key (`key`), what
// enrolment told of it (`device`), a key that has no device yet (`next-key`), and the `language`. Never a pass, a code,
// a PIN, a token or an answer.

import { keeping } from "../keeping.js";

export const { load, save, replace } = keeping("laurel", "settings");
