"""Pictures with what is where in them: boxes, classes of pixels, key points."""

from __future__ import annotations

import numpy as np
from matplotlib import colors
from matplotlib.patches import Rectangle

from .arrays import panels
from .figure import Figure

CLASSES = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7")  # of class 0, 1, 2 and 3
MARKERS = "osDv^P"  # of key point 0, 1, 2 and so on


def places(
    images, titles=None, *, boxes=(), labels=(), notes=(), masks=(), points=(), columns=4, size=2.3, alt
) -> Figure:
    """Show pictures, (H, W) or (H, W, 3), and mark what is where, in pixels from the top left corner.

    Each of the following holds an entry for each picture, or is left out.

    Parameters
    ----------
    boxes : sequence of (objects, 4)
        Left, top, right and bottom of each object, in the colour of its class, or white without `labels`.
    labels : sequence of (objects,)
        Class of each box, 0 to 3.
    notes : sequence of (objects,)
        What is written above each box, such as a score.
    masks : sequence of (H, W)
        Class of each pixel plus 1, which is laid over the picture; 0 leaves it as it is.
    points : sequence of (objects, k, 2)
        x and y of the key points of each object, k <= 6, each with its own marker. NaN is left out.
    """
    for name, entries in dict(boxes=boxes, labels=labels, notes=notes, masks=masks, points=points).items():
        if (count := len(entries)) not in (0, len(images)):
            raise ValueError(f"{name} has {count} entries for {len(images)} images; give one for each.")
    layout = {"columns": columns, "size": size, "heading": None, "alt": alt}
    figure, axes = panels(len(images), titles, of="images", **layout)
    for number, (axis, image) in enumerate(zip(axes, images, strict=False)):
        image = np.asarray(image)
        axis.imshow(image, cmap="gray", **({"vmin": 0, "vmax": 255} if image.dtype == np.uint8 else {}))
        if len(masks):
            paint = np.array([(0, 0, 0, 0), *colors.to_rgba_array(CLASSES, 0.65)])
            axis.imshow(paint[np.asarray(masks[number], int)], interpolation="nearest")
        for which, (left, top, right, bottom) in enumerate(boxes[number] if len(boxes) else ()):
            colour = CLASSES[int(labels[number][which])] if len(labels) else "white"
            style = {"fill": False, "edgecolor": colour, "linewidth": 2}
            axis.add_patch(Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, **style))
            if len(notes):
                paper = {"facecolor": colour, "edgecolor": "none", "pad": 1}
                place = max(left, 0) + 1, max(top, 0) + 1
                axis.text(*place, notes[number][which], fontsize=7, va="top", bbox=paper, zorder=2)
        for shape in points[number] if len(points) else ():
            for (x, y), marker, colour in zip(shape, MARKERS, colors.TABLEAU_COLORS.values(), strict=False):
                look = {"color": colour, "markeredgecolor": "white", "markersize": 5, "zorder": 3}
                axis.plot(x - 0.5, y - 0.5, marker, **look)
        axis.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    return figure
