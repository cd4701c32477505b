"""Training told honestly: several seeds, intervals instead of points, and tests on the same pictures."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import special, stats


@dataclass(frozen=True)
class Runs:
    """The same training under several seeds."""

    accuracies: np.ndarray  # (r,) float in 0..1, test accuracy of each run
    seconds: np.ndarray  # (r,) float, training time of each run; the first includes compiling
    test_size: int  # images in the test set
    right: np.ndarray | None = None  # (r, test_size) bool, what each run named rightly; for `mcnemar`

    @property
    def mean(self) -> float:
        """Mean test accuracy."""
        return round(float(self.accuracies.mean()), 9)  # so that equal means differ by 0, not by 1e-16

    @property
    def spread(self) -> float:
        """Standard deviation of the test accuracy from seed to seed; 0 for a single run."""
        return float(self.accuracies.std(ddof=1)) if len(self.accuracies) > 1 else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson interval (95%) of the mean accuracy: what the size of the test set leaves open."""
        return wilson_interval(round(self.mean * self.test_size), self.test_size)

    def __str__(self):
        low, high = self.interval
        return (
            f"{self.mean:.3f} ± {self.spread:.3f} over {len(self.accuracies)} seeds "
            f"(95% interval from {self.test_size:,} test images: {low:.3f} to {high:.3f})"
        )


def repeat(build: Callable, data, seeds: Sequence[int] = (0, 1, 2), *, batch_size: int = 32, **fit) -> Runs:
    """Train a model once per seed and measure it on the test set.

    TensorFlow compiles the first model only. The later ones hand their start on to it: weights and optimizer.

    Parameters
    ----------
    build : callable
        Takes nothing, returns a new compiled Keras model with one output per class. Only what is random in it
        may differ from one to the next.
    data : Dataset or callable
        Anything with `train` and `test`, each (images, labels); labels are whole numbers (n,). A callable
        takes a seed and returns the data for it.
    seeds : sequence of int
        One run each. A seed fixes the initial weights, the order of images and dropout.
    batch_size : int
        Images per training step.
    **fit
        Other arguments of `keras.Model.fit`, such as epochs.
    """
    import keras
    import tensorflow as tf
    from tqdm.auto import tqdm

    if not len(seeds):
        raise ValueError("There is no seed, so nothing would be trained. Give one, such as seeds=[0].")
    model, right, seconds = None, [], []
    for seed in tqdm(seeds, desc="seeds", leave=False):
        keras.utils.set_random_seed(seed)
        chosen = data(seed) if callable(data) else data
        new = build()
        if getattr(new, "optimizer", None) is None:
            raise ValueError(f"build() returns {new!r}, which is not compiled. Call model.compile in it.")
        new.optimizer.build(new.trainable_variables)  # else Keras builds the training step twice
        model = _restarted(model, new)
        images, labels = chosen.train[0], _classes(*chosen.train, "train")
        asked = _classes(*chosen.test, "test")
        # Shuffled anew in each epoch. Keras does so from arrays as well, and takes 20 ms to begin an epoch.
        rows = tf.data.Dataset.from_tensor_slices((images, labels))
        batches = rows.shuffle(len(images), seed=seed).batch(batch_size).prefetch(1)
        began = time.perf_counter()
        model.fit(batches, verbose=0, shuffle=False, **fit)
        seconds.append(time.perf_counter() - began)
        predicted = model.predict(chosen.test[0], batch_size=500, verbose=0)
        right.append(_named_rightly(predicted, asked))
    return Runs(np.mean(right, axis=1), np.array(seconds), len(asked), np.array(right))


def _classes(images, labels, part):
    """Check that labels are whole numbers, one for each image."""
    labels = np.asarray(labels)
    if labels.dtype.kind not in "biu" or labels.shape != (len(images),):
        told = f"The {part} labels are {labels.dtype} {labels.shape} for {len(images)} images. Give a whole "
        cure = "number for each: argmax(axis=1) makes them of one-hot rows, and np.unique numbers names"
        raise ValueError(f"{told}{cure}.")
    return labels.astype(int)


def _named_rightly(outputs, labels):
    """Say which labels are at the place of the largest output."""
    if np.ndim(outputs) != 2 or labels.min() < 0 or labels.max() >= outputs.shape[1]:
        told = f"Labels from {labels.min()} to {labels.max()} do not fit what the model gives for an image"
        raise ValueError(f"{told}. Count the classes from 0, and give it one output for each class.")
    return outputs.astype(np.float32).argmax(axis=1) == labels


def _restarted(compiled, new):
    """Put the start of a new model into one that has run. Compiling takes longer than training a head."""
    if compiled is None or new is compiled:
        return new
    if not all(map(np.array_equal, _scalings(compiled), _scalings(new))):
        return new
    pairs = [(compiled.variables, new.variables), (compiled.optimizer.variables, new.optimizer.variables)]
    if any([v.shape for v in old] != [v.shape for v in start] for old, start in pairs):
        raise ValueError(
            "build gave a model whose weights have other shapes than those of the model before. Build the "
            "same network for each seed, and call repeat once for each network."
        )
    for old, start in pairs:
        for variable, value in zip(old, start, strict=True):
            variable.assign(value)
    return compiled


def _scalings(model):
    """List mean and variance of each Normalization: TensorFlow compiles them in as constants."""
    from keras.layers import Normalization

    scales = [layer for layer in model._flatten_layers() if isinstance(layer, Normalization)]
    return [np.asarray(part) for layer in scales for part in (layer.mean, layer.variance)]


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """Bound a share that was seen as `right` out of `total`: Wilson's score interval, 95%.

    It stays inside 0..1 and keeps its promise for small counts, where mean ± two standard errors does not
    (Wilson, "Probable inference, the law of succession, and statistical inference", 1927).

    Examples
    --------
    >>> low, high = wilson_interval(90, 100)
    >>> print(f"{low:.3f} to {high:.3f}")
    0.826 to 0.945
    """
    if not (0 <= right <= total and total >= 1):
        raise ValueError(f"{right} right out of {total}: use 0 <= right <= total and total >= 1.")
    found = stats.binomtest(right, total).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


class PairedTest(NamedTuple):
    """What two models said on the same pictures; `p` is the two-sided p-value of McNemar's exact test."""

    first_only: int  # pictures that only the first model names rightly
    second_only: int
    pictures: int
    p: float

    def __str__(self):
        p = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.3f}"
        return (
            f"only the first is right on {self.first_only} of {self.pictures:,} pictures, "
            f"only the second on {self.second_only}: {p}"
        )


def mcnemar(first_right, second_right) -> PairedTest:
    """Compare two models on the same pictures by those that only one of them names rightly.

    If the models were equally good, each of these pictures would be a fair coin: heads for the first model,
    tails for the second. The p-value is the probability of a split at least as uneven as the one seen.

    Parameters
    ----------
    first_right, second_right : array_like of bool
        (n,) whether each model is right on each picture, in the same order.

    References
    ----------
    McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", 1947.

    Examples
    --------
    >>> print(mcnemar([True] * 9 + [False], [True] + [False] * 8 + [True]))
    only the first is right on 8 of 10 pictures, only the second on 1: p = 0.039
    """
    first, second = np.asarray(first_right), np.asarray(second_right)
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        told = f"Answers of shape {first.shape} and {second.shape} are not of the same pictures"
        raise ValueError(f"{told}. Give two rows of the same length, one entry for each picture.")
    if first.dtype != bool or second.dtype != bool:
        told = f"The answers are {first.dtype} and {second.dtype}; they should be True where a model is right"
        raise ValueError(f"{told}, such as predictions == labels.")
    only = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    p = min(1.0, 2 * float(special.bdtr(min(only), sum(only), 0.5)))  # twice the smaller tail
    return PairedTest(*only, len(first), p)
