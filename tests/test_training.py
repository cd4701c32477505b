"""Intervals against SciPy and closed forms; repeated runs against runs alone."""

import doctest
import subprocess
import sys
from math import comb
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from helpers import ROOT, training

RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize("right, total", [(0, 10), (10, 10), (90, 100), (1, 3), (1840, 2000)])
def test_the_interval_ends_where_the_score_test_rejects(right, total):
    z = stats.norm.isf(0.025)
    for bound in training.wilson_interval(right, total):  # where the score test just rejects
        assert (right / total - bound) ** 2 == pytest.approx(z**2 * bound * (1 - bound) / total, abs=1e-9)


def test_the_interval_keeps_its_promise():
    share, total = 0.9, 150
    seen = RANDOM.binomial(total, share, 2000)
    holds = [
        low <= share <= high for low, high in map(lambda right: training.wilson_interval(right, total), seen)
    ]
    assert 0.93 < np.mean(holds) < 0.975


@pytest.mark.parametrize("first, second", [(0, 0), (1, 0), (5, 5), (3, 12), (9, 1), (30, 14)])
def test_the_paired_test_counts_the_splits_at_least_as_uneven(first, second):
    rows = [(True, False)] * first + [(False, True)] * second + [(True, True)] * 40 + [(False, False)] * 7
    found = training.mcnemar(*map(np.array, zip(*RANDOM.permutation(rows), strict=True)))
    coins = first + second
    uneven = sum(comb(coins, k) for k in range(coins + 1) if abs(2 * k - coins) >= abs(first - second))
    assert found[:3] == (first, second, coins + 47)
    assert found.p == pytest.approx(uneven / 2**coins)


def test_a_model_compared_with_its_equal_is_called_better_no_more_often_than_promised():
    found = [training.mcnemar(*(RANDOM.random((2, 200)) < 0.9)).p for _ in range(1500)]
    assert 0.01 < np.mean(np.array(found) <= 0.05) < 0.06


IMAGES = RANDOM.normal(size=(60, 6)).astype("float32")
LABELS = (IMAGES[:, 0] + IMAGES[:, 1] ** 2 > 0.7).astype(int)
DATA = SimpleNamespace(train=(IMAGES[:40], LABELS[:40]), test=(IMAGES[40:], LABELS[40:]))


def network(width=8, dropout=0.4):
    """A network with all that a new start has to bring back, even slots that do not begin at 0."""
    import keras

    layers = [keras.layers.Dense(width, activation="relu"), keras.layers.BatchNormalization()]
    layers += [keras.layers.Dropout(dropout), keras.layers.Dense(2, activation="softmax")]
    model = keras.Sequential([keras.Input((6,)), *layers])
    falling = keras.optimizers.schedules.CosineDecay(0.3, 12)
    adagrad = keras.optimizers.Adagrad(falling, initial_accumulator_value=0.5)
    model.compile(adagrad, "sparse_categorical_crossentropy")
    return model


def repeated(dropout, seeds):
    """The runs, and the weights after the last of them."""
    made = []

    def build():
        made.append(network(dropout=dropout))
        return made[-1]

    runs = training.repeat(build, DATA, seeds, epochs=12, batch_size=40)
    return runs, made[0].get_weights()


def trained_alone(seed):
    """All images in each step, so that their order does not matter."""
    import keras

    keras.utils.set_random_seed(seed)
    model = network(dropout=0)
    for _ in range(12):
        model.train_on_batch(*DATA.train)
    return model


def test_each_seed_comes_out_as_if_it_had_been_trained_alone():
    runs, weights = repeated(0, [3, 4])
    alone = [trained_alone(seed) for seed in (3, 4)]
    for found, expected in zip(weights, alone[1].get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4)
    accuracies = [np.mean(model(DATA.test[0]).numpy().argmax(axis=1) == DATA.test[1]) for model in alone]
    np.testing.assert_allclose(runs.accuracies, accuracies)
    said = np.array([model(DATA.test[0]).numpy().argmax(axis=1) for model in alone])
    assert np.array_equal(runs.right, said == DATA.test[1])
    assert runs.accuracies[0] != runs.accuracies[1]
    assert runs.mean == pytest.approx(np.mean(accuracies))
    assert runs.spread == pytest.approx(np.std(accuracies, ddof=1))
    assert runs.interval == training.wilson_interval(round(runs.mean * 20), 20)
    assert "2 seeds" in str(runs) and "20 test images" in str(runs)


def test_dropout_too_begins_anew_with_each_seed():
    runs, weights = repeated(0.4, [3, 4, 3])
    assert runs.accuracies[0] == runs.accuracies[2] != runs.accuracies[1]
    for found, expected in zip(weights, repeated(0.4, [3])[1], strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_each_epoch_sees_every_training_image_once_in_an_order_of_its_own(monkeypatch):
    import keras

    orders, options = [], []

    def look(model, batches, **given):
        options.append(given)
        for _ in range(2):
            images, labels = zip(*((x.numpy(), y.numpy()) for x, y in batches), strict=True)
            assert [len(x) for x in images] == [16, 16, 8]
            places = np.argmin(np.abs(np.concatenate(images)[:, None] - IMAGES[:40]).sum(axis=2), axis=1)
            assert np.array_equal(np.concatenate(labels), LABELS[places])
            orders.append(places.tolist())

    monkeypatch.setattr(keras.Model, "fit", look)
    training.repeat(network, DATA, [1, 2, 1], batch_size=16, epochs=5)
    assert all(sorted(order) == list(range(40)) for order in orders)
    assert orders[0:2] == orders[4:6], "a seed fixes the order"
    assert len(set(map(tuple, orders))) == 4
    assert options == [{"verbose": 0, "shuffle": False, "epochs": 5}] * 3


def test_data_may_depend_on_the_seed(monkeypatch):
    import keras

    seen = []
    monkeypatch.setattr(keras.Model, "fit", lambda model, batches, **given: seen.append(batches))
    parts = {5: 10, 7: 30}
    runs = training.repeat(
        network,
        lambda seed: SimpleNamespace(train=(IMAGES[: parts[seed]], LABELS[: parts[seed]]), test=DATA.test),
        [5, 7],
    )
    assert [sum(len(x) for x, _ in batches) for batches in seen] == [10, 30]
    assert runs.test_size == 20


def test_only_the_first_model_is_compiled_by_tensorflow():
    import keras

    calls = []

    @keras.saving.register_keras_serializable(package="tests")
    class Counting(keras.layers.Layer):
        def call(self, inputs):
            calls.append(1)  # Python runs only while TensorFlow traces
            return inputs

    def build():
        model = keras.Sequential([keras.Input((6,)), Counting(), keras.layers.Dense(2, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        calls.clear()
        return model

    training.repeat(build, DATA, [0], epochs=1)
    assert len(calls) == 2, "once for training and once for the test"
    training.repeat(build, DATA, [0, 1], epochs=1)
    assert not calls


def test_a_scaling_that_changes_is_not_kept_from_the_first_model():
    """Normalization computes with constants: weights that are set later do not reach them."""
    import keras

    scales = iter([1, 1000])

    def build():
        scale = keras.layers.Normalization()
        scale.adapt(next(scales) * IMAGES)
        inner = keras.Sequential([keras.Input((6,)), scale, keras.layers.Dense(2, activation="softmax")])
        model = keras.Sequential([keras.Input((6,)), inner])
        model.compile("sgd", "sparse_categorical_crossentropy")
        made.append(model)
        return model

    made = []
    training.repeat(build, DATA, [0, 1], epochs=3)
    starts = [model.layers[0].layers[1].kernel.numpy() for model in made]
    keras.utils.set_random_seed(1)
    scales = iter([1000])
    untrained = build().layers[0].layers[1].kernel.numpy()
    assert not np.array_equal(starts[1], untrained), "the second model was not trained itself"


def judged(labels, last, loss, outputs=1):
    """Repeat a network that tells by the sign of the first number, and learns nothing."""
    import keras

    def build():
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(outputs, activation=last)])
        model.layers[0].set_weights([0.2 * np.eye(6, 1) * np.eye(1, outputs), np.zeros(outputs)])
        model.compile(keras.optimizers.SGD(0.0), loss)
        return model

    data = SimpleNamespace(train=(IMAGES[:40], labels[:40]), test=(IMAGES[40:], labels[40:]))
    return training.repeat(build, data, [0], epochs=1)


SIGNS = (IMAGES[:, 0] > 0).astype(int)
NOISY = np.where(np.arange(60) % 5 == 0, 1 - SIGNS, SIGNS)  # one in five is wrong


@pytest.mark.parametrize("kind", [int, bool, "uint8"])
def test_labels_are_whole_numbers(kind):
    runs = judged((1 - NOISY).astype(kind), "softmax", "sparse_categorical_crossentropy", outputs=2)
    assert np.array_equal(runs.right[0], (NOISY == SIGNS)[40:])
    assert runs.test_size == 20 and runs.accuracies == pytest.approx([0.8])


@pytest.mark.parametrize(
    "labels, outputs, last, words",
    [
        (np.array(["bag", "shoe"])[NOISY], 2, "softmax", r"train labels are <U4 \(40,\) for 40.*np\.unique"),
        (NOISY / 2, 2, "softmax", "Give a whole number"),
        (np.eye(3)[NOISY], 3, "sigmoid", r"float64 \(40, 3\).*argmax\(axis=1\) makes them of one-hot rows"),
        (NOISY + 1, 2, "softmax", "from 1 to 2 do not fit"),
        (2 * NOISY - 1, 2, "softmax", "from -1 to 1 do not fit"),
        (NOISY, 1, "sigmoid", "one output for each class"),
        (NOISY[:50], 2, "softmax", r"test labels are int64 \(10,\) for 20 images"),
    ],
)
def test_labels_that_do_not_fit_are_named(labels, outputs, last, words):
    def any_labels_will_do(labels, outputs):
        return outputs[:, 0]

    with pytest.raises(ValueError, match=words):
        judged(labels, last, any_labels_will_do, outputs=outputs)


def test_networks_of_different_shapes_are_not_taken_for_one():
    widths = iter([8, 9])
    with pytest.raises(ValueError, match=r"other shapes.*Build the same network for each seed"):
        training.repeat(lambda: network(next(widths)), DATA, [0, 1], epochs=1)


def uncompiled():
    import keras

    return keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(2)])


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: training.wilson_interval(5, 4), "5 right out of 4"),
        (lambda: training.wilson_interval(0, 0), "total >= 1"),
        (lambda: training.repeat(network, None, seeds=[]), "no seed"),
        (lambda: training.repeat(lambda: None, None), "returns None, which is not compiled"),
        (lambda: training.repeat(uncompiled, None), "which is not compiled"),
        (lambda: training.mcnemar([True], [True, False]), r"\(1,\) and \(2,\) are not of the same pictures"),
        (lambda: training.mcnemar([], []), "not of the same pictures"),
        (lambda: training.mcnemar([1, 0], [True, False]), "int64 and bool.*predictions == labels"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_importing_training_imports_no_keras():
    code = "import sys, helpers.training; print({'tensorflow', 'keras'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_examples_in_the_docstrings():
    assert doctest.testmod(training).failed == 0
