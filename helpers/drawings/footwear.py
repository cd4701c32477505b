"""Shoes of the drawn catalogue: sneaker, high-top and loafer, and all six families as single shoes or pairs.

One function draws one family, from a generator, on a cut-out, in an outfit of materials; `draw_pair` puts
a second shoe behind the first, and `draw_from_above` shows a flat pair as one sees it on the floor.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.heels import GROUND, draw_boot, draw_pump, draw_sandal, jitter, laces
from helpers.drawings.materials import Cutout, Outfit, new_outfit


def _rubber_sole(rng: Generator, cut: Cutout, outfit: Outfit, thick: float) -> None:
    """Thick sole with a rounded toe and heel, perhaps with a stripe and notches."""
    low = GROUND + thick
    outline = [(4.5, GROUND - 3), (30, GROUND), (60, GROUND), (93, GROUND - 1), (95.5, GROUND - 1)]
    outline += [(96, GROUND + thick * 0.5), (95, low - 2), (92, low), (50, low), (14, low)]
    outline.append((6, low - thick * 0.35))
    cut.part("sole", outline, outfit.base, relief=3, lift=0.5)
    if rng.random() < 0.6:
        y = GROUND + thick * 0.45
        cut.seam([(6, y - 1), (30, y), (95, y - 0.5)], outfit.trim.colour, width=rng.uniform(0.8, 1.6))
    for x in np.arange(12, 92, 5) if rng.random() < 0.5 else ():
        cut.seam([(x, low - 2.2), (x + 1, low)], outfit.base.colour * 0.6, width=0.8)


def _side_marks(rng: Generator, cut: Cutout, outfit: Outfit, x: float, height: float) -> None:
    """Decoration of the side: slanted bars, a wave, a panel, a star, or nothing."""
    kind, base = rng.integers(5), GROUND - 2
    if kind == 0:
        for number in range(rng.integers(1, 3) * 2):
            bar = moved([(0, 0), (3.4, 0), (9.4, -height), (6, -height)], x + 5.6 * number, base)
            cut.part("upper", bar, outfit.trim, relief=1, lift=0.4)
    elif kind == 1:
        wave = spline([(x - 6, base - 4), (x + 4, base - 9), (x + 14, base - 5), (x + 26, base - 13)])
        cut.band("upper", wave, np.linspace(1.5, 3.6, len(wave)), outfit.trim, lift=0.4)
    elif kind == 2:
        panel = moved([(0, 1), (5, -height), (19, -height * 0.9), (25, 1)], x, base)
        cut.part("upper", panel, outfit.trim, relief=2, lift=0.5)
        cut.seam(panel, outfit.thread, stitch=1.2)
    elif kind == 3:
        star = _star((x + 12, base - height * 0.5), 6.2)
        cut.part("upper", star, outfit.trim, relief=1, lift=0.3)


def _star(centre, size: float) -> np.ndarray:
    turn = np.arange(10) * (np.pi / 5) - np.pi / 2
    radius = size * np.where(np.arange(10) % 2, 0.42, 1)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1) + np.asarray(centre)


def draw_sneaker(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Sneaker: a low collar, a thick sole, laces, a toe cap, marks on the side."""
    tongue, heel = rng.uniform(28, 33), rng.uniform(34, 39)
    far = [(50, 45), (55, tongue + 3), (66, 38), (80, heel - 1), (90, heel + 1), (88, 46), (66, 50)]
    cut.part("upper", spline(jitter(rng, far, 0.4), closed=True), outfit.lining, relief=4)
    flap = [(46, 46), (50, tongue + 2), (56, tongue - 2), (61, tongue), (60, 46)]
    cut.part("upper", spline(flap, closed=True), outfit.trim, relief=4)
    top = [(5.5, 69), (6.5, 62), (13, 55), (24, 51.5), (35, 48), (45, 42), (54, tongue + 5), (58, tongue + 6)]
    top += [(64, 43), (73, 46), (82, 43), (89, heel), (93, heel + 1), (92.5, 50), (94.5, 62), (94, 71)]
    line = spline(np.concatenate([top[:1], jitter(rng, top[1:-1]), top[-1:]]), samples=5)
    upper = np.concatenate([line, [(60, GROUND + 1), (30, GROUND + 1), (8, GROUND)]])
    cut.part("upper", upper, outfit.main, relief=8)
    if rng.random() < 0.65:
        cap = spline([(5.5, 69.5), (6.5, 62), (13, 55.2), (23, 52), (27, 60), (25, GROUND)])
        cut.part("upper", np.concatenate([cap, [(8, GROUND)]]), outfit.trim, relief=5, lift=0.5)
    if rng.random() < 0.7:
        tab = spline([(94, 71), (94.5, 62), (92.5, 50), (93, heel + 2), (88, heel + 3), (84, 52), (78, 71)])
        cut.part("upper", tab, outfit.trim, relief=5, lift=0.5)
        cut.seam(moved(tab[-14:], -1.3, 0), outfit.thread, stitch=1.2)
    _side_marks(rng, cut, outfit, rng.uniform(48, 54), 15)
    stay = [(33, 49), (55, tongue + 6), (62, tongue + 12), (42, 56)]
    cut.part("upper", stay, outfit.main.tinted(0.9), relief=2, lift=0.4)
    laces(rng, cut, outfit, (36, 49), (53, tongue + 6), rng.integers(4, 6))
    _rubber_sole(rng, cut, outfit, rng.uniform(7, 11))


def draw_high_top(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """High-top: canvas up to the ankle, a rubber toe, many laces, a round badge."""
    rim, back = rng.uniform(11, 18), rng.uniform(86, 91)
    cut.part("upper", ellipse((70, rim + 2), 19, 4.5), outfit.lining, relief=3)
    flap = [(43, 44), (48, rim + 2), (54, rim - 6), (61, rim - 4), (62, 40)]
    cut.part("upper", spline(flap, closed=True), outfit.trim, relief=4)
    top = [(5.5, 69), (7, 61), (14, 55), (26, 52), (36, 47), (43, 38), (48, 27), (51.5, rim + 2)]
    top += [(60, rim + 5), (72, rim + 6), (back, rim + 2), (back - 1, 30), (back + 1, 46), (94, 60), (94, 71)]
    line = spline(np.concatenate([top[:1], jitter(rng, top[1:-1], 0.7), top[-1:]]), samples=5)
    cut.part("upper", np.concatenate([line, [(40, GROUND + 1), (8, GROUND)]]), outfit.main, relief=9)
    cap = spline([(5.5, 69.5), (7, 61), (14, 55.2), (24, 53), (29, 60), (28, GROUND)])
    cut.part("upper", np.concatenate([cap, [(8, GROUND)]]), outfit.base, relief=5, lift=0.5)
    heel = spline([(94, 71), (94, 60), (back + 1, 47), (back - 5, 46), (82, 58), (80, 71)])
    cut.part("upper", heel, outfit.trim, relief=4, lift=0.5)
    seam = spline([(back - 6, rim + 5), (back - 7, 34), (back - 5, 47)])
    cut.seam(seam, outfit.thread, stitch=1.2)
    stay = [(33, 50), (44, 38), (52, rim + 5), (60, rim + 7), (54, 40), (44, 56)]
    cut.part("upper", stay, outfit.main.tinted(0.9), relief=2, lift=0.4)
    if rng.random() < 0.7:
        badge = (72 + rng.normal(0, 1), 32 + rng.normal(0, 2))
        cut.dot("upper", badge, rng.uniform(6, 8), outfit.base)
        cut.part("upper", _star(badge, 4.6), outfit.trim, relief=0, lift=0)
    else:
        _side_marks(rng, cut, outfit, 56, 15)
    laces(rng, cut, outfit, (35, 49), (41, 41), 2, bow=False)
    laces(rng, cut, outfit, (43.5, 35), (51, rim + 6), 4)
    _rubber_sole(rng, cut, outfit, rng.uniform(7, 10))


def draw_loafer(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Loafer: a low shoe without laces, with a raised seam, and a saddle, a bit or tassels."""
    heel, thick = rng.uniform(38, 43), rng.uniform(3, 5.5)
    low = GROUND + thick + 4
    cut.part("heel", [(70, GROUND), (93, GROUND), (92, low), (72, low)], outfit.base.tinted(0.85), relief=3)
    opening = [(48, 50), (56, 43), (70, 42), (84, heel - 1), (92, heel + 2), (84, 52), (66, 56)]
    cut.part("upper", spline(opening, closed=True), outfit.lining, relief=3)
    bed = [(56, 51), (68, 46), (84, 44), (89, 48), (78, 54), (64, 56)]
    cut.part("sole", spline(bed, closed=True), outfit.trim.tinted(0.8), relief=3)
    flap = [(38, 52), (44, 43), (52, 39), (57, 43), (53, 54)]
    cut.part("upper", spline(flap, closed=True), outfit.main.tinted(0.96), relief=4)
    top = [(5.5, 69), (8, 61.5), (18, 56), (30, 53), (40, 49.5), (49, 46), (57, 50), (67, 54), (78, 52)]
    top += [(86, 46), (92, heel + 2), (93, 50), (94.5, 62), (93, 71)]
    line = spline(np.concatenate([top[:1], jitter(rng, top[1:-1], 0.7), top[-1:]]), samples=5)
    cut.part("upper", np.concatenate([line, [(50, GROUND + 1), (8, GROUND)]]), outfit.main, relief=8)
    apron = spline([(14, 60), (24, 61), (36, 59.5), (46, 55), (51, 47)], samples=6)
    cut.seam(apron, outfit.main.colour * 0.62, width=1.2)
    cut.seam(moved(apron, 0, 1.5), outfit.thread, stitch=1.1)
    saddle = [(33, 53), (37, 60), (46, 66), (55, GROUND), (61, GROUND), (56, 60), (49, 52), (43, 48)]
    saddle = spline(saddle, closed=True)
    kind = rng.integers(3)
    if kind == 0:
        cut.part("upper", saddle, outfit.trim if rng.random() < 0.6 else outfit.main.tinted(0.9), relief=3)
        slot = [(38.5, 54), (45, 51.5), (46.5, 53.5), (40, 56.5)]
        cut.part("upper", slot, outfit.lining, relief=0, lift=0)
    elif kind == 1:
        cut.band("upper", spline([(37, 54.5), (43, 52), (49, 50)]), 2.2, outfit.metal)
        for point in ((37, 54.5), (49, 50.5)):
            cut.dot("upper", point, 2.6, outfit.metal)
            cut.dot("upper", point, 1.2, outfit.main)
    else:
        for shift in (-3, 3):
            x = 41 + shift
            cut.part("upper", [(x, 52), (x + 1.5, 52), (x + 2.5, 60), (x - 3.5, 61)], outfit.trim, relief=2)
        cut.dot("upper", (41.5, 51.5), 2.2, outfit.trim)
    cut.seam(spline([(92, 44), (84, 55), (82, GROUND)]), outfit.thread, stitch=1.2)
    low = GROUND + thick
    sole = [(4, GROUND - 2.5), (40, GROUND), (70, GROUND), (95, GROUND - 1), (95, low), (70, low), (12, low)]
    cut.part("sole", [*sole, (5, GROUND + 1)], outfit.base, relief=2, lift=0.5)


FOOTWEAR = {
    "sneaker": draw_sneaker, "boot": draw_boot, "pump": draw_pump,
    "sandal": draw_sandal, "loafer": draw_loafer, "high-top": draw_high_top,
}  # fmt: skip


def draw_pair(rng: Generator, cut: Cutout, family: str) -> None:
    """Draw two shoes of one design, the second behind the first."""
    seed = rng.integers(2**32)
    right, up = rng.uniform(7, 13), rng.uniform(9, 17)
    for scale, shift in ((0.76, (right, -up)), (0.8, (-right, up * 0.7))):
        same = np.random.default_rng(seed)
        outfit = new_outfit(same, cut)
        cut.place(scale=scale, shift=shift)
        FOOTWEAR[family](same, cut, outfit)
    cut.place()


def draw_from_above(rng: Generator, cut: Cutout, family: str) -> None:
    """Draw a flat pair of a sneaker, loafer or sandal as seen from above, toes up."""
    outfit, seed = new_outfit(rng, cut), rng.integers(2**32)
    for mirror in (False, True):
        cut.place(mirror=mirror)
        _above(np.random.default_rng(seed), cut, outfit, family)
    cut.place()


def _above(rng: Generator, cut: Cutout, outfit: Outfit, family: str) -> None:
    """Right one of a pair, between x = 52 and 88."""
    outline = [(66, 9), (76, 13), (83, 26), (83, 42), (79, 58), (80, 76), (77, 87), (69, 91), (61, 88)]
    outline += [(58, 76), (59, 58), (55, 40), (54, 26), (58, 14)]
    sole = spline(jitter(rng, outline, 0.5), closed=True)
    centre = np.array([69.0, 50.0])
    cut.part("sole", sole, outfit.base, relief=3)
    inner = (sole - centre) * 0.93 + centre
    if family == "sandal":
        cut.part("sole", inner, outfit.trim, relief=4, lift=0.3)
        cut.seam(np.concatenate([inner, inner[:1]]), outfit.thread, stitch=1.2)
        for y in (26, 38) if rng.random() < 0.5 else (32,):
            strap = spline([(54, y + 3), (62, y - 3), (74, y - 3), (84, y + 3)])
            cut.band("strap", strap, rng.uniform(7, 9), outfit.main)
            cut.dot("strap", (79, y), 2.4, outfit.metal)
        cut.band("strap", spline([(58.5, 72), (69, 62), (80, 72)]), 4, outfit.main)
        return
    cut.part("upper", inner, outfit.main, relief=9, lift=0.4)
    mouth = ellipse((69, 71), 8.2, 15, corners=30)
    cut.part("upper", mouth, outfit.lining, relief=3, lift=0.3)
    cut.part("sole", ellipse((69, 74), 6.4, 11, corners=24), outfit.trim.tinted(0.75), relief=3, lift=0)
    if family == "loafer":
        apron = spline([(60, 55), (59, 34), (68, 22), (78, 34), (78, 55)], samples=6)
        cut.seam(apron, outfit.thread, width=1.2)
        cut.band("upper", spline([(57, 50), (69, 44), (81, 50)]), 7, outfit.trim)
        return
    tongue = [(63, 38), (69, 35), (75, 38), (75, 60), (69, 63), (63, 60)]
    cut.part("upper", spline(tongue, closed=True), outfit.trim, relief=3)
    cap = spline([(57, 25), (68, 20), (81, 25), (76, 14), (67, 10.5), (59, 15)], closed=True)
    cut.part("upper", cap, outfit.trim, relief=4, lift=0.4)
    for y in np.linspace(38, 56, 5):
        cut.band("lace", [(61.5, y), (69, y - 0.8), (76.5, y)], 1.9, outfit.base)
