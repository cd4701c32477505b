"""Figures that hold photos, as PNG: Matplotlib would make their pixels too coarse in an SVG."""

from __future__ import annotations

import io

DOTS = 200  # per inch; a slide shows some 170


def png(figure) -> bytes:
    """Render a figure of `helpers.plots` for a slide; returns the bytes of a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS)
    return buffer.getvalue()
