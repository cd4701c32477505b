/* What the page keeps on this device: classes, their pictures with features, and a head from a file. */

const NAME = "classifier-in-your-pocket";
const STORES = ["classes", "pictures", "heads"];

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  request.onblocked = () => reject(new Error("it is open in another tab"));
});

function sentence(error) {
  if (error?.name === "QuotaExceededError") {
    return "This device has no room left, so the last change is lost when the page closes. Delete pictures here, or free some space.";
  }
  return `This browser keeps nothing for this page (${error?.message || error}), so all is lost when it closes. Leave private browsing, or save your head.`;
}

/** Open the store. Where it fails, `tell` gets one sentence, and the page goes on without. */
export async function openStore(tell) {
  let database = null;
  try {
    await connect();
  } catch (error) {
    tell(sentence(error));
  }

  async function connect() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name, { keyPath: "id" }));
    database = await done(request);
    database.onversionchange = () => database.close();
  }

  async function change(name, work) {
    if (!database) return;
    try {
      const transaction = database.transaction(name, "readwrite");
      const finished = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      work(transaction.objectStore(name));
      await finished;
    } catch (error) {
      tell(sentence(error));
    }
  }

  return {
    put: (name, value) => change(name, (store) => store.put(value)),
    remove: (name, ids) => change(name, (store) => ids.forEach((id) => store.delete(id))),
    all: async (name) => (database ? done(database.transaction(name).objectStore(name).getAll()) : []),
    /** Delete the whole database, and begin an empty one. */
    async deleteAll() {
      database?.close();
      database = null;
      try {
        await done(indexedDB.deleteDatabase(NAME));
        await connect();
      } catch (error) {
        tell(`Not all could be deleted: ${error?.message || error}. Close other tabs with this page, and try again.`);
      }
    },
  };
}
