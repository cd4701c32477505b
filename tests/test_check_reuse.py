"""A rate that rises and falls, a fresh copy, a filter in whole numbers: right answers and usual slips."""

import math

import numpy as np
import pytest
from exercises import gets_its_hint, nothing, said, stub

from helpers import check


@pytest.mark.parametrize("checking", [check.schedule, check.from_scratch, check.quantised])
def test_an_untouched_stub_says_your_turn_and_a_missing_return_is_named(checking, capsys):
    assert said(checking, stub, capsys).startswith("your turn")
    found = said(checking, nothing, capsys)
    assert found.startswith("not yet") and "did you forget return?" in found and found.count("\n") == 1


# Lesson 5: warm-up, then a cosine.


def by_keras(step, top, warmup, total):
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, total - warmup, warmup_target=top, warmup_steps=warmup
    )
    return float(schedule(step))


def by_cosine(t):
    return (1 + math.cos(math.pi * t)) / 2


def by_where(step, top, warmup, total):
    t = (step - warmup) / (total - warmup)
    return np.where(step < warmup, top * step / warmup, top * (1 + np.cos(np.pi * t)) / 2)


def rate(rise=lambda s, w, n: s / w, t=lambda s, w, n: (s - w) / (n - w), fall=by_cosine):
    return lambda step, top, warmup, total: (
        top * (rise(step, warmup, total) if step < warmup else fall(t(step, warmup, total)))
    )


WRONG_RATES = {
    "grows from 0": rate(rise=lambda s, w, n: 1),
    "divide by warmup": rate(rise=lambda s, w, n: s / n),
    "Multiply it by top": lambda s, a, w, n: rate()(s, a, w, n) / a,
    "as they come in, in this order": rate(rise=lambda s, w, n: (s / w) ** 2),
    "0 to top. Take step, top, warmup, total": lambda s, a, w, n: 0.0003 * s / w,
    "Multiply by step": rate(rise=lambda s, w, n: 1 / w),
    "Then return the warm-up inside the if": rate(rise=lambda s, w, n: by_cosine((s - w) / (n - w))),
    "radians": rate(fall=lambda t: (1 + math.cos(180 * t)) / 2),
    "Divide by 2": rate(fall=lambda t: 1 + math.cos(math.pi * t)),
    "Add 1, then halve": rate(fall=lambda t: math.cos(math.pi * t)),
    "subtract warmup above": rate(t=lambda s, w, n: s / n),
    "each in brackets": rate(t=lambda s, w, n: s - w / n - w),
    "Divide by that, in brackets": rate(t=lambda s, w, n: (s - w) / n - w),
    "does // make t 0?": rate(t=lambda s, w, n: (s - w) // (n - w)),
    "float(...) makes one of an array": lambda s, a, w, n: np.array([rate()(s, a, w, n)]),
    "How many steps remain": rate(t=lambda s, w, n: (s - w) / n),
    "Use the cosine": rate(fall=lambda t: 1 - t),
    "Multiply by top": lambda s, a, w, n: rate()(s, a, w, n) / (1 if s < w else a),
    "That rises, and it should fall": rate(fall=lambda t: (1 - math.cos(math.pi * t)) / 2),
    "a quarter of a turn": rate(fall=lambda t: math.cos(math.pi * t / 2)),
    "Print t: is it 0": rate(fall=lambda t: 1 - t**2),
    "Add 1 to the cosine alone": lambda s, a, w, n: (
        rate()(s, a, w, n) if s < w else (a + math.cos(math.pi * (s - w) / (n - w))) / 2
    ),
    "halve, and multiply by top last": lambda s, a, w, n: (
        rate()(s, a, w, n) if s < w else a * math.cos(math.pi * (s - w) / (n - w)) / 2 + 0.5
    ),
    "(did you forget return?). Every way through the function needs one": lambda s, a, w, n: (
        rate()(s, a, w, n) if s < w else None
    ),
    "list of 1. Return one number": lambda s, a, w, n: [rate()(s, a, w, n)],
}


@pytest.mark.parametrize("answer", [rate(), by_keras, check.rise_and_fall, by_where])
def test_a_schedule_passes(answer, capsys):
    assert said(check.schedule, answer, capsys).startswith(f"ok  {answer.__name__}: rises, falls and ends")


@pytest.mark.parametrize("hint", WRONG_RATES)
def test_another_schedule_gets_a_hint(hint, capsys):
    found = said(check.schedule, WRONG_RATES[hint], capsys)
    assert found.startswith("not yet") and hint in found and found.count("\n") == 1


# Lesson 5b: the architecture alone.


def copied(network, weights=False, free=True, momentum=0.9):
    import keras

    copy = keras.models.clone_model(network)
    for layer in copy.layers:
        layer.trainable = free
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum
    if weights:
        copy.set_weights(network.get_weights())
    return copy


def whole_copy(network):
    copy = copied(network)
    copy.trainable = False
    copy.trainable = True
    return copy


def in_place(network):
    copied(network).set_weights(network.get_weights())
    network.trainable = True
    return network


def opened_too(network):
    network.trainable = True
    return copied(network)


def not_in_the_layers(network):
    copy = copied(network, free=False)
    copy.trainable = True
    return copy


def norm_frozen(network):
    copy = copied(network)
    copy.layers[2].trainable = False
    return copy


def other_network(network):
    copy = copied(network, free=False)
    for layer in network.layers:
        layer.trainable = True
    return copy


def from_config(network):
    copy = type(network).from_config(network.get_config())
    for layer in copy.layers:
        layer.trainable = True
    return copy


def zeros(network):
    copy = copied(network)
    copy.set_weights([0 * weight for weight in copy.get_weights()])
    return copy


@pytest.mark.parametrize("answer", [copied, whole_copy, check.fresh_copy])
def test_a_fresh_copy_passes(answer, capsys):
    assert said(check.from_scratch, answer, capsys).startswith(f"ok  {answer.__name__}: the same layers")


def test_a_fresh_copy_frees_what_is_in_networks_inside_too():
    import keras

    inner = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.BatchNormalization(), keras.layers.Conv2D(2, 1)]
    )
    network = keras.Sequential([keras.Input((4, 4, 3)), inner])
    network.trainable = False
    norm = check.fresh_copy(network).layers[0].layers[0]
    assert norm.trainable and norm.momentum == 0.9
    assert not inner.layers[0].trainable and inner.layers[0].momentum == 0.99


@pytest.mark.parametrize(
    "answer, hint",
    [
        (lambda network: network.layers, "returned list of 4, not a network"),
        (in_place, "returned the network itself"),
        (opened_too, "changed that network"),
        (other_network, "Change the copy: loop over its layers"),
        (from_config, "left the whole copy frozen. Set copy.trainable = True"),
        (zeros, "first weights are all the same"),
        (lambda network: copied(network, weights=True), "kept the trained weights"),
        (lambda network: copied(network, free=False), "bn frozen. In every layer set layer.trainable = True"),
        (norm_frozen, "left bn frozen"),
        (not_in_the_layers, "copy.trainable = True may change nothing"),
        (lambda network: copied(network, momentum=0.99), "momentum of batch norm at 0.99. Set it to 0.9"),
        (lambda network: type(network)(network.input, network.layers[1].output), "returned other layers"),
    ],
)
def test_another_copy_gets_a_hint(answer, hint, capsys):
    found = said(check.from_scratch, answer, capsys)
    assert found.startswith("not yet") and hint in found and found.count("\n") == 1


# Lesson 5b: quantise a filter.


def by_hand(weights):
    scale = max(abs(weight) for weight in weights.ravel()) / 127
    return scale, np.array([[[round(w / scale) for w in row] for row in part] for part in weights], np.int8)


def changed(scale=lambda w: np.abs(w).max() / 127, numbers=lambda w, s: np.round(w / s).astype("int8")):
    return lambda weights: (scale(weights), numbers(weights, scale(weights)))


def with_tensors(weights):
    import tensorflow as tf

    scale = tf.reduce_max(tf.abs(weights)) / 127
    return scale, tf.cast(tf.round(weights / scale), tf.int8)


WRONG_NUMBERS = {
    "np.abs(weights).max(): here": changed(lambda w: w.max() / 127),
    "By what do you divide": changed(lambda w: np.abs(w).max() / 128),
    "the inverse": changed(lambda w: 127 / np.abs(w).max(), lambda w, s: np.round(w * s).astype("int8")),
    "so divide it by 127": changed(lambda w: np.abs(w).max()),
    "Half of the range": changed(lambda w: np.ptp(w) / 255),
    "// drops": changed(lambda w: np.abs(w).max() // 127),
    "Python's max does not work": changed(lambda w: max(abs(w)) / 127),
    "lost the signs": changed(numbers=lambda w, s: np.round(np.abs(w) / s).astype("int8")),
    "int8 has signs, uint8 has none": changed(numbers=lambda w, s: np.round(w / s).astype("uint8")),
    "np.floor and np.ceil": changed(numbers=lambda w, s: np.ceil(w / s).astype("int8")),
    "list of 3; it should return an array": changed(
        numbers=lambda w, s: np.round(w / s).astype("int8").tolist()
    ),
    "Use NumPy here": with_tensors,
    "Which weight becomes 127?": changed(lambda w: np.abs(w).mean()),
    "several scales": changed(lambda w: np.abs(w).max(axis=(0, 1)) / 127),
    "The scale comes first": lambda w: changed()(w)[::-1],
    "Return two things": lambda w: changed()(w)[1],
    "returned shape (72,)": changed(numbers=lambda w, s: np.round(w / s).astype("int8").ravel()),
    "np.round them": changed(numbers=lambda w, s: w / s),
    "np.round first": changed(numbers=lambda w, s: (w / s).astype("int8")),
    "End with .astype('int8')": changed(numbers=lambda w, s: np.round(w / s)),
    "turned signs around": changed(numbers=lambda w, s: np.round(2 * w / s).astype(int).astype("int8")),
    "changed its argument": lambda w: changed()(np.divide(w, 1, out=w) * 1) if w.fill(1) else None,
}


@pytest.mark.parametrize("answer", [by_hand, check.whole_numbers])
def test_whole_numbers_pass(answer, capsys):
    assert said(check.quantised, answer, capsys).startswith(f"ok  {answer.__name__}: whole numbers from -127")


@pytest.mark.parametrize("hint", WRONG_NUMBERS)
def test_other_numbers_get_a_hint(hint, capsys):
    gets_its_hint(check.quantised, WRONG_NUMBERS[hint], hint, capsys)
