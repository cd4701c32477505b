"""Every function on every form of a Keras model; models stay as they are; bad input gets one sentence."""

import doctest
import functools
import gc
import subprocess
import sys
import weakref

import networks
import numpy as np
import pytest
from networks import IMAGES, MASKS

from helpers import ROOT, visualize
from helpers.visualize import layers as layer_rules
from helpers.visualize import scoring, tapping

FUNCTIONS = {
    "feature_maps": lambda model: visualize.feature_maps(model, IMAGES, "conv2"),
    "activation_maximization": lambda model: (
        visualize.activation_maximization(model, "conv2", [0, 3], steps=4).images
    ),
    "class_images": lambda model: visualize.class_images(model, [2], steps=4).images,
    "grad_cam": lambda model: visualize.grad_cam(model, IMAGES),
    "grad_cam of conv1": lambda model: visualize.grad_cam(model, IMAGES, "conv1", [0, 1, 2, 1, 0]),
    "occlusion": lambda model: visualize.occlusion(model, IMAGES[:2], patch=6),
    "saliency": lambda model: visualize.saliency(model, IMAGES),
    "top_patches": lambda model: visualize.top_patches(model, "conv2", None, IMAGES, count=2).patches,
    "dissect": lambda model: visualize.dissect(model, "conv2", IMAGES, MASKS, top=0.1).iou,
}


@pytest.fixture(scope="module")
def reference():
    return networks.make_reference()


@pytest.fixture(scope="module")
def expected(reference):
    return functools.cache(lambda name: FUNCTIONS[name](reference))


@pytest.fixture(scope="module")
def models(reference, tmp_path_factory):
    @functools.cache
    def model(kind):
        import keras

        if kind.endswith("reloaded"):
            path = tmp_path_factory.mktemp("models") / "model.keras"
            model(kind.removesuffix(", reloaded")).save(path)
            return keras.models.load_model(path)
        return networks.with_weights_of(networks.build(kind), reference)

    return model


ALL_KINDS = [*networks.KINDS, *(f"{kind}, reloaded" for kind in networks.RELOADED)]


@pytest.fixture(scope="module")
def compiled(models):
    """Prepare a kind's model, compiled for `predict` and partly frozen: it, what it is now, its traces."""

    @functools.cache
    def prepare(kind):
        model = models(kind)
        model.predict(IMAGES, verbose=0)
        for layer in networks.flat_layers(model)[-2:]:
            layer.trainable = False
        before = state(model), model.get_weights(), model.predict(IMAGES, verbose=0)
        return model, before, model.predict_function.experimental_get_tracing_count()

    return prepare


@pytest.fixture(scope="module")
def found(compiled):
    """Call a function on a kind's model, once for all tests: each call traces graphs of its own."""
    return functools.cache(lambda kind, name: FUNCTIONS[name](compiled(kind)[0]))


def state(model):
    """What looking at a model must not change, apart from its weights."""
    layers = networks.flat_layers(model)
    attributes = [
        {name: id(value) for name, value in layer.__dict__.items() if name in ("activation", "call")}
        for layer in (model, *layers)
    ]
    flags = [layer.trainable for layer in layers]
    return attributes, flags, id(model.predict_function), len(model.losses), len(model.variables)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("kind", ALL_KINDS)
def test_every_form_of_a_model_gives_the_same(kind, name, found, expected):
    assert np.isfinite(found(kind, name)).all() and np.ptp(expected(name)) > 0
    scale = np.abs(expected(name)).max()
    np.testing.assert_allclose(found(kind, name), expected(name), atol=2e-4 * scale)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_models_stay_as_they_are(kind, compiled, found):
    model, (before, weights, answers), traces = compiled(kind)
    for name in FUNCTIONS:
        found(kind, name)
    assert state(model) == before
    for now, then in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), answers, rtol=1e-5, atol=1e-6)
    assert model.predict_function.experimental_get_tracing_count() == traces


def test_a_model_is_restored_after_an_error(models):
    model = models("softmax")
    with pytest.raises(ZeroDivisionError), tapping.tapped(model, lambda out: out):
        assert "call" in model.__dict__
        1 / 0  # noqa: B018
    assert "call" not in model.__dict__


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_the_scores_are_logits(kind, models, reference):
    found = scoring.compiled_on(models(kind), IMAGES.shape[1:], tapping.scores)(IMAGES.astype("float32"))
    np.testing.assert_allclose(found, reference(IMAGES), rtol=1e-5, atol=1e-5)


def test_importing_needs_no_tensorflow():
    code = (
        "import sys, helpers.visualize; sys.exit('tensorflow' in sys.modules or 'matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_layers_write_nothing_while_they_are_looked_at():
    import keras

    class Counting(keras.layers.Layer):
        def build(self, shape):
            self.count = self.add_weight(shape=(), trainable=False)

        def call(self, images):
            self.count.assign_add(1)
            self.add_loss(keras.ops.sum(images))
            return images

    model = networks.sequential(Counting(), keras.layers.Dense(2, activity_regularizer="l2"))
    before, losses = [weight.copy() for weight in model.get_weights()], len(model.losses)
    visualize.grad_cam(model, IMAGES)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert len(model.losses) == losses


@pytest.mark.parametrize("name", ["grad_cam", "saliency", "occlusion", "feature_maps"])
def test_a_batch_gives_what_its_images_give_one_by_one(name, models, monkeypatch):
    from helpers.visualize import attribution

    model, call = models("nested"), getattr(visualize, name)
    options = {"layers": "conv2"} if name == "feature_maps" else {}
    single = np.concatenate([call(model, image[None], **options) for image in IMAGES])
    np.testing.assert_allclose(call(model, IMAGES, **options), single, rtol=1e-4, atol=1e-5)
    for module in (attribution, scoring):
        monkeypatch.setattr(module, "BATCH", 2)  # the last batch is not full
    np.testing.assert_allclose(call(model, IMAGES, **options), single, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["nested", "subclassed holding a model"])
def test_a_layer_is_found_by_name_path_object_or_default(kind, models):
    model = models(kind)
    (layer,) = [layer for layer in networks.flat_layers(model) if layer.name == "conv2"]
    wanted = visualize.grad_cam(model, IMAGES, "conv2")
    for way in (layer, networks.NESTED_PATHS[kind], None):
        found = visualize.grad_cam(model, IMAGES, way)
        np.testing.assert_allclose(found, wanted, atol=1e-5 * wanted.max())


def test_the_default_is_the_last_with_more_than_one_pixel():
    import keras
    from keras import layers

    trunk = networks.trunk_layers()[:4]
    head = [layers.GlobalAveragePooling2D(keepdims=True), layers.Conv2D(3, 1), layers.Flatten()]
    model = keras.Sequential([keras.Input(networks.SHAPE), *trunk, *head, layers.Softmax()])
    wanted = visualize.grad_cam(model, IMAGES, "conv2")
    np.testing.assert_allclose(visualize.grad_cam(model, IMAGES), wanted, atol=1e-5 * wanted.max())


def test_a_frozen_backbone_of_the_course_inside_a_model():
    import keras

    from helpers import backbones

    base = backbones.headless("efficientnet_lite0", weights="random", size=64)
    model = keras.Sequential([base, keras.layers.Dense(1, activation="sigmoid")])
    images = np.random.default_rng(0).integers(0, 256, (2, 40, 48, 3), dtype=np.uint8)
    assert visualize.grad_cam(model, images).shape == (2, 40, 48)
    found = visualize.activation_maximization(model, "stem_relu", [0, 1], steps=2)
    assert found.images.shape == (2, 64, 64, 3)  # the size that the network resizes to
    assert found.images.max() > 10  # of 0..255


def test_one_sigmoid_unit_is_the_class_1_of_two(reference):
    from keras import layers

    kernel = reference.layers[-1].get_weights()[0][:, :1]
    one = networks.sequential(layers.Dense(1, activation="sigmoid"))
    two = networks.sequential(layers.Dense(2, activation="softmax"))
    trunk = reference.get_weights()[:-2]
    one.set_weights([*trunk, kernel, np.array([0.3])])
    two.set_weights([*trunk, np.concatenate([-kernel, kernel], axis=1), np.array([-0.3, 0.3])])
    for target in (0, 1, None, [0, 1, 1, 0, 1]):
        for function in (visualize.grad_cam, visualize.saliency):
            maps, wanted = (function(model, IMAGES, target=target) for model in (one, two))
            np.testing.assert_allclose(maps, wanted, atol=1e-5 * wanted.max())
    maps = visualize.class_images(one, steps=3)
    np.testing.assert_allclose(maps.images, visualize.class_images(two, steps=3).images, atol=0.02)  # of 255


def test_a_second_call_of_the_same_shapes_traces_nothing(monkeypatch):
    import keras

    runs, run = [], tapping.run
    monkeypatch.setattr(tapping, "run", lambda model, images: runs.append(images) or run(model, images))
    model = networks.sequential(keras.layers.Dense(3, activation="softmax"))
    model = keras.Sequential([keras.Input(networks.SHAPE), model])
    for function in FUNCTIONS.values():
        first = (function(model), len(runs))
        second = (function(model), len(runs))
        assert second[1] == first[1] > 0
        np.testing.assert_allclose(second[0], first[0], atol=2e-4 * np.abs(first[0]).max())
    before = len(runs)
    visualize.grad_cam(model, IMAGES[:2], "conv1", 1)  # another number of images, other targets
    visualize.activation_maximization(model, "conv2", [1], steps=7, seed=3, jitter=2, rate=0.1)
    assert len(runs) == before


def test_code_that_nobody_knows_is_traced_twice_in_a_call(models, monkeypatch):
    """Once to look at it, and once to compile: what was compiled before may be out of date."""
    runs, run, model = [], tapping.run, models("subclassed")
    monkeypatch.setattr(tapping, "run", lambda model, images: runs.append(images) or run(model, images))
    for function in (visualize.saliency, visualize.grad_cam, visualize.occlusion):
        runs.clear()
        function(model, IMAGES, target=1)
        assert len(runs) == 2


def test_what_was_compiled_is_not_used_for_a_changed_model(reference):
    import keras

    model = networks.with_weights_of(networks.build("softmax"), reference)
    before = visualize.feature_maps(model, IMAGES, "conv2")
    model.get_layer("conv2").activation = keras.activations.linear
    after = visualize.feature_maps(model, IMAGES, "conv2")
    assert before.min() == 0 > after.min()
    model.set_weights([2 * weight for weight in model.get_weights()])
    assert np.abs(visualize.feature_maps(model, IMAGES, "conv2")).max() > 1.5 * np.abs(after).max()


def test_models_are_let_go():
    model = networks.sequential()
    visualize.saliency(model, IMAGES, 0)
    visualize.feature_maps(model, IMAGES)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_all_feature_maps_are_those_of_keras(reference):
    import keras

    names = ["conv1", "pool", "conv2"]
    tapped = visualize.feature_maps(reference, IMAGES)
    assert list(tapped) == names
    rebuilt = keras.Model(reference.input, [reference.get_layer(name).output for name in names])
    for maps, theirs in zip(tapped.values(), rebuilt(IMAGES), strict=True):
        np.testing.assert_allclose(maps, theirs, atol=1e-5 * np.max(theirs))
    some = visualize.feature_maps(reference, IMAGES, ["conv2", "scores"])
    assert list(some) == ["conv2", "scores"] and some["scores"].shape == (5, 3)


def test_layers_of_one_name_are_told_apart_by_their_paths():
    import keras

    model = keras.Sequential([keras.Input(networks.SHAPE)])
    for name in ("left", "right"):
        model.add(keras.Sequential([keras.layers.Conv2D(3, 1, name="conv")], name=name))
    maps = visualize.feature_maps(model, IMAGES)
    assert list(maps) == ["left/conv", "right/conv"]
    alone = visualize.feature_maps(model, IMAGES, "right/conv")
    np.testing.assert_allclose(maps["right/conv"], alone, atol=1e-5 * np.abs(alone).max())
    with pytest.raises(ValueError, match=r"2 layers are named 'conv'.*left/conv, right/conv"):
        visualize.feature_maps(model, IMAGES, "conv")


BAD = {
    "no layer 'conv9'. It has: .*conv1, pool, conv2": lambda m: visualize.grad_cam(m, IMAGES, "conv9"),
    "'stranger' is no layer of the model": lambda m: visualize.grad_cam(
        m, IMAGES, networks.trunk("stranger")
    ),
    "'scores' gives .*no feature maps.*'conv2'": lambda m: visualize.grad_cam(m, IMAGES, "scores"),
    r"shape \(12, 14, 3\).*image\[None\]": lambda m: visualize.grad_cam(m, IMAGES[0]),
    r"shape \(5, 12, 14\).*images\[..., None\]": lambda m: visualize.grad_cam(m, IMAGES[..., 0]),
    r"shape \(5, 12, 12, 3\).*takes \(n, 12, 14, 3\)": lambda m: visualize.saliency(m, IMAGES[:, :, :12]),
    r"shape \(0, 12, 14, 3\)": lambda m: visualize.saliency(m, IMAGES[:0]),
    "NaN or infinite": lambda m: visualize.saliency(m, IMAGES * np.nan),
    "hold <U1 values": lambda m: visualize.saliency(m, np.full(IMAGES.shape, "a")),
    "no class 3: the model has 3, 0 to 2": lambda m: visualize.grad_cam(m, IMAGES, target=3),
    "no class -1": lambda m: visualize.saliency(m, IMAGES, -1),
    "2 targets for 5 images": lambda m: visualize.grad_cam(m, IMAGES, target=[0, 1]),
    "target=0.5 is no class": lambda m: visualize.grad_cam(m, IMAGES, target=0.5),
    "no channel 5: there are 5, 0 to 4": lambda m: visualize.activation_maximization(m, "conv2", 5),
    "no class 7": lambda m: visualize.class_images(m, [7]),
    "are no channel numbers": lambda m: visualize.top_patches(m, "conv2", "a", IMAGES),
    "size=20 does not fit": lambda m: visualize.activation_maximization(m, "conv2", size=20),
    "value_range=.* is empty": lambda m: visualize.class_images(m, value_range=(1, 0)),
    "jitter=12 is no shift": lambda m: visualize.class_images(m, jitter=12),
    "zoom=1 leaves no part": lambda m: visualize.class_images(m, zoom=1),
    "use steps >= 1": lambda m: visualize.class_images(m, steps=0),
    "patch of 13 does not fit": lambda m: visualize.occlusion(m, IMAGES, patch=13),
    "stride=5 leaves pixels uncovered": lambda m: visualize.occlusion(m, IMAGES, patch=4, stride=5),
    "count=6: 5 images give 1 to 5": lambda m: visualize.top_patches(m, "conv2", None, IMAGES, count=6),
    "Give images to look": lambda m: visualize.top_patches(m, "conv2"),
    "Give images and their masks": lambda m: visualize.dissect(m, "conv2", IMAGES),
    r"5 images need \(5, height": lambda m: visualize.dissect(m, "conv2", IMAGES, MASKS[:4]),
    "hold float64 values": lambda m: visualize.dissect(m, "conv2", IMAGES, MASKS * 0.5),
    "top=1 is no share": lambda m: visualize.dissect(m, "conv2", IMAGES, MASKS, top=1),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_input_is_told_in_one_sentence(message, reference):
    with pytest.raises(ValueError, match=message):
        BAD[message](reference)


def test_models_that_cannot_be_looked_at_say_why():
    import keras
    from keras import layers

    flat = keras.Sequential([keras.Input(networks.SHAPE), layers.Flatten(), layers.Dense(3)])
    with pytest.raises(ValueError, match=r"No layer of .* gives feature maps"):
        visualize.grad_cam(flat, IMAGES)
    with pytest.raises(ValueError, match="does not tell which pixel values"):
        visualize.class_images(flat)
    with pytest.raises(ValueError, match="has no weights yet"):
        visualize.saliency(keras.Sequential([layers.Conv2D(3, 3)]), IMAGES)
    with pytest.raises(ValueError, match="takes any size"):
        visualize.class_images(keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(3, 3)]))
    pair = [keras.Input(networks.SHAPE), keras.Input(networks.SHAPE)]
    with pytest.raises(ValueError, match="several inputs"):
        visualize.saliency(keras.Model(pair, layers.Add()(pair)), IMAGES)
    both = keras.Model(pair[0], [layers.Flatten()(pair[0]), layers.ReLU()(pair[0])])
    with pytest.raises(ValueError, match="several outputs"):
        visualize.saliency(both, IMAGES)
    maps = keras.Sequential([keras.Input(networks.SHAPE), layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match=r"gives \(None, 10, 12, 2\)"):
        visualize.saliency(maps, IMAGES)


def test_examples():
    for module in (visualize.pictures, layer_rules):
        assert doctest.testmod(module).failed == 0
    assert doctest.testmod(visualize.pictures).attempted >= 2


def test_normalise_and_overlay():
    maps = np.array([[[0.0, 2.0], [4.0, -8.0]], [[-1.0, -2.0], [0.0, 0.0]]])
    np.testing.assert_allclose(visualize.normalise(maps)[0], [[0, 0.5], [1, 0]])
    assert not visualize.normalise(maps)[1].any()  # all negative: zeros, not NaN
    spike = np.append(np.arange(100.0), 1e6).reshape(1, 1, 101)
    assert visualize.normalise(spike, percentile=99)[0, 0, 49:51] == pytest.approx([49 / 99, 50 / 99])
    assert visualize.normalise(spike, percentile=99).max() == 1
    images = np.full((2, 2, 2, 1), 51, np.uint8)
    found = visualize.overlay(images, maps, alpha=0.5)
    np.testing.assert_allclose(found[1], 0.2, atol=1e-6)  # nothing to show: the picture
    top = np.array([253, 231, 37]) / 255  # viridis at 1
    np.testing.assert_allclose(found[0, 1, 0], 0.5 * 0.2 + 0.5 * top, atol=1e-3)
    for bad in (lambda: visualize.overlay(images, maps[0]), lambda: visualize.overlay(images, maps, alpha=2)):
        with pytest.raises(ValueError, match=r"do not fit|no opacity"):
            bad()
    with pytest.raises(ValueError, match="NaN or infinite"):
        visualize.normalise(maps * np.nan)


def test_colours_are_those_of_viridis():
    import matplotlib

    values = np.linspace(0, 1, 50)
    found = visualize.overlay(np.zeros((1, 50, 1)), values[None], alpha=1)[0]
    theirs = matplotlib.colormaps["viridis"](values)[:, :3]
    np.testing.assert_allclose(found, theirs * values[:, None], atol=1e-6)
