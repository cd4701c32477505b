"""Which photos of Open Images V7 show one large, whole object of a class.

Published lists say so (https://storage.googleapis.com/openimages/web/download_v7.html): the names of the
classes, and for the validation split and the test split the boxes, and who took each photo under which
licence. This module reads them and touches no photo.
"""

import contextlib
import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from helpers import assets
from helpers.assets import AssetError

LISTS = "https://storage.googleapis.com/openimages"
PHOTOS = "https://open-images-dataset.s3.amazonaws.com"
NAMES = "v7/oidv7-class-descriptions-boxable.csv"
BOXES = "v5/{}-annotations-bbox.csv"  # of "validation" or "test"
IMAGES = "2018_04/{0}/{0}-images-with-rotation.csv"
CREDIT = {  # what an image is credited with, and the column of IMAGES that says it
    "author": "Author", "author_link": "AuthorProfileURL", "licence": "License",
    "link": "OriginalLandingURL", "title": "Title", "original": "OriginalURL",
}  # fmt: skip
COLUMNS = {  # by the last word of a list's name
    "boxable": "LabelName DisplayName".split(),
    "bbox": "ImageID LabelName XMin XMax YMin YMax IsOccluded IsGroupOf IsDepiction".split(),
    "rotation": ["ImageID", "Rotation", *CREDIT.values()],
}
SUBCLASSES = {"Footwear": ("Sandal", "High heels", "Boot")}
LEAST_AREA = 0.04  # of the photo: of 1024x768 pixels, a square of 177
THUMBNAIL = re.compile(r"https?://[\w.:-]+/\S+")  # the column is often empty
IMAGE_ID = re.compile(r"[0-9a-f]{16}")  # and so never a path
FREE = re.compile(r"https?://creativecommons\.org/(licenses/by/|publicdomain/).*", re.IGNORECASE)
FLAGS = {
    "IsGroupOf": "shows a group, not one object",
    "IsDepiction": "shows a picture of the object",
    "IsOccluded": "the object is partly hidden",
}


class Box(NamedTuple):
    """A rectangle in parts of the photo's width and height as it is stored, 0 to 1."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def area(self) -> float:
        """Part of the photo that it takes."""
        return (self.right - self.left) * (self.bottom - self.top)


class Candidate(NamedTuple):
    """A photo that may become one image of `label`, and whom to thank.

    `subset` is the split of Open Images that holds it. `rotation` is how far it must be turned
    counterclockwise to stand upright, 0, 90, 180 or 270; None where nobody knows. `thumbnail` is the address
    of the same photo with 300,000 pixels, or "".
    """

    id: str
    label: str
    box: Box
    rotation: int | None
    subset: str
    author: str
    author_link: str
    licence: str
    link: str
    title: str
    original: str
    thumbnail: str = ""


def read(text: bytes, name: str) -> Iterator[dict[str, str]]:
    """Read the rows of the list of this name; AssetError if it is another file."""
    rows = csv.DictReader(io.StringIO(text.decode("utf-8-sig", errors="replace"), newline=""))
    missing = set(COLUMNS[Path(name).stem.rpartition("-")[2]])
    with contextlib.suppress(csv.Error):
        missing -= set(rows.fieldnames or ())
    if missing:
        raise AssetError(
            f"What came as {name} is not that list: it has no column {', '.join(sorted(missing))}. "
            "Perhaps it is the log-in page of this network; use another network."
        )
    return _rows(rows, name)


def _rows(rows, name):
    try:
        yield from rows  # one at a time: as dictionaries, all of them would take half a gigabyte
    except csv.Error as error:
        folder = assets.cache_dir() / "open_images" / "lists"
        raise AssetError(
            f"{name} is damaged ({error}). Remove {folder} and run the command again to load it anew."
        ) from error


def labels(classes: list[str], names: Iterable[dict[str, str]]) -> dict[str, str]:
    """Find what the boxes of some classes are labelled with.

    `classes` are two or more, such as "Handbag", in capitals or not; `names` the rows of the list NAMES.
    Gives label, such as "/m/080hkjn", to the class that asks for it. A class includes its SUBCLASSES.
    """
    known = {row["DisplayName"].lower(): row for row in names if row["DisplayName"]}
    owner = {}
    for given in classes:
        if given.lower() not in known:
            near = difflib.get_close_matches(given.lower(), known, 3, 0.6)
            hint = f" Near to it: {', '.join(known[name]['DisplayName'] for name in near)}." if near else ""
            raise ValueError(f"Open Images has no boxes of {given!r}.{hint}")
        name = known[given.lower()]["DisplayName"]
        for part in (name, *SUBCLASSES.get(name, ())):
            row = known.get(part.lower())
            if row is None:
                raise ValueError(f"The list of classes lacks {part!r}, which is a part of {name!r}.")
            if row["LabelName"] in owner:
                raise ValueError(f"{part!r} is asked for twice: once by {owner[row['LabelName']]!r}.")
            owner[row["LabelName"]] = name
    return owner


def candidates(
    boxes: Iterable[dict], images: Iterable[dict], owner: dict[str, str], subset: str = "validation"
) -> tuple[list[Candidate], Counter]:
    """Choose the photos that show one large, whole object of one class.

    `boxes` and `images` are the rows of a subset's lists, `owner` comes from `labels`. Gives at
    most one candidate for each photo, with its largest good box, ordered by ImageID; and how many were
    left out for which reason.
    """
    found: dict[str, list[tuple[str, Box | None, str]]] = {}
    for row in boxes:
        if row["LabelName"] in owner:
            box = _box(row)
            found.setdefault(row["ImageID"] or "", []).append((owner[row["LabelName"]], box, _flaw(row, box)))
    facts = {row["ImageID"]: row for row in images if row["ImageID"] in found}
    chosen, left_out = [], Counter()
    for image_id in sorted(found):
        outcome = _judge(image_id, found[image_id], facts.get(image_id), subset)
        if isinstance(outcome, str):
            left_out[outcome] += 1
        else:
            chosen.append(outcome)
    return chosen, left_out


def _judge(image_id, found, fact, subset):
    """Make a candidate of a photo, or say why not."""
    if not IMAGE_ID.fullmatch(image_id):
        return "its ImageID is not one of Open Images"
    if len({label for label, _, _ in found}) > 1:
        return "holds boxes of two of the classes"
    good = [(box.area, label, box) for label, box, flaw in found if not flaw]
    if not good:
        return max(found, key=lambda one: one[1].area if one[1] else -1)[2]
    if fact is None:
        return "not in the list of photos"
    fact = {key: (value or "").strip() for key, value in fact.items() if isinstance(value, str | None)}
    author = fact["Author"] or fact["AuthorProfileURL"]
    if not author or not fact["OriginalLandingURL"]:
        return "its author or its page is not known"
    if not FREE.fullmatch(fact["License"]):
        return "its licence is not CC BY"
    _, label, box = max(good)
    credit = {key: fact[column] for key, column in CREDIT.items()} | {"author": author}
    if THUMBNAIL.fullmatch(fact.get("Thumbnail300KURL", "")):
        credit["thumbnail"] = fact["Thumbnail300KURL"]
    return Candidate(image_id, label, box, _rotation(fact["Rotation"]), subset, **credit)


def _box(row):
    try:
        box = Box(*(float(row[key]) for key in ("XMin", "XMax", "YMin", "YMax")))
    except (TypeError, ValueError):
        return None
    inside = 0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1
    return box if inside else None


def _flaw(row, box):
    if box is None:
        return "its box is damaged or lies outside"
    for flag, reason in FLAGS.items():
        if row[flag] != "0":  # 1, or -1: nobody looked
            return reason
    return "the object is small" if box.area < LEAST_AREA else ""


def _rotation(given):
    return {"0": 0, "90": 90, "180": 180, "270": 270}.get(given.removesuffix(".0"))
