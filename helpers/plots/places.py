"""Pictures with what is where in them: boxes, classes of pixels, key points."""

from __future__ import annotations

import numpy as np
from matplotlib import colors
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from .arrays import panels
from .figure import Figure

CLASSES = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7")  # of class 0, 1, 2 and 3
MARKERS = "osDv^P"  # of key point 0, 1, 2 and so on
COLOURS = ("#F0E442", "#D55E00", "#CC79A7", "#009E73", "#0072B2", "#FFFFFF")  # of the same


def places(
    images,
    titles=None,
    *,
    boxes=(),
    labels=(),
    scores=(),
    masks=(),
    points=(),
    known=(),
    names=(),
    marks=(),
    columns=4,
    size=2.3,
    alt,
) -> Figure:
    """Show pictures, (H, W) or (H, W, 3), and mark what is where, in pixels from the top left corner.

    Each of the following but `names` and `marks` holds an entry for each picture, or is left out.

    Parameters
    ----------
    boxes : sequence of (objects, 4)
        Left, top, right and bottom of each object, in the colour of its class, or white without `labels`.
        The first lies on top.
    labels : sequence of (objects,)
        Class of each box, 0 to 3.
    scores : sequence of (objects, classes)
        In place of `labels`: each box is of the class with the highest score, which is written into it.
    masks : sequence of (H, W)
        Class of each pixel plus 1, which is laid over the picture; 0 leaves it as it is.
    points : sequence of (objects, k, 2)
        x and y of the key points of each object, k <= 6, each with its own marker. NaN is left out.
    known : sequence of (objects, k, 2)
        Where these key points truly are, as hollow markers.
    names, marks : sequence of str
        What the colours of the classes and the markers of the key points mean: a legend below.
    """
    of_each = dict(boxes=boxes, labels=labels, scores=scores, masks=masks, points=points, known=known)
    for name, entries in of_each.items():
        if (count := len(entries)) not in (0, len(images)):
            raise ValueError(f"{name} has {count} entries for {len(images)} images; give one for each.")
    if not len(images):
        raise ValueError("There is no image to show: the sequence is empty.")
    labels = [[int(np.argmax(row)) for row in rows] for rows in scores] if len(scores) else labels
    for own, own_boxes in zip(labels, boxes, strict=False):
        if len(own) != len(own_boxes) or not all(0 <= label < len(CLASSES) for label in own):
            told = f"A picture has {len(own_boxes)} boxes and the labels or classes {[*own]}"
            raise ValueError(f"{told}. Give one for each box, 0 to {len(CLASSES) - 1}.")
    for image, mask in zip(images, masks, strict=False):
        mask = np.asarray(mask)
        if mask.shape != np.shape(image)[:2] or not np.isin(mask, range(len(CLASSES) + 1)).all():
            told = f"A mask of {mask.dtype} {mask.shape} does not fit its picture, {np.shape(image)}"
            raise ValueError(f"{told}: give whole numbers, 0 to {len(CLASSES)}, one for each pixel.")
    layout = {"columns": columns, "size": size, "heading": None, "alt": alt}
    figure, axes = panels(len(images), titles, of="images", **layout)
    for number, (axis, image) in enumerate(zip(axes, images, strict=False)):
        image = np.asarray(image)
        axis.imshow(image, cmap="gray", **({"vmin": 0, "vmax": 255} if image.dtype == np.uint8 else {}))
        if len(masks):
            paint = np.array([(0, 0, 0, 0), *colors.to_rgba_array(CLASSES, 0.65)])
            axis.imshow(paint[np.asarray(masks[number], int)], interpolation="nearest")
        for which, (left, top, right, bottom) in [*enumerate(boxes[number] if len(boxes) else ())][::-1]:
            colour = CLASSES[int(labels[number][which])] if len(labels) else "white"
            style = {"fill": False, "edgecolor": colour, "linewidth": 2}
            axis.add_patch(Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, **style))
            if len(scores):
                paper = {"facecolor": colour, "edgecolor": "none", "pad": 1}
                place = max(left, 0) + 1, max(top, 0) + 1
                axis.text(
                    *place, f"{np.max(scores[number][which]):.2f}", fontsize=9, va="top", bbox=paper, zorder=2
                )
        for shapes, fill in ((known, False), (points, True)):
            for shape in shapes[number] if len(shapes) else ():
                for (x, y), look in zip(shape, _markers(fill), strict=False):
                    axis.plot(x - 0.5, y - 0.5, zorder=3, **look)
        axis.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    handles = [Patch(color=colour, label=name) for colour, name in zip(CLASSES, names, strict=False)]
    for look, name in zip(_markers(), marks, strict=False):
        handles.append(Line2D([], [], linestyle="none", label=name, **look))
    if handles:
        figure.set_figheight(figure.get_figheight() + 0.3)
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=10)
    return figure


def _markers(fill=True):
    """How the key points look, one after the other: filled, or hollow and larger."""
    for marker, colour in zip(MARKERS, COLOURS, strict=True):
        style = {"color": colour, "markeredgecolor": "black", "markersize": 6}
        hollow = {"color": "none", "markeredgecolor": colour, "markersize": 9, "markeredgewidth": 2}
        yield {"marker": marker, **(style if fill else hollow)}
