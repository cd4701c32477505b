"""Features as a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import FancyBboxPatch

from helpers.plots.diagrams import QUIET, TEXT, canvas, picture
from helpers.plots.figure import Figure


def feature_table(images, rows, *, shown: int = 7, labels: Sequence[str] | None = None, alt) -> Figure:
    """Show images as rows of a table: each image, its first features and the last, and its label.

    Parameters
    ----------
    images : sequence of array_like
        n images, (H, W) or (H, W, 3).
    rows : array_like
        (n, d) features. Cells are shaded from the least value shown to the largest, which is white.
    shown : int
        How many columns to write before the dots and the last one, 1 to d - 1.
    labels : sequence of str, optional
        One for each image, in a last column.
    """
    rows = np.asarray(rows, float)
    if rows.ndim != 2 or len(images) != len(rows) or (labels is not None and len(labels) != len(rows)):
        given = f"{len(images)} images, rows {rows.shape}"
        given += f" and {len(labels)} labels" if labels is not None else ""
        raise ValueError(f"{given} do not fit; use n images, rows (n, d), and n labels or none.")
    if not 1 <= shown < rows.shape[1]:
        raise ValueError(f"shown={shown} of {rows.shape[1]} columns; use 1 to {rows.shape[1] - 1}.")
    cells = np.column_stack([rows[:, :shown], rows[:, -1]])
    places = 1.35 + 0.86 * np.array([*range(shown), shown + 0.6])
    width = places[-1] + 0.86 + (1.7 if labels is not None else 0)
    figure = Figure(width, len(rows) * 1.0 + 0.5, alt)
    axis = canvas(figure, (0, width), (-len(rows) * 1.0, 0.5))
    low, spread = cells.min(), max(float(np.ptp(cells)), 1e-9)
    heads = [*map(str, range(1, shown + 1)), f"{rows.shape[1]:,}"]
    for place, head in zip(places, heads, strict=True):
        axis.text(place + 0.4, 0.12, head, ha="center", fontsize=14, color=QUIET)
    for number, (image, values) in enumerate(zip(images, cells, strict=True)):
        middle = -number - 0.5
        picture(axis, image, (0.1, 1.0), (middle - 0.45, middle + 0.45))
        for place, value in zip(places, values, strict=True):
            # Large is bright; greys end at the middle, so that black figures stay readable on every cell.
            grey = f"{0.55 + 0.45 * (value - low) / spread:.3f}"
            style = {"boxstyle": "square,pad=0", "facecolor": grey, "edgecolor": "#8c8c8c"}
            axis.add_patch(FancyBboxPatch((place, middle - 0.34), 0.8, 0.68, **style))
            axis.text(place + 0.4, middle, f"{value:.2f}", ha="center", va="center", fontsize=14)
        axis.text(places[-1] - 0.32, middle, "…", ha="center", va="center", fontsize=TEXT)
        if labels is not None:
            axis.text(width - 1.4, middle, labels[number], va="center", fontsize=TEXT, color="#a34700")
    return figure
