// All that the pages keep on this tablet: the handle of the device's key, what enrolment told of it, the language.
// Never a pass, a code, a PIN, a token or an answer.

const NAME = "laurel";
const STORE = "settings";

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @typedef {"key" | "device" | "language"} Name */

/** @param {Name} name @returns {Promise<any>} */
export const load = (name) => run("readonly", (store) => store.get(name));

/** @param {Name} name @param {any} value */
export const save = (name, value) => run("readwrite", (store) => store.put(value, name));

/** @param {Name} name */
export const forget = (name) => run("readwrite", (store) => store.delete(name));
