/* What the page asks the network: features and feature maps of a picture of 192 x 192 pixels. */

export const SIZE = 192;
const PATIENCE = 20000; // milliseconds for one picture, which takes a tenth of a second

/** Start the network. `ready` is kept once it can answer; `look(pixels)` gives {features, maps}. While it loads,
    `progress(loaded, whole)` is told, in bytes; whole is 0 where the server does not say. */
export function createEngine(progress = () => {}) {
  const first = !navigator.serviceWorker?.controller; // no earlier visit was kept
  const worker = new Worker(`worker.js${first ? "?first" : ""}`, { type: "module" });
  const waiting = new Map();
  let asked = 0;
  let begun;
  const ready = new Promise((done, fail) => { begun = { done, fail }; });
  ready.catch(() => {}); // told by whoever waits for it

  function broken(why, loaded) {
    const error = new Error(loaded ? `The network stopped${why}. Load the page again.`
      : `The network could not be loaded (${why}). Check the connection, and load the page again.`);
    begun.fail(error);
    waiting.forEach(({ fail }) => fail(error));
    waiting.clear();
  }

  let loaded = false;
  worker.onerror = (event) => broken(loaded ? "" : event.message || "this browser cannot start it", loaded);
  worker.onmessage = ({ data }) => {
    if (data.loaded) return progress(data.loaded, data.whole);
    if (data.ready) {
      loaded = true;
      return begun.done();
    }
    if (data.id === undefined) return broken(data.failed, false);
    const one = waiting.get(data.id);
    waiting.delete(data.id);
    if (!one) return undefined; // too late
    return data.failed ? one.fail(new Error(`The network stopped (${data.failed}). Load the page again.`)) : one.done(data);
  };

  /** Ask about pixels, Uint8Array of 192 * 192 * 3, RGB. */
  async function look(pixels) {
    await ready;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => broken("", true), PATIENCE);
      const over = (settle) => (value) => { clearTimeout(late); settle(value); };
      waiting.set((asked += 1), { done: over(resolve), fail: over(reject) });
      worker.postMessage({ id: asked, pixels }, [pixels.buffer]);
    });
  }

  return { ready, look };
}

/** Cut the largest centred square out of an image, a video or a bitmap: a canvas of `size` x `size` pixels. */
export function square(drawable, width, height, size = SIZE) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff"; // for what is transparent
  context.fillRect(0, 0, size, size);
  context.imageSmoothingQuality = "high";
  const side = Math.min(width, height);
  context.drawImage(drawable, (width - side) / 2, (height - side) / 2, side, side, 0, 0, size, size);
  return canvas;
}

/** Pixels of a canvas of 192 x 192 without the alpha: what the network takes. */
export function pixelsOf(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, SIZE, SIZE);
  const pixels = new Uint8Array(SIZE * SIZE * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    pixels[to++] = data[from];
    pixels[to++] = data[from + 1];
    pixels[to++] = data[from + 2];
  }
  return pixels;
}
