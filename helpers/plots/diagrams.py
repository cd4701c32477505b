"""Diagrams: boxes joined by arrows."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.textpath import TextPath

from .figure import Figure

INK, QUIET = "#1a1a1a", "#595959"
STYLES = {
    "usual": {"facecolor": "#eef5fa", "edgecolor": "#0072b2", "linewidth": 2},
    "frozen": {"facecolor": "#f2f2f2", "edgecolor": "#8c8c8c", "linewidth": 2, "hatch": "//"},
    "new": {"facecolor": "#ffe9d6", "edgecolor": "#d55e00", "linewidth": 4},
    "gone": {"facecolor": "white", "edgecolor": "#8c8c8c", "linewidth": 1.6, "linestyle": (0, (4, 3))},
}
"""How a box looks. The states differ in outline or hatching too, for a grey print."""
TEXT = 17  # points
HEIGHT, PICTURE, GAP, MARGIN = 1.2, 1.7, 0.44, 0.15  # inches


class Box(NamedTuple):
    """One part of a diagram."""

    label: str | np.ndarray  # a text; "+" becomes a circle; an image (H, W) or (H, W, 3) is shown as it is
    note: str = ""  # small print below the box
    state: str = "usual"  # how it is drawn: "usual", "frozen", "new", "gone", or "text" without a frame


def flow(boxes: Sequence[Box], *, skip=None, groups: Mapping | None = None, width: float = 0, alt) -> Figure:
    """Draw boxes from left to right with an arrow from each to the next.

    Parameters
    ----------
    boxes : sequence of Box or str
        From first to last; a text alone is a usual box.
    skip : (int, int) or sequence of them, optional
        A second way: it leaves behind the first of these boxes, passes over those between, and enters the
        second from above.
    groups : mapping of str to (int, int), optional
        A bracket below the boxes from first to last, with its name. Groups do not overlap.
    width : float
        Inches that the picture takes at least, to keep boxes in place from one step of a series to the next.
    """
    boxes = [box if isinstance(box, Box) else Box(box) for box in boxes]
    spans = {f"group {name!r}": span for name, span in (groups or {}).items()}
    pairs = np.array([] if skip is None else [skip] if np.ndim(skip) == 1 else list(skip))
    if pairs.size and (pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu"):
        raise ValueError(f"skip={skip!r} is no pair of boxes, nor a list of pairs. Give (first, last).")
    _check(boxes, spans | {f"skip {number}".removesuffix(" 1"): ends for number, ends in enumerate(pairs, 1)})
    skips = sorted(pairs.tolist(), key=lambda ends: ends[1] - ends[0])
    widths = [_width(box) for box in boxes]
    lefts = MARGIN + np.cumsum([0, *(width + GAP for width in widths[:-1])])
    tall = max([HEIGHT, *(PICTURE for box in boxes if not isinstance(box.label, str))])
    notes = 0.3 * max(box.note.count("\n") + 1 if box.note else 0 for box in boxes)
    below = tall / 2 + notes + (0.75 if groups else 0) + MARGIN
    above = tall / 2 + (0.25 + 0.3 * len(skips) if skips else 0) + MARGIN
    needed = max(width, lefts[-1] + widths[-1] + MARGIN)
    figure = Figure(needed, below + above, alt)
    axis = canvas(figure, (0, needed), (-below, above))
    small = {"ha": "center", "va": "top", "fontsize": 14, "color": QUIET}
    for box, left, wide in zip(boxes, lefts, widths, strict=True):
        _draw(axis, box, left, wide)
        axis.text(left + wide / 2, -tall / 2 - 0.08, box.note, **small)
    for left in lefts[1:]:
        _arrow(axis, [(left - GAP + 0.02, 0), (left - 0.02, 0)])
    for number, (first, last) in enumerate(skips):
        start = lefts[first] + widths[first] + 0.18
        end, top = lefts[last] + widths[last] / 2, tall / 2 + 0.35 + 0.3 * number
        axis.plot([start, start, end], [0, top, top], color="#d55e00", linestyle="-", linewidth=4)
        _arrow(axis, [(end, top), (end, 0.28)], color="#d55e00", width=4)
    for name, (first, last) in (groups or {}).items():
        ends = lefts[first] - 0.06, lefts[last] + widths[last] + 0.06
        _bracket(axis, name, ends, -tall / 2 - notes - 0.12)
    return figure


def _check(boxes, spans):
    if not boxes:
        raise ValueError("There is no box to draw. Give at least one.")
    for box in boxes:
        if box.state != "text" and box.state not in STYLES:
            raise ValueError(f"The state {box.state!r} is unknown. Use one of {', '.join(STYLES)}, text.")
    for name, (first, last) in spans.items():
        if not 0 <= first <= last < len(boxes):
            raise ValueError(f"The {name} goes from box {first} to box {last} of {len(boxes)}; count from 0.")


def _width(box):
    if not isinstance(box.label, str):
        return PICTURE
    if box.label == "+":
        return 0.56
    lines = [line for line in box.label.split("\n") if line.strip()]
    longest = max((TextPath((0, 0), line, size=TEXT).get_extents().width / 72 for line in lines), default=0.2)
    return longest + (0.12 if box.state == "text" else 0.45)


def canvas(figure, horizontal, vertical):
    """Axes whose unit is one inch, over the whole figure."""
    figure.set_layout_engine("none")
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=horizontal, ylim=vertical)
    axis.set_axis_off()
    return axis


def _draw(axis, box, left, width):
    if not isinstance(box.label, str):
        picture(axis, box.label, (left, left + width), (-width / 2, width / 2))
        return
    if box.label == "+":
        axis.add_patch(Circle((left + width / 2, 0), width / 2, zorder=3, **STYLES["new"]))
    elif box.state != "text":
        shape = "round,pad=0,rounding_size=0.12"
        corner = left, -HEIGHT / 2
        axis.add_patch(FancyBboxPatch(corner, width, HEIGHT, boxstyle=shape, zorder=3, **STYLES[box.state]))
    colour = QUIET if box.state == "gone" else INK
    middle = {"ha": "center", "va": "center", "fontsize": 22 if box.label == "+" else TEXT, "zorder": 4}
    # A ground of its own keeps the text readable on hatching.
    ground = {"boxstyle": "round,pad=0.15", "facecolor": "#f2f2f2", "edgecolor": "none"}
    ground = ground if box.state == "frozen" else None
    axis.text(left + width / 2, 0, box.label, color=colour, bbox=ground, **middle)


def picture(axis, image, horizontal, vertical):
    """Show an image between two ends of each axis."""
    axis.imshow(np.asarray(image), cmap="gray", extent=(*horizontal, *vertical), aspect="auto", zorder=3)


def _arrow(axis, ends, color=INK, width=2):
    style = {"arrowstyle": "-|>", "mutation_scale": 18, "shrinkA": 0, "shrinkB": 0, "zorder": 5}
    axis.add_patch(FancyArrowPatch(*ends, color=color, linewidth=width, **style))


def _bracket(axis, name, ends, top):
    x, y = [ends[0], ends[0], ends[1], ends[1]], [top, top - 0.12, top - 0.12, top]
    axis.plot(x, y, color=INK, linestyle="-", linewidth=1.6)
    axis.text(sum(ends) / 2, top - 0.2, name, ha="center", va="top", fontsize=TEXT)
