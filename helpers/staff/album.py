"""A set of licensed photos in a folder: the images by split and class, and ATTRIBUTION.csv beside them."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

from helpers.assets import replacing
from helpers.staff import crops, splits
from helpers.staff.open_images import Candidate

ATTRIBUTION = "ATTRIBUTION.csv"
COLUMNS = "image,class,split,author,author_link,licence,link,title,original,changes".split(",")
OURS = re.compile(rf"({'|'.join(splits.SHARES)})/[a-z0-9_]+/[0-9a-f]{{16}}\.jpg")
UNFINISHED = re.compile(r"\.[0-9a-f]{32}\.(jpg|csv)")  # what `replacing` leaves where the computer goes down


class Image(NamedTuple):
    """One image of the set."""

    split: str
    candidate: Candidate
    jpeg: bytes

    @property
    def name(self) -> str:
        """Its path in the folder of the set."""
        return f"{self.split}/{crops.slug(self.candidate.label)}/{self.candidate.id}.jpg"


def earlier(folder: Path) -> list[Path]:
    """List the files that an earlier run wrote to a folder, without ATTRIBUTION.csv."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file. Name a folder for the photos.")
    listed, found = set(), []
    if (folder / ATTRIBUTION).is_file():
        with open(folder / ATTRIBUTION, encoding="utf-8", newline="") as file:
            listed = {row.get("image") for row in csv.DictReader(file)}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or name == ATTRIBUTION:
            continue
        if not (name in listed and OURS.fullmatch(name)) and not UNFINISHED.fullmatch(path.name):
            raise ValueError(f"{path} was not put there by this command. Name a new or an empty folder.")
        found.append(path)
    return found


def write(images: list[Image], folder: Path, size: int) -> None:
    """Write a set in place of an earlier one, and nothing that is there already.

    No image is ever there without its line in ATTRIBUTION.csv, and none by half.
    """
    wanted = {folder / image.name: image for image in images}
    for path in earlier(folder):
        if path not in wanted:
            path.unlink()
    with replacing(folder / ATTRIBUTION) as part, open(part, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_credit(wanted[path], size) for path in sorted(wanted))
    for path, image in wanted.items():
        if not path.is_file() or path.read_bytes() != image.jpeg:
            with replacing(path) as part:
                part.write_bytes(image.jpeg)


def _credit(image, size):
    one, changes = image.candidate, f"cut out, upright, {size}x{size} pixels"
    who = (one.author, one.author_link, one.licence, one.link, one.title, one.original)
    return image.name, one.label, image.split, *who, changes
