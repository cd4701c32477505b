"""Pictures of trainings repeated over seeds: what differs by the start, and what the test set leaves open."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .figure import Figure
from .results import MARKERS

CHANCE = {"color": "#777777", "linestyle": ":", "linewidth": 1}


def runs(results: Mapping, *, chance=None, alt) -> Figure:
    """Draw the test accuracy of every seed, the mean, and its interval, one row for each way of training.

    Parameters
    ----------
    results : mapping of str to helpers.training.Runs
        Name of each row, from top to bottom.
    """
    _refuse_empty(results)
    figure = Figure(6.4, 0.9 + 0.5 * len(results), alt)
    axis = figure.subplots()
    for row, result in enumerate(results.values()):
        low, high = result.interval
        axis.hlines(row, low, high, color="#bbbbbb", linewidth=7, zorder=1)
        axis.vlines(result.mean, row - 0.3, row + 0.3, color="black", zorder=2)
        axis.scatter(result.accuracies, [row] * len(result.accuracies), s=26, color="C0", zorder=3)
    if chance is not None:
        axis.axvline(chance, **CHANCE)
    axis.set(
        yticks=range(len(results)),
        yticklabels=list(results),
        ylim=(len(results) - 0.5, -0.5),
        xlabel="test accuracy: each seed, mean, 95 % interval",
    )
    axis.grid(True, axis="x")
    return figure


def accuracy_by_size(results: Mapping, *, chance=None, alt) -> Figure:
    """Draw test accuracy against the number of training images, with the spread from seed to seed.

    Parameters
    ----------
    results : mapping of str to mapping of int to helpers.training.Runs
        Name of each line, and for each number of images its runs.
    """
    _refuse_empty(results)
    figure = Figure(6.4, 3.6, alt)
    axis = figure.subplots()
    for number, (name, points) in enumerate(results.items()):
        sizes = sorted(points)
        means = [points[size].mean for size in sizes]
        spreads = [points[size].spread for size in sizes]
        axis.errorbar(sizes, means, spreads, marker=MARKERS[number % len(MARKERS)], capsize=3, label=name)
    if chance is not None:
        axis.axhline(chance, **CHANCE)
    ticks = sorted({size for points in results.values() for size in points})
    axis.set_xscale("log")
    axis.set_xticks(ticks, [str(tick) for tick in ticks])
    axis.minorticks_off()
    axis.set(xlabel="training images", ylabel="test accuracy", title="mean and spread over seeds")
    axis.grid(True)
    axis.legend()
    return figure


def dots(rows: Mapping, *, xlabel, limits=(0, 1), chance=None, shown=None, number_format=None, alt) -> Figure:
    """Draw named values as marks, a row for each thing measured, a mark for each way of measuring.

    Parameters
    ----------
    rows : mapping of str to mapping of str to float or (float, float, float)
        From top to bottom the name of each row, and in it the value of each mark; three numbers are a value
        and the ends of its interval. A row may lack a mark.
    xlabel : str
        What the values are.
    limits : (float, float)
        Ends of the axis.
    shown : int, optional
        Only the first so many rows have marks; the others have their names. All when left out.
    number_format : str, optional
        How the value is written beside its mark, for `str.format`; not at all when left out.
    """
    _refuse_empty(rows)
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    figure = Figure(6.4, 1.05 + 0.42 * len(rows), alt)
    axis = figure.subplots()
    step = min(0.26, 0.7 / len(names))  # so that equal values do not hide each other
    for number, name in enumerate(names):
        style = {"color": f"C{number}", "marker": MARKERS[number % len(MARKERS)], "linestyle": ""}
        offset = step * (number - (len(names) - 1) / 2)
        for place, row in enumerate(list(rows.values())[:shown]):
            if name in row:
                value, *interval = np.atleast_1d(row[name])
                if interval:
                    axis.hlines(place + offset, *interval, color="#bbbbbb", linewidth=7, zorder=1)
                axis.plot(value, place + offset, markersize=10, zorder=3, **style)
                if number_format:
                    end = max([value, *interval])
                    axis.annotate(
                        number_format.format(value),
                        (end, place + offset),
                        (9, 0),
                        textcoords="offset points",
                        va="center",
                    )
        axis.plot([], [], markersize=9, label=name, **style)
    if chance is not None:
        axis.axvline(chance, **CHANCE)
    for place in range(1, len(rows) if len(names) > 1 else 0):
        axis.axhline(place - 0.5, color="#dddddd", linewidth=0.8, linestyle="-")
    axis.set(
        yticks=range(len(rows)),
        yticklabels=list(rows),
        ylim=(len(rows) - 0.5, -0.5),
        xlim=limits,
        xlabel=xlabel,
    )
    axis.locator_params(axis="x", nbins=6)
    axis.tick_params(axis="y", labelsize=11, length=0)
    axis.grid(True, axis="x")
    if len(names) > 1:
        figure.legend(loc="outside upper center", ncols=len(names), fontsize=11)
    return figure


def _refuse_empty(results):
    if not results:
        raise ValueError("There is no result to draw. Give at least one name with its runs.")
