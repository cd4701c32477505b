"""Dress, trousers and bag. One function draws one class."""

import numpy as np

from helpers.drawings.canvas import Canvas, Generator, ellipse, mirrored, moved, pick, spline, symmetric
from helpers.drawings.cloth import Cloth, new_cloth
from helpers.drawings.tops import front, neckline, sleeves


def draw_dress(rng: Generator, canvas: Canvas) -> None:
    """Dress: narrow shoulders, a waist, and a skirt from a tube to a bell."""
    patterns = {"plain": 56, "print": 18, "dots": 8, "stripes": 8, "checks": 5, "block": 5}
    cloth = new_cloth(rng, canvas, patterns)
    top, hem, middle = rng.uniform(5, 10), rng.uniform(86, 96), rng.uniform(38, 50)
    chest, waist = rng.uniform(13, 21), rng.uniform(10, 18)
    flare = waist + (rng.uniform(10, 26) if rng.random() < 0.4 else rng.uniform(0, 9))
    armpit, neck = (chest, top + rng.uniform(15, 21)), (rng.uniform(6, 9), top)
    shoulder = (chest + rng.uniform(-4, 0), top + 4)
    body = [armpit, (waist, middle), ((waist + flare) * 0.54, (middle + hem) / 2), (flare, hem)]
    body.append((0, hem + rng.uniform(-2, 3)))

    kind = pick(rng, {"straps": 22, "none": 28, "cap": 12, "short": 15, "half": 9, "long": 14})
    if kind == "straps":
        for x in (neck[0], -neck[0]):
            strap = [(50 + x * 0.8, top), (50 + x * 1.2, armpit[1])]
            canvas.line(strap, cloth.tone * 0.9, rng.uniform(2, 4.5))
        body.insert(0, (rng.uniform(0, 9), armpit[1] - rng.uniform(1, 6)))
    else:
        sleeves(rng, canvas, kind, cloth, shoulder, armpit)
        body = [neck, shoulder, *body]
    canvas.polygon(symmetric(moved(body, 50, 0)), cloth.fill)
    if rng.random() < 0.5:
        canvas.line([(50 - waist, middle), (50 + waist, middle)], cloth.mark, rng.uniform(1.5, 5))
    for x in rng.uniform(-0.8, 0.8, rng.integers(0, 5)):
        canvas.line([(50 + x * waist, middle + 5), (50 + x * flare, hem - 2)], cloth.tone * 0.75, 1.6)
    if kind != "straps":
        cut = pick(rng, {"crew": 40, "v": 24, "scoop": 20, "boat": 10, "collar": 6})
        neckline(rng, canvas, cut, cloth, neck)
    front(rng, canvas, pick(rng, {"none": 88, "buttons": 12}), cloth, armpit[1], hem)


def draw_trouser(rng: Generator, canvas: Canvas) -> None:
    """Trousers: two legs from skinny to wide, sometimes cropped, with creases, pockets and seams."""
    cloth = new_cloth(rng, canvas, {"plain": 76, "print": 10, "pinstripes": 7, "checks": 7})
    top, hem = rng.uniform(4, 9), rng.uniform(58, 76) if rng.random() < 0.06 else rng.uniform(88, 96)
    waist, crotch = rng.uniform(11, 16), top + rng.uniform(24, 34)
    hip, knee = waist + rng.uniform(2, 6), (crotch + hem) / 2
    spread, width = rng.uniform(1.5, 9), rng.uniform(8, 16)
    for flip in (False, True):
        ankle, bend = spread + rng.normal(0, 1.2), rng.normal(0, 1.2)
        outer, inner = [(waist, top), (hip, crotch - 6)], [(ankle * 0.55 + bend + 0.8, knee), (0, crotch)]
        outer += [(max(hip - 2, (hip + ankle + width) / 2) + bend, knee), (ankle + width, hem), (ankle, hem)]
        leg = moved([(0, top), *outer, *inner], 50, 0)
        crease = np.array([(50 + hip * 0.55, crotch), (50 + ankle + width / 2, hem - 2)])
        pocket = np.array([(50 + waist * 0.5, top + 5), (50 + hip * 0.95, top + 13)])
        if flip:
            leg, crease, pocket = mirrored(leg), mirrored(crease), mirrored(pocket)
        canvas.polygon(leg, cloth.fill * rng.uniform(0.88, 1.0))
        if rng.random() < 0.5:
            canvas.line(crease, cloth.tone * (0.7 if rng.random() < 0.5 else 1.2), 1.5)
        canvas.line(pocket, cloth.seam, 1.5)
    canvas.polygon(symmetric([(50 + waist, top), (50 + waist, top + 4)]), cloth.fill * 0.7)
    canvas.line([(50, top + 4), (50, crotch)], cloth.tone * 0.5, 1.5)


def draw_bag(rng: Generator, canvas: Canvas) -> None:
    """Bag: tote, satchel, half moon, bucket or clutch, with or without handles and straps."""
    cloth = new_cloth(rng, canvas, {"plain": 74, "print": 8, "checks": 7, "stripes": 6, "knit": 5})
    kind = pick(rng, {"tote": 56, "round": 16, "bucket": 14, "clutch": 14})
    half, height = rng.uniform(30, 44), rng.uniform(36, 52)
    if kind == "bucket":
        half, height = rng.uniform(20, 30), rng.uniform(44, 60)
    bottom = rng.uniform(66, 78) if kind == "clutch" else rng.uniform(84, 92)
    top, upper = bottom - height, half * rng.uniform(0.72, 1.05)
    _handles(rng, canvas, kind, cloth, upper, top)
    if kind == "round":
        low = [(half * 0.8, height - 3), (0, height)]
        side = spline([(0, 0), (half * 0.75, 4), (half, height * 0.5), *low])
    else:
        cut = rng.uniform(2, 8)
        side = [(upper - cut, 0), (upper, cut), (half, height - cut), (half - cut, height)]
    canvas.polygon(symmetric(moved(side, 50, top)), cloth.fill)
    _bag_detail(rng, canvas, cloth, min(upper, half), top, bottom)


def _handles(rng: Generator, canvas: Canvas, kind: str, cloth: Cloth, w: float, y: float) -> None:
    """One or two handles, a long strap, a wrist loop, or nothing, on an opening of half width w at y."""
    tone, width = cloth.tone * rng.uniform(0.6, 1), rng.uniform(2.2, 4.5)
    usual = {"pair": 40, "one": 26, "strap": 22, "none": 12}
    style = pick(rng, {"none": 60, "wrist": 40} if kind == "clutch" else usual)
    if style == "wrist":
        loop = ellipse((52 + w, y + 14), 5, 13)
        canvas.line(np.concatenate([loop, loop[:1]]), tone, 2.5)
    elif style == "strap":
        tip = 50 + rng.normal(0, 12)
        canvas.line(spline([(52 - w, y + 4), (tip - 8, 9), (tip + 8, 9), (48 + w, y + 4)]), tone, 2.4)
    elif style != "none":
        reach, lift = w * rng.uniform(0.35, 0.7), rng.uniform(16, 30)
        quarter = [(reach, 4), (reach * 0.8, -lift * 0.7)]
        arc = moved(spline([*quarter, (0, -lift), *mirrored(quarter, 0)[::-1]]), 50, y)
        if style == "pair":
            canvas.line(moved(arc, 5, -3), tone * 0.65, width)
        canvas.line(arc, tone, width)


def _bag_detail(rng: Generator, canvas: Canvas, cloth: Cloth, w: float, top: float, bottom: float) -> None:
    """Flap with a clasp, zip, pocket, belts or a seam, and sometimes a tag."""
    kind, height = pick(rng, {"flap": 32, "zip": 20, "pocket": 18, "belts": 16, "seam": 14}), bottom - top
    if kind == "flap":
        depth = height * rng.uniform(0.35, 0.65)
        corner = [(w - 2, 3), (w * 0.85, depth - 4)]
        flap = spline([*corner, (0, depth), *mirrored(corner, 0)[::-1]])
        canvas.line(moved(flap, 50, top), cloth.seam, 2.2)
        canvas.disc((50, top + depth - 2), rng.uniform(2, 4), cloth.mark)
    elif kind == "zip":
        canvas.line([(50 - w * 0.85, top + 7), (50 + w * 0.85, top + 7)], cloth.tone * 0.5, 2.5)
    elif kind == "pocket":
        pocket = symmetric([(50 + w * 0.6, top + height * 0.4), (50 + w * 0.6, bottom - 6)])
        canvas.line(np.concatenate([pocket, pocket[:1]]), cloth.seam, 1.8)
    elif kind == "belts":
        for x in (50 - w * 0.5, 50 + w * 0.5):
            canvas.line([(x, top), (x, bottom)], cloth.second, rng.uniform(3, 5))
            canvas.disc((x, top + height * 0.4), 2.6, cloth.mark)
    else:
        canvas.line([(50 - w, bottom - 9), (50 + w, bottom - 9)], cloth.seam, 2)
    if rng.random() < 0.3:
        canvas.line([(50, top + 2), (50 + rng.normal(0, 3), top + 14)], cloth.mark, 2)
