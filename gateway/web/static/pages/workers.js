// The only addresses that may become a worker. Where a browser has Trusted Types, nothing else can.

const WORKERS = new Set(["/pages/counter/worker.js", "/pages/counter/reader.js", "/pages/phone/worker.js"]);

const allowed = (address) => {
  if (WORKERS.has(address)) return address;
  throw new TypeError("no worker of ours");
};
const policy = globalThis.trustedTypes?.createPolicy("laurel", { createScriptURL: allowed });
const trusted = (address) => (policy ? policy.createScriptURL(address) : allowed(address));

/** Keep the page's own files for when the line is down: the shell, never data. */
export async function keepShell() {
  await navigator.serviceWorker?.register(trusted("/pages/counter/worker.js"), { scope: "/counter" });
}

/** The same for the phone's page: its pass opens without a line. */
export async function keepPhoneShell() {
  await navigator.serviceWorker?.register(trusted("/pages/phone/worker.js"), { scope: "/pass" });
}

/** @returns {Worker} what finds a QR code in a picture */
export function reader() {
  return new Worker(trusted("/pages/counter/reader.js"), { type: "module" });
}
