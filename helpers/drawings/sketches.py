"""Quick drawings by a hasty hand, as strokes and as small pictures: the stand-in for Quick, Draw!.

``scribbles`` says which strokes a thing has. Here a hand draws them: it wobbles, slips, leaves gaps, changes
the order, and stops early now and then. The strokes are then simplified, and pictures rendered from them, as
Google describes it for Quick, Draw! [1]_.

.. [1] https://github.com/googlecreativelab/quickdraw-dataset, "Preprocessed dataset".
"""

import zlib

import numpy as np

from helpers.drawings.canvas import UNITS, Canvas, Generator, check_whole, rotation
from helpers.drawings.scribbles import SCRIBBLES, Strokes

SKETCH_CLASSES = tuple(SCRIBBLES)
LARGEST = 255  # of the coordinates of a drawing; the smallest is 0
SIMPLIFIED = 2.0  # how far a left-out point may lie from the line, in these coordinates
PEN, MARGIN = 16, 24  # width of the rendered line, and room around a drawing, in these coordinates
UNFINISHED = 0.15  # share of drawings that stop before their last strokes


def sketches(name: str, n: int, seed: int = 0) -> list[Strokes]:
    """Draw a thing several times, quickly.

    Parameters
    ----------
    name : str
        One of ``SKETCH_CLASSES``.
    n : int
        Number of drawings, at least 1.
    seed : int
        At least 0. The same seed gives the same drawings, and a larger ``n`` the same ones and more.

    Returns
    -------
    list of list of ndarray
        n drawings, each a list of strokes in the order of the pen: int16 (k, 2), x to the right and y down,
        0 to 255 along the longer side of the drawing, up to the tolerance of `simplify`.

    Examples
    --------
    >>> (drawing,) = sketches("house", 1)
    >>> drawing[0].shape[1], drawing[0].dtype
    (2, dtype('int16'))
    """
    if name not in SCRIBBLES:
        raise ValueError(f"name={name!r} is unknown; give one of {', '.join(SKETCH_CLASSES)}.")
    check_whole("n", n, 1, such_as=1)
    check_whole("seed", seed, 0, such_as=0)
    # By name, not by place: a new class must not change the others.
    stream = [int(seed), zlib.crc32(name.encode())]
    return [_draw(name, np.random.default_rng([*stream, index])) for index in range(int(n))]


def render(strokes: Strokes) -> np.ndarray:
    """Draw strokes, each (k, 2), 0 to 255, into a picture like those of Quick, Draw!: uint8 (28, 28)."""
    points = np.concatenate(strokes).astype(float)
    shift = MARGIN + (LARGEST + 1 - points.max(axis=0)) / 2
    unit = UNITS / (LARGEST + 1 + 2 * MARGIN)
    canvas = Canvas(28, supersample=8)
    for stroke in strokes:
        path = (np.asarray(stroke, dtype=float) + shift) * unit
        canvas.line(path, 255, PEN * unit)
        canvas.disc(path, PEN * unit / 2, 255)
    return canvas.to_array()


def simplify(path: np.ndarray, tolerance: float = SIMPLIFIED) -> np.ndarray:
    """Leave out points of a path (k, 2) that are within a tolerance of the line between those that stay.

    The first and the last stay. The method is that of Ramer, Douglas and Peucker.
    """
    path, points = np.asarray(path), np.asarray(path, dtype=float)
    keep = np.zeros(len(path), dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, len(path) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        distances = _distances(points[first + 1 : last], points[first], points[last])
        furthest = first + 1 + int(distances.argmax())
        if distances[furthest - first - 1] > tolerance:
            keep[furthest] = True
            spans += [(first, furthest), (furthest, last)]
    return path[keep]


def _distances(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Distance of each point from the piece of a line between two others."""
    along = end - start
    length = max(along @ along, 1e-12)
    offsets = points - start
    place = np.maximum(np.minimum(offsets @ along / length, 1), 0)
    return np.sqrt(((offsets - place[:, None] * along) ** 2).sum(axis=1))


def _draw(name: str, rng: Generator) -> Strokes:
    haste = rng.uniform(0.4, 1.5)
    strokes = [_by_hand(rng, stroke, haste) for stroke in _chosen(rng, SCRIBBLES[name](rng))]
    turn = rotation(np.deg2rad(rng.normal(0, 5)))
    matrix = np.diag([rng.uniform(0.75, 1.2) * rng.choice([-1, 1]), 1]) @ turn
    return _fitted([stroke @ matrix for stroke in strokes])


def _chosen(rng: Generator, strokes: Strokes) -> Strokes:
    """Stop early now and then, and change the order of two strokes now and then."""
    if rng.random() < UNFINISHED:
        strokes = strokes[: max(1, round(len(strokes) * rng.uniform(0.4, 0.9)))]
    if len(strokes) > 2 and rng.random() < 0.3:
        at = rng.integers(1, len(strokes))
        strokes[at - 1], strokes[at] = strokes[at], strokes[at - 1]
    return strokes


def _by_hand(rng: Generator, path: np.ndarray, haste: float) -> np.ndarray:
    """Shift, turn and scale a stroke a little, bend it, let it begin late or end early, or run backwards."""
    centre = path.mean(axis=0)
    turn = rotation(np.deg2rad(rng.normal(0, 4 * haste)))
    matrix = rng.normal(1, 0.06 * haste) * turn
    path = (path - centre) @ matrix + centre + rng.normal(0, 1.5 * haste, 2)
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    for wave in (60, 25):  # units from crest to crest
        phase, size = rng.uniform(0, 2 * np.pi, 2), rng.normal(0, 0.02 * wave * haste, 2)
        path = path + size * np.sin(2 * np.pi * way[:, None] / wave + phase)
    if len(path) > 8:
        path = path[rng.integers(0, 2) : len(path) - rng.integers(0, 2)]
    return path[::-1] if rng.random() < 0.2 else path


def _fitted(strokes: Strokes) -> Strokes:
    """Move to the top left, scale to LARGEST, round to whole numbers and simplify."""
    points = np.concatenate(strokes)
    low = points.min(axis=0)
    scale = LARGEST / (points.max(axis=0) - low).max()
    whole = [np.rint((stroke - low) * scale).astype(np.int16) for stroke in strokes]
    return [simplify(stroke) for stroke in whole]
