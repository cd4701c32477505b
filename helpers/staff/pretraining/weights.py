"""The file of weights: one float16 array for each weight, the category head, and a record of the training."""

import json
import os
from pathlib import Path

import numpy as np


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
    arrays = {
        f"{layer.name}/{weight.name}": weight.numpy() for layer in net.layers for weight in layer.weights
    }
    arrays |= {"tags/kernel": kernel, "tags/bias": bias}
    for key, value in arrays.items():
        if not np.isfinite(value).all() or np.abs(value).max() > np.finfo(np.float16).max:
            raise ValueError(f"{key} holds values that float16 cannot; train again, the training has failed.")
    arrays = {key: value.astype(np.float16) for key, value in arrays.items()}
    part = path.with_name(path.name + ".part")
    with open(part, "wb") as file:
        np.savez_compressed(file, **arrays, **{"tags/names": np.array(names), "record": json.dumps(record)})
    os.replace(part, path)
