"""Shoes of the drawn catalogue that stand on a heel: boot, pump and sandal; and what all shoes share.

All shoes point to the left and are seen from the side and a little from above, so that the opening shows.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, moved, spline
from helpers.drawings.materials import Cutout, Outfit

GROUND = 72.0


def jitter(rng: Generator, points, amount: float = 0.9) -> np.ndarray:
    """Points moved a little, for another cut."""
    return np.asarray(points, dtype=float) + rng.normal(0, amount, (len(points), 2))


def _footbed(rise: float, *, toe: float = 7.0, heel: float = 92.0) -> np.ndarray:
    """Line under the foot from toe to heel, (17, 2): flat under the toes, then up to the heel."""
    x = np.linspace(toe, heel, 17)
    t = np.clip((x - 34) / (heel - 10 - 34), 0, 1)
    spring = 2.2 * np.clip((22 - x) / 15, 0, 1) ** 2
    return np.stack([x, GROUND - rise * (t * t * (3 - 2 * t)) - spring], axis=1)


def laces(rng: Generator, cut: Cutout, outfit: Outfit, start, end, count: int, *, bow: bool = True) -> None:
    """Rows of laces between a lower and an upper point of the instep, with eyelets and a bow."""
    lace = outfit.base if rng.random() < 0.5 else outfit.trim
    for step in np.linspace(0, 1, count):
        x, y = np.asarray(start) + step * (np.asarray(end) - start)
        cut.dot("upper", (x + 7, y + 5.4), 1.1, outfit.metal)
        cut.band("lace", [(x - 2.5, y - 1), (x + 2.5, y + 1), (x + 7, y + 5)], 2.0, lace)
    if bow:
        x, y = end
        for sign in (-1, 1):
            loop = spline([(x, y), (x + sign * 7, y - 5), (x + sign * 9, y + 1), (x, y)], samples=6)
            cut.band("lace", loop, 1.3, lace)
            cut.band("lace", spline([(x, y), (x + sign * 4, y + 5), (x + sign * 7, y + 9)]), 1.2, lace)
        cut.dot("lace", (x, y), 1.5, lace)


def draw_boot(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Boot: a shaft over the ankle on a heel; laced, with elastic, with a buckle, or with a zip."""
    rim, rise, front = rng.uniform(6, 20), rng.uniform(2, 12), rng.uniform(47, 54)
    foot = _footbed(rise, heel=90)
    back, middle = rng.uniform(88, 92), (front + 90) / 2
    low = GROUND + 6
    block = [(67, foot[12, 1] + 2), (91, foot[-1, 1] + 2), (90 - rise * 0.2, low), (71 + rise * 0.3, low)]
    cut.part("heel", block, outfit.base.tinted(0.9), relief=4)
    cut.part("upper", ellipse((middle, rim + 1), (back - front) / 2, 4), outfit.lining, relief=3)
    top = [(6, GROUND - 3), (6.5, 63), (14, 57), (26, 53.5), (38, 48), (front - 4, 39), (front, 28)]
    top += [(front - 1, rim + 1), (middle, rim + 4.5), (back, rim + 1), (back - 1, 30), (89, 46), (91.5, 58)]
    line = spline(np.concatenate([top[:1], jitter(rng, top[1:])]), samples=5)
    cut.part("upper", np.concatenate([line, moved(foot[::-1], 0, 1)]), outfit.main, relief=9)
    kind = rng.integers(4)
    if kind == 0:
        laces(rng, cut, outfit, (36, 50), (front - 5, 41), 2, bow=False)
        laces(rng, cut, outfit, (front - 3, 35), (front - 1, rim + 7), 4)
    elif kind == 1:
        gusset = moved([(-9, rim + 4), (9, rim + 4), (5, 45), (0, 49), (-5, 45)], middle, 0)
        cut.part("upper", spline(gusset, closed=True), outfit.trim, relief=2, lift=0.4)
        for x in np.linspace(-6, 6, 7):
            cut.seam([(middle + x, rim + 8), (middle + x * 0.6, 42)], outfit.trim.colour * 0.7, width=0.6)
        cut.band("upper", [(back - 3, rim - 5), (back - 3, rim + 1), (back - 3, rim + 7)], 3.4, outfit.trim)
    elif kind == 2:
        for y in (44, 37) if rng.random() < 0.5 else (43,):
            belt = spline([(front - 6 + (y < 40) * 3, y - 2), (middle, y + 2), (91, y - 1)])
            cut.band("strap", belt, 4.2, outfit.trim)
            cut.dot("strap", (middle - 2, y + 1.6), 3.4, outfit.metal)
            cut.dot("strap", (middle - 2, y + 1.6), 1.8, outfit.trim)
    else:
        zip_line = spline([(middle, rim + 5), (middle + 1, 35), (middle - 3, 60)])
        cut.band("upper", zip_line, 2.2, outfit.trim, lift=0.4)
        cut.seam(zip_line, outfit.metal.colour, width=1, stitch=0.7)
        for x in np.arange(front + 1, back, 4.5) if rng.random() < 0.5 else ():
            cut.dot("upper", (x, rim + 4 + rng.normal(0, 0.8)), 4.2, outfit.base)
    cut.seam(spline([(front - 3, 41), (40, 57), (30, GROUND - 1)]), outfit.thread, stitch=1.2)
    cut.seam(spline([(89, 44), (78, 52), (73, foot[12, 1] - 1)]), outfit.thread, stitch=1.2)
    sole = np.concatenate([foot, foot[:13][::-1] * (1, 0) + (0, low), [(4.5, GROUND + 1)]])
    flat = np.concatenate([foot, [(91, foot[-1, 1] + 3)], (moved(foot[11:0:-1], 0, 5)), [(8, low - 1)]])
    cut.part("sole", sole if rise < 4 else flat, outfit.base, relief=3, lift=0.5)


def _heel(rng: Generator, cut: Cutout, outfit: Outfit, foot: np.ndarray, rise: float, low: float) -> None:
    """Heel under a raised footbed: stiletto, block, cone, or a wedge."""
    kind = rng.integers(4) if rise > 17 else rng.integers(1, 4)
    look = outfit.base if rng.random() < 0.5 else outfit.main.tinted(0.8)
    y = foot[-1, 1] + 1
    if kind == 3:
        wedge = np.concatenate([foot[5:], [(90, low)], [(40, low)]])
        cut.part("heel", wedge, look, relief=5)
        for level in np.arange(y + 5, low - 1, 4) if rng.random() < 0.6 else ():
            cut.seam([(40, level), (92, level)], look.colour * 0.75, width=0.7)
        return
    wide, tip = ((4.5, 2.2), (17, 13), (15, 5))[kind]
    back = [(92, y), (91.5, (y + low) / 2), (89, low)]
    front = [(89 - tip, low), (90 - tip - wide * 0.25, (y + low) / 2), (90 - max(wide, 11), foot[13, 1] + 1)]
    cut.part("heel", spline([*back, *front], closed=False), look, relief=4)


def draw_pump(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Pump: a low-cut upper on a heel, perhaps with a bow, a buckle, a strap or an open back."""
    rise, low = rng.uniform(13, 31), GROUND + 3.5
    foot = _footbed(rise)
    y, cutting = foot[-1, 1], rng.uniform(34, 44)
    _heel(rng, cut, outfit, foot, rise, low)
    throat, back = np.array([cutting, 55.0 - rise * 0.08]), np.array([92.5, y - 19])
    dip = np.array([(cutting + 92) / 2, (GROUND - 9 + y) / 2 - 4])
    near = spline([throat, (cutting + 7, dip[1] + 4), moved(dip, 4, 0), (84, y - 11), back], samples=6)
    far = spline([back, (82, y - 17), moved(dip, 2, -8), (cutting + 10, throat[1] - 3), throat], samples=6)
    cut.part("upper", np.concatenate([near, far]), outfit.lining, relief=3)
    bed = np.concatenate([near, moved(far, 0, 4)])
    cut.part("sole", bed, outfit.trim.tinted(0.8), relief=3, lift=0.6)
    toe = [(5, GROUND - 3), (9, GROUND - 8), (20, 60.5), (30, 57)]
    vamp = spline([*jitter(rng, toe, 0.5), throat], samples=5)
    upper = np.concatenate([vamp, near, [(94, y - 9), (92.5, y)], foot[::-1]])
    cut.part("upper", upper, outfit.main, relief=7)
    cut.seam(moved(near, 0, 1.6), outfit.thread, width=0.6, stitch=1.2)
    kind = rng.integers(5)
    if kind == 0:
        for sign in (-1, 1):
            bow = spline([(0, 0), (sign * 8, -5), (sign * 9, 4)], closed=True)
            cut.part("upper", moved(bow, cutting - 3, throat[1] + 1), outfit.trim, relief=3)
        cut.dot("upper", (cutting - 3, throat[1] + 1), 2, outfit.trim)
    elif kind == 1:
        cut.dot("upper", (cutting - 4, throat[1] + 3), 4, outfit.metal)
        cut.dot("upper", (cutting - 4, throat[1] + 3), 2.3, outfit.main)
    elif kind == 2:
        strap = spline([(dip[0] + 2, dip[1] + 1), moved(dip, 5, -9), moved(dip, 11, -4)], samples=6)
        cut.band("strap", strap, rng.uniform(2.4, 4), outfit.trim)
        cut.dot("strap", (dip[0] + 3, dip[1] - 3), 1.8, outfit.metal)
    elif kind == 3:
        cap = spline([(5, GROUND - 3), (9, GROUND - 8), (18, 61), (21, 66), (20, GROUND)])
        cut.part("upper", np.concatenate([cap, [(7, GROUND - 1)]]), outfit.trim, relief=4, lift=0.4)
    under = np.concatenate([foot, moved(foot, 0, 2.6)[::-1]])
    cut.part("sole", under, outfit.base.tinted(0.85), relief=1.5, lift=0.3)


def draw_sandal(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Sandal: straps over an open footbed on a flat, thick or raised sole."""
    rise = rng.uniform(0, 6) if rng.random() < 0.55 else rng.uniform(14, 28)
    thick = rng.uniform(5, 10) if rise < 8 else rng.uniform(3, 7)
    foot = _footbed(rise, toe=6, heel=92)
    low = GROUND + thick
    if rise > 8:
        _heel(rng, cut, outfit, moved(foot, 0, thick - 1), rise, low + 1)
    bump = np.sin(np.linspace(0, np.pi, len(foot))) ** 0.45
    far = foot + np.stack([2 * np.ones(17), -9 * bump], axis=1)
    cut.part("sole", np.concatenate([foot, far[::-1]]), outfit.trim, relief=4)
    height, width = rng.uniform(14, 19), rng.uniform(4, 9)
    loop = rng.random() < 0.75
    ankle = np.array([79.0, foot[14, 1] - rng.uniform(18, 26)])
    if loop:
        back = moved(ellipse(ankle, 14.5, 4.5, corners=28), 0, 0)[14:]
        cut.band("strap", back, 3.4, outfit.main.tinted(0.7))
    counter = [(83, foot[15, 1] - 3), (86, ankle[1] + 3), (91, ankle[1] - 1), (95, ankle[1] + 2)]
    counter.append((92, foot[16, 1]))
    if loop or rng.random() < 0.4:
        cut.part("upper", counter, outfit.main, relief=4)
    for start in np.sort(rng.choice([2, 4, 6, 8], rng.integers(2, 4), replace=False))[::-1]:
        first, last = foot[start] + (0, 2), far[min(start + 2, 16)]
        tip = (first + last) / 2 + (1.5, -height + start * 0.2)
        rise, fall = moved(first, 0.5, -height * 0.62), moved(last, 1, -height * 0.35)
        arch = spline([first, rise, tip, fall, last], samples=6)
        cut.band("strap", arch, width, outfit.main)
        if rng.random() < 0.5:
            cut.seam(arch[:14], outfit.thread, stitch=1.2)
        if rng.random() < 0.4:
            cut.dot("strap", moved(first, 0.6, -height * 0.6), 2, outfit.metal)
    if loop:
        cut.band("strap", ellipse(ankle, 14.5, 4.5, corners=28)[:15], 3.4, outfit.main)
        cut.dot("strap", moved(ankle, -7, 4), 2.2, outfit.metal)
    edge = np.concatenate([foot, moved(foot, 0, thick)[::-1]])
    cut.part("sole", edge, outfit.base, relief=2.5, lift=0.6)
    if rng.random() < 0.6:
        line = moved(foot, 0, thick * 0.5)
        cut.seam(line, outfit.base.colour * 0.7, width=0.8, stitch=1.4 if rng.random() < 0.5 else 0)
