"""Checks of homework 1: what a paired test can notice, ways to train, and what moved."""

import functools
import itertools
from collections.abc import Callable, Mapping

import numpy as np
from scipy import stats

from helpers.check.compare import call, described, judge, name_of, passed, require, shaped, written

LUCK = 0.075  # five standard deviations of a share of 1,000 draws


def noticed(function: Callable) -> None:
    """Check noticed(first_only, second_only, pictures, rng) -> how often p < 0.05 in drawn test sets.

    The arguments are the shares of pictures that only one model gets right, and the size of a test set.
    The reference adds up the probabilities of all counts.
    """
    errors = []
    for shares, pictures in (((0.25, 0.1), 80), ((0.02, 0.1), 200), ((0.03, 0.07), 250), ((0.3, 0.7), 20)):
        what = f"{name_of(function)}({shares[0]}, {shares[1]}, {pictures}, rng)"
        runs = [call(function, *shares, pictures, np.random.default_rng(3)) for _ in range(2)]
        got, again = (float(shaped(run, (), what)) for run in runs)
        require(got == again, f"{what} gave {got:g} and {again:g} for the same seed. Draw with `rng` only.")
        exact, loose = (_power(*shares, pictures, level) for level in (0.05, 0.1))
        nested = _power(0.0, abs(shares[1] - shares[0]), pictures, 0.05)
        errors.append(abs(got - exact))
        hint = "Is your p of both sides, and compared with 0.05?" if abs(got - loose) < LUCK else ""
        if abs(got - nested) < min(0.03, abs(got - loose)):
            hint = "In your draw one kind lies inside the other. Give each kind a part of 0 to 1 of its own."
        hint = "Return a share of the 1,000 test sets, not their number." if got > 1 else hint
        hint = hint or "Can a picture be of both kinds in your draw?" * (sum(shares) == 1)
        told = f"{what} gave {got:.3f}, and that is more than luck away from the probability. {hint}"
        require(errors[-1] < LUCK, told.strip())
    passed(function, f"off by {max(errors):.3f} at most, which is luck (allowed {LUCK})")


@functools.cache
def _power(first_only, second_only, pictures, level):
    """Add up the probabilities of all counts for which McNemar's exact test gives p < level."""
    total = 0.0
    for apart in range(pictures + 1):
        first = np.arange(apart + 1)
        p = 2 * stats.binom.cdf(np.minimum(first, apart - first), apart, 0.5)
        share = stats.binom.pmf(first, apart, first_only / (first_only + second_only))
        total += stats.binom.pmf(apart, pictures, first_only + second_only) * share[p < level].sum()
    return total


def comparison(right: Mapping, counts: Mapping, names: tuple[str, ...], test_size: int) -> None:
    """Check which test pictures several ways to train get right, and how many weights train in each.

    `right` has a row of booleans (test_size,) for each name, `counts` a number of weights. `names` begin with
    the way that trains the fewest weights.
    """
    for name in names:
        got = right.get(name)
        good = isinstance(got, np.ndarray) and got.dtype == bool and got.shape == (test_size,)
        told = f"right[{name!r}] is {described(got)}; it should say for each of {test_size} test pictures"
        require(good, f"{told} True or False: predictions == labels.")
    trained = [counts.get(name) for name in names]
    good = all(isinstance(count, int | np.integer) for count in trained)
    good = good and all(a < b for a, b in itertools.pairwise(trained))
    told = f"The numbers of weights that train are {trained}"
    require(good, f"{told}; each way should train more than the one before.")
    passed("comparison", ", ".join(f"{name} {right[name].mean():.3f}" for name in names))


def relative_change(function: Callable) -> None:
    """Check relative_change(before, after), lists of arrays: length of the difference by length of before."""
    rng = np.random.default_rng()
    errors = []
    for shapes in ([(3, 3, 2, 4), (5,), (2, 6)], [(2, 2), (7, 3)], [(4,)]):
        before = [10.0**power * rng.normal(size=shape) for power, shape in enumerate(shapes)]
        after = [array + rng.normal(size=array.shape) for array in before]
        moved = np.array([np.linalg.norm(b - a) for a, b in zip(before, after, strict=True)])
        long = np.array([np.linalg.norm(array) for array in before])
        expected, what = np.sqrt(moved @ moved / (long @ long)), written(function, before, after)
        got = shaped(call(function, before, after), (), what)
        slips = (
            ((moved / long).mean(), "That is the mean of the arrays' own changes. Join all arrays first."),
            (moved.sum() / long.sum(), "The lengths of the arrays do not add up; their squares do."),
            (expected**2, "Take the square root."),
        )
        judge(got, expected, what, slips, rtol=1e-6)
        errors.append(abs(got - expected))
    passed(function, f"off by {max(errors):.1e} at most")


def failures(trials: Mapping, train_size: int, test_size: int) -> None:
    """Check three trials that differ in one thing each: "careful", "high rate" and "batch norm trains".

    Each is a dict: "weights" and "statistics", relative changes of the base; and three accuracies, "in fit"
    and "same pictures" on the training pictures, and "test".
    """
    sizes = {"in fit": train_size, "same pictures": train_size, "test": test_size}
    for name in ("careful", "high rate", "batch norm trains"):
        trial = trials.get(name)
        require(isinstance(trial, Mapping), f"There is no trial {name!r}; {described(trial)} is there.")
        for key in ("weights", "statistics", "in fit", "same pictures", "test"):
            value = float(shaped(trial.get(key), (), f"{key!r} of {name!r}"))
            most, size = (1, sizes[key]) if key in sizes else (np.inf, 0)
            require(np.isfinite(value) and 0 <= value <= most, f"{key!r} of {name!r} is {value}.")
            told = f"{key!r} of {name!r} is {value:.4g}, which is no share of {size} pictures."
            good = abs(value * size - round(value * size)) < 0.01
            require(good, f"{told} `evaluate` gives the loss first.")
    careful, high, norm = (trials[name] for name in ("careful", "high rate", "batch norm trains"))
    require(careful["weights"] > 0, "In the careful trial the weights of the base did not move.")
    told = f"At the high rate the weights moved {high['weights'] / careful['weights']:.2g} times as far"
    told += ". Does the base train, and at a rate that is high?"
    require(high["weights"] > 3 * careful["weights"], told)
    for name in ("careful", "high rate"):
        told = f"{name!r}: the statistics of batch norm moved. Change one thing at a time."
        require(trials[name]["statistics"] == 0, told)
    require(norm["statistics"] > 0, "'batch norm trains': its stored statistics are what they were.")
    told = "'batch norm trains': the weights moved much further than in 'careful'. Is the rate the same?"
    require(norm["weights"] < 10 * careful["weights"], told)
    passed("failures", f"statistics moved by {norm['statistics']:.2f} in one trial, and not in the others")
