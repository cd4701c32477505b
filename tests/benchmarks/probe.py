"""What the features of a network are worth: the table in data/README.md, measured anew.

`python tests/benchmarks/probe.py --network resnet50 --sizes 224`

A linear probe learns from the 96 labelled pictures of a set, and is tested on others. "drawn > clutter" is
the head that learnt from drawn pictures, tested on photos. Photos come from COURSE_ASSETS; a column whose
photos are not there is left out.
"""

import argparse
import re
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from helpers import assets, backbones, datasets
from helpers.datasets import folders
from helpers.datasets.objects import CLASSES
from helpers.photos import read_photo

PENALTIES = np.logspace(-2, 4, 7)
# Column -> the set that the head learns from, and the set that it is tested on.
PROBES = {
    "drawn": ("drawn", "drawn"), "clutter": ("clutter", "clutter"), "studio": ("studio", "studio"),
    "phone": ("clutter", "phone"), "drawn > clutter": ("drawn", "clutter"),
    "drawn > studio": ("drawn", "studio"), "drawn > phone": ("drawn", "phone"),
}  # fmt: skip
FOLDERS = {"clutter": "handbags_shoes_clutter", "studio": "handbags_shoes_studio", "phone": "phone_shoes"}
NETWORKS = ("efficientnet_lite0", "resnet50")
IMAGENET = re.compile(r"n\d{8}_(.+)")  # how the files of ImageNet's photos are named


def linear_probe(features, labels):
    """Fit logistic regression to features (n, d) with labels 0 or 1: a function from features to labels.

    Features are standardised. The penalty on the squared weights is the one with the most right answers in
    6-fold cross-validation; of equals, the middle one.
    """
    mean, deviation = np.mean(features, axis=0), np.std(features, axis=0) + 1e-6
    x, y = (np.asarray(features, np.float64) - mean) / deviation, np.asarray(labels)
    fold = np.random.default_rng(0).permutation(len(x)) % 6
    right = np.zeros(len(PENALTIES))
    for number, penalty in enumerate(PENALTIES):
        for held in range(6):
            weights = fit(x[fold != held], y[fold != held], penalty)
            right[number] += (decide(x[fold == held], weights) == y[fold == held]).sum()
    best = np.flatnonzero(right == right.max())
    chosen = fit(x, y, PENALTIES[best[len(best) // 2]])
    return lambda other: decide((other - mean) / deviation, chosen)


def fit(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """Minimise summed logistic loss plus ``penalty / 2`` times the squared weights: (d + 1,), bias last."""
    sign = 2.0 * y - 1
    full = np.column_stack([x, np.ones(len(x))])

    def loss(weights):
        margin = sign * (full @ weights)
        value = np.logaddexp(0, -margin).sum() + penalty / 2 * weights[:-1] @ weights[:-1]
        slope = full.T @ (-sign * expit(-margin))
        slope[:-1] += penalty * weights[:-1]
        return value, slope

    return minimize(loss, np.zeros(full.shape[1]), jac=True, method="L-BFGS-B").x


def decide(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Give labels 0 or 1, (n,)."""
    return (x @ weights[:-1] + weights[-1] > 0).astype(int)


def sets() -> dict[str, dict[str, tuple]]:
    """Read the sets that are here: name -> {"train" or "test": (images, labels)}."""
    drawn = datasets.handbags_and_shoes("drawn")
    labelled = [np.concatenate(pair) for pair in zip(drawn.train, drawn.validation, strict=True)]
    found = {"drawn": {"train": labelled, "test": drawn.test}}
    mirror = assets.mirror_dir()
    for name, folder in FOLDERS.items() if mirror else ():
        path = mirror / "photos" / folder
        if not path.is_dir():
            continue
        if name == "phone":
            shoes = [read_photo(file) for file in folders.entries(path) if file.suffix.lower() == ".jpg"]
            found[name] = {"test": (shoes, np.ones(len(shoes), int))}
        else:
            found[name] = {part: _photos(path / part) for part in ("train", "test")}
    return found


def _photos(folder):
    paths = [folders.entries(folder / name) for name in CLASSES]
    labels = np.repeat(np.arange(len(CLASSES)), [len(some) for some in paths])
    return [read_photo(path) for some in paths for path in some], labels


def named_photos() -> list[tuple[Path, str]]:
    """List ImageNet's photos in `photos/natural` of COURSE_ASSETS, each with the name of its class."""
    mirror = assets.mirror_dir()
    paths = sorted((mirror / "photos" / "natural").glob("n*_*.JPEG")) if mirror else []
    return [(path, IMAGENET.match(path.stem).group(1).replace("_", " ")) for path in paths]


def resized(images, size: int) -> np.ndarray:
    """Stretch images to float32 (n, size, size, 3), as the first layer of a network does."""
    from keras import ops

    stretched = [ops.image.resize(ops.cast(image, "float32"), (size, size)) for image in images]
    return np.stack([ops.convert_to_numpy(image) for image in stretched])


def row(network: str, size: int, found: dict, named: list) -> dict[str, float]:
    """Measure a network on images of one size: column -> share of right answers, or images per second."""
    base = backbones.headless(network, size=size)
    features = {}
    for name, parts in found.items():
        for part, (images, _) in parts.items():
            features[name, part] = base.predict(resized(images, size), verbose=0)
    measured = {}
    for column, (learnt, tested) in PROBES.items():
        if learnt in found and tested in found:
            answers = linear_probe(features[learnt, "train"], found[learnt]["train"][1])
            measured[column] = np.mean(answers(features[tested, "test"]) == found[tested]["test"][1])
    if named:
        whole = backbones.whole(network, size=size)
        labels = np.array([whole.categories.index(name) for _, name in named])
        photos = resized([read_photo(path) for path, _ in named], size)
        best = np.argsort(-whole.predict(photos, verbose=0), axis=1)
        measured["top-1"] = np.mean(best[:, 0] == labels)
        measured["top-5"] = np.mean((best[:, :5] == labels[:, None]).any(axis=1))
    images = resized(found["drawn"]["test"][0], size)
    began = time.perf_counter()
    base.predict(images, verbose=0)
    return measured | {"images/s": len(images) / (time.perf_counter() - began)}


def main(words=None) -> None:
    """Print the table, a line for each size, and what could not be measured."""
    parser = argparse.ArgumentParser(description="Measure what the features of a network are worth.")
    parser.add_argument("--network", choices=NETWORKS, default=NETWORKS[0], help="pretrained network")
    sizes = {"type": int, "nargs": "+", "default": [128, 160, 192, 224], "metavar": "PIXELS"}
    parser.add_argument("--sizes", help="sides of the pictures", **sizes)
    given = parser.parse_args(words)
    found, named = sets(), named_photos()
    for number, size in enumerate(given.sizes):
        measured = row(given.network, size, found, named)
        if number == 0:
            print(" | ".join(["pixels", *measured]))
        decimals = {name: 0 if name == "images/s" else 3 for name in measured}
        cells = [f"{value:{len(name)}.{decimals[name]}f}" for name, value in measured.items()]
        print(" | ".join([f"{size:6}", *cells]), flush=True)
    absent = [folder for name, folder in FOLDERS.items() if name not in found] + ["natural"] * (not named)
    if absent:
        print(f"Left out is what takes photos of COURSE_ASSETS that are not there: {', '.join(absent)}.")


if __name__ == "__main__":
    try:
        main()
    except (assets.AssetError, ValueError) as error:
        sys.exit(str(error))
