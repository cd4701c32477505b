"""Drawings as the pen made them, stroke by stroke."""

import math

import matplotlib
import numpy as np

from .arrays import panels
from .figure import Figure

# viridis without its bright end, which is hard to see on white
COLOURS = matplotlib.colors.ListedColormap(matplotlib.colormaps["viridis"](np.linspace(0, 0.88, 256)))


def strokes(drawings, titles=None, *, columns=6, size=1.5, heading=None, alt) -> Figure:
    """Draw the strokes of drawings in the order of the pen, from dark to bright.

    A dot marks where a stroke begins.

    Parameters
    ----------
    drawings : sequence of array_like
        Each (steps, 3): dx, dy, pen, as `helpers.datasets.quickdraw` gives them with kind="strokes"; padding
        is left out.
    """
    drawings = [np.asarray(drawing, float) for drawing in drawings]
    if not drawings:
        raise ValueError("There is no drawing to show: the sequence is empty.")
    for drawing in drawings:
        if drawing.ndim != 2 or drawing.shape[1] != 3 or not (drawing[:, 2] != 0).any():
            raise ValueError(f"A drawing has shape {drawing.shape}; use (steps, 3) with a step at least.")

    layout = {"columns": columns, "size": size, "heading": heading, "alt": alt}
    figure, axes = panels(len(drawings), titles, of="drawings", margin=0.9, **layout)
    for axis, drawing in zip(axes, drawings, strict=False):
        _draw(axis, drawing)
    rows = math.ceil(len(drawings) / min(columns, len(drawings)))
    scale = matplotlib.cm.ScalarMappable(cmap=COLOURS)
    bar = figure.colorbar(scale, ax=axes, shrink=min(1.0, 1.6 / rows), aspect=12)
    bar.set_ticks([0, 1], labels=["first stroke", "last stroke"])
    return figure


def _draw(axis, drawing):
    drawing = drawing[drawing[:, 2] != 0]
    points = np.cumsum(drawing[:, :2], axis=0)
    begins = np.flatnonzero(drawing[:, 2] < 0)
    pieces = np.split(points, begins[begins > 0])
    for number, piece in enumerate(pieces):
        colour = COLOURS(number / max(1, len(pieces) - 1))
        axis.plot(*piece.T, color=colour, linestyle="-", marker="", linewidth=1.6)
        axis.plot(*piece[0], color=colour, linestyle="", marker="o", markersize=3)
    # One scale for all drawings: 1 is the longer side; y grows downwards.
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    axis.set(xlim=middle[0] + [-0.58, 0.58], ylim=middle[1] + [0.58, -0.58])
    axis.set_aspect("equal")
    axis.grid(False)
