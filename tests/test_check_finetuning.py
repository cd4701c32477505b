"""Checks of lesson 5's exercises: the solutions pass, and each usual slip gets its hint."""

import math

import numpy as np
import pytest
from exercises import REPEATS, gets_its_hint, nothing, said, stub
from scipy import stats

from helpers import check, training


@pytest.mark.parametrize("checking", [check.paired, check.same_answers, check.stack])
def test_an_untouched_stub_says_your_turn_and_a_missing_return_is_named(checking, capsys):
    assert said(checking, stub, capsys).startswith("your turn")
    found = said(checking, nothing, capsys)
    assert found.startswith("not yet") and "eturn" in found and found.count("\n") == 1


# Exercise 1: let a network train, but for batch norm.


def norms(network):
    import keras

    return [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]


def opened(network):
    network.trainable = True
    for layer in norms(network):
        layer.trainable = False


def opened_and_returned(network):
    opened(network)
    return network


def frozen_still(network):
    for layer in norms(network):
        layer.trainable = False


def all_of_it(network):
    network.trainable = True


def norms_before(network):
    frozen_still(network)
    network.trainable = True


def first_norm_only(network):
    network.trainable = True
    norms(network)[0].trainable = False


def everything_in_the_loop(network):
    network.trainable = True
    for layer in network.layers:
        layer.trainable = False


def norms_only(network):
    network.trainable = True
    for layer in network.layers:
        layer.trainable = layer in norms(network)


def new_weights(network):
    opened(network)
    network.set_weights([weight + 1 for weight in network.get_weights()])


def network_in_the_loop(network):
    network.trainable = True
    for _ in norms(network):
        network.trainable = False


def compared(network):
    network.trainable = True
    for layer in norms(network):
        layer.trainable == False  # noqa: B015, E712


def training_in_place_of_trainable(network):
    network.trainable = True
    for layer in norms(network):
        layer.training = False


def as_in_lesson_4(network):
    for layer in network.layers:
        layer.trainable = layer not in norms(network)


def above_the_three_dots(network):
    opened(network)
    return ...


@pytest.mark.parametrize("answer", [opened, opened_and_returned, above_the_three_dots])
def test_an_opened_network_passes(answer, capsys):
    found = said(check.opened, answer, capsys)
    assert found.startswith(f"ok  {answer.__name__}: in two small networks all convolutions train")


@pytest.mark.parametrize(
    "answer, hint",
    [
        (stub, "your turn"),
        (nothing, "left it frozen. Begin with network.trainable = True"),
        (frozen_still, "left it frozen"),
        (all_of_it, "lets 2 of 2 batch norms train. Below network.trainable = True"),
        (norms_before, "(which frees every layer), loop over network.layers"),
        (first_norm_only, "lets 1 of 2 batch norms train. Does the loop go through all layers?"),
        (everything_in_the_loop, "lets 0 of 2 convolutions train. Freeze batch norm only"),
        (norms_only, "lets 2 of 2 batch norms train"),
        (new_weights, "changed weights"),
        (compared, "write = and not =="),
        (training_in_place_of_trainable, "set layer.trainable (not .training)"),
        (network_in_the_loop, "inside the loop set layer.trainable, not network.trainable"),
        (as_in_lesson_4, "While the whole network is frozen"),
        (lambda network: 7, "returned 7. It should change the network that it is given."),
    ],
)
def test_another_network_trains(answer, hint, capsys):
    found = said(check.opened, answer, capsys)
    assert hint in found and found.count("\n") == 1


# Lesson 5b, exercise 2: let the last blocks train.


def last(network):
    opened(network)
    for layer in network.layers:
        if layer.name.startswith("stage6"):
            break
        layer.trainable = False


def last_by_name(network):
    opened(network)
    for layer in network.layers:
        if not layer.name.startswith(("stage6", "stage7", "top")):
            layer.trainable = False


def last_with_norms(network):
    network.trainable = True
    for layer in network.layers[:4]:
        layer.trainable = False


def all_but_the_stem(network):
    opened(network)
    network.layers[0].trainable = False


def stage_6_alone(network):
    opened(network)
    for layer in network.layers:
        if not layer.name.startswith("stage6"):
            layer.trainable = False


def without_a_break(network):
    opened(network)
    for layer in network.layers:
        layer.trainable = False


def network_in_the_last_loop(network):
    opened(network)
    for _ in network.layers[:2]:
        network.trainable = False


def first_blocks(network):
    opened(network)
    for layer in network.layers:
        if layer.name.startswith(("stage6", "stage7", "top")):
            layer.trainable = False


@pytest.mark.parametrize("answer", [last, last_by_name])
def test_a_network_with_open_last_blocks_passes(answer, capsys):
    found = said(check.last_opened, answer, capsys)
    assert found.startswith(f"ok  {answer.__name__}: 4 convolutions train, from stage 6 to the top")


def test_batch_norm_stays_frozen_in_networks_inside_a_network():
    import keras

    base = keras.applications.MobileNet((32, 32, 3), alpha=0.25, include_top=False, weights=None)
    images = x = keras.Input((32, 32, 3))
    inner = keras.Sequential([keras.Input((32, 32, 3)), base, keras.layers.BatchNormalization()])
    network = keras.Model(images, keras.layers.Dense(2, name="head")(inner(x)))
    network.trainable = False
    check.open_network(network)
    kinds = {variable.path.rsplit("/")[-1] for variable in network.trainable_variables}
    assert kinds == {"kernel", "bias"}
    convolutions, head = 27, 2  # depthwise ones included; kernel and bias
    assert len(network.trainable_variables) == convolutions + head
    pixels = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3))
    np.testing.assert_allclose(network(pixels, training=True), network(pixels, training=False), atol=1e-5)


def test_last_blocks_of_a_network_without_stage_6_are_refused():
    import keras

    names = ["block6a_expand_conv", "block7a_expand_conv", "top_conv"]  # as keras.applications.EfficientNetB0
    parts = [keras.layers.Conv2D(2, 1, name=name) for name in names]
    network = keras.Sequential([keras.Input((4, 4, 3)), *parts], name="other")
    with pytest.raises(ValueError, match=r"No layer of 'other' is named stage6"):
        check.open_last_blocks(network)
    assert all(layer.trainable for layer in network.layers)


@pytest.mark.parametrize(
    "answer, hint",
    [
        (stub, "your turn"),
        (nothing, "left it frozen. Begin with open_up"),
        (opened, "lets every convolution train. Which layers come before"),
        (network_in_the_last_loop, "in the loop freeze layer, not network"),
        (last_with_norms, "stage6_block1_bn and stage6_block2_bn train. Begin with open_up"),
        (all_but_the_stem, "lets stage5_block1_conv train"),
        (stage_6_alone, "froze stage7_block1_conv and top_conv"),
        (without_a_break, "froze every layer. Where layer.name.startswith"),
        (first_blocks, "lets stem_conv and stage5_block1_conv train"),
        (lambda network: 7, "returned 7"),
    ],
)
def test_other_blocks_train(answer, hint, capsys):
    found = said(check.last_opened, answer, capsys)
    assert hint in found and found.count("\n") == 1


# Exercise 3: McNemar's test.


def counts(first, second):
    return np.sum(first & ~second), np.sum(second & ~first)


def by_hand(first, second):
    n, k = map(int, (sum(counts(first, second)), min(counts(first, second))))
    return min(1, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n)


def by_scipy(first, second):
    one, other = counts(first, second)
    return stats.binomtest(one, one + other).pvalue if one + other else 1.0


def by_helper(first, second):
    return training.mcnemar(first, second).p


def tail(n, k):
    return sum(math.comb(int(n), i) for i in range(k + 1)) / 2 ** int(n)


def with_numpy_integers(first, second):
    n, k = np.sum(counts(first, second)), np.min(counts(first, second))
    with np.errstate(all="ignore"):
        return min(1, 2 * sum(math.comb(n, i) / 2**n for i in range(k + 1)))


WRONG_P = {
    "Count in both directions": lambda a, b: tail(sum(counts(a, b)), min(counts(a, b))),
    "returned 0.01389. That is the probability of exactly this count": (
        lambda a, b: math.comb(sum(counts(a, b)), min(counts(a, b))) / 2 ** int(sum(counts(a, b)))
    ),
    "That is twice the probability of exactly": (
        lambda a, b: 2 * math.comb(sum(counts(a, b)), min(counts(a, b))) / 2 ** int(sum(counts(a, b)))
    ),
    "range(k) ends at k - 1": lambda a, b: 2 * tail(sum(counts(a, b)), min(counts(a, b)) - 1),
    "returned 1.988. Start from the smaller": lambda a, b: 2 * tail(sum(counts(a, b)), counts(a, b)[0]),
    "returned 1. Start from the smaller": lambda a, b: min(1, 2 * tail(sum(counts(a, b)), counts(a, b)[0])),
    "Count only the pictures on which the two differ": lambda a, b: 2 * tail(len(a), min(counts(a, b))),
    "Start with i = 0": lambda a, b: by_hand(a, b) - 2 * 0.5 ** int(sum(counts(a, b))),
    "min(1, ...) the last step": lambda a, b: max(1, by_hand(a, b)),
    "A probability is 1 at most": lambda a, b: 2 * tail(sum(counts(a, b)), min(counts(a, b))),
    "how many pictures differ": lambda a, b: sum(counts(a, b)),
    "first_right & ~second_right": lambda a, b: 2 * tail(a.sum() + b.sum(), min(a.sum(), b.sum())),
    "write & for and": lambda a, b: 1 if a and not b else 0,
    "math.comb(n, i) takes n first": lambda a, b: by_hand(a, b) // 10,
    "Where the two never differ there is nothing to test": lambda a, b: (
        stats.binomtest(counts(a, b)[0], sum(counts(a, b))).pvalue
    ),
    "Divide by 2**n first": lambda a, b: 1 / 2 ** int(sum(counts(a, b))),
    "1 minus p": lambda a, b: 1 - by_hand(a, b),
    "not rounded": lambda a, b: round(by_hand(a, b), 3),
    "On paper, take n = 3 and k = 1": lambda a, b: abs(a.mean() - b.mean()),
    "write int(np.sum(...))": lambda a, b: with_numpy_integers(a, b),
    "In words: first_right & ~second_right": lambda a, b: (a - b).sum(),
    "it should be a number": lambda a, b: a & ~b,
}


@pytest.mark.parametrize("answer", [by_hand, by_scipy, by_helper])
def test_an_exact_paired_test_passes(answer, capsys):
    for _ in range(REPEATS):
        assert said(check.paired, answer, capsys).startswith(f"ok  {answer.__name__}: agrees with the exact")


@pytest.mark.parametrize("hint", WRONG_P)
def test_another_p_gets_a_hint(hint, capsys):
    gets_its_hint(check.paired, WRONG_P[hint], hint, capsys)


def test_models_that_never_differ_get_a_one(capsys):
    def half(first, second):
        return by_hand(first, second) if any(counts(first, second)) else 0.5

    assert "there is nothing to test: p is 1." in said(check.paired, half, capsys)


# Exercise 4: the share of equal answers.


def share(before, after):
    return np.mean(before.argmax(axis=1) == after.argmax(axis=1))


def in_a_loop(before, after):
    return sum(int(one.argmax() == other.argmax()) for one, other in zip(before, after, strict=True)) / len(
        before
    )


WRONG_SHARES = {
    "returned False. Compare photo by photo": lambda b, a: b.argmax(axis=1).sum() == -a.argmax(axis=1).sum(),
    "drops the decimals": lambda b, a: np.sum(b.argmax(axis=1) == a.argmax(axis=1)) // len(b),
    "One of the two should be before": lambda b, a: share(b, b),
    "Every row counts": lambda b, a: share(b[:-1], a[:-1]) * (1 - 1 / len(b)) + 0.01,
    "not the probabilities": lambda b, a: np.mean(b == a),
    "not which share": lambda b, a: int(share(b, a) * len(b) + 0.5),
    "has changed": lambda b, a: 1 - share(b, a),
    "leave out the 100": lambda b, a: 100 * share(b, a),
    "argmax along axis 1": lambda b, a: np.mean(b.argmax(axis=0) == a.argmax(axis=0)),
    "an axis": lambda b, a: np.mean(b.argmax() == a.argmax()),
    "Which category does each photo have": lambda b, a: np.mean(np.abs(b - a)),
    "is a share": lambda b, a: b.argmax(axis=1) == a.argmax(axis=1),
}


@pytest.mark.parametrize("answer", [share, in_a_loop])
def test_the_share_of_equal_answers_passes(answer, capsys):
    for _ in range(REPEATS):
        assert said(check.same_answers, answer, capsys).startswith(f"ok  {answer.__name__}: the share")


@pytest.mark.parametrize("hint", WRONG_SHARES)
def test_another_share_gets_a_hint(hint, capsys):
    gets_its_hint(check.same_answers, WRONG_SHARES[hint], hint, capsys)


# Lesson 5b, exercise 3: weights and receptive field of a stack of filters.


def stack(sizes, channels):
    return sum(size**2 for size in sizes) * channels**2, 1 + sum(size - 1 for size in sizes)


def changed(weights=lambda s, c: stack(s, c)[0], seen=lambda s, c: stack(s, c)[1]):
    return lambda sizes, channels: (weights(sizes, channels), seen(sizes, channels))


WRONG_STACKS = {
    "Return two numbers: return weights": lambda s, c: (stack(s, c)[0], (3, 3)),
    "That is a single layer": lambda s, c: stack(s[:1], c),
    "one filter for each channel that goes out": changed(lambda s, c: sum(n**2 for n in s) * c),
    "How many channels come in": changed(lambda s, c: sum(n**2 for n in s)),
    "biases": changed(lambda s, c: sum(n**2 * c * c + c for n in s)),
    "size × size": changed(lambda s, c: sum(s) * c**2),
    "windows of neighbours overlap": changed(seen=lambda s, c: sum(s)),
    "Neighbours share": changed(seen=lambda s, c: 1 + sum(s)),
    "does a layer of 5×5 add": changed(seen=lambda s, c: 1 + 2 * len(s)),
    "itself": changed(seen=lambda s, c: sum(n - 1 for n in s)),
    "Every layer": changed(seen=lambda s, c: max(s)),
    "to both sides": changed(seen=lambda s, c: 1 + sum(n // 2 for n in s)),
    "along one side": changed(seen=lambda s, c: stack(s, c)[1] ** 2),
    "on paper": changed(seen=lambda s, c: 8),
    "Return two numbers": lambda s, c: stack(s, c)[0],
    "Weights first": lambda s, c: stack(s, c)[::-1],
}


def test_a_stack_passes(capsys):
    assert said(check.stack, stack, capsys).startswith("ok  stack: weights and receptive field of 3 stacks")


@pytest.mark.parametrize("hint", WRONG_STACKS)
def test_another_stack_gets_a_hint(hint, capsys):
    found = said(check.stack, WRONG_STACKS[hint], capsys)
    assert found.startswith("not yet") and hint in found and found.count("\n") == 1


@pytest.mark.parametrize(
    "checking, ours",
    [
        (check.opened, check.open_network),
        (check.last_opened, check.open_last_blocks),
        (check.same_answers, check.share_of_same),
        (check.stack, check.weights_and_field),
    ],
)
def test_what_the_lesson_goes_on_with_is_right(checking, ours, capsys):
    assert said(checking, ours, capsys).startswith(f"ok  {ours.__name__}: ")
