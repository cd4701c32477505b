"""Collect licensed photos of any classes of Open Images V7 as a small data set.

    python -m helpers.staff.collect --classes Handbag,Footwear --out DIR [--per-class 100] [--size 160]

writes DIR/{train,validation,test}/CLASS/IMAGE.jpg, square crops around one object each, and
DIR/ATTRIBUTION.csv, which names the author, the licence and the page of each and belongs with them wherever
they go. All classes have equally many photos in each split, no author is in two splits, and no photo looks
like another. What has arrived is kept in the user's cache (COURSE_CACHE moves it): a run that was stopped
goes on where it was, and another seed, number or folder loads only what is new.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from helpers.assets import AssetError, web
from helpers.photos import hash_distances, perceptual_hash
from helpers.staff import album, course, crops, open_images, splits
from helpers.staff.album import Image
from helpers.staff.open_images import Candidate

LIST_BYTES = 200_000_000
DISTANCE = 8  # two photos whose perceptual hashes differ in so many of 64 bits, or fewer, are one
IN_A_ROW = 8  # photos that do not arrive, one after the other, until the network is held to be at fault


class Order(NamedTuple):
    """What to collect: class names, photos of each, side of an image in pixels, seed of the choice."""

    classes: list[str]
    per_class: int = 100
    size: int = 160
    seed: int = 0


class Source(NamedTuple):
    """Where from: the addresses above the lists and above the photos."""

    lists: str = open_images.ANNOTATIONS
    photos: str = open_images.PHOTOS


def collect(order: Order, out: Path, source: Source = Source()) -> tuple[list[Image], Counter]:  # noqa: B008
    """Collect a data set and write it to a folder.

    Returns
    -------
    images : list of Image
        What is in the folder now.
    left_out : Counter
        Reason to number of photos that are not.
    """
    quotas = splits.quotas(order.per_class)
    if not 32 <= order.size <= 1024:
        raise ValueError(f"A size of {order.size} pixels is out of range; give one from 32 to 1024.")
    if len(order.classes) < 2:
        raise ValueError("Name two classes or more, such as --classes Handbag,Footwear.")
    album.earlier(out)  # a folder that cannot be used is no reason to download
    repository = course.home().repository
    agent = f"{repository.split('/')[-1]}-collector (+https://github.com/{repository})"
    with web.session(agent) as session:
        owner = open_images.labels(order.classes, _list(open_images.NAMES, source, session))
        boxes = _list(open_images.BOXES, source, session)
        chosen, left_out = open_images.candidates(boxes, _list(open_images.IMAGES, source, session), owner)
        pools = splits.allocate(chosen, list(dict.fromkeys(owner.values())), order.seed)
        workers = ThreadPoolExecutor(web.CONNECTIONS)
        bar = tqdm(total=sum(quotas[split] for split, _ in pools), desc="photos", ncols=79, file=sys.stdout)
        try:
            run = _Run(order, source.photos, session, workers, bar, left_out)
            images = _fill(run, pools, quotas)
        finally:
            bar.close()
            workers.shutdown(cancel_futures=True)
    album.write(images, out, order.size)
    return images, left_out


def _list(name, source, session):
    """Read one of the published lists, from the cache or from the network."""
    shelf, key = crops.Shelf("lists", ".csv"), Path(name).stem
    text = shelf.get(key)
    if text is not None:
        return open_images.read(text, name)
    with tqdm(desc=key, unit="B", unit_scale=True, ncols=79, file=sys.stdout) as bar:
        text = web.get(
            f"{source.lists}/{name}",
            limit=LIST_BYTES,
            session=session,
            progress=lambda received: bar.update(received - bar.n),
        )
    rows = open_images.read(text, name)
    shelf.put(key, text)
    return rows


@dataclass
class _Run:
    """What one run shares: its connections, what it has seen, and what it left out."""

    order: Order
    base: str
    session: object
    workers: ThreadPoolExecutor
    bar: tqdm
    left_out: Counter
    looks: list[int] = field(default_factory=list)
    lost: int = 0  # photos in a row that did not arrive

    def take(self, pool: list[Candidate], quota: int) -> list[tuple[Candidate, bytes]]:
        """Take photos from a pool in its order until there are enough: no download is for nothing."""
        taken, waiting = [], iter(pool)
        while batch := list(islice(waiting, quota - len(taken))):
            for candidate, arrival in zip(batch, self.workers.map(self.fetch, batch), strict=True):
                try:
                    taken.append((candidate, self.accept(candidate, arrival)))
                    self.bar.update()
                except crops.Refused as refused:
                    self.left_out[refused.reason] += 1
        self.left_out["not needed, there were enough"] += sum(1 for _ in waiting)
        return taken

    def fetch(self, candidate: Candidate) -> crops.Arrival:
        """Bring a crop or a photo here; runs in several threads."""
        return crops.fetch(candidate, self.order.size, self.base, self.session)

    def accept(self, candidate: Candidate, arrival: crops.Arrival) -> bytes:
        """Make a crop and give its file, or raise Refused; AssetError where the network seems gone."""
        try:
            jpeg, pixels = crops.finish(candidate, arrival, self.order.size)
        except crops.Refused as refused:
            self.lost = self.lost + 1 if refused.lost else 0
            if self.lost == IN_A_ROW:
                raise AssetError(
                    f"{self.lost} photos in a row could not be had (the last one: {refused.reason}). What "
                    "came is kept; run the same command again later, and it goes on from there."
                ) from refused
            raise
        self.lost = 0
        look = perceptual_hash(pixels)
        if self.looks and hash_distances(look, self.looks).min() <= DISTANCE:
            raise crops.Refused("looks almost like another photo")
        self.looks.append(look)
        return jpeg


def _fill(run, pools, quotas) -> list[Image]:
    """Fill the splits one after the other, each with equally many photos of every class."""
    images = []
    for split, quota in quotas.items():
        taken, enough = {}, quota
        # The class with the fewest photos first: the others need no more than it has.
        for key in sorted((key for key in pools if key[0] == split), key=lambda key: len(pools[key])):
            taken[key] = run.take(pools[key], enough)
            enough = len(taken[key])
            if not enough:
                raise AssetError(
                    f"Open Images has too few photos of {key[1]} for a set: none is left for the split "
                    f"{split}. {_sum_up(run.left_out)}"
                )
        for photos in taken.values():
            images += [Image(split, *photo) for photo in photos[:enough]]
            run.left_out["left out so that every class has equally many"] += len(photos) - enough
    return images


def _sum_up(left_out: Counter) -> str:
    """Say how many photos were left out, a line for each reason, the most frequent first."""
    rows = [f"{count:>7,}  {reason}" for reason, count in left_out.most_common() if count]
    return "\n".join(["Photos left out:", *rows]) if rows else "No photo was left out."


def main(arguments: list[str] | None = None) -> int:
    """Collect; returns 1 if something did not arrive, 2 if the order cannot be met as it is."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.staff.collect", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--classes", required=True, metavar="A,B", help="such as Handbag,Footwear")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the photos")
    parser.add_argument("--per-class", type=int, default=100, metavar="N", help="photos of each (100)")
    parser.add_argument("--size", type=int, default=160, metavar="PIXELS", help="side of an image (160)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another choice (0)")
    parser.add_argument("--base-url", help=argparse.SUPPRESS)  # a mirror of lists and photos
    options = parser.parse_args(arguments)
    classes = [name.strip() for name in options.classes.split(",") if name.strip()]
    order = Order(classes, options.per_class, options.size, options.seed)
    base = options.base_url and options.base_url.rstrip("/")
    try:
        images, left_out = collect(order, options.out, Source(base, base) if base else Source())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be read or written ({error.strerror}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What came is kept; the same command goes on from there.", file=sys.stderr)
        return 130
    print(_sum_up(left_out))
    counts = Counter((image.split, image.candidate.label) for image in images)
    for (split, label), count in counts.items():
        print(f"{split:<10}  {count:>5}  {label}")
    missing = order.per_class - sum(counts.values()) // len({label for _, label in counts})
    if missing:
        print(f"That is {missing} of each class fewer than asked for: there are no more that fit.")
    print(f"The photos are in {options.out}. Keep {album.ATTRIBUTION} with them: their licences ask for it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
