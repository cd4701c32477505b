"""Files of random weights in the layouts that are published, written without the code that reads them."""

import numpy as np


def shuffle_weights(model, seed=0):
    """Give a model weights that all matter: no batch norm keeps a mean of 0 or a variance of 1."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        values = []
        for weight in layer.weights:
            shape, name = tuple(weight.shape), weight.name
            if name in ("gamma", "moving_variance"):
                values.append(rng.uniform(0.5, 1.5, shape))
            elif name in ("beta", "moving_mean", "bias"):
                values.append(rng.normal(0, 0.1, shape))
            else:
                depthwise = shape[-1] == 1
                inputs = np.prod(shape[:2] if depthwise else shape[:-1])
                values.append(rng.normal(0, np.sqrt(2 / inputs), shape))
        layer.set_weights([value.astype("float16").astype("float32") for value in values])
    return model


def write_legacy_h5(path, model):
    """Write the .h5 layout of keras.applications: groups by layer, names in attributes."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, layer.get_weights(), strict=True):
                group[name] = value
    return path
