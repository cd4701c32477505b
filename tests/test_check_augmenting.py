"""The exercise of lesson 3: right blocks pass, and each usual slip gets its own hint, whatever is drawn."""

import keras
import numpy as np
import pytest
from exercises import REPEATS, gets_its_hint, nothing, said, stub
from keras import layers

from helpers import check


def block(*more, first=(), **changed):
    """The right block, but for some layers; None leaves one out."""
    kinds = {
        "flip": layers.RandomFlip("horizontal"),
        "rotation": layers.RandomRotation(15 / 360, fill_mode="reflect"),
        "translation": layers.RandomTranslation(0.1, 0.1, fill_mode="reflect"),
        "zoom": layers.RandomZoom((-0.25, 0.0), fill_mode="reflect"),
        "brightness": layers.RandomBrightness(0.15, value_range=(0, 255)),
        "contrast": layers.RandomContrast((0.25, 0.25), value_range=(0, 255)),
    }
    return keras.Sequential([*first, *filter(None, (kinds | changed).values()), *more])


@keras.saving.register_keras_serializable(package="tests")
class Mirror(layers.Layer):
    """Flips every picture, and asks nobody whether this is training."""

    def call(self, images, training=False):
        return keras.ops.flip(images, axis=2)


def test_an_untouched_stub_says_your_turn_and_a_missing_return_is_named(capsys):
    assert said(check.augmentation, stub, capsys).startswith("your turn")
    assert "did you forget return?" in said(check.augmentation, nothing, capsys)


@pytest.mark.parametrize(
    "right",
    [
        check.random_changes,
        block,
        lambda: block(brightness=layers.RandomBrightness(0.5, value_range=(0, 255))),
        lambda: block(brightness=layers.RandomBrightness((-1.0, 1.0), value_range=(0, 255))),
        lambda: block(rotation=layers.RandomRotation((-0.042, 0.042))),
        lambda: block(zoom=layers.RandomZoom((-0.25, 0.0), (-0.25, 0.0))),
        lambda: block(translation=layers.RandomTranslation(0.1, 0.1, fill_mode="nearest")),
        lambda: keras.Sequential(block().layers[::-1]),
    ],
)
def test_right_blocks_pass_whatever_is_drawn(right, capsys):
    for _ in range(REPEATS // 20):
        assert said(check.augmentation, right, capsys).startswith("ok")


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_pixels_are_float32_and_not_rounded_under_any_dtype_policy(policy):
    pixels = np.random.default_rng(0).uniform(0, 255, (4, 16, 16, 3)).astype("float32")
    keras.config.set_dtype_policy(policy)
    try:
        found = check.random_changes()
    finally:
        keras.config.set_dtype_policy("float32")
    assert found(pixels, training=True).dtype == "float32"
    assert np.array_equal(found(pixels, training=False), pixels)


@pytest.mark.parametrize("kind", ["flip", "rotation", "translation", "zoom", "brightness", "contrast"])
def test_each_kind_of_change_is_asked_for(kind, capsys):
    found = said(check.augmentation, lambda: block(**{kind: None}), capsys)
    assert found.startswith("not yet") and f"lacks Random{kind.capitalize()}." in found


ONE = block()
UPSIDE_DOWN, BORDERS, ZERO_TO_ONE = "upside down", "borders", "pixels in 0..1"
SLIPS = {
    "vertical flip": (lambda: block(flip=layers.RandomFlip("vertical")), UPSIDE_DOWN),
    "both flips, which is Keras's default": (lambda: block(flip=layers.RandomFlip()), UPSIDE_DOWN),
    "half turns": (lambda: block(rotation=layers.RandomRotation(0.5)), UPSIDE_DOWN),
    "black corners": (
        lambda: block(rotation=layers.RandomRotation(15 / 360, fill_mode="constant")),
        BORDERS,
    ),
    "black borders": (
        lambda: block(translation=layers.RandomTranslation(0.1, 0.1, fill_mode="constant")),
        BORDERS,
    ),
    "value range of brightness": (
        lambda: block(brightness=layers.RandomBrightness(0.15, value_range=(0, 1))),
        ZERO_TO_ONE,
    ),
    "value range of contrast": (
        lambda: block(contrast=layers.RandomContrast((0.25, 0.25), value_range=(0, 1))),
        ZERO_TO_ONE,
    ),
    "rescaled": (lambda: block(first=[layers.Rescaling(1 / 255)]), ZERO_TO_ONE),
    "no flip": (lambda: block(flip=None), "lacks RandomFlip"),
    "no rotation, no zoom": (
        lambda: block(rotation=None, zoom=None),
        "lacks RandomRotation and RandomZoom",
    ),
    "training ignored": (lambda: block(Mirror()), "even with training=False"),
    "nothing changes": (lambda: keras.Sequential([layers.Identity()]), "changes nothing in training"),
    "0.15 for 15 degrees": (lambda: block(rotation=layers.RandomRotation(0.15)), "turns too far"),
    "15 for 15 degrees": (lambda: block(rotation=layers.RandomRotation(15)), "in the range"),
    "zoom both ways": (lambda: block(zoom=layers.RandomZoom(0.25)), "zooms out as well"),
    "contrast one way": (lambda: block(contrast=layers.RandomContrast(0.25)), "only raises the contrast"),
    "out of range": (
        lambda: block(layers.RandomSaturation((0.3, 0.8), value_range=(0, 255))),
        "outside 0..255",
    ),
    "no rotation left": (
        lambda: block(rotation=layers.RandomRotation(15 // 360)),
        "numbers in RandomRotation",
    ),
    "no flip left": (lambda: block(flip=layers.RandomFlip("left")), "never mirrors left and right"),
    "up and down only": (lambda: block(translation=layers.RandomTranslation(0.1, 0)), "in RandomTranslation"),
    "no translation": (lambda: block(translation=layers.RandomTranslation(0, 0)), "in RandomTranslation"),
    "too far": (lambda: block(translation=layers.RandomTranslation(0.2, 0.2)), "in RandomTranslation"),
    "always near": (lambda: block(zoom=layers.RandomZoom((-0.25, -0.25))), "numbers in RandomZoom"),
    "much too near": (lambda: block(zoom=layers.RandomZoom((-0.9, 0.0))), "numbers in RandomZoom"),
    "no zoom left": (lambda: block(zoom=layers.RandomZoom(0)), "numbers in RandomZoom"),
    "no brightness": (lambda: block(brightness=layers.RandomBrightness(0)), "in RandomBrightness"),
    "brighter only": (lambda: block(brightness=layers.RandomBrightness((0, 0.15))), "in RandomBrightness"),
    "one brightness": (lambda: block(brightness=layers.RandomBrightness((0.15, 0.15))), "RandomBrightness"),
    "contrast around 1": (lambda: block(contrast=layers.RandomContrast((0.75, 1.25))), "in RandomContrast"),
    "lower contrast only": (lambda: block(contrast=layers.RandomContrast((0.25, 0))), "a pair, both above 0"),
    "no pair of contrasts": (lambda: block(contrast=layers.RandomContrast(0.25, 0.25)), "Is a pair meant?"),
    "wrapped": (
        lambda: block(rotation=layers.RandomRotation(15 / 360, fill_mode="wrap")),
        "from the far side",
    ),
    "hue as well": (lambda: block(layers.RandomHue(0.06, value_range=(0, 255))), "has 7 layers"),
    "two rotations": (lambda: block(layers.RandomRotation(15 / 360)), "has 7 layers"),
    "one block": (lambda: ONE, "Make them inside the function"),
    "no brackets": (lambda: keras.Sequential([layers.RandomFlip]), "Write each layer with brackets"),
    "a block, no function": (block(), "no function any more"),
    "other size": (lambda: block(layers.RandomCrop(28, 28)), "changes the shape"),
    "a list": (lambda: block().layers, "keras.Sequential([...])"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_get_their_hint_whatever_is_drawn(slip, capsys, monkeypatch):
    monkeypatch.setattr("exercises.REPEATS", REPEATS // 20)
    gets_its_hint(check.augmentation, *SLIPS[slip], capsys)
