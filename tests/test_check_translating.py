"""Checks of lesson 9: what they say of right answers, of stubs, and of the usual slips."""

import jupytext
import keras
import numpy as np
import pytest
from exercises import nothing, said, stub
from keras import layers, ops

from helpers import check
from helpers.staff import course

SOURCE = next(course.SOURCES.glob("09_*.py"))


@pytest.fixture(scope="module")
def solutions():
    """What the folded solutions define."""
    names = {"np": np, "layers": layers, "keras": keras, "ops": ops}
    for cell in jupytext.read(SOURCE).cells:
        if "solution" in cell.metadata.get("tags", []):
            exec(cell.source, names)
    return names


CHECKS = {
    "triplet_loss": check.triplets,
    "psnr": check.decibels,
    "build": check.denoiser,
    "gram": check.gram,
    "choose": check.explorer,
}


@pytest.mark.parametrize("name", CHECKS)
def test_solutions_pass_and_stubs_wait(name, solutions, capsys):
    for _ in range(3):
        assert said(CHECKS[name], solutions[name], capsys).startswith("ok")
    assert said(CHECKS[name], stub, capsys).startswith("your turn")
    assert said(CHECKS[name], nothing, capsys).startswith("not yet")


def test_what_the_lesson_goes_on_with_passes_too():
    for name, other in (
        ("triplet_loss", check.margin_loss),
        ("psnr", check.ratio),
        ("build", check.residual_denoiser),
        ("gram", check.channel_products),
        ("choose", check.greedy_or_random),
    ):
        CHECKS[name](other)


def numpy_loss(same, other, margin=0.2):
    return np.maximum(np.asarray(other) - np.asarray(same) + margin, 0).mean()


def loss(same, other, margin):
    return ops.mean(ops.maximum(other - same + margin, 0))


def without_zeros(same, other, margin=0.2):
    terms = ops.maximum(other - same + margin, 0)
    return ops.sum(terms) / ops.sum(ops.cast(terms > 0, "float32"))


def network(**changes):
    """A denoiser that is right but for one change."""

    def build():
        now = {
            "filters": (32, 32, 32, 32, 3),
            "padding": "same",
            "last": None,
            "side": 3,
            "size": (None, None),
        }
        now |= {
            "relu": "relu",
            "see": layers.Concatenate,
            "start": "zeros",
            "skip": lambda noisy, guess, x: layers.Add()([guess, x]),
        }
        now |= changes
        noisy, guess = keras.Input((*now["size"], 3)), keras.Input((*now["size"], 3))
        x = now["see"]()([noisy, guess])
        for count in now["filters"][:-1]:
            given = {"activation": now["relu"], "dilation_rate": now.get("dilation", 1)}
            x = layers.Conv2D(count, now["side"], padding=now["padding"], **given)(x)
            x = now["own"](x) if now["relu"] is None and now.get("own") else x
        x = layers.Conv2D(
            now["filters"][-1],
            now["side"],
            padding=now["padding"],
            activation=now["last"],
            kernel_initializer=now["start"],
        )(x)
        inputs = now.get("give", lambda *both: [*both])(noisy, guess)
        return keras.Model(inputs, now["skip"](noisy, guess, x))

    return build


def one_input():
    x = inputs = keras.Input((None, None, 3))
    for count in (32, 32, 32, 32, 3):
        x = layers.Conv2D(count, 3, padding="same", activation="relu" if count == 32 else None)(x)
    return keras.Model(inputs, layers.Add()([inputs, x]))


def not_connected():
    noisy, guess = keras.Input((None, None, 3)), keras.Input((None, None, 3))
    return keras.Model(noisy, layers.Add()([noisy, guess]))


def swapped_inputs():
    model = check.residual_denoiser()
    return keras.Model(model.inputs[::-1], model.outputs[0])


def all_zeros():
    model = check.residual_denoiser()
    model.set_weights([0 * weight for weight in model.get_weights()])
    return model


def no_model():
    return layers.Conv2D(3, 3)


def places(maps):
    return ops.reshape(maps, (-1, maps.shape[-1]))


def wrong_reshape(maps):
    rows = ops.reshape(maps, (maps.shape[-1], -1))
    return rows @ ops.transpose(rows) / rows.shape[1]


def centred(maps):
    rows = places(maps) - ops.mean(places(maps), axis=0)
    return ops.transpose(rows) @ rows / rows.shape[0]


def not_transposed(maps):
    rows = places(maps)
    return rows @ rows / rows.shape[0]


def all_at_once(values, epsilon, rng):
    if rng.random() < epsilon:
        return rng.integers(0, 3, len(values))
    return values.argmax(axis=1)


def one_random_move(values, epsilon, rng):
    explore = rng.random(len(values)) < epsilon
    return np.where(explore, rng.integers(0, 3), values.argmax(axis=1))


def own_rng(*seed):
    return lambda values, epsilon, rng: check.greedy_or_random(values, epsilon, np.random.default_rng(*seed))


other = np.random.Generator(np.random.PCG64())


def half_own(decide=None, move=None):
    def choose(values, epsilon, rng):
        explore = (decide or rng).random(len(values)) < epsilon
        return np.where(explore, (move or rng).integers(0, 3, len(values)), values.argmax(axis=1))

    return choose


def turned_round(values, epsilon, rng):
    explore = rng.random(len(values)) > epsilon
    return np.where(explore, rng.integers(0, 3, len(values)), values.argmax(axis=1))


def never_the_best(values, epsilon, rng):
    explore = rng.random(len(values)) < epsilon
    other = (values.argmax(axis=1) + rng.integers(1, 3, len(values))) % 3
    return np.where(explore, other, values.argmax(axis=1))


def left_or_stay(values, epsilon, rng):
    explore = rng.random(len(values)) < epsilon
    return np.where(explore, rng.integers(0, 2, len(values)), values.argmax(axis=1))


def one_draw(values, epsilon, rng):
    draw = rng.random(len(values))
    return np.where(draw < epsilon, (3 * draw).astype(int), values.argmax(axis=1))


def whole_draws(values, epsilon, rng):
    explore = rng.integers(0, 3, len(values)) < epsilon
    return np.where(explore, rng.integers(0, 3, len(values)), values.argmax(axis=1))


def with_if(values, epsilon, rng):
    if rng.random(len(values)) < epsilon:
        return rng.integers(0, 3, len(values))
    return values.argmax(axis=1)


def greedy(pick):
    def choose(values, epsilon, rng):
        explore = rng.random(len(values)) < epsilon
        return np.where(explore, rng.integers(0, 3, len(values)), pick(values))

    return choose


WRONG = {
    "swapped": (check.triplets, lambda s, o, m=0.2: ops.mean(ops.maximum(s - o + m, 0)), "swap"),
    "no zero": (check.triplets, lambda s, o, m=0.2: ops.mean(o - s + m), "each negative term"),
    "zero last": (check.triplets, lambda s, o, m=0.2: ops.maximum(ops.mean(o - s + m), 0), "not yet"),
    "no margin": (check.triplets, lambda s, o, m=0.2: ops.mean(ops.maximum(o - s, 0)), "margin is missing"),
    "margin off": (check.triplets, lambda s, o, m=0.2: ops.mean(ops.maximum(o - s - m, 0)), "Add the margin"),
    "fixed margin": (
        check.triplets,
        lambda s, o, m=0.2: ops.mean(ops.maximum(o - s + 0.2, 0)),
        "Use the argument",
    ),
    "summed": (check.triplets, lambda s, o, m=0.2: ops.sum(ops.maximum(o - s + m, 0)), "Take the mean"),
    "not averaged": (check.triplets, lambda s, o, m=0.2: ops.maximum(o - s + m, 0), "Take the mean"),
    "squared": (check.triplets, lambda s, o, m=0.2: ops.mean(ops.maximum(o - s + m, 0) ** 2), "square"),
    "no other": (check.triplets, lambda s, o, m=0.2: ops.mean(ops.maximum(m - s, 0)), "Where is other"),
    "zeros left out": (check.triplets, without_zeros, "zeros included"),
    "all but the first": (check.triplets, lambda s, o, m=0.2: loss(s[1:], o[1:], m), "Work out two triplets"),
    "other default": (check.triplets, lambda s, o, m=0.1: loss(s, o, m), "(same, other) returned"),
    "no default": (check.triplets, lambda s, o, m: loss(s, o, m), "Leave margin=0.2 in the first line"),
    "a float": (check.triplets, lambda s, o, m=0.2: float(loss(s, o, m)), "a plain float gives no gradient"),
    "in NumPy": (check.triplets, numpy_loss, "and return their tensor: NumPy gives no gradient"),
    "partly in NumPy": (
        check.triplets,
        lambda s, o, m=0.2: ops.mean(np.maximum(o - s + m, 0)),
        "not in training",
    ),
    "ops.max": (check.triplets, lambda s, o, m=0.2: ops.mean(ops.max(o - s + m, 0)), "largest of all"),
    "ops.max of two": (check.triplets, lambda s, o, m=0.2: ops.mean(ops.max(0, o - s + m)), "largest of all"),
    "margin as floor": (check.triplets, lambda s, o, m=0.2: ops.mean(ops.maximum(o - s, m)), "margin first"),
    "Python's max": (check.triplets, lambda s, o, m=0.2: max(o - s + m, 0), "single numbers"),
    "method mean": (check.triplets, lambda s, o, m=0.2: ops.maximum(o - s + m, 0).mean(), "no .mean()"),
    "formula's peak": (
        check.decibels,
        lambda p, o: 10 * np.log10(peak**2 / np.mean((p - o) ** 2)),  # noqa: F821
        "peak is 1",
    ),
    "255": (check.decibels, lambda p, o: 10 * np.log10(255 / np.mean((p - o) ** 2)), "0..255"),
    "natural": (check.decibels, lambda p, o: 10 * np.log(1 / np.mean((p - o) ** 2)), "log10"),
    "base 2": (check.decibels, lambda p, o: 10 * np.log2(1 / np.mean((p - o) ** 2)), "base 10"),
    "no ten": (check.decibels, lambda p, o: np.log10(1 / np.mean((p - o) ** 2)), "factor 10"),
    "twenty": (check.decibels, lambda p, o: 20 * np.log10(1 / np.mean((p - o) ** 2)), "squared already"),
    "negative": (check.decibels, lambda p, o: 10 * np.log10(np.mean((p - o) ** 2)), "sign"),
    "sum": (check.decibels, lambda p, o: 10 * np.log10(1 / np.sum((p - o) ** 2)), "not the sum"),
    "absolute": (check.decibels, lambda p, o: 10 * np.log10(1 / np.mean(abs(p - o))), "Square the errors"),
    "squared late": (check.decibels, lambda p, o: 10 * np.log10(1 / np.mean(p - o) ** 2), "each error first"),
    "root": (check.decibels, lambda p, o: 10 * np.log10(1 / np.sqrt(np.mean((p - o) ** 2))), "square root"),
    "eight bits": (check.decibels, lambda p, o: 10 * np.log10(255**2 / np.mean((p - o) ** 2)), "0..255"),
    "own peak": (
        check.decibels,
        lambda p, o: 10 * np.log10(o.max() ** 2 / np.mean((p - o) ** 2)),
        "peak is 1",
    ),
    "no logarithm": (check.decibels, lambda p, o: np.mean((p - o) ** 2), "Now the logarithm"),
    "each pixel": (check.decibels, lambda p, o: 10 * np.log10(1 / (p - o) ** 2), "mean over all pixels"),
    "ten inside": (
        check.decibels,
        lambda p, o: np.log10(10 * 1 / np.mean((p - o) ** 2)),
        "before the logarithm",
    ),
    "power": (check.decibels, lambda p, o: 10 ** np.log10(1 / np.mean((p - o) ** 2)), "with a single *"),
    "rounded": (check.decibels, lambda p, o: round(check.ratio(p, o), 1), "Don't round"),
    "whole": (check.decibels, lambda p, o: int(check.ratio(p, o)), "Don't round"),
    "each channel": (
        check.decibels,
        lambda p, o: np.mean(-10 * np.log10(np.mean((p - o).reshape(-1, p.shape[-1]) ** 2, axis=0))),
        "one mean over all channels",
    ),
    "another number": (check.decibels, lambda p, o: 1.0, "it is 20 dB"),
    "valid": (check.denoiser, network(padding="valid"), 'padding="same"'),
    "valid, no sum": (check.denoiser, network(padding="valid", skip=lambda n, g, x: x), 'padding="same"'),
    "relu at the end": (check.denoiser, network(last="relu"), "an activation at the end"),
    "sigmoid at the end": (check.denoiser, network(last="sigmoid"), "an activation at the end"),
    "no relu": (check.denoiser, network(relu=None), "needs a ReLU"),
    "leaky": (check.denoiser, network(relu="leaky_relu"), "needs a ReLU"),
    "ReLU at the very end": (
        check.denoiser,
        network(skip=lambda n, g, x: layers.Add()([g, layers.ReLU()(x)])),
        "an activation at the end",
    ),
    "dilated": (check.denoiser, network(dilation=2), "Leave out dilation_rate"),
    "guess less the map": (
        check.denoiser,
        network(skip=lambda n, g, x: layers.Subtract()([g, x])),
        "Yours is taken away",
    ),
    "no batch axis": (
        check.denoiser,
        network(size=(None,)),
        "found ndim=3. Full shape. A picture",
    ),
    "below each other": (
        check.denoiser,
        network(see=lambda: layers.Concatenate(axis=1)),
        "3 channels. Stack both pictures along the channels",
    ),
    "by name": (
        check.denoiser,
        network(give=lambda n, g: {"noisy": n, "guess": g}),
        "Put them into a list",
    ),
    "no skip": (check.denoiser, network(skip=lambda n, g, x: x), "Add the guess to"),
    "skip from noisy": (
        check.denoiser,
        network(skip=lambda n, g, x: layers.Add()([n, x])),
        "Add to the guess",
    ),
    "skip from both": (
        check.denoiser,
        network(skip=lambda n, g, x: layers.Add()([n, g, x])),
        "only the guess",
    ),
    "multiplied": (
        check.denoiser,
        network(skip=lambda n, g, x: layers.Multiply()([g, x])),
        "Add the guess to",
    ),
    "subtracted": (
        check.denoiser,
        network(skip=lambda n, g, x: layers.Subtract()([x, g])),
        "What do you add",
    ),
    "stacked": (check.denoiser, network(skip=lambda n, g, x: layers.Concatenate()([g, x])), "don't stack"),
    "only averaged": (check.denoiser, network(see=layers.Average), "Stack both"),
    "random start": (check.denoiser, network(start="glorot_uniform"), "before training"),
    "three convolutions": (check.denoiser, network(filters=(32, 32, 3)), "four with 32"),
    "64 filters": (check.denoiser, network(filters=(64, 64, 64, 64, 3)), "four with 32"),
    "32 at the end": (check.denoiser, network(filters=(32,) * 5), "3 filters"),
    "5×5": (check.denoiser, network(side=5), "not 3×3"),
    "fixed size": (check.denoiser, network(size=(40, 40)), "any size"),
    "one input": (check.denoiser, one_input, "needs both inputs"),
    "not a list": (check.denoiser, network(skip=lambda n, g, x: layers.Add()(g, x)), "take a list"),
    "both stacked": (
        check.denoiser,
        network(skip=lambda n, g, x: layers.Add()([layers.Concatenate()([n, g]), x])),
        "six stacked",
    ),
    "sequential": (check.denoiser, lambda: keras.Sequential([layers.Conv2D(3, 3)]), "one input"),
    "one input of two": (check.denoiser, not_connected, "needs both inputs"),
    "inputs swapped": (check.denoiser, swapped_inputs, "[noisy, guess]"),
    "all zeros": (check.denoiser, all_zeros, "hidden convolution"),
    "not a model": (check.denoiser, no_model, "keras.Model"),
    "gram not divided": (check.gram, lambda m: ops.transpose(places(m)) @ places(m), "number of places"),
    "gram by height": (
        check.gram,
        lambda m: ops.transpose(places(m)) @ places(m) / m.shape[0],
        "height alone",
    ),
    "partly NumPy's": (
        check.gram,
        lambda m: np.transpose(places(m)) @ places(m) / places(m).shape[0],
        "not in training",
    ),
    "NumPy's T": (check.gram, lambda m: places(m).T @ places(m), "ops.transpose"),
    "the word channels": (check.gram, lambda m: ops.reshape(m, (-1, channels)), "maps.shape[-1]"),  # noqa: F821
    "elementwise": (check.gram, lambda m: ops.transpose(places(m)) * places(m), "Multiply matrices"),
    "gram by channels": (
        check.gram,
        lambda m: ops.transpose(places(m)) @ places(m) / m.shape[-1],
        "not of channels",
    ),
    "gram by all": (
        check.gram,
        lambda m: ops.transpose(places(m)) @ places(m) / float(ops.size(m)),
        "places alone",
    ),
    "places with places": (check.gram, lambda m: places(m) @ ops.transpose(places(m)), "compares places"),
    "wrong reshape": (check.gram, wrong_reshape, "mixes up the channels"),
    "centred": (check.gram, centred, "Leave the mean in"),
    "not transposed": (check.gram, not_transposed, "Multiply matrices"),
    "gram in lists": (
        check.gram,
        lambda m: np.einsum("ija,ijb->ab", m, m).tolist(),
        "a plain list gives no gradient",
    ),
    "gram in NumPy": (
        check.gram,
        lambda m: np.einsum("ija,ijb->ab", m, m) / len(m),
        "NumPy gives no gradient",
    ),
    "mean of channels": (check.gram, lambda m: ops.mean(m, axis=(0, 1)), "shape"),
    "all at once": (check.explorer, all_at_once, "Each game decides"),
    "one random move": (check.explorer, one_random_move, "Draw one for each"),
    "a generator of its own": (check.explorer, own_rng(), "doesn't draw from rng"),
    "a seed of its own": (check.explorer, own_rng(0), "doesn't draw from rng"),
    "three games": (
        check.explorer,
        lambda v, e, rng: np.where(rng.random(3) < e, rng.integers(0, 3, 3), v.argmax(axis=1)),
        "n is len(values)",
    ),
    "decided by NumPy": (check.explorer, half_own(decide=other), "Use it for both draws"),
    "moved by NumPy": (check.explorer, half_own(move=other), "Use it for both draws"),
    "turned round": (check.explorer, turned_round, "turned round"),
    "never the best": (check.explorer, never_the_best, "may be the best one"),
    "left or stay": (check.explorer, left_or_stay, "equally often"),
    "one draw for both": (check.explorer, one_draw, "a second draw"),
    "whole draws": (check.explorer, whole_draws, "With epsilon = 1,"),
    "n": (check.explorer, lambda v, e, rng: rng.random(n) < e, "len(values)"),  # noqa: F821
    "with if": (check.explorer, with_if, "Each game decides"),
    "largest value": (check.explorer, greedy(lambda values: values.max(axis=1)), "argmax, not max"),
    "worst": (check.explorer, greedy(lambda values: values.argmin(axis=1)), "smallest value"),
    "best over all": (check.explorer, greedy(lambda values: values.argmax()), "not "),
    "along games": (
        check.explorer,
        greedy(lambda values: values.argmax(axis=0)),
        "axis=1",
    ),
    "always greedy": (check.explorer, lambda v, e, rng: v.argmax(axis=1), "never makes a random"),
    "always random": (check.explorer, lambda v, e, rng: rng.integers(0, 3, len(v)), "axis=1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_usual_slip_gets_its_hint(name, capsys):
    checking, answer, hint = WRONG[name]
    for _ in range(2 if checking is check.denoiser else 8):  # no draw may hide a slip
        found = said(checking, answer, capsys)
        assert found.startswith("not yet") and hint in found and found.count("\n") == 1, found


def test_a_relu_of_its_own_is_as_good():
    for own in (layers.ReLU(), layers.Activation("relu"), ops.relu) * 2:
        check.denoiser(network(relu=None, own=own))
    for active in (layers.ReLU(), ops.relu, lambda x: ops.maximum(x, 0)):
        check.denoiser(network(relu=active))


def test_two_inputs_may_be_a_tuple_and_a_sum_a_plus():
    check.denoiser(network(give=lambda n, g: (n, g), skip=lambda n, g, x: x + g))


def test_the_table_of_tasks(solutions, capsys):
    right = solutions["tasks"]
    assert said(check.task_table, right, capsys).startswith("ok")
    assert said(check.task_table, dict.fromkeys(right, (..., ...)), capsys).startswith("your turn")
    first, second, third, points, *_ = right
    assert said(check.task_table, {**right, points: ((34,), "squared error")}, capsys).startswith("ok")
    wrong = {
        "First: how many points": {**right, points: ((17,), "squared error")},
        "still has dots": {**dict.fromkeys(right, (..., ...)), first: right[first]},
        "written (10,)": {**right, first: (10, "cross-entropy")},
        "in round brackets, without quotes": {**right, first: ("(10,)", "cross-entropy")},
        "check the shape [192 192  10]. Write it in round": {**right, third: (np.array(right[third][0]), "")},
        "check the shape (2, 17). First: how many points? Then": {
            **right,
            points: ((2, 17), "squared error"),
        },
        "How many numbers for the whole": {**right, first: ((192, 192, 10), "cross-entropy")},
        "how many numbers at each": {**right, second: ((12, 12, 11), right[second][1])},
        "Which kinds of truth": {**right, second: (right[second][0], "cross-entropy")},
        "a class or a quantity": {**right, first: ((10,), "squared error")},
        "is no loss of the list": {**right, first: ((10,), "MSE")},
        "give a pair": {**right, first: (10,)},
        "is missing": {second: right[second]},
    }
    assert (
        said(
            check.task_table, {**right, second: (right[second][0], "squared error and cross-entropy")}, capsys
        )[:2]
        == "ok"
    )
    for hint, answers in wrong.items():
        found = said(check.task_table, answers, capsys)
        assert found.startswith("not yet") and hint in found and found.count("\n") == 1, found
