"""Handwritten-looking digits from pen strokes: the course's own stand-in for MNIST.

A form of a digit is a list of strokes, and a stroke a list of control points on a sheet of 100 x 100 units.
Every picture takes one form, moves its points a little, slants and squeezes it, and drags a round pen along
the splines.
"""

import numpy as np

from helpers.drawings.canvas import Canvas, Generator, Splits, draw_splits, rotation, spline
from helpers.drawings.cloth import noise_crop

DIGIT_CLASSES = tuple("0123456789")

# A digit, and the strokes of one of its forms with "/" between them. A point given twice in a row makes the
# spline turn sharply there.
WRITTEN = """
0  52,10 28,22 22,50 30,80 52,90 74,76 78,48 70,20 52,10
0  60,14 36,16 24,46 32,82 56,90 76,66 74,30 54,12 40,20
1  50,10 50,50 50,90
1  36,28 52,10 52,10 52,50 52,90
1  36,26 52,10 52,10 52,50 52,90  /  34,90 52,90 70,90
2  26,30 40,12 64,14 70,36 52,62 24,88 24,88 50,86 78,88
2  24,28 44,10 68,18 66,44 42,74 26,88 22,76 38,72 56,86 80,84
2  28,22 52,10 72,26 60,54 26,86 26,86 76,86
3  26,20 50,10 70,24 62,42 44,48 44,48 70,56 74,76 52,90 24,82
3  26,12 50,12 72,12 72,12 46,42 46,42 70,52 74,74 50,90 24,80
3  28,24 46,10 68,20 58,42 42,50 66,54 76,74 52,90 26,80
4  34,12 30,36 26,58 26,58 50,56 78,54  /  66,14 64,50 62,90
4  62,10 42,36 22,62 22,62 50,62 80,62  /  62,10 62,50 62,90
4  32,14 28,54 28,54 52,52 80,48  /  70,32 64,60 58,90
5  34,12 30,44 30,44 54,38 74,56 70,80 46,90 24,80  /  34,12 56,13 76,10
5  74,12 52,12 36,14 36,14 32,44 32,44 60,40 74,62 60,86 26,86
5  72,14 44,14 34,34 50,46 68,60 64,82 44,90 26,78
6  64,10 42,28 28,56 32,82 52,90 70,76 64,56 46,54 32,68
6  56,10 36,36 28,68 42,90 64,86 70,64 52,54 34,66
7  24,16 50,14 76,14 76,14 60,48 46,90
7  24,16 50,14 76,14 76,14 58,50 46,90  /  40,52 56,50 74,50
7  24,30 26,14 26,14 52,18 74,14 74,14 62,44 56,90
8  68,22 50,10 32,24 42,42 62,58 70,76 50,90 30,76 40,56 60,42 68,22
8  50,48 32,32 44,12 64,18 62,38 50,48 32,66 38,86 62,88 70,68 50,48
8  74,18 50,10 32,26 50,46 68,66 58,88 36,84 40,60 62,38 74,18
9  68,24 50,10 30,28 36,48 56,48 68,26 68,26 66,60 62,90
9  70,26 52,10 32,24 34,46 54,50 68,30 70,24 68,60 54,84 32,88
9  66,16 40,16 30,36 48,50 66,34 70,14 66,50 52,90
"""


FORMS = {digit: [] for digit in DIGIT_CLASSES}
for line in WRITTEN.split("\n")[1:-1]:
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

    The ten classes get equal shares, in random order; the same seed gives the same pictures.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images uint8 of shape (n, 28, 28), white ink (255) on black (0), in a box of about 20 pixels whose
        centre of mass is near the middle; labels uint8 of shape (n,), the digits 0 to 9. Training and test
        pictures come from independent random streams.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = digits(n_train=20, n_test=10)
    >>> x_train.shape, x_train.dtype, y_test.shape
    ((20, 28, 28), dtype('uint8'), (10,))
    """
    return draw_splits(_draw, n_train, n_test, seed)
