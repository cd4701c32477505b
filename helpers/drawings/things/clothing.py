"""Everyday drawings to put on: hat, T-shirt, trousers, glove.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, mirrored, moved, spline, symmetric
from helpers.drawings.materials import Cutout, Outfit
from helpers.drawings.shapes import arc, blob, rounded, star


def draw_hat(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Hat: with a brim and a ribbon, a top hat, a bowler, a cap with a peak, or a knitted one."""
    kind = rng.integers(3)
    base, half = rng.uniform(62, 70), rng.uniform(20, 27)
    if kind == 0:
        wide, tall, dip = half * rng.uniform(1.4, 1.75), rng.uniform(20, 44), rng.uniform(5, 10)
        top = half * rng.uniform(0.7, 1.12)
        cut.part("body", ellipse((50, base), wide, dip, corners=44), outfit.main, relief=4)
        dent = rng.uniform(-5, 6)
        right = [(top * 0.5, base - tall - dent * 0.3), (top, base - tall + 3), (half, base)]
        crown = np.concatenate([[(0, base - tall + dent)], right])
        crown = symmetric(
            moved(np.concatenate([spline(crown), arc((0, base), half, dip * 0.6, 0, 90)]), 50, 0)
        )
        cut.part("body", crown, outfit.main, relief=11)
        high = rng.uniform(4, 9)
        share = high / tall
        ribbon = np.concatenate(
            [
                arc((50, base - high), half + (top - half) * share, dip * 0.6, 180, 0),
                arc((50, base), half, dip * 0.6, 0, 180),
            ]
        )
        cut.part("body", ribbon, outfit.trim, relief=4, lift=0.3)
        if rng.random() < 0.4:
            x = 50 + half * 0.6
            for side in (-1, 1):
                bow = [(x, base - 2), (x + side * 8, base - 8), (x + side * 8, base + 3)]
                cut.part("body", bow, outfit.trim.tinted(0.92), relief=3)
    elif kind == 1:
        reach, tall = rng.uniform(18, 26), rng.uniform(24, 34)
        crown = arc((50, base), half, tall, 180, 360, points=24)
        cut.part("body", np.concatenate([crown, arc((50, base), half, 4, 0, 180)]), outfit.main, relief=13)
        for share in (-0.55, 0.1, 0.65):
            seam = [
                (50, base - tall),
                (50 + share * half * 0.9, base - tall * 0.6),
                (50 + share * half, base + 3),
            ]
            cut.seam(spline(seam), outfit.thread, width=0.8, stitch=1.2)
        reach = min(reach, 46 - half)
        peak = [(50 - half, base - 3), (50 - half - reach * 0.7, base + 3), (50 - half - reach, base + 8)]
        peak += [(50 - half * 0.4, base + 7), (50 + half * 0.3, base + 3), (50 - half * 0.2, base - 2)]
        cut.part("body", spline(peak, closed=True), outfit.trim, relief=5)
        cut.dot("body", (50, base - tall - 0.5), 2.2, outfit.trim)
        if rng.random() < 0.5:
            cut.part("body", star((50 - half * 0.35, base - tall * 0.5), 6), outfit.trim, relief=0, lift=0)
    else:
        tall, fold = rng.uniform(32, 46), rng.uniform(9, 15)
        if rng.random() < 0.75:
            cut.part(
                "body", blob(rng, (50, base - tall - 3), 8, 8, rough=0.16, corners=13), outfit.trim, relief=6
            )
        peak = rng.uniform(0.55, 0.9)
        crown = [(0, base - tall), (half * peak, base - tall * 0.85), (half, base - fold), (half, base + 2)]
        cut.part("body", symmetric(moved(spline(crown), 50, 0)), outfit.main, relief=12)
        cut.part("body", rounded(48 - half, base - fold, 52 + half, base + 4, 3), outfit.trim, relief=5)
        for x in np.arange(50 - half, 51 + half, 3.5):
            cut.seam([(x, base - fold + 1), (x, base + 3)], outfit.trim.colour * 0.72, width=0.7)
    if kind == 2 and rng.random() < 0.4:
        for y in np.arange(base - tall * 0.7, base - fold, 6):
            wave = spline([(50 + half * x, y + 2 * (k % 2)) for k, x in enumerate(np.linspace(-1, 1, 9))])
            cut.seam(wave, outfit.trim.colour, width=1.2)


def draw_t_shirt(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """T-shirt or pullover: short or long sleeves, a round, pointed or rolled neck, a print or a pocket."""
    chest, hem, top, bottom = (
        rng.uniform(21, 27),
        rng.uniform(20, 30),
        rng.uniform(15, 20),
        rng.uniform(80, 92),
    )
    neck, slope, long = rng.uniform(7, 11), rng.uniform(4, 9), rng.random() < 0.35
    reach, drop, cuff = (
        (rng.uniform(33, 41), rng.uniform(40, 54), 7)
        if long
        else (rng.uniform(34, 43), rng.uniform(14, 24), 10)
    )
    pit = top + slope + rng.uniform(13, 18)
    for side in (-1, 1):
        sleeve = [(neck + 4, top + 1), (chest + 2, top + slope), (reach, top + slope + drop)]
        sleeve += [(reach - cuff, top + slope + drop + 3), (chest - 1, pit), (chest - 6, pit)]
        sleeve = np.array(sleeve) * (side, 1) + np.array([50, 0])
        cut.part("body", sleeve, outfit.main.tinted(0.92), relief=6)
        cut.band("body", sleeve[2:4], 2.4, outfit.trim if rng.random() < 0.5 else outfit.main, lift=0.3)
    back = symmetric(moved([(neck, top), (neck * 0.6, top + 3), (0, top + 4)], 50, 0))
    cut.part("body", moved(back, 0, 1), outfit.lining, relief=1)
    deep = rng.uniform(4, 12)
    scoop = [(0, top + deep), (neck * 0.7, top + deep * 0.7), (neck, top)]
    if rng.random() < 0.35:
        scoop = [(0, top + deep + 4), (neck, top)]
    side = [
        (chest, top + slope),
        (chest, pit + 4),
        ((chest + hem) / 2, (pit + bottom) / 2),
        (hem, bottom),
        (0, bottom + 1),
    ]
    body = symmetric(moved(np.concatenate([spline(scoop), side]), 50, 0))
    cut.part("body", body, outfit.main, relief=9, lift=0.6)
    collar = moved(spline(scoop), 50, 0.6)
    collar = np.concatenate([mirrored(collar)[::-1], collar])
    cut.band(
        "body",
        collar,
        rng.uniform(1.8, 4),
        outfit.trim if rng.random() < 0.6 else outfit.main.tinted(0.88),
        lift=0.3,
    )
    cut.seam([(50 - hem, bottom - 2.5), (50 + hem, bottom - 2.5)], outfit.thread, stitch=1.2)
    kind, y = rng.integers(5), rng.uniform(40, 52)
    if kind == 0:
        cut.part("body", rounded(53, 36, 66, 50, 1.5), outfit.main.tinted(0.94), relief=1.5, lift=0.5)
        cut.seam([(53, 39), (66, 39)], outfit.thread, stitch=1.2)
    elif kind == 1:
        cut.part(
            "body", star((50, y), rng.uniform(8, 13), tips=rng.integers(4, 8)), outfit.trim, relief=0, lift=0
        )
    elif kind == 2:
        cut.part(
            "body", ellipse((50, y), rng.uniform(8, 14), rng.uniform(8, 13)), outfit.trim, relief=0, lift=0
        )
    elif kind == 3:
        for spot in np.arange(top + deep + 6, bottom - 4, 9):
            cut.dot("body", (50, spot), 1.2, outfit.metal)


def draw_trousers(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Trousers or shorts: narrow, straight or flared, with pockets, a fly and perhaps a belt or turn-ups."""
    waist, hip, top = rng.uniform(15, 20), rng.uniform(19, 26), rng.uniform(8, 13)
    crotch = top + rng.uniform(24, 31)
    bottom = rng.uniform(56, 66) if rng.random() < 0.3 else rng.uniform(86, 94)
    spread, wide = rng.uniform(3, 12), rng.uniform(7, 15)
    knee = (crotch + bottom) / 2
    for side in (-1, 1):
        outer = [
            (waist, top),
            (hip, top + 15),
            (hip + spread * 0.4, knee),
            (hip * 0.45 + spread + wide, bottom),
        ]
        inner = [(hip * 0.45 + spread - wide * 0.3, bottom), (spread * 0.5 + 2, knee), (0, crotch), (0, top)]
        leg = np.concatenate([spline(outer), inner]) * (side, 1) + np.array([50, 0])
        cut.part("body", leg, outfit.main, relief=8, lift=0.4)
        if rng.random() < 0.5:
            cuff = np.array([outer[-1], inner[0]]) * (side, 1) + np.array([50, -1.5])
            cut.band("body", cuff, rng.uniform(3, 6), outfit.main.tinted(1.12), lift=0.6)
        crease = np.array(
            [(hip * 0.6, top + 16), (hip * 0.55 + spread * 0.5, knee), (hip * 0.5 + spread, bottom - 5)]
        )
        cut.seam(crease * (side, 1) + (50, 0), outfit.main.colour * 0.78, width=0.8)
        pocket = spline(
            np.array([(hip * 0.45, top + 4), (hip * 0.6, top + 11), (hip * 0.97, top + 13)]) * (side, 1)
        )
        cut.seam(moved(pocket, 50, 0), outfit.thread, stitch=1.1)
    cut.part(
        "body",
        rounded(49.5 - waist, top - 1, 50.5 + waist, top + 4, 1),
        outfit.trim if rng.random() < 0.5 else outfit.main.tinted(0.9),
        relief=2,
    )
    for x in (-0.75, -0.35, 0.35, 0.75):
        cut.part(
            "body",
            rounded(49.2 + x * waist, top - 1.6, 50.8 + x * waist, top + 4.6, 0.4),
            outfit.main,
            relief=1,
        )
    cut.seam(spline([(50, top + 4), (50, crotch - 7), (47, crotch - 3)]), outfit.thread, stitch=1.2)
    cut.dot("body", (50, top + 1.6), 1.6, outfit.metal)


def _fingers(rng: Generator, cut: Cutout, outfit: Outfit, half: float, top: float) -> None:
    """Four fingers of a glove above a palm."""
    wide = half / 2.15
    for number, share in enumerate(np.linspace(-0.78, 0.78, 4)):
        tip = (13, 7, 8, 15)[number] + rng.uniform(-1, 3)
        end = (50 + share * (half + rng.uniform(3, 9)), tip + wide / 2)
        cut.band("body", np.linspace((50 + share * half, top + 8), end, 6), wide, outfit.main)
        cut.dot("body", end, wide / 2, outfit.main)


def draw_glove(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Glove with fingers, or mitten, with a cuff."""
    low, half = rng.uniform(66, 72), rng.uniform(17, 22)
    top = rng.uniform(38, 44)
    thumb = [(46 - half * 0.6, low - 3), (48 - half, low - 16), (40 - half, top + 2), (36 - half, top - 7)]
    path = spline(thumb, samples=6)
    cut.band("body", path, np.linspace(13, 9, len(path)), outfit.main)
    cut.dot("body", path[-1], 4.5, outfit.main)
    if rng.random() < 0.55:
        _fingers(rng, cut, outfit, half, top)
        cut.part("body", rounded(50 - half, top - 1, 50 + half, low + 3, 7), outfit.main, relief=8, lift=0.3)
        for share in (-0.4, 0, 0.4) if rng.random() < 0.4 else ():
            cut.seam([(50 + share * half, top + 5), (50 + share * half, low - 10)], outfit.thread, width=0.9)
    else:
        palm = [(0, rng.uniform(10, 18)), (half * 0.75, top - 22), (half * 1.02, top), (half, low - 8)]
        palm = symmetric(moved(spline([*palm, (half * 0.85, low + 3)]), 50, 0))
        cut.part("body", palm, outfit.main, relief=9)
        if rng.random() < 0.5:
            cut.part("body", star((50, top + 2), 10, tips=6), outfit.trim, relief=0, lift=0)
    bottom, flare = rng.uniform(80, 92), rng.uniform(0.82, 1.15)
    cuff = [
        (50 - half * 0.9, low - 1),
        (50 + half * 0.9, low - 1),
        (50 + half * flare, bottom),
        (50 - half * flare, bottom),
    ]
    cut.part("body", cuff, outfit.trim if rng.random() < 0.65 else outfit.main.tinted(0.9), relief=5)
    for x in np.linspace(-0.8, 0.8, 9) if rng.random() < 0.6 else ():
        cut.seam(
            [(50 + x * half * 0.9, low), (50 + x * half * flare, bottom)], outfit.thread * 0.9, width=0.7
        )


CLOTHING = {
    "hat": draw_hat,
    "T-shirt": draw_t_shirt,
    "trousers": draw_trousers,
    "glove": draw_glove,
}
