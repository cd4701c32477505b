"""Checks of homework 1: what trains in a fine-tuned network, what moved, and what a comparison may claim.

The networks that the checks build are tiny, with the layer names of `helpers.backbones`, and take images of
any size. Keras is imported only where a network is built.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import numpy as np
from scipy import special, stats

from helpers.check.compare import attempt, call, close, described, passed, require, several, shaped, written

CAREFUL = 10
"""The rate of the second phase is at most that of the head divided by this."""


def frozen_base(build: Callable) -> None:
    """Check build(base, classes) -> model: pixels, frozen base, one dense layer with softmax.

    The answers are computed again from the base's features and the weights that train.
    """
    rng = np.random.default_rng()
    errors, counts = [], []
    for classes in (2, 5):
        base = _base(rng)
        kept = base.get_weights()
        model = attempt(build, base, classes)
        what = f"The model of {written(build, base, classes)}"
        require(
            hasattr(model, "trainable_weights"), f"{what} is no Keras model; {described(model)} came back."
        )
        held = {id(weight) for weight in model.weights}
        require(
            all(id(weight) in held for weight in base.weights),
            f"{what} does not hold the weights of the base that it was given.",
        )
        require(
            all(np.array_equal(one, other) for one, other in zip(kept, base.get_weights(), strict=True)),
            f"{what} changed the weights of the base.",
        )
        owned = {id(weight) for weight in base.weights}
        loose = sum(_size(w) for w in model.trainable_weights if id(w) in owned)
        require(not loose, f"{what} would train {loose:,} weights of the base. Only the head may learn here.")
        head = sorted(model.trainable_weights, key=lambda weight: -len(weight.shape))
        features = base.output_shape[-1]
        require(
            [tuple(weight.shape) for weight in head] == [(features, classes), (classes,)],
            f"{what} has a head with weights of the shapes {[tuple(w.shape) for w in head]}; a single dense "
            f"layer takes {features} features to {classes} classes.",
        )
        images = rng.uniform(0, 255, (3, 128, 128, 3)).astype("float32")
        kernel, bias = (weight.numpy() for weight in head)
        expected = special.softmax(np.asarray(base(images, training=False)) @ kernel + bias, axis=1)
        for mode in (False, True):
            got = np.asarray(model(images, training=mode))
            text = f"{what}, asked with training={mode},"
            errors.append(close(got, expected, text, rtol=1e-3, atol=1e-4))
        counts.append(features * classes + classes)
    text = ", ".join(f"{count}" for count in counts)
    passed(build, f"{text} weights train; answers off by {max(errors):.1e} at most (allowed 1e-04)")


def second_phase(open_up: Callable) -> None:
    """Check open_up(model, base, rate), which prepares a model with a trained head to train as a whole.

    The model then takes two training steps, and every array is compared with what it was.
    """
    import keras
    from keras import layers

    rng = np.random.default_rng()
    base = _base(rng)
    base.trainable = False
    top = layers.Dense(2, activation="softmax", name="head")
    model = keras.Sequential([keras.Input((32, 32, 3)), base, top])
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    batch = rng.uniform(0, 255, (8, 32, 32, 3)).astype("float32"), np.arange(8) % 2
    model.train_on_batch(*batch)
    before, rate = _arrays(model), float(rng.choice([3e-4, 5e-5]))
    attempt(open_up, model, base, rate)
    what = written(open_up, model, base, rate)
    moved = _moved(before, _arrays(model))
    require(not moved, f"{what} changed weights: {_few(moved)}. Both phases start where the last one ended.")
    got = float(model.optimizer.learning_rate.numpy())
    require(
        np.isclose(got, rate, rtol=1e-5),
        f"After {what} the learning rate is {got:g}, not the one it was given.",
    )
    for _ in range(2):
        model.train_on_batch(*batch)
    moved = _moved(before, _arrays(model))
    held = {weight.path for weight in base.weights}
    norm = {weight.path for layer in base.layers if "_bn" in layer.name for weight in layer.weights}
    after = f"After {what} and two training steps"
    require(moved - held, f"{after} the head is what it was. It should go on learning.")
    require(
        moved & (held - norm),
        f"{after} the convolutions are what they were. Do they train? And does the model know that they do?",
    )
    still = held - norm - moved
    require(not still, f"{after} some layers of the base are what they were: {_few(still)}.")
    statistics = {path for path in moved & norm if "moving" in path}
    require(
        not statistics,
        f"{after} the stored statistics of batch norm have moved: {_few(statistics)}. It should stay in "
        "inference mode.",
    )
    require(not moved & norm, f"{after} batch norm has learnt: {_few(moved & norm)}. It should stay frozen.")
    passed(open_up, "head and convolutions move in a training step, batch norm does not")


def two_phases(
    model, base, snapshots: tuple[Mapping, Mapping, Mapping], *, rates: tuple[float, float]
) -> None:
    """Check a training in two phases by what it left behind.

    Parameters
    ----------
    model, base : keras.Model
        The trained model, and the pretrained network in it.
    snapshots : three dicts
        Path of each weight -> array: before training, after the head's phase, after the second.
    rates : (float, float)
        Learning rates of the two phases.
    """
    start, first, second = snapshots
    paths = {weight.path for weight in model.weights}
    for name, snapshot in zip(("before training", "after phase 1", "after phase 2"), snapshots, strict=True):
        require(
            isinstance(snapshot, Mapping) and set(snapshot) == paths,
            f"The snapshot {name} is {described(snapshot)}; it should hold every weight of the model.",
        )
    held = {weight.path for weight in base.weights}
    norm = {path for path in held if path.rsplit("/")[-1] in _NORM}
    early, late = _moved(start, first), _moved(first, second)
    require(not early & held, f"The first phase moved weights of the base: {_few(early & held)}.")
    require(early, "The first phase moved nothing. Was it the head that trained?")
    require(not late & norm, f"The second phase moved batch norm: {_few(late & norm)}.")
    still = held - norm - late
    require(not still, f"The second phase left layers of the base as they were: {_few(still)}.")
    now = _moved(second, _arrays(model))
    require(not now, f"The model was trained on after the last snapshot: {_few(now)} changed.")
    ratio = rates[0] / rates[1]
    require(
        ratio >= CAREFUL,
        f"The rate of the second phase is the head's divided by {ratio:.3g}. Lesson 5 says how much lower it "
        "should be at least.",
    )
    passed("two phases", f"phase 1 moved {len(early)} arrays, phase 2 {len(late)}, batch norm none")


def interval(function: Callable) -> None:
    """Check interval(accuracies, test_size) -> (low, high), Wilson's interval of the mean, against SciPy."""
    rng = np.random.default_rng()
    errors = []
    for _ in range(5):
        size, seeds = int(rng.integers(60, 400)), int(rng.integers(3, 6))
        right = int(rng.integers(size // 2, size - 5))
        offsets = rng.integers(-2, 3, seeds)
        offsets[-1] -= offsets.sum()  # a whole number of right answers on average
        counts = np.clip(right + offsets, 0, size)
        right = round(counts.mean())
        counts[-1] += right * seeds - counts.sum()
        accuracies = counts / size
        what = written(function, accuracies, size)
        got = call(function, accuracies, size)
        low, high = (float(a) for a in several(got, [(), ()], what))
        pooled = _wilson(int(counts.sum()), size * seeds)
        require(
            not np.allclose((low, high), pooled, atol=1e-6),
            f"{what} is as narrow as with {seeds} test sets of {size} images. There is only one.",
        )
        expected = _wilson(right, size)
        errors += [close(a, b, what, atol=1e-6) for a, b in zip((low, high), expected, strict=True)]
    passed(function, f"bounds off by {max(errors):.1e} at most (allowed 1e-06)")


def comparison(ways: Mapping, counts: Mapping, names: tuple[str, ...], test_size: int) -> None:
    """Check the comparison of several ways to train.

    Parameters
    ----------
    ways : dict
        Name -> Runs: test accuracies and seconds of each seed.
    counts : dict
        Name -> number of weights that train.
    names : tuple of str
        The ways, from the fewest weights that train to the most.
    test_size : int
        Images in the test set.
    """
    for name in names:
        runs = ways.get(name)
        require(hasattr(runs, "accuracies"), f"There are no runs for {name!r}; {described(runs)} is there.")
        accuracies, seconds = np.asarray(runs.accuracies), np.asarray(runs.seconds)
        require(len(accuracies) >= 3, f"{name!r} has {len(accuracies)} seeds; three are the least.")
        right = accuracies * test_size
        require(
            runs.test_size == test_size and np.allclose(right, right.round(), atol=1e-6),
            f"{name!r}: {accuracies} are no shares of the {test_size} test images.",
        )
        require(((0 <= accuracies) & (accuracies <= 1)).all(), f"{name!r}: accuracies lie between 0 and 1.")
        require((np.isfinite(seconds) & (seconds > 0)).all(), f"{name!r}: the seconds are {seconds}.")
    times = [tuple(np.asarray(ways[name].seconds)) for name in names]
    require(
        len(set(times)) == len(times), "Two ways took the same seconds to the last digit: one run, twice?"
    )
    trained = [counts.get(name) for name in names]
    require(
        all(isinstance(count, int | np.integer) for count in trained)
        and all(a < b for a, b in itertools.pairwise(trained)),
        f"The numbers of weights that train are {trained}; each way should train more than the one before.",
    )
    passed("comparison", ", ".join(f"{name} {ways[name].mean:.3f}" for name in names))


def relative_change(function: Callable) -> None:
    """Check relative_change(before, after), lists of arrays: length of the difference by length of before."""
    rng = np.random.default_rng()
    errors = []
    for shapes in ([(4,)], [(3, 3, 2, 4), (5,), (2, 6)], [(2, 2), (7, 3)]):
        before = [10.0**power * rng.normal(size=shape) for power, shape in enumerate(shapes)]
        after = [array + rng.normal(size=array.shape) for array in before]
        gap = np.concatenate([(b - a).ravel() for a, b in zip(before, after, strict=True)])
        expected = np.sqrt(gap @ gap) / np.sqrt(sum((array**2).sum() for array in before))
        what = written(function, before, after)
        errors.append(close(call(function, before, after), expected, what, rtol=1e-6))
    passed(function, f"off by {max(errors):.1e} at most")


def moving_average(function: Callable) -> None:
    """Check moving_average(stored, means, momentum) against the closed form of the recursion."""
    rng = np.random.default_rng()
    errors = []
    for steps, channels in ((1, 3), (6, 4), (40, 2)):
        stored, means = rng.normal(size=channels), rng.normal(size=(steps, channels))
        momentum = float(rng.uniform(0.8, 0.98))
        shares = (1 - momentum) * momentum ** np.arange(steps - 1, -1, -1)
        expected = momentum**steps * stored + np.einsum("s,sc->c", shares, means)
        what = written(function, stored, means, momentum)
        errors.append(close(call(function, stored, means, momentum), expected, what))
    passed(function, f"off by {max(errors):.1e} at most")


def statistics(function: Callable) -> None:
    """Check statistics(base) -> list of the stored means and variances of every batch norm, as copies."""
    rng = np.random.default_rng()
    base = _base(rng)
    expected = [
        weight.numpy().copy()
        for layer in base.layers
        if "_bn" in layer.name
        for weight in (layer.moving_mean, layer.moving_variance)
    ]
    what = written(function, base)
    got = attempt(function, base)
    require(
        isinstance(got, list | tuple) and len(got) == len(expected),
        f"{what} returned {described(got)}. Which arrays does batch norm store, and which does it learn?",
    )
    got = several(got, [array.shape for array in expected], what)
    error = max(close(a, b, what, rtol=0, atol=0) for a, b in zip(got, expected, strict=True))
    base.set_weights([weight + 1 for weight in base.get_weights()])
    require(
        all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True)),
        f"{what}: what it returned changes with the base. Return copies.",
    )
    passed(function, f"{len(got)} arrays, off by {error:g}")


def failures(trials: Mapping, test_size: int) -> None:
    """Check three trials that differ in one thing each: "careful", "high rate" and "batch norm trains".

    Each is a dict: "weights" and "statistics", relative changes of the base; "accuracy" on the test set.
    """
    for name in ("careful", "high rate", "batch norm trains"):
        trial = trials.get(name)
        require(isinstance(trial, Mapping), f"There is no trial {name!r}; {described(trial)} is there.")
        for key in ("weights", "statistics", "accuracy"):
            shaped(trial.get(key), (), f"{key!r} of {name!r}")
            require(np.isfinite(trial[key]) and trial[key] >= 0, f"{key!r} of {name!r} is {trial[key]}.")
        right = trial["accuracy"] * test_size
        require(
            abs(right - round(right)) < 1e-4 * test_size and right <= test_size,
            f"{name!r}: {trial['accuracy']} is no share of {test_size} test images.",
        )
    careful, high, norm = (trials[name] for name in ("careful", "high rate", "batch norm trains"))
    require(careful["weights"] > 0, "In the careful trial the weights of the base did not move.")
    require(
        high["weights"] > 3 * careful["weights"],
        f"At the high rate the weights moved {high['weights'] / careful['weights']:.2g} times as far. "
        "That is not much of a failure. Does the base train, and at a rate that is high?",
    )
    for name in ("careful", "high rate"):
        require(
            trials[name]["statistics"] == 0,
            f"{name!r}: the statistics of batch norm moved. Change one thing at a time.",
        )
    require(norm["statistics"] > 0, "'batch norm trains': its stored statistics are what they were.")
    require(
        norm["weights"] < 10 * careful["weights"],
        "'batch norm trains': the weights moved much further than in the careful one. Is the rate the same?",
    )
    passed("failures", f"statistics moved by {norm['statistics']:.2f} in one trial, and not in the others")


_NORM = ("gamma", "beta", "moving_mean", "moving_variance")


def _base(rng):
    """Build a tiny network with two batch norms, named as those of helpers.backbones, open and random."""
    import keras
    from keras import layers

    x = pixels = keras.Input((None, None, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescaling")(x)
    for name, norm, filters in (("stem_conv", "stem_bn", 5), ("stage1_block1_conv1", "stage1_block1_bn1", 6)):
        x = layers.Conv2D(filters, 3, strides=3, use_bias=False, name=name)(x)
        x = layers.BatchNormalization(momentum=0.9, name=norm)(x)
        x = layers.LeakyReLU(name=f"{name}_relu")(x)  # no unit can be dead
    base = keras.Model(pixels, layers.GlobalAveragePooling2D(name="features")(x), name="tiny")
    base.set_weights([rng.uniform(0.3, 1, w.shape) * rng.choice([1, 1, -1] if w.ndim == 4 else [1], w.shape)
                      for w in base.get_weights()])  # fmt: skip
    return base


def _arrays(model):
    return {weight.path: weight.numpy().copy() for weight in model.weights}


def _moved(before, after):
    """Paths of the arrays that are not what they were."""
    return {path for path, array in before.items() if not np.array_equal(array, after[path])}


def _few(paths):
    names = sorted(paths)
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")


def _size(weight):
    return int(np.prod(weight.shape))


def _wilson(right, total):
    found = stats.binomtest(right, total).proportion_ci(0.95, method="wilson")
    return found.low, found.high
