"""Checks of lesson 2: softmax, the basic CNN and its parameters, the modern block, accuracy by confidence."""

import numpy as np
from scipy import special

from helpers.check import compare
from helpers.check.compare import NotWritten, call, judge, name_of, passed, require, returned, written

COUNTS = {"conv 1": 320, "conv 2": 18_496, "dense 1": 401_536, "dense 2": 1_290}


def probabilities(function) -> None:
    """Check softmax(logits) -> probabilities, for the logits (classes,) of one picture."""
    rng, row = np.random.default_rng(), "The logits of one picture are a single row: leave out the axis."
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
        got = compare.with_hints({"out of bounds": row}, call, function, logits)
        judge(got, special.softmax(logits), written(function, logits), slips)
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

    bare = {"Only instances of": "Write each layer with brackets, as in layers.Flatten()."}
    model, what = compare.with_hints(bare, call, build), f"The network of {name_of(build)}()"
    told = f"{name_of(build)}() returned {returned(model)}, not a network. Return keras.Sequential([...])."
    require(isinstance(model, keras.Model), told)
    require(model.built, f"{what} has no input shape yet. Begin with keras.Input((28, 28, 1)).")
    parts = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    wanted = classic_network().layers
    for place, own in enumerate(wanted):
        found, kind = type(parts[place]).__name__ if place < len(parts) else "nothing", type(own).__name__
        hint = "Go through the list again."
        if found in ("ReLU", "Activation"):
            hint = 'Here ReLU is an argument of the layer before: activation="relu".'
        told = f"{what} has {found} in place {place + 1}, where {kind} belongs. {hint}"
        require(found == kind, told)
    require(len(parts) == len(wanted), f"{what} has {len(parts)} layers; the list has {len(wanted)}.")
    require(np.isclose(parts[0].scale, 1 / 255), f"{what} does not divide by 255. Use Rescaling(1 / 255).")
    for place, (layer, own) in enumerate(zip(parts, wanted, strict=True), start=1):
        name = f"{what}, {type(own).__name__} in place {place},"
        got, shape = (tuple(each.output.shape[1:]) for each in (layer, own))
        if isinstance(own, keras.layers.Conv2D):
            size = "×".join(map(str, layer.kernel_size))
            require(layer.kernel_size == (3, 3), f"{name} has filters of {size}, not 3×3.")
            require(got[:2] == shape[:2], f'{name} loses pixels at the border. Set padding="same".')
        require(got == shape, f"{name} gives {got}; it should give {shape}.")
        if hasattr(own, "activation"):
            used, right = layer.activation.__name__, own.activation.__name__
            require(used == right, f'{name} has the activation {used}. Set activation="{right}".')
    passed(build, f"{len(parts)} layers in the right order, {model.count_params():,} parameters")


def parameter_counts(counts) -> None:
    """Check a dict of the parameters of the four layers of the basic CNN that have any."""
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
    order = ["Conv2D", "BatchNormalization", "ReLU", "MaxPooling2D"]
    for filters in (8, 32):
        what, parts = f"{name_of(function)}({filters})", call(function, filters)
        told = f"{what} returned {returned(parts)}, not a list. Return a list: [first, second, ...]."
        require(isinstance(parts, list | tuple), told)
        bare = next((part.__name__ for part in parts if isinstance(part, type)), "")
        told = f"Write layers.{bare}(...) with brackets: without them it is a class, not a layer."
        require(not bare, f"{what} holds {bare} itself. {told}")
        kinds = [type(part).__name__ for part in parts]
        extra = "" if set(kinds) != set(order) else " These are the right layers in another order."
        told = f"{what} holds {', '.join(kinds)}."
        require(kinds == order, f"{told} The block goes convolution, batch norm, ReLU, pooling.{extra}")
        conv, norm, _, pool = parts
        told = f"{what}: the convolution has {conv.filters} filters. Use the number that comes in: `filters`."
        require(conv.filters == filters, told)
        active = conv.activation.__name__ != "linear"
        slips = {
            "the filters should be 3×3.": conv.kernel_size != (3, 3),
            'the maps should keep their size. Set padding="same".': conv.padding != "same",
            "ReLU comes after batch norm here: leave out the activation of the convolution.": active,
            "batch norm subtracts the mean, and any bias with it: set use_bias=False.": conv.use_bias,
            "set momentum=0.9 in batch norm.": not np.isclose(norm.momentum, 0.9),
            "the pooling should halve height and width.": pool.pool_size != (2, 2),
        }
        compare.none_of(slips, f"{what}:")
    passed(function, "convolution, batch norm, ReLU, pooling")


def share_of_right(confidence, right, low, high) -> float:
    """Return the share of right answers where low < confidence <= high: what `right_in_bin` asks for."""
    return np.mean(right[(confidence > low) & (confidence <= high)])


def right_in_bin(function) -> None:
    """Check a function (confidence, right, low, high) -> share of right answers in one bin."""
    joined = "Put each condition in brackets and join them with &: (confidence > low) & (confidence <= high)."
    hints, rng = {"bitwise_and|truth value": joined}, np.random.default_rng()
    for low, high in ((0.5, 0.75), (0.25, 0.5), (0.75, 1.0)):
        # Right are six of ten inside, two at the lower edge, three outside: all slips give other numbers.
        above = 3 if high < 1 else 0
        parts = [rng.uniform(low + 0.17, low + 0.22, 8), [low, low, high, high], [0.99] * above]
        confidence = np.concatenate([*parts, rng.uniform(0.01, low - 0.01, 20 - above)])
        right = np.concatenate([np.arange(12) < 6, np.zeros(20, bool)])
        right[[8, 9, -3, -2, -1]] = True
        turn = rng.permutation(32)
        confidence, right = confidence[turn], right[turn]
        expected = share_of_right(confidence, right, low, high)
        inside, what = (confidence > low) & (confidence <= high), f"{name_of(function)}(.., {low}, {high})"
        at_low, at_high = confidence == low, confidence == high
        swapped = "The upper edge belongs to the bin, and the lower edge does not: low < confidence <= high."
        slips = [
            (np.mean(inside & right), "Divide by the pictures in the bin, not by all pictures."),
            (6 / 11, "Divide by the pictures in the bin, not by all right answers."),
            (100 * expected, "A share lies between 0 and 1: leave out the 100."),
            (np.sum(inside & right), "A share, not a number of pictures: divide by the pictures in the bin."),
            (np.mean(inside), "That is the share of all pictures that are in the bin. How many are right?"),
            (np.mean(confidence[inside]), "That is the mean confidence in the bin. How many are right?"),
            (np.mean(right[at_low | inside & ~at_high]), swapped),
            (np.mean(right[at_low | inside]), "Leave out confidences equal to low: the bin below has them."),
            (np.mean(right[inside & ~at_high]), "A confidence equal to high belongs to this bin: use <=."),
            (np.mean(right[confidence > low]), "Both edges count: low < confidence and confidence <= high."),
            (1 - expected, "That is the share of wrong answers."),
        ]
        got = compare.with_hints(hints, call, function, confidence, right, low, high)
        judge(got, expected, what, slips)
    passed(function, "the right share in 3 bins")
