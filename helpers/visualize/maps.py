"""What layers give: feature maps."""

from helpers.visualize.inputs import check_images
from helpers.visualize.layers import find_layer, sublayers, with_maps
from helpers.visualize.scoring import batches, compiled_on
from helpers.visualize.tapping import outputs, visits


def feature_maps(model, images, layers=None):
    """Collect what layers give for images.

    Parameters
    ----------
    layers : str, keras.Layer, or sequence of them, optional
        Names, paths such as "base/stem_conv", or layers, at any depth. When left out, every layer
        that gives feature maps, from the first with weights on. Of a layer that runs twice, the last time.

    Returns
    -------
    ndarray or dict
        For one layer its output, float32, mostly (n, h, w, channels). For several, or none given, a dict
        from name to output in the order asked for, or in which they run; where two layers share a name, from
        path.
    """
    images = check_images(model, images)
    one = isinstance(layers, str) or hasattr(layers, "call")
    visited = visits(model, images.shape[1:])
    if layers is None:
        found = [visit.layer for visit in with_maps(visited)]
        chosen = [layer for layer in dict.fromkeys(found) if not sublayers(layer)]
    else:
        chosen = [find_layer(model, layer) for layer in ([layers] if one else layers)]
    shapes = {visit.layer: visit.shape for visit in visited}
    for layer in chosen:
        if shapes.get(layer) is None:
            what = "gives more than one array" if layer in shapes else "does not run when the model is called"
            raise ValueError(f"The layer {layer.name!r} of {model.name!r} {what}. Choose another.")
    if not chosen:
        raise ValueError(f"No layer of {model.name!r} gives feature maps. Name the layers to look at.")
    paths = tuple(sublayers(model)[layer] for layer in chosen)
    arrays = batches(compiled_on(model, images.shape[1:], _maps, paths), images)
    names = [layer.name for layer in chosen]
    keys = [path if names.count(name) > 1 else name for name, path in zip(names, paths, strict=True)]
    return arrays[0] if one else dict(zip(keys, arrays, strict=True))


def _maps(model, images, paths):
    """Outputs of some layers; inside a compiled function."""
    import tensorflow as tf

    found = outputs(model, [find_layer(model, path) for path in paths], images)
    return [tf.cast(out, tf.float32) for out in found]
