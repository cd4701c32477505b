"""Quick, Draw!: drawings of people who had twenty seconds, as small pictures or as strokes of a pen."""

import difflib
from collections.abc import Sequence
from numbers import Integral

import numpy as np

from helpers import assets
from helpers.assets import AssetError, AssetUnavailable
from helpers.datasets import quickdraw_files as files
from helpers.datasets.base import Dataset, Split, mixed_order

TEST = 5  # one drawing in so many is for testing
LONGEST = 250  # steps


def quickdraw(classes: Sequence[str], n: int, kind: str = "images", seed: int = 0) -> Dataset:
    """Quick, Draw! [1]_: drawings by players of a game, of some of its 345 classes.

    For each class the first n drawings of the published file are taken, from COURSE_ASSETS (the folder
    `quickdraw`), from the cache, or from the network, where no more than these are read.

    Parameters
    ----------
    classes : sequence of str
        Published class names, such as ["cat", "hot dog"]. Their order gives the labels.
    n : int
        Drawings of each class, at least 2. One in five (rounded, at least one) is for testing.
    kind : {"images", "strokes"}
        Small pictures, or the way of the pen.
    seed : int
        Decides which drawings are for testing, the order, and what stand-ins look like.

    Returns
    -------
    Dataset
        Splits `train` and `test`, every class equally often in both; labels int64 (N,).

        "images": uint8 (N, 28, 28), 0 to 255, bright ink on black.

        "strokes": float32 (N, steps, 3). Each step is (dx, dy, pen): how far the pen moves to the right and
        down, where 1 is the longer side of the drawing, and whether it draws on the way (1) or is lifted
        (-1). The first step leads from the top left corner of the drawing to where the pen begins. Shorter
        drawings are padded with steps of zeros, see `stroke_mask`; of longer ones than 250 steps, the rest is
        left out.

        If a class is not at hand, all are drawn by the course, `origin` "embedded": then images and strokes
        with the same n and seed show the same drawings.

    References
    ----------
    .. [1] Google, "The Quick, Draw! Dataset", https://github.com/googlecreativelab/quickdraw-dataset,
       CC BY 4.0.
    """
    classes = _checked(classes, n, kind, seed)
    try:
        found = [files.load(name, kind, n) for name in classes]
    except AssetUnavailable as why:
        items, origin = _drawn(classes, n, kind, seed, why), "embedded"
        name = f"Drawn sketches, {kind}"
    else:
        items = [item for drawings in found for item in drawings.items]
        origin = "mirror" if {drawings.origin for drawings in found} == {"mirror"} else "download"
        name = f"Quick, Draw! by Google, {kind}"
    arrays = np.stack(items) if kind == "images" else _padded([to_steps(item) for item in items])
    about = {"class_names": classes, "origin": origin, "licence": files.LICENCE, "name": name}
    return Dataset(**_split(arrays, classes, n, seed), **about)


def stroke_mask(strokes: np.ndarray) -> np.ndarray:
    """Tell the steps of drawings from padding.

    Parameters
    ----------
    strokes : array_like
        (..., steps, 3), as `quickdraw` gives them.

    Returns
    -------
    ndarray
        bool (..., steps), True for a step, False for padding.
    """
    return np.asarray(strokes)[..., 2] != 0


def to_steps(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Turn strokes into the steps of a pen.

    Parameters
    ----------
    strokes : sequence of array_like
        Each (k, 2), coordinates x and y from 0 to 255. A point that repeats the one before it is left out.

    Returns
    -------
    ndarray
        float32 (steps, 3): dx, dy, pen, see `quickdraw`.
    """
    points, pens = [], []
    for stroke in strokes:
        stroke = np.asarray(stroke, dtype=float)
        stroke = stroke[np.append(True, (stroke[1:] != stroke[:-1]).any(axis=1))]
        points.append(stroke / files.LARGEST)
        pens.append(np.append(-1, np.ones(len(stroke) - 1)))
    moves = np.diff(np.concatenate(points), axis=0, prepend=np.zeros((1, 2)))
    return np.column_stack([moves, np.concatenate(pens)]).astype(np.float32)


def _checked(classes, n, kind, seed) -> tuple[str, ...]:
    if isinstance(classes, str) or not len(classes):
        raise ValueError(f'classes={classes!r} is no list of names. Give one, such as ["cat", "train"].')
    known = files.class_names()
    for number, name in enumerate(classes):
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=3)
            hint = f"Near to it: {', '.join(near)}." if near else "data/quickdraw_classes.txt lists all 345."
            raise ValueError(f"Quick, Draw! has no class {name!r}. {hint}")
        if name in classes[:number]:
            raise ValueError(f"The class {name!r} is asked for twice. Name each one once.")
    if kind not in files.PLACES:
        raise ValueError(f"kind={kind!r} is unknown. Use {' or '.join(map(repr, files.PLACES))}.")
    for what, value, least in (("n", n, 2), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise ValueError(f"{what}={value!r} is not possible. Give a whole number of at least {least}.")
    return tuple(classes)


def _drawn(classes, n, kind, seed, why: AssetUnavailable) -> list:
    """Say that drawings of the course stand in for all classes, and draw them."""
    from helpers import drawings

    missing = [name for name in classes if name not in drawings.SKETCH_CLASSES]
    if missing:
        raise AssetError(
            f"{why.what} is not at hand ({why.reason}), and the course draws no stand-in for "
            f"{', '.join(map(repr, missing))}. It draws {', '.join(drawings.SKETCH_CLASSES)}. Choose among "
            f"these, or, for the real ones, {assets.ELSEWHERE}"
        ) from why
    test = len(classes) * _test_size(n)
    print(
        f"{why.what} is not at hand ({why.reason}). Using the drawn stand-in instead: "
        f"{len(classes) * n - test:,} + {test:,} sketches made by this course. "
        f"For the real one, {assets.ELSEWHERE}"
    )
    sketches = [sketch for name in classes for sketch in drawings.sketches(name, n, seed)]
    return sketches if kind == "strokes" else [drawings.render(sketch) for sketch in sketches]


def _padded(steps: list[np.ndarray]) -> np.ndarray:
    longest = min(LONGEST, max(map(len, steps)))
    padded = np.zeros((len(steps), longest, 3), np.float32)
    for row, own in zip(padded, steps, strict=True):
        row[: len(own)] = own[:longest]
    return padded


def _test_size(n: int) -> int:
    return max(1, round(n / TEST))


def _split(arrays, classes, n, seed) -> dict[str, Split]:
    """Deal the drawings out, class by class; `arrays` holds n of each class, one class after the other."""
    labels = np.repeat(np.arange(len(classes)), n)
    rng = np.random.default_rng(seed)
    dealt = np.concatenate([label * n + rng.permutation(n) for label in range(len(classes))])
    testing = np.tile(np.arange(n) < _test_size(n), len(classes))
    splits = {}
    for side, here in (("train", dealt[~testing]), ("test", dealt[testing])):
        here = here[mixed_order(labels[here], seed=int(seed))]
        splits[side] = Split(arrays[here], labels[here].astype(np.int64))
    return splits
