"""What layers give: feature maps; and network dissection: which channels are detectors of which concepts."""

from typing import NamedTuple

import numpy as np

from helpers.visualize.inputs import check_images
from helpers.visualize.layers import find_layer, sublayers, with_maps
from helpers.visualize.scoring import batches, chosen, compiled_on
from helpers.visualize.tapping import outputs, visits

MASKS = 8  # at a time


def feature_maps(model, images, layers=None):
    """Collect what layers give for images.

    Parameters
    ----------
    layers : str, keras.Layer, or sequence of them, optional
        Names, paths such as "base/stem_conv", or layers, at any depth. When left out, every layer
        that gives feature maps, from the first with weights on. Of a layer that runs twice, the last time.

    Returns
    -------
    ndarray or dict
        For one layer its output, float32, mostly (n, h, w, channels). For several, or none given, a dict
        from name to output in the order asked for, or in which they run; where two layers share a name, from
        path.
    """
    images = check_images(model, images)
    one = isinstance(layers, str) or hasattr(layers, "call")
    visited = visits(model, images.shape[1:])
    if layers is None:
        found = [visit.layer for visit in with_maps(visited)]
        asked = [layer for layer in dict.fromkeys(found) if not sublayers(layer)]
    else:
        asked = [find_layer(model, layer) for layer in ([layers] if one else layers)]
    shapes = {visit.layer: visit.shape for visit in visited}
    for layer in asked:
        if shapes.get(layer) is None:
            what = "gives more than one array" if layer in shapes else "does not run when the model is called"
            raise ValueError(f"The layer {layer.name!r} of {model.name!r} {what}. Choose another.")
    if not asked:
        raise ValueError(f"No layer of {model.name!r} gives feature maps. Name the layers to look at.")
    paths = tuple(sublayers(model)[layer] for layer in asked)
    arrays = batches(compiled_on(model, images.shape[1:], _maps, paths, looked=True), images)
    names = [layer.name for layer in asked]
    keys = [path if names.count(name) > 1 else name for name, path in zip(names, paths, strict=True)]
    return arrays[0] if one else dict(zip(keys, arrays, strict=True))


def _maps(model, images, paths):
    """Outputs of some layers; inside a compiled function."""
    import tensorflow as tf

    found = outputs(model, [find_layer(model, path) for path in paths], images)
    return [tf.cast(out, tf.float32) for out in found]


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
    for start in range(0, len(maps), MASKS):
        seen = masks[start : start + MASKS, ..., None] == np.arange(concepts)
        counts = _count(maps[start : start + MASKS], thresholds, seen)
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
