"""Instant checks of lesson 6b: Grad-CAM's two steps, covering, overlap, agreement of ranks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from helpers.check.compare import NotWritten, call, described, name_of, passed, require, shaped, written

GRAY = 128
WHOLE_ARRAYS = "For arrays write & instead of and, | instead of or, np.maximum instead of max."


def channel_weights(function: Callable) -> None:
    """Check channel_weights(gradients) -> for each channel the mean over all places."""
    rng = np.random.default_rng()
    for shape in ((6, 6, 8), (3, 5, 4)):
        g = rng.normal(1, 2, shape)
        slips = (
            (g.mean(), "That is one number for all channels together. Each channel needs its own."),
            (g.mean(axis=2), "That averages over the channels. Average over rows and columns."),
            (g.mean(axis=0), "That averages over the rows only. The columns are places too."),
            (g.mean(axis=1), "That averages over the columns only. The rows are places too."),
            (g.mean(axis=(1, 2)), "Rows and columns are axes 0 and 1 here: there is no axis for pictures."),
            (g.sum(axis=(0, 1)), "That is the sum over the places. Divide by their number."),
            (g.max(axis=(0, 1)), "That is the largest gradient of each channel, not the mean."),
            (np.abs(g).mean(axis=(0, 1)), "A negative gradient must count as negative."),
        )
        _compare(function, (g,), g.mean(axis=(0, 1)), slips)
    passed(function, "one weight for each channel")


def heat_map(function: Callable) -> None:
    """Check heat_map(maps, weights) -> the weighted sum of the channels, its negative places set to 0."""
    rng = np.random.default_rng()
    for rows, columns, channels in ((6, 6, 8), (3, 5, 4)):
        maps, weights = _drawn(rng, rows, columns, channels)
        each, total = maps * weights, np.einsum("ijk,k->ij", maps, weights)
        kept = np.maximum(each, 0)
        slips = (
            (total, "The negative places are still there. Make them 0."),
            (kept.sum(axis=2), "Add the channels first; what is negative becomes 0 after that."),
            (kept, "This still has all channels. Add them up: sum(axis=-1)."),
            (np.maximum(each.sum(axis=(0, 1)), 0), "This adds up the places. Add the channels: axis=-1."),
            (each.sum(), "Add up only the channels: axis=-1."),
            (max(each.sum(), 0), "Add up only the channels: axis=-1."),
            (maps.sum(axis=2), "The weights seem to be left out."),
            (np.maximum(total, 0) / channels, "That is the mean over the channels. Add them up."),
            (np.abs(total), "A negative sum should become 0; np.abs makes it positive."),
            (np.minimum(total, 0), "The negative sums are kept and the positive ones are 0."),
        )
        _compare(function, (maps, weights), np.maximum(total, 0), slips)
    passed(function, "the weighted sum, without its negative places")


def _drawn(rng, rows, columns, channels):
    """Draw until some places are positive and some negative, by far."""
    while True:
        maps, weights = rng.uniform(0, 2, (rows, columns, channels)), rng.normal(0, 1, channels)
        total = maps @ weights
        if total.min() < -0.5 and total.max() > 0.5 and weights.min() < -0.2 and weights.max() > 0.2:
            return maps, weights


def covered_copies(function: Callable) -> None:
    """Check covered_copies(image, patch, stride) -> a copy for each place, with a gray square there."""
    rng = np.random.default_rng()
    for (height, width), patch, stride in (((12, 12), 4, 4), ((12, 12), 4, 2), ((11, 17), 5, 3)):
        image = rng.integers(0, 100, (height, width, 3)).astype("float32")
        tops, lefts = np.arange(0, height - patch + 1, stride), np.arange(0, width - patch + 1, stride)
        corners = [(top, left) for top in tops for left in lefts]
        what = f"{name_of(function)}(an image of {height}×{width}, patch={patch}, stride={stride})"
        got = call(function, image, patch, stride)
        require(got is not None, f"{what} returned nothing. Is the return missing?")
        if isinstance(got, list) and got and all(np.shape(one) == image.shape for one in got):
            raise AssertionError(f"{what} returned a list. Make one array of it: np.stack(copies).")
        require(isinstance(got, np.ndarray), f"{what} returned {described(got)}, not an array.")
        require(
            got.ndim == 4 and got.shape[1:] == image.shape,
            f"{what} returned an array of shape {got.shape}. Needed are whole pictures, one for each place: "
            f"(places, {height}, {width}, 3).",
        )
        require(
            len(got) == len(corners),
            f"{what} returned {len(got)} pictures. In how many positions does the patch fit, down and "
            "across? It may not hang over the border.",
        )
        for number, corner in enumerate(corners):
            _check_copy(f"{what}: picture {number}", got[number], image, patch, corner, corners)
    passed(function, "every place once, one gray square in each copy")


def _check_copy(what, copy, image, patch, corner, corners):
    changed = np.any(copy != image, axis=2)
    require(changed.any(), f"{what} has nothing covered.")
    wanted = _square(image, patch, corner)
    if changed.sum() > patch**2:
        several = any(changed[_where(patch, other)].all() for other in corners if other != corner)
        hint = "Does each place start from a fresh image.copy()?" if several else "Only the square changes."
        raise AssertionError(f"{what} has {changed.sum()} pixels covered, not {patch**2}. {hint}")
    if not np.array_equal(changed, wanted):
        rows, columns = np.nonzero(changed)
        top, left = int(rows.min()), int(columns.min())
        swapped = corner[::-1] == (top, left) and top != left
        hint = "Go along a row first, then down." if swapped else f"Its square has {patch} rows and columns."
        place = f"[{top}, {left}], not at [{corner[0]}, {corner[1]}]"
        here = (top, left) == tuple(map(int, corner))
        raise AssertionError(
            f"{what} has the wrong pixels covered. {hint}"
            if here
            else f"{what} is covered at {place}. {hint}"
        )
    require(
        (copy[wanted] == GRAY).all(),
        f"{what} is covered with {copy[wanted].mean():g}. Use gray, {GRAY} in all three channels.",
    )


def _where(patch, corner):
    top, left = corner
    return slice(top, top + patch), slice(left, left + patch)


def _square(image, patch, corner):
    mask = np.zeros(image.shape[:2], bool)
    mask[_where(patch, corner)] = True
    return mask


def overlap(function: Callable) -> None:
    """Check iou(fires, part) -> pixels in both masks, divided by pixels in at least one."""
    rng = np.random.default_rng()
    for size in ((8, 9), (20, 6)):
        kinds = np.repeat([3, 1, 2, 0], [both := rng.integers(6, 10), 12, 20, np.prod(size) - both - 32])
        kinds = rng.permutation(kinds).reshape(size)
        fires, part = kinds % 2 == 1, kinds >= 2
        either, areas = np.sum(fires | part), fires.sum() + part.sum()
        with np.errstate(all="ignore"):
            by_rows = (fires & part).sum(axis=0) / (fires | part).sum(axis=0)
        slips = (
            (both / areas, "The pixels in both masks are counted twice below the line."),
            (2 * both / areas, "That is another measure, Dice. Divide by the pixels in at least one mask."),
            (both / part.sum(), "That is the share of the part that is found. Where else does it fire?"),
            (both / fires.sum(), "That is the share of the firing pixels on the part. What is missed?"),
            (both / fires.size, "That is a share of all pixels. Divide by those in at least one mask."),
            (either / both, "It is upside down."),
            (1, "len counts rows, not pixels that are True. Use np.sum."),
            (by_rows, "Use np.sum; Python's sum adds only the rows."),
            (both, "That is the number of pixels in both masks. Divide it."),
        )
        _compare(function, (fires, part), both / either, slips)
    passed(function, "the area in both, divided by the area in either")


def rank_correlation(function: Callable) -> None:
    """Check rank_correlation(first, second) of two maps against SciPy, with and without equal pixels."""
    rng = np.random.default_rng()
    for so_far in ("", "Right where no two pixels are equal, but "):
        first = np.exp(3 * rng.normal(size=(7, 9)))
        second = np.exp(3 * rng.normal(size=(7, 9))) + first**0.5
        if so_far:
            first, second = (np.where(one < np.median(one), 0, one) for one in (first, second))
        places = [np.argsort(one, axis=None) for one in (first, second)]
        pearson, sorting, breaking = (
            np.corrcoef(*pair)[0, 1]
            for pair in ([first.ravel(), second.ravel()], places, map(np.argsort, places))
        )
        slips = (
            (pearson, "That is the correlation of the pixels themselves. Put their ranks in their place."),
            (
                np.corrcoef(first, second)[0, 1],
                "That correlates two rows of pixels. Rank the whole map.",
            ),
            (1, "That is the correlation of a map with itself. Take the entry [0, 1]."),
            (sorting, "np.argsort gives positions, not ranks. Use stats.rankdata."),
            (breaking, "Equal pixels must share a rank, as stats.rankdata does it."),
        )
        what = f"{name_of(function)}, on two maps of 7×9,"
        try:
            got = call(function, first, second)
            require(np.shape(got) != (2, 2), f"{what} returned a table of 2×2 numbers. Take its [0, 1].")
            pair = not hasattr(got, "pvalue")
            require(pair, f"{what} returned SciPy's answer with a p value. Take the correlation only: [0].")
            _judge(got, stats.spearmanr(first.ravel(), second.ravel())[0], what, slips)
        except NotWritten:
            raise
        except AssertionError as error:
            raise AssertionError(f"{so_far}{error}") from error
    passed(function, "agrees with SciPy, also where pixels are equal")


def _compare(function, arguments, expected, slips):
    try:
        got = call(function, *arguments)
    except NotWritten:
        raise
    except AssertionError as error:
        if "truth value of an array" not in str(error):
            raise
        raise AssertionError(f"{error} {WHOLE_ARRAYS}") from error
    _judge(got, expected, written(function, *arguments), slips)


def _judge(got, expected, what, slips):
    """Compare with the right answer; a wrong one that is a usual slip gets its hint."""
    require(got is not None, f"{what} returned nothing. Is the return missing?")
    got = got.numpy() if hasattr(got, "numpy") else got
    if np.shape(got) == np.shape(expected) and np.allclose(got, expected, rtol=1e-5, atol=1e-7):
        return
    for wrong, hint in slips:
        if np.shape(got) == np.shape(wrong) and np.allclose(got, wrong, equal_nan=True):
            raise AssertionError(f"{what} gives something else. {hint}")
    got = shaped(got, np.shape(expected), what)
    raise AssertionError(f"{what} returned {np.ravel(got)[0]:.4g}{' first' * (np.ndim(got) > 0)}: wrong.")
