/* What the page asks the network: features and feature maps of a picture of 192 x 192 pixels. */

export const SIZE = 192;

/** Start the network. `ready` is kept once it can answer; `look(pixels)` gives {features, maps}. */
export function createEngine() {
  const worker = new Worker("worker.js", { type: "module" });
  const waiting = new Map();
  let asked = 0;
  let begun;
  const ready = new Promise((done, fail) => { begun = { done, fail }; });
  const broken = (why) => begun.fail(new Error(`The network could not be loaded (${why}). Check the connection, and load the page again.`));

  worker.onerror = (event) => broken(event.message || "this browser cannot start it");
  worker.onmessage = ({ data }) => {
    if (data.ready) return begun.done();
    if (data.id === undefined) return broken(data.failed);
    const { done, fail } = waiting.get(data.id);
    waiting.delete(data.id);
    return data.failed ? fail(new Error(`The network stopped (${data.failed}). Load the page again.`)) : done(data);
  };

  /** Ask about pixels, Uint8Array of 192 * 192 * 3, RGB. */
  async function look(pixels) {
    await ready;
    return new Promise((done, fail) => {
      waiting.set((asked += 1), { done, fail });
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
