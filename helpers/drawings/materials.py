"""Coloured materials, and cut-outs made of them, for the drawn catalogue of handbags and shoes.

A `Cutout` is a picture without a background: each part is filled with a material, rounded by the light, and
throws a soft shadow on what lies beneath it. It also remembers which part every pixel belongs to.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import uniform_filter

from helpers.drawings.canvas import Canvas, Generator, Points, ellipse, pick
from helpers.drawings.cloth import noise_crop, pattern

PARTS = ("background", "body", "handle", "strap", "sole", "heel", "upper", "lace")

COLOURS = {
    "white": (243, 240, 233), "cream": (240, 228, 206), "sand": (214, 189, 148), "tan": (185, 133, 84),
    "cognac": (156, 92, 50), "chocolate": (94, 62, 44), "charcoal": (66, 66, 72), "ink": (42, 54, 82),
    "denim": (82, 112, 148), "sky": (158, 190, 210), "teal": (52, 124, 122), "sage": (157, 176, 138),
    "forest": (58, 92, 66), "olive": (122, 120, 66), "mustard": (218, 164, 56),
    "terracotta": (196, 100, 68), "coral": (232, 142, 118), "blush": (231, 191, 180),
    "rose": (186, 84, 110), "burgundy": (116, 44, 62), "lilac": (175, 158, 198), "plum": (96, 66, 100),
}  # fmt: skip
QUIET = ("white", "cream", "sand", "tan", "cognac", "chocolate", "charcoal", "ink")
PRINTED = {"plain": 62, "stripes": 6, "pinstripes": 5, "checks": 8, "dots": 7, "print": 6, "quilt": 6}
METALS = ((214, 178, 96), (200, 202, 206), (92, 88, 86))
GRAIN = {"leather": (0.05, 0.10), "canvas": (0.08, 0.05), "suede": (0.07, 0.16), "patent": (0.0, 0.04)}
GLOSS = {"leather": 0.35, "canvas": 0.0, "suede": 0.0, "patent": 1.0}


@dataclass
class Look:
    """What a part is made of: fill, float32 (pixels, pixels, 3) or (3,); its colour; and a gloss, 0 to 1."""

    fill: np.ndarray
    colour: np.ndarray
    gloss: float = 0.0

    def tinted(self, factor: float) -> "Look":
        """Give the same material, lighter or darker."""
        return Look(self.fill * np.float32(factor), self.colour * factor, self.gloss)


@dataclass
class Outfit:
    """The materials of one object, and the colour of its thread."""

    main: Look
    trim: Look
    lining: Look
    base: Look
    metal: Look
    thread: np.ndarray


def plain(colour, gloss: float = 0.0) -> Look:
    """Give one colour without a texture."""
    colour = np.asarray(colour, dtype=np.float32)
    return Look(colour, colour, gloss)


def brightness(colour) -> float:
    """Grey value of a colour."""
    return float(np.dot(colour, (0.3, 0.59, 0.11)))


def any_colour(rng: Generator, names=tuple(COLOURS)) -> np.ndarray:
    """Pick a named colour and vary it a little; float32 (3,)."""
    colour = np.array(COLOURS[names[rng.integers(len(names))]], dtype=np.float32)
    return np.clip(colour * rng.uniform(0.92, 1.06) + rng.normal(0, 4, 3), 20, 250).astype(np.float32)


def contrasting(rng: Generator, colour: np.ndarray, names=tuple(COLOURS), least: float = 42) -> np.ndarray:
    """Pick a colour whose grey value differs from that of another."""
    for _ in range(12):
        other = any_colour(rng, names)
        if abs(brightness(other) - brightness(colour)) > least:
            break
    return other


def new_look(rng: Generator, pixels: int, colour: np.ndarray, second: np.ndarray, printed: str) -> Look:
    """Make leather, canvas, suede or patent leather of a colour, plain or in a pattern with a second one."""
    material = pick(rng, {"leather": 42, "canvas": 26, "suede": 18, "patent": 14})
    fine, broad = GRAIN[material]
    texture = 1 + broad * noise_crop(rng, pixels, 6, 6)
    if material == "canvas":
        wave = np.sin(np.arange(pixels, dtype=np.float32) * (2 * np.pi * 60 / pixels))
        texture = texture + fine * (wave[:, None] * wave)
    elif fine:
        texture = texture + fine * noise_crop(rng, pixels, 1, 1)
    if printed == "quilt":
        across, down = np.meshgrid(*[np.arange(pixels, dtype=np.float32) * (np.pi * 8 / pixels)] * 2)
        seams = np.minimum(np.abs(np.sin(across + down)), np.abs(np.sin(across - down)))
        fill = colour * (texture * (0.74 + 0.3 * np.sqrt(seams)))[..., None]
    elif printed == "plain":
        fill = colour * texture[..., None]
    else:
        where = pattern(rng, pixels, printed)[..., None]
        fill = (colour + where * (second - colour)) * texture[..., None]
    return Look(fill.astype(np.float32), colour, GLOSS[material])


def new_outfit(rng: Generator, cut: "Cutout") -> Outfit:
    """Choose the materials of one object, which show on the ground that it will lie on.

    Handbags and shoes share this, so colours tell nothing.
    """
    colour, pixels = any_colour(rng), cut.pixels
    for _ in range(12):
        if np.linalg.norm(colour - cut.ground) > 95:
            break
        colour = any_colour(rng)
    second = contrasting(rng, colour, QUIET if rng.random() < 0.5 else tuple(COLOURS), 36)
    main = new_look(rng, pixels, colour, second, pick(rng, PRINTED))
    trim_colour = contrasting(rng, colour, QUIET, 30) if rng.random() < 0.7 else second
    trim = plain(trim_colour, 0.3 * rng.random())
    lining = plain(any_colour(rng) * 0.42 + 36)
    base = plain(contrasting(rng, colour, QUIET, 30))
    metal = plain(METALS[rng.integers(len(METALS))], 0.9)
    thread = colour * 0.62 if brightness(colour) > 110 or rng.random() < 0.4 else colour * 0.6 + 95
    return Outfit(main, trim, lining, base, metal, np.clip(thread, 0, 250))


def blur(field: np.ndarray, radius: float) -> np.ndarray:
    """Smooth a float32 array by two moving averages."""
    size = max(1, round(radius))
    return uniform_filter(uniform_filter(field, size, mode="constant"), size, mode="constant")


def ribbon(points: Points, width) -> np.ndarray:
    """Outline of a band along points; ``width`` in units, one number or one for each point."""
    points = np.asarray(points, dtype=float)
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    half = np.broadcast_to(width, len(points)) / 2
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * half[:, None]
    return np.concatenate([points + across, (points - across)[::-1]])


class Cutout(Canvas):
    """An object without a background, drawn part by part in units from 0 to 100.

    `light` is the direction to the light, right and down, of length about 1; `ground` the colour of what the
    object will lie on, see `new_outfit`. `colour`, float32 (pixels, pixels, 3), is 0 where nothing is drawn,
    `cover`, bool, True where something is, and `parts`, uint8, holds indices of ``PARTS``.
    """

    def __init__(self, pixels: int, light: tuple[float, float], ground=(0.0, 0.0, 0.0)):
        self.pixels = pixels
        self.ground = np.asarray(ground)
        self.light = light
        self.colour = np.zeros((3, pixels, pixels), np.float32).transpose(1, 2, 0)  # quick to fill
        self.cover = np.zeros((pixels, pixels), bool)
        self.parts = np.zeros((pixels, pixels), np.uint8)
        self.place()

    def part(self, name: str, points: Points, look: Look, *, relief: float = 5.0, lift: float = 1.0) -> None:
        """Lay a polygon of a material on top, as one of ``PARTS``.

        `relief` is the width of its rounded edge in units, 0 is flat; `lift` how dark its shadow on the parts
        below is, 0 is none.
        """
        corners = np.rint(np.asarray(points) @ self._matrix + self._offset).astype(int)
        pad = int(2.5 * self.unit) + 1
        left, top = np.maximum(corners.min(axis=0) - pad, 0).tolist()
        right, bottom = np.minimum(corners.max(axis=0) + pad, self.pixels).tolist()
        if right <= left or bottom <= top:
            return
        box = (slice(top, bottom), slice(left, right))
        image = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(image).polygon((corners - (left, top)).ravel().tolist(), fill=1)
        inside = np.asarray(image) > 0
        solid = inside.astype(np.float32)
        if lift and self.cover[box].any():
            down, across = (-round(1.1 * part * self.unit) for part in (self.light[1], self.light[0]))
            soft = np.roll(blur(solid, 2.2 * self.unit), (down, across), (0, 1))
            self.colour[box] *= 1 - np.float32(0.5 * lift) * soft[..., None]
        fill = look.fill[box] if look.fill.ndim == 3 else look.fill
        shade = self._shade(solid, relief, look.gloss)
        np.multiply(fill, shade, out=self.colour[box], where=inside[..., None])
        self.cover[box] |= inside
        self.parts[box][inside] = PARTS.index(name)

    def _shade(self, solid: np.ndarray, relief: float, gloss: float) -> np.ndarray:
        """Brightness of a rounded part, (h, w, 1): light on one side, shade on the other, a highlight."""
        if not relief or min(solid.shape) < 3:
            return np.ones((*solid.shape, 1), np.float32)
        radius = max(2, round(relief * self.unit))
        down, right = np.gradient(blur(solid, radius))
        lit = -(right * self.light[0] + down * self.light[1]) * (1.3 * radius)
        shade = 1 + np.where(lit > 0, 0.3, 0.42) * np.clip(lit, -1, 1)
        if gloss:
            shade = shade + 0.6 * gloss * np.exp(-(((lit - 0.55) / 0.2) ** 2))
        return shade[..., None].astype(np.float32)

    def band(self, name: str, points: Points, width, look: Look, *, lift: float = 1.0) -> None:
        """Lay a strap, handle or lace along points."""
        self.part(name, ribbon(points, width), look, relief=min(float(np.max(width)) * 0.8, 3.2), lift=lift)

    def seam(self, points: Points, colour, *, width: float = 0.7, stitch: float = 0.0) -> None:
        """Draw a line on what is there already, whole or in stitches of a length in units."""
        corners = np.asarray(points, dtype=float) @ self._matrix + self._offset
        image = Image.new("L", (self.pixels, self.pixels))
        draw, pixels = ImageDraw.Draw(image), max(1, round(width * self.unit))
        if stitch:
            steps = np.hypot(*np.diff(corners, axis=0).T)
            along = np.concatenate([[0], np.cumsum(steps)])
            starts = np.arange(0, along[-1], 2 * stitch * self.unit)
            ends = starts + stitch * self.unit
            for pair in np.stack([starts, ends], axis=1):
                ends_of = [np.interp(pair, along, corners[:, axis]) for axis in (0, 1)]
                draw.line(np.rint(np.stack(ends_of, axis=1)).astype(int).ravel().tolist(), 1, pixels)
        else:
            draw.line(np.rint(corners).astype(int).ravel().tolist(), 1, pixels, joint="curve")
        box = image.getbbox()
        if box:
            box = (slice(box[1], box[3]), slice(box[0], box[2]))
            where = (np.asarray(image)[box] > 0) & self.cover[box]
            light = self.colour[box][where].mean(axis=1, keepdims=True) / 140
            self.colour[box][where] = np.asarray(colour, np.float32) * np.clip(light, 0.75, 1.1)

    def dot(self, name: str, centre, radius: float, look: Look) -> None:
        """Lay a small round thing on top: a rivet, an eyelet, a button."""
        self.part(name, ellipse(centre, radius, radius, corners=16), look, relief=radius, lift=0.7)

    def bounds(self) -> tuple[np.ndarray, float]:
        """Centre of the drawn box in pixels, (2,), and a size from its area and its diagonal."""
        rows, columns = np.flatnonzero(self.cover.any(axis=1)), np.flatnonzero(self.cover.any(axis=0))
        box = np.array([columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1], dtype=float)
        centre = np.array([columns[0], rows[0]]) + box / 2
        return centre, max(float((self.cover.sum() * np.prod(box)) ** 0.25), 0.57 * float(np.hypot(*box)))
