"""Handbags of the drawn catalogue: tote, satchel, clutch, hobo, bucket and backpack, seen from the front.

One function draws one family, from a generator, on a cut-out, in an outfit of materials. A body is drawn
with its side and its opening, so that it has depth.
"""

import numpy as np
from scipy.spatial import ConvexHull

from helpers.drawings.canvas import Generator, ellipse, mirrored, moved, spline, symmetric
from helpers.drawings.materials import Cutout, Outfit


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> np.ndarray:
    """Corners of a rectangle with round corners."""
    turn = np.linspace(0, np.pi / 2, 5)
    arc = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius
    (x, y), (x2, y2) = np.array([left, top]) + radius, np.array([right, bottom]) - radius
    quarters = [(arc, x2, y2), (arc[::-1] * (-1, 1), x, y2), (-arc, x, y), (arc[::-1] * (1, -1), x2, y)]
    return np.concatenate([moved(*quarter) for quarter in quarters])


def _arch(left: float, right: float, base: float, top: float, *, square: float = 0.8) -> np.ndarray:
    """Handle from one foot up and down to the other."""
    middle, half = (left + right) / 2, (right - left) / 2
    quarter = [(half, 0), (half * 0.98, (top - base) * 0.55), (half * square * 0.8, (top - base) * 0.93)]
    return moved(spline([*quarter, (0, top - base), *mirrored(quarter, 0)[::-1]], samples=6), middle, base)


def _buckle(cut: Cutout, outfit: Outfit, x: float, y: float, size: float) -> None:
    """Square buckle with a tongue."""
    cut.part("body", rounded(x - size, y - size, x + size, y + size, 0.6), outfit.metal, relief=1)
    half = size * 0.5
    cut.part("body", rounded(x - half, y - half, x + half, y + half, 0.3), outfit.trim)
    cut.seam([(x, y - size * 0.7), (x, y + size * 0.5)], outfit.metal.colour, width=0.8)


def _tag(rng: Generator, cut: Cutout, outfit: Outfit, x: float, y: float) -> None:
    """Tassel or label that hangs from a point."""
    if rng.random() < 0.5:
        cut.seam([(x, y), (x + 1, y + 5)], outfit.trim.colour, width=0.8)
        cut.part("body", [(x - 1, y + 5), (x + 3, y + 5), (x + 4.5, y + 15), (x - 2.5, y + 15)], outfit.trim)
        for fringe in (-1.4, 0.2, 1.8, 3.2):
            cut.seam([(x + 1, y + 7), (x + fringe, y + 15)], outfit.trim.colour * 0.7, width=0.4)
    else:
        cut.part("body", rounded(x - 3, y + 2, x + 3, y + 12, 1.2), outfit.trim, relief=2)
        cut.dot("body", (x, y + 4), 0.8, outfit.metal)


def _depth(cut: Cutout, outfit: Outfit, front, depth) -> None:
    """Side and back of a body: the front outline, moved back step by step, darker."""
    side = outfit.main.tinted(0.68)
    back = moved(front, *depth)
    both = np.concatenate([front, back])
    cut.part("body", both[ConvexHull(both).vertices], side, relief=4, lift=0)
    cut.seam(np.concatenate([back, back[:1]]), outfit.thread * 0.7, width=0.6)


def draw_tote(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Tote: an open bag, wider at the top, with two handles, perhaps a pocket and a base of leather."""
    half, low, top, bottom = rng.uniform(29, 36), rng.uniform(23, 33), rng.uniform(36, 46), 88.0
    depth = np.array([rng.uniform(3, 8), -rng.uniform(4, 7)])
    reach, tip, width = half * rng.uniform(0.42, 0.62), rng.uniform(6, 18), rng.uniform(3, 4.6)
    strap = outfit.trim if rng.random() < 0.75 else outfit.main
    front = symmetric([(50, top), (50 + half, top), (50 + low, bottom - 2), (50 + low - 2, bottom)])
    arch = _arch(50 - reach, 50 + reach, top + 2, tip)
    cut.band("handle", moved(arch, *depth), width, strap.tinted(0.75))
    _depth(cut, outfit, front, depth)
    rim = np.array([(50 - half, top), (50 + half, top)])
    cut.part("body", np.concatenate([rim, (rim + depth)[::-1]]), outfit.lining, relief=3)
    cut.part("body", front, outfit.main, relief=7)
    if rng.random() < 0.45:
        share = rng.uniform(0.72, 0.84)
        edge = half + (low - half) * share
        y = top + (bottom - top) * share
        base = symmetric([(50, y), (50 + edge, y), (50 + low, bottom - 2), (50 + low - 2, bottom)])
        cut.part("body", base, outfit.trim, relief=4, lift=0.4)
        cut.seam([(50 - edge, y + 1.4), (50 + edge, y + 1.4)], outfit.thread, stitch=1.2)
    elif rng.random() < 0.5:
        pocket = rounded(50 - low * 0.6, top + 17, 50 + low * 0.6, bottom - 8, 3)
        cut.part("body", pocket, outfit.main.tinted(0.96), relief=2, lift=0.6)
        cut.seam(np.concatenate([pocket, pocket[:1]]), outfit.thread, stitch=1.2)
    cut.seam([(50 - half + 1, top + 3), (50 + half - 1, top + 3)], outfit.thread, stitch=1.3)
    for x in (50 - reach, 50 + reach):
        end = rng.uniform(8, 14) if strap is outfit.trim else 7
        cut.part("handle", rounded(x - width * 0.62, top, x + width * 0.62, top + end, 1), strap, relief=2)
        cut.dot("handle", (x, top + end - 2.5), 1.0, outfit.metal)
    cut.band("handle", arch, width, strap)
    if rng.random() < 0.35:
        _tag(rng, cut, outfit, 50 + reach, top + 6)


def draw_satchel(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Satchel: a firm box under a flap with two belts, a top handle, perhaps a shoulder strap."""
    half, top, bottom = rng.uniform(32, 39), rng.uniform(32, 40), rng.uniform(82, 88)
    depth = np.array([rng.uniform(4, 9), -rng.uniform(3, 6)])
    front = rounded(50 - half, top, 50 + half, bottom, rng.uniform(3, 7))
    if rng.random() < 0.6:
        tip = rng.uniform(5, 12)
        strap = _arch(50 - half - 1, 50 + half + 1, top + 14, tip, square=1.05)
        cut.band("strap", moved(strap, *(depth / 2)), rng.uniform(2.2, 3.2), outfit.trim.tinted(0.9))
    _depth(cut, outfit, front, depth)
    reach = rng.uniform(9, 14)
    arch = _arch(50 - reach, 50 + reach, top, top - rng.uniform(9, 13))
    cut.band("handle", moved(arch, 3, -2), 3.2, outfit.trim)
    cut.part("body", front, outfit.main, relief=6)
    pocket = rounded(50 - half + 6, (top + bottom) / 2, 50 + half - 6, bottom - 4, 3)
    cut.part("body", pocket, outfit.main.tinted(0.94), relief=2, lift=0.5)
    edge = top + (bottom - top) * rng.uniform(0.45, 0.64)
    corner = rng.uniform(5, 16)
    side = [(half + 1, top - 1), (half + 1, edge - corner), (half - corner * 0.35, edge - corner * 0.3)]
    flap = symmetric(moved([(0, top - 1), *side, (half - corner, edge), (0, edge)], 50, 0))
    cover = outfit.main if rng.random() < 0.6 else outfit.trim.tinted(1.04)
    cut.part("body", flap, cover, relief=6)
    inner = (flap - (50, top)) * (0.94, 0.94) + (50, top + 0.5)
    cut.seam(np.concatenate([inner, inner[:1]]), outfit.thread, stitch=1.3)
    belt = outfit.trim if cover is outfit.main else outfit.main
    for x in (50 - half * 0.52, 50 + half * 0.52):
        cut.part("strap", rounded(x - 2.3, top - 1, x + 2.3, edge + 9, 1.5), belt, relief=2)
        _buckle(cut, outfit, x, edge - 1, 3.4)


def draw_clutch(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Clutch: flat and wide; an envelope, a frame with a kiss lock or a zip, perhaps a loop or a chain."""
    half, height = rng.uniform(32, 38), rng.uniform(34, 46)
    top, bottom = 54 - height / 2, 54 + height / 2
    radius = rng.uniform(3, 9)
    front = rounded(50 - half, top, 50 + half, bottom, radius)
    kind = ("envelope", "frame", "zip")[rng.integers(3)]
    if rng.random() < 0.5:
        loop = spline(moved([(0, 0), (9, 5), (12, 20), (7, 34), (1, 30), (0, 12)], 49 + half, top + 6))
        cut.band("strap", loop, 2.2, outfit.trim)
    elif rng.random() < 0.6:
        for x, y in _arch(50 - half * 0.9, 50 + half * 0.9, top + 3, top - 26):
            cut.dot("strap", (x, y), 1.5, outfit.metal)
    _depth(cut, outfit, front, (2.5, -2.5))
    cut.part("body", front, outfit.main, relief=8)
    if kind == "envelope":
        tip = top + height * rng.uniform(0.5, 0.72)
        side = [(0, top - 0.5), (half - 2, top - 0.5), (half, top + 3), (half * 0.93, top + height * 0.16)]
        flap = symmetric(moved([*side, (5, tip - 2), (0, tip)], 50, 0))
        cut.part("body", flap, outfit.main.tinted(1.05) if rng.random() < 0.6 else outfit.trim, relief=6)
        inner = (flap - (50, top)) * (0.93, 0.92) + (50, top)
        cut.seam(np.concatenate([inner, inner[:1]]), outfit.thread, stitch=1.3)
        cut.dot("body", (50, tip - 4), rng.uniform(2.4, 4), outfit.metal)
    elif kind == "frame":
        bar = rounded(50 - half, top - 2, 50 + half, top + 4, 2.5)
        cut.part("body", bar, outfit.metal, relief=3)
        for x in np.linspace(-0.8, 0.8, 7):
            ends = [(50 + x * half * 0.9, top + 5), (50 + x * half, top + height * 0.4)]
            cut.seam(ends, outfit.main.colour * 0.7, width=0.6)
        cut.dot("body", (47.5, top - 3), 2.6, outfit.metal)
        cut.dot("body", (52.5, top - 3), 2.6, outfit.metal.tinted(0.85))
    else:
        cut.part("body", rounded(53 - half, top + 5, 47 + half, top + 8, 1), outfit.trim, relief=1)
        cut.seam([(53 - half, top + 6.5), (47 + half, top + 6.5)], outfit.metal.colour, width=1.2, stitch=0.7)
        _tag(rng, cut, outfit, 44 + half, top + 6)
        x = 50 - half * rng.uniform(0.1, 0.6)
        cut.part("body", [(x, top), (x + 9, top), (x + 1, bottom), (x - 8, bottom)], outfit.trim, relief=2)


def draw_hobo(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Hobo: a soft crescent that hangs from one broad strap."""
    half, sag, horn = rng.uniform(36, 42), rng.uniform(84, 92), rng.uniform(34, 42)
    dip = rng.uniform(50, 58)
    right = [(half * 0.45, dip - 3), (half * 0.8, horn + 7), (half * 0.93, horn)]
    belly = [(half, horn + 12), (half * 0.95, 68), (half * 0.62, sag - 3), (0, sag)]
    outline = [(0, dip), *right, *belly]
    body = symmetric(moved(spline(outline, samples=6), 50, 0))
    width = rng.uniform(4, 7)
    tip = rng.uniform(5, 14)
    strap = _arch(50 - half * 0.92, 50 + half * 0.92, horn + 3, tip, square=rng.uniform(0.7, 1))
    look = outfit.main.tinted(0.95) if rng.random() < 0.55 else outfit.trim
    cut.band("strap", moved(strap, 3, -2), width, look.tinted(0.65))
    back = symmetric(moved(spline([(0, dip - 5), *right, *belly], samples=6), 50, 0))
    cut.part("body", back, outfit.lining, relief=3)
    cut.part("body", body, outfit.main, relief=10)
    cut.band("strap", strap, width, look)
    rim = symmetric(moved(spline([(0, dip + 2.5), *moved(right, 0, 2.5)], samples=6), 50, 0))
    cut.seam(rim[: len(rim) // 2], outfit.thread, stitch=1.3)
    cut.seam(mirrored(rim[: len(rim) // 2]), outfit.thread, stitch=1.3)
    for sign in (-1, 1):
        cut.dot("strap", (50 + sign * half * 0.9, horn + 4), 3.4, outfit.metal)
        cut.dot("strap", (50 + sign * half * 0.9, horn + 4), 1.7, look)
        fold = [(sign * half * 0.8, horn + 12), (sign * half * 0.55, 66), (sign * half * 0.2, sag - 9)]
        cut.seam(moved(spline(fold), 50, 0), outfit.main.colour * 0.78, width=0.9)
    if rng.random() < 0.5:
        _tag(rng, cut, outfit, 50 + half * 0.5, dip + 2)
    if rng.random() < 0.4:
        zip_line = spline([(50 - half * 0.45, dip + 16), (50, dip + 18), (50 + half * 0.45, dip + 16)])
        cut.band("body", zip_line, 1.8, outfit.metal, lift=0.4)


def draw_bucket(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Bucket bag: a round mouth drawn together by a cord, a round base, a long strap."""
    half, low, top, bottom = rng.uniform(24, 30), rng.uniform(23, 31), rng.uniform(36, 44), 85.0
    tall = rng.uniform(4, 7)
    turn = np.linspace(0, np.pi, 14)
    mouth = ellipse((50, top), half, tall, corners=40)
    rim = np.stack([50 + half * np.cos(turn), top + tall * np.sin(turn)], axis=1)
    base = np.stack([50 - low * np.cos(turn), bottom + tall * np.sin(turn)], axis=1)
    strap = _arch(50 - half + 1, 50 + half - 1, top + 6, rng.uniform(4, 12), square=rng.uniform(0.7, 1.1))
    cut.band("strap", strap, rng.uniform(2.6, 4.4), outfit.trim)
    cut.part("body", mouth, outfit.lining, relief=3)
    cut.part("body", np.concatenate([rim, base]), outfit.main, relief=14)
    for x in np.linspace(-0.85, 0.85, 8):
        y = top + tall * np.sqrt(1 - x * x)
        cut.seam([(50 + x * half, y + 1), (50 + x * half * 0.97, y + 11)], outfit.main.colour * 0.72)
    cord = np.stack([50 + half * np.cos(turn), top + 8 + tall * np.sin(turn)], axis=1)
    for x, y in cord[1:-1:2]:
        cut.dot("body", (x, y), 1.3, outfit.metal)
    cut.band("body", cord, 1.3, outfit.trim, lift=0.5)
    if rng.random() < 0.8:
        for shift in (-2, 2):
            end = (50 + 2.2 * shift, top + tall + rng.uniform(22, 30))
            line = spline([(50 + shift * 0.3, top + tall + 8), (50 + shift, top + tall + 16), end])
            cut.band("body", line, 1.1, outfit.trim)
            cut.dot("body", end, 2, outfit.metal if rng.random() < 0.5 else outfit.trim)
    y = bottom - rng.uniform(6, 12)
    band = np.stack([50 + (low + 0.3) * np.cos(turn), y + tall * np.sin(turn)], axis=1)
    cut.part("body", np.concatenate([band, base]), outfit.trim, relief=8, lift=0.3)
    cut.seam(moved(band, 0, 1.6), outfit.thread, stitch=1.2)
    for sign in (-1, 1):
        cut.dot("strap", (50 + sign * (half - 1.5), top + 6), 2, outfit.metal)


def draw_backpack(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Small backpack: a tall round body with a loop, shoulder straps, a front pocket, and a flap or a zip."""
    half, top, bottom = rng.uniform(25, 31), rng.uniform(15, 22), 90.0
    depth = np.array([rng.uniform(3, 7), -2.0])
    for sign in (-1, 1):
        out = half + rng.uniform(6, 10)
        path = [(sign * half * 0.5, top + 4), (sign * out, top + 22), (sign * out, bottom - 24)]
        path = spline(moved([*path, (sign * half * 0.85, bottom - 5)], 50, 0), samples=6)
        cut.band("strap", path, rng.uniform(4, 5.5), outfit.trim.tinted(0.85))
    arch = _arch(44, 56, top + 3, top - rng.uniform(7, 10))
    cut.band("handle", moved(arch, 1, 0), 2.8, outfit.trim)
    shoulder = rng.uniform(14, 22)
    side = [(0, top), (half * 0.6, top + 1.5), (half * 0.93, top + shoulder * 0.55)]
    side += [(half, top + shoulder + 6), (half, bottom - 9), (half - 2, bottom - 2), (half - 7, bottom)]
    body = symmetric(moved(spline(side, samples=5), 50, 0))
    _depth(cut, outfit, body, depth)
    cut.part("body", body, outfit.main, relief=11)
    y = rng.uniform(56, 62)
    pocket = rounded(50 - half * 0.75, y, 50 + half * 0.75, bottom - 5, 6)
    look = outfit.main.tinted(0.96) if rng.random() < 0.5 else outfit.trim
    cut.part("body", pocket, look, relief=5)
    zip_line = [(50 - half * 0.68, y + 5), (50 + half * 0.68, y + 5)]
    cut.seam(zip_line, outfit.metal.colour, width=1.1, stitch=0.8)
    if rng.random() < 0.55:
        edge = y - rng.uniform(0, 6)
        cap = [(0, top - 1), (half * 0.62, top + 1), (half * 0.96, top + shoulder * 0.55)]
        cap += [(half * 1.02, top + shoulder + 4), (half * 0.9, edge - 4), (half * 0.6, edge), (0, edge + 1)]
        cut.part("body", symmetric(moved(spline(cap), 50, 0)), outfit.main.tinted(1.04), relief=7)
        for x in (-0.42, 0.42) if rng.random() < 0.6 else (0.0,):
            belt = rounded(48 + x * half, edge - 14, 52 + x * half, edge + 6, 1)
            cut.part("strap", belt, outfit.trim, relief=2)
            _buckle(cut, outfit, 50 + x * half, edge - 2, 3)
    else:
        arc = spline([(50 - half * 0.8, y - 8), (50 - half * 0.62, top + 13), (50, top + 7)], samples=6)
        arc = np.concatenate([arc, mirrored(arc)[::-1]])
        cut.band("body", arc, 2, outfit.trim, lift=0.4)
        cut.seam(arc, outfit.metal.colour, width=0.8, stitch=0.7)
        cut.part("body", rounded(44, y - 20, 56, y - 11, 1.5), outfit.trim, relief=2, lift=0.5)


_DRAWN = (draw_tote, draw_satchel, draw_clutch, draw_hobo, draw_bucket, draw_backpack)
HANDBAGS = {draw.__name__.removeprefix("draw_"): draw for draw in _DRAWN}
