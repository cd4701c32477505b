"""Photos in class folders, as a phone, a camera or a collector leaves them."""

import contextlib
import csv
import os
import re
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from helpers import assets
from helpers.datasets import base
from helpers.datasets.base import Dataset

SPLIT_FOLDERS = {**dict.fromkeys(("train", "training"), "train"),
                 **dict.fromkeys("val valid validate validation dev eval evaluation".split(), "validation"),
                 **dict.fromkeys(("test", "testing", "holdout"), "test")}  # fmt: skip
PHOTO_SUFFIXES = ".jpg .jpeg .jpe .jfif .mpo .png .webp .gif .bmp .tif .tiff .avif .heic .heif .hif".split()
# What computers leave in folders by themselves, beside hidden files.
JUNK = {"__macosx", "icon\r", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "recycler",
        "@eadir", "#recycle", "@recycle", "#snapshot", "system volume information", "lost+found"}  # fmt: skip
ATTRIBUTION = "ATTRIBUTION.csv"
SHOWN = 3  # examples in a printed line


def from_folder(
    path: str | os.PathLike,
    *,
    size: tuple[int, int] = (160, 160),
    validation: float = 0.2,
    test: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Make a data set of photos in class folders: ``path/handbag/1.jpg``, ``path/shoe/IMG_7.png``.

    Photos are turned upright, cut to the aspect of `size` around their centre, and resized. What cannot be
    used is skipped, listed in `Dataset.skipped` and counted in the one line that is printed. The split keeps
    near-duplicates together, so that no test image was nearly seen in training.

    If the folder holds train, validation (or valid, val, dev) and test folders of class folders, that split
    is used, and near-duplicates across it are reported in a second line; `datasets.leaks` lists them. A
    validation or test folder that is missing is dealt out of train.

    Parameters
    ----------
    path : path
        A folder with two or more class folders. Names of class folders become names of classes.
    size : (int, int)
        Height and width of the images, pixels, 8 to 4096.
    validation, test : float
        Shares of the images of each class, validation 0 (none) to below 1, test above 0.
    seed : int
        Decides the split and the order. The same folder and seed give the same data set.

    Returns
    -------
    Dataset
        Images uint8 (N, height, width, 3), 0 to 255; labels int64 (N,); every beginning of a split holds the
        classes in proportion. `origin` "own"; `sources` are paths in the folder, or rows of ATTRIBUTION.csv.
    """
    data, lines = load(path, size=size, validation=validation, test=test, seed=seed)
    print(*lines, sep="\n")
    return data


def load(path, *, size, validation, test, seed) -> tuple[Dataset, list[str]]:
    """Do what `from_folder` does, and give its lines instead of printing them: the summary, then leaks."""
    from tqdm.auto import tqdm

    size = base.check_size(size)
    base.check_shares(validation, test)
    root = _folder(path)
    classes, files, unused = _files(root)
    images, labels, sides, names, skipped = [], [], [], [], list(unused)
    # Progress is shown only where it takes a while.
    for name, label, side in tqdm(files, desc="photos", unit="", leave=False, delay=2):
        image, reason = _read(root / name, size)
        if reason:
            skipped.append((name, reason))
        else:
            images.append(image)
            labels.append(label)
            sides.append(side)
            names.append(name)
    given = {side for _, _, side in files if side}
    _check_counts(root, classes, given or {""}, labels, sides, skipped)
    shares = {"test": test, "validation": validation}
    sides = _deal(images, labels, sides, given, shares, seed, classes)
    rows = _attribution(root)
    known = {composed(row["image"] or ""): row for row in reversed(rows or [])}
    if rows is not None:
        names = [known.get(composed(name), {"image": name}) for name in names]
    licence = ", ".join(sorted({base.licence_of(row) for row in rows or ()} - {""})) or "not stated"
    data = base.put_together(
        images, labels, sides, names, seed=seed, class_names=tuple(classes),
        origin="own", licence=licence, name=root.name, skipped=tuple(skipped),
    )  # fmt: skip
    lines = [_summary(data)]
    if given:
        lines += _leak_line(data)
    return data, lines


def _folder(path) -> Path:
    root = assets.full_path(path)
    if root.is_file():
        packed = root.suffix.lower() in (".zip", ".rar", ".7z")
        cure = "Unpack it and name the folder" if packed else "Name a folder"
        raise ValueError(f"{root} is a file. {cure} that holds one folder of photos for each class.")
    if not root.is_dir():
        raise ValueError(f"There is no folder {root}. Name one that holds a folder of photos for each class.")
    return root


def entries(folder: Path, *, deep: bool = False) -> list[Path]:
    """List what a person, and no computer, put into a folder, by name; `deep`: into folders in it as well."""
    found = folder.rglob("*") if deep else folder.iterdir()
    kept = [entry for entry in found if not any(map(is_junk, entry.relative_to(folder).parts))]
    return sorted(kept, key=lambda entry: [composed(part) for part in entry.parts])


def is_junk(name: str) -> bool:
    """Tell whether computers leave files or folders of this name: `._1.jpg`, `.DS_Store`, `Thumbs.db`."""
    return name.startswith(".") or name.lower() in JUNK


def name_in_zip(entry: zipfile.ZipInfo) -> str:
    """Give the name of a file in a zip file; macOS writes UTF-8 there and does not say so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            return name.encode("cp437").decode("utf-8")
    return name


def composed(name: str) -> str:
    """Write a name with whole letters (NFC): macOS writes "é" as "e" and an accent, others as one letter."""
    return unicodedata.normalize("NFC", name)


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in entries(folder) if entry.is_dir()]


def _files(root: Path):
    """List class names, files (name, label, side or "") and what lies where no image should."""
    sides = _given_split(root)
    homes = [(side, folder) for side, parent in sides.items() for folder in _folders(parent)]
    classes = sorted({composed(folder.name) for _, folder in homes})
    for side, parent in sides.items():
        lacking = sorted({*classes} - {composed(folder.name) for folder in _folders(parent)})
        if side and lacking:
            raise ValueError(f"{parent} has no folder {lacking[0]!r}, which another part of the split has.")
    if not classes:
        raise ValueError(
            f"{root} holds no class folders. Put the photos of each class into a folder of its own in it."
        )
    if len(classes) == 1:
        told = f"{root} holds one class folder only, {classes[0]!r}"
        raise ValueError(f"{told}. Telling apart takes two or more.")
    files, unused = [], []
    for parent in {root, *sides.values()}:
        for entry in entries(parent):
            if entry.suffix.lower() in PHOTO_SUFFIXES:
                unused.append((_name(entry, root), "lies outside the class folders"))
    for side, folder in homes:
        for entry in entries(folder):
            if entry.is_dir():
                unused.append((_name(entry, root), "is a folder inside a class folder"))
            else:
                files.append((_name(entry, root), classes.index(composed(folder.name)), side))
    return classes, files, sorted(unused)


def _given_split(root: Path) -> dict[str, Path]:
    """Side -> its folder, or {"": root} if class folders lie directly there."""
    folders = _folders(root)
    # 1_train, TrainSet, dataset-train, train images, train2017
    filling = r"[\W\d_]+|((data)?set|data|split|images?|photos?|pictures?)(?![^\W\d_])"
    sides = [SPLIT_FOLDERS.get(re.sub(filling, "", folder.name.lower())) for folder in folders]
    if len(folders) < 2 or None in sides or "train" not in sides or not all(map(_folders, folders)):
        return {"": root}
    twice = [folder.name for folder, side in zip(folders, sides, strict=True) if sides.count(side) > 1]
    if twice:
        raise ValueError(f"{root} holds both {' and '.join(twice)}. Keep one of them.")
    return dict(zip(sides, folders, strict=True))


def _name(entry: Path, root: Path) -> str:
    return entry.relative_to(root).as_posix()


def _read(path: Path, size) -> tuple[np.ndarray | None, str]:
    """Read one photo: the image and "", or None and why not."""
    from helpers import photos

    try:
        return base.fit_to(photos.read_photo(path), size), ""
    except photos.PhotoError as error:
        return None, error.reason


def _check_counts(root, classes, wanted, labels, sides, skipped) -> None:
    """See that every part of the split has images of every class, and what is dealt out has three."""
    for side in sorted(wanted):
        least = 1 if side in ("validation", "test") else 3
        where = f"{root} ({side})" if side else root
        for label, name in enumerate(classes):
            count = list(zip(labels, sides, strict=True)).count((label, side))
            if count < least:
                unread = [reason for path, reason in skipped if name in composed(path).split("/")[:-1]]
                why = f"; {len(unread)} more could not be used (one {unread[0]})" if unread else ""
                raise ValueError(
                    f"{where} has {count} usable image{'s' * (count != 1)} of {name!r}{why}. "
                    f"Each class takes {least} there at least, and some 50 to learn from."
                )


def _deal(images, labels, sides, given, shares, seed, classes) -> list[str]:
    """Complete the sides: what the folder does not split is dealt out, near-duplicates together."""
    missing = {side: share for side, share in shares.items() if side not in given and share > 0}
    if not missing:
        return sides
    pool = [index for index, side in enumerate(sides) if side in ("", "train")]
    kinds, groups = [labels[index] for index in pool], base.groups_of(images[index] for index in pool)
    dealt = base.split_groups(kinds, groups, missing, seed=seed, class_names=classes)
    sides = list(sides)
    for index, side in zip(pool, dealt, strict=True):
        sides[index] = str(side)
    return sides


def _attribution(root: Path) -> list[dict] | None:
    """Rows of ATTRIBUTION.csv, None if there is none."""
    try:
        with open(root / ATTRIBUTION, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        told = f"{root / ATTRIBUTION} cannot be read ({error}). Repair it, or remove it."
        raise ValueError(told) from error
    if rows and "image" not in rows[0]:
        raise ValueError(f"{root / ATTRIBUTION} has no column 'image'. Add it: the path of each image.")
    return rows


def _summary(data: Dataset) -> str:
    """Say in one line how many images of what there are, how split, and what could not be used and why."""
    counts = ", ".join(
        f"{sum(int((split.labels == label).sum()) for split in data.splits.values())} {name}"
        for label, name in enumerate(data.class_names)
    )
    used = sum(len(split.labels) for split in data.splits.values())
    parts = " + ".join(f"{len(split.labels)} {side}" for side, split in data.splits.items())
    line = f"{data.name}: {used} images ({counts}), split into {parts}."
    if data.skipped:
        told = []
        for reason, count in Counter(reason for _, reason in data.skipped).most_common():
            names = _some([path for path, why in data.skipped if why == reason])
            told.append(f"{names} {reason}" if count == 1 else f"{count} files, {names}: each {reason}")
        line += f" Skipped {len(data.skipped)} ({'; '.join(told)})."
    return line


def _some(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _leak_line(data: Dataset) -> list[str]:
    """Name near-duplicates across a given split in one line; none if there are none."""
    found = base.leaks(data)
    if not found:
        return []
    pairs = [[data.sources[side][index] for side, index in leak] for leak in found]
    told = [" and ".join(one["image"] if isinstance(one, dict) else one for one in pair) for pair in pairs]
    count = f"{len(found)} pair{'s' * (len(found) != 1)} of near-duplicates"
    return [f"{data.name}: {count} across the given split; copies would flatter its score: {_some(told)}."]
