"""Self-checks of homework 1 and 2: right answers pass, and wrong ones that look right fail with a reason."""

import dataclasses
import types

import numpy as np
import pytest
from homework_solutions import solutions

from helpers import check, datasets, training


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


def test_the_second_phase_may_use_the_course_s_unfreeze():
    from helpers import backbones

    def open_up(model, base, rate):
        backbones.unfreeze(model, 0)
        _compile(model, rate)

    check.second_phase(open_up)


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


@pytest.mark.parametrize(
    "wrong, words",
    [
        (base_left_open, "would train .* weights of the base"),
        (pixels_scaled_twice, "which is off by"),
        (hidden_layer, "has a head with weights of the shapes"),
        (scores, "which is off by"),
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


def _compile(model, rate):
    import keras

    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")


def _open(base):
    base.trainable = True
    for layer in base.layers:
        if "_bn" in layer.name:
            layer.trainable = False


def without_compile(model, base, rate):
    _open(base)
    model.optimizer.learning_rate = rate


def batch_norm_too(model, base, rate):
    base.trainable = True
    _compile(model, rate)


def batch_norm_learns_only(model, base, rate):
    base.trainable = True
    for layer in base.layers:
        if "_bn" in layer.name:
            layer.momentum = 1.0
    _compile(model, rate)


def last_layer_only(model, base, rate):
    _open(base)
    base.get_layer("stem_conv").trainable = False
    _compile(model, rate)


def rate_of_its_own(model, base, rate):
    _open(base)
    _compile(model, 1e-2)


def new_head(model, base, rate):
    _open(base)
    model.layers[-1].set_weights([w + 0.1 for w in model.layers[-1].get_weights()])
    _compile(model, rate)


def head_frozen(model, base, rate):
    _open(base)
    model.layers[-1].trainable = False
    _compile(model, rate)


@pytest.mark.parametrize(
    "wrong, words",
    [
        (without_compile, "the convolutions are what they were"),
        (batch_norm_too, "stored statistics of batch norm have moved"),
        (batch_norm_learns_only, "batch norm has learnt"),
        (last_layer_only, "some layers of the base are what they were: stem_conv/kernel"),
        (rate_of_its_own, "the learning rate is 0.01"),
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
        (lambda base: [w.numpy() for x in _norms(base) for w in x.weights], "Which arrays does batch norm"),
        (lambda base: [x.moving_mean.numpy() for x in _norms(base)], "Which arrays does batch norm"),
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


def _stages(first=("dense/kernel",), second=(PATHS[0], PATHS[3], "dense/kernel"), later=()):
    """Snapshots of a training that moves these weights in its phases, and the model after it."""
    values, snapshots = {path: np.ones(3) for path in PATHS}, []
    for moved in ((), first, second, later):
        values = {path: array + (path in moved) for path, array in values.items()}
        snapshots.append(values)
    weights = [Weight(path=path, value=array) for path, array in values.items()]
    return types.SimpleNamespace(weights=weights), types.SimpleNamespace(weights=weights[:4]), snapshots[:3]


def test_two_phases_as_they_should_be_pass(capsys):
    check.two_phases(*_stages(), rates=(1e-2, 1e-3))
    assert "phase 1 moved 1 arrays, phase 2 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    "stages, rates, words",
    [
        ({"first": PATHS}, (1e-2, 1e-4), "first phase moved weights of the base"),
        ({"first": ("stem_bn/moving_mean", PATHS[4])}, (1e-2, 1e-4), "first phase .* stem_bn/moving_mean"),
        ({"first": ()}, (1e-2, 1e-4), "first phase moved nothing"),
        ({"second": PATHS}, (1e-2, 1e-4), "second phase moved batch norm"),
        ({"second": (PATHS[3], PATHS[4])}, (1e-2, 1e-4), "layers of the base as they were: stem_conv"),
        ({"second": ()}, (1e-2, 1e-4), "layers of the base as they were"),
        ({"later": PATHS[:1]}, (1e-2, 1e-4), "trained on after the last snapshot"),
        ({}, (1e-2, 5e-3), "divided by 2"),
        ({}, (1e-4, 1e-2), "divided by 0.01"),
    ],
)
def test_wrong_phases_fail(stages, rates, words):
    with pytest.raises(AssertionError, match=words):
        check.two_phases(*_stages(**stages), rates=rates)


def test_a_snapshot_that_was_not_taken_fails():
    model, base, (start, first, _) = _stages()
    with pytest.raises(AssertionError, match="after phase 2 is None"):
        check.two_phases(model, base, (start, first, None), rates=(1e-2, 1e-4))


# --- homework 1: numbers ------------------------------------------------------------------------------------


def pooled(accuracies, size):
    return training.wilson_interval(round(np.sum(accuracies) * size), size * len(accuracies))


def normal(accuracies, size):
    p = np.mean(accuracies)
    half = 1.96 * np.sqrt(p * (1 - p) / size)
    return p - half, p + half


def spread(accuracies, size):
    return np.mean(accuracies) - np.std(accuracies), np.mean(accuracies) + np.std(accuracies)


def best_run(accuracies, size):
    return training.wilson_interval(round(max(accuracies) * size), size)


def nine_of_ten(accuracies, size):
    return training.wilson_interval(round(np.mean(accuracies) * size), size, 0.9)


def change_as_mean(before, after):
    return np.mean([np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(before, after, strict=True)])


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


def average_turned(stored, means, momentum):
    for mean in means:
        stored = (1 - momentum) * stored + momentum * mean
    return stored


def average_of_the_last(stored, means, momentum):
    return momentum * stored + (1 - momentum) * means[-1]


def average_at_once(stored, means, momentum):
    return momentum * stored + (1 - momentum) * means.mean(axis=0)


def average_in_place(stored, means, momentum):
    for mean in means:
        stored *= momentum
        stored += (1 - momentum) * mean
    return stored


def average_backwards(stored, means, momentum):
    for mean in means[::-1]:
        stored = momentum * stored + (1 - momentum) * mean
    return stored


NUMBERS = [
    ("interval", pooled, "as narrow as with"),
    ("interval", normal, "is off by"),
    ("interval", spread, "is off by"),
    ("interval", best_run, "is off by"),
    ("interval", nine_of_ten, "is off by"),
    ("interval", lambda accuracies, size: np.mean(accuracies), "list of 2"),
    ("relative_change", change_as_mean, "is off by"),
    ("relative_change", change_squared, "is off by"),
    ("relative_change", change_of_the_first, "is off by"),
    ("relative_change", change_by_after, "is off by"),
    ("relative_change", change_in_place, "changed its argument number 2"),
    ("moving_average", average_turned, "is off by"),
    ("moving_average", average_of_the_last, "is off by"),
    ("moving_average", average_at_once, "is off by"),
    ("moving_average", average_in_place, "changed its argument number 1"),
    ("moving_average", average_backwards, "is off by"),
]


@pytest.mark.parametrize("name", ["interval", "relative_change", "moving_average"])
def test_right_numbers_pass_again_and_again(hw1, name):
    for _ in range(5):
        getattr(check, name)(getattr(hw1, name))


@pytest.mark.parametrize("name, wrong, words", NUMBERS)
def test_wrong_numbers_fail(name, wrong, words):
    with pytest.raises(AssertionError, match=words):
        getattr(check, name)(wrong)


NAMES = ("features", "last block", "all blocks")


def _ways(**changed):
    runs = {
        name: training.Runs(np.array([150, 160, 155]) / 200, np.array([1.0, 2, 3]) + place, 200)
        for place, name in enumerate(NAMES)
    }
    return {**runs, **changed}


def _runs(accuracies, seconds=(1.5, 2.5, 3.5), size=200):
    return training.Runs(np.array(accuracies), np.array(seconds), size)


COUNTS = dict(zip(NAMES, (386, 600_000, 1_060_000), strict=True))


def test_a_comparison_as_it_should_be_passes(capsys):
    check.comparison(_ways(), COUNTS, NAMES, 200)
    assert "features 0.775" in capsys.readouterr().out


@pytest.mark.parametrize(
    "ways, counts, words",
    [
        (_ways(features=None), COUNTS, "no runs for 'features'; None"),
        (_ways(features=_runs([0.7, 0.7], [1.5, 2])), COUNTS, "has 2 seeds"),
        (_ways(features=_runs([0.9134, 0.9, 0.9])), COUNTS, "no shares of the 200 test images"),
        (_ways(features=_runs([0.5, 0.75, 1.0], size=24)), COUNTS, "no shares of the 200 test images"),
        (_ways(features=_runs([0.5, 0.6, 1.5])), COUNTS, "between 0 and 1"),
        (_ways(features=_runs([0.5, 0.6, 0.7], [0, 0, 0])), COUNTS, "the seconds are"),
        (_ways(features=_ways()["last block"]), COUNTS, "one run, twice"),
        (_ways(), {**COUNTS, "all blocks": 600_000}, "each way should train more"),
        (_ways(), {name: None for name in NAMES}, "each way should train more"),
    ],
)
def test_wrong_comparisons_fail(ways, counts, words):
    with pytest.raises(AssertionError, match=words):
        check.comparison(ways, counts, NAMES, 200)


def _trials(**changed):
    trials = {
        "careful": {"weights": 0.02, "statistics": 0.0, "accuracy": 0.9},
        "high rate": {"weights": 0.5, "statistics": 0.0, "accuracy": 0.6},
        "batch norm trains": {"weights": 0.02, "statistics": 0.3, "accuracy": 0.85},
    }
    for name, numbers in changed.items():
        trials[name.replace("_", " ")] = numbers and {**trials[name.replace("_", " ")], **numbers}
    return trials


def test_failures_as_they_should_be_pass():
    check.failures(_trials(), 200)
    check.failures(_trials(high_rate={"accuracy": np.float32(0.95)}), 200)  # it need not lose accuracy


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"careful": None}, "no trial 'careful'; None"),
        ({"careful": {"weights": None}}, "'weights' of 'careful' returned None"),
        ({"careful": {"weights": 0.0}}, "did not move"),
        ({"careful": {"statistics": 0.1}}, "'careful': the statistics of batch norm moved"),
        ({"high_rate": {"weights": 0.04}}, "moved 2 times as far"),
        ({"high_rate": {"statistics": 0.1}}, "Change one thing at a time"),
        ({"high_rate": {"accuracy": 0.9131}}, "no share of 200"),
        ({"high_rate": {"weights": np.nan}}, "is nan"),
        ({"batch_norm_trains": {"statistics": 0.0}}, "are what they were"),
        ({"batch_norm_trains": {"weights": 0.4}}, "Is the rate the same"),
    ],
)
def test_wrong_failures_fail(changed, words):
    with pytest.raises(AssertionError, match=words):
        check.failures(_trials(**changed), 200)


# --- homework 2 ---------------------------------------------------------------------------------------------

CHECKS = {
    "loader": "load",
    "group_split": "group_split",
    "majority": "majority",
    "nearest_mean": "nearest_mean",
    "choice": "choose",
    "final": "final",
    "augmented_rows": "augmented_rows",
    "confusion": "confusion",
    "mistakes": "mistakes",
    "hottest": "hottest",
}


@pytest.mark.parametrize("name", CHECKS)
def test_right_answers_pass_again_and_again(hw2, name, capsys):
    for _ in range(1 if name == "loader" else 5):
        getattr(check, name)(getattr(hw2, CHECKS[name]))
    assert "ok  " in capsys.readouterr().out


def test_a_check_does_not_give_the_right_setting_away():
    with pytest.raises(AssertionError) as error:
        check.choice(lambda fit, settings, data: [fit(s, data.train) for s in settings] and None)
    assert "never asked a model about validation" in str(error.value)


def from_folder(folder, **options):
    return datasets.from_folder(folder, **{"size": (128, 128), **options})


def dealt_by_picture(folder):
    """Put everything together and deal it out again, picture by picture."""
    data = from_folder(folder)
    images, labels = (np.concatenate(parts) for parts in zip(*data.splits.values(), strict=True))
    order = np.random.default_rng(0).permutation(len(labels))
    cuts = np.split(order, [40, 56])
    parts = [datasets.Split(images[cut], labels[cut]) for cut in cuts]
    return dataclasses.replace(data, train=parts[0], validation=parts[1], test=parts[2])


def new_split_each_time(folder, calls=[]):  # noqa: B006
    calls.append(folder)
    return from_folder(folder, seed=len(calls))


def scaled_images(folder):
    data = from_folder(folder)
    return dataclasses.replace(
        data, train=datasets.Split(data.train.images / np.float32(255), data.train.labels)
    )


def test_is_validation(folder):
    data = from_folder(folder)
    return dataclasses.replace(data, test=data.validation)


test_is_validation.__test__ = False


def some_pictures_lost(folder):
    data = from_folder(folder)
    return dataclasses.replace(data, train=datasets.Split(*(part[:30] for part in data.train)))


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


def two_models(fit, setting, data):
    _final(fit, setting, data)
    return _final(fit, setting, data)


def labels_repeated(describe, change, split, draws):
    rows, _ = solutions("hw2").augmented_rows(describe, change, split, draws)
    return rows, np.repeat(split.labels, draws)


def one_change_copied(describe, change, split, draws):
    rows = describe(change(split.images, training=True))
    return np.tile(rows, (draws, 1)), np.tile(split.labels, draws)


def outside_training(describe, change, split, draws):
    rows = [describe(change(split.images)) for _ in range(draws)]
    return np.concatenate(rows), np.tile(split.labels, draws)


def originals_added(describe, change, split, draws):
    rows, labels = solutions("hw2").augmented_rows(describe, change, split, draws - 1)
    return np.concatenate([describe(split.images), rows]), np.concatenate([split.labels, labels])


def confusion_turned(labels, said, classes):
    return solutions("hw2").confusion(said, labels, classes)


def confusion_of_seen_classes(labels, said, classes):
    return solutions("hw2").confusion(labels, said, max(labels.max(), said.max()) + 1)


def confusion_counted_once(labels, said, classes):
    table = np.zeros((classes, classes), int)
    table[labels, said] += 1
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


def hottest_pixel(heat, side):
    return tuple(map(int, np.unravel_index(heat.argmax(), heat.shape)))


def hottest_pixel_inside(heat, side):
    top, left = np.unravel_index(heat.argmax(), heat.shape)
    return min(top, heat.shape[0] - side), min(left, heat.shape[1] - side)


def hottest_turned(heat, side):
    return solutions("hw2").hottest(heat, side)[::-1]


def hottest_middle(heat, side):
    top, left = solutions("hw2").hottest(heat, side)
    return top + side // 2, left + side // 2


def hottest_flat(heat, side):
    windows = np.lib.stride_tricks.sliding_window_view(heat, (side, side))
    return int(windows.sum(axis=(2, 3)).argmax())


def final_with(**options):
    return lambda fit, setting, data: _final(fit, setting, data, **options)


OWN = [
    ("loader", dealt_by_picture, "look the same"),
    ("loader", lambda folder: from_folder(folder, validation=0.0), "has no validation images"),
    ("loader", new_split_each_time, "gave another split the second time"),
    ("loader", lambda folder: from_folder(folder, size=(160, 160)), "shape .*160, 160, 3"),
    ("loader", scaled_images, "are float32, not uint8"),
    ("loader", test_is_validation, "look the same"),
    ("loader", some_pictures_lost, "gave .* images of 3 classes"),
    ("loader", lambda folder: from_folder(folder, test=0.6), "images to learn from"),
    ("loader", lambda folder: None, "is None; it should be a Dataset"),
    ("loader", lambda folder: datasets.handbags_and_shoes("drawn", size=(128, 128)), "296 images of 2"),
    ("group_split", by_picture, "groups apart"),
    ("group_split", classes_ignored, "put 0 of the"),
    ("group_split", always_the_first, "the same split for eight seeds"),
    ("group_split", own_generator, "two splits for generators with the same seed|tore"),
    ("group_split", one_of_each, "; the share is"),
    ("group_split", indices, "returned shape"),
    ("group_split", zeros_and_ones, "it should return booleans"),
    ("majority", majority_of_the_test, "is off by"),
    ("majority", majority_in_training, "is off by"),
    ("majority", always_class_0, "is off by"),
    ("nearest_mean", nearest_picture, "is off by"),
    ("nearest_mean", nearest_by_blocks, "is off by"),
    ("nearest_mean", nearest_median, "is off by"),
    ("choice", choose_on("test"), "asked a model about test images"),
    ("choice", choose_on("validation", "test"), "asked a model about test images"),
    ("choice", choose_on("train"), "never asked a model about validation images"),
    ("choice", choose_on("validation", learn=("train", "validation")), "trained on 20 images of validation"),
    ("choice", choose_on("validation", learn=("train", "test")), "trained on 40 images of test"),
    ("choice", choose_the_worst, "another setting is better"),
    ("choice", choose_the_place, "another setting is better"),
    ("choice", choose_the_accuracy, "another setting is better"),
    ("choice", choose_among_two, "every one of"),
    ("choice", choose_and_peek, "asked a model about test images"),
    ("choice", lambda fit, settings, data: settings[0], "every one of"),
    ("final", final_with(learn=("train",)), "trained on 30 images; 50 are there"),
    ("final", final_with(learn=("train", "validation", "test")), "trained on 40 images of test"),
    ("final", final_with(on="validation"), "right returned|is off by"),
    ("final", final_with(interval=normal_bounds), "(low|high) returned"),
    ("final", labels_mixed_up, "came with the label of another one"),
    ("final", wrong_answers_counted, "right returned"),
    ("final", two_models, "one model is enough"),
    ("final", lambda fit, setting, data: _final(fit, setting, data)[1:], "returned tuple of 4"),
    ("augmented_rows", labels_repeated, "have the label of another image"),
    ("augmented_rows", one_change_copied, "the same change came twice"),
    ("augmented_rows", outside_training, "some images are unchanged"),
    ("augmented_rows", originals_added, "some images are unchanged"),
    ("confusion", confusion_turned, "rows and columns are swapped|is off by"),
    ("confusion", confusion_of_seen_classes, "returned shape"),
    ("confusion", confusion_counted_once, "is off by"),
    ("confusion", confusion_in_shares, "it should return whole numbers"),
    ("mistakes", least_certain, "is off by"),
    ("mistakes", least_for_the_truth, "is off by"),
    ("mistakes", places_among_the_wrong, "is off by"),
    ("mistakes", right_ones_too, "is off by|returned shape"),
    ("mistakes", unsorted, "is off by"),
    ("hottest", hottest_pixel, "would leave the map|elsewhere it is larger"),
    ("hottest", hottest_pixel_inside, "elsewhere it is larger"),
    ("hottest", hottest_turned, "would leave the map|elsewhere it is larger"),
    ("hottest", hottest_middle, "would leave the map|elsewhere it is larger"),
    ("hottest", hottest_flat, "list of 2"),
]


@pytest.mark.parametrize("name, wrong, words", OWN)
def test_wrong_answers_fail_with_a_reason(name, wrong, words):
    with pytest.raises(AssertionError, match=words):
        getattr(check, name)(wrong)


def test_a_class_without_test_pictures_is_noticed():
    data = datasets.handbags_and_shoes("drawn", size=(128, 128))
    only = datasets.Split(*(part[data.test.labels == 0] for part in data.test))
    with pytest.raises(AssertionError, match="no test image shows shoe"):
        check.own_set(dataclasses.replace(data, test=only))


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


PICTURES = np.random.default_rng(0).integers(40, 200, (3, 8, 8, 3)).astype(np.uint8)


def brighter(images, training=False, *, alike=False, fixed=False, always=False, most=20.0):
    rng = np.random.default_rng(0 if fixed else None)
    add = rng.uniform(2, most, (1 if alike else len(images), 1, 1, 1))
    return images + add * (training or always)


def changed_by(**options):
    return lambda images, training=False: brighter(images, training, **options)


def test_the_course_s_augmentation_passes():
    from helpers import training as course

    check.augmentation(course.augmentation(), PICTURES)
    check.augmentation(brighter, PICTURES)


@pytest.mark.parametrize(
    "change, words",
    [
        (changed_by(always=True), "changed outside training"),
        (changed_by(fixed=True), "the second draw was the first again"),
        (changed_by(alike=True), "were changed alike"),
        (changed_by(most=400.0), "pixels reach from"),
        (lambda images, training=False: images.astype(float), "nothing changed in training"),
        (lambda images, training=False: images[:, ::2] if training else images, "returned shape"),
    ],
)
def test_wrong_changes_fail(change, words):
    with pytest.raises(AssertionError, match=words):
        check.augmentation(change, PICTURES)
