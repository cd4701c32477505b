/* Pictures as planes of numbers: from a file, a drop, the clipboard, a camera. */
"use strict";

const Files = (() => {
  const KEPT = 1024;

  /** Decode a file into a picture of at most 1024 pixels a side. Throws Reading.Refused. */
  async function open(file) {
    const bitmap = await Reading.open(file, Convolution.SIDE);
    try {
      return fromDrawable(bitmap, bitmap.width, bitmap.height, KEPT);
    } finally {
      bitmap.close();
    }
  }

  /** Pixels of an image, a video or a bitmap, on white where it is transparent. */
  function fromDrawable(drawable, width, height, most) {
    const scale = Math.min(1, most / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(Convolution.SIDE, Math.round(width * scale));
    canvas.height = Math.max(Convolution.SIDE, Math.round(height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(drawable, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const picture = Convolution.zeros(canvas.height, canvas.width, 3);
    picture.planes.forEach((plane, channel) => {
      for (let k = 0; k < plane.length; k++) plane[k] = data[4 * k + channel];
    });
    return picture;
  }

  /** An embedded picture: numbers as they are, or an image inside the page. */
  async function embedded({ rows, data }) {
    if (rows) {
      const plane = Float64Array.from(rows.flat());
      return { height: rows.length, width: rows[0].length, planes: [plane, plane, plane] };
    }
    const image = new Image();
    image.src = data;
    await image.decode();
    return fromDrawable(image, image.naturalWidth, image.naturalHeight, KEPT);
  }

  /** Shrink to at most `most` pixels a side; each new pixel is the mean of the area it covers, rounded. */
  function shrink(picture, most) {
    const scale = Math.min(1, most / Math.max(picture.height, picture.width));
    if (scale === 1) return picture;
    const height = Math.max(Convolution.SIDE, Math.round(picture.height * scale));
    const width = Math.max(Convolution.SIDE, Math.round(picture.width * scale));
    const down = shares(picture.height, height);
    const across = shares(picture.width, width);
    const planes = picture.planes.map((plane) => {
      const narrow = new Float64Array(picture.height * width);
      for (let row = 0; row < picture.height; row++) {
        for (let column = 0; column < width; column++) {
          let sum = 0;
          for (const [place, share] of across[column]) sum += share * plane[row * picture.width + place];
          narrow[row * width + column] = sum;
        }
      }
      const out = new Float64Array(height * width);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          let sum = 0;
          for (const [place, share] of down[row]) sum += share * narrow[place * width + column];
          out[row * width + column] = Math.round(sum);
        }
      }
      return out;
    });
    return { height, width, planes };
  }

  /** For each new pixel along one axis: the old ones it covers, with their shares. */
  function shares(before, after) {
    const step = before / after;
    return Array.from({ length: after }, (_, place) => {
      const [from, to] = [place * step, Math.min((place + 1) * step, before)];
      const list = [];
      for (let old = Math.floor(from); old < to - 1e-9; old++) {
        list.push([old, (Math.min(old + 1, to) - Math.max(old, from)) / step]);
      }
      return list;
    });
  }

  /** Brightness, with the weights that scikit-image uses (ITU-R BT.709), rounded. */
  function toGray({ height, width, planes: [red, green, blue] }) {
    const plane = new Float64Array(height * width);
    for (let k = 0; k < plane.length; k++) {
      plane[k] = Math.round(0.2125 * red[k] + 0.7154 * green[k] + 0.0721 * blue[k]);
    }
    return { height, width, planes: [plane] };
  }

  return { embedded, fromDrawable, open, shrink, toGray };
})();
