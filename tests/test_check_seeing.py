"""Checks of lesson 6: what they say of right answers, of stubs, and of the usual slips, whatever is drawn."""

import numpy as np
import pytest
from exercises import said

from helpers import check, convolution, visualize
from helpers.visualize.patches import receptive_boxes


def called(part, picture):
    return part(picture)


def uphill(
    *,
    sign=1,
    clip=True,
    norm=True,
    every=False,
    watch=True,
    first=False,
    reduce=None,
    top=255,
    whole=None,
    measure=called,
    back=lambda _, new: new,
):
    """Write a step of ascent, right or with one slip."""

    def climb(part, picture, channel, length):
        import tensorflow as tf

        with tf.GradientTape() as tape:
            if watch:
                tape.watch(picture)
            maps = measure(part, picture)
            one = first(maps, channel) if first else maps[..., channel]
            score = (reduce or tf.reduce_mean)(maps if every else one)
        gradient = whole(tape, score, picture) if whole else tape.gradient(score, picture)
        move = length * gradient / (tf.norm(gradient) if norm else 1)
        new = picture + sign * move
        return back(picture, tf.clip_by_value(new, 0, top) if clip else new)

    return climb


def means(maps):
    return maps.mean(axis=(1, 2))


def over(*axes):
    return lambda maps, photo: above(maps, photo, lambda maps: maps.mean(axis=axes)).argmax()


def watched_late(part, picture, channel, length):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        score = tf.reduce_mean(part(picture)[..., channel])
        tape.watch(picture)
    gradient = tape.gradient(score, picture)
    return tf.clip_by_value(picture + length * gradient / tf.norm(gradient), 0, 255)


def clip_elsewhere(_, new):
    import tensorflow as tf

    tf.clip_by_value(new, 0, 255)
    return new


def clip_the_step(picture, new):
    import tensorflow as tf

    return picture + tf.clip_by_value(new - picture, 0, 255)


def clipped_gradient(tape, score, picture):
    import tensorflow as tf

    return tf.clip_by_value(tape.gradient(score, picture), 0, 255)


def after_the_tape(part, picture, channel, length):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(picture)
    gradient = tape.gradient(tf.reduce_mean(part(picture)[..., channel]), picture)
    return tf.clip_by_value(picture + length * gradient / tf.norm(gradient), 0, 255)


def above(maps, photo, measure=means):
    return measure(maps)[photo] - np.delete(measure(maps), photo, axis=0).mean(axis=0)


def found(values, count, *, key=lambda v: -v.max(axis=(1, 2)), place=lambda v, n: v[n]):
    """Search as the lesson does, or with one slip."""
    best = np.argsort(key(values))[:count]
    return [(n, *np.unravel_index(place(values, n).argmax(), values[n].shape)) for n in best]


def in_the_whole_stack(values, count):
    flat = np.argsort(-values.ravel())[:count]
    return list(zip(*np.unravel_index(flat, values.shape), strict=True))


def tf_sum(numbers):
    import tensorflow as tf

    return tf.reduce_sum(numbers)


def highest(numbers):
    import tensorflow as tf

    return tf.reduce_max(numbers)


RIGHT = {
    check.kernel_picture: [
        visualize.kernel_picture,
        lambda kernel: (kernel / np.max(np.abs(kernel)) + 1) / 2,
        lambda kernel: (visualize.kernel_picture(kernel)).astype("float32"),
    ],
    check.favourite_channel: [
        visualize.favourite_channel,
        lambda maps, photo: np.argmax(above(maps, photo)),
        lambda maps, photo: np.argmax(means(maps)[photo] - means(maps).mean(axis=0)),
    ],
    check.r_squared: [
        visualize.r_squared,
        lambda drawn, true: 1 - np.sum((drawn - true) ** 2) / np.sum((true - np.mean(true)) ** 2),
    ],
    check.ascent_step: [visualize.climb, uphill(), uphill(reduce=tf_sum)],
    check.best_places: [
        visualize.best_places,
        found,
        lambda values, count: np.array(found(values, count)),
        lambda values, count: [
            [n, *np.argwhere(values[n] == values[n].max())[0]]
            for n in np.argsort(values.max(axis=(1, 2)))[::-1][:count]
        ],
    ],
}

# What is wrong, and a part of what the check says of it.
SLIPS = {
    check.kernel_picture: [
        (lambda k: k / np.abs(k).max(), "from -1 to 1"),
        (lambda k: (k - k.min()) / (k.max() - k.min()), "0 is not always the same gray"),
        (lambda k: k / k.max() / 2 + 0.5, "largest absolute weight"),
        (lambda k: k / 2 + 0.5, "largest absolute weight"),
        (lambda k: k / np.abs(k).max() + 0.5, "values still span 2, from -0.5 to 1.5. Halve them"),
        (lambda k: (k / np.abs(k).max() + 1) / 2 * 255, "0 to 255"),
        (lambda k: np.abs(k) / np.abs(k).max(), "lost the signs"),
        (lambda k: np.clip(k / np.abs(k).max(), 0, 1), "negative weights are 0"),
        (lambda k: (k / np.abs(k).max() + 1) // 2, "Halve with /"),
        (lambda k: k / 6 + 0.5, "Where do -1, 0 and 1 have to go?"),
        (lambda k: (k, (k / 6, 1)), "returned tuple of 2; it should return an array"),
        (lambda k: np.abs(k) / np.abs(k).max() / 2 + 0.5, "lost the signs"),
        (lambda k: k / np.abs(k).max(axis=(0, 1)) / 2 + 0.5, "by one number"),
        (lambda k: k / np.abs(k).max(axis=2, keepdims=True) / 2 + 0.5, "by one number"),
        (lambda k: k / max(abs(k)) / 2 + 0.5, "np.abs(kernel).max()"),
        (lambda k: (k / np.abs(k).max()).mean(axis=2), "it should be (3, 3, 3)"),
        (lambda k: None, "did you forget return?"),
        (lambda k: k / k.abs().max() / 2 + 0.5, "np.abs(kernel), not kernel.abs()"),
    ],
    check.favourite_channel: [
        (lambda m, p: None, "did you forget return?"),
        *((over(*axes), "axes 1 and 2") for axes in ((0, 1), (0, 2), (1, 3), (2, 3), (0, 1, 2), (1, 2, 3))),
        (lambda m, p: means(m)[p].argmax(), "large for every photo"),
        (lambda m, p: above(m, p, lambda maps: maps.max(axis=(1, 2))).argmax(), "large at one place"),
        (lambda m, p: (means(m)[p] - np.delete(means(m), p, axis=0).mean()).argmax(), "channel by channel"),
        (lambda m, p: above(m, p), "one channel is asked for"),
        (lambda m, p: (-above(m, p)).argmax(), "smaller for this photo"),
        (lambda m, p: above(m, 0).argmax(), "means[photo]"),
        (
            lambda m, p: (means(m)[p] - np.delete(means(m), p, axis=0)).argmax(),
            "still have several rows",
        ),
        (lambda m, p: (means(m)[p] - np.delete(means(m), p, axis=0).max(axis=0)).argmax(), "largest value"),
        (lambda m, p: (means(m)[p] / np.delete(means(m), p, axis=0).mean(axis=0)).argmax(), "no division"),
        (lambda m, p: np.abs(above(m, p)).argmax(), "without np.abs"),
        (
            lambda m, p: (means(m)[0] - np.delete(means(m), p, axis=0).mean(axis=0)).argmax(),
            "Use photo in both",
        ),
        (
            lambda m, p: (means(m)[p] - np.delete(means(m), 0, axis=0).mean(axis=0)).argmax(),
            "Use photo in both",
        ),
        (lambda m, p: (means(m)[p] - np.median(means(m), axis=0)).argmax(), "not the median"),
        (
            lambda m, p: (means(m) - np.delete(means(m), p, axis=0).mean(axis=0)).argmax(),
            "Use photo in both",
        ),
        (lambda m, p: above(m, p).max(), "one channel is asked for"),
        (lambda m, p: (m[p] - np.delete(m, p, axis=0).mean(axis=0)).argmax(), "there are 9 channels"),
    ],
    check.r_squared: [
        (lambda d, t: None, "did you forget return?"),
        *(
            (lambda d, t, by=by: by(visualize.r_squared(d, t)), "is negative")
            for by in (abs, lambda r: max(0, r))
        ),
        (lambda d, t: np.clip(visualize.r_squared(d, t), 0, 1), "Leave out abs, max and clip"),
        *((lambda d, t, n=n: n, f"returned {n}") for n in (0, 1)),
        (lambda d, t: 100 * visualize.r_squared(d, t), "leave out the 100"),
        (lambda d, t: 1 - np.linalg.norm(d - t) / np.linalg.norm(t - t.mean()), "Square both norms"),
        (
            lambda d, t: 1 - sum((d - t) ** 2) / sum((t - t.mean()) ** 2),
            "without an axis",
        ),
        (lambda d, t: 1 - ((d - t) * 2).sum() / ((t - t.mean()) * 2).sum(), "Square each difference"),
        (lambda d, t: 1 - ((d - t) ** 2).sum() / ((t - t.mean(axis=(0, 1))) ** 2).sum(), "one mean"),
        (lambda d, t: ((d - t) ** 2).sum() / ((t - t.mean()) ** 2).sum(), "R² is 1 minus"),
        (lambda d, t: 1 - ((d - t) ** 2).sum() / ((d - d.mean()) ** 2).sum(), "spread of the true picture"),
        (lambda d, t: 1 - ((d - t) ** 2).sum() / ((t - d.mean()) ** 2).sum(), "mean of the true picture"),
        (lambda d, t: 1 - ((d - t) ** 2).sum() / (t**2).sum(), "Subtract the mean"),
        (lambda d, t: 1 - np.abs(d - t).sum() / np.abs(t - t.mean()).sum(), "Square the differences"),
        (lambda d, t: 1 - ((d - t) ** 2).mean(), "divided by the spread"),
        (lambda d, t: 1 - ((d - t) ** 2).sum() / t.var(), "in both places"),
        (lambda d, t: 1 - ((d - t) ** 2).mean() / ((t - t.mean()) ** 2).sum(), "in both places"),
        (lambda d, t: 1 - ((d - t) ** 2).sum() / (t - t.mean()).sum() ** 2, "Square each difference"),
        (lambda d, t: 1 - ((d - t) ** 2) / t.var(), "should return a number"),
        (lambda d, t: 1 - ((d - t) ** 2).sum() / ((t - t.mean(axis=0)) ** 2).sum(), "one mean"),
        (lambda d, t: 1 - ((d - t) ** 2).sum() / ((t - t.mean(axis=(0, 1, 2))) ** 2).sum(), "one mean"),
        (lambda d, t: (1 - ((d - t) ** 2).sum()) / ((t - t.mean()) ** 2).sum(), "Divide first"),
        (lambda d, t: (1 - ((d - t) ** 2).mean()) / t.var(), "Divide first"),
        (lambda d, t: 1 - t.var() / ((d - t) ** 2).mean(), "the other way round"),
        (lambda d, t: 1 - ((d - t) ** 2).mean() / t.std(), "np.var, not np.std"),
        (lambda d, t: 1 - ((d - t) ** 2).sum() / t.std(), "made of squares"),
        (lambda d, t: np.corrcoef(d.ravel(), t.ravel())[0, 1] ** 2, "the squared correlation"),
        (lambda d, t: 1 - tf_sum((d - t) ** 2) / tf_sum((t - t.mean()) ** 2), "not tf.reduce_sum"),
    ],
    check.ascent_step: [
        (uphill(sign=-1), "downhill"),
        (uphill(clip=False), "tf.clip_by_value"),
        (uphill(clip=False, back=clip_elsewhere), "returns a new picture"),
        (uphill(clip=False, back=clip_the_step), "Clip the new picture, not the step"),
        (uphill(whole=clipped_gradient), "Clip the new picture, not the step"),
        (after_the_tape, "indented under it"),
        (uphill(norm=False), "Divide the gradient by its norm"),
        (uphill(every=True), "mean over all channels"),
        (uphill(watch=False), "tape.watch(picture)"),
        (watched_late, "first line under the tape"),
        (uphill(whole=lambda tape, score, picture: tape.gradient(picture, score)), "the score first, then"),
        (
            uphill(measure=lambda part, picture: part.predict(picture, verbose=0)),
            "part.predict gives plain numbers",
        ),
        (uphill(first=lambda maps, channel: maps[channel]), "InvalidArgumentError: slice index"),
        (uphill(first=lambda maps, channel: maps[channel]), "channel is the last axis"),
        (uphill(first=lambda maps, channel: maps[0, channel]), "channel is the last axis"),
        (uphill(reduce=highest), "tf.reduce_mean"),
        (uphill(reduce=np.mean), "tf.reduce_mean"),
        (uphill(top=1), "0 to 255"),
        (uphill(whole=lambda tape, score, picture: tape.gradient(score, [picture])), "Without the brackets"),
        (uphill(back=lambda _, new: new.numpy()), "stay in TensorFlow"),
        (uphill(back=lambda _, new: np.clip(new, 0, 255)), "stay in TensorFlow"),
        (uphill(back=lambda old, new: old), "has not changed"),
        (uphill(back=lambda old, new: new - old), "the step alone"),
        (uphill(back=lambda old, new: (old + new) / 2), "Divide the gradient by its norm"),
        (uphill(back=lambda old, new: new[0]), "not that of the picture"),
        (uphill(back=lambda old, new: None), "did you forget return?"),
    ],
    check.best_places: [
        (lambda v, c: found(v, c, key=lambda v: v.max(axis=(1, 2))), "np.argsort puts the smallest first"),
        (lambda v, c: found(v, c)[::-1], "comes first"),
        (lambda v, c: [(rank, *one[1:]) for rank, one in enumerate(found(v, c))], "not its rank"),
        (lambda v, c: found(v, c, place=lambda v, n: v), "values[n].argmax(), with values[n].shape"),
        (lambda v, c: found(v, c, key=lambda v: -v.mean(axis=(1, 2))), "not their means"),
        (lambda v, c: found(v, c, key=lambda v: -np.abs(v).max(axis=(1, 2))), "without np.abs"),
        (in_the_whole_stack, "the same picture twice"),
        (lambda v, c: [(n, column, row) for n, row, column in found(v, c)], "Row first"),
        (lambda v, c: [(n, *found(v, c)[0][1:]) for n, _, _ in found(v, c)], "places are not"),
        (lambda v, c: [(n, v[n].argmax()) for n, _, _ in found(v, c)], "not three numbers"),
        (lambda v, c: [(n, (row, column)) for n, row, column in found(v, c)], "not three numbers"),
        (lambda v, c: [n for n, _, _ in found(v, c)], "not three numbers"),
        (lambda v, c: found(v, len(v)), "returned 7 entries"),
        (lambda v, c: v.max(axis=(1, 2)), "returned 7 entries"),
        (lambda v, c: None, "did you forget return?"),
        (lambda v, c: found(v, c, key=lambda v: -v.max()), "one for each picture"),
    ],
}


@pytest.mark.parametrize("verify", RIGHT, ids=lambda verify: verify.__name__)
def test_right_answers_pass_whatever_is_drawn(verify, capsys):
    for answer in RIGHT[verify]:
        for _ in range(4 if verify is check.ascent_step else 400):  # a refusal of one in a hundred is seen
            assert said(verify, answer, capsys).startswith("ok  ")


@pytest.mark.parametrize("verify", RIGHT, ids=lambda verify: verify.__name__)
def test_a_stub_is_your_turn(verify, capsys):
    assert said(verify, lambda *arguments: ..., capsys).startswith("your turn")


@pytest.mark.parametrize(
    "verify, slip, hint", [(verify, *slip) for verify, slips in SLIPS.items() for slip in slips]
)
def test_every_slip_gets_its_hint_whatever_is_drawn(verify, slip, hint, capsys):
    for _ in range(4 if verify is check.ascent_step else 200):
        text = said(verify, slip, capsys)
        assert text.startswith("not yet") and hint in text, text


@pytest.mark.parametrize("layers, stride", [([(3, 2), 3, (3, 2)], 4), ([(3, 2), 3, (3, 2), 3, (5, 2)], 8)])
def test_a_patch_is_where_the_gradient_of_one_place_is_not_zero(layers, stride):
    import keras

    pairs = [layer if isinstance(layer, tuple) else (layer, 1) for layer in layers]
    stack = [keras.layers.Conv2D(1, size, strides=step, padding="same") for size, step in pairs]
    model = keras.Sequential([keras.Input((96, 96, 1)), *stack])
    field, place = convolution.receptive_field(layers), 48 // stride
    box = receptive_boxes(model, model.layers[-1], (96, 96, 1), np.array([[place, place]]))[0]
    first = place * stride + stride - 1 - field // 2  # as lesson 6 computes it
    assert list(box) == [first, first, first + field, first + field]


def test_tiles_are_where_they_were_and_come_back():
    pictures = np.arange(2 * 6 * 6 * 3).reshape(2, 6, 6, 3)
    rows = visualize.cut_into_tiles(pictures, 3)
    np.testing.assert_array_equal(rows[9 + 5], pictures[1, 2:4, 4:6].ravel())
    np.testing.assert_array_equal(visualize.join_tiles(rows, 3, 6), pictures)


def test_what_stands_in_for_an_answer_is_what_the_helpers_find():
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 3))
    picture, largest = visualize.kernel_picture(kernel), np.abs(kernel).max()
    np.testing.assert_allclose(picture, np.interp(kernel, [-largest, largest], [0, 1]), atol=1e-6)
