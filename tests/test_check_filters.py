"""The checks of lesson 1's later exercises and of lesson 1b: right answers pass, each slip gets its hint."""

import numpy as np
import pytest
from exercises import gets_its_hint, nothing, said, stub
from scipy import signal

from helpers import check


def pooled(image, keep=np.max, step=2, start=None):
    output = np.zeros((image.shape[0] // 2, image.shape[1] // 2))
    for i, j in np.ndindex(output.shape):
        window = image[step * i : step * i + 2, step * j : step * j + 2]
        output[i, j] = keep(window) if start is None else max(start, *window.ravel())
    return output


def pixel_by_pixel(image):
    output = np.zeros((image.shape[0] // 2, image.shape[1] // 2))
    for i in range(0, image.shape[0], 2):
        for j in range(0, image.shape[1], 2):
            output[i, j] = image[i : i + 2, j : j + 2].max()
    return output


def every_window(image, kernels, biases, stride, small=False):
    height, width, _, count = kernels.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    few = stride if small else 1
    output = np.zeros(((rows - 1) // few + 1, (columns - 1) // few + 1, count))
    for i in range(0, rows, stride):
        for j in range(0, columns, stride):
            window = image[i : i + height, j : j + width, :, None]
            output[i, j] = (window * kernels).sum(axis=(0, 1, 2)) + biases
    return output


def layer(image, kernels, biases, stride, step=None, channels=None, side=None):
    height, width, _, count = kernels.shape
    rows, columns = (image.shape[0] - height) // stride + 1, (image.shape[1] - width) // stride + 1
    output, step = np.zeros((rows, columns, count)), step or stride
    for i, j, f in np.ndindex(output.shape):
        window = image[i * step : i * step + (side or height), j * step : j * step + width, :channels]
        output[i, j, f] = (window * kernels[..., :channels, f]).sum() + biases[f]
    return output


def field(layers, early=False, multiply=True):
    seen, step = 1, 1
    for window, stride in layers:
        step = step * stride if early else step
        seen += (window - 1) * step
        step = step if early else step * stride if multiply else stride
    return seen


SWAP = np.eye(3)[::-1].reshape(1, 1, 3, 3)
SECRET = check.secretly_filtered(np.pad([[1]], 2))[::-1, ::-1]
RIGHT = {
    "output_size": lambda size, kernel, stride=1, padding=0: (size - kernel + 2 * padding) // stride + 1,
    "two_by_two_maximum": pooled,
    "volume_layer": layer,
    "parameter_count": lambda side, channels, filters: side * side * channels * filters + filters,
    "swapped_colours": SWAP,
    "field_of_view": field,
    "found_filter": SECRET + 0.05,
}
SLIPS = [
    ("output_size", lambda s, k, t=1, p=0: (s - k + 2 * p) // t, "The first position"),
    ("output_size", lambda s, k, t=1, p=0: (s - k + p) // t + 1, "once for each side"),
    ("output_size", lambda s, k, t=1, p=0: (s - k + 2 * p + 1) // t, "add 1 after"),
    ("output_size", lambda s, k, t=1, p=0: (s - k + 2 * p) / t + 1, "//"),
    ("output_size", lambda s, k, t=1, p=0: int(np.ceil((s - k + 2 * p) / t)) + 1, "not up"),
    ("output_size", lambda s, k, t=1, p=0: 5, "on paper"),
    ("output_size", nothing, "did you forget return?"),
    ("two_by_two_maximum", lambda x: np.zeros((x.shape[0] / 2, x.shape[1] // 2)), "Halve with //"),
    ("two_by_two_maximum", lambda x: pooled(x, lambda window: window[:0].max()), "A window is empty"),
    ("two_by_two_maximum", lambda x: pooled(x, step=1), "[2 * i, 2 * j]"),
    ("two_by_two_maximum", lambda x: pooled(x, start=0), "below 0"),
    ("two_by_two_maximum", lambda x: 0 * pooled(x), "store anything"),
    ("two_by_two_maximum", lambda x: pooled(x).astype(int), "Keep decimals"),
    ("two_by_two_maximum", lambda x: pooled(x, lambda window: window[0, 0]), "top left"),
    (
        "two_by_two_maximum",
        lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2)).max(axis=(2, 3)),
        "must not overlap",
    ),
    ("two_by_two_maximum", lambda x: pooled(x)[::-1], "on paper"),
    ("two_by_two_maximum", pixel_by_pixel, "Let i and j count the windows, and begin"),
    ("two_by_two_maximum", lambda x: pooled(x, max), "Use .max() of the window"),
    ("volume_layer", lambda i, k, b, s: layer(i, k, 0 * b, s), "Add biases[f]"),
    ("volume_layer", lambda i, k, b, s: layer(i, k, k[..., 0].size * b, s), "only once"),
    ("volume_layer", lambda i, k, b, s: np.array([[0, [i]]]), "without an axis"),
    ("volume_layer", lambda i, k, b, s: layer(i, k, b, s, channels=1), "all channels"),
    ("volume_layer", lambda i, k, b, s: layer(i, k, b, 1), "fewer"),
    ("volume_layer", lambda i, k, b, s: layer(i, k, b, s, step=1), "begins at"),
    ("volume_layer", lambda i, k, b, s: layer(i, k, b, s).transpose(2, 0, 1), "last axis"),
    ("volume_layer", lambda i, k, b, s: layer(i, k, b, s)[..., 0], "it should be ("),
    ("volume_layer", lambda i, k, b, s: np.maximum(layer(i, k, b, s), 0), "Leave out the ReLU"),
    ("volume_layer", lambda i, k, b, s: layer(i, k, b, s).astype(int), "Keep decimals"),
    ("volume_layer", lambda i, k, b, s: k[..., k.shape[2]], "f counts the filters"),
    ("volume_layer", lambda i, k, b, s: np.zeros((i.shape[0] / s, 3, 2)), "Divide with //"),
    ("volume_layer", every_window, "without gaps"),
    ("volume_layer", lambda i, k, b, s: every_window(i, k, b, s, small=True), "one begins at"),
    ("volume_layer", lambda i, k, b, s: layer(i, k, b, s, side=3), "from kernels.shape"),
    ("parameter_count", lambda f, c, k: f * f * c * k, "bias too"),
    ("parameter_count", lambda f, c, k: f * f * c * k + 1, "as many biases"),
    ("parameter_count", lambda f, c, k: (f * f + 1) * k, "for each channel"),
    ("parameter_count", lambda f, c, k: (f * c + 1) * k, "side times side"),
    ("parameter_count", lambda f, c, k: (f * f + 1) * c * k, "not one for each channel"),
    ("swapped_colours", np.eye(3).reshape(1, 1, 3, 3), "A red pixel comes out as 1 red. It should be blue"),
    ("swapped_colours", 0 * SWAP, "comes out as black"),
    ("swapped_colours", np.eye(3)[::-1], "float64 (3, 3), and not (1, 1, 3, 3)"),
    ("swapped_colours", SWAP + np.eye(3)[1], "1 green and 1 blue"),
    ("field_of_view", lambda layers: 1 + sum(window for window, _ in layers), "not window"),
    ("field_of_view", lambda layers: field(layers) - 1, "not at 0"),
    ("field_of_view", lambda layers: 1 + sum((w - 1) * s for w, s in layers), "only for later layers"),
    ("field_of_view", lambda layers: 1 + sum(window - 1 for window, _ in layers), "Use the strides"),
    ("field_of_view", lambda layers: field(layers, early=True), "after that"),
    ("field_of_view", lambda layers: field(layers, multiply=False), "multiply"),
    (
        "field_of_view",
        lambda layers: 1 + sum(2 * n for n in range(1, 4)),
        "(3, 1)]) returned 13. Multiply the step",
    ),
    ("found_filter", np.array([[1, 0, -1]] * 3), "edge filter again"),
    ("found_filter", -SECRET, "a new model"),
    ("found_filter", SECRET + 0.3, "off by 0.3"),
    ("found_filter", SECRET.reshape(3, 3, 1, 1), "[:, :, 0, 0]"),
]


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_passes_and_a_stub_is_your_turn(name, capsys):
    assert said(getattr(check, name), RIGHT[name], capsys).startswith("ok  ")
    untouched = stub if callable(RIGHT[name]) else ...
    assert said(getattr(check, name), untouched, capsys).startswith("your turn")


@pytest.mark.parametrize("name, answer, hint", SLIPS)
def test_a_slip_gets_its_hint(name, answer, hint, capsys):
    gets_its_hint(getattr(check, name), answer, hint, capsys)


def test_the_secret_picture_has_one_filter_and_it_is_none_that_the_lessons_name():
    image = np.random.default_rng(0).normal(size=(9, 8))
    shown = check.secretly_filtered(image)
    np.testing.assert_allclose(shown, signal.correlate2d(image, SECRET, mode="valid"))
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3)).reshape(-1, 9)
    np.testing.assert_allclose(np.linalg.lstsq(windows, shown.ravel())[0], SECRET.ravel(), atol=1e-9)
