"""Instant checks of lesson 9: triplets, PSNR, a denoiser, the Gram matrix, a move, the table of tasks."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from helpers.check import compare
from helpers.check.compare import attempt, call, judge, name_of, none_of, passed, require, returned
from helpers.check.compare import with_hints as hinted

LOSS = {
    "Tidx": "ops.max gives the largest of all. ops.maximum(x, 0) compares each number with 0.",
    "truth value": "max compares single numbers. ops.maximum works on tensors.",
    "required positional": "Leave margin=0.2 in the first line as it was.",
    "attribute 'mean'": "A tensor has no .mean(). Use ops.mean.",
}
TENSORS = {
    "channels.*not defined": "The number of channels is maps.shape[-1].",
    "attribute 'T'": "A tensor has no .T. Use ops.transpose(rows).",
    "int32": "The number of places is rows.shape[0].",
    "MatMul|matmul|[Mm]atrix|[Ii]ncompatible": "Multiply matrices: (channels, places) @ (places, channels).",
    "cannot reshape|reshape": "ops.reshape(maps, (-1, maps.shape[-1])) makes one row for each place.",
}
LAYERS = {
    "not connected": "The model needs both inputs: keras.Model([noisy, guess], outputs).",
    "min_ndim": "A picture of any size is keras.Input((None, None, 3)).",
    r"None, None, 6\)": "You add to the six stacked channels. Add to the guess.",
    "Only input tensors|not iterable": "Does each layer take x, and does x take its result?",
    "merge|operands|incompatible": 'Use padding="same", and end with 3 filters: the sizes must agree.',
    "positional arg|should be called on a list": "Concatenate and Add take a list: layers.Add()([guess, x]).",
    "KerasTensor": "Does each layer take x, and does x take its result?",
}
CHOICES = {
    "truth value": "Each game decides for itself. np.where(condition, first, second) chooses entry by entry.",
    r"broadcast.*\(3,\)": "Each game needs one entry: n is len(values), and argmax takes axis=1.",
    "broadcast": "There is one decision for each game: rng.random(len(values)).",
    "'n' is not defined": "The number of games is len(values).",
}
TASKS = {  # what the last layer gives, and the loss
    "one of 10 names": ((10,), "cross-entropy"),
    "boxes on a 12×12 grid, 10 classes": ((12, 12, 15), "cross-entropy and squared error"),
    "one of 10 classes for each pixel": ((192, 192, 10), "cross-entropy"),
    "17 key points as coordinates": ((17, 2), "squared error"),
    "256 features for finding similar pictures": ((256,), "triplet loss"),
    "a photo without noise": ((192, 192, 3), "squared error"),
    "the value of each of 3 moves": ((3,), "squared error"),
}
ASKED = {
    1: "How many numbers for the whole picture?",
    2: "First: how many points? Then: how many numbers for each?",
}


def _tensor(function, arguments, hints, use, what):
    """Call a student's function of tensors, and ask that it gives a tensor."""
    got = hinted(hints, attempt, function, *arguments)
    kind = "NumPy" if type(got).__module__ == "numpy" else f"a plain {type(got).__name__}"
    told = "" if got is None else f" Use {use}, and return their tensor: {kind} gives no gradient."
    require(hasattr(got, "numpy"), f"{what} returned {returned(got)}.{told}")
    return got


def _trainable(function, arguments, use):
    """Ask that training gets through a function, which `fit` and `tf.function` trace."""
    import tensorflow as tf

    try:
        tf.function(function, autograph=False)(*arguments)
    except Exception as error:
        told = f"{name_of(function)} works here, but not in training, where tensors hold no numbers yet."
        raise AssertionError(f"{told} Use {use}, and .shape for sizes, not NumPy, len or float.") from error


def triplets(function: Callable) -> None:
    """Check triplet_loss(same, other, margin) of tensors of cosines against a loop in plain Python."""
    from keras import ops

    rng, use = np.random.default_rng(), "ops.maximum and ops.mean"
    for count, margin in ((5, 0.2), (8, 0.3), (6, 0.1)):
        same, other = (rng.uniform(-0.2, 1, count).astype("float32") for _ in range(2))
        same[:4], other[:4] = (0.9, 0.4, 0.05, 0.8), (0.1, 0.38, 0.7, 0.3)  # some far enough, some not
        terms = [float(b - a + margin) for a, b in zip(same, other, strict=True)]
        expected = sum(max(term, 0) for term in terms) / count
        swapped, late = (same - other + margin).clip(0), (np.mean(terms), max(np.mean(terms), 0))
        slips = (
            (swapped.mean(), "The loss must fall when the same kind comes closer: swap same and other."),
            *((wrong, "First set each negative term to 0, then take the mean.") for wrong in late),
            ((other - same + 0.2).clip(0).mean(), f"Use the argument margin, here {margin}."),
            (max(terms), "ops.max gives the largest of all. ops.maximum(x, 0) compares each number with 0."),
            (np.maximum(other - same, margin).mean(), "Add the margin first; then take the maximum with 0."),
            ((other - same).clip(0).mean(), "The margin is missing."),
            ((other - same - margin).clip(0).mean(), "Add the margin: other has to stay below same by it."),
            (expected * count, "That is the sum. Take the mean."),
            (np.clip(terms, 0, None), "Take the mean over all triplets."),
            (np.square(np.clip(terms, 0, None)).mean(), "Leave out the square."),
            ((margin - same).clip(0).mean(), "Where is other?"),
            (
                expected * count / sum(term > 0 for term in terms),
                "Take the mean over all triplets, zeros included.",
            ),
        )
        what = f"{name_of(function)}(same, other, {margin})"
        given = ops.convert_to_tensor(same), ops.convert_to_tensor(other), margin
        got = _tensor(function, given, LOSS, use, what)
        judge(got, np.float32(expected), what, slips, otherwise="Work out two triplets by hand.")
    what = f"{name_of(function)}(same, other)"
    got = _tensor(function, given[:2], LOSS, use, what)
    told = "Leave margin=0.2 in the first line as it was."
    judge(got, margin_loss(*given[:2]).numpy(), what, (), otherwise=told)
    _trainable(function, given, use)
    passed(function, "agrees with a loop over the triplets")


def margin_loss(same, other, margin=0.2):
    """Mean of how much each `other` comes closer than `same` less the margin; 0 where it does not."""
    from keras import ops

    return ops.mean(ops.maximum(other - same + margin, 0))


def decibels(function: Callable) -> None:
    """Check psnr(picture, original) -> dB for pictures in 0..1, against scikit-image."""
    from skimage.metrics import peak_signal_noise_ratio

    rng = np.random.default_rng()
    for shape in ((6, 5), (4, 7, 3)):
        original = rng.uniform(0.1, 0.8, shape)
        picture = original + rng.normal(0, rng.uniform(0.03, 0.2), shape)
        expected = peak_signal_noise_ratio(original, picture, data_range=1)
        error = picture - original
        mse, peaks = np.mean(error**2), (255**2, 255, original.max() ** 2, picture.max() ** 2, original.max())
        each = np.mean(error.reshape(-1, shape[-1]) ** 2, axis=0)
        peak = "Pixels lie between 0 and 1 here, not in 0..255, so the peak is 1 in every picture."
        slips = (
            (-expected, "The sign is turned round: divide 1 by the error."),
            (expected / 10, "The factor 10 is missing."),
            (2 * expected, "That is twice as many dB. The error is squared already, so the factor is 10."),
            (10 * np.log(1 / mse), "np.log is the natural logarithm. Take np.log10."),
            (-10 * np.log(mse) / np.log(2), "Take the logarithm to the base 10."),
            (10 * np.log10(1 / np.sum(error**2)), "Take the mean of the squared errors, not the sum."),
            (10 * np.log10(1 / np.sqrt(mse)), "Leave out the square root."),
            (10 * np.log10(1 / np.mean(np.abs(error))), "Square the errors before you take the mean."),
            (10 * np.log10(1 / np.mean(error) ** 2), "Square each error first, then take the mean."),
            *((10 * np.log10(top / mse), peak) for top in peaks),
            (mse, "That is the mean squared error. Now the logarithm."),
            (10 * np.log10(1 / error**2), "Take the mean over all pixels first."),
            (np.log10(10 / mse), "The factor 10 stands before the logarithm."),
            (1 / mse, "That is 1 divided by the error. Now take 10 * np.log10(...) of it, with a single *."),
            (np.mean(10 * np.log10(1 / each)), "Take one mean over all channels, then the logarithm."),
            *((value, "Don't round.") for value in (int(expected), *(round(expected, n) for n in range(3)))),
        )
        got = hinted({"peak": "Here the peak is 1."}, call, function, picture, original)
        what = compare.written(function, picture, original)
        judge(got, expected, what, slips, otherwise="Where every pixel is off by 0.1, it is 20 dB. Is yours?")
    passed(function, "agrees with scikit-image")


def ratio(picture, original) -> float:
    """Peak signal-to-noise ratio in dB of a picture in 0..1."""
    return float(-10 * np.log10(np.mean((np.asarray(picture) - original) ** 2)))


def denoiser(function: Callable) -> None:
    """Check build() -> a model of a noisy picture and a guess: five convolutions, added to the guess."""
    import keras

    model = hinted(LAYERS, attempt, function)
    what = f"{name_of(function)}()"
    told = f"{what} returned {returned(model)}; return keras.Model([noisy, guess], outputs)."
    require(isinstance(model, keras.Model), told)
    told = f"{what} returned a Sequential model, which has one input. Use keras.Model([noisy, guess], ...)."
    require(not isinstance(model, keras.Sequential), told)
    shapes = [tuple(tensor.shape) for tensor in model.inputs]
    told = f"{what} takes {shapes}. It needs both inputs, each of any size: keras.Input((None, None, 3))."
    require(shapes == [(None, None, None, 3)] * 2, told)
    found = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.Conv2D)]
    filters = [layer.filters for layer in found]
    told = f"{what} takes its inputs by name. Put them into a list, [noisy, guess]."
    require(not isinstance(model.input, Mapping), told)
    told = f"{what} has convolutions with {filters} filters. It should be four with 32 and a last one with 3."
    require(filters == [32] * 4 + [3], told)
    dilated, seen = any(layer.dilation_rate != (1, 1) for layer in found), found[0].kernel.shape[2]
    idle = any(not layer.kernel.numpy().any() for layer in found[:-1])
    slips = {
        "has a kernel that is not 3×3.": any(layer.kernel_size != (3, 3) for layer in found),
        'makes the picture smaller. Use padding="same".': any(layer.padding != "same" for layer in found),
        "has a dilated convolution. Leave out dilation_rate.": dilated,
        f"shows its first convolution {seen} channels. Stack both pictures along the channels.": seen != 6,
        "has a hidden convolution that starts at zero. Only the last one does.": idle,
    }
    none_of(slips, what)
    late = f"{what} has an activation at the end, but the difference can be any number: leave it out."
    require(found[-1].activation is keras.activations.linear, late)
    rng, before = np.random.default_rng(), model.get_weights()
    pair = list(rng.uniform(0, 1, (2, 2, 7, 9, 3)).astype("float32"))
    fresh = np.asarray(model(pair))
    model.set_weights([0 * weight for weight in before])
    silent = np.asarray(model(pair))
    model.set_weights(before)
    told = f"{what} gives {silent.shape[-1]} channels. Add the maps; don't stack them."
    require(silent.shape == pair[0].shape, told)
    told = f"{what}: with weights of 0 the guess should come out unchanged, and here it does not."
    noisy = np.allclose(silent, pair[0])
    slips = {
        "The noisy picture comes out. Add to the guess, and give the inputs as [noisy, guess].": noisy,
        "You add both pictures. Add only the guess.": np.allclose(silent, pair[0] + pair[1]),
        "Add the guess to the last map.": not silent.any(),
        "What do you add to the last map?": not np.allclose(silent, pair[1], atol=1e-6),
    }
    none_of(slips, told)

    def added(number):  # where this convolution gives negative numbers, and no other does
        for place, layer in enumerate(found):
            layer.kernel.assign(np.full(layer.kernel.shape, -0.01 if place == number else 0.01))
        return np.asarray(model(pair)) - pair[1]

    model.set_weights([0 * weight for weight in before])
    *hidden, last = map(added, range(5))
    model.set_weights(before)
    require(not np.any(hidden), f'{what} needs a ReLU after each hidden convolution: activation="relu".')
    require(last.any(), late)
    require(last.max() <= 0, f"{what}: add the last map to the guess. Yours is taken away from it.")
    told = f'{what}: before training, the guess should come out. End with kernel_initializer="zeros".'
    require(np.allclose(fresh, pair[1], atol=1e-6), told)
    passed(function, f"{model.count_params():,} weights, and pictures of any size")


def residual_denoiser():
    """Five convolutions that see a noisy picture and a guess, and whose result is added to the guess."""
    import keras
    from keras import layers

    noisy, guess = keras.Input((None, None, 3)), keras.Input((None, None, 3))
    x = layers.Concatenate()([noisy, guess])
    for _ in range(4):
        x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(3, 3, padding="same", kernel_initializer="zeros")(x)
    return keras.Model([noisy, guess], layers.Add()([guess, x]))


def gram(function: Callable) -> None:
    """Check gram(maps), (h, w, c) -> (c, c): mean over all places of the product of each pair."""
    from keras import ops

    rng, use = np.random.default_rng(), "ops.reshape and ops.transpose"
    for shape in ((3, 4, 5), (6, 2, 3), (2, 2, 4)):
        maps = rng.uniform(0.2, 1, shape).astype("float32")
        expected = np.einsum("ija,ijb->ab", maps, maps) / (shape[0] * shape[1])
        rows, turned = maps.reshape(-1, shape[-1]), maps.reshape(shape[-1], -1)
        slips = (
            (expected * len(rows), "Divide by the number of places, or larger pictures count more."),
            (expected * len(rows) / shape[-1], "Divide by the number of places, not of channels."),
            (expected * len(rows) / shape[0], "Divide by height times width, not by the height alone."),
            (expected * len(rows) / rows.size, "Divide by the number of places alone."),
            (np.cov(rows.T, bias=True), "Leave the mean in: multiply the numbers as they are."),
        )
        mixed = "That reshape mixes up the channels. Make one row for each place."
        crossed = "That compares places. Channels with channels: transpose the first factor."
        for number in (1, len(rows)):
            slips += ((turned @ turned.T / number, mixed), (rows @ rows.T / number, crossed))
        what = f"{name_of(function)}({'×'.join(map(str, shape))} maps)"
        given = [ops.convert_to_tensor(maps)]
        got = _tensor(function, given, TENSORS, use, what)
        otherwise = "Entry (a, b) is the mean over all places of channel a times channel b."
        judge(got, expected, what, slips, otherwise=otherwise, rtol=1e-4)
    _trainable(function, given, use)
    passed(function, "agrees with the sums written out")


def channel_products(maps):
    """Mean over all places of the product of each pair of channels."""
    from keras import ops

    rows = ops.reshape(maps, (-1, maps.shape[-1]))
    return ops.transpose(rows) @ rows / rows.shape[0]


def explorer(function: Callable) -> None:
    """Check choose(values, epsilon, rng) -> a move for each game, by counting over many games."""
    rng, games, made = np.random.default_rng(), 6000, []
    values = rng.permuted(np.tile([0.1, 0.5, 0.9], (games, 1)), axis=1)
    best, name, chances = values.argmax(axis=1), name_of(function), np.array([0, 0.3, 0.6, 1])
    for chance in chances:
        what = f"{name}(values, {chance:g}, rng)"
        own = np.random.default_rng(rng.integers(2**31))
        state = own.bit_generator.state
        got = compare.shaped(hinted(CHOICES, call, function, values, float(chance), own), (games,), what)
        whole = got.dtype.kind in "iu" and np.isin(got, (0, 1, 2)).all()
        odd = got[~np.isin(got, (0, 1, 2))]
        told = f"numbers such as {odd[0]:.3g}" if len(odd) else f"{got.dtype} numbers"
        require(whole, f"{what} returned {told}. A move is 0, 1 or 2: argmax, not max, and rng.integers.")
        told = f"{what} makes the same random move in all games. Draw one for each."
        require(chance < 1 or np.ptp(got), told)
        made.append(got)
        require(np.mean(got == values.argmin(axis=1)) <= 0.9, f"{what} takes the smallest value: use argmax.")

    shares = np.equal(made, best).mean(axis=1)
    like = partial(np.allclose, shares, atol=0.04)
    ends = np.isclose(shares[:, None], [1, 1 / 3], atol=0.03).any(axis=1).all()
    slips = {
        "It never makes a random move.": like(1),
        "Does argmax choose for each game? It needs axis=1, and the values.": like(1 / 3),
        "Is the comparison turned round? Explore below epsilon.": like((1 + 2 * chances) / 3),
        "A random move may be the best one, too.": like(1 - chances),
        "Each game decides for itself: draw one number for each, rng.random(len(values)).": ends,
    }
    none_of(slips, f"{name} explores, but not as it should." if not like(1) else f"{name}:")
    wanted = 1 - 2 / 3 * chances
    off = np.abs(shares - wanted).argmax()
    told = f"With epsilon = {chances[off]:g}, {name} takes the best move in {shares[off]:.0%} of the games"
    require(like(wanted), f"{told}, not in {wanted[off]:.0%}.")
    told = f"{name} doesn't make all three random moves equally often. Make a second draw from 0, 1 and 2."
    require(all(np.ptp(np.bincount(moves, minlength=3)) < 0.08 * games for moves in made), told)
    require(own.bit_generator.state != state, f"{name} doesn't draw from rng. Use that generator.")
    twice = [call(function, values, 0.3, np.random.default_rng(7)) for _ in range(2)]
    require(np.array_equal(*twice), f"{name} doesn't draw all its numbers from rng. Use it for both draws.")
    passed(function, f"the shares over {games:,} games are right")


def greedy_or_random(values, epsilon, rng):
    """Best move of each game or, with probability epsilon, a random one."""
    random = rng.random(len(values)) < epsilon
    return np.where(random, rng.integers(0, values.shape[1], len(values)), values.argmax(axis=1))


def task_table(answers: Mapping) -> None:
    """Check {task: (shape of the output, loss)} against the table of this module."""
    missing = [task for task in TASKS if task not in answers]
    require(not missing, f"The task {', '.join(map(repr, missing))} is missing from your table.")
    if all(map(compare.dotted, answers.values())):
        raise compare.NotWritten("Replace the dots, then run both cells again.")
    for task, (shape, loss) in TASKS.items():
        answer = answers[task]
        told = f"{task!r}: give a pair, the shape and the loss."
        require(isinstance(answer, tuple) and len(answer) == 2, told)
        before = " Those before it are right." if task != next(iter(TASKS)) else ""
        require(not compare.dotted(answer), f"{task!r} still has dots.{before}")
        told = ASKED.get(len(shape), "How many places, and how many numbers at each?")
        written = isinstance(answer[0], tuple)
        told = told if written else "Write it in round brackets, without quotes; one number is written (10,)."
        flat = shape == (17, 2) and answer[0] == (34,)  # the points in one row, as in lesson 8
        require(written and (flat or answer[0] == shape), f"{task!r}: check the shape {answer[0]}. {told}")
        losses = sorted({loss for _, loss in TASKS.values()})
        given_loss = " and ".join(sorted(str(answer[1]).split(" and ")))
        require(given_loss in losses, f"{task!r}: {answer[1]!r} is no loss of the list: {', '.join(losses)}.")
        told = "What is the truth here, a class or a quantity?"
        told = "Does the truth say what each feature should be?" if loss == "triplet loss" else told
        told = "Which kinds of truth does each cell have?" if " and " in loss else told
        require(given_loss == loss, f"{task!r}: the shape is right, but {answer[1]!r} isn't its loss. {told}")
    passed("your table", f"{len(TASKS)} tasks, each with its output and its loss")
