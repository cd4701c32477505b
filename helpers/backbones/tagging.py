"""General tags: what a whole network, with its last layer, says about an image."""

from __future__ import annotations

import numpy as np

from helpers.backbones import networks
from helpers.backbones import weights as files
from helpers.backbones.images import check_images


def whole(name: str = "auto", *, weights=None):
    """Load a pretrained network with its last layer, frozen: from pixels to its own categories.

    Parameters
    ----------
    name : {"auto", "resnet50", "mobilenet", "efficientnet_lite0", "mini_resnet"}
        The first three know ImageNet's 1,000 classes, mini_resnet its own few. "auto" takes the best at hand,
        as in `headless`.
    weights : path, optional
        A file of your own, as in `headless`; an .h5 file must hold the top.

    Returns
    -------
    keras.Model
        From RGB pixels 0..255, (n, height, width, 3), to probabilities, float32 (n, k). Attribute
        `categories`: k names. Its layers are those of `headless`, and the last one or few.

    Raises
    ------
    ValueError
        Unknown name, or `weights` without a name.
    helpers.assets.AssetError
        Weights or class names are not at hand, are damaged, or are others.
    """
    name = networks.settle(name, weights, asker="whole", top=True)
    path, origin = networks.find_weights(name, weights, top=True)
    model, categories = (_embedded if name == "mini_resnet" else _imagenet)(name, path)
    model.trainable = False
    model.categories, model.origin = tuple(categories), origin
    return model


def tags(name: str, images, top: int = 5, *, weights=None) -> list[list[tuple[str, float]]]:
    """Name what a network sees in images, in the categories that it was trained on.

    Parameters
    ----------
    name : {"auto", "resnet50", "mobilenet", "efficientnet_lite0", "mini_resnet"}
        The first three know ImageNet's 1,000 classes, mini_resnet its own few. "auto" takes the best at hand,
        as in `headless`.
    images : array_like
        (n, height, width, 3), RGB, 0..255.
    top : int
        How many tags for each image, the most probable first.
    weights : path, optional
        A file of your own, as in `headless`; an .h5 file must hold the top.

    Returns
    -------
    list of list of (str, float)
        For each image (tag, probability). Probabilities of all tags of an image add up to 1.

    Raises
    ------
    ValueError
        Unknown name, wrong images, or `top` below 1.
    helpers.assets.AssetError
        Weights or class names are not at hand, are damaged, or are others.
    """
    images = check_images(images)
    if top < 1:
        raise ValueError(f"top={top} gives no tag. Use 1 or more.")
    model = whole(name, weights=weights)
    probabilities = model.predict(images, batch_size=32, verbose=0)
    order = np.argsort(-probabilities, axis=1)[:, :top]
    return [
        [(model.categories[index], float(row[index])) for index in best]
        for row, best in zip(probabilities, order, strict=True)
    ]


def imagenet_tags(name: str, images, top: int = 5, *, weights=None) -> list[list[tuple[str, float]]]:
    """Name what a network sees in images, in ImageNet's 1,000 classes and no others.

    Parameters
    ----------
    name : {"auto", "resnet50", "mobilenet", "efficientnet_lite0"}
        "auto" takes the best at hand, as in `headless`, but efficientnet_lite0 in place of mini_resnet.
    images, top, weights
        As in `tags`.

    Returns
    -------
    list of list of (str, float)
        As from `tags`.

    Raises
    ------
    ValueError
        As from `tags`; or the network is mini_resnet.
    helpers.assets.AssetError
        As from `tags`.
    """
    asked, name = name, networks.settle(name, weights, asker="imagenet_tags", top=True)
    if name == "mini_resnet" and asked == "auto":
        name = "efficientnet_lite0"
    if name == "mini_resnet":
        raise ValueError(
            "mini_resnet does not know ImageNet's classes. Use backbones.tags for its own categories, or "
            "efficientnet_lite0."
        )
    return tags(name, images, top, weights=weights)


def _embedded(name, path):
    import keras

    kernel, bias, categories = files.read_tags(path)
    base = networks.headless(name, weights=path)
    answer = keras.layers.Dense(len(categories), activation="softmax", name="tags")
    model = keras.Model(base.input, answer(base.output), name=name)
    answer.set_weights([kernel, bias])
    return model, categories


def _imagenet(name, path):
    categories = files.read_class_names()
    model = networks.build(name, top=True)
    files.load(model, path, name)
    return model, categories
