"""Tops: T-shirt, pullover, coat, shirt, and the sleeves, necks and fronts that dresses share with them.

The four tops differ only in how likely each cut is (``Cut``), so that they overlap as they do in the shop:
some pictures cannot be told apart.
"""

from dataclasses import dataclass

import numpy as np

from helpers.drawings.canvas import Canvas, Generator, ellipse, mirrored, moved, pick, spline, symmetric
from helpers.drawings.cloth import Cloth, new_cloth

SLEEVES = {"none": (0, 0), "cap": (8, 16), "short": (20, 30), "half": (34, 46), "long": (62, 76)}


@dataclass
class Cut:
    """What a kind of top looks like: weights of its details, ranges of length and half width in units."""

    sleeves: dict[str, float]
    necks: dict[str, float]
    fronts: dict[str, float]
    hems: dict[str, float]
    patterns: dict[str, float]
    extras: dict[str, float]
    length: tuple[float, float]
    width: tuple[float, float]


# Mostly short sleeves, a plain front, often a print.
T_SHIRT = Cut(
    sleeves={"none": 8, "cap": 14, "short": 60, "half": 12, "long": 6},
    necks={"crew": 50, "v": 20, "scoop": 16, "boat": 10, "collar": 4},
    fronts={"none": 90, "placket": 8, "buttons": 2},
    hems={"straight": 90, "tail": 6, "rib": 4},
    patterns={"plain": 62, "stripes": 14, "block": 8, "print": 8, "dots": 4, "knit": 4},
    extras={"none": 58, "motif": 36, "chest pocket": 6},
    length=(72, 84), width=(22, 30),
)  # fmt: skip
# Mostly long sleeves, a ribbed hem and no opening, often knit.
PULLOVER = Cut(
    sleeves={"short": 3, "half": 9, "long": 88},
    necks={"crew": 46, "v": 14, "high": 16, "hood": 14, "boat": 6, "collar": 4},
    fronts={"none": 88, "placket": 8, "zip": 4},
    hems={"rib": 55, "straight": 40, "tail": 5},
    patterns={"plain": 42, "knit": 26, "stripes": 14, "block": 6, "print": 6, "dots": 6},
    extras={"none": 76, "motif": 18, "hip pockets": 6},
    length=(68, 82), width=(18, 25),
)  # fmt: skip
# Long sleeves, lapels or a hood, an opening from top to bottom.
COAT = Cut(
    sleeves={"half": 4, "long": 96},
    necks={"lapel": 42, "collar": 16, "high": 16, "hood": 16, "crew": 8, "v": 2},
    fronts={"buttons": 34, "zip": 30, "open": 24, "none": 12},
    hems={"straight": 78, "rib": 14, "tail": 8},
    patterns={"plain": 72, "knit": 10, "checks": 8, "print": 5, "stripes": 5},
    extras={"none": 34, "hip pockets": 50, "belt": 16},
    length=(79, 91), width=(20, 28),
)  # fmt: skip
# A shirt or blouse: any sleeve, often a collar, buttons and a curved hem, often patterned.
SHIRT = Cut(
    sleeves={"none": 4, "cap": 5, "short": 22, "half": 15, "long": 54},
    necks={"collar": 52, "v": 18, "crew": 16, "scoop": 6, "boat": 4, "high": 4},
    fronts={"buttons": 52, "none": 34, "placket": 12, "open": 2},
    hems={"tail": 46, "straight": 50, "rib": 4},
    patterns={"plain": 46, "checks": 16, "pinstripes": 12, "print": 12, "dots": 6, "stripes": 4, "knit": 4},
    extras={"none": 70, "chest pocket": 26, "motif": 4},
    length=(68, 82), width=(18, 26),
)  # fmt: skip


def draw_top(rng: Generator, canvas: Canvas, cut: Cut) -> None:
    """Draw a top: sleeves, body, hem, seams, extras, front, neck, each over the ones before."""
    cloth = new_cloth(rng, canvas, cut.patterns)
    collar_bone, chest = rng.uniform(7, 13), rng.uniform(*cut.width)
    hem = collar_bone + rng.uniform(*cut.length)
    neck = (rng.uniform(7, 11), collar_bone)
    shoulder = (chest + rng.uniform(-4, 1), collar_bone + rng.uniform(3, 8))
    armpit = (chest, collar_bone + rng.uniform(20, 28))
    hip = chest + rng.uniform(-3, 4)
    waist = (chest + hip) / 2 - rng.uniform(0, 4)
    side = [armpit, (waist, (armpit[1] + hem) / 2), (hip, hem)]

    sleeve = pick(rng, cut.sleeves)
    sleeves(rng, canvas, sleeve, cloth, shoulder, armpit)
    hem_kind = pick(rng, cut.hems)
    sag = rng.uniform(3, 7) if hem_kind == "tail" else rng.uniform(-1, 1.5)
    canvas.polygon(symmetric(moved([neck, shoulder, *side, (hip * 0.55, hem + sag)], 50, 0)), cloth.fill)
    if hem_kind == "rib":
        canvas.polygon(symmetric([(50 + hip, hem - 6), (49 + hip, hem + 1)]), cloth.fill * 0.72)
    armhole = [shoulder, (chest - 2, armpit[1] - 8), armpit]
    _side_seams(rng, canvas, cloth, armhole, side if sleeve == "long" else None)
    _extra(rng, canvas, pick(rng, cut.extras), cloth, (waist, collar_bone, hem))
    front(rng, canvas, pick(rng, cut.fronts), cloth, collar_bone + 7, hem)
    neckline(rng, canvas, pick(rng, cut.necks), cloth, neck)


def _side_seams(rng: Generator, canvas: Canvas, cloth: Cloth, armhole, side) -> None:
    """Seams round the arms, and the shadow between the body and a long sleeve."""
    for flip in (False, True):
        seam = moved(spline(armhole), 50, 0)
        canvas.line(mirrored(seam) if flip else seam, cloth.seam, 1.6)
        if side is not None:
            gap, tone = moved(side, 50, 0), cloth.tone * rng.uniform(0, 0.35)
            canvas.line(mirrored(gap) if flip else gap, tone, rng.uniform(1.5, 3))


def sleeves(rng: Generator, canvas: Canvas, kind: str, cloth: Cloth, shoulder, armpit) -> None:
    """Two arms hung from the shoulder and the armpit, (half width, y) each; the two differ a little."""
    length = rng.uniform(*SLEEVES[kind])
    if length == 0:
        return
    is_long = length > 50
    swing = rng.uniform(12, 28) if is_long else rng.uniform(18, 48)
    width = rng.uniform(7.5, 10.5) + max(0.0, 30 - length) * 0.25
    fill, has_cuff = cloth.fill * rng.uniform(0.8, 1.0), rng.random() < 0.5
    for flip in (False, True):
        upper = np.deg2rad(swing + rng.normal(0, 3))
        lower = upper - np.deg2rad(rng.uniform(8, 20)) * is_long
        start = moved(shoulder, 50, 0)
        elbow = start + length / 2 * np.array([np.sin(upper), np.cos(upper)])
        wrist = elbow + length / 2 * np.array([np.sin(lower), np.cos(lower)])
        across = np.array([-np.cos(lower), np.sin(lower)])
        inner_wrist, inner_elbow = wrist + width * across, elbow + (width + 1.5) * across
        arm = np.array([start, moved(elbow, 1, 0), wrist, inner_wrist, inner_elbow, moved(armpit, 49, 0)])
        canvas.polygon(mirrored(arm) if flip else arm, fill)
        if has_cuff:
            cuff = np.array([moved(wrist, 0, -4), wrist, inner_wrist, moved(inner_wrist, 0, -4)])
            canvas.polygon(mirrored(cuff) if flip else cuff, fill * 0.75)


def neckline(rng: Generator, canvas: Canvas, kind: str, cloth: Cloth, place: tuple[float, float]) -> None:
    """Finish a garment at the neck, ``place`` = (half width, y): a cut-out, a collar, a roll or a hood."""
    w, y = place
    if kind == "hood":
        canvas.polygon(ellipse((50, y + 1), w + rng.uniform(5, 9), rng.uniform(9, 13)), cloth.tone * 0.85)
        canvas.polygon(ellipse((50, y), w + 1, rng.uniform(5, 8)), cloth.tone * 0.35)
        for x in (-4, 4):
            canvas.line([(50 + x, y + 8), (50 + x * 1.2, y + rng.uniform(16, 26))], cloth.mark, 1.6)
    elif kind == "high":
        canvas.polygon(symmetric([(49 + w, y - rng.uniform(3, 6)), (51 + w, y + 3)]), cloth.tone * 0.85)
        canvas.line([(50 - w, y + 3), (50, y + 5), (50 + w, y + 3)], cloth.seam, 1.6)
    elif kind in ("collar", "lapel"):
        _collar(rng, canvas, kind, cloth, w, y)
    else:
        _cut_out(rng, canvas, kind, cloth, w, y)


def _collar(rng: Generator, canvas: Canvas, kind: str, cloth: Cloth, w: float, y: float) -> None:
    """Two flaps over an open throat: short for a shirt, long for a lapel."""
    if kind == "collar":
        depth = rng.uniform(8, 13)
        tip = (53 + w, y + depth + 2)
    else:
        depth = rng.uniform(18, 36)
        tip = (56 + w, y + depth * 0.55)
    canvas.polygon(symmetric([(49 + w, y - 1), (50, y + depth)]), cloth.tone * 0.4)
    flap = np.array([(47 + w, y - 3), (51 + w, y), tip, (50, y + depth)])
    tone = cloth.tone * rng.uniform(0.85, 1.2)
    for points in (flap, mirrored(flap)):
        canvas.polygon(points, tone)
        canvas.line(points[1:], cloth.tone * 0.5, 1.6)


def _cut_out(rng: Generator, canvas: Canvas, kind: str, cloth: Cloth, w: float, y: float) -> None:
    """Crew, boat, scoop or V neck: the inside of the back shows, and a trim runs along the edge."""
    low, high = {"crew": (5, 9), "boat": (3, 6), "scoop": (11, 18), "v": (13, 26)}[kind]
    depth = rng.uniform(low, high)
    w = w + 6 if kind == "boat" else w
    edge = np.array([(-w, 0), (-w * 0.7, depth * 0.7), (0, depth), (w * 0.7, depth * 0.7), (w, 0)])
    edge = moved(edge[::2] if kind == "v" else spline(edge), 50, y)
    canvas.polygon(np.concatenate([edge, [(50 + w, y - 3), (50 - w, y - 3)]]), cloth.tone * 0.4)
    canvas.polygon(ellipse((50, y - 1.5), w * 0.95, min(3.5, depth * 0.6)), 0)
    canvas.line(edge, cloth.tone * (0.7 if rng.random() < 0.5 else 1.15), 2.2)


def front(rng: Generator, canvas: Canvas, kind: str, cloth: Cloth, top: float, bottom: float) -> None:
    """What runs down the middle: nothing, buttons, a short placket, a zip or an open edge."""
    x = 50 + rng.normal(0, 1)
    if kind == "open":
        right = x + rng.uniform(2, 8)
        gap = [(x - 3, top), (x + 3, top), (right, bottom + 3), (x - 3, bottom + 3)]
        canvas.polygon(gap, cloth.tone * 0.25)
    elif kind == "zip":
        canvas.line([(x, top), (x, bottom)], cloth.tone * 0.5, rng.uniform(1.5, 2.6))
        canvas.line([(x + 2.5, top), (x + 2.5, bottom)], cloth.tone * 1.25, 1.4)
    elif kind != "none":
        bottom = top + rng.uniform(12, 24) if kind == "placket" else bottom
        canvas.line([(x, top), (x, bottom)], cloth.tone * 0.72, rng.uniform(1.5, 2.6))
        rows = (-6, 9) if rng.random() < 0.12 else (1.5,)
        for y in np.arange(top + rng.uniform(2, 6), bottom - 1, rng.uniform(8, 13)):
            for offset in rows:
                canvas.disc((x + offset, y), rng.uniform(1.5, 2.1), cloth.mark)


def _extra(rng: Generator, canvas: Canvas, kind: str, cloth: Cloth, body: tuple[float, float, float]) -> None:
    """A printed motif, a chest pocket, hip pockets or a belt on a body of (half width, top, hem)."""
    w, y, hem = body
    if kind == "motif":
        _motif(rng, canvas, cloth, (50 + rng.normal(0, 3), y + rng.uniform(24, 36)), rng.uniform(7, 14))
    elif kind == "chest pocket":
        x, top = 50 + w * (0.5 if rng.random() < 0.5 else -0.5), y + rng.uniform(20, 26)
        pocket = [(-5, 0), (5, 0), (5, 9), (-5, 9), (-5, 0)]
        canvas.line(moved(pocket, x, top), cloth.seam, 1.5)
    elif kind == "hip pockets":
        height = hem - rng.uniform(18, 32)
        pocket = np.array([(50 + w * 0.35, height), (50 + w * 0.75, height + rng.uniform(-2, 6))])
        for points in (pocket, mirrored(pocket)):
            canvas.line(points, cloth.tone * 0.5, 2.2)
    elif kind == "belt":
        height = y + rng.uniform(38, 48)
        canvas.polygon(symmetric([(51 + w, height), (51 + w, height + 5)]), cloth.seam)
        canvas.polygon(ellipse((50, height + 2.5), 4, 3.5), cloth.mark)


def _motif(rng: Generator, canvas: Canvas, cloth: Cloth, centre: tuple[float, float], half: float) -> None:
    """Lines of words, a disc, a star or a square on the chest."""
    shape = pick(rng, {"words": 4, "disc": 2, "star": 2, "square": 2})
    if shape == "words":
        for row in range(rng.integers(1, 4)):
            left, right = half * rng.uniform(0.5, 1, 2)
            word = moved([(-left, 6 * row), (right, 6 * row)], *centre)
            canvas.line(word, cloth.second, rng.uniform(2.5, 4.5))
        return
    outline = ellipse((0, 0), half, half)
    if shape == "square":
        outline = 0.75 * half * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    elif shape == "star":
        outline[::2] *= 0.5
    canvas.polygon(moved(outline, *centre), cloth.second)
