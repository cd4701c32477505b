"""Files of weights: where they are, and how they get into a network, layer by layer."""

from pathlib import Path

import numpy as np

from helpers import ROOT, assets
from helpers.assets import AssetError, AssetUnavailable, Found
from helpers.backbones import efficientnet
from helpers.backbones.networks import NETWORKS

CLASS_NAMES = ROOT / "data" / "imagenet_classes.txt"
TOPS = {"predictions", "fc1000"}  # layers that a headless network leaves out


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
