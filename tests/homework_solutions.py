"""The solutions of the homework, taken out of its sources: what students would have written."""

import types
from functools import cache

import jupytext

from helpers import ROOT

FOLDER = ROOT / "notebooks" / "source" / "homework"
SOURCES = {
    "hw1": FOLDER / "hw1_fine_tuning.py",
    "hw2": FOLDER / "hw2_own_data.py",
    "hw3": FOLDER / "hw3_framework.py",
}
# Cells with functions only; the others load data, or train.
FUNCTIONS = {
    "hw1": ("e1-with-head", "e2-open-up", "e4-noticed", "e6-measures"),
    "hw2": ("e3-group-split", "e4-baselines", "e6-choose", "e7-final", "e8-errors"),
}
# Of homework 3 all cells are functions but these, which train, or load data; a test does that for itself.
LEFT_OUT = {
    "given-digits",
    "given-clothes",
    "m14-clothes",
    "m16-ladder",
    "m17-train",
    "q8-toy",
    "q10-classify",
}


@cache
def cells(name):
    """All cells of a source, with their metadata."""
    return jupytext.read(SOURCES[name], fmt="py:percent").cells


def grading(cell):
    """Give nbgrader's part of a cell's metadata."""
    return cell.metadata.get("nbgrader", {})


def _defines_functions(name, cell):
    task = grading(cell).get("grade_id", "")
    if name in FUNCTIONS:
        return task in ("given-imports", *FUNCTIONS[name])
    return cell.cell_type == "code" and task and not grading(cell)["grade"] and task not in LEFT_OUT


@cache
def solutions(name):
    """Run the given code and the solutions, without training, as a module; hw1 and hw2 import Keras."""
    module = types.ModuleType(f"{name}_solutions")
    for cell in cells(name):
        if _defines_functions(name, cell):
            exec(compile(cell.source, grading(cell)["grade_id"], "exec"), module.__dict__)
    return module


def keras_lenet():
    """Build in Keras what the table of homework 3's exercise 17 describes, with scores at its end."""
    import keras
    from keras import layers

    body = []
    for filters in (6, 16):
        body += [layers.Conv2D(filters, 5), layers.MaxPooling2D(), layers.ReLU()]
    dense = [layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"), layers.Dense(10)]
    return keras.Sequential([keras.Input((28, 28, 1)), *body, layers.Flatten(), *dense])
