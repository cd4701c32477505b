"""Pictures of arrays: photos, numbers in squares, channels, and a window sliding over them."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.patches import Rectangle

from .. import convolution
from .figure import Animation, Figure

WINDOW = "#D55E00"  # the current window, wherever it is drawn
SQUARE = 0.42  # inches a number takes


def image_grid(
    images, titles=None, *, columns=8, size=1.3, cmap="gray", limits=None, heading=None, alt
) -> Figure:
    """Show several images side by side.

    Parameters
    ----------
    images : sequence of array_like
        Each (H, W) or (H, W, 3); uint8 or floats. They may differ in size.
    cmap : str
        Matplotlib colour map for (H, W) images.
    limits : (float, float), optional
        Values drawn black and white. When left out: 0 and 255 for uint8, otherwise each image's own least
        and largest.
    """
    images = [np.asarray(image) for image in images]
    if not images:
        raise ValueError("There is no image to show: the sequence is empty.")
    for image in images:
        if not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)):
            raise ValueError(f"An image has shape {image.shape}; use (H, W) or (H, W, 3).")

    layout = {"columns": columns, "size": size, "heading": heading, "alt": alt}
    figure, axes = panels(len(images), titles, of="images", **layout)
    for axis, image in zip(axes, images, strict=False):
        low, high = limits or ((0, 255) if image.dtype == np.uint8 else (None, None))
        axis.imshow(image, cmap=cmap, vmin=low, vmax=high)
    return figure


def panels(count, titles, *, columns, size, heading, of, alt, margin=0.0) -> tuple[Figure, list]:
    """Lay out a grid of framed axes without ticks, with titles above them and a line over all.

    `of` names in the plural what will be in them; `margin` is room to the right, in inches.
    """
    if titles is not None and len(titles) != count:
        raise ValueError(f"There are {len(titles)} titles for {count} {of}; give one for each.")
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    title_room = 0.26 * (1 + max(str(title).count("\n") for title in titles)) if titles is not None else 0.04
    figure = Figure(columns * size + margin, rows * (size + title_room) + (0.35 if heading else 0), alt)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axis, title in zip(axes, titles if titles is not None else [], strict=False):
        axis.set_title(title, fontsize=9, loc="center")
    for axis in axes[:count]:
        # A thin frame: a white image must not vanish on a white page.
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=True, color="#bbbbbb", linewidth=0.6)
    for axis in axes[count:]:
        axis.set_axis_off()
    if heading:
        figure.suptitle(heading, fontsize=11)
    return figure, axes


def channel_grid(maps, *, columns=8, size=1.1, cmap="gray", limits=None, heading=None, alt) -> Figure:
    """Show each channel of one feature map, or each slice of a kernel, as an image.

    Parameters
    ----------
    maps : array_like
        (H, W, C).
    cmap, limits
        As in `image_grid`.
    """
    maps = np.asarray(maps)
    if maps.ndim != 3:
        raise ValueError(f"The feature maps have shape {maps.shape}; use (H, W, C), one image at a time.")
    channels = np.moveaxis(maps, -1, 0)
    return image_grid(
        channels, columns=columns, size=size, cmap=cmap, limits=limits, heading=heading, alt=alt
    )


def number_grid(arrays, titles, *, alt) -> Figure:
    """Show small matrices as squares with their numbers, shaded from the least to the largest.

    Parameters
    ----------
    arrays : sequence of array_like
        Each (H, W), side by side.
    """
    arrays = [np.atleast_2d(array) for array in arrays]
    widths = [array.shape[1] for array in arrays]
    height = max(array.shape[0] for array in arrays)
    figure = Figure(SQUARE * (sum(widths) + 1.2 * len(arrays)), SQUARE * height + 0.5, alt)
    figure.get_layout_engine().set(wspace=0.12)
    axes = figure.subplots(1, len(arrays), width_ratios=widths, squeeze=False)[0]
    for axis, array, title in zip(axes, arrays, titles, strict=True):
        _numbers(axis, array)
        axis.set_title(title)
    return figure


def convolution_step(image, kernel, position, *, stride=1, padding=0, alt=None) -> Figure:
    """Show input, filter and output with one position of the window marked, and its sum written out.

    Parameters
    ----------
    image : array_like
        (H, W) or (H, W, C), small.
    kernel : array_like
        (k, l) or (k, l, C).
    position : (int, int)
        Row and column of the output.
    stride, padding : int
        As in `helpers.convolution.convolve2d`.
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    output = convolution.convolve2d(image, kernel, stride=stride, padding=padding)
    row, column = position
    if not (0 <= row < output.shape[0] and 0 <= column < output.shape[1]):
        raise ValueError(f"Position {position} lies outside the output, which is {output.shape}.")
    image, kernel = (array if array.ndim == 3 else array[..., None] for array in (image, kernel))
    padded = np.pad(image, [(padding, padding), (padding, padding), (0, 0)])
    corner = row * stride, column * stride
    window = padded[corner[0] : corner[0] + kernel.shape[0], corner[1] : corner[1] + kernel.shape[1]]
    alt = alt or (
        f"A {kernel.shape[0]} by {kernel.shape[1]} window at row {row}, column {column} of the output: "
        f"the products add up to {output[row, column]:g}."
    )

    channels = image.shape[2]
    widths = padded.shape[1], kernel.shape[1], output.shape[1]
    heights = channels * (padded.shape[0] * SQUARE + 0.35) + 0.35
    figure = Figure(SQUARE * (sum(widths) + 4), heights, alt)
    figure.get_layout_engine().set(wspace=0.12)
    axes = figure.subplots(channels, 3, width_ratios=widths, squeeze=False)
    for channel in range(channels):
        name = f", channel {channel}" if channels > 1 else ""
        _numbers(axes[channel, 0], padded[..., channel])
        _mark(axes[channel, 0], corner, kernel.shape[:2])
        axes[channel, 0].set_title("input" + name)
        _numbers(axes[channel, 1], kernel[..., channel])
        axes[channel, 1].set_title("filter" + name)
        axes[channel, 2].set_axis_off()
    middle = axes[channels // 2, 2]
    done = row * output.shape[1] + column + 1
    _numbers(middle, output, shown=done)
    _mark(middle, position, (1, 1))
    middle.set_title("output")
    middle.set_axis_on()
    figure.supxlabel(_sum_of_products(window, kernel, output[row, column]), fontsize=10)
    return figure


def convolution_animation(image, kernel, *, stride=1, padding=0, seconds=0.8) -> Animation:
    """Let the window pass over the whole image: one frame of `convolution_step` for each output number.

    Parameters
    ----------
    image, kernel, stride, padding
        As in `convolution_step`.
    seconds : float
        How long each position stays.
    """
    shape = convolution.convolve2d(image, kernel, stride=stride, padding=padding).shape
    alt = (
        f"Animation: a window passes over the input in {shape[0]} by {shape[1]} steps; "
        "at each it adds the products of pixels and filter over all channels and writes one number."
    )
    positions = np.ndindex(*shape)
    frames = [convolution_step(image, kernel, p, stride=stride, padding=padding, alt=alt) for p in positions]
    # The last frame, with every number in place, comes first: it is what print and previews show.
    return Animation([frames[-1], *frames], seconds)


def _numbers(axis, array, shown=None):
    """Draw a matrix as shaded squares with numbers; only the first `shown` of them."""
    shades = array.astype(float).ravel()
    shown = len(shades) if shown is None else shown
    low, high = shades.min(), shades.max()
    visible = np.where(np.arange(len(shades)) < shown, shades, np.nan).reshape(array.shape)
    spread = max(high - low, 1)
    # Greys up to the middle only: black figures stay readable on every square.
    axis.imshow(visible, cmap="Greys", vmin=low, vmax=low + 2.2 * spread)
    for (row, column), value in np.ndenumerate(visible):
        if not np.isnan(value):
            axis.text(column, row, f"{value:.4g}", ha="center", va="center", fontsize=10)
    axis.set_xticks(np.arange(-0.5, array.shape[1]), [])
    axis.set_yticks(np.arange(-0.5, array.shape[0]), [])
    axis.grid(color="#999999", linewidth=0.8, clip_on=False)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _mark(axis, corner, size):
    row, column = corner
    outline = Rectangle(
        (column - 0.5, row - 0.5), size[1], size[0], fill=False, edgecolor=WINDOW, linewidth=3.5, zorder=3
    )
    outline.set_clip_on(False)
    axis.add_patch(outline)


def _sum_of_products(window, kernel, total):
    """Write out the sum: product by product for one channel, channel by channel for more."""
    if kernel.shape[2] > 1:
        sums = (window * kernel).sum(axis=(0, 1))
        terms = [f"channel {channel}: {_signed(value)}" for channel, value in enumerate(sums)]
        return "  +  ".join(terms) + f"  =  {total:g}"
    pairs = zip(window.ravel(), kernel.ravel(), strict=True)
    terms = [f"{pixel:g}·{_signed(weight)}" for pixel, weight in pairs if weight != 0]
    return " + ".join(terms or ["0"]) + f" = {total:g}"


def _signed(value):
    return f"({value:g})" if value < 0 else f"{value:g}"
