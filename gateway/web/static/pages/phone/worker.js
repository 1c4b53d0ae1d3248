// Keeps the page's own files, so that the pass opens without a line, and nothing else: no answer of the gateway's, no POST.
// The network comes first; where it is slow or gone, the kept copy opens the page.

const SHELF = "laurel-pass-shell-1";
const SHELL = [
  "/pass",
  "/pages/laurel.svg",
  "/pages/design.css",
  "/pages/codes.js",
  "/pages/dom.js",
  "/pages/frame.js",
  "/pages/icons.js",
  "/pages/keeping.js",
  "/pages/language.js",
  "/pages/qr_code.js",
  "/pages/scanner.js",
  "/pages/views.js",
  "/pages/workers.js",
  "/pages/device/encoding.js",
  "/pages/device/failures.js",
  "/pages/device/replies.js",
  "/pages/device/retries.js",
  "/pages/device/term.js",
  "/pages/phone/bytes.js",
  "/pages/phone/clock.js",
  "/pages/phone/gateway.js",
  "/pages/phone/hpke.js",
  "/pages/phone/live_pass.js",
  "/pages/phone/log_view.js",
  "/pages/phone/manifest.webmanifest",
  "/pages/phone/pair_view.js",
  "/pages/phone/phone.css",
  "/pages/phone/phone.js",
  "/pages/phone/show_view.js",
  "/pages/phone/store.js",
  "/pages/phone/words.js",
  "/pages/vendor/qr/index.js",
];
const KEPT = new Set(SHELL);
const PATIENCE_MS = 2_000; // somebody stands at a counter

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = async () => (await caches.keys()).filter((name) => name.startsWith("laurel-pass-") && name !== SHELF);
  event.waitUntil(old().then((names) => Promise.all(names.map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname, search } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin || search !== "" || !KEPT.has(pathname)) return;
  event.respondWith(fromNetwork(event.request, pathname));
});

async function fromNetwork(request, pathname) {
  const shelf = await caches.open(SHELF);
  const kept = await shelf.match(pathname);
  const fetched = fetch(request).then(async (response) => {
    if (response.ok) await shelf.put(pathname, response.clone());
    return response;
  });
  if (kept === undefined) return fetched;
  const patience = new Promise((wake) => { setTimeout(() => wake(kept), PATIENCE_MS); });
  return Promise.race([fetched.catch(() => kept), patience]);
}
