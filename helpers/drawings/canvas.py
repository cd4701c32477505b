"""A small drawing surface with placement, splines and chance, for the embedded data sets.

Shapes are given in drawing units: 0 to 100 from left to right and from top to bottom, whatever the size of
the picture. They are drawn several times too large and reduced by averaging, for smooth edges. Corners are
rounded to whole supersampled pixels, which leaves Pillow little to decide: one seed gives the same bytes with
one Pillow version, and between versions (10.3 and 13 compared) about one pixel in 5,000 differs, by a few
grey levels.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from numbers import Integral

import numpy as np
from PIL import Image, ImageDraw

UNITS = 100.0
Generator = np.random.Generator
Points = Sequence[tuple[float, float]] | np.ndarray
Splits = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class Canvas:
    """A square black picture to draw on in units from 0 to 100.

    It is `size` pixels wide and high in the end; every pixel is drawn as ``supersample x supersample`` pixels
    and averaged. Tones are grey, 0 to 255.

    Examples
    --------
    >>> canvas = Canvas(28)
    >>> canvas.disc((50, 50), 20, 255)
    >>> picture = canvas.to_array()
    >>> picture.shape, int(picture[14, 14]), int(picture[0, 0])
    ((28, 28), 255, 0)
    """

    def __init__(self, size: int = 28, *, supersample: int = 4):
        self.pixels = size * supersample
        self.supersample = supersample
        self.image = Image.new("L", (self.pixels, self.pixels))
        self.draw = ImageDraw.Draw(self.image)
        self.place()

    def place(self, *, scale=1.0, angle=0.0, shift=(0.0, 0.0), mirror: bool = False) -> None:
        """Mirror, scale, turn (degrees clockwise) and shift (units), in this order, what is drawn next."""
        turn, unit = np.deg2rad(angle), self.pixels / UNITS
        self.unit = scale * unit
        cos, sin = self.unit * np.cos(turn), self.unit * np.sin(turn)
        self._matrix = np.array([[-cos if mirror else cos, -sin if mirror else sin], [-sin, cos]])
        centre = np.array([UNITS / 2, UNITS / 2])
        self._offset = (centre + shift) * unit - centre @ self._matrix

    def _corners(self, points: Points) -> list[int]:
        return np.rint(np.asarray(points) @ self._matrix + self._offset).astype(int).ravel().tolist()

    def polygon(self, points: Points, fill) -> None:
        """Fill a polygon with a tone or with a fabric (an array as big as the supersampled picture)."""
        if not isinstance(fill, np.ndarray):
            self.draw.polygon(self._corners(points), fill=_tone(fill))
            return
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(self._corners(points), fill=255)
        self.image.paste(Image.fromarray(np.clip(fill, 0, 255).astype(np.uint8)), mask=mask)

    def line(self, points: Points, tone, width: float = 2.0) -> None:
        """Join points by straight pieces, ``width`` units wide."""
        pixels = max(1, round(width * self.unit))
        joint = "curve" if pixels > 3 else None
        self.draw.line(self._corners(points), fill=_tone(tone), width=pixels, joint=joint)

    def disc(self, centre: Points, radius: float, tone) -> None:
        """Fill a circle, or one around each of several points."""
        corners, r, fill = self._corners(centre), max(1, round(radius * self.unit)), _tone(tone)
        for x, y in zip(corners[::2], corners[1::2], strict=True):
            self.draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def stroke(self, points: Points, widths: np.ndarray, tone) -> None:
        """Drag a round pen along points; ``widths`` in units, one for each point."""
        centres = np.asarray(points) @ self._matrix + self._offset
        radii = np.asarray(widths)[:, None] * (self.unit / 2)
        fill = _tone(tone)
        for box in np.rint(np.hstack([centres - radii, centres + radii])).astype(int).tolist():
            self.draw.ellipse(box, fill=fill)

    def to_array(self) -> np.ndarray:
        """Give the finished picture: uint8, (size, size)."""
        return np.asarray(self.image.reduce(self.supersample))


def _tone(value):
    """Round a grey tone to what Pillow takes."""
    return min(255, max(0, int(value)))


@lru_cache(maxsize=64)
def _spline_weights(count: int, samples: int, closed: bool) -> np.ndarray:
    """Weights that turn ``count`` control points into the samples of a Catmull-Rom spline."""
    pieces = count if closed else count - 1
    basis = 0.5 * np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]])
    t = np.arange(samples) / samples
    powers = np.stack([t**0, t, t**2, t**3], axis=1) @ basis
    near = np.arange(pieces)[:, None] + np.arange(-1, 3)
    points = np.eye(count)
    weights = powers @ points[near % count if closed else near.clip(0, count - 1)]
    return np.concatenate([*weights, points[count - (not closed) :]])


def spline(points: Points, *, samples: int = 5, closed: bool = False) -> np.ndarray:
    """Smooth curve through control points (Catmull-Rom), ``samples`` points for each piece."""
    return _spline_weights(len(points), samples, closed) @ np.asarray(points, dtype=float)


def mirrored(points: Points, axis: float = UNITS / 2) -> np.ndarray:
    """Left-right image of points about a vertical line."""
    return np.asarray(points) * (-1, 1) + (2 * axis, 0)


def moved(points: Points, right: float, down: float) -> np.ndarray:
    """Points shifted by some units."""
    return np.asarray(points) + np.array([right, down])


def symmetric(right_half: Points) -> np.ndarray:
    """Closed outline from its right half, listed from top to bottom."""
    return np.concatenate([right_half, mirrored(right_half)[::-1]])


def rotation(turn: float) -> np.ndarray:
    """Matrix that turns points, (n, 2) @ matrix, clockwise by an angle in radians."""
    return np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def ellipse(centre, radius_x: float, radius_y: float, *, corners: int = 20) -> np.ndarray:
    """Corners of an ellipse."""
    turn = np.arange(corners) * (2 * np.pi / corners)
    return np.stack([centre[0] + radius_x * np.cos(turn), centre[1] + radius_y * np.sin(turn)], axis=1)


def pick(rng: Generator, weights: Mapping[Hashable, float]):
    """Draw a key with a probability proportional to its weight (``Generator.choice`` is ten times slower)."""
    left = rng.random() * sum(weights.values())
    for key, weight in weights.items():
        left -= weight
        if left < 0:
            return key
    return key


def draw_splits(draw_image: Callable[[int, Generator], np.ndarray], n_train, n_test, seed) -> Splits:
    """Draw a training and a test set of ten classes with independent random streams.

    ``draw_image(label, rng)`` gives one uint8 picture. Each class gets the same number of pictures, or one
    more where ten does not divide it.
    """
    check_whole("n_train", n_train, 1, such_as=100)
    check_whole("n_test", n_test, 1, such_as=100)
    check_whole("seed", seed, 0, such_as=0)
    splits = []
    for n, stream in zip((n_train, n_test), np.random.SeedSequence(int(seed)).spawn(2), strict=True):
        rng = np.random.default_rng(stream)
        labels = rng.permutation(np.arange(int(n)) % 10).astype(np.uint8)
        splits.append((np.stack([draw_image(int(label), rng) for label in labels]), labels))
    return tuple(splits)


def check_whole(name: str, value, least: int, *, such_as: int) -> None:
    """Raise ValueError, with an example, unless an argument is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(
            f"{name}={value!r} is not a whole number of at least {least}; give one, such as {name}={such_as}."
        )
