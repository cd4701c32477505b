"""Everyday drawings of small things to put on: sock, spectacles.

One function draws one class, from a generator, on a cut-out, in an outfit of materials.
"""

import numpy as np

from helpers.drawings.canvas import Generator, ellipse, spline
from helpers.drawings.materials import Cutout, Outfit, any_colour, plain
from helpers.drawings.shapes import arc, rounded


def draw_sock(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Sock: short or long, with a rib, a heel and toes in another colour, stripes or rings."""
    leg, top, long = rng.uniform(9, 13), rng.uniform(8, 34), rng.uniform(26, 38)
    x, sole = 62.0, rng.uniform(84, 89)
    high = rng.uniform(19, 24)
    toe = x - leg - long
    front = [
        (x - leg, top),
        (x - leg, sole - high - 8),
        (x - leg - 5, sole - high),
        (toe + 10, sole - high * 0.82),
    ]
    front += [(toe, sole - high * 0.45), (toe + 5, sole - 1), (toe + 22, sole), (x - 6, sole + 0.5)]
    back = [(x + leg * 0.6, sole - 1), (x + leg + 2, sole - 9), (x + leg, sole - high - 6), (x + leg, top)]
    outline = spline([*front, *back], samples=5)
    cut.part("body", outline, outfit.main, relief=9)
    if rng.random() < 0.75:
        heel = [
            (x + leg * 0.6, sole - 1),
            (x + leg + 2, sole - 9),
            (x + leg + 0.5, sole - 20),
            (x - 3, sole - 8),
            (x - 6, sole),
        ]
        cut.part("body", spline(heel, closed=True), outfit.trim, relief=5, lift=0.2)
        tip = [
            (toe + 10, sole - high * 0.82),
            (toe, sole - high * 0.45),
            (toe + 5, sole - 1),
            (toe + 13, sole),
        ]
        cut.part(
            "body",
            spline([*tip, (toe + 15, sole - high * 0.5)], closed=True),
            outfit.trim,
            relief=5,
            lift=0.2,
        )
    rib = top + rng.uniform(7, 13)
    cut.part(
        "body",
        rounded(x - leg - 1, top - 1, x + leg + 1, rib, 1.5),
        outfit.trim if rng.random() < 0.6 else outfit.main.tinted(1.08),
        relief=3,
    )
    for spot in np.arange(x - leg + 1, x + leg, 2.8):
        cut.seam([(spot, top + 0.5), (spot, rib - 1)], outfit.thread, width=0.6)
    for y in np.arange(rib + 4, sole - high - 6, rng.uniform(5, 11)) if rng.random() < 0.6 else ():
        cut.seam([(x - leg, y), (x + leg, y)], outfit.base.colour, width=rng.uniform(1, 3))


def draw_spectacles(rng: Generator, cut: Cutout, outfit: Outfit) -> None:
    """Spectacles or sunglasses: round, square or pointed rims, temples that fold back."""
    wide, tall = rng.uniform(14, 18), rng.uniform(9, 16)
    gap, thick = rng.uniform(4, 7), rng.uniform(2, 5)
    y, kind = 56.0, rng.integers(4)
    pane = plain(any_colour(rng), 0.9) if rng.random() < 0.6 else outfit.lining
    look = outfit.metal if rng.random() < 0.25 else outfit.main
    back = rng.uniform(14, 26)
    for side in (-1, 1):
        hinge = (50 + side * (gap + 2 * wide), y - tall * 0.5)
        ear = [hinge, (hinge[0] - side * 2, y - back), (hinge[0] - side * 9, y - back - 2)]
        cut.band("body", spline(ear, samples=6), thick * 0.9, look.tinted(0.8))
    cut.band("body", arc((50, y), gap + 1.5, rng.uniform(4, 8), 195, 345), thick * 0.9, look)
    for side in (-1, 1):
        x = 50 + side * (gap + wide)
        if kind == 0:
            rim = ellipse((x, y), wide, tall, corners=36)
        elif kind == 1:
            rim = rounded(x - wide, y - tall, x + wide, y + tall, tall * 0.45)
        elif kind == 2:
            drop = [(-1, -0.75), (0.4, -0.85), (1, -0.6), (0.9, 0.2), (0.3, 0.9), (-0.5, 0.75), (-1, 0.1)]
            rim = spline(np.array(drop) * (side * wide, tall) + (x, y), closed=True)
        else:
            cat = [(-1, -0.5), (0.3, -0.7), (1.15, -1.1), (1, 0.1), (0.3, 0.8), (-0.7, 0.7)]
            rim = spline(np.array(cat) * (side * wide, tall) + (x, y), closed=True)
        cut.part("body", rim, look, relief=2)
        inner = (rim - (x, y)) * (1 - thick / wide * 0.8) + (x, y)
        cut.part("body", inner, pane, relief=2, lift=0.2)
        glint = [(x - wide * 0.45, y - tall * 0.1), (x - wide * 0.1, y - tall * 0.5)]
        cut.seam(glint, np.minimum(pane.colour + 70, 250), width=1.4)


ACCESSORIES = {
    "sock": draw_sock,
    "spectacles": draw_spectacles,
}
