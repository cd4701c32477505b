"""Everyday drawings of tools: key, scissors, hammer, axe, pencil, paint brush.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Look, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, rotated, rounded, turned

WOOD = ("sand", "tan", "cognac", "chocolate", "cream")


def _steel(rng: Generator, outfit: Outfit) -> Look:
    """Material of blades and heads."""
    return outfit.metal if rng.random() < 0.6 else outfit.trim


def _ring(cut: Cutout, centre, radius_x: float, radius_y: float, wide: float, look: Look) -> None:
    """Closed loop with a hole."""
    cut.band("handle", arc(centre, radius_x, radius_y, 0, 360, points=34), wide, look)


def draw_key(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Key: a bow of one, three or no holes, a shaft with collars, a bit with teeth."""
    look = outfit.metal if rng.random() < 0.35 else outfit.main
    size, wide, end = rng.uniform(11, 17), rng.uniform(3, 6), rng.uniform(86, 94)
    x, kind = 6 + size + wide / 2, rng.integers(4)
    cut.band("body", np.linspace((x + size * 0.7, 50), (end, 50), 8), wide, look)
    if kind == 0:
        _ring(cut, (x, 50), size, size * rng.uniform(0.75, 1.2), wide * 1.2, look)
    elif kind == 1:
        for angle in (-90, 90, 180):
            spot = rotated([(size * 0.7, 0)], angle)[0] + np.array([x, 50])
            _ring(cut, spot, size * 0.45, size * 0.45, wide * 0.9, look)
    elif kind == 2:
        head = rounded(x - size, 50 - size * 1.05, x + size, 50 + size * 1.05, rng.uniform(3, 9))
        cut.part("body", head, look, relief=4)
        cut.part("body", rounded(x - size + 3, 46, x - size + 7, 54, 1.8), outfit.lining, relief=1)
        cut.part(
            "body", rounded(x - 2, 50 - size * 0.6, x + size - 4, 50 + size * 0.6, 2), outfit.trim, relief=2
        )
    else:
        heart = [(-0.9, 0), (-0.8, -0.8), (0, -0.95), (1.2, 0), (0, 0.95), (-0.8, 0.8), (-0.9, 0)]
        cut.band("handle", spline(np.array(heart) * size + (x, 50), samples=6), wide, look)
    for spot in (x + size + 3, x + size + 7)[: rng.integers(0, 3)]:
        cut.part(
            "body", rounded(spot - 1, 50 - wide, spot + 1.2, 50 + wide, 0.8), look.tinted(1.1), relief=1.5
        )
    teeth, deep = rng.integers(2, 5), rng.uniform(8, 15)
    step = rng.uniform(3.6, 5.2)
    for number in range(teeth):
        right = end - 2 - number * step
        long = deep * rng.uniform(0.55, 1)
        cut.part(
            "body",
            rounded(right - step * 0.72, 50, right, 50 + wide / 2 + long, 0.5),
            look,
            relief=1.5,
            lift=0.3,
        )
    cut.part(
        "body",
        rounded(end - 2 - teeth * step, 50, end - 2, 50 + wide / 2 + deep * 0.4, 0.4),
        look,
        relief=1,
        lift=0,
    )


def draw_scissors(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Scissors: two blades, open or closed, on a screw, with two loops."""
    spread, long, wide = rng.uniform(4, 24), rng.uniform(34, 44), rng.uniform(4.5, 8)
    steel, pivot = _steel(rng, outfit), np.array([50.0, rng.uniform(46, 54)])
    big, thick = rng.uniform(7.5, 10.5), rng.uniform(3, 5)
    reach = min(rng.uniform(18, 30), 88 - big * 1.3 - pivot[1])
    for side in (-1, 1):
        blade = [
            (-0.15 * wide, -long),
            (wide * 0.75, -long * 0.45),
            (wide * 0.8, 4),
            (-wide * 0.5, 6),
            (-wide * 0.3, 0),
        ]
        blade = rotated(np.array(blade) * (side, 1), side * spread / 2) + pivot
        cut.part("body", blade, steel.tinted(1.0 if side > 0 else 0.88), relief=2)
        grip = [(0, 2), (-side * 2, reach * 0.5), (-side * (4 + spread * 0.1), reach)]
        grip = spline(rotated(grip, side * spread / 2), samples=6) + pivot
        cut.band("handle", grip, thick * 1.25, outfit.main)
        centre = grip[-1] + np.array([-side * big * 0.45, big * 0.8])
        _ring(cut, centre, big * rng.uniform(0.75, 1), big * rng.uniform(1, 1.25), thick, outfit.main)
    cut.dot("body", pivot, 2.4, outfit.metal)
    cut.seam([pivot - (1.4, 0.6), moved(pivot, 1.4, 0.6)], outfit.metal.colour * 0.5, width=0.8)


def _handle(rng: Generator, cut: Cutout, outfit: Outfit, y: float, wide: float) -> Look:
    """Handle that begins at a height, perhaps with a grip; its material."""
    end = rng.uniform(88, 95)
    wood = plain(any_colour(rng, WOOD)) if rng.random() < 0.5 else outfit.main
    shaft = spline([(50, y - 4), (50, 50), (50 + rng.uniform(-3, 3), end)], samples=6)
    cut.band("handle", shaft, wide * np.linspace(0.8, rng.uniform(0.95, 1.3), len(shaft)), wood)
    if rng.random() < 0.6:
        low = rng.uniform(60, 70)
        grip = shaft[shaft[:, 1] > low]
        cut.band("handle", grip, wide * 1.35, outfit.trim if wood is outfit.main else outfit.main)
        for point in grip[1:-1]:
            cut.seam([point - (wide * 0.6, 0), moved(point, wide * 0.6, 0)], outfit.thread, width=0.8)
    return wood


def draw_axe(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Axe with one blade or two."""
    y, tall, half = rng.uniform(18, 26), rng.uniform(4.5, 8), rng.uniform(15, 23)
    wood, head = _handle(rng, cut, outfit, y, rng.uniform(4.4, 7)), _steel(rng, outfit)
    if head is outfit.trim and wood is not outfit.main:
        head = outfit.main
    edge = rng.uniform(13, 19)
    curve = spline([(-half * 1.1, -edge), (-half * 1.35, 0), (-half * 1.1, edge)])
    blade = np.concatenate([[(4, -tall), (-4, -tall)], curve, [(-4, tall), (4, tall)]])
    for side in (1, -1) if rng.random() < 0.3 else (1,):
        cut.part("body", moved(blade * (side, 1), 50, y + 2), head, relief=3)
        shine = moved(curve * (0.86 * side, 0.9), 50, y + 2)
        cut.seam(shine, head.colour * 1.25, width=1)


def draw_hammer(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Hammer with a claw or a wedge, or mallet."""
    wide = rng.uniform(4.4, 7)
    steel, kind = _steel(rng, outfit), rng.integers(3)
    y, half, tall = rng.uniform(16, 24), rng.uniform(15, 23), rng.uniform(4.5, 8)
    wood = _handle(rng, cut, outfit, y, wide)
    head = outfit.main if steel is outfit.trim and wood is not outfit.main else steel
    if kind == 2:
        cut.part(
            "body",
            rounded(50 - half, y - tall * 1.4, 50 + half, y + tall * 1.4, rng.uniform(1.5, 5)),
            head,
            relief=5,
        )
        for x in (-half + 4, half - 4):
            cut.seam([(50 + x, y - tall * 1.4), (50 + x, y + tall * 1.4)], outfit.thread, width=1)
        return
    claw = [
        (0, -tall),
        (-half * 0.6, -tall * 0.9),
        (-half - 4, tall * rng.uniform(0.6, 1.6)),
        (-half * 0.5, tall * 0.2),
        (0, tall),
    ]
    if kind == 1:
        claw = [(0, -tall), (-half - 2, -1.2), (-half - 2, 1.2), (0, tall)]
    cut.part("body", moved(spline(claw) if kind == 0 else claw, 50, y), head, relief=3)
    cut.part(
        "body", rounded(48, y - tall * 0.75, 50 + half * 0.7, y + tall * 0.75, 1), head, relief=3, lift=0
    )
    cut.part(
        "body",
        rounded(50 + half * 0.62, y - tall * 1.15, 51 + half, y + tall * 1.15, 1.4),
        head.tinted(1.08),
        relief=2,
        lift=0.4,
    )
    cut.part(
        "body",
        rounded(50 - wide, y - tall * 1.05, 50 + wide, y + tall * 1.1, 1.4),
        head.tinted(0.92),
        relief=3,
        lift=0.3,
    )


def draw_pencil(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Pencil with a sharpened tip and a rubber, or crayon in a sleeve."""
    half, top, bottom = rng.uniform(3.6, 7), rng.uniform(6, 12), rng.uniform(90, 95)
    kind, cone = rng.integers(2), rng.uniform(9, 15)
    wood = plain(any_colour(rng, ("sand", "cream", "tan")))
    lead = outfit.main.tinted(0.8) if rng.random() < 0.5 else plain((58, 56, 60))
    low = bottom - cone
    blunt = 0.5 if kind == 0 else half * 0.5
    cut.part(
        "body",
        turned([(half, low), (blunt, bottom)], smooth=False),
        wood if kind == 0 else outfit.main,
        relief=3,
    )
    share = rng.uniform(0.5, 0.75)
    nib = [(half + (blunt - half) * share, low + cone * share), (blunt, bottom)]
    cut.part("body", turned(nib, smooth=False), lead if kind == 0 else outfit.main, relief=2, lift=0)
    cut.part(
        "body", turned([(half, top + 3), (half, low + 0.6)], smooth=False), outfit.main, relief=2.4, lift=0
    )
    if kind == 0:
        for x in (-0.36, 0.36):
            cut.seam([(50 + x * half, top + 6), (50 + x * half, low)], outfit.main.colour * 0.75, width=0.7)
        for x in (-0.68, 0, 0.68):
            cut.part(
                "body",
                arc((50 + x * half, low + 0.4), half * 0.34, 2, 0, 180, points=8),
                outfit.main,
                relief=0,
                lift=0,
            )
        if rng.random() < 0.75:
            cut.part(
                "body", rounded(50 - half, top - 2, 50 + half, top + 5, half * 0.5), outfit.trim, relief=3
            )
            cut.part(
                "body", rounded(49.6 - half, top + 4, 50.4 + half, top + 11, 0.6), outfit.metal, relief=3
            )
            for y in (top + 6, top + 9):
                cut.seam([(50 - half, y), (50 + half, y)], outfit.metal.colour * 0.6, width=0.8)
        else:
            cut.part("body", ellipse((50, top + 3), half, half * 0.4), wood, relief=1)
            cut.dot("body", (50, top + 3), half * 0.25, lead)
    else:
        cut.part(
            "body",
            turned([(half + 0.5, top + 12), (half + 0.5, low - 6)], smooth=False),
            outfit.trim,
            relief=3,
            lift=0.3,
        )
        for y in (top + 16, low - 10):
            cut.seam([(50 - half, y), (50 + half, y)], outfit.base.colour, width=rng.uniform(1, 2.4))
        cut.part("body", ellipse((50, (top + low) / 2), half * 0.6, 9), outfit.base, relief=0, lift=0)


def draw_brush(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Paint brush: a handle with a belly, a ferrule, bristles with paint."""
    half, top, bottom = rng.uniform(3.2, 8), rng.uniform(6, 12), rng.uniform(90, 95)
    low = bottom - rng.uniform(9, 18)
    grip = turned([(half * 0.3, top), (half * 0.75, top + 18), (half, low - 30), (half * 0.8, low - 13)])
    cut.part("body", grip, outfit.main, relief=4)
    bristle = [(half * 0.9, low - 5), (half * 1.35, low + 3), (half * 0.9, bottom - 5), (0.4, bottom)]
    cut.part("body", turned(bristle), outfit.base, relief=4)
    tip = [(half * 1.2, low + 5), (half * 0.9, bottom - 5), (0.4, bottom)]
    cut.part("body", turned(tip), outfit.trim, relief=3, lift=0)
    for x in (-0.5, 0, 0.5):
        cut.seam([(50 + x * half, low - 4), (50 + x * half, bottom - 6)], outfit.base.colour * 0.7, width=0.6)
    cut.part("body", turned([(half * 0.82, low - 15), (half, low - 3)], smooth=False), outfit.metal, relief=3)
    cut.seam([(50 - half, low - 11), (50 + half, low - 11)], outfit.metal.colour * 0.6)


TOOLS = {
    "key": draw_key,
    "scissors": draw_scissors,
    "axe": draw_axe,
    "hammer": draw_hammer,
    "pencil": draw_pencil,
    "paint brush": draw_brush,
}
