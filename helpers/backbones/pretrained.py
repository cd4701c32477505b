"""Pretrained networks, with and without their last layer, and the files of their weights."""

from pathlib import Path

import numpy as np

from helpers import ROOT, assets
from helpers.assets import AssetError, AssetUnavailable, Found
from helpers.backbones import efficientnet, networks
from helpers.backbones.networks import LITE, NETWORKS

CLASS_NAMES = ROOT / "data" / "imagenet_classes.txt"
TOPS = {"predictions", "fc1000"}  # layers that a headless network leaves out


def headless(name: str = "auto", *, weights=None, trainable: bool = False, size: int | str | None = None):
    """Load a pretrained network without its last layer.

    It is a flat Keras model of plain Keras layers, so a `.keras` file of it opens anywhere. Images of any
    size are stretched to one square (bilinear; reduce photos of more than about 500 pixels before) and scaled
    by its first layers.

    Frozen, all its layers have ``trainable=False``: nothing in it changes, and batch norm runs in inference
    mode, in `fit` and in ``model(images, training=True)`` too. Setting ``trainable = True`` on it ends
    that for all its layers, batch norm included.

    Parameters
    ----------
    name : {"auto", "resnet50", "efficientnet_lite0"}
        "auto" takes ResNet-50 if its weights are on this computer already (COURSE_ASSETS or the cache), else
        EfficientNet-Lite0, whose weights come with a package of requirements.txt. It prints which, and why.
        "resnet50" downloads its weights where there is a network.
    weights : path, optional
        A file of your own: for resnet50 an .h5 file of `keras.applications`, with or without top; for
        efficientnet_lite0 a .pth file like that of its package. "random" leaves the network untrained.
    trainable : bool
        True lets all layers train but batch norm, which stays in inference mode.
    size : int or "any", optional
        Side of the square, in pixels; the network's own (`NETWORKS`) when left out. "any" stretches nothing.

    Returns
    -------
    keras.Model
        From RGB pixels 0..255, (n, height, width, 3), any number type, to features, float32 (n, d): d = 2048
        for ResNet-50, 1280 for EfficientNet-Lite0. Attributes: `origin` ("mirror", "download", "package",
        "own" or "random"), `licence` of the weights, `source` (their file); no `.keras` file keeps them.

    References
    ----------
    He, Zhang, Ren & Sun, "Deep residual learning for image recognition", 2016. Tan & Le, "EfficientNet:
    rethinking model scaling for convolutional neural networks", 2019.
    """
    import keras

    model = _load(name, weights, size, top=False)
    model.trainable = trainable
    for layer in model.layers:
        if trainable and isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return model


def whole(name: str = "auto", *, weights=None, size: int | str | None = None):
    """Load a pretrained network with its last layer, frozen: from pixels to ImageNet's 1,000 classes.

    Parameters and attributes are those of `headless`; an .h5 file must hold the top.

    Returns
    -------
    keras.Model
        From RGB pixels 0..255, (n, height, width, 3), to probabilities, float32 (n, 1000). Attribute
        `categories`: the 1,000 names. Its layers are those of `headless`, and the last one or two.
    """
    categories = read_class_names()
    model = _load(name, weights, size, top=True)
    model.trainable = False
    model.categories = tuple(categories)
    return model


def choose(*, top: bool = False) -> str:
    """Name the network that "auto" means now, and print which it is and why."""
    found = locate("resnet50", top=top)
    if found:
        place = "COURSE_ASSETS" if found.origin == "mirror" else "the cache"
        print(f"Using {NETWORKS['resnet50'].title}: its weights are in {place}.")
        return "resnet50"
    where = "neither in COURSE_ASSETS nor in the cache" if assets.mirror_dir() else "not in the cache"
    more = "COURSE_OFFLINE=1 forbids to load them" if assets.offline() else '"resnet50" downloads them'
    print(f"Using {NETWORKS[LITE].title}, because the weights of ResNet-50 are {where}; {more}.")
    return LITE


def _load(name, given, size, *, top):
    if name == "auto" and given is not None:
        raise ValueError('weights= needs to know the network. Name it, such as headless("resnet50", ...).')
    if name == "auto":
        name = choose(top=top)
    if name not in NETWORKS:
        raise ValueError(f"There is no network {name!r}. Use one of: auto, {', '.join(NETWORKS)}.")
    model = networks.build(name, top=top, size=size)
    path, origin = None, "random"
    if not (isinstance(given, str) and given == "random"):
        path, origin = find(name, given, top=top)
        load(model, path, name)
    model.origin, model.source = origin, str(path or "")
    model.licence = {"own": "your own", "random": ""}.get(origin, NETWORKS[name].licence)
    return model


def locate(name: str, *, top: bool = False) -> Found | None:
    """Find the weights of a network on this computer; those of the whole network serve for a headless one."""
    return (None if top else assets.locate(name)) or assets.locate(NETWORKS[name].whole)


def find(name: str, given=None, *, top: bool = False) -> tuple[Path, str]:
    """Find the file with the weights of a network, or download it: path and origin."""
    if given is not None:
        path = assets.full_path(given)
        if not path.is_file():
            raise AssetError(f"There is no file {path}. Give the path of a file with the weights of {name}.")
        return path, "own"
    try:
        found = locate(name, top=top) or assets.fetch(NETWORKS[name].whole if top else name)
    except AssetUnavailable as error:
        raise AssetUnavailable(
            error.what, error.reason, instead='Or use "efficientnet_lite0", which is in every installation.'
        ) from error
    return found.paths[0], found.origin


def load(model, path: Path, name: str) -> None:
    """Put the weights of a file into a network that `networks.build` made.

    Every weight of the model must be in the file, with its shape; the file may hold a top besides, and no
    other layer. The model is not changed if something is wrong.
    """
    stored = _read(path, name)
    layers = {layer.name: layer for layer in model.layers if layer.weights}
    for layer in layers.values():
        if flaw := _mismatch(layer, stored.get(layer.name)):
            raise _misfit(path, name, flaw)
    if extra := sorted(set(stored) - set(layers) - TOPS):
        raise _misfit(path, name, f"it has a layer {extra[0]!r} that this network does not have")
    for layer in layers.values():
        layer.set_weights(stored[layer.name])


def read_class_names() -> list[str]:
    """Read the names of ImageNet's 1,000 classes, in the order of a network's outputs."""
    try:
        names = CLASS_NAMES.read_text(encoding="utf-8").splitlines()
        reason = f"it has {len(names)} lines"
    except (OSError, ValueError) as error:
        names, reason = [], getattr(error, "strerror", None) or "it is not text in UTF-8"
    if len(names) != 1000:
        told = f"{CLASS_NAMES} does not hold ImageNet's 1,000 class names ({reason})"
        raise AssetError(f"{told}. `git checkout data/imagenet_classes.txt` brings it back.")
    return names


def _misfit(path, name, flaw) -> AssetError:
    told = f"{path} does not hold the weights of {NETWORKS[name].title}: {flaw}"
    return AssetError(f"{told}. Replace it by a good copy, or give another file or name.")


def _read(path, name) -> dict[str, list[np.ndarray]]:
    """Read a file: layer name -> its weights in the order of Keras."""
    try:
        return efficientnet.arrays(path) if name == "efficientnet_lite0" else _read_h5(path)
    except (OSError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise _misfit(path, name, f"it cannot be read ({reason})") from error
    except KeyError as error:
        raise _misfit(path, name, "it has another layout, or is of another network") from error
    except ValueError as error:
        raise _misfit(path, name, str(error)) from error


def _read_h5(path):
    """Read the .h5 layout of Keras 1 and 2, which keras.applications still downloads."""
    import h5py

    with h5py.File(path) as file:
        root = file.get("model_weights", file)
        names = [_text(name) for name in root.attrs["layer_names"]]
        keys = {name: [_text(key) for key in root[name].attrs["weight_names"]] for name in names}
        return {name: [root[name][key][()] for key in keys[name]] for name in names if keys[name]}


def _text(name):
    return name.decode() if isinstance(name, bytes) else str(name)


def _mismatch(layer, arrays):
    """Say why stored arrays do not fit a layer, or ""."""
    if arrays is None:
        return f"the layer {layer.name!r} is missing"
    if len(arrays) != len(layer.weights):
        wanted = ", ".join(weight.name for weight in layer.weights)
        return f"the layer {layer.name!r} has {len(arrays)} weights instead of {wanted}"
    for weight, array in zip(layer.weights, arrays, strict=True):
        if array.shape != tuple(weight.shape):
            return f"{layer.name}/{weight.name} has the shape {array.shape} instead of {tuple(weight.shape)}"
        if not np.isfinite(array).all():
            return f"{layer.name}/{weight.name} holds NaN or infinite values"
    return ""
