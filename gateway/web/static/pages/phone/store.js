// All that this page keeps on the phone: its `passes`, whose keys nobody can read, and the `language`.
// Never a code, a PIN, a showing or an answer.

import { keeping } from "../keeping.js";

export const { load, save, forget } = keeping("laurel-pass", "kept");
