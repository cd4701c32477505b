"""Everyday drawings that grow: tree, flower, cactus, mushroom.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Look, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, blob, rotated, rounded, turned

GREENS = ("forest", "sage", "olive", "teal")
BARK = ("tan", "cognac", "chocolate", "charcoal")


def leaf(cut: Cutout, foot, angle: float, long: float, wide: float, look: Look) -> None:
    """Leaf that points up when its angle is 0, with a vein."""
    outline = [(0, 0), (wide * 0.9, -long * 0.3), (wide * 0.7, -long * 0.7), (0, -long)]
    outline = np.concatenate([spline(outline), (spline(outline) * (-1, 1))[::-1]])
    cut.part("body", moved(rotated(outline, angle), *foot), look, relief=2)
    cut.seam(moved(rotated([(0, 0), (0, -long * 0.85)], angle), *foot), look.colour * 0.7, width=0.7)


def draw_tree(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Tree: a round crown, a fir in tiers, a poplar or a palm, on a trunk."""
    bark, base, wide = plain(any_colour(rng, BARK)), rng.uniform(88, 94), rng.uniform(2.4, 5)
    kind = rng.integers(4)
    if kind == 3:
        lean = rng.uniform(-14, 14)
        trunk = spline([(50, base), (50 + lean * 0.2, 66), (50 + lean, 36)], samples=8)
        cut.band("body", trunk, np.linspace(wide * 2, wide, len(trunk)), bark)
        for point in trunk[2:-1:2]:
            cut.seam([point - (wide, 0), moved(point, wide, 1)], bark.colour * 0.65, width=0.8)
        count = rng.integers(6, 10)
        for number, angle in enumerate(np.linspace(195, 345, count) + rng.normal(0, 4, count)):
            end = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))]) * rng.uniform(26, 33)
            frond = spline([(0, 0), end * 0.6 - (0, 6), moved(end, 0, 12)], samples=6) + trunk[-1]
            width = rng.uniform(4, 8) * np.sin(np.linspace(0.5, 3.1, len(frond)))
            cut.band("body", frond, width, outfit.main.tinted(0.85 + 0.05 * (number % 4)))
        return
    cut.part("body", turned([(wide, 50), (wide, 80), (wide * 1.7, base)]), bark, relief=4)
    if kind == 0:
        half = rng.uniform(18, 25)
        for _ in range(rng.integers(4, 9)):
            spot = (50 + rng.uniform(-0.6, 0.6) * half, rng.uniform(28, 56))
            size = half * rng.uniform(0.5, 0.72)
            cut.part(
                "body",
                blob(rng, spot, size, size, rough=0.14),
                outfit.main.tinted(rng.uniform(0.88, 1.1)),
                relief=9,
            )
        for _ in range(rng.integers(0, 9)):
            cut.dot("body", (50 + rng.uniform(-0.8, 0.8) * half, rng.uniform(24, 60)), 2, outfit.trim)
    elif kind == 1:
        tiers, half, top = rng.integers(2, 6), rng.uniform(22, 33), rng.uniform(6, 12)
        step = (82 - top) / (tiers + 0.6)
        for tier in range(tiers - 1, -1, -1):
            y, reach = top + step * tier, half * (0.45 + 0.55 * (tier + 1) / tiers)
            tip = [(0, y), (reach * 0.35, y + step * 0.8), (reach, y + step * 1.5), (0, y + step * 1.7)]
            cut.part(
                "body",
                turned(tip, smooth=rng.random() < 0.9),
                outfit.main.tinted(1.08 - 0.05 * tier),
                relief=6,
            )
    else:
        half, top = rng.uniform(11, 27), rng.uniform(7, 14)
        crown = [(0, top), (half * 0.7, top + 12), (half, 45), (half * 0.8, 68), (0, rng.uniform(74, 80))]
        cut.part("body", turned(crown), outfit.main, relief=14)
        for _ in range(rng.integers(3, 14)):
            spot = np.array([50 + rng.uniform(-0.6, 0.6) * half, rng.uniform(24, 68)])
            cut.seam(arc(spot, 4, 3, 200, 340, points=7), outfit.main.colour * 0.7, width=0.9)


def draw_flower(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Flower on a stem: a daisy, a tulip or a bell, with leaves, perhaps in a pot."""
    green = plain(any_colour(rng, GREENS))
    x, y, size = 50 + rng.uniform(-6, 6), rng.uniform(26, 36), rng.uniform(14, 21)
    pot = rng.random() < 0.35
    foot = 76 if pot else rng.uniform(88, 95)
    stem = spline([(x, y), (50 + rng.normal(0, 4), (y + foot) / 2), (50, foot)], samples=6)
    cut.band("body", stem, rng.uniform(1.6, 3.2), green)
    for number in range(rng.integers(1, 4)):
        spot = stem[rng.integers(5, 11)]
        angle = (1 if number % 2 else -1) * rng.uniform(30, 75)
        leaf(cut, spot, angle, rng.uniform(14, 24), rng.uniform(3, 7), green.tinted(rng.uniform(0.9, 1.15)))
    kind = rng.integers(3)
    if kind == 0:
        petals, wide = rng.integers(5, 13), rng.uniform(0.7, 1.2)
        around = np.arange(petals) * (360 / petals) + rng.uniform(0, 90)
        half = size * np.sin(np.pi / petals) * wide
        petal = [
            (0, -1),
            (half, -size * 0.6),
            (half * 0.7, -size * 0.93),
            (0, -size),
            (-half * 0.7, -size * 0.93),
        ]
        petal = spline([*petal, (-half, -size * 0.6)], closed=True)
        for angle in around:
            cut.part("body", moved(rotated(petal, angle), x, y), outfit.main, relief=3, lift=0.6)
        cut.dot("body", (x, y), size * rng.uniform(0.22, 0.4), outfit.trim)
    elif kind == 1:
        half = size * rng.uniform(0.65, 0.9)
        for side in (-1, 1):
            flap = [(0, 12), (side * half, 4), (side * half * 1.05, -size), (side * half * 0.3, -6)]
            cut.part("body", moved(spline(flap, closed=True), x, y), outfit.main.tinted(0.9), relief=5)
        front = [(0, 13), (half * 0.72, 4), (half * 0.5, -size * 0.6), (0, -size), (-half * 0.5, -size * 0.6)]
        cut.part("body", moved(spline([*front, (-half * 0.72, 4)], closed=True), x, y), outfit.main, relief=6)
    else:
        for row, count in ((1.0, 9), (0.7, 7), (0.42, 5)):
            for angle in np.arange(count) * (2 * np.pi / count) + row * 3:
                spot = (x + size * row * 0.75 * np.cos(angle), y + size * row * 0.75 * np.sin(angle))
                look = outfit.main.tinted(1.15 - 0.25 * row)
                cut.part("body", blob(rng, spot, size * 0.33, size * 0.33), look, relief=3)
        cut.dot("body", (x, y), size * 0.2, outfit.trim)
    if pot:
        half = rng.uniform(12, 17)
        cut.part("body", turned([(half, 74), (half * 0.72, 94)], smooth=False), outfit.base, relief=8)
        cut.part("body", rounded(49 - half, 70, 51 + half, 77, 1.4), outfit.base.tinted(1.06), relief=3)


def draw_cactus(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Cactus: a column with arms, a ball or flat pads, with thorns, mostly in a pot."""
    kind, base, wide = rng.integers(3), rng.uniform(74, 80), rng.uniform(9, 15)
    thorn = np.array((240, 232, 208)) if rng.random() < 0.6 else outfit.main.colour * 0.55
    if kind == 0:
        top = rng.uniform(10, 24)
        for side in [(-1, 1), (1,), (-1,)][rng.integers(3)]:
            y, out, up = rng.uniform(44, 58), wide * 0.5 + rng.uniform(10, 16), rng.uniform(12, 24)
            arm = [(0, y), (side * out * 0.8, y), (side * out, y - 5), (side * out, y - up)]
            arm = spline(arm, samples=6) + np.array([50, 0])
            cut.band("body", arm, wide * 0.62, outfit.main)
            cut.dot("body", arm[-1], wide * 0.31, outfit.main)
        cut.part("body", rounded(50 - wide, top, 50 + wide, base + 2, wide * 0.95), outfit.main, relief=8)
        for share in (-0.5, 0, 0.5):
            cut.seam([(50 + share * wide, top + 6), (50 + share * wide, base)], outfit.main.colour * 0.72)
            for y in np.arange(top + 8, base - 2, 6):
                cut.seam([(50 + share * wide - 2, y - 1), (50 + share * wide + 2, y - 1)], thorn, width=0.7)
    elif kind == 1:
        half, tall = rng.uniform(19, 29), rng.uniform(18, 26)
        y = base - tall * 0.75
        cut.part("body", ellipse((50, y), half, tall, corners=40), outfit.main, relief=17)
        for share in (-0.85, -0.5, 0.0, 0.5, 0.85):
            rib = arc((50, y), half * share, tall * 0.97, -85, 85, points=13)
            cut.seam(rib, outfit.main.colour * 0.68, width=1)
            for point in rib[1:-1:2]:
                cut.seam([point - (2, 1.4), moved(point, 2, -1.4)], thorn, width=0.7)
        top = y - tall
    else:
        spots = [(50, base - 14, 13)]
        for side in (-1, 1)[: rng.integers(1, 3)]:
            spots.append((50 + side * rng.uniform(8, 13), base - rng.uniform(34, 38), rng.uniform(9, 12)))
        if rng.random() < 0.6:
            spots.append((spots[1][0] + rng.uniform(-5, 9), base - 54, 7.5))
        for x, y, size in spots:
            cut.part("body", blob(rng, (x, y), size * 0.85, size * 1.15, rough=0.06), outfit.main, relief=6)
            for _ in range(9):
                spot = np.array([x, y]) + rng.uniform(-0.55, 0.55, 2) * size
                cut.seam([spot, moved(spot, 0, -2)], thorn, width=0.8)
        top = min(y - size for _, y, size in spots)
    for _ in range(rng.integers(0, 3)):
        cut.part("body", blob(rng, (50 + rng.normal(0, 3), top + 1), 4, 4, rough=0.3), outfit.trim, relief=3)
    half = rng.uniform(14, 20)
    cut.part("body", turned([(half, base), (half * 0.75, 94)], smooth=False), outfit.base, relief=9)
    cut.part(
        "body", rounded(48.5 - half, base - 4, 51.5 + half, base + 3, 1.4), outfit.base.tinted(1.08), relief=3
    )


def draw_mushroom(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Mushroom, or two: a cap that is round, flat or pointed, gills, a ring, spots."""
    for number in range(1 + (rng.random() < 0.35)):
        x, scale = (50, 1.0) if not number else (50 + rng.choice([-1, 1]) * rng.uniform(20, 25), 0.55)
        half, tall = rng.uniform(24, 34) * scale, rng.uniform(18, 34) * scale
        base, stem = 90.0, rng.uniform(5, 11) * scale
        y = base - rng.uniform(34, 46) * scale
        stalk = plain(any_colour(rng, ("white", "cream", "sand")))
        cut.part(
            "body",
            turned([(stem * 0.8, y - 2), (stem, (y + base) / 2), (stem * 1.4, base - 3), (stem, base)], x),
            stalk,
            relief=6,
        )
        if rng.random() < 0.5:
            ring = [(stem, y + 9 * scale), (stem * 1.7, y + 15 * scale), (0, y + 16 * scale)]
            cut.part("body", turned(ring, x), stalk.tinted(0.95), relief=2)
        under = rng.uniform(3, 6) * scale
        cut.part("body", ellipse((x, y), half * 0.94, under, corners=36), stalk.tinted(0.84), relief=2)
        for share in np.linspace(-0.85, 0.85, 9):
            cut.seam(
                [(x + share * stem, y - 1), (x + share * half * 0.85, y + under * 0.7)],
                stalk.colour * 0.6,
                width=0.5,
            )
        peak = rng.uniform(0.3, 0.8)
        cap = [
            (0, y - tall),
            (half * peak, y - tall * 0.88),
            (half * 0.95, y - tall * 0.3),
            (half, y + 1),
            (0, y - 2),
        ]
        cut.part("body", turned(cap, x), outfit.main, relief=13)
        for _ in range(rng.integers(0, 8)):
            spot = (x + rng.uniform(-0.62, 0.62) * half, y - tall * rng.uniform(0.18, 0.75))
            size = rng.uniform(1.6, 4.2) * scale
            cut.part("body", ellipse(spot, size, size * 0.8, corners=14), outfit.trim, relief=1, lift=0.2)


PLANTS = {
    "tree": draw_tree,
    "flower": draw_flower,
    "cactus": draw_cactus,
    "mushroom": draw_mushroom,
}
