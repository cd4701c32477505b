/* One's own classes: pictures from camera and files, the head they make, and how far to trust it. */
import { cleanName, groupsOf, likeness, Refused, train, wilson } from "./head.js";
import { meetTabs, reason } from "./store.js";

const FEWEST_CLASSES = 2;
const MOST_CLASSES = 6;
const MOST_PICTURES = 200; // in all
const FEW = 5; // pictures of a class
const ALIKE = 0.9; // cosine of two pictures that show nearly the same; other photos of a class stay below 0.8
const SAME = 0.99; // cosine of a picture and itself, read twice
const EVERY = 250; // milliseconds between two pictures while the button is held
const PAUSE = 300; // milliseconds without a change before a head is trained
const AT_ONCE = 40; // milliseconds of measuring before the page may draw

const find = (id) => document.getElementById(id);
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** Ids sort by age, and no other tab makes the same. */
let made = 0;
const newId = () => [Date.now(), String(made += 1).padStart(6, "0"), Math.random().toString(36).slice(2)].join("-");

export function createTeacher(page) {
  const { heads, setHead, look, openFile, say, refuse, confirmed, store, camera, startCamera, stopCamera } = page;
  const { network } = heads.course; // which made the features
  let classes = []; // {id, name, pictures: [{id, label, recording, network, features, picture}], card}
  let learnt = null; // {used, labels, cosines} of the last head
  let removed = []; // [class, place, picture] that can be brought back
  let timer = null;
  let round = 0;
  let emptied = false;
  let known = false; // was there a head of one's own before?

  const total = () => classes.reduce((sum, { pictures }) => sum + pictures.length, 0);

  /* ---- pictures ---- */

  /** Take a picture into a class, unless that was deleted meanwhile. */
  async function add(one, { canvas, features }, recording = newId()) {
    const picture = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.85); });
    if (!classes.includes(one)) return;
    if (total() >= MOST_PICTURES) throw new Refused(`There are ${MOST_PICTURES} pictures, and no more fit in. Remove some first.`);
    await insert(one, { id: newId(), label: one.id, recording, network, features, picture });
  }

  async function insert(one, kept, place = one.pictures.length) {
    one.pictures.splice(place, 0, kept);
    showPicture(one, kept, place);
    changed(one);
    await Promise.all([keep(one), store.put("pictures", kept)]);
  }

  async function addFiles(one, files) {
    const taken = files.slice(0, Math.max(1, MOST_PICTURES - total()));
    const wrong = [];
    for (const [place, file] of taken.entries()) {
      if (!classes.includes(one)) return;
      one.reading = taken.length > 1 ? `Reading ${place + 1} of ${taken.length}` : "";
      writeCard(one);
      try {
        await add(one, await openFile(file));
      } catch (error) {
        wrong.push(error);
      }
    }
    one.reading = "";
    writeCard(one);
    if (taken.length < files.length) {
      say(`${plural(taken.length - wrong.length, "picture")} of ${files.length} were taken: no more than ${MOST_PICTURES} fit in.`);
    } else if (wrong.length) {
      if (files.length > 1) wrong[0].message = `${wrong.length} of ${files.length} files could not be used. The first: ${wrong[0].message}`;
      refuse(wrong[0]);
    }
  }

  /** Take what the camera sees into a class; pictures of one press are one recording. */
  async function record(one, recording) {
    const { video } = camera;
    if (!camera.on()) await startCamera();
    while (camera.on() && !video.videoWidth) await new Promise((ready) => { requestAnimationFrame(ready); });
    if (!camera.on()) return;
    try {
      await add(one, await look(video, video.videoWidth, video.videoHeight), recording);
    } catch (error) {
      refuse(error);
    }
  }

  function remove(one, kept) {
    if (find("message").hidden || find("action").textContent !== "Undo") removed = [];
    const place = one.pictures.indexOf(kept);
    one.pictures.splice(place, 1);
    changed(one);
    store.remove("pictures", [kept.id]);
    removed.push([one, place, kept]);
    say(`${plural(removed.length, "picture")} removed.`, { label: "Undo", act: undo });
  }

  function undo() {
    removed.reverse().filter(([one]) => classes.includes(one)).forEach(([one, place, kept]) => insert(one, kept, place));
    removed = [];
  }

  /* ---- classes ---- */

  function freeName() {
    let number = classes.length + 1;
    while (classes.some(({ name }) => name === `class ${number}`)) number += 1;
    return `class ${number}`;
  }

  function addClass(name = freeName()) {
    const one = { id: newId(), name, pictures: [] };
    classes.push(one);
    makeCard(one);
    changed(one);
    return one;
  }

  const keep = ({ id, name }) => store.put("classes", { id, name });

  /** Take a name, unless it is none or another class has it; nothing is trained anew. */
  function rename(one, field) {
    const name = cleanName(field.value);
    if (!name) say("A class needs a name of up to 30 letters.");
    else if (classes.some((other) => other !== one && other.name === name)) {
      say(`There is a class “${name}” already. Give this one another name.`);
    } else if (name !== one.name) {
      one.name = name;
      keep(one);
      writeCard(one);
      if (heads.own) nameHead();
    }
    field.value = one.name;
  }

  function nameHead() {
    setHead("own", { ...heads.own, classes: learnt.used.map(({ name }) => name) });
    warn();
  }

  async function dropClass(one) {
    const said = `Delete the class “${one.name}” with ${plural(one.pictures.length, "picture")}?`;
    if (one.pictures.length && !(await confirmed(said, `Delete ${plural(one.pictures.length, "picture")}`))) return;
    classes = classes.filter((other) => other !== one);
    one.card.remove();
    changed();
    while (classes.length < FEWEST_CLASSES) addClass();
    find("add-class").focus();
    store.remove("pictures", one.pictures.map(({ id }) => id));
    store.remove("classes", [one.id]);
  }

  async function deleteAll() {
    const opened = heads.file ? ", and the head that you opened" : "";
    const label = total() ? `Delete ${plural(total(), "picture")}` : "Delete all";
    if (!(await confirmed(`Delete all classes with ${plural(total(), "picture")}${opened}?`, label))) return;
    const before = classes;
    classes = []; // so that no picture comes in meanwhile
    try {
      await store.deleteAll();
    } catch (error) {
      classes = before;
      say(`Nothing could be deleted (${reason(error)}). Load the page again, and try once more.`);
      return;
    }
    before.forEach(({ card }) => card.remove());
    stopCamera();
    say("");
    setHead("file", null);
    known = false;
    emptied = true;
    while (classes.length < FEWEST_CLASSES) addClass();
    tabs.tellEmptied();
  }

  /* ---- what is seen ---- */

  function makeCard(one) {
    const card = find("class").content.firstElementChild.cloneNode(true);
    one.card = card;
    const [name, files] = [card.querySelector(".name"), card.querySelector(".file")];
    name.value = one.name;
    name.addEventListener("focus", () => name.select());
    name.addEventListener("change", () => rename(one, name));
    card.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (!find("teaching").disabled) addFiles(one, [...event.dataTransfer.files]);
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
      if (held) return;
      held = true;
      const before = one.pictures.length;
      const recording = newId();
      while (held) {
        const wait = new Promise((done) => { setTimeout(done, EVERY); });
        await record(one, recording);
        if (!camera.on() || !classes.includes(one) || total() >= MOST_PICTURES) break;
        button.textContent = `Recording … ${one.pictures.length - before}`;
        await wait;
      }
      held = false;
      button.textContent = "Hold to record";
    });
    button.addEventListener("keydown", (event) => { if (event.repeat) event.preventDefault(); });
    ["pointerup", "pointercancel", "pointerleave", "blur"].forEach((name) => {
      button.addEventListener(name, () => { held = false; });
    });
    button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a phone
    button.addEventListener("click", (event) => { if (event.detail === 0) record(one); });
  }

  function showPicture(one, kept, place) {
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
    const list = one.card.querySelector(".pictures");
    list.insertBefore(item, list.children[place] ?? null);
  }

  function writeCard(one) {
    one.card.setAttribute("aria-label", `Class ${one.name}`);
    one.card.querySelector(".count").textContent = one.reading || plural(one.pictures.length, "picture");
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
    find("short").textContent = "";
    if (used.length < FEWEST_CLASSES) {
      setHead("own", null);
      const nothing = emptied ? "All is deleted." : "";
      find("trained").textContent = total() ? "Now give a second class pictures." : nothing;
      delete document.body.dataset.learning;
      return;
    }
    const rows = used.flatMap(({ pictures }) => pictures.map(({ features }) => features));
    const labels = used.flatMap(({ pictures }, label) => pictures.map(() => label));
    const began = performance.now();
    const { kernel, bias, check } = train(rows, labels, used.length);
    const seconds = (performance.now() - began) / 1000;
    learnt = { used, labels, cosines: likeness(rows, labels, used.length) };
    setHead("own", { classes: used.map(({ name }) => name), kernel, bias }, !known);
    known = true;
    const time = seconds < 0.01 ? "less than 0.01" : seconds.toFixed(2);
    const trained = `Trained on ${plural(rows.length, "picture")} in ${time} s.`;
    find("trained").textContent = trained;
    warn();
    const recordings = used.flatMap(({ pictures }) => pictures.map(({ id, recording }) => recording ?? id));
    const groups = groupsOf(rows, labels, recordings, ALIKE);
    const alone = used.find((_, label) => groups.filter(([first]) => labels[first] === label).length < 2);
    const right = alone ? 0 : await measure(check, groups, mine);
    if (right === null) return;
    const [said, short] = alone
      ? [` Record each thing a second time, elsewhere, to measure it: “${alone.name}” has only one recording.`, ""]
      : measured(right, rows.length, groups.length);
    find("trained").textContent = trained + said;
    find("short").textContent = plural(rows.length, "picture") + short;
    delete document.body.dataset.learning;
  }

  /** Leave out one group after the other, and count the right answers; null if something changed meanwhile. */
  async function measure(check, groups, mine) {
    let right = 0;
    let began = performance.now();
    for (const [place, group] of groups.entries()) {
      right += check(group).filter(Boolean).length;
      if (performance.now() - began > AT_ONCE) {
        find("short").textContent = `Measuring, ${place + 1} of ${groups.length} …`;
        await new Promise((done) => { setTimeout(done); });
        if (mine !== round) return null;
        began = performance.now();
      }
    }
    return right;
  }

  /** Say what was measured, at length and in short. Pictures of one group count as one for the interval. */
  function measured(right, count, groups) {
    const [low, high] = wilson((right / count) * groups, groups).map((bound) => Math.round(100 * bound));
    const sure = find("warnings").children.length === 0;
    const share = `${right} of ${count} right`;
    return [
      ` Each picture was named by a head that had not seen its recording: ${share}, ${Math.round((100 * right) / count)}%`
        + `${sure ? ` (95% interval ${low} to ${high}%)` : ""}.`,
      `, ${share}${sure ? `, ${low} to ${high}%` : ""}`,
    ];
  }

  /** Say where the pictures make the measurement worthless. */
  function warn() {
    const { used, labels, cosines } = learnt;
    find("warnings").replaceChildren();
    used.forEach(({ name, pictures }, label) => {
      const mine = cosines.filter((_, place) => labels[place] === label);
      const alike = mine.filter((row) => row[label] > ALIKE).length;
      if (pictures.length < FEW) {
        tell(`“${name}” has ${plural(pictures.length, "picture")}. Take at least ${FEW}: with fewer, the result is mostly luck.`);
      } else if (alike > mine.length / 2) {
        tell(`${alike} of the ${mine.length} pictures of “${name}” look nearly alike, so expect fewer right answers on new pictures. Turn the thing, move it, change what is behind it.`);
      }
      used.slice(0, label).forEach((other, place) => {
        const both = mine.filter((row) => row[place] > SAME).length;
        if (both) tell(`“${other.name}” and “${name}” share ${plural(both, "picture")}. Remove them from one of the two.`);
      });
    });
  }

  function tell(sentence) {
    const item = document.createElement("li");
    item.textContent = sentence;
    find("warnings").append(item);
  }

  /** Compute features anew that another network made, from the pictures as they are kept. */
  async function renew(one, old) {
    for (const kept of old) {
      const { features } = await openFile(kept.picture);
      if (!classes.includes(one)) return;
      await insert(one, { ...kept, network, features });
    }
  }

  const tabs = meetTabs({
    second() {
      find("elsewhere").hidden = false;
      find("teaching").disabled = true;
    },
    emptied() {
      say("Everything was deleted in another tab.", { label: "Load this page again", act: () => location.reload() });
      find("teaching").disabled = true;
    },
  });

  /** Bring back what is kept; a first visit begins with two empty classes. */
  async function load() {
    const [kept, pictures] = await Promise.all([store.all("classes"), store.all("pictures")]);
    kept.forEach(({ id, name }) => {
      const mine = pictures.filter(({ label }) => label === id);
      const one = { id, name, pictures: mine.filter((picture) => picture.network === network) };
      classes.push(one);
      makeCard(one);
      one.pictures.forEach((picture, place) => showPicture(one, picture, place));
      writeCard(one);
      renew(one, mine.filter((picture) => picture.network !== network)).catch(refuse);
    });
    const orphans = pictures.filter(({ label }) => !kept.some(({ id }) => id === label));
    if (orphans.length) store.remove("pictures", orphans.map(({ id }) => id));
    known = total() > 0;
    while (classes.length < FEWEST_CLASSES) addClass();
    if (total()) changed();
    find("add-class").addEventListener("click", () => addClass().card.querySelector(".name").focus());
    find("delete-all").addEventListener("click", deleteAll);
  }

  return { load };
}
