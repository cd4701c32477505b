"""Checks of the exercises of lesson 6: kernels as pictures, channels, R², one step of ascent, a search."""

import numpy as np

from helpers.check import compare
from helpers.check.compare import attempt, call, close, judge, name_of, passed, require, returned, with_hints


def kernel_picture(function) -> None:
    """Check a function that turns the weights of a kernel into colours: 0 gray, the largest 0 or 1."""
    rng = np.random.default_rng()
    for sign in (1, -1):  # the largest weight is positive, then negative
        kernel = rng.uniform(-1, 1, (3, 3, 3))
        kernel[rng.integers(3), rng.integers(3), rng.integers(3)] = rng.uniform(1.5, 4) * sign
        what = f"{name_of(function)}, on a kernel from {kernel.min():.2f} to {kernel.max():.2f},"
        hints = {
            "ambiguous": "Python's max does not work on arrays. Use np.abs(kernel).max().",
            "attribute 'abs'": "It is np.abs(kernel), not kernel.abs().",
        }
        got = with_hints(hints, call, function, kernel)
        scaled = kernel / np.abs(kernel).max()
        signs = "That lost the signs. Divide the kernel itself by its largest absolute weight."
        whole = "The least weight is 0 and the largest 1. Then a weight of 0 is not always the same gray."
        by_part = [kernel / np.abs(kernel).max(axis=axis, keepdims=True) for axis in (0, 1, 2, (0, 1))]
        slips = (
            (scaled, "Colours go from 0 to 1, not from -1 to 1, and a weight of 0 has to be 0.5."),
            ((kernel - kernel.min()) / np.ptp(kernel), whole),
            ((scaled + 1) / 2 * 255, "Colours go from 0 to 1 here, not from 0 to 255."),
            (scaled + 0.5, "The values still span 2, from -0.5 to 1.5. Halve them before you add 0.5."),
            (np.abs(scaled), signs),
            ((np.abs(scaled) + 1) / 2, signs),
            (
                np.clip(scaled, 0, 1),
                "All negative weights are 0. Move 0 to 0.5; then nothing has to be clipped.",
            ),
            ((scaled + 1) // 2, "// drops decimals. Halve with /."),
            *(((part + 1) / 2, "Divide the whole kernel by one number.") for part in by_part),
        )
        divide = "First divide by the largest absolute weight, np.abs(kernel).max(): all then lies from -1 "
        divide += "to 1. Where do -1, 0 and 1 have to go?"
        judge(got, (scaled + 1) / 2, what, slips, otherwise=divide)
    passed(function, "0 is gray, and the largest weight is fully bright or dark")


def favourite_channel(function) -> None:
    """Check a function (maps, photo) -> the channel whose mean for that photo is most above the others'."""
    rng = np.random.default_rng()
    axes = ((0, 1), (0, 2), (1, 3), (2, 3), (0, 1, 2), (1, 2, 3))
    for photo in (1, 3):
        averaged = special = [0]
        while set(averaged) & set(special):  # until no mean over wrong axes leads to one of these channels
            maps = rng.uniform(0.9, 1.1, (4, 5, 6, 9))
            # Most means over wrong axes lead to 0, or to 2, the row and the column of the single place.
            special = loved, loud, spot, rival, least, other = rng.permutation([1, *range(3, 9)])[:6].tolist()
            maps[..., loud] += 9  # large for every photo
            maps[photo, ..., loud] += 0.3
            maps[photo, ..., loved] += 6
            maps[0, ..., loved] += 3.9  # one other photo has it too
            maps[..., rival] -= 0.8  # the largest of all quotients
            maps[photo, ..., rival] += 3
            maps[photo, ..., least] -= 8
            maps[photo, 2, 2, spot] += 60  # a single place
            maps[photo, ..., other] += 8.4
            maps[0, ..., other] += 14  # one other photo has it even more
            means = [maps.mean(axis=over) for over in axes]
            averaged = [np.argmax(m[photo] - np.delete(m, photo, axis=0).mean(axis=0)) for m in means]
        what = f"{name_of(function)}, on maps of shape {maps.shape} and photo {photo},"
        got = call(function, maps, photo)
        told = f"{what} returned {returned(got)}; the number of one channel is asked for. np.argmax gives it."
        require(isinstance(got, int | np.integer), told)
        hints = {
            "chose a channel that is large for every photo. Subtract its mean over the other photos, channel "
            "by channel: np.delete(means, photo, axis=0).mean(axis=0).": got == loud,
            "chose a channel that is large at one place. Take the mean over all places first.": got == spot,
            "chose a channel that is smaller for this photo than for the others. From means[photo] subtract "
            "the mean over the others, without np.abs.": got == least,
            "chose another channel. Subtract the mean over the other photos, not their largest value, and no "
            "division.": got == rival,
            f"returned {got}, and there are 9 channels. Before np.argmax you still have several rows. From "
            "the row means[photo] subtract one row, the mean over the others.": got >= 9
            and got % 9 in (loved, other),
            "chose a channel that another photo has even more. Subtract the mean, not the median. Use photo "
            "in both places: means[photo] and np.delete(means, photo, axis=0).": got == other,
            f"returned {got}, and there are 9 channels. Take the means over axes 1 and 2 (the places) before "
            "np.argmax.": not 0 <= got < 9,
            f"returned {got}, and that is not the channel. Did you take each mean over the places? The axes "
            "are (photo, row, column, channel), so these are axes 1 and 2.": got in averaged,
            f"returned {got}, and that is not the channel. Compare this photo's means with the mean over the "
            "other photos, channel by channel.": got != loved,
        }
        compare.none_of(hints, what)
    passed(function, "finds the channel that answers to one photo more than to the others")


def r_squared(function) -> None:
    """Check a function (drawn, true) -> R²."""
    rng, slips, right = np.random.default_rng(), {0: ""}, 0
    while right < 0.1 or any(abs(wrong - right) < 1e-3 for wrong in slips):  # no slip is nearly right
        true = rng.uniform(0, 1, (2, 4, 4, 3)) * rng.permutation([0.4, 0.55, 0.7])
        true[1] *= 0.6
        drawn = 0.6 * true + 0.3 * rng.uniform(0, 1, true.shape)
        error, spread = np.sum((drawn - true) ** 2), np.sum((true - true.mean()) ** 2)
        mean, right = np.mean((drawn - true) ** 2), 1 - error / spread
        correlation = np.corrcoef(drawn.ravel(), true.ravel())[0, 1]
        axes = [0, 1, 2, 3, (0, 1), (0, 1, 2), (1, 2), (1, 2, 3)]
        parts = [np.sum((true - true.mean(axis=axis, keepdims=True)) ** 2) for axis in axes]
        slips = {
            error / spread: "That is the share of the spread that is left over. R² is 1 minus it.",
            1 - error / np.sum((drawn - drawn.mean()) ** 2): "Divide by the spread of the true picture.",
            1 - error / np.sum((true - drawn.mean()) ** 2): "Subtract the mean of the true picture.",
            1 - error / np.sum(true**2): "Subtract the mean from the true picture before you square.",
            1 - np.sum(np.abs(drawn - true)) / np.sum(np.abs(true - true.mean())): "Square the differences.",
            (1 - error) / spread: "Divide first, then subtract: 1 - error / spread.",
            (1 - mean) / np.var(true): "Divide first, then subtract: 1 - error / spread.",
            1 - spread / error: "Divide the error by the spread, not the other way round.",
            1 - np.sqrt(error / spread): "Square both norms: R² divides squares by squares.",
            100 * right: "R² is 1 at most: leave out the 100.",
            1 - mean / np.std(true): "The spread is made of squares: np.var, not np.std.",
            1 - error / np.std(true): "The spread is made of squares, and it is a sum as well.",
            **{1 - error / part: "Use one mean over all numbers: true.mean()." for part in parts},
            correlation**2: "That is the squared correlation. Here R² is 1 - error / spread.",
            1 - mean: "The error still has to be divided by the spread.",
            1 - error: "The error still has to be divided by the spread.",
            1 - mean / spread: "Take the sum in both places, or the mean in both.",
            1 - error / np.var(true): "Take the sum in both places, or the mean in both.",
        }
    what, got = f"{name_of(function)}, on two pictures,", call(function, drawn, true)
    numpy = " Use NumPy here: np.sum, not tf.reduce_sum." if hasattr(got, "numpy") else ""
    numpy = " Add up over all axes: np.sum(...), without an axis." if np.ndim(got) else numpy
    number = isinstance(got, int | float | np.number)
    require(number, f"{what} returned {returned(got)}; it should return a number.{numpy}")
    got = float(got)
    squared = "Square each difference first, then add up: np.sum((...) ** 2)."
    judge(got, right, what, slips.items(), otherwise=squared if abs(got) > 1e6 else "")
    require(np.isclose(call(function, true, true), 1), f"{what} is right; a perfect copy does not give 1.")
    got, worse = call(function, 1 - true, true), 1 - np.sum((1 - 2 * true) ** 2) / spread
    told = f"{what} is right; where the error exceeds the spread R² is negative, and you gave {got:.4g}. "
    require(np.isclose(got, worse), f"{told}Leave out abs, max and clip.")
    passed(function, "1 for a perfect copy, and right for a poor one")


def ascent_step(function) -> None:
    """Check a function (part, picture, channel, length) -> the picture after one step of gradient ascent."""
    import keras
    import tensorflow as tf

    rng = np.random.default_rng()
    while True:  # until the mean over all channels leads elsewhere, and uphill darkens some colours
        kernel = rng.uniform(0.2, 1, (1, 1, 3, 4)) * rng.choice([-1, 1], (1, 1, 3, 4))
        channel, every = int(rng.integers(1, 4)), kernel[0, 0].sum(axis=1)
        one = kernel[0, 0, :, channel]
        alike = max(abs(_cosine(one, every)), _cosine(np.maximum(one, 0), every))
        if one.min() < 0 < one.max() and alike < 0.9:
            break
    weights = tf.constant(kernel[0, 0], tf.float32)  # no variables: a tape would watch them by itself
    part = keras.Sequential([keras.Input((5, 6, 3)), keras.layers.Lambda(lambda maps: maps @ weights)])
    picture = rng.uniform(100, 150, (1, 5, 6, 3)).astype("float32")
    what = f"{name_of(function)}, on a small network and channel {channel},"

    def climbed(length):
        direction = np.broadcast_to(one, picture.shape)
        return picture + length * direction / np.linalg.norm(direction)

    def run(length):
        hints = {
            "NoneType|None values": "The gradient is None: is tape.watch(picture) the first line under the "
            "tape, and is the line of the score indented under it? Does tape.gradient get the score first, "
            "then the picture? And do you call part(picture)? part.predict gives plain numbers.",
            "slice index|out of bounds": "The channel is the last axis: part(picture)[..., channel].",
            "_id'": "The tape can't follow NumPy. Use tf.reduce_mean for the score.",
            "can't multiply sequence": "Without the brackets: tape.gradient(score, picture).",
        }
        got = with_hints(hints, attempt, function, part, tf.constant(picture), channel, length)
        told = f"{what} returned {returned(got)}; it should return the new picture, as a tensor."
        tensor = tf.is_tensor(got) or isinstance(got, tf.Variable)
        require(tensor, f"{told} The next step watches it, so stay in TensorFlow: tf.norm, tf.clip_by_value.")
        got = np.asarray(got)
        require(got.shape == picture.shape, f"{what} returned shape {got.shape}, not that of the picture.")
        return got

    got, right = run(20.0), climbed(20.0)
    moved, every = got - picture, np.broadcast_to(every, picture.shape)
    uphill, over_all = _cosine(moved, right - picture), _cosine(moved, every)
    brighter = _cosine(moved, np.maximum(right - picture, 0))
    places = np.abs(moved).max(axis=3)[0] > 1e-5
    hints = {
        "That is the step alone. Add it to the picture.": np.allclose(got, right - picture, atol=0.01),
        "Pixels run from 0 to 255, not from 0 to 1.": got.min() >= 0 and got.max() <= 1,
        "The picture has not changed. Add the step to it.": np.abs(moved).max() < 1e-5,
        "Take the mean of the map, tf.reduce_mean, so that every place counts.": places.sum() == 1,
        "The channel is the last axis: part(picture)[..., channel].": places.any() and not places.all(),
        "Clip the new picture, not the step or the gradient.": brighter > 0.999 and uphill < 0.999,
        "It walks downhill. To make the score larger, add the step.": uphill < -0.999,
        "Is the score the mean over all channels? Take one: part(picture)[..., channel].": over_all > 0.999,
        "The direction is right and the length is not. Divide the gradient by its norm, the one number "
        "tf.norm(gradient), and multiply by length.": uphill > 0.999
        and not np.allclose(got, right, atol=0.01),
    }
    compare.none_of(hints, f"{what} returned another picture.")
    close(got, right, what, rtol=1e-4, atol=0.01)
    got = run(5000.0)
    told = f"{what} returned pixels from {got.min():.0f} to {got.max():.0f}. tf.clip_by_value returns a new "
    told += "picture, in 0 to 255; the old one stays as it is."
    require(got.min() >= 0 and got.max() <= 255, told)
    close(got, np.clip(climbed(5000.0), 0, 255), what, rtol=1e-4, atol=0.5)
    passed(function, "one step uphill, of the right length, and no pixel leaves 0 to 255")


def _cosine(a, b):
    return np.sum(a * b) / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-6)


def best_places(function) -> None:
    """Check a function (values, count) -> [(picture, row, column), ...] of the largest values of maps."""
    rng = np.random.default_rng()
    values = rng.uniform(-0.4, 0.4, (7, 4, 6))
    best = rng.integers(3, 7)  # so that the best three are not the first three
    first, second, third, low, broad = order = [best, *rng.permutation(np.delete(np.arange(7), best))[:4]]
    places = rng.permutation(6)  # no two pictures have the same one
    peaks = np.array([(n, 1 + place % 3, 4 + place // 3) for n, place in zip(order, places, strict=False)])
    values[broad] += 1.5  # the largest mean
    for (n, row, column), peak in zip(peaks, (9, 6, 4, -20, 2.5), strict=True):
        values[n, row, column] = peak
    values[first, 0, 0] = 8  # the second largest of all, in the same picture
    what = f"{name_of(function)}, on maps of shape {values.shape} and with count 3,"
    tuples = "a list of 3 entries (picture, row, column)"
    outside = "Look for the place in the map of one picture: values[n].argmax(), with values[n].shape."
    got = with_hints({"out of bounds": outside}, call, function, values, 3)
    kinds = list | tuple | np.ndarray
    require(isinstance(got, kinds), f"{what} returned {returned(got)}; it should return {tuples}.")
    one = " values.max() is one number; values.max(axis=(1, 2)) is one for each picture." * (len(got) == 1)
    require(len(got) == 3, f"{what} returned {len(got)} entries; it should return {tuples}.{one}")
    told = f"{what} returned entries that are not three numbers; it should return {tuples}. "
    told += "np.unravel_index(values[n].argmax(), values[n].shape) gives row and column of picture n."
    triples = (isinstance(entry, kinds) and [np.ndim(one) for one in entry] == [0, 0, 0] for entry in got)
    require(all(triples), told)
    got = np.array([[int(number) for number in entry] for entry in got])
    pictures, right = list(got[:, 0]), peaks[:3]
    hints = {
        "It holds the same picture twice. Look for the largest value of each picture first: "
        "values.max(axis=(1, 2)).": len(set(pictures)) < 3,
        "The places are right. The number before them is that of the picture, not its rank.": (
            pictures == [0, 1, 2] and np.array_equal(got[:, 1:], right[:, 1:])
        ),
        "The largest value comes first. np.argsort puts the smallest first: use -values.max(axis=(1, 2)), "
        "and go through its first `count` pictures.": pictures == [third, second, first]
        or first not in pictures,
        "Compare the largest values of the pictures, without np.abs.": low in pictures,
        "Compare the largest values of the pictures, values.max(axis=(1, 2)), not their means.": broad
        in pictures,
        "Row first, then column, as in values[n].shape.": np.array_equal(got, right[:, [0, 2, 1]]),
        "The pictures are right and the places are not. Look for the place in the map of the same picture, "
        "values[n].argmax().": pictures == [first, second, third] and not np.array_equal(got, right),
    }
    compare.none_of(hints, f"{what} returned other places.")
    require(np.array_equal(got, right), f"{what} returned {got.tolist()}, and that is not right.")
    passed(function, "the best pictures in order, each with its best place")
