"""The patches of images that drive a channel most, cut out as large as the channel can see."""

import contextlib
import functools
from typing import NamedTuple

import numpy as np

from helpers.visualize.inputs import check_channels, check_images
from helpers.visualize.layers import find_layer, sublayers
from helpers.visualize.scoring import BATCH, batches, chosen, compiled_on
from helpers.visualize.tapping import calling, compiled, gradient, image_spec, outputs, tapped


class Patches(NamedTuple):
    """For each channel the patches that drive it most, the strongest first."""

    patches: np.ndarray  # (channels, count, rows, columns, c), in the dtype of the images
    values: np.ndarray  # float32, (channels, count): what the channel gives there
    images: np.ndarray  # int, (channels, count): numbers of the images
    boxes: np.ndarray  # int, (channels, count, 4): top, left, bottom, right of what the channel sees there


def top_patches(model, layer=None, channels=None, images=None, *, count=9) -> Patches:
    """Cut out what makes a channel give its largest values.

    As in Zeiler & Fergus, "Visualizing and understanding convolutional networks", 2014. An image gives at
    most one patch to a channel. A patch has the size of the receptive field, at most that of the image; near
    the border, where the network sees less, it is moved inside.

    Parameters
    ----------
    channels : int or sequence of int, optional
        All of the layer when left out.
    count : int
        Patches for each channel, at most n.
    """
    if images is None:
        raise ValueError("Give images to look in: top_patches(model, layer, channels, images).")
    originals, images = np.asarray(images), check_images(model, images)
    layer, size = chosen(model, images.shape[1:], layer)
    numbers = check_channels(channels, size[-1], "channel")
    if not 1 <= count <= len(images):
        raise ValueError(f"count={count}: {len(images)} images give 1 to {len(images)} patches a channel.")
    path = sublayers(model)[layer]
    values, places = batches(compiled_on(model, images.shape[1:], _largest, path, looked=True), images)
    order = np.argsort(-values[:, numbers], axis=0, kind="stable")[:count].T
    values, places = values[order, numbers[:, None]], places[order, numbers[:, None]]
    boxes, side = _boxes(model, layer, images.shape[1:], places, size[1:3])
    corners = np.minimum(boxes[..., :2], np.array(images.shape[1:3]) - side)
    rows, columns = (corners[..., axis, None] + np.arange(side[axis]) for axis in (0, 1))
    patches = originals[order[..., None, None], rows[..., None], columns[..., None, :]]
    return Patches(patches, values, order, boxes)


def receptive_boxes(model, layer, shape, places) -> np.ndarray:
    """Find the pixels that places of a feature map can see, by running the network as a network of averages.

    With a window of equal positive weights in the place of each convolution and pooling, and batch norm
    left out, a place depends on a pixel exactly if the pixel lies in its receptive field. So the gradient
    shows the field, in any network. From layer to layer goes only whether it is zero: products of small
    numbers, such as those of a LayerScale, would vanish.

    `shape` is that of one image, `places` are int, (k, 2): row and column in the feature map. Gives int,
    (k, 4): top, left, bottom and right, where bottom and right are the first pixels outside.
    """
    import tensorflow as tf

    path = sublayers(model)[layer]
    body = functools.partial(_dependence, path)
    specs = image_spec(shape), tf.TensorSpec((None, 2), tf.int32)
    function = compiled(model, ("receptive", path), body, *specs)
    boxes = []
    for start in range(0, len(places), BATCH):
        some = places[start : start + BATCH].astype(np.int32)
        ones = np.ones((len(some), *shape), np.float32)
        boxes += [_box(seen) for seen in function(tf.constant(ones), tf.constant(some)).numpy()]
    return np.array(boxes)


def _box(seen):
    """Smallest box around what is not zero; rows and columns for themselves, as corners may underflow."""
    rows, columns = np.flatnonzero(seen.sum(axis=1)), np.flatnonzero(seen.sum(axis=0))
    if not rows.size:
        return 0, 0, *seen.shape
    return rows[0], columns[0], rows[-1] + 1, columns[-1] + 1


def _boxes(model, layer, shape, places, size):
    """Boxes of many places, each place once, and the size of the receptive field away from the border."""
    flat = places.reshape(-1, 2)
    middle = np.array([[side // 2 for side in size]])
    once, back = np.unique(np.concatenate([flat, middle]), axis=0, return_inverse=True)
    boxes = receptive_boxes(model, layer, shape, once)
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=0)
    return boxes[np.ravel(back)][:-1].reshape(*places.shape[:2], 4), side


def _largest(model, images, path):
    """Largest value of each channel in each image, (n, c), and where it is, (n, c, 2)."""
    import tensorflow as tf

    [maps] = outputs(model, [find_layer(model, path)], images)
    width = tf.shape(maps)[2]
    flat = tf.reshape(maps, (tf.shape(maps)[0], -1, maps.shape[3]))
    where = tf.argmax(flat, axis=1, output_type=tf.int32)
    places = tf.stack([where // width, where % width], axis=-1)
    return tf.cast(tf.reduce_max(flat, axis=1), tf.float32), places


def _dependence(path, model, images, places):
    """How strongly each place depends on each pixel in the network of averages, (k, height, width)."""
    import tensorflow as tf

    with contextlib.ExitStack() as stack:
        tape = stack.enter_context(tf.GradientTape(watch_accessed_variables=False))
        tape.watch(images)
        for layer in sublayers(model):
            stack.enter_context(_averaging(layer))
            stack.enter_context(tapped(layer, _whether))
        [maps] = outputs(model, [find_layer(model, path)], images)
        # Not gather_nd, and no repeat below: without AVX-512 these make oneDNN write to standard error.
        row, column = (tf.one_hot(places[:, axis], maps.shape[axis + 1], dtype=maps.dtype) for axis in (0, 1))
        score = tf.einsum("nhwc,nh,nw->n", maps, row, column)
    return tf.reduce_sum(tf.abs(gradient(tape, score, images)), axis=-1)


def _whether(out):
    """Pass on a layer's output; of its gradient, where it is not zero."""
    import tensorflow as tf

    if getattr(out, "shape", None) is None or not out.dtype.is_floating:
        return out
    return tf.custom_gradient(lambda x: (tf.identity(x), lambda slope: tf.cast(slope != 0, x.dtype)))(out)


def _averaging(layer):
    """Let a layer average its window in the place of what it has learnt; others stay as they are."""
    import keras
    import tensorflow as tf

    kinds = keras.layers
    convolutions = (kinds.Conv2D, kinds.DepthwiseConv2D, kinds.SeparableConv2D)
    pointwise = (
        *(kinds.BatchNormalization, kinds.LayerNormalization, kinds.GroupNormalization, kinds.Normalization),
        *(kinds.Rescaling, kinds.ReLU, kinds.LeakyReLU, kinds.ELU, kinds.PReLU, kinds.Activation),
    )

    def convolve(_, inputs):
        mean = tf.reduce_mean(inputs, axis=-1, keepdims=True)
        kernel = tf.ones((*layer.kernel_size, 1, 1), mean.dtype) / np.prod(layer.kernel_size)
        padding = layer.padding.upper()
        out = tf.nn.convolution(mean, kernel, layer.strides, padding, dilations=layer.dilation_rate)
        filters = layer.compute_output_shape(tuple(inputs.shape))[-1]
        return out * tf.ones(filters, out.dtype)

    def pool(_, inputs):
        return tf.nn.avg_pool2d(inputs, layer.pool_size, layer.strides, layer.padding.upper())

    if isinstance(layer, convolutions) and not isinstance(layer, kinds.Conv2DTranspose):
        return calling(layer, convolve)
    if isinstance(layer, kinds.MaxPooling2D):
        return calling(layer, pool)
    if isinstance(layer, pointwise):
        return calling(layer, lambda _, inputs, *arguments, **options: inputs)
    return contextlib.nullcontext()
