"""Everyday drawings, at table: mug, teapot, bottle, vase, bowl, pan, glass, spoon, fork, candle.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, spline
from helpers.drawings.materials import Cutout, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, blob, rotated, rounded, turned


def _rim(cut: Cutout, outfit: Outfit, centre, half: float, tall: float, inside) -> None:
    """Round mouth seen from above a little, with what is inside."""
    cut.part("body", ellipse(centre, half, tall, corners=36), outfit.main.tinted(1.08), relief=1.5, lift=0)
    x, y = centre
    cut.part("body", ellipse((x, y + tall * 0.1), half * 0.87, tall * 0.8, corners=32), inside, relief=1)


def _bands(rng: Generator, cut: Cutout, outfit: Outfit, half, top: float, bottom: float, dip: float) -> None:
    """Rings, a wave or spots around a pot; ``half`` gives the half width at a height."""
    kind = rng.integers(5)
    heights = np.sort(rng.uniform(top, bottom, rng.integers(1, 4)))
    colour = (outfit.trim, outfit.base)[rng.integers(2)]
    for y in heights:
        ring = arc((50, y), half(y) * 0.99, dip, 180, 0, points=19)
        if kind == 0:
            cut.seam(ring, colour.colour, width=rng.uniform(0.8, 4))
        elif kind == 1:
            ring[:, 1] += 1.8 * np.sin(np.arange(19) * 2.1)
            cut.seam(ring, colour.colour, width=1.2)
        elif kind == 2:
            for point in ring[2:-2:2]:
                cut.dot("body", point, 1.5, colour)
        elif kind == 3:
            cut.seam(ring, colour.colour, width=1.3, stitch=rng.uniform(1, 3))


def draw_mug(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Mug or cup: straight, round or narrow at the foot, with an ear of some form, perhaps on a saucer."""
    half, top, bottom, tall = rng.uniform(17, 27), rng.uniform(16, 34), rng.uniform(76, 86), rng.uniform(3, 9)
    low, belly = half * rng.uniform(0.5, 1.02), half * rng.uniform(0.92, 1.18)
    if rng.random() < 0.35:
        cut.part("body", ellipse((50, bottom), half * 1.6, tall * 1.5, corners=40), outfit.trim, relief=5)
        cut.part("body", ellipse((50, bottom - 1), half * 1.1, tall, corners=36), outfit.trim.tinted(0.85))
    middle, high = (top + bottom) / 2, bottom - top
    reach, wide = rng.uniform(10, 19), rng.uniform(3.2, 6.5)
    a, b = top + high * rng.uniform(0.12, 0.3), top + high * rng.uniform(0.62, 0.85)
    edge = 49 + min(half, belly)
    out = rng.uniform(0.75, 1.15)
    ear = [(edge - 3, a), (edge + reach * out, a - 1), (edge + reach, (a + b) / 2), (edge - 3, b)]
    if rng.random() < 0.3:
        ear = [
            (edge - 3, a),
            (edge + reach, a),
            (edge + reach, (a + b) / 2),
            (edge + reach * 0.8, b),
            (edge - 4, b),
        ]
    cut.band("handle", spline(ear, samples=7), wide, outfit.trim if rng.random() < 0.3 else outfit.main)
    wall = [(half, top), (belly, middle), (low, bottom)]
    side = spline(wall, samples=8) + np.array([50, 0])
    base = arc((50, bottom), low, tall * 0.8, 0, 180)
    cut.part("body", np.concatenate([side, base, (side * (-1, 1) + (100, 0))[::-1]]), outfit.main, relief=13)
    _bands(
        rng,
        cut,
        outfit,
        lambda y: np.interp(y, [top, middle, bottom], [half, belly, low]),
        a + 4,
        bottom - 5,
        tall,
    )
    tea = (
        plain(any_colour(rng, ("chocolate", "cognac", "cream", "mustard")))
        if rng.random() < 0.6
        else outfit.lining
    )
    _rim(cut, outfit, (50, top), half, tall, tea)


def draw_teapot(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Teapot: a belly with a spout on one side, an ear on the other, and a lid with a knob."""
    half, tall = rng.uniform(20, 27), rng.uniform(16, 26)
    middle = rng.uniform(56, 62)
    bottom, top = min(middle + tall, 86), middle - tall
    tip, wide = top + rng.uniform(-6, 10), rng.uniform(7, 11)
    spout = spline(
        [(50 - half * 0.7, middle + 9), (45 - half, middle), (40 - half, tip + 7), (34 - half, tip)],
        samples=6,
    )
    cut.band("body", spout, np.linspace(wide * 1.5, wide * 0.5, len(spout)), outfit.main)
    ear = outfit.trim if rng.random() < 0.5 else outfit.main
    if rng.random() < 0.3:
        bow = arc((50, top + 3), half * 0.85, rng.uniform(20, 28), 180, 360)
        cut.band("handle", bow, rng.uniform(3, 4.5), ear)
    else:
        edge, out = 48 + half, rng.uniform(12, 19)
        path = [
            (edge - 4, top + 8),
            (edge + out * 0.8, top + 2),
            (edge + out, middle),
            (edge - 1, middle + 11),
        ]
        cut.band("handle", spline(path, samples=6), rng.uniform(3.4, 6), ear)
    neck = half * rng.uniform(0.45, 0.75)
    profile = [
        (neck, top),
        (half * 0.8, top + tall * 0.3),
        (half, middle),
        (half * 0.85, bottom - 6),
        (neck, bottom),
    ]
    cut.part("body", turned(profile), outfit.main, relief=16)
    cut.part(
        "body", rounded(50 - neck, bottom - 2, 50 + neck, bottom + 2, 1.5), outfit.base, relief=1, lift=0.4
    )
    _bands(rng, cut, outfit, lambda y: half * 0.9, middle - 4, middle + 8, 4)
    lid = [(0, top - rng.uniform(4, 9)), (neck * 0.7, top - 3), (neck + 1, top + 1), (0, top + 3)]
    look = outfit.main.tinted(1.06) if rng.random() < 0.5 else outfit.trim
    cut.part("body", turned(lid), look, relief=4)
    cut.dot("body", (50, lid[0][1] - 1.5), rng.uniform(2.4, 4.2), outfit.trim)


def draw_bottle(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Bottle or jar: a slim or stout body, shoulders, a neck with a stopper, a label."""
    half, neck = rng.uniform(9, 19), rng.uniform(3.5, 6.5)
    top, shoulder = rng.uniform(10, 18), rng.uniform(34, 52)
    start, bottom = rng.uniform(20, 30), rng.uniform(86, 93)
    slope = shoulder - rng.uniform(2, 12)
    profile = [(neck, top), (neck, start), (half * 0.7, slope), (half, shoulder + 4), (half, bottom - 8)]
    if rng.random() < 0.25:
        profile[-1:] = [(half * 0.8, (shoulder + bottom) / 2), (half, bottom - 9)]
    profile += [(half * 0.98, bottom - 2), (half * 0.8, bottom)]
    cut.part("body", turned(profile), outfit.main, relief=9)
    cap = rounded(50 - neck - 1, top - rng.uniform(2, 6), 50 + neck + 1, top + rng.uniform(2, 8), 1.4)
    cut.part("body", cap, (outfit.trim, outfit.metal, outfit.base)[rng.integers(3)], relief=3)
    if rng.random() < 0.75:
        a = rng.uniform(shoulder + 5, bottom - 26)
        b = a + rng.uniform(10, 20)
        label = np.concatenate([arc((50, a), half, 2, 180, 0), arc((50, b), half, 2, 0, 180)])
        cut.part("body", label, outfit.trim, relief=4, lift=0.2)
        for y in np.arange(a + 5, b - 1, 4):
            cut.seam(
                [(50 - half * 0.5, y), (50 + half * rng.uniform(0.1, 0.5), y)],
                outfit.trim.colour * 0.55,
                width=0.9,
            )
    shine = [(50 - half * 0.62, shoulder + 6), (50 - half * 0.62, bottom - 8)]
    cut.seam(shine, np.minimum(outfit.main.colour + 60, 250), width=rng.uniform(0.8, 2))


def draw_vase(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Vase or amphora: any turned profile with a foot and a lip, perhaps two ears, perhaps a few stems."""
    top, bottom = rng.uniform(20, 32), rng.uniform(84, 92)
    mouth, foot, belly, neck = rng.uniform(7, 17), rng.uniform(8, 14), rng.uniform(18, 29), rng.uniform(5, 9)
    at = rng.uniform(0.4, 0.72)
    down = top + (bottom - top) * at
    if rng.random() < 0.45:
        for _ in range(rng.integers(2, 6)):
            end = (50 + rng.normal(0, 12), rng.uniform(8, 14))
            green = plain(any_colour(rng, ("forest", "sage", "olive", "teal")))
            cut.band("body", spline([(50, top + 6), (50 + (end[0] - 50) * 0.3, top - 4), end]), 1.5, green)
            cut.part("body", blob(rng, end, 4.5, 4.5, rough=0.25), plain(any_colour(rng)), relief=3)
    if rng.random() < 0.35:
        for side in (-1, 1):
            ear = [
                (neck, top + 6),
                (neck + belly * 0.55, top + 5),
                (belly * 0.95, down - 9),
                (belly * 0.8, down - 4),
            ]
            cut.band("handle", spline(ear, samples=6) * (side, 1) + (50, 0), 3, outfit.trim)
    profile = [
        (mouth, top),
        (neck, top + (down - top) * 0.3),
        (belly, down),
        (foot * 1.1, bottom - 5),
        (foot, bottom),
    ]
    cut.part("body", turned(profile), outfit.main, relief=15)
    heights = [y for _, y in profile]
    _bands(
        rng, cut, outfit, lambda y: np.interp(y, heights, [x for x, _ in profile]), down - 14, down + 10, 3
    )
    _rim(cut, outfit, (50, top), mouth, rng.uniform(1.5, 3.5), outfit.lining)


def draw_bowl(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Bowl on a foot: wide, shallow or deep, empty or with soup, salad or fruit."""
    half, tall, deep = rng.uniform(30, 42), rng.uniform(5, 13), rng.uniform(18, 36)
    top = 50 - deep / 3
    foot = half * rng.uniform(0.3, 0.5)
    cut.part(
        "body",
        rounded(50 - foot, top + deep, 50 + foot, top + deep + 6, 2),
        outfit.main.tinted(0.85),
        relief=3,
    )
    wall = arc((50, top), half, deep + 3, 0, 180, points=32)
    if rng.random() < 0.4:
        wall = spline(
            [(50 + half, top), (50 + half * 0.75, top + deep * 0.75), (50 + foot, top + deep + 2)], samples=7
        )
        wall = np.concatenate([wall, (wall * (-1, 1) + (100, 0))[::-1]])
    cut.part("body", wall, outfit.main, relief=12)
    _bands(
        rng,
        cut,
        outfit,
        lambda y: half * np.sqrt(max(0.1, 1 - ((y - top) / deep) ** 2)),
        top + 6,
        top + deep * 0.6,
        tall,
    )
    _rim(cut, outfit, (50, top), half, tall, outfit.lining if rng.random() < 0.6 else outfit.trim)
    if rng.random() < 0.4:
        for _ in range(rng.integers(3, 8)):
            spot = (50 + rng.uniform(-0.5, 0.5) * half, top - rng.uniform(-1, 5))
            cut.part(
                "body",
                blob(rng, spot, rng.uniform(4, 8), rng.uniform(4, 7)),
                plain(any_colour(rng), 0.3),
                relief=5,
            )


def draw_pan(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Frying pan from above or aslant, with a long handle and perhaps an egg."""
    squash, radius = rng.uniform(0.5, 1), rng.uniform(22, 29)
    centre = np.array([36.0, 50.0])
    end, wide = rng.uniform(88, 97), rng.uniform(4.5, 8)
    look = outfit.trim if rng.random() < 0.6 else outfit.base
    grip = [(centre[0] + radius - 3, 50), (70, 49), (end, 50 + rng.normal(0, 3))]
    grip = spline(grip, samples=6)
    cut.band("handle", grip, wide * np.linspace(0.6, 1, len(grip)), look)
    cut.dot("handle", (grip[-2][0] - 1, grip[-2][1]), 1.4, outfit.lining)
    deep = 9 * (1.25 - squash)
    cut.part(
        "body",
        ellipse(centre + np.array([0, deep]), radius * 0.95, radius * squash, corners=44),
        outfit.main.tinted(0.75),
        relief=5,
    )
    cut.part("body", ellipse(centre, radius, radius * squash, corners=48), outfit.main, relief=3, lift=0.4)
    inner = ellipse(centre + np.array([0, 1]), radius * 0.86, radius * 0.84 * squash, corners=44)
    cut.part("body", inner, outfit.lining if rng.random() < 0.5 else outfit.main.tinted(0.72), relief=3)
    for x in (2, 6):
        cut.dot("body", centre + np.array([radius - x, 0]), 0.9, outfit.metal)
    if rng.random() < 0.5:
        spot = centre + rng.normal(0, 3, 2)
        cut.part("body", blob(rng, spot, 14, 13 * squash, rough=0.2), plain((246, 243, 234)), relief=3)
        cut.part("body", ellipse(spot, 5, 5 * squash), plain((238, 176, 50), 0.5), relief=4)


def draw_glass(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Wine glass, flute or coupe: a bowl on a thin stem and a foot, with something to drink."""
    half, top, deep = rng.uniform(12, 24), rng.uniform(8, 18), rng.uniform(20, 42)
    low, bottom = top + deep, rng.uniform(86, 93)
    belly = half * rng.uniform(0.9, 1.25)
    clear = outfit.metal.tinted(1.05) if rng.random() < 0.5 else outfit.main
    foot = rng.uniform(12, 19)
    cut.part("body", ellipse((50, bottom), foot, rng.uniform(2, 4.5), corners=32), clear, relief=2)
    stem = turned([(4, low - 3), (1.3, low + 5), (1.2, bottom - 7), (3.5, bottom - 1)])
    cut.part("body", stem, clear, relief=1.5, lift=0.4)
    profile = [(half, top), (belly, top + deep * 0.45), (belly * 0.7, low - 5), (2, low)]
    if rng.random() < 0.25:
        profile = [(half * 1.15, top), (half * 0.6, top + deep * 0.5), (2, low)]
    cut.part("body", turned(profile), clear.tinted(1.05), relief=9)
    level = top + deep * rng.uniform(0.2, 0.5)
    right = spline(profile, samples=8)
    drink = np.concatenate(
        [[(np.interp(level, right[:, 1], right[:, 0]), level)], right[right[:, 1] > level]]
    ) * (0.9, 0.985)
    both = np.concatenate([drink, (drink * (-1, 1))[::-1]]) + np.array([50, 0.4])
    cut.part("body", both, outfit.trim if clear is outfit.main else outfit.main, relief=6, lift=0.2)
    cut.part(
        "body",
        ellipse((50, top), half * (1.15 if len(profile) == 3 else 1), 2.2, corners=30),
        clear.tinted(0.8),
        relief=1,
        lift=0,
    )
    cut.seam([(50 - half * 0.55, top + 5), (50 - half * 0.6, top + deep * 0.5)], (245, 245, 242), width=1.2)


def draw_spoon(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Spoon or ladle: a hollow oval on a long handle, of metal or any other material."""
    long, wide = rng.uniform(10, 16), rng.uniform(7, 13)
    look = outfit.metal if rng.random() < 0.4 else outfit.main
    end, thick = rng.uniform(90, 97), rng.uniform(2.2, 4.6)
    top = 6 + 2 * long
    path = spline([(50, top - 3), (50 + rng.normal(0, 1.5), 60), (50 + rng.normal(0, 3), end)], samples=8)
    flare = rng.uniform(1, 2.4)
    grip = outfit.trim if rng.random() < 0.4 else look
    cut.band("handle", path, thick * np.linspace(0.8, flare, len(path)), grip)
    bowl = blob(rng, (50, 6 + long), wide, long, rough=0.05)
    cut.part("body", bowl, look, relief=3)
    inner = (bowl - (50, 5 + long)) * 0.8 + (50, 5 + long)
    cut.part("body", inner, look.tinted(0.78), relief=5, lift=0)
    if grip is not look:
        cut.dot("handle", path[-4], 1.2, outfit.metal)


def draw_fork(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Fork with two to four tines."""
    tines, wide, long = rng.integers(2, 5), rng.uniform(7, 12), rng.uniform(16, 26)
    look = outfit.metal if rng.random() < 0.4 else outfit.main
    end, thick = rng.uniform(90, 97), rng.uniform(2.4, 5)
    neck = 10 + long + rng.uniform(9, 15)
    path = spline([(50, neck - 4), (50, 64), (50 + rng.normal(0, 3), end)], samples=8)
    grip = outfit.trim if rng.random() < 0.4 else look
    cut.band("handle", path, thick * np.linspace(0.7, rng.uniform(1, 2.2), len(path)), grip)
    slim = 0.62 * 2 * wide / tines
    for x in np.linspace(-wide + slim / 2, wide - slim / 2, tines):
        tine = turned([(slim * 0.2, 6), (slim * 0.5, 14), (slim * 0.5, 13 + long)], 50 + x)
        cut.part("body", tine, look, relief=1.5, lift=0.3)
    root = turned([(wide, 9 + long), (wide * 0.95, 14 + long), (thick * 0.6, neck), (thick * 0.4, neck + 4)])
    cut.part("body", root, look, relief=3, lift=0)


def draw_candle(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Candle in a holder with a ring to carry it, or on a tall stand."""
    half, top = rng.uniform(4, 9), rng.uniform(18, 34)
    plate = rng.uniform(18, 28)
    stand = rng.random() < 0.45
    base = rng.uniform(84, 89)
    seat = base - (rng.uniform(20, 34) if stand else 5)
    look = outfit.metal if rng.random() < 0.35 else outfit.trim
    if not stand:
        cut.band(
            "handle", ellipse((50 + plate + 5, base - 2), 6.5, 6.5, corners=24)[np.r_[0:24, 0]], 2.6, look
        )
    cut.part("body", ellipse((50, base), plate, rng.uniform(4, 7), corners=40), look, relief=4)
    if stand:
        waist = rng.uniform(2, 4)
        cut.part(
            "body",
            turned(
                [
                    (half, seat),
                    (waist, seat + 5),
                    (waist * 1.9, (seat + base) / 2),
                    (waist, base - 6),
                    (half * 1.4, base),
                ]
            ),
            look,
            relief=5,
        )
        cut.part("body", ellipse((50, seat), half + 5, 3, corners=30), look.tinted(1.05), relief=2)
    wall = np.concatenate([arc((50, top), half, 1.8, 180, 360), arc((50, seat), half, 2.4, 0, 180)])
    cut.part("body", wall, outfit.main, relief=7)
    for x in rng.uniform(-0.8, 0.8, rng.integers(0, 4)) * half:
        cut.band(
            "body",
            [(50 + x, top), (50 + x, top + rng.uniform(4, 14))],
            2.4,
            outfit.main.tinted(1.08),
            lift=0.4,
        )
    cut.band("body", [(50, top + 1), (50.6, top - 5)], 1.2, plain((70, 60, 56)))
    if rng.random() < 0.7:
        tall = rng.uniform(9, 13)
        flame = turned([(0, top - 3 - tall), (2.6, top - 4 - tall * 0.4), (1.6, top - 3), (0, top - 2.5)])
        cut.part("body", rotated(flame, rng.normal(0, 8), (50, top - 3)), plain((248, 190, 70)), relief=2)
        cut.part("body", ellipse((50.3, top - 5.5), 1.2, 2.4), plain((255, 238, 170)), relief=0, lift=0)


TABLEWARE = {
    "mug": draw_mug,
    "teapot": draw_teapot,
    "bottle": draw_bottle,
    "vase": draw_vase,
    "bowl": draw_bowl,
    "frying pan": draw_pan,
    "wine glass": draw_glass,
    "spoon": draw_spoon,
    "fork": draw_fork,
    "candle": draw_candle,
}
