"""Everyday drawings of furniture: chair, table, sofa, bookcase.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Look, Outfit, any_colour, plain
from helpers.drawings.shapes import rotated, rounded, turned

WOOD = ("sand", "tan", "cognac", "chocolate", "white", "charcoal")


def frame(rng: Generator, outfit: Outfit) -> Look:
    """Material of legs and boards: wood, metal, or that of the trim."""
    return (plain(any_colour(rng, WOOD)), outfit.metal, outfit.trim)[rng.integers(3)]


def leg(cut: Cutout, top, foot, wide: float, look: Look) -> None:
    """Leg that tapers."""
    path = np.linspace(top, foot, 5)
    cut.band("body", path, np.linspace(wide, wide * 0.65, 5), look)


def draw_chair(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Chair aslant, or a stool: straight or splayed legs, a back of slats, rungs or a panel, perhaps arms."""
    half, seat, ground = rng.uniform(19, 27), rng.uniform(50, 58), rng.uniform(86, 93)
    deep, lean, wide = rng.uniform(7, 14), rng.uniform(4, 12), rng.uniform(2.4, 4.4)
    look, splay = frame(rng, outfit), rng.uniform(-1, 5)
    left, right, back = 46 - half, 46 + half, np.array([lean, -deep])
    stool = rng.random() < 0.2
    for x, out in ((left + 2, -splay), (right - 2, splay)):
        leg(cut, moved(back, x, seat), moved(back, x + out * 0.5, ground), wide, look.tinted(0.75))
    if not stool:
        top, rake = rng.uniform(9, 22), rng.uniform(0, 5)
        posts = [np.array([x, seat]) + back for x in (left + 1.5, right - 1.5)]
        ends = [np.array([post[0] + rake, top]) for post in posts]
        kind = rng.integers(4)
        a, b = rng.uniform(0, 0.1), rng.uniform(0.25, 0.95)
        panel = [
            posts[k] + (ends[k] - posts[k]) * share
            for k, share in ((0, 1 - a), (1, 1 - a), (1, 1 - b), (0, 1 - b))
        ]
        if kind == 0:
            cut.part("body", panel, outfit.main, relief=5)
        elif kind == 1:
            for share in np.linspace(0.1, 0.9, rng.integers(3, 7)):
                foot = posts[0] + (posts[1] - posts[0]) * share
                cut.band("body", [foot, moved(foot, rake, top - seat + deep)], wide * 0.7, look)
            cut.band("body", ends, wide * 1.5, look)
        elif kind == 2:
            for share in np.linspace(0.3, 0.98, rng.integers(2, 5)):
                y = [posts[k] + (ends[k] - posts[k]) * share for k in (0, 1)]
                cut.band("body", spline([y[0], (y[0] + y[1]) / 2 + (0, 2), y[1]]), rng.uniform(3, 5), look)
        else:
            bow = [posts[0], ends[0] + (0, 6), (ends[0] + ends[1]) / 2 - (0, 2), ends[1] + (0, 6), posts[1]]
            bow = spline(bow, samples=7)
            cut.part("body", bow, outfit.main, relief=6)
            cut.band("body", bow, wide, look)
        for post, end in zip(posts, ends, strict=True) if kind < 3 else ():
            cut.band("body", [post, end], wide, look)
    if stool and rng.random() < 0.5:
        middle = (46 + lean / 2, seat - deep / 2)
        cut.part("body", ellipse(moved(middle, 0, 3), half, deep * 0.7, corners=36), look.tinted(0.8))
        cushion = ellipse(middle, half, deep * 0.7, corners=36)
    else:
        cushion = np.array(
            [(left, seat), moved(back, left + 2, seat), moved(back, right - 2, seat), (right, seat)]
        )
        cut.part("body", rounded(left, seat - 1, right, seat + rng.uniform(3, 7), 1.5), look, relief=2)
    cut.part("body", cushion, outfit.main, relief=5, lift=0.5)
    if rng.random() < 0.6:
        share = rng.uniform(0.4, 0.75)
        y = seat + (ground - seat) * share
        cut.band("body", [(left + 2, y), (right - 2, y)], wide * 0.7, look)
    for x, out in ((left + 2.5, -splay), (right - 2.5, splay)):
        leg(cut, (x, seat + 3), (x + out, ground + 3), wide * 1.1, look)
        if not stool and rng.random() < 0.3:
            arm = [(x, seat), (x, seat - 13), moved(back, x + 2, seat - 12)]
            cut.band("body", spline(arm), wide, look)


def draw_table(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Table: round or with corners, on four legs, trestles or one foot, perhaps with a drawer or a cloth."""
    half, top, ground = rng.uniform(30, 42), rng.uniform(30, 46), rng.uniform(76, 86)
    deep, wide, look = rng.uniform(6, 14), rng.uniform(2.6, 5), frame(rng, outfit)
    thick, kind = rng.uniform(2, 5), rng.integers(4)
    round_top = rng.random() < 0.45
    low = top + thick
    if kind == 0:
        foot = rng.uniform(14, 24)
        cut.part("body", ellipse((50, ground), foot, 5, corners=30), look, relief=3)
        waist = rng.uniform(2.5, 5)
        cut.part(
            "body",
            turned(
                [
                    (waist * 1.8, low),
                    (waist, low + 9),
                    (waist * 1.6, ground - 12),
                    (waist, ground - 7),
                    (foot * 0.6, ground),
                ]
            ),
            look,
        )
    elif kind == 1:
        for x in (-0.68, 0.68):
            for side in (-1, 1):
                leg(cut, (50 + x * half, low), (50 + x * half + side * rng.uniform(6, 9), ground), wide, look)
        cut.band(
            "body",
            [(50 - half * 0.68, (low + ground) / 2), (50 + half * 0.68, (low + ground) / 2)],
            wide,
            look,
        )
    else:
        splay, inner = rng.uniform(-3, 5), 0.8 if round_top else 0.93
        for x in (-inner * 0.82, inner * 0.82):
            leg(
                cut,
                (50 + x * half, low - deep * 0.4),
                (50 + x * half + splay * np.sign(x), ground - deep),
                wide,
                look.tinted(0.72),
            )
        if kind == 2:
            y = low + rng.uniform(5, 9)
            cut.part(
                "body",
                rounded(50 - half * inner, low - 1, 50 + half * inner, y, 0.8),
                look.tinted(0.9),
                relief=2,
            )
            for x in (-0.4, 0.4) if rng.random() < 0.5 else (0.0,):
                box = rounded(50 + (x - 0.3) * half, low + 1, 50 + (x + 0.3) * half, y - 1, 0.6)
                cut.part("body", box, outfit.main, relief=1.5, lift=0.5)
                cut.dot("body", (50 + x * half, (low + y) / 2), 1, outfit.metal)
        for x in (-inner, inner):
            leg(cut, (50 + x * half, low), (50 + x * half + splay * np.sign(x), ground), wide, look)
    if round_top:
        cut.part(
            "body",
            ellipse((50, top + thick - deep * 0.2), half, deep * 0.7, corners=44),
            outfit.main.tinted(0.7),
            relief=2,
        )
        cut.part(
            "body",
            ellipse((50, top - deep * 0.2), half, deep * 0.7, corners=44),
            outfit.main,
            relief=3,
            lift=0,
        )
    else:
        slant = rng.uniform(4, 9)
        plate = [
            (50 - half - 2, top),
            (50 - half + slant, top - deep),
            (50 + half - slant, top - deep),
            (50 + half + 2, top),
        ]
        cut.part("body", plate, outfit.main, relief=3)
        cut.part(
            "body", rounded(48 - half, top - 0.5, 52 + half, low, 0.8), outfit.main.tinted(0.75), relief=1.5
        )
    if rng.random() < 0.25:
        runner = [
            (50 - half * 0.3, top - deep * 0.8),
            (50 + half * 0.3, top - deep * 0.8),
            (50 + half * 0.36, top + 12),
        ]
        cut.part(
            "body", [*runner, (50, top + 17), (50 - half * 0.36, top + 12)], outfit.trim, relief=2, lift=0.6
        )


def draw_sofa(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Sofa or armchair: a back, one to three cushions, arms, legs, perhaps a pillow."""
    count = rng.integers(1, 4)
    half, seat, ground = 17 + 8.3 * count + rng.uniform(-3, 2), rng.uniform(52, 58), rng.uniform(74, 80)
    top, arm, rise = rng.uniform(26, 36), rng.uniform(6, 11), rng.uniform(6, 15)
    look = frame(rng, outfit)
    for x in (-half + 4, half - 4):
        leg(
            cut,
            (50 + x, ground - 2),
            (50 + x * rng.uniform(0.98, 1.04), ground + rng.uniform(4, 10)),
            4,
            look,
        )
    bulge = rng.uniform(0, 7)
    back = [(50 - half + 2, ground - 5), (50 - half + 3, top + 4), (50 - half + 8, top)]
    back += [(50, top - bulge), (42 + half, top), (47 + half, top + 4), (48 + half, ground - 5)]
    cut.part("body", spline(back), outfit.main, relief=8)
    step = (2 * half - 2 * arm) / count
    for number in range(count):
        x = 50 - half + arm + number * step
        if rng.random() < 0.8:
            cut.part(
                "body",
                rounded(x, top + 5, x + step, seat + 2, 4),
                outfit.main.tinted(1.04),
                relief=6,
                lift=0.5,
            )
            if bulge > 4:
                for spot in ((0.3, 0.35), (0.7, 0.35), (0.5, 0.7)):
                    cut.dot(
                        "body", (x + step * spot[0], top + 5 + (seat - top - 4) * spot[1]), 0.9, outfit.trim
                    )
    cut.part(
        "body", rounded(50 - half + 2, seat + 2, 48 + half, ground, 2), outfit.main.tinted(0.86), relief=4
    )
    for number in range(count):
        x = 50 - half + arm + number * step
        cut.part(
            "body", rounded(x, seat - 1, x + step, seat + 9, 3), outfit.main.tinted(1.08), relief=4, lift=0.6
        )
    for side in (-1, 1):
        x = 50 + side * (half - arm / 2)
        cut.part(
            "body",
            rounded(x - arm / 2 - 1, seat - rise, x + arm / 2 + 1, ground + 1, arm * 0.5),
            outfit.main,
            relief=5,
        )
        if rng.random() < 0.5:
            cut.dot("body", (x, seat - rise + arm * 0.55), arm * 0.4, outfit.main.tinted(0.85))
    for _ in range(rng.integers(0, 3)):
        spot = (50 + rng.uniform(-0.5, 0.5) * half, seat - 6)
        pillow = rotated(rounded(-7, -7, 7, 7, 2.5), rng.uniform(-30, 30))
        cut.part("body", moved(pillow, *spot), outfit.trim, relief=5)


def draw_bookcase(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Bookcase: shelves with books upright, leaning or lying, and a pot here and there."""
    half, top, bottom = rng.uniform(18, 36), rng.uniform(9, 26), rng.uniform(84, 91)
    look = outfit.main
    for x in (-half + 3, half - 3):
        leg(cut, (50 + x, bottom - 1), (50 + x, bottom + rng.uniform(2, 6)), 3.6, outfit.trim)
    side = rng.uniform(3, 7)
    flank = [
        (50 + half, top),
        (50 + half + side, top - 3),
        (50 + half + side, bottom - 4),
        (50 + half, bottom),
    ]
    cut.part("body", flank, look.tinted(0.65), relief=1)
    cut.part("body", rounded(50 - half, top, 50 + half, bottom, 1), look, relief=2)
    count = rng.integers(2, 5)
    step = (bottom - top - 2) / count
    for row in range(count):
        y, left, right = top + 2 + row * step, 52 - half, 48 + half
        cut.part("body", rounded(left, y, right, y + step - 2, 0.3), look.tinted(0.45), relief=0, lift=0)
        x, end = left + 0.5, right - rng.uniform(0, 0.5) * half
        while x < end - 2:
            wide = min(rng.uniform(2, 5.2), end - x)
            tall = (step - 3.5) * rng.uniform(0.6, 1)
            book = [
                (x, y + step - 2),
                (x, y + step - 2 - tall),
                (x + wide, y + step - 2 - tall),
                (x + wide, y + step - 2),
            ]
            spine = plain(any_colour(rng))
            cut.part("body", book, spine, relief=1.2, lift=0.3)
            if rng.random() < 0.5:
                cut.seam(
                    [(x, y + step - 2 - tall * 0.75), (x + wide, y + step - 2 - tall * 0.75)],
                    outfit.trim.colour,
                    width=1,
                )
            x += wide + 0.3
        if right - x > 7 and rng.random() < 0.7:
            size = min(4.0, step * 0.3)
            cut.dot("body", ((x + right) / 2, y + step - 2 - size), size, plain(any_colour(rng), 0.4))


FURNITURE = {
    "chair": draw_chair,
    "table": draw_table,
    "sofa": draw_sofa,
    "bookcase": draw_bookcase,
}
