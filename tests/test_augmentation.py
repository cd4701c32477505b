"""Augmentation layers against SciPy and scikit-image, and what each must never do to an image."""

import doctest
import subprocess
import sys

import keras
import numpy as np
import pytest
from scipy import ndimage
from skimage import color

from helpers import ROOT, augmentation, training

NAMES = "flip rotation crop_and_scale translation brightness contrast colour_jitter salt_and_pepper".split()
MOVES = ["flip", "rotation", "crop_and_scale", "translation"]
# Strong, so that a flaw shows.
STRONG = {
    "rotation": 180,
    "crop": 0.6,
    "translation": 0.5,
    "brightness": 0.5,
    "contrast": 0.8,
    "saturation": 0.9,
    "hue": 0.3,
    "salt_and_pepper": 0.2,
}
RANDOM = np.random.default_rng(5)


def noise(n=6, side=24, channels=3):
    return RANDOM.integers(0, 256, (n, side, side, channels), dtype=np.uint8)


@pytest.fixture(scope="module")
def block():
    return training.augmentation(**STRONG, seed=3)


def changed(layer, images):
    return keras.ops.convert_to_numpy(layer(images, training=True))


def fixed(layer, *values):
    """Let a layer draw these numbers, the same for all images, in place of random ones."""
    draws = iter(values)
    layer.uniform = lambda images, low, high, *, shape=(1, 1, 1): keras.ops.full(
        (len(images), *shape), next(draws), "float32"
    )
    return layer


# --- every layer --------------------------------------------------------------------------------------------


def test_the_block_holds_every_layer_in_order(block):
    assert [layer.name for layer in block.layers] == NAMES
    only = training.augmentation(
        rotation=0, crop=0, translation=0, brightness=0, contrast=0, saturation=0, salt_and_pepper=0
    )
    assert [layer.name for layer in only.layers] == ["flip", "colour_jitter"]


@pytest.mark.parametrize("name", ["", *NAMES])
@pytest.mark.parametrize("how", ["default", "training=False"])
def test_identity_outside_training(block, name, how):
    layer, images = block.get_layer(name) if name else block, noise()
    out = layer(images) if how == "default" else layer(images, training=False)
    assert out.dtype == "float32" and np.array_equal(out, images)


@pytest.mark.parametrize("name", ["", *NAMES])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "int64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_size_and_range_are_kept_and_something_changes(block, name, dtype, channels):
    layer, images = block.get_layer(name) if name else block, noise(channels=channels).astype(dtype)
    out = changed(layer, images)
    assert out.shape == images.shape and out.dtype == np.float32
    assert out.min() >= 0 and out.max() <= 255
    assert np.array_equal(out, images) == (name == "colour_jitter" and channels == 1)


@pytest.mark.parametrize("name", NAMES)
def test_one_image_without_a_batch_and_sides_that_differ(block, name):
    images = RANDOM.integers(0, 256, (16, 40, 3), dtype=np.uint8)
    assert changed(block.get_layer(name), images).shape == (16, 40, 3)


@pytest.mark.parametrize("name", MOVES)
def test_moving_brings_no_black_border(block, name):
    for _ in range(5):
        out = changed(block.get_layer(name), np.full((16, 32, 48, 3), 255, np.uint8))
        np.testing.assert_allclose(out, 255, atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_each_image_has_a_draw_of_its_own_and_each_call_another(block, name):
    images = np.repeat(noise(1, side=16), 12, axis=0)
    first, second = (changed(block.get_layer(name), images) for _ in range(2))
    different = len(np.unique(first.reshape(12, -1).round(2), axis=0))
    assert different == 2 if name == "flip" else different == 12
    assert not np.array_equal(first, second)


def test_the_same_seed_gives_the_same_images():
    images = noise()
    first, again, other = (changed(training.augmentation(seed=seed), images) for seed in (1, 1, 2))
    np.testing.assert_allclose(first, again, atol=1e-3)
    assert np.abs(first - other).max() > 1
    course = []
    for _ in range(2):
        keras.utils.set_random_seed(4)
        course.append(changed(training.augmentation(), images))
    np.testing.assert_allclose(*course, atol=1e-3)


def test_a_layer_left_out_does_not_change_the_draws_of_the_others():
    images = noise()
    whole, less = training.augmentation(seed=9), training.augmentation(seed=9, rotation=0)
    assert np.array_equal(*(changed(one.get_layer("brightness"), images) for one in (whole, less)))


# --- what each layer does -----------------------------------------------------------------------------------


def test_flip_mirrors_about_half_of_the_images():
    images = noise(200, side=6)
    out = changed(augmentation.Flip(seed=0), images)
    mirrored = np.all(out == images[:, :, ::-1], axis=(1, 2, 3))
    assert np.all(mirrored | np.all(out == images, axis=(1, 2, 3))) and 70 < mirrored.sum() < 130


@pytest.mark.parametrize("degrees", [-170, -30, 12, 90])
@pytest.mark.parametrize("sides", [(31, 31), (24, 37)])
def test_rotation_is_scipys(degrees, sides):
    smooth = ndimage.gaussian_filter(RANDOM.uniform(0, 255, sides), 2)
    out = changed(fixed(augmentation.Rotation(1.0), degrees / 180), smooth[None, ..., None])[0, ..., 0]
    expected = ndimage.rotate(smooth, degrees, reshape=False, order=1, mode="reflect")
    np.testing.assert_allclose(out, expected, atol=0.05)


def test_translation_is_scipys():
    smooth = ndimage.gaussian_filter(RANDOM.uniform(0, 255, (20, 30)), 2)
    out = changed(fixed(augmentation.Translation(1.0), 0.1, -0.25), smooth[None, ..., None])[0, ..., 0]
    expected = ndimage.shift(smooth, (5, -3), order=1, mode="reflect")
    np.testing.assert_allclose(out, expected, atol=0.05)


def test_crop_and_scale_looks_through_a_window_inside_the_image():
    height, width = 40, 60
    y, x = np.mgrid[:height, :width].astype("float32")
    out = changed(augmentation.CropAndScale(0.5, seed=1), np.repeat(np.stack([y, x], -1)[None], 50, axis=0))
    rows, columns = out[:, 1:-1, 1, 0], out[:, 1, 1:-1, 1]  # the outermost pixel may lie half a pixel outside
    scale = np.diff(rows, axis=1)
    np.testing.assert_allclose(scale, np.broadcast_to(scale[:, :1], scale.shape), atol=1e-3)  # no reflection
    np.testing.assert_allclose(np.diff(columns, axis=1).mean(axis=1), scale[:, 0], atol=1e-3)  # aspect kept
    assert 0.5 <= scale.min() < 0.6 and 0.9 < scale.max() <= 1.001
    centre = (rows[:, 0] + rows[:, -1]) / 2 - (height - 1) / 2
    assert centre.min() < -4 and centre.max() > 4  # anywhere, not in the middle alone
    images = noise(2)
    same = changed(fixed(augmentation.CropAndScale(0.5), 0, 0.3, 0.7), images)
    np.testing.assert_allclose(same, images, atol=0.01)


def test_brightness_adds_one_number_to_an_image():
    out = changed(augmentation.Brightness(0.2, seed=0), np.full((300, 4, 4, 3), 100, np.uint8)) - 100
    np.testing.assert_allclose(out, np.broadcast_to(out[:, :1, :1, :1], out.shape), atol=1e-4)
    assert -51.01 < out.min() < -45 and 45 < out.max() < 51.01 and abs(out.mean()) < 6


def test_contrast_goes_both_ways_and_keeps_the_mean():
    images = np.broadcast_to(np.array([90, 110], np.uint8)[:, None], (300, 4, 2, 1))  # two columns
    out = changed(augmentation.Contrast(0.5, seed=0), images)
    np.testing.assert_allclose(out.mean(axis=(1, 2, 3)), 100, atol=0.01)
    factor = (out[:, 0, 1, 0] - out[:, 0, 0, 0]) / 20
    assert 0.5 <= factor.min() < 0.55 and 1.45 < factor.max() <= 1.5 and 0.95 < factor.mean() < 1.05


def test_colour_jitter_keeps_luma_and_gray_and_changes_saturation_and_hue_as_asked():
    images = RANDOM.uniform(100, 150, (60, 5, 5, 3)).astype("float32")
    before = color.rgb2yiq(images / 255)
    for saturation, hue in ((0.6, 0.0), (0.0, 0.2)):
        layer = augmentation.ColourJitter(saturation, hue, seed=2)
        after = color.rgb2yiq(changed(layer, images) / 255)
        np.testing.assert_allclose(after[..., 0], before[..., 0], atol=2e-3)
        old, new = (one[..., 1] + 1j * one[..., 2] for one in (before, after))
        ratio = (new * old.conj()).sum(axis=(1, 2)) / (abs(old) ** 2).sum(axis=(1, 2))
        np.testing.assert_allclose(new, ratio[:, None, None] * old, atol=2e-3)  # the same for all pixels
        angle = np.angle(ratio) / (2 * np.pi)
        if saturation:
            assert 0.4 <= abs(ratio).min() + 0.01 < 0.5 and 1.5 < abs(ratio).max() < 1.61
            assert abs(angle).max() < 0.01
        else:
            assert -0.21 < angle.min() < -0.15 and 0.15 < angle.max() < 0.21
            np.testing.assert_allclose(abs(ratio), 1, atol=0.02)
    gray = np.repeat(noise(channels=1), 3, axis=3)
    np.testing.assert_allclose(changed(augmentation.ColourJitter(1, 0.5), gray), gray, atol=0.02)
    with pytest.raises(ValueError, match="2 channels"):
        changed(augmentation.ColourJitter(0.5), noise(channels=2))


@pytest.mark.parametrize("share", [0.01, 0.2, 1.0])
def test_salt_and_pepper_replace_the_share_asked_for(share):
    out = changed(augmentation.SaltAndPepper(share, seed=0), np.full((20, 64, 64, 3), 100, np.uint8))
    assert set(np.unique(out)) <= {0, 100, 255}
    assert np.array_equal(out[..., 0], out[..., 1]) and np.array_equal(out[..., 0], out[..., 2])
    total = out[..., 0].size
    error = 4 * np.sqrt(share / 2 * (1 - share / 2) / total)  # four standard errors
    for value in (0, 255):
        assert np.mean(out[..., 0] == value) == pytest.approx(share / 2, abs=error)


# --- in a model ---------------------------------------------------------------------------------------------


def test_a_model_with_it_trains_and_is_saved_and_reloaded(tmp_path):
    images, labels = noise(8), np.arange(8) % 2
    layers = [
        keras.Input((24, 24, 3)),
        training.augmentation(**STRONG, seed=0),
        keras.layers.Rescaling(1 / 255),
    ]
    model = keras.Sequential(
        [*layers, keras.layers.Conv2D(4, 3), keras.layers.GlobalMaxPool2D(), keras.layers.Dense(2)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    model.fit(images, labels, epochs=1, batch_size=4, verbose=0)
    expected = model.predict(images, verbose=0)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(model(images)), expected, atol=1e-5
    )  # a plain call augments nothing
    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras")  # safe mode: no code comes with the file
    np.testing.assert_allclose(reloaded.predict(images, verbose=0), expected, atol=1e-5)
    block, again = model.get_layer("augmentation"), reloaded.get_layer("augmentation")
    assert [one.get_config() for one in block.layers] == [one.get_config() for one in again.layers]
    fresh = training.augmentation(**STRONG, seed=0)
    np.testing.assert_allclose(changed(again, images), changed(fresh, images), atol=1e-3)


# --- bad input, imports, examples ---------------------------------------------------------------------------


@pytest.mark.parametrize("name, value", [("rotation", 181), ("crop", 1), ("hue", 0.6), ("contrast", -0.1)])
def test_bad_strengths_are_refused_in_one_sentence(name, value):
    with pytest.raises(ValueError, match=rf"^{name}={value} is not possible\. Use a number from 0"):
        training.augmentation(**{name: value})


def test_nothing_at_all_is_refused():
    with pytest.raises(ValueError, match="switched off"):
        training.augmentation(flip=False, **dict.fromkeys(STRONG, 0))


def test_importing_training_imports_no_keras():
    code = "import sys, helpers.training; print({'tensorflow', 'keras'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    with pytest.raises(AttributeError, match="augmentations"):
        training.augmentations  # noqa: B018


def test_examples_in_the_docstrings():
    assert doctest.testmod(augmentation).failed == 0
