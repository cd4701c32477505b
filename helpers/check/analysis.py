"""Checks of homework 2: baselines, and errors that are counted and looked at."""

from collections import Counter
from collections.abc import Callable

import numpy as np
from scipy.spatial import distance

from helpers.check.compare import call, close, passed, require, shaped, written


def majority(function: Callable) -> None:
    """Check majority(train_labels, test_labels) -> accuracy of the most frequent answer in training."""
    rng = np.random.default_rng()
    for often, rare in ((0, 1), (1, 0), (2, 1)):
        train = rng.permutation(np.repeat([often, rare, 3], [9, 5, 4]))
        test = rng.permutation(np.repeat([often, rare, 3], [int(rng.integers(1, 5)), 8, 6]))
        expected = Counter(test.tolist())[often] / len(test)
        close(call(function, train, test), expected, written(function, train, test))
    passed(function, "it learns from the training labels, and is measured on the others")


def nearest_mean(function: Callable) -> None:
    """Check nearest_mean(rows, labels, others) -> class whose mean row is nearest, against SciPy."""
    rng = np.random.default_rng()
    for classes, width in ((2, 3), (4, 3), (3, 6)):
        labels = rng.permutation(np.repeat(np.arange(classes), rng.integers(4, 12, classes)))
        rows = 20 * rng.normal(size=(classes, width))[labels] + 30 * rng.normal(size=(len(labels), width))
        others = 30 * rng.normal(size=(40, width))
        means = np.stack([np.average(rows, axis=0, weights=labels == label) for label in range(classes)])
        expected = distance.cdist(others, means).argmin(axis=1)
        what = written(function, rows, labels, others)
        close(call(function, rows, labels, others), expected, what, rtol=0, atol=0)
    passed(function, "every answer as in SciPy")


def confusion(function: Callable) -> None:
    """Check confusion(labels, predictions, classes) -> counts (classes, classes), rows are true classes."""
    rng = np.random.default_rng()
    for classes, seen in ((2, 2), (4, 4), (5, 3)):
        labels, said = rng.integers(0, seen, (2, 30))
        pairs = Counter(zip(labels.tolist(), said.tolist(), strict=True))
        expected = np.array([[pairs[true, answer] for answer in range(classes)] for true in range(classes)])
        what = written(function, labels, said, classes)
        got = shaped(call(function, labels, said, classes), expected.shape, what)
        turned = np.array_equal(got, expected.T) and not np.array_equal(got, expected)
        require(not turned, f"{what}: rows and columns are swapped. A row is a true class.")
        once = np.array_equal(got, np.minimum(expected, 1)) and not np.array_equal(got, expected)
        told = f"{what} counts each pair once, as `table[labels, said] += 1` does. Use a loop, or np.add.at."
        require(not once, told)
        close(got, expected, what, rtol=0, atol=0)
    passed(function, "every count is right")


def mistakes(function: Callable) -> None:
    """Check mistakes(probabilities, labels, count) -> indices of wrong answers, the most certain first."""
    rng = np.random.default_rng()
    for classes, count in ((2, 5), (4, 8), (3, 100)):
        raw = rng.uniform(0.1, 1, (40, classes)) ** 2
        probabilities, labels = raw / raw.sum(axis=1, keepdims=True), rng.integers(0, classes, 40)
        wrong = [n for n in range(40) if probabilities[n].argmax() != labels[n]]
        expected = sorted(wrong, key=lambda n: -probabilities[n].max())[:count]
        what = written(function, probabilities, labels, count)
        got, places = call(function, probabilities, labels, count), [wrong.index(n) for n in expected]
        lost = np.array_equal(got, places) and places != expected
        require(not lost, f"{what} gives places among the wrong answers. Give their places among all.")
        close(got, np.array(expected), what, rtol=0, atol=0)
    passed(function, "the mistakes of which the model was most certain, in order")
