"""Two heads on a frozen network, which class it is and whether it is one: train, ask, explain."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from helpers.staff import probe
from helpers.training import wilson_interval

NEITHER = "neither"
THRESHOLD = 0.5  # of the probability that a picture shows one of the classes
EPOCHS = 60
PENALTY = 0.1  # on the squared weights of the gate
BATCH = 16
# Looking into a network changes it for a moment, so it does one thing at a time.
NETWORK = threading.Lock()


class Features(NamedTuple):
    """What a network gives for labelled pictures."""

    rows: np.ndarray  # float32 (n, d)
    labels: np.ndarray  # int64 (n,)


class Classifier(NamedTuple):
    """A trained classifier. Three models over the same layers, from pixels 0..255 (n, size, size, 3)."""

    names: tuple[str, ...]
    judge: Any  # to probabilities (n, k) of the classes, and (n, 1) that it is one of them
    explain: Any  # to probabilities (n, k): for Grad-CAM
    complete: Any  # to probabilities (n, k + 1), the last for "neither": for files


class Answer(NamedTuple):
    """What a classifier says about one picture."""

    name: str  # a class, or "neither"
    shares: np.ndarray  # float (k,), probability of each class, given that it is one
    known: float  # probability that it is one


class Share(NamedTuple):
    """So many of so many."""

    count: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson interval, 95 %."""
        return wilson_interval(self.count, self.total)

    def __str__(self):
        low, high = self.interval
        return (
            f"{self.count} of {self.total}, {100 * self.count / self.total:.0f} % "
            f"(95 % interval {100 * low:.0f} to {100 * high:.0f} %)"
        )


class Report(NamedTuple):
    """How good a classifier is, on pictures that took no part in training."""

    right: Share  # of pictures of the classes, whatever "neither" says
    false_rejects: Share  # pictures of the classes that are called "neither"
    false_accepts: Share  # of other things, that are not


def extract(network, images, progress: Callable[[float], None] = lambda share: None) -> np.ndarray:
    """Run a network over images uint8 (n, size, size, 3), batch by batch; others may use it in between.

    `progress` is told the share that is done, 0 to 1. Gives features, float32 (n, d).
    """
    parts = []
    for start in range(0, len(images), BATCH):
        some = np.asarray(images[start : start + BATCH], np.float32)
        with NETWORK:
            parts.append(np.asarray(network.predict_on_batch(some)))
        progress(min(1.0, (start + BATCH) / len(images)))
    return np.concatenate(parts)


def train(
    network,
    names: Sequence[str],
    learn: Features,
    others: np.ndarray,
    progress: Callable[[float, str], None] = lambda share, what: None,
) -> Classifier:
    """Train two linear heads on features: which class it is, and whether it is one at all.

    `network` comes from `backbones.headless` and gave all the features; it stays as it is. `names` are
    two or more. `learn` are pictures of the classes, `others`, (m, d), features of things that are
    neither. `progress` is told the share that is done, 0 to 1, and a few words.
    """
    if len(names) < 2:
        raise ValueError(f"{len(names)} class was given. Telling apart takes two or more.")
    absent = [name for label, name in enumerate(names) if not (learn.labels == label).any()]
    if absent:
        raise ValueError(f"There is no picture of {absent[0]!r} to learn from. Add some.")
    head = _fit(learn, len(names), lambda share, right: progress(share, f"{right:.0%} of these are right"))
    gate = _fit_gate(learn.rows, others)
    return _assemble(network, tuple(names), head, gate)


def answer(classifier: Classifier, image: np.ndarray) -> Answer:
    """Ask about one picture, uint8 (size, size, 3)."""
    with NETWORK:
        shares, known = classifier.judge.predict_on_batch(np.asarray(image, np.float32)[None])
    shares, known = np.asarray(shares, float)[0], float(np.asarray(known)[0, 0])
    name = classifier.names[shares.argmax()] if known >= THRESHOLD else NEITHER
    return Answer(name, shares, known)


def heat_map(classifier: Classifier, image: np.ndarray, target: int) -> np.ndarray:
    """Grad-CAM of one picture, uint8 (size, size, 3), for a class: float32 (size, size), >= 0."""
    from helpers import visualize

    with NETWORK:
        return visualize.grad_cam(classifier.explain, image[None], target=target)[0]


def report(classifier: Classifier, known: Features, others: np.ndarray) -> Report:
    """Measure a classifier on features that it has not seen: of the classes, and of other things (m, d)."""
    layers = [classifier.judge.get_layer(name) for name in ("head", "known")]
    (head, bias), (gate, line) = [[np.asarray(part) for part in layer.get_weights()] for layer in layers]
    right = (known.rows @ head + bias).argmax(axis=1) == known.labels
    least = np.log(THRESHOLD / (1 - THRESHOLD))
    refused = known.rows @ gate + line < least
    accepted = others @ gate + line >= least
    return Report(*(Share(int(part.sum()), len(part)) for part in (right, refused, accepted)))


def _fit(learn: Features, count: int, tell) -> tuple[np.ndarray, np.ndarray]:
    """Train the head of lesson 4 on standardised features: kernel (d, k) and bias (k,) for raw ones."""
    import keras

    mean, deviation = learn.rows.mean(axis=0), learn.rows.std(axis=0) + 1e-6
    weights = len(learn.labels) / (count * np.bincount(learn.labels, minlength=count))
    # From zeros and without shuffling: the loss has one minimum, and no seed is needed.
    options = {"kernel_initializer": "zeros", "kernel_regularizer": keras.regularizers.L2(0.05)}
    dense = keras.layers.Dense(count, activation="softmax", **options)
    model = keras.Sequential([keras.Input(learn.rows.shape[1:]), dense])
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])
    rows = (learn.rows - mean) / deviation
    for epoch in range(EPOCHS):  # `fit` would take far longer to begin each epoch than for its one step
        _, right = model.train_on_batch(rows, learn.labels, weights[learn.labels])
        tell((epoch + 1) / EPOCHS, float(right))
    kernel, bias = dense.get_weights()
    kernel = kernel / deviation[:, None]
    return kernel, bias - mean @ kernel


def _fit_gate(known: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit logistic regression to "one of the classes", both kinds alike: kernel (d, 1) and bias (1,)."""
    rows = np.concatenate([others, known]).astype(float)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    counts = [len(others), len(known)]
    share = np.repeat([0.5 / count for count in counts], counts)
    found = probe.fit((rows - mean) / deviation, np.repeat([0, 1], counts), 2 * PENALTY, share)
    kernel = found[:-1] / deviation
    return kernel[:, None], np.array([found[-1] - mean @ kernel])


def _assemble(network, names, head, gate) -> Classifier:
    """Put both heads onto the network, as plain Keras layers that any file format can hold."""
    import keras
    from keras import layers

    def fixed(name, kernel, bias, activation):
        layer = layers.Dense(len(bias), activation, name=name, trainable=False)
        outputs = layer(network.output)
        layer.set_weights([np.asarray(kernel, np.float32), np.asarray(bias, np.float32)])
        return outputs

    kernel, bias = gate
    shares = fixed("head", *head, "softmax")
    known, unknown = fixed("known", kernel, bias, "sigmoid"), fixed(NEITHER, -kernel, -bias, "sigmoid")
    joined = layers.Concatenate(name="classes_and_neither")([layers.Multiply()([shares, known]), unknown])
    return Classifier(
        names,
        judge=keras.Model(network.input, [shares, known], name="judge"),
        explain=keras.Model(network.input, shares, name="explain"),
        complete=keras.Model(network.input, joined, name="classifier"),
    )
