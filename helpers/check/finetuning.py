"""Instant checks of lessons 5 and 5b: what trains, at which rate, what is paired, reused and rounded."""

import math

import numpy as np

from helpers.check import compare
from helpers.check.compare import NotWritten, attempt, call, judge, name_of, passed, require, returned


def opened(open_up) -> None:
    """Check a function that lets a frozen network train, all of it but batch norm."""
    import keras
    from keras import layers

    for repeats in (2, 3):
        parts = [keras.Input((None, None, 3))]
        for _ in range(repeats):
            parts += [layers.Conv2D(4, 3), layers.BatchNormalization(), layers.ReLU()]
        network = keras.Sequential(parts)
        what = _changed(open_up, network)
        told = f"{what} left it frozen. Begin with network.trainable = True, and inside the loop set "
        told += "layer.trainable, not network.trainable. While the whole network is frozen, no layer trains."
        require(network.trainable, told)
        norms = [layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)]
        others = [layer for layer in network.layers if layer.weights and layer not in norms]
        free = sum(layer.trainable for layer in norms)
        hint = "Does the loop go through all layers?"
        if free == repeats:
            hint = "Below network.trainable = True (which frees every layer), loop over network.layers. Does "
            hint += "the if ask isinstance(layer, layers.BatchNormalization)? Does the line below it set "
            hint += "layer.trainable (not .training), with = and not ==?"
        require(not free, f"{what} lets {free} of {repeats} batch norms train. {hint}")
        open_ones = sum(layer.trainable for layer in others)
        told = f"{what} lets {open_ones} of {repeats} convolutions train. Freeze batch norm only."
        require(open_ones == repeats, f"{told} Which layers does your if let through?")
    passed(open_up, "in two small networks all convolutions train, and batch norm stays frozen")


def _changed(function, network) -> str:
    """Freeze a network, let a function change what trains, and nothing else: how a sentence begins."""
    network.trainable = False
    what, before = f"{name_of(function)}, called with a small frozen network,", network.get_weights()
    states = _states(network)
    try:
        given = attempt(function, network)
    except NotWritten:  # who writes above "return ..." has answered
        if _states(network) == states:
            what = f"{name_of(function)} changes nothing yet."
            raise NotWritten(f"{what} Write your lines in place of `return ...`.") from None
        given = None
    same = all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))
    require(same, f"{what} changed weights. Say only which layers train.")
    told = f"{what} returned {returned(given)}. It should change the network that it is given."
    require(given is None or given is network, told)
    return what


def _states(network):
    return [part.trainable for part in (network, *network.layers)]


def open_network(network) -> None:
    """Let all layers of a frozen network train, except batch norm: what `opened` asks for."""
    from keras import layers

    network.trainable = True
    for layer in network._flatten_layers():  # those of networks inside it too
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


def last_opened(open_last) -> None:
    """Check a function that lets a frozen network train from stage 6 on, but no batch norm."""
    import keras
    from keras import layers

    blocks = ["stem", "stage5_block1", "stage6_block1", "stage6_block2", "stage7_block1", "top"]
    parts = [keras.Input((None, None, 3))]
    for block in blocks:
        parts += [layers.Conv2D(4, 1, name=f"{block}_conv"), layers.BatchNormalization(name=f"{block}_bn")]
    network = keras.Sequential(parts)
    what = _changed(open_last, network)
    told = f"{what} left it frozen. Begin with open_up(network), and in the loop freeze layer, not network."
    require(network.trainable, told)
    trains = {layer.name for layer in network.layers if layer.trainable}
    require(trains, f"{what} froze every layer. Where layer.name.startswith('stage6'), end the loop.")
    norms = sorted(name for name in trains if name.endswith("_bn"))
    require(not norms, f"{what} lets {_and(norms)} train. Begin with open_up(network), and then only freeze.")
    early = [name for name in ("stem_conv", "stage5_block1_conv") if name in trains]
    late = [f"{block}_conv" for block in blocks[2:]]
    all_open = len(early) == 2 and set(late) <= trains
    require(not all_open, f"{what} lets every convolution train. Which layers come before stage 6?")
    require(not early, f"{what} lets {_and(early)} train. Freeze every layer before the first of stage 6.")
    frozen = [name for name in late if name not in trains]
    require(not frozen, f"{what} froze {_and(frozen)}. Stages 6 and 7 and the top should train.")
    passed(open_last, f"{len(late)} convolutions train, from stage 6 to the top, and no batch norm")


def _and(names):
    return " and ".join(names[:2])


def open_last_blocks(network) -> None:
    """Let stages 6 and 7 and the top train, except batch norm: what `last_opened` asks for."""
    if not any(layer.name.startswith("stage6") for layer in network.layers):
        raise ValueError(f"No layer of {network.name!r} is named stage6... Give EfficientNet-Lite0 itself.")
    open_network(network)
    for layer in network.layers:
        if layer.name.startswith("stage6"):
            break
        layer.trainable = False


def paired(function) -> None:
    """Check a function (first_right, second_right) -> p of the exact two-sided McNemar test."""
    rng = np.random.default_rng()
    for first_only, second_only in ((3, 12), (9, 2), (30, 40), (4, 4), (0, 0)):
        both, neither = rng.integers(30, 60), rng.integers(5, 15)
        kinds = np.repeat([(1, 0), (0, 1), (1, 1), (0, 0)], (first_only, second_only, both, neither), axis=0)
        first, second = rng.permutation(kinds).astype(bool).T.copy()
        what = f"{name_of(function)}, where {first_only} pictures are right in the first array only and "
        what += f"{second_only} in the second only,"
        hints = {
            "truth value of an array": "Between arrays, write & for and, ~ for not.",
            "subtract": "In words: first_right & ~second_right.",
            "not less than 1": "Where the two never differ there is nothing to test: p is 1.",
        }
        got = compare.with_hints(hints, call, function, first, second)
        nothing = compare.array_kind(got) in "if" and np.ndim(got) == 0 and got == 0
        require(not nothing, f"{what} returned exactly 0. math.comb(n, i) takes n first; // drops decimals.")
        slips = _wrong_p(first_only, second_only, int(both), int(neither))
        hint = "n is how many pictures differ, k the smaller count. On paper, take n = 3 and k = 1: p is 1."
        if not first_only + second_only:
            slips, hint = (), "Where the two never differ there is nothing to test: p is 1."
        p = _tail(first_only + second_only, min(first_only, second_only))
        judge(got, min(1, 2 * p), what, slips, otherwise=hint)
    passed(function, "agrees with the exact test on 5 pairs of arrays")


def _wrong_p(first_only, second_only, both, neither):
    """What the usual slips give in the place of p."""
    n, k = first_only + second_only, min(first_only, second_only)
    exactly = math.comb(n, k) / 2**n
    smaller = "Start from the smaller of the two counts."
    add = "Add up those of all smaller counts as well."
    single = "Count only where one is right and the other is not: first_right & ~second_right."
    slips = [
        (_tail(n, k), "Count in both directions: double the sum."),
        (exactly, f"That is the probability of exactly this count. {add}"),
        (2 * exactly, f"That is twice the probability of exactly this count. {add}"),
        (2 * _tail(n, k - 1), "Does your range stop before the smaller count? range(k) ends at k - 1."),
        (2 * _tail(n + both + neither, k), "Count only the pictures on which the two differ."),
        (2 * (_tail(n, k) - 0.5**n), "Start with i = 0: no heads at all is possible too."),
        (2 * _tail(n, k), "Twice the sum is larger than 1 here. A probability is 1 at most."),
        (2 * _tail(n, n - k), smaller),
        (n, "That is how many pictures differ, not a probability."),
        (1 / 2**n, "Divide by 2**n first; min(1, ...) is the last step."),
        (1 - min(1, 2 * _tail(n, k)), "That is 1 minus p."),
        (round(min(1, 2 * _tail(n, k)), 3), "Return p as it is, not rounded."),
        (2 * _tail(n + 2 * both, k + both), single),
    ]
    if first_only > second_only:
        slips.insert(0, (1, smaller))
    elif n <= 60:
        slips.append((1, "Is k the smaller count, the sum divided by 2**n, and min(1, ...) the last step?"))
    if n > 60:
        large = "Are your counts NumPy's integers? 2**n is too large for them: write int(np.sum(...))."
        slips += [(1, large), (np.nan, large), (np.inf, large)]
    return slips


def _tail(n, k):
    """Probability of at most k heads from n fair coins."""
    return sum(math.comb(n, i) for i in range(k + 1)) / 2**n


def same_answers(function) -> None:
    """Check a function (before, after) -> share of rows whose largest probability is at the same place."""
    rng = np.random.default_rng()
    for rows, kept in ((10, 7), (8, 2)):
        before, after = _answers(rng, rows, kept)
        what = f"{name_of(function)}, for {rows} photos of which {kept} keep their answer,"
        got = call(function, before, after)
        told = f"{what} returned {got}. Compare photo by photo; the share is the mean of that."
        require(not isinstance(got, bool | np.bool_), told)
        told = f"{what} returned {got}. // drops the decimals of a share. Divide with /."
        require(not isinstance(got, int | np.integer) or got, told)
        by_column, by_row = (before.argmax(axis=axis) == after.argmax(axis=axis) for axis in (0, 1))
        axis = "Give argmax an axis, so that each photo has its own place; and compare the places, not the "
        axis += "probabilities."
        slips = (
            (0, axis),  # two slips lead there
            (1, "Everything agrees? One of the two should be before, and the other after."),
            (by_row, "np.mean of a row of True and False is a share."),
            (kept, "That is how many, not which share."),
            (100 * kept / rows, "A share lies between 0 and 1: leave out the 100."),
            (1 - kept / rows, "That is the share of photos whose answer has changed."),
            (np.mean(by_column), "Each photo is a row: take argmax along axis 1."),
        )
        hint = "Which category does each photo have before, and which after? Every row counts."
        judge(got, kept / rows, what, slips, otherwise=hint)
    passed(function, "the share of equal answers, on 2 sets of random probabilities")


def _answers(rng, rows, kept):
    """Draw probabilities before and after, so that no two slips give the same number."""
    while True:
        before, after = rng.dirichlet(np.ones(5), rows), rng.dirichlet(np.ones(5), rows)
        for row, same in enumerate(rng.permutation(rows) < kept):
            top = int(before[row].argmax()) if same else int(before[row].argmin())
            now = int(after[row].argmax())
            after[row, [top, now]] = after[row, [now, top]]
        columns = np.mean(before.argmax(axis=0) == after.argmax(axis=0))
        if columns not in (0, kept / rows, 1 - kept / rows, 1) and before.argmax() != after.argmax():
            return before, after


def share_of_same(before, after) -> float:
    """Share of rows whose largest entry is at the same place in both arrays: what `same_answers` asks for."""
    return float(np.mean(np.argmax(before, axis=1) == np.argmax(after, axis=1)))


def stack(function) -> None:
    """Check a function (sizes, channels) -> (weights, pixels seen) of square filters in a row, stride 1."""
    for sizes, channels in (((3, 3), 8), ((5,), 6), ((3, 5, 3), 10)):
        written = " + ".join(f"{size}×{size}" for size in sizes)
        what = f"{name_of(function)}, for {written} and {channels} channels,"
        got = call(function, sizes, channels)
        told = f"{what} returned {returned(got)}. Return two numbers: return weights, pixels."
        pair = isinstance(got, list | tuple | np.ndarray) and len(got) == 2 and not any(map(np.ndim, got))
        require(pair, told)
        area, (weights, field) = sum(size**2 for size in sizes), weights_and_field(sizes, channels)
        swapped = got[1] == weights
        require(not swapped, f"{what} returned the number of weights second. Weights first, then pixels.")
        paper = {"otherwise": "Work it out on paper, layer by layer."}
        through = "Each filter reaches through all channels that come in, and there is one filter for each "
        slips = (
            (sizes[0] ** 2 * channels**2, "That is a single layer. Add up all of them."),
            (area * channels, f"{through}channel that goes out."),
            (area, "How many channels come in, and how many go out?"),
            (area * channels**2 + len(sizes) * channels, "Leave the biases out."),
            (sum(sizes) * channels**2, "A filter has size × size weights for each channel."),
        )
        judge(got[0], weights, f"{what} counts the weights and", slips, **paper)
        slips = (
            (1 + 2 * len(sizes), "A layer of 3×3 adds 2 pixels. How many does a layer of 5×5 add?"),
            (1 + sum(sizes), "Neighbours share pixels: a layer of 3×3 adds 2, one on either side, not 3."),
            (sum(sizes), "The windows of neighbours overlap. How many new pixels does each layer add?"),
            (sum(sizes) - len(sizes), "Begin with 1 pixel, the value itself."),
            (max(sizes), "Every layer of the stack widens the receptive field, to both sides."),
            (1 + sum(size // 2 for size in sizes), "A filter reaches to both sides of its middle value."),
            (field**2, "That is the area. How many pixels are along one side?"),
        )
        judge(got[1], field, f"{what} counts the pixels along a side and", slips, **paper)
    passed(function, "weights and receptive field of 3 stacks")


def weights_and_field(sizes, channels) -> tuple[int, int]:
    """Weights of square filters in a row, and the width of their receptive field: what `stack` asks for."""
    return sum(size**2 for size in sizes) * channels**2, 1 + sum(size - 1 for size in sizes)


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
            told = "Return one number; float(...) makes one of an array or a tensor."
            told = "Every way through the function needs one." if got is None else told
            got = got[()] if isinstance(got, np.ndarray) else got  # a number, where np.where gave one
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
        otherwise = (
            "During warm-up the rate grows evenly from 0 to top. Take step, top, warmup, total as they "
        )
        otherwise += "come in, in this order."
    else:
        slips = {
            "math.cos takes radians: half a turn is math.pi.": wave(180 * t / math.pi),
            "At the last step 1 + cos is 0, but just after warm-up it is 2. Divide by 2.": wave(t) * 2,
            "A cosine goes down to -1, and a rate must not. Add 1, then halve.": top * math.cos(math.pi * t),
            "t counts from the end of warm-up: subtract warmup above and below, each in brackets.": (
                wave(whole)
            ),
            "The rate is still top there. Is the cosine missing, or does // make t 0? Divide with /.": top,
            "How many steps remain after warm-up? Divide by that, in brackets: t is 1 at step total.": wave(
                whole - warmup / total
            ),
            "That is a straight line. Use the cosine.": top * (1 - t),
            "That rises, and it should fall. Is t 0 at step warmup? Add the cosine to 1.": wave(1 - t),
            "That is a quarter of a turn. Use math.pi * t, add 1 and halve.": top * math.cos(math.pi * t / 2),
            "Multiply by top.": wave(t) / top,
            "Add 1 to the cosine alone, halve, and multiply by top last.": (top + math.cos(math.pi * t)) / 2,
        }
        otherwise = "Print t: is it 0 after warm-up, and 1 at the last step? If so, check your scaling."
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
    states = _states(network)
    got = attempt(function, network)
    require(isinstance(got, keras.Model), f"{what} returned {returned(got)}, not a network.")
    require(got is not network, f"{what} returned the network itself. keras.models.clone_model makes a copy.")
    untouched = states == _states(network) and all(map(np.array_equal, before, network.get_weights()))
    require(untouched, f"{what} changed that network. Change the copy: loop over its layers.")
    shapes = [weight.shape for weight in got.weights]
    require(shapes == [weight.shape for weight in network.weights], f"{what} returned other layers.")
    require(
        np.ptp(got.get_weights()[0]),
        f"{what} returned a copy whose first weights are all the same. clone_model draws random ones.",
    )
    trained = np.array_equal(got.get_weights()[0], before[0])
    require(not trained, f"{what} kept the trained weights. clone_model alone draws random ones.")
    frozen = [layer.name for layer in got.layers if layer.weights and not layer.trainable]
    left = " and ".join(frozen[:2]) or "the whole copy"
    hint = "In every layer set layer.trainable = True; copy.trainable = True may change nothing."
    hint = hint if got.trainable else "Set copy.trainable = True, and then that of every layer."
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
        hints = {"ambiguous": "Python's max does not work on arrays. Use np.abs(weights).max()."}
        got = compare.with_hints(hints, call, function, weights)
        pair = isinstance(got, tuple | list) and len(got) == 2
        require(pair, f"{what} returned {returned(got)}. Return two things: return scale, numbers.")
        scale, numbers = got
        told = f"{what} returned a TensorFlow tensor. Use NumPy here: np.abs, np.round, .astype('int8')."
        require(not any(hasattr(one, "numpy") for one in got), told)
        swapped = np.ndim(scale) and not np.ndim(numbers)
        require(not swapped, f"{what} returned the numbers first. The scale comes first.")
        require(np.ndim(scale) == 0, f"{what} found several scales. One filter has one: a single maximum.")
        numbers = compare.shaped(numbers, weights.shape, f"{what} in second place")
        whole_range, negative = np.ptp(weights) / np.array([254, 255]), weights.max() / 127
        slips = {
            "Take np.abs(weights).max(): here the weight of the largest size is negative.": negative,
            "Whole numbers go from -127 to 127. By what do you divide the largest weight?": (
                0.5 / np.array([128, 255, 256, 100])
            ),
            "That is the inverse. The scale is what one step of the whole numbers is worth.": 127 / 0.5,
            "The largest weight has to become 127, so divide it by 127.": 0.5,
            "// drops the decimals. Divide with /.": 0,
            "Half of the range is wasted if 0 moves. Use the largest absolute value only.": whole_range,
        }
        hints = [hint for hint, values in slips.items() if np.isclose(scale, values).any()]
        hint = (hints or ["Which weight becomes 127?"])[0]
        require(np.isclose(scale, 0.5 / 127), f"{what} found the scale {scale:.5g}. {hint}")
        told = f"{what} lost the signs. Leave out np.abs for the numbers; int8 has signs, uint8 has none."
        require(numbers.min() < 0 and numbers.dtype.kind != "u", told)
        wrapped = (np.sign(numbers) * np.sign(weights) < 0).any()
        require(not wrapped, f"{what} turned signs around. Divide by the scale before you change the type.")
        whole = np.array_equal(numbers, np.round(numbers.astype(float)))
        require(whole, f"{what} returned numbers with decimals. np.round them.")
        error = np.abs(numbers * float(scale) - weights).max() / scale
        told = f"{what} is off by {error:.2f} scales; half a scale is enough"
        require(error <= 0.51, f"{told}. np.round first; astype, np.floor and np.ceil go to one side only.")
        kind = numbers.dtype
        require(kind == np.int8, f"{what} returned {kind} numbers. End with .astype('int8').")
    passed(function, "whole numbers from -127 to 127, off by half a scale at most")
