"""Handbags and shoes: under 100 labelled colour images to learn from, drawn or photographed."""

import dataclasses
import os

from helpers import ROOT, assets
from helpers.assets import AssetError
from helpers.datasets import folders
from helpers.datasets.base import Dataset

DRAWN = ROOT / "data" / "handbags_shoes"
NAME = "handbags_shoes"  # of the photos, in data/assets.toml
PHOTOS = assets.entry_of(NAME)["collected"]  # in COURSE_ASSETS, and in the cache
CLASSES = ("handbag", "shoe")


def handbags_and_shoes(
    source: str | os.PathLike = "auto", *, size: tuple[int, int] = (160, 160), seed: int = 0
) -> Dataset:
    """Handbags and shoes in colour, 96 labelled images for training and validation together.

    Parameters
    ----------
    source : {"auto", "drawn", "photos"} or path
        "drawn" are the pictures in `data/handbags_shoes`, made by this course. "photos" are those of
        `photos/handbags_shoes_clutter` in COURSE_ASSETS, or else of Open Images: they are collected once,
        where there is a network, and kept in the cache (see `helpers.collecting`). Where no photo is for
        validation, that is a quarter of the training images, near-duplicates kept together. "auto" takes the
        photos if they can be had, else the drawn ones, and says so. A path is a folder of class folders, see
        `from_folder`.
    size : (int, int)
        Height and width of the images, pixels.
    seed : int
        Decides the order of the images, and which photos become validation.

    Returns
    -------
    Dataset
        Images uint8 (N, height, width, 3), 0 to 255; labels int64 (N,), 0 handbag, 1 shoe; with `validation`
        and `sources`, so `credits` names the photographers. `origin` is "embedded", "mirror", "download" or,
        of a path, "own".
    """
    if source == "drawn":
        return _drawn(size, seed)
    if source not in ("photos", "auto"):
        return folders.from_folder(source, size=size, seed=seed)
    folder, origin, reason = _photos()
    if folder:
        data = _load(folder, size, seed)
        return dataclasses.replace(data, origin=origin, name="Photos of handbags and shoes")
    if source == "photos":
        cure = 'Try again with a network, point COURSE_ASSETS at a folder that holds them, or use "drawn".'
        raise AssetError(f"Photos of handbags and shoes are not at hand: {reason}. {cure}")
    data = _drawn(size, seed)
    sizes = " + ".join(str(len(split.labels)) for split in data.splits.values())
    print(
        f"Using {sizes} pictures of handbags and shoes that this course draws. Real photos are collected "
        f"where that is possible, and here it was not: {reason}."
    )
    return data


def _photos():
    """Find the photos, or collect them: folder, origin and ""; or None, "" and why not."""
    try:
        if found := assets.locate(NAME):
            return found.paths[0], found.origin, ""
    except AssetError:
        if assets.mirror_dir() and (assets.mirror_dir() / PHOTOS).is_dir():
            raise  # what is damaged in the cache is collected again, but a share is somebody else's
    if assets.offline():
        return None, "", "the course works offline"
    from helpers import collecting

    try:
        return collecting.handbags_and_shoes(assets.cache_dir() / PHOTOS, collecting.PATIENCE), "download", ""
    except (AssetError, ValueError, OSError) as error:
        return None, "", str(error).partition(". ")[0].rstrip(".")


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
