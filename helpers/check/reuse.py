"""Checks of lessons 5 and 5b: a rate that rises and falls, a fresh copy, a filter in whole numbers."""

import math

import numpy as np

from helpers.check.compare import attempt, call, name_of, passed, require, returned


def rise_and_fall(step, top, warmup, total) -> float:
    """Learning rate at a step: what `schedule` asks for."""
    if step < warmup:
        return top * step / warmup
    return top * (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2


def schedule(function) -> None:
    """Check a function (step, top, warmup, total) -> learning rate against its formula."""
    for top, warmup, total in ((0.3, 20, 90), (0.02, 10, 130)):
        for step in (0, warmup // 4, warmup // 2, warmup, warmup + (total - warmup) // 4, total):
            what = f"{name_of(function)}({step}, {top}, {warmup}, {total})"
            got = call(function, step, top, warmup, total)
            told = "Every way through the function needs one." if got is None else "Return one number."
            require(isinstance(got, int | float | np.number), f"{what} returned {returned(got)}. {told}")
            if not np.isclose(got, rise_and_fall(step, top, warmup, total), rtol=1e-6, atol=1e-9):
                hint = _slip(got, step, top, warmup, total)
                raise AssertionError(f"{what} returned {got:.4g}. {hint}")
    passed(function, "rises, falls and ends at 0 in 2 schedules")


def _slip(got, step, top, warmup, total):
    """Name what is wrong with a rate."""
    t, whole = (step - warmup) / (total - warmup), step / total

    def wave(t):
        return top * (1 + math.cos(math.pi * t)) / 2

    if step < warmup:
        slips = {
            "During warm-up the rate grows from 0. At which share of `top` is it at this step?": top,
            "It reaches `top` at the end of warm-up, not at the last step: divide by warmup.": top * whole,
            "That is the share of warm-up that is done. Multiply it by top.": step / warmup,
            "That is the growth in one step. Multiply by step.": top / warmup,
            "That is the cosine. Is it below your if? Then return the warm-up inside the if.": wave(t),
        }
        otherwise = "During warm-up the rate grows evenly, in a straight line from 0 to top."
    else:
        slips = {
            "math.cos takes radians: half a turn is math.pi.": wave(180 * t / math.pi),
            "At the last step 1 + cos is 0, but just after warm-up it is 2. Divide by 2.": wave(t) * 2,
            "A cosine goes down to -1, and a rate must not. Add 1, then halve.": top * math.cos(math.pi * t),
            "t counts from the end of warm-up: subtract warmup above and below the line.": wave(whole),
            "How many steps remain after warm-up? t has to be 1 at step total.": wave(whole - warmup / total),
            "That is a straight line. Use the cosine.": top * (1 - t),
            "That rises, and it should fall. Is t 0 at step warmup? Add the cosine to 1.": wave(1 - t),
            "That is a quarter of a turn. Use math.pi * t, add 1 and halve.": top * math.cos(math.pi * t / 2),
            "Multiply by top.": wave(t) / top,
        }
        otherwise = "Work out t first: 0 at the end of warm-up, 1 at the last step."
    return next((hint for hint, value in slips.items() if np.isclose(got, value)), otherwise)


def fresh_copy(network):
    """Copy an architecture with random weights, all of it free to train: what `from_scratch` asks for."""
    import keras

    copy = keras.models.clone_model(network)
    for layer in copy._flatten_layers():
        layer.trainable = True
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9
    return copy


def from_scratch(function) -> None:
    """Check a function (frozen network) -> its architecture with random weights, free, momentum 0.9."""
    import keras
    from keras import layers

    values = pixels = keras.Input((8, 8, 3))
    for part in (layers.Conv2D(4, 3), layers.BatchNormalization(name="bn"), layers.Conv2D(5, 1)):
        values = part(values)
    network = keras.Model(pixels, values)
    network.trainable = False
    before, what = network.get_weights(), f"{name_of(function)}, called with a small frozen network,"
    got = attempt(function, network)
    require(isinstance(got, keras.Model), f"{what} returned {returned(got)}, not a network.")
    require(got is not network, f"{what} returned the network itself. keras.models.clone_model makes a copy.")
    untouched = not network.trainable and all(map(np.array_equal, before, network.get_weights()))
    require(untouched, f"{what} changed that network. Change the copy.")
    shapes = [weight.shape for weight in got.weights]
    require(shapes == [weight.shape for weight in network.weights], f"{what} returned other layers.")
    trained = np.array_equal(got.get_weights()[0], before[0])
    require(not trained, f"{what} kept the trained weights. clone_model alone draws random ones.")
    frozen = [layer.name for layer in got.layers if layer.weights and not layer.trainable]
    left = " and ".join(frozen[:2]) or "the whole copy"
    hint = "Set layer.trainable = True in every layer; copy.trainable = True may change nothing."
    require(got.trainable and not frozen, f"{what} left {left} frozen. {hint}")
    norms = [layer.momentum for layer in got.layers if isinstance(layer, layers.BatchNormalization)]
    told = f"{what} left the momentum of batch norm at {norms[0]}"
    require(np.allclose(norms, 0.9), f"{told}. Set it to 0.9 in every BatchNormalization of the copy.")
    passed(function, "the same layers, random weights, all free to train")


def whole_numbers(weights):
    """Scale and whole numbers of a filter: what `quantised` asks for."""
    scale = np.abs(weights).max() / 127
    return scale, np.round(weights / scale).astype("int8")


def quantised(function) -> None:
    """Check a function (weights) -> (scale, whole numbers), the largest weight at 127 or -127."""
    rng = np.random.default_rng()
    for sign in (1, -1):
        weights = rng.uniform(-0.3, 0.3, (3, 3, 8))
        weights[1, 2, 3], weights[0, 0, 0] = 0.5 * sign, 0.45 * -sign
        what = f"{name_of(function)}, on weights from {weights.min():.2f} to {weights.max():.2f},"
        got = call(function, weights)
        pair = isinstance(got, tuple | list) and len(got) == 2
        require(pair, f"{what} returned {returned(got)}. Return two things: return scale, numbers.")
        scale, numbers = got
        swapped = np.ndim(scale) and not np.ndim(numbers)
        require(not swapped, f"{what} returned the numbers first. The scale comes first.")
        require(np.ndim(scale) == 0, f"{what} found several scales. One filter has one: a single maximum.")
        require(np.shape(numbers) == weights.shape, f"{what} returned numbers of shape {np.shape(numbers)}.")
        whole_range, negative = np.ptp(weights) / np.array([254, 255]), weights.max() / 127
        slips = {
            "Take np.abs(weights).max(): here the weight of the largest size is negative.": negative,
            "Whole numbers go from -127 to 127. By what do you divide the largest weight?": (
                0.5 / np.array([128, 255, 256, 100])
            ),
            "That is the inverse. The scale is what one step of the whole numbers is worth.": 127 / 0.5,
            "The largest weight has to become 127, so divide it by 127.": 0.5,
            "Half of the range is wasted if 0 moves. Use the largest absolute value only.": whole_range,
        }
        hints = [hint for hint, values in slips.items() if np.isclose(scale, values).any()]
        hint = (hints or ["Which weight becomes 127?"])[0]
        require(np.isclose(scale, 0.5 / 127), f"{what} found the scale {scale:.5g}. {hint}")
        numbers = np.asarray(numbers)
        wrapped = (np.sign(numbers) * np.sign(weights) < 0).any()
        require(not wrapped, f"{what} turned signs around. Divide by the scale before you change the type.")
        whole = np.array_equal(numbers, np.round(numbers.astype(float)))
        require(whole, f"{what} returned numbers with decimals. np.round them.")
        error = np.abs(numbers * float(scale) - weights).max() / scale
        told = f"{what} is off by {error:.2f} scales; half a scale is enough"
        require(error <= 0.51, f"{told}. astype alone cuts the decimals off: np.round first.")
        kind = numbers.dtype
        require(kind == np.int8, f"{what} returned {kind} numbers. End with .astype('int8').")
    passed(function, "whole numbers from -127 to 127, off by half a scale at most")
