"""Everyday drawings of small animals: turtle, butterfly, snail.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, blob, rotated, rounded, turned
from helpers.drawings.things.animals import DARK, eye


def draw_turtle(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Turtle from the side or from above, with a shell in plates."""
    skin = (
        outfit.trim
        if rng.random() < 0.6
        else plain(any_colour(rng, ("sage", "olive", "sand", "teal", "tan")))
    )
    if rng.random() < 0.5:
        half, tall = rng.uniform(24, 29), rng.uniform(26, 33)
        for side in (-1, 1):
            for y, angle, long in ((-tall * 0.6, 50, 24), (tall * 0.6, 130, 18)):
                limb = rotated(
                    ellipse((0, -long * 0.6), rng.uniform(5, 7), long * 0.6),
                    side * (angle + rng.uniform(-15, 15)),
                )
                cut.part("body", moved(limb, 50 + side * half * 0.6, 54 + y), skin, relief=4)
        cut.part("body", [(47, 54 + tall - 3), (53, 54 + tall - 3), (50, 54 + tall + 8)], skin, relief=2)
        cut.part("body", blob(rng, (50, 49 - tall), 8, 10, rough=0.05), skin, relief=5)
        for side in (-1, 1):
            cut.dot("body", (50 + side * 4.6, 46 - tall), 1.3, DARK)
        cut.part(
            "body", ellipse((50, 54), half + 2.5, tall + 2.5, corners=40), outfit.main.tinted(0.72), relief=3
        )
        cut.part("body", ellipse((50, 54), half, tall, corners=40), outfit.main, relief=13)
        spine = np.array(
            [(0, -0.62), (0.36, -0.3), (0.36, 0.3), (0, 0.62), (-0.36, 0.3), (-0.36, -0.3), (0, -0.62)]
        )
        cut.seam(spine * (half, tall) + (50, 54), outfit.thread, width=1.4)
        cut.seam([(50 - half * 0.36, 54), (50 + half * 0.36, 54)], outfit.thread, width=1.2)
        for point in spine[:-1]:
            ends = np.stack([point, point / np.hypot(*point) * 0.98]) * (half, tall)
            cut.seam(moved(ends, 50, 54), outfit.thread, width=1.2)
        return
    half, tall, base = rng.uniform(26, 32), rng.uniform(20, 32), rng.uniform(64, 70)
    for x in (-0.62, 0.6):
        limb = rounded(53 + x * half - 6, base - 4, 53 + x * half + 6, base + rng.uniform(10, 14), 4)
        cut.part("body", limb, skin, relief=4)
    cut.part(
        "body",
        [(52 + half * 0.85, base - 5), (62 + half, base + 3), (52 + half * 0.85, base + 3)],
        skin,
        relief=2,
    )
    rise = rng.uniform(-2, 20)
    neck = spline(
        [(53 - half * 0.7, base), (48 - half, base - 2 - rise * 0.4), (44 - half, base - 6 - rise)], samples=6
    )
    cut.band("body", neck, np.linspace(12, 9, len(neck)), skin)
    cut.part("body", ellipse(neck[-1] - (2, 0), 8, 6.5), skin, relief=5, lift=0.2)
    eye(rng, cut, neck[-1] - (4, 2), 1.3)
    shell = np.concatenate(
        [arc((53, base), half, tall, 180, 360, points=26), [(53 + half, base + 3), (53 - half, base + 3)]]
    )
    cut.part("body", shell, outfit.main, relief=14)
    for share in (-0.6, 0.0, 0.6):
        top = base - tall * np.sqrt(1 - share**2)
        cut.seam(
            spline([(53 + share * half * 0.8, top), (53 + share * half * 1.1, base)]),
            outfit.thread,
            width=1.3,
        )
    cut.seam(arc((53, base), half, tall * 0.5, 180, 360), outfit.thread, width=1.3)
    cut.part("body", rounded(51 - half, base - 2, 55 + half, base + 4, 3), outfit.main.tinted(0.75), relief=3)


def draw_butterfly(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Butterfly from above: four wings with rims, veins and spots, a body and feelers."""
    reach, high = rng.uniform(32, 42), rng.uniform(22, 34)
    low, wide = rng.uniform(20, 32), rng.uniform(20, 32)
    upper = [
        (1, 48),
        (reach * 0.4, 48 - high),
        (reach, 46 - high),
        (reach * rng.uniform(0.85, 1.02), 44),
        (reach * 0.5, 54),
    ]
    lower = [
        (1, 52),
        (wide * 0.7, 51),
        (wide, 56 + low * 0.3),
        (wide * rng.uniform(0.5, 0.9), 52 + low),
        (5, 50 + low * 0.7),
    ]
    seed, second = rng.integers(2**32), outfit.trim if rng.random() < 0.4 else outfit.main.tinted(0.85)
    for side in (-1, 1):
        same = np.random.default_rng(seed)
        for outline, look in ((lower, second), (upper, outfit.main)):
            wing = spline(np.array(outline) * (side, 1) + np.array([50, 0]), closed=True)
            middle = wing.mean(axis=0)
            if same.random() < 0.65:
                cut.part("body", wing, outfit.base.tinted(0.8), relief=3)
                wing = (wing - middle) * 0.85 + middle
            cut.part("body", wing, look, relief=4, lift=0.4)
            for point in wing[4:-4:5]:
                cut.seam([(50 + side, 50), (point + middle) / 2], look.colour * 0.65, width=0.8)
            for _ in range(same.integers(0, 4)):
                spot = middle + same.uniform(-5, 5, 2) * (side, 1)
                size = same.uniform(1.8, 4.2)
                cut.dot("body", spot, size, outfit.base)
                cut.dot("body", spot, size * 0.5, outfit.trim)
    for side in (-1, 1):
        feeler = spline(
            [(50, 36), (50 + side * 4, 27), (50 + side * rng.uniform(7, 12), rng.uniform(17, 23))]
        )
        cut.band("body", feeler, 1.2, DARK)
        cut.dot("body", feeler[-1], 1.5, DARK)
    thin = rng.uniform(2.2, 4)
    dark = plain(any_colour(rng, ("charcoal", "chocolate", "ink", "plum")))
    cut.part(
        "body",
        turned([(thin * 0.8, 36), (thin, 48), (thin * 0.8, 62), (0.5, rng.uniform(72, 80))]),
        dark,
        relief=3,
    )
    cut.dot("body", (50, 34.5), thin * 1.15, dark)


def _spiral(centre, size: float, turns: float) -> np.ndarray:
    """Line that winds inwards."""
    turn = np.linspace(0, turns * 2 * np.pi, int(turns * 18))
    radius = size * (1 - turn / turn[-1]) + 0.8
    return np.stack([centre[0] - radius * np.cos(turn), centre[1] + radius * np.sin(turn)], axis=1)


def draw_snail(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Snail: a coiled shell on a foot, with feelers."""
    skin = (
        outfit.trim
        if rng.random() < 0.5
        else plain(any_colour(rng, ("sand", "tan", "sage", "blush", "olive")))
    )
    base, size, neck = rng.uniform(76, 82), rng.uniform(20, 28), rng.uniform(38, 60)
    head = np.array([rng.uniform(14, 22), neck])
    for shift in (-1, 5):
        end = head + np.array([shift - rng.uniform(2, 8), -rng.uniform(11, 17)])
        cut.band("body", spline([head, (head + end) / 2 + np.array([1, 0]), end]), 1.8, skin.tinted(0.9))
        cut.dot("body", end, 2, DARK if rng.random() < 0.6 else skin)
    body = [
        head + np.array([-6, 0]),
        (head[0], neck - 7),
        (head[0] + 8, neck),
        (36, base - 12),
        (70, base - 8),
    ]
    body += [(rng.uniform(88, 95), base), (60, base + 1.5), (18, base), (head[0] - 4, base - 8)]
    cut.part("body", spline([tuple(point) for point in body], closed=True), skin, relief=7)
    for x in np.arange(22, 84, 6):
        cut.seam([(x, base - 3), (x + 2, base)], skin.colour * 0.7, width=0.8)
    centre = (56 + rng.uniform(-4, 3), base - 5 - size * 0.85)
    squash = rng.uniform(0.9, 1.1)
    cut.part("body", ellipse(centre, size * squash, size, corners=40), outfit.main, relief=12)
    coil = _spiral(centre, size * 0.92, rng.uniform(1.8, 3.2))
    cut.band(
        "body",
        coil,
        np.linspace(rng.uniform(2, 5), 1, len(coil)),
        outfit.base if rng.random() < 0.5 else outfit.main.tinted(0.66),
        lift=0.5,
    )
    cut.seam(
        spline([head + np.array([-5, 3]), head + np.array([-2, 5]), head + np.array([2, 4])]),
        skin.colour * 0.5,
        width=0.9,
    )


CREATURES = {
    "turtle": draw_turtle,
    "butterfly": draw_butterfly,
    "snail": draw_snail,
}
