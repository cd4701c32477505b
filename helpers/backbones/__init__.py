"""Headless pretrained networks: from raw pixels to features.

`headless` gives a network without its last layer, preprocessing inside; `whole` one with its last layer;
`hub_layer` makes a Keras layer of a TensorFlow Hub module.

Nothing here imports TensorFlow or downloads a file before it is called. Wrong arguments are a ValueError, and
weights that are not here, damaged or others an AssetError, each in one sentence with the cure.
"""

import sys

from helpers.backbones.networks import NETWORKS
from helpers.backbones.pretrained import headless, whole


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
    """
    from helpers.backbones.hub import HubLayer

    return HubLayer(handle, trainable=trainable)


if "keras" in sys.modules:  # so that a file with a HubLayer in it can be read
    from helpers.backbones import hub as _hub
