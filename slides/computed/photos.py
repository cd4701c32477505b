"""Figures that hold photos, as PNG: Matplotlib would make their pixels too coarse in an SVG."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

DOTS = 200  # per inch; a slide shows some 170


def png(figure) -> bytes:
    """Render a figure of `helpers.plots` for a slide; returns the bytes of a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS)
    return buffer.getvalue()


def left_part(picture: bytes, share: float) -> bytes:
    """Cut off the right of a PNG file, such as a legend that the slide writes larger; keep this share."""
    image = Image.open(io.BytesIO(picture))
    buffer = io.BytesIO()
    image.crop((0, 0, round(share * image.width), image.height)).save(buffer, "PNG")
    return buffer.getvalue()


def cells(picture: bytes, rows: int, columns: int) -> list[np.ndarray]:
    """Take the square pictures out of a grid that a lesson has drawn, to set them larger.

    Parameters
    ----------
    picture : bytes
        PNG file of the figure, without a heading.
    rows, columns : int
        Of the grid.

    Returns
    -------
    list of ndarray
        uint8, (side, side, 3) each, row by row.
    """
    shown = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    found = []
    for row in np.array_split(shown, rows):
        found += [_without_title(cell) for cell in np.array_split(row, columns, axis=1)]
    return found


def _without_title(cell):
    """Cut borders and title away: the frame gives the width, and the picture is a square above its foot."""
    inked = (cell < 245).any(axis=2)
    foot = np.flatnonzero(inked.mean(axis=1) > 0.5)[-1] + 2  # the frame ends one row below its line
    framed = np.flatnonzero(inked[foot - 20 : foot].any(axis=0))
    left, right = framed[0], framed[-1] + 1
    return cell[max(0, foot - (right - left)) : foot, left:right][3:-3, 3:-3]
