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
BIASES = (1, 0)
LINE_DOWN = np.array([[-0.5, 1, -0.5]] * 3)
FACES = ["Sobel vertical", "Sobel horizontal", "sharpen", "blur", "emboss"]
HEAD = (slice(0, 260), slice(110, 370))
LIMITS = (0, 255)


@functools.cache
def photo() -> tuple[np.ndarray, np.ndarray]:
    """The astronaut in colour, uint8 (512, 512, 3), and in gray, 0..255."""
    colour = data.astronaut()
    return colour, np.round(255 * color.rgb2gray(colour))


def volume() -> tuple[np.ndarray, np.ndarray]:
    """The lesson's image of three channels (5, 5, 3) and its two filters (3, 3, 3, 2)."""
    rng = np.random.default_rng(3)
    return rng.integers(0, 3, (5, 5, 3)), rng.integers(-1, 2, (3, 3, 3, 2))


def volume_maps() -> np.ndarray:
    """Both feature maps of the volume, (3, 3, 2)."""
    image, filters = volume()
    return convolution.convolve2d(image, filters, stride=2, padding=1) + BIASES


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


def shifted() -> list[np.ndarray]:
    """A face on a gray canvas, the same moved right by 20 pixels, and the outline map of each."""
    _, gray = photo()
    face = gray[60:140, 180:260]
    canvas, moved = np.full((128, 128), 128.0), np.full((128, 128), 128.0)
    canvas[24:104, 10:90], moved[24:104, 30:110] = face, face
    return [canvas, moved, *(convolution.convolve2d(image, OUTLINE) for image in (canvas, moved))]


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
    matrix = convolution.convolution_matrix(VERTICAL, SIX.shape)
    pair = np.stack([HORIZONTAL, VERTICAL], axis=-1)[:, :, None]
    _, _, face_map, moved_map = shifted()
    maps = volume_maps()
    return {
        "phone_weights": f"{phone:,}",
        "phone_memory": f"{4 * phone / 1e9:.0f} GB",
        "small_weights": f"{small:,}",
        "first_window": f"{convolution.convolve2d(BAND, HORIZONTAL)[0, 0]}",
        "later_window": f"{convolution.convolve2d(BAND, HORIZONTAL)[3, 2]}",
        "layer_shape": shape_text(convolution.convolve2d(BAND[..., None], pair).shape),
        "paper_first": f"{convolution.convolve2d(SIX, VERTICAL)[0, 0]}",
        "edge_height": f"{convolution.convolve2d(HALVES, VERTICAL).max()}",
        "flat_answer": f"{convolution.convolve2d(np.full((3, 3), 200), OUTLINE)[0, 0]}",
        "padded_shape": shape_text(convolution.convolve2d(FIVE, OUTLINE, padding="same").shape),
        "strided_shape": shape_text(convolution.convolve2d(FIVE, OUTLINE, stride=2).shape),
        "strided_same": shape_text(convolution.convolve2d(FIVE, OUTLINE, stride=2, padding="same").shape),
        "quiz_size": f"{convolution.output_size(10, 5)}×{convolution.output_size(12, 5)}",
        "quiz_rows": f"{convolution.output_size(3, 3, stride=2, padding=2)}",
        "quiz_columns": f"{convolution.output_size(5, 3, stride=2, padding=1)}",
        "volume_shape": shape_text(maps.shape),
        "first_map": f"{maps[0, 0, 0]:g}",
        "second_map": f"{maps[2, 2, 1]:g}",
        "volume_parameters": f"{convolution.count_parameters(3, 3, 2)}",
        "one_by_one": f"{convolution.count_parameters(1, 256, 32):,}",
        "three_by_three": f"{convolution.count_parameters(3, 256, 32):,}",
        "matrix_shape": shape_text(matrix.shape),
        "matrix_entries": f"{matrix.shape[0] * matrix.shape[1]}",
        "matrix_inside": f"{matrix.shape[0] * VERTICAL.size}",
        "matrix_free": f"{VERTICAL.size}",
        "collapse_error": f"{collapsed()[3]:.0e}",
        "pool_kept": f"{convolution.max_pool2d(NUMBERS).size / NUMBERS.size:.0%}",
        "view_two": f"{convolution.receptive_field([3, 3])}",
        "view_three": f"{convolution.receptive_field([3, 3, 3])}",
        "weights_three": f"{3 * 9}",
        "weights_one": f"{7 * 7}",
        "view_pooled": f"{convolution.receptive_field([3, (2, 2), 3])}",
        "shift_agrees": "every number" if np.array_equal(face_map[:, :-20], moved_map[:, 20:]) else "not all",
        "shift_largest": f"{face_map.max():g}",
        "shift_largest_moved": f"{moved_map.max():g}",
    }


def figures() -> dict:
    """Figures on the slides."""
    return sliding() | on_paper() | photos() | volumes() | networks()


def sliding() -> dict:
    """The window on the band, with padding and with stride."""
    steps = {"window_1": (0, 0), "window_2": (0, 1), "window_3": (3, 2)}
    drawn = {name: plots.convolution_step(BAND, HORIZONTAL, place) for name, place in steps.items()}
    answer = convolution.convolve2d(BAND, HORIZONTAL)
    drawn["window_4"] = plots.number_grid(
        [BAND, answer, convolution.relu(answer)],
        ["input", "25 sums", "after ReLU"],
        alt="The band, its output and the output after ReLU.",
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
    outlined = convolution.convolve2d(gray, OUTLINE)
    faces = [convolution.convolve2d(gray, convolution.KERNELS[name])[HEAD] for name in FACES]
    mixed = convolution.convolve2d(colour / 255, np.array([0.2125, 0.7154, 0.0721]).reshape(1, 1, 3))
    return {
        "cover": plots.image_grid([outlined[HEAD]], size=3, limits=LIMITS, alt="Outlines of a face."),
        "outline": plots.image_grid(
            [gray[HEAD], outlined[HEAD]],
            ["gray photo", "outline filter"],
            size=3,
            limits=LIMITS,
            alt="A portrait and its outlines.",
        ),
        "faces": plots.image_grid(
            faces, FACES, columns=5, size=1.35, limits=LIMITS, alt="A face through five filters."
        ),
        "kernels": plots.number_grid(
            [convolution.KERNELS[name].round(2) for name in FACES], [""] * 5, alt="The five filters."
        ),
        "one_by_one": plots.image_grid(
            [colour, mixed], ["3 channels", "1 channel"], size=2, alt="A portrait in colour and in gray."
        ),
        "shift": plots.image_grid(
            shifted(),
            ["image", "moved by 20", "its map", "its map"],
            columns=4,
            size=1.5,
            limits=LIMITS,
            alt="A face on gray, moved, and the outline map of each.",
        ),
    }


def volumes() -> dict:
    """The pass of two filters over an image with three channels."""
    image, filters = volume()
    maps = volume_maps()
    how = {"stride": 2, "padding": 1}
    return {
        "volume_1": wall.volume_step(image, filters[..., 0], (0, 0), bias=BIASES[0], name="filter 1", **how),
        "volume_2": wall.volume_step(image, filters[..., 1], (2, 2), bias=BIASES[1], name="filter 2", **how),
        "volume_3": plots.number_grid(
            [maps[..., 0], maps[..., 1]], ["map of filter 1", "map of filter 2"], alt="Two maps of 3 by 3."
        ),
    }


def networks() -> dict:
    """The layer as a matrix, pooling, receptive fields, and a detector."""
    matrix = convolution.convolution_matrix(VERTICAL, SIX.shape).toarray()
    first, second, both, _ = collapsed()
    answers = pooled_answers()
    return {
        "matrix": plots.mosaic(
            matrix[None], columns=1, width=6, limits=(-1, 1), alt="A matrix, gray nearly everywhere."
        ),
        "collapse": plots.image_grid(
            [first, second, both],
            ["first 3×3", "then 3×3", "one 5×5 does both"],
            size=1.9,
            alt="Two filters and the one that does their work.",
        ),
        "pooling_1": wall.pooling_step(NUMBERS, (0, 0)),
        "pooling_2": wall.pooling_step(NUMBERS, (1, 1)),
        "view_1": wall.receptive_field_steps([3, 3, 3], shown=2, size=13),
        "view_2": wall.receptive_field_steps([3, 3, 3], size=13),
        "axes": plots.image_grid(
            drawings().values(),
            [f"{name}: {down:g}, {across:g}" for name, (down, across) in answers.items()],
            size=1.5,
            alt="Four small drawings with the two answers of the detector.",
        ),
    }


def shape_text(shape) -> str:
    """Write a shape as 5×5×2."""
    return "×".join(map(str, shape))
