/* Pictures of arrays: shades, numbers where they fit, and the window on top. */
"use strict";

const Drawing = (() => {
  const WINDOW = "#d55e00";
  const NEGATIVE = [33, 102, 172];
  const POSITIVE = [178, 24, 43];
  const ROOM_FOR_NUMBERS = 22;
  const SMALLEST_MARK = 16;

  /** A number as a reader wants it: at most two decimals, and a true minus sign. */
  function format(value) {
    const rounded = Math.round(value * 100) / 100 || 0;
    return String(rounded).replace("-", "−").replace(/e\+?/, "·10^");
  }

  function range(planes) {
    let [least, largest] = [Infinity, -Infinity];
    for (const plane of planes) {
      for (let k = 0; k < plane.length; k++) {
        const value = plane[k];
        if (value < least) least = value;
        if (value > largest) largest = value;
      }
    }
    return [least, largest];
  }

  /** The numbers at the two ends of the scale. */
  function limits(view, white, [least, largest]) {
    if (view === "stretch") return [least, largest > least ? largest : least + 1];
    return [0, white];
  }

  /** Whether an array gets signed colours: white at 0, blue below and red above. */
  function isSigned({ planes }, view) {
    return view === "signed" && planes.length === 1 && range(planes)[0] < 0;
  }

  /** Shade of one number as [red, green, blue]: gray from black to white, or signed from blue over white to red. */
  function shade(value, signed, [dark, bright]) {
    if (!signed) {
      const gray = (255 * (value - dark)) / (bright - dark);
      return [gray, gray, gray];
    }
    const share = Math.min(1, Math.abs(value) / bright);
    return (value < 0 ? NEGATIVE : POSITIVE).map((end) => 255 + (end - 255) * share);
  }

  function paint(canvas, { height, width, planes }, signed, between) {
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    const pixels = image.data;
    const [dark, bright] = between;
    const gain = 255 / (bright - dark);
    if (planes.length === 3) {
      const [red, green, blue] = planes;
      for (let k = 0, at = 0; k < red.length; k++, at += 4) {
        pixels[at] = (red[k] - dark) * gain;
        pixels[at + 1] = (green[k] - dark) * gain;
        pixels[at + 2] = (blue[k] - dark) * gain;
        pixels[at + 3] = 255;
      }
    } else {
      const [plane] = planes;
      for (let k = 0, at = 0; k < plane.length; k++, at += 4) {
        const value = plane[k];
        if (signed) {
          const end = value < 0 ? NEGATIVE : POSITIVE;
          const share = Math.min(1, Math.abs(value) / bright);
          pixels[at] = 255 + (end[0] - 255) * share;
          pixels[at + 1] = 255 + (end[1] - 255) * share;
          pixels[at + 2] = 255 + (end[2] - 255) * share;
        } else {
          pixels[at] = pixels[at + 1] = pixels[at + 2] = (value - dark) * gain;
        }
        pixels[at + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** Black or white, whichever reads better on a shade. */
  function ink([red, green, blue]) {
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 110 ? "#000" : "#fff";
  }

  /** A figure that shows one step: caption, picture that takes the focus, legend. */
  function panel(template) {
    const figure = template.content.firstElementChild.cloneNode(true);
    const part = (name) => figure.querySelector(`.${name}`);
    const [frame, canvas, title, shape, note, legend] =
      ["frame", "map", "title", "shape", "note", "legend"].map(part);
    const shades = document.createElement("canvas");
    let shown = null;
    let drawn = "";
    let stale = true;
    let side = 0;
    let redraw = () => {};
    new ResizeObserver(() => {
      side = frame.clientWidth;
      stale = true;
      redraw();
    }).observe(frame);

    /** Take a step's array. Nothing is done for what is shown already. */
    function update(step, { name, view, ring }) {
      const { array } = step;
      const key = JSON.stringify([name, view, ring, step.white]);
      if (shown && shown.array === array && shown.key === key) return;
      stale = true;
      title.textContent = name;
      note.hidden = array !== null;
      canvas.hidden = array === null;
      legend.hidden = array === null;
      frame.tabIndex = array ? 0 : -1;
      if (!array) {
        shown = null;
        shape.textContent = "";
        note.textContent = misfit(step);
        return;
      }
      const [least, largest] = range(array.planes);
      const between = limits(view, step.white, [least, largest]);
      shape.textContent = `${array.height} × ${array.width} × ${array.planes.length}`;
      frame.setAttribute("aria-label", label(name, array, least, largest));
      const signed = isSigned(array, view);
      paint(shades, array, signed, between);
      shown = { array, key, signed, between, ring: ring || { top: 0, bottom: 0, left: 0, right: 0 } };
      legend.querySelector(".low").textContent = format(signed ? -between[1] : between[0]);
      legend.querySelector(".high").textContent = format(between[1]);
      legend.querySelector(".bar").className = `bar ${signed ? "signed" : "gray"}`;
      legend.querySelector(".range").textContent = `from ${format(least)} to ${format(largest)}`;
    }

    /** Where the array lies in the frame: cell size and corner, in CSS pixels. */
    function geometry() {
      const { array, ring } = shown;
      const columns = array.width + ring.left + ring.right;
      const rows = array.height + ring.top + ring.bottom;
      const cell = side / Math.max(rows, columns);
      const [x, y] = [(side - cell * columns) / 2, (side - cell * rows) / 2];
      return { side, cell, rows, columns, x, y, left: x + ring.left * cell, top: y + ring.top * cell };
    }

    /** marks: rectangles {row, column, rows, columns, style}; upTo: places that are computed already. */
    function draw(marks, upTo = Infinity) {
      if (!shown) return;
      redraw = () => draw(marks, upTo);
      if (!side) side = frame.clientWidth;
      const density = window.devicePixelRatio || 1;
      const key = JSON.stringify([marks, upTo, density]);
      if (!stale && key === drawn) return;
      [stale, drawn] = [false, key];
      const { array, signed, between } = shown;
      const place = geometry();
      const pixels = Math.round(place.side * density);
      if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
      const context = canvas.getContext("2d");
      context.setTransform(density, 0, 0, density, 0, 0);
      context.clearRect(0, 0, place.side, place.side);
      hatch(context, place);
      context.imageSmoothingEnabled = place.cell < 3;
      const [width, height] = [array.width * place.cell, array.height * place.cell];
      context.drawImage(shades, place.left, place.top, width, height);
      context.strokeStyle = "#7f7f7f";
      context.lineWidth = 1;
      context.strokeRect(place.left + 0.5, place.top + 0.5, width - 1, height - 1);
      if (place.cell >= ROOM_FOR_NUMBERS && array.planes.length === 1) numbers(context, place, array, signed, between);
      if (upTo < array.height * array.width) cover(context, place, array, upTo);
      marks.forEach((mark) => outline(context, place, mark));
    }

    /** The pixel under the pointer. */
    function pixelAt(event) {
      if (!shown) return null;
      const box = frame.getBoundingClientRect();
      const place = geometry();
      return {
        row: Math.floor((event.clientY - box.top - frame.clientTop - place.top) / place.cell),
        column: Math.floor((event.clientX - box.left - frame.clientLeft - place.left) / place.cell),
      };
    }

    return { figure, frame, update, draw, pixelAt };
  }

  function misfit(step) {
    const { height, width } = step.from;
    const { size } = step.window;
    const cure = step.kind === "pool" ? "a smaller pooling window" : "padding";
    return `A ${size} × ${size} window does not fit into ${height} × ${width}. Use ${cure}, smaller steps or more pixels.`;
  }

  function label(name, { height, width, planes }, least, largest) {
    const channels = planes.length === 1 ? "1 channel" : `${planes.length} channels`;
    const values = `numbers from ${format(least)} to ${format(largest)}`;
    return `${name}: ${height} rows, ${width} columns, ${channels}, ${values}. Arrow keys move the window.`;
  }

  /** The ring of zeros around the array. */
  function hatch(context, place) {
    context.fillStyle = "#9aa3ad";
    context.fillRect(place.x, place.y, place.columns * place.cell, place.rows * place.cell);
    if (place.cell < ROOM_FOR_NUMBERS) return;
    context.fillStyle = "#1c2126";
    text(context, place.cell, "0");
    for (let row = 0; row < place.rows; row++) {
      for (let column = 0; column < place.columns; column++) {
        context.fillText("0", place.x + (column + 0.5) * place.cell, place.y + (row + 0.54) * place.cell);
      }
    }
  }

  function numbers(context, place, array, signed, between) {
    const longest = Math.max(...Array.from(array.planes[0], (value) => format(value).length));
    text(context, place.cell, "8".repeat(longest));
    context.lineWidth = 1;
    context.strokeStyle = "#7f7f7f";
    array.planes[0].forEach((value, k) => {
      const [row, column] = [Math.floor(k / array.width), k % array.width];
      const [x, y] = [place.left + column * place.cell, place.top + row * place.cell];
      context.fillStyle = ink(shade(value, signed, between).map((part) => Math.max(0, Math.min(255, part))));
      context.strokeRect(x + 0.5, y + 0.5, place.cell, place.cell);
      context.fillText(format(value), x + place.cell / 2, y + place.cell * 0.54);
    });
  }

  function text(context, cell, longest) {
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 ${Math.min(cell * 0.46, (1.2 * cell) / longest.length, 26)}px system-ui, sans-serif`;
  }

  /** Hide what the window has not reached yet. */
  function cover(context, place, array, upTo) {
    const [row, column] = [Math.floor(upTo / array.width), upTo % array.width];
    context.fillStyle = "#c9d1da";
    const across = array.width * place.cell;
    const y = place.top + row * place.cell;
    context.fillRect(place.left + column * place.cell, y, across - column * place.cell, place.cell);
    context.fillRect(place.left, y + place.cell, across, (array.height - row - 1) * place.cell);
  }

  /** A rectangle on the picture; a circle around it where it would be too small to be seen. */
  function outline(context, place, mark) {
    const x = place.left + mark.column * place.cell;
    const y = place.top + mark.row * place.cell;
    const [width, height] = [mark.columns * place.cell, mark.rows * place.cell];
    const dashed = mark.style === "field";
    const stroke = (line, color, path) => {
      context.lineWidth = line;
      context.strokeStyle = color;
      path();
    };
    context.setLineDash(dashed ? [5, 4] : []);
    const wide = place.cell >= 8 ? 4 : 2;
    const box = () => context.strokeRect(x, y, width, height);
    stroke(wide + 2, "rgb(255 255 255 / 85%)", box);
    stroke(wide, WINDOW, box);
    if (Math.max(width, height) < SMALLEST_MARK && !dashed) {
      const ring = () => {
        context.beginPath();
        context.arc(x + width / 2, y + height / 2, SMALLEST_MARK, 0, 2 * Math.PI);
        context.stroke();
      };
      stroke(4, "rgb(255 255 255 / 85%)", ring);
      stroke(2, WINDOW, ring);
    }
    context.setLineDash([]);
  }

  /** A small picture of an array for a button. */
  function thumbnail(canvas, array, white) {
    paint(canvas, array, false, [0, white]);
  }

  return { format, ink, isSigned, limits, panel, shade, thumbnail };
})();
