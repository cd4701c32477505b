"""Handwritten-looking digits from pen strokes: the course's own stand-in for MNIST.

A form of a digit is a list of strokes, and a stroke a list of control points on a sheet of 100 x 100 units.
Every picture takes one form, moves its points a little, slants and squeezes it, and drags a round pen along
the splines.
"""

from pathlib import Path

import numpy as np

from helpers.drawings.canvas import Canvas, Generator, Splits, draw_splits, rotation, spline
from helpers.drawings.cloth import noise_crop

DIGIT_CLASSES = tuple("0123456789")

# Lines of a digit, and the strokes of one of its forms with "/" between them. A point given twice in a row
# makes the spline turn sharply there.
FORMS = {digit: [] for digit in DIGIT_CLASSES}
for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
    strokes = (stroke.split() for stroke in line[1:].split("/"))
    FORMS[line[0]].append([np.array([point.split(",") for point in stroke], float) for stroke in strokes])


def _handwriting(rng: Generator, strokes: list[np.ndarray]) -> list[np.ndarray]:
    """Jittered, slanted, squeezed strokes as smooth paths, scaled to a box of 20 of the 28 pixels."""
    wobble, slant = rng.uniform(2, 6), rng.normal(-0.14, 0.26)
    squeeze, turn = rng.uniform(0.55, 1.15), rng.normal(0, 0.13)
    shear = np.array([[squeeze, 0], [slant, 1]]) @ rotation(turn)
    paths = []
    for points in strokes:
        moved = points + rng.normal(0, wobble, points.shape)
        twice = 1 + np.flatnonzero((points[1:] == points[:-1]).all(axis=1))
        moved[twice] = moved[twice - 1]
        paths.append(spline(moved, samples=8) @ shear)
    every = np.concatenate(paths)
    low, high = every.min(axis=0), every.max(axis=0)
    scale = 100 * rng.uniform(15.5, 18) / 28 / max(high - low)
    return [(path - (low + high) / 2) * scale + 50 for path in paths]


def _draw(label: int, rng: Generator) -> np.ndarray:
    """Write one digit with a round pen whose pressure varies, its centre of mass near the middle."""
    forms = FORMS[DIGIT_CLASSES[label]]
    paths = _handwriting(rng, forms[rng.integers(len(forms))])
    middle = np.concatenate(paths).mean(axis=0)
    canvas = Canvas(28)
    canvas.place(shift=0.6 * (50 - middle) + rng.normal(0, 1.5, 2))
    width, swell, phase = rng.uniform(2.6, 6.2), rng.uniform(0, 0.3), rng.uniform(0, 6.3)
    for path in paths:
        pressure = 1 + swell * np.sin(phase + 0.18 * np.arange(len(path)))
        canvas.stroke(path, 2 * width * pressure, 255)
        canvas.line(path, 255, 1.4 * width)
    ink = 1.0 + rng.uniform(0, 0.25) * np.minimum(0, noise_crop(rng, 28, 14, 14))
    return np.clip(canvas.to_array() * ink * rng.uniform(1.0, 1.3), 0, 255).astype(np.uint8)


def digits(n_train: int = 6_000, n_test: int = 1_000, seed: int = 0) -> Splits:
    """Digits in the format of MNIST, written by this project with splines for strokes, CC BY 4.0.

    As `fashion`, with the same promises. Images are white ink (255) on black (0), in a box of about 20 pixels
    whose centre of mass is near the middle; labels are the digits 0 to 9.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = digits(n_train=20, n_test=10)
    >>> x_train.shape, x_train.dtype, y_test.shape
    ((20, 28, 28), dtype('uint8'), (10,))
    """
    return draw_splits(_draw, n_train, n_test, seed)
