/* What leaves and enters by hand: heads as files, the page's address as a QR code, the page itself for offline. */
import { renderSVG } from "./uqr.mjs";
import { readHead, Refused, writeHead } from "./head.js";

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
      const head = readHead(await file.text(), file.name, heads.course);
      setHead("file", { ...head, name: file.name });
      await store.put("heads", { id: "file", name: file.name, head });
      say("");
      find("tab-ask").click();
    } catch (error) {
      refuse(error);
    }
  }

  function showAddress() {
    const address = location.href.split("#")[0];
    find("address").value = address;
    find("address").addEventListener("focus", () => find("address").select());
    const own = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
    find("reach").textContent = own ? "Only this computer reaches it; see “What works where”." : "";
    find("qr").src = `data:image/svg+xml,${encodeURIComponent(renderSVG(address, { border: 4 }))}`;
  }

  async function keepPage() {
    if (!("serviceWorker" in navigator)) return;
    try {
      await navigator.serviceWorker.register("sw.js");
      await navigator.serviceWorker.ready;
      find("offline").textContent = "This page is kept on this device and works without a network. To have it as an app, choose “Add to home screen” in the browser's menu.";
      document.body.dataset.offline = "true";
      await navigator.storage?.persist?.();
    } catch (error) {
      find("offline").textContent = `This browser could not keep the page for later (${error.message}). It works as long as it is open.`;
    }
  }

  async function load() {
    showAddress();
    find("save-head").addEventListener("click", save);
    find("head-file").addEventListener("change", (event) => {
      const [file] = event.target.files;
      event.target.value = "";
      if (file) open(file);
    });
    const [kept] = await store.all("heads");
    if (kept) setHead("file", { ...kept.head, name: kept.name });
    keepPage();
  }

  return { load };
}
