"""Objects cut out of product photos on white."""

import numpy as np
from PIL import Image
from scipy import ndimage

WHITE = 238  # a pixel whose three channels all reach this may be background


def cut_from_white(image: np.ndarray) -> np.ndarray:
    """Cut an object from its white background.

    Background is what is nearly white and connected to the border of the photo; white parts inside the object
    stay. The outermost pixel of the object, mixed with white, is taken off.

    Parameters
    ----------
    image : ndarray of uint8, (height, width, 3)
        Product photo.

    Returns
    -------
    ndarray of uint8, (height', width', 4)
        RGB and alpha, cropped to the object.

    Raises
    ------
    ValueError
        If nothing, or next to nothing, is left: the photo is not an object on white.
    """
    nearly_white = ndimage.binary_opening(np.pad(image.min(axis=2) >= WHITE, 3, constant_values=True))
    regions, _ = ndimage.label(nearly_white)
    inside = regions != regions[1, 1]
    share = inside[3:-3, 3:-3].mean()
    object_ = ndimage.binary_erosion(inside)[3:-3, 3:-3]
    if share > 0.97 or not object_.any():
        raise ValueError(
            f"{1 - share:.0%} of the photo is white around an object: no object on white to cut out."
        )
    alpha = ndimage.gaussian_filter(object_.astype(np.float32), 0.7) * 255
    rows, columns = (np.flatnonzero(object_.any(axis=axis)) for axis in (1, 0))
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.dstack([image, alpha.astype(np.uint8)])[window]


def without_feet(cut: np.ndarray, share: float = 0.16) -> np.ndarray:
    """Take off the lowest part of a cut-out: a garment is often worn by somebody who wears shoes too."""
    return cut[: max(1, round(len(cut) * (1 - share)))]


def turned(cut: np.ndarray, size: float, turn: float, mirror: bool) -> Image.Image:
    """Scale a cut-out to a longer side of `size` pixels, perhaps mirror it, and turn it by `turn` degrees."""
    picture = Image.fromarray(cut[:, ::-1] if mirror else cut)
    scale = size / max(picture.size)
    small = picture.resize([max(2, round(side * scale)) for side in picture.size], Image.Resampling.BOX)
    return small.rotate(turn, Image.Resampling.BILINEAR, expand=True)
