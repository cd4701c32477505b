"""A network as boxes: how its maps shrink in height and width and grow in depth."""

from collections.abc import Mapping

import numpy as np
from matplotlib.patches import Polygon

from .diagrams import canvas
from .figure import Figure

OLD, NEW = ("#9ecae8", "#cfe6f5", "#5fa3cc"), ("#E69F00", "#f5cf80", "#b87f00")  # face, top, side
EDGE = "#333333"
TALLEST, THICKEST, SLANT = 2.2, 1.0, 0.35  # inches, inches, depth of a face by its width


def volumes(shapes: Mapping, *, shown=None, cut=None, parts=("base", "top"), new=(), alt) -> Figure:
    """Draw the output of each layer as a box: height for height, thickness for channels.

    Heights follow the square root of the pixels and thickness the square root of the channels, so that small
    maps stay visible; the true shape stands below each box.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Name of a layer, and its output (H, W, C) or (n,), from the input on.
    shown : int, optional
        How many boxes are drawn; all when left out. The picture keeps its size.
    cut : int, optional
        Draw a line before this box, and name the two parts.
    parts : (str, str)
        What is left and right of the line.
    new : sequence of str
        Layers in another colour: those that were put in anew.
    """
    if not shapes or any(len(shape) not in (1, 3) for shape in shapes.values()):
        raise ValueError(f"The shapes are {list(shapes.values())}; give at least one (H, W, C) or (n,).")
    pixels = max([shape[0] for shape in shapes.values() if len(shape) == 3], default=1)
    channels = max([shape[-1] for shape in shapes.values() if len(shape) == 3], default=1)
    room = TALLEST * (1 + 0.6 * SLANT) + (1.35 if cut is not None else 0.9)
    figure = Figure(1.25 * len(shapes) + 0.2, room, alt)
    axis = canvas(figure, (-0.1, figure.get_figwidth() - 0.1), (-0.75, figure.get_figheight() - 0.75))
    for place, (name, shape) in enumerate(list(shapes.items())[:shown]):
        middle = 1.25 * place + 0.625
        if len(shape) == 3:
            height = TALLEST * np.sqrt(shape[0] / pixels)
            thick = max(THICKEST * 0.6 * np.sqrt(shape[2] / channels), 0.05)
            slant = SLANT * TALLEST * np.sqrt(shape[1] / pixels)
        else:
            height, thick, slant = TALLEST * min(1, np.sqrt(shape[0] / 200)), 0.1, 0.04
        _box(axis, middle - (thick + slant) / 2, TALLEST / 2 - height / 2, thick, height, slant, name in new)
        axis.text(middle, -0.15, "×".join(map(str, shape)), ha="center", va="top", fontsize=11)
        axis.text(middle, -0.45, name, ha="center", va="top", fontsize=11, color="#555555")
    if cut is not None:
        x, top = 1.25 * cut, figure.get_figheight() - 0.85
        axis.plot([x, x], [-0.7, top], color="#D55E00", linestyle="--", linewidth=2.5)
        for text, side, offset in zip(parts, ("right", "left"), (-0.12, 0.12), strict=True):
            style = {"fontsize": 15, "fontweight": "bold", "color": "#D55E00"}
            axis.text(x + offset, top, text, ha=side, va="top", **style)
    return figure


def _box(axis, x, y, thick, height, slant, new):
    rise = slant * 0.6
    right, top = x + thick, y + height
    corners = [
        [(x, y), (right, y), (right, top), (x, top)],
        [(x, top), (right, top), (right + slant, top + rise), (x + slant, top + rise)],
        [(right, y), (right + slant, y + rise), (right + slant, top + rise), (right, top)],
    ]
    for face, colour in zip(corners, NEW if new else OLD, strict=True):
        axis.add_patch(Polygon(face, facecolor=colour, edgecolor=EDGE, linewidth=1))
