/* The window under the mouse: its numbers, the kernel's, their products and their sum. */
"use strict";

const Inspector = (() => {
  const CHANNELS = ["red", "green", "blue"];

  /** Numbers that one place of a step is made of, channel by channel. */
  function look(step, { row, column }) {
    const rectangle = Convolution.seenBy(step, { row, column, rows: 1, columns: 1 });
    const { height, width, planes } = step.from;
    const channels = planes.map((plane, channel) => {
      const values = [];
      for (let a = 0; a < rectangle.rows; a++) {
        for (let b = 0; b < rectangle.columns; b++) {
          const [y, x] = [rectangle.row + a, rectangle.column + b];
          const inside = y >= 0 && y < height && x >= 0 && x < width;
          values.push({ value: inside ? plane[y * width + x] : 0, inside });
        }
      }
      if (step.kind === "pool") return { values };
      const weights = step.kernels[channel];
      const products = values.map(({ value }, k) => value * weights[k]);
      return { values, weights, products, sum: products.reduce((total, each) => total + each, 0) };
    });
    const results = step.array.planes.map((plane) => plane[row * step.array.width + column]);
    return { channels, results };
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /** Few enough digits for a small square. */
  function short(value) {
    const size = Math.abs(value);
    return Drawing.format(size < 10 ? value : size < 1000 ? Math.round(value * 10) / 10 : Math.round(value));
  }

  /** Show a number: rounded to be read, and in full for whoever asks (title, data-value). */
  function put(node, value, write = Drawing.format) {
    if (node.dataset.value === String(value)) return;
    node.textContent = write(value);
    node.style.setProperty("--length", node.textContent.length);
    node.dataset.value = value;
    node.title = String(value);
  }

  function grid(name, side, caption) {
    const box = element("div", `grid ${name}`);
    box.style.setProperty("--side", side);
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", caption);
    const cells = Array.from({ length: side * side }, () => box.appendChild(element("span", "cell")));
    return { box, cells };
  }

  /** A grid of numbers under its caption; with the channel's colour in the name that is read aloud. */
  function labelled(name, side, caption, color) {
    const { box, cells } = grid(name, side, `${color} ${caption}`.trim());
    const whole = element("div", "labelled");
    whole.append(element("span", "caption", caption), box);
    return { whole, cells };
  }

  /** An arrow, and the number it leads to. */
  function outgoing(parent, caption) {
    const whole = parent.appendChild(element("div", "outgoing"));
    const total = element("div", "labelled");
    const value = element("output", "sum");
    total.append(element("span", "caption", caption), value);
    whole.append(element("span", "sign", "→"), total);
    return { whole, value };
  }

  function create(root) {
    let built = "";
    let rows = [];
    let results = null;

    /** Build the elements anew only when their number changes; moving the window only changes texts. */
    function build(step) {
      const count = step.from.planes.length;
      const side = step.window.size;
      const key = `${step.kind} ${count} ${side} ${step.apart}`;
      if (key === built) return;
      built = key;
      root.replaceChildren();
      root.classList.toggle("compact", count > 1);
      rows = Array.from({ length: count }, (_, channel) => {
        const line = root.appendChild(element("div", "line"));
        const color = count === 3 ? CHANNELS[channel] : "";
        if (color) line.append(element("span", "channel", color));
        const window = labelled("window", side, "window", color);
        const outcome = element("div", "outcome");
        const sum = outgoing(outcome, step.kind === "pool" ? step.pooling : "sum");
        line.append(window.whole);
        if (step.kind === "pool") {
          line.append(outcome);
          return { window, sum: sum.value };
        }
        const kernel = labelled("kernel", side, "kernel", color);
        const products = labelled("products", side, "products", color);
        line.append(element("span", "sign", "×"), kernel.whole, element("span", "sign", "="), products.whole, outcome);
        const after = count === 3 && !step.apart ? null : outgoing(outcome, "after ReLU");
        return { window, kernel, products, sum: sum.value, after };
      });
      results = root.appendChild(element("p", "results"));
    }

    /** Fill in the numbers of one place; white is the number drawn as white. */
    function show(step, position, { relu, white, view }) {
      build(step);
      const signed = Drawing.isSigned(step.from, view);
      const { channels, results: sums } = look(step, position);
      channels.forEach((channel, number) => {
        const line = rows[number];
        const best = step.pooling === "max" ? Math.max(...channel.values.map(({ value }) => value)) : null;
        channel.values.forEach(({ value, inside }, k) => {
          const cell = line.window.cells[k];
          put(cell, value, short);
          tint(cell, value, inside, white, signed);
          cell.classList.toggle("largest", value === best);
        });
        channel.weights?.forEach((weight, k) => {
          put(line.kernel.cells[k], weight, short);
          put(line.products.cells[k], channel.products[k], short);
          line.products.cells[k].classList.toggle("negative", channel.products[k] < 0);
        });
        put(line.sum, step.kind === "pool" ? sums[number] : channel.sum);
        line.sum.classList.toggle("negative", channel.sum < 0);
        if (!line.after) return;
        line.after.whole.hidden = !relu;
        put(line.after.value, Math.max(0, channel.sum));
      });
      conclude(step, channels, sums, relu);
    }

    function conclude(step, channels, sums, relu) {
      results.replaceChildren();
      if (channels.length === 1 || step.apart || step.kind === "pool") return;
      const say = (before, value) => {
        const shown = element("output", "result");
        put(shown, value);
        results.append(before, shown);
      };
      say(`${channels.map(({ sum }) => bracket(sum)).join(" + ")} = `, sums[0]);
      if (relu) say(", after ReLU ", Math.max(0, sums[0]));
    }

    return { show };
  }

  function bracket(value) {
    const text = Drawing.format(value);
    return value < 0 ? `(${text})` : text;
  }

  function tint(cell, value, inside, white, signed) {
    const color = Drawing.shade(value, signed, [0, white]);
    const bounded = color.map((part) => Math.max(0, Math.min(255, part)));
    cell.classList.toggle("outside", !inside);
    cell.style.background = inside ? `rgb(${bounded.join(" ")})` : "";
    cell.style.color = inside ? Drawing.ink(bounded) : "";
  }

  return { create, look };
})();
