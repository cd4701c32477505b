"""Checks of the exercises of lesson 6: kernels as pictures, channels, R², one step of ascent, patches."""

from __future__ import annotations

import numpy as np

from helpers.check.compare import NotWritten, attempt, call, close, described, name_of, passed, require


def kernel_picture(function) -> None:
    """Check a function that turns the weights of a kernel into colours: 0 gray, the largest 0 or 1."""
    rng = np.random.default_rng()
    for sign in (1, -1):  # the largest weight is positive, then negative
        kernel = rng.uniform(-1, 1, (3, 3, 3))
        kernel[rng.integers(3), rng.integers(3), rng.integers(3)] = 3 * sign
        what = f"{name_of(function)}, on a kernel from {kernel.min():.2f} to {kernel.max():.2f},"
        got = call(function, kernel)
        require(isinstance(got, np.ndarray), f"{what} returned {described(got)}, not an array.")
        require(got.shape == kernel.shape, f"{what} returned shape {got.shape}; it should stay (3, 3, 3).")
        scaled = kernel / np.abs(kernel).max()
        require(
            not np.allclose(got, scaled),
            f"{what} returned values from -1 to 1. Colours go from 0 to 1, and a weight of 0 has to be 0.5.",
        )
        require(
            not np.allclose(got, (kernel - kernel.min()) / np.ptp(kernel)),
            f"{what} made the least weight 0 and the largest 1. Then 0 is not always the same gray.",
        )
        require(
            not np.allclose(got, (scaled + 1) / 2 * 255),
            f"{what} returned values from 0 to 255. Use 0 to 1: black is 0, gray 0.5, white 1.",
        )
        require(
            not np.allclose(got, scaled + 0.5),
            f"{what} moved 0 to 0.5, but the numbers still run over 2, from -0.5 to 1.5. Halve them before "
            "you add 0.5.",
        )
        require(
            got.min() >= -1e-6 and got.max() <= 1 + 1e-6,
            f"{what} returned values from {got.min():.2f} to {got.max():.2f}. Divide by the largest absolute "
            "weight, np.abs(kernel).max(), before you move 0 to 0.5.",
        )
        close(got.astype(float), (scaled + 1) / 2, what, rtol=1e-5, atol=1e-5)
    passed(function, "0 is gray, and the largest weight is fully bright or dark")


def favourite_channel(function) -> None:
    """Check a function (maps, photo) -> the channel whose mean for that photo is most above the others'."""
    rng = np.random.default_rng()
    for photo in (1, 3):
        maps = rng.uniform(0.4, 0.6, (4, 3, 5, 9))
        loved, loud, spot = rng.permutation(9)[:3]
        maps[..., loud] += 9  # large for every photo
        maps[photo, ..., loud] += 0.3
        maps[photo, ..., loved] += 2
        maps[photo, 1, 2, spot] += 8  # a single place
        what = f"{name_of(function)}, on maps of shape {maps.shape} and photo {photo},"
        got = call(function, maps, photo)
        require(
            isinstance(got, int | np.integer),
            f"{what} returned {described(got)}; the number of one channel is asked for. np.argmax gives it.",
        )
        require(
            got != loud,
            f"{what} chose a channel that is large for every photo. Subtract its mean over the other "
            "photos, channel by channel: np.delete(means, photo, axis=0).mean(axis=0).",
        )
        require(
            got != spot,
            f"{what} chose a channel that is large at one place. Take the mean over all places first.",
        )
        require(
            0 <= got < maps.shape[-1],
            f"{what} returned {got}, and there are 9 channels. Take the means over axes 1 and 2 (the places) "
            "before np.argmax.",
        )
        require(
            got == loved,
            f"{what} returned {got}, and that is not the channel. Compare this photo's means with the mean "
            "over the other photos, channel by channel.",
        )
    passed(function, "finds the channel that answers to one photo more than to the others")


def r_squared(function) -> None:
    """Check a function (drawn, true) -> R²."""
    rng = np.random.default_rng()
    true = rng.uniform(0, 1, (2, 4, 4, 3)) * rng.uniform(0.4, 0.7, 3)
    drawn = 0.6 * true + 0.3 * rng.uniform(0, 1, true.shape)
    what, got = f"{name_of(function)}, on two pictures,", call(function, drawn, true)
    error, spread = np.sum((drawn - true) ** 2), np.sum((true - true.mean()) ** 2)
    require(
        isinstance(got, float | np.floating), f"{what} returned {described(got)}; it should return a number."
    )
    slips = {
        error / spread: "That is the share of the spread that is left over. R² is 1 minus it.",
        1 - error / np.sum((drawn - drawn.mean()) ** 2): "Divide by the spread of the true picture.",
        1 - error / np.sum((true - drawn.mean()) ** 2): "The spread is around the mean of the true picture.",
        1 - error / np.sum(true**2): "Subtract the mean from the true picture before you square.",
        1 - np.sum(np.abs(drawn - true)) / np.sum(np.abs(true - true.mean())): "Square the differences.",
        1 - np.mean((drawn - true) ** 2): "The error still has to be divided by the spread.",
        1 - error: "The error still has to be divided by the spread.",
        1 - np.mean((drawn - true) ** 2) / spread: "Take the sum in both places, or the mean in both.",
        1 - error / np.mean((true - true.mean()) ** 2): "Take the sum in both places, or the mean in both.",
    }
    for wrong, hint in slips.items():
        require(not np.isclose(got, wrong), f"{what} returned {got:.3f}. {hint}")
    squared = " Square each difference first, then add up: np.sum((...) ** 2)."
    require(np.isfinite(got) and got > -1e6, f"{what} returned {got:.3g}.{squared}")
    close(got, 1 - error / spread, what, rtol=1e-5, atol=1e-5)
    require(
        np.isclose(call(function, true, true), 1), f"{what} is right, but a perfect copy does not give 1."
    )
    passed(function, "1 for a perfect copy, and right for a poor one")


def ascent_step(function) -> None:
    """Check a function (part, picture, channel, length) -> the picture after one step of gradient ascent."""
    import keras
    import tensorflow as tf

    rng = np.random.default_rng()
    while True:  # until uphill for the channel is not uphill for the mean over all channels too
        kernel = rng.uniform(0.2, 1, (1, 1, 3, 4)) * rng.choice([-1, 1], (1, 1, 3, 4))
        channel, every = int(rng.integers(1, 4)), kernel[0, 0].sum(axis=1)
        one = kernel[0, 0, :, channel]
        if abs(one @ every) < 0.9 * np.linalg.norm(one) * np.linalg.norm(every):
            break
    part = keras.Sequential([keras.Input((5, 6, 3)), keras.layers.Conv2D(4, 1, use_bias=False)])
    part.layers[0].set_weights([kernel])
    picture = rng.uniform(100, 150, (1, 5, 6, 3)).astype("float32")
    what = f"{name_of(function)}, on a small network and channel {channel},"

    def climbed(length):
        direction = np.broadcast_to(one, picture.shape)
        return picture + length * direction / np.linalg.norm(direction)

    def run(length):
        try:
            got = attempt(function, part, tf.constant(picture), channel, length)
        except NotWritten:
            raise
        except AssertionError as error:
            hints = {
                "The gradient is None: is tape.watch(picture) the first line under the tape? And do you call "
                "part(picture)? part.predict gives NumPy, which the tape can't follow.": (
                    "NoneType",
                    "None values",
                ),
                "The channel is the last axis: part(picture)[..., channel].": (
                    "slice index",
                    "out of bounds",
                ),
            }
            hint = "".join(f" {hint}" for hint, signs in hints.items() if any(s in str(error) for s in signs))
            raise AssertionError(f"{error}{hint}") from error
        require(
            tf.is_tensor(got) or isinstance(got, np.ndarray | tf.Variable),
            f"{what} returned {described(got)}; it should return the new picture.",
        )
        got = np.asarray(got)
        require(got.shape == picture.shape, f"{what} returned shape {got.shape}, not that of the picture.")
        return got

    got, right = run(20.0), climbed(20.0)
    moved, every = got - picture, np.broadcast_to(every, picture.shape)
    uphill = np.sum(moved * (right - picture)) / max(20 * np.linalg.norm(moved), 1e-6)  # a cosine
    over_all = np.sum(moved * every) / max(np.linalg.norm(moved) * np.linalg.norm(every), 1e-6)
    hints = {
        "That is the step alone. Add it to the picture.": np.allclose(got, right - picture, atol=0.01),
        "The picture has not changed. Add the step to it.": np.abs(moved).max() < 1e-5,
        "It walks downhill. To make the score larger, add the step.": uphill < -0.999,
        "Is the score the mean over all channels? Take one: part(picture)[..., channel].": over_all > 0.999,
        "The direction is right and the length is not. Divide the gradient by its norm, tf.norm(gradient), "
        "and multiply by length.": uphill > 0.999 and not np.allclose(got, right, atol=0.01),
    }
    for hint, slipped in hints.items():
        require(not slipped, f"{what} returned another picture. {hint}")
    close(got, right, what, rtol=1e-4, atol=0.01)
    got = run(5000.0)
    require(
        got.min() >= 0 and got.max() <= 255,
        f"{what} returned pixels from {got.min():.0f} to {got.max():.0f}. Keep them in 0 to 255 with "
        "tf.clip_by_value.",
    )
    close(got, np.clip(climbed(5000.0), 0, 255), what, rtol=1e-4, atol=0.5)
    passed(function, "one step uphill, of the right length, and no pixel leaves 0 to 255")


def patch_start(function) -> None:
    """Check a function (place, stride, field, side) -> the first pixel of the patch that a place sees."""
    rng = np.random.default_rng()
    stride, field, side = 8, int(2 * rng.integers(12, 30) + 1), 192
    middle = int(rng.integers(10, 13))
    for place, where in ((middle, "in the middle"), (0, "at the left edge"), (23, "at the right edge")):
        what = f"{name_of(function)}({place}, {stride}, {field}, {side})"
        got = call(function, place, stride, field, side)
        require(
            isinstance(got, int | np.integer),
            f"{what} returned {described(got)}; the number of a pixel is whole. Use // for halves.",
        )
        last = place * stride + stride - 1  # pixel of the cell
        free = last - field // 2
        expected = min(max(free, 0), side - field)
        hints = {
            place * stride: "That is where the cell begins. The patch lies around its last pixel.",
            last: "That is the middle of the patch. It begins half a field before it.",
            place * stride - field // 2: "The last pixel of the cell is stride - 1 further to the right.",
            place * stride
            + stride // 2
            - field // 2: "That is around the middle of the cell. Because of the "
            "padding the patch lies around the last pixel, stride - 1 after the first.",
            free + 1: "The last pixel of the cell is stride - 1 after the first one, not stride.",
            free - 1: "From the middle of the patch, go back field // 2 pixels.",
            place + stride - 1 - field // 2: "A step on the map is stride pixels: multiply place by stride.",
        }
        for wrong, hint in hints.items():
            slipped = place == middle and got in (wrong, min(max(wrong, 0), side - field))
            require(not slipped, f"{what} returned {got}. {hint}")
        require(
            expected == free or got != free,
            f"{what} returned {got}, {where} of the picture: the patch hangs over. Move it inside: it may "
            "begin at 0 at the earliest, and at side - field at the latest.",
        )
        require(got == expected, f"{what} returned {got}. Draw the cell {where}, its last pixel, the patch.")
    passed(function, "right in the middle and at both edges")
