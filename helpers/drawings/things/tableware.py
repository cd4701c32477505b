"""Everyday drawings for a table: frying pan, wine glass, spoon, fork, candle.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, spline
from helpers.drawings.materials import Cutout, Outfit, plain
from helpers.drawings.shapes import arc, blob, rotated, turned


def draw_pan(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Frying pan from above or aslant, with a long handle and perhaps an egg."""
    squash, radius = rng.uniform(0.5, 1), rng.uniform(22, 29)
    centre = np.array([36.0, 50.0])
    end, wide = rng.uniform(88, 97), rng.uniform(4.5, 8)
    look = outfit.trim if rng.random() < 0.6 else outfit.base
    grip = [(centre[0] + radius - 3, 50), (70, 49), (end, 50 + rng.normal(0, 3))]
    grip = spline(grip, samples=6)
    cut.band("handle", grip, wide * np.linspace(0.6, 1, len(grip)), look)
    cut.dot("handle", (grip[-2][0] - 1, grip[-2][1]), 1.4, outfit.lining)
    deep = 9 * (1.25 - squash)
    cut.part(
        "body",
        ellipse(centre + np.array([0, deep]), radius * 0.95, radius * squash, corners=44),
        outfit.main.tinted(0.75),
        relief=5,
    )
    cut.part("body", ellipse(centre, radius, radius * squash, corners=48), outfit.main, relief=3, lift=0.4)
    inner = ellipse(centre + np.array([0, 1]), radius * 0.86, radius * 0.84 * squash, corners=44)
    cut.part("body", inner, outfit.lining if rng.random() < 0.5 else outfit.main.tinted(0.72), relief=3)
    for x in (2, 6):
        cut.dot("body", centre + np.array([radius - x, 0]), 0.9, outfit.metal)
    if rng.random() < 0.5:
        spot = centre + rng.normal(0, 3, 2)
        cut.part("body", blob(rng, spot, 14, 13 * squash, rough=0.2), plain((246, 243, 234)), relief=3)
        cut.part("body", ellipse(spot, 5, 5 * squash), plain((238, 176, 50), 0.5), relief=4)


def draw_glass(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Wine glass, flute or coupe: a bowl on a thin stem and a foot, with something to drink."""
    half, top, deep = rng.uniform(12, 24), rng.uniform(8, 18), rng.uniform(20, 42)
    low, bottom = top + deep, rng.uniform(86, 93)
    belly = half * rng.uniform(0.9, 1.25)
    clear = outfit.metal.tinted(1.05) if rng.random() < 0.5 else outfit.main
    foot = rng.uniform(12, 19)
    cut.part("body", ellipse((50, bottom), foot, rng.uniform(2, 4.5), corners=32), clear, relief=2)
    stem = turned([(4, low - 3), (1.3, low + 5), (1.2, bottom - 7), (3.5, bottom - 1)])
    cut.part("body", stem, clear, relief=1.5, lift=0.4)
    profile = [(half, top), (belly, top + deep * 0.45), (belly * 0.7, low - 5), (2, low)]
    if rng.random() < 0.25:
        profile = [(half * 1.15, top), (half * 0.6, top + deep * 0.5), (2, low)]
    cut.part("body", turned(profile), clear.tinted(1.05), relief=9)
    level = top + deep * rng.uniform(0.2, 0.5)
    right = spline(profile, samples=8)
    drink = np.concatenate(
        [[(np.interp(level, right[:, 1], right[:, 0]), level)], right[right[:, 1] > level]]
    ) * (0.9, 0.985)
    both = np.concatenate([drink, (drink * (-1, 1))[::-1]]) + np.array([50, 0.4])
    cut.part("body", both, outfit.trim if clear is outfit.main else outfit.main, relief=6, lift=0.2)
    cut.part(
        "body",
        ellipse((50, top), half * (1.15 if len(profile) == 3 else 1), 2.2, corners=30),
        clear.tinted(0.8),
        relief=1,
        lift=0,
    )
    cut.seam([(50 - half * 0.55, top + 5), (50 - half * 0.6, top + deep * 0.5)], (245, 245, 242), width=1.2)


def draw_spoon(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Spoon or ladle: a hollow oval on a long handle, of metal or any other material."""
    long, wide = rng.uniform(10, 16), rng.uniform(7, 13)
    look = outfit.metal if rng.random() < 0.4 else outfit.main
    end, thick = rng.uniform(90, 97), rng.uniform(2.2, 4.6)
    top = 6 + 2 * long
    path = spline([(50, top - 3), (50 + rng.normal(0, 1.5), 60), (50 + rng.normal(0, 3), end)], samples=8)
    flare = rng.uniform(1, 2.4)
    grip = outfit.trim if rng.random() < 0.4 else look
    cut.band("handle", path, thick * np.linspace(0.8, flare, len(path)), grip)
    bowl = blob(rng, (50, 6 + long), wide, long, rough=0.05)
    cut.part("body", bowl, look, relief=3)
    inner = (bowl - (50, 5 + long)) * 0.8 + (50, 5 + long)
    cut.part("body", inner, look.tinted(0.78), relief=5, lift=0)
    if grip is not look:
        cut.dot("handle", path[-4], 1.2, outfit.metal)


def draw_fork(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Fork with two to four tines."""
    tines, wide, long = rng.integers(2, 5), rng.uniform(7, 12), rng.uniform(16, 26)
    look = outfit.metal if rng.random() < 0.4 else outfit.main
    end, thick = rng.uniform(90, 97), rng.uniform(2.4, 5)
    neck = 10 + long + rng.uniform(9, 15)
    path = spline([(50, neck - 4), (50, 64), (50 + rng.normal(0, 3), end)], samples=8)
    grip = outfit.trim if rng.random() < 0.4 else look
    cut.band("handle", path, thick * np.linspace(0.7, rng.uniform(1, 2.2), len(path)), grip)
    slim = 0.62 * 2 * wide / tines
    for x in np.linspace(-wide + slim / 2, wide - slim / 2, tines):
        tine = turned([(slim * 0.2, 6), (slim * 0.5, 14), (slim * 0.5, 13 + long)], 50 + x)
        cut.part("body", tine, look, relief=1.5, lift=0.3)
    root = turned([(wide, 9 + long), (wide * 0.95, 14 + long), (thick * 0.6, neck), (thick * 0.4, neck + 4)])
    cut.part("body", root, look, relief=3, lift=0)


def draw_candle(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Candle in a holder with a ring to carry it, or on a tall stand."""
    half, top = rng.uniform(4, 9), rng.uniform(18, 34)
    plate = rng.uniform(18, 28)
    stand = rng.random() < 0.45
    base = rng.uniform(84, 89)
    seat = base - (rng.uniform(20, 34) if stand else 5)
    look = outfit.metal if rng.random() < 0.35 else outfit.trim
    if not stand:
        cut.band(
            "handle", ellipse((50 + plate + 5, base - 2), 6.5, 6.5, corners=24)[np.r_[0:24, 0]], 2.6, look
        )
    cut.part("body", ellipse((50, base), plate, rng.uniform(4, 7), corners=40), look, relief=4)
    if stand:
        waist = rng.uniform(2, 4)
        cut.part(
            "body",
            turned(
                [
                    (half, seat),
                    (waist, seat + 5),
                    (waist * 1.9, (seat + base) / 2),
                    (waist, base - 6),
                    (half * 1.4, base),
                ]
            ),
            look,
            relief=5,
        )
        cut.part("body", ellipse((50, seat), half + 5, 3, corners=30), look.tinted(1.05), relief=2)
    wall = np.concatenate([arc((50, top), half, 1.8, 180, 360), arc((50, seat), half, 2.4, 0, 180)])
    cut.part("body", wall, outfit.main, relief=7)
    for x in rng.uniform(-0.8, 0.8, rng.integers(0, 4)) * half:
        cut.band(
            "body",
            [(50 + x, top), (50 + x, top + rng.uniform(4, 14))],
            2.4,
            outfit.main.tinted(1.08),
            lift=0.4,
        )
    cut.band("body", [(50, top + 1), (50.6, top - 5)], 1.2, plain((70, 60, 56)))
    if rng.random() < 0.7:
        tall = rng.uniform(9, 13)
        flame = turned([(0, top - 3 - tall), (2.6, top - 4 - tall * 0.4), (1.6, top - 3), (0, top - 2.5)])
        cut.part("body", rotated(flame, rng.normal(0, 8), (50, top - 3)), plain((248, 190, 70)), relief=2)
        cut.part("body", ellipse((50.3, top - 5.5), 1.2, 2.4), plain((255, 238, 170)), relief=0, lift=0)


TABLEWARE = {
    "frying pan": draw_pan,
    "wine glass": draw_glass,
    "spoon": draw_spoon,
    "fork": draw_fork,
    "candle": draw_candle,
}
