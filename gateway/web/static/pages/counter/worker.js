// Keeps the page's own files for when the line is down, and nothing else: no answer of the gateway's, no data, no POST.
// The network comes first, so a tablet has what the gateway serves; the kept copy opens the page without a line.

const SHELF = "laurel-shell-1";
const SHELL = [
  "/counter",
  "/pages/laurel.svg",
  "/pages/design.css",
  "/pages/codes.js",
  "/pages/dom.js",
  "/pages/enrol_view.js",
  "/pages/frame.js",
  "/pages/icons.js",
  "/pages/keeping.js",
  "/pages/language.js",
  "/pages/scanner.js",
  "/pages/views.js",
  "/pages/words.js",
  "/pages/words_en.js",
  "/pages/words_zh.js",
  "/pages/workers.js",
  "/pages/device/encoding.js",
  "/pages/device/enrolment.js",
  "/pages/device/failures.js",
  "/pages/device/key.js",
  "/pages/device/laurel.js",
  "/pages/device/registration.js",
  "/pages/device/replies.js",
  "/pages/device/retries.js",
  "/pages/device/session.js",
  "/pages/device/store.js",
  "/pages/device/term.js",
  "/pages/counter/answer_panel.js",
  "/pages/counter/answers.js",
  "/pages/counter/ask_form.js",
  "/pages/counter/camera.js",
  "/pages/counter/counter.css",
  "/pages/counter/counter.js",
  "/pages/counter/desk.js",
  "/pages/counter/dialogs.js",
  "/pages/counter/manifest.webmanifest",
  "/pages/counter/pin_pad.js",
  "/pages/counter/reader.js",
  "/pages/counter/show_field.js",
  "/pages/counter/shows.js",
  "/pages/counter/today.js",
  "/pages/counter/work.js",
  "/pages/vendor/qr/decode.js",
  "/pages/vendor/qr/index.js",
];
const KEPT = new Set(SHELL);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = async () => (await caches.keys()).filter((name) => name.startsWith("laurel-shell-") && name !== SHELF).map((name) => caches.delete(name));
  event.waitUntil(old().then((ended) => Promise.all(ended)).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname, search } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin || search !== "" || !KEPT.has(pathname)) return;
  event.respondWith(fromNetwork(event.request, pathname));
});

async function fromNetwork(request, pathname) {
  const shelf = await caches.open(SHELF);
  try {
    const response = await fetch(request);
    if (response.ok) await shelf.put(pathname, response.clone());
    return response;
  } catch (error) {
    const kept = await shelf.match(pathname);
    if (kept === undefined) throw error;
    return kept;
  }
}
