// All that the pages keep on this tablet: the handle of the device's key (`key`), what enrolment told of it (`device`),
// and the `language`. Never a pass, a code, a PIN, a token or an answer.

import { keeping } from "../keeping.js";

export const { load, save, forget } = keeping("laurel", "settings");
