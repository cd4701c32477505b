/* Keeps the whole page at the first visit, so that it opens without a network.

   `course site` fills in the version, a checksum of all files: with another one, everything is fetched anew. */
"use strict";

const VERSION = "VERSION_OF_ALL_FILES";
const FILES = ["LIST_OF_ALL_FILES"];
const PREFIX = "pocket-";

self.addEventListener("install", (event) => {
  const fetched = FILES.map((name) => new Request(name, { cache: "reload" }));
  event.waitUntil(caches.open(PREFIX + VERSION).then((cache) => cache.addAll(fetched)).then(() => self.skipWaiting()));
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
