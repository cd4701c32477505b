/* What the page shows, as one object, and the same as the text of a share link.

   A link is made by whoever sent it: every value is checked, and a link with a fault is refused whole. */
"use strict";

const State = (() => {
  const PIXELS = [16, 32, 64, 128, 256];
  const CHANNELS = ["gray", "rgb", "apart"];
  const PADDINGS = ["valid", "same", 1, 2, 3];
  const POOLS = ["none", "max", "average"];
  const VIEWS = ["signed", "cut", "stretch"];
  const LARGEST_WEIGHT = 1000;
  const LONGEST_LINK = 3000;
  const NUMBER = /^-?(\d{1,4}(\.\d{1,20})?|\.\d{1,20})(e-?\d{1,3})?$/;

  function kernelNamed(name) {
    const found = KERNELS.find((kernel) => kernel.name === name);
    return found && [...found.values];
  }

  function nameOf(values) {
    const found = KERNELS.find((kernel) => kernel.values.every((value, place) => value === values[place]));
    return found && found.name;
  }

  function layer(name) {
    return {
      kernels: [kernelNamed(name), kernelNamed(name), kernelNamed(name)],
      alike: true,
      stride: 1,
      padding: "valid",
      relu: true,
      pool: "none",
      poolSize: 2,
      poolStride: 2,
    };
  }

  function usual() {
    return {
      picture: "astronaut",
      pixels: 256,
      channels: "gray",
      layers: [layer("horizontal edges"), layer("vertical edges")],
      second: false,
      view: "signed",
      at: null,
    };
  }

  class Refused extends Error {}

  function oneOf(options, name) {
    return (text) => {
      const found = options.find((option) => String(option) === text);
      if (found === undefined) throw new Refused(`“${clip(text)}” is not possible for ${name}`);
      return found;
    };
  }

  function whole(least, most, name) {
    return (text) => {
      const value = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
      if (!(value >= least && value <= most)) throw new Refused(`“${clip(text)}” is not possible for ${name}`);
      return value;
    };
  }

  function weights(text) {
    const named = kernelNamed(text.replaceAll("-", " "));
    if (named) return named;
    const values = text.split(",");
    if (values.length !== 9 || !values.every((value) => NUMBER.test(value))) {
      throw new Refused(`“${clip(text)}” is not a kernel of nine numbers`);
    }
    const numbers = values.map(Number);
    if (numbers.some((value) => Math.abs(value) > LARGEST_WEIGHT)) {
      throw new Refused(`a weight is beyond ±${LARGEST_WEIGHT}`);
    }
    return numbers;
  }

  function kernels(text, target) {
    const slices = text.split(";").map(weights);
    if (slices.length !== 1 && slices.length !== 3) throw new Refused(`a kernel has ${slices.length} slices, not 1 or 3`);
    target.alike = slices.length === 1;
    target.kernels = target.alike ? [slices[0], [...slices[0]], [...slices[0]]] : slices;
  }

  function pooling(text, target) {
    const [kind, size, stride, ...more] = text.split(",");
    if (more.length) throw new Refused(`“${clip(text)}” is not possible for pooling`);
    target.pool = oneOf(POOLS, "pooling")(kind);
    target.poolSize = whole(2, 4, "the pooling window")(size ?? "2");
    target.poolStride = whole(1, 4, "the step of pooling")(stride ?? "2");
  }

  function place(text) {
    const parts = text.split(",");
    if (parts.length !== 3) throw new Refused(`“${clip(text)}” is not a place of the window`);
    const [step, row, column] = parts.map(whole(0, 9999, "the place of the window"));
    return { step, row, column };
  }

  const flag = (name) => (text) => oneOf([1, 0], name)(text) === 1;

  /** One reader for each key of a link. */
  const READERS = {
    v: (state, text) => oneOf([1], "the version of a link")(text),
    picture: (state, text) => { state.picture = oneOf(PICTURES.map(({ id }) => id), "the picture")(text); },
    pixels: (state, text) => { state.pixels = oneOf(PIXELS, "the number of pixels")(text); },
    channels: (state, text) => { state.channels = oneOf(CHANNELS, "the channels")(text); },
    second: (state, text) => { state.second = flag("the second layer")(text); },
    view: (state, text) => { state.view = oneOf(VIEWS, "the view")(text); },
    at: (state, text) => { state.at = place(text); },
  };
  [0, 1].forEach((number) => {
    Object.assign(READERS, {
      [`k${number + 1}`]: (state, text) => kernels(text, state.layers[number]),
      [`stride${number + 1}`]: (state, text) => { state.layers[number].stride = whole(1, 4, "the stride")(text); },
      [`padding${number + 1}`]: (state, text) => { state.layers[number].padding = oneOf(PADDINGS, "the padding")(text); },
      [`relu${number + 1}`]: (state, text) => { state.layers[number].relu = flag("ReLU")(text); },
      [`pool${number + 1}`]: (state, text) => pooling(text, state.layers[number]),
    });
  });

  /** Read a link's hash. Returns {state} or {state, refused: one sentence}; without a hash, the usual start. */
  function read(hash) {
    const text = hash.replace(/^#/, "");
    if (!text) return { state: usual() };
    try {
      return { state: parse(text) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const advice = "The page shows its usual start; ask for the link again.";
      return { state: usual(), refused: `This link is damaged: ${error.message}. ${advice}` };
    }
  }

  function parse(text) {
    if (text.length > LONGEST_LINK) throw new Refused(`it has ${text.length} characters, and at most ${LONGEST_LINK} are possible`);
    const state = usual();
    const seen = new Set();
    for (const part of decode(text).split("&")) {
      const [key, value, ...more] = part.split("=");
      if (!Object.hasOwn(READERS, key) || value === undefined || more.length) {
        throw new Refused(`“${clip(part)}” means nothing here`);
      }
      if (seen.has(key)) throw new Refused(`“${key}” stands there twice`);
      seen.add(key);
      READERS[key](state, value);
    }
    return state;
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      throw new Refused("its text cannot be decoded");
    }
  }

  function clip(text) {
    return text.length > 30 ? `${text.slice(0, 30)}…` : text;
  }

  function writeKernel(values) {
    const name = nameOf(values);
    return name ? name.replaceAll(" ", "-") : values.join(",");
  }

  /** Write the state as the hash of a link. A picture of one's own is not in it. */
  function write(state) {
    const parts = ["v=1"];
    if (state.picture !== "own") parts.push(`picture=${state.picture}`);
    parts.push(`pixels=${state.pixels}`, `channels=${state.channels}`);
    state.layers.forEach((each, number) => {
      if (number === 1 && !state.second) return;
      const slices = each.alike ? each.kernels.slice(0, 1) : each.kernels;
      const n = number + 1;
      parts.push(`k${n}=${slices.map(writeKernel).join(";")}`, `stride${n}=${each.stride}`);
      parts.push(`padding${n}=${each.padding}`, `relu${n}=${Number(each.relu)}`);
      if (each.pool !== "none") parts.push(`pool${n}=${each.pool},${each.poolSize},${each.poolStride}`);
    });
    if (state.second) parts.push("second=1");
    parts.push(`view=${state.view}`);
    if (state.at) parts.push(`at=${state.at.step},${state.at.row},${state.at.column}`);
    return `#${parts.join("&")}`;
  }

  /** Read a weight as people write it: -1, 0.5, 0,5, 1/9. Returns null for anything else. */
  function weight(text) {
    const parts = text.trim().replace("−", "-").replaceAll(",", ".").split("/");
    if (parts.length > 2 || !parts.every((part) => /^[+-]?(\d+\.?\d*|\.\d+)(e-?\d+)?$/.test(part.trim()))) return null;
    const value = parts.length === 1 ? Number(parts[0]) : Number(parts[0]) / Number(parts[1]);
    return Number.isFinite(value) && Math.abs(value) <= LARGEST_WEIGHT ? value : null;
  }

  return { LARGEST_WEIGHT, kernelNamed, nameOf, read, usual, weight, write };
})();
