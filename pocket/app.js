/* The page as a whole: the picture, who answers, and what is seen, heard and kept. */
import { createEngine, pixelsOf, square } from "./engine.js";
import { activationMap, answer, readHead, Refused } from "./head.js";
import { openStore } from "./store.js";
import { createTake } from "./take.js";
import { createTeacher } from "./teach.js";

/* Reading and Camera come from classic scripts, which the kernel explorer shares. */
/* global Reading, Camera */

const SMALLEST = 16; // pixels a side of a photo
const SHOWN = 384;
const find = (id) => document.getElementById(id);

const engine = createEngine();
const camera = Camera.create();
const heads = { course: null, own: null, file: null };
let chosen = "course";
let tab = "ask";
let current = null; // {canvas, shown, features, maps} of the picture that is seen
let announced = "";
let facing = "environment";

/* ---- messages ---- */

function say(sentence) {
  find("message").querySelector("p").textContent = sentence;
  find("message").hidden = !sentence;
}

/** Show a refusal as its sentence; anything else is a fault of the page, and must not be hidden. */
function refuse(error) {
  say(error.message);
  if (!(error instanceof Refused || error instanceof Reading.Refused)) throw error;
}

/* ---- one picture ---- */

/** Look at something drawable: keep its square with features and maps, or only give them. */
async function look(drawable, width, height) {
  const canvas = square(drawable, width, height);
  const shown = square(drawable, width, height, SHOWN);
  const { features, maps } = await engine.look(pixelsOf(canvas));
  return { canvas, shown, features, maps };
}

async function openFile(file) {
  const bitmap = await Reading.open(file, SMALLEST);
  try {
    return await look(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

async function askFiles(files) {
  try {
    if (files.length !== 1) throw new Refused(`${files.length} files were given, and one is looked at. Give one of them.`);
    stopCamera();
    say("");
    find("verdict").textContent = "Looking …";
    const seen = await openFile(files[0]);
    current = seen;
  } catch (error) {
    refuse(error);
  } finally {
    show(true);
  }
}

/* ---- the answer ---- */

const headInUse = () => (tab === "teach" ? heads.own : heads[chosen]);

const percent = (share) => `${Math.min(99, Math.max(1, Math.round(100 * share)))} %`;

/** Draw the picture with its heat map, and write the answer; `aloud` announces it at once. */
function show(aloud = false) {
  const head = headInUse();
  const shares = current && head ? answer(head, current.features) : null;
  const best = shares ? shares.indexOf(Math.max(...shares)) : -1;
  drawPicture(shares && find("heat").checked ? activationMap(head, current.maps, best) : null);
  find("empty").hidden = current !== null;
  writeBars(head, shares, best);
  if (!current) {
    find("verdict").textContent = head || tab !== "teach" ? "" : "Two classes with pictures make a head.";
    return;
  }
  const name = shares ? `${head.classes[best]}, ${percent(shares[best])}` : "No head yet: give two classes pictures.";
  find("verdict").textContent = name;
  find("picture").setAttribute("aria-label", `The picture. Answer: ${name}${find("heat").checked && shares ? ", with a heat map" : ""}`);
  announce(shares ? head.classes[best] : "", name, aloud);
}

let pending = "";
/** Say an answer aloud; from the camera only when another class has won twice in a row. */
function announce(winner, sentence, aloud) {
  const settled = aloud || (winner === pending && winner !== announced);
  pending = winner;
  if (!settled) return;
  announced = winner;
  find("spoken").textContent = sentence;
}

function writeBars(head, shares, best) {
  const bars = find("bars");
  const names = head?.classes ?? [];
  while (bars.children.length > names.length) bars.lastChild.remove();
  names.forEach((name, place) => {
    const bar = bars.children[place] ?? bars.appendChild(makeBar());
    const share = shares?.[place] ?? 0;
    bar.classList.toggle("best", place === best);
    bar.querySelector(".label").textContent = name;
    bar.querySelector("meter").value = share;
    bar.querySelector("meter").setAttribute("aria-label", name);
    bar.querySelector(".share").textContent = shares ? percent(share) : "";
  });
}

function makeBar() {
  const bar = document.createElement("div");
  const label = document.createElement("span");
  const meter = document.createElement("meter");
  const share = document.createElement("span");
  label.className = "label";
  share.className = "share";
  bar.append(label, meter, share);
  return bar;
}

function drawPicture(map) {
  const context = find("picture").getContext("2d");
  context.clearRect(0, 0, SHOWN, SHOWN);
  if (!current) return;
  context.drawImage(current.shown, 0, 0);
  if (map) drawHeat(context, map);
}

/** Lay a map over the picture: clear where nothing speaks for the answer, yellow where most does. */
function drawHeat(context, map) {
  const side = Math.sqrt(map.length);
  const most = Math.max(...map);
  if (most <= 0) return;
  const small = new OffscreenCanvas(side, side);
  const image = new ImageData(side, side);
  map.forEach((value, place) => {
    const share = Math.max(0, value / most);
    image.data.set([255, 235 * share, 60 * (1 - share), 170 * share], 4 * place);
  });
  small.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(small, 0, 0, SHOWN, SHOWN);
}

/* ---- the camera ---- */

async function toggleCamera() {
  if (camera.on()) return stopCamera();
  return startCamera();
}

async function startCamera() {
  if (camera.on()) return;
  try {
    await camera.start({ facingMode: facing });
  } catch (error) {
    refuse(error);
    return;
  }
  say("");
  find("camera").textContent = "Freeze";
  find("camera").setAttribute("aria-pressed", "true");
  const devices = await navigator.mediaDevices.enumerateDevices();
  find("other-camera").hidden = devices.filter(({ kind }) => kind === "videoinput").length < 2;
  watch();
}

function stopCamera() {
  camera.stop();
  find("camera").textContent = "Camera";
  find("camera").setAttribute("aria-pressed", "false");
  find("other-camera").hidden = true;
}

async function otherCamera() {
  facing = facing === "environment" ? "user" : "environment";
  camera.stop();
  await startCamera();
}

/** Look at one frame after the other, until the camera is stopped. */
async function watch() {
  const { video } = camera;
  try {
    while (camera.on()) {
      if (video.videoWidth && !document.hidden) {
        const seen = await look(video, video.videoWidth, video.videoHeight);
        if (!camera.on()) return;
        current = seen;
        show();
      }
      await new Promise((next) => { requestAnimationFrame(next); });
    }
  } catch (error) {
    stopCamera();
    refuse(error);
  }
}

/* ---- heads ---- */

/** Make a head available under "course", "own" or "file", or take it away with null. */
function setHead(kind, head) {
  heads[kind] = head;
  if (!heads[chosen]) chosen = "course";
  if (kind === "file" && head) chosen = "file";
  const names = { course: "The course's head", own: "My own classes", file: heads.file?.name };
  const options = Object.keys(heads).filter((one) => heads[one]).map((one) => new Option(
    `${names[one]}: ${heads[one].classes.join(", ")}`, one, false, one === chosen,
  ));
  find("head").replaceChildren(...options);
  aboutHead();
  show();
}

function aboutHead() {
  find("about-head").textContent = heads[chosen]?.note ?? "";
}

/* ---- tabs ---- */

function choose(name) {
  tab = name;
  document.querySelectorAll("[role=tab]").forEach((button) => {
    const on = button.id === `tab-${name}`;
    button.setAttribute("aria-selected", on);
    button.tabIndex = on ? 0 : -1;
    find(button.getAttribute("aria-controls")).hidden = !on;
  });
  document.body.dataset.tab = name;
  show();
}

function wireTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  tabs.forEach((button, place) => {
    button.addEventListener("click", () => choose(button.id.slice(4)));
    button.addEventListener("keydown", ({ key }) => {
      const to = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: tabs.length - 1 }[key];
      if (to === undefined) return;
      const next = tabs[(to + tabs.length) % tabs.length];
      next.focus();
      choose(next.id.slice(4));
    });
  });
}

/* ---- the start ---- */

function wire() {
  wireTabs();
  find("camera").addEventListener("click", toggleCamera);
  find("other-camera").addEventListener("click", otherCamera);
  find("file").addEventListener("change", (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    if (files.length) askFiles(files);
  });
  find("head").addEventListener("change", (event) => {
    chosen = event.target.value;
    aboutHead();
    show(true);
  });
  find("heat").addEventListener("change", () => show());
  find("message").querySelector("button").addEventListener("click", () => say(""));
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    askFiles([...event.dataTransfer.files]);
  });
}

/** Ask before something is deleted: true for yes. */
function confirmed(sentence) {
  const dialog = find("confirm");
  find("confirm-text").textContent = sentence;
  dialog.showModal();
  return new Promise((done) => {
    dialog.querySelectorAll("button").forEach((button) => { button.onclick = () => dialog.close(button.value); });
    dialog.onclose = () => { done(dialog.returnValue === "yes"); dialog.returnValue = ""; };
  });
}

async function start() {
  wire();
  const response = await fetch("head.json");
  setHead("course", readHead(await response.text(), "head.json"));
  const store = await openStore(say);
  const page = { heads, look, openFile, say, refuse, confirmed, setHead, store, camera, startCamera };
  await Promise.all([createTeacher(page).load(), createTake(page).load()]);
  choose("ask");
  find("verdict").textContent = "Loading the network …";
  await engine.ready;
  document.body.dataset.ready = "true";
  show();
}

start().catch((error) => {
  say(error.message);
  throw error;
});

export { look };
