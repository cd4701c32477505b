"""A network as blocks, coloured by what happens to their weights, or as boxes, as large as their maps."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.patches import Patch, Polygon, Rectangle

from .diagrams import canvas
from .figure import Figure

# Shades that a grey print tells apart: fill, hatch, colour of the text, words in the legend.
STATES = {
    "frozen": ("#4A5A68", "", "white", "frozen"),
    "slow": ("#F8DFA6", "", "black", "low rate"),
    "trains": ("#E69F00", "", "black", "high rate"),
    "unused": ("#FFFFFF", "", "#777777", "not used"),
    "random": ("#FFFFFF", "///", "black", "from random weights"),
}
WIDE = 0.84  # of a block, where 1 is the way to the next
ROOM = 2.2  # for the picture on the left
OLD, NEW = ("#9ecae8", "#cfe6f5", "#5fa3cc"), ("#E69F00", "#f5cf80", "#b87f00")  # face, top, side
EDGE = "#333333"
TALLEST, THICKEST, SLANT = 2.2, 1.0, 0.35  # inches, inches, depth of a face by its width


def network_rows(
    rows: Mapping[str, Sequence[str]],
    blocks: Sequence[str],
    *,
    heights=None,
    image=None,
    answer=None,
    columns=1,
    width=6.6,
    row_height=1.5,
    alt,
) -> Figure:
    """Draw one network once for each row, its blocks coloured by whether and how they train.

    Parameters
    ----------
    rows : mapping of str to sequence of str
        Line above each row, and the state of each block: "frozen", "slow" (trains at a low rate), "trains"
        (at a high rate), "random" (trains from random weights) or "unused".
    blocks : sequence of str
        A short name for each block, from input to output; "" for none.
    heights : sequence of float, optional
        Relative height of each block, such as the side of its feature maps. All alike when left out.
    image : array_like, optional
        What goes in, (H, W) or (H, W, 3), drawn at the left of each row.
    answer : str, optional
        What comes out, written at the right of each row.
    width, row_height : float
        Inches of the whole figure, and of each row.
    """
    if not rows:
        raise ValueError("There is no network to draw. Give at least one row with the states of its blocks.")
    for title, states in rows.items():
        if len(states) != len(blocks):
            raise ValueError(f"The row {title!r} has {len(states)} states for {len(blocks)} blocks.")
        if unknown := [state for state in states if state not in STATES]:
            raise ValueError(f"The state {unknown[0]!r} is unknown. Use one of: {', '.join(STATES)}.")
    heights = [1.0] * len(blocks) if heights is None else [height / max(heights) for height in heights]
    lines = math.ceil(len(rows) / columns)
    titled = 0.3 if any(rows) else 0
    figure = Figure(width, lines * (row_height + titled) + 0.4, alt)
    axes = list(figure.subplots(lines, columns, squeeze=False).flat)
    for axis, (title, states) in zip(axes, rows.items(), strict=False):
        left = -ROOM - 0.6 if image is not None else -0.7
        right = len(blocks) - 0.4 + (0.2 if answer is None else 0.5 + 0.3 * len(answer))
        half = (right - left) * row_height / (width / columns) / 2
        axis.set(xlim=(left, right), ylim=(-half, half), aspect="equal")
        axis.set_axis_off()
        axis.set_title(title)
        _row(axis, states, blocks, [0.94 * half * height for height in heights], image, answer)
    for axis in axes[len(rows) :]:
        axis.set_axis_off()
    used = {state for states in rows.values() for state in states}
    handles = [
        Patch(facecolor=colour, edgecolor="black", hatch=hatch, label=words)
        for state, (colour, hatch, _, words) in STATES.items()
        if state in used
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=11)
    return figure


def _row(axis, states, blocks, halves, image, answer):
    """Draw one row; a block's half height is given in steps from block to block."""
    start, tip = axis.get_xlim()[0], len(blocks) - 0.3
    if image is not None:
        side = min(ROOM, 2 * axis.get_ylim()[1])
        axis.imshow(image, extent=(start, start + side, -side / 2, side / 2), cmap="gray", zorder=2)
        axis.set(xlim=(start, axis.get_xlim()[1]), ylim=axis.get_ylim())
    axis.plot([start, tip], [0, 0], color="black", linewidth=1, linestyle="-", marker="", zorder=1)
    axis.plot(tip, 0, color="black", marker=">", markersize=7, linestyle="", zorder=1, clip_on=False)
    for place, (state, name, half) in enumerate(zip(states, blocks, halves, strict=True)):
        colour, hatch, ink, _ = STATES[state]
        half = max(half, 0.3)  # the name has to fit in
        look = {"facecolor": colour, "hatch": hatch, "edgecolor": "black", "linewidth": 1, "zorder": 2}
        look["linestyle"] = (0, (2, 2)) if state == "unused" else "-"
        axis.add_patch(Rectangle((place - WIDE / 2, -half), WIDE, 2 * half, **look))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1} if hatch and name else None
        axis.text(place, 0, name, ha="center", va="center", color=ink, fontsize=10, zorder=3, bbox=box)
    if answer is not None:
        axis.text(tip + 0.25, 0, answer, ha="left", va="center", fontsize=12)


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
