"""Licensed photos of any classes of Open Images V7, collected as a small data set.

`gather` chooses and downloads the photos of a set, `handbags_and_shoes` collects the set of the lessons.
Square crops around one object each, as many of every class in each split, no author in two splits, no two
photos that look alike, and an ATTRIBUTION.csv that names author, licence and page of each. What has arrived
is kept in the user's cache: a run that was stopped goes on where it was.
"""

import random
import shutil
import sys
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from helpers import ROOT, assets
from helpers.assets import AssetError, tomllib, web
from helpers.collecting import crops, open_images, sets
from helpers.photos import hash_distances, perceptual_hash, read_photo

LIST_BYTES = 200_000_000
DISTANCE = 8  # two photos whose perceptual hashes differ in so many of 64 bits, or fewer, are one
IN_A_ROW = 8  # photos that do not arrive, one after the other, until the network is held to be at fault
PATIENCE = 4.0  # seconds without a sign of life after which a lesson goes on with drawings
GLANCE = 1.5  # seconds for the hosts of thumbnails to answer: without them, the photos themselves come
JITTER = 1.0  # seconds over which the computers of a class spread their first question


class Order(NamedTuple):
    """What to collect.

    `classes` maps names of Open Images to names in the set; photos of each, side of an image in pixels, seed
    of the choice. `least` is what a split must have of each class, or there is no set. Where the lists of the
    validation split hold too few, `reach` bytes of each of the test split's are read.
    """

    classes: dict[str, str]
    per_class: int = 108
    size: int = 160
    seed: int = 0
    least: dict[str, int] = {}  # noqa: RUF012 - nobody changes it
    reach: int = LIST_BYTES
    lists: str = open_images.LISTS
    photos: str = open_images.PHOTOS


LEAST = {"train": 36, "validation": 12, "test": 30}
LESSONS = Order({"Handbag": "handbag", "Footwear": "shoe"}, size=192, least=LEAST, reach=25_000_000)
LISTS = crops.Shelf("lists", ".csv")


def handbags_and_shoes(folder: Path, patience: float | None = None) -> Path:
    """Collect the photos of the lessons into a folder.

    With `patience`, AssetError as soon as nothing has come for so many seconds.
    """
    sets.earlier(folder)
    if sets.flaw(folder):
        size = f"about {assets.entry_of('handbags_shoes')['bytes'] / 1e6:.0f} MB"
        print(f"Collecting photos of handbags and shoes from Open Images, {size}. This happens only once.")
        images, _ = _patiently(patience, lambda pulse: gather(LESSONS, pulse, longest=patience))
        sets.write(images, folder, LESSONS.size)
        print(f"{len(images)} photos by {len({image.candidate.author for image in images})} photographers.")
    shutil.rmtree(LISTS.folder, ignore_errors=True)  # only a set that must be mended needs them again
    return folder


class Pulse:
    """Signs of life of a collection, and its progress bar."""

    def __init__(self):
        self.last, self.bar, self.stopped = time.monotonic(), None, False

    def beat(self, received: bytes = b"something") -> None:
        """Note that something came; ends the thread that calls it where nobody waits for it any more."""
        if self.stopped:
            raise AssetError("The collection was stopped.")
        if received:
            self.last = time.monotonic()

    def show(self, **options):
        """Begin a new bar."""
        self.close()
        # Standard output: what goes to standard error is kept as an error in an executed notebook.
        self.bar = tqdm(ncols=79, file=sys.stdout, **options)
        return self.bar

    def close(self):
        """End the bar."""
        if self.bar is not None:
            self.bar.close()


def _patiently(patience, work):
    """Do work(pulse) in a thread; AssetError once it has given no sign of life for `patience` seconds."""
    pulse, done = Pulse(), Future()

    def run():
        try:
            done.set_result(work(pulse))
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        while not wait([done], 0.1).done:
            if patience and time.monotonic() - pulse.last > patience:
                raise AssetError(f"nothing came for {patience:g} seconds")
        return done.result()
    finally:
        pulse.stopped = True
        pulse.close()


def gather(order: Order, pulse: Pulse, longest: float | None = None) -> tuple[list[sets.Image], Counter]:
    """Choose and download the photos of a set, with no pause of more than `longest` seconds.

    Gives them as `sets.write` takes them, and for each reason the number of photos that are not among them.
    """
    quotas = sets.quotas(order.per_class)
    if not 32 <= order.size <= 1024:
        raise ValueError(f"A size of {order.size} pixels is out of range; give one from 32 to 1024.")
    if len(order.classes) < 2:
        raise ValueError("Name two classes or more, such as --classes Handbag,Footwear.")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    repository = project["tool"]["course"]["repository"]
    agent = f"{repository.split('/')[-1]}-collector (+https://github.com/{repository})"
    with web.session(agent, longest or web.LONGEST_PAUSE) as session:
        if longest:
            web.wait(random.uniform(0, JITTER))
        workers = ThreadPoolExecutor(web.CONNECTIONS)
        try:
            run = _Run(order, pulse, session, workers)
            images = run.fill(run.pools(), quotas)
        finally:
            workers.shutdown(cancel_futures=True)
            pulse.close()
    return images, run.left_out


class _Run:
    """What one run shares: its connections, what it has seen, and what it left out."""

    def __init__(self, order, pulse, session, workers):
        self.order, self.pulse, self.session = order, pulse, session
        self.workers, self.left_out, self.looks = workers, Counter(), []
        self.lost = 0  # photos in a row that did not arrive

    def pools(self) -> dict:
        """Read the lists: the photos that may be taken for each split and class."""
        order, chosen = self.order, []
        owner = open_images.labels(list(order.classes), self.rows(open_images.NAMES, LIST_BYTES))
        owner = {label: order.classes.get(name, name) for label, name in owner.items()}
        classes = list(dict.fromkeys(owner.values()))
        for subset, limit in (("validation", LIST_BYTES), ("test", order.reach)):
            boxes = self.rows(open_images.BOXES.format(subset), limit)
            images = self.rows(open_images.IMAGES.format(subset), limit)
            more, reasons = open_images.candidates(boxes, images, owner, subset)
            chosen, found = chosen + more, Counter(one.label for one in chosen + more)
            self.left_out += reasons
            if min(found[name] for name in classes) >= int(sets.SPARE * order.per_class):
                break
        light = [] if assets.offline() else [one for one in chosen if crops.is_light(one, order.size)]
        list(assets._look([one.thumbnail for one in light], GLANCE))  # notes the hosts that do not answer
        scarce = min(classes, key=found.__getitem__)
        if found[scarce] < sets.SPARE * sum(order.least.values()):
            raise AssetError(f"Open Images has too few photos of {scarce} for a set")
        return sets.allocate(chosen, classes, order.seed, order.least)

    def rows(self, name, limit):
        """Read at most the first `limit` bytes of a list, from the cache or from the network."""
        key = f"{Path(name).stem}-{limit}"
        text = LISTS.get(key)
        if text is None:
            bar = self.pulse.show(desc=Path(name).stem, unit="B", unit_scale=True)

            def come(received):
                self.pulse.beat(received)
                bar.update(len(received) - bar.n)

            url, about = f"{self.order.lists}/{name}", {"session": self.session, "enough": come}
            if limit == LIST_BYTES:
                text = web.get(url, limit=limit, **about)
            else:
                text = web.beginning(url, limit=limit, **about).data
                text = text[: text.rfind(b"\n") + 1]
            open_images.read(text, name)  # another file is not to be kept
            LISTS.put(key, text)
        for number, row in enumerate(open_images.read(text, name)):
            if number % 1000 == 0:
                self.pulse.beat()
            yield row

    def fill(self, pools, quotas) -> list[sets.Image]:
        """Fill the splits one after the other, each with equally many photos of every class."""
        images = []
        self.pulse.show(total=sum(quotas[split] for split, _ in pools), desc="photos")
        for split, quota in quotas.items():
            taken, enough = {}, quota
            # The class with the fewest photos first: the others need no more than it has.
            for key in sorted((key for key in pools if key[0] == split), key=lambda key: len(pools[key])):
                light_first = sorted(pools[key], key=lambda one: not crops.is_light(one, self.order.size))
                taken[key] = self.take(light_first, enough)
                enough = len(taken[key])
                if enough < self.order.least.get(split, 1):
                    told = f"Open Images has too few photos of {key[1]} for a set: {enough} to {split}"
                    raise AssetError(told)
            for photos in taken.values():
                images += [sets.Image(split, *photo) for photo in photos[:enough]]
                self.left_out["left out so that every class has equally many"] += len(photos) - enough
        return images

    def take(self, pool, quota) -> list[tuple]:
        """Take photos from a pool in its order until there are enough: no download is for nothing."""
        taken, waiting = [], iter(pool)
        about = (self.order.size, self.order.photos, self.session, self.pulse.beat)
        while batch := list(islice(waiting, quota - len(taken))):
            futures = [self.workers.submit(crops.fetch, one, *about) for one in batch]
            for candidate, future in zip(batch, futures, strict=True):
                try:
                    taken.append((candidate, self.accept(future)))
                    self.pulse.bar.update()
                except crops.Refused as refused:
                    self.left_out[refused.reason] += 1
        self.left_out["not needed, there were enough"] += sum(1 for _ in waiting)
        return taken

    def accept(self, future) -> bytes:
        """Wait for a crop and give its file, or raise Refused; AssetError where the network seems gone."""
        try:
            jpeg = future.result()
        except crops.Refused as refused:
            self.lost = self.lost + 1 if refused.lost else 0
            if self.lost == IN_A_ROW:
                raise AssetError(
                    f"{self.lost} photos in a row could not be had (the last one: {refused.reason}). What "
                    "came is kept; run the same command again later, and it goes on from there."
                ) from refused
            raise
        self.lost = 0
        self.pulse.beat()
        look = perceptual_hash(read_photo(jpeg))
        if self.looks and hash_distances(look, self.looks).min() <= DISTANCE:
            raise crops.Refused("looks almost like another photo")
        self.looks.append(look)
        return jpeg


def sum_up(left_out: Counter) -> str:
    """Say how many photos were left out, a line for each reason, the most frequent first."""
    rows = [f"{count:>7,}  {reason}" for reason, count in left_out.most_common() if count]
    return "\n".join(["Photos left out:", *rows]) if rows else "No photo was left out."
