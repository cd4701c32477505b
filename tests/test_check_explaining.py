"""Checks of lesson 6b: what they say of right answers, of stubs, and of the usual slips."""

import numpy as np
import pytest
from exercises import nothing, said, stub
from scipy import stats

from helpers import check


# Grad-CAM's weights.
def mean(gradients):
    return gradients.mean(axis=(0, 1))


def mean_in_two_steps(gradients):
    return gradients.mean(axis=0).mean(axis=0)


def one_number(gradients):
    return gradients.mean()


def over_channels(gradients):
    return gradients.mean(axis=-1)


def summed(gradients):
    return gradients.sum(axis=(0, 1))


def largest(gradients):
    return gradients.max(axis=(0, 1))


def without_sign(gradients):
    return np.abs(gradients).mean(axis=(0, 1))


def rows_only(gradients):
    return gradients.mean(axis=0)


def columns_only(gradients):
    return gradients.mean(axis=1)


def with_pictures(gradients):
    return gradients.mean(axis=(1, 2))


def doubled(gradients):
    return 2 * mean(gradients)


# Grad-CAM's sum.
def weighed(maps, weights):
    return np.maximum((maps * weights).sum(axis=-1), 0)


def by_matrix(maps, weights):
    return np.where(maps @ weights > 0, maps @ weights, 0)


def no_relu(maps, weights):
    return maps @ weights


def relu_first(maps, weights):
    return np.maximum(maps * weights, 0).sum(axis=-1)


def no_weights(maps, weights):
    return maps.sum(axis=-1)


def averaged(maps, weights):
    return np.maximum((maps * weights).mean(axis=-1), 0)


def absolute(maps, weights):
    return np.abs(maps @ weights)


def minimum(maps, weights):
    return np.minimum(maps @ weights, 0)


def not_added(maps, weights):
    return np.maximum(maps * weights, 0)


def places_added(maps, weights):
    return np.maximum((maps * weights).sum(axis=(0, 1)), 0)


def python_max(maps, weights):
    return max((maps * weights).sum(axis=-1), 0)


def all_added(maps, weights):
    return (maps * weights).sum()


def all_added_and_kept(maps, weights):
    return np.maximum((maps * weights).sum(), 0)


# Covering.
def places(image, patch, stride):
    for top in range(0, image.shape[0] - patch + 1, stride):
        for left in range(0, image.shape[1] - patch + 1, stride):
            yield top, left


def covering(image, patch, stride, *, gray=128):
    copies = []
    for top, left in places(image, patch, stride):
        copy = image.copy()
        copy[top : top + patch, left : left + patch] = gray
        copies.append(copy)
    return np.stack(copies)


def covering_in_whole_numbers(image, patch, stride):
    return covering(image.astype("uint8"), patch, stride)


def black(image, patch, stride):
    return covering(image, patch, stride, gray=0)


def a_list(image, patch, stride):
    return list(covering(image, patch, stride))


def one_short(image, patch, stride):
    return covering(image, patch, stride)[:-1]


def one_copy(image, patch, stride):
    copies, copy = [], image.copy()
    for top, left in places(image, patch, stride):
        copy[top : top + patch, left : left + patch] = 128
        copies.append(copy.copy())
    return np.stack(copies)


def the_same_copy(image, patch, stride):
    copies, copy = [], image.copy()
    for top, left in places(image, patch, stride):
        copy[top : top + patch, left : left + patch] = 128
        copies.append(copy)
    return np.stack(copies)


def the_image_itself(image, patch, stride):
    for top, left in places(image, patch, stride):
        image[top : top + patch, left : left + patch] = 128
    return image[None]


def uncovered(image, patch, stride):
    return np.stack([image for _ in places(image, patch, stride)])


def columns_first(image, patch, stride):
    return covering(image.swapaxes(0, 1), patch, stride).swapaxes(1, 2)


def stride_wide(image, patch, stride):
    return covering_of(image, patch, stride, stride)


def covering_of(image, patch, stride, side):
    copies = np.stack([image for _ in places(image, patch, stride)])
    for copy, (top, left) in zip(copies, places(image, patch, stride), strict=True):
        copy[top : top + side, left : left + side] = 128
    return copies


def only_the_patches(image, patch, stride):
    return np.full((len(list(places(image, patch, stride))), patch, patch, 3), 128.0)


def last_only(image, patch, stride):
    return covering(image, patch, stride)[-1]


# Overlap.
def iou(fires, part):
    return np.sum(fires & part) / np.sum(fires | part)


def iou_counted(fires, part):
    both = int((fires & part).sum())
    return both / (int(fires.sum()) + int(part.sum()) - both)


def counted_twice(fires, part):
    return np.sum(fires & part) / (np.sum(fires) + np.sum(part))


def recall(fires, part):
    return np.sum(fires & part) / np.sum(part)


def precision(fires, part):
    return np.sum(fires & part) / np.sum(fires)


def dice(fires, part):
    return 2 * counted_twice(fires, part)


def of_all(fires, part):
    return np.mean(fires & part)


def upside_down(fires, part):
    return 1 / iou(fires, part)


def intersection(fires, part):
    return np.sum(fires & part)


def with_and(fires, part):
    return np.sum(fires and part) / np.sum(fires or part)


def python_sum(fires, part):
    with np.errstate(all="ignore"):
        return sum(fires & part) / sum(fires | part)


def rows_counted(fires, part):
    return len(fires & part) / len(fires | part)


# Ranks.
def ranks(first, second):
    return np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 1]


def rows_of_pixels(first, second):
    return np.corrcoef(first, second)[0, 1]


def with_itself(first, second):
    return np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 0]


def spearman(first, second):
    return stats.spearmanr(first.ravel(), second.ravel())[0]


def pearson(first, second):
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]


def positions(first, second):
    return np.corrcoef(np.argsort(first.ravel()), np.argsort(second.ravel()))[0, 1]


def no_ties(first, second):
    pair = [np.argsort(np.argsort(one.ravel())) for one in (first, second)]
    return np.corrcoef(*pair)[0, 1]


def table(first, second):
    return np.corrcoef(stats.rankdata(first), stats.rankdata(second))


def with_p(first, second):
    return stats.spearmanr(first.ravel(), second.ravel())


ANSWERS = [
    (check.channel_weights, mean, "ok  mean: one weight"),
    (check.channel_weights, mean_in_two_steps, "ok  "),
    (check.channel_weights, one_number, "Each channel needs its own"),
    (check.channel_weights, over_channels, "averages over the channels"),
    (check.channel_weights, summed, "the sum over the places"),
    (check.channel_weights, largest, "not the mean"),
    (check.channel_weights, without_sign, "must count as negative"),
    (check.channel_weights, rows_only, "averages over the rows only"),
    (check.channel_weights, columns_only, "averages over the columns only"),
    (check.channel_weights, doubled, "wrong."),
    (check.channel_weights, with_pictures, "Rows and columns are axes 0 and 1 here"),
    (check.heat_map, python_max, "np.maximum instead of max"),
    (check.heat_map, all_added, "Add up only the channels"),
    (check.heat_map, all_added_and_kept, "Add up only the channels"),
    (check.overlap, with_and, "write & instead of and"),
    (check.overlap, python_sum, "Python's sum adds only the rows"),
    (check.overlap, rows_counted, "len counts rows"),
    (check.rank_correlation, rows_of_pixels, "correlates two rows of pixels"),
    (check.rank_correlation, with_itself, "of a map with itself"),
    (check.heat_map, weighed, "ok  weighed: the weighted sum"),
    (check.heat_map, by_matrix, "ok  "),
    (check.heat_map, no_relu, "negative places are still there"),
    (check.heat_map, relu_first, "Add the channels first"),
    (check.heat_map, no_weights, "weights seem to be left out"),
    (check.heat_map, averaged, "the mean over the channels"),
    (check.heat_map, absolute, "np.abs makes it positive"),
    (check.heat_map, minimum, "positive ones are 0"),
    (check.heat_map, not_added, "still has all channels"),
    (check.heat_map, places_added, "adds up the places"),
    (check.covered_copies, covering, "ok  covering: every place once"),
    (check.covered_copies, covering_in_whole_numbers, "ok  "),
    (check.covered_copies, black, "covered with 0. Use gray"),
    (check.covered_copies, a_list, "np.stack"),
    (check.covered_copies, one_short, "In how many positions"),
    (check.covered_copies, one_copy, "fresh image.copy()"),
    (check.covered_copies, the_same_copy, "fresh image.copy()"),
    (check.covered_copies, the_image_itself, "changed its argument number 1"),
    (check.covered_copies, uncovered, "has nothing covered"),
    (check.covered_copies, columns_first, "Go along a row first"),
    (check.covered_copies, stride_wide, "Its square has 4 rows"),
    (check.covered_copies, only_the_patches, "whole pictures, one for each place"),
    (check.covered_copies, last_only, "whole pictures, one for each place"),
    (check.overlap, iou, "ok  iou: the area in both"),
    (check.overlap, iou_counted, "ok  "),
    (check.overlap, counted_twice, "counted twice"),
    (check.overlap, recall, "share of the part"),
    (check.overlap, precision, "share of the firing pixels"),
    (check.overlap, dice, "another measure, Dice"),
    (check.overlap, of_all, "a share of all pixels"),
    (check.overlap, upside_down, "upside down"),
    (check.overlap, intersection, "Divide it"),
    (check.rank_correlation, ranks, "ok  ranks: agrees with SciPy"),
    (check.rank_correlation, spearman, "ok  "),
    (check.rank_correlation, pearson, "Put their ranks in their place"),
    (check.rank_correlation, positions, "positions, not ranks"),
    (check.rank_correlation, no_ties, "Right where no two pixels are equal, but "),
    (check.rank_correlation, table, "a table of 2×2 numbers"),
    (check.rank_correlation, with_p, "with a p value"),
]
CHECKS = list(dict.fromkeys(verify for verify, _, _ in ANSWERS))


@pytest.mark.parametrize("verify, answer, words", ANSWERS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_answer_gets_its_hint(capsys, verify, answer, words):
    line = said(verify, answer, capsys)
    assert words in line and line.startswith("ok  " if words.startswith("ok") else "not yet  ")


@pytest.mark.parametrize("verify", CHECKS, ids=lambda verify: verify.__name__)
def test_stubs_have_their_turn_and_a_missing_return_is_named(capsys, verify):
    assert said(verify, stub, capsys).startswith("your turn  stub still returns three dots")
    assert "Is the return missing?" in said(verify, nothing, capsys)


def test_a_copy_covered_elsewhere_is_named(capsys):
    def moved(image, patch, stride):
        copies = np.stack([image for _ in places(image, patch, stride)])
        for copy, (top, left) in zip(copies, places(image, patch, stride), strict=True):
            copy[max(top - 1, 0) : max(top - 1, 0) + patch, left : left + patch] = 128
        return copies

    assert "is covered at [3, 0], not at [4, 0]" in said(check.covered_copies, moved, capsys)


def test_ties_are_averaged_as_in_scipy():
    """The check's own reference, against ranks counted by hand."""
    first, second = np.array([[0, 0], [3, 1]]), np.array([[0, 5], [9, 0]])
    by_hand = np.corrcoef([1.5, 1.5, 4, 3], [1.5, 3, 4, 1.5])[0, 1]
    assert ranks(first, second) == pytest.approx(by_hand)
