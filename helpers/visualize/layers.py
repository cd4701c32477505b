"""The layers of a model at any depth: by name, by path, as objects, and the one that is taken by default."""

from __future__ import annotations

import itertools


def sublayers(model, prefix: str = "") -> dict:
    """List every layer inside a model, at any depth: layer to path, outer layers before those inside them.

    A path is `prefix` and the names from the outside in, joined by "/"; a layer that stands in two places
    keeps the first.
    """
    import keras

    found = {}
    for layer in model._flatten_layers(include_self=False, recursive=False):
        own_graph = layer is getattr(model, "_functional", None)  # what a Sequential makes of its layers
        if isinstance(layer, keras.layers.InputLayer) or own_graph:
            continue
        found.setdefault(layer, prefix + layer.name)
        for inner, path in sublayers(layer, f"{prefix}{layer.name}/").items():
            found.setdefault(inner, path)
    return found


def find_layer(model, layer):
    """Find a layer of a model."""
    paths = sublayers(model)
    if not isinstance(layer, str):
        if layer in paths:
            return layer
        name = getattr(layer, "name", layer)
        raise ValueError(
            f"{name!r} is no layer of the model {model.name!r}. It has: {listed(paths.values())}."
        )
    found = [item for item, path in paths.items() if layer in (path, item.name)]
    exact = [item for item in found if paths[item] == layer]
    if len(found) == 1 or len(exact) == 1:
        return (exact or found)[0]
    if found:
        choices = listed(paths[item] for item in found)
        raise ValueError(f"{len(found)} layers are named {layer!r}. Give the path of one: {choices}.")
    raise ValueError(f"The model {model.name!r} has no layer {layer!r}. It has: {listed(paths.values())}.")


def listed(names, most: int = 60) -> str:
    """Join names with commas; of a long list, the first ones and the number of the others."""
    names = list(names)
    more = f", and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def with_maps(run) -> list:
    """Of the visits of `tapping.visits`, keep those that give feature maps (n, h, w, c).

    What comes before the first layer with weights only prepares pixels, and does not count.
    """
    import keras

    def prepares(visit):
        return not visit.layer.weights or isinstance(visit.layer, keras.layers.Normalization)

    learnt = itertools.dropwhile(prepares, run)
    return [visit for visit in learnt if visit.shape is not None and len(visit.shape) == 4]


def last_maps(model, run):
    """Take the last layer that gives feature maps of more than one pixel: the default for Grad-CAM."""
    maps = [visit.layer for visit in with_maps(run) if visit.shape[1:3] != (1, 1)]
    if not maps:
        shapes = listed(f"{visit.layer.name} {visit.shape}" for visit in run)
        raise ValueError(
            f"No layer of {model.name!r} gives feature maps (n, height, width, channels) of more than one "
            f"pixel, so there is no place to show. Its layers give: {shapes}."
        )
    return maps[-1]
