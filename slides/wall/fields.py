"""What one value of a feature map sees: a stack of layers as grids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import ConnectionPatch, Rectangle

from helpers import convolution
from helpers.plots.arrays import WINDOW
from helpers.plots.figure import Figure

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
