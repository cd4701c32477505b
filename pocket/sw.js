/* Keeps the whole page at the first visit, so that it opens without a network.

   The build fills in the version, a checksum of all files: with another one, the server is asked for each file. */
"use strict";

const VERSION = "VERSION_OF_ALL_FILES";
const FILES = ["LIST_OF_ALL_FILES"];
const PREFIX = `pocket ${new URL(".", self.location.href).pathname} `;

self.addEventListener("install", (event) => {
  const keep = async () => {
    const [cache, early] = await Promise.all([VERSION, "early"].map((name) => caches.open(PREFIX + name)));
    await Promise.all(FILES.map(async (name) => {
      const loaded = await early.match(name); // by the page, see worker.js
      await (loaded ? cache.put(name, loaded) : cache.add(new Request(name, { cache: "no-cache" })));
    }));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const kept = async () => (await caches.open(PREFIX + VERSION)).match(event.request, { ignoreSearch: true });
  event.respondWith(kept().then((response) => response ?? fetch(event.request)));
});
