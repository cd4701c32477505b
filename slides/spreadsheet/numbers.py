"""The numbers of the workbook: those of lesson 1, read from its source, and a small photo."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np

from helpers import convolution
from helpers.staff import course

LESSON = course.SOURCES / "01_convolution_by_hand.py"
NAMES = (
    "band",
    "six",
    "four",
    "three_ones",
    "halves",
    "blocks",
    "five",
    "volume",
    "filters",
    "biases",
    "numbers",
)
FACE = (slice(18, 210), slice(128, 320))
"""Where the face is on scikit-image's astronaut, 192 by 192 pixels."""


def from_lesson(source: Path = LESSON) -> dict[str, np.ndarray]:
    """Read the worked examples of lesson 1, so that the workbook cannot differ from it.

    Only assignments to `NAMES`, and to the random generator that some of them use, are evaluated.
    """
    wanted = {*NAMES, "rng"}
    lesson = ast.parse(source.read_text(encoding="utf-8"))
    lines = [line for line in lesson.body if isinstance(line, ast.Assign) and _targets(line) <= wanted]
    found = {"np": np}
    exec(compile(ast.Module(lines, type_ignores=[]), str(source), "exec"), found)
    missing = [name for name in NAMES if name not in found]
    if missing:
        raise ValueError(
            f"{source.name} no longer assigns {', '.join(missing)}, which the spreadsheet shows. "
            "Give the arrays their names back, or change NAMES in slides/spreadsheet/numbers.py."
        )
    return {name: np.asarray(found[name]) for name in NAMES}


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
