"""What one value of a feature map sees: a stack of layers as grids, and squares over a photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import ConnectionPatch, Rectangle

from .. import convolution
from .arrays import WINDOW
from .figure import Figure

SEEN = "#F6C9A8"  # what a value depends on
CELL = 0.2  # inches of one square


def receptive_field_grids(kernels: Sequence[int], depth: int, *, alt=None) -> Figure:
    """Show which pixels the middle value behind `depth` layers sees, layer by layer back to the picture.

    The picture is as large as the receptive field of the whole stack; each layer, without padding and with
    stride 1, makes it smaller.

    Parameters
    ----------
    kernels : sequence of int
        Side of the filter of each layer, odd.
    depth : int
        The layer whose middle value is followed back, 1 for the first.
    """
    if even := [kernel for kernel in kernels if kernel % 2 == 0]:
        raise ValueError(f"A filter of {even[0]}×{even[0]} has no middle. Use odd sides, such as 3.")
    if not 1 <= depth <= len(kernels):
        raise ValueError(f"There is no layer {depth} in a stack of {len(kernels)}. Use 1 to {len(kernels)}.")
    side = convolution.receptive_field(kernels)
    sides = [side]
    for kernel in kernels:
        sides.append(sides[-1] - kernel + 1)
    # How many values of each map the middle value at `depth` depends on; none of the maps behind it.
    seen = [
        convolution.receptive_field(kernels[level:depth]) if level < depth else 1
        for level in range(depth + 1)
    ]
    seen_text = f"{seen[0]} by {seen[0]} pixels"
    alt = alt or f"{len(kernels)} layers in a row: one value behind layer {depth} sees {seen_text}."

    width = CELL * (sum(sides) + 2.2 * (len(sides) - 1)) + 0.9
    figure = Figure(width, CELL * side + 1.0, alt)
    axes = figure.subplots(1, len(sides), width_ratios=[max(size, 3.6) for size in sides], squeeze=False)[0]
    for level, (axis, size) in enumerate(zip(axes, sides, strict=True)):
        _grid(axis, size, seen[level] if level <= depth else 0, side, last=level == depth)
        axis.set_title("picture" if level == 0 else f"layer {level}", loc="center")
    for level in range(depth):
        _cone(figure, axes[level], axes[level + 1], seen[level], seen[level + 1])
    return figure


def squares_on_image(image, sides: Sequence[float], labels: Sequence[str], *, height=3.1, alt) -> Figure:
    """Draw squares around the middle of an image, each with its label at the right.

    Parameters
    ----------
    image : array_like
        (H, W) or (H, W, 3).
    sides : sequence of float
        Pixels, from small to large. A square may be larger than the image: then it is drawn around it.
    labels : sequence of str
        One for each square.
    height : float
        Inches.
    """
    image = np.asarray(image)
    if not len(sides) or len(sides) != len(labels):
        raise ValueError(
            f"There are {len(labels)} labels for {len(sides)} squares; give one for each, at least one."
        )
    rows, columns = image.shape[:2]
    middle = columns / 2 - 0.5, rows / 2 - 0.5
    reach = max(max(sides), rows, columns) / 2 * 1.04
    figure = Figure(height * 2.0, height, alt)
    axis = figure.subplots()
    axis.imshow(image)
    shades = np.linspace(0, 1, len(sides))
    spread = np.linspace(-0.92, 0.92, len(sides)) * reach
    for number, (side, label, shade) in enumerate(zip(sides, labels, shades, strict=True)):
        colour = WINDOW if number == len(sides) - 1 else (1, 0.93 - 0.35 * shade, 0.2 - 0.2 * shade)
        corner = middle[0] - side / 2, middle[1] - side / 2
        for line, ink in ((3.4, "black"), (1.8, colour)):  # a dark rim: readable on bright and dark pictures
            axis.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=ink, linewidth=line))
        # From the right side of each square to its label; the smallest square has the lowest label.
        height_of = middle[1] + np.clip(-spread[number], -side / 2, side / 2)
        start, end = (middle[0] + side / 2, height_of), (middle[0] + reach * 1.12, middle[1] - spread[number])
        axis.plot(*zip(start, end, strict=True), color="#555555", linewidth=0.8, linestyle="-", clip_on=False)
        axis.text(end[0] + reach * 0.03, end[1], label, va="center", fontsize=11)
    axis.set(xlim=(middle[0] - reach, middle[0] + reach * 3.0), ylim=(middle[1] + reach, middle[1] - reach))
    axis.set_axis_off()
    return figure


def _grid(axis, size, seen, largest, last):
    """Draw a map of size x size squares, the middle seen x seen of them filled."""
    first = (size - seen) // 2
    for row, column in np.ndindex(size, size):
        inside = first <= row < first + seen and first <= column < first + seen
        axis.add_patch(
            Rectangle(
                (column - size / 2, row - size / 2),
                1,
                1,
                facecolor=(WINDOW if last else SEEN) if inside and seen else "white",
                edgecolor="#888888",
                linewidth=0.8,
            )
        )
    if seen:
        outline = Rectangle((-seen / 2, -seen / 2), seen, seen, fill=False, edgecolor=WINDOW, linewidth=2.5)
        axis.add_patch(outline)
        outline.set_clip_on(False)
        axis.set_xlabel(f"{seen}×{seen}", fontsize=12)
    half = max(size, 3.6) / 2 + 0.05
    axis.set(
        xlim=(-half, half),
        ylim=(-largest / 2 - 0.05, largest / 2 + 0.05),
        aspect="equal",
        xticks=[],
        yticks=[],
    )
    axis.spines[:].set_visible(False)


def _cone(figure, near, far, seen, made):
    """Join the corners of what is seen in one map to those of what it makes in the next."""
    for sign in (-1, 1):
        start, end = (seen / 2, sign * seen / 2), (-made / 2, sign * made / 2)
        line = ConnectionPatch(
            start, end, near.transData, far.transData, color=WINDOW, linewidth=1.2, linestyle="-"
        )
        figure.add_artist(line)
