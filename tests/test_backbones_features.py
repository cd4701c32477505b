"""Features kept on disk, and checks of images."""

import functools

import backbone_files
import numpy as np
import pytest

from helpers import assets, backbones
from helpers.backbones import stored
from helpers.datasets import Dataset, Split

NAME = "efficientnet_lite0"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_ASSETS", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(2).integers(0, 256, (40, 64, 64, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def built():
    model = backbone_files.shuffle_weights(backbones.headless(NAME, weights="random", size=64))
    return model, model.get_weights()


@pytest.fixture
def model(built):
    """The same network for every test, as it was."""
    built[0].set_weights(built[1])
    return built[0]


@pytest.fixture
def forbid(monkeypatch):
    def forbid():
        def never(*_):
            raise AssertionError("the network was run")

        monkeypatch.setattr(stored, "_run", never)

    return forbid


# --- features -----------------------------------------------------------------------------------------------


def test_features_are_those_of_the_network_and_kept(model, images, cache, forbid, capsys):
    found = backbones.features(model, images)
    assert found.dtype == np.float32 and found.shape == (40, 1280)
    np.testing.assert_allclose(found, model.predict(images, verbose=0), rtol=1e-4, atol=1e-4)
    said = capsys.readouterr()
    assert "features of efficientnet_lite0" in said.out and said.err == ""  # no error is kept in a notebook
    assert [path.suffix for path in cache.iterdir()] == [".npz"]
    forbid()
    np.testing.assert_array_equal(backbones.features(model, images), found)


def test_a_second_build_of_the_same_network_finds_them(images, cache, forbid):
    found = []
    for _ in range(2):
        model = backbone_files.shuffle_weights(backbones.headless(NAME, weights="random", size=64))
        model.compile(loss=lambda labels, outputs: outputs)  # says nothing of what it computes
        found.append(backbones.features(model, images))
        forbid()
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("changed", ["pixel", "order", "type", "weight", "statistic", "size", "layer"])
def test_anything_else_is_computed_anew(model, images, changed, monkeypatch):
    first = stored.cache_path(model, images)
    assert stored.cache_path(model, images.copy()) == first
    if changed == "pixel":
        images = images.copy()
        images[7, 5, 5, 1] ^= 1
    if changed == "order":
        images = images[::-1]
    if changed == "type":
        images = images.astype("float32")
    if changed == "size":
        images = images.reshape(40, 32, 128, 3)
    if changed in ("weight", "statistic"):
        layer = model.get_layer("stage2_block1_expand_bn")
        values = layer.get_weights()
        values[0 if changed == "weight" else 2][3] += 1e-6
        layer.set_weights(values)
    if changed == "layer":
        monkeypatch.setattr(model.get_layer("rescaling"), "offset", -0.5)
    assert stored.cache_path(model, images) != first


def own_layer(power=1):
    """A network with a layer of one's own."""
    import keras

    class Own(keras.layers.Layer):
        def call(self, x):
            return keras.ops.cast(x, "float32") ** power

    parts = keras.Input((64, 64, 3)), Own(name="own"), keras.layers.GlobalAveragePooling2D()
    return keras.Sequential(parts, name="edited")


def test_a_network_with_code_of_ones_own_is_always_run(images, cache, capsys):
    for power in (1, 2):  # as after editing a cell
        found = backbones.features(own_layer(power), images)
        np.testing.assert_allclose(found, (images.astype(float) ** power).mean(axis=(1, 2)), rtol=1e-4)
        assert "The features of 'edited' are not kept" in capsys.readouterr().out
    assert not cache.exists()


@pytest.mark.parametrize("place", ["activation", "lambda", "call", "nested", "partial"])
def test_features_of_a_function_of_ones_own_are_not_kept(images, place):
    import keras
    from keras import layers

    functions = {"activation": lambda x: 2 * x, "partial": functools.partial(keras.ops.relu)}
    parts = [layers.GlobalAveragePooling2D(), layers.Dense(2, functions.get(place))]
    if place == "lambda":
        parts += [layers.Lambda(lambda x: 2 * x)]
    if place == "call":
        parts[0].call = lambda x: x[:, 0, 0]
    model = keras.Sequential([keras.Input((64, 64, 3)), *([own_layer()] if place == "nested" else parts)])
    assert stored.cache_path(model, images) is None


def test_no_activation_is_a_linear_one(model, images):
    import keras

    outputs = keras.layers.Dense(2, name="last")(model.output)
    head = keras.Model(model.input, outputs, name="head")
    linear = stored.cache_path(head, images)
    head.layers[-1].activation = None
    assert stored.cache_path(head, images) == linear and head.layers[-1].activation is None


@pytest.mark.parametrize("images", [[], np.zeros((0, 64, 64, 3))])
def test_no_image_at_all_is_told(images):
    with pytest.raises(ValueError, match="no image"):
        backbones.features(own_layer(), images)


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "other"])
def test_damaged_file_is_said_and_rebuilt(model, images, cache, capsys, damage):
    found = backbones.features(model, images)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    if damage == "other":
        np.savez(path, features=found[:3])
    else:
        path.write_bytes(
            {"cut": whole[:3000], "flipped": whole[:3000] + b"????" + whole[3004:], "text": b"<html>"}[damage]
        )
    capsys.readouterr()
    again = backbones.features(model, images)
    np.testing.assert_allclose(again, found, rtol=1e-4, atol=1e-4)
    said = capsys.readouterr().out
    assert f"The features in {path} are damaged (" in said and "computed again." in said
    np.testing.assert_array_equal(np.load(path)["features"], again)


def test_without_cache_no_file_is_read_or_written(model, images, cache, forbid):
    found = backbones.features(model, images, cache=False)
    assert not cache.exists()
    stored._write(stored.cache_path(model, images), found + 1)
    again = backbones.features(model, images, cache=False)
    np.testing.assert_allclose(again, found, rtol=1e-4, atol=1e-4)


def test_a_cache_that_cannot_be_written_is_said(model, images, tmp_path, monkeypatch, capsys):
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "occupied"))
    assert backbones.features(model, images).shape == (40, 1280)
    assert "could not be kept in" in (said := capsys.readouterr().out) and "COURSE_CACHE" in said


def test_a_full_disk_leaves_nothing(model, images, cache, monkeypatch, capsys):
    def full(path, **_):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    backbones.features(model, images)
    assert "No space left on device" in capsys.readouterr().out and not list(cache.iterdir())


def test_data_sets_keep_their_form(model, images):
    data = Dataset(
        train=Split(images[:20], np.arange(20) % 2),
        validation=Split(images[20:30], np.arange(10) % 2),
        test=Split(images[30:], np.arange(10) % 2),
        class_names=("a", "b"),
        origin="own",
        licence="",
        name="Some",
    )
    found = backbones.features(model, data)
    expected = backbones.features(model, images, cache=False)
    np.testing.assert_allclose(found.validation.images, expected[20:30], rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(found.test.labels, data.test.labels)
    assert found.class_names == ("a", "b") and "20 + 10 + 10 images, 1280 features each" in repr(found)
    assert "64x64" in repr(data)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda value: value * np.nan, "NaN"),
        (lambda value: value * 0, "nothing but zeros"),
    ],
)
def test_a_dead_network_is_said_and_nothing_kept(model, images, cache, spoil, words):
    layer = model.get_layer("top_bn")
    layer.set_weights([spoil(value) for value in layer.get_weights()])
    with pytest.raises(ValueError, match=rf"'{NAME}' gives {words}.*it is dead.*headless"):
        backbones.features(model, images)
    assert not cache.exists()


def test_a_network_that_sees_no_difference_is_dead(model, images):
    stem = model.get_layer("stem_conv")
    stem.set_weights([np.zeros_like(value) for value in stem.get_weights()])
    with pytest.raises(ValueError, match="the same features for all images"):
        backbones.features(model, images, cache=False)


@pytest.mark.parametrize("size", [1e-3, 1.9, 1e4])
def test_a_difference_in_the_last_bits_is_none_and_one_of_a_ten_thousandth_is(
    model, images, monkeypatch, size
):
    found = np.full((40, 1280), size, np.float32)
    monkeypatch.setattr(stored, "_run", lambda *_: found)
    found[32:, 3] *= 1 + 1e-4
    np.testing.assert_array_equal(backbones.features(model, images, cache=False), found)
    found[32:] = np.nextafter(np.float32(size), np.float32(np.inf))
    with pytest.raises(ValueError, match="the same features for all images"):
        backbones.features(model, images, cache=False)


def test_a_model_that_gives_no_features(images):
    import keras

    model = keras.Sequential([keras.Input((64, 64, 3)), keras.layers.MaxPooling2D(8)])
    with pytest.raises(ValueError, match=r"\(40, 8, 8, 3\), no features.*GlobalAveragePooling2D"):
        backbones.features(model, images)


# --- images -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda x: x / 255.0, r"go from 0 to 1; this network takes raw pixels, 0 to 255.*Multiply .* by 255"),
        (lambda x: x / 127.5 - 1, r"go from -1 to 1.*before they were scaled"),
        (lambda x: x * np.uint16(257), r"go from 0 to 6.554e\+04.*Divide 16-bit images by 257"),
        (lambda x: np.where(x == 7, np.nan, x), "Some pixels are NaN"),
        (lambda x: x[0], r"\(64, 64, 3\), one image.*image\[None\]"),
        (lambda x: x[..., 0], r"\(40, 64, 64\), gray images.*np\.repeat\(images\[\.\.\., None\]"),
        (lambda x: x[..., :1], r"\(40, 64, 64, 1\), gray images.*np\.repeat\(images, 3"),
        (lambda x: np.concatenate([x, x[..., :1]], -1), r"with an alpha channel.*images\[\.\.\., :3\]"),
        (lambda x: np.moveaxis(x, -1, 1), r"channels first.*np\.moveaxis"),
        (lambda x: x[:0], "with at least one image"),
        (lambda x: x > 9, "bool values"),
        (lambda x: x[..., :2], "2 channels"),
    ],
)
def test_wrong_images(model, images, change, words):
    import keras

    wrong = change(images)
    with pytest.raises(ValueError, match=words):
        backbones.check_images(wrong)
    with pytest.raises(ValueError, match=words):
        backbones.features(keras.Sequential([model]), wrong)
    with pytest.raises(ValueError, match=words):
        backbones.tags(NAME, wrong)


def test_the_remedies_work(images):
    grey = images[..., 0]
    for cured in (
        images[0][None],
        np.repeat(grey[..., None], 3, axis=-1),
        np.repeat(images[..., :1], 3, axis=-1),
        np.moveaxis(np.moveaxis(images, -1, 1), 1, -1),
        images / 255 * 255,
        images.astype(float),
        np.zeros((1, 9, 9, 3)),
    ):
        assert backbones.check_images(cured).shape[-1] == 3


def test_other_models_may_take_other_images(images):
    import keras

    model = keras.Sequential([keras.Input((64, 64, 3)), keras.layers.GlobalAveragePooling2D()])
    found = backbones.features(model, images / 255)
    np.testing.assert_allclose(found, (images / 255).mean(axis=(1, 2)), rtol=1e-4)


def test_features_lie_where_the_cache_lies(model, images):
    assert stored.cache_path(model, images).parent == assets.cache_dir() / "features"
