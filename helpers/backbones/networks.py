"""The networks, built as Keras models of plain Keras layers, and where their weights come from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from helpers import ROOT, assets
from helpers.assets import AssetError
from helpers.backbones.efficientnet import efficientnet_lite0
from helpers.backbones.images import PIXELS

EMBEDDED = ROOT / "data" / "mini_resnet.npz"
IMAGENET_MEAN = (123.68, 116.779, 103.939)  # RGB; what ResNet-50 was trained with, see keras.applications
ALPHA = 0.75  # width of the MobileNet
# ImageNet networks and the asset that holds the whole network; and the names of the classes.
WITH_TOP = {
    "resnet50": "resnet50_top",
    "mobilenet": "mobilenet",
    "efficientnet_lite0": "efficientnet_lite0",
}
BEST_FIRST = ("resnet50", "mobilenet")  # what "auto" looks for
CLASS_NAMES = ROOT / "data" / "imagenet_classes.txt"


class Network(NamedTuple):
    """What is known about a network before it is built."""

    title: str
    size: int  # side of the square it resizes images to, pixels
    features: int
    licence: str  # of the weights


NETWORKS = {
    "resnet50": Network("ResNet-50 trained on ImageNet", 224, 2048, "MIT"),
    "mobilenet": Network("MobileNet (alpha 0.75) trained on ImageNet", 224, 768, "Apache-2.0"),
    "efficientnet_lite0": Network("EfficientNet-Lite0 trained on ImageNet", 192, 1280, "Apache-2.0"),
    "mini_resnet": Network("mini_resnet, the network of this course", 128, 192, "CC BY 4.0"),
}


def headless(name: str = "auto", *, weights=None, trainable: bool = False, size: int | str | None = None):
    """Load a pretrained network without its last layer.

    It is a flat Keras model of plain Keras layers, so a `.keras` file of it opens anywhere. Images of any
    size are stretched to one square (bilinear; reduce photos of more than about 500 pixels before) and scaled
    by its first layers.

    Frozen, all its layers have ``trainable=False``: nothing in it changes, and batch norm runs in inference
    mode, in `fit` and in ``model(images, training=True)`` too. Setting ``trainable = True`` on it ends
    that for all its layers, batch norm included; `unfreeze` keeps batch norm in inference mode.

    Parameters
    ----------
    name : {"auto", "resnet50", "mobilenet", "efficientnet_lite0", "mini_resnet"}
        "auto" takes the best whose weights are on this computer (COURSE_ASSETS or the cache): ResNet-50, else
        MobileNet, else the embedded mini_resnet. It prints which, and why. The weights of efficientnet_lite0
        come with a package of requirements.txt.
    weights : path, optional
        A file of your own: for resnet50 and mobilenet an .h5 file of `keras.applications`, with or without
        top; for mini_resnet an .npz file like the embedded one; for efficientnet_lite0 a .pth file like that
        of its package. "random" leaves the network untrained.
    trainable : bool
        True lets all blocks train, batch norm still in inference mode; see `unfreeze` for some of them.
    size : int or "any", optional
        Side of the square, in pixels; the network's own (`NETWORKS`) when left out. "any" stretches nothing.

    Returns
    -------
    keras.Model
        From RGB pixels 0..255, (n, height, width, 3), any number type, to features, float32 (n, d), d = 2048,
        768, 1280 or 192. Attributes: `origin` ("mirror", "download", "package", "embedded", "own", or
        "random"), `licence` of the weights, `source` (their file). They are not kept in a `.keras` file.

    Raises
    ------
    ValueError
        Unknown name, `weights` without a name, or an impossible size.
    helpers.assets.AssetError
        The weights of the network asked for are not here and cannot be downloaded now (AssetUnavailable), or
        the file is damaged, or holds other weights.

    References
    ----------
    He, Zhang, Ren & Sun, "Deep residual learning for image recognition", 2016. Howard et al., "MobileNets:
    efficient convolutional neural networks for mobile vision applications", 2017. Tan & Le, "EfficientNet:
    rethinking model scaling for convolutional neural networks", 2019.
    """
    from helpers.backbones import freezing
    from helpers.backbones import weights as files

    name, size = settle(name, weights, asker="headless"), _checked(size)
    path, origin = (None, "random") if weights == "random" else find_weights(name, weights)
    model = build(name, size=size)
    if path:
        files.load(model, path, name)
    freezing.set_trainable(model, 0 if trainable else None)
    model.origin, model.source = origin, str(path or "")
    model.licence = {"own": "your own", "random": ""}.get(origin, NETWORKS[name].licence)
    return model


def _checked(size):
    if size in (None, "any") or (isinstance(size, int) and size >= 32):
        return size
    raise ValueError(
        f'size={size!r} is not a valid image size. Use 32 or more pixels, "any", or leave it out.'
    )


def settle(name: str, weights, *, asker: str, top: bool = False) -> str:
    """Turn "auto" into a name, and refuse what is no network, or weights without a name."""
    if name == "auto" and weights is not None:
        raise ValueError(f'weights= needs to know the network. Name it, such as {asker}("mini_resnet", ...).')
    if name == "auto":
        return choose(top=top)
    if name not in NETWORKS:
        raise ValueError(f"There is no network {name!r}. Use one of: auto, {', '.join(NETWORKS)}.")
    return name


def choose(*, top: bool = False) -> str:
    """Name the best network whose weights (with `top`: of the whole network) are at hand, and print why."""
    for name in BEST_FIRST:
        found = _located(name, top)
        if found:
            place = "COURSE_ASSETS" if found.origin == "mirror" else "the cache"
            print(f"Using {NETWORKS[name].title}: its weights are in {place}.")
            return name
    share = "COURSE_ASSETS does not hold" if assets.mirror_dir() else "there is no COURSE_ASSETS with"
    cache = "the cache is not looked at (COURSE_OFFLINE=1)" if assets.offline() else "neither has the cache"
    print(f"Using {NETWORKS['mini_resnet'].title}: {share} the weights of a larger one, and {cache}.")
    return "mini_resnet"


def _located(name, top):
    """Find the weights of an ImageNet network on this computer; a whole one serves for a headless one."""
    return (assets.locate(name) if not top else None) or assets.locate(WITH_TOP[name])


def find_weights(name: str, given=None, *, top: bool = False) -> tuple[Path, str]:
    """Find, or download, the file with the weights of a network: path and origin."""
    if given is not None:
        path = Path(os.fspath(given)).expanduser().absolute()
        if not path.is_file():
            raise AssetError(f"There is no file {path}. Give the path of a file with the weights of {name}.")
        return path, "own"
    if name == "mini_resnet":
        if not EMBEDDED.is_file():
            raise AssetError(
                f"The file {EMBEDDED} is missing. It belongs to the course: "
                "`git checkout data/mini_resnet.npz` brings it back."
            )
        return EMBEDDED, "embedded"
    found = _located(name, top) or assets.fetch(WITH_TOP[name] if top else name)
    return found.paths[0], found.origin


def build(name: str, *, top: bool = False, size: int | str | None = None):
    """Build a network from raw pixels to features, or with `top` to probabilities; weights are random."""
    import keras
    from keras import layers

    size = size or NETWORKS[name].size
    pixels = keras.Input((None, None, 3), name=PIXELS)
    if name == "mini_resnet":
        return _mini_resnet(pixels, size)
    x = pixels if size == "any" else layers.Resizing(size, size, name="resize")(pixels)
    if name == "efficientnet_lite0":
        return keras.Model(pixels, efficientnet_lite0(x, top=top), name=name)
    if name == "resnet50":
        x = layers.Normalization(mean=IMAGENET_MEAN, variance=(1.0, 1.0, 1.0), name="subtract_mean")(x)
        x = keras.ops.flip(x, axis=-1)  # to BGR, as the network was trained
    else:
        x = layers.Rescaling(1 / 127.5, offset=-1, name="rescaling")(x)
    base = plain(name, top=top, input_tensor=x)
    if top:
        return keras.Model(pixels, base.output, name=name)
    return keras.Model(pixels, layers.GlobalAveragePooling2D(name="features")(base.output), name=name)


def plain(name: str, *, top: bool, **options):
    """Build a network as keras.applications does, without preprocessing; weights are random."""
    from keras import applications

    if name == "resnet50":
        return applications.ResNet50(include_top=top, weights=None, **options)
    if not top and "input_tensor" not in options:
        options["input_shape"] = (224, 224, 3)
    return applications.MobileNet(include_top=top, weights=None, alpha=ALPHA, **options)


def _mini_resnet(pixels, size):
    import keras

    from helpers.backbones.mini_resnet import mini_resnet

    def resize_first(layer, *arguments, **options):
        if layer.name == "rescaling" and size != "any":
            arguments = [keras.layers.Resizing(size, size, name="resize")(*arguments)]
        return layer(*arguments, **options)

    fixed = mini_resnet(None if size == "any" else size)
    return keras.models.clone_model(fixed, input_tensors=pixels, call_function=resize_first)
