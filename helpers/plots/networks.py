"""A network as a row of blocks, coloured by what happens to their weights."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.patches import Patch, Rectangle

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
