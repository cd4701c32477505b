"""Checks of lesson 7: LeNet-5's table, AlexNet, the rows of a VGG, two counts, two blocks."""

import math

import numpy as np

from helpers.check import compare
from helpers.check.compare import attempt, call, judge, name_of, none_of, passed, require, returned
from helpers.check.compare import with_hints as hinted
from helpers.check.transfer import CALLS

_NAMES = "conv 1, pool 1, conv 2, pool 2, flatten, dense 1, dense 2, dense 3".split(", ")
_SHAPES = (24, 24, 6), (12, 12, 6), (8, 8, 16), (4, 4, 16), (256,), (120,), (84,), (10,)
LENET = dict(zip(_NAMES, zip(_SHAPES, (156, 0, 2_416, 0, 0, 30_840, 10_164, 850), strict=True), strict=True))
_WORDS = "kind", "shape", "parameters", "activation", "window", "rate", "dilation_rate"
_COMPARE = "Compare it with the list: kind, filters, window, strides, padding, groups, activation, dropout."
_ALEXNET = {
    ("parameters", 614_656): "That is the layer without groups=2.",
    ("window", (2, 2)): "The windows of the pooling overlap: 3×3, stride 2.",
    ("activation", "linear"): 'Write the activation into the layer: "relu", and in the last one "softmax".',
    ("kind", "Dense"): "A layer is missing before it: the flattening or a dropout?",
}
WORK = {
    "NoneType": "The batch is None. Begin at shape[1].",
    "attribute 'size'|no len": "Count with math.prod(layer.kernel.shape).",
    "index out of range": "A dense layer has no rows and columns. Take a slice: shape[1:-1] may be empty.",
}
SPLIT = {"evenly divisible": "Conv2D takes the number of filters first, then the window."}
PATHS = {
    r"matching shapes.*\[(\(None, 8, 8, \d+\)(, )?)+\]": "Stack the maps: leave out axis.",
    "matching shapes": "All paths need one height and width: same padding, and strides=1 in the pooling.",
    "incompatible shapes|broadcast": "Concatenate the paths; don't add them.",
    "positional arg|called on a list": "Concatenate takes one list of all paths.",
    "instances of 'tuple'": "three and five are pairs of numbers: three[0] and three[1].",
}
SUMS = {
    "incompatible shapes|broadcast": "Both parts of the sum need the same shape. Is x still the input? Is "
    "padding missing? (DepthwiseConv2D takes the window first, and no number of filters.)",
    "used as a boolean": "conv takes the maps first, then the number of filters. A layer has two pairs of "
    "brackets: layers.ReLU()(x).",
}
STEPS = {"BatchNormalization": "batch norm", "Conv2D": "convolution", "Relu": "ReLU"}
SLIPS = {
    (23, 23, 6): "A 2×2 pooling moves two pixels at a time, so it halves each side.",
    (4, 4, 16): "That is what the second pooling gives. Flattening puts all its numbers into one row.",
    (14, 14, 6): "That is half of 28. What does the first convolution leave?",
    (12, 12, 16): "A 5×5 window without padding takes away two pixels on each side.",
    (10, 10, 16): "That is the published network, which starts from 32×32 pixels. Start from 12×12.",
    (8, 8, 96): "Each filter sums over all 6 maps below, so there are as many maps as filters.",
    416: "A filter of the second layer has 5×5 weights for each of the 6 maps below.",
    2_400: "The 16 biases are missing.",
    30_720: "The 120 biases are missing.",
    48_120: "That is the published network. How many numbers does the flattening give here?",
    21_588: "The numbers that come in are those of dense 1.",
}


def lenet_table(table) -> None:
    """Check LeNet-5's table: a dictionary from layer to (shape, parameters)."""
    for name, right in LENET.items():
        require(name in table, f"The row {name!r} is missing. Leave the names as they were.")
        pair = table[name]
        if compare.dotted(pair):
            told = f"The row {name!r} is still open"
            raise compare.NotWritten(f"{told}. Fill it in, then run both cells again.")
        require(type(pair) is tuple and len(pair) == 2, f"{name}: write (shape, count), in round brackets.")
        shape = tuple(pair[0]) if isinstance(pair[0], list) else pair[0]
        for got in (shape, pair[1]):
            told = f"{name}: {got!r} is not right. Write whole numbers, without quotes, as in row 1."
            kinds = {type(part) for part in (got if isinstance(got, tuple) else (got,))}
            require(kinds <= {int, float, np.int64, type(None)}, told)
        told = f"{name}: {shape!r} is the right number. Write it as a shape, with a comma: ({shape!r},)."
        require((shape,) != right[0], told)
        for got, wanted in zip((shape, pair[1]), right, strict=True):
            hint = SLIPS.get(got, "What comes in, and how many filters or neurons are there, if any?")
            hint = "Leave out the batch." if isinstance(got, tuple) and None in got else hint
            require(got == wanted, f"{name}: {got!r} is not right. {hint}")
    require(list(table) == _NAMES, f"Leave the rows as they were, in this order: {', '.join(_NAMES)}.")
    passed("LeNet-5", f"all {len(LENET)} rows are right, {sum(n for _, n in LENET.values()):,} parameters")


def alexnet_network():
    """Build the network that `alexnet` asks for."""
    from keras import Input, Sequential, layers

    def convolution(filters, size, groups=1):
        return layers.Conv2D(filters, size, padding="same", groups=groups, activation="relu")

    stack = [Input((227, 227, 3)), layers.Conv2D(96, 11, strides=4, activation="relu")]
    stack += [layers.MaxPooling2D(3, strides=2), convolution(256, 5, 2), layers.MaxPooling2D(3, strides=2)]
    stack += [convolution(384, 3), convolution(384, 3, 2), convolution(256, 3, 2)]
    stack += [layers.MaxPooling2D(3, strides=2), layers.Flatten()]
    for _ in range(2):
        stack += [layers.Dense(4096, "relu"), layers.Dropout(0.5)]
    return Sequential([*stack, layers.Dense(1000, "softmax")])


def alexnet(build) -> None:
    """Check a function without arguments that builds AlexNet, layer by layer."""
    import keras

    what = f"{name_of(build)}()"
    with keras.StatelessScope(initialize_variables=False):  # nobody needs the 60 million weights
        model, right = hinted(CALLS | SPLIT, attempt, build), alexnet_network()
    keras.utils.clear_session(free_memory=False)  # else Keras draws them later
    require(isinstance(model, keras.Model), f"{what} returned {returned(model)}, not a model.")
    shape = getattr(model, "input_shape", None)
    told = f"{what} takes {shape or 'no input yet'}. Begin with keras.Input((227, 227, 3))."
    require(shape == right.input_shape, told)
    given = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    for number, pair in enumerate(zip(given, right.layers, strict=False), start=1):
        for word, got, wanted in zip(_WORDS, *map(_described, pair), strict=True):
            told = f"{what}, layer {number} (the input is not counted): {word} {got}."
            require(got == wanted, f"{told} {_ALEXNET.get((word, got), _COMPARE)}")
    require(len(given) == len(right.layers), f"{what} has {len(given)} layers after the input, not 14.")
    passed(build, f"{len(given)} layers, {model.count_params():,} parameters")


def _described(layer):
    """Say of a layer what _WORDS name, one after the other."""
    active = name_of(layer.activation).lower() if hasattr(layer, "activation") else "none"
    more = (getattr(layer, word, "none") for word in ("pool_size", "rate", "dilation_rate"))
    return type(layer).__name__, layer.output.shape[1:], layer.count_params(), active, *more


def vgg_rows(blocks) -> list:
    """List (shape, parameters) of each layer of a VGG: what `vgg` asks for."""
    rows, size, channels = [], 224, 3
    for count, filters in blocks:
        for _ in range(count):
            rows.append(((size, size, filters), (3 * 3 * channels + 1) * filters))
            channels = filters
        size //= 2
        rows.append(((size, size, channels), 0))
    numbers = size * size * channels
    for neurons in (4096, 4096, 1000):
        rows.append(((neurons,), (numbers + 1) * neurons))
        numbers = neurons
    return rows


def vgg(function) -> None:
    """Check a function blocks -> list of (shape, parameters), one pair for each layer."""
    for blocks in ([(1, 8), (2, 24)], [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]):
        what, right, got = f"{name_of(function)}({blocks})", vgg_rows(blocks), call(function, blocks)
        require(isinstance(got, list), f"{what} returned {returned(got)}, not a list of pairs.")
        for number, (pair, wanted) in enumerate(zip(got, right, strict=False), start=1):
            row = f"{what}: row {number}"
            require(pair == wanted, f"{row}, {pair!r}, is not right. {_row_hint(pair, wanted)}")
            require(type(pair[0][0]) is not float, f"{row} has fractions. Halve with // 2.")
        told = f"{what} has {len(got)} rows, not {len(right)}. Each layer but the flattening has one."
        require(len(got) == len(right), told)
    passed(function, f"every row is right; VGG-16 has {sum(n for _, n in right):,} parameters")


def _row_hint(row, right) -> str:
    """Say what to look at in a wrong row of a VGG."""
    if not (isinstance(row, tuple) and len(row) == 2 and isinstance(row[0], tuple)):
        return "A row is a shape and a count in round brackets: ((224, 224, 64), 1792) or ((4096,), n)."
    slips = {
        "A pooling belongs here. It has a row, too, with 0 parameters.": row[1] != right[1] == 0,
        "The shape is right. Count weights and biases: how many maps or numbers come in?": row[0] == right[0],
        "Leave the flattening out.": len(row[0]) == 1 and row[1] == 0,
        "Same padding keeps the size. Only a pooling halves it.": row[0][:1] in ((222,), (111,)),
        "A pair of blocks is (count, filters), in this order.": row[0] == (224, 224, 1),
        "A convolution belongs here. Does each block have count of them?": row[1] == 0 != right[1],
        "Halve height and width before a pooling's row.": (row[0][2:], row[1]) == (right[0][2:], 0),
    }
    other = "Do count and filters come from blocks? After which layer do channels, size and numbers change?"
    return next((hint for hint, slipped in slips.items() if slipped), other)


def places_times_weights(layer) -> int:
    """Count what `layer_work` asks for."""
    return math.prod(layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)


def layer_work(function) -> None:
    """Check a function layer -> multiply-adds, for convolutions and dense layers of a built network."""
    from keras import Input, Sequential, layers

    stack = [layers.Conv2D(6, 3, groups=3), layers.DepthwiseConv2D(2), layers.Flatten(), layers.Dense(5)]
    for layer in filter(lambda one: one.weights, Sequential([Input((6, 5, 6)), *stack]).layers):
        weights, shape = math.prod(layer.kernel.shape), layer.output.shape[1:]
        right, maps = places_times_weights(layer), "Places are rows times columns, without the maps."
        if isinstance(layer, layers.DepthwiseConv2D):
            maps = "Multiply all numbers of its kernel.shape. For the places, leave out the maps."
        slips = [
            (weights, "A convolution uses each weight once for every place of its output."),
            (layer.count_params() * math.prod(shape[:-1]), "A bias isn't multiplied. Take the kernel only."),
            (weights * math.prod(shape), maps),
            (weights * math.prod(layer.input.shape[1:-1]), "Count the output's places, not the input's."),
            (3 * right, "This layer has groups=3. Take the weights from layer.kernel.shape."),
            (2 * right, "A multiply-add is one multiplication with its addition, so it counts once."),
        ]
        what, got = f"{name_of(function)}({type(layer).__name__})", hinted(WORK, attempt, function, layer)
        told = "How many places does layer.output have, and how many weights does layer.kernel have?"
        judge(got, right, what, slips, otherwise=told)
        told = f"{what}: {got} is right, but a float. math.prod gives whole numbers."
        require(not isinstance(got, float), told)
    passed(function, "right for two kinds of convolutions and a dense layer")


def densenet_depth(function) -> None:
    """Check a function blocks -> layers with weights of a DenseNet, batch norm left out."""
    slips = {
        "Each small layer has two convolutions, 1×1 and 3×3.": lambda b: sum(b) + len(b) + 1,
        "There is one transition fewer than there are blocks.": lambda b: 2 * sum(b) + len(b) + 2,
        "The transitions between the blocks have a convolution, too.": lambda b: 2 * sum(b) + 2,
        "Add the first convolution and the dense layer at the end.": lambda b: 2 * sum(b) + len(b) - 1,
        "Count the first convolution and the dense layer: one is missing.": lambda b: 2 * sum(b) + len(b),
        "There may be any number of blocks: use len(blocks).": lambda b: 2 * sum(b) + 5,
    }
    for blocks in ((6, 12, 24, 16), (2, 3)):
        got, what = call(function, blocks), f"{name_of(function)}({blocks})"
        hints = [(slip(blocks), text) for text, slip in slips.items()]
        told = "Go through the text again: what comes first and last, in a block, and between two blocks?"
        judge(got, 2 * sum(blocks) + len(blocks) + 1, what, hints, otherwise=told)
    passed(function, "right in 2 cases")


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
        x, out = _built(function, what, channels, sizes, PATHS)
        got, wanted = _paths(out), _paths(inception_module(x, *sizes))
        missing = next((path for path in wanted if path not in got), ())
        pools = [step for path in got for step in path if step.startswith("MaxPooling2D")]
        skipping = any(path[2:] in got for path in wanted[1:3])
        slips = {
            "Nothing follows the concatenation. A ReLU belongs to each convolution.": "Concatenate" in got[0],
            "The pooling needs a window of 3×3, as in naive_module.": {*pools} - {"MaxPooling2D 3×3"},
            "The 3×3 and the 5×5 read what their 1×1 gives. Not all of yours do.": skipping,
            "The last 1×1 reads what the max pooling gives. Yours reads x.": wanted[3][1:] in got,
            "No path has the max pooling.": not pools,
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
    x, out = _built(function, what, 10, [10], SUMS)
    (got, *others), (wanted, _) = (sorted(_paths(one))[::-1] for one in (out, inverted_block(x, 10)))
    count, right = (keras.Model(x, one).count_params() for one in (out, inverted_block(x, 10)))
    slips = {
        f"The sum has {out.shape[-1]} maps instead of n.": out.shape[-1] != 10,
        "Add the input x at the very end; nothing follows the sum.": others != [()],
        "The depthwise convolution reads the wide maps. Yours reads x.": got[:1] == wanted[3:4],
        "The middle one filters each map by itself: layers.DepthwiseConv2D.": wanted[3] not in got,
        "The first convolution is 1×1 and makes 4 * n maps.": wanted[0] not in got,
        "After the last convolution there is no ReLU.": got == (*wanted, "ReLU"),
        "Batch norm with momentum=0.9 follows each convolution.": got.count("batch norm 0.9") != 3,
        f"On the way there are {', '.join(got)}. Compare them with the list.": got != wanted,
        f"{count:,} parameters are too many. Leave out the biases: batch norm has its own.": count != right,
    }
    none_of(slips, f"{what}:")
    passed(function, f"narrow, wide, narrow, and the input added; {count:,} parameters for 10 maps")


def _built(function, what, channels, sizes, hints):
    """Call a student's block on maps of 8×8, and see that maps of 8×8 come out."""
    import keras

    x = keras.Input((8, 8, channels))
    out = hinted(hints | CALLS, attempt, function, x, *sizes)
    require(isinstance(out, keras.KerasTensor), f"{what} returned {returned(out)}. Return the last maps.")
    larger = len(out.shape) == 4 and (out.shape[1] or 9) > 8  # which no padding or stride can do
    told = "Maps of 8×8 came in. Begin with x." if larger else "Use padding='same' and strides=1."
    require(out.shape[1:3] == (8, 8), f"{what} gives {out.shape[1:]}. {told}")
    return x, out


def _before(tensor):
    """Give the layer that made a tensor, and the tensors that went in."""
    layer, number, _ = tensor._keras_history
    return layer, layer._inbound_nodes[number].input_tensors


def _paths(tensor) -> list[tuple]:
    """List the steps from the input on, for each path that a last sum or concatenation joins."""
    last, before = _before(tensor)
    if hasattr(last, "layers"):
        return [(*_steps(before[0]), *path) for path in _paths(last.outputs[0])]
    if type(last).__name__ == "Concatenate":
        return [path for one in before for path in _paths(one)]
    return [_steps(one) for one in (before if type(last).__name__ == "Add" else [tensor])]


def _steps(tensor) -> tuple:
    """Name the steps from the input to a tensor; a ReLU counts the same inside a layer and as a layer."""
    layer, before = _before(tensor)
    if not before:
        return ()
    if hasattr(layer, "layers"):  # a model in the model
        return *_steps(before[0]), *_steps(layer.outputs[0])
    kind = type(layer).__name__
    size = "×".join(map(str, np.ravel(getattr(layer, "kernel_size", getattr(layer, "pool_size", ())))))
    more = f"to {layer.filters}" if kind == "Conv2D" else getattr(layer, "momentum", "")
    name = " ".join(f"{STEPS.get(kind, kind)} {size} {more}".split())
    active = hasattr(layer, "activation") and name_of(layer.activation).lower() == "relu"
    return (*_steps(before[0]), *([] if kind == "Activation" and active else [name]), *(["ReLU"] * active))
