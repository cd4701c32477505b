"""Quick, Draw!: drawings of people who had twenty seconds, as small pictures or as strokes of a pen.

Google publishes one bitmap file (.npy) and one file of simplified strokes (.ndjson) for each class, of some
50 to 200 MB each, and no checksums. So only the first drawings are fetched, and known by their form. What was
fetched is kept in the cache as a shorter file of the same format.
"""

import difflib
import io
import json
import math
import os
from collections.abc import Sequence
from functools import lru_cache
from numbers import Integral
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import numpy as np

from helpers import ROOT, assets
from helpers.assets import AssetError, AssetUnavailable, web
from helpers.datasets.base import Dataset, Split, mixed_order

BASE = "https://storage.googleapis.com/quickdraw_dataset/full"
CREDIT = "Google, https://github.com/googlecreativelab/quickdraw-dataset"
LICENCE = "CC BY 4.0"
FOLDER = "quickdraw"  # in COURSE_ASSETS and in the cache
PLACES = {"images": ("numpy_bitmap", ".npy"), "strokes": ("simplified", ".ndjson")}
SIDE = 28  # pixels
LARGEST = 255  # of the coordinates of a simplified drawing
HEADER = 256  # bytes in which the header of a .npy file has room
LINE = 8_000  # bytes that a line of strokes stays below, on average over those asked for
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
        found = [load(name, kind, n) for name in classes]
    except AssetUnavailable as why:
        items, origin = _drawn(classes, n, kind, seed, why), "embedded"
        name = f"Drawn sketches, {kind}"
    else:
        items = [item for drawings in found for item in drawings.items]
        origin = "mirror" if {drawings.origin for drawings in found} == {"mirror"} else "download"
        name = f"Quick, Draw! by Google, {kind}"
    arrays = np.stack(items) if kind == "images" else _padded([to_steps(item) for item in items])
    about = {"class_names": classes, "origin": origin, "licence": LICENCE, "name": name}
    return Dataset(**_split(arrays, classes, n, seed), **about)


def stroke_mask(strokes: np.ndarray) -> np.ndarray:
    """Tell the steps of drawings, (..., steps, 3), from padding: bool (..., steps), True for a step."""
    return np.asarray(strokes)[..., 2] != 0


def to_steps(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Turn strokes, (k, 2) each, x and y from 0 to 255, into the steps of a pen, float32 (steps, 3).

    A point that repeats the one before it is left out.
    """
    points, pens = [], []
    for stroke in strokes:
        stroke = np.asarray(stroke, dtype=float)
        stroke = stroke[np.append(True, (stroke[1:] != stroke[:-1]).any(axis=1))]
        points.append(stroke / LARGEST)
        pens.append(np.append(-1, np.ones(len(stroke) - 1)))
    moves = np.diff(np.concatenate(points), axis=0, prepend=np.zeros((1, 2)))
    return np.column_stack([moves, np.concatenate(pens)]).astype(np.float32)


def _checked(classes, n, kind, seed) -> tuple[str, ...]:
    if isinstance(classes, str) or not len(classes):
        raise ValueError(f'classes={classes!r} is no list of names. Give one, such as ["cat", "train"].')
    known = class_names()
    for number, name in enumerate(classes):
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=3)
            hint = f"Near to it: {', '.join(near)}." if near else "data/quickdraw_classes.txt lists all 345."
            raise ValueError(f"Quick, Draw! has no class {name!r}. {hint}")
        if name in classes[:number]:
            raise ValueError(f"The class {name!r} is asked for twice. Name each one once.")
    if kind not in PLACES:
        raise ValueError(f"kind={kind!r} is unknown. Use {' or '.join(map(repr, PLACES))}.")
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


class Drawings(NamedTuple):
    """The first drawings of a class: uint8 (n, 28, 28), or n lists of strokes (k, 2); and their origin."""

    items: np.ndarray | list
    origin: str  # "mirror" | "download"


class Flaw(Exception):
    """Something in a file is not as published; the message goes on after "FILE "."""


class TooFew(Flaw):
    """A file is in order but holds fewer drawings than asked for."""


@lru_cache(maxsize=1)
def class_names() -> tuple[str, ...]:
    """The 345 published class names."""
    return tuple((ROOT / "data" / "quickdraw_classes.txt").read_text(encoding="utf-8").splitlines())


def load(name: str, kind: str, n: int) -> Drawings:
    """Find the first n drawings of a class: in COURSE_ASSETS, in the cache, or on the network."""
    place, suffix = PLACES[kind]
    mirror, also = assets.mirror_dir(), ""
    if mirror:
        path = mirror / FOLDER / f"{name}{suffix}"
        if os.path.lexists(path):
            return Drawings(_from_mirror(path, name, kind, n), "mirror")
        also = "COURSE_ASSETS does not hold it, and "
    what = f"Quick, Draw! ({name}, {kind})"
    if assets.offline():
        raise AssetUnavailable(what, also + "COURSE_OFFLINE=1")
    path = assets.cache_dir() / FOLDER / f"{name}{suffix}"
    kept = _from_cache(path, name, kind, n)
    if kept is None:
        url = f"{BASE}/{place}/{quote(name)}{suffix}"
        try:
            kept = _download(url, path, name, kind, n)
        except web.DownloadError as error:
            raise AssetUnavailable(what, f"{also}{urlsplit(url).netloc}: {error.reason}") from error
    return Drawings(kept, "download")


def read_bitmaps(file, size: int | None, n: int) -> np.ndarray:
    """Read the first n bitmaps of a .npy file.

    The file is at its beginning; `size` is how many bytes it has, if known. Gives uint8 (n, 28, 28).
    """
    try:
        version = np.lib.format.read_magic(file)
        read_header = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
        shape, fortran, dtype = read_header[version[0]](file)
    except (ValueError, KeyError, EOFError) as error:
        file.seek(0)
        raise Flaw(f"is not a .npy file: it begins with {file.read(24)!r}") from error
    if dtype != np.uint8 or fortran or shape[1:] not in ((SIDE * SIDE,), (SIDE, SIDE)):
        raise Flaw(f"holds {dtype} {shape}, not uint8 (N, {SIDE * SIDE}) or (N, {SIDE}, {SIDE})")
    whole = file.tell() + math.prod(shape)
    if size is not None and size != whole:
        raise Flaw(f"is damaged: it has {size:,} bytes where its header promises {whole:,}")
    if shape[0] < n:
        raise TooFew(f"holds {shape[0]:,} drawings, {n:,} were asked for")
    data = file.read(n * SIDE * SIDE)
    if len(data) < n * SIDE * SIDE:
        raise Flaw(f"is damaged: it ends after {len(data):,} of {n * SIDE * SIDE:,} pixels")
    return np.frombuffer(data, np.uint8).reshape(n, SIDE, SIDE).copy()


def read_strokes(file, name: str, n: int) -> list[list[np.ndarray]]:
    """Read the first n drawings of a file of simplified strokes, a JSON object on each line.

    Each line must be of the class `name`. Gives n lists of strokes, int16 (k, 2), 0 to 255.
    """
    drawings = []
    for number, line in enumerate(file, 1):
        if len(drawings) == n:
            break
        try:
            drawings.append(_drawing(line, name))
        except Flaw as flaw:
            raise Flaw(f"is damaged: line {number} {flaw}") from flaw
    if len(drawings) < n:
        raise TooFew(f"holds {len(drawings):,} drawings, {n:,} were asked for")
    return drawings


def _drawing(line: bytes, name: str) -> list[np.ndarray]:
    """Turn strokes [[x, ...], [y, ...]] into arrays (k, 2)."""
    try:
        entry = json.loads(line)
        word, strokes = entry["word"], [np.array(stroke, dtype=float) for stroke in entry["drawing"]]
    except (ValueError, KeyError, TypeError) as error:  # no UTF-8, no JSON, x and y that are not equally many
        raise Flaw(f"is not a drawing as published: it begins with {line[:24]!r}") from error
    if word != name:
        raise Flaw(f"is a drawing of {word!r}, not of {name!r}")
    pairs = [stroke for stroke in strokes if stroke.ndim == 2 and len(stroke) == 2 and stroke.size]
    inside = all(np.isfinite(pair).all() and pair.min() >= 0 and pair.max() <= LARGEST for pair in pairs)
    if not (pairs and inside and len(pairs) == len(strokes)):
        raise Flaw(f"has no strokes [[x, ...], [y, ...]] with coordinates from 0 to {LARGEST}")
    return [np.rint(pair).astype(np.int16).T for pair in pairs]


def _read(path: Path, name: str, kind: str, n: int):
    """Read a file on this computer; AssetError if it cannot be read at all."""
    try:
        with open(path, "rb") as file:
            if kind == "images":
                return read_bitmaps(file, os.fstat(file.fileno()).st_size, n)
            return read_strokes(file, name, n)
    except OSError as error:
        raise AssetError(f"{path} cannot be read ({error.strerror}). Replace or remove it.") from error


def _from_mirror(path, name, kind, n):
    try:
        return _read(path, name, kind, n)
    except TooFew as flaw:
        raise AssetError(f"{path} {flaw}. Ask for a smaller n, or put a longer file there.") from flaw
    except Flaw as flaw:
        raise AssetError(f"{path} {flaw}. Replace it by a good copy, or remove it.") from flaw


def _from_cache(path, name, kind, n):
    """Read what was kept; None if there is nothing, or not enough."""
    try:
        return _read(path, name, kind, n) if os.path.lexists(path) else None
    except TooFew:
        return None
    except Flaw as flaw:
        raise AssetError(f"{path} {flaw}. Remove it; the next run downloads it again.") from flaw


def _download(url: str, path: Path, name: str, kind: str, n: int):
    """Fetch the first n drawings, verify them, and keep them in the cache."""
    room, enough = HEADER + n * SIDE * SIDE, None
    if kind == "strokes":
        room, enough = n * LINE, lambda received: received.count(b"\n") >= n
    with web.session("cnn-course") as session:
        beginning = web.beginning(url, limit=room, session=session, enough=enough)
    lines = beginning.data.splitlines(keepends=True)[:n]
    try:
        if kind == "images":
            items = read_bitmaps(io.BytesIO(beginning.data), beginning.total, n)
        else:
            items = read_strokes(lines, name, n)
    except TooFew as flaw:
        raise AssetError(f"{url} {flaw}. Ask for a smaller n.") from flaw
    except Flaw as flaw:
        raise AssetError(
            f"{url} {flaw}. Perhaps it is the log-in page of this network. It was thrown away. Use another "
            "network, point COURSE_ASSETS at a folder that holds the file, or set COURSE_OFFLINE=1 to work "
            "on drawings made by the course."
        ) from flaw
    with assets.writing(path, len(beginning.data)) as part:
        if kind == "images":
            np.save(part, items)
        else:
            part.write_bytes(b"".join(lines))
    print(f"Quick, Draw! ({name}, {kind}): {n:,} drawings downloaded. {CREDIT}, {LICENCE}")
    return items
