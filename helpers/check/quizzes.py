"""Checks of quizzes 1 to 9 of homework 3: functions of a dense network with one hidden layer.

Networks are lists [w1, b1, w2, b2]; images and points are rows.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from scipy import special

from helpers.check.compare import call, close, name_of, numerical_gradient, passed, require, several, written


def relu(function: Callable) -> None:
    """Check relu(z) -> z where positive, 0 elsewhere; any shape."""
    rng = np.random.default_rng()
    inputs = [rng.normal(size=shape) for shape in [(4, 6), (5,), (2, 3, 4, 5)]]
    inputs += [np.array([[-0.0, 0.0, 3.0]])]
    _agrees(function, [((z,), (z + np.abs(z)) / 2) for z in inputs], "inputs", rtol=1e-12, atol=1e-12)


def _agrees(function, cases, what, *, rtol=1e-7, atol=1e-9):
    """Compare a function with what it should give: pairs of arguments and result."""
    errors = [
        close(call(function, *given), expected, written(function, *given), rtol=rtol, atol=atol)
        for given, expected in cases
    ]
    passed(function, f"{len(errors)} {what}, largest error {max(errors):.1e} (allowed {atol:.0e})")


def softmax(function: Callable) -> None:
    """Check softmax(z) -> one distribution per row, also where e^z overflows."""
    rng = np.random.default_rng()
    inputs = [rng.normal(0, 3, shape) for shape in [(5, 3), (4, 4), (1, 7), (3, 10)]]
    errors = [
        close(call(function, z), special.softmax(z, axis=1), written(function, z), rtol=1e-9, atol=1e-12)
        for z in inputs
    ]
    large = {f"numbers near {shift}": np.full((4, 1), shift) for shift in (1000, -1000)}
    large["one row near 1000, one near -1000"] = np.array([[1000], [-1000]])
    large["one score of each row near 2000, the others near 0"] = 2000 * np.eye(3, 5)
    for told, shift in large.items():
        z = (rng.normal(0, 3, (len(shift), 5)) + shift).astype(np.float32)
        what = f"{written(function, z)} with {told}"
        with np.errstate(all="ignore"):
            errors.append(close(call(function, z), special.softmax(z, axis=1), what, rtol=1e-4, atol=1e-6))
    passed(function, f"{len(errors)} inputs, largest error {max(errors[:4]):.1e} (allowed 1e-09)")


def dense(function: Callable) -> None:
    """Check dense(x, w, b) -> x w + b, row by row."""
    rng, cases = np.random.default_rng(), []
    for rows, inputs, outputs in [(5, 3, 4), (4, 6, 4), (1, 2, 3), (3, 3, 3)]:
        x, w = rng.normal(size=(rows, inputs)), rng.normal(size=(inputs, outputs))
        b = rng.normal(size=outputs)
        cases.append(((x, w, b), np.einsum("nd,dh->nh", x, w) + b[None, :]))
    _agrees(function, cases, "inputs")


def random_layer(function: Callable) -> None:
    """Check random_layer(inputs, outputs, rng) -> float32 weights (inputs, outputs) and biases (outputs,)."""
    deviations = []
    for inputs, outputs in [(400, 300), (50, 1000)]:
        seed = int(np.random.default_rng().integers(1 << 30))
        rng, twin = np.random.default_rng(seed), np.random.default_rng(seed)
        what = f"{name_of(function)}({inputs}, {outputs}, rng)"
        shapes = [(inputs, outputs), (outputs,)]
        w, b = several(call(function, inputs, outputs, rng), shapes, what)
        for name, array in (("weights", w), ("biases", b)):
            require(array.dtype == np.float32, f"{what}: the {name} are {array.dtype}, not float32.")
        require(not b.any(), f"{what}: the biases should begin at 0; the first other one is {b[b != 0][:1]}.")
        told = f"{what} gave the same weights twice. Draw them from the generator that is passed in."
        again, same = (several(call(function, *shapes[0], each), shapes, what)[0] for each in (rng, twin))
        require(not np.array_equal(w, again), told)
        told = f"{what} gave other weights for a generator with the same seed. Draw from `rng`, nowhere else."
        require(np.array_equal(w, same), told)
        deviations.append(_check_normal(w.astype(np.float64), np.sqrt(2 / inputs), what))
    passed(function, f"deviation off by {max(deviations):.1%} at most (allowed 2%), biases 0")


def _check_normal(w, deviation, what):
    """Check mean, deviation and tails of w; the bounds lie at five standard errors or more."""
    different, off, most = len(np.unique(w)), w.std() / deviation - 1, np.mean(w == w.max())
    told = f"{what}: {most:.1%} of the weights are exactly {w.max():.4g}, the largest one. Were they clipped?"
    require(most < 0.01, f"{told} Take the draws as they come; a normal distribution has no limits.")
    told = f"{what}: only {different:,} of {w.size:,} weights are different. Draw each by itself."
    require(different > 0.9 * w.size, told)
    told = f"{what}: the weights' standard deviation, {w.std():.4f}, is off by a factor of {off + 1:.2f}."
    require(abs(off) < 0.02, told)
    centred = abs(w.mean()) < 5 * deviation / np.sqrt(w.size)
    require(centred, f"{what}: the weights have mean {w.mean():.4f}, not 0.")
    tail = np.mean(np.abs(w) > 2 * deviation)
    told = f"{what}: {tail:.1%} of the weights lie beyond two standard deviations; normal are 4.6%."
    require(0.04 < tail < 0.052, told)
    return abs(off)


def two_layers(function: Callable) -> None:
    """Check two_layers(x, [w1, b1, w2, b2]) -> softmax(relu(x w1 + b1) w2 + b2)."""
    rng, cases = np.random.default_rng(), []
    for rows, inputs, hidden, classes in [(6, 4, 5, 3), (4, 4, 4, 4), (1, 3, 8, 2)]:
        x, parameters = rng.normal(size=(rows, inputs)), _parameters(rng, inputs, hidden, classes)
        cases.append(((x, parameters), _predict(x, parameters)))
    _agrees(function, cases, "networks")


def one_hot(function: Callable) -> None:
    """Check one_hot(labels, classes) -> float32 (N, classes), 1 at the label and 0 elsewhere."""
    rng = np.random.default_rng()
    cases = [(rng.integers(0, 5, 8), 5), (rng.integers(0, 3, 6), 7)]
    cases += [(rng.integers(0, 10, 10).astype(np.uint8), 10)]
    for labels, classes in cases:
        what = written(function, labels, classes)
        expected = (labels[:, None].astype(int) == np.arange(classes)).astype(np.float32)
        got = call(function, labels, classes)
        close(got, expected, what, rtol=0, atol=0)
        require(got.dtype == np.float32, f"{what} returned {got.dtype} numbers; it should return float32.")
    passed(function, f"{len(cases)} inputs, no entry wrong")


def cross_entropy(function: Callable) -> None:
    """Check cross_entropy(probabilities, targets) -> mean over rows of -sum t log p, finite for p = 0."""
    rng, errors = np.random.default_rng(), []
    for rows, classes in [(6, 3), (4, 4), (1, 10)]:
        p = special.softmax(rng.normal(size=(rows, classes)), axis=1)
        labels = rng.integers(0, classes, rows)
        expected = -np.mean([np.log(row[label]) for row, label in zip(p, labels, strict=True)])
        targets = np.eye(classes)[labels]
        errors.append(close(call(function, p, targets), expected, written(function, p, targets), atol=1e-8))
    p, targets = np.array([[0.0, 1.0], [0.5, 0.5]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    with np.errstate(all="ignore"):
        what = f"{written(function, p, targets)} where the other class has probability 0"
        errors.append(close(call(function, p, targets), np.log(2) / 2, what, atol=1e-8))
        sure = call(function, p[:1], targets[1:])
    what = f"{written(function, p[:1], targets[1:])} where the right class has probability 0"
    require(np.isfinite(sure), f"{what} returned {sure}. Keep probabilities away from 0 before the log.")
    require(sure > 20, f"{what} returned {sure:.3g}. Keep them only a little away: 1e-12 is far enough.")
    told = f"{what} returned {sure:.3g}. Keep p itself at 1e-12 or above; repairing log(0) is too late."
    require(sure < 1000, told)
    passed(function, f"{len(errors) + 1} inputs, largest error {max(errors):.1e} (allowed 1e-08)")


def gradient(function: Callable) -> None:
    """Check gradient(x, targets, [w1, b1, w2, b2]) -> the four gradients of the mean cross-entropy."""
    rng, errors = np.random.default_rng(), []
    for rows, inputs, hidden, classes in [(6, 4, 5, 3), (5, 3, 3, 3), (1, 2, 6, 4)]:
        x, targets, parameters = _problem(rng, rows, inputs, hidden, classes)
        what, expected = written(function, x, targets, parameters), _gradients(x, targets, parameters)
        errors += _compare(call(function, x, targets, parameters), expected, what, "gradient of ")
    told = f"largest distance to central differences {max(errors):.1e} (allowed 1e-07)"
    passed(function, f"{len(errors)} gradients, {told}")


def _compare(got, expected, what, of=""):
    """Compare w1, b1, w2 and b2, or their gradients, and list the errors."""
    got = several(got, [array.shape for array in expected], what)
    names = [f"{what}, {of}{name}" for name in ("w1", "b1", "w2", "b2")]
    return [close(*trio, rtol=1e-5, atol=1e-7) for trio in zip(got, expected, names, strict=True)]


def descend(function: Callable) -> None:
    """Check descend(x, targets, parameters, rate, steps) -> new parameters, and the loss before each step."""
    rng = np.random.default_rng()
    rate, steps = float(rng.uniform(0.05, 0.2)), 3
    x, targets, way = _way_down(rng, rate, steps)
    parameters, expected = [p.copy() for p in way[0]], way[-1]
    what = written(function, x, targets, parameters, rate, steps)
    result = call(function, x, targets, parameters, rate, steps)
    told = f"{what} returned {type(result).__name__}; it should return two things, parameters and losses."
    require(isinstance(result, tuple) and len(result) == 2, told)
    told = f"{what}: the losses should be a list of {steps}, one for each step, each taken before the step."
    require(isinstance(result[1], list | np.ndarray) and len(result[1]) == steps, told)
    losses = [_loss(x, targets, place) for place in way[:-1]]
    error = close(np.array(result[1], float), losses, f"{what}, losses,", rtol=1e-5, atol=1e-7)
    error = max(error, *_compare(result[0], expected, what))
    passed(function, f"{steps} steps, largest error {error:.1e} (allowed 1e-07)")


def batches(function: Callable) -> None:
    """Check batches(count, size, rng) -> list of index arrays that hold 0 to count - 1 once, shuffled."""
    rng = np.random.default_rng()
    for count, size in [(23, 5), (12, 4), (3, 8)]:
        what = f"{name_of(function)}({count}, {size}, rng)"
        seed = int(rng.integers(1 << 30))
        got = call(function, count, size, np.random.default_rng(seed))
        told = f"{what} returned {type(got).__name__}, which has no length. Return a list."
        require(not isinstance(got, Iterator), told)
        sizes = [min(size, count - first) for first in range(0, count, size)]
        got = several(got, [(length,) for length in sizes], what)
        rows = np.concatenate(got)
        require(rows.dtype.kind in "iu", f"{what} gave {rows.dtype} numbers; rows are whole numbers.")
        times = np.bincount(rows, minlength=count)
        require(len(times) == count, f"{what} gave the row {rows.max()}; rows are 0 to {count - 1}.")
        odd = times.argmax()
        require(times[odd] == 1, f"{what} gave row {odd} {times[odd]} times. Each row comes once.")
        again = np.concatenate(call(function, count, size, np.random.default_rng(seed)))
        require(np.array_equal(rows, again), f"{what} differs for equal seeds. Shuffle with `rng` only.")
    dealt = [function(23, 5, rng) for _ in range(3)]
    orders = {tuple(np.concatenate(parts)) for parts in dealt}
    require(len(orders) == 3, f"{what} gives the same order again. Shuffle with `rng` in each call.")
    told = f"{name_of(function)}(23, 5, rng) puts the same rows together in every call."
    together = {frozenset(frozenset(map(int, rows)) for rows in parts) for parts in dealt}
    require(len(together) > 1, f"{told} Shuffle all rows first, and cut them into batches then.")
    passed(function, "every row once, in a new order each time")


def sgd_epoch(function: Callable) -> None:
    """Check sgd_epoch(x, targets, parameters, rate, batch, rng) -> parameters after one epoch.

    Image number i is the unit vector i, so that only it can move row i of w1; and the rate is so small
    that the gradient stays the same all through the epoch. Then that row tells how often the image was
    used, with which target, and in how large a batch. A second test has a real rate and two batches.
    """
    rng = np.random.default_rng()
    count, batch, rate = 23, 5, 1e-6
    x = np.eye(count)
    what = f"{name_of(function)} on {count} images in batches of {batch}"
    targets, parameters, alone = _problem_with_a_row_for_each(rng, count)

    def trained(rate, seed):
        got = call(function, x, targets, parameters, rate, batch, np.random.default_rng(seed))
        return several(got, [p.shape for p in parameters], what)

    scale = (alone**2).sum(axis=1)
    smaller = []
    for _ in range(3):
        w1 = trained(rate, rng.integers(1 << 30))[0]
        require(np.isfinite(w1).all(), f"{what} returned weights that are not finite.")
        moved = (parameters[0] - w1) / rate
        share = (moved * alone).sum(axis=1) / scale
        used = share * np.where(share > 1.5 / batch, count % batch, batch)
        smaller.append(_check_uses(share, moved, alone, used, count, batch, what))
    told = f"{what}: the last batch held the same images in three epochs."
    shuffled = len({tuple(places) for places in smaller}) > 1
    require(shuffled, f"{told} Shuffle with `rng` before each epoch.")
    same = all(map(np.allclose, trained(0.1, 7), trained(0.1, 7)))
    told = f"{what} gave two results for generators with the same seed. Shuffle with `rng`, nothing else."
    require(same, told)
    _check_two_steps(function, rng)
    error = float(np.abs(used - 1).max())
    passed(function, f"each of {count} images used once; steps off by {error:.1e} at most (allowed 1e-03)")


def _check_uses(share, moved, alone, used, count, batch, what):
    """Check that every image counted once, in a batch of the right size; return those of the last batch."""
    never = np.flatnonzero(np.abs(moved).max(axis=1) < 1e-6 * np.abs(alone).max())
    told = f"{what}: {len(never)} images made no difference. Use every image, the last small batch too."
    require(len(never) == 0, told)
    right = np.abs(moved - share[:, None] * alone).max() < 1e-3 * np.abs(alone).max()
    told = f"{what}: an image moved the weights in the wrong direction. Does each keep its own target?"
    require(right, told)
    told = f"{what}: a step is off by a factor of up to {np.abs(used).max():.2f}."
    hint = "Each image counts once an epoch, and a batch moves the weights by rate times its mean gradient."
    require(np.abs(used - 1).max() < 1e-3, f"{told} {hint}")
    last = np.flatnonzero(share > 1.5 / batch)
    told = f"{what}: {count % batch} images should be left for the last batch, and there were {len(last)}."
    require(len(last) == count % batch, told)
    return last


def _check_two_steps(function, rng):
    """Check that an epoch of two batches, an image each, ends where two epochs of one batch do."""
    x, targets, start = _problem(rng, 2, 3, 5, 3)

    def epoch(rows, place):
        return call(function, x[rows], targets[rows], place, 0.5, 1, np.random.default_rng(7))

    got, same = epoch([0, 1], start), partial(np.allclose, rtol=1e-8, atol=1e-10)
    ends = [epoch([second], epoch([first], start)) for first, second in ((0, 1), (1, 0))]
    told = f"{name_of(function)}, two batches of one image each: the second step is wrong."
    hint = "Is its gradient taken at the parameters that the first step left?"
    require(any(all(map(same, got, end)) for end in ends), f"{told} {hint}")


def _parameters(rng, inputs, hidden, classes):
    shapes = [(inputs, hidden), (hidden,), (hidden, classes), (classes,)]
    return [rng.normal(size=shape) for shape in shapes]


def _problem(rng, rows, inputs, hidden, classes):
    """Draw points, targets and a network that is fair at these points."""
    while True:
        x, parameters = rng.normal(size=(rows, inputs)), _parameters(rng, inputs, hidden, classes)
        if _is_fair(x, parameters):
            return x, np.eye(classes)[rng.integers(0, classes, rows)], parameters


def _is_fair(x, parameters):
    """Tell whether a slip would show here and rounding would not.

    Some hidden units are on and some off, none near the kink of its ReLU, and no answer so certain that
    hardly any gradient is left.
    """
    hidden, answers = x @ parameters[0] + parameters[1], _predict(x, parameters)
    mixed = 0.25 < np.mean(hidden > 0) < 0.75
    return mixed and np.abs(hidden).min() > 1e-3 and answers.min() > 1e-6 and answers.max() < 0.99


def _way_down(rng, rate, steps):
    """Draw points, targets, and the networks before and after each step, all but the last of them fair."""
    while True:
        x, targets, start = _problem(rng, 7, 2, 4, 3)
        way = [start]
        for _ in range(steps):
            slopes = _gradients(x, targets, way[-1])
            way.append([p - rate * slope for p, slope in zip(way[-1], slopes, strict=True)])
        if all(_is_fair(x, place) for place in way[1:-1]):
            return x, targets, way


def _problem_with_a_row_for_each(rng, count):
    """Draw targets and a network for unit vectors, and the gradient of w1 for each image by itself.

    No image's gradient may be so small that the others' drift over an epoch hides it.
    """
    while True:
        targets, parameters = np.eye(3)[rng.integers(0, 3, count)], _parameters(rng, count, 6, 3)
        parameters = [p / 2 for p in parameters]
        if np.abs(parameters[0] + parameters[1]).min() > 1e-4:
            alone = count * _gradients(np.eye(count), targets, parameters)[0]
            sizes = np.linalg.norm(alone, axis=1)
            if sizes.min() > 0.03 * sizes.max():
                return targets, parameters, alone


def _predict(x, parameters):
    w1, b1, w2, b2 = parameters
    sums = np.einsum("nd,dh->nh", x, w1) + b1
    return special.softmax(np.einsum("nh,hk->nk", np.where(sums > 0, sums, 0.0), w2) + b2, axis=1)


def _loss(x, targets, parameters):
    return -special.xlogy(targets, _predict(x, parameters)).sum() / len(x)


def _gradients(x, targets, parameters):
    """Find the four gradients by central differences."""
    copies = [p.copy() for p in parameters]
    return [numerical_gradient(lambda: _loss(x, targets, copies), array) for array in copies]
