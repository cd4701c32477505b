"""Pictures and tables of results: curves, bars, confusion, calibration, seeds, key numbers."""

from collections.abc import Mapping
from html import escape

import numpy as np

from .figure import Figure

KEY_NUMBERS = "application/vnd.cnn-course.key-numbers+json"
"""MIME type under which a lesson's key numbers are stored in its notebook."""

MARKERS = "os^Dv"
CHANCE = {"color": "#777777", "linestyle": ":", "linewidth": 1}


def curves(lines: Mapping, *, xlabel, ylabel, markers=False, logy=False, ylim=None, alt) -> Figure:
    """Draw named lines in one pair of axes.

    Parameters
    ----------
    lines : mapping of str to (array_like, array_like)
        x and y of each line, (n,) each.
    xlabel, ylabel : str
        What the axes show, with units.
    markers : bool
        Whether each point gets a mark.
    logy : bool
        Whether the y axis is logarithmic.
    ylim : (float, float), optional
        Where the y axis begins and ends.
    """
    figure = Figure(6.4, 3.6, alt)
    axis = figure.subplots()
    for number, (name, (x, y)) in enumerate(lines.items()):
        axis.plot(x, y, label=name, marker=MARKERS[number % len(MARKERS)] if markers else None)
    if logy:
        axis.set_yscale("log")
    axis.set(xlabel=xlabel, ylabel=ylabel, ylim=ylim)
    axis.grid(True)
    if all(np.issubdtype(np.asarray(x).dtype, np.integer) for x, _ in lines.values()):
        axis.xaxis.get_major_locator().set_params(integer=True)
    if len(lines) > 3:
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    elif len(lines) > 1:
        axis.legend()
    return figure


def learning_curves(histories: Mapping, *, alt) -> Figure:
    """Draw training and validation curves of several runs side by side, loss left and accuracy right.

    Parameters
    ----------
    histories : mapping of str to keras.callbacks.History or dict
        Name of the run, and what `fit` returned or its `.history`. Runs without validation have one line.
    """
    figure = Figure(10.4, 3.4, alt)
    axes = figure.subplots(1, 2)
    for number, (name, history) in enumerate(histories.items()):
        history = getattr(history, "history", history)
        for axis, key in zip(axes, ("loss", "accuracy"), strict=True):
            epochs = np.arange(1, len(history[key]) + 1)
            style = {"color": f"C{number}", "marker": MARKERS[number % len(MARKERS)]}
            style["markevery"] = max(1, len(epochs) // 10)  # more markers would hide the lines
            axis.plot(epochs, history[key], linestyle="-", label=f"{name}, training", **style)
            if f"val_{key}" in history:
                held_out = {"linestyle": "--", "markerfacecolor": "white", **style}
                axis.plot(epochs, history[f"val_{key}"], label=f"{name}, held out", **held_out)
    for axis, label in zip(axes, ("loss (cross-entropy)", "accuracy"), strict=True):
        axis.set(xlabel="epoch", ylabel=label)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.grid(True)
    axes[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def bars(values: Mapping, *, xlabel, number_format="{:,.0f}", alt) -> Figure:
    """Draw named numbers as horizontal bars, each with its value.

    Parameters
    ----------
    values : mapping of str to float
        In the order in which they stand from top to bottom.
    xlabel : str
        What the length of a bar shows.
    number_format : str
        How values are written, for `str.format`.
    """
    figure = Figure(6.4, 0.38 * len(values) + 1.0, alt)
    axis = figure.subplots()
    drawn = axis.barh(list(values), list(values.values()), color="C0", height=0.65)
    axis.bar_label(drawn, [number_format.format(value) for value in values.values()], padding=4)
    axis.invert_yaxis()
    axis.margins(x=0.22)
    axis.locator_params(axis="x", nbins=5)
    if max(values.values()) >= 1000:
        axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.set(xlabel=xlabel)
    return figure


def confusion_matrix(labels, predictions, class_names, *, alt) -> Figure:
    """Count which class was taken for which.

    Parameters
    ----------
    labels, predictions : array_like of int
        (n,), true and predicted classes.
    class_names : sequence of str
        One name per class; rows are true classes, columns predicted ones.
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    count = len(class_names)
    if labels.shape != predictions.shape or labels.ndim != 1:
        raise ValueError(f"Labels {labels.shape} and predictions {predictions.shape} must both be (n,).")
    both = np.concatenate([labels, predictions])
    if ((both < 0) | (both >= count)).any():
        raise ValueError(f"A class lies outside 0..{count - 1}, the classes that have names.")
    matrix = np.zeros((count, count), int)
    np.add.at(matrix, (labels, predictions), 1)

    figure = Figure(1.9 + 0.52 * count, 1.5 + 0.42 * count, alt)
    axis = figure.subplots()
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axis.imshow(share, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    for (row, column), number in np.ndenumerate(matrix):
        if number:
            colour = "white" if share[row, column] > 0.5 else "black"
            axis.text(column, row, number, ha="center", va="center", fontsize=9, color=colour)
    axis.set_xticks(range(count), class_names, rotation=40, ha="right")
    axis.set_yticks(range(count), class_names)
    axis.set(xlabel="predicted class", ylabel="true class")
    return figure


def reliability_diagram(bins: Mapping, *, least=20, alt) -> Figure:
    """Compare stated confidence with the share of right answers; beside each point, the images in its bin.

    Parameters
    ----------
    bins : mapping of str to dict
        Name of a model, and its bins: "confidence", "accuracy" and "count", (b,) each.
    least : int
        Bins with fewer images are left out: their share is chance.
    """
    figure = Figure(5.6, 5.2, alt)
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="-", label="calibrated")
    for number, (name, bin_) in enumerate(bins.items()):
        used = np.asarray(bin_["count"]) >= least
        x, y = np.asarray(bin_["confidence"])[used], np.asarray(bin_["accuracy"])[used]
        axis.plot(x, y, label=name, color=f"C{number}", marker=MARKERS[number % len(MARKERS)])
        side, place = ("right", (-6, 4)) if number == 0 else ("left", (6, -11))
        for images, point in zip(np.asarray(bin_["count"])[used], zip(x, y, strict=True), strict=True):
            style = {"fontsize": 9, "ha": side, "color": f"C{number}", "weight": "bold"}
            axis.annotate(f"{images:,}", point, place, textcoords="offset points", **style)
    axis.set(xlabel="mean confidence in the bin", ylabel="share of right answers", xlim=(0, 1), ylim=(0, 1))
    axis.set_aspect("equal")
    axis.grid(True)
    axis.legend(loc="lower right")
    return figure


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
        xlabel="test accuracy: each seed, mean, 95% interval",
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


def key_numbers(numbers: Mapping) -> "KeyNumbers":
    """Put a lesson's key numbers into a table that also carries them as JSON, for the summary of all lessons.

    Parameters
    ----------
    numbers : mapping of str to int, float or str
        What each number is, and the number; NumPy scalars will do.

    Examples
    --------
    >>> key_numbers({"weights of the basic CNN": 421642, "test accuracy": 0.90412})
    weights of the basic CNN  421,642
    test accuracy             0.904
    """
    plain = {name: value.item() if hasattr(value, "item") else value for name, value in numbers.items()}
    return KeyNumbers(plain)


class KeyNumbers:
    """What `key_numbers` returns: shows itself as a table in a notebook."""

    def __init__(self, numbers: dict):
        self.numbers = numbers
        self._texts = {name: _written(value) for name, value in numbers.items()}

    def __repr__(self):
        width = max(map(len, self._texts), default=0)
        return "\n".join(f"{name:<{width}}  {text}" for name, text in self._texts.items())

    def _repr_mimebundle_(self, include=None, exclude=None):
        cell = '<td style="text-align: {}">{}</td>'.format
        rows = "".join(
            f"<tr>{cell('left', escape(name))}{cell('right', escape(text))}</tr>"
            for name, text in self._texts.items()
        )
        head = "<thead><tr><th>key number</th><th>here</th></tr></thead>"
        table = f"<table>{head}<tbody>{rows}</tbody></table>"
        return {"text/html": table, "text/plain": repr(self), KEY_NUMBERS: self.numbers}


def _written(value) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"
