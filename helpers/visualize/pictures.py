"""From raw maps to what can be shown: one scale, and a map laid over its picture."""

import numpy as np
from scipy import stats


def normalise(maps, *, percentile=100.0) -> np.ndarray:
    """Divide each map by its largest value; what is negative becomes 0.

    Parameters
    ----------
    maps : array_like
        One map (height, width), or several along the first axis: (n, height, width) or (n, height, width, c).
    percentile : float
        Which value of a map counts as its largest; what is above becomes 1. With 99, single pixels do not
        hide the rest of a map such as that of `saliency`.

    Returns
    -------
    ndarray
        Same shape, float32, in 0..1. A map without a positive value gives zeros.

    Examples
    --------
    >>> normalise([[-1.0, 2.0], [4.0, 0.0]])
    array([[0. , 0.5],
           [1. , 0. ]], dtype=float32)
    """
    maps = np.asarray(maps, np.float64)
    if maps.ndim not in (2, 3, 4) or 0 in maps.shape:
        raise ValueError(f"The maps have the shape {maps.shape}; give (height, width) or (n, height, width).")
    if not np.isfinite(maps).all():
        raise ValueError("Some values of the maps are NaN or infinite; those of this package have none.")
    sizes = np.maximum(maps, 0)
    axes = tuple(range(1 if maps.ndim > 2 else 0, maps.ndim))
    if not 0 < percentile <= 100:
        raise ValueError(f"percentile={percentile} is none. Use a number above 0, up to 100.")
    most = np.percentile(sizes, percentile, axis=axes, keepdims=True)
    largest = sizes.max(axis=axes, keepdims=True)
    most = np.where(most > 0, most, np.where(largest > 0, largest, 1))
    return np.minimum(sizes / most, 1).astype("float32")


def overlay(images, maps, *, alpha=0.6) -> np.ndarray:
    """Lay maps over their pictures in the colours of viridis, the more opaque the larger the value.

    Parameters
    ----------
    maps : array_like
        (n, height, width), or one without n; scaled by `normalise`.
    alpha : float
        Opacity at the largest value of a map, 0..1.

    Returns
    -------
    ndarray
        float32, (n, height, width, 3), or without n, RGB 0..1.

    Examples
    --------
    >>> overlay([[[0.2], [0.2]]], [[0.0, 3.0]], alpha=1).round(2)
    array([[[0.2 , 0.2 , 0.2 ],
            [0.99, 0.91, 0.14]]], dtype=float32)
    """
    import matplotlib

    images, maps = np.asarray(images), np.asarray(maps)
    fits = images.ndim in (3, 4) and images.shape[-1] in (1, 3) and images.shape[:-1] == maps.shape
    if not fits or 0 in images.shape:
        needed = "(n, height, width, 1 or 3) and (n, height, width)"
        raise ValueError(f"Images {images.shape} and maps {maps.shape} do not fit: needed are {needed}.")
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha={alpha} is no opacity. Use 0 to 1.")
    low, high = float(images.min()), float(images.max())
    if not (low >= 0 and high <= 255):
        raise ValueError(f"The pixels go from {low:.4g} to {high:.4g}. Give images in 0..1 or 0..255.")
    scale = 255 if images.dtype.kind in "ui" or high > 1 else 1
    values = normalise(maps)[..., None]
    colours = matplotlib.colormaps["viridis"](values[..., 0])[..., :3]
    return (images / scale * (1 - alpha * values) + colours * alpha * values).astype("float32")


def rank_correlation(first, second) -> float:
    """Spearman's correlation of the pixels of two maps (height, width), -1..1; 0 if one of them is flat."""
    pair = np.ravel(first), np.ravel(second)
    # Where values differ by rounding only, their ranks would be chance.
    flat = [np.ptp(values) <= 32 * np.finfo(np.float32).eps * np.abs(values).max() for values in pair]
    return 0.0 if any(flat) else float(stats.spearmanr(*pair)[0])
