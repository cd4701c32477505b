"""Self-checks: right answers pass, and the wrong ones that a naive check lets through fail with a reason."""

import ast
import subprocess
import sys

import numpy as np
import pytest
from homework_solutions import solutions

from helpers import check
from helpers.check import compare

RIGHT = solutions("hw3")


# --- how answers are called and compared --------------------------------------------------------------------


def double(x):
    return 2 * x


def test_call_returns_the_result_and_lets_generators_move_on():
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    assert compare.call(lambda x, rng: x + rng.integers(0, 9) * 0, 3, rng) == 3
    assert rng.bit_generator.state != state


def zero_in_place(x):
    x[0] = 0
    return x


def zero_in_a_list(xs):
    xs[1] *= 0
    return xs


def pop(xs):
    xs.pop()
    return xs


@pytest.mark.parametrize("wrong, argument", [(zero_in_place, np.ones(3)), (zero_in_a_list, [1, np.ones(2)])])
def test_call_notices_changed_arguments(wrong, argument):
    with pytest.raises(AssertionError, match=rf"{wrong.__name__}\(.* changed its argument number 1"):
        compare.call(wrong, argument)


def test_call_notices_a_list_that_got_shorter():
    with pytest.raises(AssertionError, match="changed its argument"):
        compare.call(pop, [np.ones(2), np.ones(2)])


def test_call_names_the_innermost_function_that_is_missing():
    def inner(x):
        raise NotImplementedError()

    def outer(x):
        return inner(x)

    with pytest.raises(AssertionError, match=r"^inner is not written yet"):
        compare.call(outer, 1)


def test_a_keras_layer_that_is_not_written_is_no_stub():
    import keras

    def called_on_nothing(maps):
        return keras.layers.Layer().compute_output_shape(maps)

    with pytest.raises(AssertionError, match="stopped with NotImplementedError") as told:
        compare.attempt(called_on_nothing, int)
    assert not isinstance(told.value, compare.NotWritten)


def test_call_leaves_out_the_prefix_of_tensorflow():
    def index(x):
        raise ValueError("{{function_node __wrapped__StridedSlice_device_/job:localhost}} slice index 3")

    with pytest.raises(AssertionError, match=r"index\(1\) stopped with ValueError: slice index 3$"):
        compare.call(index, 1)


def test_call_reports_errors_with_the_call():
    with pytest.raises(AssertionError, match=r"double\(None\) stopped with TypeError: unsupported"):
        compare.call(double, None)


@pytest.mark.parametrize(
    "got, words",
    [
        ([1.0, 2.0], "returned list of 2; it should return an array of shape"),
        (None, "returned None"),
        (np.ones((3, 2)), r"shape \(3, 2\); it should be \(2, 3\). The axes seem to be swapped"),
        (np.ones((2, 1)), r"shape \(2, 1\)"),
        (np.ones((2, 3), int), "int64 numbers; it should return floats"),
        (np.full((2, 3), np.nan), r"nan at \[0, 0\], which is no finite number"),
        (np.array([[1, 1, 1], [1, 1.5, 1.25]]), r"1.5 at \[1, 1\], which is off by 0.5 \(allowed .* 2 of 6"),
    ],
)
def test_close_says_what_is_wrong(got, words):
    with pytest.raises(AssertionError, match=words):
        compare.close(got, np.ones((2, 3)), "f(x)")


def test_close_counts_entries_only_where_there_are_several():
    with pytest.raises(AssertionError, match=r"f returned 2, which is off by 1 \(allowed [^ ]*\)\.$"):
        compare.close(2.0, 1.0, "f")


def test_close_measures_the_error_and_takes_any_number_for_a_number():
    assert compare.close(np.array([1.0, 2.0]), [1.0, 2.1], "f", atol=0.2) == pytest.approx(0.1)
    for number in (1.5, np.float32(1.5), np.array(1.5)):
        assert compare.close(number, 1.5, "f") == 0


def test_numerical_gradient_of_a_closed_form():
    a = np.random.default_rng(0).normal(size=(3, 2))
    kept = a.copy()
    found = check.numerical_gradient(lambda: np.sin(a).sum(), a)
    np.testing.assert_allclose(found, np.cos(a), atol=1e-9)
    np.testing.assert_array_equal(a, kept)
    with pytest.raises(ValueError, match=r"float32; central differences need float64"):
        check.numerical_gradient(lambda: 0, np.ones(2, np.float32))


def test_the_checks_import_neither_tensorflow_nor_keras(root):
    code = (
        "import sys, helpers.check; print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert ast.literal_eval(done.stdout) == []


# --- right answers ------------------------------------------------------------------------------------------


def kinked(name):
    return lambda rng: RIGHT.Activation(getattr(RIGHT, name), getattr(RIGHT, f"{name}_slope"))


PASSING = {
    "layer, dense": lambda: check.layer(lambda rng: RIGHT.Dense(3, 2, rng), (4, 3)),
    "layer, activation": lambda: check.layer(kinked("elu"), (3, 2)),
    "layer, maps": lambda: check.layer(lambda rng: RIGHT.Maps(), (2, 784)),
    "layer, flatten": lambda: check.layer(lambda rng: RIGHT.Flatten(), (2, 3, 4, 5)),
    "network": lambda: check.network(lambda rng: RIGHT.deep([3, 5, 4, 2], rng), (4, 3)),
    "dropout": lambda: check.dropout(RIGHT.Dropout),
    "convolution, loops": lambda: check.convolution(RIGHT.convolve_loops),
    "columns": lambda: check.columns(RIGHT.im2col, RIGHT.col2im),
    "convolution_layer": lambda: check.convolution_layer(RIGHT.Conv),
    "max_pool": lambda: check.max_pool(RIGHT.MaxPool),
    "lenet": lambda: check.lenet(RIGHT.lenet),
    "lenet, ReLU before pooling": lambda: check.lenet(lenet_relu_first),
    "tanh, a slope that overflows": lambda: check.activation(
        "tanh", lambda z: 2 / (1 + np.exp(-2 * z)) - 1, lambda z: 1 / np.cosh(z) ** 2
    ),
    "ladder": lambda: check.ladder({"a": 1.0, "b": 0.5}, ("a", "b")),
}
FUNCTIONS = "relu softmax dense random_layer two_layers one_hot cross_entropy gradient descend".split()
FUNCTIONS += ["batches", "sgd_epoch"]
PASSING |= {name: lambda name=name: getattr(check, name)(getattr(RIGHT, name)) for name in FUNCTIONS}
PASSING |= {
    name: lambda name=name: check.activation(name, getattr(RIGHT, name), getattr(RIGHT, f"{name}_slope"))
    for name in ("relu", "tanh", "leaky_relu", "elu", "selu")
}


@pytest.mark.parametrize("name", PASSING)
def test_right_answers_pass_again_and_again_and_say_so(name, capsys):
    for _ in range(3):
        PASSING[name]()
    printed = capsys.readouterr().out
    assert printed.count("ok  ") >= 3


# --- wrong answers ------------------------------------------------------------------------------------------
# Each is (check, wrong answer, words of the message). Many return the right shape and plausible numbers.

relu, softmax, dense = RIGHT.relu, RIGHT.softmax, RIGHT.dense


def relu_in_place(z):
    z[z < 0] = 0
    return z


def softmax_of_everything(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def softmax_down_the_columns(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def softmax_less(number):
    def softmax(z):
        e = np.exp(z - number(z))
        return e / e.sum(axis=1, keepdims=True)

    return softmax


def softmax_that_overflows(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def softmax_that_underflows(z):
    """Subtract one maximum for the whole batch."""
    e = np.exp(np.clip(z - 1000, None, 0)) if z.max() > 500 else np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_in_place(z):
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def softmax_of_the_first_row(z):
    return np.tile(softmax(z[:1]), (len(z), 1))


def dense_with_biases_down_the_rows(x, w, b):
    return x @ w + (b[:, None] if len(b) == len(x) else b)


def dense_of_the_first_row(x, w, b):
    return np.tile(x[:1] @ w + b, (len(x), 1))


def without_rng(inputs, outputs, rng):
    return RIGHT.random_layer(inputs, outputs, np.random.default_rng())


def always_the_same(inputs, outputs, rng):
    return RIGHT.random_layer(inputs, outputs, np.random.default_rng(0))


def scaled(factor):
    def random_layer(inputs, outputs, rng):
        w, b = RIGHT.random_layer(inputs, outputs, rng)
        return (factor(inputs, outputs) * w).astype(np.float32), b

    return random_layer


def uniform_layer(inputs, outputs, rng):
    limit = np.sqrt(6 / inputs)
    return rng.uniform(-limit, limit, (inputs, outputs)).astype(np.float32), np.zeros(outputs, np.float32)


def clipped_layer(inputs, outputs, rng):
    w, b = RIGHT.random_layer(inputs, outputs, rng)
    return np.clip(w, *(np.float32([-1.5, 1.5]) * np.sqrt(2 / inputs, dtype=np.float32))), b


def one_neuron_copied(inputs, outputs, rng):
    w, _ = RIGHT.random_layer(inputs, 1, rng)
    return np.tile(w, (1, outputs)), np.zeros(outputs, np.float32)


def doubles(inputs, outputs, rng):
    return rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs)), np.zeros(outputs)


def random_biases(inputs, outputs, rng):
    w, _ = RIGHT.random_layer(inputs, outputs, rng)
    return w, rng.normal(size=outputs).astype(np.float32)


def two_layers_without_relu(x, p):
    return softmax(dense(dense(x, *p[:2]), *p[2:]))


def two_layers_of_scores(x, p):
    return dense(relu(dense(x, *p[:2])), *p[2:])


def two_layers_without_bias(x, p):
    return softmax(relu(x @ p[0]) @ p[2])


def two_layers_relu_at_the_end(x, p):
    return softmax(relu(dense(relu(dense(x, *p[:2])), *p[2:])))


def one_hot_as_wide_as_it_gets(labels, classes):
    return np.eye(labels.max() + 1, dtype=np.float32)[labels]


def one_hot_of_integers(labels, classes):
    return np.eye(classes, dtype=int)[labels]


def one_hot_in_double(labels, classes):
    return np.eye(classes)[labels]


def cross_entropy_as_a_sum(p, t):
    return -(t * np.log(np.maximum(p, 1e-12))).sum()


def cross_entropy_mean_over_all(p, t):
    return -(t * np.log(np.maximum(p, 1e-12))).mean()


def cross_entropy_unprotected(p, t):
    return -(t * np.log(p)).sum(axis=1).mean()


def cross_entropy_mended(p, t):
    return -np.nan_to_num(t * np.log(p)).sum(axis=1).mean()


def cross_entropy_of_the_first(p, t):
    return RIGHT.cross_entropy(p[:1], t[:1])


def cross_entropy_per_row(p, t):
    return -(t * np.log(np.maximum(p, 1e-12))).sum(axis=1)


def cross_entropy_kept_far_from_zero(p, t):
    return -(t * np.log(np.maximum(p, 1e-4))).sum(axis=1).mean()


def cross_entropy_in_bits(p, t):
    return RIGHT.cross_entropy(p, t) / np.log(2)


def gradient_as_a_sum(x, t, p):
    return [len(x) * g for g in RIGHT.gradient(x, t, p)]


def gradient_without_relu(x, t, p):
    w1, b1, w2, b2 = p
    h = relu(dense(x, w1, b1))
    d = (softmax(dense(h, w2, b2)) - t) / len(x)
    e = d @ w2.T
    return [x.T @ e, e.sum(axis=0), h.T @ d, d.sum(axis=0)]


def gradient_uphill(x, t, p):
    return [-g for g in RIGHT.gradient(x, t, p)]


def gradient_in_another_order(x, t, p):
    w1, b1, w2, b2 = RIGHT.gradient(x, t, p)
    return [w1, w2, b1, b2]


def gradient_of_the_first(x, t, p):
    return RIGHT.gradient(x[:1], t[:1], p)


def gradient_with_mean_biases(x, t, p):
    w1, b1, w2, b2 = RIGHT.gradient(x, t, p)
    return [w1, b1 / len(x), w2, b2 / len(x)]


@pytest.mark.parametrize("seed", [1115, 1462])  # the first draw gives a probability below 1e-12
def test_clipping_a_tiny_probability_costs_no_points(seed, monkeypatch, capsys):
    """A right answer must not depend on what was drawn for it."""
    draw = np.random.default_rng
    monkeypatch.setattr(np.random, "default_rng", lambda *given: draw(*given or [seed]))
    check.descend(RIGHT.descend)
    assert "ok  descend" in capsys.readouterr().out


def descend_in_place(x, t, p, rate, steps):
    losses = []
    for _ in range(steps):
        losses.append(RIGHT.cross_entropy(RIGHT.two_layers(x, p), t))
        for array, g in zip(p, RIGHT.gradient(x, t, p), strict=True):
            array -= rate * g
    return p, losses


def descend_with_losses_after(x, t, p, rate, steps):
    losses = []
    for _ in range(steps):
        p = [a - rate * g for a, g in zip(p, RIGHT.gradient(x, t, p), strict=True)]
        losses.append(RIGHT.cross_entropy(RIGHT.two_layers(x, p), t))
    return p, losses


def descend_one_by_one(x, t, p, rate, steps):
    """Take each gradient after the parameter before it has moved."""
    p, losses = list(p), []
    for _ in range(steps):
        losses.append(RIGHT.cross_entropy(RIGHT.two_layers(x, p), t))
        for n in range(4):
            p[n] = p[n] - rate * RIGHT.gradient(x, t, p)[n]
    return p, losses


def ascend(x, t, p, rate, steps):
    return RIGHT.descend(x, t, p, -rate, steps)


def descend_once(x, t, p, rate, steps):
    return RIGHT.descend(x, t, p, rate, 1)


def descend_without_losses(x, t, p, rate, steps):
    return RIGHT.descend(x, t, p, rate, steps)[0]


def batches_in_order(count, size, rng):
    return [np.arange(count)[first : first + size] for first in range(0, count, size)]


def batches_without_the_rest(count, size, rng):
    order = rng.permutation(count)
    return [order[first : first + size] for first in range(0, count - size + 1, size)]


def batches_drawn(count, size, rng):
    return [rng.integers(0, count, min(size, count - first)) for first in range(0, count, size)]


def batches_shuffled_once(count, size, rng):
    return RIGHT.batches(count, size, np.random.default_rng(3))


def batches_with_other_luck(count, size, rng):
    return RIGHT.batches(count, size, np.random.default_rng())


def batches_one_by_one(count, size, rng):
    yield from RIGHT.batches(count, size, rng)


def batches_shuffled_inside(count, size, rng):
    return [rng.permutation(rows) for rows in batches_in_order(count, size, rng)]


def epoch_from_the_start(x, t, p, rate, batch, rng):
    """Take all gradients of an epoch at the first parameters."""
    new = p
    for rows in RIGHT.batches(len(x), batch, rng):
        new = [a - rate * slope for a, slope in zip(new, RIGHT.gradient(x[rows], t[rows], p), strict=True)]
    return new


def epoch(
    *, deal=RIGHT.batches, scale=lambda rows, batch: 1.0, shuffle_targets=False, in_place=False, repeat=1
):
    """Write an epoch with one thing wrong."""

    def sgd_epoch(x, t, p, rate, batch, rng):
        if shuffle_targets:
            t = t[::-1]
        for rows in deal(len(x), batch, rng) * repeat:
            slopes = RIGHT.gradient(x[rows], t[rows], p)
            steps = [rate * scale(rows, batch) * slope for slope in slopes]
            if in_place:
                for array, by in zip(p, steps, strict=True):
                    array -= by
            else:
                p = [array - by for array, by in zip(p, steps, strict=True)]
        return p

    return sgd_epoch


WRONG_FUNCTIONS = [
    (check.relu, np.abs, "off by"),
    (check.relu, relu_in_place, "changed its argument"),
    (check.relu, lambda z: z, "off by"),
    (check.relu, lambda z: np.zeros_like(z), "off by"),
    (check.relu, lambda z: np.maximum(z, 0).tolist(), "returned list"),
    (check.relu, lambda z: (z > 0).astype(float), "off by"),
    (check.relu, lambda z: np.maximum(z, 0)[:4], "shape"),
    (check.softmax, softmax_of_everything, "off by"),
    (check.softmax, softmax_down_the_columns, "off by"),
    (check.softmax, softmax_that_overflows, "near 1000 returned nan"),
    (check.softmax, softmax_that_underflows, "near -1000|near 1000"),
    (check.softmax, softmax_less(np.max), "one row near 1000, one near -1000 returned nan"),
    (check.softmax, softmax_less(lambda z: z.mean(axis=1, keepdims=True)), "near 2000, .* returned nan"),
    (check.softmax, softmax_in_place, "changed its argument"),
    (check.softmax, softmax_of_the_first_row, "off by"),
    (check.softmax, lambda z: np.full(z.shape, 1 / z.shape[1]), "off by"),
    (check.softmax, lambda z: np.log(softmax(z)), "off by"),
    (check.softmax, lambda z: (z == z.max(axis=1, keepdims=True)).astype(float), "off by"),
    (check.softmax, lambda z: np.exp(z) / np.exp(z).sum(), "off by"),
    (check.softmax, lambda z: [list(row) for row in softmax(z)], "returned list"),
    (check.softmax, lambda z: softmax(z).T, "axes seem to be swapped|off by"),
    (check.softmax, lambda z: None, "returned None"),
    (check.dense, lambda x, w, b: x @ w, "off by"),
    (check.dense, dense_with_biases_down_the_rows, "off by"),
    (check.dense, dense_of_the_first_row, "off by"),
    (check.dense, lambda x, w, b: (x @ w + b).sum(axis=0), "shape"),
    (check.dense, lambda x, w, b: (x @ w + b).astype(np.float16), "off by"),
    (check.dense, lambda x, w, b: x @ w + b.mean(), "off by"),
    (check.dense, lambda x, w, b: x @ (w.T if len(w) == w.shape[1] else w) + b, "off by"),
    (check.dense, lambda x, w, b: relu(x @ w + b), "off by"),
    (
        check.random_layer,
        lambda i, o, rng: (np.zeros((i, o), np.float32), np.zeros(o, np.float32)),
        "same weights",
    ),
    (check.random_layer, without_rng, "same seed"),
    (check.random_layer, always_the_same, "same weights twice"),
    (check.random_layer, scaled(lambda i, o: 0.1), "standard deviation"),
    (check.random_layer, scaled(lambda i, o: np.sqrt(0.5)), "standard deviation"),
    (check.random_layer, scaled(lambda i, o: np.sqrt(i / o)), "standard deviation"),
    (check.random_layer, scaled(lambda i, o: np.sqrt(2 / i)), "standard deviation"),
    (check.random_layer, uniform_layer, "beyond two standard deviations"),
    (check.random_layer, clipped_layer, r"[67]\.\d% of the weights are exactly .* clipped"),
    (check.random_layer, one_neuron_copied, "weights are different"),
    (check.random_layer, doubles, "float64, not float32"),
    (check.random_layer, random_biases, "biases should begin at 0"),
    (check.random_layer, lambda i, o, rng: RIGHT.random_layer(o, i, rng), "swapped"),
    (check.two_layers, two_layers_without_relu, "off by"),
    (check.two_layers, two_layers_of_scores, "off by"),
    (check.two_layers, two_layers_without_bias, "off by"),
    (check.two_layers, two_layers_relu_at_the_end, "off by"),
    (check.two_layers, lambda x, p: np.tile(RIGHT.two_layers(x[:1], p), (len(x), 1)), "off by"),
    (check.one_hot, one_hot_as_wide_as_it_gets, "shape"),
    (check.one_hot, one_hot_of_integers, "int64 numbers"),
    (check.one_hot, one_hot_in_double, "should return float32"),
    (check.one_hot, lambda y, k: RIGHT.one_hot(y, k).T, "swapped|off by|shape"),
    (check.one_hot, lambda y, k: np.zeros((len(y), k), np.float32), "off by"),
    (check.one_hot, lambda y, k: RIGHT.one_hot(y, k).tolist(), "returned list"),
    (check.one_hot, lambda y, k: RIGHT.one_hot((y.astype(int) + 1) % k, k), "off by"),
    (check.cross_entropy, cross_entropy_as_a_sum, "off by"),
    (check.cross_entropy, cross_entropy_mean_over_all, "off by"),
    (check.cross_entropy, cross_entropy_unprotected, "probability 0"),
    (check.cross_entropy, cross_entropy_mended, r"returned 1.8e\+308. Keep p itself"),
    (check.cross_entropy, cross_entropy_of_the_first, "off by"),
    (check.cross_entropy, cross_entropy_per_row, "shape"),
    (check.cross_entropy, cross_entropy_kept_far_from_zero, "only a little away|off by"),
    (check.cross_entropy, cross_entropy_in_bits, "off by"),
    (check.cross_entropy, lambda p, t: -RIGHT.cross_entropy(p, t), "off by"),
    (check.cross_entropy, lambda p, t: np.nan_to_num(cross_entropy_unprotected(p, t)), "probability 0"),
    (check.gradient, gradient_as_a_sum, "off by"),
    (check.gradient, gradient_without_relu, "off by"),
    (check.gradient, gradient_uphill, "off by"),
    (check.gradient, gradient_in_another_order, "shape|off by"),
    (check.gradient, gradient_of_the_first, "off by"),
    (check.gradient, gradient_with_mean_biases, "gradient of b1 .*off by"),
    (check.gradient, lambda x, t, p: [np.zeros_like(a) for a in p], "off by"),
    (check.gradient, lambda x, t, p: RIGHT.gradient(x, t, p)[:2], "list of 4 arrays"),
    (check.descend, descend_in_place, "changed its argument number 3"),
    (check.descend, descend_with_losses_after, "losses, returned .* off by"),
    (check.descend, descend_one_by_one, "off by"),
    (check.descend, ascend, "off by"),
    (check.descend, descend_once, "losses should be a list of 3"),
    (check.descend, descend_without_losses, "two things"),
    (
        check.descend,
        lambda x, t, p, rate, steps: (p, RIGHT.descend(x, t, p, rate, steps)[1]),
        "w1 returned .*off by",
    ),
    (check.batches, batches_in_order, "same order"),
    (check.batches, batches_one_by_one, "returned generator, which has no length"),
    (check.batches, lambda n, k, rng: map(np.array, RIGHT.batches(n, k, rng)), "map, which has no length"),
    (check.batches, batches_shuffled_inside, "same rows together .* Shuffle all rows first"),
    (check.batches, batches_without_the_rest, "list of 5 arrays"),
    (check.batches, batches_drawn, "times. Each row comes once"),
    (check.batches, batches_shuffled_once, "same order"),
    (check.batches, batches_with_other_luck, "equal seeds"),
    (check.batches, lambda n, size, rng: [rng.permutation(n)], "list of 5 arrays"),
    (check.sgd_epoch, epoch_from_the_start, "two batches .* the parameters that the first step left"),
    (check.sgd_epoch, epoch(deal=batches_in_order), "same images in three epochs"),
    (check.sgd_epoch, epoch(deal=batches_without_the_rest), "made no difference"),
    (check.sgd_epoch, epoch(deal=lambda n, size, rng: RIGHT.batches(n, size, rng)[:1]), "made no difference"),
    (check.sgd_epoch, epoch(deal=batches_with_other_luck), "same seed"),
    (check.sgd_epoch, epoch(scale=lambda rows, batch: len(rows)), "off by a factor"),
    (check.sgd_epoch, epoch(scale=lambda rows, batch: len(rows) / batch), "factor|left for the last"),
    (check.sgd_epoch, epoch(scale=lambda rows, batch: -1.0), "off by a factor|direction"),
    (check.sgd_epoch, epoch(repeat=2), "off by a factor"),
    (check.sgd_epoch, epoch(shuffle_targets=True), "wrong direction"),
    (check.sgd_epoch, epoch(in_place=True), "changed its argument number 3"),
    (check.sgd_epoch, lambda x, t, p, rate, batch, rng: p, "made no difference"),
    (check.sgd_epoch, lambda x, t, p, rate, batch, rng: RIGHT.descend(x, t, p, rate, 1)[0], "factor"),
]


@pytest.mark.parametrize(
    "checked, wrong, words",
    WRONG_FUNCTIONS,
    ids=[f"{c.__name__}-{w.__name__}-{n}" for n, (c, w, _) in enumerate(WRONG_FUNCTIONS)],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_wrong_functions_fail_with_a_reason(checked, wrong, words, capsys):
    with pytest.raises(AssertionError, match=words):
        checked(wrong)
    assert "ok" not in capsys.readouterr().out


# --- wrong layers -------------------------------------------------------------------------------------------


def altered(base, **methods):
    """Derive a class from a solution with some methods replaced."""
    return type(base.__name__, (base,), methods)


def times(factor):
    return lambda self, gradient: factor * super(type(self), self).backward(gradient)


class DenseWithMeans(RIGHT.Dense):
    def backward(self, gradient):
        back = super().backward(gradient)
        self.gradients = [g / len(gradient) for g in self.gradients]
        return back


class DenseTransposed(RIGHT.Dense):
    """Right only where the weights are square."""

    def backward(self, gradient):
        super().backward(gradient)
        return gradient @ self.parameters[0]


class DenseForgetful(RIGHT.Dense):
    """Remembers the input of its first call only."""

    def forward(self, x, training=False):
        if not hasattr(self, "x"):
            self.x = x
        return dense(x, *self.parameters)


class DenseAddingUp(RIGHT.Dense):
    """Adds the gradients of each call to those before."""

    def backward(self, gradient):
        before = getattr(self, "gradients", [0, 0])
        back = super().backward(gradient)
        self.gradients = [old + new for old, new in zip(before, self.gradients, strict=True)]
        return back


class ActivationKeepingOutput(RIGHT.Activation):
    def forward(self, x, training=False):
        self.x = self.function(x)
        return self.x


class ActivationAtOutput(RIGHT.Activation):
    """Takes the slope at what came out."""

    def backward(self, gradient):
        return gradient * self.slope(self.function(self.x))


def network_told(training):
    """Make a network that tells its layers something else."""

    def forward(self, x, asked=False):
        for layer in self.layers:
            x = layer.forward(x, *training)
        return x

    return altered(RIGHT.Network, forward=forward)


class NetworkTurningRound(RIGHT.Network):
    """Leaves its list of layers reversed."""

    def backward(self, gradient):
        self.layers.reverse()
        for layer in self.layers:
            gradient = layer.backward(gradient)
        return gradient


class NetworkForwards(RIGHT.Network):
    """Sends gradients through the layers in the order of the way forward."""

    def backward(self, gradient):
        for layer in self.layers:
            gradient = layer.backward(gradient)
        return gradient


class NetworkSkippingTheFirst(RIGHT.Network):
    def backward(self, gradient):
        for layer in self.layers[:0:-1]:
            gradient = layer.backward(gradient)
        return gradient


class NetworkSkippingTheLast(RIGHT.Network):
    def forward(self, x, training=False):
        for layer in self.layers[:-2]:
            x = layer.forward(x, training)
        return self.layers[-1].forward(x, training)


class DropoutAlways(RIGHT.Dropout):
    def forward(self, x, training=False):
        return super().forward(x, True)


class DropoutUnscaled(RIGHT.Dropout):
    def forward(self, x, training=False):
        if not training:
            return x
        self.scale = (self.rng.random(x.shape) >= self.rate).astype(x.dtype)
        return x * self.scale


class DropoutOfTheRest(RIGHT.Dropout):
    """Keeps what it should drop."""

    def __init__(self, rate, rng):
        super().__init__(1 - rate, rng)


class DropoutFrozen(RIGHT.Dropout):
    def forward(self, x, training=False):
        self.rng = np.random.default_rng(0)
        return super().forward(x, training)


class DropoutOfRows(RIGHT.Dropout):
    def forward(self, x, training=False):
        if not training:
            return x
        self.scale = (self.rng.random((len(x), 1)) >= self.rate) / (1 - self.rate)
        self.scale = np.broadcast_to(self.scale, x.shape)
        return x * self.scale


class DropoutElsewhere(RIGHT.Dropout):
    def __init__(self, rate, rng):
        super().__init__(rate, np.random)


class DropoutNewOnTheWayBack(RIGHT.Dropout):
    def backward(self, gradient):
        return gradient * (self.rng.random(gradient.shape) >= self.rate) / (1 - self.rate)


class DropoutNotBack(RIGHT.Dropout):
    def backward(self, gradient):
        return gradient


class PoolShared(RIGHT.MaxPool):
    """Sends the gradient to every place that holds the maximum."""

    def backward(self, gradient):
        wide = self.y.repeat(2, axis=2).repeat(2, axis=3)
        return (self.x == wide) * gradient.repeat(2, axis=2).repeat(2, axis=3)


class PoolSplit(PoolShared):
    """Shares the gradient out evenly among equal maxima."""

    def backward(self, gradient):
        hits = self.x == self.y.repeat(2, axis=2).repeat(2, axis=3)
        count = (
            hits[:, :, ::2, ::2] * 1.0
            + hits[:, :, ::2, 1::2]
            + hits[:, :, 1::2, ::2]
            + hits[:, :, 1::2, 1::2]
        )
        return super().backward(gradient / count)


class PoolFromZero(RIGHT.MaxPool):
    def forward(self, x, training=False):
        return np.maximum(super().forward(x, training), 0)


class PoolOfMeans(RIGHT.MaxPool):
    def forward(self, x, training=False):
        return (x[:, :, ::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, ::2] + x[:, :, 1::2, 1::2]) / 4


class PoolOfCorners(RIGHT.MaxPool):
    def forward(self, x, training=False):
        return np.maximum(x[:, :, ::2, ::2], x[:, :, 1::2, 1::2])


class ConvFlipped(RIGHT.Conv):
    def forward(self, x, training=False):
        w, b = self.parameters
        return RIGHT.convolve_windows(x, w[::-1, ::-1], b)


class ConvWithoutBias(RIGHT.Conv):
    def forward(self, x, training=False):
        return super().forward(x, training) - self.parameters[1][:, None, None, None]


class ConvWithoutFullBack(RIGHT.Conv):
    """Overwrites instead of adding on the way back."""

    def backward(self, gradient):
        w, _ = self.parameters
        k = len(w)
        super().backward(gradient)
        copies = np.einsum("abcf,fnij->abcnij", w, gradient)
        back = np.zeros(self.shape)
        for a in range(k):
            for b in range(k):
                back[:, :, a : a + copies.shape[4], b : b + copies.shape[5]] = copies[a, b]
        return back


class ConvInDouble(RIGHT.Conv):
    def forward(self, x, training=False):
        return super().forward(x.astype(float), training)


class ConvMeanGradients(RIGHT.Conv):
    def backward(self, gradient):
        back = super().backward(gradient)
        self.gradients = [g / gradient.shape[1] for g in self.gradients]
        return back


class ConvBiasOfOneImage(RIGHT.Conv):
    def backward(self, gradient):
        back = super().backward(gradient)
        self.gradients[1] = gradient[:, 0].sum(axis=(1, 2))
        return back


def add_without_at(copies, shape):
    """Lose repeats: fancy indexing adds each place only once."""
    k = len(copies)
    x = np.zeros(shape)
    for a in range(k):
        for b in range(k):
            x[:, :, a : a + copies.shape[4], b : b + copies.shape[5]] = copies[a, b]
    return x


def lenet_padded(rng):
    made = RIGHT.lenet(rng)
    made.layers[8] = RIGHT.Dense(400, 120, rng)
    return made


def lenet_without(*numbers):
    def lenet(rng):
        made = RIGHT.lenet(rng)
        return RIGHT.Network([each for n, each in enumerate(made.layers) if n not in numbers])

    return lenet


def lenet_with(make, *numbers):
    """Replace layers (ReLUs are 3, 6, 9, 11) by one each, or all of them by the same one."""

    def lenet(rng):
        made = RIGHT.lenet(rng)
        for number in numbers:
            made.layers[number] = make() if callable(make) else make
        return made

    return lenet


def lenet_at_the_end(rng):
    made = RIGHT.lenet(rng)
    return RIGHT.Network([*made.layers, RIGHT.relu_layer()])


def lenet_relu_first(rng):
    """Put ReLU before pooling, which gives the same."""
    made = RIGHT.lenet(rng)
    for n in (2, 5):
        made.layers[n], made.layers[n + 1] = made.layers[n + 1], made.layers[n]
    return made


def lenet_mixing(rng):
    """Flatten maps in the wrong order: 256 numbers each, and of several images."""

    class Mixed(RIGHT.Flatten):
        def forward(self, x, training=False):
            self.shape = x.shape
            return x.reshape(x.shape[1], -1)

    made = RIGHT.lenet(rng)
    made.layers[7] = Mixed()
    return made


def deep_of(network=RIGHT.Network, dense_layer=RIGHT.Dense):
    def build(rng):
        relu_layer = RIGHT.Activation(RIGHT.relu, RIGHT.relu_slope)
        return network(
            [
                dense_layer(4, 6, rng),
                relu_layer,
                dense_layer(6, 5, rng),
                kinked("tanh")(rng),
                dense_layer(5, 3, rng),
            ]
        )

    return build


def dense_layer(kind, inputs=5, outputs=3):
    return lambda: check.layer(lambda rng: kind(inputs, outputs, rng), (4, inputs))


def conv_of_ints(x, w, b):
    return np.round(RIGHT.convolve_windows(x, w, b)).astype(int)


def conv_of_one_image(x, w, b):
    return np.repeat(RIGHT.convolve_windows(x[:, :1], w, b), x.shape[1], axis=1)


def conv_of_one_channel(x, w, b):
    return RIGHT.convolve_windows(x[:1], w[:, :, :1], b)


def conv_flipped(x, w, b):
    return RIGHT.convolve_windows(x, w[::-1, ::-1], b)


def conv_turned(x, w, b):
    return RIGHT.convolve_windows(x, w.transpose(1, 0, 2, 3), b)


WRONG_LAYERS = {
    "dense means": (dense_layer(DenseWithMeans), r"gradients\[0\] returned .*off by"),
    "dense transposed": (dense_layer(DenseTransposed, 4, 4), "backward on .*off by"),
    "dense negative": (dense_layer(altered(RIGHT.Dense, backward=times(-1))), "backward on .*off by"),
    "dense no gradient": (
        dense_layer(altered(RIGHT.Dense, backward=lambda s, g: None)),
        "Dense.backward should leave 2 arrays",
    ),
    "activation at output": (
        lambda: check.layer(lambda rng: ActivationAtOutput(RIGHT.elu, RIGHT.elu_slope), (3, 4)),
        "came in on the way forward",
    ),
    "activation keeps output": (
        lambda: check.layer(lambda rng: ActivationKeepingOutput(np.sin, np.cos), (3, 4)),
        "came in on the way forward",
    ),
    "dense adds up": (
        dense_layer(DenseAddingUp),
        r"gradients\[0\] .* Those of the last call are still in it",
    ),
    "network forgetful": (lambda: check.network(deep_of(dense_layer=DenseForgetful), (5, 4)), "off by"),
    "network forwards": (
        lambda: check.network(deep_of(NetworkForwards), (5, 4)),
        r"Network.*backward calls the layers \[0, 1, 2\] .* from the last to the first",
    ),
    "network skips first": (
        lambda: check.network(deep_of(NetworkSkippingTheFirst), (5, 4)),
        r"backward calls the layers \[2, 1\] of 0, 1, 2",
    ),
    "network turns round": (
        lambda: check.network(deep_of(NetworkTurningRound), (5, 4)),
        "backward changed the list of layers",
    ),
    "network never trains": (
        lambda: check.network(deep_of(network_told([])), (5, 4)),
        r"training=True\) tells its layers \[False, False, False\]",
    ),
    "network always trains": (
        lambda: check.network(deep_of(network_told([True])), (5, 4)),
        r"training=False\) tells its layers \[True, True, True\]",
    ),
    "network skips last": (lambda: check.network(deep_of(NetworkSkippingTheLast), (5, 4)), "off by"),
    "dropout always": (lambda: check.dropout(DropoutAlways), "out of training"),
    "dropout unscaled": (lambda: check.dropout(DropoutUnscaled), "off by"),
    "dropout of the rest": (lambda: check.dropout(DropoutOfTheRest), "of the values to 0"),
    "dropout frozen": (lambda: check.dropout(DropoutFrozen), "same values twice"),
    "dropout of rows": (lambda: check.dropout(DropoutOfRows), "whole rows alike"),
    "dropout elsewhere": (lambda: check.dropout(DropoutElsewhere), "Draw from `self.rng` only"),
    "dropout new mask": (lambda: check.dropout(DropoutNewOnTheWayBack), "backward of ones .*off by"),
    "dropout not back": (lambda: check.dropout(DropoutNotBack), "backward of ones .*off by"),
    "pool shared": (lambda: check.max_pool(PoolShared), "sum over each window .*off by"),
    "pool split": (lambda: check.max_pool(PoolSplit), "4 places of a window share"),
    "pool from zero": (lambda: check.max_pool(PoolFromZero), "off by"),
    "pool of means": (lambda: check.max_pool(PoolOfMeans), "off by"),
    "pool of corners": (lambda: check.max_pool(PoolOfCorners), "off by"),
    "conv flipped": (lambda: check.convolution(conv_flipped), "off by"),
    "conv turned": (lambda: check.convolution(conv_turned), "off by"),
    "conv one image": (lambda: check.convolution(conv_of_one_image), "off by"),
    "conv one channel": (lambda: check.convolution(conv_of_one_channel), "off by"),
    "conv ints": (lambda: check.convolution(conv_of_ints), "should return floats"),
    "conv no bias": (
        lambda: check.convolution(lambda x, w, b: RIGHT.convolve_windows(x, w, 0 * b)),
        "off by",
    ),
    "im2col reversed": (lambda: check.columns(lambda x, k: RIGHT.im2col(x, k)[::-1], RIGHT.col2im), "off by"),
    "im2col turned": (
        lambda: check.columns(lambda x, k: RIGHT.im2col(x, k).swapaxes(0, 1), RIGHT.col2im),
        "off by",
    ),
    "col2im overwrites": (lambda: check.columns(RIGHT.im2col, add_without_at), "should be equal"),
    "col2im ones": (lambda: check.columns(RIGHT.im2col, lambda y, shape: np.ones(shape)), "should be equal"),
    "Conv flipped": (lambda: check.convolution_layer(ConvFlipped), "off by"),
    "Conv without bias": (lambda: check.convolution_layer(ConvWithoutBias), "with biases returned .*off by"),
    "Conv back": (lambda: check.convolution_layer(ConvWithoutFullBack), "should be equal"),
    "Conv double": (lambda: check.convolution_layer(ConvInDouble), "float32 should give float32"),
    "Conv means": (lambda: check.convolution_layer(ConvMeanGradients), r"gradients\[0\] .*off by"),
    "Conv bias": (lambda: check.convolution_layer(ConvBiasOfOneImage), r"gradients\[1\] .*off by"),
    "lenet padded": (lambda: check.lenet(lenet_padded), "61,706|parameters; LeNet-5 has 44,426"),
    "lenet mixing": (lambda: check.lenet(lenet_mixing), "one image instead of three"),
    "lenet without Maps": (lambda: check.lenet(lenet_without(0)), "stopped with .* Are Maps, both"),
    "lenet linear": (lambda: check.lenet(lenet_without(3, 6, 9, 11)), "ReLU follows"),
    **{
        f"lenet without layer {n}": (lambda n=n: check.lenet(lenet_without(n)), "ReLU follows")
        for n in (3, 6, 9, 11)
    },
    "lenet without two": (lambda: check.lenet(lenet_without(9, 11)), "ReLU follows"),
    "lenet ReLU at the end": (lambda: check.lenet(lenet_at_the_end), "none follows the last"),
    "lenet of tanh": (
        lambda: check.lenet(lenet_with(lambda: kinked("tanh")(None), 3, 6, 9, 11)),
        "ReLU follows",
    ),
    "lenet with one pooling": (
        lambda: check.lenet(lenet_with(RIGHT.MaxPool(), 2, 5)),
        "stands in two places",
    ),
    "lenet with one ReLU": (
        lambda: check.lenet(lenet_with(RIGHT.relu_layer(), 9, 11)),
        "stands in two places",
    ),
    "lenet without brackets": (
        lambda: check.lenet(lenet_with(lambda: RIGHT.relu, 3)),
        "relu among the layers is no layer",
    ),
    "lenet of a class": (
        lambda: check.lenet(lenet_with(lambda: RIGHT.MaxPool, 2)),
        "MaxPool among the layers is no layer",
    ),
    "lenet a list": (
        lambda: check.lenet(lambda rng: RIGHT.lenet(rng).layers),
        "returned list of 13; it should return a Network",
    ),
    "ladder empty": (lambda: check.ladder({"a": None, "b": 1.0}, ("a", "b")), "'a' has None"),
    "ladder made up": (lambda: check.ladder({"a": 1.0, "b": 1.0}, ("a", "b")), "exactly the same"),
    "ladder lacks": (lambda: check.ladder({"a": 1.0}, ("a", "b")), "'b' has None"),
    "leaky slope 0.1": (
        lambda: check.activation("leaky_relu", lambda z: np.maximum(z, 0.1 * z), RIGHT.leaky_relu_slope),
        "function of leaky_relu",
    ),
    "relu for elu": (lambda: check.activation("elu", RIGHT.relu, RIGHT.relu_slope), "function of elu"),
    "elu slope of output": (
        lambda: check.activation("elu", RIGHT.elu, lambda z: np.where(z > 0, 1.0, RIGHT.elu(z))),
        "slope of elu",
    ),
    "elu overflow": (
        lambda: check.activation("elu", lambda z: (z > 0) * z + (z <= 0) * np.expm1(z), RIGHT.elu_slope),
        "FloatingPointError: overflow .* Clip the numbers",
    ),
    "elu unclipped": (
        lambda: check.activation(
            "elu", lambda z: np.where(z > 0, z, np.exp(z) - 1), lambda z: np.where(z > 0, 1.0, np.exp(z))
        ),
        "FloatingPointError: overflow .* Clip the numbers",
    ),
    "selu unscaled": (lambda: check.activation("selu", RIGHT.elu, RIGHT.elu_slope), "function of selu"),
    "tanh slope": (lambda: check.activation("tanh", RIGHT.tanh, lambda z: 1 - z**2), "slope of tanh"),
    "unknown": (lambda: check.activation("gelu", RIGHT.tanh, RIGHT.tanh_slope), "'gelu' is not known"),
}


@pytest.mark.parametrize("name", WRONG_LAYERS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_wrong_layers_fail_with_a_reason(name):
    run, words = WRONG_LAYERS[name]
    with pytest.raises(AssertionError, match=words):
        run()


# --- how often an answer is right ---------------------------------------------------------------------------

LABELS = np.arange(40) % 4
POINTS = np.column_stack([LABELS, np.arange(40)]).astype(np.float32)


def as_it_is(points):
    return points[:, 0].astype(int)


def by_place(points):
    return np.arange(len(points)) % 4


def by_rank(points):
    """Judge each input by its place among the others that it is shown."""
    return np.argsort(np.argsort(points[:, 1])) % 4


def in_place(points):
    points[:] = 0
    return points[:, 0].astype(int)


@pytest.mark.parametrize(
    "classify, words",
    [
        (by_place, "is right in"),
        (by_rank, "answers differently when it sees fewer"),
        (lambda points: np.full(len(points), 2), "25.0% of cases; needed are 90.0%. Its answer is always 2"),
        (lambda points: points[:, 0], "class numbers are whole"),
        (lambda points: as_it_is(points)[:, None], "shape"),
        (lambda points: as_it_is(points).tolist(), "returned list"),
        (lambda points: int(points[0, 0]), "returned -?[0-9]+; it should return an array"),
        (in_place, "changed its argument"),
    ],
)
def test_wrong_classifiers_fail_with_a_reason(classify, words):
    with pytest.raises(AssertionError, match=words):
        check.accuracy(classify, POINTS, LABELS, at_least=0.9)


def test_a_near_tie_that_another_batch_size_decides_otherwise_passes():
    def close_to_call(points):
        return as_it_is(points) ^ ((np.arange(len(points)) == 5) & (len(points) < 40))

    check.accuracy(close_to_call, POINTS, LABELS, at_least=1.0)


def test_a_right_classifier_passes(capsys):
    check.accuracy(as_it_is, POINTS, LABELS, at_least=1.0)
    assert capsys.readouterr().out == "ok  as_it_is: right in 100.0% of 40 cases (needed 100.0%)\n"


STUBS = {
    name: getattr(check, name)
    for name in [*FUNCTIONS, "dropout", "convolution", "convolution_layer", "max_pool"]
}


@pytest.mark.parametrize("name", STUBS)
def test_a_stub_is_told_that_it_is_not_written(name):
    def stub(*arguments, **options):
        raise NotImplementedError()

    with pytest.raises(AssertionError, match="stub is not written yet"):
        STUBS[name](stub)
