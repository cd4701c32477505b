/* The page as a whole: the picture, who answers, and what is seen, heard and kept. */
import { createEngine, pixelsOf, square } from "./engine.js";
import { answer, heat, readHead, Refused } from "./head.js";
import { openStore } from "./store.js";
import { createTake } from "./take.js";
import { createTeacher } from "./teach.js";

/* Reading and Camera come from classic scripts, which the kernel explorer shares. */
/* global Reading, Camera */

const SMALLEST = 16; // pixels a side of a photo
const SHOWN = 384;
const MOST_OF_WINDOW = 0.42;
const NEITHER = "neither";
const find = (id) => document.getElementById(id);

const heads = { course: null, own: null, file: null };
let wished = "course"; // whose head is to answer, if there is one
let store = null;
let tab = "ask";
let current = null; // {canvas, shown, features, maps} of the picture that is seen; before it is looked at, only {shown}
let asked = 0; // photos and cameras so far
let loading = "Loading the network …"; // until the network can answer
let announced = "";
let facing = "environment";
const engine = createEngine(progress);
const camera = Camera.create(() => {
  stopCamera();
  say("The camera has stopped. Start it again, or open a photo.");
});

/* ---- messages ---- */

/** Show a sentence, or none; with an action {label, act} as a button beside it. */
function say(sentence, action = null) {
  find("message").querySelector("p").textContent = sentence;
  find("message").hidden = !sentence;
  find("action").hidden = !action;
  find("action").textContent = action?.label ?? "";
  find("action").onclick = () => {
    say("");
    action.act();
  };
}

/** Say that something is not kept; a line stays when the sentence is gone. */
function warnUnkept(sentence) {
  say(sentence);
  find("unkept").hidden = false;
}

function progress(loaded, whole) {
  const said = whole < loaded ? "" : ` of ${Math.round(whole / 1e6)}`;
  const before = loading;
  loading = `Loading the network, ${Math.round(loaded / 1e6)}${said} MB …`;
  if (loading !== before) writeVerdict(headInUse(), null);
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
  const mine = (asked += 1);
  try {
    if (files.length !== 1) throw new Refused(`${files.length} files were given, and one is looked at. Give one of them.`);
    stopCamera();
    say("");
    const bitmap = await Reading.open(files[0], SMALLEST);
    try {
      if (mine !== asked) return; // a newer one is looked at
      current = { shown: square(bitmap, bitmap.width, bitmap.height, SHOWN) };
      show();
      const seen = await look(bitmap, bitmap.width, bitmap.height);
      if (mine !== asked) return;
      current = seen;
    } finally {
      bitmap.close();
    }
    show(true);
  } catch (error) {
    if (mine !== asked) return;
    current = null;
    show();
    refuse(error);
  }
}

/* ---- the answer ---- */

const chosen = () => (heads[wished] ? wished : "course");
const headInUse = () => (tab === "teach" ? heads.own : heads[chosen()]);

/** A share in whole percent, without 0 and 100, which no network knows. */
function percent(share, over = ">", under = "<") {
  const whole = Math.round(100 * share);
  return whole > 99 ? `${over}99%` : whole < 1 ? `${under}1%` : `${whole}%`;
}

/** Draw the picture with its heat map, and write the answer; `aloud` announces it at once. */
function show(aloud = false) {
  const head = headInUse();
  const shares = current?.features && head ? answer(head, current.features) : null;
  const best = shares ? shares.indexOf(Math.max(...shares)) : -1;
  const neither = shares && head.classes[best] === NEITHER;
  const wanted = shares && find("heat").checked;
  const map = wanted && !neither ? heat(head, current.maps, best) : null;
  drawPicture(map);
  find("empty").hidden = current !== null;
  const rest = head?.classes.filter((name) => name !== NEITHER).join(" or ");
  const nothing = neither ? `No place in the picture looks like ${rest}.` : "No place in the picture supports this answer: the head's bias decided it.";
  find("no-heat").textContent = wanted && !map ? nothing : "";
  find("answered-by").textContent = shares && tab !== "teach" ? `Answered by: ${NAMES[chosen()] ?? heads.file.name}` : "";
  writeBars(head, shares, best);
  const answered = shares ? `${head.classes[best]}, ${percent(shares[best], "over ", "under ")}` : null;
  writeVerdict(head, answered);
  find("picture").setAttribute("aria-label", answered ? `The picture. Answer: ${answered}` : current ? "The picture" : "No picture yet");
  if (shares) announce(head.classes[best], answered, aloud);
}

function writeVerdict(head, answered) {
  const untaught = tab === "teach" && !head ? "Give two classes pictures, and the page learns to tell them apart." : "";
  const waits = current && loading ? `The picture waits until the network is loaded. ${loading}` : loading;
  find("verdict").textContent = answered ?? (waits || untaught || (current ? "Looking …" : ""));
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
    bar.querySelector("meter").style.setProperty("--share", `${100 * share}%`);
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

/** Lay a map over the picture: clear where nothing supports the answer, yellow where most does. */
function drawHeat(context, map) {
  const side = Math.sqrt(map.length);
  const small = new OffscreenCanvas(side, side);
  const image = new ImageData(side, side);
  map.forEach((share, place) => {
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
  asked += 1;
  try {
    await camera.start({ facingMode: facing });
  } catch (error) {
    refuse(error);
    return;
  }
  if (!camera.on() || find("camera").getAttribute("aria-pressed") === "true") return; // another click was faster
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
        const size = [video.videoWidth, video.videoHeight];
        const seen = loading ? { shown: square(video, ...size, SHOWN) } : await look(video, ...size);
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

const NAMES = { course: "the course's head", own: "my own classes" };

/** Make a head available under "course", "own" or "file", or take it away with null; `wish` lets it answer. */
function setHead(kind, head, wish = false) {
  heads[kind] = head;
  if (wish) wishFor(kind);
  const options = Object.keys(heads).filter((one) => heads[one]).map((one) => new Option(
    `${NAMES[one] ?? heads[one].name}: ${heads[one].classes.join(", ")}`, one, false, one === chosen(),
  ));
  find("head").replaceChildren(...options);
  find("remove-head").hidden = !heads.file;
  aboutHead();
  show();
}

/** Choose whose head answers, now and at the next visit. */
function wishFor(kind) {
  wished = kind;
  store.put("heads", { id: "wished", kind });
}

function aboutHead() {
  const { note, classes } = heads[chosen()] ?? {};
  const names = classes?.join(", ").replace(/, ([^,]*)$/, " and $1");
  find("about-head").textContent = note ?? (names ? `It knows only ${names}, and answers one of them whatever you show. Nobody has measured it here.` : "");
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
  if (!find("picture").getClientRects().length) stopCamera(); // where nobody sees it
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
    wishFor(event.target.value);
    aboutHead();
    show(true);
  });
  find("heat").addEventListener("change", () => show());
  find("close").addEventListener("click", () => say(""));
  new ResizeObserver(keepLow).observe(find("stage"));
  window.addEventListener("resize", keepLow);
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) askFiles([...event.dataTransfer.files]);
  });
}

/** The box with picture and answer stays in sight while one scrolls, unless it takes too much of the window. */
function keepLow() {
  find("stage").classList.toggle("tall", find("stage").offsetHeight > MOST_OF_WINDOW * window.innerHeight);
}

/** Ask before something is deleted, with `label` on the button that does it: true for yes. */
function confirmed(sentence, label) {
  const dialog = find("confirm");
  find("confirm-text").textContent = sentence;
  dialog.querySelector("[value=yes]").textContent = label;
  dialog.showModal();
  return new Promise((done) => {
    dialog.querySelectorAll("button").forEach((button) => { button.onclick = () => dialog.close(button.value); });
    dialog.onclose = () => { done(dialog.returnValue === "yes"); dialog.returnValue = ""; };
  });
}

/** Links to the course's site, where this page is on it; `course demo` serves the page alone. */
async function showWayHome() {
  const home = await fetch("../lessons/06b_explanations.html", { method: "HEAD" }).catch(() => null);
  document.querySelectorAll(".home").forEach((link) => { link.hidden = !home?.ok; });
}

async function start() {
  wire();
  choose("ask");
  const response = await fetch("head.json").catch(() => null);
  if (!response?.ok) throw new Refused("A part of this page is missing, head.json. Check the connection, and load the page again.");
  setHead("course", readHead(await response.text(), "head.json"));
  store = await openStore(warnUnkept);
  const kept = Object.fromEntries((await store.all("heads")).map((one) => [one.id, one]));
  wished = kept.wished?.kind ?? "course";
  const page = { heads, look, openFile, say, refuse, confirmed, setHead, store, camera, startCamera, stopCamera };
  const take = createTake(page);
  take.load(kept.file);
  await createTeacher(page).load();
  await engine.ready;
  loading = "";
  showWayHome();
  document.body.dataset.ready = "true";
  show();
  await take.keepPage();
}

start().catch((error) => {
  loading = "The network is not loaded.";
  show();
  refuse(error);
});

export { look };
