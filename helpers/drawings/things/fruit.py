"""Everyday drawings to eat: pear, banana, carrot, pineapple.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, rotated, turned
from helpers.drawings.things.plants import BARK, GREENS, leaf


def draw_pear(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Pear: whole, bitten or cut in half with its pips."""
    half, top, bottom = rng.uniform(21, 29), rng.uniform(16, 26), rng.uniform(84, 92)
    neck, waist = rng.uniform(6, 11), top + (bottom - top) * rng.uniform(0.3, 0.42)
    low = bottom - (bottom - top) * 0.3
    profile = [
        (0, top),
        (neck, top + 5),
        (neck * 1.35, waist),
        (half, low),
        (half * 0.62, bottom - 2),
        (0, bottom - 1),
    ]
    body = turned(profile)
    lean = rng.uniform(-0.16, 0.16)
    body[:, 0] += lean * (low - body[:, 1]) * (body[:, 1] < low)
    tip = np.array([50 + lean * (low - top), top])
    cut.band(
        "body",
        spline([moved(tip, 0, 3), tip - (0, 5), tip - (rng.uniform(-5, 5), 11)]),
        2.4,
        plain(any_colour(rng, BARK)),
    )
    if rng.random() < 0.55:
        leaf(
            cut,
            tip - (0, 4),
            rng.choice([-1, 1]) * rng.uniform(35, 80),
            rng.uniform(12, 20),
            5,
            plain(any_colour(rng, GREENS)),
        )
    cut.part("body", body, outfit.main, relief=18)
    if rng.random() < 0.3:
        flesh, middle = plain((246, 236, 200)), np.array([50 + lean * 6, low - 6])
        cut.part("body", (body - middle) * 0.9 + middle, flesh, relief=3, lift=0)
        cut.part("body", ellipse((50, low), 8, 11), flesh.tinted(0.88), relief=2, lift=0)
        for side in (-1, 1):
            cut.part("body", ellipse((50 + side * 3.4, low), 1.7, 3.4), plain((80, 54, 40)), relief=1)
    else:
        for _ in range(rng.integers(0, 16)):
            cut.dot(
                "body",
                (50 + rng.uniform(-0.6, 0.6) * half, low + rng.uniform(-14, 12)),
                0.7,
                outfit.main.tinted(0.72),
            )


def draw_banana(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Banana, or a hand of up to four."""
    count, bend = rng.integers(1, 5), rng.uniform(55, 80)
    radius, wide = rng.uniform(32, 40), rng.uniform(9, 14)
    start = np.array([50 - radius * 0.75, 26.0])
    tip = plain(any_colour(rng, BARK))
    for number in range(count):
        size = 1 - 0.1 * (count - 1 - number)
        path = arc(
            (50, 26), radius * size, radius * 1.1 * size, 165 - 6 * number, 165 - bend * 1.65, points=20
        )
        path = moved(path - path[0] + start, number * 1.5, 0)
        width = wide * np.clip(np.sin(np.linspace(0.12, 3.05, 20)) ** 0.55, 0.3, 1)
        look = outfit.main.tinted(0.86 + 0.07 * number)
        cut.band("body", path, width, look)
        side = ((path[1:] + path[:-1]) / 2)[2:-2]
        cut.seam(moved(side, 0, wide * 0.1), outfit.main.colour * 0.75, width=0.8)
        cut.band("body", path[-2:], width[-1] * 0.9, tip, lift=0)
    stalk = [moved(start, 1.5 * count, 4), moved(start, 0, -2), moved(start, rng.uniform(-3, 4), -11)]
    cut.band("body", spline(stalk), rng.uniform(4, 6), tip if rng.random() < 0.4 else outfit.main.tinted(0.8))
    for _ in range(rng.integers(0, 5)):
        spot = path[rng.integers(4, 16)] + rng.normal(0, 1.5, 2)
        cut.dot("body", spot, rng.uniform(0.7, 1.4), tip)


def draw_carrot(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Carrot: a long or stout root that tapers, with rings and a tuft of leaves."""
    half, top, bottom = rng.uniform(9, 19), rng.uniform(34, 44), rng.uniform(78, 94)
    green, fullness = plain(any_colour(rng, GREENS)), rng.uniform(0.5, 0.98)
    for angle in rng.uniform(-38, 38, rng.integers(3, 7)):
        long = rng.uniform(20, 29)
        if rng.random() < 0.5:
            leaf(cut, (50, top + 2), angle, long, rng.uniform(4, 7), green.tinted(rng.uniform(0.85, 1.15)))
            continue
        stem = moved(rotated([(0, 0), (0, -long * 0.5), (0, -long)], angle), 50, top + 2)
        cut.band("body", stem, 1.6, green)
        for share in (0.5, 0.7, 0.9):
            for side in (-1, 1):
                spot = rotated([(side * 3.4, -long * share)], angle)[0] + np.array([50, top])
                cut.part("body", ellipse(spot, 2.8, 2.2, corners=10), green.tinted(1.1), relief=1.5, lift=0.4)
    middle = top + (bottom - top) * 0.45
    profile = [
        (0, top - 1),
        (half * 0.75, top),
        (half, top + 7),
        (half * fullness, middle),
        (half * 0.25, bottom - 8),
        (0, bottom),
    ]
    root = turned(profile)
    root[:, 0] += rng.normal(0, 3) * ((root[:, 1] - top) / (bottom - top)) ** 2
    cut.part("body", root, outfit.main, relief=9)
    for _ in range(rng.integers(2, 8)):
        y, side = rng.uniform(top + 6, middle + 8), rng.choice([-1, 1])
        x = half * rng.uniform(0.2, 0.9)
        cut.seam([(50 + side * x, y), (50 + side * x * 0.3, y + 1)], outfit.main.colour * 0.68, width=0.9)


def draw_pineapple(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Pineapple: an oval in diamonds under a crown of pointed leaves."""
    half, top, bottom = rng.uniform(17, 25), rng.uniform(38, 44), rng.uniform(86, 93)
    green = plain(any_colour(rng, GREENS))
    for row in range(3):
        count = 3 + 2 * (2 - row)
        for angle in np.linspace(-55 + 8 * row, 55 - 8 * row, count) + rng.normal(0, 4, count):
            long = (28, 23, 17)[row] * rng.uniform(0.85, 1.1)
            leaf(cut, (50, top + 4), angle * (1 + 0.1 * row), long, 3.4, green.tinted(0.85 + 0.13 * row))
    middle = (top + bottom) / 2
    body = ellipse((50, middle), half, (bottom - top) / 2, corners=44)
    cut.part("body", body, outfit.main, relief=16)
    dark, step = outfit.main.colour * 0.66, rng.uniform(7, 11)
    for shift in np.arange(-80, 80, step):
        for slope in (-1, 1):
            line = [(50 + shift - slope * 30, middle - 30), (50 + shift + slope * 30, middle + 30)]
            cut.seam(line, dark, width=0.9)
    for y in np.arange(top + step, bottom - 2, step):
        for x in np.arange(50 - 3 * step, 51 + 3 * step, step):
            if ((x - 50) / half) ** 2 + ((y - middle) / (bottom - middle)) ** 2 < 0.75:
                cut.seam([(x, y - 0.8), (x, y + 0.8)], outfit.trim.colour, width=1)


FRUIT = {
    "pear": draw_pear,
    "banana": draw_banana,
    "carrot": draw_carrot,
    "pineapple": draw_pineapple,
}
