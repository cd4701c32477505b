"""Checks of homework 1: what a paired test can notice, ways to train, what trains, and what moved.

The networks that the checks build are tiny, with the layer names of `helpers.backbones`, and take images of
any size. Keras is imported only where a network is built.
"""

import functools
import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
from scipy import special, stats

from helpers.check import compare
from helpers.check.compare import attempt, call, close, described, name_of, passed, require, shaped, written

LUCK = 0.075  # five standard deviations of a share of 1,000 draws
CAREFUL = 10
"""The rate of the second phase is at most that of the head divided by this."""


def noticed(function: Callable) -> None:
    """Check noticed(first_only, second_only, pictures, rng) -> how often p < 0.05 in drawn test sets.

    The arguments are the shares of pictures that only one model gets right, and the size of a test set.
    The reference adds up the probabilities of all counts.
    """
    errors = []
    for shares, pictures in (((0.25, 0.1), 80), ((0.02, 0.1), 200), ((0.03, 0.07), 250), ((0.3, 0.7), 20)):
        what = f"{name_of(function)}({shares[0]}, {shares[1]}, {pictures}, rng)"
        draw = functools.partial(_drawn, function, shares, pictures, what)
        got, again = draw(3), draw(3)
        require(got == again, f"{what} gave {got:g} and {again:g} for the same seed. Draw with `rng` only.")
        few = 0 < got < 1 and _is_share(got, 200) and all(_is_share(draw(n), 200) for n in range(4, 12))
        require(not few, f"{what} gives multiples of 0.005 only. Do you draw 1,000 test sets, or fewer?")
        exact, loose = (_power(*shares, pictures, level) for level in (0.05, 0.1))
        nested = _power(0.0, abs(shares[1] - shares[0]), pictures, 0.05)
        errors.append(abs(got - exact))
        inside = abs(got - nested) < min(0.03, abs(got - loose))
        inside = inside and _drawn(function, (0.3, 0.3), pictures, what, 3) == 0  # then the rows are the same
        hints = (
            (got > 1, "Return a share of the 1,000 test sets, from 0 to 1."),
            (got == 1, "Every test set was counted. Is each drawn anew, with numbers from 0 to 1?"),
            (got <= 0.001, "One was counted, or none. Is each drawn anew? Is `return` behind the loop?"),
            (inside, "In your draw one kind lies inside the other. Give each a part of 0 to 1 of its own."),
            (abs(got - loose) < LUCK, "Is your p of both sides, and compared with 0.05?"),
            (sum(shares) == 1, "Can a picture be of both kinds in your draw?"),
        )
        hint = next((text for holds, text in hints if holds), "")
        told = f"{what} gave {got:.3f}, and that is more than luck away from the probability. {hint}"
        require(errors[-1] < LUCK, told.strip())
        require(_is_share(got, 1000), f"{what} gave {got:g}, which is no share of 1,000 test sets.")
    passed(function, f"off by {max(errors):.3f} at most, which is luck (allowed {LUCK})")


def _drawn(function, shares, pictures, what, seed):
    """Call `noticed` with a new generator, and see that it drew with it."""
    rng = np.random.default_rng(seed)
    got = float(shaped(call(function, *shares, pictures, rng), (), what))
    used = rng.bit_generator.state != np.random.default_rng(seed).bit_generator.state
    require(used, f"{what} drew nothing with `rng`. Draw with it, and with nothing else.")
    return got


def _is_share(number, total):
    return abs(number * total - round(number * total)) < 0.01


@functools.cache
def _power(first_only, second_only, pictures, level):
    """Add up the probabilities of all counts for which McNemar's exact test gives p < level."""
    total = 0.0
    for apart in range(pictures + 1):
        first = np.arange(apart + 1)
        p = 2 * stats.binom.cdf(np.minimum(first, apart - first), apart, 0.5)
        share = stats.binom.pmf(first, apart, first_only / (first_only + second_only))
        total += stats.binom.pmf(apart, pictures, first_only + second_only) * share[p < level].sum()
    return total


def comparison(right: Mapping, counts: Mapping, names: tuple[str, ...], test_size: int) -> None:
    """Check which test pictures several ways to train get right, and how many weights train in each.

    `right` has a row of booleans (test_size,) for each name, `counts` a number of weights. `names` begin with
    the way that trains the fewest weights.
    """
    require(isinstance(right, Mapping), f"`right` is {described(right)}; it should stay a dictionary.")
    require(isinstance(counts, Mapping), f"`trained` is {described(counts)}; it should stay a dictionary.")
    for name in names:
        got = right.get(name)
        good = isinstance(got, np.ndarray) and got.dtype == bool and got.shape == (test_size,)
        told = f"right[{name!r}] is {described(got)}; it should say for each of {test_size} test pictures"
        require(good, f"{told} True or False: predictions == labels.")
    trained = [counts.get(name) for name in names]
    told = f"The numbers of weights that train are {trained}"
    good = all(isinstance(count, int | np.integer) for count in trained)
    require(good, f"{told}; they should be whole numbers, as `count` gives them.")
    good = all(a < b for a, b in itertools.pairwise(trained))
    require(good, f"{told}; each way should train more than the one before.")
    for one, other in itertools.pairwise(names):
        if np.array_equal(right[one], right[other]):
            print(f"{one!r} and {other!r} give the same answer for every picture. Did the second one train?")
    passed("comparison", ", ".join(f"{name} {right[name].mean():.3f}" for name in names))


def relative_change(function: Callable) -> None:
    """Check relative_change(before, after), lists of arrays: length of the difference by length of before."""
    rng, errors = np.random.default_rng(), []
    for shapes in ([(3, 3, 2, 4), (5,), (2, 6)], [(2, 2), (7, 3)], [(4,)]):
        before = [10.0**power * rng.normal(size=shape) for power, shape in enumerate(shapes)]
        after = [1.5 * array + rng.normal(size=array.shape) for array in before]
        moved = np.array([np.linalg.norm(b - a) for a, b in zip(before, after, strict=True)])
        long = np.array([np.linalg.norm(array) for array in before])
        expected, what = np.sqrt(moved @ moved / (long @ long)), written(function, before, after)
        got = shaped(call(function, before, after), (), what)
        slips = (
            ((moved / long).mean(), "That is the mean of the arrays' own changes. Join all arrays first."),
            (moved.sum() / long.sum(), "The lengths of the arrays do not add up; their squares do."),
            (expected**2, "Take the square root."),
            (np.sqrt(moved @ moved / sum((b**2).sum() for b in after)), "Divide by the length before."),
        )
        compare.judge(got, expected, what, slips, rtol=1e-6)
        errors.append(abs(got - expected))
    passed(function, f"off by {max(errors):.1e} at most")


def failures(trials: Mapping, train_size: int, test_size: int) -> None:
    """Check three trials that differ in one thing each: "careful", "high rate" and "batch norm trains".

    Each is a dict: "weights" and "statistics", relative changes of the base; and three accuracies, "in fit"
    and "same pictures" on the training pictures, and "test".
    """
    require(isinstance(trials, Mapping), f"`trials` is {described(trials)}; it should stay a dictionary.")
    sizes = {"in fit": train_size, "same pictures": train_size, "test": test_size}
    for name in ("careful", "high rate", "batch norm trains"):
        trial = trials.get(name)
        require(isinstance(trial, Mapping), f"There is no trial {name!r}; {described(trial)} is there.")
        for key in ("weights", "statistics", "in fit", "same pictures", "test"):
            require(key in trial, f"{name!r} has no key {key!r}; it has {', '.join(map(repr, trial))}.")
            value = float(shaped(trial[key], (), f"{key!r} of {name!r}"))
            most, size = (1, sizes[key]) if key in sizes else (np.inf, 0)
            require(np.isfinite(value) and 0 <= value <= most, f"{key!r} of {name!r} is {value}.")
            told = f"{key!r} of {name!r} is {value:.4g}, which is no share of {size} pictures."
            other = any(_is_share(value, number) for number in sizes.values())
            hint = "Did you measure on others?" if other else "`evaluate` gives the loss first."
            require(_is_share(value, size), f"{told} {hint}")
    careful, high, norm = (trials[name] for name in ("careful", "high rate", "batch norm trains"))
    require(careful["weights"] > 0, "In the careful trial the weights of the base did not move.")
    told = f"At the high rate the weights moved {high['weights'] / careful['weights']:.2g} times as far"
    told += ". Does the base train, and at a rate that is high?"
    require(high["weights"] > 3 * careful["weights"], told)
    for name in ("careful", "high rate"):
        told = f"{name!r}: the statistics of batch norm moved. Change one thing at a time."
        require(trials[name]["statistics"] == 0, told)
    require(norm["statistics"] > 0, "'batch norm trains': its stored statistics are what they were.")
    told = "'batch norm trains': the weights moved much further than in 'careful'. Is the rate the same?"
    require(norm["weights"] < 10 * careful["weights"], told)
    passed("failures", f"statistics moved by {norm['statistics']:.2f} in one trial, and not in the others")


def frozen_base(build: Callable) -> None:
    """Check build(base, classes) -> model: pixels, frozen base, one dense layer with softmax.

    The answers are computed again from the base's features and the weights that train.
    """
    rng, errors, counts = np.random.default_rng(), [], []
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
        frozen = not head and len(held) > len(owned)
        require(not frozen, f"{what} has a frozen head too. Freeze the base only, not the whole model.")
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

    rng = np.random.default_rng()
    base = _base(rng)
    base.trainable = False
    top = keras.layers.Dense(2, activation="softmax", name="head")
    model = keras.Sequential([keras.Input((32, 32, 3)), base, top])
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    batch = rng.uniform(0, 255, (8, 32, 32, 3)).astype("float32"), np.arange(8) % 2
    model.train_on_batch(*batch)
    before, rate = _arrays(model), float(rng.choice([3e-4, 5e-5]))
    attempt(open_up, model, base, first, rate)
    what = f"{name_of(open_up)}(model, base, {first!r}, {rate:g})"
    moved = _moved(before, _arrays(model))
    require(not moved, f"{what} changed weights: {_few(moved)}. Both phases start where the last one ended.")
    kind = type(model.optimizer)
    told = f"After {what} the optimizer is {kind.__name__}; it should be Adam."
    require(kind is keras.optimizers.Adam, told)
    got = float(model.optimizer.learning_rate.numpy())
    good = np.isclose(got, rate, rtol=1e-5)
    require(good, f"After {what} the learning rate is {got:g}. Did you compile again, with `rate`?")
    hints = {"": 'Did `compile` get `LOSS` and metrics=["accuracy"]?'}
    for _ in range(2):
        told = compare.with_hints(hints, attempt, model.train_on_batch, *batch, None, None, True)
    moved = _moved(before, _arrays(model))
    names = [layer.name for layer in base.layers]
    open_names = names[names.index(first) :]
    held = {weight.path for weight in base.weights}
    norm = {weight.path for layer in base.layers if "_bn" in layer.name for weight in layer.weights}
    behind = {w.path for layer in base.layers if layer.name in open_names for w in layer.weights} - norm
    after = f"After {what} and two training steps"
    require(moved - held, f"{after} the head is what it was. It should go on learning.")
    words = f"{after} the convolutions are what they were. Do they train? And does the model know that?"
    if not base.get_layer(first).trainable:
        words = f"{after} {first} is still frozen. Did you set base.trainable = True, and find it by name?"
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


def two_phases(model, base, snapshots: tuple[Mapping, ...], *, rates: tuple[float, float], fits=()) -> None:
    """Check a training in two phases by what it left behind in the model, and in the base in it.

    Each snapshot is path of a weight -> array: before training, after the head's phase, after the second.
    `rates` are those of the two phases, `fits` what `fit` returned in them.
    """
    for name, fitted in zip(("first", "second"), fits, strict=False):
        history = getattr(fitted, "history", None)
        told = f"`{name}` is {described(fitted)}; it should be what `fit` returned, as it is."
        require(isinstance(history, Mapping), told)
        told = f'`{name}` has {", ".join(history)} only. Compile with metrics=["accuracy"], and give'
        require({"accuracy", "val_accuracy"} <= set(history), f"{told} validation_data to fit.")
    start, first, second = snapshots
    paths = {weight.path for weight in model.weights}
    for name, snapshot in zip(("before training", "after phase 1", "after phase 2"), snapshots, strict=True):
        told = f"The snapshot {name} is {described(snapshot)}; it should hold every weight of the model."
        require(isinstance(snapshot, Mapping), told)
        told = f"`model` and the snapshot {name} hold other weights, such as {_few(paths ^ set(snapshot))}."
        require(set(snapshot) == paths, f"{told} Keep the `model` that the cell above builds.")
    held = {weight.path for weight in base.weights}
    norm = {path for path in held if path.rsplit("/")[-1] in _NORM}
    early, late = _moved(start, first), _moved(first, second)
    now = _moved(second, _arrays(model))
    swapped = now and not _moved(first, _arrays(model))
    require(not swapped, "`model` has the weights of `after_first`. Are the two snapshots swapped?")
    late_first = early & held and not late
    require(not late_first, "`after_first` holds what `after_second` does. Take it before the second phase.")
    told = f"The first phase moved weights of the base: {_few(early & held)}. Did you run this cell twice? "
    told += "Run the cell above it first: it loads an untouched base."
    require(not early & held, told)
    require(early, "The first phase moved nothing. Was it the head that trained?")
    require(not late & norm, f"The second phase moved batch norm: {_few(late & norm)}.")
    still = held - norm - late
    require(not still, f"The second phase left layers of the base as they were: {_few(still)}.")
    require(not now, f"The model was trained on after the last snapshot: {_few(now)} changed.")
    ratio = rates[0] / rates[1]
    told = f"The second rate is the head's divided by {ratio:.3g}"
    require(ratio >= CAREFUL, f"{told}. Divide by {CAREFUL} at least.")
    steps = (fits[0].params["steps"] or 1) * len(fits[0].epoch) if fits else 1
    far = max(np.abs(first[path] - start[path]).max() for path in early)
    told = f"The head moved by {far:.2g} at most, too little for {steps} steps at HEAD_RATE = {rates[0]:g}"
    require(far >= rates[0] * min(steps, 6) / 2, f"{told}. Which rate did its `compile` get?")
    got = float(model.optimizer.learning_rate.numpy())
    told = f"`model` has trained at the rate {got:g}, and LOW_RATE is {rates[1]:g}"
    require(got <= 1.0001 * rates[1], f"{told}. Which of your rates did `open_up` get?")
    passed("two phases", f"phase 1 moved {len(early)} arrays, phase 2 {len(late)}, batch norm none")


def statistics(function: Callable) -> None:
    """Check statistics(base) -> list of the stored means and variances of every batch norm, as copies."""
    for open_too in (True, False):
        base = _base(np.random.default_rng())
        base.trainable = open_too
        norms = [layer for layer in base.layers if "_bn" in layer.name]
        expected = [w.numpy().copy() for norm in norms for w in (norm.moving_mean, norm.moving_variance)]
        what = f"{name_of(function)}({'an open' if open_too else 'a frozen'} base)"
        got = attempt(function, base)
        told = f"{what} returned {described(got)}; {len(expected)} arrays are needed, in one flat list. Which"
        good = isinstance(got, list | tuple) and len(got) == len(expected)
        require(good, f"{told} ones does batch norm store, and which does it learn?")
        got = compare.several(got, [array.shape for array in expected], what)
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
