"""Checks of lesson 7: LeNet-5's table, AlexNet, the rows of a VGG, two counts."""

import math

from helpers.check.compare import NotWritten, attempt, call, judge, name_of, passed, require, returned
from helpers.check.compare import with_hints as hinted
from helpers.check.transfer import CALLS

_NAMES = "conv 1, pool 1, conv 2, pool 2, flatten, dense 1, dense 2, dense 3".split(", ")
_SHAPES = (24, 24, 6), (12, 12, 6), (8, 8, 16), (4, 4, 16), (256,), (120,), (84,), (10,)
LENET = dict(zip(_NAMES, zip(_SHAPES, (156, 0, 2_416, 0, 0, 30_840, 10_164, 850), strict=True), strict=True))
_WORDS = "kind", "shape", "parameters", "activation", "window"
_COMPARE = "Compare it with the list: kind, filters, window, strides, padding, groups, activation."
_ALEXNET = {
    ("parameters", 614_656): "That is the layer without groups=2.",
    ("window", (2, 2)): "The windows of the pooling overlap: 3×3, stride 2.",
    ("activation", "linear"): 'Write the activation into the layer, as in activation="relu".',
    ("kind", "Dense"): "Is a dropout missing before it?",
}
SLIPS = {
    (14, 14, 6): "That is half of 28. What does the first convolution leave?",
    (12, 12, 16): "A 5×5 window without padding takes away two pixels on each side.",
    (10, 10, 16): "That is the published network, which starts from 32×32 pixels. Start from 12×12.",
    (8, 8, 96): "Each filter sums over all 6 maps below, so there are as many maps as filters.",
    416: "A filter of the second layer has 5×5 weights for each of the 6 maps below.",
    2_400: "The 16 biases are missing.",
    30_720: "The 120 biases are missing.",
    48_120: "That is the published network. How many numbers does the flattening give here?",
}


def lenet_table(table) -> None:
    """Check LeNet-5's table: a dictionary from layer to (shape, parameters)."""
    for name, right in LENET.items():
        require(name in table, f"The row {name!r} is missing. Leave the names as they were.")
        pair = table[name]
        if pair is ... or (isinstance(pair, tuple) and ... in pair):
            raise NotWritten(f"The row {name!r} is still open. Fill it in, then run both cells again.")
        require(type(pair) is tuple and len(pair) == 2, f"{name}: write a shape and a count, as in row 1.")
        shape = tuple(pair[0]) if isinstance(pair[0], list) else pair[0]
        told = f"{name}: {shape!r} is the right number. Write it as a shape, with a comma: ({shape!r},)."
        require((shape,) != right[0], told)
        for got, wanted in zip((shape, pair[1]), right, strict=True):
            hint = SLIPS.get(got, "What comes in, and how many filters or neurons are there?")
            require(got == wanted, f"{name}: {got!r} is not right. {hint}")
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
        model, right = hinted(CALLS, attempt, build), alexnet_network()
    keras.utils.clear_session()  # else Keras draws them later
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
    active = getattr(getattr(layer, "activation", None), "__name__", "none")
    kind, window = type(layer).__name__, getattr(layer, "pool_size", "none")
    return kind, layer.output.shape[1:], layer.count_params(), active, window


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
        require(len(got) == len(right), f"{what} has {len(got)} rows. Each layer but the flattening has one.")
    passed(function, f"every row is right; VGG-16 has {sum(n for _, n in right):,} parameters")


def _row_hint(pair, wanted) -> str:
    """Say what to look at in a wrong row of a VGG."""
    if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], tuple)):
        return "A row is a shape and a count, such as ((224, 224, 64), 1792) or ((4096,), n)."
    slips = {
        "The shape is right. Count weights and biases again: how many maps come in?": pair[0] == wanted[0],
        "A pooling belongs here. It has a row, too, with 0 parameters.": wanted[1] == 0,
        "Leave the flattening out.": len(pair[0]) == 1 and pair[1] == 0,
    }
    other = "Set channels after each convolution, halve the size after each block, keep numbers up to date."
    return next((hint for hint, slipped in slips.items() if slipped), other)


def places_times_weights(layer) -> int:
    """Count what `layer_work` asks for."""
    return math.prod(layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)


def layer_work(function) -> None:
    """Check a function layer -> multiply-adds, for convolutions and dense layers of a built network."""
    from keras import Input, Sequential, layers

    stack = [layers.Conv2D(8, 3, groups=2), layers.DepthwiseConv2D(3), layers.Flatten(), layers.Dense(5)]
    for layer in Sequential([Input((9, 7, 6)), *stack]).layers:
        if layer.weights:
            weights, shape = math.prod(layer.kernel.shape), layer.output.shape[1:]
            slips = [
                (weights, "A convolution uses each weight at every place of its window."),
                (layer.count_params() * math.prod(shape[:-1]), "A bias is no product. Take the kernel only."),
                (weights * math.prod(shape), "Places are rows times columns, without the maps."),
            ]
            what, got = f"{name_of(function)}({type(layer).__name__})", attempt(function, layer)
            judge(got, places_times_weights(layer), what, slips, otherwise="Multiply places by weights.")
    passed(function, "right for two kinds of convolutions and a dense layer")


def densenet_depth(function) -> None:
    """Check a function blocks -> layers with weights of a DenseNet, batch norm left out."""
    slips = {
        "Each small layer has two convolutions, 1×1 and 3×3.": lambda b: sum(b) + len(b) + 1,
        "There is one transition less than there are blocks.": lambda b: 2 * sum(b) + len(b) + 2,
        "The transitions between the blocks have a convolution, too.": lambda b: 2 * sum(b) + 2,
        "Add the first convolution and the dense layer at the end.": lambda b: 2 * sum(b) + len(b) - 1,
    }
    for blocks in ((6, 12, 24, 16), (2, 3)):
        got, what = call(function, blocks), f"{name_of(function)}({blocks})"
        hints = [(slip(blocks), text) for text, slip in slips.items()]
        judge(got, 2 * sum(blocks) + len(blocks) + 1, what, hints, otherwise="Go through the text again.")
    passed(function, "right in 2 cases")
