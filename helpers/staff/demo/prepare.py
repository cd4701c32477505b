"""What the app knows when it opens: a network, the classifier of the course, and how well it does."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np

from helpers.staff.demo import classifier, intake
from helpers.staff.demo.classifier import Classifier, Features, Parts, Report
from helpers.staff.demo.others import others


class Ready(NamedTuple):
    """All that the pages need."""

    network: Any  # keras.Model, headless and frozen
    size: int  # side of the images it takes, pixels
    others: Parts
    what_others: str
    what_data: str
    origin: str  # of the data set
    classifier: Classifier
    report: Report
    example: np.ndarray  # uint8 (size, size, 3), a test picture
    seconds: float


class Trained(NamedTuple):
    """A classifier that somebody trained here, and what is known about it."""

    classifier: Classifier
    report: Report
    held: np.ndarray  # uint8 (n, size, size, 3), the pictures held back
    learnt: int
    seconds: float


def prepare(data="auto", backbone: str = "auto") -> Ready:
    """Load network and data, train the classifier of the course, and measure it.

    Parameters
    ----------
    data : {"auto", "drawn", "photos"} or path
        As in `datasets.handbags_and_shoes`.
    backbone : {"auto", "mini_resnet", "mobilenet", "resnet50"}
        As in `backbones.headless`.
    """
    from helpers import backbones, datasets

    began = time.perf_counter()
    network = backbones.headless(backbone)
    size = backbones.NETWORKS[network.name].size
    found = datasets.handbags_and_shoes(data, size=(size, size))
    if found.validation is None:
        raise ValueError(f"{found.name} has no validation part, by which to draw the line; add one.")
    rest = others(found, size)
    known = backbones.features(network, found)
    parts = Parts(*(backbones.features(network, part) for part in rest[:3]))
    learn, choose, test = (Features(*known.splits[side]) for side in ("train", "validation", "test"))
    trained = classifier.train(network, found.class_names, learn, choose, parts)
    ready = Ready(
        network, size, parts, rest.what, found.name, found.origin, trained,
        classifier.report(trained, test, parts.measure), found.test.images[0], 0.0,
    )  # fmt: skip
    example = classifier.answer(trained, ready.example)
    classifier.heat_map(trained, ready.example, int(example.shares.argmax()))  # compiles what it needs
    return ready._replace(seconds=time.perf_counter() - began)


def train_own(ready: Ready, pictures: intake.Pictures, progress=lambda share, what: None) -> Trained:
    """Train a classifier of pictures that somebody brought.

    Parameters
    ----------
    ready : Ready
    pictures : dict
        Class name -> images uint8 (size, size, 3), see `intake.add`.
    progress : callable
        Is told the share that is done, 0 to 1, and a few words.
    """
    began = time.perf_counter()
    images, labels, held = intake.split(pictures)
    rows = classifier.extract(
        ready.network, images, lambda share: progress(0.6 * share, f"{share:.0%} of the pictures looked at")
    )
    learn, choose = Features(rows[~held], labels[~held]), Features(rows[held], labels[held])
    trained = classifier.train(
        ready.network, tuple(pictures), learn, choose, ready.others,
        lambda share, what: progress(0.6 + 0.3 * share, what),
    )  # fmt: skip
    progress(0.92, "trying it out")
    classifier.heat_map(trained, images[0], 0)
    report = classifier.report(trained, choose, ready.others.measure)
    return Trained(trained, report, images[held], int((~held).sum()), time.perf_counter() - began)
