"""The exercises of lesson 7: right answers pass, and each usual slip gets its own hint."""

import math

import keras
import numpy as np
import pytest
from exercises import nothing, said, stub
from keras import layers

from helpers import check

FUNCTIONS = [
    check.alexnet,
    check.layer_work,
    check.vgg,
    check.inception,
    check.inverted,
    check.densenet_depth,
]


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
        ("pool 1", ((23, 23, 6), 0), "halves each side"),
        ("pool 1", ((12, 12, 3), 0), "neurons are there, if any"),
        ("flatten", ((4, 4, 16), 0), "Flattening puts all its numbers into one row"),
        ("flatten", (256, 0), "256 is the right number. Write it as a shape, with a comma: (256,)."),
        ("flatten", (255, 0), "255 is not right. What comes in"),
        ("flatten", [(256,), 0], "write (shape, count), in round brackets"),
        ("dense 1", ((120,), 30_720), "120 biases"),
        ("dense 1", ((120,), 48_120), "published network"),
        ("dense 2", 10_164, "write (shape, count), in round brackets"),
        ("dense 2", ((84,), 21_588), "those of dense 1"),
        ("pool 1", [[12, 12, 6], 0], "write (shape, count), in round brackets"),
        ("pool 1", ((None, 12, 12, 6), 0), "Leave out the batch"),
        (
            "pool 1",
            ("12x12x6", 0),
            "'12x12x6' is not right. Write whole numbers, without quotes",
        ),
        ("pool 1", (np.array([12, 12, 6]), 0), "Write whole numbers, without quotes"),
        ("pool 1", ({12, 6}, 0), "Write whole numbers, without quotes"),
        ("conv 2", ((8, 8, 16), "2416"), "'2416' is not right. Write whole numbers, without quotes"),
        ("total", 44_426, "Leave the rows as they were, in this order: conv 1, pool 1"),
    ],
)
def test_slips_in_lenets_table(row, answer, hint, capsys):
    is_told(check.lenet_table, check.LENET | {row: answer}, hint, capsys)


def test_a_list_is_a_shape_too_and_a_count_may_be_numpys(capsys):
    for pair in (([12, 12, 6], 0), ((12, 12, 6), np.int64(0))):
        assert said(check.lenet_table, check.LENET | {"pool 1": pair}, capsys).startswith("ok")


def test_the_rows_of_lenets_table_keep_their_order(capsys):
    moved = {"dense 3": check.LENET["dense 3"], **check.LENET}
    is_told(check.lenet_table, moved, "in this order: conv 1", capsys)


@pytest.mark.parametrize("row", [..., ((8, 8, 16), ...)])
def test_an_open_row_is_named(row, capsys):
    found = said(check.lenet_table, check.LENET | {"conv 2": row}, capsys)
    assert found.startswith("your turn") and "'conv 2' is still open" in found
    missing = {name: pair for name, pair in check.LENET.items() if name != "conv 2"}
    is_told(check.lenet_table, missing, "'conv 2' is missing", capsys)


# Exercise 2: AlexNet.


def alexnet(
    size=227,
    first=96,
    groups=2,
    pool=3,
    hidden="relu",
    last="softmax",
    extra=(),
    dropout=True,
    flat=True,
    rate=0.5,
    dilation=1,
    second=(256, 5),
):
    same = {"padding": "same", "activation": "relu"}
    return lambda: keras.Sequential(
        [
            keras.Input((size, size, 3)),
            layers.Conv2D(first, 11, strides=4, activation="relu"),
            layers.MaxPooling2D(pool, strides=2),
            layers.Conv2D(*second, groups=groups, **same),
            layers.MaxPooling2D(3, strides=2),
            layers.Conv2D(384, 3, dilation_rate=dilation, **same),
            layers.Conv2D(384, 3, groups=2, **same),
            layers.Conv2D(256, 3, groups=2, **same),
            layers.MaxPooling2D(3, strides=2),
            *[layers.Flatten()][: int(flat)],
            layers.Dense(4096, activation=hidden),
            *[layers.Dropout(rate)][: int(dropout)],
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
        (alexnet(first=64), "layer 1 (the input is not counted): shape (55, 55, 64). Compare it"),
        (alexnet(groups=1), "parameters 614656. That is the layer without groups=2"),
        (alexnet(pool=2), "window (2, 2). The windows of the pooling overlap"),
        (alexnet(hidden="tanh"), "layer 10 (the input is not counted): activation tanh"),
        (
            alexnet(last="linear"),
            'activation linear. Write the activation into the layer: "relu", and in the last',
        ),
        (alexnet(rate=0.4), "layer 11 (the input is not counted): rate 0.4. Compare it"),
        (alexnet(flat=False), "layer 9 (the input is not counted): kind Dense. A layer is missing"),
        (alexnet(extra=[layers.ReLU()]), "layer 13 (the input is not counted): kind ReLU"),
        (alexnet(dilation=2), "layer 5 (the input is not counted): dilation_rate (2, 2). Compare it"),
        (alexnet(second=(5, 256)), "Conv2D takes the number of filters first, then the window"),
        (alexnet(dropout=False), "layer 11 (the input is not counted): kind Dense. A layer is missing"),
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


def shrunk(blocks, first):
    """Rows of a VGG whose convolutions take two pixels away, before or after their row is written."""
    rows, size = [], first
    for count, filters in blocks:
        for _ in range(count):
            rows.append(((size, size, filters), 28 * filters))
        size = (222 if first == 224 else first) // 2
        rows.append(((size, size, filters), 0))
    return rows


@pytest.mark.parametrize(
    "answer, hint",
    [
        (lambda blocks: check.vgg_rows(blocks)[:-1], "has 7 rows, not 8"),
        (lambda b: check.vgg_rows([(f, c) for c, f in b]), "A pair of blocks is (count, filters)"),
        (lambda b: check.vgg_rows([(c - 1, f) for c, f in b]), "Does each block have count of them"),
        (
            lambda b: check.vgg_rows([(2, 64), (2, 128)]),
            "224, 64), 1792), is not right. Do count and filters",
        ),
        (lambda b: shrunk(b, 222), "row 1, ((222, 222, 8), 224), is not right. Same padding keeps the size"),
        (lambda b: shrunk(b, 224), "row 2, ((111, 111, 8), 0), is not right. Same padding keeps the size"),
        (lambda b: [((*s,), n) if n > 224 else [s, n] for s, n in check.vgg_rows(b)], "in round brackets"),
        (lambda b: [([*s], n) for s, n in check.vgg_rows(b)], "in round brackets"),
        (lambda blocks: tuple(check.vgg_rows(blocks)), "not a list of pairs"),
        (
            lambda b: [row for row in check.vgg_rows(b) if row[1]],
            "row 2, ((112, 112, 24), 1752), is not right. A",
        ),
        (
            lambda b: [
                ((*s[:2], s[-1]), n) if n else ((2 * s[0], 2 * s[1], s[2]), 0) for s, n in check.vgg_rows(b)
            ],
            "row 2, ((224, 224, 8), 0), is not right. Halve height and width",
        ),
        (
            lambda b: [(s if n else (*s[:2], 3), n) for s, n in check.vgg_rows(b)],
            "row 2, ((112, 112, 3), 0), is not right. Do count and filters come from blocks",
        ),
        (lambda b: check.vgg_rows([(n, 8) for n, _ in b]), "row 3, ((112, 112, 8), 584), is not right. Do"),
        (
            lambda b: [row[0] for row in check.vgg_rows(b)],
            "row 1, (224, 224, 8), is not right. A row is a shape",
        ),
        (
            lambda b: [(s, n - s[-1]) for s, n in check.vgg_rows(b)],
            "The shape is right. Count weights and biases: how many maps or numbers come in",
        ),
        (
            lambda b: [((s[0]), n) for s, n in check.vgg_rows(b)],
            "row 1, (224, 224), is not right. A row is a",
        ),
        (
            lambda b: [*check.vgg_rows(b)[:5], ((75264,), 0), ((4096,), 1)],
            "row 6, ((75264,), 0), is not right. Leave",
        ),
        (
            lambda b: [
                ((*s[:2], s[-1]), n) if n or len(s) < 3 else ((s[0] / 1, s[1] / 1, s[2]), n)
                for s, n in check.vgg_rows(b)
            ],
            "has fractions. Halve with // 2",
        ),
    ],
)
def test_slips_in_the_rows_of_a_vgg(answer, hint, capsys):
    is_told(check.vgg, answer, hint, capsys)


# Exercise 4: an inception module.


def module(
    reduce=True,
    paths=4,
    padding="same",
    strides=1,
    pool="first",
    silent=(),
    backwards=False,
    twice=False,
    window=3,
    join=lambda found: layers.Concatenate()(found),
):
    def build(x, one, three, five, pooled):
        def conv(x, filters, size=1):
            active = None if filters in silent else "relu"
            return layers.Conv2D(filters, size, padding=padding, activation=active)(x)

        found = [conv(x, one)]
        for few, many, size in ((*three, 3), (*five, 5)):
            found.append(conv(conv(x, few) if reduce else x, many, size))
        pooling = layers.MaxPooling2D(window, strides=strides, padding="same")
        ways = {
            "first": lambda: conv(pooling(x), pooled),
            "last": lambda: pooling(conv(x, pooled)),
            "none": lambda: conv(x, pooled),
            "thrown away": lambda: (pooling(x), conv(x, pooled))[1],
        }
        found.append(ways[pool]())
        found = [*found, found[0]] if twice else found[:paths]
        return join(found[:: -1 if backwards else 1])

    return build


def naive(x, *sizes):
    paths = [layers.Conv2D(n, side, padding="same", activation="relu")(x) for n, side in ((64, 1), (128, 3))]
    paths += [layers.Conv2D(32, 5, padding="same", activation="relu")(x)]
    return layers.Concatenate()([*paths, layers.MaxPooling2D(3, strides=1, padding="same")(x)])


def models_as_paths(x, one, three, five, pooled):
    def path(*parts):
        return keras.Sequential(parts)(x)

    def conv(filters, size):
        return layers.Conv2D(filters, size, activation="relu", padding="same")

    found = [path(conv(one, 1)), path(conv(three[0], 1), conv(three[1], 3))]
    found += [path(conv(five[0], 1), conv(five[1], 5))]
    return layers.Concatenate()([*found, path(layers.MaxPooling2D(3, 1, "same"), conv(pooled, 1))])


def model_in_a_model(x, *sizes):
    inside = keras.Input(x.shape[1:])
    return keras.Model(inside, models_as_paths(inside, *sizes))(x)


def in_two_steps(found):
    return layers.Concatenate()([layers.Concatenate()(found[:2]), *found[2:]])


def test_an_inception_module_passes_and_has_the_parameters_of_googlenets_3a(capsys):
    assert said(check.inception, module(), capsys).startswith("ok  build: four paths")
    x = keras.Input((28, 28, 192))
    built = keras.Model(x, check.inception_module(x, 64, (96, 128), (16, 32), 32))
    assert built.output_shape == (None, 28, 28, 256) and built.count_params() == 163_328 + 368


def test_the_order_of_the_paths_is_free_and_a_relu_may_be_a_layer(capsys):
    def with_layers(x, one, three, five, pooled):
        def conv(x, filters, size=1):
            return layers.ReLU()(layers.Conv2D(filters, size, padding="same")(x))

        found = [conv(x, one), conv(conv(x, three[0]), three[1], 3), conv(conv(x, five[0]), five[1], 5)]
        pooled = conv(layers.MaxPooling2D(3, strides=1, padding="same")(x), pooled)
        return layers.Concatenate()([*found, pooled])

    models = models_as_paths, model_in_a_model
    for answer in (module(backwards=True), module(join=in_two_steps), with_layers, *models):
        assert said(check.inception, answer, capsys).startswith("ok")


@pytest.mark.parametrize(
    "answer, hint",
    [
        (module(reduce=False), "The 3×3 and the 5×5 read what their 1×1 gives"),
        (naive, "The 3×3 and the 5×5 read what their 1×1 gives"),
        (module(paths=3), "No path has the max pooling"),
        (module(pool="none"), "The last 1×1 reads what the max pooling gives"),
        (module(pool="thrown away"), "The last 1×1 reads what the max pooling gives"),
        (module(window=2), "The pooling needs a window of 3×3"),
        (lambda x, *sizes: layers.ReLU()(module()(x, *sizes)), "Nothing follows the concatenation"),
        (module(silent=range(200), join=lambda f: layers.ReLU()(layers.Concatenate()(f))), "Nothing follows"),
        (
            lambda x, *sizes: module()(keras.Input((28, 28, 192)), *sizes),
            "28, 256). Maps of 8×8 came in. Begin",
        ),
        (module(join=lambda found: layers.Concatenate(axis=1)(found)), "Stack the maps: leave out axis"),
        (module(join=lambda found: layers.Concatenate()(*found)), "Concatenate takes one list"),
        (module(join=lambda found: layers.Concatenate()(found[0])), "Concatenate takes one list"),
        (lambda x, one, three, *more: layers.Conv2D(three, 3)(x), "three[0] and three[1]"),
        (module(pool="last"), "The 1×1 comes after the pooling"),
        (module(silent=(64, 96, 128, 16, 32)), "Each of the six convolutions has a ReLU"),
        (module(silent=(96, 16)), "Each of the six convolutions has a ReLU"),
        (
            lambda x, *sizes: module()(x, *sizes[:3], 30),
            "One path should be: MaxPooling2D 3×3, convolution 1×1 to 32",
        ),
        (module(twice=True), "Four paths are concatenated, not 5"),
        (module(padding="valid"), "All paths need one height and width: same padding"),
        (module(strides=3), "and strides=1 in the pooling"),
        (lambda x, *sizes: layers.Add()([x, module()(x, *sizes)]), "Concatenate the paths; don't add them"),
        (lambda x, *sizes: x + module()(x, *sizes), "Concatenate the paths; don't add them"),
        (
            lambda x, *sizes: layers.MaxPooling2D(2)(module()(x, *sizes)),
            "Use padding='same'",
        ),
        (lambda x, *sizes: [module()(x, *sizes)], "Return the last maps"),
        (lambda x, *sizes: layers.Conv2D(sizes[0], 1), "Return the last maps"),
    ],
)
def test_slips_in_an_inception_module(answer, hint, capsys):
    is_told(check.inception, answer, hint, capsys)


# Exercise 6: an inverted residual.


def inverted(
    factor=4,
    momentum=0.9,
    biases=False,
    middle="depthwise",
    norms=(1, 1, 1),
    relus=(1, 1, 0),
    add="+",
    after=False,
    window=1,
    many=False,
):
    def build(x, n):
        y = x
        kinds = [layers.Conv2D(factor * n, window, padding="same", use_bias=biases)]
        if middle == "depthwise":
            kinds += [layers.DepthwiseConv2D(*[n] * many, 3, padding="same", use_bias=False)]
        else:
            kinds += [layers.Conv2D(factor * n, 3, padding=middle, use_bias=False)]
        for kind, norm, relu in zip([*kinds, layers.Conv2D(n, 1, use_bias=False)], norms, relus, strict=True):
            y = layers.BatchNormalization(momentum=momentum)(kind(y)) if norm else kind(y)
            y = layers.Activation("relu")(y) if relu else y
        y = {"+": lambda: y + x, "layer": lambda: layers.Add()([x, y]), "": lambda: y}[add]()
        return keras.ops.relu(y) if after else y

    return build


def conv(x, filters):
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9)(x)


@pytest.mark.parametrize("answer", [inverted(), inverted(add="layer"), check.inverted_block])
def test_an_inverted_residual_passes_with_the_parameters_of_its_closed_form(answer, capsys):
    n = 10
    weights = n * 4 * n + 9 * 4 * n + 4 * n * n
    count = weights + 4 * (4 * n + 4 * n + n)  # batch norm has four numbers for each map
    found = said(check.inverted, answer, capsys)
    assert found.startswith("ok") and f"{count:,} parameters" in found


@pytest.mark.parametrize(
    "answer, hint",
    [
        (inverted(add=""), "Add the input x at the very end"),
        (inverted(after=True), "at the very end; nothing follows the sum"),
        (lambda x, n: layers.Conv2D(4 * n, 1)(x) + x, "Is x still the input"),
        (lambda x, n: layers.Add()([layers.Conv2D(n, 3)(x), x]), "Is padding missing"),
        (inverted(middle="same"), "filters each map by itself"),
        (inverted(factor=6), "makes 4 * n maps"),
        (inverted(window=3), "The first convolution is 1×1 and makes"),
        (inverted(many=True), "DepthwiseConv2D takes the window first"),
        (
            lambda x, n: conv(layers.DepthwiseConv2D(3, padding="same")(x), n) + x,
            "Yours reads x",
        ),
        (lambda x, n: conv(4 * n, x), "conv takes the maps first"),
        (inverted(relus=(1, 1, 1)), "After the last convolution there is no ReLU"),
        (inverted(relus=(1, 0, 0)), "On the way there are convolution 1×1 to 40"),
        (inverted(norms=(1, 0, 1)), "Batch norm with momentum=0.9 follows each"),
        (inverted(momentum=0.99), "Batch norm with momentum=0.9 follows each"),
        (inverted(biases=True), "1,560 parameters are too many. Leave out the biases"),
        (lambda x, n: layers.Conv2D(3, 1)(x), "The sum has 3 maps instead of n"),
        (lambda x, n: layers.Conv2D(n, 3)(x), "gives (6, 6, 10). Use padding='same'"),
        (lambda x, n: [x], "Return the last maps"),
    ],
)
def test_slips_in_an_inverted_residual(answer, hint, capsys):
    is_told(check.inverted, answer, hint, capsys)


# Exercises 3 and 7: two counts.


def test_the_work_of_a_layer_is_what_whole_models_are_counted_by(capsys):
    from helpers import convolution

    def counted(layer):
        return sum(convolution.multiply_adds(layer, layer.input.shape[1:]).values())

    assert said(check.layer_work, counted, capsys).startswith("ok  counted: right for two kinds")
    assert said(check.layer_work, check.places_times_weights, capsys).startswith("ok")


def all_maps(layer):
    """Count as if each filter read all maps."""
    if isinstance(layer, layers.DepthwiseConv2D | layers.Dense):
        return check.places_times_weights(layer)
    weights = math.prod(layer.kernel_size) * layer.input.shape[-1] * layer.filters
    return math.prod(layer.output.shape[1:-1]) * weights


@pytest.mark.parametrize(
    "answer, hint",
    [
        (lambda one: math.prod(one.kernel.shape), "uses each weight once for every place"),
        (lambda one: one.count_params() * math.prod(one.output.shape[1:-1]), "A bias isn't multiplied"),
        (lambda one: math.prod(one.output.shape[1:]) * math.prod(one.kernel.shape), "without the maps"),
        (lambda one: 7, "How many places does layer.output have, and how many"),
        (
            lambda one: math.prod(one.input.shape[1:-1]) * math.prod(one.kernel.shape),
            "3240. Count the output's places",
        ),
        (all_maps, "This layer has groups=3"),
        (lambda one: 2 * check.places_times_weights(one), "so it counts once"),
        (
            lambda one: math.prod(one.output.shape[1:]) * math.prod(one.kernel.shape[:-1]),
            "(DepthwiseConv2D) returned 864. Multiply all numbers of its kernel.shape",
        ),
        (lambda one: one.weight, "'Conv2D' object has no attribute 'weight'"),
        (lambda one: math.prod(one.output.shape[:-1]), "The batch is None. Begin at shape[1]"),
        (lambda one: one.kernel.size, "Count with math.prod(layer.kernel.shape)"),
        (lambda one: len(one.kernel), "Count with math.prod(layer.kernel.shape)"),
        (lambda one: one.output.shape[1] * one.output.shape[2] * math.prod(one.kernel.shape), "Take a slice"),
        (lambda one: 1.0 * check.places_times_weights(one), "is right, but a float"),
    ],
)
def test_slips_in_the_work_of_a_layer(answer, hint, capsys):
    is_told(check.layer_work, answer, hint, capsys)


@pytest.mark.parametrize(
    "answer, hint",
    [
        (lambda b: sum(b) + len(b) + 1, "two convolutions, 1×1 and 3×3"),
        (lambda b: 2 * sum(b) + len(b) + 2, "one transition fewer"),
        (lambda b: 2 * sum(b) + 2, "transitions between the blocks have"),
        (lambda b: 2 * sum(b) + len(b) - 1, "first convolution and the dense layer"),
        (lambda b: 7, "Go through the text"),
        (lambda b: 2 * sum(b) + len(b), "one is missing"),
        (lambda b: 1 + 2 * sum(b) + 3 + 1, "use len(blocks)"),
    ],
)
def test_slips_in_the_depth(answer, hint, capsys):
    is_told(check.densenet_depth, answer, hint, capsys)


def test_densenet_121_has_121_layers_in_keras_too(capsys):
    with keras.StatelessScope(initialize_variables=False):
        network = keras.applications.DenseNet121(weights=None)
    keras.utils.clear_session(free_memory=False)
    counted = sum(isinstance(layer, layers.Conv2D | layers.Dense) for layer in network.layers)
    found = said(check.densenet_depth, lambda b: counted if len(b) == 4 else 13, capsys)
    assert found.startswith("ok  <lambda>: right in 2 cases") and counted == 121
