"""Checks of lesson 6b: what they say of right answers, of stubs, and of the usual slips."""

import exercises
import jupytext
import keras
import numpy as np
import pytest
import tensorflow as tf
from exercises import gets_its_hint, nothing, said, stub

from helpers import check, visualize
from helpers.staff import course


# Grad-CAM's weights.
def mean(gradients):
    return gradients.mean(axis=(0, 1))


def mean_in_two_steps(gradients):
    return gradients.mean(axis=0).mean(axis=0)


def one_number(gradients):
    return gradients.mean()


def over_channels(gradients):
    return gradients.mean(axis=-1)


def summed(gradients):
    return gradients.sum(axis=(0, 1))


def largest(gradients):
    return gradients.max(axis=(0, 1))


def without_sign(gradients):
    return np.abs(gradients).mean(axis=(0, 1))


def relu_too_early(gradients):
    return np.maximum(gradients, 0).mean(axis=(0, 1))


def rows_only(gradients):
    return gradients.mean(axis=0)


def columns_only(gradients):
    return gradients.mean(axis=1)


def with_pictures(gradients):
    return gradients.mean(axis=(1, 2))


def doubled(gradients):
    return 2 * mean(gradients)


def one_after_the_other(gradients):
    return gradients.mean(axis=0).mean(axis=1)


def divided_by_36(gradients):
    return gradients.sum(axis=(0, 1)) / 36


def list_of_axes(gradients):
    return gradients.mean(axis=[0, 1])


def axes_apart(gradients):
    return gradients.mean(0, 1)


def axes_kept(gradients):
    return gradients.mean(axis=(0, 1), keepdims=True)


# Grad-CAM's sum.
def relu_by_name(maps, weights):
    return relu((maps * weights).sum(axis=-1))  # noqa: F821


def channels_of_the_lesson(maps, weights):
    return np.maximum(sum(maps[..., k] * weights[k] for k in range(1280)), 0)


def weighed(maps, weights):
    return np.maximum((maps * weights).sum(axis=-1), 0)


def by_matrix(maps, weights):
    return np.where(maps @ weights > 0, maps @ weights, 0)


def no_relu(maps, weights):
    return maps @ weights


def relu_first(maps, weights):
    return np.maximum(maps * weights, 0).sum(axis=-1)


def no_weights(maps, weights):
    return maps.sum(axis=-1)


def averaged(maps, weights):
    return np.maximum((maps * weights).mean(axis=-1), 0)


def absolute(maps, weights):
    return np.abs(maps @ weights)


def minimum(maps, weights):
    return np.minimum(maps @ weights, 0)


def not_added(maps, weights):
    return np.maximum(maps * weights, 0)


def places_added(maps, weights):
    return np.maximum((maps * weights).sum(axis=(0, 1)), 0)


def python_max(maps, weights):
    return max((maps * weights).sum(axis=-1), 0)


def numpy_max(maps, weights):
    return np.max((maps * weights).sum(axis=-1), 0)


def weights_kept_positive(maps, weights):
    return (maps * np.maximum(weights, 0)).sum(axis=-1)


def all_added(maps, weights):
    return (maps * weights).sum()


def all_added_and_kept(maps, weights):
    return np.maximum((maps * weights).sum(), 0)


# Covering.
def places(image, patch, stride):
    for top in range(0, image.shape[0] - patch + 1, stride):
        for left in range(0, image.shape[1] - patch + 1, stride):
            yield top, left


def covering(image, patch, stride, *, gray=128):
    copies = []
    for top, left in places(image, patch, stride):
        copy = image.copy()
        copy[top : top + patch, left : left + patch] = gray
        copies.append(copy)
    return np.stack(copies)


def covering_in_whole_numbers(image, patch, stride):
    return covering(image.astype("uint8"), patch, stride)


def black(image, patch, stride):
    return covering(image, patch, stride, gray=0)


def a_list(image, patch, stride):
    return list(covering(image, patch, stride))


def one_short(image, patch, stride):
    return covering(image, patch, stride)[:-1]


def one_copy(image, patch, stride):
    copies, copy = [], image.copy()
    for top, left in places(image, patch, stride):
        copy[top : top + patch, left : left + patch] = 128
        copies.append(copy.copy())
    return np.stack(copies)


def the_same_copy(image, patch, stride):
    copies, copy = [], image.copy()
    for top, left in places(image, patch, stride):
        copy[top : top + patch, left : left + patch] = 128
        copies.append(copy)
    return np.stack(copies)


def the_image_itself(image, patch, stride):
    for top, left in places(image, patch, stride):
        image[top : top + patch, left : left + patch] = 128
    return image[None]


def uncovered(image, patch, stride):
    return np.stack([image for _ in places(image, patch, stride)])


def columns_first(image, patch, stride):
    return covering(image.swapaxes(0, 1), patch, stride).swapaxes(1, 2)


def stride_wide(image, patch, stride):
    return covering_of(image, patch, stride, stride)


def covering_of(image, patch, stride, side):
    copies = np.stack([image for _ in places(image, patch, stride)])
    for copy, (top, left) in zip(copies, places(image, patch, stride), strict=True):
        copy[top : top + side, left : left + side] = 128
    return copies


def positions_counted(image, patch, stride):
    tops, lefts = (range((size - patch) // stride + 1) for size in image.shape[:2])
    copies = np.stack([image for _ in tops for _ in lefts])
    for copy, (top, left) in zip(copies, [(i, j) for i in tops for j in lefts], strict=True):
        copy[top : top + patch, left : left + patch] = 128
    return copies


def never_appended(image, patch, stride):
    return np.stack([])


def only_the_patches(image, patch, stride):
    return np.full((len(list(places(image, patch, stride))), patch, patch, 3), 128.0)


def lesson_square(image, patch, stride):
    return covering_of(image, patch, stride, 48)


def ends_at_patch(image, patch, stride):
    copies = np.stack([image for _ in places(image, patch, stride)])
    for copy, (top, left) in zip(copies, places(image, patch, stride), strict=True):
        copy[top:patch, left:patch] = 128
    return copies


def last_place_missing(image, patch, stride):
    tops, lefts = (range(0, size - patch, stride) for size in image.shape[:2])
    copies = [image.copy() for _ in tops for _ in lefts]
    return np.stack(copies)


def over_the_border(image, patch, stride):
    copies = []
    for top in range(0, image.shape[0], stride):
        for left in range(0, image.shape[1], stride):
            copies.append(image.copy())
            copies[-1][top : top + patch, left : left + patch] = 128
    return np.stack(copies)


def every_pixel(image, patch, stride):
    return covering(image, patch, 1)


def sizes_of_the_lesson(image, patch, stride):
    return np.stack([image.copy() for _ in range(0, 192 - 48 + 1, 16) for _ in range(0, 192 - 48 + 1, 16)])


def height_for_width(image, patch, stride):
    side = min(image.shape[:2])
    copies = np.stack([image for _ in places(image[:side, :side], patch, stride)])
    for copy, (top, left) in zip(copies, places(image[:side, :side], patch, stride), strict=True):
        copy[top : top + patch, left : left + patch] = 128
    return copies


def return_in_the_loop(image, patch, stride):
    copies = []
    for top in range(0, image.shape[0] - patch + 1, stride):
        for left in range(0, image.shape[1] - patch + 1, stride):
            copy = image.copy()
            copy[top : top + patch, left : left + patch] = 128
            copies.append(copy)
        return np.stack(copies)


def one_copy_a_row(image, patch, stride):
    copies = []
    for top in range(0, image.shape[0] - patch + 1, stride):
        copy = image.copy()
        for left in range(0, image.shape[1] - patch + 1, stride):
            copy[top : top + patch, left : left + patch] = 128
            copies.append(copy)
    return np.stack(copies)


def divided_places(image, patch, stride):
    rows = (image.shape[0] - patch) / stride + 1
    return np.stack([image for _ in range(rows)])


def return_in_both_loops(image, patch, stride):
    return covering(image, patch, stride)[:1]


def last_only(image, patch, stride):
    return covering(image, patch, stride)[-1]


# Overlap.
def iou(fires, part):
    return np.sum(fires & part) / np.sum(fires | part)


def iou_counted(fires, part):
    both = int((fires & part).sum())
    return both / (int(fires.sum()) + int(part.sum()) - both)


def counted_twice(fires, part):
    return np.sum(fires & part) / (np.sum(fires) + np.sum(part))


def recall(fires, part):
    return np.sum(fires & part) / np.sum(part)


def precision(fires, part):
    return np.sum(fires & part) / np.sum(fires)


def not_in_brackets(fires, part):
    return np.sum(fires & part) / np.sum(fires) + np.sum(part)


def less_both(fires, part):
    return not_in_brackets(fires, part) - np.sum(fires & part)


def dice(fires, part):
    return 2 * counted_twice(fires, part)


def of_all_pixels(fires, part):
    return np.mean(fires & part)


def upside_down(fires, part):
    return 1 / iou(fires, part)


def intersection(fires, part):
    return np.sum(fires & part)


def with_and(fires, part):
    return np.sum(fires and part) / np.sum(fires or part)


def python_sum(fires, part):
    with np.errstate(all="ignore"):
        return sum(fires & part) / sum(fires | part)


def rows_counted(fires, part):
    return len(fires & part) / len(fires | part)


def no_brackets(fires, part):
    with np.errstate(all="ignore"):
        return np.sum(fires & part / fires | part)


def by_pixels(fires, part):
    with np.errstate(all="ignore"):
        return (fires & part) / (fires | part)


# An opened base.
def two_outputs(base, layer):
    return keras.Model(base.input, [base.get_layer(layer).output, base.output])


def one_output(base, layer):
    return keras.Model(base.input, base.get_layer(layer).output)


def swapped(base, layer):
    return keras.Model(base.input, [base.output, base.get_layer(layer).output])


def maps_twice(base, layer):
    return keras.Model(base.input, [base.get_layer(layer).output] * 2)


def own_input(base, layer):
    photo = keras.Input((12, 12, 3))
    return keras.Model(photo, [base.get_layer(layer).output, base(photo)])


def input_of_the_lesson(base, layer):
    photo = keras.Input((192, 192, 3))
    return keras.Model(photo, [base.get_layer(layer).output, base(photo)])


def one_name(base, layer):
    return keras.Model(base.input, [base.get_layer("top_relu").output, base.output])


def last_maps(base, layer):
    return keras.Model(base.input, [base.layers[-2].output, base.output])


def no_output(base, layer):
    return keras.Model(base.input, [base.get_layer(layer), base.output])


def no_list(base, layer):
    return keras.Model(base.input, base.get_layer(layer).output, base.output)


def only_a_list(base, layer):
    return [base.get_layer(layer).output, base.output]


def a_copy(base, layer):
    return two_outputs(keras.models.clone_model(base), layer)


def output_of_the_name(base, layer):
    return keras.Model(base.input, [layer.output, base.output])


def attribute_layer(base, layer):
    return keras.Model(base.input, [base.layer.output, base.output])


def layers_by_name(base, layer):
    return keras.Model(base.input, [base.layers[layer].output, base.output])


# Saliency.
def gradient(network, picture, target, *, watch=True, ask=lambda z, target: z[0, target]):
    picture = tf.cast(picture[None], tf.float32)
    with tf.GradientTape() as tape:
        if watch:
            tape.watch(picture)
        score = ask(network(picture), target)
    return tape.gradient(score, picture)[0]


def saliency(*given):
    return tf.reduce_max(tf.abs(gradient(*given)), axis=-1)


def saliency_in_numpy(*given):
    return np.abs(gradient(*given).numpy()).max(axis=-1)


def unwatched(*given):
    return gradient(*given, watch=False)


def all_logits(*given):
    return tf.reduce_max(tf.abs(gradient(*given, ask=lambda z, target: z)), axis=-1)


def one_index(*given):
    return tf.reduce_max(tf.abs(gradient(*given, ask=lambda z, target: z[target])), axis=-1)


def with_sign(*given):
    return tf.reduce_max(gradient(*given), axis=-1)


def absolute_too_late(*given):
    return tf.abs(with_sign(*given))


def colours_added(*given):
    return tf.reduce_sum(tf.abs(gradient(*given)), axis=-1)


def colours_averaged(*given):
    return tf.reduce_mean(tf.abs(gradient(*given)), axis=-1)


def three_colours(*given):
    return tf.abs(gradient(*given))


def bare_gradient(*given):
    return gradient(*given)


def still_a_batch(*given):
    return saliency(*given)[None]


def of_each_colour(*given):
    return tf.reduce_max(tf.abs(gradient(*given)), axis=(0, 1))


def of_all(*given):
    return tf.reduce_max(tf.abs(gradient(*given)))


def times_picture(network, picture, target):
    return tf.reduce_max(tf.abs(gradient(network, picture, target)) * picture, axis=-1)


def numpy_method(*given):
    return tf.abs(gradient(*given)).max(axis=-1)


def abs_method(*given):
    return gradient(*given).abs()


def largest_of_python(*given):
    return max(abs(gradient(*given)))


def axis_of_a_batch(*given):
    return np.max(np.abs(gradient(*given)), axis=3)


def maps_and_logits(network, picture, target):
    _maps, logits = network(picture[None])
    return logits[0, target]


def asked_twice(network, picture, target):
    picture = tf.cast(picture[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        score = network(picture)[0, target]
    return np.maximum(tape.gradient(score, picture), -tape.gradient(score, picture))


def doubled_saliency(*given):
    return 2 * saliency(*given)


def predicted(network, picture, target):
    picture = tf.cast(picture[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        score = network.predict(picture, verbose=0)[0, target]
    return tape.gradient(score, picture)[0]


def too_late(network, picture, target):
    picture = tf.cast(picture[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
    return np.abs(tape.gradient(network(picture)[0, target], picture))


def one_picture(network, picture, target):
    picture = tf.cast(picture, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        score = network(picture)[0, target]
    return tape.gradient(score, picture)


def an_array(network, picture, target):
    with tf.GradientTape() as tape:
        tape.watch(picture)
        score = network(picture[None])[0, target]
    return tape.gradient(score, picture)


ANSWERS = [
    (check.channel_weights, mean, "ok  mean: one weight"),
    (check.channel_weights, mean_in_two_steps, "ok  "),
    (check.channel_weights, one_number, "Each channel needs its own"),
    (check.channel_weights, over_channels, "averages over the channels"),
    (check.channel_weights, summed, "the sum over the places"),
    (check.channel_weights, largest, "not the mean"),
    (check.channel_weights, without_sign, "must count as negative"),
    (check.channel_weights, relu_too_early, "the ReLU comes after the sum"),
    (check.channel_weights, lambda g: np.abs(mean(g)), "A negative mean stays negative"),
    (check.channel_weights, lambda g: np.maximum(mean(g), 0), "the ReLU comes later, after the sum"),
    (check.channel_weights, lambda g: summed(g) / len(g), "len counts the rows only"),
    (check.channel_weights, rows_only, "averages over the rows only"),
    (check.channel_weights, columns_only, "averages over the columns only"),
    (check.channel_weights, doubled, "entries are wrong; this is the first"),
    (check.channel_weights, one_after_the_other, "After one mean the columns are axis 0"),
    (check.channel_weights, divided_by_36, "Not all maps have 36 places"),
    (check.channel_weights, with_pictures, "Rows and columns are axes 0 and 1 here"),
    (check.channel_weights, list_of_axes, "round brackets, as in axis=(0, 1)"),
    (check.channel_weights, axes_apart, "round brackets, as in axis=(0, 1)"),
    (check.channel_weights, axes_kept, "Leave out keepdims"),
    (check.heat_map, relu_by_name, "NumPy has no relu"),
    (check.heat_map, channels_of_the_lesson, "Take them from shape or size"),
    (
        check.heat_map,
        python_max,
        "a.all(). For arrays write & instead of and, | instead of or, np.maximum inst",
    ),
    (check.heat_map, numpy_max, "np.maximum(x, 0) makes negative sums 0"),
    (check.heat_map, weights_kept_positive, "until the channels are added up"),
    (check.heat_map, all_added, "Add up only the channels"),
    (check.heat_map, all_added_and_kept, "Add up only the channels"),
    (check.overlap, with_and, "write & instead of and"),
    (check.overlap, python_sum, "Python's sum adds only the rows"),
    (check.overlap, lambda f, p: np.sum(f & p) / np.sum(f ^ p), "leaves out the pixels in both"),
    (check.overlap, lambda f, p: 1 - np.sum(f & p) / np.sum(f | p), "1 minus the IoU"),
    (check.overlap, lambda f, p: np.sum(f & p) // np.sum(f | p), "Does // or int() cut decimals off?"),
    (check.overlap, rows_counted, "len counts rows"),
    (check.heat_map, weighed, "ok  weighed: the weighted sum"),
    (check.heat_map, by_matrix, "ok  "),
    (check.heat_map, no_relu, "negative places are still there"),
    (check.heat_map, relu_first, "until the channels are added up"),
    (check.heat_map, no_weights, "weights seem to be left out"),
    (check.heat_map, averaged, "the mean over the channels"),
    (check.heat_map, absolute, "np.abs makes it positive"),
    (check.heat_map, minimum, "positive ones are 0"),
    (check.heat_map, not_added, "still has all channels"),
    (check.heat_map, places_added, "adds up the places"),
    (check.covered_copies, covering, "ok  covering: every place once"),
    (check.covered_copies, covering_in_whole_numbers, "ok  "),
    (check.covered_copies, black, "covered with 0. Use gray"),
    (check.covered_copies, a_list, "np.stack"),
    (check.covered_copies, one_short, "Some positions are missing"),
    (check.covered_copies, last_place_missing, "Some positions are missing. The last one counts too"),
    (check.covered_copies, over_the_border, "Does the square move by stride, and stay inside?"),
    (check.covered_copies, every_pixel, "Does the square move by stride, and stay inside?"),
    (check.covered_copies, sizes_of_the_lesson, "Take all sizes from the arguments."),
    (check.covered_copies, height_for_width, "shape[0] goes down, shape[1] across"),
    (check.covered_copies, return_in_the_loop, "a return inside the loop"),
    (check.covered_copies, one_copy_a_row, "fresh image.copy()"),
    (
        check.covered_copies,
        divided_places,
        "cannot be interpreted as an integer. range and np.zeros need whole numbers",
    ),
    (check.covered_copies, return_in_both_loops, "returned 1 picture. Is the append in the inner loop"),
    (check.covered_copies, lesson_square, "The square has `patch` rows and columns"),
    (check.covered_copies, ends_at_patch, "does the square end at top + patch and left + patch?"),
    (check.covered_copies, one_copy, "fresh image.copy()"),
    (check.covered_copies, the_same_copy, "fresh image.copy()"),
    (check.covered_copies, the_image_itself, "changed its argument number 1"),
    (check.covered_copies, uncovered, "picture 0 has nothing covered.\n"),
    (check.covered_copies, columns_first, "Go along a row first"),
    (check.covered_copies, stride_wide, "Its square has 4 rows"),
    (check.covered_copies, positions_counted, "at [0, 1], not at [0, 4]. Row and column count positions"),
    (check.covered_copies, never_appended, "Is copies.append(copy) inside the inner loop?"),
    (check.covered_copies, only_the_patches, "whole pictures, one for each place"),
    (check.covered_copies, last_only, "whole pictures, one for each place"),
    (check.overlap, iou, "ok  iou: the area in both"),
    (check.overlap, iou_counted, "ok  "),
    (check.overlap, counted_twice, "counted twice"),
    (check.overlap, recall, "share of the part"),
    (check.overlap, precision, "share of the firing pixels"),
    (check.overlap, not_in_brackets, "Python divides before it adds"),
    (check.overlap, less_both, "Python divides before it adds"),
    (check.overlap, dice, "another measure, Dice"),
    (check.overlap, of_all_pixels, "a share of all pixels"),
    (check.overlap, upside_down, "upside down"),
    (check.overlap, intersection, "Divide it"),
    (check.overlap, no_brackets, "Python divides before it does & and |"),
    (check.overlap, by_pixels, "That divides pixel by pixel"),
    (check.open_base, two_outputs, "ok  two_outputs: the maps of the layer"),
    (check.open_base, check.maps_and_features, "ok  "),
    (check.open_base, one_output, "does not have two outputs"),
    (check.open_base, swapped, "gives the maps last"),
    (check.open_base, maps_twice, "its second output, of shape"),
    (check.open_base, own_input, "Begin there, at base.input"),
    (check.open_base, input_of_the_lesson, "Make no new keras.Input"),
    (check.open_base, one_name, "Use the argument layer"),
    (check.open_base, last_maps, "is not what the layer 'first_relu' gives"),
    (check.open_base, no_output, "end in .output"),
    (check.open_base, no_list, "go into one list"),
    (check.open_base, only_a_list, "not a model. Return keras.Model"),
    (check.open_base, a_copy, "part of this base"),
    (check.open_base, output_of_the_name, "layer is a name"),
    (check.open_base, attribute_layer, "layer is a name"),
    (check.open_base, layers_by_name, "layer is a name"),
    (check.saliency, saliency, "ok  saliency: the largest gradient"),
    (check.saliency, saliency_in_numpy, "ok  "),
    (check.saliency, unwatched, "Is the picture watched"),
    (check.saliency, too_late, "is network(picture) inside the with"),
    (check.saliency, all_logits, "asks for all logits together"),
    (check.saliency, one_index, "The logits have two axes"),
    (check.saliency, with_sign, "A negative gradient counts, too"),
    (check.saliency, absolute_too_late, "before you look for the largest"),
    (check.saliency, colours_added, "adds up the three colours"),
    (check.saliency, colours_averaged, "the mean of the three colours"),
    (check.saliency, three_colours, "still three colours"),
    (check.saliency, bare_gradient, "still three colours"),
    (check.saliency, still_a_batch, "still has an axis for pictures"),
    (check.saliency, of_each_colour, "one number for each colour"),
    (check.saliency, of_all, "one number for all pixels"),
    (check.saliency, times_picture, "multiplies by the picture"),
    (check.saliency, doubled_saliency, "entries are wrong"),
    (check.saliency, predicted, "Call network(picture)"),
    (check.saliency, one_picture, "takes many pictures at once"),
    (check.saliency, an_array, "A tape watches tensors only"),
    (check.saliency, numpy_method, "Make the tensor an array first"),
    (check.saliency, abs_method, "Make the tensor an array first"),
    (check.saliency, largest_of_python, "Python's max doesn't work on arrays"),
    (check.saliency, axis_of_a_batch, "has rows, columns and colours: axis=-1"),
    (check.saliency, maps_and_logits, "This network has one output, the logits"),
    (check.saliency, asked_twice, "Ask the tape only once"),
]
CHECKS = list(dict.fromkeys(verify for verify, _, _ in ANSWERS))


@pytest.mark.parametrize("verify, answer, words", ANSWERS, ids=lambda value: getattr(value, "__name__", ""))
def test_each_answer_gets_its_hint(capsys, verify, answer, words):
    line = said(verify, answer, capsys)
    assert words in line and line.startswith("ok  " if words.startswith("ok") else "not yet  ")


@pytest.mark.parametrize(
    "verify, answer, words",
    [row for row in ANSWERS if row[0] is not check.open_base and row[2][:2] != "ok"],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_no_draw_hides_a_slip(capsys, monkeypatch, verify, answer, words):
    if verify is check.saliency:  # each of its draws builds two networks
        monkeypatch.setattr(exercises, "REPEATS", 5)
    gets_its_hint(verify, answer, words.strip(), capsys)


@pytest.mark.parametrize("verify", CHECKS, ids=lambda verify: verify.__name__)
def test_stubs_have_their_turn_and_a_missing_return_is_named(capsys, verify):
    assert said(verify, stub, capsys).startswith("your turn  stub still returns three dots")
    assert "did you forget return?" in said(verify, nothing, capsys)


def test_a_copy_covered_elsewhere_is_named(capsys):
    def moved(image, patch, stride):
        copies = np.stack([image for _ in places(image, patch, stride)])
        for copy, (top, left) in zip(copies, places(image, patch, stride), strict=True):
            copy[max(top - 1, 0) : max(top - 1, 0) + patch, left : left + patch] = 128
        return copies

    assert "is covered at [3, 0], not at [4, 0]. Do the rows and columns go on by stride?" in said(
        check.covered_copies, moved, capsys
    )


@pytest.mark.parametrize(
    "weights", [visualize.channel_weights, mean, lambda g: tf.reduce_mean(g, axis=(0, 1))]
)
@pytest.mark.parametrize("heat", [visualize.heat_map, weighed, by_matrix])
def test_the_lesson_goes_on_with_any_two_answers(capsys, weights, heat):
    """The helper's answers are tensors and a student's are arrays, in any combination."""
    source = jupytext.read(course.SOURCES / "06b_explanations.py")
    [cell] = [cell.source for cell in source.cells if "print(heat.round(2))" in cell.source]
    given = np.random.default_rng(0).normal(size=(2, 6, 6, 8)).astype("float32")
    names = {"np": np, "gradients": given[0], "maps": given[1], "channel_weights": weights, "heat_map": heat}
    exec(cell.partition("large =")[0], names)
    np.testing.assert_allclose(names["heat"], weighed(given[1], mean(given[0])), rtol=1e-4, atol=1e-6)
