"""Everyday drawings that sail or fly: sailing boat, aeroplane, hot-air balloon.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Outfit
from helpers.drawings.shapes import arc, rounded, turned
from helpers.drawings.things.vehicles import glass_look


def draw_boat(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Sailing boat: a hull, a mast, one to three sails, a pennant."""
    deck, half, keel = rng.uniform(68, 76), rng.uniform(26, 38), rng.uniform(84, 92)
    mast, top = 50 + rng.uniform(-8, 8), rng.uniform(7, 14)
    cut.band("body", [(mast, top), (mast, deck + 2)], rng.uniform(1.6, 2.8), outfit.base)
    foot, high = deck - rng.uniform(3, 8), top + rng.uniform(1, 6)
    belly = rng.uniform(0, 7)
    main = [(mast + 1.2, high), (mast + half * 0.42 + belly, (high + foot) / 2), (mast + half * 0.85, foot)]
    sail = np.concatenate([spline(main, samples=8), [(mast + 1.2, foot)]])
    cut.part("body", sail, outfit.main, relief=6)
    for share in rng.uniform(0.2, 0.8, rng.integers(0, 4)):
        y = high + share * (foot - high)
        cut.seam([(mast, y), (mast + half, y + 1)], outfit.thread, width=0.8)
    if rng.random() < 0.8:
        jib = [
            (mast - 1.5, high + 5),
            (mast - half * 0.25, (high + foot) / 2 + 4),
            (mast - half * 0.9, foot + 2),
        ]
        jib = np.concatenate([spline(jib, samples=8), [(mast - 2, foot - 2)]])
        cut.part("body", jib, outfit.trim if rng.random() < 0.6 else outfit.main.tinted(0.9), relief=6)
    if rng.random() < 0.6:
        flag = [(mast, top - 1), (mast + rng.uniform(6, 12), top + 1.5), (mast, top + 4)]
        cut.part("body", flag, outfit.base, relief=1)
    sheer = rng.uniform(1, 5)
    hull = [(50 - half - 3, deck - sheer), (50, deck + 1), (50 + half, deck - sheer * 0.5)]
    bottom = [(50 + half * rng.uniform(0.6, 0.95), keel), (50 - half * rng.uniform(0.3, 0.75), keel)]
    hull = np.concatenate([spline(hull), bottom])
    cut.part("body", hull, outfit.main if rng.random() < 0.4 else outfit.base, relief=6)
    cut.seam(hull[:11] + np.array([0, 4.0]), outfit.trim.colour, width=rng.uniform(1, 2.6))
    for x in np.linspace(-0.5, 0.5, rng.integers(2, 5)) if rng.random() < 0.4 else ():
        cut.dot("body", (50 + x * half, (deck + keel) / 2 + 2), 2, outfit.metal)


def draw_aeroplane(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Aeroplane from the side or from above: jets or a propeller, one pair of wings or two."""
    wide = rng.uniform(5, 9)
    if rng.random() < 0.5:
        sweep, reach, chord = rng.uniform(0, 20), rng.uniform(34, 42), rng.uniform(7, 13)
        for side in (-1, 1):
            wing = [
                (0, 36),
                (side * reach, 36 + sweep),
                (side * reach, 40 + sweep),
                (0, 36 + chord + sweep * 0.3),
            ]
            cut.part("body", moved(wing, 50, 0), outfit.trim if rng.random() < 0.1 else outfit.main, relief=3)
            tail = [
                (0, 80),
                (side * reach * 0.4, 84 + sweep * 0.3),
                (side * reach * 0.4, 88 + sweep * 0.3),
                (0, 89),
            ]
            cut.part("body", moved(tail, 50, 0), outfit.trim, relief=3)
            for share in (0.35, 0.62)[: 1 + (sweep > 10)]:
                x, y = 50 + side * reach * share, 35 + sweep * share
                cut.part("body", rounded(x - 2.2, y - 5, x + 2.2, y + 4, 2), outfit.base, relief=2)
        body = turned([(0, 5), (wide * 0.7, 12), (wide, 24), (wide, 60), (wide * 0.4, 86), (0, 93)])
        cut.part("body", body, outfit.main, relief=6)
        cut.part(
            "body", rounded(50 - wide * 0.6, 14, 50 + wide * 0.6, 18, 1.6), glass_look(rng), relief=1, lift=0
        )
        cut.band("body", [(50, 74), (50, 92)], 2, outfit.trim)
        return
    y = 52.0
    fin = [(78, y - 2), (86, y - rng.uniform(18, 26)), (93, y - 22), (92, y + 1)]
    cut.part("body", fin, outfit.trim, relief=3)
    hull = spline(
        [
            (7, y + 2),
            (16, y - wide),
            (40, y - wide - 1),
            (92, y - 3),
            (92, y + 1),
            (50, y + wide),
            (16, y + wide),
        ],
        closed=True,
    )
    cut.part("body", hull, outfit.main, relief=8)
    pane = glass_look(rng)
    if rng.random() < 0.5:
        for x in np.arange(26, 78, rng.uniform(4, 8)):
            cut.dot("body", (x, y - 2), 1.5, pane)
        cut.part(
            "body", [(12, y - 3), (17, y - wide + 1), (20, y - wide + 1), (20, y - 2)], pane, relief=1, lift=0
        )
    else:
        canopy = arc((40, y - wide + 0.5), rng.uniform(7, 12), rng.uniform(6, 9), 180, 360)
        cut.part("body", canopy, pane, relief=2)
        cut.part("body", ellipse((6.5, y + 1.5), 1.6, rng.uniform(11, 16)), outfit.base, relief=1)
    cut.seam([(12, y + 2), (90, y)], outfit.trim.colour, width=rng.uniform(0.8, 2.4))
    wing = [(36, y + 1), (56, y + 1), (rng.uniform(62, 76), y + rng.uniform(16, 24)), (60, y + 20)]
    cut.part("body", wing, outfit.trim if rng.random() < 0.5 else outfit.main.tinted(0.9), relief=3)
    if rng.random() < 0.35:
        cut.part("body", [(30, y - 20), (58, y - 20), (58, y - 16), (30, y - 16)], outfit.main, relief=2)
        for x in (36, 52):
            cut.band("body", [(x, y - 17), (x, y - 4)], 1.2, outfit.metal)
    cut.part("body", [(80, y - 2), (93, y - 1), (97, y + 5), (90, y + 4)], outfit.trim.tinted(0.9), relief=2)


def draw_balloon(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Hot-air balloon: gores in two colours above a car on ropes."""
    half, top = rng.uniform(24, 33), rng.uniform(6, 11)
    neck, low = rng.uniform(4, 8), rng.uniform(66, 74)
    middle = top + (low - top) * rng.uniform(0.36, 0.5)
    profile = [(0, top), (half * 0.72, top + 6), (half, middle), (half * 0.55, low - 11), (neck, low)]
    right = spline(profile, samples=6)
    cut.part("body", turned(profile), outfit.main, relief=20)
    count = rng.integers(2, 5)
    edges = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 2 * count + 2))
    for number in range(1, 2 * count + 1, 2) if rng.random() < 0.7 else ():
        a, b = (right * (edges[number + k], 1) + np.array([50, 0]) for k in (0, 1))
        shade = 1.08 - 0.2 * abs(edges[number])
        cut.part("body", np.concatenate([a, b[::-1]]), outfit.trim.tinted(shade), relief=1, lift=0)
    if rng.random() < 0.5:
        near = right[np.abs(right[:, 1] - middle) < rng.uniform(3, 8)]
        belt = np.concatenate([near, (near * (-1, 1))[::-1]]) + np.array([50, 0])
        cut.part("body", belt, outfit.base, relief=6, lift=0.2)
    size, y = rng.uniform(5, 9), low + rng.uniform(7, 12)
    for side in (-1, 1):
        cut.band("body", [(50 + side * neck, low), (50 + side * size, y)], 0.8, outfit.base)
    car = [(50 - size, y), (50 + size, y), (50 + size * 0.8, y + 11), (50 - size * 0.8, y + 11)]
    cut.part("body", car, outfit.base, relief=3)
    for row in (3, 6, 9):
        cut.seam(
            [(50 - size, y + row), (50 + size, y + row)], outfit.base.colour * 0.65, width=0.7, stitch=1.2
        )


CRAFT = {
    "sailing boat": draw_boat,
    "aeroplane": draw_aeroplane,
    "hot-air balloon": draw_balloon,
}
