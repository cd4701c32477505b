"""Everyday drawings of pots: mug, teapot, bottle, vase, bowl.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, spline
from helpers.drawings.materials import Cutout, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, blob, rounded, turned


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


POTTERY = {
    "mug": draw_mug,
    "teapot": draw_teapot,
    "bottle": draw_bottle,
    "vase": draw_vase,
    "bowl": draw_bowl,
}
