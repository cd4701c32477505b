"""The networks, built as Keras models of plain Keras layers: from raw pixels to features or probabilities.

And checks that images are what they take: RGB, 0 to 255.
"""

from typing import NamedTuple

import numpy as np

from helpers.backbones.efficientnet import efficientnet_lite0

PIXELS = "pixels"  # name of the input layer of every network that takes raw pixels
IMAGENET_MEAN = (123.68, 116.779, 103.939)  # RGB; what ResNet-50 was trained with, see keras.applications


class Network(NamedTuple):
    """What is known about a network before it is built."""

    title: str
    size: int  # side of the square it resizes images to, pixels
    features: int
    licence: str  # of the weights
    whole: str  # the asset with the weights of the whole network, last layer included


LITE = "efficientnet_lite0"
NETWORKS = {
    "resnet50": Network("ResNet-50 trained on ImageNet", 224, 2048, "MIT", "resnet50_top"),
    LITE: Network("EfficientNet-Lite0 trained on ImageNet", 192, 1280, "Apache-2.0", LITE),
}


def build(name: str, *, top: bool = False, size: int | str | None = None):
    """Build a network from raw pixels to features, or with `top` to probabilities; weights are random."""
    import keras
    from keras import layers

    size = NETWORKS[name].size if size is None else size
    if size != "any" and not (isinstance(size, int) and size >= 32):
        raise ValueError(f'size={size!r} is not a valid image size. Use 32 or more pixels, or "any".')
    pixels = keras.Input((None, None, 3), name=PIXELS)
    x = pixels if size == "any" else layers.Resizing(size, size, name="resize")(pixels)
    if name == LITE:
        return keras.Model(pixels, efficientnet_lite0(x, top=top), name=name)
    x = layers.Normalization(mean=IMAGENET_MEAN, variance=(1.0, 1.0, 1.0), name="subtract_mean")(x)
    x = keras.ops.flip(x, axis=-1)  # to BGR, as the network was trained
    base = keras.applications.ResNet50(include_top=top, weights=None, input_tensor=x)
    mean = layers.GlobalAveragePooling2D(name="features", dtype="float32")
    outputs = base.output if top else mean(base.output)
    return keras.Model(pixels, outputs, name=name)


def takes_pixels(model) -> bool:
    """Whether a Keras model, or one nested in it, is a network of this package, with raw pixels as input."""
    return any(
        layer.name == PIXELS or (hasattr(layer, "layers") and takes_pixels(layer))
        for layer in getattr(model, "layers", ())
    )


def check_images(images) -> np.ndarray:
    """Check that images are RGB, (n, height, width, 3), n >= 1, 0 to 255; gives them as an array."""
    images = np.asarray(images)
    if flaw := _shape_flaw(images.shape) or _value_flaw(images):
        raise ValueError(flaw)
    return images


def _shape_flaw(shape):
    given = f"The images have the shape {shape}"
    wanted = "needed is (n, height, width, 3)"
    if len(shape) == 3 and shape[-1] == 3:
        return f"{given}, one image; {wanted}. Put it in a batch of one: image[None]."
    if len(shape) == 3:
        return f"{given}, gray images; {wanted}. Repeat the gray: np.repeat(images[..., None], 3, axis=-1)."
    if len(shape) != 4 or 0 in shape:
        return f"{given}; {wanted}, with at least one image."
    if shape[-1] == 1:
        return f"{given}, gray images; {wanted}. Repeat the gray: np.repeat(images, 3, axis=-1)."
    if shape[-1] == 4:
        return f"{given}, with an alpha channel; {wanted}. Leave the alpha out: images[..., :3]."
    if shape[-1] != 3 and shape[1] == 3:
        return f"{given}, channels first; {wanted}. Move them: np.moveaxis(images, 1, -1)."
    return "" if shape[-1] == 3 else f"{given}, {shape[-1]} channels; {wanted}."


def _value_flaw(images):
    if images.dtype.kind not in "uif":
        return f"The images hold {images.dtype} values; needed are numbers from 0 to 255."
    low, high = float(images.min()), float(images.max())
    given = f"The pixels go from {low:.4g} to {high:.4g}"
    wanted = "this network takes raw pixels, 0 to 255, and scales them itself"
    if not np.isfinite(low + high):
        return "Some pixels are NaN or infinite; needed are numbers from 0 to 255."
    if low < 0:
        return f"{given}; {wanted}. Give the images as they were before they were scaled."
    if high > 255:
        return f"{given}; {wanted}. Divide 16-bit images by 257."
    if 0 < high <= 1:
        return f"{given}; {wanted}. Multiply the images by 255, or leave the division by 255 out."
    return ""
