"""The exercises of lesson 2: right answers pass, and each usual slip gets its own hint, whatever is drawn."""

import numpy as np
import pytest
from exercises import gets_its_hint, nothing, said, stub
from scipy import special

from helpers import check


@pytest.mark.parametrize(
    "checking", [check.probabilities, check.basic_cnn, check.modern_block, check.right_in_bin]
)
def test_an_untouched_stub_says_your_turn_and_a_missing_return_is_named(checking, capsys):
    assert said(checking, stub, capsys).startswith("your turn")
    found = said(checking, nothing, capsys)
    assert found.startswith("not yet") and "did you forget return?" in found and found.count("\n") == 1


# Exercise 1: softmax.


def test_a_softmax_passes(capsys):
    assert said(check.probabilities, lambda z: np.exp(z) / np.exp(z).sum(), capsys).startswith("ok")
    assert said(check.probabilities, special.softmax, capsys).startswith("ok")


@pytest.mark.parametrize(
    "answer, hint",
    [
        (np.exp, "Divide each by their sum"),
        (lambda z: z / z.sum(), "Take np.exp of the logits first"),
        (lambda z: np.exp(z) / np.exp(z).max(), "not by the largest"),
        (lambda z: np.exp(z) / z.sum(), "not by the sum of the logits"),
        (lambda z: np.exp(z) / np.exp(z).mean(), "np.sum, not np.mean"),
        (lambda z: np.exp(z).sum(), "it should return an array of shape"),
        (lambda z: np.exp(z) / np.exp(z).sum(axis=1), "a single row: leave out the axis"),
        (lambda z: (np.exp(z) / np.exp(z).sum()).tolist(), "np.array(...) makes one"),
        (lambda z: tuple(np.exp(z) / np.exp(z).sum()), "np.array(...) makes one"),
        (lambda z: (np.exp(z) / np.exp(z).sum()).round(3), "keep all decimals"),
        (lambda z: [np.exp(z[place]) for place in range(len(z) + 1)], "runs past the last logit"),
        (lambda z: np.exp(z) / np.exp(z).sum, "Is () missing"),
        (np.array([0.2, 0.8]), "no function any more. Keep the line with def"),
    ],
)
def test_slips_of_the_softmax(answer, hint, capsys):
    gets_its_hint(check.probabilities, answer, hint, capsys)


# Exercise 2: the basic CNN.


def classic(
    *, start=(28, 28, 1), scale=1 / 255, size=3, padding="same", hidden="relu", filters=64, last="softmax"
):
    from keras import Input, layers

    return [
        Input(start),
        layers.Rescaling(scale),
        layers.Conv2D(32, size, padding=padding, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(filters, 3, padding="same", activation=hidden),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation=last),
    ]


def building(change=lambda parts: parts, **settings):
    import keras

    return lambda: keras.Sequential(change(classic(**settings)))


def with_own_relu(parts):
    from keras import layers

    return [*parts[:5], layers.ReLU(), *parts[5:]]


def functional():
    import keras

    parts = classic()
    inputs = x = keras.Input((28, 28, 1))
    for layer in parts[1:]:
        x = layer(x)
    return keras.Model(inputs, x)


def with_layer_activations():
    import keras

    parts = classic(hidden=keras.layers.ReLU(), last=keras.activations.softmax)
    return keras.Sequential([*parts[:1], keras.layers.Rescaling(0.003921569), *parts[2:]])


def once(make):
    """A function that gives the same thing in each call."""
    return lambda *given, kept=[]: kept[0] if kept else kept.append(make(*given)) or kept[0]


def seeded():
    import keras

    keras.utils.set_random_seed(0)
    return building()()


def replaced(place, name, **options):
    from keras import layers

    return building(lambda parts: [*parts[:place], getattr(layers, name)(**options), *parts[place + 1 :]])


FIRST = {"filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"}


def test_the_basic_cnn_passes(capsys):
    for build in (building(), functional, check.classic_network, with_layer_activations):
        found = said(check.basic_cnn, build, capsys)
        assert found.startswith("ok") and "421,642 parameters" in found


@pytest.mark.parametrize(
    "build, hint",
    [
        (building(lambda parts: parts[1:]), "has no input shape yet. Begin with keras.Input((28, 28, 1))"),
        (building(lambda parts: [*parts[:6], type(parts[6]), *parts[7:]]), "Write each layer with brackets"),
        (building(with_own_relu, hidden=None), "Here ReLU is an argument of the layer before"),
        (
            building(lambda parts: [*parts[:3], *parts[4:]]),
            "has Conv2D in place 3, where MaxPooling2D belongs",
        ),
        (building(lambda parts: parts[:-1]), "has nothing in place 8, where Dense belongs"),
        (building(lambda parts: parts[:1] + parts[2:]), "has Conv2D in place 1, where Rescaling belongs"),
        (building(scale=255), "does not divide by 255"),
        (building(size=5), "has filters of 5×5, not 3×3"),
        (building(padding="valid"), 'Set padding="same"'),
        (building(filters=32), "gives (14, 14, 32); it should give (14, 14, 64)"),
        (building(hidden=None), 'has the activation linear. Set activation="relu"'),
        (building(last="relu"), 'has the activation relu. Set activation="softmax"'),
        (classic, "returned list of 9, not a network"),
        (once(building()), "starts with the same weights each time. Build it inside the function"),
        (seeded, "and without a seed"),
        (replaced(2, "Conv2D", use_bias=False, **FIRST), "has use_bias=False. Leave "),
        (replaced(2, "Conv2D", strides=3, **FIRST), "has strides=(3, 3). Leave "),
        (building(start=(28, 28, 3)), "takes pictures of (28, 28, 3). Begin with keras.Input((28, 28, 1))"),
        (building(start=(28, 28)), "a pair of brackets for the three sizes"),
        (building(start=28), "a pair of brackets for the three sizes"),
        (building(lambda parts: [*parts[:7], parts[8]]), "Two dense layers end the list"),
        (replaced(8, "Dense", units=10), "Set activation"),
        (building(lambda parts: [*parts, type(parts[1])(1)]), "Softmax is an argument"),
        (check.classic_network().layers, "This is list of 8, no function any more"),
        (check.classic_network(), "This is Sequential, no function any more"),
    ],
)
def test_slips_of_the_basic_cnn(build, hint, capsys):
    found = said(check.basic_cnn, build, capsys)
    assert found.startswith("not yet") and hint in found and found.count("\n") == 1


# Exercise 3: its parameters.


def test_the_counts_are_those_of_keras(capsys):
    layers = [layer for layer in check.classic_network().layers if layer.count_params()]
    assert [layer.count_params() for layer in layers] == list(check.COUNTS.values())
    assert said(check.parameter_counts, dict(check.COUNTS), capsys).startswith("ok")


@pytest.mark.parametrize(
    "wrong, hint",
    [
        ({"conv 2": ...}, "your turn"),
        ({"conv 2": 3 * 3 * 32 * 64}, "64 biases are missing"),
        ({"conv 2": (3 * 3 + 1) * 64}, "A filter sees all 32 maps"),
        ({"conv 2": (3 * 3 + 1) * 32 * 64}, "one bias, not one for each of its slices"),
        ({"dense 1": 7 * 7 * 64}, "That is how many numbers go in"),
        ({"dense 1": 7 * 7 * 64 * 128}, "128 biases are missing"),
        ({"dense 1": (64 + 1) * 128}, "all 7×7 places"),
        ({"dense 1": 14 * 14 * 64 * 128 + 128}, "are 7, not 14"),
        ({"dense 1": 28 * 28 * 64 * 128 + 128}, "Two poolings came before"),
        ({"dense 2": 128 * 10}, "10 biases are missing"),
        ({"dense 2": (10 + 1) * 128}, "One bias for each output"),
        ([320, 18_496, 401_536, 1_290], "This is list of 4. Keep the dictionary"),
        ({"dense 2": [1_290]}, "dense 2: [1290] is no number"),
        ({"dense 2": np.array(1_290)}, "without quotes and brackets"),
        ({"dense 2": "1290"}, "dense 2: '1290' is no number"),
        ({"dense 2": 7}, "dense 2: 7 is not right. Count the inputs of one filter or neuron"),
    ],
)
def test_slips_of_counting(wrong, hint, capsys):
    wrong = check.COUNTS | wrong if isinstance(wrong, dict) else wrong
    found = said(check.parameter_counts, wrong, capsys)
    assert hint in found and not found.startswith("ok") and found.count("\n") == 1


# Exercise 4: the modern block.


def block(*order, filters=None, size=3, padding="same", bias=False, activation=None, momentum=0.9, pool=2):
    from keras import layers

    def build(wanted):
        parts = {
            "conv": layers.Conv2D(
                filters or wanted, size, padding=padding, use_bias=bias, activation=activation
            ),
            "norm": layers.BatchNormalization(momentum=momentum),
            "relu": layers.ReLU(),
            "pool": layers.MaxPooling2D(pool),
        }
        return [parts[name] for name in order or parts]

    return build


def test_the_block_of_the_lecture_passes(capsys):
    for answer in (block(), check.block_layers):
        assert said(check.modern_block, answer, capsys).startswith("ok")


def with_option(place, name, **options):
    """The right block, but for one layer, which has these options as well."""
    from keras import layers

    usual = {
        "Conv2D": {"kernel_size": 3, "padding": "same", "use_bias": False},
        "BatchNormalization": {"momentum": 0.9},
    }

    def build(filters):
        first = {"filters": filters} if name == "Conv2D" else {}
        layer = getattr(layers, name)(**first, **usual.get(name, {}), **options)
        return [*block()(filters)[:place], layer, *block()(filters)[place + 1 :]]

    return build


POOL = block("pool")(8)


def test_settings_that_change_nothing_pass(capsys):
    for answer in (
        with_option(0, "Conv2D", kernel_initializer="he_normal"),
        with_option(1, "BatchNormalization", axis=3),
    ):
        assert said(check.modern_block, answer, capsys).startswith("ok")


@pytest.mark.parametrize(
    "answer, hint",
    [
        (with_option(0, "Conv2D", strides=2), "Conv2D has strides=(2, 2). Leave "),
        (with_option(1, "BatchNormalization", axis=1), "axis=1. Leave "),
        (with_option(1, "BatchNormalization", center=False), "center=False. Leave "),
        (with_option(1, "BatchNormalization", scale=False), "scale=False. Leave "),
        (with_option(2, "ReLU", max_value=6), "max_value=6. Leave "),
        (with_option(3, "MaxPooling2D", strides=1), "strides=(1, 1). Leave "),
        (lambda filters: [*block()(filters)[:3], *POOL], "make all layers inside"),
        (lambda filters: block()(filters) * 2, "The block goes convolution, batch norm, ReLU, pooling.\n"),
        (block("conv", "pool", "norm", "relu"), "the right layers in another order"),
        (block("conv", "norm", "pool"), "The block goes convolution, batch norm, ReLU, pooling"),
        (block(filters=32), "has 32 filters. Use the number that comes in"),
        (block(size=5), "should be 3×3"),
        (block(padding="valid"), 'Set padding="same"'),
        (block(activation="relu"), "leave out the activation"),
        (block(bias=True), "set use_bias=False"),
        (block(momentum=0.99), "set momentum=0.9"),
        (block(pool=3), "halve height and width"),
        (lambda filters: block()(filters)[0], "not a list"),
        (
            lambda filters: [*block()(filters)[:2], type(block()(filters)[2])],
            "Write layers.ReLU(...) with brackets",
        ),
    ],
)
def test_slips_of_the_block(answer, hint, capsys):
    found = said(check.modern_block, answer, capsys)
    assert found.startswith("not yet") and hint in found and found.count("\n") == 1


# Exercise 5: the share of right answers in a bin.


def inside(confidence, low, high):
    return (confidence > low) & (confidence <= high)


def by_loop(confidence, right, low, high):
    answers = [good for sure, good in zip(confidence, right, strict=True) if low < sure <= high]
    return sum(answers) / len(answers)


def test_the_share_in_a_bin_passes(capsys):
    for answer in (by_loop, check.share_of_right):
        assert said(check.right_in_bin, answer, capsys).startswith("ok")


@pytest.mark.parametrize(
    "answer, hint",
    [
        (lambda c, r, low, high: np.mean(inside(c, low, high) & r), "not by all pictures"),
        (lambda c, r, low, high: (inside(c, low, high) & r).sum() / r.sum(), "not by all right answers"),
        (lambda c, r, low, high: 100 * r[inside(c, low, high)].mean(), "leave out the 100"),
        (lambda c, r, low, high: np.sum(r[inside(c, low, high)]), "A share, not a number"),
        (
            lambda c, r, low, high: np.mean(inside(c, low, high)),
            "the share of all pictures that are in the bin",
        ),
        (lambda c, r, low, high: c[inside(c, low, high)].mean(), "mean confidence"),
        (lambda c, r, low, high: r[(c >= low) & (c < high)].mean(), "The upper edge belongs to the bin"),
        (lambda c, r, low, high: r[(c >= low) & (c <= high)].mean(), "Leave out confidences equal to low"),
        (lambda c, r, low, high: r[(c > low) & (c < high)].mean(), "A confidence equal to high"),
        (lambda c, r, low, high: 1 - r[inside(c, low, high)].mean(), "share of wrong answers"),
        (lambda c, r, low, high: r[inside(c, low, high)], "returned shape (13,)"),
        (lambda c, r, low, high: round(r[inside(c, low, high)].mean(), 1), "keep all decimals"),
        (lambda c, r, low, high: r[inside(c, low, high)].mean().round(2), "keep all decimals"),
        (lambda c, r, low, high: r[(c > high - 0.1) & (c <= high)].mean(), "a bin need not be 0.1 wide"),
        (lambda c, r, low, high: np.float64("nan") * len(r[c < -1]), "no picture is in your bin"),
        (lambda c, r, low, high: r[inside(c, low, high)].mean, "Call it: write .mean()"),
        (lambda c, r, low, high: r[c > low & c <= high].mean(), "join them with &"),
        (lambda c, r, low, high: r[low < c <= high].mean(), "join them with &"),
    ],
)
def test_slips_of_the_share(answer, hint, capsys):
    gets_its_hint(check.right_in_bin, answer, hint, capsys)
