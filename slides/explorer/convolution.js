/* Convolution and pooling as in helpers/convolution/windows.py, and the chain of steps that the page shows.

   An array is {height, width, planes}: one Float64Array of height * width numbers for each channel.
   "Convolution" is cross-correlation, as everywhere in deep learning: the kernel is not flipped. */
"use strict";

const Convolution = (() => {
  const SIDE = 3;

  function zeros(height, width, channels) {
    return { height, width, planes: Array.from({ length: channels }, () => new Float64Array(height * width)) };
  }

  /** How many places a window takes along one axis; below 1 where it does not fit. */
  function outputSize(size, kernel, stride, zerosInAll) {
    return Math.floor((size + zerosInAll - kernel) / stride) + 1;
  }

  /** Zeros before and after along one axis. "same" gives ceil(size / stride) places; the odd zero goes after. */
  function zerosAround(size, stride, padding) {
    if (padding === "valid") return [0, 0];
    if (padding !== "same") return [padding, padding];
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + SIDE - size, 0);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  }

  function pad(plane, height, width, [top, bottom], [left, right]) {
    if (top + bottom + left + right === 0) return plane;
    const wide = width + left + right;
    const out = new Float64Array((height + top + bottom) * wide);
    for (let row = 0; row < height; row++) {
      out.set(plane.subarray(row * width, (row + 1) * width), (row + top) * wide + left);
    }
    return out;
  }

  /** Add the products of nine weights and each window of a plane to out. */
  function accumulate(out, rows, columns, plane, width, weights, stride) {
    const [a, b, c, d, e, f, g, h, i] = weights;
    for (let row = 0, k = 0; row < rows; row++) {
      let p = row * stride * width;
      let q = p + width;
      let r = q + width;
      for (let column = 0; column < columns; column++, k++, p += stride, q += stride, r += stride) {
        out[k] +=
          a * plane[p] + b * plane[p + 1] + c * plane[p + 2] +
          d * plane[q] + e * plane[q + 1] + f * plane[q + 2] +
          g * plane[r] + h * plane[r + 1] + i * plane[r + 2];
      }
    }
  }

  /** The window of a convolution: its size, its step, and the zeros around the array. */
  function convolutionWindow(x, stride, padding) {
    const [top, bottom] = zerosAround(x.height, stride, padding);
    const [left, right] = zerosAround(x.width, stride, padding);
    return { size: SIDE, stride, top, bottom, left, right };
  }

  /** kernels: nine weights for each channel. apart: channels stay apart instead of being added up. */
  function convolve(x, kernels, window, apart) {
    const { stride, top, bottom, left, right } = window;
    const rows = outputSize(x.height, SIDE, stride, top + bottom);
    const columns = outputSize(x.width, SIDE, stride, left + right);
    if (rows < 1 || columns < 1) return null;
    const out = zeros(rows, columns, apart ? x.planes.length : 1);
    x.planes.forEach((plane, channel) => {
      const padded = pad(plane, x.height, x.width, [top, bottom], [left, right]);
      const target = out.planes[apart ? channel : 0];
      accumulate(target, rows, columns, padded, x.width + left + right, kernels[channel], stride);
    });
    return out;
  }

  function relu(x) {
    const planes = x.planes.map((plane) => {
      const out = new Float64Array(plane.length);
      for (let k = 0; k < plane.length; k++) out[k] = plane[k] > 0 ? plane[k] : 0;
      return out;
    });
    return { height: x.height, width: x.width, planes };
  }

  /** kind: "max" or "average". Rows and columns that do not fill a window are left out. */
  function pool(x, kind, { size, stride }) {
    const rows = outputSize(x.height, size, stride, 0);
    const columns = outputSize(x.width, size, stride, 0);
    if (rows < 1 || columns < 1) return null;
    const out = zeros(rows, columns, x.planes.length);
    x.planes.forEach((plane, channel) => {
      const target = out.planes[channel];
      for (let row = 0, k = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, k++) {
          let largest = -Infinity;
          let sum = 0;
          for (let a = 0; a < size; a++) {
            for (let b = 0; b < size; b++) {
              const value = plane[(row * stride + a) * x.width + column * stride + b];
              sum += value;
              if (value > largest) largest = value;
            }
          }
          target[k] = kind === "max" ? largest : sum / (size * size);
        }
      }
    });
    return out;
  }

  /** Weights for each channel of x: shared where channels stay apart, or where all slices are alike. */
  function slices(layer, channels, apart) {
    return Array.from({ length: channels }, (_, channel) => layer.kernels[apart || layer.alike ? 0 : channel]);
  }

  /** All steps of the page, from the input on. A step that does not fit has array null, and ends the chain. */
  function steps(input, white, layers, apart) {
    const chain = [{ kind: "input", layer: 0, array: input, white }];
    const add = (kind, layer, array, window, brightest, more) => {
      chain.push({ kind, layer, array, window, white: brightest, ...more });
      return array;
    };
    let x = input;
    let brightest = white;
    layers.forEach((layer, number) => {
      if (!x) return;
      const from = x;
      const kernels = slices(layer, from.planes.length, apart);
      const window = convolutionWindow(from, layer.stride, layer.padding);
      if (!apart) brightest *= from.planes.length;
      x = add("convolution", number, convolve(from, kernels, window, apart), window, brightest, { from, kernels, apart });
      if (x && layer.relu) {
        x = add("relu", number, relu(x), { size: 1, stride: 1, top: 0, left: 0 }, brightest, { from: x });
      }
      if (x && layer.pool !== "none") {
        const pooling = { size: layer.poolSize, stride: layer.poolStride, top: 0, left: 0 };
        x = add("pool", number, pool(x, layer.pool, pooling), pooling, brightest, { from: x, pooling: layer.pool });
      }
    });
    return chain;
  }

  /** The rectangle of the previous step that one place of this one sees, in pixels; padding is outside. */
  function seenBy(step, { row, column, rows, columns }) {
    const { size, stride, top, left } = step.window;
    return {
      row: row * stride - top,
      column: column * stride - left,
      rows: (rows - 1) * stride + size,
      columns: (columns - 1) * stride + size,
    };
  }

  return { SIDE, convolve, outputSize, pool, relu, seenBy, steps, zeros };
})();
