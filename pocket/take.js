/* What leaves and enters by hand: heads as files, the page's address as a QR code, the page itself for offline. */
import { renderSVG } from "./uqr.mjs";
import { readHead, Refused, writeHead } from "./head.js";
import { reason } from "./store.js";

const LARGEST_HEAD = 2e6; // bytes

const find = (id) => document.getElementById(id);

export function createTake({ heads, setHead, say, refuse, store }) {
  function save() {
    if (!heads.own) return refuse(new Refused("There is no head of yours yet. Under “Teach”, give two classes pictures."));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([writeHead(heads.own, heads.course)], { type: "application/json" }));
    link.download = "head.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    return undefined;
  }

  async function open(file) {
    try {
      if (file.size > LARGEST_HEAD) throw new Refused(`“${file.name}” has ${Math.round(file.size / 1e6)} MB, far more than a head. Choose another file.`);
      const kept = { id: "file", name: file.name, text: await file.text() };
      use(kept, true);
      say("");
      find("tab-ask").click();
      await store.put("heads", kept);
    } catch (error) {
      refuse(error);
    }
  }

  function use({ name, text }, wish = false) {
    setHead("file", { ...readHead(text, name, heads.course), name }, wish);
  }

  function removeHead() {
    setHead("file", null);
    find("save-head").focus();
    store.remove("heads", ["file"]);
  }

  function showAddress() {
    const address = location.origin + location.pathname;
    find("address").value = address;
    find("address").addEventListener("focus", () => find("address").select());
    const own = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
    find("reach").textContent = own ? "Only this computer reaches it; see “What works where”." : "";
    find("qr").src = find("large-qr").src = `data:image/svg+xml,${encodeURIComponent(renderSVG(address, { border: 4 }))}`;
    find("large-address").textContent = address;
    find("enlarge").addEventListener("click", () => find("large").showModal());
  }

  /** Let the service worker keep the page: after the network is loaded, so that nothing is loaded twice. */
  async function keepPage() {
    if (!("serviceWorker" in navigator)) {
      find("offline").textContent = "This browser keeps no page for later. Leave the page open, or open it over https.";
      return;
    }
    try {
      const { installing } = (await navigator.serviceWorker.register("sw.js")) ?? {};
      const refused = new Promise((_, fail) => {
        installing?.addEventListener("statechange", () => {
          if (installing.state === "redundant") fail(new Error("there is no room, or a file is missing"));
        });
      });
      await Promise.race([navigator.serviceWorker.ready, refused]);
      find("offline").textContent = "This page is kept on this device and works without a network, until the browser clears it. As an app it stays longer: choose “Add to home screen” in the browser's menu.";
      document.body.dataset.offline = "true";
      await navigator.storage?.persist?.();
    } catch (error) {
      find("offline").textContent = `The page could not be kept for later (${reason(error)}). It works as long as it is open.`;
    }
  }

  function offerNewer() {
    const old = navigator.serviceWorker?.controller;
    navigator.serviceWorker?.addEventListener("controllerchange", () => {
      if (old) say("A newer version of this page is ready.", { label: "Load it", act: () => location.reload() });
    });
  }

  /** Bring back the head that was opened, if it still fits. */
  function load(kept) {
    offerNewer();
    showAddress();
    find("save-head").addEventListener("click", save);
    find("remove-head").addEventListener("click", removeHead);
    find("head-file").addEventListener("change", (event) => {
      const [file] = event.target.files;
      event.target.value = "";
      if (file) open(file);
    });
    try {
      if (kept) use(kept);
    } catch (error) {
      store.remove("heads", ["file"]);
      refuse(error);
    }
  }

  return { load, keepPage };
}
