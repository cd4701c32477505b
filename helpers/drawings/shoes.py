"""Shoes with the toes to the left: sneaker, ankle boot, sandal. One function draws one class."""

import numpy as np

from helpers.drawings.canvas import Canvas, Generator, ellipse, moved, pick, spline
from helpers.drawings.cloth import Cloth, new_cloth


def _foot(ground: float, sole: float, heel: float) -> np.ndarray:
    """Line the foot stands on: 12 points from the toes at x=8 to the heel at x=90, raised by ``heel``."""
    x = np.linspace(8, 90, 12)
    rise = np.clip((x - 34) / 42, 0, 1)
    return np.stack([x, ground - sole - heel * rise * rise * (3 - 2 * rise)], axis=1)


def _stand(rng: Generator, canvas: Canvas, kind: str, foot: np.ndarray, ground: float, tone: float) -> None:
    """Sole under the foot line down to the ground, and a heel: flat, block, stiletto or wedge."""
    sole = ground - foot[0, 1]
    canvas.polygon(np.concatenate([foot, moved(foot[::-1], 0, sole)]), tone)
    top, back = foot[-1, 1] + sole * 0.5, rng.uniform(88, 91)
    if kind == "wedge":
        canvas.polygon(np.concatenate([moved(foot[4:], 0, sole * 0.5), [(90, ground), (36, ground)]]), tone)
    elif kind != "flat":
        width = rng.uniform(2, 4) if kind == "stiletto" else rng.uniform(9, 18)
        upper = 12 if kind == "stiletto" else width + 3
        tip = [(back - 1, ground), (back - 1 - width, ground)]
        canvas.polygon([(back, top), *tip, (back - upper, top + 1)], tone)


def draw_sneaker(rng: Generator, canvas: Canvas) -> None:
    """Sneaker: a low, sometimes high upper with laces on a thick sole, with panels or stripes."""
    _trainer(rng, canvas, rng.uniform(36, 56) if rng.random() < 0.28 else rng.uniform(21, 34))


def _trainer(rng: Generator, canvas: Canvas, height: float, openings: int = 0) -> None:
    """Upper of a height with a collar on a rubber sole; some sandals and ankle boots are cut so, too."""
    cloth = new_cloth(rng, canvas, {"plain": 86, "print": 5, "checks": 4, "knit": 5})
    is_high = height > 35
    ground, sole = rng.uniform(64, 76) + is_high * rng.uniform(0, 14), rng.uniform(5, 10)
    base, toe, collar = ground - sole, rng.uniform(9, 15), rng.uniform(60, 66)
    instep = [(0, 0), (0.5, -toe * 0.5), (7, -toe), (24, -toe - rng.uniform(1, 5)), (38, -height * 0.66)]
    ankle = [(collar - 11, -height), (collar - 4, 1 - height), (70, -height * (0.93 if is_high else 0.68))]
    back = [(82, -height * rng.uniform(0.86, 1.0)), (87, -height * 0.6), (87, 0)]
    canvas.polygon(moved(spline([*instep, *ankle, *back], samples=4), 6, base), cloth.fill)
    canvas.polygon(ellipse((76, base - height * (0.9 if is_high else 0.78)), 11, 3.5), cloth.tone * 0.4)
    _sneaker_side(rng, canvas, cloth, base, height)
    for x in rng.uniform(20, 46, openings):
        slit = [(0, 0), (7, 0), (13, -height * 0.5), (9, -height * 0.55)]
        canvas.polygon(moved(slit, x, base - 2), cloth.tone * 0.15)
    for step in np.linspace(0, 1, rng.integers(3, 6)) if rng.random() < 0.8 else ():
        x, y = 34 + step * (collar - 42), base - toe - 3 - step * (height - toe - 5)
        canvas.line([(x - 2, y), (x + 6, y + 5)], cloth.mark, 2)
    _rubber_sole(rng, canvas, base, ground)


def _rubber_sole(rng: Generator, canvas: Canvas, base: float, ground: float) -> None:
    """Thick light or dark sole, often with a groove."""
    tone = rng.uniform(190, 250) if rng.random() < 0.6 else rng.uniform(40, 130)
    upper = [(4, base - rng.uniform(0, 5)), (8, base), (88, base), (95, base - 1)]
    canvas.polygon([*upper, (95, ground - 2), (91, ground), (10, ground), (4, ground - 3)], tone)
    if rng.random() < 0.5:
        middle = (base + ground) / 2
        canvas.line([(6, middle), (94, middle)], tone * 0.55, 1.5)


def _sneaker_side(rng: Generator, canvas: Canvas, cloth: Cloth, base: float, height: float) -> None:
    """Decoration of the side: slanted stripes, a swoop, a panel, or nothing; a toe cap; a heel tab."""
    kind, x = pick(rng, {"stripes": 34, "swoop": 22, "panel": 24, "none": 20}), rng.uniform(44, 54)
    if kind == "stripes":
        stripe = moved([(-6, -height * 0.6), (3, -1)], x, base)
        for number in range(rng.integers(1, 4)):
            canvas.line(moved(stripe, 7 * number, 0), cloth.second, rng.uniform(2, 3.5))
    elif kind == "swoop":
        swoop = spline([(-14, -6), (0, -4), (34, -height * 0.55)])
        canvas.line(moved(swoop, x, base), cloth.second, rng.uniform(2, 4))
    elif kind == "panel":
        panel = [(0, 0), (6, -height * 0.6), (22, -height * 0.5), (26, 0)]
        canvas.polygon(moved(panel, x, base), cloth.second)
    if rng.random() < 0.4:
        canvas.line(spline([(27, base - 14), (23, base - 7), (24, base)]), cloth.seam, 1.6)
    if rng.random() < 0.4:
        tab = [(0, 0), (2, -height * 0.8), (8, -height * 0.7), (9, 0)]
        canvas.polygon(moved(tab, 84, base), cloth.second)


def draw_ankle_boot(rng: Generator, canvas: Canvas) -> None:
    """Ankle boot: a shaft on any heel, with laces, zip, elastic, buckle or fur; or a high trainer."""
    if rng.random() < 0.1:
        return _trainer(rng, canvas, rng.uniform(44, 62))
    cloth = new_cloth(rng, canvas, {"plain": 88, "print": 6, "knit": 6})
    kind = pick(rng, {"flat": 32, "block": 40, "stiletto": 18, "wedge": 10})
    heel = {"flat": rng.uniform(0, 3), "block": rng.uniform(5, 20)}.get(kind, rng.uniform(16, 30))
    ground = rng.uniform(78, 92)
    foot = _foot(ground, rng.uniform(3, 7), heel)
    shaft = max(4, foot[-1, 1] - rng.uniform(26, 54))
    front, back, toe = rng.uniform(44, 54), rng.uniform(86, 93), rng.uniform(8, 14)
    ankle = shaft + (foot[-1, 1] - shaft) * rng.uniform(0.5, 0.75)
    toes = [(rng.uniform(4, 8), foot[0, 1] - 1), (11, foot[0, 1] - toe)]
    vamp = [(30, foot[4, 1] - toe - rng.uniform(3, 8)), (front - 2, ankle)]
    vamp.append((front - rng.uniform(0, 4), shaft))
    heel_line = [(back, shaft + rng.uniform(-4, 3)), (back - 3, ankle), (91, foot[-1, 1] - 6)]
    canvas.polygon(np.concatenate([spline([*toes, *vamp], samples=4), heel_line, foot[::-1]]), cloth.fill)
    canvas.line([(front, shaft), (back, shaft)], cloth.tone * 0.5, 2.5)
    _boot_detail(rng, canvas, cloth, (front, back), (shaft, ankle, foot[-1, 1]))
    sole = cloth.tone * rng.uniform(0.4, 0.9) if rng.random() < 0.7 else rng.uniform(150, 240)
    _stand(rng, canvas, kind, foot, ground, sole)


def _boot_detail(rng: Generator, canvas: Canvas, cloth: Cloth, side, levels) -> None:
    """Fasten the shaft, between its (front, back) and from its (rim, ankle, heel)."""
    (front, back), (shaft, ankle, heel) = side, levels
    kind = pick(rng, {"laces": 32, "zip": 16, "elastic": 20, "buckle": 16, "fur": 8, "none": 8})
    middle = (front + back) / 2
    if kind == "laces":
        for y in np.linspace(shaft + 5, ankle + 8, 5):
            x = front - 1 - max(0, y - ankle) * 0.8
            canvas.line([(x, y), (x + 9, y + 3)], cloth.mark, 2)
    elif kind == "zip":
        canvas.line([(middle, shaft), (middle - 2, heel)], cloth.mark, 1.8)
    elif kind == "elastic":
        low = ankle + 8
        gusset = [(middle - 8, shaft), (middle + 8, shaft), (middle + 3, low), (middle - 3, low)]
        canvas.polygon(gusset, cloth.second)
    elif kind == "buckle":
        canvas.line([(front - 3, ankle + 4), (back, ankle + 1)], cloth.seam, 5)
        canvas.disc((middle + rng.normal(0, 5), ankle + 2), 3.5, cloth.mark)
    elif kind == "fur":
        for x in np.arange(front - 2, back + 2, 5):
            canvas.disc((x, shaft + rng.normal(0, 1)), 4.5, rng.uniform(170, 245))
    if rng.random() < 0.5:
        canvas.line(spline([(34, heel - 1), (front, ankle + 10), (middle + 6, heel - 4)]), cloth.seam, 1.6)


def draw_sandal(rng: Generator, canvas: Canvas) -> None:
    """Sandal: straps over an open foot, on any heel; or a trainer with slits."""
    if rng.random() < 0.15:
        return _trainer(rng, canvas, rng.uniform(19, 31), openings=rng.integers(1, 4))
    cloth = new_cloth(rng, canvas, {"plain": 1})
    kind = pick(rng, {"flat": 36, "wedge": 18, "block": 18, "stiletto": 28})
    sole = rng.uniform(3, 5) if rng.random() < 0.75 else rng.uniform(6, 12)
    heel = {"flat": rng.uniform(0, 4), "wedge": rng.uniform(10, 26)}.get(kind, rng.uniform(20, 42))
    ground = rng.uniform(64, 74) + heel * 0.45
    foot = _foot(ground, sole, heel)
    _stand(rng, canvas, kind, foot, ground, cloth.second if rng.random() < 0.5 else cloth.tone * 0.8)
    closed = rng.random() < 0.2
    for start in np.sort(rng.integers(0, 4, rng.integers(1, 4))):
        end = start + rng.integers(2, 5)
        tip = moved((foot[start] + foot[end]) / 2, rng.uniform(-1, 5), -rng.uniform(9, 15))
        arch = spline([foot[start], tip, foot[end]])
        if closed or rng.random() < 0.3:
            canvas.polygon(arch, cloth.fill)
        canvas.line(arch, cloth.tone, rng.uniform(2.5, 7))
    if closed:
        back = moved(foot[-1], 0, -rng.uniform(18, 26))
        canvas.polygon([foot[6], moved(foot[8], 0, -8), back, moved(foot[-1], 2, 0)], cloth.fill * 0.9)
    _ankle_straps(rng, canvas, cloth, foot)


def _ankle_straps(rng: Generator, canvas: Canvas, cloth: Cloth, foot: np.ndarray) -> None:
    """Strap round the ankle, a sling behind the heel, a bar over the instep as well, or none (a mule)."""
    kind = pick(rng, {"ankle": 44, "sling": 26, "bar": 14, "mule": 16})
    heel, width, height = foot[-1], rng.uniform(2.2, 5), rng.uniform(20, 32)
    if kind == "mule":
        return
    if kind == "sling":
        over = moved((foot[8] + heel) / 2, 0, -height * 0.75)
        canvas.line(spline([foot[5], over, moved(heel, 1, -height * 0.6), heel]), cloth.tone, width)
        return
    counter = [(-10, 0), (-4, -height * 0.6), (0, -height), (2, -height), (1, 0)]
    canvas.polygon(moved(counter, *heel), cloth.tone * 0.85)
    if kind == "bar":
        bar = [moved(foot[3], 0, -14), moved(foot[7], 0, -18), moved(heel, 0, -height * 0.8)]
        canvas.line(bar, cloth.tone, width)
    loop = ellipse(moved(heel, -13, -height), 14, rng.uniform(3, 6))
    canvas.line(np.concatenate([loop, loop[:1]]), cloth.tone, width)
    canvas.disc(moved(heel, -20, 3 - height), 2, cloth.mark)
