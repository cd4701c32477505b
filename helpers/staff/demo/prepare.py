"""What the app knows when it opens: a network, the classifier of the course, and how well it does."""

import time
from typing import Any, NamedTuple

import numpy as np

from helpers.staff.demo import classifier, intake
from helpers.staff.demo.classifier import Classifier, Features, Report
from helpers.staff.demo.others import others


class Ready(NamedTuple):
    """All that the pages need."""

    network: Any  # keras.Model, headless and frozen
    size: int  # side of the images it takes, pixels
    others: np.ndarray  # features of things that are neither, to learn from
    unseen: np.ndarray  # and to measure on
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


def prepare(data="auto", backbone: str = "efficientnet_lite0") -> Ready:
    """Load network and data, train the classifier of the course, and measure it.

    `data` is as in `datasets.handbags_and_shoes`, `backbone` as in `backbones.headless`.
    """
    from helpers import backbones, datasets

    began = time.perf_counter()
    network = backbones.headless(backbone)
    size = backbones.NETWORKS[network.name].size
    found = datasets.handbags_and_shoes(data, size=(size, size))
    rest = others(size, real=found.origin != "embedded")
    known = backbones.features(network, found)
    neither, unseen = (backbones.features(network, part) for part in rest[:2])
    sides = [split for side, split in known.splits.items() if side != "test"]
    learn = Features(*(np.concatenate(part) for part in zip(*sides, strict=True)))
    test = Features(*known.test)
    trained, report = _trained(network, found.class_names, learn, test, neither, unseen)
    ready = Ready(
        network, size, neither, unseen, rest.what, found.name, found.origin, trained, report,
        found.test.images[0], 0.0,
    )  # fmt: skip
    example = classifier.answer(trained, ready.example)
    classifier.heat_map(trained, ready.example, int(example.shares.argmax()))  # compiles what it needs
    return ready._replace(seconds=time.perf_counter() - began)


def _trained(network, names, learn, test, neither, unseen, progress=lambda share, what: None):
    """Measure a classifier on other things than it has seen, then train one that learns from those too."""
    tried = classifier.train(
        network, names, learn, neither, lambda share, what: progress(share / 2, f"trying it out: {what}")
    )
    everything = np.concatenate([neither, unseen])
    trained = classifier.train(
        network, names, learn, everything, lambda share, what: progress(0.5 + share / 2, what)
    )
    return trained, classifier.report(tried, test, unseen)


def train_own(ready: Ready, pictures: intake.Pictures, progress=lambda share, what: None) -> Trained:
    """Train a classifier of pictures that somebody brought, see `intake.add`.

    `progress` is told the share that is done, 0 to 1, and a few words.
    """
    began = time.perf_counter()
    images, labels, held = intake.split(pictures)
    rows = classifier.extract(
        ready.network, images, lambda share: progress(0.6 * share, f"{share:.0%} of the pictures looked at")
    )
    learn, test = (Features(rows[side], labels[side]) for side in (~held, held))
    trained, report = _trained(
        ready.network, tuple(pictures), learn, test, ready.others, ready.unseen,
        lambda share, what: progress(0.6 + 0.3 * share, what),
    )  # fmt: skip
    progress(0.92, "trying it out")
    classifier.heat_map(trained, images[0], 0)
    return Trained(trained, report, images[held], int((~held).sum()), time.perf_counter() - began)
