"""A painting in short strokes that whirl around bright suns: the style of lesson 9."""

import numpy as np
from PIL import Image, ImageDraw

from helpers.drawings.canvas import check_whole

SUN = (240, 200, 60)
COLOURS = ((30, 60, 140), (70, 130, 190), (235, 235, 200), (20, 40, 90), (200, 120, 40), (100, 170, 200))


def painting(size: int = 224, seed: int = 0) -> np.ndarray:
    """Paint strokes in blue, cream and orange around five yellow suns: uint8, (size, size, 3); CC BY 4.0."""
    check_whole("size", size, 16, such_as=224)
    check_whole("seed", seed, 0, such_as=0)
    rng, side = np.random.default_rng(seed), 2 * size
    picture = Image.new("RGB", (side, side), (20, 30, 80))
    pen = ImageDraw.Draw(picture)
    suns, unit = rng.uniform(0, side, (5, 2)), side / 448
    for place in rng.uniform(0, side, (1400, 2)):
        away = place - suns
        squared = (away**2).sum(axis=1)
        along = ((away @ [[0, 1], [-1, 0]]) / (squared[:, None] + 200 * unit**2)).sum(axis=0)
        along = along / np.linalg.norm(along) * unit * rng.uniform(10, 28)
        near = squared.min() < (0.06 * side) ** 2
        colour = np.array(SUN if near else COLOURS[rng.integers(len(COLOURS))]) + rng.normal(0, 14, 3)
        ends = [tuple(place - along), tuple(place + along)]
        pen.line(ends, tuple(colour.clip(0, 255).astype(int)), round(unit * rng.integers(7, 14)))
    return np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS))
