"""Read files of weights and put them into networks, layer by layer, or say what does not fit."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from helpers.assets import AssetError
from helpers.backbones import efficientnet, networks

TOPS = {"predictions", "conv_preds", "fc1000"}  # layers that a headless network leaves out
BESIDE = {"tags", "record"}  # what else the .npz file of mini_resnet holds


def load(model, path: Path, name: str) -> None:
    """Put the weights of a file into a network that `networks.build` made.

    Every weight of the model must be in the file, with its shape; the file may hold a top besides, and no
    other layer. The model is not changed if something is wrong.

    Raises
    ------
    helpers.assets.AssetError
        The file is damaged, or its weights are of another network.
    """
    stored = read(path, name)
    layers = {layer.name: layer for layer in model.layers if layer.weights}
    for layer in layers.values():
        if flaw := _mismatch(layer, stored.get(layer.name)):
            raise misfit(path, name, flaw)
    if extra := sorted(set(stored) - set(layers) - TOPS):
        raise misfit(path, name, f"it has a layer {extra[0]!r} that this network does not have")
    for layer in layers.values():
        layer.set_weights(_in_order(layer, stored[layer.name]))


def read(path: Path, name: str) -> dict:
    """Read a file: layer name -> its weights, a list in the order of Keras or a dict by name."""
    try:
        if name == "mini_resnet":
            return _read_npz(path)
        if name == "efficientnet_lite0":
            return _read_pth(path, name)
        return _read_legacy(path) if _is_legacy(path) else _read_keras3(path, name)
    except AssetError:
        raise
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise misfit(path, name, f"it cannot be read ({reason})") from error
    except (KeyError, ValueError) as error:
        raise misfit(path, name, "it has another layout, or is of another network") from error


def read_tags(path: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Read the categories of an .npz file: kernel (d, k), bias (k,), and k names."""
    what = "mini_resnet"
    try:
        with np.load(path) as file:
            kernel, bias, names = (file[f"tags/{part}"] for part in ("kernel", "bias", "names"))
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, ValueError) as error:
        raise misfit(path, what, f"it cannot be read ({error})") from error
    except KeyError as error:
        raise misfit(path, what, "it has no categories (tags/kernel, tags/bias, tags/names)") from error
    if kernel.shape != (networks.NETWORKS[what].features, len(names)) or bias.shape != names.shape:
        raise misfit(path, what, f"its categories have shapes {kernel.shape}, {bias.shape}, {names.shape}")
    return kernel.astype("float32"), bias.astype("float32"), [str(one) for one in names]


def read_class_names() -> list[str]:
    """Read the names of ImageNet's 1,000 classes, in the order of a network's outputs."""
    try:
        names = networks.CLASS_NAMES.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        names, reason = [], error.strerror
    except ValueError:
        names, reason = [], "it is not text in UTF-8"
    else:
        reason = f"it has {len(names)} lines"
    if len(names) != 1000:
        raise AssetError(
            f"{networks.CLASS_NAMES} does not hold ImageNet's 1,000 class names ({reason}). "
            "`git checkout data/imagenet_classes.txt` brings it back."
        )
    return names


def misfit(path: Path, name: str, flaw: str) -> AssetError:
    """Say that a file does not hold the weights it should."""
    cure = (
        "`git checkout data/mini_resnet.npz` brings the file of the course back."
        if path == networks.EMBEDDED
        else "Replace it by a good copy, or give another file or name."
    )
    return AssetError(f"{path} does not hold the weights of {networks.NETWORKS[name].title}: {flaw}. {cure}")


def _read_npz(path):
    if not zipfile.is_zipfile(path):
        raise OSError("cut off, or no .npz file at all")
    stored: dict = {}
    with np.load(path) as file:  # without pickles: no code is run
        for key in file.files:
            layer, _, weight = key.partition("/")
            if layer not in BESIDE:
                stored.setdefault(layer, {})[weight] = file[key]
    return stored


def _read_pth(path, name):
    try:
        return efficientnet.arrays(path)
    except ValueError as error:
        raise misfit(path, name, str(error)) from error


def _is_legacy(path):
    import h5py

    with h5py.File(path) as file:
        return "layer_names" in file.attrs or "model_weights" in file


def _read_legacy(path):
    """Read the .h5 layout of Keras 1 and 2, which keras.applications still downloads."""
    import h5py

    with h5py.File(path) as file:
        root = file.get("model_weights", file)
        names = [_text(name) for name in root.attrs["layer_names"]]
        layers = {
            name: [root[name][_text(key)][()] for key in root[name].attrs["weight_names"]] for name in names
        }
    return {name: arrays for name, arrays in layers.items() if arrays}


def _text(name):
    return name.decode() if isinstance(name, bytes) else str(name)


def _read_keras3(path, name):
    """Read a .weights.h5 file of keras.applications' own network, with or without top."""
    failure = None
    for top in (True, False):
        network = networks.plain(name, top=top)
        try:
            network.load_weights(path)
            return {layer.name: layer.get_weights() for layer in network.layers if layer.weights}
        except (KeyError, ValueError) as error:
            failure = failure or error
    raise ValueError("neither with nor without top") from failure


def _in_order(layer, arrays):
    return [arrays[weight.name] for weight in layer.weights] if isinstance(arrays, dict) else arrays


def _mismatch(layer, arrays):
    """Say why stored arrays do not fit a layer, or ""."""
    if arrays is None:
        return f"the layer {layer.name!r} is missing"
    wanted = {weight.name: tuple(weight.shape) for weight in layer.weights}
    if (isinstance(arrays, dict) and set(arrays) != set(wanted)) or len(arrays) != len(wanted):
        held = f" ({', '.join(arrays)})" if isinstance(arrays, dict) else ""
        return f"the layer {layer.name!r} has {len(arrays)} weights{held} instead of {', '.join(wanted)}"
    for (weight, shape), array in zip(wanted.items(), _in_order(layer, arrays), strict=True):
        if array.shape != shape:
            return f"{layer.name}/{weight} has the shape {array.shape} instead of {shape}"
        if not np.isfinite(array).all():
            return f"{layer.name}/{weight} holds NaN or infinite values"
    return ""
