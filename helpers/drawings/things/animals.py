"""Everyday drawings of animals: fish, bird, cat.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, rotated, rounded, turned

DARK = plain((44, 40, 44), 0.8)


def eye(rng: Generator, cut: Cutout, centre, size: float) -> None:
    """Dark eye with a white rim or a glint."""
    if rng.random() < 0.6:
        cut.dot("body", centre, size * 1.5, plain((244, 242, 236)))
    cut.dot("body", centre, size, DARK)


def draw_fish(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Fish: slim or round, with a forked or a fan tail, fins, scales, stripes or spots."""
    left, right, tall = 8.0, rng.uniform(68, 76), rng.uniform(12, 27)
    y, look = 50.0, outfit.trim if rng.random() < 0.6 else outfit.main.tinted(0.85)
    end, fork = rng.uniform(90, 95), rng.uniform(-4, 9)
    spread = tall * rng.uniform(0.7, 1.1)
    tail = [(right - 6, y - 2), (end, y - spread), (end - fork, y), (end, y + spread), (right - 6, y + 2)]
    cut.part("body", tail if rng.random() < 0.5 else spline(tail, closed=True), look, relief=3)
    x = rng.uniform(34, 42)
    high, back = rng.uniform(8, 15), rng.uniform(58, 66)
    fin = [
        (x - 6, y - tall * 0.8),
        (x + 6, y - tall - high),
        (back, y - tall * 0.8 - high * 0.5),
        (back, y - tall * 0.4),
    ]
    cut.part("body", fin, look, relief=3)
    cut.part(
        "body",
        [(x, y + tall * 0.8), (x + 12, y + tall + high * 0.8), (x + 16, y + tall * 0.6)],
        look,
        relief=3,
    )
    for share in np.linspace(0.2, 0.8, 4):
        cut.seam(
            [(x - 6 + share * 20, y - tall * 0.7), (x + 4 + share * 20, y - tall - high)],
            look.colour * 0.7,
            width=0.7,
        )
    bulge = rng.uniform(0.25, 0.5)
    top = [
        (left, y + 1),
        (left + 8, y - tall * 0.65),
        (left + (right - left) * bulge, y - tall),
        (right - 8, y - tall * 0.3),
    ]
    low = [
        (right, y),
        (right - 8, y + tall * 0.3),
        (left + (right - left) * bulge, y + tall),
        (left + 8, y + tall * 0.6),
    ]
    body = spline([*top, *low], closed=True)
    cut.part("body", body, outfit.main, relief=12)
    kind, gill = rng.integers(4), left + rng.uniform(17, 22)
    for share in np.linspace(0.35, 0.85, rng.integers(2, 5)) if kind == 0 else ():
        x, reach = left + (right - left) * share, tall * (1.15 - share) * 1.05
        cut.seam(
            spline([(x, y - reach), (x + 4, y), (x, y + reach)]),
            outfit.trim.colour,
            width=rng.uniform(1.5, 4),
        )
    for row in np.arange(-tall * 0.55, tall * 0.6, 5.5) if kind == 1 else ():
        for x in np.arange(gill + 5, right - 12, 6):
            cut.seam(
                arc((x + (row % 2), y + row), 3, 2.8, -80, 80, points=6), outfit.main.colour * 0.68, width=0.8
            )
    for _ in range(rng.integers(4, 12) if kind == 2 else 0):
        cut.dot(
            "body", (rng.uniform(gill + 4, right - 14), y + rng.uniform(-0.5, 0.5) * tall), 1.8, outfit.base
        )
    cut.seam(
        spline([(gill, y - tall * 0.55), (gill + 4, y), (gill, y + tall * 0.55)]), outfit.thread, width=1.2
    )
    flip = moved(
        rotated([(0, -3), (13, -5), (15, 3), (8, 6), (0, 3)], rng.uniform(-10, 50)), gill + 6, y + tall * 0.15
    )
    cut.part("body", spline(flip, closed=True), look, relief=3)
    eye(rng, cut, (left + 10, y - tall * 0.25), rng.uniform(1.6, 2.6))
    cut.seam(
        [(left + 1, y + tall * 0.15 + 1), (left + 7, y + tall * 0.2 + 2)], outfit.main.colour * 0.5, width=1
    )


def draw_bird(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Bird: a songbird on legs, a duck, or a bird with a long neck; wing folded or lifted."""
    kind = rng.integers(3)
    beak = plain(any_colour(rng, ("mustard", "terracotta", "coral", "charcoal")))
    body = np.array([54.0, 60.0])
    half, tall, head = rng.uniform(21, 27), rng.uniform(14, 20), rng.uniform(9, 12)
    if kind == 0:
        spot = body + np.array([-half * 0.75, -tall * rng.uniform(0.75, 1.0)])
    elif kind == 1:
        spot = body + np.array([-half * 0.85, -tall * rng.uniform(1.1, 1.5)])
    else:
        spot, head = body + np.array([-half * rng.uniform(0.9, 1.2), -rng.uniform(32, 42)]), head * 0.68
    for x in (-3, 6) if kind != 1 else ():
        foot = body + np.array([x + 1, tall + rng.uniform(8, 14) + 8 * (kind == 2)])
        foot[1] = min(foot[1], 95)
        cut.band("body", [body + np.array([x, tall * 0.8]), foot], 1.7, beak)
        for toe in (-4, -1, 3):
            cut.band("body", [foot, foot + np.array([toe, 1.6])], 1.4, beak)
    long = min(rng.uniform(12, 20), 42 - half)
    tail = [(half * 0.6, -4), (half + long, -rng.uniform(0, 14)), (half + long, 2), (half * 0.6, 6)]
    cut.part(
        "body",
        np.array(tail) + body,
        outfit.trim if rng.random() < 0.5 else outfit.main.tinted(0.8),
        relief=3,
    )
    tip = spot + np.array([-head - rng.uniform(5, 13), 2 + 2 * (kind == 1)])
    wide = rng.uniform(2.4, 4.5)
    cut.part(
        "body", [spot - (head * 0.6, wide), tip, spot + np.array([-head * 0.6, wide + 1])], beak, relief=2
    )
    if rng.random() < 0.25:
        for lean in (-6, 0, 6):
            cut.band("body", [spot, spot + np.array([lean + 4, -head - 7])], 1.8, outfit.trim)
    hull = ellipse((0, 0), half, tall, corners=36)
    hull[:, 1] += 0.12 * hull[:, 0]
    if kind == 1:
        hull[:, 1] = np.minimum(hull[:, 1], tall * 0.75)
    cut.part("body", hull + body, outfit.main, relief=12)
    neck = spline(
        [spot, (spot * 0.6 + body * 0.4) + np.array([-3 * (kind > 0), 0]), body - (half * 0.55, 0)], samples=6
    )
    cut.band(
        "body",
        neck,
        np.linspace(head * 1.5, tall * (1.3 if kind < 2 else 0.8), len(neck)),
        outfit.main,
        lift=0,
    )
    cut.part("body", ellipse(spot, head, head * 0.95, corners=28), outfit.main, relief=8, lift=0.2)
    if rng.random() < 0.5:
        belly = ellipse(body + np.array([-half * 0.35, tall * 0.35]), half * 0.5, tall * 0.5)
        cut.part("body", belly, outfit.trim.tinted(1.05), relief=5, lift=0)
    wing = [
        (-half * 0.35, -tall * 0.2),
        (half * 0.3, -tall * 0.5),
        (half * 0.98, 2),
        (half * 0.4, tall * 0.55),
        (-half * 0.2, tall * 0.35),
    ]
    if rng.random() < 0.3:
        wing = [
            (-half * 0.3, -2),
            (half * 0.2, -tall - 14),
            (half * 0.75, -tall - 20),
            (half * 0.7, -tall * 0.4),
            (half * 0.4, 3),
        ]
    wing = spline(np.array(wing) + body, closed=True)
    look = outfit.trim if rng.random() < 0.4 else outfit.main.tinted(0.82)
    cut.part("body", wing, look, relief=4)
    for share in (0.75, 0.5, 0.28):
        feather = (wing - wing[0]) * share + wing[0]
        cut.seam(feather[8:18], look.colour * 0.65, width=0.9)
    eye(rng, cut, spot - (head * 0.3, head * 0.15), rng.uniform(1.1, 1.9))


def _cat_head(rng: Generator, cut: Cutout, outfit: Outfit, centre, size: float) -> None:
    """Face with ears, eyes, a nose and whiskers."""
    ear = rng.uniform(0.9, 1.35)
    for side in (-1, 1):
        tip = [(side * 0.35, -0.6), (side * 0.85, -0.65 - 0.8 * ear), (side * 0.97, -0.1)]
        cut.part("body", np.array(tip) * size + centre, outfit.main, relief=3)
        inner = (np.array(tip) - tip[1]) * 0.55 + np.array(tip[1]) + (0, 0.32)
        cut.part("body", inner * size + centre, outfit.lining.tinted(1.3), relief=1, lift=0)
    face = [
        (0, -0.75),
        (0.7, -0.6),
        (1.08, 0.1),
        (0.75, 0.72),
        (0, 0.88),
        (-0.75, 0.72),
        (-1.08, 0.1),
        (-0.7, -0.6),
    ]
    cut.part("body", spline(np.array(face) * size + centre, closed=True), outfit.main, relief=8)
    if rng.random() < 0.5:
        cut.part(
            "body",
            ellipse(np.array([0, 0.42]) * size + centre, size * 0.5, size * 0.34),
            outfit.trim,
            relief=2,
            lift=0,
        )
    for side in (-1, 1):
        spot = np.array([side * 0.42, -0.1]) * size + centre
        cut.part(
            "body",
            ellipse(spot, size * 0.2, size * 0.2, corners=14),
            plain(any_colour(rng, ("mustard", "sage", "sky", "cream")), 0.5),
            relief=1,
        )
        cut.part("body", ellipse(spot, size * 0.08, size * 0.18, corners=12), DARK, relief=0, lift=0)
        for lift in (0.3, 0.5):
            cut.seam(
                np.array([(side * 0.35, 0.35), (side * 1.0, lift)]) * size + centre,
                (236, 232, 224),
                width=0.6,
            )
    cut.part(
        "body",
        np.array([(-0.12, 0.2), (0.12, 0.2), (0, 0.34)]) * size + centre,
        plain((210, 130, 126)),
        relief=1,
    )


def draw_cat(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Cat: sitting, lying, or walking with its tail up; plain, striped or with a white front."""
    kind, thick = rng.integers(3), rng.uniform(4.5, 7)
    size = rng.uniform(13, 17)
    if kind == 0:
        half = rng.uniform(17, 22)
        reach = rng.choice([-1, 1])
        tail = [
            (50 + reach * 8, 86),
            (50 + reach * (half + 8), 86),
            (50 + reach * (half + 16), rng.uniform(58, 72)),
            (50 + reach * (half + 10), 54),
        ]
        path = spline(tail, samples=7)
        cut.band("body", path, np.linspace(thick * 1.2, thick * 0.7, len(path)), outfit.main.tinted(0.9))
        cut.part(
            "body",
            turned([(size * 0.6, 36), (half * 0.75, 54), (half, 76), (half * 0.9, 90), (0, 91)]),
            outfit.main,
            relief=12,
        )
        if rng.random() < 0.5:
            cut.part("body", ellipse((50, 60), half * 0.42, 13), outfit.trim, relief=4, lift=0)
        for side in (-1, 1):
            cut.part(
                "body",
                rounded(50 + side * 6 - 4.4, 60, 50 + side * 6 + 4.4, 91, 4),
                outfit.main.tinted(1.05),
                relief=4,
                lift=0.5,
            )
            cut.part("body", ellipse((50 + side * half * 0.75, 88), 8, 4.4), outfit.main, relief=3)
        _cat_head(rng, cut, outfit, np.array([50 + rng.normal(0, 3), 31]), size)
        return
    long = rng.uniform(22, 27)
    y, legs = (66.0, 0) if kind == 1 else (58.0, rng.uniform(20, 27))
    tall = rng.uniform(11, 15)
    sweep = rng.uniform(-4, 12)
    up = [(56 + long * 0.8, y), (60 + long, y - 12), (58 + long + sweep, y - 30), (54 + long + sweep, y - 38)]
    if kind == 1:
        up = [(56 + long * 0.8, y + 8), (64 + long, y + 8), (67 + long, y - 4), (60 + long, y - 8)]
    path = spline(up, samples=7)
    cut.band("body", path, np.linspace(thick, thick * 0.7, len(path)), outfit.main.tinted(0.92))
    for x in (-0.55, 0.95) if legs else ():
        foot = [(56 + x * long, y), (56 + x * long + rng.uniform(-5, 5), y + legs)]
        cut.band("body", foot, 6.4, outfit.main.tinted(0.75))
    hull = [
        (-long, -tall * 0.5),
        (0, -tall * 0.85),
        (long, -tall * 0.75),
        (long * 1.15, tall * 0.2),
        (long * 0.8, tall),
        (0, tall * 0.8),
        (-long, tall),
    ]
    cut.part("body", spline(moved(hull, 56, y), closed=True), outfit.main, relief=11)
    for x in np.linspace(-0.4, 0.9, rng.integers(3, 7)) if rng.random() < 0.5 else ():
        cut.seam([(56 + x * long, y - tall), (54 + x * long, y)], outfit.main.colour * 0.6, width=2)
    for x in (-0.8, 0.75) if legs else ():
        foot = np.linspace((56 + x * long, y + 2), (56 + x * long + rng.uniform(-5, 5), y + legs), 5)
        cut.band("body", foot, np.linspace(9, 6, 5), outfit.main, lift=0.4)
        cut.part(
            "body",
            ellipse(foot[-1] - (1.5, 0), 5, 3),
            outfit.trim if rng.random() < 0.4 else outfit.main,
            relief=2,
        )
    if not legs:
        for x in (-0.9, -0.5):
            cut.part(
                "body",
                rounded(46 + x * long, y + tall - 6, 62 + x * long, y + tall + 1, 3.4),
                outfit.main.tinted(1.05),
                relief=3,
            )
        cut.part("body", ellipse((56 + long * 0.7, y + 4), 11, 10), outfit.main, relief=6, lift=0.5)
    _cat_head(rng, cut, outfit, np.array([54 - long, y - tall - rng.uniform(0, 8)]), size * 0.85)


ANIMALS = {
    "fish": draw_fish,
    "bird": draw_bird,
    "cat": draw_cat,
}
