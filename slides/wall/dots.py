"""Named values as marks, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from helpers.plots.figure import Figure
from helpers.plots.results import CHANCE, MARKERS


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
    if not rows:
        raise ValueError("There is no result to draw. Give at least one name with its values.")
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
