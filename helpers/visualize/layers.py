"""The layers of a model at any depth: by name, by path, as objects, and the one that is taken by default."""

import itertools

import numpy as np

# Operations on (n, h, w, c) or (n, c, h, w), and those that may lay out the same numbers in other axes.
SPATIAL = ("Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "MaxPool", "AvgPool")
MIXING = ("Reshape", "Einsum", "MatMul", "BatchMatMulV2", "Pack")


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
        told = f"{name!r} is no layer of the model {model.name!r}"
        raise ValueError(f"{told}. It has: {listed(paths.values())}.")
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

    learnt = itertools.dropwhile(prepares, run[:-1])
    return [visit for visit in learnt if visit.is_maps]


def are_maps(images) -> dict:
    """Tell of each tensor by name whether its axes are (n, h, w, c), like those of the images it comes from.

    Rows and columns may come back after a Reshape. None where an operation has mixed the axes.
    """
    import tensorflow as tf

    grids, found = {}, {}  # of each tensor the rows and columns that it may have, and whether it has them
    for op in images.graph.get_operations():
        sources = [source.name for source in op.inputs if source.dtype.is_floating]
        first = sources[0] if sources else None
        last = op.type in SPATIAL and op.get_attr("data_format") == b"NHWC"
        if op.type in SPATIAL and (grids.get(first) == {"moved"} if last else found.get(first)):
            told = "The model takes images with channels first. Put keras.layers.Permute((3, 1, 2)) before it"
            raise ValueError(f"{told} in a Sequential model, and give (n, height, width, channels).")
        for out in op.outputs:
            sides = tuple(out.shape[1:3]) if out.shape.rank == 4 else None
            keeps = op.type not in (*MIXING, "Transpose") and any(map(found.get, sources))
            grid = set().union(*map(grids.get, sources))
            if op.type == "Transpose" and [*np.ravel(tf.get_static_value(op.inputs[1]))[:3]] != [0, 1, 2]:
                grid = {"moved"} if found.get(first) else set()
            elif sides and (last or keeps or out.name == images.name):
                grid = {sides}
            elif sides and op.type == "Reshape" and op.inputs[0].op.type == "Tile":  # UpSampling2D
                whole = [sides[0] % rows + sides[1] % columns for rows, columns in grid - {"moved"}]
                grid = {sides} if 0 in whole else grid
            grids[out.name], found[out.name] = grid, sides in grid if grid else None
    return found


def last_maps(model, run):
    """Take the last layer that gives feature maps of more than one pixel: the default for Grad-CAM."""
    maps = [visit.layer for visit in with_maps(run) if visit.shape[1:3] != (1, 1)]
    if not maps:
        shapes = listed(f"{visit.layer.name} {visit.shape}" for visit in run[:-1])
        raise ValueError(
            f"No layer of {model.name!r} gives feature maps (n, height, width, channels) of more than one "
            f"pixel, so there is no place to show. Name a layer, if one has such axes. They give: {shapes}."
        )
    return maps[-1]
