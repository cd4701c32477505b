"""The file of weights: one float16 array for each weight, the category head, and a record of the training."""

import json
import os
from pathlib import Path

import numpy as np


def named_weights(net) -> dict:
    """Variables of a headless network by ``layer/weight``."""
    return {f"{layer.name}/{weight.name}": weight for layer in net.layers for weight in layer.weights}


def write(path: Path, net, kernel: np.ndarray, bias: np.ndarray, names: list[str], record: dict) -> None:
    """Write the weights whole or not at all.

    Parameters
    ----------
    net : keras.Model
        The headless network.
    kernel, bias, names
        Its category head, (features, k), (k,) and k names.
    record : dict
        How the network was trained; stored as JSON.

    Raises
    ------
    ValueError
        If a weight does not fit in float16.
    """
    arrays = {key: weight.numpy() for key, weight in named_weights(net).items()}
    arrays |= {"tags/kernel": kernel, "tags/bias": bias}
    for key, value in arrays.items():
        if not np.isfinite(value).all() or np.abs(value).max() > np.finfo(np.float16).max:
            raise ValueError(f"{key} holds values that float16 cannot; train again, the training has failed.")
    arrays = {key: value.astype(np.float16) for key, value in arrays.items()}
    part = path.with_name(path.name + ".part")
    with open(part, "wb") as file:
        np.savez_compressed(file, **arrays, **{"tags/names": np.array(names), "record": json.dumps(record)})
    os.replace(part, path)


def read(path: Path, net) -> None:
    """Set the weights of a headless network from a file, in place."""
    with np.load(path) as saved:
        for key, weight in named_weights(net).items():
            weight.assign(saved[key].astype(np.float32))
