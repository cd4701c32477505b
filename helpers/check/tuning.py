"""Checks of homework 1: what trains in a fine-tuned network, and what moved.

The networks that the checks build are tiny, with the layer names of `helpers.backbones`, and take images of
any size. Keras is imported only where a network is built.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np
from scipy import special

from helpers.check.compare import attempt, close, described, name_of, passed, require, several, written

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
        what = f"The model of {name_of(build)}(base, {classes})"
        good = hasattr(model, "trainable_weights")
        require(good, f"{what} is no Keras model; {described(model)} came back.")
        held = {id(weight) for weight in model.weights}
        good = all(id(weight) in held for weight in base.weights)
        require(good, f"{what} does not hold the weights of the base that it was given.")
        good = all(np.array_equal(one, other) for one, other in zip(kept, base.get_weights(), strict=True))
        require(good, f"{what} changed the weights of the base.")
        owned = {id(weight) for weight in base.weights}
        loose = sum(math.prod(w.shape) for w in model.trainable_weights if id(w) in owned)
        require(not loose, f"{what} would train {loose:,} weights of the base. Only the head may learn here.")
        head = sorted(model.trainable_weights, key=lambda weight: -len(weight.shape))
        features = base.output_shape[-1]
        shapes = [tuple(weight.shape) for weight in head]
        told = f"{what} has a head with weights of the shapes {shapes}; a single dense layer takes"
        good = shapes == [(features, classes), (classes,)]
        require(good, f"{told} {features} features to {classes} classes.")
        last = {id(weight) for weight in getattr(model.layers[-1], "trainable_weights", ())}
        told = "the last layer is not the head. Give softmax to the dense layer itself, as its activation"
        good = last == {id(weight) for weight in head}
        require(good, f"{what}: {told}; section 5 trains `model.layers[-1]`.")
        shape = [side or 32 for side in model.input_shape[1:]]
        images = rng.uniform(0, 255, (3, *shape)).astype("float32")
        kernel, bias = (weight.numpy() for weight in head)
        expected = special.softmax(np.asarray(base(images, training=False)) @ kernel + bias, axis=1)
        for mode in (False, True):
            got = np.asarray(model(images, training=mode))
            text, good = f"{what}, asked with training={mode},", np.allclose(got.sum(axis=-1), 1, atol=0.01)
            require(good, f"{text} gives rows that do not add up to 1.")
            errors.append(close(got, expected, text, rtol=1e-3, atol=1e-4))
        counts.append(features * classes + classes)
    told = f"{counts[0]}, {counts[1]} weights train"
    passed(build, f"{told}; answers off by {max(errors):.1e} at most (allowed 1e-04)")


def second_phase(open_up: Callable) -> None:
    """Check open_up(model, base, first, rate): all but batch norm trains, from a layer of the base on.

    The model has a trained head. After `open_up` it takes two training steps, and every array is compared
    with what it was.
    """
    for first in ("stage1_block1_conv1", "stem_conv"):
        _check_opened(open_up, first)
    passed(open_up, "head and convolutions from `first` on move in a training step, batch norm does not")


def _check_opened(open_up, first):
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
    attempt(open_up, model, base, first, rate)
    what = f"{name_of(open_up)}(model, base, {first!r}, {rate:g})"
    moved = _moved(before, _arrays(model))
    require(not moved, f"{what} changed weights: {_few(moved)}. Both phases start where the last one ended.")
    got = float(model.optimizer.learning_rate.numpy())
    good = np.isclose(got, rate, rtol=1e-5)
    require(good, f"After {what} the learning rate is {got:g}. Did you compile again, with `rate`?")
    for _ in range(2):
        told = model.train_on_batch(*batch, return_dict=True)
    moved = _moved(before, _arrays(model))
    names = [layer.name for layer in base.layers]
    open_names = names[names.index(first) :]
    held = {weight.path for weight in base.weights}
    norm = {weight.path for layer in base.layers if "_bn" in layer.name for weight in layer.weights}
    behind = {w.path for layer in base.layers if layer.name in open_names for w in layer.weights} - norm
    after = f"After {what} and two training steps"
    require(moved - held, f"{after} the head is what it was. It should go on learning.")
    words = f"{after} the convolutions are what they were. Do they train? And does the model know that?"
    require(moved & (held - norm), words)
    still = behind - moved
    require(not still, f"{after} some layers of the base are what they were: {_few(still)}.")
    early = moved & (held - norm - behind)
    require(not early, f"{after} layers in front of {first} have moved: {_few(early)}.")
    statistics = {path for path in moved & norm if "moving" in path}
    words = f"{after} the stored statistics of batch norm have moved: {_few(statistics)}"
    require(not statistics, f"{words}. It should stay in inference mode.")
    require(not moved & norm, f"{after} batch norm has learnt: {_few(moved & norm)}. It should stay frozen.")
    require("accuracy" in told, f'{after} no accuracy is known. Add metrics=["accuracy"] to compile.')


def two_phases(model, base, snapshots: tuple[Mapping, ...], *, rates: tuple[float, float]) -> None:
    """Check a training in two phases by what it left behind in the model, and in the base in it.

    Each snapshot is path of a weight -> array: before training, after the head's phase, after the second.
    `rates` are those of the two phases.
    """
    start, first, second = snapshots
    paths = {weight.path for weight in model.weights}
    for name, snapshot in zip(("before training", "after phase 1", "after phase 2"), snapshots, strict=True):
        good = isinstance(snapshot, Mapping) and set(snapshot) == paths
        told = f"The snapshot {name} is {described(snapshot)}; it should hold every weight of the model."
        require(good, told)
    held = {weight.path for weight in base.weights}
    norm = {path for path in held if path.rsplit("/")[-1] in _NORM}
    early, late = _moved(start, first), _moved(first, second)
    told = f"The first phase moved weights of the base: {_few(early & held)}. Did you run this cell twice? "
    told += "Run the cell above it first: it loads an untouched base."
    require(not early & held, told)
    require(early, "The first phase moved nothing. Was it the head that trained?")
    require(not late & norm, f"The second phase moved batch norm: {_few(late & norm)}.")
    still = held - norm - late
    require(not still, f"The second phase left layers of the base as they were: {_few(still)}.")
    now = _moved(second, _arrays(model))
    require(not now, f"The model was trained on after the last snapshot: {_few(now)} changed.")
    ratio = rates[0] / rates[1]
    told = f"The second rate is the head's divided by {ratio:.3g}"
    require(ratio >= CAREFUL, f"{told}. Divide by {CAREFUL} at least.")
    passed("two phases", f"phase 1 moved {len(early)} arrays, phase 2 {len(late)}, batch norm none")


def statistics(function: Callable) -> None:
    """Check statistics(base) -> list of the stored means and variances of every batch norm, as copies."""
    rng = np.random.default_rng()
    base = _base(rng)
    norms = [layer for layer in base.layers if "_bn" in layer.name]
    expected = [w.numpy().copy() for norm in norms for w in (norm.moving_mean, norm.moving_variance)]
    what = written(function, base)
    got = attempt(function, base)
    told = f"{what} returned {described(got)}. Which arrays does batch norm store, and which does it learn?"
    require(isinstance(got, list | tuple) and len(got) == len(expected), told)
    got = several(got, [array.shape for array in expected], what)
    error = max(close(a, b, what, rtol=0, atol=0) for a, b in zip(got, expected, strict=True))
    base.set_weights([weight + 1 for weight in base.get_weights()])
    good = all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True))
    require(good, f"{what}: what it returned changes with the base. Return copies.")
    passed(function, f"{len(got)} arrays, off by {error:g}")


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
