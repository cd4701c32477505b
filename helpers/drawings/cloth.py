"""Cloth for the drawn garments: tones, woven and printed patterns, folds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from helpers.drawings.canvas import UNITS, Canvas, Generator, pick


@dataclass
class Cloth:
    """What one garment is made of: a fill for polygons, float32 (pixels, pixels), about 0 to 255; the grey of
    the cloth, and that of its pattern and trimmings.
    """

    fill: np.ndarray
    tone: float
    second: float

    @property
    def mark(self) -> float:
        """Tone of a small detail that has to show on this cloth."""
        return self.tone * 0.45 if self.tone > 110 else self.tone + 90

    @property
    def seam(self) -> float:
        """Tone of a seam."""
        return self.tone * 0.6


TONES = {"light": (180, 250), "middle": (115, 180), "dark": (55, 110)}

# Patterns of bars: their period in units, and the share of it that is on.
BARS = {
    "stripes": ((7, 22), (0.25, 0.6)), "pinstripes": ((7, 14), (0.2, 0.45)), "checks": ((10, 22), (0.3, 0.5)),
    "dots": ((9, 16), (0.35, 0.5)), "knit": ((6.5, 9), (0.4, 0.6)),
}  # fmt: skip


@lru_cache(maxsize=8)
def _smooth_noise(pixels: int, cell_x: int, cell_y: int) -> np.ndarray:
    """Smooth random field in about -1 to 1; crops of it serve as folds, shading and prints."""
    rng = np.random.default_rng([pixels, cell_x, cell_y])
    size = 3 * pixels
    grid = rng.uniform(-1, 1, (size // cell_y + 2, size // cell_x + 2))
    for axis, cell in ((0, cell_y), (1, cell_x)):
        position = np.arange(size) / cell
        start = position.astype(int)
        part = position - start
        part = np.expand_dims(part * part * (3 - 2 * part), 1 - axis)
        grid = np.take(grid, start, axis) * (1 - part) + np.take(grid, start + 1, axis) * part
    return grid.astype(np.float32)


def noise_crop(rng: Generator, pixels: int, cell_x: float, cell_y: float) -> np.ndarray:
    """Random square piece of smooth noise; cells in units. Shape (pixels, pixels), float32, about -1 to 1."""
    field = _smooth_noise(pixels, *(max(1, round(cell * pixels / UNITS)) for cell in (cell_x, cell_y)))
    top, left = rng.integers(0, 2 * pixels, 2)
    return field[top : top + pixels, left : left + pixels]


def _bars(rng: Generator, pixels: int, period: tuple[float, float], duty: tuple[float, float]) -> np.ndarray:
    """One row of on-off bars, float32 of shape (pixels,); period in units."""
    length = rng.uniform(*period) * pixels / UNITS
    return ((np.arange(pixels) / length + rng.random()) % 1 < rng.uniform(*duty)).astype(np.float32)


def pattern(rng: Generator, pixels: int, name: str) -> np.ndarray:
    """Draw what is 0 where the cloth shows and 1 where its second tone does, (pixels, pixels).

    `name` is a key of ``BARS``, "print" or "block".
    """
    if name == "print":
        return (noise_crop(rng, pixels, 8, 8) > rng.uniform(0.0, 0.35)).astype(np.float32)
    if name == "block":
        bars = (np.arange(pixels) > rng.uniform(0.3, 0.65) * pixels).astype(np.float32)
    else:
        bars = _bars(rng, pixels, *BARS[name])
    if name == "knit":
        rib = bars[:, None] if rng.random() < 0.5 else bars
        return 0.5 * rib + 0.5 * (noise_crop(rng, pixels, 3, 4) > 0)
    if name in ("checks", "dots"):
        columns = _bars(rng, pixels, *BARS[name])
        return (bars[:, None] + columns) / 2 if name == "checks" else bars[:, None] * columns
    return np.broadcast_to(bars if name == "pinstripes" else bars[:, None], (pixels, pixels))


def new_cloth(rng: Generator, canvas: Canvas, patterns: Mapping[str, float]) -> Cloth:
    """Cloth of a random tone, with folds, in a pattern picked by weight: "plain" or a name for `pattern`."""
    low, high = TONES[pick(rng, {"light": 55, "middle": 25, "dark": 20})]
    tone, step = rng.uniform(low, high), rng.uniform(45, 110)
    darker = tone - step > 25 and rng.random() < 0.75
    second = tone - step if darker else min(tone + step, 255)
    weave, pixels = pick(rng, patterns), canvas.pixels
    folds = rng.uniform(0.04, 0.2) * noise_crop(rng, pixels, 11, 60)
    fill = 1 + folds + 0.06 * noise_crop(rng, pixels, 30, 30)
    shade = np.float32(tone)
    if weave != "plain":
        shade = shade + np.float32(second - tone) * pattern(rng, pixels, weave)
    return Cloth((fill * shade).astype(np.float32), tone, second)
