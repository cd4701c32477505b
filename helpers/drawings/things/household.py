"""Everyday drawings of a home: lamp, clock, umbrella, house.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, rotated, rounded, turned
from helpers.drawings.things.furniture import frame, leg


def draw_lamp(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Lamp: a shade on a turned foot, a tall stand, or an arm with joints."""
    look, base = frame(rng, outfit), rng.uniform(86, 92)
    glow = plain((252, 236, 184)) if rng.random() < 0.5 else outfit.lining
    if rng.random() < 0.35:
        foot = rng.uniform(11, 17)
        cut.part("body", ellipse((38, base), foot, 4, corners=32), look, relief=4)
        elbow = np.array([rng.uniform(24, 34), rng.uniform(44, 56)])
        hand = np.array([rng.uniform(56, 66), rng.uniform(18, 26)])
        for path in ([(38, base - 2), elbow], [elbow, hand]):
            cut.band("body", path, rng.uniform(2, 3.4), look)
        for joint in (elbow, hand, (38, base - 3)):
            cut.dot("body", joint, 2.8, outfit.metal)
        size, turn = rng.uniform(9, 13), rng.uniform(-50, -10)
        cut.part("body", moved(rotated(ellipse((0, 17), size, 3.4), turn), *hand), glow, relief=1)
        bell = [(-3.5, -3), (3.5, -3), (size * 0.75, 6), (size, 17), (0, 19), (-size, 17), (-size * 0.75, 6)]
        cut.part("body", moved(rotated(bell, turn), *hand), outfit.main, relief=6)
        return
    tall = rng.random() < 0.4
    top, high = rng.uniform(9, 15), rng.uniform(16, 24) if tall else rng.uniform(26, 36)
    low = top + high
    half = rng.uniform(14, 20) if tall else rng.uniform(20, 30)
    narrow, foot = half * rng.uniform(0.35, 0.95), rng.uniform(9, 15)
    cut.part("body", ellipse((50, base), foot, 3.4, corners=32), look, relief=3)
    if tall:
        cut.band("body", [(50, low - 4), (50, base)], rng.uniform(1.8, 3), look)
    else:
        belly, at = rng.uniform(4, 15), rng.uniform(0.3, 0.7)
        middle = low + (base - low) * at
        profile = [(2, low - 2), (2.4, low + 4), (belly, middle), (belly * 0.6, base - 6), (foot * 0.8, base)]
        cut.part("body", turned(profile), look if rng.random() < 0.4 else outfit.base, relief=8)
    cut.part("body", ellipse((50, low), half * 0.97, 3.2, corners=36), glow, relief=1)
    shade = np.concatenate([arc((50, top), narrow, 2, 180, 360), arc((50, low), half, 3, 0, 180)])
    cut.part("body", shade, outfit.main, relief=12, lift=0.4)
    if rng.random() < 0.5:
        for ring, size, dip in ((top + 2, narrow, -2), (low - 1.5, half * 0.98, 3)):
            cut.seam(arc((50, ring), size, dip, 0, 180), outfit.trim.colour, width=1.6)
    if rng.random() < 0.3:
        for share in np.linspace(-0.85, 0.85, 9):
            cut.seam([(50 + share * narrow, top - 1), (50 + share * half, low + 2)], outfit.thread, width=0.7)
    if rng.random() < 0.35:
        cut.seam([(50 + half * 0.5, low), (50 + half * 0.5, low + 1)], outfit.metal.colour)
        cut.band("body", [(50 + half * 0.4, low + 2), (50 + half * 0.4, low + 12)], 0.8, outfit.metal)
        cut.dot("body", (50 + half * 0.4, low + 13), 1.5, outfit.metal)


def draw_clock(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Clock: on the wall, with bells and feet, or with a pendulum under a roof."""
    kind, size = rng.integers(3), rng.uniform(23, 31)
    middle = np.array([50.0, (46, 56, 40)[kind]])
    if kind == 0:
        corners = (44, 44, 8, 6, 4)[rng.integers(5)]
        turn = np.arange(corners) * (2 * np.pi / corners) + np.pi / corners
        rim = middle + size * 1.22 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        cut.part("body", rim, outfit.main, relief=4)
    elif kind == 1:
        for side in (-1, 1):
            leg(
                cut,
                moved(middle, side * size * 0.5, size * 0.8),
                moved(middle, side * size * 0.75, size * 1.3),
                4,
                outfit.metal,
            )
            bell = moved(
                rotated(arc((0, 0), 10, 9, 180, 360), side * 32),
                *moved(middle, side * size * 0.62, -size * 0.95),
            )
            cut.part("body", bell, outfit.trim, relief=4)
        cut.band("handle", arc(middle - (0, size * 1.1), 6, 8, 180, 360), 2, outfit.metal)
        cut.part("body", ellipse(middle, size * 1.15, size * 1.15, corners=44), outfit.main, relief=5)
    else:
        size *= 0.72
        low = rng.uniform(84, 93)
        wide = size * 1.3
        box = [(50 - wide, middle[1] - size), (50, middle[1] - size * 1.6), (50 + wide, middle[1] - size)]
        rod = [(50, middle[1]), (50 + rng.uniform(-9, 9), low - 6)]
        cut.band("body", rod, 1.6, outfit.metal)
        cut.dot("body", rod[1], rng.uniform(4, 6), outfit.metal)
        body = [*box, (50 + wide, middle[1] + size * 1.3), (50 - wide, middle[1] + size * 1.3)]
        cut.part("body", body, outfit.main, relief=5)
        eaves = [
            (47 - wide, middle[1] - size * 0.85),
            (50, middle[1] - size * 1.65),
            (53 + wide, middle[1] - size * 0.85),
        ]
        cut.band("body", eaves, 4.5, outfit.trim)
    face = plain(any_colour(rng, ("white", "cream", "blush", "sky", "charcoal", "ink")))
    cut.part("body", ellipse(middle, size, size, corners=44), face, relief=2)
    ink = np.array((40, 38, 44)) if face.colour.mean() > 120 else np.array((240, 236, 226))
    every = 3 if rng.random() < 0.3 else 1
    for hour in range(0, 12, every):
        ends = rotated([(0, -size * 0.92), (0, -size * (0.7 if hour % 3 == 0 else 0.8))], hour * 30)
        cut.seam(ends + middle, ink, width=1.8 if hour % 3 == 0 else 1)
    minutes = rng.uniform(0, 720)
    for angle, long, wide in ((minutes / 2, 0.5, 2.6), (minutes * 6, 0.76, 1.7)):
        cut.seam(rotated([(0, size * 0.12), (0, -size * long)], angle % 360) + middle, ink, width=wide)
    cut.dot("body", middle, 2, outfit.trim)


def draw_umbrella(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Umbrella: open with gores and a crook, or rolled up."""
    look = frame(rng, outfit)
    crook, size = rng.uniform(86, 91), rng.uniform(4, 6.5)
    if rng.random() < 0.25:
        hook = spline(
            [(50, 70), (50, crook - 4), (50 + size, crook + 3), (50 + 2 * size, crook - 4)], samples=7
        )
        cut.band("handle", hook, 3.2, look)
        cut.band("body", [(50, 6), (50, 16)], 1.8, outfit.metal)
        wide = rng.uniform(5, 9)
        roll = turned([(1, 13), (wide * 0.6, 30), (wide, 60), (wide * 0.7, 74)])
        cut.part("body", roll, outfit.main, relief=6)
        for x in (-0.5, 0.1, 0.6):
            cut.seam(
                spline([(50, 16), (50 + x * wide, 45), (50 - x * wide * 0.4, 73)]), outfit.thread, width=0.9
            )
        cut.band("body", [(50 - wide, 54), (50 + wide, 56)], 2.6, outfit.trim)
        return
    half, top, edge = rng.uniform(36, 44), rng.uniform(12, 20), rng.uniform(42, 54)
    hook = spline(
        [(50, edge - 8), (50, crook - 4), (50 + size, crook + 3), (50 + 2 * size, crook - 4)], samples=7
    )
    cut.band("handle", hook, rng.uniform(2, 3.6), look)
    cut.band("body", [(50, top - 6), (50, top + 4)], 1.8, look)
    count = rng.integers(4, 9)
    xs = np.sin(np.linspace(-np.pi / 2, np.pi / 2, count + 1)) * half
    scallop, flat = rng.uniform(2, 6), rng.uniform(0.5, 1.05)
    for number in range(count):
        a, b = xs[number], xs[number + 1]
        left, right = ([(0, top), (x * 0.6, top + (edge - top) * 0.28 * flat), (x, edge)] for x in (a, b))
        hem = [(a, edge), ((a + b) / 2, edge - scallop), (b, edge)]
        gore = np.concatenate([spline(left), spline(hem), spline(right)[::-1]]) + np.array([50, 0])
        shade = 1.1 - 0.3 * abs(a + b) / (2 * half)
        second = number % 2 and xs[0] < 0 and flat > 0.75
        cut.part("body", gore, (outfit.trim if second else outfit.main).tinted(shade), relief=3, lift=0)
        cut.seam(spline(right) + np.array([50, 0]), outfit.thread, width=0.7)


def draw_house(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """House: a cottage, a town house or a tower with its roof, door, windows, chimney."""
    half, wall, ground = rng.uniform(18, 35), rng.uniform(38, 52), rng.uniform(84, 90)
    peak, eave = rng.uniform(9, 22), rng.uniform(3, 7)
    glass = plain(any_colour(rng, ("sky", "ink", "mustard", "cream", "denim")), 0.4)
    if rng.random() < 0.7:
        x = 50 + rng.choice([-1, 1]) * half * rng.uniform(0.4, 0.65)
        cut.part("body", rounded(x - 4, peak + 2, x + 4, wall, 0.6), outfit.base, relief=2)
        cut.part("body", rounded(x - 5, peak, x + 5, peak + 4, 0.6), outfit.base.tinted(0.8), relief=1)
    gable = rng.random() < 0.5
    side = rng.uniform(8, 15) if gable and half < 28 else 0
    if side:
        flank = [
            (50 + half, wall),
            (50 + half + side, wall - 4),
            (50 + half + side, ground - 4),
            (50 + half, ground),
        ]
        cut.part("body", flank, outfit.main.tinted(0.65), relief=1)
        slope = [(50, peak), (50 + side, peak - 3), (52 + half + side, wall - 2), (52 + half, wall + 2)]
        cut.part("body", slope, outfit.trim.tinted(0.75), relief=1)
    front = (
        [(50 - half, wall), (50, peak + 2), (50 + half, wall)]
        if gable
        else [(50 - half, wall), (50 + half, wall)]
    )
    cut.part("body", [*front, (50 + half, ground), (50 - half, ground)], outfit.main, relief=3)
    if gable:
        ridge = [(50 - half - eave, wall + eave), (50, peak), (50 + half + eave, wall + eave)]
        cut.band("body", ridge, rng.uniform(4, 7), outfit.trim)
        cut.part("body", ellipse((50, wall - 5), 4, 4), glass, relief=1)
    else:
        top = half * rng.uniform(0.4, 0.9)
        roof = [
            (50 - top, peak + 8),
            (50 + top, peak + 8),
            (50 + half + eave, wall + 2),
            (50 - half - eave, wall + 2),
        ]
        cut.part("body", roof, outfit.trim, relief=3)
        for y in np.arange(peak + 13, wall, 5):
            cut.seam(
                [(50 - half - eave, y), (50 + half + eave, y)], outfit.trim.colour * 0.7, width=0.7, stitch=2
            )
    door = 50 + rng.uniform(-0.5, 0.5) * half
    frame = rounded(door - 5, ground - rng.uniform(16, 22), door + 5, ground, rng.choice([0.5, 4.5]))
    cut.part("body", frame, outfit.base, relief=2, lift=0.5)
    cut.dot("body", (door + 3, ground - 8), 0.9, outfit.metal)
    columns, rows = rng.integers(2, 4), 1 + (ground - wall > 42)
    for x in np.linspace(-0.66, 0.66, columns) * half + 50:
        for row in range(rows):
            y = wall + 6 + row * 18
            if abs(x - door) < 10 and y + 11 > ground - 22:
                continue
            cut.part(
                "body", rounded(x - 4.6, y - 0.6, x + 4.6, y + 10.6, 0.6), outfit.trim, relief=1, lift=0.4
            )
            cut.part("body", rounded(x - 3.6, y + 0.4, x + 3.6, y + 9.6, 0.4), glass, relief=1, lift=0)
            cut.seam([(x, y), (x, y + 10)], outfit.trim.colour, width=0.9)
            cut.seam([(x - 4, y + 5), (x + 4, y + 5)], outfit.trim.colour, width=0.9)


HOUSEHOLD = {
    "lamp": draw_lamp,
    "clock": draw_clock,
    "umbrella": draw_umbrella,
    "house": draw_house,
}
