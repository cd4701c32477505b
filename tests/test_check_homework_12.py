"""Self-checks of homework 1 and 2: right answers pass, and wrong ones that look right fail with a reason."""

import dataclasses
import types

import numpy as np
import pytest
from homework_solutions import solutions
from PIL import Image
from scipy import stats

from helpers import check, datasets, training
from helpers.check import honesty


@pytest.fixture(scope="module")
def hw1():
    return solutions("hw1")


@pytest.fixture(scope="module")
def hw2():
    return solutions("hw2")


# --- homework 1: networks -----------------------------------------------------------------------------------


def test_right_networks_pass(hw1, capsys):
    check.frozen_base(hw1.with_head)
    check.second_phase(hw1.open_up)
    check.statistics(hw1.statistics)
    assert capsys.readouterr().out.count("ok  ") == 3


def _head(classes, activation="softmax"):
    import keras

    return keras.layers.Dense(classes, activation=activation)


def _model(*layers):
    import keras

    return keras.Sequential([keras.Input((128, 128, 3)), *layers])


def base_left_open(base, classes):
    return _model(base, _head(classes))


def pixels_scaled_twice(base, classes):
    import keras

    base.trainable = False
    return _model(keras.layers.Rescaling(1 / 255), base, _head(classes))


def hidden_layer(base, classes):
    base.trainable = False
    return _model(base, _head(8, "relu"), _head(classes))


def scores(base, classes):
    base.trainable = False
    return _model(base, _head(classes, None))


def softmax_apart(base, classes):
    import keras

    base.trainable = False
    return _model(base, _head(classes, None), keras.layers.Softmax())


def another_base(base, classes):
    import keras

    copy = keras.models.clone_model(base)
    copy.trainable = False
    return _model(copy, _head(classes))


def two_classes_always(base, classes):
    base.trainable = False
    return _model(base, _head(2))


def dropout_before_the_head(base, classes):
    import keras

    base.trainable = False
    return _model(base, keras.layers.Dropout(0.5), _head(classes))


def base_spoilt(base, classes):
    base.trainable = False
    base.set_weights([0.9 * weight for weight in base.get_weights()])
    return _model(base, _head(classes))


def all_frozen(base, classes):
    model = _model(base, _head(classes))
    model.trainable = False
    return model


@pytest.mark.parametrize(
    "wrong, words",
    [
        (all_frozen, "has a frozen head too"),
        (base_left_open, "would train .* weights of the base"),
        (pixels_scaled_twice, "which is off by"),
        (hidden_layer, "has a head with weights of the shapes"),
        (scores, "rows that do not add up to 1"),
        (softmax_apart, "the last layer is not the head. Give softmax to the dense layer"),
        (another_base, "does not hold the weights of the base"),
        (two_classes_always, "single dense layer takes 6 features to 5 classes"),
        (dropout_before_the_head, "training=True, returned"),
        (base_spoilt, "changed the weights of the base"),
        (lambda base, classes: None, "no Keras model; None"),
    ],
)
def test_wrong_heads_fail(wrong, words):
    with pytest.raises(AssertionError, match=words):
        check.frozen_base(wrong)


def _compile(model, rate, optimizer="Adam", loss="sparse_categorical_crossentropy"):
    import keras

    model.compile(getattr(keras.optimizers, optimizer)(rate), loss, metrics=["accuracy"])


def _open(base, first):
    base.trainable = True
    behind = False
    for layer in base.layers:
        behind = behind or layer.name == first
        layer.trainable = behind and "_bn" not in layer.name


def without_compile(model, base, first, rate):
    _open(base, first)
    model.optimizer.learning_rate = rate


def batch_norm_too(model, base, first, rate):
    base.trainable = True
    _compile(model, rate)


def batch_norm_of_the_open_part(model, base, first, rate):
    base.trainable = True
    for layer in base.layers:
        if layer.name == first:
            break
        layer.trainable = False
    _compile(model, rate)


def batch_norm_learns_only(model, base, first, rate):
    _open(base, first)
    for layer in base.layers:
        if "_bn" in layer.name:
            layer.trainable, layer.momentum = True, 1.0
    _compile(model, rate)


def everything(model, base, first, rate):
    _open(base, "stem_conv")
    _compile(model, rate)


def last_layer_only(model, base, first, rate):
    _open(base, "stage1_block1_conv1")
    _compile(model, rate)


def base_stays_closed(model, base, first, rate):
    _open(base, first)
    base.trainable = False
    _compile(model, rate)


def no_accuracy(model, base, first, rate):
    import keras

    _open(base, first)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")


def rate_of_its_own(model, base, first, rate):
    _open(base, first)
    _compile(model, 1e-2)


def new_head(model, base, first, rate):
    _open(base, first)
    model.layers[-1].set_weights([w + 0.1 for w in model.layers[-1].get_weights()])
    _compile(model, rate)


def head_frozen(model, base, first, rate):
    _open(base, first)
    model.layers[-1].trainable = False
    _compile(model, rate)


def opened_and_compiled(**how):
    def open_up(model, base, first, rate):
        _open(base, first)
        _compile(model, rate, **how)

    return open_up


def one_layer_too_late(model, base, first, rate):
    base.trainable = True
    behind = False
    for layer in base.layers:
        layer.trainable = behind and "_bn" not in layer.name
        behind = behind or layer.name == first
    _compile(model, rate)


def a_layer_compared_with_a_name(model, base, first, rate):
    base.trainable = True
    behind = False
    for layer in base.layers:
        behind = behind or layer == first
        layer.trainable = behind and "_bn" not in layer.name
    _compile(model, rate)


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"])
def test_a_loss_may_be_written_as_a_name_or_as_an_object(loss):
    import keras

    check.second_phase(
        opened_and_compiled(loss=getattr(keras.losses, loss, str)() if loss[0] == "S" else loss)
    )


@pytest.mark.parametrize(
    "wrong, words",
    [
        (opened_and_compiled(optimizer="SGD"), "the optimizer is SGD; it should be Adam"),
        (opened_and_compiled(optimizer="AdamW"), "the optimizer is AdamW; it should be Adam"),
        (opened_and_compiled(loss="categorical_crossentropy"), "Did `compile` get `LOSS`"),
        (opened_and_compiled(loss="mse"), "Did `compile` get `LOSS`"),
        (one_layer_too_late, "stage1_block1_conv1 is still frozen"),
        (a_layer_compared_with_a_name, "stage1_block1_conv1 is still frozen"),
        (without_compile, "the convolutions are what they were"),
        (base_stays_closed, "stage1_block1_conv1 is still frozen"),
        (batch_norm_too, "in front of stage1_block1_conv1 have moved: stem_conv/kernel"),
        (batch_norm_of_the_open_part, "stored statistics of batch norm have moved"),
        (batch_norm_learns_only, "batch norm has learnt"),
        (everything, "in front of stage1_block1_conv1 have moved: stem_conv/kernel"),
        (last_layer_only, "some layers of the base are what they were: stem_conv/kernel"),
        (rate_of_its_own, "the learning rate is 0.01"),
        (no_accuracy, "no accuracy is known"),
        (new_head, "changed weights"),
        (head_frozen, "the head is what it was"),
    ],
)
def test_wrong_second_phases_fail(wrong, words):
    with pytest.raises(AssertionError, match=words):
        check.second_phase(wrong)


def _norms(base):
    return [layer for layer in base.layers if "_bn" in layer.name]


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda base: [w.numpy() for x in _norms(base) for w in x.weights], "8; 4 arrays are needed"),
        (lambda base: [x.moving_mean.numpy() for x in _norms(base)], "list of 2; 4 arrays .* flat list"),
        (lambda base: [w.numpy() for w in base.non_trainable_weights], "frozen base.* list of 10; 4 arrays"),
        (
            lambda base: [w.numpy() for x in _norms(base) for w in x.non_trainable_weights[2:]],
            "an open base.* list of 0; 4 arrays",
        ),
        (lambda base: [w.numpy() for x in _norms(base) for w in (x.gamma, x.beta)], "is off by"),
        (
            lambda base: [w.numpy() for x in _norms(base) for w in (x.moving_variance, x.moving_mean)],
            "is off by",
        ),
        (lambda base: [w for x in _norms(base) for w in (x.moving_mean, x.moving_variance)], "an array"),
    ],
)
def test_wrong_statistics_fail(wrong, words):
    with pytest.raises(AssertionError, match=words):
        check.statistics(wrong)


class Weight(types.SimpleNamespace):
    """Stand in for a Keras variable: a path, and an array."""

    def numpy(self):
        return self.value


PATHS = ("stem_conv/kernel", "stem_bn/gamma", "stem_bn/moving_mean", "stage1_conv1/kernel", "dense/kernel")


def _stages(first=PATHS[4:], second=(PATHS[0], PATHS[3], PATHS[4]), later=(), far=1.0, trained_at=1e-4):
    """Snapshots of a training that moves these weights in its phases, and the model after it."""
    values, snapshots = {path: np.ones(3) for path in PATHS}, []
    for moved in ((), first, second, later):
        values = {path: array + far * (path in moved) for path, array in values.items()}
        snapshots.append(values)
    weights = [Weight(path=path, value=array) for path, array in values.items()]
    adam = types.SimpleNamespace(learning_rate=Weight(value=np.float32(trained_at)))
    return (
        types.SimpleNamespace(weights=weights, optimizer=adam),
        types.SimpleNamespace(weights=weights[:4]),
        snapshots[:3],
    )


KEYS = ("loss", "accuracy", "val_loss", "val_accuracy")
FIT = types.SimpleNamespace(history={key: [] for key in KEYS}, params={"steps": 15}, epoch=[0, 1, 2])


def test_two_phases_as_they_should_be_pass(capsys):
    check.two_phases(*_stages(), rates=(1e-2, 1e-3))
    check.two_phases(*_stages(far=0.03), rates=(1e-2, 1e-3), fits=(FIT, FIT))
    assert "phase 1 moved 1 arrays, phase 2 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    "stages, rates, words",
    [
        ({"first": PATHS}, (1e-2, 1e-4), "first phase moved weights of the base.* cell twice"),
        ({"first": ("stem_bn/moving_mean", PATHS[4])}, (1e-2, 1e-4), "first phase .* stem_bn/moving_mean"),
        ({"first": ()}, (1e-2, 1e-4), "first phase moved nothing"),
        ({"second": PATHS}, (1e-2, 1e-4), "second phase moved batch norm"),
        ({"second": (PATHS[3], PATHS[4])}, (1e-2, 1e-4), "layers of the base as they were: stem_conv"),
        ({"second": ()}, (1e-2, 1e-4), "layers of the base as they were"),
        ({"later": PATHS[:1]}, (1e-2, 1e-4), "trained on after the last snapshot"),
        ({}, (1e-2, 5e-3), "divided by 2"),
        ({}, (1e-4, 1e-2), "divided by 0.01"),
        ({"trained_at": 1e-2}, (1e-2, 1e-4), "trained at the rate 0.01, and LOW_RATE is 0.0001"),
        ({"far": 0.004}, (1e-2, 1e-4), "head moved by 0.004 at most, too little"),
        ({"first": PATHS, "second": ()}, (1e-2, 1e-4), "holds what `after_second` does"),
    ],
)
def test_wrong_phases_fail(stages, rates, words):
    with pytest.raises(AssertionError, match=words):
        check.two_phases(*_stages(**stages), rates=rates)


def _without(key):
    return types.SimpleNamespace(history={name: [] for name in KEYS if name != key})


@pytest.mark.parametrize(
    "fits, words",
    [
        ((FIT, None), "`second` is None; it should be what `fit` returned"),
        ((FIT.history, FIT), "`first` is dict; it should be what `fit` returned"),
        ((FIT, _without("accuracy")), "`second` has loss, val_loss, val_accuracy only. Compile with metrics"),
        (
            (_without("val_accuracy"), FIT),
            "`first` has loss, accuracy, val_loss only.* give validation_data to fit",
        ),
        ((FIT, FIT), "moved by 0.025 at most, too little for 45 steps at HEAD_RATE = 0.01"),
    ],
)
def test_what_fit_returned_is_looked_at(fits, words):
    with pytest.raises(AssertionError, match=words):
        check.two_phases(*_stages(far=0.025), rates=(1e-2, 1e-4), fits=fits)


def test_swapped_snapshots_and_another_model_are_named():
    model, base, (start, first, second) = _stages()
    with pytest.raises(AssertionError, match="two snapshots swapped"):
        check.two_phases(model, base, (start, second, first), rates=(1e-2, 1e-4))
    old = {path.replace("dense", "dense_1"): array for path, array in start.items()}
    words = "snapshot before training hold other weights, such as dense/kernel, dense_1/kernel"
    with pytest.raises(AssertionError, match=words):
        check.two_phases(model, base, (old, first, second), rates=(1e-2, 1e-4))


def test_a_snapshot_that_was_not_taken_fails():
    model, base, (start, first, _) = _stages()
    with pytest.raises(AssertionError, match="after phase 2 is None"):
        check.two_phases(model, base, (start, first, None), rates=(1e-2, 1e-4))


# --- homework 1: numbers ------------------------------------------------------------------------------------


def noticed_by(test):
    """Count drawn test sets by a rule that gets which pictures only one model names rightly."""

    def noticed(first_only, second_only, pictures, rng):
        luck = rng.random((1000, pictures))
        first, second = np.sum(luck < first_only, axis=1), np.sum(luck > 1 - second_only, axis=1)
        return float(np.mean([test(a, b, pictures) for a, b in zip(first, second, strict=True)]))

    return noticed


def one_sided(first, second, pictures):
    return stats.binom.cdf(min(first, second), first + second, 0.5) < 0.05


def apart(first, second, pictures):
    """Compare two intervals of accuracies, as if the models had seen different pictures."""
    bounds = [training.wilson_interval(int(pictures // 2 + n), int(pictures)) for n in (first, second)]
    return bounds[0][1] < bounds[1][0] or bounds[1][1] < bounds[0][0]


def larger(first, second, pictures):
    return second > first


def of_half_the_pictures(first_only, second_only, pictures, rng):
    return solutions("hw1").noticed(first_only, second_only, pictures // 2, rng)


def not_noticed(first_only, second_only, pictures, rng):
    return 1 - solutions("hw1").noticed(first_only, second_only, pictures, rng)


def in_percent(first_only, second_only, pictures, rng):
    return 100 * solutions("hw1").noticed(first_only, second_only, pictures, rng)


def one_test_set(first_only, second_only, pictures, rng):
    counts = [round(share * pictures) for share in (first_only, second_only)]
    return float(stats.binomtest(counts[0], sum(counts)).pvalue < 0.05)


def independent_models(first_only, second_only, pictures, rng):
    """Draw the two rows apart from each other, so that both may be right alone on one picture."""
    tests = [
        training.mcnemar(rng.random(pictures) < 0.5 + first_only, rng.random(pictures) < 0.5 + second_only)
        for _ in range(1000)
    ]
    return float(np.mean([test.p < 0.05 for test in tests]))


def both_kinds_at_once(first_only, second_only, pictures, rng):
    tests = [
        training.mcnemar(rng.random(pictures) < first_only, rng.random(pictures) < second_only)
        for _ in range(1000)
    ]
    return float(np.mean([test.p < 0.05 for test in tests]))


def one_inside_the_other(first_only, second_only, pictures, rng):
    count = 0
    for _ in range(1000):
        luck = rng.random(pictures)
        count += training.mcnemar(luck < first_only, luck < second_only).p < 0.05
    return count / 1000


def in_number(first_only, second_only, pictures, rng):
    return 1000 * solutions("hw1").noticed(first_only, second_only, pictures, rng)


def own_luck(first_only, second_only, pictures, rng):
    return solutions("hw1").noticed(first_only, second_only, pictures, np.random.default_rng())


def generator_inside(first_only, second_only, pictures, rng):
    return solutions("hw1").noticed(first_only, second_only, pictures, np.random.default_rng(0))


def _test_sets(number, draw=lambda rng, pictures: rng.random(pictures)):
    def noticed(first_only, second_only, pictures, rng):
        rows = (draw(rng, pictures) for _ in range(number))
        tests = [training.mcnemar(row < first_only, row > 1 - second_only) for row in rows]
        return sum(test.p < 0.05 for test in tests) / number

    return noticed


def drawn_before_the_loop(first_only, second_only, pictures, rng):
    row = rng.random(pictures)
    return _test_sets(1000, lambda *_: row)(first_only, second_only, pictures, rng)


def return_in_the_loop(first_only, second_only, pictures, rng):
    return _test_sets(1)(first_only, second_only, pictures, rng) / 1000


def all_kinds_at_once(first_only, second_only, pictures, rng):
    """Count the kinds of all test sets by one draw: right, without a loop."""
    rest = 1 - first_only - second_only
    kinds = rng.multinomial(pictures, [first_only, second_only, rest], size=1000)
    p = stats.binom.cdf(kinds[:, :2].min(axis=1), kinds[:, :2].sum(axis=1), 0.5)
    return np.mean(2 * p < 0.05)


def change_as_mean(before, after):
    return np.mean([np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(before, after, strict=True)])


def change_of_lengths(before, after):
    return sum(np.linalg.norm(b - a) for a, b in zip(before, after, strict=True)) / sum(
        np.linalg.norm(a) for a in before
    )


def change_squared(before, after):
    return sum(((b - a) ** 2).sum() for a, b in zip(before, after, strict=True)) / sum(
        (a**2).sum() for a in before
    )


def change_of_the_first(before, after):
    return np.linalg.norm(after[0] - before[0]) / np.linalg.norm(before[0])


def change_by_after(before, after):
    return np.linalg.norm(np.concatenate([(b - a).ravel() for a, b in zip(before, after, strict=True)])) / (
        np.linalg.norm(np.concatenate([b.ravel() for b in after]))
    )


def change_in_place(before, after):
    for a, b in zip(before, after, strict=True):
        b -= a
    return 0.0


NUMBERS = [
    ("noticed", noticed_by(one_sided), "more than luck .* of both sides"),
    ("noticed", noticed_by(apart), "more than luck"),
    ("noticed", noticed_by(larger), "more than luck [a-z ]*\\.$"),
    ("noticed", one_inside_the_other, "more than luck .* one kind lies inside the other"),
    ("noticed", in_number, "Return a share of the 1,000 test sets"),
    ("noticed", of_half_the_pictures, "more than luck"),
    ("noticed", not_noticed, "more than luck"),
    ("noticed", in_percent, "more than luck"),
    ("noticed", one_test_set, "drew nothing with `rng`"),
    ("noticed", independent_models, "more than luck"),
    ("noticed", both_kinds_at_once, "more than luck .* be of both kinds"),
    ("noticed", own_luck, "drew nothing with `rng`"),
    ("noticed", generator_inside, "drew nothing with `rng`"),
    ("noticed", _test_sets(100), "multiples of 0.005 only"),
    ("noticed", _test_sets(1700), "no share of 1,000 test sets|more than luck away"),
    ("noticed", drawn_before_the_loop, "(Every test set|One) was counted.* Is each drawn anew"),
    ("noticed", _test_sets(1000, lambda rng, n: rng.normal(size=n)), r"more than luck [a-z ]*\.$"),
    ("noticed", return_in_the_loop, "Is `return` behind the loop"),
    ("noticed", lambda first, second, pictures, rng: [0.5] * 1000, "it should return a number"),
    ("relative_change", change_as_mean, "the mean of the arrays' own changes"),
    ("relative_change", change_of_lengths, "their squares do"),
    ("relative_change", change_squared, "Take the square root"),
    ("relative_change", change_of_the_first, "is off by"),
    ("relative_change", change_by_after, "Divide by the length before"),
    ("relative_change", change_in_place, "changed its argument number 2"),
]


@pytest.mark.parametrize("name, times", [("noticed", 2), ("relative_change", 5)])
def test_right_numbers_pass_again_and_again(hw1, name, times):
    for _ in range(times):
        getattr(check, name)(getattr(hw1, name))


def test_test_sets_may_be_drawn_without_a_loop():
    check.noticed(all_kinds_at_once)


@pytest.mark.parametrize("name, wrong, words", NUMBERS)
def test_wrong_numbers_fail(name, wrong, words):
    with pytest.raises(AssertionError, match=words):
        getattr(check, name)(wrong)


NAMES = ("head alone", "last blocks", "all blocks")
COUNTS = dict(zip(NAMES, (12_810, 900_000, 3_300_000), strict=True))


def _right(**changed):
    rows = {name: np.arange(200) % (7 + place) > 0 for place, name in enumerate(NAMES)}
    return {**rows, **{name.replace("_", " "): row for name, row in changed.items()}}


def test_a_comparison_as_it_should_be_passes(capsys):
    check.comparison(_right(), COUNTS, NAMES, 200)
    assert "head alone 0.855" in capsys.readouterr().out
    check.comparison(_right(last_blocks=_right()["all blocks"]), COUNTS, NAMES, 200)  # a very low rate
    assert "'last blocks' and 'all blocks' give the same answer" in capsys.readouterr().out


@pytest.mark.parametrize(
    "right, counts, words",
    [
        (_right(head_alone=None), COUNTS, r"right\['head alone'\] is None"),
        (_right(head_alone=0.85), COUNTS, "True or False"),
        (_right(head_alone=np.arange(200) % 10), COUNTS, r"is int64 \(200,\)"),
        (_right(last_blocks=np.ones(24, bool)), COUNTS, r"is bool \(24,\)"),
        (_right(), {**COUNTS, "all blocks": 900_000}, "each way should train more"),
        (_right(), {name: None for name in NAMES}, "should be whole numbers"),
        (_right(), {name: float(count) for name, count in COUNTS.items()}, "should be whole numbers"),
        (list(_right().values()), COUNTS, "`right` is list of 3; it should stay a dictionary"),
        (_right(), [1, 2, 3], "`trained` is list of 3; it should stay a dictionary"),
    ],
)
def test_wrong_comparisons_fail(right, counts, words):
    with pytest.raises(AssertionError, match=words):
        check.comparison(right, counts, NAMES, 200)


def _trials(**changed):
    trials = {
        "careful": {"weights": 0.02, "statistics": 0.0, "in fit": 0.97, "same pictures": 1.0, "test": 0.9},
        "high rate": {"weights": 0.5, "statistics": 0.0, "in fit": 0.2, "same pictures": 0.2, "test": 0.2},
        "batch norm trains": {
            "weights": 0.02,
            "statistics": 0.3,
            "in fit": 0.97,
            "same pictures": 0.6,
            "test": 0.5,
        },
    }
    for name, numbers in changed.items():
        trials[name.replace("_", " ")] = numbers and {**trials[name.replace("_", " ")], **numbers}
    return trials


def test_failures_as_they_should_be_pass():
    check.failures(_trials(), 100, 20)
    check.failures(_trials(high_rate={"test": np.float32(0.95)}), 100, 20)  # it need not lose accuracy


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"careful": None}, "no trial 'careful'; None"),
        ({"careful": {"weights": None}}, "'weights' of 'careful' returned None"),
        ({"careful": {"weights": 0.0}}, "did not move"),
        ({"careful": {"statistics": 0.1}}, "'careful': the statistics of batch norm moved"),
        ({"high_rate": {"weights": 0.04}}, "moved 2 times as far"),
        ({"high_rate": {"statistics": 0.1}}, "Change one thing at a time"),
        ({"high_rate": {"same pictures": 48.0}}, "'same pictures' of 'high rate' is 48"),
        ({"careful": {"same pictures": 0.0231}}, "0.0231, which is no share of 100 .* loss first"),
        ({"careful": {"test": 0.97}}, "no share of 20 pictures. Did you measure on others"),
        ({"careful": {"in fit": 0.9125}}, "no share of 100 pictures. `evaluate`"),
        ({"high_rate": {"weights": np.nan}}, "is nan"),
        ({"batch_norm_trains": {"statistics": 0.0}}, "are what they were"),
        ({"batch_norm_trains": {"weights": 0.4}}, "Is the rate the same"),
    ],
)
def test_wrong_failures_fail(changed, words):
    with pytest.raises(AssertionError, match=words):
        check.failures(_trials(**changed), 100, 20)


def test_trials_in_a_list_or_without_a_key_are_named():
    with pytest.raises(AssertionError, match="`trials` is list of 3; it should stay a dictionary"):
        check.failures(list(_trials().values()), 100, 20)
    misspelt = {"in_fit" if key == "in fit" else key: value for key, value in _trials()["careful"].items()}
    with pytest.raises(AssertionError, match=r"'careful' has no key 'in fit'; it has .*'in_fit'"):
        check.failures({**_trials(), "careful": misspelt}, 100, 20)


# --- homework 2 ---------------------------------------------------------------------------------------------

CHECKS = {
    "group_split": "group_split",
    "majority": "majority",
    "nearest_mean": "nearest_mean",
    "choice": "choose",
    "final": "final",
    "confusion": "confusion",
    "mistakes": "mistakes",
}


@pytest.mark.parametrize("name", CHECKS)
def test_right_answers_pass_again_and_again(hw2, name, capsys):
    for _ in range(5):
        getattr(check, name)(getattr(hw2, CHECKS[name]))
    assert "ok  " in capsys.readouterr().out


def test_a_check_does_not_give_the_right_setting_away():
    with pytest.raises(AssertionError) as error:
        check.choice(lambda fit, settings, data: [fit(s, data.train) for s in settings] and None)
    assert "about 0 of the 20 validation images" in str(error.value)


def by_picture(groups, labels, share, rng):
    return rng.permutation(len(groups)) < share * len(groups)


def classes_ignored(groups, labels, share, rng):
    names = np.unique(groups)
    last = rng.permutation(np.unique(groups[labels == labels.max()]))  # all from one class
    return np.isin(groups, last[: max(1, round(share * len(names)))])


def always_the_first(groups, labels, share, rng):
    chosen = []
    for label in np.unique(labels):
        own = np.unique(groups[labels == label])
        chosen += list(own[: min(max(1, round(share * len(own))), len(own) - 1)])
    return np.isin(groups, chosen)


def own_generator(groups, labels, share, rng):
    return solutions("hw2").group_split(groups, labels, share, np.random.default_rng())


def one_of_each(groups, labels, share, rng):
    return solutions("hw2").group_split(groups, labels, 0.0, rng)


def indices(groups, labels, share, rng):
    return np.flatnonzero(solutions("hw2").group_split(groups, labels, share, rng))


def zeros_and_ones(groups, labels, share, rng):
    return solutions("hw2").group_split(groups, labels, share, rng).astype(int)


def all_may_go(groups, labels, share, rng):
    chosen = []
    for label in np.unique(labels):
        own = np.unique(groups[labels == label])
        chosen += rng.permutation(own)[: max(1, round(share * len(own)))].tolist()
    return np.isin(groups, chosen)


def majority_of_the_test(train, test):
    return np.bincount(test).max() / len(test)


def majority_in_training(train, test):
    return np.bincount(train).max() / len(train)


def always_class_0(train, test):
    return np.mean(test == 0)


def nearest_picture(rows, labels, others):
    return labels[((others[:, None] - rows) ** 2).sum(axis=-1).argmin(axis=1)]


def nearest_by_blocks(rows, labels, others):
    means = np.stack([rows[labels == k].mean(axis=0) for k in range(labels.max() + 1)])
    return np.abs(others[:, None] - means).sum(axis=-1).argmin(axis=1)


def nearest_median(rows, labels, others):
    means = np.stack([np.median(rows[labels == k], axis=0) for k in range(labels.max() + 1)])
    return ((others[:, None] - means) ** 2).sum(axis=-1).argmin(axis=1)


def _scores(fit, settings, split, on):
    return [np.mean(fit(s, split).predict(on.images).argmax(axis=1) == on.labels) for s in settings]


def choose_on(*sides, learn=("train",)):
    def choose(fit, settings, data):
        def parts(names):
            chosen = [data.splits[name] for name in names]
            return datasets.Split(*(np.concatenate(pair) for pair in zip(*chosen, strict=True)))

        return settings[int(np.argmax(_scores(fit, settings, parts(learn), parts(sides))))]

    return choose


def choose_the_worst(fit, settings, data):
    return settings[int(np.argmin(_scores(fit, settings, data.train, data.validation)))]


def choose_the_place(fit, settings, data):
    return int(np.argmax(_scores(fit, settings, data.train, data.validation)))


def choose_the_accuracy(fit, settings, data):
    return max(_scores(fit, settings, data.train, data.validation))


def choose_among_two(fit, settings, data):
    return settings[int(np.argmax(_scores(fit, settings[:2], data.train, data.validation)))]


def choose_by_evaluate(fit, settings, data):
    return max(settings, key=lambda setting: fit(setting, data.train).evaluate(*data.validation)[1])


def choose_by_probability(fit, settings, data):
    images, labels = data.validation
    means = [fit(s, data.train).predict(images)[np.arange(len(labels)), labels].mean() for s in settings]
    return settings[int(np.argmax(means))]


def choose_by_certainty(fit, settings, data):
    means = [fit(s, data.train).predict(data.validation.images).max(axis=1).mean() for s in settings]
    return settings[int(np.argmax(means))]


def choose_on_five(fit, settings, data):
    few = datasets.Split(*(part[:5] for part in data.validation))
    return settings[int(np.argmax(_scores(fit, settings, data.train, few)))]


def settings_of_the_notebook(fit, settings, data):
    return solutions("hw2").choose(fit, (0.001, 0.01, 0.1, 1.0), data)


def choose_and_peek(fit, settings, data):
    _scores(fit, settings[:1], data.train, data.test)
    return solutions("hw2").choose(fit, settings[1:], data)


def _final(fit, setting, data, learn=("train", "validation"), on="test", interval=training.wilson_interval):
    both = [np.concatenate(pair) for pair in zip(*(data.splits[s] for s in learn), strict=True)]
    model = fit(setting, datasets.Split(*both))
    split = data.splits[on]
    right = int(np.sum(model.predict(split.images).argmax(axis=1) == split.labels))
    return (model, right, len(split.labels), *interval(right, len(split.labels)))


def labels_mixed_up(fit, setting, data):
    """Join images in one order and labels in another."""
    both = [np.concatenate(pair) for pair in zip(data.train, data.validation, strict=True)]
    model = fit(setting, datasets.Split(both[0], both[1][::-1].copy()))
    return (model, *_final(lambda *_: model, setting, data)[1:])


def normal_bounds(right, total):
    half = 1.96 * np.sqrt(right / total * (1 - right / total) / total)
    return right / total - half, right / total + half


def wrong_answers_counted(fit, setting, data):
    model, right, total, _, _ = _final(fit, setting, data)
    return (model, total - right, total, *training.wilson_interval(total - right, total))


def accuracy_for_right(fit, setting, data):
    model, right, total, *bounds = _final(fit, setting, data)
    return (model, right / total, total, *bounds)


def two_models(fit, setting, data):
    _final(fit, setting, data)
    return _final(fit, setting, data)


def confusion_turned(labels, said, classes):
    return solutions("hw2").confusion(said, labels, classes)


def confusion_of_seen_classes(labels, said, classes):
    return solutions("hw2").confusion(labels, said, max(labels.max(), said.max()) + 1)


def confusion_counted_once(labels, said, classes):
    table = np.zeros((classes, classes), int)
    table[labels, said] += 1
    return table


def confusion_set_to_one(labels, said, classes):
    table = np.zeros((classes, classes), int)
    for truth, answer in zip(labels, said, strict=True):
        table[truth, answer] = 1
    return table


def confusion_in_shares(labels, said, classes):
    return solutions("hw2").confusion(labels, said, classes) / len(labels)


def _wrong(p, labels):
    return np.flatnonzero(p.argmax(axis=1) != labels)


def least_certain(p, labels, count):
    wrong = _wrong(p, labels)
    return wrong[np.argsort(p[wrong].max(axis=1))][:count]


def least_for_the_truth(p, labels, count):
    wrong = _wrong(p, labels)
    return wrong[np.argsort(p[wrong, labels[wrong]])][:count]


def places_among_the_wrong(p, labels, count):
    wrong = _wrong(p, labels)
    return np.argsort(-p[wrong].max(axis=1))[:count]


def right_ones_too(p, labels, count):
    return np.argsort(-p.max(axis=1))[:count]


def unsorted(p, labels, count):
    return _wrong(p, labels)[:count]


def sorted_list(p, labels, count):
    wrong = [n for n in range(len(labels)) if p[n].argmax() != labels[n]]
    return np.array(sorted(wrong, key=lambda n: -p[n].max())[:count])


def share_for_right(right, total):
    return training.wilson_interval(right / total, total)


def final_with(**options):
    return lambda fit, setting, data: _final(fit, setting, data, **options)


OWN = [
    ("group_split", by_picture, "groups apart"),
    ("group_split", classes_ignored, "put 0 of the"),
    ("group_split", always_the_first, "the same split for eight seeds"),
    ("group_split", own_generator, "two splits for generators with the same seed|tore"),
    (
        "group_split",
        all_may_go,
        "put 2 of the 2 groups of class 0 into the test. Both sides need at least one",
    ),
    ("group_split", one_of_each, "; the share is"),
    ("group_split", indices, "returned shape"),
    ("group_split", zeros_and_ones, "it should return booleans"),
    ("majority", majority_of_the_test, "is off by"),
    ("majority", majority_in_training, "is off by"),
    ("majority", always_class_0, "is off by"),
    ("majority", lambda train, test: np.bincount(train).argmax(), "a whole number; an accuracy is a share"),
    ("majority", lambda train, test: int(np.sum(test == 0)), "a whole number; an accuracy is a share"),
    ("nearest_mean", nearest_picture, "is off by"),
    ("nearest_mean", nearest_by_blocks, "is off by"),
    ("nearest_mean", nearest_median, "is off by"),
    ("choice", choose_on("test"), "asked a model about test images"),
    ("choice", choose_on("validation", "test"), "asked a model about test images"),
    ("choice", choose_on("train"), "about 0 of the 20 validation images"),
    ("choice", choose_on("validation", learn=("train", "validation")), "trained on 20 images of validation"),
    ("choice", choose_on("validation", learn=("train", "test")), "trained on 40 images of test"),
    ("choice", choose_the_worst, "another setting is better"),
    ("choice", choose_the_place, "none of the settings|another setting is better"),
    ("choice", choose_the_accuracy, "none of the settings"),
    (
        "choice",
        choose_by_probability,
        "another setting is better on the validation images: more of its answers",
    ),
    ("choice", choose_by_certainty, "another setting is better"),
    ("choice", choose_on_five, "about 5 of the 20 validation images; ask about all"),
    ("choice", settings_of_the_notebook, "trained with the settings .0.001, 0.01, 0.1, 1.0."),
    ("choice", choose_by_evaluate, "have no evaluate; use predict only"),
    ("choice", choose_among_two, "every one of"),
    ("choice", choose_and_peek, "asked a model about test images"),
    ("choice", lambda fit, settings, data: settings[0], "every one of"),
    ("final", final_with(learn=("train",)), "trained on 30 images; 50 are there"),
    ("final", final_with(learn=("train", "validation", "test")), "trained on 40 images of test"),
    ("final", final_with(on="validation"), "right returned|is off by"),
    ("final", final_with(interval=normal_bounds), "(low|high) returned"),
    ("final", labels_mixed_up, "came with the label of another one"),
    ("final", wrong_answers_counted, "right returned"),
    ("final", accuracy_for_right, "right returned 0\\.[0-9]+, which is off by"),
    ("final", final_with(interval=share_for_right), "How many are right is a whole number"),
    ("final", two_models, "one model is enough"),
    ("final", lambda fit, setting, data: _final(fit, setting, data)[1:], "returned tuple of 4"),
    ("confusion", confusion_turned, "rows and columns are swapped|is off by"),
    ("confusion", confusion_of_seen_classes, "returned shape"),
    ("confusion", confusion_counted_once, "counts each pair once.* without a loop"),
    ("confusion", confusion_set_to_one, "counts each pair once, as `= 1` does"),
    ("confusion", confusion_in_shares, "it should return whole numbers"),
    ("mistakes", least_certain, "gives wrong answers, but not the most certain ones"),
    ("mistakes", least_for_the_truth, "gives wrong answers, but not the most certain ones"),
    ("mistakes", places_among_the_wrong, "places among the wrong answers"),
    ("mistakes", right_ones_too, "gives places of right answers too"),
    ("mistakes", unsorted, "gives wrong answers, but not the most certain ones"),
]


def test_no_mistakes_are_an_empty_array_of_any_kind():
    check.mistakes(sorted_list)


@pytest.mark.parametrize("name, wrong, words", OWN)
def test_wrong_answers_fail_with_a_reason(name, wrong, words):
    with pytest.raises(AssertionError, match=words):
        getattr(check, name)(wrong)


def _own(objects=12, views=4, *, test=range(0, 4), validation=range(4, 6), alike=1, light=0.0, **changed):
    """Two classes of random objects, each seen a few times; `alike` of them look alike, in other light."""
    rng = np.random.default_rng(0)
    rows = {side: ([], [], []) for side in ("train", "validation", "test")}
    for label, name in enumerate(("cup", "mug")):
        for number in range(objects):
            if number % alike == 0:
                small = Image.fromarray(rng.uniform(0, 200, (6, 6, 3)).astype(np.uint8))
                picture = np.asarray(small.resize((160, 160), Image.Resampling.BICUBIC)).astype(int)
            side = "test" if number in test else "validation" if number in validation else "train"
            for view in range(views):
                lit = (picture + 5 * view) * (1 - light * (number % alike))
                rows[side][0].append(np.clip(lit, 0, 255).astype(np.uint8))
                rows[side][1].append(label)
                rows[side][2].append(f"{name}/{number}")
    splits = {
        side: datasets.Split(np.array(images), np.array(labels)) for side, (images, labels, _) in rows.items()
    }
    sources = {side: tuple(names) for side, (_, _, names) in rows.items()}
    about = {"class_names": ("cup", "mug"), "origin": "own", "licence": "CC BY 4.0", "name": "mine"}
    return datasets.Dataset(**{**splits, "sources": sources, **about, **changed})


def _moved_view(new_name=None):
    """Put the first training picture into the test, under its own object's name or another."""
    data = _own()
    image, label = data.train.images[:1], data.train.labels[:1]
    test = datasets.Split(
        np.concatenate([data.test.images, image]), np.concatenate([data.test.labels, label])
    )
    name = new_name or data.sources["train"][0]
    sources = {**data.sources, "test": (*data.sources["test"], name)}
    return dataclasses.replace(data, test=test, sources=sources)


def test_pictures_of_one_s_own_pass(capsys):
    check.own_set(_own())
    out = capsys.readouterr().out
    assert "ok  data: 48 train, 16 validation, 32 test" in out


@pytest.mark.parametrize("test", [range(0, 4), range(1, 5), range(4, 8), (0, 2, 4, 6)])
def test_objects_that_look_alike_are_named_and_cost_nothing_however_the_split_falls(test, capsys):
    check.own_set(_twins(test))
    out = capsys.readouterr().out
    assert "Look at cup/4 and cup/5. If they are one object" in out and "ok  data" in out


def _twins(test):
    """Let the views of one cup look like those of another, in other light."""
    data, lit = _own(test=test, validation=(8, 9)), {}
    for side, split in data.splits.items():
        lit |= {name: split.images[n] for n, name in enumerate(data.sources[side]) if name == "cup/4"}
    for side, split in data.splits.items():
        for n in [n for n, name in enumerate(data.sources[side]) if name == "cup/5"]:
            split.images[n] = np.clip(lit["cup/4"].astype(int) * 0.6, 0, 255)
    return data


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: datasets.handbags_and_shoes("drawn", size=(160, 160)), "These are the course's pictures"),
        (lambda: _moved_view(), "1 objects are on two sides of the split, such as 'cup/6'"),
        (lambda: _moved_view("cup/99"), "1 pairs of objects share a picture, such as 'cup/6 and cup/99'"),
        (lambda: _own(9, 5), "45 pictures of 9 objects of cup; 40 pictures of 10"),
        (lambda: _own(12, 3), "36 pictures of 12 objects of cup"),
        (lambda: _own(test=()), "No test image shows cup"),
        (lambda: _own(validation=()), "No validation image shows cup"),
        (lambda: _own(views=4, objects=12, test=range(10)), "No train image|No validation image"),
        (lambda: _own(alike=3), "24 pairs of objects share a picture, such as 'cup/0 and cup/1'"),
        (lambda: _own(alike=3, light=0.3), "to show 24 objects, and only 8 of them look different"),
    ],
)
def test_pictures_that_are_too_few_or_torn_or_borrowed_are_refused(make, words):
    with pytest.raises(AssertionError, match=words):
        check.own_set(make())


class Oracle:
    """A model in name only: the check's drawings tell it their class in a pixel of the frame."""

    def __init__(self, classes=3, sure=0.98, right=1.0, rows=None):
        self.classes, self.sure, self.right, self.rows = classes, sure, right, rows

    def predict(self, images, verbose=0):
        labels = images[:, 0, 0, 0] % 3
        given = np.arange(len(images)) < self.right * len(images)
        said = np.where(given, labels, (labels + 1) % 3)
        rest = (1 - self.sure) / (self.classes - 1)
        return self.rows(images) if self.rows else rest + (self.sure - rest) * np.eye(self.classes)[said]


@pytest.fixture
def told(monkeypatch):
    """Let the drawings of the check carry their labels."""
    real = honesty._drawings

    def drawings(rng):
        splits = real(rng)
        for split in splits:
            split.images[:, 0, 0, 0] = split.labels + 99
        return splits

    monkeypatch.setattr(honesty, "_drawings", drawings)


def taught(strength, split, **options):
    return Oracle(**{"sure": 0.98 if strength < 1 else 0.4, **options})


def test_a_trained_model_is_judged_by_what_it_says(told, capsys):
    check.learner(taught)
    assert "45 of 45 new drawings" in capsys.readouterr().out


def punished_by(name):
    """Let the model have layers, as Keras's have, with this regularizer."""

    def fit(strength, split):
        import keras

        head = keras.layers.Dense(3, kernel_regularizer=getattr(keras.regularizers, name)(strength))
        model = taught(strength, split)
        model._flatten_layers = lambda: [keras.layers.Softmax(), keras.layers.Dense(2), head]
        return model

    return fit


def test_a_head_punished_by_l2_passes(told):
    check.learner(punished_by("L2"))


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda strength, split: None, r"None \(did you forget return\?\), no Keras model"),
        (lambda strength, split: taught(strength, split, right=0.7), "gets 3[12] of 45 new drawings right"),
        (lambda strength, split: taught(strength, split, sure=0.98), "as sure as those with 0.001"),
        (lambda strength, split: taught(strength, split, classes=4), r"returned shape \(45, 4\)"),
        (
            lambda strength, split: Oracle(rows=lambda x: np.ones((len(x), 3))),
            "rows add up to between 3 and 3",
        ),
        (punished_by("L1"), "the head is punished by L1. The text asks for L2"),
        (lambda strength, split: Oracle(rows=lambda x: x @ x), "does not take pictures"),
        (
            lambda strength, split: Oracle(
                rows=lambda x: np.full((len(x), 3), 1 / 3) if len(x) > 1 else [[1, 0, 0]]
            ),
            "about a picture alone",
        ),
    ],
)
def test_models_that_did_not_learn_are_refused(told, wrong, words):
    with pytest.raises(AssertionError, match=words):
        check.learner(wrong)


def pixels_only(strength, split):
    """Train a dense layer on small grey pictures, with no base at all."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    x = pixels = keras.Input((160, 160, 3))
    x = layers.Lambda(lambda x: keras.ops.abs(keras.ops.mean(x - x[:, :1, :1], axis=-1, keepdims=True)))(x)
    x = layers.UnitNormalization()(layers.Flatten()(layers.AveragePooling2D(8)(x)))
    punish = keras.regularizers.L2(strength)
    head = layers.Dense(int(np.max(split[1])) + 1, activation="softmax", kernel_regularizer=punish)
    model = keras.Model(pixels, head(x))
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(*split, epochs=60, verbose=0)
    return model


def pair_swapped(strength, split):
    _labels, pictures = split
    return _model(_head(3)).predict(pictures, verbose=0)


def two_classes_only(strength, split):
    raise ValueError("Received a label value of 2\nwhich is outside the valid range\n" + "frame\n" * 200)


@pytest.mark.parametrize(
    "wrong, words",
    [
        (pixels_only, "of 45 new drawings right"),
        (two_classes_only, "^.{60,420} Do you take K from the labels"),
        (pair_swapped, r"Expected shape \(None, 128, .* shape \(32,\). Did the base get"),
    ],
)
def test_without_transfer_or_for_two_classes_nothing_is_learnt(wrong, words):
    with pytest.raises(AssertionError, match=words):
        check.learner(wrong)


def test_colour_tells_nothing_about_the_check_s_drawings():
    for _ in range(5):
        train, test = honesty._drawings(np.random.default_rng())
        rows = [split.images.mean(axis=(1, 2)) for split in (train, test)]
        said = solutions("hw2").nearest_mean(rows[0], train.labels, rows[1])
        assert np.mean(said == test.labels) < honesty.ENOUGH


def test_a_reported_result_must_be_the_model_s():
    data = _own()
    rows = np.eye(2)[[0] * 16 + [1] * 16] * 0.8 + 0.1
    model = Oracle(rows=lambda images: rows[: len(images)])
    check.own_result(model, (32, 32), data)
    for result, given, words in (
        ((31, 32), data, "gets 32 of 32 test pictures right; the result says 31 of 32"),
        ((32, 40), data, "the result says 32 of 40"),
        ((32, 32), dataclasses.replace(data, origin="embedded"), "Collect your own"),
    ):
        with pytest.raises(AssertionError, match=words):
            check.own_result(model, result, given)


def test_a_result_and_a_table_must_tell_the_same():
    table = np.array([[40, 2], [3, 55]])
    check.agreement((95, 100, 0.9, 0.98), table, 100)
    for result, total, words in (
        ((95, 24), 100, "speaks of 24 test images"),
        ((95, 110), 110, "counts 100 images"),
        ((94, 100), 100, "94 right answers by the result, and 95 by the table"),
    ):
        with pytest.raises(AssertionError, match=words):
            check.agreement(result, table, total)
