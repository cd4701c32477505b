"""One small network in all the forms that Keras allows, with the same weights."""

from __future__ import annotations

import functools

import numpy as np
import pytest

SHAPE = (12, 14, 3)
IMAGES = np.random.default_rng(5).integers(0, 256, (5, *SHAPE)).astype("float32")
MASKS = (IMAGES[..., 0] > 128).astype(int)


def computes_in(policy):
    """Skip a test where this processor's kernels refuse a dtype, as oneDNN does bfloat16 without AVX."""
    from keras import ops
    from tensorflow.errors import AbortedError

    ones = ops.ones((3, 3, 1, 1), dtype := policy.split("_")[-1])  # pictures, or a kernel
    try:
        ops.conv(ones, ones, padding="same"), ops.matmul(ones[..., 0, 0], ones[..., 0, 0])
    except AbortedError:
        pytest.skip(f"NO {dtype} ON THIS PROCESSOR: its kernels do not compute in it")


@functools.cache
def subclasses():
    import keras
    from keras import layers

    @keras.saving.register_keras_serializable("tests")
    class Flat(keras.Model):
        """Layers as attributes; the softmax, if any, is a function in `call`."""

        def __init__(self, squash="", **options):
            super().__init__(**options)
            self.squash = squash
            self.first, self.second, self.last = trunk_layers()[1], trunk_layers()[3], layers.Dense(3)
            self.scale, self.pool, self.mean = trunk_layers()[0], trunk_layers()[2], trunk_layers()[4]

        def call(self, images):
            x = self.pool(self.first(self.scale(images)))
            x = self.last(self.mean(self.second(x)))
            return keras.ops.softmax(x) if self.squash else x

        def get_config(self):
            return {**super().get_config(), "squash": self.squash}

    class Holding(keras.Model):
        """A nested base as an attribute, and a `call` that is a `tf.function`."""

        def __init__(self):
            import tensorflow as tf

            super().__init__()
            self.base, self.last = trunk(), layers.Dense(3, activation="softmax")
            type(self).call = tf.function(type(self).call)

        def call(self, images, training=None):
            return self.last(self.base(images, training=training))

    return Flat, Holding


def trunk_layers():
    from keras import layers

    return [
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="relu", name="conv1"),
        layers.MaxPooling2D(name="pool"),
        layers.Conv2D(5, 3, padding="same", activation="relu", name="conv2"),
        layers.GlobalAveragePooling2D(name="mean"),
    ]


def trunk(name="base"):
    import keras

    images = x = keras.Input(SHAPE)
    for layer in trunk_layers():
        x = layer(x)
    return keras.Model(images, x, name=name)


def sequential(*head):
    import keras

    return keras.Sequential([keras.Input(SHAPE), *trunk_layers(), *head])


def build(kind):
    """Build the network in a form; three classes, one for "sigmoid", two for "two"."""
    import keras
    from keras import layers

    if kind == "functional":
        base = trunk()
        return keras.Model(base.input, layers.Dense(3, name="scores")(base.output))
    if kind == "softmax":
        return sequential(layers.Dense(3, activation="softmax"))
    if kind == "softmax as Activation":
        return sequential(layers.Dense(3), layers.Activation("softmax"))
    if kind == "softmax as Softmax":
        return sequential(layers.Dense(3), layers.Softmax())
    if kind == "many sigmoids":
        return sequential(layers.Dense(3, activation="sigmoid"))
    if kind == "nested":
        middle = keras.Sequential([keras.Input(SHAPE), trunk()], name="middle")
        return keras.Sequential([middle, layers.Dense(3, activation="softmax")])
    if kind in ("subclassed", "softmax as function"):
        model = subclasses()[0]("softmax" if kind == "softmax as function" else "")
    else:
        assert kind == "subclassed holding a model"
        model = subclasses()[1]()
    model(IMAGES[:1])
    return model


KINDS = (
    *("softmax", "softmax as Activation", "softmax as Softmax", "many sigmoids", "nested"),
    *("subclassed", "softmax as function", "subclassed holding a model"),
)
RELOADED = ("softmax", "nested", "subclassed")
NESTED_PATHS = {"nested": "middle/base/conv2", "subclassed holding a model": "base/conv2"}


def with_weights_of(model, other):
    """Copy weights by shape: the forms keep their layers in different orders."""
    shapes = {weight.shape: weight for weight in other.get_weights()}
    model.set_weights([shapes[weight.shape] for weight in model.get_weights()])
    return model


def make_reference():
    """The functional form with logits, and weights that let every channel live."""
    import keras

    keras.utils.set_random_seed(3)
    model = build("functional")
    chance = np.random.default_rng(3)
    model.set_weights([chance.normal(scale=0.4, size=weight.shape) for weight in model.get_weights()])
    return model


def flat_layers(model):
    """All layers at any depth, found without the code under test."""
    found = []
    for layer in model.layers:
        found += [layer, *(flat_layers(layer) if hasattr(layer, "layers") else [])]
    return found
