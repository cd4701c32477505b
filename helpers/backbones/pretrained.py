"""Pretrained networks, with and without their last layer, and what they see in images."""

import numpy as np

from helpers import assets
from helpers.backbones import networks
from helpers.backbones import weights as files
from helpers.backbones.images import check_images
from helpers.backbones.networks import LITE, NETWORKS


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
    categories = files.read_class_names()
    model = _load(name, weights, size, top=True)
    model.trainable = False
    model.categories = tuple(categories)
    return model


def tags(network, images, top: int = 5) -> list[list[tuple[str, float]]]:
    """Name what a network sees in images, in ImageNet's 1,000 classes.

    Parameters
    ----------
    network : str or keras.Model
        A name as in `whole`, or what `whole` gave.
    images : array_like
        (n, height, width, 3), RGB, 0..255.
    top : int
        How many tags for each image, the most probable first.

    Returns
    -------
    list of list of (str, float)
        For each image (tag, probability). Probabilities of all tags of an image add up to 1.
    """
    images = check_images(images)
    if top < 1:
        raise ValueError(f"top={top} gives no tag. Use 1 or more.")
    model = whole(network) if isinstance(network, str) else network
    probabilities = model.predict(images, batch_size=32, verbose=0)
    order = np.argsort(-probabilities, axis=1)[:, :top]
    return [
        [(model.categories[index], float(row[index])) for index in best]
        for row, best in zip(probabilities, order, strict=True)
    ]


def choose(*, top: bool = False) -> str:
    """Name the network that "auto" means now, and print which it is and why."""
    found = files.locate("resnet50", top=top)
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
        path, origin = files.find(name, given, top=top)
        files.load(model, path, name)
    model.origin, model.source = origin, str(path or "")
    model.licence = {"own": "your own", "random": ""}.get(origin, NETWORKS[name].licence)
    return model
