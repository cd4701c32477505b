"""Pictures placed in a plane."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from .figure import Figure


def image_scatter(points, images, labels, *, size=0.42, alt) -> Figure:
    """Place images in a plane by two numbers each, framed in a colour for each label.

    Parameters
    ----------
    points : array_like
        (n, 2).
    images : sequence of array_like
        n images, (H, W) or (H, W, 3).
    labels : sequence of str
        n names; the legend lists them in order of appearance.
    size : float
        Inches the height of an image takes.
    alt : str
        What the picture shows.

    Raises
    ------
    ValueError
        If the points are not (n, 2), or points, images and labels are not equally many.
    """
    points = np.asarray(points, float)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) == len(images) == len(labels):
        raise ValueError(
            f"Points {points.shape}, {len(images)} images and {len(labels)} labels do not fit; "
            "use points (n, 2), n images and n labels."
        )
    figure = Figure(8.4, 5.6, alt)
    axis = figure.subplots()
    for number, name in enumerate(dict.fromkeys(labels)):
        axis.plot([], [], "s", color=f"C{number}", label=name)
    colours = {name: f"C{number}" for number, name in enumerate(dict.fromkeys(labels))}
    for point, image, label in zip(points, images, labels, strict=True):
        image = np.asarray(image)
        picture = OffsetImage(image, zoom=size * 72 / image.shape[0], cmap="gray")
        frame = {"edgecolor": colours[label], "linewidth": 1.6, "boxstyle": "square,pad=0.1"}
        axis.add_artist(AnnotationBbox(picture, point, pad=0.1, bboxprops=frame))
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.06 * (high - low) + 1e-9
    axis.set(
        xlim=(low[0] - margin[0], high[0] + margin[0]),
        ylim=(low[1] - margin[1], high[1] + margin[1]),
        xlabel="first direction",
        ylabel="second direction",
    )
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def regions(classify, points, labels, *, alt) -> Figure:
    """Colour a plane by the class that a classifier names, with the points it learnt from on top.

    Parameters
    ----------
    classify : callable
        Takes points (n, 2), float32, and returns whole numbers (n,).
    points : array_like
        (n, 2).
    labels : array_like
        (n,) whole numbers from 0, at most 9.
    alt : str
        What the picture shows.

    Raises
    ------
    ValueError
        If the points are not (n, 2), or points and labels are not equally many.
    """
    points, labels = np.asarray(points, float), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(labels):
        raise ValueError(
            f"Points {points.shape} and {len(labels)} labels do not fit; use points (n, 2) and n labels."
        )
    low, high = points.min(axis=0), points.max(axis=0)
    low, high = low - 0.1 * (high - low) - 1e-9, high + 0.1 * (high - low) + 1e-9
    x, y = (np.linspace(low[axis], high[axis], 200) for axis in (0, 1))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)
    named = np.asarray(classify(grid)).reshape(len(y), len(x))
    figure = Figure(4.8, 4.4, alt)
    axis = figure.subplots()
    colours = ListedColormap([f"C{number}" for number in range(10)])
    extent = (low[0], high[0], low[1], high[1])
    axis.imshow(named, cmap=colours, vmin=0, vmax=9, alpha=0.35, origin="lower", extent=extent, aspect="auto")
    for number in np.unique(labels):
        own = points[labels == number]
        axis.plot(*own.T, "o", color=f"C{number}", markersize=3, label=f"class {number}")
    axis.set(xlabel="first number", ylabel="second number")
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return figure
