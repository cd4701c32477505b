"""A set of licensed photos in a folder: which photos go where, the images, and ATTRIBUTION.csv beside them.

No author is in two splits. ATTRIBUTION.csv names the author, the licence and the page of each image, and its
checksum, so that a set that is not whole is seen.
"""

import csv
import hashlib
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from helpers.assets import replacing
from helpers.collecting import crops
from helpers.collecting.open_images import CREDIT, Candidate
from helpers.datasets.folders import ATTRIBUTION, is_junk

# Of 108 photos of each of two classes: 72 to train, 24 to validate, 120 to test.
SHARES = {"train": 1 / 3, "validation": 1 / 9, "test": 5 / 9}
OURS = re.compile(rf"({'|'.join(SHARES)})/[a-z0-9_]+/[0-9a-f]{{16}}\.jpg")
UNFINISHED = re.compile(r"\.[0-9a-f]{32}\.(jpg|csv)")  # what `replacing` leaves where the computer goes down
SPARE = 1.25  # so many candidates for each photo that is needed: some are lost, some look like others


class Image(NamedTuple):
    """One image of a set."""

    split: str
    candidate: Candidate
    jpeg: bytes

    @property
    def name(self) -> str:
        """Its path in the folder of the set."""
        return f"{self.split}/{crops.slug(self.candidate.label)}/{self.candidate.id}.jpg"


def quotas(per_class: int) -> dict[str, int]:
    """Say how many photos of each class each split gets; ValueError if one would get none.

    Examples
    --------
    >>> quotas(108)
    {'train': 36, 'validation': 12, 'test': 60}
    """
    counts = {split: round(share * per_class) for split, share in SHARES.items()}
    counts["test"] = per_class - counts["train"] - counts["validation"]
    if min(counts.values()) < 1:
        raise ValueError(f"{per_class} photos of each class are too few for three splits; ask for 5 or more.")
    return counts


def allocate(
    candidates: list[Candidate], classes: list[str], seed: int, least: dict[str, int] | None = None
) -> dict[tuple[str, str], list[Candidate]]:
    """Give every author to one split, so that each split has its share of each class.

    Where that is not enough for the `least` that a split must have, with some to spare, the test gives way.
    The seed decides who goes where, and which photos come first. Gives (split, class) to photos in the
    order in which they should be taken, which does not depend on how many are asked for.
    """
    given, wanted = {split: Counter() for split in SHARES}, {split: {} for split in SHARES}
    for label, total in Counter(one.label for one in candidates).items():
        for split in ("train", "validation"):
            wanted[split][label] = max(SHARES[split] * total, SPARE * (least or {}).get(split, 0))
        wanted["test"][label] = max(total - sum(wanted[split].get(label, 0) for split in SHARES), 1)
    pools = {(split, label): [] for split in SHARES for label in classes}
    groups = same_author(candidates)
    groups.sort(key=lambda group: (-len(group), min(_shuffle(seed, one) for one in group)))
    for group in groups:
        count = Counter(one.label for one in group)

        def lack(split, count=count):
            return sum(count[k] * (1 - given[split][k] / wanted[split][k]) for k in count)

        split = max(SHARES, key=lack)
        given[split] += count
        for one in group:
            pools[split, one.label].append(one)
    for pool in pools.values():
        pool.sort(key=lambda one: _shuffle(seed, one))
    return pools


def same_author(candidates: list[Candidate]) -> list[list[Candidate]]:
    """Group photos whose authors share a name or a page, directly or through others."""
    from scipy.cluster.hierarchy import DisjointSet

    authors, groups = DisjointSet(name for one in candidates for name in _names(one)), defaultdict(list)
    for one in candidates:
        authors.merge(*_names(one))
    for one in candidates:
        groups[authors[_names(one)[0]]].append(one)
    return list(groups.values())


def _names(one):
    name, page = f"name {one.author.casefold()}", one.author_link.lower().split("://")[-1].rstrip("/")
    return name, f"page {page}" if page else name


def _shuffle(seed, one):
    return hashlib.sha256(f"{seed} {one.id}".encode()).digest()


def earlier(folder: Path) -> list[Path]:
    """List the files that an earlier run wrote to a folder, without ATTRIBUTION.csv."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file. Name a folder for the photos.")
    listed, found = {row.get("image") for row in _rows(folder)}, []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        unfinished = UNFINISHED.fullmatch(path.name)
        if path.is_dir() or name == ATTRIBUTION or (is_junk(path.name) and not unfinished):
            continue
        if not (name in listed and OURS.fullmatch(name)) and not unfinished:
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
        writer.writerow(["image", "class", "split", *CREDIT, "changes", "sha256"])
        for path in sorted(wanted):
            image = wanted[path]
            credit = (getattr(image.candidate, key) for key in CREDIT)
            row = (image.name, image.candidate.label, image.split, *credit)
            changes = f"cut out, upright, {size}x{size} pixels"
            writer.writerow([*row, changes, hashlib.sha256(image.jpeg).hexdigest()])
    for path, image in wanted.items():
        if not path.is_file() or path.read_bytes() != image.jpeg:
            with replacing(path) as part:
                part.write_bytes(image.jpeg)


def flaw(folder: Path) -> str:
    """Say what a set lacks, or "" if all its images are there as they were written."""
    rows = _rows(folder)
    for row in rows:
        path = folder / (row.get("image") or ATTRIBUTION)
        if not path.is_file():
            return f"{path} is missing"
        if hashlib.sha256(path.read_bytes()).hexdigest() != row.get("sha256"):
            return f"{path} is damaged"
    return "" if rows else f"{folder / ATTRIBUTION} is missing or empty"


def _rows(folder):
    if not (folder / ATTRIBUTION).is_file():
        return []
    with open(folder / ATTRIBUTION, encoding="utf-8", newline="", errors="replace") as file:
        return list(csv.DictReader(file))
