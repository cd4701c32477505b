"""Pictures for the wall: volumes, pooling and receptive fields, one step at a time.

They are drawn on one pair of axes, in squares, with writing that stays readable from the back row.
"""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Polygon, Rectangle

from helpers import convolution
from helpers.plots.arrays import WINDOW
from helpers.plots.figure import Figure

UNIT = 0.32  # inches a square takes
SEEN = "#56B4E9"
NUMBER, LABEL = 10, 11


def volume_step(image, kernel, position, *, stride=1, padding=0, bias=0, name="filter", alt=None) -> Figure:
    """Show one place of a filter on an image with several channels: a sum per channel, then one number.

    Unlike `convolution_step`, the channels stand side by side, so that the picture is wide.

    Parameters
    ----------
    image : array_like
        (H, W, C), small.
    kernel : array_like
        (k, l, C).
    position : (int, int)
        Row and column of the output. What comes after it is not written yet.
    stride, padding : int
        As in `helpers.convolution.convolve2d`.
    bias : float
        Added to every sum.
    name : str
        What the filter is called.
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    output = convolution.convolve2d(image, kernel, stride=stride, padding=padding) + bias
    row, column = _place(position, output.shape)
    padded = np.pad(image, [(padding, padding), (padding, padding), (0, 0)])
    top, left = row * stride, column * stride
    window = padded[top : top + kernel.shape[0], left : left + kernel.shape[1]]
    names = (
        ["red", "green", "blue"] if image.shape[2] == 3 else [f"channel {n}" for n in range(image.shape[2])]
    )
    sums = (window * kernel).sum(axis=(0, 1))
    alt = alt or (
        f"{len(sums)} channels with a window at row {row}, column {column} of the output, and a slice of the "
        f"{name} under each: their sums {', '.join(f'{value:g}' for value in sums)} and the bias {bias:g} "
        f"make {output[row, column]:g}."
    )
    height, width = padded.shape[:2]
    below, step = height + 1.7, width + 1
    right = len(sums) * step + 1
    total = right + output.shape[1]
    figure, axis = _board(total, below + kernel.shape[0], alt, top=1)
    for channel, value in enumerate(sums):
        x = channel * step
        _label(axis, x, -0.25, names[channel])
        _squares(axis, padded[..., channel], x, 0, scale=padded, quiet=padding)
        _mark(axis, x + left, top, *kernel.shape[1::-1])
        _label(axis, x, below - 0.25, f"{name}, {names[channel]}")
        _squares(axis, kernel[..., channel], x, below, scale=kernel)
        axis.text(x + kernel.shape[1] + 0.4, below + 1.5, f"sum {value:g}", va="center", fontsize=LABEL)
    _label(axis, right, 1.75, "output")
    _squares(axis, output, right, 2, shown=row * output.shape[1] + column + 1)
    _mark(axis, right + column, 2 + row, 1, 1)
    written = " ".join(f"{'+' if value >= 0 else '−'} {abs(value):g}" for value in sums)
    written += f" {'+' if bias > 0 else '−'} {abs(bias):g} (bias)" if bias else ""
    text = f"{written.removeprefix('+ ')}\n= {output[row, column]:g}"
    axis.text(total, below + 1.5, text, va="center", ha="right", fontsize=LABEL + 1, color=WINDOW)
    return figure


def pooling_step(image, position, *, size=2, alt=None) -> Figure:
    """Show one window of a pooling, and what max and mean keep of it.

    Parameters
    ----------
    image : array_like
        (H, W), small.
    position : (int, int)
        Row and column of the output. What comes after it is not written yet.
    """
    image = np.asarray(image)
    results = {"max": convolution.max_pool2d(image, size), "mean": convolution.average_pool2d(image, size)}
    row, column = _place(position, results["max"].shape)
    window = image[row * size : (row + 1) * size, column * size : (column + 1) * size]
    alt = alt or (
        f"A {size} by {size} window on numbers {', '.join(f'{value:g}' for value in window.ravel())}: "
        f"the largest is {window.max():g}, the mean {window.mean():g}."
    )
    height, width = image.shape
    rows, columns = results["max"].shape
    figure, axis = _board(width + 2 * (columns + 1.5), height, alt, top=1)
    _label(axis, 0, -0.25, "input")
    _squares(axis, image, 0, 0)
    _mark(axis, column * size, row * size, size, size)
    for number, (name, result) in enumerate(results.items()):
        x, y = width + 1.5 + number * (columns + 1.5), (height - rows) / 2
        _label(axis, x, y - 0.25, name)
        _squares(axis, result, x, y, shown=row * columns + column + 1)
        _mark(axis, x + column, y + row, 1, 1)
    return figure


def receptive_field_steps(layers, shown=None, *, size=None, names=None, alt=None) -> Figure:
    """Show along one axis which values of every layer below one value of a layer depends on.

    Parameters
    ----------
    layers : sequence of int or (int, int)
        Window, or window and stride, of each layer from the input on.
    shown : int, optional
        How many of the layers are drawn; all when left out. The picture keeps its size.
    names : sequence of str, optional
        One for each layer; "layer 1", "layer 2" and so on when left out.
    """
    pairs = [tuple(layer) if np.ndim(layer) else (layer, 1) for layer in layers]
    shown = len(pairs) if shown is None else shown
    if not 1 <= shown <= len(pairs):
        raise ValueError(f"shown={shown} of {len(pairs)} layers; use 1 to {len(pairs)}.")
    counts = [size or convolution.receptive_field(layers)]
    for window, stride in pairs:
        counts.append(convolution.output_size(counts[-1], window, stride=stride))
    # The middle value of the highest layer drawn, and from there down the range that it sees.
    seen = {shown: (counts[shown] // 2, counts[shown] // 2)}
    for level in range(shown, 0, -1):
        window, stride = pairs[level - 1]
        first, last = seen[level]
        seen[level - 1] = first * stride, last * stride + window - 1
    width = seen[0][1] - seen[0][0] + 1
    alt = alt or f"A value of layer {shown} and, below it, the {width} pixels of the input it depends on."

    names = names or [f"layer {number}" for number in range(1, len(pairs) + 1)]
    gap = 1.9
    figure, axis = _board(counts[0] + 5.5, gap * len(pairs) + 1, alt)
    centres = [np.arange(counts[0]) + 0.5]
    for window, stride in pairs:
        before = centres[-1]
        starts = np.arange(len(before) - window + 1)[::stride]
        centres.append(np.array([before[start : start + window].mean() for start in starts]))
    for level in range(shown + 1):
        y = gap * (len(pairs) - level)
        first, last = seen[level]
        for place, centre in enumerate(centres[level]):
            colour = SEEN if first <= place <= last else "white"
            colour = WINDOW if level == shown and colour == SEEN else colour
            axis.add_patch(Rectangle((centre - 0.45, y), 0.9, 0.9, facecolor=colour, edgecolor="#777777"))
        label = ["input", *names][level]
        count = last - first + 1
        text = f"{label}: {count}" if level < shown else label
        axis.text(counts[0] + 0.4, y + 0.45, text, va="center", fontsize=LABEL + 2)
        if level:
            low_first, low_last = seen[level - 1]
            ends = [centres[level - 1][low_first] - 0.45, centres[level - 1][low_last] + 0.45]
            tops = [centres[level][last] + 0.45, centres[level][first] - 0.45]
            corners = [(ends[0], y + gap), (ends[1], y + gap), (tops[0], y + 0.9), (tops[1], y + 0.9)]
            axis.add_patch(Polygon(corners, facecolor=SEEN, alpha=0.25, edgecolor="none"))
    return figure


def _board(width, height, alt, top=0.0):
    """One pair of axes in squares, y downwards."""
    margin = 0.15
    figure = Figure((width + 2 * margin) * UNIT, (height + top + 2 * margin) * UNIT, alt)
    figure.set_layout_engine("none")
    axis = figure.add_axes([0, 0, 1, 1])
    axis.set(xlim=(-margin, width + margin), ylim=(height + margin, -top - margin))
    axis.set_axis_off()
    return figure, axis


def _squares(axis, array, x, y, *, scale=None, shown=None, quiet=0):
    """A matrix as shaded squares; only the first `shown` numbers, and a frame of `quiet` padding in grey.

    Shades are those of `scale`, as in `number_grid`: large is bright, and signed numbers are white at zero.
    """
    colours = _shades(array, array if scale is None else scale)
    for place, ((row, column), value) in enumerate(np.ndenumerate(array)):
        written = shown is None or place < shown
        frame = min(row, column, array.shape[0] - 1 - row, array.shape[1] - 1 - column) < quiet
        colour = colours[row, column] if written and not frame else "white"
        square = Rectangle((x + column, y + row), 1, 1, facecolor=colour, edgecolor="#999999", linewidth=0.8)
        if frame:
            square.set(linestyle=":", facecolor="#f7f7f7")
        axis.add_patch(square)
        if written:
            style = {"color": "#767676"} if frame else {}
            text = f"{value:.4g}"
            size = NUMBER - max(0, len(text) - 3) * 1.5
            axis.text(x + column + 0.5, y + row + 0.5, text, ha="center", va="center", fontsize=size, **style)


def _shades(array, scale):
    """Light colours for numbers, so that black figures stay readable: blue, white, red if any is negative."""
    low, high = np.min(scale), np.max(scale)
    if low < 0:
        return colormaps["seismic"](0.5 + np.divide(array, 8 * max(-low, high)))
    return colormaps["gray"](1 - (high - array) / max(high - low, 1) / 2.6)


def _mark(axis, x, y, width, height):
    axis.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=WINDOW, linewidth=3, zorder=3))


def _label(axis, x, y, text):
    axis.text(x, y, text, va="bottom", fontsize=LABEL)


def _place(position, shape):
    row, column = position
    if not (0 <= row < shape[0] and 0 <= column < shape[1]):
        raise ValueError(
            f"Position {tuple(position)} lies outside the output, which is {shape[0]}×{shape[1]}. "
            f"Use (0, 0) to ({shape[0] - 1}, {shape[1] - 1})."
        )
    return row, column
