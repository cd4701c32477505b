"""Instant checks of lessons 1 and 1b: sizes, pooling, a layer and its parameters, a learnt filter."""

from functools import partial

import numpy as np
from scipy import ndimage, signal

from helpers.check.compare import call, described, judge, name_of, passed, require, with_hints

SECRET = np.array([[0, -1, 0], [2, 0, -2], [0, 1, 0]])


def agrees(function, cases, reference, slips, done):
    """Compare a function with a reference on all cases; `slips`: a hint to what that slip returns."""
    for arguments in cases:
        got, right = call(function, *arguments), reference(*arguments)
        shown = [repr(a) if isinstance(a, list) else described(a) for a in arguments]
        what = f"{name_of(function)}({', '.join(shown)})"
        wrong = [(slip(*arguments), hint) for hint, slip in slips.items()]
        advice = "Try a small array, and work out one place" if np.ndim(right) else "Work this case out"
        judge(got, right, what, wrong, otherwise=f"{advice} on paper.")
    passed(function, done)


def output_size(function) -> None:
    """Check a function (size, kernel, stride, padding) -> positions of the window, counted one by one."""
    slips = {
        "Divide only the distance, and add 1 after that.": lambda s, k, t, p: (s - k + 2 * p + 1) // t,
        "The first position counts too: add 1 at the end.": lambda s, k, t, p: (s - k + 2 * p) // t,
        "Padding counts twice, once for each side.": lambda s, k, t, p: (s - k + p) // t + 1,
        "Round down: use // in place of /.": lambda s, k, t, p: (s - k + 2 * p) / t + 1,
        "Round down, not up.": lambda s, k, t, p: -(-(s - k + 2 * p) // t) + 1,
    }
    cases = [(7, 3, 1, 0), (28, 5, 1, 2), (10, 3, 2, 1), (224, 7, 2, 3), (9, 2, 3, 1), (11, 4, 4, 3)]
    counted = lambda s, k, t, p: len(range(0, s + 2 * p - k + 1, t))  # noqa: E731
    agrees(function, cases, counted, slips, f"right in {len(cases)} cases, counted one by one")


def two_by_two_maximum(function) -> None:
    """Check a function that max-pools a flat image in windows of 2x2, against SciPy's maximum filter."""

    def pooled(image):
        return ndimage.maximum_filter(image, size=2, origin=-1)[::2, ::2]

    def crowded(image):
        return ndimage.maximum_filter(image, size=2, origin=-1)[:-1, :-1]

    slips = {
        "Keep decimals: leave out dtype=int.": lambda x: np.trunc(pooled(x)),
        "The windows must not overlap, so there are half as many rows and columns.": crowded,
        "Window (i, j) begins at [2 * i, 2 * j].": lambda x: crowded(x)[: len(x) // 2, : x.shape[1] // 2],
        "Does your loop store anything in the output?": lambda x: 0 * pooled(x),
        "Take the maximum of the window alone: it can be below 0.": lambda x: np.maximum(pooled(x), 0),
        "It keeps the top left number of each window.": lambda x: x[::2, ::2],
    }
    stops = {
        "out of bounds": "Let i and j count the windows, and begin each window at [2 * i, 2 * j].",
        "as an integer": "Halve with // in place of /: a number of rows is a whole number.",
        "zero-size": "A window is empty: it goes from 2 * i to 2 * i + 2, for half as many i as rows.",
        "truth value": "Use .max() of the window.",
    }
    rng = np.random.default_rng()
    cases = [(rng.permutation(a * b).reshape(a, b) - a * b // 2,) for a, b in ((6, 8), (4, 4), (8, 2))]
    for (image,) in cases:  # so that no draw hides a slip
        image[:2, :2], image[-1, -1] = [[-3, -1], [-4, -2]], 99
    cases[-1] = (cases[-1][0] / 2,)
    done = f"agrees with SciPy on {len(cases)} random images"
    with_hints(stops, agrees, function, cases, pooled, slips, done)


def volume_layer(function) -> None:
    """Check a function (image, kernels, biases, stride) -> stacked feature maps, against SciPy."""
    draw = np.random.default_rng().integers
    shapes = [((5, 5, 3), (3, 3, 3, 2), 1), ((7, 9, 2), (3, 3, 2, 4), 2), ((8, 6, 3), (2, 3, 3, 2), 3)]
    cases = [(draw(1, 9, i), draw(-9, 10, k), np.arange(1, k[3] + 1), s) for i, k, s in shapes]
    for _, kernels, _, _ in cases:  # so that no draw hides a ReLU
        kernels[..., 0] = -abs(kernels[..., 0]) - 1
    image, kernels, biases, stride = cases[-1]
    cases[-1] = image, kernels / 2, biases / 4, stride

    def maps(i, k, b, s):
        sums = [signal.correlate(i, k[..., f], mode="valid")[::s, ::s, 0] for f in range(k.shape[3])]
        return np.stack(sums, axis=-1) + b

    def crowded(i, k, b, s):
        rows, columns, _ = maps(i, k, b, s).shape
        return maps(i, k, b, 1)[:rows, :columns]

    def scattered(i, k, b, s):
        every = np.zeros_like(maps(i, k, b, 1))
        every[::s, ::s] = maps(i, k, b, s)
        return every

    slips = {
        "Keep decimals: leave out dtype=int.": lambda i, k, b, s: np.trunc(maps(i, k, b, s)),
        "Add biases[f] to each sum.": lambda i, k, b, s: maps(i, k, 0, s),
        "Add biases[f] only once, after .sum().": lambda i, k, b, s: maps(i, k, b * k[..., 0].size, s),
        "Sum over all channels.": lambda i, k, b, s: maps(i[..., :1], k[:, :, :1], b, s),
        "Leave out the ReLU; it comes after the layer.": lambda i, k, b, s: np.maximum(maps(i, k, b, s), 0),
        "The windows are stride apart, so there are fewer.": lambda i, k, b, s: maps(i, k, b, 1),
        "There are fewer windows; count them with i and j, without gaps.": scattered,
        "Window (i, j) begins at row i * stride and column j * stride.": crowded,
        "The last axis should count the filters.": lambda i, k, b, s: maps(i, k, b, s).transpose(2, 0, 1),
    }
    stops = {
        "broadcast": "Multiply by kernels[..., f], take the window's sides from kernels.shape, and let no "
        "loop run past the last window.",
        "with a sequence": "Each place takes one number: .sum() without an axis, plus biases[f].",
        "as an integer": "Divide with // in place of /: a number of rows is a whole number.",
        "axis 3": "f counts the filters, kernels.shape[-1].",
        "out of bounds": "Let i and j count the windows; one begins at [i * stride, j * stride].",
    }
    done = f"agrees with SciPy on {len(cases)} random images"
    with_hints(stops, agrees, function, cases, maps, slips, done)


def parameter_count(function) -> None:
    """Check a function (side, channels, filters) -> parameters, against the sizes of arrays."""
    slips = {
        "Each filter has a bias too.": lambda f, c, k: f * f * c * k,
        "There are as many biases as filters.": lambda f, c, k: f * f * c * k + 1,
        "A filter has a slice of weights for each channel.": lambda f, c, k: (f * f + 1) * k,
        "A slice has side times side weights.": lambda f, c, k: (f * c + 1) * k,
        "A filter has one bias, not one for each channel.": lambda f, c, k: (f * f + 1) * c * k,
    }
    cases = [(3, 4, 2), (5, 1, 8), (1, 64, 16), (2, 7, 5)]
    agrees(function, cases, lambda f, c, k: np.ones((f, f, c, k)).size + k, slips, f"{len(cases)} layers")


def swapped_colours(kernels) -> None:
    """Check three 1x1 filters that exchange red and blue."""
    require(np.shape(kernels) == (1, 1, 3, 3), f"my_swap is {described(kernels)}, and not (1, 1, 3, 3).")
    names = ("red", "green", "blue")
    for pixel, name, wanted in zip(np.eye(3), names, reversed(names), strict=True):
        out = dict(zip(names, pixel @ np.asarray(kernels)[0, 0], strict=True))
        seen = " and ".join(f"{value:g} {colour}" for colour, value in out.items() if value)
        right = np.allclose([out.pop(wanted), *out.values()], [1, 0, 0])
        require(right, f"A {name} pixel comes out as {seen or 'black'}. It should be {wanted}.")
    passed("my_swap", "red and blue change places, green stays")


def field_of_view(function) -> None:
    """Check a function of pairs (window, stride) -> receptive field, counted from the last layer back."""

    def back(layers):
        pixels = 1
        for window, stride in reversed(layers):
            pixels = (pixels - 1) * stride + window
        return pixels

    def seen(steps, layers):
        strides = [stride for _, stride in layers]
        return 1 + sum((layer[0] - 1) * step for layer, step in zip(layers, steps(strides), strict=False))

    slips = {
        "Widen the field first, and lengthen the step after that.": partial(seen, np.cumprod),
        "Each layer adds window - 1 steps, not window.": lambda layers: 1 + sum(w for w, _ in layers),
        "A stride counts only for later layers. Add (window - 1) * step.": partial(seen, list),
        "The field starts at 1, not at 0.": lambda layers: back(layers) - 1,
        "Use the strides: they make steps longer.": partial(seen, np.ones_like),
        "Strides multiply: step = step * stride.": partial(seen, lambda strides: [1, *strides]),
        "Multiply the step by the stride; don't add it.": partial(seen, lambda s: np.cumsum([1, *s])),
    }
    stacks = [[(3, 1)] * 3, [(3, 1), (2, 2), (3, 1)], [(7, 2), (3, 2), (3, 1)], [(5, 3), (2, 2), (3, 2)]]
    agrees(function, [(stack,) for stack in stacks], back, slips, f"{len(stacks)} stacks of layers")


def secretly_filtered(image) -> np.ndarray:
    """Filter an image with the nine numbers that an exercise asks for."""
    return signal.correlate2d(image, SECRET, mode="valid")


def found_filter(found) -> None:
    """Check the nine numbers that a student found for `secretly_filtered`."""
    found = np.asarray(found)
    require(found.shape == (3, 3), f"found is {described(found)}. Take kernel.numpy()[:, :, 0, 0].")
    edges, error = abs(found - [[1, 0, -1]] * 3).max(), abs(found - SECRET).max()
    require(edges > 0.3, "This is the edge filter again. Did you give fit the picture secret?")
    require(error < 1, "These are not the numbers. Make a new model first: it has random weights again.")
    require(error < 0.1, f"Nearly: the worst of the nine is off by {error:.1f}. Train for more steps.")
    passed("found", "the nine secret numbers")
