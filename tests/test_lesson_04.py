"""Lesson 4's cells on ResNet-50: with Keras's download, replaced by a stand-in, and without a network."""

from types import SimpleNamespace

import jupytext
import keras
import numpy as np
import pytest
from keras import layers
from keras.src.applications import resnet as keras_resnet

from helpers import assets
from helpers.staff import course


def cell_with(text):
    [source] = course.sources(["04"])
    (found,) = [
        cell.source
        for cell in jupytext.read(source, fmt="py:percent").cells
        if cell.cell_type == "code" and text in cell.source
    ]
    return found


@pytest.fixture
def names(monkeypatch):
    """What the lesson has made before these cells, with few pictures and a small base."""
    keras.utils.set_random_seed(0)
    small = keras.Sequential([keras.Input((None, None, 3)), layers.GlobalAveragePooling2D()])
    pictures = np.random.default_rng(0).integers(0, 256, (4, 192, 192, 3), np.uint8)
    labels = np.array([0, 1, 0, 1])
    monkeypatch.setenv("COURSE_OFFLINE", "0")
    given = {"keras": keras, "layers": layers, "np": np, "assets": assets, "base": small}
    return given | {"data": SimpleNamespace(train=(pictures, labels)), "pictures": pictures, "labels": labels}


def test_with_a_network_resnet50_is_downloaded_and_trained(names, monkeypatch, tmp_path, capsys):
    other = keras.applications.ResNet50(include_top=False, weights=None, pooling="avg")
    file = tmp_path / "notop.weights.h5"
    other.save_weights(file)
    asked = []

    def get_file(name, origin, **options):
        asked.append(origin)
        return file

    monkeypatch.setattr(keras_resnet.file_utils, "get_file", get_file)
    monkeypatch.setattr(keras.Model, "fit", lambda self, *given, **options: None)
    for text in ("keras.applications.ResNet50(", "resnet50.preprocess_input("):
        exec(cell_with(text), names)
    assert asked[0].endswith("resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5")
    np.testing.assert_array_equal(names["resnet"].get_weights()[0], other.get_weights()[0])
    said = capsys.readouterr().out
    assert "ResNet-50 " in said and "23,587,712 weights, 2,048 features" in said
    assert said.rstrip().endswith(" right") and "go on with" not in said
    assert [tuple(w.shape) for w in names["resnet_model"].trainable_weights] == [(2048, 2), (2,)]


@pytest.mark.parametrize("how", ["COURSE_OFFLINE", "no network"])
def test_without_a_network_a_sentence_says_so_and_the_lesson_goes_on(names, monkeypatch, capsys, how):
    def get_file(name, origin, **options):
        assert how == "no network"
        raise Exception(f"URL fetch failure on {origin}: None")  # as Keras does

    monkeypatch.setattr(keras_resnet.file_utils, "get_file", get_file)
    if how == "COURSE_OFFLINE":
        monkeypatch.setenv("COURSE_OFFLINE", "1")
    for text in ("keras.applications.ResNet50(", "resnet50.preprocess_input("):
        exec(cell_with(text), names)
    said = capsys.readouterr().out
    assert said.count("\n") == 3
    assert "ResNet-50's weights are not here, so we go on with EfficientNet-Lite0." in said
    assert names["resnet_model"].output_shape == (None, 2)
