"""Backgrounds and small things around an object, for the drawn catalogue of handbags and shoes.

The photographs come inside the package scikit-image, whose documentation gives them as in the public domain
(CC0). Only crops of them are used, blurred, tinted and mostly covered.
"""

from functools import lru_cache, partial

import numpy as np
from PIL import Image

from helpers.drawings.canvas import Generator, ellipse, moved, pick, spline
from helpers.drawings.cloth import noise_crop, pattern
from helpers.drawings.materials import COLOURS, Cutout, any_colour, blur, brightness, contrasting, plain

# Inside the package (no download) in scikit-image 0.24 and later. None is behind both a picture to learn from
# and a test picture.
PHOTOS = {"train": ("brick", "gravel"), "validation": ("brick", "gravel"), "test": ("grass",)}
WALLS = ("cream", "sand", "blush", "sage", "sky", "lilac", "white", "tan", "denim", "teal", "terracotta")


@lru_cache(maxsize=16)
def photo(name: str) -> np.ndarray:
    """Photograph of scikit-image, by name; uint8, (height, width) or (height, width, 3)."""
    from skimage import data

    return getattr(data, name)()


def _photograph(rng: Generator, pixels: int, photos: tuple[str, ...]) -> np.ndarray:
    """Crop of one of the photographs, perhaps mirrored; a grey one is tinted."""
    image = photo(photos[rng.integers(len(photos))])
    side = int(min(image.shape[:2]) * rng.uniform(0.45, 1.0))
    top, left = (int(rng.integers(0, size - side + 1)) for size in image.shape[:2])
    crop = Image.fromarray(np.ascontiguousarray(image[top : top + side, left : left + side]))
    picture = np.asarray(crop.resize((pixels, pixels), Image.Resampling.BICUBIC)).astype(np.float32)
    picture = picture[:, :: rng.choice([-1, 1])]
    colour = any_colour(rng)
    dark, light = sorted((colour, contrasting(rng, colour, least=30)), key=brightness)
    if picture.ndim == 2:
        low, high = picture.min(), picture.max()
        grey = (picture - low) / max(high - low, 1)
        picture = dark * 0.75 + grey[..., None] * (light - dark * 0.75)
    return picture + rng.uniform(0.05, 0.35) * (light - picture)


def _planks(rng: Generator, pixels: int) -> np.ndarray:
    """Wooden boards."""
    width = int(rng.uniform(0.1, 0.24) * pixels)
    tone = np.array(COLOURS[("sand", "tan", "cognac", "chocolate", "cream")[rng.integers(5)]], np.float32)
    row = np.arange(pixels) // width
    shade = rng.uniform(0.82, 1.1, pixels // width + 1)[row].astype(np.float32)
    gap = np.where(np.arange(pixels) % width < max(2, width // 22), 0.62, 1.0).astype(np.float32)
    grain = 1 + 0.13 * noise_crop(rng, pixels, 40, 1.5) + 0.06 * noise_crop(rng, pixels, 30, 30)
    field = grain * (shade * gap)[:, None]
    return tone * (field if rng.random() < 0.6 else field.T)[..., None]


def _wallpaper(rng: Generator, pixels: int) -> np.ndarray:
    """Printed paper or cloth in two quiet colours."""
    name = ("stripes", "pinstripes", "checks", "dots", "print")[rng.integers(5)]
    first, second = any_colour(rng, WALLS), any_colour(rng)
    where = pattern(rng, pixels, name)[..., None]
    share = rng.uniform(0.3, 0.75)
    return first + where * share * (second - first)


def _stone(rng: Generator, pixels: int) -> np.ndarray:
    """Marble, or terrazzo with chips of some colours."""
    base = any_colour(rng, WALLS)
    veins = np.abs(noise_crop(rng, pixels, 30, 30) + 0.45 * noise_crop(rng, pixels, 8, 8))
    if rng.random() < 0.5:
        return base * (1 - 0.4 * np.exp(-veins * 9))[..., None]
    picture = np.broadcast_to(base, (pixels, pixels, 3)).copy()
    for _ in range(3):
        chips = noise_crop(rng, pixels, 3, 3) * noise_crop(rng, pixels, 8, 8) > rng.uniform(0.22, 0.34)
        picture[chips] = any_colour(rng)
    return picture


def _tiles(rng: Generator, pixels: int) -> np.ndarray:
    """Square tiles, each a little different, some of another colour."""
    width = int(rng.uniform(0.11, 0.25) * pixels)
    count, place = pixels // width + 1, np.arange(pixels) // width
    colours = np.broadcast_to(any_colour(rng, WALLS), (count, count, 3)).copy()
    colours[rng.random((count, count)) < rng.choice([0.0, 0.2, 0.5])] = any_colour(rng)
    colours *= rng.uniform(0.9, 1.06, (count, count, 1))
    picture = colours[place[:, None], place].astype(np.float32)
    joint = np.arange(pixels) % width < max(2, width // 18)
    picture[joint[:, None] | joint] *= 0.8
    return picture


def _plaster(rng: Generator, pixels: int) -> np.ndarray:
    """Wall or paper of one colour, uneven."""
    field = 1 + 0.09 * noise_crop(rng, pixels, 30, 30) + 0.04 * noise_crop(rng, pixels, 3, 3)
    return any_colour(rng, WALLS) * field[..., None]


GROUNDS = {_planks: 20, _wallpaper: 22, _stone: 14, _tiles: 14, _plaster: 12}  # and 18 for a photograph


def backdrop(rng: Generator, pixels: int, photos: tuple[str, ...]) -> np.ndarray:
    """Draw a background, float32 (pixels, pixels, 3), about 0 to 255: one surface, or a wall above a floor.

    It is a little out of focus. `photos` of scikit-image may be what a surface is cut from, see ``PHOTOS``.
    """
    grounds = {partial(_photograph, photos=photos): 18, **GROUNDS}
    picture = pick(rng, grounds)(rng, pixels)
    if rng.random() < 0.35:
        edge = int(rng.uniform(0.3, 0.75) * pixels)
        floor = pick(rng, grounds)(rng, pixels)
        picture[edge:] = floor[: pixels - edge]
        shade = np.exp(-np.abs(np.arange(pixels) - edge) / (0.04 * pixels))
        picture = picture * (1 - 0.3 * shade)[:, None, None]
    radius = rng.uniform(0.5, 5)
    soft = np.pad(picture, ((8, 8), (8, 8), (0, 0)), mode="reflect").astype(np.float32)
    soft = np.stack([blur(soft[..., channel], radius) for channel in range(3)], axis=2)
    contrast = rng.uniform(0.6, 0.95)
    soft = soft[8:-8, 8:-8]
    return soft.mean(axis=(0, 1)) * (1 - contrast) + soft * contrast


def _leaf(rng: Generator, cut: Cutout) -> None:
    """Twig with leaves."""
    green = plain(any_colour(rng, ("forest", "sage", "olive", "teal", "terracotta", "mustard")))
    bend = rng.normal(0, 9)
    stem = spline([(50, 96), (50 + bend, 60), (50 + bend * 1.5, 30), (50 + bend, 8)], samples=6)
    cut.band("background", stem, 2.4, green.tinted(0.7))
    long, wide = rng.uniform(18, 28), rng.uniform(6, 11)
    for number, (x, y) in enumerate(stem[3::2]):
        side = 1 if number % 2 else -1
        leaf = [(0, 0), (long * 0.45, -wide * 1.3), (long, -long * 0.45), (long * 0.6, 1)]
        leaf = moved(spline(leaf, closed=True) * (side, 1), x, y)
        cut.part("background", leaf, green.tinted(rng.uniform(0.85, 1.1)))
        cut.seam([(x, y), (x + side * long * 0.85, y - long * 0.36)], green.colour * 0.75, width=0.8)


def _book(rng: Generator, cut: Cutout) -> None:
    """Book or two, lying."""
    for step in range(rng.integers(1, 3)):
        colour, y = any_colour(rng), 18 + 7 * step
        cover = [(18 - step, y), (82, y), (84, y + 60), (16, y + 60)]
        cut.part("background", moved(cover, 1.5, 4), plain((236, 230, 214)), relief=1)
        cut.part("background", cover, plain(colour), relief=2.5)
        cut.seam([(26, y), (25, y + 60)], colour * 0.7, width=1.5)
    label = [(38, y + 12), (72, y + 12), (72, y + 28), (38, y + 28)]
    cut.part("background", label, plain(contrasting(rng, colour)), relief=0, lift=0)


def _mug(rng: Generator, cut: Cutout) -> None:
    """Mug from above a little, with tea."""
    look = plain(any_colour(rng), 0.5)
    cut.band("background", spline([(72, 38), (92, 40), (90, 64), (70, 66)], samples=6), 6, look)
    turn = np.linspace(0, np.pi, 14)
    base = np.stack([48 - 24 * np.cos(turn), 80 + 6 * np.sin(turn)], axis=1)
    cut.part("background", [*base, (75, 26), (21, 26)], look, relief=14)
    cut.part("background", ellipse((48, 26), 27, 8), look.tinted(1.05), relief=2)
    tea = plain(any_colour(rng, ("chocolate", "cognac")))
    cut.part("background", ellipse((48, 27), 23, 6), tea, relief=1)


def _ball(rng: Generator, cut: Cutout) -> None:
    """Ball, fruit or bauble."""
    look = plain(any_colour(rng), rng.uniform(0, 1))
    cut.part("background", ellipse((50, 50), 36, rng.uniform(32, 36), corners=40), look, relief=30)
    if rng.random() < 0.6:
        cut.band("background", [(50, 18), (51, 12), (54, 6)], 3, plain(COLOURS["chocolate"]))
        leaf = [(53, 10), (62, 2), (74, 5), (66, 12)]
        cut.part("background", spline(leaf, closed=True), plain(COLOURS["forest"]), relief=3)


def _cloth(rng: Generator, cut: Cutout) -> None:
    """Scarf or ribbon in waves."""
    look = plain(any_colour(rng))
    wave = rng.uniform(8, 18)
    path = spline([(2, 50), (25, 50 - wave), (50, 50 + wave), (75, 50 - wave), (98, 50)], samples=8)
    width = rng.uniform(9, 26)
    cut.band("background", path, width, look)
    for share in (-0.3, 0.3) if rng.random() < 0.6 else ():
        cut.seam(moved(path, 0, share * width), contrasting(rng, look.colour), width=1.6)


def _box(rng: Generator, cut: Cutout) -> None:
    """Parcel with a ribbon."""
    colour = any_colour(rng)
    look, tie = plain(colour), plain(contrasting(rng, colour))
    cut.part("background", [(20, 34), (36, 20), (88, 20), (74, 34)], look.tinted(1.12), relief=1)
    cut.part("background", [(74, 34), (88, 20), (88, 68), (74, 84)], look.tinted(0.7), relief=1)
    cut.part("background", [(20, 34), (74, 34), (74, 84), (20, 84)], look, relief=3)
    cut.part("background", [(42, 34), (52, 34), (52, 84), (42, 84)], tie, relief=1, lift=0.4)
    cut.part("background", [(42, 34), (57, 20), (67, 20), (52, 34)], tie.tinted(1.1), relief=1, lift=0)


THINGS = {"leaf": _leaf, "book": _book, "mug": _mug, "ball": _ball, "cloth": _cloth, "box": _box}


def thing(rng: Generator, pixels: int, light: tuple[float, float]) -> Cutout:
    """Draw a small thing that is neither a handbag nor a shoe."""
    cut = Cutout(pixels, light)
    names = tuple(THINGS)
    THINGS[names[rng.integers(len(names))]](rng, cut)
    return cut
