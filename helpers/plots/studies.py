"""Pictures of trainings repeated over seeds: what differs by the start, and what the test set leaves open."""

from collections.abc import Mapping

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
        shift = 1.06 ** (number - (len(results) - 1) / 2)  # side by side, so that no bar hides another
        places = [size * shift for size in sizes]
        axis.errorbar(places, means, spreads, marker=MARKERS[number % len(MARKERS)], capsize=3, label=name)
    if chance is not None:
        axis.axhline(chance, **CHANCE, label="guessing")
    ticks = sorted({size for points in results.values() for size in points})
    axis.set_xscale("log")
    axis.set_xticks(ticks, [str(tick) for tick in ticks])
    axis.minorticks_off()
    axis.set(xlabel="labelled pictures (logarithmic scale)", ylabel="test accuracy")
    axis.set_title("mean and standard deviation over the runs")
    axis.grid(True)
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _refuse_empty(results):
    if not results:
        raise ValueError("There is no result to draw. Give at least one name with its runs.")
