"""Files for a phone: they answer as the model does, and nothing is printed on the way."""

import os
import sys
import tempfile
import warnings

import numpy as np
import pytest

from helpers import convolution, phone

RANDOM = np.random.default_rng(5)
IMAGES = RANDOM.integers(0, 256, (5, 9, 8, 3)).astype(np.uint8)
KERNEL = RANDOM.normal(size=(3, 3, 3, 64)).astype("float32") / 255
DENSE = RANDOM.normal(size=(64, 2)).astype("float32") / 8


@pytest.fixture(scope="module")
def model():
    import keras

    parts = [
        keras.Input((9, 8, 3)),
        keras.layers.Conv2D(64, 3, activation="relu", name="conv"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2, activation="softmax", name="answer"),
    ]
    built = keras.Sequential(parts)
    built.get_layer("conv").set_weights([KERNEL, np.zeros(64)])
    built.get_layer("answer").set_weights([DENSE, np.array([0.5, -0.5])])
    return built


@pytest.fixture(scope="module")
def files(model):
    return {quantised: phone.convert(model, quantised=quantised) for quantised in (False, True)}


def by_hand(images):
    """What the model computes, with the course's own convolution."""
    maps = np.stack([convolution.relu(convolution.convolve2d(image / 1.0, KERNEL)) for image in images])
    logits = maps.mean(axis=(1, 2)) @ DENSE + [0.5, -0.5]
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def test_the_file_answers_what_the_network_computes(files):
    found = phone.answers(files[False], IMAGES)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, by_hand(IMAGES), atol=1e-5)


def test_batches_do_not_change_answers(files):
    one_by_one = np.concatenate([phone.answers(files[False], image[None]) for image in IMAGES])
    np.testing.assert_allclose(phone.answers(files[False], IMAGES, batch=2), one_by_one, atol=1e-5)


def test_a_quantised_file_is_smaller_and_answers_nearly_the_same(files):
    assert len(files[True]) < len(files[False])
    exact, rounded = (phone.answers(files[quantised], IMAGES) for quantised in (False, True))
    assert 0 < np.abs(rounded - exact).max() < 0.05


def test_a_quantised_file_holds_large_kernels_as_bytes(files):
    whole = np.round(KERNEL / np.abs(KERNEL).max(axis=(0, 1, 2)) * 127).astype(np.int8)
    stored = np.moveaxis(whole, -1, 0).tobytes()  # LiteRT keeps filters first
    assert stored in files[True]
    assert stored not in files[False]
    assert np.moveaxis(KERNEL, -1, 0).tobytes() in files[False]


def test_nothing_is_printed(model, capfd, monkeypatch, recwarn):
    import tensorflow as tf

    save = tf.saved_model.save

    def noisy(*arguments, **options):
        os.write(2, b"as C++ writes\n")
        print("as Python writes")
        warnings.warn("as Python warns", stacklevel=1)
        return save(*arguments, **options)

    monkeypatch.setattr(tf.saved_model, "save", noisy)
    phone.answers(phone.convert(model), IMAGES)
    os.write(2, b"still ")
    print("heard", file=sys.stderr, flush=True)
    assert capfd.readouterr() == ("", "still heard\n")
    assert not recwarn.list


def of_integers(kind, *, whole_batch=None, scaled=True):
    """A file of y = (mean of all pixels, 3 · the first) / 255, converted by TensorFlow alone."""
    import tensorflow as tf

    kind, mixer = tf.as_dtype(kind), np.zeros((216, 2), "float32")
    mixer[:, 0], mixer[0, 1] = 1 / 216 / 255, 3 / 255

    def mix(images):
        return tf.reshape(tf.cast(images, tf.float32), (whole_batch or -1, 216)) @ mixer

    spec = tf.TensorSpec((whole_batch, 9, 8, 3), tf.float32 if scaled else kind)
    graph = tf.function(mix, [spec], autograph=False).get_concrete_function()
    with phone.quietly():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([graph], graph)
        if scaled:
            sets = tf.lite.OpsSet
            wide = sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_ops = [wide if kind == tf.int16 else sets.TFLITE_BUILTINS_INT8]
            seen = np.concatenate([EXTREMES] * 4)[: whole_batch or 1].astype("float32")
            converter.representative_dataset = lambda: [[seen], [255 - seen]]
            converter.inference_input_type = converter.inference_output_type = kind
        return converter.convert()


EXTREMES = np.stack([np.full((9, 8, 3), value) for value in (0.0, 100, 200, 255)])
MIXED = np.array([[1, 3]]) * np.array([0, 100, 200, 255])[:, None] / 255


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16"])
@pytest.mark.parametrize("whole_batch", [None, 3])
def test_a_file_of_whole_numbers_gets_and_gives_pixels_by_its_scale(kind, whole_batch):
    file = of_integers(kind, whole_batch=whole_batch)
    for images in (EXTREMES, EXTREMES.astype("uint8"), EXTREMES.astype("int64")):
        found = phone.answers(file, images)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, MIXED, atol=0.03)  # a step of 3 / 255 and its rounding
    beyond = np.stack([EXTREMES[0] - 90 * (kind != "int16"), EXTREMES[3] + 90])  # int16 has its 0 at 0
    np.testing.assert_allclose(phone.answers(file, beyond), MIXED[[0, 3]], atol=0.03)
    with pytest.raises(ValueError, match="NaN or infinite"):
        phone.answers(file, EXTREMES * np.nan)


def test_whole_numbers_without_a_scale_are_cut_off_and_do_not_wrap():
    beyond = np.stack([EXTREMES[0] - 90, EXTREMES[1], EXTREMES[3] + 90])
    for images in (beyond, beyond.astype("int16")):
        found = phone.answers(of_integers("uint8", scaled=False), images)
        np.testing.assert_allclose(found, MIXED[[0, 1, 3]], atol=1e-5)


def test_a_subclassed_model_is_converted_once_it_has_seen_images(model):
    import keras

    class Mine(keras.Model):
        def __init__(self):
            super().__init__(name="mine")
            self.inner = model

        def call(self, images):
            return self.inner(images)

    mine = Mine()
    with pytest.raises(ValueError, match=r"'mine' cannot be converted: .* Call a new one on images first"):
        phone.convert(mine)
    mine(IMAGES)
    np.testing.assert_allclose(phone.answers(phone.convert(mine), IMAGES), by_hand(IMAGES), atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "bfloat16"])
def test_any_dtype_policy_gives_a_file_in_float32_and_stays(model, policy):
    import keras

    inner = keras.models.clone_model(
        model, clone_function=lambda layer: type(layer).from_config({**layer.get_config(), "dtype": policy})
    )
    inner.set_weights(model.get_weights())
    nested = keras.Sequential([keras.Input((9, 8, 3)), inner])
    found = phone.answers(phone.convert(nested), IMAGES)
    exact = policy != "bfloat16"  # there the weights themselves are rounded
    np.testing.assert_allclose(found, by_hand(IMAGES), atol=1e-5 if exact else 0.02)
    assert {layer.dtype_policy.name for layer in inner.layers} == {policy}


def test_a_file_for_images_of_any_size():
    import keras

    model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.GlobalAveragePooling2D()])
    file = phone.convert(model)
    for images in (IMAGES, IMAGES[:, :4, :5]):
        np.testing.assert_allclose(phone.answers(file, images), images.mean(axis=(1, 2)), rtol=1e-4)


def test_a_file_of_several_things_is_refused():
    import tensorflow as tf

    given = tf.TensorSpec((None, 9, 8, 3))
    functions = [tf.function(lambda x, n=n: n * x, [given], autograph=False) for n in (1, 2)]
    whole = tf.Module()
    whole.first, whole.second = functions
    with phone.quietly(), tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(whole, folder, signatures=dict(once=whole.first, twice=whole.second))
        file = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["once", "twice"]).convert()
        pair = tf.function(lambda x, y: x - y, [given] * 2, autograph=False).get_concrete_function()
        other = tf.lite.TFLiteConverter.from_concrete_functions([pair], pair).convert()
    with pytest.raises(ValueError, match="The file has the signatures once, twice"):
        phone.answers(file, IMAGES)
    with pytest.raises(ValueError, match="The file has 2 inputs and 1 outputs"):
        phone.answers(other, IMAGES)


def test_bad_input_is_named(model, files, monkeypatch):
    import keras

    with pytest.raises(ValueError, match="These 3 bytes are no LiteRT file"):
        phone.answers(b"abc", IMAGES)
    with pytest.raises(ValueError, match=r"shape \(5, 8, 9, 3\); the file takes \(n, 9, 8, 3\)"):
        phone.answers(files[False], IMAGES.transpose(0, 2, 1, 3))
    with pytest.raises(ValueError, match=r"shape \(9, 8, 3\)"):
        phone.answers(files[False], IMAGES[0])
    with pytest.raises(ValueError, match=r"have the shape \(0, 9, 8, 3\)"):
        phone.answers(files[False], IMAGES[:0])
    with pytest.raises(ValueError, match=r"batch=0: give .* 1 or more"):
        phone.answers(files[False], IMAGES, batch=0)
    with pytest.raises(ValueError, match=r"Images of <U1.* give an array of numbers"):
        phone.answers(files[False], IMAGES.astype("U1"))
    with pytest.raises(TypeError, match=r"This is a str\. Give the bytes"):
        phone.answers("model.tflite", IMAGES)
    with pytest.raises(TypeError, match="This is a Dense, no keras"):
        phone.convert(model.layers[-1])
    unbuilt = keras.Sequential([keras.layers.Dense(2)], name="open")
    with pytest.raises(ValueError, match=r"'open' cannot be converted: .* Call a new one on images first"):
        phone.convert(unbuilt)
    two = keras.Model(model.inputs, [model.outputs[0], model.layers[0].output])
    with pytest.raises(ValueError, match="1 inputs and 2 outputs"):
        phone.convert(two)


def test_what_the_phone_cannot_compute_is_named():
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(keras.ops.erfinv)], name="odd")
    with pytest.raises(
        ValueError, match=r"'odd' cannot be converted: LiteRT cannot compute its tf.Erfinv.*augmentation"
    ):
        phone.convert(model)
