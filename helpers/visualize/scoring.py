"""What the functions of this package share: the layer that is meant, scores of targets, batches."""

import numpy as np

from helpers.visualize.inputs import check_targets
from helpers.visualize.layers import find_layer, last_maps
from helpers.visualize.tapping import compiled, image_spec, scores, visits

BATCH = 32


def chosen(model, shape, layer):
    """Find the layer that is asked for, or the default, that gives feature maps; and their shape."""
    run = visits(model, shape)
    layer = last_maps(model, run) if layer is None else find_layer(model, layer)
    own = [visit for visit in run if visit.layer is layer]
    if not own:
        raise ValueError(f"The layer {layer.name!r} does not run when {model.name!r} is called on images.")
    if own[-1].is_maps is False or len(own[-1].shape or ()) != 4:
        told = f"The layer {layer.name!r} gives {own[-1].shape} and no feature maps (n, h, w, channels)"
        raise ValueError(f"{told}. The last layer that does is {last_maps(model, run).name!r}.")
    return layer, own[-1].shape


def class_count(model, shape, looked=False) -> int:
    """Count the classes: one unit stands for two."""
    return max(2, visits(model, shape, looked)[-1].shape[-1])


def targets_of(model, images, target, *, decided=False):
    """One class for each image; -1 where the looked-at model is to decide, unless that must be known now."""
    if target is not None:
        return check_targets(target, len(images), class_count(model, images.shape[1:], looked=True))
    if decided:
        answers = batches(compiled_on(model, images.shape[1:], scores, looked=True), images)
        return answers.argmax(axis=1).astype(np.int32)
    return np.full(len(images), -1, np.int32)


def target_scores(model, images, targets):
    """Score of each image's target, inside a compiled function; where that is -1, the largest."""
    import tensorflow as tf

    found = scores(model, images)
    best = tf.argmax(found, axis=1, output_type=tf.int32)
    return tf.gather(found, tf.where(targets < 0, best, targets), axis=1, batch_dims=1)


def compiled_on(model, shape, body, *settings, targets=False, looked=False):
    """Compile ``body(model, images, *settings)``; `targets` come after the images where there are some."""
    import tensorflow as tf

    visits(model, shape, looked)  # before any layer is tapped
    specs = [image_spec(shape), *[tf.TensorSpec((None,), tf.int32)] * targets]
    key = (body.__module__, body.__name__, *settings)
    return compiled(model, key, lambda model, *given: body(model, *given, *settings), *specs, looked=True)


def batches(function, images, *others):
    """Run a compiled function over batches of images; what it gives, one array or several, is joined."""
    import tensorflow as tf

    parts = []
    for start in range(0, len(images), BATCH):
        parts.append(function(*[tf.constant(array[start : start + BATCH]) for array in (images, *others)]))
    if isinstance(parts[0], (list, tuple)):
        return [np.concatenate(part) for part in zip(*parts, strict=True)]
    return np.concatenate(parts)
