"""Pretrained networks: their weights, their preprocessing, and what they say about wrong files."""

import hashlib
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import backbone_files
import numpy as np
import pytest
from servers import FaultyServer

from helpers import ROOT, assets, backbones
from helpers.assets import AssetError, AssetUnavailable
from helpers.backbones import networks, pretrained

NOTOP = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
TOP = "resnet50_weights_tf_dim_ordering_tf_kernels.h5"
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
def files(tmp_path_factory):
    """Random weights of the ImageNet networks, written as they are published."""
    from keras import applications

    folder = tmp_path_factory.mktemp("share") / "weights"
    folder.mkdir()
    for name, top in ((NOTOP, False), (TOP, True)):
        resnet = applications.ResNet50(weights=None, include_top=top)
        backbone_files.write_legacy_h5(folder / name, backbone_files.shuffle_weights(resnet, seed=top))
    return folder


@pytest.fixture(scope="module")
def digests(files):
    return {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in files.iterdir()}


@pytest.fixture
def register(tmp_path, digests, monkeypatch):
    """Make the registry expect these files, at an address."""

    def register(url="http://127.0.0.1:9"):
        text = assets.REGISTRY.read_text(encoding="utf-8")
        for entry in assets.registry().values():
            for file in entry["files"]:
                if file["name"] in digests:
                    text = text.replace(file["checksum"], f"md5:{digests[file['name']]}")
                    text = text.replace(file["urls"][0], f"{url}/{file['name']}")
        path = tmp_path / "assets.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(assets, "REGISTRY", path)

    return register


def resized(images, size):
    import tensorflow as tf

    return tf.image.resize(images, (size, size)).numpy()


# --- a network as a Keras model -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small():
    """EfficientNet-Lite0 for small images, with random weights."""
    return backbone_files.shuffle_weights(backbones.headless("efficientnet_lite0", weights="random", size=64))


def test_import_neither_loads_tensorflow_nor_opens_a_socket():
    code = (
        "import socket, sys; socket.socket = None; import helpers.backbones;"
        "assert not {'tensorflow', 'keras', 'h5py'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_no_module_here_imports_one_that_imports_it():
    folder = ROOT / "helpers" / "backbones"
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
    wanted = re.compile(r"from helpers\.backbones(?:\.(\w+)| import ([\w, ]+))")
    needs = {
        name: {part for found in wanted.findall(text) for part in re.findall(r"\w+", " ".join(found))}
        for name, text in texts.items()
        if name != "__init__"
    }
    while ready := {name for name, others in needs.items() if not others & set(needs)}:
        needs = {name: others for name, others in needs.items() if name not in ready}
    assert not needs


def test_reload_without_this_package_in_safe_mode(small, tmp_path, images):
    small.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images)
    code = (
        "import keras, numpy as np; model = keras.saving.load_model('model.keras', safe_mode=True);"
        "assert not model.trainable_variables;"
        "np.save('features.npy', model(np.load('images.npy')))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    np.testing.assert_allclose(np.load(tmp_path / "features.npy"), small(images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["uint8", "float32", "float64"])
def test_images_of_any_size_and_type_are_stretched(small, images, kind):
    expected = small.predict(resized(images, 64), verbose=0)
    assert small.output_shape == (None, 1280) and expected.std() > 0.01
    np.testing.assert_allclose(small.predict(images.astype(kind), verbose=0), expected, rtol=1e-3, atol=1e-3)


def test_a_frozen_network_stays_in_inference_mode(small, images):
    import keras

    model = keras.Sequential([small, keras.layers.Dense(2)])
    np.testing.assert_allclose(model(images, training=True), model(images, training=False), atol=1e-3)
    before = small.get_weights()
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images, np.array([0, 1, 0]), epochs=2, verbose=0)
    for was, now in zip(before, small.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)
    assert len(model.trainable_variables) == 2


def test_trainable_trains_all_but_batch_norm(images):
    model = backbones.headless("efficientnet_lite0", weights="random", size=64, trainable=True)
    names = {weight.path.split("/")[-1] for weight in model.trainable_variables}
    assert names == {"kernel"} and len(model.trainable_variables) == sum(
        layer.name.endswith("_conv") for layer in model.layers
    )
    np.testing.assert_allclose(model(images, training=True), model(images, training=False), atol=1e-3)


def test_random_weights(small):
    assert (small.origin, small.source, small.licence) == ("random", "", "")


# --- wrong files --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def untouched():
    """ResNet-50 as it is built for `headless`, and its first weights; no wrong file may change it."""
    model = networks.build("resnet50")
    return model, [weight.copy() for weight in model.get_layer("conv1_bn").get_weights()]


@pytest.fixture
def built_once(untouched, monkeypatch):
    """Let wrong files meet one network, which is built once."""
    model, first = untouched
    monkeypatch.setattr(networks, "build", lambda name, **options: model)
    yield
    for now, then in zip(model.get_layer("conv1_bn").get_weights(), first, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.fixture(scope="module")
def arrays(files):
    """Weights of ResNet-50 by layer, as its file holds them."""
    return pretrained._read_h5(files / NOTOP)


@pytest.mark.parametrize(
    ("layer", "change", "words"),
    [
        ("conv2_block1_1_conv", lambda held: None, "layer 'conv2_block1_1_conv' is missing"),
        ("conv1_bn", lambda held: held[:3], r"'conv1_bn' has 3 weights instead of gamma, beta"),
        (
            "conv1_bn",
            lambda held: [held[0][:9], *held[1:]],
            r"conv1_bn/gamma has the shape \(9,\) instead of",
        ),
        ("conv1_bn", lambda held: [held[0] * np.nan, *held[1:]], "conv1_bn/gamma holds NaN"),
        ("conv9", lambda held: [np.zeros(3)], "has a layer 'conv9' that this network does not"),
    ],
)
@pytest.mark.usefixtures("built_once")
def test_weights_of_another_network(files, arrays, monkeypatch, layer, change, words):
    changed = {**arrays, layer: change(arrays.get(layer))}
    kept = {name: arrays for name, arrays in changed.items() if arrays is not None}
    monkeypatch.setattr(pretrained, "_read_h5", lambda path: kept)
    with pytest.raises(AssetError, match=words) as caught:
        backbones.headless("resnet50", weights=files / NOTOP)
    said = str(caught.value)
    assert said.startswith(f"{files / NOTOP} does not hold the weights of") and "Replace it" in said


def test_missing_files_and_names(tmp_path):
    with pytest.raises(AssetError, match=r"There is no file .*nothing\.h5"):
        backbones.headless("resnet50", weights=tmp_path / "nothing.h5")
    with pytest.raises(ValueError, match=r"no network 'resnet'.*auto, resnet50, efficientnet_lite0\."):
        backbones.whole("resnet")
    with pytest.raises(ValueError, match="Name it"):
        backbones.headless(weights=tmp_path / "nothing.h5")


@pytest.mark.usefixtures("built_once")
def test_offline_it_is_said_what_to_do():
    for load in (backbones.headless, backbones.whole):
        with pytest.raises(AssetUnavailable) as caught:
            load("resnet50")
        said = str(caught.value)
        assert said.startswith("ResNet-50 trained on ImageNet, ") and "(COURSE_OFFLINE=1)" in said
        assert "go online" in said and "COURSE_ASSETS" in said and 'Or use "efficientnet_lite0"' in said


@pytest.mark.parametrize("damage", ["cut", "text", "other", "older"])
@pytest.mark.usefixtures("built_once")
def test_wrong_h5(files, tmp_path, damage):
    import h5py
    from keras import applications

    path = tmp_path / "wrong.h5"
    if damage == "cut":
        path.write_bytes((files / NOTOP).read_bytes()[:-5000])
    if damage == "text":
        path.write_bytes(b"<html>" * 1000)
    if damage == "other":
        mobile = applications.MobileNet((64, 64, 3), alpha=0.25, include_top=False, weights=None)
        backbone_files.write_legacy_h5(path, mobile)
    if damage == "older":
        with h5py.File(path, "w") as file:
            file["weights"] = np.zeros(3)
    words = "cannot be read" if damage in ("cut", "text") else "layer 'conv1_conv' is missing|another network"
    with pytest.raises(AssetError, match=rf"{path.name} does not hold the weights of ResNet-50.*({words})"):
        backbones.headless("resnet50", weights=path)


# --- ImageNet networks --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected(files, images):
    """Features of ResNet-50 that keras.applications gives for this file and images."""
    from keras import applications

    resnet = applications.ResNet50(weights=str(files / NOTOP), include_top=False, pooling="avg")
    return np.asarray(resnet(applications.resnet50.preprocess_input(resized(images, 224)), training=False))


@pytest.fixture(scope="module")
def expected_of_whole(files, images):
    """Features and probabilities that keras.applications gives for the file with the top."""
    import keras
    from keras import applications

    whole = applications.ResNet50(weights=str(files / TOP))
    both = keras.Model(whole.input, [whole.layers[-2].output, whole.output])
    found = both(applications.resnet50.preprocess_input(resized(images, 224)), training=False)
    return [np.asarray(one) for one in found]


def check(model, images, expected):
    found = np.asarray(model(images))  # `predict` would compile a model that is asked once
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
            assert pretrained.choose() == "resnet50" and "are in the cache" in capsys.readouterr().out
    check(model, images, expected)
    origin = {"server": "download"}.get(way, way)
    assert (model.name, model.origin) == ("resnet50", origin)
    assert model.licence == ("your own" if way == "own" else "MIT")


def test_whole_resnet50_serves_for_the_headless_one(
    register, files, tmp_path, monkeypatch, images, expected_of_whole
):
    register()
    share = tmp_path / "share" / "weights"
    share.mkdir(parents=True)
    (share / TOP).symlink_to(files / TOP)
    monkeypatch.setenv("COURSE_ASSETS", str(share.parent))
    check(backbones.headless("resnet50"), images, expected_of_whole[0])


def test_what_the_whole_resnet50_answers(
    register, files, images, untouched, monkeypatch, capsys, expected_of_whole
):
    register()
    monkeypatch.setenv("COURSE_ASSETS", str(files.parent))
    answers = expected_of_whole[1]
    model = backbones.whole("auto")
    assert "ResNet-50" in capsys.readouterr().out
    np.testing.assert_allclose(np.asarray(model(images)), answers, rtol=1e-3, atol=1e-6)
    assert model.categories == tuple(CLASS_NAMES) and not model.trainable_weights
    names = {layer.name for layer in untouched[0].layers}
    assert names - {"features"} <= {layer.name for layer in model.layers}
    with pytest.raises(AssetError, match=r"notop\.h5 does not hold .* the layer 'predictions' is missing"):
        backbones.whole("resnet50", weights=files / NOTOP)


@pytest.mark.parametrize("text, words", [("one\n", "it has 1 lines"), (None, "No such file")])
def test_class_names_that_are_none(tmp_path, monkeypatch, text, words):
    monkeypatch.setattr(pretrained, "CLASS_NAMES", tmp_path / "imagenet_classes.txt")
    if text:
        pretrained.CLASS_NAMES.write_text(text)
    with pytest.raises(AssetError, match=rf"does not hold ImageNet's 1,000 class names \({words}"):
        backbones.whole("efficientnet_lite0")


# --- auto ---------------------------------------------------------------------------------------------------


def test_auto_takes_resnet50_where_it_is_here(register, files, tmp_path, monkeypatch, capsys):
    register()
    share = tmp_path / "share" / "weights"
    share.mkdir(parents=True)
    model = backbones.headless()
    assert (model.name, model.origin) == ("efficientnet_lite0", "package")
    said = capsys.readouterr().out
    assert "Using EfficientNet-Lite0" in said and "the weights of ResNet-50 are not in the cache" in said
    assert "COURSE_OFFLINE=1 forbids" in said
    monkeypatch.setenv("COURSE_ASSETS", str(share.parent))
    assert pretrained.choose() == "efficientnet_lite0"
    assert "neither in COURSE_ASSETS nor in the cache" in capsys.readouterr().out
    monkeypatch.delenv("COURSE_OFFLINE")
    assert pretrained.choose() == "efficientnet_lite0"  # it downloads nothing
    assert capsys.readouterr().out.endswith('; "resnet50" downloads them.\n')
    (share / NOTOP).symlink_to(files / NOTOP)
    assert pretrained.choose() == "resnet50" and pretrained.choose(top=True) == "efficientnet_lite0"
    (share / NOTOP).unlink()
    (share / NOTOP).write_bytes(b"damaged")
    with pytest.raises(AssetError, match=r"notop\.h5 is damaged"):
        pretrained.choose()


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
