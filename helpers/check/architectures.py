"""Checks of lesson 7: LeNet-5's table, AlexNet, the rows of a VGG, an inception module, two counts."""

from __future__ import annotations

from helpers.check.compare import NotWritten, attempt, call, judge, name_of, passed, require, returned
from helpers.check.compare import with_hints as hinted
from helpers.check.transfer import CALLS

_NAMES = "conv 1, pool 1, conv 2, pool 2, flatten, dense 1, dense 2, dense 3".split(", ")
_SHAPES = (24, 24, 6), (12, 12, 6), (8, 8, 16), (4, 4, 16), (256,), (120,), (84,), (10,)
LENET = dict(zip(_NAMES, zip(_SHAPES, (156, 0, 2_416, 0, 0, 30_840, 10_164, 850), strict=True), strict=True))
_WORDS = "kind", "shape", "parameters", "activation", "window"
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
        two = isinstance(pair, tuple) and len(pair) == 2
        require(two, f"{name}: write a shape and a count, such as ((24, 24, 6), 156).")
        for got, wanted in zip(pair, right, strict=True):
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
            told = f"{what}, layer {number}: {word} {got}. Compare this layer with the list"
            require(got == wanted, f"{told}: kind, filters, window, strides, padding, groups, activation.")
    told = f"{what} has {len(given)} layers after the input; the list has {len(right.layers)}."
    require(len(given) == len(right.layers), told)
    passed(build, f"{len(given)} layers, {model.count_params():,} parameters")


def _described(layer):
    """Say of a layer what _WORDS name, one after the other."""
    active = getattr(getattr(layer, "activation", None), "__name__", "none")
    window = getattr(layer, "pool_size", "none")
    return type(layer).__name__, layer.output.shape[1:], layer.count_params(), active, window


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
    hint = "Set channels after each convolution, halve the size after each block, keep numbers up to date."
    for blocks in ([(1, 8), (2, 24)], [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]):
        what, right, got = f"{name_of(function)}({blocks})", vgg_rows(blocks), call(function, blocks)
        require(isinstance(got, list), f"{what} returned {returned(got)}, not a list of pairs.")
        for number, (pair, wanted) in enumerate(zip(got, right, strict=False), start=1):
            require(pair == wanted, f"{what}: row {number}, {pair!r}, is not right. {hint}")
        told = f"{what} has {len(got)} rows. Each convolution, pooling and dense layer has one."
        require(len(got) == len(right), told)
    passed(function, f"every row is right; VGG-16 has {sum(n for _, n in right):,} parameters")


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
    import keras

    where = "before the 3×3, before the 5×5 and after the pooling"
    for channels, sizes in ((192, (64, (96, 128), (16, 32), 32)), (20, (5, (6, 7), (3, 4), 2))):
        x, what = keras.Input((8, 8, channels)), f"{name_of(function)}(x, {str(sizes)[1:-1]})"
        out = hinted(CALLS, attempt, function, x, *sizes)
        told = f"{what} returned {returned(out)}. Return what layers.Concatenate()(...) gives."
        require(isinstance(out, keras.KerasTensor), told)
        right = keras.Model(x, inception_module(x, *sizes))
        shape, count = out.shape[1:], keras.Model(x, out).count_params()
        told = f"{what} gives {shape}. Every path keeps height and width:"
        require(shape[:2] == (8, 8), f"{told} padding='same', and strides=1 in the pooling.")
        told = f"{what} gives {shape[-1]} channels. Four paths are concatenated."
        require(shape == right.output_shape[1:], told)
        told = f"{what} has {count:,} parameters. A 1×1 convolution comes {where}; what does each take in?"
        require(count == right.count_params(), told)
    passed(function, "four paths, reduced and concatenated")


def separable_share(function) -> None:
    """Check a function (size, filters) -> share of the multiply-adds of a full convolution."""
    slips = {
        "Turn it around: the separable convolution over the full one.": lambda k, f: 1 / (1 / k**2 + 1 / f),
        "Add the 1×1 convolution.": lambda k, f: 1 / f,
        "Add the depthwise part.": lambda k, f: 1 / k**2,
        "A window has size · size places.": lambda k, f: 1 / k + 1 / f,
    }
    _number(function, [(3, 64), (5, 10), (7, 4)], lambda k, f: 1 / k**2 + 1 / f, slips)


def densenet_depth(function) -> None:
    """Check a function blocks -> layers with weights of a DenseNet, batch norm left out."""
    slips = {
        "Each small layer has two convolutions, 1×1 and 3×3.": lambda b: sum(b) + len(b) + 1,
        "There is one transition less than there are blocks.": lambda b: 2 * sum(b) + len(b) + 2,
        "The transitions between the blocks have a convolution, too.": lambda b: 2 * sum(b) + 2,
        "Add the first convolution and the dense layer at the end.": lambda b: 2 * sum(b) + len(b) - 1,
    }
    _number(function, [((6, 12, 24, 16),), ((2, 3),)], lambda b: 2 * sum(b) + len(b) + 1, slips)


def _number(function, trials, formula, slips):
    """Compare a number with a formula; a usual slip gets its hint."""
    for given in trials:
        got, what = call(function, *given), f"{name_of(function)}({', '.join(map(str, given))})"
        hints = [(slip(*given), text) for text, slip in slips.items()]
        judge(got, formula(*given), what, hints, otherwise="Go through the parts that the text names.")
    passed(function, f"right in {len(trials)} cases")
