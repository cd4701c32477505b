/* The page: state in, pictures out. Reading order: what changes, what is computed, what is drawn. */
"use strict";

const explorer = (() => {
  const find = (id) => document.getElementById(id);
  const own = { picture: null };
  const sources = {};
  const camera = Camera.create(stopCamera);
  const inspector = Inspector.create(find("inspector"));
  const panels = [];
  let state = State.usual();
  let input = null;
  let chain = [];
  let held = false;
  let playing = null;
  let dirty = "";
  let linkTimer = 0;

  /* ---- messages ---- */

  function say(sentence) {
    find("message").hidden = !sentence;
    find("message").querySelector("p").textContent = sentence;
  }

  /* ---- what is computed ---- */

  const white = () => PICTURES.find(({ id }) => id === state.picture)?.white ?? 255;
  const source = () => (state.picture === "own" ? own.picture : sources[state.picture]);

  function prepareInput() {
    const small = Files.shrink(source(), state.pixels);
    input = state.channels === "gray" ? Files.toGray(small) : small;
  }

  function compute() {
    const layers = state.second ? state.layers : state.layers.slice(0, 1);
    chain = Convolution.steps(input, white(), layers, state.channels === "apart");
    const usable = chain.filter(({ kind, array }) => array && (kind === "convolution" || kind === "pool"));
    if (!usable.length) {
      state.at = null;
      return;
    }
    if (!state.at) state.at = beginning();
    if (!usable.includes(chain[state.at.step])) state.at.step = chain.indexOf(usable[usable.length - 1]);
    const { height, width } = chain[state.at.step].array;
    state.at.row = Math.min(state.at.row, height - 1);
    state.at.column = Math.min(state.at.column, width - 1);
  }

  /** Where the window begins: at the first place of a picture small enough to check on paper, else at the largest sum. */
  function beginning() {
    const { width, planes: [plane] } = chain[1].array;
    if (plane.length <= 100) return { step: 1, row: 0, column: 0 };
    const largest = plane.reduce((best, value, k) => (value > plane[best] ? k : best), 0);
    return { step: 1, row: Math.floor(largest / width), column: largest % width };
  }

  /* ---- what is drawn ---- */

  function title({ kind, layer }) {
    const more = state.second ? ` ${layer + 1}` : "";
    if (kind === "input") return "Input";
    if (kind === "convolution") return `Convolution${more}`;
    if (kind === "relu") return `ReLU${more}`;
    return `${state.layers[layer].pool === "max" ? "Max" : "Average"} pooling${more}`;
  }

  function updatePanels() {
    while (panels.length < chain.length) addPanel();
    panels.forEach(({ figure }, number) => { figure.hidden = number >= chain.length; });
    find("panels").dataset.count = Math.min(chain.length, 7);
    chain.forEach((step, number) => {
      const next = chain[number + 1];
      const ring = next?.kind === "convolution" ? next.window : null;
      panels[number].update(step, { name: title(step), view: state.view, ring });
    });
  }

  function drawPanels() {
    const marks = marksOf(state.at);
    chain.forEach((step, number) => {
      const revealed = playing === null ? Infinity : revealedOf(step, number);
      panels[number].draw(marks[number] ?? [], revealed);
    });
  }

  /** While the window slides, its own output grows, and what comes after waits. */
  function revealedOf(step, number) {
    const follows = number - state.at.step;
    if (follows < 0) return Infinity;
    if (follows === 0 || (follows === 1 && step.kind === "relu")) {
      return state.at.row * step.array.width + state.at.column + 1;
    }
    return 0;
  }

  /** Rectangles for each panel: the place itself, its window, and dashed what that window saw before. */
  function marksOf(at) {
    const marks = [];
    if (!at) return marks;
    let rectangle = { row: at.row, column: at.column, rows: 1, columns: 1 };
    marks[at.step] = [{ ...rectangle, style: "place" }];
    if (chain[at.step + 1]?.kind === "relu") marks[at.step + 1] = marks[at.step];
    for (let number = at.step; number > 0; number--) {
      rectangle = Convolution.seenBy(chain[number], rectangle);
      marks[number - 1] = [{ ...rectangle, style: number === at.step ? "window" : "field" }];
    }
    return marks;
  }

  function drawWindow() {
    const step = state.at && chain[state.at.step];
    if (!step) {
      find("where").textContent = "";
      return;
    }
    const relu = step.kind === "convolution" && chain[state.at.step + 1]?.kind === "relu";
    inspector.show(step, state.at, { relu, white: step.white / (step.apart || step.kind === "pool" ? 1 : step.from.planes.length), view: state.view });
    find("where").textContent = `${title(step)}: row ${state.at.row}, column ${state.at.column}${held ? " (held)" : ""}`;
    find("formula").textContent = shapeSentence(step);
  }

  function shapeSentence({ kind, window, from, array, layer, apart }) {
    const { size, stride, top, bottom, left, right } = window;
    const rows = sizeFormula(from.height, size, (top + bottom) || 0, stride, array.height);
    const columns = sizeFormula(from.width, size, (left + right) || 0, stride, array.width);
    const shape = rows === columns ? `rows and columns: ${rows}` : `rows: ${rows}; columns: ${columns}`;
    if (kind === "pool") return `${shape}. No weights.`;
    const weights = apart ? "9 weights, the same for each colour" : `${9 * from.planes.length} weights`;
    return `${shape}. ${weights}${state.layers[layer].stride > 1 ? `, a step of ${stride}` : ""}.`;
  }

  function sizeFormula(size, window, zeros, stride, result) {
    const above = zeros ? `${size} − ${window} + ${zeros}` : `${size} − ${window}`;
    return stride === 1 ? `${above} + 1 = ${result}` : `⌊(${above}) / ${stride}⌋ + 1 = ${result}`;
  }

  /* ---- one frame ---- */

  const ORDER = ["", "window", "view", "steps", "input"];

  /** Ask for a new frame: "window" moves it, "view" shades anew, "steps" computes, "input" takes the picture anew. */
  function refresh(what) {
    if (!dirty) requestAnimationFrame(frame);
    if (ORDER.indexOf(what) > ORDER.indexOf(dirty)) dirty = what;
    clearTimeout(linkTimer);
    linkTimer = setTimeout(rememberLink, 400);
  }

  function frame() {
    const level = ORDER.indexOf(dirty);
    dirty = "";
    if (level >= 4) prepareInput();
    if (level >= 3) compute();
    if (level >= 2) updatePanels();
    drawPanels();
    drawWindow();
  }

  /** Keep the address up to date, so that reloading the page and copying the address both work. */
  function rememberLink() {
    find("link").querySelector("input").value = link();
    try {
      history.replaceState(null, "", State.write(state));
    } catch {
      // A browser may limit how often, or forbid it for files; the button still makes the link.
    }
  }

  /* ---- moving the window ---- */

  function addPanel() {
    const number = panels.length;
    const panel = Drawing.panel(find("panel"));
    const follow = (event) => {
      if (held && !event.buttons) return;
      const pixel = panel.pixelAt(event);
      if (pixel) pointAt(number, pixel);
    };
    panel.frame.addEventListener("pointermove", follow);
    let pressed = null;
    panel.frame.addEventListener("pointerdown", (event) => {
      pressed = [event.clientX, event.clientY];
      stopPlaying();
      follow(event);
    });
    panel.frame.addEventListener("pointerup", (event) => {
      if (event.pointerType !== "mouse" || !pressed) return;
      const moved = Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]);
      if (moved < 4) {
        held = !held;
        refresh("window");
      }
      pressed = null;
    });
    panel.frame.addEventListener("keydown", (event) => {
      const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      stopPlaying();
      const target = stepOf(number);
      if (target !== state.at.step) pointAt(number, { row: state.at.row, column: state.at.column }, true);
      moveBy(by.map((places) => places * (event.shiftKey ? 10 : 1)));
      speak();
    });
    panels.push(panel);
    find("panels").append(panel.figure);
  }

  /** Which step a panel inspects: the input its first convolution, a ReLU the convolution before it. */
  function stepOf(number) {
    if (chain[number].kind === "input") return 1;
    return chain[number].kind === "relu" ? number - 1 : number;
  }

  function pointAt(number, pixel, exact = false) {
    const step = stepOf(number);
    const target = chain[step];
    if (!target?.array || playing !== null) return;
    let { row, column } = pixel;
    if (chain[number].kind === "input" && !exact) {
      const { stride, top, left } = target.window;
      row = Math.round((row + top - 1) / stride);
      column = Math.round((column + left - 1) / stride);
    }
    place(step, row, column);
  }

  function place(step, row, column) {
    const { height, width } = chain[step].array;
    const at = {
      step,
      row: Math.max(0, Math.min(height - 1, row)),
      column: Math.max(0, Math.min(width - 1, column)),
    };
    if (state.at && at.step === state.at.step && at.row === state.at.row && at.column === state.at.column) return;
    state.at = at;
    refresh("window");
  }

  function moveBy([rows, columns]) {
    if (state.at) place(state.at.step, state.at.row + rows, state.at.column + columns);
  }

  /** Say the window's place and sum for those who do not see it. */
  function speak() {
    const step = chain[state.at.step];
    const { results } = Inspector.look(step, state.at);
    find("spoken").textContent = `Row ${state.at.row}, column ${state.at.column}: ${results.map(Drawing.format).join(", ")}`;
  }

  /* ---- sliding by itself ---- */

  const LONGEST_SLIDE = 20;
  const SLOWEST_STEP = 0.5;

  function play() {
    if (playing !== null) return stopPlaying();
    if (!state.at) return undefined;
    const { height, width } = chain[state.at.step].array;
    const count = height * width;
    const seconds = Math.min(LONGEST_SLIDE, count * SLOWEST_STEP);
    const began = performance.now();
    const tick = (now) => {
      if (playing === null) return;
      const index = Math.min(count - 1, Math.max(0, Math.floor(((now - began) / 1000 / seconds) * count)));
      place(state.at.step, Math.floor(index / width), index % width);
      refresh("window");
      if (now - began >= seconds * 1000) stopPlaying();
      else playing = requestAnimationFrame(tick);
    };
    find("play").textContent = "■ Stop";
    playing = requestAnimationFrame(tick);
    return undefined;
  }

  function stopPlaying() {
    if (playing === null) return;
    cancelAnimationFrame(playing);
    playing = null;
    find("play").textContent = "▶ Slide the window";
    refresh("window");
  }

  /* ---- pictures ---- */

  function showPicture(id) {
    stopPlaying();
    if (camera.on()) stopCamera();
    state.picture = id;
    state.at = null;
    held = false;
    syncControls();
    refresh("input");
  }

  async function takeFiles(files, otherwise) {
    try {
      if (files.length === 0) throw new Reading.Refused(otherwise);
      if (files.length > 1) throw new Reading.Refused(`${files.length} files were given, and there is room for one picture. Give one of them.`);
      own.picture = await Files.open(files[0]);
      say("");
      showPicture("own");
    } catch (error) {
      if (!(error instanceof Reading.Refused)) throw error;
      say(error.message);
    }
  }

  async function toggleCamera() {
    if (camera.on()) return stopCamera();
    stopPlaying();
    try {
      await camera.start();
    } catch (error) {
      if (!(error instanceof Reading.Refused)) throw error;
      return say(error.message);
    }
    if (!camera.on() || find("camera").getAttribute("aria-pressed") === "true") return undefined; // another click was faster
    say("");
    find("camera").textContent = "Freeze";
    find("camera").setAttribute("aria-pressed", "true");
    return watch();
  }

  /** Take each frame of the webcam as the picture, until it is frozen. */
  function watch() {
    if (!camera.on()) return;
    const seen = seenByCamera(state.pixels);
    if (seen) {
      own.picture = seen;
      if (state.picture !== "own") {
        stopPlaying();
        state.picture = "own";
        state.at = null;
        syncControls();
      }
      refresh("input");
    }
    requestAnimationFrame(watch);
  }

  function seenByCamera(most) {
    const { video } = camera;
    return camera.on() && video.videoWidth ? Files.fromDrawable(video, video.videoWidth, video.videoHeight, most) : null;
  }

  function stopCamera() {
    const last = seenByCamera(1024);
    if (last && state.picture === "own") own.picture = last;
    camera.stop();
    find("camera").textContent = "Webcam";
    find("camera").setAttribute("aria-pressed", "false");
    if (last) refresh("input");
  }

  function makeThumbnails() {
    PICTURES.forEach(({ id, name, alt, white: brightest }) => {
      const button = document.createElement("button");
      const canvas = document.createElement("canvas");
      const label = document.createElement("span");
      button.type = "button";
      button.dataset.picture = id;
      label.textContent = name;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", alt);
      Drawing.thumbnail(canvas, Files.shrink(sources[id], 128), brightest);
      button.append(canvas, label);
      button.addEventListener("click", () => showPicture(id));
      find("pictures").append(button);
    });
  }

  /* ---- controls ---- */

  const changed = () => { stopPlaying(); refresh("steps"); };
  const layers = [0, 1].map((number) => Controls.layer(find("layer"), number, { changed, say }));

  function syncControls() {
    find("channels").value = state.channels;
    find("pixels").value = state.pixels;
    find("view").value = state.view;
    find("second").checked = state.second;
    layers.forEach((layer, number) => layer.show(state.layers[number]));
    layers[0].offerSlices(state.channels === "rgb");
    layers[1].offerSlices(false);
    layers[1].root.hidden = !state.second;
    document.querySelectorAll("#pictures button").forEach((button) => {
      button.setAttribute("aria-pressed", button.dataset.picture === state.picture);
    });
    const credit = PICTURES.find(({ id }) => id === state.picture)?.source;
    find("credit").textContent = credit ?? "Your own picture.";
  }

  function wire() {
    find("layers").append(...layers.map(({ root }) => root));
    const choose = (id, key, what, read = String) => {
      find(id).addEventListener("change", (event) => {
        state[key] = read(event.target.type === "checkbox" ? event.target.checked : event.target.value);
        if (what === "input") state.at = null;
        stopPlaying();
        syncControls();
        refresh(what);
      });
    };
    choose("channels", "channels", "input");
    choose("pixels", "pixels", "input", Number);
    choose("second", "second", "steps", Boolean);
    choose("view", "view", "view");
    find("play").addEventListener("click", play);
    find("camera").addEventListener("click", toggleCamera);
    find("share").addEventListener("click", shareLink);
    find("file").addEventListener("change", (event) => {
      const files = [...event.target.files];
      event.target.value = "";
      if (files.length) takeFiles(files);
    });
    document.querySelectorAll("[data-move]").forEach((button) => {
      const by = button.dataset.move.split(",").map(Number);
      button.addEventListener("click", () => { stopPlaying(); held = true; moveBy(by); refresh("window"); if (state.at) speak(); });
    });
    document.querySelectorAll(".message button").forEach((button) => {
      button.addEventListener("click", () => { button.parentElement.hidden = true; });
    });
    window.addEventListener("resize", () => refresh("window"));
    window.addEventListener("hashchange", (event) => load(new URL(event.newURL).hash));
    wireDropAndPaste();
  }

  function wireDropAndPaste() {
    const veil = find("drop");
    window.addEventListener("dragover", (event) => { event.preventDefault(); veil.hidden = false; });
    window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) veil.hidden = true; });
    window.addEventListener("drop", (event) => {
      event.preventDefault();
      veil.hidden = true;
      const sentence = "What was dropped is not a file. Save the picture first, then drop its file here.";
      takeFiles([...event.dataTransfer.files], sentence);
    });
    window.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (!files.length && event.target.closest?.("input")) return;
      event.preventDefault();
      takeFiles(files, "The clipboard holds no picture. Copy a picture, not its name or address, and paste again.");
    });
  }

  const link = () => location.href.split("#")[0] + State.write(state);

  async function shareLink() {
    const address = link();
    const box = find("link");
    const ownPicture = state.picture === "own" ? " Your own picture is not in it: it never leaves this computer." : "";
    const tell = (said) => {
      box.querySelector("p").textContent = `${said} It holds kernel, settings and window.${ownPicture}`;
    };
    box.hidden = false;
    box.querySelector("input").value = address;
    box.querySelector("input").select();
    tell("Copy this link."); // A browser may ask first whether the page may use the clipboard, for as long as it likes.
    const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
    if (copied) tell("The link is copied.");
  }

  function load(hash) {
    stopPlaying();
    const read = State.read(hash);
    if (camera.on()) stopCamera();
    state = read.state;
    held = read.state.at !== null;
    say(read.refused ?? "");
    syncControls();
    refresh("input");
  }

  async function start() {
    await Promise.all(PICTURES.map(async (picture) => { sources[picture.id] = await Files.embedded(picture); }));
    makeThumbnails();
    wire();
    load(location.hash);
  }

  const ready = start();
  return { ready, state: () => state, chain: () => chain };
})();
