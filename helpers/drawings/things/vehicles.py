"""Everyday drawings on wheels: car, bus, lorry, bicycle, train.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Look, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, rotated, rounded, star, turned

TYRES = ("charcoal", "ink", "chocolate")


def glass_look(rng: Generator) -> Look:
    """Material of windows: pale by day, or dark."""
    return plain(any_colour(rng, ("sky", "white", "denim", "charcoal", "ink")), 0.5)


def _wheel(cut: Cutout, centre, radius: float, tyre: Look, hub: Look, spokes: int) -> None:
    """Wheel with a tyre, a hub and perhaps spokes."""
    cut.part("body", ellipse(centre, radius, radius, corners=32), tyre, relief=2)
    cut.part("body", ellipse(centre, radius * 0.58, radius * 0.58, corners=24), hub, relief=2, lift=0)
    for turn in np.arange(spokes) * (2 * np.pi / max(spokes, 1)):
        end = np.array(centre) + radius * 0.56 * np.array([np.cos(turn), np.sin(turn)])
        cut.seam([centre, end], hub.colour * 0.6, width=0.9)
    cut.dot("body", centre, radius * 0.17, tyre)


def _sign(rng: Generator, cut: Cutout, outfit: Outfit, x: float, y: float, size: float) -> None:
    """Mark on a side: a disc, a star, a plate or nothing."""
    kind = rng.integers(4)
    if kind == 0:
        cut.part("body", ellipse((x, y), size, size, corners=24), outfit.trim, relief=1, lift=0)
    elif kind == 1:
        cut.part("body", star((x, y), size * 1.2), outfit.trim, relief=0, lift=0)
    elif kind == 2:
        cut.part("body", rounded(x - 2 * size, y - size * 0.7, x + 2 * size, y + size * 0.7, 1), outfit.trim)


def draw_car(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Car from the side: saloon, hatchback, estate, van-like or with a soft top."""
    half, ground, radius = rng.uniform(39, 44), rng.uniform(66, 72), rng.uniform(7, 11)
    waist, roof = ground - rng.uniform(16, 22), ground - rng.uniform(28, 42)
    front, back = 50 - half, 50 + half
    nose, tail = rng.uniform(0.25, 0.75), rng.uniform(0.55, 1.0)
    cab_l, cab_r = 50 - half * rng.uniform(0.35, 0.62), 50 + half * rng.uniform(0.45, 0.95)
    top_l, top_r = cab_l + rng.uniform(5, 14), cab_r - rng.uniform(1, 12)
    cabin = spline(
        [(cab_l, waist + 3), (top_l, roof + 1), ((top_l + top_r) / 2, roof - 1), (top_r, roof + 1)]
    )
    cabin = np.concatenate([cabin, [(cab_r, waist + 3)]])
    cut.part("body", cabin, outfit.main if rng.random() < 0.7 else outfit.trim, relief=5)
    pane = (cabin - ((cab_l + cab_r) / 2, waist)) * (0.86, 0.8) + ((cab_l + cab_r) / 2, waist)
    cut.part("body", pane, glass_look(rng), relief=1, lift=0)
    doors = np.sort(rng.uniform(top_l + 5, top_r - 3, rng.integers(1, 3)))
    for x in doors:
        cut.band("body", [(x, roof + 1), (x, waist + 3)], 2.2, outfit.main, lift=0)
    hood, boot = waist + 5 * nose, waist + 4 * (1 - tail)
    low = ground + 3
    side = [
        (front, low - 4),
        (front + 1, hood + 4),
        (front + 7, hood),
        (cab_l + 2, waist),
        (cab_r - 2, waist),
    ]
    side += [(back - 5, boot), (back - 0.5, boot + 5), (back, low - 4), (back - 3, low), (front + 3, low)]
    cut.part("body", spline(side, closed=True, samples=4), outfit.main, relief=7, lift=0.3)
    for x in doors:
        cut.seam([(x, waist + 2), (x, low - 3)], outfit.main.colour * 0.65, width=0.8)
        cut.seam([(x + 2, waist + 5), (x + 6, waist + 5)], outfit.metal.colour, width=1.2)
    if rng.random() < 0.5:
        y = rng.uniform(waist + 6, low - 6)
        cut.seam([(front + 3, y), (back - 3, y)], outfit.trim.colour, width=rng.uniform(0.8, 3))
    cut.dot("body", (front + 3.5, hood + 6), 2.6, plain((250, 232, 170), 0.6))
    cut.dot("body", (back - 2.5, boot + 6), 2, plain((206, 64, 52), 0.5))
    for x in (front, back):
        cut.part("body", rounded(x - 2.5, low - 5, x + 2.5, low - 1, 1.6), outfit.metal, relief=1.5)
    if rng.random() < 0.25:
        cut.part("body", rounded(top_l + 2, roof - 5, top_r - 2, roof - 1.5, 1.5), outfit.trim, relief=2)
    tyre, hub, spokes = plain(any_colour(rng, TYRES)), outfit.metal, rng.integers(0, 8)
    for x in (50 - half * rng.uniform(0.56, 0.64), 50 + half * rng.uniform(0.54, 0.64)):
        _wheel(cut, (x, ground + 2), radius, tyre, hub, spokes)


def draw_bus(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Bus or coach from the side: one deck or two, a row of windows, doors."""
    half, ground, radius = rng.uniform(37, 45), rng.uniform(70, 78), rng.uniform(5.5, 8)
    decks = 2 if rng.random() < 0.4 else 1
    top = ground - (rng.uniform(44, 54) if decks == 2 else rng.uniform(25, 34))
    left, right = 50 - half, 50 + half
    cut.part("body", rounded(left, top, right, ground + 2, rng.uniform(3, 7)), outfit.main, relief=6)
    glass, count = glass_look(rng), rng.integers(4, 8)
    step = (2 * half - 6) / count
    door = rng.integers(0, count)
    for deck in range(decks):
        y = top + 5 + deck * (ground - top) * 0.5
        tall = (ground - top) * (0.26 if decks == 2 else 0.4)
        for number in range(count):
            x = left + 3 + number * step
            if deck == decks - 1 and number == door:
                cut.part("body", rounded(x + 1, y, x + step - 1, ground, 1), outfit.trim, relief=2, lift=0.4)
                cut.part("body", rounded(x + 2, y + 2, x + step - 2, ground - 5, 1), glass, relief=0, lift=0)
                cut.seam([(x + step / 2, y), (x + step / 2, ground)], outfit.trim.colour * 0.6)
            else:
                cut.part(
                    "body", rounded(x + 0.8, y, x + step - 0.8, y + tall, 1.5), glass, relief=1, lift=0.3
                )
    if rng.random() < 0.7:
        y = ground - rng.uniform(5, 9)
        cut.part(
            "body", rounded(left + 0.5, y, right - 0.5, y + rng.uniform(1.5, 5), 0.6), outfit.trim, relief=1
        )
    cut.dot("body", (left + 3, ground - 4), 1.8, plain((250, 232, 170), 0.5))
    tyre = plain(any_colour(rng, TYRES))
    wheels = [-0.62, 0.5, 0.7] if rng.random() < 0.3 else [-0.6, 0.6]
    for share in wheels:
        _wheel(cut, (50 + share * half, ground + 2), radius, tyre, outfit.metal, rng.integers(0, 2) * 6)


def draw_lorry(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Lorry from the side: a cab and a box, a tank, a tipper or logs."""
    ground, radius = rng.uniform(70, 76), rng.uniform(6, 8.5)
    long, tall = rng.uniform(18, 25), rng.uniform(26, 34)
    left, right = 6.0, rng.uniform(88, 95)
    cut.part(
        "body",
        [(left + 3, ground - 5), (right, ground - 5), (right, ground), (left + 3, ground)],
        outfit.base,
    )
    roof, bed = ground - tall, left + long + rng.uniform(1, 4)
    bonnet = rng.uniform(0, 8) if rng.random() < 0.5 else 0
    cab = [(left, ground), (left, ground - tall * 0.45), (left + 2 + bonnet, ground - tall * 0.5)]
    cab += [(left + 5 + bonnet, roof), (left + long, roof), (left + long, ground)]
    cut.part("body", cab, outfit.trim, relief=4)
    pane = [(left + 4 + bonnet, ground - tall * 0.55), (left + 6.5 + bonnet, roof + 3)]
    pane += [(left + long - 3, roof + 3), (left + long - 3, ground - tall * 0.55)]
    cut.part("body", pane, glass_look(rng), relief=1, lift=0.3)
    cut.seam([(left + long - 3, roof + 3), (left + long - 3, ground - 3)], outfit.trim.colour * 0.6)
    cut.dot("body", (left + 2.5, ground - 5), 2, plain((250, 232, 170), 0.5))
    kind, top = rng.integers(4), ground - rng.uniform(28, 44)
    if kind == 0:
        cut.part("body", rounded(bed, top, right, ground - 5, 1.5), outfit.main, relief=4)
        for x in np.arange(bed + 6, right - 3, rng.uniform(5, 12)) if rng.random() < 0.5 else ():
            cut.seam([(x, top + 2), (x, ground - 7)], outfit.thread, width=0.8)
        _sign(rng, cut, outfit, (bed + right) / 2, (top + ground) / 2 - 2, rng.uniform(5, 8))
    elif kind == 1:
        half = rng.uniform(9, 13)
        tank = rounded(bed, ground - 5 - 2 * half, right, ground - 5, half * 0.9)
        cut.part("body", tank, outfit.main, relief=10)
        for x in np.linspace(bed + 8, right - 8, 4):
            cut.seam([(x, ground - 5 - 2 * half), (x, ground - 5)], outfit.metal.colour, width=1.5)
    elif kind == 2:
        heap = spline(
            [
                (bed + 3, ground - 18),
                (bed + 20, ground - 33),
                (right - 14, ground - 27),
                (right - 3, ground - 18),
            ]
        )
        cut.part("body", heap, outfit.base, relief=6)
        tray = [
            (bed - 1, ground - 22),
            (right + 2, ground - 22),
            (right - 4, ground - 5),
            (bed + 3, ground - 5),
        ]
        cut.part("body", tray, outfit.main, relief=3)
        for x in np.linspace(bed + 8, right - 8, 5):
            cut.seam([(x, ground - 21), (x, ground - 6)], outfit.thread, width=1)
    else:
        size = rng.uniform(4.4, 6)
        for row in range(3):
            for x in np.arange(bed + size * (1 + row), right - size * (0.5 + row), 2 * size):
                spot = (x, ground - 5 - size * (1 + 1.75 * row))
                cut.dot("body", spot, size, outfit.main)
                cut.dot("body", spot, size * 0.55, outfit.main.tinted(1.2))
    tyre = plain(any_colour(rng, TYRES))
    for x in (left + 10, right - 9, right - 11 - 2 * radius)[: rng.integers(2, 4)]:
        _wheel(cut, (x, ground + 1), radius, tyre, outfit.metal, 0)


def draw_bicycle(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Bicycle from the side: a diamond or a low frame, straight or bent bars, mudguards, spokes."""
    radius, base = rng.uniform(15, 20), 64.0
    rear, front = np.array([6 + radius, base]), np.array([94 - radius, base])
    tyre, wide = plain(any_colour(rng, (*TYRES, "cream", "tan"))), rng.uniform(1.8, 3.4)
    for hub in (rear, front):
        cut.band("body", arc(hub, radius, radius, 0, 360, points=40), wide, tyre)
        for turn in np.linspace(0, 180, rng.integers(4, 9), endpoint=False):
            ends = rotated([(-radius + 1, 0), (radius - 1, 0)], turn) + hub
            cut.band("body", ends, 0.55, outfit.metal, lift=0)
        if tyre.gloss == 0 and rng.random() < 0.5:
            guard = arc(hub, radius + 3, radius + 3, 195, 330)
            cut.band("body", guard, 1.8, outfit.trim)
    tube, seat = rng.uniform(1.8, 3.6), np.array([rear[0] + rng.uniform(10, 15), base - rng.uniform(23, 29)])
    crank = np.array([rear[0] + rng.uniform(17, 22), base + 1])
    head = np.array([front[0] - rng.uniform(5, 10), base - rng.uniform(24, 30)])
    joint = seat + (crank - seat) * 0.2
    top = head + (front - head) * 0.12
    beam = [joint, top] if rng.random() < 0.6 else [seat + (crank - seat) * 0.6, moved(top, 1, 4)]
    for path in (
        [rear, crank],
        [rear, joint],
        [seat, crank],
        [crank, moved(top, 0.6, 3)],
        beam,
        [head, front],
    ):
        cut.band("body", path, tube, outfit.main, lift=0.5)
    post = seat - (crank - seat) * 0.18
    cut.band("body", [seat, post], tube * 0.8, outfit.metal)
    saddle = spline([(-6, -1), (0, -2), (8, -1), (8, 0.5), (0, 1.5), (-5, 3)], closed=True) + post
    cut.part("body", saddle, outfit.trim, relief=2)
    drop = rng.random() < 0.4
    bar = [(0, 0), (2, -5), (6, -6), (8, -2), (4, 1)] if drop else [(0, 0), (1, -5), (-5, -7), (-9, -6)]
    cut.band("body", spline(np.array(bar, float) + head), 2, outfit.trim)
    cut.part("body", arc(crank, 4.6, 4.6, 0, 360), outfit.metal, relief=1)
    pedal = rotated([(0, 0), (8, 0)], rng.uniform(0, 360)) + crank
    cut.band("body", pedal, 1.6, outfit.metal)
    cut.part(
        "body", rounded(pedal[1][0] - 3, pedal[1][1] - 1, pedal[1][0] + 3, pedal[1][1] + 1, 0.6), outfit.trim
    )
    cut.dot("body", rear, 1.8, outfit.metal)
    cut.dot("body", front, 1.8, outfit.metal)


def draw_train(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Steam engine from the side: a boiler, a chimney, a dome, a cab and wheels with a rod."""
    ground, radius = rng.uniform(72, 78), rng.uniform(6, 9)
    cab, high = rng.uniform(62, 70), rng.uniform(32, 42)
    thick = rng.uniform(9, 13)
    middle = ground - 9 - thick
    cut.part("body", rounded(6, ground - 10, 94, ground - 3, 1.5), outfit.base, relief=2)
    x = rng.uniform(17, 23)
    funnel = [(3.4, middle - thick + 2), (3, middle - thick - 8), (rng.uniform(3, 7), middle - thick - 17)]
    cut.part("body", turned(funnel[::-1], x, smooth=False), outfit.trim, relief=3)
    cut.part(
        "body", rounded(x - 6, middle - thick - 19, x + 6, middle - thick - 16, 1), outfit.base, relief=1
    )
    for spot in rng.uniform(32, cab - 7, rng.integers(1, 3)):
        cut.part("body", arc((spot, middle - thick + 2), 4.6, 8, 180, 360), outfit.metal, relief=4)
    cut.part("body", rounded(10, middle - thick, cab + 3, middle + thick, 3), outfit.main, relief=11)
    for spot in np.linspace(14, cab - 5, rng.integers(3, 6)):
        cut.seam([(spot, middle - thick), (spot, middle + thick)], outfit.metal.colour, width=1.4)
    cut.part("body", rounded(cab, ground - high, 92, ground - 5, 1), outfit.main, relief=4)
    cut.part("body", rounded(cab - 3, ground - high - 3, 95, ground - high + 1, 1.6), outfit.trim, relief=2)
    cut.part(
        "body", rounded(cab + 5, ground - high + 5, 87, ground - high + 16, 1.5), glass_look(rng), relief=1
    )
    cut.part("body", [(3, ground + 5), (13, ground - 8), (13, ground + 5)], outfit.trim, relief=2)
    wheels = np.linspace(21, cab + rng.uniform(6, 18), rng.integers(3, 5))
    for spot in wheels:
        _wheel(cut, (spot, ground), radius, outfit.base.tinted(0.8), outfit.trim, 6)
    cut.band("body", [(wheels[0], ground + 2), (wheels[-1], ground + 2)], 2, outfit.metal)


VEHICLES = {
    "car": draw_car,
    "bus": draw_bus,
    "lorry": draw_lorry,
    "bicycle": draw_bicycle,
    "train": draw_train,
}
