"""The published files of Quick, Draw!: found, read from their beginning only, and verified.

Google publishes one bitmap file (.npy) and one file of simplified strokes (.ndjson) for each class, of some
50 to 200 MB each, and no checksums. So only the first drawings are fetched, and known by their form. What was
fetched is kept in the cache as a shorter file of the same format.
"""

import io
import json
import math
import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import numpy as np

from helpers import ROOT, assets
from helpers.assets import AssetError, AssetUnavailable, web

BASE = "https://storage.googleapis.com/quickdraw_dataset/full"
CREDIT = "Google, https://github.com/googlecreativelab/quickdraw-dataset"
LICENCE = "CC BY 4.0"
FOLDER = "quickdraw"  # in COURSE_ASSETS and in the cache
PLACES = {"images": ("numpy_bitmap", ".npy"), "strokes": ("simplified", ".ndjson")}
SIDE = 28  # pixels
LARGEST = 255  # of the coordinates of a simplified drawing
HEADER = 256  # bytes in which the header of a .npy file has room
LINE = 8_000  # bytes that a line of strokes stays below, on average over those asked for


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
