// What a page keeps in the browser: values by name, in one store of one database (IndexedDB), and nowhere else.

/** @param {string} database @param {string} store */
export function keeping(database, store) {
  function opened() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(store);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  async function run(mode, act) {
    const connection = await opened();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = connection.transaction(store, mode);
        const request = act(transaction.objectStore(store));
        transaction.oncomplete = () => resolve(request?.result);
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
    } finally {
      connection.close();
    }
  }

  return {
    /** @param {string} name @returns {Promise<any>} */
    load: (name) => run("readonly", (kept) => kept.get(name)),
    /** @param {string} name @param {any} value */
    save: (name, value) => run("readwrite", (kept) => kept.put(value, name)),
    /** @param {string} name */
    forget: (name) => run("readwrite", (kept) => kept.delete(name)),
    /** All of it or nothing. @param {Record<string, any>} values what to keep @param {readonly string[]} gone what to forget */
    replace: (values, gone) => run("readwrite", (kept) => {
      for (const [name, value] of Object.entries(values)) kept.put(value, name);
      for (const name of gone) kept.delete(name);
    }),
  };
}
