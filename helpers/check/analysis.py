"""Checks of homework 2: baselines, augmentation, and errors that are counted and looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from scipy import signal
from scipy.spatial import distance

from helpers.check.compare import call, close, described, name_of, passed, require, several, shaped, written


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


def augmented_rows(function: Callable) -> None:
    """Check augmented_rows(describe, change, split, draws) -> features of changed images and labels."""
    from helpers import datasets

    rng = np.random.default_rng()
    for count, draws in ((7, 3), (4, 5)):
        images = np.zeros((count, 6, 6, 3), np.uint8)
        images[:, 0, 0, 0] = numbers = rng.permutation(200)[:count]
        split = datasets.Split(images, rng.integers(0, 5, count))
        labels = dict(zip(numbers.tolist(), split.labels.tolist(), strict=True))

        def change(pictures, training=False):
            changed = np.array(pictures, "float32")
            changed[:, 1, 1, 1] = rng.uniform(1, 250, len(changed)) if training else 0
            return changed

        def describe(pictures):
            pictures = np.asarray(pictures, "float32")
            return np.stack([pictures[:, 0, 0, 0], pictures[:, 1, 1, 1]], axis=1)

        what = f"{name_of(function)}(describe, change, {count} images, {draws})"
        got = call(function, describe, change, split, draws)
        rows, given = several(got, [(count * draws, 2), (count * draws,)], what)
        seen = rows[:, 0].round().astype(int).tolist()
        require(
            Counter(seen) == Counter(numbers.tolist() * draws),
            f"{what}: each image should come {draws} times.",
        )
        require((rows[:, 1] > 0).all(), f"{what}: some images are unchanged. When does `change` act?")
        require(
            len(set(rows[:, 1])) == len(rows), f"{what}: the same change came twice. Draw anew each time."
        )
        wrong = sum(labels[number] != label for number, label in zip(seen, given.tolist(), strict=True))
        require(not wrong, f"{what}: {wrong} of {len(seen)} rows have the label of another image.")
    passed(function, "each row has its own label, each draw its own change")


def augmentation(change: Callable, images: np.ndarray) -> None:
    """Check random changes: none outside training; in training new ones for each image, pixels in 0..255."""
    what = f"The augmentation, on {described(images)}"
    still = np.asarray(change(images, training=False))
    require(np.allclose(still, images, atol=1e-3), f"{what}: images changed outside training.")
    same = np.repeat(images[:1], 6, axis=0)
    one, two = (np.asarray(change(same, training=True)) for _ in range(2))
    shaped(one, same.shape, what)
    require(np.abs(one - same).max() > 1, f"{what}: nothing changed in training.")
    require(np.abs(one[1:] - one[:1]).max() > 1, f"{what}: all images of a batch were changed alike.")
    require(np.abs(one - two).max() > 1, f"{what}: the second draw was the first again.")
    low, high = float(one.min()), float(one.max())
    require(-1e-3 <= low and high <= 255.001, f"{what}: pixels reach from {low:.0f} to {high:.0f}.")
    passed("augmentation", "new changes for each image, in training only")


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
        close(call(function, probabilities, labels, count), np.array(expected), what, rtol=0, atol=0)
    passed(function, "the mistakes of which the model was most certain, in order")


def hottest(function: Callable) -> None:
    """Check hottest(heat, side) -> (top, left) of the square with the largest sum that lies in the map."""
    rng = np.random.default_rng()
    for height, width, side in ((12, 17, 5), (20, 9, 4), (8, 8, 8)):
        # One hot square off the diagonal, and the largest pixel at the lower right, far away from it.
        heat = rng.uniform(size=(height, width))
        top, left = rng.integers(0, (height - side, width - side), endpoint=True) // 2
        left = min(left + (left == top), width - side)
        heat[top : top + side, left : left + side] += 2
        heat[-1, -1] = 4
        sums = signal.correlate2d(heat, np.ones((side, side)), mode="valid")
        expected = np.unravel_index(sums.argmax(), sums.shape)
        what = written(function, heat, side)
        got = call(function, heat, side)
        top, left = (int(place) for place in several(got, [(), ()], what))
        inside = 0 <= top <= height - side and 0 <= left <= width - side
        require(inside, f"{what} returned {(top, left)}: a square of {side} pixels would leave the map.")
        require(
            (top, left) == tuple(map(int, expected)),
            f"{what} returned {(top, left)}, where the sum is {sums[top, left]:.3g}; elsewhere it is larger.",
        )
    passed(function, "the square with the largest sum")
