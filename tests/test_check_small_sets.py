"""The exercises of lesson 3 on small sets: right answers pass, and each usual slip gets its own hint."""

import numpy as np
import pytest
from exercises import REPEATS, gets_its_hint, nothing, said, stub
from scipy import stats

from helpers import check, training

CHECKS = [check.distances, check.wilson, check.upside_down, check.learning_curve]


@pytest.mark.parametrize("checking", CHECKS, ids=lambda checking: checking.__name__)
def test_an_untouched_stub_says_your_turn_and_a_missing_return_is_named(checking, capsys):
    assert said(checking, stub, capsys).startswith("your turn")
    assert "did you forget return?" in said(checking, nothing, capsys)


def looped(rows, others):
    return np.array([[np.sqrt(np.sum((one - other) ** 2)) for other in others] for one in rows])


def proportions(**how):
    return lambda right, total: stats.binomtest(right, total).proportion_ci(**how)


def by_formula(right, total):
    z, share = 1.959964, right / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return [middle - half, middle + half]


def flipped(images, labels):
    return np.rot90(images, 2, axes=(1, 2)), np.where(labels == 6, 9, 6)


def curve(accuracy_from, images, labels, counts):
    result = {}
    for count in counts:
        result[count] = accuracy_from(images[:count], labels[:count])
    return result


RIGHT = [
    (check.distances, looped),
    (check.distances, lambda a, b: np.linalg.norm(a[:, None] - b, axis=-1)),
    (check.wilson, proportions(method="wilson")),
    (check.wilson, training.wilson_interval),
    (check.wilson, by_formula),
    (check.upside_down, flipped),
    (check.upside_down, lambda images, labels: (images[:, ::-1, ::-1], 15 - labels)),
    (check.learning_curve, curve),
    (check.learning_curve, check.by_count),
    (check.upside_down, lambda images, labels: [images[:, ::-1, ::-1], 15 - labels]),
    (
        check.learning_curve,
        lambda score, x, y, counts: {n: score(labels=y[:n], images=x[:n]) for n in counts},
    ),
]


@pytest.mark.parametrize("checking, right", RIGHT)
def test_right_answers_pass_whatever_is_drawn(checking, right, capsys):
    for _ in range(REPEATS // 4):
        assert said(checking, right, capsys).startswith("ok")


def squares(a, b):
    return ((a[:, None] - b) ** 2).sum(axis=-1)


def wald(right, total):
    share = right / total
    half = 1.96 * np.sqrt(share * (1 - share) / total)
    return share - half, share + half


def returns_early(accuracy_from, images, labels, counts):
    for count in counts:
        return {count: accuracy_from(images[:count], labels[:count])}


def turned(change, names=lambda labels: 15 - labels):
    return lambda images, labels: (change(images), names(labels))


def half_turn(images):
    return images[:, ::-1, ::-1]


def cut(first, second=None):
    """A learning curve on what `first` cuts out, with the labels that `second` cuts out."""
    second = second or first
    return lambda score, x, y, counts: {n: score(first(x, n), second(y, n)) for n in counts}


SLIPS = {
    "no root": (check.distances, squares, "The root is missing"),
    "swapped": (check.distances, lambda a, b: looped(b, a), "The first argument comes first"),
    "absolute": (check.distances, lambda a, b: np.abs(a[:, None] - b).sum(-1), "absolute differences"),
    "wrong axis": (
        check.distances,
        lambda a, b: np.sqrt(((a[:, None] - b) ** 2).sum(1)),
        "it should be (4, 7)",
    ),
    "mean": (
        check.distances,
        lambda a, b: np.sqrt(((a[:, None] - b) ** 2).mean(-1)),
        "add them up over the last axis",
    ),
    "no broadcasting": (check.distances, lambda a, b: a - b, "stopped with ValueError"),
    "a list": (check.distances, lambda a, b: looped(a, b).tolist(), "np.array(...) makes one"),
    "rounded distances": (check.distances, lambda a, b: looped(a, b).round(2), "keep all decimals"),
    "an array": (check.distances, np.ones((4, 7)), "no function any more"),
    "total first": (
        check.wilson,
        lambda r, n: stats.binomtest(n, r).proportion_ci(method="wilson"),
        "The first number is right, then total",
    ),
    "an interval": (check.wilson, stats.binomtest(8, 10).proportion_ci(), "no function any more"),
    "a dictionary": (check.wilson, lambda r, n: {"low": 0.1, "high": 0.9}, "Return both ends"),
    "a set": (check.wilson, lambda r, n: set(training.wilson_interval(r, n)), "Return both ends"),
    "corrected": (check.wilson, proportions(method="wilsoncc"), 'proportion_ci only method="wilson"'),
    "rounded ends": (check.wilson, lambda r, n: np.round(by_formula(r, n), 1), "Keep all decimals"),
    "labels first": (check.upside_down, lambda x, y: (15 - y, half_turn(x)), "gave the labels first"),
    "exact": (check.wilson, proportions(), 'method="wilson"'),
    "90%": (check.wilson, proportions(confidence_level=0.9, method="wilson"), "not Wilson's 95%"),
    "two standard errors": (check.wilson, wald, "leaves 0..1"),
    "per cent": (check.wilson, lambda r, n: 100 * np.array(training.wilson_interval(r, n)), "from 0 to 1"),
    "swapped ends": (check.wilson, lambda r, n: training.wilson_interval(r, n)[::-1], "larger end first"),
    "one end": (check.wilson, lambda r, n: training.wilson_interval(r, n)[0], "both ends"),
    "the test": (check.wilson, lambda r, n: stats.binomtest(r, n), "both ends"),
    "wrong ones counted": (check.wilson, lambda r, n: by_formula(n - r, n), "right first"),
    "labels kept": (check.upside_down, turned(half_turn, lambda labels: labels), "kept the labels"),
    "all sixes": (check.upside_down, turned(half_turn, lambda labels: 0 * labels + 6), "A 6 becomes a 9"),
    "order": (check.upside_down, turned(lambda x: x[::-1]), "The first axis counts them"),
    "top and bottom": (check.upside_down, turned(lambda x: x[:, ::-1]), "mirrors left and right as well"),
    "left and right": (check.upside_down, turned(lambda x: x[:, :, ::-1]), "mirrors top and bottom as well"),
    "quarter": (check.upside_down, turned(lambda x: np.rot90(x, 1, (1, 2))), "It takes two"),
    "other quarter": (check.upside_down, turned(lambda x: np.rot90(x, 3, (1, 2))), "half a turn"),
    "untouched pictures": (check.upside_down, turned(lambda x: x), "Turn them"),
    "all axes": (check.upside_down, turned(lambda x: x[::-1, ::-1, ::-1]), "second axis and the third"),
    "pictures only": (check.upside_down, lambda x, y: half_turn(x), "Return two things"),
    "no colon": (check.learning_curve, cut(lambda x, n: x[n]), "[count] is a single entry"),
    "swapped arguments": (
        check.learning_curve,
        lambda score, x, y, counts: {n: score(y[:n], x[:n]) for n in counts},
        "The pictures come first",
    ),
    "new dictionaries": (
        check.learning_curve,
        lambda score, x, y, counts: [{n: score(x[:n], y[:n])} for n in counts][-1],
        "Make the dictionary before the loop",
    ),
    "all of them": (check.learning_curve, cut(lambda x, n: x), "all 30 pictures"),
    "labels not cut": (check.learning_curve, cut(lambda x, n: x[:n], lambda y, n: y), "Cut both"),
    "the last ones": (check.learning_curve, cut(lambda x, n: x[-n:]), "does not train on the first"),
    "the rest": (check.learning_curve, cut(lambda x, n: x[n:]), "does not train on the first"),
    "return in the loop": (check.learning_curve, returns_early, "inside the loop"),
    "a list of accuracies": (
        check.learning_curve,
        lambda score, x, y, counts: [score(x[:n], y[:n]) for n in counts],
        "not a dictionary",
    ),
    "keys from 0": (
        check.learning_curve,
        lambda score, x, y, counts: {k: score(x[:n], y[:n]) for k, n in enumerate(counts)},
        "Each count is a key",
    ),
    "rounded": (
        check.learning_curve,
        lambda score, x, y, counts: {n: round(score(x[:n], y[:n])) for n in counts},
        "other accuracies",
    ),
    "never asked": (check.learning_curve, lambda score, x, y, counts: {n: 0 for n in counts}, "never called"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_get_their_hint_whatever_is_drawn(slip, capsys, monkeypatch):
    monkeypatch.setattr("exercises.REPEATS", REPEATS // 4)
    gets_its_hint(*SLIPS[slip], capsys)
