"""Everyday drawings of tools and instruments: key, scissors, hammer, axe, pencil, brush, guitar, drum, camera, kite.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Look, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, rotated, rounded, star, turned

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


TOOLS = {
    "key": draw_key,
    "scissors": draw_scissors,
    "hammer": draw_hammer,
    "axe": draw_axe,
    "pencil": draw_pencil,
    "paint brush": draw_brush,
    "guitar": draw_guitar,
    "drum": draw_drum,
    "camera": draw_camera,
    "kite": draw_kite,
}
