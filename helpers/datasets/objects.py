"""Handbags and shoes: under 100 labelled colour images to learn from, drawn or photographed."""

from __future__ import annotations

import dataclasses
import os

from helpers import ROOT, assets
from helpers.assets import AssetError
from helpers.datasets import folders
from helpers.datasets.base import Dataset

DRAWN = ROOT / "data" / "handbags_shoes"
PHOTOS = "photos/handbags_shoes_clutter"  # in COURSE_ASSETS
CLASSES = ("handbag", "shoe")
COLLECT = (
    "`python -m helpers.staff.collect --classes Handbag,Footwear --out my_photos` collects licensed ones; "
    "name its folder"
)


def handbags_and_shoes(
    source: str | os.PathLike = "auto", *, size: tuple[int, int] = (160, 160), seed: int = 0
) -> Dataset:
    """Handbags and shoes in colour, 96 labelled images for training and validation together.

    Parameters
    ----------
    source : {"auto", "drawn", "photos"} or path
        "drawn" are the pictures in `data/handbags_shoes`, made by this course. "photos" are those of
        `photos/handbags_shoes_clutter` in COURSE_ASSETS; a quarter of their training images becomes
        validation, near-duplicates kept together. "auto" takes the photos if they are there, else the drawn
        ones, and says so. A path is a folder of class folders, see `from_folder`.
    size : (int, int)
        Height and width of the images, pixels.
    seed : int
        Decides the order of the images, and which photos become validation.

    Returns
    -------
    Dataset
        Images uint8 (N, height, width, 3), 0 to 255; labels int64 (N,), 0 handbag, 1 shoe; with `validation`
        and `sources`. `origin` is "embedded", "mirror" or, of a path, "own".
    """
    if source == "drawn":
        return _drawn(size, seed)
    if source == "photos" or source == "auto":
        folder, reason = _photos()
        if folder:
            data = _load(folder, size, seed)
            return dataclasses.replace(data, origin="mirror", name="Photos of handbags and shoes")
        if source == "photos":
            raise AssetError(
                f"Photos of handbags and shoes are not at hand ({reason}). {COLLECT} as source, or use "
                'source="drawn".'
            )
        data = _drawn(size, seed)
        sizes = " + ".join(str(len(split.labels)) for split in data.splits.values())
        print(
            f"Photos of handbags and shoes are not at hand ({reason}). Using the drawn set instead: "
            f"{sizes} images made by this course. For photos: {COLLECT} as source."
        )
        return data
    return folders.from_folder(source, size=size, seed=seed)


def _photos():
    """Find the folder of photos, or None and why."""
    mirror = assets.mirror_dir()
    if mirror is None:
        return None, "COURSE_ASSETS is not set"
    if not (mirror / PHOTOS).is_dir():
        return None, f"COURSE_ASSETS has no {PHOTOS}"
    return mirror / PHOTOS, ""


def _drawn(size, seed) -> Dataset:
    cure = "It belongs to the course: `git checkout data/handbags_shoes` brings it back."
    if not DRAWN.is_dir():
        raise AssetError(f"The folder {DRAWN} is missing. {cure}")
    data = _load(DRAWN, size, seed)
    if data.skipped or data.class_names != CLASSES or set(data.splits) != {"train", "validation", "test"}:
        flaw = f"{data.skipped[0][0]} {data.skipped[0][1]}" if data.skipped else "a part of it is missing"
        raise AssetError(f"{DRAWN} is damaged: {flaw}. {cure}")
    return dataclasses.replace(data, origin="embedded", licence="CC BY 4.0", name="Drawn handbags and shoes")


def _load(folder, size, seed) -> Dataset:
    """Load a published set: what is as it should be needs no line; skipped files and leaks still get one."""
    try:
        data, lines = folders.load(folder, size=size, validation=0.25, test=0.25, seed=seed)
    except ValueError as error:
        raise AssetError(f"{error} Replace {folder} by a good copy.") from error
    for line in lines if data.skipped else lines[1:]:
        print(line)
    return data
