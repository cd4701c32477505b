"""Models as people bring them: other number types, something after the softmax, other layouts, changes."""

import numpy as np
import pytest

from helpers import visualize

SHAPE = (12, 14, 3)
WHOLE = np.random.default_rng(5).integers(0, 256, (3, *SHAPE)).astype(np.uint8)


def body():
    from keras import layers

    return [
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="relu", name="conv1"),
        layers.MaxPooling2D(),
        layers.Conv2D(5, 3, padding="same", activation="relu", name="conv2"),
        layers.GlobalAveragePooling2D(),
    ]


def build(*head, dtype=None, before=(), scale=0.4):
    """A small network with the weights of `head`'s first layer last; the same for the same shapes."""
    import keras

    inputs = keras.Input(SHAPE, dtype=dtype)
    x = inputs
    for layer in (*before, *body(), *(head or [keras.layers.Dense(3)])):
        x = layer(x)
    model = keras.Model(inputs, x)
    chance = np.random.default_rng(3)
    model.set_weights([chance.normal(scale=scale, size=weight.shape) for weight in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def plain():
    return build()


def some_of(model, images=WHOLE):
    """What is cheap to compute."""
    return {
        "grad_cam": visualize.grad_cam(model, images),
        "saliency": visualize.saliency(model, images, 1),
    }


def all_of(model, images=WHOLE):
    """Every kind of result on the same images."""
    ascent = visualize.activation_maximization(model, "conv2", [0, 3], steps=3, value_range=(0, 255))
    return {
        **some_of(model, images),
        "occlusion": visualize.occlusion(model, images[:1], 1, patch=6),
        "maps": visualize.feature_maps(model, images, "conv2"),
        "values": visualize.top_patches(model, "conv2", None, images, count=2).values,
        "boxes": visualize.top_patches(model, "conv2", None, images, count=2).boxes,
        "iou": visualize.dissect(model, "conv2", images, images[..., 0] // 128, top=0.1).iou,
        "ascent": ascent.images,
        "ascent scores": ascent.scores,
        "dead": ascent.dead,
        "class": visualize.class_images(model, [2], steps=3, value_range=(0, 255)).scores,
    }


@pytest.fixture(scope="module")
def wanted(plain):
    return all_of(plain)


def compare(model, wanted, ask=some_of, tolerance=1e-4):
    for name, found in ask(model).items():
        scale = np.abs(wanted[name].astype(float)).max() or 1
        np.testing.assert_allclose(found, wanted[name], atol=tolerance * scale, err_msg=name)
        assert found.dtype == wanted[name].dtype


# --- whole numbers in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
def test_a_model_that_takes_whole_numbers_is_seen_like_one_that_takes_floats(dtype, wanted):
    model = build(dtype=dtype)
    compare(model, wanted, all_of if dtype == "uint8" else some_of)
    assert model.inputs[0].dtype == dtype and model(WHOLE).dtype == "float32"


def test_whole_numbers_at_any_depth(wanted):
    import keras

    compare(keras.Sequential([keras.Input(SHAPE, dtype="int16"), build(dtype="uint8")]), wanted)
    compare(build(before=[keras.layers.Resizing(*SHAPE[:2], dtype="uint8")]), wanted)


def test_a_model_that_takes_true_and_false():
    import keras
    from keras import layers

    model = keras.Sequential([keras.Input(SHAPE, dtype="bool"), layers.Rescaling(2.0), layers.Flatten()])
    model.add(layers.Dense(2))
    kernel = model.layers[-1].get_weights()[0][:, 1].reshape(SHAPE)
    found = visualize.saliency(model, WHOLE > 128, 1)
    np.testing.assert_allclose(found[0], 2 * np.abs(kernel).max(axis=-1), atol=1e-5)
    with pytest.raises(ValueError, match=r"takes bool.* from 0 to 1"):
        visualize.saliency(model, WHOLE)


def test_pixels_that_whole_numbers_cannot_hold_are_refused():
    model = build(dtype="uint8")
    for images in (WHOLE / 255, WHOLE - 300.0, WHOLE * 2.0):
        with pytest.raises(ValueError, match=r"takes uint8, whole numbers from 0 to 255"):
            visualize.grad_cam(model, images)
    assert visualize.inputs.value_range(build(dtype="uint8", before=[])) == (0, 255)


def test_no_gradient_is_said():
    import keras
    import tensorflow as tf
    from keras import layers

    for cut in (lambda x: tf.cast(tf.cast(x, tf.uint8), tf.float32), tf.stop_gradient, tf.round):
        model = build(before=[layers.Lambda(cut)])
        for function in (visualize.saliency, visualize.grad_cam):
            if function is visualize.saliency:
                with pytest.raises(ValueError, match=r"No gradient goes .* the pixels"):
                    function(model, WHOLE)
            else:
                assert function(model, WHOLE).any()  # behind the cut
        with pytest.raises(ValueError, match="No gradient goes"):
            visualize.class_images(model, [0], steps=2)
    inputs = keras.Input(SHAPE, dtype="uint8")
    x = layers.Lambda(lambda x: tf.image.convert_image_dtype(x, tf.float32))(inputs)
    x = layers.Dense(2)(layers.Flatten()(x))
    with pytest.raises(ValueError, match="something else from floats"):
        visualize.saliency(keras.Model(inputs, x), WHOLE)


# --- half precision -----------------------------------------------------------------------------------------


def half_exact(model, policy="float32"):
    """The same model under a policy, and weights that float16 holds exactly."""
    import keras

    keras.config.set_dtype_policy(policy)
    try:
        other = build(keras.layers.Dense(3, activation="softmax"))
    finally:
        keras.config.set_dtype_policy("float32")
    other.set_weights([(weight / 16).astype("float16").astype("float32") for weight in model.get_weights()])
    return other


@pytest.fixture(scope="module")
def in_float32(plain):
    return all_of(half_exact(plain))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "float64"])
def test_half_precision_gives_what_float32_gives(policy, plain, in_float32):
    model = half_exact(plain, policy)
    before = np.asarray(model(WHOLE))
    compare(model, in_float32, all_of if policy == "mixed_float16" else some_of, tolerance=2e-4)
    np.testing.assert_array_equal(np.asarray(model(WHOLE)), before)
    assert model.layers[2].compute_dtype == policy.split("_")[-1]
