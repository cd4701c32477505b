"""Cut-out objects in clutter: turned, scaled, shaded, lit and partly hidden."""

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from helpers.staff.pretraining.cutouts import turned

SIZE = 144  # pixels of a stored scene; training looks at crops of it


def crop(rng: np.random.Generator, photo: np.ndarray, *, least: float = 0.45, size: int = SIZE) -> np.ndarray:
    """Random square of a photo, at least `least` of its short side, as uint8 (size, size, 3)."""
    side = round(min(photo.shape[:2]) * rng.uniform(least, 1))
    top, left = (int(rng.integers(0, length - side + 1)) for length in photo.shape[:2])
    square = Image.fromarray(photo[top : top + side, left : left + side])
    return np.asarray(square.resize((size, size), Image.Resampling.BILINEAR))[:, :: rng.choice([-1, 1])]


def paste(picture: np.ndarray, cut: Image.Image, left: int, top: int, *, shade: float = 0.0) -> np.ndarray:
    """Paste a cut-out with a soft shadow.

    Parameters
    ----------
    picture : ndarray of uint8, (n, n, 3)
        Changed in place.
    cut : PIL image, RGBA
        What to paste; parts outside the picture are cut off.
    left, top : int
        Where its upper left corner goes.
    shade : float
        How dark the shadow is, 0 to 1.

    Returns
    -------
    ndarray of float32, (n, n)
        Cover of each pixel by the cut-out, 0 to 1.
    """
    layer = Image.new("RGBA", picture.shape[1::-1])
    layer.paste(cut, (left, top))
    layer = np.asarray(layer).astype(np.float32)
    cover = layer[..., 3:] / 255
    ground = picture.astype(np.float32)
    if shade:
        reach = max(cut.size)
        shadow = gaussian_filter(cover[..., 0], 0.05 * reach)
        shadow = np.roll(shadow, (round(0.05 * reach), round(0.03 * reach)), (0, 1))
        ground *= 1 - shade * shadow[..., None]
    picture[:] = ground * (1 - cover) + layer[..., :3] * cover
    return cover[..., 0]


def scene(rng: np.random.Generator, cut: np.ndarray, ground: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Compose a scene: one object on a ground, in a third of the scenes with something before it.

    Parameters
    ----------
    cut, other : ndarray of uint8, (height, width, 4)
        The object, and what may hide a part of it.
    ground : ndarray of uint8, (n, n, 3)
        Background; not changed.

    Returns
    -------
    ndarray of uint8, (n, n, 3)
    """
    picture, pixels = ground.copy(), len(ground)
    turn = rng.normal(0, 18) if rng.random() < 0.75 else rng.uniform(-180, 180)
    placed = turned(_lit(rng, cut), pixels * rng.uniform(0.4, 1.0), turn, rng.random() < 0.5)
    left, top = _corner(rng, placed, pixels, spread=0.16)
    cover = paste(picture, placed, left, top, shade=rng.uniform(0, 0.6))
    if rng.random() < 0.35:
        _hide_a_part(rng, picture, cover, other)
    down, right = np.mgrid[:pixels, :pixels] / pixels - 0.5
    slope = rng.normal(0, 0.25, 2)
    return np.clip(picture * (1 + slope[0] * down + slope[1] * right)[..., None], 0, 255).astype(np.uint8)


def _lit(rng, cut):
    """Change exposure and colour of the light on an object."""
    lit = cut.copy()
    gain = rng.uniform(0.65, 1.1) * rng.uniform(0.93, 1.07, 3)
    lit[..., :3] = np.clip(cut[..., :3] * gain, 0, 255)
    return lit


def _corner(rng, placed, pixels, spread):
    """Upper left corner of a cut-out whose middle is near the middle of the picture."""
    middle = pixels * (0.5 + rng.uniform(-spread, spread, 2))
    return tuple(round(value - length / 2) for value, length in zip(middle, placed.size, strict=True))


def _hide_a_part(rng, picture, cover, other):
    """Put another cut-out over the edge of the object."""
    rows, columns = np.nonzero(cover > 0.5)
    if not len(rows):
        return
    spot = rng.integers(len(rows))
    size = rng.uniform(0.3, 0.5) * np.ptp(rows if rng.random() < 0.5 else columns) + 8
    before = turned(other, size, rng.uniform(-180, 180), False)
    left, top = round(columns[spot] - before.width / 2), round(rows[spot] - before.height / 2)
    paste(picture, before, left, top, shade=0.3)
