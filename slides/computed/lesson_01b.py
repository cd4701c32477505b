"""Numbers and figures of deck 1b: computed from the examples of lesson 1b, or taken from it once executed."""

from __future__ import annotations

import functools

import numpy as np
from skimage import color, data

from helpers import convolution, plots
from slides import wall
from slides.computed.lesson_01 import VERTICAL, photo, shaded, shape_text
from slides.computed.parts import taken
from slides.spreadsheet import numbers

HOW = {"stride": 2, "padding": 1}
RATE = 0.1
CONTEST = {2011: 25.8, 2012: 16.4, 2013: 11.7, 2014: 6.67, 2015: 3.57}
ONE_NETWORK = {2015: 4.49, 2021: 1.2}
"""Top-5 errors on ImageNet in percent, from the papers and the contest's tables, as in the lesson."""
SIGNED = ("bwr", (-4, 4))
SIX = np.random.default_rng(0).integers(0, 10, (6, 6))
LUMINANCE = np.array([0.2125, 0.7154, 0.0721]).reshape(1, 1, 3)
SWAP = np.eye(3)[::-1].reshape(1, 1, 3, 3)


@functools.cache
def ball() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The lesson's red ball (5, 5, 3), its two filters (3, 3, 3, 2) and their biases."""
    examples = numbers.from_lessons()
    return examples["volume"], examples["filters"], examples["biases"]


def ball_maps() -> np.ndarray:
    """Both feature maps of the ball, (3, 3, 2), before the ReLU."""
    image, filters, biases = ball()
    return convolution.convolve2d(image, filters, **HOW) + biases


def face() -> np.ndarray:
    """The astronaut's face in gray, mean 0 and standard deviation 1, as in the lesson."""
    gray = photo()[1][20:148, 160:288]
    return (gray - gray.mean()) / gray.std()


@functools.cache
def matrix() -> np.ndarray:
    """The matrix (16, 36) of the filter for vertical edges: a column for each pixel, by a 1 at that pixel."""
    pixels = np.eye(SIX.size).reshape(-1, *SIX.shape, 1)
    return convolution.convolve2d(pixels, VERTICAL[..., None]).reshape(SIX.size, -1).T


@functools.cache
def learn() -> dict[int, tuple[np.ndarray, float]]:
    """Descend as the lesson does, from random numbers: some steps, the filter (3, 3) of each and its loss."""
    windows = np.lib.stride_tricks.sliding_window_view(face(), (3, 3)).reshape(-1, 9)
    wanted = convolution.convolve2d(face(), VERTICAL).ravel()
    weights = np.random.default_rng(0).normal(scale=0.3, size=9)
    kept = {}
    for step in range(1001):
        errors = windows @ weights - wanted
        if step in (0, 10, 50, 200, 1000):
            kept[step] = weights.reshape(3, 3), np.mean(errors**2)
        weights = weights - RATE * 2 * windows.T @ errors / len(errors)
    return kept


@functools.cache
def cat() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A cat in gray, 0..1, its edges by the learnt filter, and by the true one."""
    gray = color.rgb2gray(data.chelsea())
    return gray, convolution.convolve2d(gray, learn()[1000][0]), convolution.convolve2d(gray, VERTICAL)


def values() -> dict[str, str]:
    """Numbers on the slides. Those of the data sets are history, from their papers."""
    maps = ball_maps()
    _, found, wanted = cat()
    return {
        "first_filter": f"{maps[1, 1, 0]:g}",
        "second_filter": f"{maps[1, 2, 1]:g}",
        "ball_shape": shape_text(maps.shape),
        "ball_parameters": f"{convolution.count_parameters(3, 3, 2)}",
        "many_parameters": f"{convolution.count_parameters(3, 64, 128):,}",
        "quiz_rows": f"{convolution.output_size(3, 3, stride=2, padding=2)}",
        "quiz_columns": f"{convolution.output_size(5, 3, stride=2, padding=1)}",
        "quiz_side": f"{convolution.output_size(15, 3)}",
        "quiz_depth": f"{convolution.output_size(10, 3)}",
        "one_by_one": f"{sum(convolution.count_parameters(*of) for of in [(1, 256, 32), (3, 32, 256)]):,}",
        "three_by_three": f"{convolution.count_parameters(3, 256, 256):,}",
        "neuron": f"{convolution.convolve2d(SIX, VERTICAL)[1, 2]}",
        "matrix_shape": shape_text(matrix().shape),
        "matrix_entries": f"{matrix().size}",
        "matrix_inside": f"{len(matrix()) * VERTICAL.size}",
        "matrix_free": f"{VERTICAL.size}",
        "view_two": f"{convolution.receptive_field([3, 3])}",
        "view_three": f"{convolution.receptive_field([3, 3, 3])}",
        "view_pooled": f"{convolution.receptive_field([3, (2, 2)] * 3)}",
        "weights_three": f"{3 * 9}",
        "weights_one": f"{7 * 7}",
        "learnt_error": f"{abs(learn()[1000][0] - VERTICAL).max():.3f}",
        "cat_error": f"{abs(found - wanted).max() / abs(wanted).max():.1%}",
        "dense_weights": f"{face().size * (face().shape[0] - 2) ** 2 / 1e6:.0f}",
        "gray_sets": "60,000 + 10,000",
        "cifar": "50,000 + 10,000",
        "imagenet": "1.28 million",
        "imagenet_classes": "1,000",
        "alexnet": f"{CONTEST[2012]}",
        "before_networks": f"{CONTEST[2011]}",
        "resnet_one": f"{ONE_NETWORK[2015]}",
        "resnet_six": f"{CONTEST[2015]}",
    }


def figures() -> dict:
    """Figures on the slides."""
    return colour() | mixing() | layers() | learnt()


def colour() -> dict:
    """Two filters on an image with three channels."""
    image, filters, biases = ball()
    steps = [((1, 1), 0), ((1, 2), 1)]
    drawn = {
        f"volume_{number}": wall.volume_step(
            image, filters[..., n], place, bias=biases[n], name=f"filter {n + 1}", **HOW
        )
        for number, (place, n) in enumerate(steps, 1)
    }
    maps = convolution.relu(ball_maps())
    drawn["volume_3"] = plots.number_grid(
        [maps[..., 0], maps[..., 1]], ["map of filter 1", "map of filter 2"], alt="Two maps of 3 by 3."
    )
    drawn["ball"] = plots.image_grid(
        [image / 2, *np.moveaxis(image, -1, 0)],
        ["photo", "red", "green", "blue"],
        size=2,
        limits=(0, 2),
        alt="A red square between blue and green, and its three channels.",
    )
    return drawn


def mixing() -> dict:
    """What 1x1 filters and a maximum across channels do."""
    colours = photo()[0]
    mixed, swapped = (convolution.convolve2d(colours / 255, weights) for weights in (LUMINANCE, SWAP))
    turned = np.stack([np.rot90(VERTICAL, turn) for turn in range(4)], axis=-1)[:, :, None]
    answers = convolution.convolve2d(face()[..., None], turned)
    edges = convolution.convolve2d(face(), VERTICAL)
    return {
        "one_by_one": plots.image_grid(
            [colours, mixed], ["3 channels", "1 channel"], size=2, alt="A portrait in colour and in gray."
        ),
        "swap": plots.image_grid(
            [colours, swapped],
            ["the photo", "after your filters"],
            size=2.6,
            alt="A portrait in two colourings.",
        ),
        "strongest": shaded(
            [*np.moveaxis(answers, -1, 0), answers.max(axis=-1)],
            ["bright left", "bright below", "bright right", "bright above", "largest"],
            [SIGNED] * 5,
            size=1.35,
            alt="Edges in four directions and the largest answer.",
        ),
        "target": shaded(
            [face(), edges],
            ["the photo", "what we want"],
            [("gray", None), SIGNED],
            size=1.9,
            alt="A face and its vertical edges.",
        ),
    }


def layers() -> dict:
    """The layer as a neuron and as a matrix, and how far a stack sees."""
    figure = plots.Figure(6, 2.9, "A matrix, white nearly everywhere.")
    axis = figure.subplots()
    axis.imshow(matrix(), cmap="bwr", vmin=-1.5, vmax=1.5)
    axis.set(xlabel="pixel of the flattened image", ylabel="pixel of the output")
    return {
        "neuron": plots.convolution_step(SIX, VERTICAL, (1, 2)),
        "matrix": figure,
        "view_1": wall.receptive_field_steps([3, 3, 3], shown=2, size=13),
        "view_2": wall.receptive_field_steps([3, 3, 3], size=13),
    }


def learnt() -> dict:
    """The filter that gradient descent finds, and what people train on."""
    steps = learn()
    gray, found, _ = cat()
    years = {"best of the contest, no extra photos": CONTEST, "one network, other photos": ONE_NETWORK}
    return {
        "cover": plots.number_grid(
            [steps[0][0].round(1), steps[1000][0].round(1)],
            ["random", "after 1000 steps"],
            alt="Nine random numbers and an edge filter.",
        ),
        "appears": plots.number_grid(
            [kernel.round(1) for kernel, _ in steps.values()],
            [f"step {step}\nloss {loss:.2g}" for step, (_, loss) in steps.items()],
            alt="Nine numbers at five steps.",
        ),
        "cat": shaded(
            [gray[:, 90:390], found[:, 90:388]],
            ["never seen before", "learnt filter"],
            [("gray", None), ("bwr", (-0.6, 0.6))],
            size=3,
            alt="A cat and its vertical edges.",
        ),
        "sizes": taken("01b", "A digit, a T-shirt"),
        "errors": plots.curves(
            {name: (list(line), list(line.values())) for name, line in years.items()},
            xlabel="year",
            ylabel="top-5 error, %",
            markers=True,
            alt="The error falls from year to year.",
        ),
    }
