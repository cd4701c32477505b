"""Score a headless network by linear probes with the 96 labelled images of each set of handbags and shoes."""

from pathlib import Path

import numpy as np
from PIL import Image

from helpers import datasets
from helpers.photos import read_photo
from helpers.staff.pretraining.probe import linear_probe

FOLDERS = {"clutter": "handbags_shoes_clutter", "studio": "handbags_shoes_studio"}
CLASSES = ("handbag", "shoe")


def resized(images, size: int) -> np.ndarray:
    """Scale images to (n, size, size, 3), uint8."""
    square = (size, size)
    return np.stack(
        [np.asarray(Image.fromarray(image).resize(square, Image.Resampling.BILINEAR)) for image in images]
    )


def photos(folder: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Read handbag/ and shoe/ of a folder: images, and labels 0 and 1."""
    images, labels = [], []
    for label, name in enumerate(CLASSES):
        found = sorted((folder / name).iterdir())
        images += [read_photo(path) for path in found]
        labels += [label] * len(found)
    return images, np.array(labels)


def drawn() -> dict:
    """Return the drawn handbags and shoes: the 96 labelled images, and the 200 of the test split."""
    data = datasets.handbags_and_shoes("drawn")
    images = np.concatenate([data.train.images, data.validation.images])
    return {
        "train": (images, np.concatenate([data.train.labels, data.validation.labels])),
        "test": (data.test.images, data.test.labels),
    }


def all_sets(assets: Path) -> dict:
    """Return the sets that are here: name -> {"train" or "test": (images, labels)}."""
    sets = {"drawn": drawn()}
    for name, folder in FOLDERS.items():
        path = assets / "photos" / folder
        if path.exists():
            sets[name] = {split: photos(path / split) for split in ("train", "test")}
    phone = assets / "photos" / "phone_shoes"
    if phone.exists() and "clutter" in sets:
        shoes = [read_photo(path) for path in sorted(phone.iterdir()) if path.suffix == ".jpg"]
        sets["phone"] = {"train": sets["clutter"]["train"], "test": (shoes, np.ones(len(shoes), int))}
    return sets


def scores(features, sets: dict) -> dict[str, float]:
    """Accuracy of a linear probe on the test images of each set.

    Parameters
    ----------
    features : callable
        From a list of images, uint8 (height, width, 3) each, to features (n, d).
    """
    result = {}
    for name, splits in sets.items():
        (train, labels), (test, wanted) = splits["train"], splits["test"]
        guess = linear_probe(features(train), labels)(features(test))
        result[name] = round(float(np.mean(guess == wanted)), 4)
    return result


def features_of(net, size: int):
    """Return a function from images of any size to the features of a network."""
    return lambda images: net.predict(resized(images, size), batch_size=100, verbose=0)
