"""Headless pretrained networks: from raw pixels to features.

`headless` gives a network without its last layer, preprocessing inside; `features` runs it once over a data
set and keeps the result; `whole` gives a network with its last layer, and `tags` asks it what it sees
(`imagenet_tags`: in ImageNet's classes only); `unfreeze` lets the last blocks train again; `hub_layer` makes
a Keras layer of a TensorFlow Hub module.

Nothing here imports TensorFlow or downloads a file before it is called.
"""

import sys

from helpers.backbones.freezing import Block, blocks, unfreeze
from helpers.backbones.images import check_images
from helpers.backbones.networks import NETWORKS, Network, headless
from helpers.backbones.scratch import scratch_cnn
from helpers.backbones.stored import features
from helpers.backbones.tagging import imagenet_tags, tags, whole

__all__ = [
    "NETWORKS",
    "Block",
    "HubLayer",
    "Network",
    "blocks",
    "check_images",
    "features",
    "headless",
    "hub_layer",
    "imagenet_tags",
    "scratch_cnn",
    "tags",
    "unfreeze",
    "whole",
]


def hub_layer(handle, *, trainable=False):
    """Make a Keras layer of a TensorFlow Hub module, a Kaggle model or a SavedModel on this computer.

    Works in Sequential and Functional models, with any Keras 3 optimizer, and in `.keras` files. A file names
    its module; reading the file loads that module again, and then puts the trained weights in. A SavedModel
    is a program: load those of people you trust.

    Parameters
    ----------
    handle : str or path
        A folder with a SavedModel, an address (``https://tfhub.dev/...``,
        ``https://www.kaggle.com/models/...`` or a .tar.gz), or a Kaggle handle
        ``owner/model/tensorFlow2/variation/version``. `tensorflow_hub` finds it, and keeps what it downloads
        where TFHUB_CACHE_DIR says.
    trainable : bool
        Whether its weights train. If not, it runs in inference mode, whatever the caller does.

    Returns
    -------
    HubLayer
        A `keras.Layer`. What it takes and gives is up to the module: strings (n,), as tf.constant([...]), or
        images, often 0..1, to float32 (n, d).

    Raises
    ------
    helpers.assets.AssetError
        The module is not there, cannot be downloaded, or is no SavedModel that can be called.
    ValueError
        `trainable` is asked of a module that has nothing to train.
    """
    from helpers.backbones.hub import HubLayer

    return HubLayer(handle, trainable=trainable)


def __getattr__(name):
    """Give `HubLayer`, which imports Keras, only to those who ask for it."""
    if name == "HubLayer":
        from helpers.backbones.hub import HubLayer

        return HubLayer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if "keras" in sys.modules:  # so that a file with a HubLayer in it can be read
    from helpers.backbones import hub as _hub  # noqa: F401
