"""What decides, apart from its weights, what a Keras model computes: its configuration, as text."""

import json

import numpy as np


def model_text(model) -> str | None:
    """Write what a model computes; None if a part of it is not Keras's own, or has no configuration.

    Nobody can tell what other code computes, nor when that has changed.
    """
    import keras

    layers = [model, *model._flatten_layers(include_self=False)]
    held = [item for layer in layers for item in vars(layer).items() if item[0] != "loss"]  # of training only
    code = [*map(type, layers), *(value for _, value in held if callable(value))]
    if not all(str(getattr(value, "__module__", "")).startswith("keras.") for value in code):
        return None
    # Of a Normalization that was adapted, TensorFlow compiles these in as constants.
    scales = [layer for layer in layers if type(layer).__name__ == "Normalization"]
    scales = [np.asarray(part).tolist() for layer in scales for part in (layer.mean, layer.variance)]
    bare = [vars(layer) for layer in layers if vars(layer).get("activation", "") is None]
    try:
        for attributes in bare:
            attributes["activation"] = keras.activations.linear  # the same, and Keras knows how to write it
        return json.dumps([model.get_config(), scales], sort_keys=True, default=str)
    except (NotImplementedError, TypeError):
        return None
    finally:
        for attributes in bare:
            attributes["activation"] = None
