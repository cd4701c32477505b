"""Numbers and figures of deck 1: all computed by `helpers.convolution` from the lesson's own examples."""

from __future__ import annotations

import functools

import numpy as np
import scipy.signal
from skimage import color, data

from helpers import convolution, plots
from slides import wall

HORIZONTAL = convolution.KERNELS["horizontal edges"]
VERTICAL = convolution.KERNELS["vertical edges"]
OUTLINE = convolution.KERNELS["outline"]
BAND = np.repeat([[0], [5], [10], [15], [10], [5], [0]], 7, axis=1)
SIX = np.array(
    [
        [3, 0, 1, 2, 7, 4],
        [1, 5, 8, 9, 3, 1],
        [2, 7, 2, 5, 1, 3],
        [0, 1, 3, 1, 7, 8],
        [4, 2, 1, 6, 2, 8],
        [2, 4, 5, 2, 3, 9],
    ]
)
HALVES = np.repeat([[10, 10, 10, 0, 0, 0]], 6, axis=0)
FIVE = np.arange(1, 26).reshape(5, 5) % 7
NUMBERS = np.array([[23, 14, 0, 109], [9, 43, 58, 15], [105, 85, 35, 25], [24, 69, 17, 7]])
WEEK = np.array([10, 12, 11, 18, 17, 13, 10])
LINE_DOWN = np.array([[-0.5, 1, -0.5]] * 3)
FACES = ["Sobel vertical", "Sobel horizontal", "sharpen", "blur", "emboss"]
HEAD = (slice(0, 260), slice(110, 370))
GRAY, SIGNED = ("gray", (0, 255)), ("bwr", (-200, 200))
"""Colour map and limits of a photo, and of a map with signs: white at zero, red above, blue below."""


@functools.cache
def photo() -> tuple[np.ndarray, np.ndarray]:
    """The astronaut in colour, uint8 (512, 512, 3), and in gray, 0..255."""
    colour = data.astronaut()
    return colour, np.round(255 * color.rgb2gray(colour))


def drawings() -> dict[str, np.ndarray]:
    """Four small drawings: both axes, one, the other, none."""
    down, across = np.zeros((4, 4), int), np.zeros((4, 4), int)
    down[:, 1], across[2, :] = 1, 1
    return {"both": np.maximum(down, across), "down": down, "across": across, "none": 0 * down}


def pooled_answers() -> dict[str, np.ndarray]:
    """What the two line filters, ReLU and one max pooling say to each drawing."""
    detector = np.stack([LINE_DOWN, LINE_DOWN.T], axis=-1)[:, :, None, :]
    maps = {
        name: convolution.relu(convolution.convolve2d(drawing[..., None], detector))
        for name, drawing in drawings().items()
    }
    return {name: convolution.max_pool2d(answer)[0, 0] for name, answer in maps.items()}


def shifted(padding: str = "valid") -> list[np.ndarray]:
    """A face on a gray canvas, the same moved right by 20 pixels, and the outline map of each."""
    _, gray = photo()
    face = gray[60:140, 180:260]
    canvas, moved = np.full((128, 128), 128.0), np.full((128, 128), 128.0)
    canvas[24:104, 10:90], moved[24:104, 30:110] = face, face
    maps = [convolution.convolve2d(image, OUTLINE, padding=padding) for image in (canvas, moved)]
    return [canvas, moved, *maps]


def pooled_three_times() -> list[np.ndarray]:
    """A 1 at each of eight places, a row for each, and the rows after one, two and three max poolings."""
    rows = [np.eye(8, dtype=int)]
    for _ in range(3):
        rows.append(convolution.max_pool2d(rows[-1], (1, 2)))
    return rows


@functools.cache
def collapsed() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Two random 3x3 filters, the one 5x5 filter that does their work, and how far the two ways differ."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    both = scipy.signal.convolve2d(first, second)
    patch = photo()[1][100:140, 200:240]
    two_steps = convolution.convolve2d(convolution.convolve2d(patch, first), second)
    return first, second, both, abs(two_steps - convolution.convolve2d(patch, both)).max()


def values() -> dict[str, str]:
    """Numbers on the slides."""
    phone, small = 3024 * 3024 * 3 * 100, 150 * 150 * 3 * 1000
    pair = np.stack([HORIZONTAL, VERTICAL], axis=-1)[:, :, None]
    _, _, face_map, moved_map = shifted()
    pixels = photo()[0]
    return {
        "photo_shape": shape_text(pixels.shape),
        "photo_numbers": f"{pixels.size:,}",
        "phone_weights": f"{phone:,}",
        "phone_memory": f"{4 * phone / 1e9:.0f} GB",
        "small_weights": f"{small:,}",
        "row_below": f"{pixels.shape[1] * pixels.shape[2]:,}",
        "first_window": f"{convolution.convolve2d(BAND, HORIZONTAL)[0, 0]}",
        "later_window": f"{convolution.convolve2d(BAND, HORIZONTAL)[3, 2]}",
        "layer_shape": shape_text(convolution.convolve2d(BAND[..., None], pair).shape),
        "paper_first": f"{convolution.convolve2d(SIX, VERTICAL)[0, 0]}",
        "paper_below": f"{convolution.convolve2d(SIX, VERTICAL)[1, 0]}",
        "edge_height": f"{convolution.convolve2d(HALVES, VERTICAL).max()}",
        "flat_answer": f"{convolution.convolve2d(np.full((3, 3), 200), OUTLINE)[0, 0]}",
        "week_days": f"{convolution.output_size(len(WEEK), 3)}",
        "padded_shape": shape_text(convolution.convolve2d(FIVE, OUTLINE, padding="same").shape),
        "strided_shape": shape_text(convolution.convolve2d(FIVE, OUTLINE, stride=2).shape),
        "quiz_size": f"{convolution.output_size(10, 5)}×{convolution.output_size(12, 5)}",
        "resnet_size": f"{convolution.output_size(224, 7, stride=2, padding=3)}",
        "collapse_error": f"{collapsed()[3]:.0e}",
        "pool_kept": f"{convolution.max_pool2d(NUMBERS).size / NUMBERS.size:.0%}",
        "shift_agrees": "every number" if np.array_equal(face_map[:, :-20], moved_map[:, 20:]) else "not all",
        "shift_largest": f"{face_map.max():g}",
        "shift_largest_moved": f"{moved_map.max():g}",
    }


def figures() -> dict:
    """Figures on the slides."""
    return sliding() | on_paper() | photos() | networks()


def sliding() -> dict:
    """The window on the band, along a row, with padding and with stride."""
    steps = {"window_1": (0, 0), "window_2": (0, 1), "window_3": (3, 2)}
    drawn = {name: plots.convolution_step(BAND, HORIZONTAL, place) for name, place in steps.items()}
    answer = convolution.convolve2d(BAND, HORIZONTAL)
    drawn["window_4"] = plots.number_grid(
        [BAND, answer, convolution.relu(answer)],
        ["input", "25 sums", "after ReLU"],
        alt="The band, its output and the output after ReLU.",
    )
    smooth = convolution.convolve2d(WEEK[None], np.full((1, 3), 1 / 3))
    drawn["week"] = plots.number_grid(
        [WEEK, np.full(3, 1 / 3).round(2), smooth],
        ["a week of temperatures", "kernel", "means of three days"],
        alt="Seven numbers, a kernel of three and five means.",
    )
    drawn["padding"] = plots.convolution_step(FIVE, OUTLINE, (0, 0), padding=1)
    drawn["stride"] = plots.convolution_step(FIVE, OUTLINE, (0, 1), stride=2)
    return drawn


def on_paper() -> dict:
    """Examples small enough to be worked by hand."""
    vertical, ones = convolution.convolve2d(SIX, VERTICAL), convolution.convolve2d(SIX, np.ones((3, 3), int))
    return {
        "two_maps": plots.number_grid(
            [
                HORIZONTAL,
                convolution.relu(convolution.convolve2d(BAND, HORIZONTAL)),
                VERTICAL,
                convolution.convolve2d(BAND, VERTICAL),
            ],
            ["filter 1", "map 1, after ReLU", "filter 2", "map 2"],
            alt="Two filters and the feature map of each.",
        ),
        "paper": plots.number_grid([SIX, VERTICAL], ["image", "filter"], alt="A 6 by 6 image and a filter."),
        "paper_answers": plots.number_grid(
            [SIX, vertical, ones], ["image", "vertical edges", "nine ones"], alt="An image and two answers."
        ),
        "edge": plots.number_grid(
            [HALVES, VERTICAL, convolution.convolve2d(HALVES, VERTICAL)],
            ["image", "filter", "output"],
            alt="Half an image is 10, half 0; two columns of the output are 30.",
        ),
    }


def photos() -> dict:
    """The astronaut through filters."""
    colour, gray = photo()
    edges = convolution.convolve2d(gray[HEAD], OUTLINE)
    kernels = [convolution.KERNELS[name] for name in FACES]
    faces = [convolution.convolve2d(gray, kernel)[HEAD] for kernel in kernels]
    looks = [("bwr", (-250, 250))] * 2 + [GRAY] * 3
    return {
        "cover": shaded([edges], None, [SIGNED], size=3, alt="Outlines of a face."),
        "channels": plots.image_grid(
            [colour, *np.moveaxis(colour, -1, 0)],
            ["photo", "red", "green", "blue"],
            size=2,
            alt="A portrait in colour and its three channels in gray.",
        ),
        "outline": shaded(
            [gray[HEAD], edges],
            ["gray photo", "outline filter"],
            [GRAY, SIGNED],
            size=3,
            alt="A portrait and its outlines.",
        ),
        "faces": shaded(faces, FACES, looks, size=1.35, alt="A face through five filters."),
        "kernels": plots.number_grid(
            [kernel.round(2) for kernel in kernels],
            [f"sum {kernel.sum():.0f}" for kernel in kernels],
            one_scale=True,
            alt="The five filters and the sums of their weights.",
        ),
        "strided": shaded(
            [
                edges,
                convolution.max_pool2d(convolution.relu(edges)),
                convolution.relu(convolution.convolve2d(gray[HEAD], OUTLINE, stride=2)),
            ],
            ["every position", "2×2 max pooling", "stride 2"],
            [SIGNED, GRAY, GRAY],
            size=2,
            alt="Outlines of a face, then half as large by pooling and by a stride.",
        ),
        "shift": shaded(
            shifted(),
            ["image", "moved by 20", "its map", "its map"],
            [GRAY, GRAY, SIGNED, SIGNED],
            size=1.5,
            alt="A face on gray, moved, and the outline map of each.",
        ),
    }


def shaded(images, titles, looks, *, size, alt):
    """Images in a row, each with a colour map and limits of its own."""
    maps, limits = map(list, zip(*looks, strict=True))
    return plots.image_grid(images, titles, columns=len(images), size=size, cmap=maps, limits=limits, alt=alt)


def networks() -> dict:
    """Two layers in one, pooling, and a detector."""
    *filters, _ = collapsed()
    far = max(abs(kernel).max() for kernel in filters)
    found = pooled_three_times()
    answers = pooled_answers()
    return {
        "collapse": shaded(
            filters,
            ["first 3×3", "then 3×3", "one 5×5 does both"],
            [("bwr", (-far, far))] * 3,
            size=1.9,
            alt="Two filters and the one that does their work.",
        ),
        "pooling_1": wall.pooling_step(NUMBERS, (0, 0)),
        "pooling_2": wall.pooling_step(NUMBERS, (1, 1)),
        "somewhere": plots.number_grid(
            found,
            ["the 1 moves", "pooled once", "twice", "3×"],
            alt="A 1 at eight places, and what one, two and three poolings leave of each row.",
        ),
        "axes": plots.image_grid(
            drawings().values(),
            [f"vertical {down:g}, horizontal {across:g}" for down, across in answers.values()],
            size=2,
            limits=(0, 1),
            alt="Four small drawings with the two answers of the detector.",
        ),
    }


def shape_text(shape) -> str:
    """Write a shape as 5×5×2."""
    return "×".join(map(str, shape))
