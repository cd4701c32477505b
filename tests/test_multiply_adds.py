"""The calculator of multiply-adds, against closed forms for each kind of layer and published figures."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers import convolution as conv

CALL = keras.layers.Layer.__call__


def total(model, *shape):
    return sum(conv.multiply_adds(model, *shape).values())


# Each layer on an image of 20 by 17 with 6 channels: positions of the window times products at each.
CLOSED_FORMS = {
    "valid": (layers.Conv2D(5, (3, 4)), (18 * 14) * (3 * 4 * 6) * 5),
    "same": (layers.Conv2D(5, 3, padding="same"), (20 * 17) * (3 * 3 * 6) * 5),
    "stride, valid": (layers.Conv2D(5, 3, strides=2), (9 * 8) * (3 * 3 * 6) * 5),
    "stride, same": (layers.Conv2D(5, 3, strides=(2, 3), padding="same"), (10 * 6) * (3 * 3 * 6) * 5),
    "dilation": (layers.Conv2D(5, 3, dilation_rate=2), (16 * 13) * (3 * 3 * 6) * 5),
    "groups": (layers.Conv2D(9, 3, groups=3), (18 * 15) * (3 * 3 * 2) * 9),
    "1x1, no bias": (layers.Conv2D(7, 1, use_bias=False), (20 * 17) * 6 * 7),
    "depthwise": (layers.DepthwiseConv2D(3, strides=2, padding="same"), (10 * 9) * 9 * 6),
    "depthwise, 4 each": (layers.DepthwiseConv2D(3, depth_multiplier=4), (18 * 15) * 9 * 6 * 4),
    "separable": (layers.SeparableConv2D(11, 3), (18 * 15) * (9 * 6 + 6 * 11)),
    "separable, 2 each": (
        layers.SeparableConv2D(11, 3, depth_multiplier=2, strides=2),
        (9 * 8) * (9 * 6 * 2 + 12 * 11),
    ),
    "transposed": (layers.Conv2DTranspose(5, 3, strides=2), (20 * 17) * (3 * 3 * 6) * 5),
    "dense, at each pixel": (layers.Dense(13), (20 * 17) * 6 * 13),
    "with an activation": (layers.Conv2D(5, 3, activation=layers.ReLU()), (18 * 15) * (3 * 3 * 6) * 5),
    "maximum": (layers.MaxPooling2D(2), 0),
    "mean": (layers.GlobalAveragePooling2D(), 0),
    "batch norm": (layers.BatchNormalization(), 0),
    "layer norm": (layers.LayerNormalization(axis=(1, 2, 3)), 0),
    "PReLU": (layers.PReLU(), 0),
    "ReLU": (layers.ReLU(), 0),
    "dropout": (layers.Dropout(0.5), 0),
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_a_layer_has_as_many_as_its_closed_form(name):
    layer, expected = CLOSED_FORMS[name]
    assert total(layer, (20, 17, 6)) == expected


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_a_layer_in_a_model_has_as_many_and_hands_on_its_shape(name):
    layer, expected = CLOSED_FORMS[name]
    model = keras.Sequential([keras.Input((20, 17, 6)), layer, layers.Dense(1, name="top")])
    found = conv.multiply_adds(model)
    assert found.pop("top") == np.prod(model.layers[0].output.shape[1:])
    assert sum(found.values()) == expected


def test_a_volume_and_a_sequence_count_their_places_too():
    assert total(layers.Conv3D(4, 3), (7, 8, 9, 2)) == (5 * 6 * 7) * (27 * 2) * 4
    assert total(layers.Conv1D(4, 3, padding="causal"), (12, 5)) == 12 * (3 * 5) * 4
    assert total(layers.Dense(10), (120,)) == 1200


def small(**options):
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(3, 3, padding="same", name="filters"),
            layers.ReLU(name="relu"),
        ],
        **options,
    )


def test_a_network_inside_a_network_is_counted_layer_by_layer_at_each_call():
    inner, image = small(name="inner"), keras.Input((8, 8, 3))
    x = layers.Flatten(name="flat")(inner(inner(image)))
    outer = keras.Model(image, layers.Dense(4, name="top")(x))
    found = {"inner/filters": 2 * (64 * 27 * 3), "inner/relu": 0, "flat": 0, "top": 192 * 4}
    assert conv.multiply_adds(outer) == found


def test_a_network_with_two_inputs_is_counted_from_both():
    one, two = keras.Input((6,)), keras.Input((6,))
    shared = layers.Dense(5, name="shared")
    model = keras.Model([one, two], layers.Add(name="sum")([shared(one), shared(two)]))
    assert conv.multiply_adds(model) == {"shared": 2 * 6 * 5, "sum": 0}


def test_a_layer_called_on_two_sizes_is_counted_at_both():
    image, filters = keras.Input((16, 16, 3)), layers.Conv2D(3, 3, padding="same", name="filters")
    half = layers.AveragePooling2D(2)(image)
    model = keras.Model(image, [filters(image), filters(half)])
    assert conv.multiply_adds(model)["filters"] == (256 + 64) * 27 * 3


def test_a_subclassed_model_and_a_layer_of_layers_are_counted_like_their_layers():
    class Block(layers.Layer):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Conv2D(4, 3), layers.Dense(2)

        def call(self, x):
            return self.second(self.first(x))

    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.block = Block()

        def call(self, inputs):
            return self.block(inputs)

    expected = (36 * 27 * 4) + (36 * 4 * 2)
    assert total(Block(), (8, 8, 3)) == total(Mine(), (8, 8, 3)) == expected


def test_counting_leaves_a_model_as_it_was():
    model = small()
    before, output = model.get_weights(), model.layers[0].output
    conv.multiply_adds(model)
    assert model.layers[0].output is output
    assert all(map(np.array_equal, before, model.get_weights()))
    assert keras.layers.Layer.__call__ is CALL


def test_an_image_of_any_size_needs_its_size_and_one_of_another_size_may_be_asked_for():
    model = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(8, 3, padding="same")])
    assert total(model, (10, 20, 3)) == 200 * 27 * 8
    with pytest.raises(
        ValueError, match=r"does not say the size of its input. Give input_shape, such as \(224, 224, 3\)"
    ):
        conv.multiply_adds(model)
    with pytest.raises(ValueError, match=r"does not say the size of its input. Give input_shape"):
        conv.multiply_adds(layers.Conv2D(8, 3))


class Product(layers.Layer):
    def build(self, shape):
        self.matrix = self.add_weight(shape=(shape[-1], 3))

    def call(self, x):
        return x @ self.matrix


@pytest.mark.parametrize(
    "layer, shape",
    [
        (Product(), (4,)),
        (layers.LSTM(3), (5, 4)),
        (layers.TimeDistributed(layers.Dense(3)), (5, 4)),
        (layers.EinsumDense("bx,xy->by", 3), (4,)),
    ],
)
def test_a_layer_whose_products_are_not_known_is_named(layer, shape):
    with pytest.raises(
        ValueError, match=f"of the kind {type(layer).__name__}, whose multiplications are not"
    ):
        conv.multiply_adds(layer, shape)
    assert keras.layers.Layer.__call__ is CALL


def test_attention_is_refused_wherever_it_stands():
    query = keras.Input((5, 4))
    for layer in (layers.Attention(), layers.Dot(2), layers.MultiHeadAttention(2, 2)):
        given = (query, query) if isinstance(layer, layers.MultiHeadAttention) else ([query, query],)
        with pytest.raises(ValueError, match="not counted here"):
            conv.multiply_adds(keras.Model(query, layer(*given)))


def test_mobilenet_has_the_569_million_of_its_paper_and_resnet50_the_3_9_billion():
    """Howard and others 2017, table 4; He and others 2016, table 1 says 3.8, cut to one decimal.

    Both count convolutions and the dense layer, one image of 224 by 224.
    """
    with keras.StatelessScope(initialize_variables=False):  # counting needs no weights
        mobilenet, resnet = (
            keras.applications.MobileNet(weights=None),
            keras.applications.ResNet50(weights=None),
        )
    assert round(total(mobilenet) / 1e6) == 569
    resnet = conv.multiply_adds(resnet)
    assert sum(resnet.values()) == 3_857_973_248
    assert resnet["conv1_conv"] == 112 * 112 * 7 * 7 * 3 * 64 and resnet["predictions"] == 2048 * 1000
    keras.utils.clear_session(free_memory=False)


def test_the_longest_path_of_a_fork_is_its_longer_arm_and_only_the_kinds_asked_for_count():
    image = keras.Input((8, 8, 3))
    long = layers.ReLU()(layers.Conv2D(3, 1)(layers.ReLU()(layers.Conv2D(3, 1)(image))))
    short = layers.Conv2D(3, 1)(image)
    model = keras.Model(image, layers.Dense(2)(layers.Flatten()(long + short)))
    assert conv.longest_path(model) == 4 + 1 + 2  # the arm, the sum, flatten and dense
    assert conv.longest_path(model, layers.Conv2D) == 2
    assert conv.longest_path(model, (layers.Conv2D, layers.Dense)) == 3


def test_the_longest_path_counts_what_the_names_of_networks_say():
    for name, number in {"VGG16": 16, "ResNet50": 50, "DenseNet121": 121}.items():
        with keras.StatelessScope(initialize_variables=False):
            model = getattr(keras.applications, name)(weights=None)
        keras.utils.clear_session(free_memory=False)
        assert conv.longest_path(model, (layers.Conv2D, layers.Dense)) == number
