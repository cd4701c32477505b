"""The numbers of the workbook: those of lessons 1 and 1b, read from their sources, and a small photo."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np

from helpers import convolution
from helpers.staff import course

NAMES = {
    "01_convolution_by_hand.py": "band six four three_ones halves blocks five numbers".split(),
    "01b_filters_to_layers.py": "volume filters biases".split(),
}
"""The arrays that the workbook takes from each lesson."""
FACE = (slice(18, 210), slice(128, 320))
"""Where the face is on scikit-image's astronaut, 192 by 192 pixels."""


def from_lessons(folder: Path = course.SOURCES) -> dict[str, np.ndarray]:
    """Read the worked examples of the lessons, so that the workbook cannot differ from them.

    Only assignments to `NAMES`, and to the random generator and the rows of digits that some of them use,
    are evaluated.
    """
    examples = {}
    for file, names in NAMES.items():
        lesson = ast.parse((folder / file).read_text(encoding="utf-8"))
        wanted = {*names, "rng", "rows"}
        lines = [line for line in lesson.body if isinstance(line, ast.Assign) and _targets(line) <= wanted]
        found = {"np": np}
        exec(compile(ast.Module(lines, type_ignores=[]), file, "exec"), found)
        missing = [name for name in names if name not in found]
        if missing:
            raise ValueError(
                f"{file} no longer assigns {', '.join(missing)}, which the spreadsheet shows. "
                "Give the arrays their names back, or change NAMES in slides/spreadsheet/numbers.py."
            )
        examples |= {name: np.asarray(found[name]) for name in names}
    return examples


def _targets(line):
    """Names that an assignment binds or changes: x = ..., x, y = ..., x[:, 0] = ..."""
    return {node.id for target in line.targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def photo() -> np.ndarray:
    """Return the face of astronaut Eileen Collins (NASA, public domain), (32, 32) of int64 in 0..255.

    Each pixel is the mean of 6 by 6 pixels of scikit-image's `data.astronaut()` in gray.
    """
    from skimage import color, data

    gray = 255 * color.rgb2gray(data.astronaut())
    return np.round(convolution.average_pool2d(gray[FACE], 6)).astype(np.int64)
