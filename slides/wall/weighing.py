"""Grad-CAM drawn step by step: maps, gradients, weights, sum, what is positive, and the picture."""

from __future__ import annotations

import numpy as np

from helpers.plots.figure import Figure

STEPS = ("maps", "gradients", "weights", "sum", "ReLU", "overlay")
SIGNED = "PuOr_r"  # orange speaks for the class, violet against it; neither needs red and green


def grad_cam_step(image, maps, gradients, overlay, channels, step: int, *, alt=None) -> Figure:
    """Draw the first steps of Grad-CAM on one image: what is not yet computed stays empty.

    1 maps, 2 gradients, 3 weights, 4 their weighted sum over all channels, 5 the ReLU of it, 6 the picture
    with the heat over it.

    Parameters
    ----------
    image : array_like
        (H, W, 3), uint8, or floats 0..1.
    maps, gradients : array_like
        (h, w, channels): what a layer gives, and how the logit changes with each number of it.
    overlay : array_like
        (H, W, 3), floats 0..1: the image with the enlarged map over it.
    channels : sequence of int
        The few that are drawn; the sum runs over all.
    step : int
        1 to 6.
    """
    maps, gradients = np.asarray(maps, float), np.asarray(gradients, float)
    if maps.ndim != 3 or maps.shape != gradients.shape:
        raise ValueError(
            f"Maps {maps.shape} and gradients {gradients.shape} do not fit: both must be (h, w, channels)."
        )
    if not 1 <= step <= len(STEPS):
        raise ValueError(f"Step {step} is none of Grad-CAM. Use 1 to {len(STEPS)}.")
    channels = list(channels)
    weights = gradients.mean(axis=(0, 1))
    total = maps @ weights
    alt = alt or (
        f"Grad-CAM, step {step} of {len(STEPS)}, {STEPS[step - 1]}: an image, {len(channels)} of "
        f"{maps.shape[2]} channels, and what is computed from them so far."
    )
    figure = Figure(6.6, 2.85, alt)
    grid = figure.add_gridspec(len(channels), 7, width_ratios=[2.3, 1.4, 1.4, 1.4, 2.3, 2.3, 2.3])
    _picture(figure.add_subplot(grid[:, 0]), image, "picture")
    bright, heaviest = maps[..., channels].max(), np.abs(weights[channels]).max()
    for row, channel in enumerate(channels):
        titles = ["maps", "gradients", "weights"] if row == 0 else [""] * 3
        _picture(figure.add_subplot(grid[row, 1]), maps[..., channel], titles[0], vmin=0, vmax=bright)
        largest = np.abs(gradients).max()
        cell = figure.add_subplot(grid[row, 2])
        shown = gradients[..., channel] if step >= 2 else None
        _picture(cell, shown, titles[1], cmap=SIGNED, vmin=-largest, vmax=largest)
        cell = figure.add_subplot(grid[row, 3])
        _weight(cell, weights[channel] if step >= 3 else None, titles[2], heaviest)
    largest = np.abs(total).max()
    signed = {"cmap": SIGNED, "vmin": -largest, "vmax": largest}
    results = [(total, f"sum of {maps.shape[2]}", signed), (np.maximum(total, 0), "ReLU", signed)]
    for column, (array, title, options) in enumerate([*results, (overlay, "enlarged", {})], start=4):
        _picture(figure.add_subplot(grid[:, column]), array if step >= column else None, title, **options)
    return figure


def _picture(axis, array, title, **options):
    """Draw an array, or an empty frame for None; without a title an empty one, too."""
    if array is None:
        axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        axis.spines[:].set(visible=True, color="#dddddd", linewidth=0.8)
    else:
        axis.imshow(array, **options)
        axis.spines[:].set(visible=True, color="#bbbbbb", linewidth=0.6)
        axis.set_title(title, loc="center", fontsize=10)
    axis.set(xticks=[], yticks=[])


def _weight(axis, weight, title, largest):
    """Draw one weight as a bar from the middle, with its sign."""
    axis.set(xlim=(-1.15, 1.15), ylim=(-1, 1), xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    if weight is None:
        return
    axis.axvline(0, color="#888888", linewidth=0.8, linestyle="-")
    colour = "#B35806" if weight > 0 else "#542788"  # the ends of SIGNED
    axis.barh(0, weight / largest, height=0.7, color=colour)
    sign = "+" if weight > 0 else "−"
    axis.text(-0.55 if weight > 0 else 0.55, 0, sign, ha="center", va="center", fontsize=13)
    axis.set_title(title, loc="center", fontsize=10)
