"""Pretrained networks: their weights, their preprocessing, and what they say about wrong files."""

import hashlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import backbone_files
import numpy as np
import pytest
from scipy.special import softmax
from servers import FaultyServer

from helpers import ROOT, assets, backbones
from helpers.assets import AssetError, AssetUnavailable
from helpers.backbones import networks

NOTOP = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
TOP = "resnet50_weights_tf_dim_ordering_tf_kernels.h5"
MOBILENET = "mobilenet_v1_a075_224_imagenet.weights.h5"
CLASS_NAMES = (ROOT / "data" / "imagenet_classes.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    """No setting of the developer's, and a cache of its own."""
    for name in ("COURSE_ASSETS", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(assets, "_silent", {})
    monkeypatch.setattr(assets, "LOOK_SECONDS", 20)


@pytest.fixture(scope="module")
def images():
    """A noisy image, a dark one and a light one."""
    noise = np.random.default_rng(1).integers(0, 256, (3, 150, 130, 3))
    return (noise * np.reshape([1, 0.3, 0.2], (3, 1, 1, 1)) + np.reshape([0, 20, 200], (3, 1, 1, 1))).astype(
        "uint8"
    )


@pytest.fixture(scope="module")
def small():
    """The embedded architecture with random weights."""
    from helpers.backbones.mini_resnet import mini_resnet

    return backbone_files.shuffle_weights(mini_resnet())


@pytest.fixture(scope="module")
def arrays(small):
    return backbone_files.embedded_arrays(small)


@pytest.fixture
def npz(tmp_path, arrays):
    path = tmp_path / "own.npz"
    np.savez_compressed(path, **arrays)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Random weights of the ImageNet networks, written as they are published."""
    from keras import applications

    folder = tmp_path_factory.mktemp("share") / "weights"
    folder.mkdir()
    for name, top in ((NOTOP, False), (TOP, True)):
        resnet = applications.ResNet50(weights=None, include_top=top)
        backbone_files.write_legacy_h5(folder / name, backbone_files.shuffle_weights(resnet, seed=top))
    mobilenet = applications.MobileNet(weights=None, alpha=0.75)
    backbone_files.shuffle_weights(mobilenet).save_weights(folder / MOBILENET)
    return folder


@pytest.fixture
def register(tmp_path, files, monkeypatch):
    """Make the registry expect these files, at an address."""

    def register(url="http://127.0.0.1:9"):
        text = assets.REGISTRY.read_text(encoding="utf-8")
        for entry in assets.registry().values():
            for file in entry["files"]:
                if (files / file["name"]).exists():
                    digest = hashlib.md5((files / file["name"]).read_bytes()).hexdigest()
                    text = text.replace(file["checksum"], f"md5:{digest}")
                    text = text.replace(file["urls"][0], f"{url}/{file['name']}")
        path = tmp_path / "assets.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(assets, "REGISTRY", path)

    return register


def resized(images, size):
    import tensorflow as tf

    return tf.image.resize(images, (size, size)).numpy()


# --- mini_resnet --------------------------------------------------------------------------------------------


def test_import_neither_loads_tensorflow_nor_opens_a_socket():
    code = (
        "import socket, sys; socket.socket = None; import helpers.backbones;"
        "assert not {'tensorflow', 'keras', 'h5py'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("kind", ["uint8", "float32", "float64"])
def test_mini_resnet_gives_the_features_of_its_file(npz, small, images, kind):
    model = backbones.headless("mini_resnet", weights=npz)
    expected = small.predict(resized(images, 128), verbose=0)
    assert model.output_shape == (None, 192) and expected.std() > 0.01
    np.testing.assert_allclose(model.predict(images.astype(kind), verbose=0), expected, rtol=1e-4, atol=1e-4)
    assert (model.origin, model.source, model.licence) == ("own", str(npz), "your own")


def test_reload_without_this_package_in_safe_mode(npz, tmp_path, images):
    model = backbones.headless("mini_resnet", weights=npz)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images)
    code = (
        "import keras, numpy as np; model = keras.saving.load_model('model.keras', safe_mode=True);"
        "assert not model.trainable_variables;"
        "np.save('features.npy', model.predict(np.load('images.npy'), verbose=0))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    np.testing.assert_allclose(
        np.load(tmp_path / "features.npy"), model.predict(images, verbose=0), rtol=1e-4, atol=1e-4
    )


def test_a_frozen_network_stays_in_inference_mode(npz, images):
    import keras

    base = backbones.headless("mini_resnet", weights=npz)
    model = keras.Sequential([base, keras.layers.Dense(2)])
    np.testing.assert_allclose(model(images, training=True), model(images, training=False), atol=1e-3)
    before = base.get_weights()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images, np.array([0, 1, 0]), epochs=2, verbose=0)
    for was, now in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)
    assert len(model.trainable_variables) == 2


def test_trainable_trains_all_but_batch_norm(npz, images):
    model = backbones.headless("mini_resnet", weights=npz, trainable=True)
    names = {weight.path.split("/")[-1] for weight in model.trainable_variables}
    assert names == {"kernel"} and len(model.trainable_variables) == sum(
        "conv" in layer.name for layer in model.layers
    )
    np.testing.assert_allclose(model(images, training=True), model(images, training=False), atol=1e-3)


def test_random_weights():
    model = backbones.headless("mini_resnet", weights="random")
    assert (model.origin, model.source, model.licence) == ("random", "", "")


# --- wrong files --------------------------------------------------------------------------------------------


def change(arrays, **changes):
    return {key: value for key, value in {**arrays, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("stage2_block1_conv1/kernel", None, "layer 'stage2_block1_conv1' is missing"),
        ("stem_bn/beta", None, r"'stem_bn' has 3 weights \(gamma, .*\) instead of gamma, beta"),
        ("stem_bn/beta", np.zeros(25), r"stem_bn/beta has the shape \(25,\) instead of \(24,\)"),
        ("stem_bn/beta", np.full(24, np.nan), "stem_bn/beta holds NaN"),
        (
            "stage9_block1_conv1/kernel",
            np.zeros(3),
            "has a layer 'stage9_block1_conv1' that this network does",
        ),
    ],
)
def test_weights_of_another_network(tmp_path, arrays, key, value, words):
    np.savez(tmp_path / "other.npz", **change(arrays, **{key: value}))
    with pytest.raises(AssetError, match=words) as caught:
        backbones.headless("mini_resnet", weights=tmp_path / "other.npz")
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'other.npz'} does not hold the weights of") and "Replace it" in said


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty"])
def test_damaged_npz(npz, damage):
    whole = npz.read_bytes()
    middle = len(whole) // 2
    npz.write_bytes(
        {
            "cut": whole[:middle],
            "flipped": whole[:middle] + bytes(8) + whole[middle + 8 :],
            "text": b"<html>",
            "empty": b"",
        }[damage]
    )
    with pytest.raises(AssetError, match=r"own\.npz does not hold the weights .*: it cannot be read"):
        backbones.headless("mini_resnet", weights=npz)


def test_missing_files_and_names(tmp_path, monkeypatch):
    monkeypatch.setattr(networks, "EMBEDDED", tmp_path / "mini_resnet.npz")
    for name in ("mini_resnet", "auto"):
        with pytest.raises(
            AssetError, match=r"mini_resnet\.npz is missing.*`git checkout data/mini_resnet\.npz`"
        ):
            backbones.headless(name)
    with pytest.raises(AssetError, match=r"There is no file .*nothing\.h5"):
        backbones.headless("resnet50", weights=tmp_path / "nothing.h5")
    with pytest.raises(
        ValueError, match=r"no network 'resnet'.*auto, resnet50, mobilenet, efficientnet_lite0, mini_resnet"
    ):
        backbones.headless("resnet")
    with pytest.raises(ValueError, match="Name it"):
        backbones.headless(weights=tmp_path / "nothing.h5")
    with pytest.raises(AssetUnavailable, match=r"ResNet-50 .* is not at hand \(COURSE_OFFLINE=1\)"):
        backbones.headless("resnet50")
    with pytest.raises(AssetError, match=r"MobileNet .* is not at hand\. No checksum .* data/README\.md"):
        backbones.headless("mobilenet")


@pytest.mark.parametrize("damage", ["cut", "text", "other", "older"])
def test_wrong_h5(files, tmp_path, damage):
    import h5py

    path = tmp_path / "wrong.h5"
    if damage == "cut":
        path.write_bytes((files / MOBILENET).read_bytes()[:-5000])
    if damage == "text":
        path.write_bytes(b"<html>" * 1000)
    if damage == "other":
        path = files / NOTOP
    if damage == "older":
        with h5py.File(path, "w") as file:
            file["weights"] = np.zeros(3)
    words = "cannot be read" if damage in ("cut", "text") else "layer 'conv1' is missing|of another network"
    with pytest.raises(AssetError, match=rf"{path.name} does not hold the weights of MobileNet.*({words})"):
        backbones.headless("mobilenet", weights=path)


# --- ImageNet networks --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected(files, images):
    """What keras.applications gives for these files and images: features of ResNet-50, answers of "
    "MobileNet."""
    from keras import applications

    pixels = resized(images, 224)
    resnet = applications.ResNet50(weights=str(files / NOTOP), include_top=False, pooling="avg")
    mobilenet = applications.MobileNet(weights=None, alpha=0.75)
    mobilenet.load_weights(files / MOBILENET)
    return {
        "resnet50": resnet.predict(applications.resnet50.preprocess_input(pixels.copy()), verbose=0),
        "mobilenet": mobilenet.predict(applications.mobilenet.preprocess_input(pixels.copy()), verbose=0),
    }


def check_tags(found, wanted):
    for row, expected in zip(found, wanted, strict=True):
        assert [name for name, _ in row] == [name for name, _ in expected]
        np.testing.assert_allclose([share for _, share in row], [share for _, share in expected], rtol=1e-3)


def check(model, images, expected):
    found = model.predict(images, verbose=0)
    assert np.ptp(expected, axis=0).max() > 0.01 * expected.max()  # what the image shows counts
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * expected.max())


@pytest.mark.parametrize("way", ["mirror", "server", "own"])
def test_resnet50_gives_what_keras_gives(register, files, images, expected, monkeypatch, capsys, way):
    if way == "own":
        model = backbones.headless("resnet50", weights=files / NOTOP)
    elif way == "mirror":
        register()
        monkeypatch.setenv("COURSE_ASSETS", str(files.parent))
        model = backbones.headless()
        assert (
            "Using ResNet-50 trained on ImageNet: its weights are in COURSE_ASSETS."
            in capsys.readouterr().out
        )
    else:
        with FaultyServer({f"/{NOTOP}": (files / NOTOP).read_bytes()}) as server:
            register(server.url)
            monkeypatch.delenv("COURSE_OFFLINE")
            model = backbones.headless("resnet50")
            assert server.gets == [f"/{NOTOP}"]
            assert networks.choose() == "resnet50" and "are in the cache" in capsys.readouterr().out
    check(model, images, expected["resnet50"])
    origin = {"server": "download"}.get(way, way)
    assert (model.name, model.origin) == ("resnet50", origin)
    assert model.licence == ("your own" if way == "own" else "MIT")


def test_whole_resnet50_serves_for_the_headless_one(register, files, tmp_path, monkeypatch, images):
    from keras import applications

    register()
    share = tmp_path / "share" / "weights"
    share.mkdir(parents=True)
    (share / TOP).symlink_to(files / TOP)
    monkeypatch.setenv("COURSE_ASSETS", str(share.parent))
    whole = applications.ResNet50(weights=str(files / TOP))
    import keras

    features = keras.Model(whole.input, whole.layers[-2].output)
    pixels = applications.resnet50.preprocess_input(resized(images, 224))
    check(backbones.headless("resnet50"), images, features.predict(pixels, verbose=0))


def test_mobilenet_without_its_top_and_its_tags(register, files, images, expected, monkeypatch, tmp_path):
    import keras
    from keras import applications

    register()
    monkeypatch.setenv("COURSE_ASSETS", str(files.parent))
    model = backbones.headless("mobilenet")
    assert model.output_shape == (None, 768) and model.origin == "mirror" and model.licence == "Apache-2.0"
    whole = applications.MobileNet(weights=None, alpha=0.75)
    whole.load_weights(files / MOBILENET)
    pool = next(layer for layer in whole.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D))
    inner = keras.Model(whole.input, pool.output)
    pixels = applications.mobilenet.preprocess_input(resized(images, 224))
    check(model, images, inner.predict(pixels, verbose=0).reshape(3, 768))

    legacy = backbone_files.write_legacy_h5(tmp_path / "mobilenet_7_5_224_tf.h5", whole)
    check(backbones.headless("mobilenet", weights=legacy), images, model.predict(images, verbose=0))

    found = backbones.tags("mobilenet", images, top=2)
    for row, image in zip(found, expected["mobilenet"], strict=True):
        assert row[0][0] == CLASS_NAMES[image.argmax()]
        np.testing.assert_allclose([row[0][1], row[1][1]], np.sort(image)[:-3:-1], rtol=1e-3)
    check_tags(backbones.imagenet_tags("mobilenet", images, top=2), found)


def test_tags_of_the_whole_resnet50(register, files, images, monkeypatch, capsys):
    from keras import applications

    register()
    monkeypatch.setenv("COURSE_ASSETS", str(files.parent))
    whole = applications.ResNet50(weights=str(files / TOP))
    answers = whole.predict(applications.resnet50.preprocess_input(resized(images, 224)), verbose=0)
    found = backbones.tags("auto", images, top=1)
    assert "ResNet-50" in capsys.readouterr().out
    assert [row[0][0] for row in found] == [CLASS_NAMES[best] for best in answers.argmax(axis=1)]
    check_tags(backbones.imagenet_tags("auto", images, top=1), found)
    with pytest.raises(AssetError, match=r"notop\.h5 does not hold .* the layer 'predictions' is missing"):
        backbones.tags("resnet50", images, weights=files / NOTOP)


@pytest.mark.parametrize("text, words", [("one\n", "it has 1 lines"), (None, "No such file")])
def test_class_names_that_are_none(files, images, tmp_path, monkeypatch, text, words):
    monkeypatch.setattr(networks, "CLASS_NAMES", tmp_path / "imagenet_classes.txt")
    if text:
        networks.CLASS_NAMES.write_text(text)
    with pytest.raises(AssetError, match=rf"does not hold ImageNet's 1,000 class names \({words}"):
        backbones.tags("mobilenet", images, weights=files / MOBILENET)


def test_tags_of_mini_resnet(npz, small, arrays, images):
    logits = small.predict(resized(images, 128), verbose=0) @ arrays["tags/kernel"] + arrays["tags/bias"]
    probabilities = softmax(logits, axis=1)
    found = backbones.tags("mini_resnet", images, weights=npz)
    for row, wanted in zip(found, probabilities, strict=True):
        assert [name for name, _ in row] == [backbone_files.TAGS[index] for index in np.argsort(-wanted)]
        np.testing.assert_allclose([share for _, share in row], np.sort(wanted)[::-1], rtol=0.02, atol=1e-4)
    with pytest.raises(ValueError, match="top=0"):
        backbones.tags("mini_resnet", images, top=0, weights=npz)


def test_imagenet_tags_are_never_those_of_mini_resnet(images, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path))  # holds nothing
    with pytest.raises(ValueError, match=r"does not know ImageNet's classes\. Use backbones\.tags"):
        backbones.imagenet_tags("mini_resnet", images)
    found = backbones.imagenet_tags("auto", images, top=2)
    check_tags(found, backbones.tags("efficientnet_lite0", images, top=2))
    assert {name for row in found for name, _ in row} <= set(CLASS_NAMES)


def test_whole_network_is_frozen_and_keeps_the_layers_of_the_headless_one(npz, small, arrays, images):
    model = backbones.whole("mini_resnet", weights=npz)
    logits = small.predict(resized(images, 128), verbose=0) @ arrays["tags/kernel"] + arrays["tags/bias"]
    np.testing.assert_allclose(
        model.predict(images, verbose=0), softmax(logits, axis=1), rtol=0.02, atol=1e-4
    )
    assert model.categories == tuple(backbone_files.TAGS) and not model.trainable_weights
    headless = backbones.headless("mini_resnet", weights=npz)
    assert {layer.name for layer in headless.layers} <= {layer.name for layer in model.layers}
    with pytest.raises(ValueError, match="needs to know the network"):
        backbones.whole(weights=npz)
    with pytest.raises(ValueError, match="no network 'vgg'"):
        backbones.whole("vgg")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("tags/bias", None, "has no categories"),
        ("tags/kernel", np.zeros((192, 4)), "its categories have shapes"),
    ],
)
def test_embedded_file_without_its_categories(tmp_path, arrays, images, key, value, words):
    np.savez(tmp_path / "other.npz", **change(arrays, **{key: value}))
    with pytest.raises(AssetError, match=words):
        backbones.tags("mini_resnet", images, weights=tmp_path / "other.npz")


# --- auto ---------------------------------------------------------------------------------------------------


def test_auto_takes_the_best_that_is_here(register, files, tmp_path, monkeypatch, capsys, npz):
    register()
    share = tmp_path / "share" / "weights"
    share.mkdir(parents=True)
    monkeypatch.setattr(networks, "EMBEDDED", npz)
    assert backbones.headless().origin == "embedded"
    assert "there is no COURSE_ASSETS with the weights of a larger one" in capsys.readouterr().out
    monkeypatch.setenv("COURSE_ASSETS", str(share.parent))
    assert networks.choose() == "mini_resnet"
    assert "COURSE_ASSETS does not hold the weights" in capsys.readouterr().out
    (share / MOBILENET).symlink_to(files / MOBILENET)
    assert networks.choose() == "mobilenet" and networks.choose(top=True) == "mobilenet"
    (share / NOTOP).symlink_to(files / NOTOP)
    assert networks.choose() == "resnet50" and networks.choose(top=True) == "mobilenet"
    (share / NOTOP).unlink()
    (share / NOTOP).write_bytes(b"damaged")
    with pytest.raises(AssetError, match=r"notop\.h5 is damaged"):
        networks.choose()


# --- what is registered and shipped -------------------------------------------------------------------------


def test_registry_has_the_checksums_that_keras_has():
    folder = Path(importlib.metadata.distribution("keras").locate_file("keras/src/applications"))
    source = (folder / "resnet.py").read_text()
    for name in ("resnet50", "resnet50_top"):
        (file,) = assets.registry()[name]["files"]
        assert (
            f'"{file["checksum"].removeprefix("md5:")}"' in source
            and file["urls"][0].rsplit("/", 1)[0] in source
        )
        assert ("notop" in file["name"]) == (name == "resnet50")
    top, notop = (
        assets.registry()[name]["files"][0]["checksum"][4:] for name in ("resnet50_top", "resnet50")
    )
    assert source.index(top) < source.index(notop)  # (with top, without) is the order there


def test_class_names_are_those_of_imagenet(real_assets):
    path = Path(real_assets) / "weights" / "imagenet_class_index.json"
    if not path.exists():
        pytest.skip("COURSE_ASSETS does not hold the index of ImageNet's classes")
    index = json.loads(path.read_text(encoding="utf-8"))
    theirs = [index[str(number)][1].replace("_", " ") for number in range(1000)]
    told_apart = {"crane (bird)", "crane (machine)", "tank suit"}
    assert len(set(CLASS_NAMES)) == 1000
    differ = {ours for ours, name in zip(CLASS_NAMES, theirs, strict=True) if ours != name}
    assert differ == told_apart, differ


def test_what_is_never_downloaded_is_left_out_and_said(capsys, monkeypatch, tmp_path):
    from helpers.assets import __main__ as commands

    monkeypatch.delenv("COURSE_OFFLINE")
    assert commands.main(["fetch", "mobilenet", "--to", str(tmp_path / "share")]) == 0
    assert "left out. No checksum is published" in capsys.readouterr().out
    assert assets.locate("mobilenet") is None


def test_shipped_network(images):
    if not networks.EMBEDDED.exists():
        with pytest.raises(AssetError, match=r"`git checkout data/mini_resnet\.npz` brings it back"):
            backbones.headless("mini_resnet")
        return
    assert networks.EMBEDDED.stat().st_size <= 5_000_000
    model = backbones.headless("mini_resnet")
    assert model.count_params() <= 1_500_000 and model.origin == "embedded"
    found = backbones.features(model, images, cache=False)
    assert found.shape == (3, 192) and np.ptp(found, axis=0).max() > 0
    (row, *_) = backbones.tags("mini_resnet", images)
    assert len(row) == 5 and row[0][1] >= row[1][1]


def test_real_mobilenet_knows_a_bird(real_assets, monkeypatch):
    from PIL import Image

    monkeypatch.setenv("COURSE_ASSETS", real_assets)
    image = np.asarray(Image.open(Path(real_assets) / "photos/natural/bird.jpg").convert("RGB"))
    (row,) = backbones.tags("mobilenet", image[None])
    assert row[0][0] == "chickadee" and row[0][1] > 0.9
