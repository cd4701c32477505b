/* One's own classes: pictures from camera and files, the head they make, and how far to trust it. */
import { likeness, Refused, train, wilson } from "./head.js";

const FEWEST_CLASSES = 2;
const MOST_CLASSES = 6;
const MOST_PICTURES = 200; // in all
const FEW = 5; // pictures of a class
const ALIKE = 0.9; // cosine of two pictures that show nearly the same; other photos of a class stay below 0.8
const EVERY = 250; // milliseconds between two pictures while the button is held
const PAUSE = 300; // milliseconds without a change before a head is trained
const AT_ONCE = 40; // milliseconds of measuring before the page may draw

const find = (id) => document.getElementById(id);
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

export function createTeacher({ setHead, look, openFile, say, refuse, confirmed, store, camera, startCamera }) {
  let classes = []; // {id, name, place, pictures: [{id, label, features, picture}], card}
  let next = 1;
  let timer = null;
  let round = 0;
  let emptied = false;

  const total = () => classes.reduce((sum, { pictures }) => sum + pictures.length, 0);

  /* ---- pictures ---- */

  async function add(one, seen) {
    if (total() >= MOST_PICTURES) throw new Refused(`There are ${MOST_PICTURES} pictures, and no more fit in. Remove some first.`);
    const picture = await new Promise((done) => { seen.canvas.toBlob(done, "image/jpeg", 0.85); });
    const kept = { id: next++, label: one.id, features: seen.features, picture };
    one.pictures.push(kept);
    showPicture(one, kept);
    changed(one);
    await store.put("pictures", kept);
  }

  async function addFiles(one, files) {
    const wrong = [];
    for (const file of files) {
      try {
        await add(one, await openFile(file));
      } catch (error) {
        wrong.push(error);
      }
    }
    if (wrong.length) {
      const more = wrong.length > 1 ? ` (And ${wrong.length - 1} more of ${plural(files.length, "file")}.)` : "";
      wrong[0].message += more;
      refuse(wrong[0]);
    }
  }

  /** Take what the camera sees into a class. */
  async function record(one) {
    const { video } = camera;
    if (!camera.on()) await startCamera();
    if (!camera.on()) return;
    while (camera.on() && !video.videoWidth) await new Promise((ready) => { requestAnimationFrame(ready); });
    try {
      await add(one, await look(video, video.videoWidth, video.videoHeight));
    } catch (error) {
      refuse(error);
    }
  }

  function remove(one, kept) {
    one.pictures.splice(one.pictures.indexOf(kept), 1);
    changed(one);
    store.remove("pictures", [kept.id]);
  }

  /* ---- classes ---- */

  function freeName() {
    let number = 1;
    while (classes.some(({ name }) => name === `class ${number}`)) number += 1;
    return `class ${number}`;
  }

  function addClass(name = freeName()) {
    const one = { id: next++, name, pictures: [] };
    classes.push(one);
    makeCard(one);
    changed(one);
    keep(one);
    return one;
  }

  const keep = ({ id, name }) => store.put("classes", { id, name });

  /** Take a name as it is typed, unless it is empty or another class has it. */
  function rename(one, given) {
    const name = given.trim();
    if (!name || classes.some((other) => other !== one && other.name === name)) return;
    one.name = name;
    keep(one);
    changed(one);
  }

  async function dropClass(one) {
    const said = `Delete the class “${one.name}” with ${plural(one.pictures.length, "picture")}?`;
    if (one.pictures.length && !(await confirmed(said))) return;
    classes = classes.filter((other) => other !== one);
    one.card.remove();
    changed();
    find("add-class").focus();
    store.remove("pictures", one.pictures.map(({ id }) => id));
    store.remove("classes", [one.id]);
  }

  async function deleteAll() {
    const said = `Delete all classes with ${plural(total(), "picture")}, and the head that you opened?`;
    if (!(await confirmed(said))) return;
    classes.forEach(({ card }) => card.remove());
    classes = [];
    setHead("file", null);
    await store.deleteAll();
    emptied = true;
    addClass();
    addClass();
  }

  /* ---- what is seen ---- */

  function makeCard(one) {
    const card = find("class").content.firstElementChild.cloneNode(true);
    one.card = card;
    const [name, files] = [card.querySelector(".name"), card.querySelector(".file")];
    name.value = one.name;
    name.addEventListener("input", () => rename(one, name.value));
    name.addEventListener("change", () => {
      if (name.value.trim() === one.name) return;
      say(name.value.trim() ? `There is a class “${name.value.trim()}” already. Give this one another name.` : "A class needs a name.");
      name.value = one.name;
    });
    card.querySelector(".drop").addEventListener("click", () => dropClass(one));
    files.addEventListener("change", async () => {
      const given = [...files.files];
      files.value = "";
      await addFiles(one, given);
    });
    wireRecording(card.querySelector(".record"), one);
    find("classes").append(card);
  }

  /** Held, the button takes one picture after the other; a key or a screen reader's click takes one. */
  function wireRecording(button, one) {
    let held = false;
    button.addEventListener("pointerdown", async (event) => {
      if (event.button) return;
      held = true;
      while (held) {
        const wait = new Promise((done) => { setTimeout(done, EVERY); });
        await record(one);
        if (!camera.on() || total() >= MOST_PICTURES) break;
        await wait;
      }
    });
    ["pointerup", "pointercancel", "pointerleave", "blur"].forEach((name) => {
      button.addEventListener(name, () => { held = false; });
    });
    button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a phone
    button.addEventListener("click", (event) => { if (event.detail === 0) record(one); });
  }

  function showPicture(one, kept) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const image = document.createElement("img");
    image.src = URL.createObjectURL(kept.picture);
    image.onload = () => URL.revokeObjectURL(image.src);
    image.alt = "";
    image.width = image.height = 56;
    button.type = "button";
    button.append(image);
    button.addEventListener("click", () => {
      const neighbour = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      remove(one, kept);
      (neighbour?.firstElementChild ?? one.card.querySelector(".record")).focus();
    });
    item.append(button);
    one.card.querySelector(".pictures").append(item);
  }

  function writeCard(one) {
    one.card.setAttribute("aria-label", `Class ${one.name}`);
    one.card.querySelector(".count").textContent = plural(one.pictures.length, "picture");
    one.card.querySelector(".drop").setAttribute("aria-label", `Delete the class ${one.name}`);
    one.card.querySelectorAll(".pictures button").forEach((button, place) => {
      button.setAttribute("aria-label", `Remove picture ${place + 1} of ${one.name}`);
    });
  }

  /** After any change: write the cards, and train once nothing has changed for a moment. */
  function changed(one) {
    if (one) writeCard(one);
    find("add-class").disabled = classes.length >= MOST_CLASSES;
    round += 1;
    clearTimeout(timer);
    timer = setTimeout(learn, PAUSE);
    document.body.dataset.learning = "true";
  }

  /* ---- the head ---- */

  async function learn() {
    const mine = round;
    const used = classes.filter(({ pictures }) => pictures.length);
    find("warnings").replaceChildren();
    if (used.length < FEWEST_CLASSES) {
      setHead("own", null);
      const nothing = emptied ? "All is deleted." : "";
      find("trained").textContent = total() ? "Pictures of one more class make a head." : nothing;
      delete document.body.dataset.learning;
      return;
    }
    const rows = used.flatMap(({ pictures }) => pictures.map(({ features }) => features));
    const labels = used.flatMap(({ pictures }, label) => pictures.map(() => label));
    const began = performance.now();
    const { kernel, bias, checkOne } = train(rows, labels, used.length);
    const seconds = (performance.now() - began) / 1000;
    setHead("own", { classes: used.map(({ name }) => name), kernel, bias });
    const trained = `Trained on ${plural(rows.length, "picture")} in ${seconds.toFixed(2)} s.`;
    find("trained").textContent = `${trained} Measuring …`;
    warn(used, rows, labels);
    const right = await measure(checkOne, rows.length, mine);
    if (right === null) return;
    find("trained").textContent = `${trained} ${measured(right, rows.length, used)}`;
    delete document.body.dataset.learning;
  }

  /** Leave out one picture after the other, and count the right answers; null if something changed meanwhile. */
  async function measure(checkOne, count, mine) {
    let right = 0;
    let began = performance.now();
    for (let left = 0; left < count; left++) {
      right += checkOne(left);
      if (performance.now() - began > AT_ONCE) {
        await new Promise((done) => { setTimeout(done); });
        if (mine !== round) return null;
        began = performance.now();
      }
    }
    return right;
  }

  function measured(right, count, used) {
    if (used.some(({ pictures }) => pictures.length < 2)) return "To measure it, each class needs two pictures.";
    const [low, high] = wilson(right, count).map((bound) => Math.round(100 * bound));
    return `Each picture was named by a head that had not seen it: ${right} of ${count} right, ${Math.round((100 * right) / count)} % `
      + `(95 % interval ${low} to ${high} %).`;
  }

  function warn(used, rows, labels) {
    const cosines = likeness(rows, labels);
    used.forEach(({ name, pictures }, label) => {
      const mine = cosines.filter((_, place) => labels[place] === label);
      const alike = mine.filter((cosine) => cosine > ALIKE).length;
      if (pictures.length < FEW) {
        tell(`“${name}” has ${plural(pictures.length, "picture")}. Take at least ${FEW}, or it learns by luck.`);
      } else if (alike > mine.length / 2) {
        tell(`${alike} of the ${mine.length} pictures of “${name}” look nearly alike, so the share of right answers is too high. Turn the thing, move it, change what is behind it.`);
      }
    });
  }

  function tell(sentence) {
    const item = document.createElement("li");
    item.textContent = sentence;
    find("warnings").append(item);
  }

  /** Bring back what is kept; a first visit begins with two empty classes. */
  async function load() {
    const [kept, pictures] = await Promise.all([store.all("classes"), store.all("pictures")]);
    next = 1 + Math.max(0, ...kept.map(({ id }) => id), ...pictures.map(({ id }) => id));
    kept.forEach(({ id, name }) => {
      const one = { id, name, pictures: pictures.filter(({ label }) => label === id) };
      classes.push(one);
      makeCard(one);
      one.pictures.forEach((picture) => showPicture(one, picture));
      writeCard(one);
    });
    while (classes.length < FEWEST_CLASSES) addClass();
    if (total()) changed();
    find("add-class").addEventListener("click", () => addClass().card.querySelector(".name").focus());
    find("delete-all").addEventListener("click", deleteAll);
  }

  return { load };
}
