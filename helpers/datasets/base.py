"""What every data set is: images and labels in splits, where they come from, and how they are split."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

SIDES = ("train", "validation", "test")
# Hashes of random pictures differ in about 32 of 64 bits. Up to so many: the same, saved or cut differently.
NEAR = 6


class Split(NamedTuple):
    """Images and their labels.

    Images are uint8, (N, height, width) or (N, height, width, 3), 0 (black) to 255; labels int64 (N,),
    indices of class names. Drawings as strokes (`quickdraw`) are float32 (N, steps, 3) instead.
    """

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images to learn from, images to be tested on, and where they come from.

    `origin` is "mirror" (COURSE_ASSETS), "download" (just now, or kept in the cache), "embedded" (drawn by
    the course; `name` and `licence` are those of the drawings) or "own" (a folder or videos of yours).

    `validation` is for choices made on the way, None where a set has none. `sources` says where each image
    comes from: {"train": (...), "validation": (...), "test": (...)}, a relative path each, or where the set
    has an ATTRIBUTION.csv, that image's row as a dict. `skipped` lists what was there but could not be used:
    (path, reason) each.
    """

    train: Split
    test: Split
    class_names: tuple[str, ...]
    origin: Literal["mirror", "download", "embedded", "own"]
    licence: str
    name: str
    validation: Split | None = None
    sources: dict[str, tuple] | None = None
    skipped: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        shape = self.train.images.shape[1:]
        what = f"{shape[0]}x{shape[1]}" if len(shape) > 1 else f"{shape[0]} features each"
        sizes = " + ".join(f"{len(split.images):,}" for split in self.splits.values())
        return f"<{self.name}, {self.origin}: {sizes} images, {what}, {len(self.class_names)} classes>"

    @property
    def splits(self) -> dict[str, Split]:
        """The splits that there are, by name: train, validation, test."""
        return {side: split for side in SIDES if (split := getattr(self, side)) is not None}

    def credits(self) -> list[str]:
        """Say whose pictures these are: a line for each photo with known author, or one for all of them."""
        if self.origin == "embedded":
            return [f"{self.name}: no photos, but pictures drawn by this course, {self.licence}."]
        rows = [row for own in (self.sources or {}).values() for row in own if isinstance(row, dict)]
        told = []
        for row in rows:
            who, terms = row.get("author") or "author not stated", licence_of(row) or "licence not stated"
            told.append(f"{row['image']}: {', '.join(filter(None, [who, terms, row.get('link')]))}")
        return told or [f"{self.name}: authors not stated, licence {self.licence}."]


def licence_of(row: dict) -> str:
    """Name the licence in a row of an ATTRIBUTION.csv: "CC BY 2.0" for its address; "" if none is stated."""
    given = row.get("licence") or row.get("license") or ""
    found = re.search(r"creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)/([\d.]+)", given)
    names = {"zero": "CC0", "mark": "Public Domain Mark"}
    return f"{names.get(found[1], f'CC {found[1].upper()}')} {found[2]}" if found else given


def leaks(data: Dataset) -> list[tuple]:
    """Look for pictures that lie on both sides of a split, exactly or nearly.

    A network that has seen a test image in training is praised for remembering it.

    Perceptual hashes (`helpers.photos`) of the two differ in at most `NEAR` of 64 bits. Gives pairs of
    (split name, index in that split), in order.
    """
    from helpers import photos

    places, hashes = [], []
    for side, split in data.splits.items():
        places += [(side, index) for index in range(len(split.images))]
        hashes += [photos.perceptual_hash(image) for image in split.images]
    found = []
    for index, (side, _) in enumerate(places):
        near = np.flatnonzero(photos.hash_distances(hashes[index], hashes) <= NEAR)
        others = [places[other] for other in near if other > index]
        found += [(places[index], other) for other in others if other[0] != side]
    return found


def groups_of(images: Iterable[np.ndarray]) -> list[int]:
    """Number groups of near-duplicates: one number per image, the same for images that look the same."""
    from helpers import photos

    hashes = [photos.perceptual_hash(image) for image in images]
    numbers = list(range(len(hashes)))
    for members in photos.near_duplicates(hashes, NEAR):
        for member in members:
            numbers[member] = members[0]
    return numbers


def split_groups(
    labels: Sequence[int],
    groups: Sequence,
    shares: dict[str, float],
    *,
    seed: int,
    class_names: Sequence[str],
    what: str = "different images",
) -> np.ndarray:
    """Deal images out to the sides of a split, class by class, whole groups at a time.

    Images with the same entry of `groups` stay together, and count for the class of the first of them.
    `shares` says for each side its share of each class, above 0; what remains is "train". `what` is what
    messages call a group. Gives the side of each image, (N,).
    """
    rng = np.random.default_rng(seed)
    members: dict = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    sides = np.full(len(labels), "train", dtype="<U10")
    for label, name in enumerate(class_names):
        own = [indices for indices in members.values() if labels[indices[0]] == label]
        if len(own) <= len(shares):
            raise ValueError(
                f"{name!r} has {len(own)} {what}; {' and '.join(['train', *shares])} need one each. Add more "
                "images of that class (copies and near-duplicates do not count)."
            )
        own = [own[index] for index in rng.permutation(len(own))]
        total = sum(map(len, own))
        for number, (side, share) in enumerate(shares.items()):
            wanted = max(1, round(share * total))
            later = len(shares) - number  # sides that still need a group, train among them
            for indices in _fill(own, wanted, most=len(own) - later):
                sides[indices] = side
                own.remove(indices)
    return sides


def _fill(groups: list[list[int]], wanted: int, most: int) -> list[list[int]]:
    """Choose up to `most` groups, in order, that hold `wanted` images together, or else the smallest one."""
    chosen, left = [], wanted
    for indices in groups:
        if len(indices) <= left and len(chosen) < most:
            chosen.append(indices)
            left -= len(indices)
    return chosen or [min(groups, key=len)]


def mixed_order(labels: np.ndarray, *, seed: int) -> np.ndarray:
    """Shuffle so that every beginning holds the classes in proportion: indices (N,)."""
    rng = np.random.default_rng(seed)
    place = np.empty(len(labels))
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        place[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.lexsort((labels, place))


def put_together(images, labels, sides, sources, *, seed: int, **about) -> Dataset:
    """Build a Dataset from lists: images (H, W, 3) uint8, labels, sides, sources, one of each per image."""
    labels, sides = np.asarray(labels, np.int64), np.asarray(sides)
    splits, origins = {}, {}
    for side in SIDES:
        here = np.flatnonzero(sides == side)
        if len(here):
            here = here[mixed_order(labels[here], seed=seed)]
            splits[side] = Split(np.stack([images[index] for index in here]), labels[here])
            origins[side] = tuple(sources[index] for index in here)
    return Dataset(**splits, sources=origins, **about)


def fit_to(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut the largest centred part with the aspect of `size` (height, width) out of an image, and resize it.

    An image that has the size already comes back unchanged.
    """
    from PIL import Image, ImageOps

    if image.shape[:2] == tuple(size):
        return image
    height, width = size
    fitted = ImageOps.fit(Image.fromarray(image), (width, height), Image.Resampling.LANCZOS)
    return np.asarray(fitted).copy()


def check_size(size) -> tuple[int, int]:
    """Check (height, width) in pixels."""
    if isinstance(size, int):
        size = (size, size)
    if len(size) != 2 or not all(isinstance(side, int) and 8 <= side <= 4096 for side in size):
        raise ValueError(f"size={size} is not possible. Use (height, width) in pixels, such as (160, 160).")
    return tuple(size)


def check_shares(validation: float, test: float) -> None:
    """Check the shares of images that are kept out of training."""
    if not (0 <= validation < 1 and 0 < test < 1 and validation + test < 1):
        raise ValueError(
            f"validation={validation} and test={test} are not possible. Use shares of all images that add up "
            "to less than 1, test above 0, such as validation=0.2, test=0.2."
        )
