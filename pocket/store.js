/* What the page keeps on this device: classes, their pictures with features, and heads; and what other tabs are told. */

// Pages at other places of the same server have stores of their own.
const NAME = `classifier-in-your-pocket ${new URL(".", location.href).pathname}`;
const STORES = ["classes", "pictures", "heads"];
const PATIENCE = 3000; // milliseconds in which a store that works has opened

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** What an error says, without the full stop that some browsers write. */
export const reason = (error) => String(error?.message || error).replace(/\.+$/, "");

function sentence(error) {
  if (error?.name === "QuotaExceededError") {
    return "This device has no room left, so the last change is lost when the page closes. Delete pictures here, or free some space.";
  }
  return `This browser keeps nothing for this page (${reason(error)}), so all is lost when it closes. Leave private browsing, or save your head.`;
}

async function connect() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name, { keyPath: "id" }));
  const late = new Promise((_, fail) => { setTimeout(() => fail(new Error("its store does not open")), PATIENCE); });
  return Promise.race([done(request), late]);
}

/** Open the store. Where it fails, `tell` gets one sentence, and the page goes on without. */
export async function openStore(tell) {
  const database = await Promise.resolve().then(connect).catch((error) => tell(sentence(error)));

  async function change(names, work) {
    const transaction = database.transaction(names, "readwrite");
    const finished = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    try {
      work(transaction);
    } catch (error) {
      finished.catch(() => {});
      transaction.abort(); // all or nothing
      throw error;
    }
    await finished;
  }

  const tried = (names, work) => (database ? change(names, work).catch((error) => tell(sentence(error))) : undefined);

  return {
    put: (name, value) => tried(name, (transaction) => transaction.objectStore(name).put(value)),
    remove: (name, ids) => tried(name, (transaction) => ids.forEach((id) => transaction.objectStore(name).delete(id))),
    async all(name) {
      try {
        return database ? await done(database.transaction(name).objectStore(name).getAll()) : [];
      } catch (error) {
        tell(sentence(error));
        return [];
      }
    },
    /** Empty everything or, with an error, nothing. */
    async deleteAll() {
      if (database) await change(STORES, (transaction) => STORES.forEach((name) => transaction.objectStore(name).clear()));
    },
  };
}

/** Find other tabs with this page: `second` is called where one was open before, `emptied` when one deletes all. */
export function meetTabs({ second, emptied }) {
  const channel = new BroadcastChannel(NAME);
  const began = Date.now() + Math.random();
  let first = true;
  channel.onmessage = ({ data }) => {
    if (data.emptied) emptied();
    else if (data.here < began && first) {
      first = false;
      second();
    } else if (data.hello > began && first) channel.postMessage({ here: began });
  };
  channel.postMessage({ hello: began });
  return { tellEmptied: () => channel.postMessage({ emptied: true }) };
}
