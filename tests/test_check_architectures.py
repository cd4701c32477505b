"""The exercises of lesson 7: right answers pass, and each usual slip gets its own hint."""

import keras
import pytest
from exercises import nothing, said, stub
from keras import layers

from helpers import check

FUNCTIONS = [check.alexnet, check.vgg, check.inception, check.separable_share, check.densenet_depth]


@pytest.mark.parametrize("checking", FUNCTIONS)
def test_an_untouched_stub_says_your_turn_and_a_missing_return_is_named(checking, capsys):
    assert said(checking, stub, capsys).startswith("your turn")
    found = said(checking, nothing, capsys)
    assert found.startswith("not yet") and "did you forget return?" in found and found.count("\n") == 1


def is_told(checking, answer, hint, capsys):
    found = said(checking, answer, capsys)
    assert found.startswith("not yet") and hint in found and found.count("\n") == 1


# Exercise 1: LeNet-5.


def test_lenets_table_is_what_keras_builds(capsys):
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(6, 5),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            *(layers.Dense(neurons) for neurons in (120, 84, 10)),
        ]
    )
    rows = [(layer.output.shape[1:], layer.count_params()) for layer in network.layers]
    found = said(check.lenet_table, dict(zip(check.LENET, rows, strict=True)), capsys)
    assert found.startswith("ok") and "44,426" in found


@pytest.mark.parametrize(
    "row, answer, hint",
    [
        ("pool 1", ((14, 14, 6), 0), "half of 28"),
        ("conv 2", ((12, 12, 16), 2_416), "without padding"),
        ("conv 2", ((10, 10, 16), 2_416), "from 32×32"),
        ("conv 2", ((8, 8, 96), 2_416), "as many maps as filters"),
        ("conv 2", ((8, 8, 16), 416), "for each of the 6 maps"),
        ("conv 2", ((8, 8, 16), 2_400), "16 biases"),
        ("flatten", ((4, 4, 16), 0), "What comes in"),
        ("flatten", (256, 0), "256 is not right. What comes in"),
        ("dense 1", ((120,), 30_720), "120 biases"),
        ("dense 1", ((120,), 48_120), "published network"),
        ("dense 2", 10_164, "write a shape and a count"),
    ],
)
def test_slips_in_lenets_table(row, answer, hint, capsys):
    is_told(check.lenet_table, check.LENET | {row: answer}, hint, capsys)


@pytest.mark.parametrize("row", [..., ((8, 8, 16), ...)])
def test_an_open_row_is_named(row, capsys):
    found = said(check.lenet_table, check.LENET | {"conv 2": row}, capsys)
    assert found.startswith("your turn") and "'conv 2' is still open" in found
    missing = {name: pair for name, pair in check.LENET.items() if name != "conv 2"}
    is_told(check.lenet_table, missing, "'conv 2' is missing", capsys)


# Exercise 2: AlexNet.


def alexnet(size=227, first=96, groups=2, pool=3, hidden="relu", last="softmax", extra=()):
    same = {"padding": "same", "activation": "relu"}
    return lambda: keras.Sequential(
        [
            keras.Input((size, size, 3)),
            layers.Conv2D(first, 11, strides=4, activation="relu"),
            layers.MaxPooling2D(pool, strides=2),
            layers.Conv2D(256, 5, groups=groups, **same),
            layers.MaxPooling2D(3, strides=2),
            layers.Conv2D(384, 3, **same),
            layers.Conv2D(384, 3, groups=2, **same),
            layers.Conv2D(256, 3, groups=2, **same),
            layers.MaxPooling2D(3, strides=2),
            layers.Flatten(),
            layers.Dense(4096, activation=hidden),
            layers.Dropout(0.5),
            layers.Dense(4096, activation="relu"),
            *extra,
            layers.Dropout(0.5),
            layers.Dense(1000, activation=last),
        ]
    )


def test_alexnet_passes_with_the_parameters_of_its_paper(capsys):
    found = said(check.alexnet, alexnet(), capsys)
    assert found.startswith("ok") and "14 layers" in found


def test_alexnet_has_60_million_parameters():
    sizes = [(11 * 11 * 3 + 1) * 96, (25 * 48 + 1) * 256, (9 * 256 + 1) * 384, (9 * 192 + 1) * (384 + 256)]
    sizes += [(6 * 6 * 256 + 1) * 4096, 4097 * 4096, 4097 * 1000]
    with keras.StatelessScope(initialize_variables=False):
        assert check.alexnet_network().count_params() == sum(sizes) == 60_965_224


@pytest.mark.parametrize(
    "answer, hint",
    [
        (alexnet(size=224), "takes (None, 224, 224, 3)"),
        (alexnet(first=64), "layer 1: shape (55, 55, 64)"),
        (alexnet(groups=1), "layer 3: parameters 614656"),
        (alexnet(pool=2), "layer 2: window (2, 2)"),
        (alexnet(hidden="tanh"), "layer 10: activation tanh"),
        (alexnet(last="linear"), "layer 14: activation linear"),
        (alexnet(extra=[layers.ReLU()]), "layer 13: kind ReLU"),
        (lambda: alexnet()().layers, "returned list of 14, not a model"),
        (lambda: keras.Sequential([layers.Conv2D(96, 11)]), "takes no input yet. Begin with keras.Input"),
        (
            lambda: keras.Sequential([keras.Input((227, 227, 3)), *alexnet()().layers[:-1]]),
            "has 13 layers after the input",
        ),
    ],
)
def test_slips_in_alexnet(answer, hint, capsys):
    is_told(check.alexnet, answer, hint, capsys)


# Exercise 3: VGG.


def test_the_rows_of_vgg_are_keras_own(capsys):
    with keras.StatelessScope(initialize_variables=False):
        network = keras.applications.VGG16(weights=None)
    kept = [one for one in network.layers[1:] if not isinstance(one, layers.Flatten)]
    rows = [(one.output.shape[1:], one.count_params()) for one in kept]
    assert check.vgg_rows([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]) == rows
    assert said(check.vgg, check.vgg_rows, capsys).startswith(
        "ok  vgg_rows: every row is right; VGG-16 has 138,"
    )


@pytest.mark.parametrize(
    "answer, hint",
    [
        (lambda blocks: check.vgg_rows(blocks)[:-1], "has 7 rows"),
        (lambda blocks: tuple(check.vgg_rows(blocks)), "not a list of pairs"),
        (lambda blocks: [row for row in check.vgg_rows(blocks) if row[1]], "row 2, ((112, 112, 24), 1752)"),
        (lambda blocks: check.vgg_rows([(n, 8) for n, _ in blocks]), "row 3, ((112, 112, 8), 584)"),
        (lambda blocks: [row[0] for row in check.vgg_rows(blocks)], "row 1, (224, 224, 8), is not right"),
    ],
)
def test_slips_in_the_rows_of_a_vgg(answer, hint, capsys):
    is_told(check.vgg, answer, hint, capsys)


# Exercise 4: an inception module.


def module(reduce=True, paths=4, padding="same", strides=1, order=(0, 1)):
    def build(x, one, three, five, pooled):
        def conv(x, filters, size=1):
            return layers.Conv2D(filters, size, padding=padding, activation="relu")(x)

        found = [conv(x, one)]
        for few, many, size in ((*three, 3), (*five, 5)):
            found.append(conv(conv(x, few) if reduce else x, many, size))
        found.append(conv(layers.MaxPooling2D(3, strides=strides, padding="same")(x), pooled))
        return layers.Concatenate()(found[:paths])

    return build


def test_an_inception_module_passes_and_has_the_parameters_of_googlenets_3a(capsys):
    assert said(check.inception, module(), capsys).startswith("ok  build: four paths")
    x = keras.Input((28, 28, 192))
    built = keras.Model(x, check.inception_module(x, 64, (96, 128), (16, 32), 32))
    assert built.output_shape == (None, 28, 28, 256) and built.count_params() == 163_328 + 368


@pytest.mark.parametrize(
    "answer, hint",
    [
        (module(reduce=False), "has 393,472 parameters. A 1×1 convolution comes before"),
        (module(paths=3), "gives 224 channels. Four paths"),
        (module(padding="valid"), "inputs with matching shapes"),
        (lambda x, *sizes: layers.MaxPooling2D(2)(module()(x, *sizes)), "Every path keeps height and width"),
        (lambda x, *sizes: [module()(x, *sizes)], "Return what layers.Concatenate()"),
        (lambda x, *sizes: layers.Conv2D(sizes[0], 1), "Return what layers.Concatenate()"),
    ],
)
def test_slips_in_an_inception_module(answer, hint, capsys):
    is_told(check.inception, answer, hint, capsys)


# Exercises 5 and 6: two counts.


def test_the_share_of_a_separable_convolution_is_that_of_counted_layers(capsys):
    from helpers import convolution

    def counted(size, filters):
        pair = layers.SeparableConv2D(filters, size), layers.Conv2D(filters, size)
        part, full = (sum(convolution.multiply_adds(one, (9, 9, 6)).values()) for one in pair)
        return part / full

    assert said(check.separable_share, counted, capsys).startswith("ok  counted: right in 3 cases")


@pytest.mark.parametrize(
    "answer, hint",
    [
        (lambda k, f: 1 / (1 / k**2 + 1 / f), "Turn it around"),
        (lambda k, f: 1 / f, "Add the 1×1 convolution"),
        (lambda k, f: 1 / k**2, "Add the depthwise part"),
        (lambda k, f: 1 / k + 1 / f, "size · size places"),
        (lambda k, f: 0.5, "Go through the parts"),
    ],
)
def test_slips_in_the_share(answer, hint, capsys):
    is_told(check.separable_share, answer, hint, capsys)


@pytest.mark.parametrize(
    "answer, hint",
    [
        (lambda b: sum(b) + len(b) + 1, "two convolutions, 1×1 and 3×3"),
        (lambda b: 2 * sum(b) + len(b) + 2, "one transition less"),
        (lambda b: 2 * sum(b) + 2, "transitions between the blocks have"),
        (lambda b: 2 * sum(b) + len(b) - 1, "first convolution and the dense layer"),
        (lambda b: 7, "Go through the parts"),
    ],
)
def test_slips_in_the_depth(answer, hint, capsys):
    is_told(check.densenet_depth, answer, hint, capsys)


def test_densenet_121_has_121_layers_in_keras_too(capsys):
    with keras.StatelessScope(initialize_variables=False):
        network = keras.applications.DenseNet121(weights=None)
    keras.utils.clear_session()
    counted = sum(isinstance(layer, layers.Conv2D | layers.Dense) for layer in network.layers)
    found = said(check.densenet_depth, lambda b: counted if len(b) == 4 else 13, capsys)
    assert found.startswith("ok  <lambda>: right in 2 cases") and counted == 121
