"""Checks of lesson 2: softmax, the basic CNN and its parameters, the modern block, accuracy by confidence."""

import re
from collections import defaultdict

import numpy as np
from scipy import special

from helpers.check import compare
from helpers.check.compare import NotWritten, call, judge, name_of, passed, require, returned, written

COUNTS = {"conv 1": 320, "conv 2": 18_496, "dense 1": 401_536, "dense 2": 1_290}
BARE = {"Only instances of": "Write each layer with brackets, as in layers.Flatten()."}
METHOD = {"function_or_method'|'method'": "Is () missing after a name? Write .sum(), not .sum."}
SIZES = "Begin with keras.Input((28, 28, 1)): one channel, and a pair of brackets for the three sizes."
FREE = "name|dtype|filters|units|initializer|regularizer|constraint|epsilon|activation"


def _as_asked(what, layer, own, free=FREE):
    """Refuse settings that the list does not ask for; names and first weights are free."""
    for key, right in own.get_config().items():
        got = layer.get_config().get(key)
        close = isinstance(right, float) and got is not None and np.allclose(got, right)
        same = re.search(free, key) or close or got == right or (key, got) == ("axis", 3)
        require(same, f"{what} has {key}={got!r}. Leave {key} out: its default, {right!r}, is what we want.")


def probabilities(function) -> None:
    """Check softmax(logits) -> probabilities, for the logits (classes,) of one picture."""
    compare.defined(function)
    rng, row = np.random.default_rng(), "The logits of one picture are a single row: leave out the axis."
    past = "The loop runs past the last logit: take range(len(logits))."
    hints = {"axis . is out": row, "out of bounds|out of range": past} | METHOD
    for classes in (3, 10, 5):
        logits = rng.uniform(-3, 3, classes)
        logits[0] = -1 - rng.random()  # a score below 0 brings a missing exponential to light
        powers = np.exp(logits)
        slips = [
            (powers, "These are the powers of e. Divide each by their sum, so that they add up to 1."),
            (logits / logits.sum(), "Take np.exp of the logits first; then divide by the sum."),
            (powers / powers.max(), "Divide by the sum of the powers, not by the largest of them."),
            (powers / logits.sum(), "Divide by the sum of np.exp(logits), not by the sum of the logits."),
            (powers / powers.mean(), "Divide by the sum of the powers: np.sum, not np.mean."),
        ]
        got, right = compare.with_hints(hints, call, function, logits), special.softmax(logits)
        compare.an_array(got, written(function, logits))
        judge(got, right, written(function, logits), slips + compare.rounded(right))
    passed(function, "positive, adds up to 1, as in SciPy")


def classic_network():
    """Build the network that `basic_cnn` asks for."""
    from keras import Input, Sequential, layers

    return Sequential([
        Input((28, 28, 1)), layers.Rescaling(1 / 255),
        layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def basic_cnn(build) -> None:
    """Check a function without arguments that builds the lesson's basic CNN, layer by layer."""
    import keras

    compare.defined(build)
    shape = {"found ndim=3|to a shape": SIZES}
    model, what = compare.with_hints(BARE | shape, call, build), f"The network of {name_of(build)}()"
    told = f"{name_of(build)}() returned {returned(model)}, not a network. Return keras.Sequential([...])."
    require(isinstance(model, keras.Model), told)
    require(model.built, f"{what} has no input shape yet. Begin with keras.Input((28, 28, 1)).")
    told = f"{what} takes pictures of {model.input_shape[1:]}. {SIZES}"
    require(model.input_shape[1:] == (28, 28, 1), told)
    parts = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    wanted, hints = classic_network().layers, defaultdict(lambda: "Go through the list again.")
    hints["ReLU"] = hints["Activation"] = 'Here ReLU is an argument of the layer before: activation="relu".'
    hints["nothing"] = "Two dense layers end the list, one of 128 neurons and one of 10."
    for place, own in enumerate(wanted):
        found, kind = type(parts[place]).__name__ if place < len(parts) else "nothing", type(own).__name__
        told = f"{what} has {found} in place {place + 1}, where {kind} belongs. {hints[found]}"
        require(found == kind, told)
    told = f"{what} has {len(parts)} layers after the input; {len(wanted)} are asked for."
    require(len(parts) == len(wanted), f"{told} (Softmax is an argument of the last dense layer.)")
    require(np.isclose(parts[0].scale, 1 / 255), f"{what} does not divide by 255. Use Rescaling(1 / 255).")
    for place, (layer, own) in enumerate(zip(parts, wanted, strict=True), start=1):
        name = f"{what}, {type(own).__name__} in place {place},"
        got, shape = (tuple(each.output.shape[1:]) for each in (layer, own))
        if isinstance(own, keras.layers.Conv2D):
            size = "×".join(map(str, layer.kernel_size))
            require(layer.kernel_size == (3, 3), f"{name} has filters of {size}, not 3×3.")
            require(layer.padding == "same", f'{name} loses pixels at the border. Set padding="same".')
        even = isinstance(own, keras.layers.MaxPooling2D)  # of even sides, padding adds nothing
        _as_asked(name, layer, own, f"{FREE}|padding" if even else FREE)
        require(got == shape, f"{name} gives {got}; it should give {shape}.")
        if hasattr(own, "activation"):
            used, right = name_of(layer.activation), own.activation.__name__
            require(used.lower() == right, f'{name} has the activation {used}. Set activation="{right}".')
    told = f"{what} starts with the same weights each time. Build it inside the function, and without a seed."
    require(np.any(model.get_weights()[0] != compare.attempt(build).get_weights()[0]), told)
    passed(build, f"{len(parts)} layers in the right order, {model.count_params():,} parameters")


def parameter_counts(counts) -> None:
    """Check a dict of the parameters of the four layers of the basic CNN that have any."""
    told = f"This is {compare.described(counts)}. Keep the dictionary, and fill in its numbers."
    require(isinstance(counts, dict), told)
    if any(value is ... for value in counts.values()):
        raise NotWritten("Replace the three dots with your numbers, then run both cells again.")
    hints = {
        "conv 2": {
            18_432: "The 64 biases are missing.",
            640: "A filter sees all 32 maps: it has a 3×3 slice for each of them.",
            20_480: "A filter has one bias, not one for each of its slices.",
            320: "That is the first convolution. The second has 64 filters, and 32 maps come in.",
        },
        "dense 1": {
            3_136: "That is how many numbers go in. Each of the 128 neurons has as many weights, and a bias.",
            401_408: "The 128 biases are missing.",
            1_605_760: "After the second pooling, height and width are 7, not 14.",
            8_320: "Flattening keeps all 7×7 places of each map, not one number per map.",
            6_422_656: "Two poolings came before: what are height and width now?",
        },
        "dense 2": {1_280: "The 10 biases are missing.", 1_408: "One bias for each output, not each input."},
    }
    otherwise = "Count the inputs of one filter or neuron, add 1 for its bias; then multiply by their number."
    for name, right in COUNTS.items():
        require(name in counts, f"The entry {name!r} is missing. Leave the names as they were.")
        got = counts[name]
        told = f"{name}: {got!r} is no number. Write it without quotes and brackets."
        require(isinstance(got, int | float | np.number), told)
        require(got == right, f"{name}: {got} is not right. {hints.get(name, {}).get(got, otherwise)}")
    passed("parameters", f"all four counts are right, together {sum(COUNTS.values()):,}")


def block_layers(filters):
    """Build the list of layers that `modern_block` asks for."""
    from keras import layers

    return [
        layers.Conv2D(filters, 3, padding="same", use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.MaxPooling2D(),
    ]


def modern_block(function) -> None:
    """Check a function (filters) -> [convolution, batch norm, ReLU, pooling]."""
    compare.defined(function)
    order, before = ["Conv2D", "BatchNormalization", "ReLU", "MaxPooling2D"], []
    for filters in (8, 32):
        what, parts = f"{name_of(function)}({filters})", call(function, filters)
        told = f"{what} returned {returned(parts)}, not a list. Return a list: [first, second, ...]."
        require(isinstance(parts, list | tuple), told)
        bare = next((part.__name__ for part in parts if isinstance(part, type)), "")
        told = f"Write layers.{bare}(...) with brackets: without them it is a class, not a layer."
        require(not bare, f"{what} holds {bare} itself. {told}")
        kinds = [type(part).__name__ for part in parts]
        extra = "" if sorted(kinds) != sorted(order) else " These are the right layers in another order."
        told = f"{what} holds {', '.join(kinds)}."
        require(kinds == order, f"{told} The block goes convolution, batch norm, ReLU, pooling.{extra}")
        conv, norm, _, pool = parts
        told = f"{what}: the convolution has {conv.filters} filters. Use the number that comes in: `filters`."
        require(conv.filters == filters, told)
        active = name_of(conv.activation) != "linear"
        slips = {
            "the filters should be 3×3.": conv.kernel_size != (3, 3),
            'the maps should keep their size. Set padding="same".': conv.padding != "same",
            "ReLU comes after batch norm here: leave out the activation of the convolution.": active,
            "batch norm subtracts the mean, and any bias with it: set use_bias=False.": conv.use_bias,
            "set momentum=0.9 in batch norm.": not np.isclose(norm.momentum, 0.9),
            "the pooling should halve height and width.": pool.pool_size != (2, 2),
            "make all layers inside the function: each call needs new ones.": set(parts) & set(before),
        }
        compare.none_of(slips, f"{what}:")
        for part, own in zip(parts, block_layers(filters), strict=True):
            _as_asked(f"{what}: {type(own).__name__}", part, own)
        before = parts
    passed(function, "convolution, batch norm, ReLU, pooling")


def share_of_right(confidence, right, low, high) -> float:
    """Return the share of right answers where low < confidence <= high: what `right_in_bin` asks for."""
    return np.mean(right[(confidence > low) & (confidence <= high)])


def right_in_bin(function) -> None:
    """Check a function (confidence, right, low, high) -> share of right answers in one bin."""
    compare.defined(function)
    joined = "Put each condition in brackets and join them with &: (confidence > low) & (confidence <= high)."
    hints, rng = METHOD | {"bitwise_and|truth value": joined}, np.random.default_rng()
    for low, high in ((0.5, 0.75), (0.25, 0.5), (0.75, 1.0)):
        # Right are 7 of 13 inside, two at the lower edge, three outside: all slips give other numbers.
        above = 3 if high < 1 else 0
        parts = [rng.uniform(low + 0.02, low + 0.12, 5), rng.uniform(low + 0.17, low + 0.22, 6)]
        parts += [[low, low, high, high], [0.99] * above, rng.uniform(0.01, low - 0.01, 20 - above)]
        confidence, right = np.concatenate(parts), np.arange(35) < 7
        right[[11, 12, -3, -2, -1]] = True
        turn = rng.permutation(35)
        confidence, right = confidence[turn], right[turn]
        expected = share_of_right(confidence, right, low, high)
        inside, what = (confidence > low) & (confidence <= high), f"{name_of(function)}(.., {low}, {high})"
        at_low, at_high = confidence == low, confidence == high
        swapped = "The upper edge belongs to the bin, and the lower edge does not: low < confidence <= high."
        slips = [
            (np.mean(inside & right), "Divide by the pictures in the bin, not by all pictures."),
            (7 / 12, "Divide by the pictures in the bin, not by all right answers."),
            (100 * expected, "A share lies between 0 and 1: leave out the 100."),
            (np.sum(inside & right), "A share, not a number of pictures: divide by the pictures in the bin."),
            (np.mean(inside), "That is the share of all pictures that are in the bin. How many are right?"),
            (np.mean(confidence[inside]), "That is the mean confidence in the bin. How many are right?"),
            (np.mean(right[at_low | inside & ~at_high]), swapped),
            (np.mean(right[at_low | inside]), "Leave out confidences equal to low: the bin below has them."),
            (np.mean(right[inside & ~at_high]), "A confidence equal to high belongs to this bin: use <=."),
            (np.mean(right[confidence > low]), "Both edges count: low < confidence and confidence <= high."),
            (1 - expected, "That is the share of wrong answers."),
            (np.mean(right[inside & (confidence > high - 0.1)]), "Use low: a bin need not be 0.1 wide."),
            (np.nan, "So no picture is in your bin. Look at its two conditions again."),
            *compare.rounded(expected),
        ]
        got = compare.with_hints(hints, call, function, confidence, right, low, high)
        require(not callable(got), f"{what} returned a function. Call it: write .mean(), not .mean.")
        judge(got, expected, what, slips)
    passed(function, "the right share in 3 bins")
