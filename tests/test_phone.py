"""Files for a phone: they answer as the model does, and nothing is printed on the way."""

import os
import sys
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
    export = model.export

    def noisy(*arguments, **options):
        os.write(2, b"as C++ writes\n")
        print("as Python writes")
        warnings.warn("as Python warns", stacklevel=1)
        return export(*arguments, **options)

    monkeypatch.setattr(model, "export", noisy)
    phone.answers(phone.convert(model), IMAGES)
    os.write(2, b"still ")
    print("heard", file=sys.stderr, flush=True)
    assert capfd.readouterr() == ("", "still heard\n")
    assert not recwarn.list


def test_bad_input_is_named(model, files, monkeypatch):
    import keras

    with pytest.raises(ValueError, match="These 3 bytes are no LiteRT file"):
        phone.answers(b"abc", IMAGES)
    with pytest.raises(ValueError, match=r"shape \(5, 8, 9, 3\); the file takes \(n, 9, 8, 3\)"):
        phone.answers(files[False], IMAGES.transpose(0, 2, 1, 3))
    with pytest.raises(ValueError, match=r"shape \(9, 8, 3\)"):
        phone.answers(files[False], IMAGES[0])
    two = keras.Model(model.inputs, [model.outputs[0], model.layers[0].output])
    with pytest.raises(ValueError, match="1 inputs and 2 outputs"):
        phone.convert(two)


def test_what_the_phone_cannot_compute_is_named():
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(keras.ops.erfinv)], name="odd")
    with pytest.raises(ValueError, match=r"'odd' cannot be converted: .*augmentation"):
        phone.convert(model)
