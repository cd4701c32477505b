"""Instant checks of lesson 1b: a layer, its parameters, 1x1 filters, the receptive field, a learnt filter."""

from __future__ import annotations

import numpy as np
from scipy import signal

from helpers.check.compare import described, passed, require
from helpers.check.instant import agrees

SECRET = np.array([[0, -1, 0], [2, 0, -2], [0, 1, 0]])


def volume_layer(function) -> None:
    """Check a function (image, kernels, biases, stride) -> stacked feature maps, against SciPy."""
    rng = np.random.default_rng()
    shapes = [((5, 5, 3), (3, 3, 3, 2), 1), ((7, 9, 2), (3, 3, 2, 4), 2), ((8, 6, 3), (2, 3, 3, 1), 3)]
    cases = [(rng.integers(1, 9, i), rng.integers(1, 9, k), np.arange(1, k[3] + 1), s) for i, k, s in shapes]

    def maps(image, kernels, biases, stride, channels=None, turn=1):
        sums = [
            sum(
                signal.correlate2d(image[..., c], kernels[::turn, ::turn, c, f], mode="valid")
                for c in range(channels or image.shape[2])
            )
            for f in range(kernels.shape[3])
        ]
        return np.stack(sums, axis=-1)[::stride, ::stride] + biases

    slips = {
        "The bias is missing: add biases[f] to each sum.": lambda i, k, b, s: maps(i, k, 0 * b, s),
        "Every filter got the first bias.": lambda i, k, b, s: maps(i, k, 0 * b + b[0], s),
        "It looks at the first channel only. Sum over the whole window.": lambda i, k, b, s: maps(
            i, k, b, s, channels=1
        ),
        "The windows should be stride apart: there are fewer of them.": lambda i, k, b, s: maps(i, k, b, 1),
        "Window (i, j) begins at row i * stride and column j * stride.": lambda i, k, b, s: maps(i, k, b, 1)[
            : (len(i) - len(k)) // s + 1, : (i.shape[1] - k.shape[1]) // s + 1
        ],
        "The filters come first. The last axis should count them.": lambda i, k, b, s: np.moveaxis(
            maps(i, k, b, s), -1, 0
        ),
        "The kernel is flipped. Multiply its top left number by the window's.": lambda i, k, b, s: maps(
            i, k, b, s, turn=-1
        ),
        "All maps are the first filter's.": lambda i, k, b, s: maps(i, k[..., :1], b[:1], s) + 0 * b,
    }
    agrees(function, cases, maps, slips, f"agrees with SciPy on {len(cases)} random images")


def parameter_count(function) -> None:
    """Check a function (side, channels, filters) -> parameters, against the sizes of arrays."""
    slips = {
        "Each filter has a bias.": lambda f, c, k: f * f * c * k,
        "Each filter has its own bias, so there are as many biases as filters.": lambda f, c, k: (
            f * f * c * k + 1
        ),
        "A filter has a slice of weights for each channel.": lambda f, c, k: (f * f + 1) * k,
        "A filter has side times side weights in each slice.": lambda f, c, k: (f * c + 1) * k,
        "A filter has one bias, not one for each channel.": lambda f, c, k: (f * f + 1) * c * k,
    }
    cases = [(3, 3, 2), (5, 1, 8), (1, 64, 16), (2, 7, 5)]
    agrees(function, cases, lambda f, c, k: np.ones((f, f, c, k)).size + k, slips, f"{len(cases)} layers")


def swapped_colours(kernels) -> None:
    """Check three 1x1 filters that exchange red and blue."""
    what = f"swap is {described(kernels)}"
    require(np.shape(kernels) == (1, 1, 3, 3), f"{what}; it should have the shape (1, 1, 3, 3).")
    names = ("red", "green", "blue")
    for channel, wanted in enumerate((2, 1, 0)):
        pixel = np.eye(3)[channel]
        out = pixel @ np.asarray(kernels, dtype=float)[0, 0]
        shown = [f"{value:g} {name}" for value, name in zip(out, names, strict=True) if value]
        require(
            np.allclose(out, np.eye(3)[wanted]),
            f"A pixel that is {names[channel]} comes out as {' and '.join(shown) or 'black'}. It should be "
            f"{names[wanted]}.",
        )
    passed("swap", "red and blue change places, green stays")


def field_of_view(function) -> None:
    """Check a function of pairs (window, stride) -> receptive field, counted from the last layer back."""

    def back(layers):
        pixels = 1
        for window, stride in reversed(layers):
            pixels = (pixels - 1) * stride + window
        return pixels

    def forward(layers, before=False, keep=False):
        field, step = 1, 1
        for window, stride in layers:
            step = step * stride if before else step
            field += (window - 1) * step
            step = step if before else stride if keep else step * stride
        return field

    slips = {
        "Only the first value counts as 1: add window - 1 for each layer.": lambda layers: (
            1 + sum(window for window, _ in layers)
        ),
        "The field starts at 1, not at 0.": lambda layers: back(layers) - 1,
        "The stride is not used. Where neighbours are further apart, a window sees further.": lambda layers: (
            1 + sum(window - 1 for window, _ in layers)
        ),
        "A layer's own stride counts only after it: widen first, then lengthen the step.": lambda layers: (
            forward(layers, before=True)
        ),
        "Strides multiply: step = step * stride.": lambda layers: forward(layers, keep=True),
    }
    cases = [
        ([(3, 1)] * 3,),
        ([(3, 1), (2, 2), (3, 1)],),
        ([(7, 2), (3, 2), (3, 1), (3, 1)],),
        ([(5, 3), (2, 2), (3, 2), (4, 1)],),
    ]
    agrees(function, cases, back, slips, f"{len(cases)} stacks, counted from the last layer back")


def secretly_filtered(image) -> np.ndarray:
    """Filter an image with the nine numbers that an exercise asks for."""
    return signal.correlate2d(image, SECRET, mode="valid")


def found_filter(found) -> None:
    """Check the nine numbers that a student found for `secretly_filtered`."""
    require(
        np.shape(found) == (3, 3),
        f"found is {described(np.asarray(found))}, not a 3×3 array. Take kernel.numpy()[:, :, 0, 0].",
    )
    error = abs(np.asarray(found) - SECRET).max()
    edges = abs(np.asarray(found) - [[1, 0, -1]] * 3).max()
    require(edges > 0.3, "This is the edge filter again. Did you give fit the picture secret?")
    require(
        error < 1, "These are not the numbers. Start with a new model, so that its weights are random again."
    )
    require(error < 0.1, f"Nearly: the worst of the nine is off by {error:.1f}. Train for more epochs.")
    passed("found", "the nine secret numbers")
