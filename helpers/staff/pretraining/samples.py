"""All that the network sees in training, on disk in parts, so that making them can be stopped and resumed."""

import os
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import drawings
from helpers.drawings import scenery
from helpers.photos import read_photo
from helpers.staff.pretraining import scenes
from helpers.staff.pretraining.cutouts import cut_from_white, without_feet

PART = 1000  # samples in one file
WORN = ("dresses", "jackets", "jeans", "kurtas", "kurtis", "shorts", "skirts", "track_pants", "trousers")
NEVER = ("bag", "shoe", "footwear", "boot", "sandal", "heel", "flip_flop", "backpack", "clutch", "sneaker")
BACKDROPS = 150  # drawn backgrounds of one part


class MissingAssetsError(RuntimeError):
    """The photos or weights to learn from are not there. The message is one sentence."""


def need(path: Path, what: str) -> Path:
    """Return the path, or raise MissingAssetsError naming what should be there."""
    if not path.exists():
        raise MissingAssetsError(
            f"{path} is not there ({what}); name the folder that holds it by --assets or COURSE_ASSETS."
        )
    return path


def catalogue_categories(assets: Path) -> list[str]:
    """Names of the folders of catalogue photos; ValueError if one holds bags or footwear."""
    folder = need(assets / "photos" / "catalogue", "product photos on white")
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    refuse_bags_and_footwear(names)
    return names


def refuse_bags_and_footwear(names) -> None:
    """Raise ValueError if a category is what the course will teach the network later."""
    for name in names:
        if any(word in name.lower() for word in NEVER):
            raise ValueError(f"Category {name!r} is bags or footwear, which mini_resnet must not have seen.")


def categories(assets: Path) -> list[str]:
    """All categories: of the catalogue, and drawn."""
    refuse_bags_and_footwear(drawings.EVERYDAY_CLASSES)
    return catalogue_categories(assets) + [f"drawn {name}" for name in drawings.EVERYDAY_CLASSES]


@lru_cache(maxsize=2)
def cutouts(assets: Path, *, held_out: bool = False) -> tuple[tuple[np.ndarray, ...], ...]:
    """Cut-outs of each catalogue category; photos that are not on white are left out.

    One photo in ten is held out: training never sees it.
    """
    return tuple(tuple(_cut_folder(assets, name, held_out)) for name in catalogue_categories(assets))


def _cut_folder(assets, name, held_out):
    paths = sorted((assets / "photos" / "catalogue" / name).glob("*.jpg"))
    for path in (path for number, path in enumerate(paths) if (number % 10 == 0) == held_out):
        try:
            cut = cut_from_white(read_photo(path))
        except ValueError:
            continue
        yield without_feet(cut) if name in WORN else cut


@lru_cache(maxsize=1)
def unlabelled(assets: Path) -> tuple[np.ndarray, ...]:
    """Unlabelled photos, uint8 (height, width, 3) each."""
    folder = need(assets / "photos" / "unlabelled", "unlabelled photos")
    return tuple(read_photo(path) for path in sorted(folder.glob("*.jpg")))


def pasted(
    assets: Path, count: int, seed: list[int], *, held_out: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Compose scenes: images uint8 (count, n, n, 3), categories int32 (count,)."""
    rng = np.random.default_rng(seed)
    cuts, photos = cutouts(assets, held_out=held_out), unlabelled(assets)
    share = np.sqrt([len(group) for group in cuts])
    labels = rng.choice(len(cuts), count, p=share / share.sum()).astype(np.int32)
    drawn = [_backdrop(rng) for _ in range(BACKDROPS)]
    images = np.empty((count, scenes.SIZE, scenes.SIZE, 3), np.uint8)
    for number, label in enumerate(labels):
        photo = _any(rng, drawn) if rng.random() < 0.35 else _any(rng, photos)
        other = _any(rng, _any(rng, cuts))
        images[number] = scenes.scene(rng, _any(rng, cuts[label]), scenes.crop(rng, photo), other)
    return images, labels


def patches(assets: Path, count: int, seed: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Cut patches, of category -1, out of photos: nine in ten unlabelled, the others from scikit-image."""
    rng = np.random.default_rng(seed)
    photos = unlabelled(assets)
    own = [photo for name in scenery.PHOTOS if (photo := scenery.photo(name)).ndim == 3]
    images = [
        scenes.crop(rng, _any(rng, photos) if rng.random() < 0.9 else _any(rng, own), least=0.3)
        for _ in range(count)
    ]
    return np.stack(images), np.full(count, -1, np.int32)


def drawn(assets: Path, count: int, seed: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw everyday things; their categories follow those of the catalogue."""
    images, labels = drawings.everyday(count, np.random.SeedSequence(seed).generate_state(1)[0].item())
    size = (scenes.SIZE, scenes.SIZE)
    images = [np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX)) for image in images]
    return np.stack(images), np.asarray(labels, np.int32) + len(catalogue_categories(assets))


KINDS = {"pasted": pasted, "patches": patches, "drawn": drawn, "held": partial(pasted, held_out=True)}


def _any(rng, things):
    return things[rng.integers(len(things))]


def _backdrop(rng):
    return np.clip(scenery.backdrop(rng, 200), 0, 255).astype(np.uint8)


def save(path: Path, array: np.ndarray) -> None:
    """Write an array whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with open(part, "wb") as file:
        np.save(file, array)
    os.replace(part, path)


def make_part(kind: str, number: int, assets: Path, folder: Path, seed: int) -> Path:
    """Write one part if it is not there: its images, and last its labels, whose path is returned."""
    labels_path = folder / f"{kind}-{seed}-{number:03}.labels.npy"
    if not labels_path.exists():
        images, labels = KINDS[kind](assets, PART, [seed, list(KINDS).index(kind), number])
        save(labels_path.with_name(labels_path.name.replace("labels", "images")), images)
        save(labels_path, labels)
    return labels_path


def make(
    counts: dict[str, int], assets: Path, folder: Path, *, seed: int = 0, workers: int = 2
) -> list[Path]:
    """Write all parts that are missing, several processes at a time.

    Parameters
    ----------
    counts : dict
        Samples of each kind of KINDS, rounded up to full parts.
    assets, folder : Path
        Where the photos are, and where the parts go.

    Returns
    -------
    list of Path
        The labels files, in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(kind, number) for kind, count in counts.items() for number in range(-(-count // PART))]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(make_part, *job, assets, folder, seed) for job in jobs]
        made = []
        for done, future in enumerate(futures, start=1):
            made.append(future.result())
            print(f"\rsamples: part {done} of {len(jobs)}", end="", flush=True)
    print()
    return made


def load(parts: list[Path], what: str) -> np.ndarray:
    """Load `images`, `labels` or `maps` of all parts, one after the other."""
    return np.concatenate([np.load(part.with_name(part.name.replace("labels", what))) for part in parts])
