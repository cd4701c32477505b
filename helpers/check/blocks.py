"""Checks of the blocks of lesson 7: an inception module and an inverted residual."""

from helpers.check.compare import attempt, name_of, none_of, passed, require, returned, with_hints
from helpers.check.transfer import CALLS


def inception_module(x, one, three, five, pooled):
    """Build what `inception` asks for."""
    from keras import layers

    def convolution(x, filters, size=1):
        return layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    paths = [convolution(x, one), convolution(convolution(x, three[0]), three[1], 3)]
    paths += [convolution(convolution(x, five[0]), five[1], 5)]
    paths += [convolution(layers.MaxPooling2D(3, strides=1, padding="same")(x), pooled)]
    return layers.Concatenate()(paths)


def inception(function) -> None:
    """Check a function (x, one, three, five, pooled) -> a module whose 3×3 and 5×5 see fewer channels."""
    for channels, sizes in ((192, (64, (96, 128), (16, 32), 32)), (20, (5, (6, 7), (3, 4), 2))):
        what = f"{name_of(function)}(x, {str(sizes)[1:-1]})"
        x, out = _built(function, what, channels, sizes)
        got, wanted = _paths(out), _paths(inception_module(x, *sizes))
        missing = next((path for path in wanted if path not in got), ())
        slips = {
            "No path has the max pooling.": not any("MaxPooling2D 3×3" in path for path in got),
            "The 1×1 comes after the pooling.": any("MaxPooling2D 3×3" in path[1:] for path in got),
            "Each of the six convolutions has a ReLU.": sum(path.count("ReLU") for path in got) < 6,
            f"One path should be: {', '.join(missing)}.": missing,
            f"Four paths are concatenated, not {len(got)}.": len(got) != 4,
        }
        none_of(slips, f"{what}:")
    passed(function, "four paths, reduced and concatenated")


def inverted_block(x, n):
    """Build what `inverted` asks for."""
    from keras import layers

    wide = layers.BatchNormalization(momentum=0.9)(layers.Conv2D(4 * n, 1, use_bias=False)(x))
    wide = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(layers.ReLU()(wide))
    wide = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(wide))
    return layers.BatchNormalization(momentum=0.9)(layers.Conv2D(n, 1, use_bias=False)(wide)) + x


def inverted(function) -> None:
    """Check a function (x, n) -> an inverted residual: widen, filter each map, narrow, add the input."""
    import keras

    what = f"{name_of(function)}(x, 10)"
    x, out = _built(function, what, 10, [10])
    (got, *others), (wanted, _) = (sorted(_paths(one))[::-1] for one in (out, inverted_block(x, 10)))
    count, right = (keras.Model(x, one).count_params() for one in (out, inverted_block(x, 10)))
    slips = {
        f"The sum has {out.shape[-1]} maps instead of n.": out.shape[-1] != 10,
        "Add the input x at the very end.": others != [()],
        "The middle one filters each map by itself: layers.DepthwiseConv2D.": wanted[3] not in got,
        "The first 1×1 convolution makes 4 * n maps.": wanted[0] not in got,
        "After the last convolution there is no ReLU.": got == (*wanted, "ReLU"),
        "Batch norm with momentum=0.9 follows each convolution.": got.count("batch norm 0.9") != 3,
        f"On the way there are {', '.join(got)}. Compare them with the list.": got != wanted,
        f"{count:,} parameters are too many. Leave out the biases: batch norm has its own.": count != right,
    }
    none_of(slips, f"{what}:")
    passed(function, f"narrow, wide, narrow, and the input added; {count:,} parameters for 10 maps")


NAMES = {"BatchNormalization": "batch norm", "Conv2D": "convolution", "Relu": "ReLU"}


def _built(function, what, channels, sizes):
    """Call a student's block on maps of 8×8, and see that maps of 8×8 come out."""
    import keras

    x = keras.Input((8, 8, channels))
    out = with_hints(CALLS, attempt, function, x, *sizes)
    require(isinstance(out, keras.KerasTensor), f"{what} returned {returned(out)}. Return the last maps.")
    require(out.shape[1:3] == (8, 8), f"{what} gives {out.shape[1:]}. Use padding='same' and strides=1.")
    return x, out


def _before(tensor):
    """Give the layer that made a tensor, and the tensors that went in."""
    layer, number, _ = tensor._keras_history
    return layer, layer._inbound_nodes[number].input_tensors


def _paths(tensor) -> list[tuple]:
    """List the steps from the input on, for each path that a last sum or concatenation joins."""
    last, before = _before(tensor)
    return [_steps(one) for one in (before if type(last).__name__ in ("Add", "Concatenate") else [tensor])]


def _steps(tensor) -> tuple:
    """Name the steps from the input to a tensor; a ReLU counts the same inside a layer and as a layer."""
    layer, before = _before(tensor)
    if not before:
        return ()
    kind = type(layer).__name__
    size = "×".join(map(str, getattr(layer, "kernel_size", getattr(layer, "pool_size", ()))))
    more = f"to {layer.filters}" if kind == "Conv2D" else getattr(layer, "momentum", "")
    name = " ".join(f"{NAMES.get(kind, kind)} {size} {more}".split())
    active = getattr(getattr(layer, "activation", None), "__name__", "") == "relu"
    return (*_steps(before[0]), *([] if kind == "Activation" and active else [name]), *(["ReLU"] * active))
