// All that this page keeps on the phone: its passes, whose keys nobody can read, and the language.
// Never a code, a PIN, a showing or an answer.

const NAME = "laurel-pass";
const STORE = "kept";

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

/** @typedef {"passes" | "language"} Name */

/** @param {Name} name @returns {Promise<any>} */
export const load = (name) => run("readonly", (store) => store.get(name));

/** @param {Name} name @param {any} value */
export const save = (name, value) => run("readwrite", (store) => store.put(value, name));

/** @param {Name} name */
export const forget = (name) => run("readwrite", (store) => store.delete(name));
