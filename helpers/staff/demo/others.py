"""Pictures of things that are neither: to describe them, to draw the line, and to measure it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import assets, photos
from helpers.datasets import Dataset
from helpers.datasets.base import fit_to

# Folders in COURSE_ASSETS, see data/README.md, and how many photos of each are taken.
FOLDERS = {"photos/natural": 60, "photos/unlabelled": 120, "photos/catalogue": 60}
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
# What names of photos say where they do show a bag or a shoe.
BAGS_AND_FOOTWEAR = re.compile(
    "bag|backpack|purse|pouch|wallet|satchel|clutch|shoe|boot|sandal|loafer|clog|sneaker|slipper|heel|moccasin",
    re.IGNORECASE,
)
DRAWN = 112  # two of each class
EMPTY = 28
SHARES = (0.5, 0.25, 0.25)


class Others(NamedTuple):
    """Pictures uint8 (n, size, size, 3) in three parts, and in words what they are."""

    fit: np.ndarray
    choose: np.ndarray
    measure: np.ndarray
    what: str


def others(data: Dataset, size: int) -> Others:
    """Bring pictures of things that are neither handbags nor shoes: photos or drawn, as the data set is.

    Photos are those of `FOLDERS` in COURSE_ASSETS, as far as they are there, dealt out at random; drawings
    are those of `drawings.everyday`, and no class of things is in two parts, so a line is measured on things
    that nothing was chosen by.
    """
    if data.origin != "embedded":
        found = _photos(size)
        if found:
            return found
    return _drawings(size)


def _drawings(size) -> Others:
    from helpers import drawings

    images, labels = drawings.everyday(DRAWN, 1)
    scenes, _ = drawings.everyday(EMPTY, 2, objects=False)
    kinds = np.random.default_rng(0).permutation(len(drawings.EVERYDAY_CLASSES))
    parts = [
        np.concatenate([images[np.isin(labels, some)], more])
        for some, more in zip(_dealt(kinds), _dealt(scenes), strict=True)
    ]
    return Others(*(_fitted(part, size) for part in parts), "drawn things of other kinds, and empty scenes")


def _photos(size) -> Others | None:
    mirror = assets.mirror_dir()
    rng = np.random.default_rng(0)
    parts, told = ([], [], []), []
    for name, most in FOLDERS.items():
        paths = _paths(mirror / name) if mirror else []
        chosen = [paths[index] for index in rng.permutation(len(paths))[:most]]
        images = [image for path in chosen if (image := _read(path, size)) is not None]
        if len(images) >= 4:
            told.append(name.split("/")[-1])
            for part, some in zip(parts, _dealt(images), strict=True):
                part.extend(some)
    if not told:
        return None
    return Others(*map(np.stack, parts), f"photos of other things ({', '.join(told)})")


def _paths(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and not BAGS_AND_FOOTWEAR.search(f"{path.parent.name}/{path.stem}")
    ]


def _read(path, size):
    try:
        return fit_to(photos.read_photo(path), (size, size))
    except photos.PhotoError as error:
        print(f"{error} It is left out.")
        return None


def _dealt(items):
    """Cut a sequence into three consecutive parts with `SHARES`."""
    first = round(SHARES[0] * len(items))
    second = first + round(SHARES[1] * len(items))
    return items[:first], items[first:second], items[second:]


def _fitted(images, size):
    return np.stack([fit_to(image, (size, size)) for image in images])
