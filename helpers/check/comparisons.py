"""Checks of homework 1: intervals, comparisons of ways to train, and how far something moved."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from helpers.check.compare import call, close, described, passed, require, several, shaped, written


def interval(function: Callable) -> None:
    """Check interval(accuracies, test_size) -> (low, high), Wilson's interval of the mean, against SciPy."""
    rng = np.random.default_rng()
    errors = []
    for _ in range(5):
        size, seeds = int(rng.integers(60, 400)), int(rng.integers(3, 6))
        right = int(rng.integers(size // 2, size - 5))
        offsets = rng.integers(-2, 3, seeds)
        offsets[-1] -= offsets.sum()  # a whole number of right answers on average
        counts = np.clip(right + offsets, 0, size)
        right = round(counts.mean())
        counts[-1] += right * seeds - counts.sum()
        accuracies = counts / size
        what = written(function, accuracies, size)
        got = call(function, accuracies, size)
        low, high = (float(a) for a in several(got, [(), ()], what))
        pooled = _wilson(int(counts.sum()), size * seeds)
        require(
            not np.allclose((low, high), pooled, atol=1e-6),
            f"{what} is as narrow as with {seeds} test sets of {size} images. There is only one.",
        )
        expected = _wilson(right, size)
        errors += [close(a, b, what, atol=1e-6) for a, b in zip((low, high), expected, strict=True)]
    passed(function, f"bounds off by {max(errors):.1e} at most (allowed 1e-06)")


def comparison(ways: Mapping, counts: Mapping, names: tuple[str, ...], test_size: int) -> None:
    """Check the comparison of several ways to train.

    Parameters
    ----------
    ways : dict
        Name -> Runs: test accuracies and seconds of each seed.
    counts : dict
        Name -> number of weights that train.
    names : tuple of str
        The ways, from the fewest weights that train to the most.
    test_size : int
        Images in the test set.
    """
    for name in names:
        runs = ways.get(name)
        require(hasattr(runs, "accuracies"), f"There are no runs for {name!r}; {described(runs)} is there.")
        accuracies, seconds = np.asarray(runs.accuracies), np.asarray(runs.seconds)
        require(len(accuracies) >= 3, f"{name!r} has {len(accuracies)} seeds; three are the least.")
        right = accuracies * test_size
        require(
            runs.test_size == test_size and np.allclose(right, right.round(), atol=1e-6),
            f"{name!r}: {accuracies} are no shares of the {test_size} test images.",
        )
        require(((0 <= accuracies) & (accuracies <= 1)).all(), f"{name!r}: accuracies lie between 0 and 1.")
        require((np.isfinite(seconds) & (seconds > 0)).all(), f"{name!r}: the seconds are {seconds}.")
    times = [tuple(np.asarray(ways[name].seconds)) for name in names]
    require(
        len(set(times)) == len(times), "Two ways took the same seconds to the last digit: one run, twice?"
    )
    trained = [counts.get(name) for name in names]
    require(
        all(isinstance(count, int | np.integer) for count in trained)
        and all(a < b for a, b in itertools.pairwise(trained)),
        f"The numbers of weights that train are {trained}; each way should train more than the one before.",
    )
    passed("comparison", ", ".join(f"{name} {ways[name].mean:.3f}" for name in names))


def relative_change(function: Callable) -> None:
    """Check relative_change(before, after), lists of arrays: length of the difference by length of before."""
    rng = np.random.default_rng()
    errors = []
    for shapes in ([(4,)], [(3, 3, 2, 4), (5,), (2, 6)], [(2, 2), (7, 3)]):
        before = [10.0**power * rng.normal(size=shape) for power, shape in enumerate(shapes)]
        after = [array + rng.normal(size=array.shape) for array in before]
        gap = np.concatenate([(b - a).ravel() for a, b in zip(before, after, strict=True)])
        expected = np.sqrt(gap @ gap) / np.sqrt(sum((array**2).sum() for array in before))
        what = written(function, before, after)
        errors.append(close(call(function, before, after), expected, what, rtol=1e-6))
    passed(function, f"off by {max(errors):.1e} at most")


def moving_average(function: Callable) -> None:
    """Check moving_average(stored, means, momentum) against the closed form of the recursion."""
    rng = np.random.default_rng()
    errors = []
    for steps, channels in ((1, 3), (6, 4), (40, 2)):
        stored, means = rng.normal(size=channels), rng.normal(size=(steps, channels))
        momentum = float(rng.uniform(0.8, 0.98))
        shares = (1 - momentum) * momentum ** np.arange(steps - 1, -1, -1)
        expected = momentum**steps * stored + np.einsum("s,sc->c", shares, means)
        what = written(function, stored, means, momentum)
        errors.append(close(call(function, stored, means, momentum), expected, what))
    passed(function, f"off by {max(errors):.1e} at most")


def failures(trials: Mapping, test_size: int) -> None:
    """Check three trials that differ in one thing each: "careful", "high rate" and "batch norm trains".

    Each is a dict: "weights" and "statistics", relative changes of the base; "accuracy" on the test set.
    """
    for name in ("careful", "high rate", "batch norm trains"):
        trial = trials.get(name)
        require(isinstance(trial, Mapping), f"There is no trial {name!r}; {described(trial)} is there.")
        for key in ("weights", "statistics", "accuracy"):
            shaped(trial.get(key), (), f"{key!r} of {name!r}")
            require(np.isfinite(trial[key]) and trial[key] >= 0, f"{key!r} of {name!r} is {trial[key]}.")
        right = trial["accuracy"] * test_size
        require(
            abs(right - round(right)) < 1e-4 * test_size and right <= test_size,
            f"{name!r}: {trial['accuracy']} is no share of {test_size} test images.",
        )
    careful, high, norm = (trials[name] for name in ("careful", "high rate", "batch norm trains"))
    require(careful["weights"] > 0, "In the careful trial the weights of the base did not move.")
    require(
        high["weights"] > 3 * careful["weights"],
        f"At the high rate the weights moved {high['weights'] / careful['weights']:.2g} times as far. "
        "That is not much of a failure. Does the base train, and at a rate that is high?",
    )
    for name in ("careful", "high rate"):
        require(
            trials[name]["statistics"] == 0,
            f"{name!r}: the statistics of batch norm moved. Change one thing at a time.",
        )
    require(norm["statistics"] > 0, "'batch norm trains': its stored statistics are what they were.")
    require(
        norm["weights"] < 10 * careful["weights"],
        "'batch norm trains': the weights moved much further than in the careful one. Is the rate the same?",
    )
    passed("failures", f"statistics moved by {norm['statistics']:.2f} in one trial, and not in the others")


def _wilson(right, total):
    found = stats.binomtest(right, total).proportion_ci(0.95, method="wilson")
    return found.low, found.high
