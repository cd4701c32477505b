"""The layers of a model at any depth: by name, by path, as objects, and the one that is taken by default."""

from __future__ import annotations


def sublayers(model, prefix: str = "") -> dict:
    """List every layer inside a model, at any depth.

    Parameters
    ----------
    prefix : str
        What the paths begin with.

    Returns
    -------
    dict
        Layer to path, outer layers before those inside them. A path is the names from the outside in, joined
        by "/"; a layer that stands in two places keeps the first.
    """
    import keras

    found = {}
    for layer in model._flatten_layers(include_self=False, recursive=False):
        if isinstance(layer, keras.layers.InputLayer) or _is_graph_of(model, layer):
            continue
        found.setdefault(layer, prefix + layer.name)
        for inner, path in sublayers(layer, f"{prefix}{layer.name}/").items():
            found.setdefault(inner, path)
    return found


def _is_graph_of(model, layer):
    """Whether this is the Functional model that a Sequential makes of its own layers."""
    return layer is getattr(model, "_functional", None)


def find_layer(model, layer):
    """Find a layer of a model."""
    paths = sublayers(model)
    if not isinstance(layer, str):
        if layer in paths:
            return layer
        name = getattr(layer, "name", layer)
        raise ValueError(
            f"{name!r} is no layer of the model {model.name!r}. Give one of its own layers, or a name: "
            f"{listed(paths.values())}."
        )
    found = [item for item, path in paths.items() if layer in (path, item.name)]
    exact = [item for item in found if paths[item] == layer]
    if len(found) == 1 or len(exact) == 1:
        return (exact or found)[0]
    if found:
        choices = listed(paths[item] for item in found)
        raise ValueError(f"{len(found)} layers are named {layer!r}. Give the path of one: {choices}.")
    raise ValueError(
        f"The model {model.name!r} has no layer {layer!r}. Its layers are: {listed(paths.values())}."
    )


def listed(names, most: int = 60) -> str:
    """Join names with commas; of a long list, the first ones and the number of the others."""
    names = list(names)
    more = f", and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def with_maps(run) -> list:
    """Of the layers that ran, keep those that give feature maps (n, h, w, c), from the first weights on.

    What comes before the first layer with weights only prepares pixels.

    Parameters
    ----------
    run : list of helpers.visualize.tapping.Visit
    """
    import keras

    learnt = [
        index
        for index, visit in enumerate(run)
        if visit.layer.weights and not isinstance(visit.layer, keras.layers.Normalization)
    ]
    first = learnt[0] if learnt else len(run)
    return [visit for visit in run[first:] if visit.shape is not None and len(visit.shape) == 4]


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
