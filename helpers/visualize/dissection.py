"""Network dissection: which channels are detectors of which concepts."""

from typing import NamedTuple

import numpy as np

from helpers.visualize.inputs import check_images
from helpers.visualize.maps import feature_maps
from helpers.visualize.scoring import chosen

BATCH = 8


class Dissection(NamedTuple):
    """How well channels and concepts cover each other."""

    iou: np.ndarray  # float64, (channels, concepts), 0..1
    thresholds: np.ndarray  # float32, (channels,): a channel fires where it gives more


def iou(first, second) -> float:
    """Intersection over union of two masks: pixels in both, divided by pixels in at least one."""
    either = np.sum(np.asarray(first) | second)
    return float(np.sum(np.asarray(first) & second) / either) if either else 0.0


def dissect(model, layer=None, images=None, masks=None, *, top=0.005) -> Dissection:
    """Compare where each channel fires with where each concept is, over a set of images.

    A channel fires where its map, enlarged to the masks (bilinear), exceeds the value that only a share
    `top` of all its values over the set exceeds. IoU: pixels where it fires and the concept is, divided by
    pixels where one of the two holds, both counted over the whole set (Bau et al., "Network dissection:
    quantifying interpretability of deep visual representations", 2017).

    Parameters
    ----------
    masks : array_like
        What is where: (n, H, W) of whole numbers, one concept each, 0 to the largest. H, W may differ from
        the images', not in proportion.
    top : float
        0 < top < 1; 0.005 as there.

    Returns
    -------
    Dissection
        iou, thresholds. A dead channel fires nowhere: its row is 0.
    """
    if images is None or masks is None:
        raise ValueError("Give images and their masks: dissect(model, layer, images, masks).")
    images = check_images(model, images)
    masks = _check_masks(masks, len(images))
    if not 0 < top < 1:
        raise ValueError(f"top={top} is no share. Use a number between 0 and 1, such as 0.005.")
    layer, _ = chosen(model, images.shape[1:], layer)
    maps = feature_maps(model, images, layer)
    thresholds = np.quantile(maps.reshape(-1, maps.shape[-1]), 1 - top, axis=0).astype("float32")
    concepts = int(masks.max()) + 1
    both = np.zeros((maps.shape[-1], concepts))
    fires, holds = np.zeros((maps.shape[-1], 1)), np.zeros(concepts)
    for start in range(0, len(maps), BATCH):
        seen = masks[start : start + BATCH, ..., None] == np.arange(concepts)
        counts = _count(maps[start : start + BATCH], thresholds, seen)
        both, fires = both + counts[:, :-1], fires + counts[:, -1:]
        holds = holds + seen.sum(axis=(0, 1, 2), dtype=float)
    either = fires + holds - both
    return Dissection(np.divide(both, either, out=np.zeros_like(both), where=either > 0), thresholds)


def _check_masks(masks, count):
    masks = np.asarray(masks)
    if masks.ndim != 3 or 0 in masks.shape or len(masks) != count:
        needed = f"{count} images need ({count}, height, width)"
        raise ValueError(f"The masks have the shape {masks.shape}; {needed}.")
    if masks.dtype.kind not in "ui" or masks.min() < 0:
        raise ValueError(f"The masks hold {masks.dtype} values. Give whole numbers from 0.")
    return masks


def _count(maps, thresholds, seen):
    """Count pixels (channels, concepts + 1): a channel fires and a concept is; last, it fires at all."""
    import tensorflow as tf

    fires = tf.cast(tf.image.resize(maps, seen.shape[1:3]) > thresholds, tf.float32)
    fires = tf.reshape(fires, (-1, maps.shape[-1]))  # sums stay exact: fewer than 2**24 pixels in a batch
    seen = seen.reshape(-1, seen.shape[-1])
    seen = np.hstack([seen, np.ones((len(seen), 1), bool)]).astype("float32")
    return tf.matmul(seen, fires, transpose_a=True).numpy().T
