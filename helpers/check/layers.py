"""Checks of layers and networks: objects with forward, backward, parameters and gradients."""

import contextlib
from collections.abc import Callable, Mapping
from types import SimpleNamespace

import numpy as np
from scipy import special

from helpers.check import compare
from helpers.check.compare import call, close, described, numerical_gradient, passed, require, shaped, written

# Closed forms, with the constants of the papers written out.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
ACTIVATIONS: Mapping[str, Callable] = {
    "relu": lambda z: (z + np.abs(z)) / 2,
    "tanh": lambda z: 2 * special.expit(2 * z) - 1,
    "leaky_relu": lambda z: np.maximum(z, 0) + 0.01 * np.minimum(z, 0),
    "elu": lambda z: np.maximum(z, 0) + special.expm1(np.minimum(z, 0)),
    "selu": lambda z: SELU_SCALE * (np.maximum(z, 0) + SELU_ALPHA * special.expm1(np.minimum(z, 0))),
}


def layer(build: Callable, shape: tuple[int, ...]) -> None:
    """Check the gradients of build(rng) -> layer by central differences, for its input and each parameter.

    `shape` is that of an input.
    """
    rng = np.random.default_rng()
    made = call(build, rng)
    name = type(made).__name__
    made.parameters = [0.5 * rng.normal(size=p.shape) for p in getattr(made, "parameters", [])]
    gradients = []
    for _ in range(2):  # nothing of the first pass may be left in the second
        x = _spread(rng, shape)
        out = call(made.forward, x, True)
        require(isinstance(out, np.ndarray), f"{name}.forward returned {type(out).__name__}, not an array.")
        direction = rng.normal(size=out.shape)
        back = call(made.backward, direction)
        earlier, gradients = gradients, _gradients(made)

    def score():
        return (made.forward(x, True) * direction).sum()

    expected = numerical_gradient(score, x)
    slope, kept = getattr(made, "slope", None), np.nan
    with contextlib.suppress(Exception):  # a layer's own method may have this name
        kept = direction * slope(out)
    hint = "Take the slope at the numbers that came in on the way forward, not at those that went out."
    what = f"{name}.backward on {out.shape}"
    compare.judge(back, expected, what, [(kept, hint)])
    error = close(back, expected, what, rtol=1e-5, atol=1e-7)
    hint = "Those of the last call are still in it. Set them anew in each `backward`; don't add to them."
    triples = zip(gradients, made.parameters, earlier, strict=True)
    for number, (gradient, parameter, before) in enumerate(triples):
        reference = numerical_gradient(score, parameter)
        what = f"{name}.gradients[{number}]"
        compare.judge(gradient, reference, what, [(reference + before, hint)])
        error = max(error, close(gradient, reference, what, rtol=1e-5, atol=1e-7))
    told = f"largest distance to central differences {error:.1e} (allowed 1e-07)"
    passed(name, f"gradients of input and {len(gradients)} parameters, {told}")


def activation(name: str, function: Callable, slope: Callable) -> None:
    """Check an activation, a key of `ACTIVATIONS`, against its closed form, and its slope by differences.

    Both `function` and `slope` go from an array to an array of the same shape.
    """
    require(name in ACTIVATIONS, f"{name!r} is not known here. Use one of {', '.join(ACTIVATIONS)}.")
    rng, formula = np.random.default_rng(), ACTIVATIONS[name]
    errors, step = [], 1e-6
    for shape in [(4, 5), (7,), (2, 3, 4, 4)]:
        z = _spread(rng, shape)
        what = f"the function of {name}, {written(function, z)},"
        errors.append(close(call(function, z), formula(z), what, rtol=1e-8, atol=1e-10))
        reference = (formula(z + step) - formula(z - step)) / (2 * step)
        what = f"the slope of {name}, {written(slope, z)},"
        errors.append(close(call(slope, z), reference, what, rtol=1e-5, atol=1e-7))
    large = np.array([[-800.0, 800.0, -3.0, 3.0]])
    hints = {"overflow": "Clip the numbers before np.exp: np.where works out both sides for all of them."}
    with np.errstate(all="ignore"):
        reference = (formula(large + step) - formula(large - step)) / (2 * step)
        for kind, ours, right in (("function", function, formula(large)), ("slope", slope, reference)):
            with np.errstate(over="ignore" if name == "tanh" else "raise"):  # 1 / cosh(z)**2 may overflow
                got = compare.with_hints(hints, call, ours, large)
            close(got, right, f"the {kind} of {name} at ±800", rtol=1e-4, atol=1e-4)
    told = f"slope by {max(errors[1::2]):.1e} (allowed 1e-07)"
    passed(name, f"function off by {max(errors[::2]):.1e} (allowed 1e-10), {told}")


def dropout(build: Callable) -> None:
    """Check an inverted dropout layer: build(rate, rng) -> layer."""
    for rate in (0.25, 0.6):
        made = call(build, rate, np.random.default_rng())
        what = f"dropout with rate {rate}"
        x = np.random.default_rng().uniform(1, 2, (200, 100))
        plain = shaped(call(made.forward, x, False), x.shape, f"{what} out of training")
        require(np.array_equal(plain, x), f"{what} changed its input out of training. There it does nothing.")
        out = shaped(call(made.forward, x, True), x.shape, f"{what} in training")
        kept = out != 0
        sigma = np.sqrt(rate * (1 - rate) / x.size)
        share = 1 - kept.mean()
        _check_scattered(kept, rate, what)
        told = f"{what} set {share:.1%} of the values to 0, which is not {rate:.0%} within {6 * sigma:.1%}."
        require(abs(share - rate) < 6 * sigma, told)
        close(out[kept], x[kept] / (1 - rate), f"{what}: a value that was kept", rtol=1e-6)
        back = call(made.backward, np.ones_like(x))
        close(back, kept / (1 - rate), f"{what}, backward of ones", rtol=1e-6)
        same = np.array_equal(call(made.forward, x, True) != 0, kept)
        require(not same, f"{what} dropped the same values twice. Draw a new mask.")
        twins = [call(build, rate, np.random.default_rng(5)) for _ in range(2)]
        same = np.array_equal(*(call(twin.forward, x, True) for twin in twins))
        require(same, f"{what} differs for generators with the same seed. Draw from `self.rng` only.")
    passed("dropout", f"share of zeros {share:.3f} for rate {rate}, mean kept, same mask on the way back")


def _check_scattered(kept, rate, what):
    """Check that values are dropped one by one, not whole rows or columns."""
    for axis, name in ((0, "columns"), (1, "rows")):
        shares = 1 - kept.mean(axis=axis)
        alone = np.abs(shares - shares.mean()).max() < 7 * np.sqrt(rate * (1 - rate) / kept.shape[axis])
        require(alone, f"{what} treats whole {name} alike. Draw one random number for each value.")


def network(build: Callable, shape: tuple[int, int]) -> None:
    """Check a network's forward and backward pass, by central differences through all its layers.

    Arguments are those of `layer`, but `build` returns a network, whose `layers` are in order.
    """
    rng = np.random.default_rng()
    made = call(build, rng)
    name = type(made).__name__
    _check_passing_on(type(made), name)
    call(made.forward, _spread(rng, shape), True)  # nothing of it may be left when the next input comes
    x, expected = _away_from_kinks(made.layers, shape, rng)
    error = close(call(made.forward, x), expected, f"{name}.forward on {described_layers(made)}")
    direction = rng.normal(size=expected.shape)

    def score():
        value = x
        for each in made.layers:
            value = each.forward(value, True)
        return (value * direction).sum()

    call(made.forward, x, True)
    back = call(made.backward, direction)
    found = [_gradients(each) for each in made.layers if each.parameters]
    trained = [each for each in made.layers if each.parameters]
    error = max(error, close(back, numerical_gradient(score, x), f"{name}.backward", rtol=1e-4, atol=1e-6))
    for number, (each, gradients) in enumerate(zip(trained, found, strict=True), start=1):
        what = f"{name}: the gradient in layer {number} of {len(trained)} with parameters"
        for parameter, gradient in zip(each.parameters, gradients, strict=True):
            reference = numerical_gradient(score, parameter)
            error = max(error, close(gradient, reference, what, rtol=1e-4, atol=1e-6))
    told = f"largest distance to central differences {error:.1e} (allowed 1e-06)"
    passed(name, f"{described_layers(made)}, {told}")


def _check_passing_on(kind, name):
    """Check what layers are told by a kind of network, with three that write it down and change nothing."""
    seen = []
    layers = [_witness(number, seen) for number in range(3)]
    made = call(kind, [*layers])
    for training in (True, False):
        call(made.forward, np.ones((2, 2)), training)
        told = f"{name}.forward(x, training={training}) tells its layers {seen}. Hand `training` on."
        require(all(flag == training for flag in seen), told)
        seen.clear()
    call(made.backward, np.ones((2, 2)))
    told = f"{name}.backward calls the layers {seen} of 0, 1, 2. It has to go from the last to the first."
    require(seen == [2, 1, 0], told)
    told = f"{name}.backward changed the list of layers. The next `forward` needs it as it was."
    require(list(made.layers) == layers, told)


def _witness(number, seen):
    forward = {"forward": lambda x, training=False: seen.append(training) or x}
    backward = {"backward": lambda gradient: seen.append(number) or gradient}
    return SimpleNamespace(parameters=(), gradients=(), **forward, **backward)


def _gradients(each):
    """Check the gradients that a layer kept for its parameters, and copy them."""
    if not each.parameters:
        return []
    name, kept, count = type(each).__name__, getattr(each, "gradients", None), len(each.parameters)
    told = f"{name}.backward should leave {count} arrays in `gradients`, one for each parameter"
    require(isinstance(kept, list | tuple) and len(kept) == count, f"{told}; there is {described(kept)}.")
    kept = compare.several(kept, [p.shape for p in each.parameters], f"{name}.gradients")
    return [gradient.copy() for gradient in kept]


def _away_from_kinks(layers, shape, rng):
    """Draw parameters and an input until no value on the way is near 0; return the input and the output."""
    for _ in range(100):
        for each in layers:
            each.parameters = [0.7 * rng.normal(size=p.shape) for p in each.parameters]
        x = value = _spread(rng, shape)
        least = np.inf
        for each in layers:
            value = each.forward(value, False)
            least = min(least, np.abs(value[value != 0]).min(initial=np.inf))
        if least > 1e-4:
            break
    return x, value


def described_layers(made) -> str:
    """Name the layers of a network in order."""
    return " - ".join(type(each).__name__ for each in made.layers)


def accuracy(classify: Callable, inputs: np.ndarray, labels: np.ndarray, *, at_least: float) -> None:
    """Check how often classify(inputs) -> class numbers (N,) is right, which has to be a share of `at_least`.

    `inputs`, (N, ...), are given as they are stored; `labels` are (N,).
    """
    rng = np.random.default_rng()
    order = rng.permutation(len(inputs))
    some = inputs[order]
    what = written(classify, some)
    answers = shaped(call(classify, some), (len(some),), what)
    require(answers.dtype.kind in "iu", f"{what} returned {answers.dtype} numbers; class numbers are whole.")
    few = some[: min(100, (len(some) + 1) // 2)]
    alone = shaped(call(classify, few), (len(few),), written(classify, few))
    same = np.sum(alone != answers[: len(few)]) <= 1  # two scores may be equal but for rounding
    require(same, f"{what} answers differently when it sees fewer inputs at once. Judge each by itself.")
    right = float(np.mean(answers == labels[order]))
    common = np.bincount(answers.astype(int)).argmax()
    hint = f" Its answer is always {common}." if (answers == common).all() else ""
    require(right >= at_least, f"{what} is right in {right:.1%} of cases; needed are {at_least:.1%}.{hint}")
    passed(classify, f"right in {right:.1%} of {len(labels):,} cases (needed {at_least:.1%})")


def _spread(rng, shape):
    """Draw numbers of which none is near 0 and no two are near each other, so that no kink is close."""
    count = int(np.prod(shape))
    values = (rng.permutation(count) + 0.5 + rng.uniform(-0.3, 0.3, count)) / count
    values = 4 * values - 2
    return np.where(np.abs(values) < 1e-3, values + 2e-3, values).reshape(shape)
