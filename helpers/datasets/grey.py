"""Fashion-MNIST and MNIST, or the drawings that stand in for them.

`fashion_mnist` and `mnist` look in COURSE_ASSETS, then in the cache of verified downloads, then on the
network (see `helpers.assets`). If none of these has the data, images drawn by the course stand in, and a
printed line says so.
"""

import contextlib
import gzip
import hashlib
import importlib
import math
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import assets
from helpers.assets import AssetError, AssetUnavailable
from helpers.datasets.base import Dataset, Split


class Published(NamedTuple):
    """What is published about a data set: enough to recognise a copy that has no checksum."""

    train_counts: tuple[int, ...]  # images per class
    test_counts: tuple[int, ...]
    mean: float  # of the training pixels, scaled to 0..1
    deviation: float
    class_names: tuple[str, ...]


PUBLISHED = {
    "fashion_mnist": Published(
        train_counts=(6000,) * 10, test_counts=(1000,) * 10, mean=0.2860, deviation=0.3530, class_names=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
    ),
    "mnist": Published(
        train_counts=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
        test_counts=(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
        mean=0.1307, deviation=0.3081, class_names=tuple("0123456789"),
    ),
}  # fmt: skip
TOLERANCE = 5e-5  # mean and deviation are published with four digits
SIDE = 28  # pixels
IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte.gz", "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz", "y_test": "t10k-labels-idx1-ubyte.gz",
}  # fmt: skip


def fashion_mnist() -> Dataset:
    """Fashion-MNIST [1]_: 60,000 + 10,000 grey pictures of ten kinds of clothes.

    Returns
    -------
    Dataset
        Images uint8 (N, 28, 28), 0 to 255, clothes bright on black; labels int64 (N,), 0 to 9, balanced.
        If it is not at hand: 12,000 + 2,000 drawn images of the same ten classes, `origin` "embedded".

    References
    ----------
    .. [1] Xiao, Rasul & Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
       algorithms", 2017, arXiv:1708.07747.
    """
    return _published("fashion_mnist", "fashion", 12_000, 2_000)


def mnist() -> Dataset:
    """MNIST [1]_: 60,000 + 10,000 grey pictures of handwritten digits.

    Returns
    -------
    Dataset
        Images uint8 (N, 28, 28), 0 to 255, bright ink on black; labels int64 (N,), 0 to 9.
        If it is not at hand: 6,000 + 1,000 drawn digits, `origin` "embedded".

    References
    ----------
    .. [1] LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document recognition", 1998.
    """
    return _published("mnist", "digits", 6_000, 1_000)


def read_idx(path: Path) -> np.ndarray:
    """Read a gzipped IDX file of bytes, the format of MNIST: uint8, (N,) or (N, height, width)."""
    try:
        with gzip.open(path) as file:
            data = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise AssetError(f"{path} is not a whole gzip file ({error}). Replace it by a good copy.") from error
    # Four bytes of magic: 0, 0, 8 for "unsigned bytes", the number of axes. Then four bytes for each axis.
    axes = data[3] if data[:3] == b"\0\0\x08" and data[3:4] in (b"\1", b"\3") else 0
    start = 4 + 4 * axes
    shape = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4))
    if axes == 0 or math.prod(shape) != len(data) - start:
        raise AssetError(
            f"{path} is not an IDX file of bytes: it begins with {data[:4].hex()} and unpacks to "
            f"{len(data):,} bytes. Replace it by a good copy."
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()  # a copy may be written to


def _published(name: str, kind: str, n_train: int, n_test: int) -> Dataset:
    """Load and check a data set of the registry, or draw so many pictures of a kind in its place."""
    facts, entry = PUBLISHED[name], assets.registry()[name]
    try:
        found = assets.fetch(name)
    except AssetUnavailable as why:
        return _drawn(name, kind, n_train, n_test, why)
    if len(found.paths) == 1:
        where = found.paths[0]
        arrays = _read_npz(where)
    else:
        where = found.paths[0].parent
        arrays = {key: read_idx(where / file) for key, file in IDX_NAMES.items()}
    if flaw := _flaw(arrays, facts):
        raise AssetError(
            f"{where} does not hold {entry['title']}: {flaw}. Replace it by a good copy, or remove it: "
            f"`python -m helpers.assets fetch {name}` downloads the published files."
        )
    return _dataset(arrays, facts.class_names, found.origin, entry["licence"], entry["title"])


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in IDX_NAMES}
    except Exception as error:  # a damaged archive fails in a dozen ways, which all mean the same here
        raise AssetError(
            f"{path} is not a whole .npz file with {', '.join(IDX_NAMES)} ({error}). "
            "Replace it by a good copy."
        ) from error


def _flaw(arrays: dict[str, np.ndarray], facts: Published) -> str:
    """Say how arrays differ from what is published, or ""."""
    for split, counts in (("train", facts.train_counts), ("test", facts.test_counts)):
        images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
        shape = (sum(counts), SIDE, SIDE)
        if images.dtype != np.uint8 or images.shape != shape:
            return f"x_{split} is {images.dtype} {images.shape}, not uint8 {shape}"
        if labels.dtype.kind not in "iu" or labels.shape != shape[:1]:
            return f"y_{split} is {labels.dtype} {labels.shape}, not integers {shape[:1]}"
        classes, found = (row.tolist() for row in np.unique(labels, return_counts=True))
        if classes != list(range(len(counts))) or found != list(counts):
            each = dict(zip(classes, found, strict=True))
            return f"y_{split} has {each} images per class, not {list(counts)}"
    mean, deviation = _moments(arrays["x_train"])
    if abs(mean - facts.mean) > TOLERANCE or abs(deviation - facts.deviation) > TOLERANCE:
        return (
            f"its training pixels have mean {mean:.4f} and deviation {deviation:.4f}, "
            f"not {facts.mean:.4f} and {facts.deviation:.4f}"
        )
    return ""


def _moments(images: np.ndarray) -> tuple[float, float]:
    """Mean and deviation of bytes scaled to 0..1, by histogram: no float copy of 47 million pixels."""
    counts = sum(np.bincount(image.ravel(), minlength=256) for image in np.array_split(images, 64))
    levels = np.arange(256) / 255
    mean = counts @ levels / images.size
    return float(mean), float(np.sqrt(counts @ (levels - mean) ** 2 / images.size))


def _dataset(arrays: dict[str, np.ndarray], class_names, origin: str, licence: str, name: str) -> Dataset:
    """Put arrays together; labels become int64, which every framework takes and no arithmetic overflows."""
    splits = [Split(arrays[f"x_{part}"], arrays[f"y_{part}"].astype(np.int64)) for part in ("train", "test")]
    return Dataset(*splits, tuple(class_names), origin, licence, name)


def _drawn(name: str, kind: str, n_train: int, n_test: int, why: AssetUnavailable) -> Dataset:
    """Say that drawings stand in, and draw them, or load what was drawn before with the same code."""
    because = "" if "COURSE_" in why.reason else f" ({why.reason})"
    print(
        f"These are {n_train:,} + {n_test:,} pictures drawn by this course, in place of {why.what}{because}. "
        f"To get the real ones, run `python -m helpers.assets fetch {name}` while you are online."
    )
    drawings = importlib.import_module("helpers.drawings")
    stored = assets.cache_dir() / f"{assets.DRAWN}{kind}-{_digest(drawings, n_train, n_test)}.npz"
    try:
        arrays = _read_npz(stored)
    except AssetError:  # not drawn yet, or damaged: it is derived, so draw it
        (x_train, y_train), (x_test, y_test) = getattr(drawings, kind)(n_train, n_test, 0)
        arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
        with contextlib.suppress(OSError), assets.replacing(stored) as part:
            np.savez(part, **arrays)  # a disk that is full costs time, not the lesson
    names = drawings.FASHION_CLASSES if kind == "fashion" else drawings.DIGIT_CLASSES
    return _dataset(arrays, names, "embedded", "CC BY 4.0", f"Drawn {kind}")


def _digest(drawings, *arguments: int) -> str:
    """Stand for everything that decides how the drawings look: other code never finds an old drawing."""
    import PIL

    folder = Path(drawings.__file__).parent
    parts = [np.__version__, PIL.__version__, *map(str, arguments)]
    for source in sorted([*folder.rglob("[!.]*.py"), *folder.rglob("[!.]*.txt")]):
        parts += [source.relative_to(folder).as_posix(), source.read_text(encoding="utf-8")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
