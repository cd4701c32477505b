"""Where in the picture is what decides: Grad-CAM, saliency, occlusion.

Every map has the size of the images, (n, height, width), in float32, and is not scaled: see `normalise`. What
is explained is the logit of the target class, never the probability, and every image by itself.
"""

import itertools

import numpy as np

from helpers.visualize.inputs import check_images
from helpers.visualize.layers import find_layer, sublayers
from helpers.visualize.scoring import BATCH, batches, chosen, compiled_on, target_scores, targets_of
from helpers.visualize.tapping import gradient as _gradient
from helpers.visualize.tapping import tapped


def grad_cam(model, images, layer=None, target=None) -> np.ndarray:
    """Weigh the feature maps of a layer by how much the target's logit depends on them, and add them up.

    ReLU(sum over channels of weight * map), where the weight of a channel is the mean over its pixels of the
    gradient of the logit; resized to the images (bilinear). Selvaraju et al., "Grad-CAM: visual explanations
    from deep networks via gradient-based localization", 2017.

    Returns
    -------
    ndarray
        float32, (n, height, width), >= 0. Zeros where nothing speaks for the target.
    """
    images = check_images(model, images)
    layer, _ = chosen(model, images.shape[1:], layer)
    path = sublayers(model)[layer]
    function = compiled_on(model, images.shape[1:], _grad_cam, path, targets=True, looked=True)
    return batches(function, images, targets_of(model, images, target))


def channel_weights(gradients):
    """Average the gradients (..., rows, columns, channels) over the places: (..., channels)."""
    import tensorflow as tf

    return tf.reduce_mean(gradients, axis=(-3, -2))


def heat_map(maps, weights):
    """Add up the channels of the maps (..., rows, columns, channels), each times its weight; then ReLU."""
    import tensorflow as tf

    return tf.nn.relu(tf.einsum("...hwc,...c->...hw", maps, weights))


def saliency(model, images, target=None) -> np.ndarray:
    """Show how strongly each pixel changes the target's logit: the largest absolute gradient of its channels.

    Simonyan, Vedaldi & Zisserman, "Deep inside convolutional networks", 2014.

    Returns
    -------
    ndarray
        float32, (n, height, width), >= 0; logits per unit of pixel value.
    """
    images = check_images(model, images)
    function = compiled_on(model, images.shape[1:], _input_gradients, targets=True)
    return np.abs(batches(function, images, targets_of(model, images, target))).max(axis=-1)


def occlusion(model, images, target=None, *, patch=None, stride=None, fill=None) -> np.ndarray:
    """Cover the picture with a patch, place by place, and see how far the target's logit drops.

    Zeiler & Fergus, "Visualizing and understanding convolutional networks", 2014, section 4.2. A pixel shows
    the mean drop over all places of the patch that cover it.

    Parameters
    ----------
    patch : int, optional
        Side of the square, pixels; an eighth of the shorter side when left out.
    stride : int, optional
        Pixels from place to place, at most `patch`; half of it when left out. One more place ends at each
        far border.
    fill : float or array_like, optional
        Value of the patch, or one for each channel; the mean colour of each image when left out.

    Returns
    -------
    ndarray
        float32, (n, height, width); positive where the target needs the pixels.
    """
    images = check_images(model, images)
    ask = compiled_on(model, images.shape[1:], target_scores, targets=True)
    targets = targets_of(model, images, target, decided=True)
    height, width = images.shape[1:3]
    patch = max(1, min(height, width) // 8) if patch is None else patch
    stride = max(1, patch // 2) if stride is None else stride
    if not 1 <= patch <= min(height, width):
        raise ValueError(f"A patch of {patch} does not fit: the images have {height} × {width} pixels.")
    if not 1 <= stride <= patch:
        raise ValueError(f"stride={stride} leaves pixels uncovered, or none to go: use 1 to {patch} here.")
    places = list(itertools.product(_places(height, patch, stride), _places(width, patch, stride)))
    maps = [_occlude(ask, *pair, places, patch, fill) for pair in zip(images, targets, strict=True)]
    return np.stack(maps)


def covered_copies(image, patch, stride, fill=128) -> np.ndarray:
    """Copy a picture for each place of a square patch, row by row, and cover it there: (places, h, w, c)."""
    tops, lefts = (range(0, size - patch + 1, stride) for size in image.shape[:2])
    return _covered(image, list(itertools.product(tops, lefts)), patch, fill)


def _covered(image, places, patch, fill):
    copies = np.stack([image] * len(places))
    for copy, (top, left) in zip(copies, places, strict=True):
        copy[top : top + patch, left : left + patch] = fill
    return copies


def _places(size, patch, stride):
    return sorted({*range(0, size - patch + 1, stride), size - patch})


def _occlude(ask, image, target, places, patch, fill):
    """Drops of one image, spread over the pixels that were covered."""
    colour = image.mean(axis=(0, 1)) if fill is None else np.asarray(fill, image.dtype)
    whole = batches(ask, image[None], target[None])[0]
    total, times = np.zeros(image.shape[:2]), np.zeros(image.shape[:2])
    for start in range(0, len(places), BATCH):
        some = places[start : start + BATCH]
        drops = whole - batches(ask, _covered(image, some, patch, colour), np.repeat(target, len(some)))
        for (row, column), drop in zip(some, drops, strict=True):
            total[row : row + patch, column : column + patch] += drop
            times[row : row + patch, column : column + patch] += 1
    return (total / times).astype("float32")


def _input_gradients(model, images, targets):
    import tensorflow as tf

    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        score = target_scores(model, images, targets)
    return _gradient(tape, score, images)


def _grad_cam(model, images, targets, path):
    import tensorflow as tf

    seen = []

    def watch(maps):
        maps = tf.identity(maps)
        tape.watch(maps)
        seen.append(maps)
        return maps

    with tf.GradientTape(watch_accessed_variables=False) as tape, tapped(find_layer(model, path), watch):
        score = target_scores(model, images, targets)
    maps = seen[-1]
    heat = heat_map(maps, channel_weights(_gradient(tape, score, maps, f"the layer {path!r}")))
    return _to_size(tf.cast(heat, tf.float32), images.shape[1:3])


def _to_size(maps, size):
    import tensorflow as tf

    return tf.image.resize(maps[..., None], size)[..., 0]
