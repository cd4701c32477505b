"""Very many small pictures as one: all channels of a layer, or a picture for each of them."""

import math

import numpy as np

from .figure import Figure

LINE = 1.0  # white, between the pictures


def mosaic(images, *, columns=16, width=9.6, gap=1, heading=None, alt) -> Figure:
    """Join pictures of one size to one large picture; far quicker than `image_grid` where there are many.

    Parameters
    ----------
    images : array_like
        (n, H, W) or (n, H, W, 3). Black and white are 0 and 255 for uint8, 0 and 1 for (n, H, W, 3), else
        each picture's own least and largest. A layer's channels: ``np.moveaxis(maps, -1, 0)``.
    width : float
        Inches that a full row takes.
    gap : int
        Pixels of white between two pictures.
    """
    images = np.asarray(images)
    if 0 in images.shape or not (images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)):
        raise ValueError(f"The pictures are {images.shape}; use (n, H, W) or (n, H, W, 3), n >= 1.")
    shown = _shades(images)
    columns = min(columns, len(shown))
    rows = math.ceil(len(shown) / columns)
    height, breadth = shown.shape[1] + gap, shown.shape[2] + gap
    joined = np.full((rows * height - gap, columns * breadth - gap, *shown.shape[3:]), LINE)
    for number, image in enumerate(shown):
        top, left = number // columns * height, number % columns * breadth
        joined[top : top + image.shape[0], left : left + image.shape[1]] = image
    tall = width * joined.shape[0] / joined.shape[1]
    figure = Figure(width, tall + (0.35 if heading else 0.05), alt)
    axis = figure.subplots()
    axis.imshow(joined, cmap="gray", vmin=0, vmax=1)
    axis.set_axis_off()
    if heading:
        figure.suptitle(heading, fontsize=11)
    return figure


def _shades(images):
    """Scale values to 0..1."""
    low, high, own = 0, 255 if images.dtype == np.uint8 else 1, images.dtype != np.uint8 and images.ndim == 3
    images = images.astype(float)
    if own:
        low, high = images.min(axis=(1, 2), keepdims=True), images.max(axis=(1, 2), keepdims=True)
    return np.clip((images - low) / np.where(np.equal(high, low), 1, np.subtract(high, low)), 0, 1)
