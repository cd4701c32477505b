"""Modules of TensorFlow Hub as Keras layers, against modules that the tests export."""

import io
import os
import subprocess
import sys
import tarfile

import numpy as np
import pytest
from networks import computes_in
from servers import FaultyServer

from helpers import ROOT, backbones
from helpers.assets import AssetError

RATE = 0.9  # of the moving mean in the image module


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    for name in ("COURSE_ASSETS", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))


def export_dense(path, *, declare=True):
    """Export a module with a kernel, a moving mean, a training argument and a penalty of the kernel."""
    import tensorflow as tf

    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            values = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
            self.kernel = tf.Variable(values, name="scope/kernel")
            self.mean = tf.Variable([0.0, 0.0, 0.0], trainable=False, name="scope/mean")

        @tf.function
        def __call__(self, inputs, training=False):
            outputs = inputs @ self.kernel
            if training:
                self.mean.assign(RATE * self.mean + (1 - RATE) * tf.reduce_mean(outputs, axis=0))
            return outputs - self.mean

        @tf.function(input_signature=[])
        def penalty(self):
            return 0.5 * tf.reduce_sum(self.kernel**2)

    module = Module()
    for training in (True, False):
        module.__call__.get_concrete_function(tf.TensorSpec((None, 4)), training=training)
    # With the lists of the reusable SavedModel interface, or a plain tf.Module, which saves only functions.
    tf.saved_model.save(declared(module) if declare else module, str(path))
    return str(path)


def declared(module):
    import tensorflow as tf

    class Reusable(tf.train.Checkpoint):
        def __init__(self):
            super().__init__()
            self.__call__ = module.__call__
            self.module = module
            self.variables = [module.kernel, module.mean]
            self.trainable_variables = [module.kernel]
            self.regularization_losses = [module.penalty]

    return Reusable()


def export_text(path):
    """Export a module that embeds sentences in 128 numbers: the mean of a vector for each word."""
    import tensorflow as tf

    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            self.table = tf.Variable(np.random.default_rng(0).normal(size=(50, 128)).astype("float32"))

        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
        def __call__(self, sentences):
            words = tf.strings.split(tf.strings.lower(sentences))
            rows = tf.strings.to_hash_bucket_fast(words.flat_values, 50)
            return tf.reduce_mean(words.with_flat_values(tf.gather(self.table, rows)), axis=1)

    tf.saved_model.save(Module(), str(path))
    return str(path)


def export_signature(path):
    """Export a module that can only be asked by its signature."""
    import tensorflow as tf

    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 4), name="values")])
        def serve(self, values):
            return {"doubled": 2 * values}

    module = Module()
    tf.saved_model.save(module, str(path), signatures=module.serve)
    return str(path)


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    return export_dense(tmp_path_factory.mktemp("modules") / "dense")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return export_text(tmp_path_factory.mktemp("modules") / "text")


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(3).normal(size=(16, 4)).astype("float32")


def sequential(layer):
    import keras

    return keras.Sequential([keras.Input((4,)), layer, keras.layers.Dense(1, name="head")])


def functional(layer):
    import keras

    given = keras.Input((4,))
    return keras.Model(given, keras.layers.Dense(1, name="head")(layer(given)))


def trained(model, inputs, epochs=3):
    import keras

    model.compile(keras.optimizers.Adam(0.05), "mse")
    model.fit(inputs, inputs[:, :1], batch_size=16, epochs=epochs, verbose=0)
    return model


def weights_of(layer):
    kernel, mean = (weight.numpy() for weight in layer.weights)
    return kernel, mean


@pytest.mark.parametrize("build", [sequential, functional])
def test_frozen_nothing_moves(dense, inputs, build):
    layer = backbones.hub_layer(dense)
    kernel, mean = weights_of(layer)
    model = trained(build(layer), inputs)
    assert len(layer.trainable_variables) == 0 and len(model.trainable_variables) == 2
    np.testing.assert_array_equal(weights_of(layer)[0], kernel)
    np.testing.assert_array_equal(weights_of(layer)[1], mean)
    np.testing.assert_allclose(layer(inputs, training=True), inputs @ kernel - mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(weights_of(layer)[1], mean)
    assert model.losses == []


@pytest.mark.parametrize("declare", [True, False])
@pytest.mark.parametrize("build", [sequential, functional])
def test_trainable_weights_and_statistics_move(tmp_path, inputs, build, declare):
    layer = backbones.hub_layer(export_dense(tmp_path / "module", declare=declare), trainable=True)
    kernel, mean = weights_of(layer)
    assert [weight.trainable for weight in layer.weights] == [True, False]
    model = trained(build(layer), inputs, epochs=1)
    # One step: the statistics see the kernel as it was before.
    np.testing.assert_allclose(
        weights_of(layer)[1], RATE * mean + (1 - RATE) * (inputs @ kernel).mean(axis=0), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(np.abs(weights_of(layer)[0] - kernel), 0.05, rtol=0.05)  # Adam's first step
    after = weights_of(layer)
    np.testing.assert_allclose(
        model.predict(inputs, verbose=0),
        (inputs @ after[0] - after[1]) @ model.get_layer("head").kernel.numpy()
        + model.get_layer("head").bias.numpy(),
        rtol=1e-3,
        atol=1e-4,
    )


def test_the_penalty_counts_only_while_it_trains(dense, inputs):
    layer = backbones.hub_layer(dense, trainable=True)
    kernel, _ = weights_of(layer)
    layer(inputs)
    np.testing.assert_allclose(layer.losses, [0.5 * (kernel**2).sum()], rtol=1e-5)
    layer.trainable = False
    layer(inputs)
    assert layer.losses == [] and layer.trainable_variables == []


@pytest.mark.parametrize("trainable", [False, True])
def test_trained_weights_survive_a_file(dense, inputs, tmp_path, trainable):
    import keras

    model = trained(sequential(backbones.hub_layer(dense, trainable=trainable)), inputs)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    expected = model.predict(inputs, verbose=0)
    np.testing.assert_allclose(again.predict(inputs, verbose=0), expected, rtol=1e-5, atol=1e-5)
    layer = again.layers[0]
    assert (layer.handle, layer.trainable) == (dense, trainable)
    np.testing.assert_array_equal(weights_of(layer)[1], weights_of(model.layers[0])[1])
    trained(again, inputs)  # and it trains on


def test_reading_a_file_in_a_new_process(dense, inputs, tmp_path):
    model = sequential(backbones.hub_layer(dense))
    model.save(tmp_path / "model.keras")
    code = (
        "import sys, keras; from helpers import backbones;"
        "assert type(keras.saving.load_model(sys.argv[1]).layers[0]).__name__ == 'HubLayer'"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "model.keras")], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    "policy, trainable", [("mixed_float16", True), ("mixed_bfloat16", False), ("float64", True)]
)
def test_any_dtype_policy_around_it(dense, inputs, tmp_path, policy, trainable):
    """The module computes in its own float32, between layers that do not."""
    import keras

    computes_in(policy)
    keras.config.set_dtype_policy(policy)
    try:
        layer = backbones.hub_layer(dense, trainable=trainable)
        first = keras.layers.Dense(4, kernel_initializer="identity")
        model = keras.Sequential([keras.Input((4,)), first, layer, keras.layers.Dense(1)])
        model.compile("adam", "mse")
        rounded = first(inputs)
        kernel, mean = weights_of(layer)
        found = layer(rounded)
        assert found.dtype == "float32"
        expected = np.asarray(rounded, "float32") @ kernel - mean
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
        for _ in range(6):  # until the scale of a float16 loss has come down
            model.train_on_batch(inputs, inputs[:, :1])
        assert (weights_of(layer)[0] != kernel).any() == trainable
        model.save(tmp_path / "model.keras")
    finally:
        keras.config.set_dtype_policy("float32")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_array_equal(again.layers[1](inputs), layer(inputs))


@pytest.mark.parametrize("kind", ["float16", "float64"])
def test_a_module_that_takes_other_floats_gets_them(tmp_path, inputs, kind):
    import tensorflow as tf

    module = tf.Module()
    module.__call__ = tf.function(lambda x: 2 * x, [tf.TensorSpec((None, 4), kind)], autograph=False)
    tf.saved_model.save(module, str(tmp_path / "module"))
    found = sequential_output(tmp_path / "module", inputs)
    np.testing.assert_allclose(found, 2 * inputs, rtol=1e-3)


@pytest.mark.parametrize("trainable", [False, True])
def test_sentences(text, tmp_path, trainable):
    import keras
    import tensorflow as tf

    sentences = tf.constant(["A handbag of leather", "Two shoes", "a shoe", "The cat sat on a mat"])
    layer = backbones.hub_layer(text, trainable=trainable)
    assert layer(sentences).shape == (4, 128)  # the lecture's example
    table = layer.weights[0].numpy()
    index = tf.strings.to_hash_bucket_fast(["two", "shoes"], 50).numpy()
    np.testing.assert_allclose(layer(sentences)[1], table[index].mean(axis=0), rtol=1e-5)

    model = keras.Sequential([keras.Input((), dtype="string"), layer, keras.layers.Dense(1)])
    assert model.output_shape == (None, 1) and layer.output.shape == (None, 128)
    model.compile("adam", "mse")
    model.fit(sentences, np.ones((4, 1)), verbose=0)
    assert (layer.weights[0].numpy() != table).any() == trainable
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    expected = model.predict(sentences, verbose=0)
    np.testing.assert_allclose(again.predict(sentences, verbose=0), expected, rtol=1e-5, atol=1e-5)


def test_a_module_with_nothing_but_a_signature(tmp_path, inputs):
    path = export_signature(tmp_path / "signature")
    np.testing.assert_allclose(sequential_output(path, inputs), 2 * inputs)
    with pytest.raises(ValueError, match=r"has nothing to train\. Use it with trainable=False"):
        backbones.hub_layer(path, trainable=True)


def sequential_output(path, inputs):
    import keras

    return keras.Sequential([keras.Input((4,)), backbones.hub_layer(path)]).predict(inputs, verbose=0)


def packed(folder):
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as archive:
        archive.add(folder, arcname=".")
    return body.getvalue()


def test_an_address_goes_through_the_resolver_and_is_kept(dense, inputs, monkeypatch):
    local = backbones.hub_layer(dense)(inputs)
    with FaultyServer({"/module/1?tf-hub-format=compressed": packed(dense)}) as server:
        handle = f"{server.url}/module/1"
        with pytest.raises(AssetError, match=r"/module/1 is not on this computer, and COURSE_OFFLINE=1"):
            backbones.hub_layer(handle)
        monkeypatch.delenv("COURSE_OFFLINE")
        np.testing.assert_allclose(backbones.hub_layer(handle)(inputs), local, rtol=1e-5, atol=1e-5)
        assert len(server.gets) == 1
        monkeypatch.setenv("COURSE_OFFLINE", "1")
        assert backbones.hub_layer(handle).handle == handle and len(server.gets) == 1
        monkeypatch.delenv("COURSE_OFFLINE")
        with pytest.raises(AssetError, match=r"/module/2 cannot be loaded \(.*404.*Check the handle"):
            backbones.hub_layer(f"{server.url}/module/2")


def test_a_kaggle_handle_becomes_an_address(monkeypatch):
    import tensorflow_hub

    asked = []
    monkeypatch.setattr(tensorflow_hub, "load", lambda handle: asked.append(handle) or object())
    monkeypatch.delenv("COURSE_OFFLINE")
    with pytest.raises(AssetError, match="cannot be called"):
        backbones.hub_layer("google/nnlm/tensorFlow2/en-dim128/1")
    base = "https://www.kaggle.com/models/google/nnlm"
    assert asked == [f"{base}/frameworks/tensorFlow2/variations/en-dim128/versions/1"]


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "typo"])
def test_a_module_that_is_none(tmp_path, dense, damage):
    path = tmp_path / "module"
    if damage in ("empty", "cut"):
        path.mkdir()
    if damage == "cut":
        with open(os.path.join(dense, "saved_model.pb"), "rb") as file:
            (path / "saved_model.pb").write_bytes(file.read()[:100])
    handle = "gogle/nnlm" if damage == "typo" else str(path)
    words = "There is no module" if damage in ("missing", "typo") else "cannot be loaded"
    with pytest.raises(AssetError, match=words) as caught:
        backbones.hub_layer(handle)
    assert handle in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_whose_module_is_gone_names_it(tmp_path, inputs):
    import shutil

    import keras

    module = export_dense(tmp_path / "module")
    sequential(backbones.hub_layer(module)).save(tmp_path / "model.keras")
    shutil.rmtree(module)
    with pytest.raises((AssetError, TypeError), match=r"There is no module"):
        keras.saving.load_model(tmp_path / "model.keras")
