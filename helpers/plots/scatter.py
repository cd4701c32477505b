"""Pictures placed in a plane."""

from collections.abc import Mapping

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from .figure import Figure
from .results import MARKERS


def image_scatter(points, images, labels, *, size=0.6, alt) -> Figure:
    """Place images in a plane by two numbers each: a mark for each, and pictures where there is room.

    Parameters
    ----------
    points : array_like
        (n, 2).
    images : sequence of array_like
        n images, (H, W) or (H, W, 3).
    labels : sequence of str
        n names; the legend lists them in order of appearance.
    """
    points = np.asarray(points, float)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) == len(images) == len(labels):
        given = f"{points.shape}, {len(images)} and {len(labels)}"
        raise ValueError(f"Give points (n, 2), n images and n labels, not {given}.")
    figure = Figure(8.4, 5.6, alt)
    axis = figure.subplots()
    names = list(dict.fromkeys(labels))
    for number, name in enumerate(names):
        own = points[[label == name for label in labels]]
        axis.plot(*own.T, MARKERS[number % len(MARKERS)], color=f"C{number}", label=name, alpha=0.8)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * (high - low) + 1e-9
    axis.set(
        xlim=(low[0] - margin[0], high[0] + margin[0]),
        ylim=(low[1] - margin[1], high[1] + margin[1]),
        xlabel="first direction",
        ylabel="second direction",
    )
    figure.legend(loc="outside upper center", ncols=len(names))
    figure.draw_without_rendering()  # from here on a point has its place on the paper
    places, taken = axis.transData.transform(points) / figure.dpi, []
    for place, point, image, label in zip(places, points, images, labels, strict=True):
        if all(np.abs(place - other).max() > 1.3 * size for other in taken):
            image = np.asarray(image)
            picture = OffsetImage(image, zoom=size * 72 / image.shape[0], cmap="gray")
            colour = f"C{names.index(label)}"
            frame = {"edgecolor": colour, "linewidth": 2.4, "boxstyle": "square,pad=0.05"}
            axis.add_artist(AnnotationBbox(picture, point, pad=0.1, bboxprops=frame))
            taken.append(place)
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
    """
    points, labels = np.asarray(points, float), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(labels):
        raise ValueError(f"Give points (n, 2) and n labels, not {points.shape} and {len(labels)} labels.")
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


def bubbles(points: Mapping, *, bars=None, xlabel, ylabel, title="", logx=False, alt) -> Figure:
    """Place names in a plane by two numbers each; a third one is the area of a disc.

    Parameters
    ----------
    points : mapping of str to (float, float, float)
        Name, its x and y, and what the area is in proportion to; a small cross stands for 0.
    bars : mapping of str to float, optional
        Half the length of an upright bar through each point; then the names are in a key.
    logx : bool
        Whether the x axis is logarithmic.
    """
    if not points:
        raise ValueError("There is no point to draw. Give at least one name with x, y and an area.")
    figure = Figure(8.4, 4.6, alt)
    axis = figure.subplots()
    scale = 1500 / (max(area for *_, area in points.values()) or 1)  # square points
    plane = np.array([(np.log(x) if logx else x, y) for x, y, _ in points.values()], float)
    plane /= np.maximum(np.ptp(plane, axis=0), 1e-9)
    for number, (name, (x, y, _)) in enumerate(points.items() if bars else ()):
        again, place = divmod(number, len(MARKERS))  # the second time, marks are hollow
        style = {
            "marker": MARKERS[place],
            "linestyle": "none",
            "capsize": 3,
            "mfc": "white" if again else None,
        }
        axis.errorbar(x, y, bars[name], label=name, color=f"C{number}", **style)
    for here, (name, (x, y, area)) in zip(plane, () if bars else points.items(), strict=not bars):
        disc = {"s": scale * area, "alpha": 0.45, "edgecolor": "black"}
        axis.scatter(x, y, color="C0", **(disc if area else {"marker": "x", "s": 40}))
        away = np.hypot(*(plane - here).T)
        nearest = plane[np.where(away > 0, away, np.inf).argmin()]
        above = tuple(here[::-1]) >= tuple(nearest[::-1])
        reach = (4 + np.sqrt(scale * area / np.pi)) * (1 if above else -1)
        side = {"textcoords": "offset points", "ha": "center", "va": "bottom" if above else "top"}
        axis.annotate(name, (x, y), (0, reach), fontsize=10, **side)
    axis.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axis.margins(x=0.12, y=0.18)
    if bars:
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    if logx:
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.set_axisbelow(True)
    axis.grid(True)
    return figure
