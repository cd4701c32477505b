"""A head and a decision "neither" on a frozen network: train, ask, explain. Arrays in and out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from helpers.staff.demo import novelty
from helpers.staff.demo.novelty import Rates, Share

NEITHER = "neither"
THRESHOLD = 0.5  # of the probability that a picture shows one of the classes
EPOCHS = 60
BATCH = 16
# Looking into a network changes it for a moment, so it does one thing at a time.
NETWORK = threading.Lock()


class Features(NamedTuple):
    """What a network gives for labelled pictures."""

    rows: np.ndarray  # float32 (n, d)
    labels: np.ndarray  # int64 (n,)


class Parts(NamedTuple):
    """Features of things that are neither: to describe them, to draw the line, and to measure."""

    fit: np.ndarray  # (n, d) each
    choose: np.ndarray
    measure: np.ndarray


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


class Report(NamedTuple):
    """How good a classifier is, on pictures that took no part in training."""

    right: Share  # of pictures of the classes, whatever "neither" says
    rates: Rates


def extract(network, images, progress: Callable[[float], None] = lambda share: None) -> np.ndarray:
    """Run a network over images batch by batch; others may use it in between.

    Parameters
    ----------
    network : keras.Model
        From `backbones.headless`.
    images : ndarray
        uint8 (n, size, size, 3).
    progress : callable
        Is told the share that is done, 0 to 1.

    Returns
    -------
    ndarray of float32, (n, d)
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
    choose: Features,
    others: Parts,
    progress: Callable[[float, str], None] = lambda share, what: None,
) -> Classifier:
    """Train a linear head on features, and draw the line to what is neither.

    Parameters
    ----------
    network : keras.Model
        From `backbones.headless`, that gave all the features. It stays as it is.
    names : sequence of str
        k names, two or more.
    learn, choose : Features
        The head and the distance learn from the first; the line is drawn with the second.
    others : Parts
        Of which `measure` is not looked at.
    progress : callable
        Is told the share that is done, 0 to 1, and a few words.

    Returns
    -------
    Classifier
    """
    if len(names) < 2:
        raise ValueError(f"{len(names)} class was given. Telling apart takes two or more.")
    absent = [name for label, name in enumerate(names) if not (learn.labels == label).any()]
    if absent:
        raise ValueError(f"There is no picture of {absent[0]!r} to learn from. Add some.")
    kernel, bias = _fit_head(learn, choose, len(names), progress)
    distance = novelty.fit(learn.rows, learn.labels, others.fit)
    line = novelty.calibrate(novelty.scores(distance, choose.rows), novelty.scores(distance, others.choose))
    return _assemble(network, tuple(names), kernel, bias, distance, line)


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
    head, gate = _on_features(classifier)
    right = int((head(known.rows).argmax(axis=1) == known.labels).sum())
    return Report(Share(right, len(known.labels)), novelty.rates(gate(known.rows), gate(others)))


def _on_features(classifier):
    """Give functions from features to probabilities: of the classes, and of being one of them."""
    import keras

    with NETWORK:
        rows = classifier.judge.get_layer("head").input
        models = [keras.Model(rows, output) for output in classifier.judge.outputs]
    head, gate = models
    return (
        lambda given: head.predict(given, verbose=0),
        lambda given: gate.predict(given, verbose=0)[:, 0],
    )


def _fit_head(learn, choose, count, progress):
    """Train the head of lesson 4 on standardised features: kernel (d, k) and bias (k,) for raw ones."""
    import keras

    mean, deviation = learn.rows.mean(axis=0), learn.rows.std(axis=0) + 1e-6
    weights = len(learn.labels) / (count * np.bincount(learn.labels, minlength=count))
    # From zeros and without shuffling: the loss has one minimum, and no seed is needed.
    dense = keras.layers.Dense(
        count,
        activation="softmax",
        kernel_initializer="zeros",
        kernel_regularizer=keras.regularizers.L2(0.05),
    )
    model = keras.Sequential([keras.Input(learn.rows.shape[1:]), dense])
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"])

    def tell(epoch, logs):
        held_back = f", on those held back {logs['val_accuracy']:.0%}" if "val_accuracy" in logs else ""
        progress((epoch + 1) / EPOCHS, f"right on training pictures {logs['accuracy']:.0%}{held_back}")

    model.fit(
        (learn.rows - mean) / deviation,
        learn.labels,
        sample_weight=weights[learn.labels],
        validation_data=((choose.rows - mean) / deviation, choose.labels) if len(choose.labels) else None,
        batch_size=len(learn.labels),
        shuffle=False,
        epochs=EPOCHS,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=tell)],
    )
    kernel, bias = dense.get_weights()
    kernel = kernel / deviation[:, None]
    return kernel, bias - mean @ kernel


def _assemble(network, names, kernel, bias, distance, line) -> Classifier:
    """Put head and decision onto the network, as plain Keras layers that any file format can hold."""
    import keras
    from keras import layers

    shares = _fixed(network.output, "head", kernel, bias, activation="softmax")
    parts = _distances(network.output, distance)
    features = distance.mean.shape[0]
    # Squared lengths: of `around`, less `within`, and what the nearest centre takes off.
    signs = np.concatenate([np.ones(features), -np.ones(features), [1.0]])[:, None]
    weight = line.slope / features * signs
    known = _fixed(parts, "known", weight, [line.offset], activation="sigmoid")
    unknown = _fixed(parts, NEITHER, -weight, [-line.offset], activation="sigmoid")
    joined = layers.Concatenate(name="classes_and_neither")([layers.Multiply()([shares, known]), unknown])
    return Classifier(
        names,
        judge=keras.Model(network.input, [shares, known], name="judge"),
        explain=keras.Model(network.input, shares, name="explain"),
        complete=keras.Model(network.input, joined, name="classifier"),
    )


def _distances(features, distance):
    """Give what `novelty.scores` adds up, (n, 2 d + 1): squares of `around`, of `within`, and the nearest."""
    from keras import layers

    scale = distance.deviation[:, None]
    centre = distance.centres.mean(axis=0)  # numbers stay small where the differences are what counts
    around = _fixed(
        features, "around", distance.around / scale, -_moved(distance, distance.around) - distance.middle
    )
    within = _fixed(features, "within", distance.within / scale, -_moved(distance, distance.within) - centre)
    centres = distance.centres - centre
    # |u - c|² = |u|² - (2 u·c - |c|²), so the nearest centre has the largest bracket.
    brackets = _fixed(within, "centres", 2 * centres.T, -(centres**2).sum(axis=1))
    nearest = layers.GlobalMaxPooling1D(name="nearest")(layers.Reshape((len(centres), 1))(brackets))
    squares = [layers.Multiply()([rows, rows]) for rows in (around, within)]
    return layers.Concatenate()([*squares, nearest])


def _moved(distance, whitening):
    return distance.mean / distance.deviation @ whitening


def _fixed(inputs, name, kernel, bias, **options):
    """Apply a dense layer with these weights, which never trains."""
    from keras import layers

    layer = layers.Dense(len(bias), name=name, trainable=False, **options)
    outputs = layer(inputs)
    layer.set_weights([np.asarray(kernel, np.float32), np.asarray(bias, np.float32)])
    return outputs
