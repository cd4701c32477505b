"""Intervals and calibration against SciPy and closed forms; repeated runs on a model that needs no luck."""

import doctest
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from helpers import training

RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize("right, total", [(0, 10), (10, 10), (90, 100), (1, 3), (1840, 2000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_interval_is_scipys(right, total, confidence):
    expected = stats.binomtest(right, total).proportion_ci(confidence, method="wilson")
    np.testing.assert_allclose(training.wilson_interval(right, total, confidence), expected, atol=1e-12)


def test_the_interval_keeps_its_promise():
    share, total = 0.9, 150
    seen = RANDOM.binomial(total, share, 2000)
    holds = [
        low <= share <= high for low, high in map(lambda right: training.wilson_interval(right, total), seen)
    ]
    assert 0.93 < np.mean(holds) < 0.975


def test_a_model_that_knows_what_it_knows_is_calibrated_and_a_boaster_is_not():
    sure = RANDOM.uniform(0.5, 1, 20_000)
    probabilities = np.stack([sure, 1 - sure], axis=1)
    labels = (RANDOM.random(20_000) > sure).astype(int)
    honest = training.calibration(probabilities, labels)
    assert honest["error"] < 0.02
    used = honest["count"] > 100
    np.testing.assert_allclose(honest["accuracy"][used], honest["confidence"][used], atol=0.06)
    boast = np.repeat([[0.99, 0.01]], 1000, axis=0)
    half_wrong = np.arange(1000) % 2
    assert training.calibration(boast, half_wrong)["error"] == pytest.approx(0.49)


def test_bins_are_those_of_the_definition():
    probabilities = [[0.2, 0.8], [0.75, 0.25], [0.5, 0.5], [1.0, 0.0]]
    result = training.calibration(probabilities, [1, 1, 0, 0], bins=4)
    assert result["count"].tolist() == [0, 1, 1, 2]  # a bin holds its upper edge
    assert result["accuracy"][1:].tolist() == [1, 0, 1]
    assert result["error"] == pytest.approx((0.5 + 0.75 + 2 * 0.1) / 4)


class Fake:
    """A model whose answers depend on the seed alone, as a record of what `repeat` does to it."""

    made: ClassVar = []

    def __init__(self):
        import keras

        self.draw = float(keras.random.uniform((), seed=keras.random.SeedGenerator()))
        self.fitted = []
        Fake.made.append(self)

    def fit(self, images, labels, **options):
        self.fitted.append((len(images), options))

    def predict(self, images, **options):
        return np.eye(2)[(np.arange(len(images)) / len(images) > self.draw).astype(int)]


def test_repeat_trains_a_new_model_per_seed_on_training_data_and_tests_on_test_data():
    Fake.made = []
    data = SimpleNamespace(
        train=(np.zeros((7, 2)), np.zeros(7)), test=(np.zeros((1000, 2)), np.zeros(1000, int))
    )
    runs = training.repeat(Fake, data, seeds=[3, 4, 3], epochs=2)
    assert [model.fitted for model in Fake.made] == [[(7, {"verbose": 0, "epochs": 2})]] * 3
    np.testing.assert_allclose(runs.accuracies, [model.draw for model in Fake.made], atol=2e-3)
    assert runs.accuracies[0] == runs.accuracies[2] != runs.accuracies[1]
    assert runs.mean == pytest.approx(np.mean(runs.accuracies))
    assert runs.spread == pytest.approx(np.std(runs.accuracies, ddof=1))
    assert runs.interval == training.wilson_interval(round(runs.mean * 1000), 1000)
    assert "3 seeds" in str(runs) and "1,000 test images" in str(runs)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: training.wilson_interval(5, 4), "5 right out of 4"),
        (lambda: training.wilson_interval(0, 0), "total >= 1"),
        (lambda: training.wilson_interval(1, 2, 95), "confidence=95"),
        (lambda: training.calibration([[2.0, -1.0]], [0]), "softmax"),
        (lambda: training.calibration([[0.5, 0.5]], [0, 1]), r"\(1, 2\).*\(2,\)"),
        (lambda: training.repeat(Fake, None, seeds=[]), "no seed"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_examples_in_the_docstrings():
    assert doctest.testmod(training).failed == 0
