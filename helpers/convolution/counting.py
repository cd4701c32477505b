"""What a Keras model costs: the multiplications of its layers, and how many layers follow one another."""

import numpy as np


def longest_path(model, kinds=None) -> int:
    """Count the layers on the longest path, without the input; with `kinds`, only those of these classes."""
    longest = {}
    for layer in model.operations:  # in the order of the calls
        before = [one._keras_history.operation.name for one in layer._inbound_nodes[0].input_tensors]
        counted = isinstance(layer, kinds) if kinds else bool(before)
        longest[layer.name] = max((longest[name] for name in before), default=0) + counted
    return max(longest.values())


def multiply_adds(model, input_shape=None) -> dict[str, int]:
    """Count the multiplications that each layer needs for one image; each product also joins a sum.

    What counts are the weights of convolutions and dense layers, once at each place, padded zeros included.
    Biases, pooling, normalisation, activations and sums are 0, as in most papers. What a model computes
    outside its layers, as with `keras.ops.matmul`, is not seen.

    Parameters
    ----------
    model : keras.Model or keras.Layer
        Layers of models inside it count too, and a layer counts each time that it is called.
    input_shape : tuple of int, optional
        (H, W, C) of the image. It can be left out where the model says its own.

    Returns
    -------
    dict of str to int
        From the name of each layer, "model/layer" for one inside another, in the order of the calls.

    Raises
    ------
    ValueError
        If the size of the image is not known, or a layer multiplies in a way that is not counted here.
    """
    import keras
    import tensorflow as tf

    calls, names, call = [], [], keras.layers.Layer.__call__

    def noted(layer, *args, **kwargs):
        names.append(layer.name)
        record = [layer, "/".join(names[1:]) or layer.name, args[0] if args else None]
        calls.append(record)  # before those of the layers inside
        shape = _known_shape(layer, args)
        record.append(tf.zeros(shape) if shape else call(layer, *args, **kwargs))
        names.pop()
        return record[-1]

    def run(given):
        calls.clear()  # TensorFlow may run this twice
        return model(given)

    own = [one.shape[1:] for one in getattr(model, "inputs", None) or []]
    if input_shape is None and (not own or None in sum(own, ())):
        told = f"{model.name} does not say the size of its input"
        raise ValueError(f"{told}. Give input_shape, such as (224, 224, 3).")
    given = model.inputs if input_shape is None else [keras.KerasTensor((None, *input_shape))]
    given = [tf.TensorSpec((1, *one.shape[1:]), one.dtype) for one in given]
    keras.layers.Layer.__call__ = noted
    try:
        tf.function(run, autograph=False).get_concrete_function(given if len(given) > 1 else given[0])
    finally:
        keras.layers.Layer.__call__ = call
    found = {}
    for layer, path, given, out in calls:
        products = _products(layer, given, out)
        if products or not layer._flatten_layers(include_self=False):
            found[path] = found.get(path, 0) + products
    return found


def _known_shape(layer, given):
    """Give the shape of the output where a layer is built and of a common kind: nothing need be computed."""
    from keras import layers as known

    common = known.Conv2D, known.DepthwiseConv2D, known.SeparableConv2D, known.BatchNormalization, known.ReLU
    if not (given and layer.built and type(layer) in common):
        return None
    return layer.compute_output_shape(tuple(given[0].shape))


def _products(layer, given, out):
    """Count the multiplications in one call of a layer itself; what is not known here is a ValueError."""
    from keras import layers as known

    inner = {id(weight) for one in layer._flatten_layers(include_self=False) for weight in one.weights}
    kernels = [w.shape for w in layer.weights if id(w) not in inner and len(w.shape) > 1]  # no biases
    spread = known.Conv1DTranspose, known.Conv2DTranspose, known.Conv3DTranspose
    gathered = known.Conv1D, known.Conv2D, known.Conv3D, known.DepthwiseConv1D, known.DepthwiseConv2D
    gathered += known.SeparableConv1D, known.SeparableConv2D, known.Dense
    free = known.LayerNormalization, known.Normalization, known.PReLU, known.Embedding
    unseen = known.Wrapper, known.RNN, known.Dot, known.Attention, known.AdditiveAttention
    if isinstance(layer, unseen) or (kernels and not isinstance(layer, spread + gathered + free)):
        told = f"{layer.name} is of the kind {type(layer).__name__}, whose multiplications are not counted"
        raise ValueError(f"{told} here. Count them by hand.")
    sides = (given if isinstance(layer, spread) else out).shape if kernels else ()
    first = getattr(layer, "data_format", None) == "channels_first"
    places = np.prod(sides[2:] if first else sides[1:-1], dtype=int)
    return 0 if isinstance(layer, free) else int(places * sum(np.prod(kernel) for kernel in kernels))
