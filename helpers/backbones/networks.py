"""The networks, built as Keras models of plain Keras layers: from raw pixels to features or probabilities."""

from typing import NamedTuple

from helpers.backbones.efficientnet import efficientnet_lite0

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
    pixels = keras.Input((None, None, 3), name="pixels")
    x = pixels if size == "any" else layers.Resizing(size, size, name="resize")(pixels)
    if name == LITE:
        return keras.Model(pixels, efficientnet_lite0(x, top=top), name=name)
    x = layers.Normalization(mean=IMAGENET_MEAN, variance=(1.0, 1.0, 1.0), name="subtract_mean")(x)
    x = keras.ops.flip(x, axis=-1)  # to BGR, as the network was trained
    base = keras.applications.ResNet50(include_top=top, weights=None, input_tensor=x)
    mean = layers.GlobalAveragePooling2D(name="features", dtype="float32")
    outputs = base.output if top else mean(base.output)
    return keras.Model(pixels, outputs, name=name)
