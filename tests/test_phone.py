"""Files for a phone answer as the model does, and nothing is printed on the way."""

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


def converted(function, optimizations=()):
    """A file of a function of images, converted by TensorFlow alone."""
    import tensorflow as tf

    with phone.quietly():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
        converter.optimizations = list(optimizations)
        return converter.convert()


def function(run, *given, kind="float32"):
    import tensorflow as tf

    given = [tf.TensorSpec(shape, tf.as_dtype(kind)) for shape in given or [(None, 9, 8, 3)]]
    return tf.function(run, given, autograph=False)


@pytest.fixture(scope="module")
def files(model):
    import tensorflow as tf

    graph = function(lambda images: model(images, training=False))
    kinds = {False: [], True: [tf.lite.Optimize.DEFAULT]}
    return {quantised: converted(graph, kinds[quantised]) for quantised in kinds}


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


def test_batches_do_not_change_answers(files, monkeypatch):
    one_by_one = np.concatenate([phone.answers(files[False], image[None]) for image in IMAGES])
    monkeypatch.setattr(phone, "BATCH", 2)
    np.testing.assert_allclose(phone.answers(files[False], IMAGES), one_by_one, atol=1e-5)


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


def test_nothing_is_printed(files, capfd, recwarn):
    os.write(2, b"still ")
    phone.answers(files[False], IMAGES)
    with phone.quietly():
        os.write(2, b"as C++ writes\n")
        print("as Python writes")
        warnings.warn("as Python warns", stacklevel=1)
    print("heard", file=sys.stderr, flush=True)
    assert capfd.readouterr() == ("", "still heard\n")
    assert not recwarn.list


def test_a_file_for_images_of_any_size_or_so_many():
    import tensorflow as tf

    for shape in ((None, None, None, 3), (3, 9, 8, 3)):
        file = converted(function(lambda x: tf.reduce_mean(x, axis=(1, 2)), shape))
        for images in (IMAGES[:3], *([IMAGES[:, :4, :5]] if None in shape else [])):
            np.testing.assert_allclose(phone.answers(file, images), images.mean(axis=(1, 2)), rtol=1e-4)
    with pytest.raises(ValueError, match=r"shape \(5, 9, 8, 3\); the file takes \(3, 9, 8, 3\)"):
        phone.answers(file, IMAGES)


def test_a_file_of_several_things_or_other_numbers_is_refused():
    import tensorflow as tf

    shape, whole = (None, 9, 8, 3), tf.Module()
    whole.first, whole.second = function(lambda x: x + 1), function(lambda x: 2 * x)
    with phone.quietly(), tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(whole, folder, signatures=dict(once=whole.first, twice=whole.second))
        file = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["once", "twice"]).convert()
    with pytest.raises(ValueError, match="The file has the signatures once, twice"):
        phone.answers(file, IMAGES)
    pair = converted(function(lambda x, y: x - y, shape, shape))
    with pytest.raises(ValueError, match="The file has 2 inputs and 1 outputs"):
        phone.answers(pair, IMAGES)
    with pytest.raises(ValueError, match="The file takes or gives int32"):
        phone.answers(converted(function(lambda x: x + 1, shape, kind="int32")), IMAGES)


def test_bad_input_is_named(files):
    with pytest.raises(ValueError, match="These 3 bytes are no LiteRT file"):
        phone.answers(b"abc", IMAGES)
    with pytest.raises(ValueError, match=r"shape \(5, 8, 9, 3\); the file takes \(any, 9, 8, 3\)"):
        phone.answers(files[False], IMAGES.transpose(0, 2, 1, 3))
    with pytest.raises(ValueError, match=r"shape \(9, 8, 3\)"):
        phone.answers(files[False], IMAGES[0])
    with pytest.raises(ValueError, match=r"have the shape \(0, 9, 8, 3\)"):
        phone.answers(files[False], IMAGES[:0])
    with pytest.raises(ValueError, match=r"array of <U1\. Give one of numbers"):
        phone.answers(files[False], IMAGES.astype("U1"))
    with pytest.raises(TypeError, match=r"This is a str\. Give the bytes"):
        phone.answers("model.tflite", IMAGES)
