"""Everyday drawings to play with: guitar, drum, camera, kite.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, rounded, star, turned
from helpers.drawings.things.tools import WOOD


def draw_guitar(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Guitar: a waisted body with a sound hole, an electric one with horns, or one with f-holes."""
    kind, low = rng.integers(3), rng.uniform(88, 94)
    half, waist, upper = rng.uniform(18, 23), rng.uniform(10, 15), rng.uniform(13, 18)
    top, nut = rng.uniform(46, 52), rng.uniform(14, 18)
    neck = plain(any_colour(rng, ("tan", "cognac", "chocolate", "charcoal")))
    wide = rng.uniform(2.2, 3.4)
    middle = top + (low - top) * 0.42
    right = [
        (2, top),
        (upper * 0.8, top + 1),
        (upper, top + 8),
        (waist, middle),
        (half, low - 13),
        (half * 0.7, low - 2),
        (0, low),
    ]
    body = turned(right)
    if kind == 1:
        horn = rng.uniform(4, 10)
        left = [
            (-half, low - 14),
            (-waist, middle),
            (-upper, top - 1),
            (-upper * 0.7, top - horn - 3),
            (-wide, top + 6),
            (wide, top + 6),
        ]
        side = [
            (upper * 0.75, top - horn),
            (upper, top + 3),
            (waist, middle),
            (half, low - 14),
            (half * 0.6, low - 2),
            (-half * 0.6, low - 2),
        ]
        body = moved(spline([*left, *side], closed=True), 50, 0)
    head = [(wide, nut), (wide * 2, nut - 3), (wide * 1.7, nut - 12), (0, nut - 10 - 2 * (kind == 2))]
    for side in (-1, 1):
        for y in (nut - 4, nut - 7, nut - 10):
            cut.dot("body", (50 + side * (wide * 2 + 1.4), y), 1.3, outfit.metal)
    cut.part("body", turned(head, smooth=False), neck if rng.random() < 0.6 else outfit.trim, relief=2)
    cut.part("body", body, outfit.main, relief=4)
    inner = (body - (50, middle)) * 0.93 + (50, middle)
    cut.seam(np.concatenate([inner, inner[:1]]), outfit.trim.colour, width=rng.uniform(0.8, 1.6))
    hole = (50, middle + 1)
    if kind == 0:
        size = rng.uniform(5, 7)
        cut.part("body", ellipse(hole, size + 1.6, size + 1.6, corners=28), outfit.trim, relief=0, lift=0)
        cut.part("body", ellipse(hole, size, size, corners=28), plain((46, 38, 36)), relief=0, lift=0)
    elif kind == 1:
        guard = [(-9, -10), (9, -8), (12, 8), (2, 14), (-11, 8)]
        cut.part("body", moved(spline(guard, closed=True), *hole), outfit.trim, relief=1, lift=0.3)
        for y in (-6, 3):
            cut.part("body", rounded(43, hole[1] + y - 2, 57, hole[1] + y + 2, 0.8), outfit.metal, relief=1)
        for y in (-10, -4):
            cut.dot("body", (50 + half * 0.6, low + y), 1.8, outfit.metal)
    else:
        for side in (-1, 1):
            slot = [(4, -6), (6, -7), (7, -3), (9, 4), (11, 7), (9, 9)]
            cut.seam(spline(np.array(slot) * (side, 1) + hole), outfit.lining.colour * 0.6, width=1.4)
    cut.part(
        "body",
        turned([(wide, nut - 1), (wide * 1.25, middle - (7 if kind == 0 else 9))], smooth=False),
        neck,
        relief=2,
    )
    bridge = low - rng.uniform(12, 17)
    for y in np.linspace(nut + 3, top, 8) if kind < 2 else ():
        cut.seam([(50 - wide, y), (50 + wide, y)], outfit.metal.colour, width=0.7)
    cut.part(
        "body",
        rounded(50 - wide * 2.4, bridge - 1.5, 50 + wide * 2.4, bridge + 1.5, 0.8),
        neck.tinted(0.8),
        relief=1,
    )
    for x in (-0.7, -0.25, 0.25, 0.7):
        cut.seam([(50 + x * wide, nut - 1), (50 + x * wide * 1.3, bridge)], (226, 222, 208), width=0.5)


def draw_drum(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Drum: a cylinder or a goblet with hoops, cords and perhaps two sticks."""
    half, top, tall = rng.uniform(22, 36), rng.uniform(28, 40), rng.uniform(5, 11)
    bottom = min(top + rng.uniform(18, 50), 86)
    low = half * (rng.uniform(0.9, 1.05) if rng.random() < 0.6 else rng.uniform(0.55, 0.8))
    wall = np.concatenate(
        [arc((50, bottom), low, tall * low / half, 0, 180), [(50 - half, top), (50 + half, top)]]
    )
    cut.part("body", wall, outfit.main, relief=13)
    count, hoop = rng.integers(3, 7), rng.uniform(3, 6)
    angles = np.linspace(8, 172, 2 * count + 1)
    up, down = (
        [(50 + r * np.cos(np.deg2rad(a)), y + t * np.sin(np.deg2rad(a))) for a in angles]
        for r, y, t in ((half, top + hoop, tall), (low, bottom - hoop, tall * low / half))
    )
    kind = rng.integers(3)
    if kind == 0:
        line = [(up if number % 2 else down)[number] for number in range(len(angles))]
        cut.seam(line, outfit.trim.colour, width=rng.uniform(1, 2.2))
    elif kind == 1:
        for a, b in zip(up[::2], down[::2], strict=True):
            cut.seam([a, b], outfit.metal.colour, width=1.4)
            cut.dot("body", (np.array(a) + b) / 2, 1.8, outfit.metal)
    for y, size in ((bottom - hoop, low), (top, half)):
        dip = tall * size / half
        band = np.concatenate(
            [arc((50, y), size + 1, dip, 180, 0), arc((50, y + hoop), size + 1, dip, 0, 180)]
        )
        cut.part("body", band, outfit.trim, relief=3, lift=0.5)
    cut.part(
        "body", ellipse((50, top), half + 1, tall, corners=44), outfit.trim.tinted(1.05), relief=1.5, lift=0
    )
    skin = plain(any_colour(rng, ("white", "cream", "sand")))
    cut.part("body", ellipse((50, top), half - 1, tall * 0.88, corners=44), skin, relief=2)
    if rng.random() < 0.65:
        wood = plain(any_colour(rng, WOOD))
        for side in (-1, 1):
            stick = [
                (50 + side * rng.uniform(0, 10), top - 1),
                (50 + side * rng.uniform(22, 36), top - rng.uniform(16, 24)),
            ]
            cut.band("body", np.linspace(*stick, 5), 2.2, wood)
            cut.dot("body", stick[0], 2.4, wood)


def draw_camera(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Camera from the front: a body with a grip, a lens, a finder, a flash, knobs."""
    half, top, bottom = rng.uniform(31, 41), rng.uniform(34, 42), rng.uniform(72, 82)
    x, size = 50 + rng.uniform(-4, 10), rng.uniform(14, 20)
    hump = rng.uniform(9, 15)
    if rng.random() < 0.6:
        bump = [
            (x - hump - 4, top + 1),
            (x - hump * 0.7, top - rng.uniform(7, 12)),
            (x + hump * 0.7, top - 9),
            (x + hump + 4, top + 1),
        ]
        cut.part("body", bump, outfit.main if rng.random() < 0.5 else outfit.metal, relief=3)
    knob = 50 - half + rng.uniform(8, 14)
    cut.part("body", rounded(knob - 4, top - 4, knob + 4, top + 2, 1), outfit.metal, relief=2)
    cut.part("body", rounded(45 + half - 9, top - 3, 45 + half, top + 2, 1), outfit.trim, relief=2)
    cut.part("body", rounded(50 - half, top, 50 + half, bottom, rng.uniform(2, 9)), outfit.main, relief=5)
    edge = top + rng.uniform(6, 11)
    if rng.random() < 0.7:
        lid = rounded(50 - half, top, 50 + half, edge, 2)
        cut.part("body", lid, outfit.metal if rng.random() < 0.5 else outfit.trim, relief=3, lift=0.3)
    if rng.random() < 0.5:
        cut.part("body", rounded(51 - half, edge - 2, 61 - half, bottom - 2, 3), outfit.trim, relief=4)
    cut.part(
        "body",
        rounded(48 + half - 10, top + 2.5, 47 + half, top + 8, 1),
        plain((246, 240, 214), 0.6),
        relief=1,
    )
    y = min((edge + bottom) / 2, bottom - size * 0.6)
    for share, look in ((1.0, outfit.metal), (0.88, outfit.base), (0.68, plain((50, 48, 54)))):
        cut.part("body", ellipse((x, y), size * share, size * share, corners=40), look, relief=2.5, lift=0.6)
    glass = plain(any_colour(rng, ("ink", "teal", "plum", "denim")), 1)
    cut.part("body", ellipse((x, y), size * 0.5, size * 0.5, corners=30), glass, relief=6, lift=0)
    cut.dot("body", (x - size * 0.2, y - size * 0.22), size * 0.09, plain((240, 244, 248)))
    cut.dot("body", (50 - half + 16, top + 5), 2, outfit.lining)


def draw_kite(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Kite: a diamond, a triangle or a box with spars, panels and a tail of bows."""
    half, top, low = rng.uniform(18, 28), rng.uniform(6, 12), rng.uniform(56, 68)
    across = top + (low - top) * rng.uniform(0.25, 0.45)
    if rng.random() < 0.25:
        across = low - rng.uniform(1, 6)
    tip, left, right = np.array([50, top]), np.array([50 - half, across]), np.array([50 + half, across])
    foot, sway = np.array([50.0, low]), rng.uniform(4, 12) * rng.choice([-1, 1])
    tail = spline(
        [foot, foot + np.array([sway, 9]), foot + np.array([-sway, 18]), foot + np.array([sway * 0.7, 26])],
        samples=7,
    )
    tail[:, 1] = np.minimum(tail[:, 1], 94)
    cut.band("body", tail, 1.2, outfit.base)
    for number, point in enumerate(tail[5::5]):
        look = outfit.trim if number % 2 else outfit.main
        for side in (-1, 1):
            cut.part(
                "body", np.array([(0, 0), (side * 5, -3), (side * 5, 3)]) + point, look, relief=2, lift=0.5
            )
    cut.part("body", [tip, right, foot, left], outfit.main, relief=3)
    kind, cross = rng.integers(4), np.array([50, across])
    if kind in (0, 1):
        cut.part("body", [tip, right, cross], outfit.trim, relief=1, lift=0)
        cut.part("body", [cross, left, foot], outfit.trim if kind == 0 else outfit.base, relief=1, lift=0)
    elif kind == 2:
        cut.part(
            "body",
            star(cross + np.array([0, 3]), half * 0.4, tips=rng.integers(4, 8)),
            outfit.trim,
            relief=0,
            lift=0,
        )
    spar = outfit.thread
    cut.seam([tip, foot], spar, width=1.2)
    cut.seam(spline([left, cross + np.array([0, rng.uniform(-2, 0)]), right]), spar, width=1.2)
    cut.band("body", [tip, right, foot, left, tip], 1.4, outfit.base, lift=0.2)


PASTIMES = {
    "guitar": draw_guitar,
    "drum": draw_drum,
    "camera": draw_camera,
    "kite": draw_kite,
}
