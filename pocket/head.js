/* Heads on features: training, honest measuring, answers, heat maps, and the file that takes one along.

   Training minimises, over weights W and bias b,
     sum over classes of mean cross-entropy of its pictures / number of classes + PENALTY / 2 * (|W|^2 + |b|^2)
   for features that are centred and scaled by one number. It has one minimum, so no seed is needed. There are far
   fewer pictures than features, so W is sought as a sum of the pictures' features, by their products with each other. */

export const PENALTY = 1e-3;
export const FEATURES = 1280;
export const FORMAT = "cnn-course-head";
export const VERSION = 1;
const FULL = 10; // full heat, in lengths of a class's weights: few places of a clear picture have more
const LEAST = 0.2; // of full heat: pictures that say nothing stay below
const MOST_NAMES = 20;
const MOST_LETTERS = 30;
const LONGEST_NOTE = 500;
const MEMORY = 8; // steps that L-BFGS remembers
const STEPS = 200;
const EXACTLY = 1e-6; // the gradient's length, relative to that at the start, when it is done
const ROUGHLY = 1e-4; // for heads that only measure

export class Refused extends Error {}

/** Centre and scale rows of features, and multiply each with each: {mean, scale, gram, count}. */
function gramOf(rows) {
  const count = rows.length;
  const size = rows[0].length;
  const mean = new Float64Array(size);
  rows.forEach((row) => { for (let j = 0; j < size; j++) mean[j] += row[j] / count; });
  const centred = rows.map((row) => Float64Array.from(row, (value, j) => value - mean[j]));
  const squares = centred.reduce((sum, row) => sum + dot(row, row), 0);
  const scale = Math.sqrt(squares / count) || 1;
  const gram = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      // The 1 stands for the bias, a feature that is always 1.
      gram[i * count + j] = gram[j * count + i] = dot(centred[i], centred[j]) / scale ** 2 + 1;
    }
  }
  return { mean, scale, centred, gram, count };
}

function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** Each picture's share in the loss: every class counts the same. Pictures that are left out count nothing. */
function shares(labels, classes, left = []) {
  const counts = new Array(classes).fill(0);
  labels.forEach((label, i) => { if (!left.includes(i)) counts[label] += 1; });
  const present = counts.filter(Boolean).length;
  return Float64Array.from(labels, (label, i) => (left.includes(i) ? 0 : 1 / (present * counts[label])));
}

function multiply(gram, count, classes, a) {
  const product = new Float64Array(a.length);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const value = gram[i * count + j];
      for (let c = 0; c < classes; c++) product[i * classes + c] += value * a[j * classes + c];
    }
  }
  return product;
}

/** Loss at scores f with coefficients a, and minus its gradient as coefficients. */
function slope({ labels, classes, share }, a, f) {
  let loss = (PENALTY / 2) * dot(a, f);
  const down = new Float64Array(a.length);
  labels.forEach((label, i) => {
    const scores = f.subarray(i * classes, (i + 1) * classes);
    const most = Math.max(...scores);
    let total = 0;
    for (let c = 0; c < classes; c++) total += Math.exp(scores[c] - most);
    loss += share[i] * (Math.log(total) + most - scores[label]);
    for (let c = 0; c < classes; c++) {
      const wanted = (c === label ? 1 : 0) - Math.exp(scores[c] - most) / total;
      down[i * classes + c] = share[i] * wanted - PENALTY * a[i * classes + c];
    }
  });
  return { loss, down };
}

/** Minimise by L-BFGS, in the geometry of the weights; returns coefficients (pictures x classes) and scores. */
function minimise(problem, start) {
  const { gram, count, classes } = problem;
  const past = [];
  let a = start?.a ?? new Float64Array(count * classes);
  let f = start?.f ?? new Float64Array(count * classes);
  let { loss, down } = slope(problem, a, f);
  let downScores = multiply(gram, count, classes, down);
  let length = dot(down, downScores);
  const reference = start?.reference ?? length;
  const enough = (start ? ROUGHLY : EXACTLY) ** 2 * reference;
  for (let step = 0; step < STEPS && length > enough; step++) {
    const { d, scores } = direction(past, down, downScores);
    const falls = dot(d, downScores);
    let t = past.length ? 1 : Math.min(1, 1 / Math.sqrt(length));
    let next;
    for (let tries = 0; tries < 30; tries++, t /= 2) {
      const tried = { a: added(a, d, t), f: added(f, scores, t) };
      next = { ...tried, ...slope(problem, tried.a, tried.f) };
      if (next.loss <= loss - 1e-4 * t * falls) break;
    }
    const nextScores = multiply(gram, count, classes, next.down);
    const s = { d: added(next.a, a, -1), scores: added(next.f, f, -1) };
    const y = { d: added(down, next.down, -1), scores: added(downScores, nextScores, -1) };
    const curve = dot(s.d, y.scores);
    if (curve > 1e-14) past.push({ s, y, rho: 1 / curve, gamma: curve / dot(y.d, y.scores) });
    if (past.length > MEMORY) past.shift();
    ({ a, f, loss, down } = next);
    downScores = nextScores;
    length = dot(down, downScores);
  }
  return { a, f, reference };
}

function added(x, y, factor) {
  const sum = new Float64Array(x.length);
  for (let k = 0; k < x.length; k++) sum[k] = x[k] + factor * y[k];
  return sum;
}

/** The two loops of L-BFGS: the inverse of what is known of the curvature, times the gradient. */
function direction(past, down, downScores) {
  let d = down;
  let scores = downScores;
  const factors = [];
  for (const { s, y, rho } of [...past].reverse()) {
    const factor = rho * dot(s.d, scores);
    factors.push(factor);
    d = added(d, y.d, -factor);
    scores = added(scores, y.scores, -factor);
  }
  const gamma = past[past.length - 1]?.gamma ?? 1;
  d = d.map((value) => gamma * value);
  scores = scores.map((value) => gamma * value);
  for (const { s, y, rho } of past) {
    const factor = factors.pop() - rho * dot(y.d, scores);
    d = added(d, s.d, factor);
    scores = added(scores, s.scores, factor);
  }
  return { d, scores };
}

/** Train a head on rows of features with labels 0, 1, ...: {kernel (a row of 1280 for each class), bias}, for raw
    features; `check(some)` says which of some pictures are named rightly by a head that has seen none of them. */
export function train(rows, labels, classes) {
  const { mean, scale, centred, gram, count } = gramOf(rows);
  const common = { gram, count, classes, labels };
  const whole = minimise({ ...common, share: shares(labels, classes) });
  const kernel = [];
  const bias = [];
  for (let c = 0; c < classes; c++) {
    const weights = new Float64Array(mean.length);
    let constant = 0;
    for (let i = 0; i < count; i++) {
      const factor = whole.a[i * classes + c];
      for (let j = 0; j < mean.length; j++) weights[j] += (factor * centred[i][j]) / scale ** 2;
      constant += factor;
    }
    kernel.push(Float32Array.from(weights));
    bias.push(constant - dot(weights, mean));
  }

  function check(left) {
    const a = whole.a.slice();
    left.forEach((one) => a.fill(0, one * classes, (one + 1) * classes));
    const start = { a, f: multiply(gram, count, classes, a), reference: whole.reference };
    const without = minimise({ ...common, share: shares(labels, classes, left) }, start);
    return left.map((one) => {
      const scores = [...without.f.subarray(one * classes, (one + 1) * classes)];
      return scores.indexOf(Math.max(...scores)) === labels[one];
    });
  }

  return { kernel, bias, check };
}

/** Probabilities of the classes for one picture's features. */
export function answer({ kernel, bias }, features) {
  const scores = kernel.map((weights, c) => dot(weights, features) + bias[c]);
  const most = Math.max(...scores);
  const parts = scores.map((score) => Math.exp(score - most));
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / total);
}

/** Weights of a class minus the mean over the classes: what sets it apart. The answers stay the same. */
function contrast(kernel, target) {
  return kernel[target].map((weight, j) => weight - kernel.reduce((sum, row) => sum + row[j], 0) / kernel.length);
}

/** Class activation map: the feature maps, each times its weight in the head, added up; places in rows. */
export function activationMap({ kernel }, maps, target) {
  const places = maps.length / FEATURES;
  const map = new Float64Array(places);
  contrast(kernel, target).forEach((weight, channel) => {
    for (let place = 0; place < places; place++) map[place] += weight * maps[channel * places + place];
  });
  return map;
}

/** How much heat to draw at each place, 0 to 1, on one scale for all pictures; null if no place is worth it. */
export function heat(head, maps, target) {
  const row = contrast(head.kernel, target);
  const strengths = activationMap(head, maps, target).map((value) => value / (FULL * (Math.sqrt(dot(row, row)) || 1)));
  return Math.max(...strengths) < LEAST ? null : strengths.map((value) => Math.min(1, Math.max(0, value)));
}

/** Wilson's score interval, 95%, of a share that was seen as `right` out of `total`. */
export function wilson(right, total) {
  const z = 1.959963984540054;
  const share = right / total;
  const middle = share + z ** 2 / (2 * total);
  const half = z * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  return [middle - half, middle + half].map((bound) => Math.min(1, Math.max(0, bound / (1 + z ** 2 / total))));
}

/** Of each picture, the largest cosine with another one of each class (0 where there is none): pictures x classes. */
export function likeness(rows, labels, classes) {
  const lengths = rows.map((row) => Math.sqrt(dot(row, row)) || 1);
  return rows.map((row, i) => {
    const most = new Array(classes).fill(0);
    rows.forEach((other, j) => {
      if (i !== j) most[labels[j]] = Math.max(most[labels[j]], dot(row, other) / (lengths[i] * lengths[j]));
    });
    return most;
  });
}

/** Put pictures together that no measurement may part: those of one recording, and those of a class that look nearly
    alike. `recordings` has a name for each picture. Gives lists of pictures. */
export function groupsOf(rows, labels, recordings, alike) {
  const lengths = rows.map((row) => Math.sqrt(dot(row, row)) || 1);
  const group = rows.map((_, i) => i);
  rows.forEach((row, i) => rows.slice(0, i).forEach((other, j) => {
    if (labels[i] !== labels[j] || group[i] === group[j]) return;
    if (recordings[i] !== recordings[j] && dot(row, other) < alike * lengths[i] * lengths[j]) return;
    const [from, to] = [group[i], group[j]];
    group.forEach((one, k) => { if (one === from) group[k] = to; });
  }));
  return [...new Set(group)].map((one) => rows.map((_, i) => i).filter((i) => group[i] === one));
}

/** A class's name as it is kept, or "" if it is none: at most 30 characters, of which some are seen. */
export function cleanName(given) {
  if (typeof given !== "string") return "";
  const name = given.normalize("NFC").trim();
  const fits = [...name].length <= MOST_LETTERS && /[\p{L}\p{N}\p{P}\p{S}]/u.test(name) && !/[\p{Cc}\uFEFF]/u.test(given);
  return fits ? name : "";
}

/** Write a head as the text of a file; `base` is any head that the page has, for the network's name and checksum. */
export function writeHead({ classes, kernel, bias }, base) {
  const digits = (value) => Number(value.toPrecision(9));
  const { backbone, weights, size } = base;
  const head = { format: FORMAT, version: VERSION, backbone, weights, size, classes };
  return JSON.stringify({ ...head, kernel: kernel.map((row) => Array.from(row, digits)), bias: Array.from(bias, digits) });
}

/** Read a head's file. Throws Refused, with one sentence; `base` as above, left out for the page's own. */
export function readHead(text, name, base) {
  let head;
  try {
    head = JSON.parse(text);
  } catch {
    throw new Refused(`“${name}” is not JSON. Choose a head that this page or \`helpers.phone.save_head\` wrote.`);
  }
  const wrong = flaw(head, base); // helpers/phone.py finds the same
  if (wrong) throw new Refused(`“${name}” ${wrong}. Choose a head that this page or \`helpers.phone.save_head\` wrote.`);
  return { ...head, classes: head.classes.map(cleanName), kernel: head.kernel.map((row) => Float32Array.from(row)), bias: head.bias };
}

function flaw(head, base) {
  if (head?.format !== FORMAT) return "holds no head";
  if (head.version !== VERSION) return `is of version ${head.version}, and this page reads version ${VERSION}`;
  if (base && (head.backbone !== base.backbone || head.weights !== base.weights)) return "belongs to another network";
  if (base && head.size !== base.size) return `is for pictures of another size than this page's, ${base.size} pixels`;
  const names = Array.isArray(head.classes) ? head.classes.map(cleanName) : [];
  if (names.length < 2 || names.length > MOST_NAMES || names.includes("") || new Set(names).size < names.length) {
    return `does not name 2 to ${MOST_NAMES} different classes, in up to ${MOST_LETTERS} letters each`;
  }
  const { note = "" } = head;
  if (typeof note !== "string" || [...note].length > LONGEST_NOTE) return `has a note other than a text of up to ${LONGEST_NOTE} letters`;
  const number = (value) => typeof value === "number" && Number.isFinite(Math.fround(value));
  const row = (values, size) => Array.isArray(values) && values.length === size && values.every(number);
  if (!Array.isArray(head.kernel) || head.kernel.length !== names.length || !head.kernel.every((values) => row(values, FEATURES))) {
    return `does not hold ${FEATURES} weights for each class`;
  }
  return row(head.bias, names.length) ? "" : "does not hold one bias for each class";
}
