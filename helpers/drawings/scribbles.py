"""What a few everyday things look like when somebody has twenty seconds: strokes, in the order of the pen.

Each function takes a generator and gives a list of paths, (k, 2) in units from 0 to 100. A hand is added in
``sketches``. A new class is one more function, and its name in ``SCRIBBLES``.
"""

from itertools import pairwise

import numpy as np

from helpers.drawings.canvas import Generator, mirrored, moved, rotation, spline

Strokes = list[np.ndarray]


def _lines(*corners) -> np.ndarray:
    """Straight pieces between corners, with points on the way that a hand can shift."""
    corners = np.asarray(corners, dtype=float)
    parts = [np.linspace(a, b, 6, endpoint=False) for a, b in pairwise(corners)]
    return np.concatenate([*parts, corners[-1:]])


def arc(centre, radius_x: float, radius_y: float, start: float, end: float, *, points: int) -> np.ndarray:
    """Part of an ellipse between two angles in degrees: 0 is right, 90 is down."""
    turn = np.deg2rad(np.linspace(start, end, points))
    return np.stack([centre[0] + radius_x * np.cos(turn), centre[1] + radius_y * np.sin(turn)], axis=1)


def rotated(points: np.ndarray, degrees: float, about=(0.0, 0.0)) -> np.ndarray:
    """Points turned clockwise about another."""
    return (points - about) @ rotation(np.deg2rad(degrees)) + about


def _ring(rng: Generator, centre, radius_x: float, radius_y: float) -> np.ndarray:
    """Circle that begins anywhere and does not quite meet its beginning."""
    start = rng.uniform(0, 360)
    return arc(centre, radius_x, radius_y, start, start + rng.uniform(335, 385), points=22)


def _box(left, top, right, bottom) -> np.ndarray:
    return _lines((left, top), (left, bottom), (right, bottom), (right, top), (left, top))


def _both(stroke: np.ndarray) -> Strokes:
    """A stroke and its image in the mirror."""
    return [stroke, mirrored(stroke)]


def apple(rng: Generator) -> Strokes:
    """Round body with a dip, a stem, perhaps a leaf or a bite of light."""
    wide, dip = rng.uniform(34, 42), rng.uniform(4, 10)
    right = [(50, 28 + dip), (50 + 0.5 * wide, 24), (50 + wide, 45), (50 + 0.7 * wide, 80), (50, 88)]
    outline = spline([*right, *mirrored(right)[::-1][1:]])
    strokes = [outline, _lines((50, 30 + dip), (rng.uniform(46, 58), rng.uniform(6, 16)))]
    if rng.random() < 0.7:
        strokes.append(spline([(52, 20), (62, 8), (76, 10), (66, 20), (52, 20)]))
    if rng.random() < 0.2:
        strokes.append(arc((50, 55), wide - 10, 24, 190, 235, points=6))
    return strokes


def cat(rng: Generator) -> Strokes:
    """Head, ears, whiskers, face; now and then a body."""
    wide, high = rng.uniform(28, 38), rng.uniform(24, 32)
    ear = _lines((50 - 0.9 * wide, 42), (50 - wide, rng.uniform(6, 16)), (50 - 0.35 * wide, 29))
    eye, size = (50 - 0.4 * wide, 48), rng.uniform(1, 5)
    strokes = [_ring(rng, (50, 54), wide, high), *_both(ear), *_both(_ring(rng, eye, size, size))]
    strokes.append(_lines((46, 58), (54, 58), (50, 63), (46, 58)))
    for turn in rng.choice([-14, 0, 14], size=rng.integers(2, 4), replace=False):
        whisker = rotated(_lines((44, 62), (rng.uniform(4, 16), 62)), turn, (44, 62))
        strokes += _both(whisker)
    if rng.random() < 0.6:
        strokes.append(spline([(40, 68), (45, 73), (50, 66), (55, 73), (60, 68)]))
    if rng.random() < 0.25:
        strokes = [0.6 * stroke + (2, 0) for stroke in strokes]
        strokes.append(_ring(rng, (44, 70), 26, 24))
        strokes.append(spline([(66, 76), (82, 78), (84, 56), (94, 48)]))
    return strokes


def fish(rng: Generator) -> Strokes:
    """One crossing loop, or a body with a tail; eye, fins, perhaps scales."""
    high = rng.uniform(14, 24)
    tail = rng.uniform(12, 20)
    upper, lower = (96, 50 - tail), (96, 50 + tail)
    if rng.random() < 0.5:
        loop = [upper, (74, 52), (40, 50 + high), (8, 50), (40, 50 - high), (74, 48), lower]
        strokes = [spline(loop), _lines(lower, (90, 50), upper)]
    else:
        strokes = [_ring(rng, (42, 50), 34, high), _lines((75, 50), upper, lower, (75, 50))]
    strokes.append(_ring(rng, (20, 46), *[rng.uniform(1, 3.5)] * 2))
    if rng.random() < 0.5:
        strokes.append(spline([(34, 51 - high), (46, 36 - high), (58, 53 - high)]))
    if rng.random() < 0.4:
        strokes.append(arc((8, 50), 16, 18, -60, 60, points=7))
    for x in np.arange(36, 64, 10) if rng.random() < 0.3 else ():
        strokes.append(arc((x, 50), 5, 9, -80, 80, points=6))
    return strokes


def flower(rng: Generator) -> Strokes:
    """A centre and petals, loop by loop or in one go; a stem, leaves."""
    petals, centre, small = rng.integers(5, 9), np.array((50, 32)), rng.uniform(6, 10)
    reach = rng.uniform(20, 28)
    strokes = [_ring(rng, centre, small, small)]
    step, wide = 360 / petals, 0.35 * reach
    loop = spline([(small, 0), (0.8 * reach, -wide), (reach, 0), (0.8 * reach, wide), (small, 0)])
    loops = [rotated(loop, turn) + centre for turn in np.arange(petals) * step]
    strokes += [np.concatenate(loops)] if rng.random() < 0.35 else loops
    if rng.random() < 0.8:
        strokes.append(spline([(50, 32 + reach), (rng.uniform(44, 56), 75), (50, 98)]))
        leaf = spline([(50, 86), (62, 74), (74, 72), (66, 84), (50, 88)])
        strokes += [leaf, mirrored(leaf)][: rng.integers(0, 3)]
    return strokes


def house(rng: Generator) -> Strokes:
    """Walls, roof, door, windows, perhaps a chimney."""
    left, top = rng.uniform(12, 24), rng.uniform(38, 50)
    right, out = 100 - left, rng.uniform(0, 8)
    strokes = [_box(left, top, right, 92)]
    strokes.append(_lines((left - out, top), (50, rng.uniform(8, 20)), (right + out, top)))
    middle = rng.uniform(38, 54)
    strokes.append(_lines((middle, 92), (middle, 68), (middle + 14, 68), (middle + 14, 92)))
    for x in ((left + 6, right - 18), (left + 6,), (right - 18,), ())[rng.integers(4)]:
        strokes.append(_box(x, top + 7, x + 12, top + 19))
        if rng.random() < 0.6:
            strokes.append(_lines((x + 6, top + 7), (x + 6, top + 19)))
            strokes.append(_lines((x, top + 13), (x + 12, top + 13)))
    if rng.random() < 0.4:
        strokes.append(_lines((right - 14, top - 6), (right - 14, 12), (right - 6, 12), (right - 6, top)))
    return strokes


def ice_cream(rng: Generator) -> Strokes:
    """Cone, one scoop or more, perhaps a waffle pattern and a cherry."""
    wide, rim = rng.uniform(16, 24), rng.uniform(40, 50)
    cone = _lines((50 - wide, rim), (50, 98), (50 + wide, rim))
    strokes = [cone, _lines((50 - wide, rim), (50 + wide, rim))]
    for number in range(rng.integers(1, 4)):
        strokes.append(arc((50, rim - 15 * number), wide - 2 * number, 19, 180, 360, points=14))
    if rng.random() < 0.5:
        for along in (0.25, 0.55):
            side = wide * (1 - along)
            y = rim + along * (98 - rim)
            strokes.append(_lines((50 - side, y), (50 + 0.3 * side, y + 14 * (1 - along))))
            strokes.append(_lines((50 + side, y), (50 - 0.3 * side, y + 14 * (1 - along))))
    return strokes


def mushroom(rng: Generator) -> Strokes:
    """Cap, stem, perhaps dots."""
    wide, edge, thin = rng.uniform(32, 44), rng.uniform(48, 60), rng.uniform(8, 15)
    cap = arc((50, edge), wide, edge - rng.uniform(8, 20), 180, 360, points=18)
    under = rng.uniform(-2, 8)
    strokes = [np.concatenate([cap, spline([(50 + wide, edge), (50, edge + under), (50 - wide, edge)])])]
    side = [(50 - thin, edge + 3), (50 - thin, 80), (50 - thin, 94)]
    strokes.append(spline([*side, *mirrored(side)[::-1]]))
    for _ in range(rng.integers(0, 5)):
        spot = (50 + rng.uniform(-0.6, 0.6) * wide, edge - rng.uniform(8, 24))
        strokes.append(_ring(rng, spot, *[rng.uniform(2, 6)] * 2))
    return strokes


def rainbow(rng: Generator) -> Strokes:
    """Arcs one below the other, perhaps clouds at their ends."""
    bands, thick, high = rng.integers(3, 7), rng.uniform(5, 9), rng.uniform(0.9, 1.5)
    turns = (180, 360) if rng.random() < 0.7 else (360, 180)
    strokes = []
    for number in range(bands):
        radius = 48 - thick * number
        # Some draw there and back without a break between the arcs: the hand then changes direction.
        way = turns if number % 2 == 0 or rng.random() < 0.6 else turns[::-1]
        strokes.append(arc((50, 80), radius, high * radius, *way, points=20))
    if rng.random() < 0.35:
        inner = 48 - thick * (bands - 1)
        strokes += _both(_lines((2, 80), (50 - inner, 80)))
    elif rng.random() < 0.4:
        puffs = [arc((x, 82), 8, 7, 180, 360, points=7) for x in (2, 14, 26)]
        strokes += _both(np.concatenate([*puffs, _lines((34, 82), (-6, 82))]))
    return strokes


def sailboat(rng: Generator) -> Strokes:
    """Hull, mast, one sail or two, perhaps waves."""
    deck, inset = rng.uniform(66, 74), rng.uniform(8, 18)
    strokes = [_lines((6, deck), (6 + inset, 92), (94 - inset, 92), (94, deck), (6, deck))]
    mast = rng.uniform(42, 56)
    strokes.append(_lines((mast, deck), (mast, 6)))
    strokes.append(_lines((mast, 8), (mast + rng.uniform(22, 34), deck - 8), (mast, deck - 8)))
    if rng.random() < 0.6:
        strokes.append(_lines((mast, 12), (mast - rng.uniform(18, 28), deck - 8), (mast, deck - 8)))
    if rng.random() < 0.25:
        strokes.append(spline([(x, 96 + 3 * (x // 12 % 2)) for x in range(0, 108, 12)]))
    return strokes


def sun(rng: Generator) -> Strokes:
    """Disc and rays, perhaps a face."""
    radius, rays, start = rng.uniform(16, 26), rng.integers(7, 14), rng.uniform(0, 40)
    strokes = [_ring(rng, (50, 50), radius, radius)]
    for turn in start + np.arange(rays) * (360 / rays):
        ray = _lines((50 + radius + rng.uniform(1, 6), 50), (50 + radius + rng.uniform(14, 24), 50))
        strokes.append(rotated(ray, turn, (50, 50)))
    if rng.random() < 0.25:
        strokes += _both(_ring(rng, (50 - 0.35 * radius, 46), 1.5, 2.5))
        strokes.append(arc((50, 50), 0.5 * radius, 0.5 * radius, 20, 160, points=8))
    return strokes


def train(rng: Generator) -> Strokes:
    """Engine with chimney and cab, wheels, perhaps a wagon, smoke, rails."""
    boiler, roof = rng.uniform(40, 50), rng.uniform(18, 30)
    strokes = [_lines((8, boiler), (8, 74), (60, 74), (60, roof), (38, roof), (38, boiler), (8, boiler))]
    strokes.append(_lines((14, boiler), (14, boiler - 14), (22, boiler - 14), (22, boiler)))
    size = rng.uniform(5, 9)
    places = [18, 36, 52]
    if rng.random() < 0.5:
        strokes += [_box(66, boiler - 4, 100, 74), _lines((60, 70), (66, 70))]
        places += [74, 92]
    strokes += [_ring(rng, (x, 76 + size / 2), size, size) for x in places]
    if rng.random() < 0.7:
        strokes.append(_box(44, roof + 5, 54, roof + 15))
    if rng.random() < 0.4:
        places = [(18 + 9 * k, boiler - 20 - 7 * k) for k in range(2)]
        strokes += [moved(_ring(rng, (0, 0), 4 + 2 * k, 3 + k), *place) for k, place in enumerate(places)]
    if rng.random() < 0.3:
        strokes.append(_lines((0, 86), (104, 86)))
    return strokes


def umbrella(rng: Generator) -> Strokes:
    """Dome, scalloped edge, stick with a hook, perhaps ribs."""
    edge, wide, scallops = rng.uniform(44, 54), rng.uniform(40, 48), rng.integers(1, 6)
    dome = arc((50, edge), wide, edge - 10, 180, 360, points=18)
    width = 2 * wide / scallops
    lift = rng.uniform(2, 7) if scallops > 1 else 0
    middles = [50 + wide - width * (k + 0.5) for k in range(scallops)]
    parts = [arc((x, edge), width / 2, lift, 360, 180, points=7) for x in middles]
    strokes = [dome, np.concatenate(parts)]
    hook = rng.choice([-1, 1]) * rng.uniform(6, 10)
    grip = arc((50 + hook, 88), -hook, 9, 0, 200, points=9)
    strokes.append(np.concatenate([_lines((50, edge - 2), (50, 88)), grip]))
    if rng.random() < 0.4:
        strokes += _both(spline([(50, 10), (50 - 0.35 * wide, 26), (50 - 0.4 * wide, edge - 2)]))
    return strokes


_DRAWN = (apple, cat, fish, flower, house, ice_cream, mushroom, rainbow, sailboat, sun, train, umbrella)
SCRIBBLES = {draw.__name__.replace("_", " "): draw for draw in _DRAWN}
