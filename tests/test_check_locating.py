"""Checks of lesson 8: what they say of right answers, of stubs, and of the usual slips."""

import operator

import jupytext
import numpy as np
import pytest
import tensorflow as tf
from exercises import nothing, said, stub
from keras import layers

from helpers import check
from helpers.staff import course

SOURCE = next(course.SOURCES.glob("08_*.py"))


@pytest.fixture(scope="module")
def solutions():
    """The functions of the folded solutions."""
    names = {"np": np, "layers": layers}
    for cell in jupytext.read(SOURCE).cells:
        if "solution" in cell.metadata.get("tags", []):
            exec(cell.source, names)
    return names


CHECKS = {
    "as_convolution": check.as_convolution,
    "iou": check.box_iou,
    "encode": check.encoded_box,
    "keep_best": check.kept_boxes,
    "average_precision": check.average_precision,
    "transposed": check.transposed,
}


@pytest.mark.parametrize("name", CHECKS)
def test_solutions_pass_and_stubs_wait(name, solutions, capsys):
    for _ in range(5):
        assert said(CHECKS[name], solutions[name], capsys).startswith("ok")
    assert said(CHECKS[name], stub, capsys).startswith("your turn")
    assert said(CHECKS[name], nothing, capsys).startswith("not yet")


def no_bias(dense):
    layer = check.one_by_one(dense)
    layer.bias.assign(0 * layer.bias)
    return layer


def dense_itself(dense):
    return dense


def three_wide(dense):
    layer = layers.Conv2D(dense.units, 3)
    layer.build((None, None, None, dense.kernel.shape[0]))
    return layer


def not_built(dense):
    layer = layers.Conv2D(dense.units, 1)
    layer.set_weights(dense.get_weights())
    return layer


def kernel_as_it_is(dense):
    layer = layers.Conv2D(dense.units, 1)
    layer.build((None, None, None, dense.kernel.shape[0]))
    layer.set_weights(dense.get_weights())
    return layer


def parts(first, second):
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return width, height, sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))


def may_be_negative(first, second):
    width, height, areas = parts(first, second)
    return width * height / (areas - width * height)


def twice_below(first, second):
    width, height, areas = parts(first, second)
    return max(width, 0) * max(height, 0) / areas


def area_at_least_0(first, second):
    width, height, areas = parts(first, second)
    return max(width * height, 0) / (areas - max(width * height, 0))


def place_and_numbers(change=lambda row, column, numbers: (row, column, numbers)):
    """An answer to the exercise on cells that is right but for one change."""

    def encode(box, label):
        row, column, numbers = check.box_to_cell(box, label)
        return change(row, column, np.array(numbers))

    return encode


def from_the_corner(box, label):
    return int(box[1] // 16), int(box[0] // 16), check.box_to_cell(box, label)[2]


def not_rounded(box, label):
    return (box[1] + box[3]) / 32, (box[0] + box[2]) / 32, check.box_to_cell(box, label)[2]


def pixels(row, column, numbers):
    return row, column, numbers * [1, 1, 1, 192, 192, 1, 1]


def in_cells(row, column, numbers):
    return row, column, numbers * [1, 1, 1, 12, 12, 1, 1]


def not_subtracted(row, column, numbers):
    return row, column, np.add(numbers, [0, column, row, 0, 0, 0, 0])


def reordered(*order):
    return place_and_numbers(lambda row, column, numbers: (row, column, numbers[list(order)]))


def everything(boxes, scores):
    return list(np.argsort(-scores))


def worst_first(boxes, scores):
    return check.best_boxes(boxes, scores)[::-1]


def removed_while_looping(boxes, scores):
    rest, kept = list(np.argsort(-scores)), []
    while rest:
        kept.append(rest.pop(0))
        for other in rest:
            if check.box_overlap(boxes[kept[-1]], boxes[other]) > 0.5:
                rest.remove(other)
    return kept


def those_gone_remove_others(boxes, scores):
    order = np.argsort(-scores)
    overlap = [[check.box_overlap(boxes[a], boxes[b]) for a in order] for b in order]
    return [int(order[n]) for n, row in enumerate(overlap) if max(row[:n], default=0) <= 0.5]


def array_in_while(boxes, scores):
    rest, kept = np.argsort(-scores), []
    while rest:
        kept.append(rest.pop(0))
    return kept


def indices_to_iou(boxes, scores):
    best, *rest = np.argsort(-scores)
    return [best, *(other for other in rest if check.box_overlap(best, other) <= 0.5)]


def only_width_tested(first, second):
    width, height, areas = parts(first, second)
    return 0 if width < 0 else width * height / (areas - width * height)


def of_masks(first, second):
    return np.sum(first & second) / np.sum(first | second)


def dice(first, second):
    width, height, areas = parts(first, second)
    return 2 * max(width, 0) * max(height, 0) / areas


def over_the_first(first, second):
    width, height, _ = parts(first, second)
    return max(width, 0) * max(height, 0) / max((first[2] - first[0]) * (first[3] - first[1]), 1)


def misspelt(dense):
    return dense.weight


def as_many(boxes, scores):
    """As many as TensorFlow keeps, but the first ones of the list."""
    best, *more = check.best_boxes(boxes, scores)
    return [best, *[index for index in range(len(boxes)) if index != best][: len(more)]]


def no_brackets(first, second):
    both = np.prod([max(edge, 0) for edge in parts(first, second)[:2]])
    own, other = ((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return both / max(own, 1) + other - both


def only_best(boxes, scores):
    return [int(np.argmax(scores))]


def over_hits(hits, total):
    return check.mean_precision(hits, hits.sum())


def counted_from_0(hits, total):
    with np.errstate(all="ignore"):
        return (np.cumsum(hits) / np.arange(len(hits)))[hits].sum() / total


def over_boxes(hits, total):
    return check.mean_precision(hits, total) * total / len(hits)


def recall(hits, total):
    return hits.sum() / total


def everywhere(hits, total):
    return np.mean(np.cumsum(hits) / np.arange(1, len(hits) + 1))


def with_softmax(dense):
    kernel, bias = dense.get_weights()
    layer = layers.Conv2D(len(bias), 1, activation="softmax")
    layer.build((None, None, None, len(kernel)))
    layer.set_weights([kernel[None, None], bias])
    return layer


def one_none_too_few(dense):
    layer = layers.Conv2D(dense.units, 1)
    layer.build((None, None, dense.kernel.shape[0]))
    return layer


def without_bias_in_the_list(dense):
    layer = layers.Conv2D(dense.units, 1)
    layer.build((None, None, None, dense.kernel.shape[0]))
    layer.set_weights([dense.get_weights()[0][None, None]])
    return layer


def not_in_a_list(dense):
    layer = layers.Conv2D(dense.units, 1)
    layer.build((None, None, None, dense.kernel.shape[0]))
    layer.set_weights(*dense.get_weights())
    return layer


def to_one_place(small, kernel, stride):
    output = np.zeros([(count - 1) * stride + len(kernel) for count in small.shape])
    for i, j in np.ndindex(small.shape):
        output[i * stride, j * stride] += small[i, j] * kernel
    return output


def two_numbers(small, kernel, stride):
    return np.zeros(*small.shape)


def kernel_alone(small, kernel, stride):
    side = len(kernel)
    output = np.zeros([(count - 1) * stride + side for count in small.shape])
    for i, j in np.ndindex(small.shape):
        output[i * stride : i * stride + side, j * stride : j * stride + side] += kernel
    return output


def overwritten(small, kernel, stride):
    side = len(kernel)
    picture = np.zeros([(count - 1) * stride + side for count in small.shape])
    for i, j in np.ndindex(small.shape):
        picture[i * stride : i * stride + side, j * stride : j * stride + side] = small[i, j] * kernel
    return picture


def convolved(filters=None, size=1, build=lambda *shape: (shape,), **options):
    """An answer to the exercise on the dense layer that is right but for one change."""

    def turn(dense):
        kernel, bias = dense.get_weights()
        layer = layers.Conv2D(filters or dense.units, size, **options)
        layer.build(*build(None, None, None, len(kernel)))
        layer.set_weights([kernel[None, None], bias])
        return layer

    return turn


def cells(first, second):
    both = [
        {(x, y) for x in range(int(box[0]), int(box[2])) for y in range(int(box[1]), int(box[3]))}
        for box in (first, second)
    ]
    return len(both[0] & both[1]) / len(both[0] | both[1])


def none_apart(first, second):
    width, height, _ = parts(first, second)
    return None if width <= 0 or height <= 0 else check.box_overlap(first, second)


def rounded(box, label):
    column, row = ((box[:2] + box[2:]) / 32).tolist()
    return round(row), round(column), check.box_to_cell(box, label)[2]


def lazy_iou(first, second):
    return max(0, min(first[2], second[2]) - max(first[0], second[0]))


def suppressed(last=0, above=operator.le, iou=lambda boxes, a, b: check.box_overlap(boxes[a], boxes[b])):
    """An answer to the exercise on suppression that is right but for one change."""

    def keep(boxes, scores):
        rest, kept = list(np.argsort(-scores)), []
        while len(rest) > last:
            kept.append(rest.pop(0))
            rest = [other for other in rest if above(iou(boxes, kept[-1], other), 0.5)]
        return kept

    return keep


def deleted_by_number(boxes, scores):
    rest, kept = list(np.argsort(-scores)), []
    while rest:
        kept.append(rest.pop(0))
        for k in range(len(rest)):
            if check.box_overlap(boxes[kept[-1]], boxes[rest[k - k]]) > 0.5:
                del rest[k]
    return kept


def summed(end):
    """An answer to the exercise on precision that is right but for its end."""
    return lambda hits, total: end(np.cumsum(hits) / np.arange(1, len(hits) + 1), hits, total)


def late_count(hits, total):
    return sum(hits[:n].sum() / (n + 1) for n, hit in enumerate(hits) if hit) / total


def put(
    sides=lambda sides, *_: sides,
    start=np.zeros,
    corner=lambda i, j: (i, j),
    read=lambda small, i, j: small[i, j],
    copy=np.multiply,
):
    """An answer to the exercise on transposed convolution that is right but for one change."""

    def transposed(small, kernel, stride):
        side = len(kernel)
        right = [(count - 1) * stride + side for count in small.shape]
        output = start(sides(right, small, stride))
        for i, j in np.ndindex(small.shape):
            top, left = np.multiply(corner(i, j), stride)
            output[top : top + side, left : left + side] += copy(read(small, i, j), kernel)
        return output

    return transposed


@pytest.mark.parametrize(
    ("checking", "answer", "hint"),
    [
        (check.as_convolution, no_bias, "The bias is missing"),
        (check.as_convolution, dense_itself, "make and return a layers.Conv2D"),
        (check.as_convolution, three_wide, "kernel of (3, 3)"),
        (check.as_convolution, not_built, "before it is built"),
        (check.as_convolution, kernel_as_it_is, "has the shape (1, 1, channels, classes)"),
        (check.as_convolution, with_softmax, "Leave out the softmax"),
        (check.as_convolution, one_none_too_few, "has four entries"),
        (check.as_convolution, without_bias_in_the_list, "Give both in one list"),
        (check.as_convolution, not_in_a_list, "takes one list"),
        (check.box_iou, of_masks, "the IoU of masks"),
        (check.box_iou, dice, "Dice"),
        (check.box_iou, over_the_first, "not by that of the first"),
        (check.box_iou, lambda first, second: over_the_first(second, first), "not by that of the second"),
        (check.as_convolution, misspelt, "Mind the spelling"),
        (
            check.as_convolution,
            convolved(build=lambda *shape: shape),
            "build takes one shape, so write two pairs",
        ),
        (check.as_convolution, convolved(activation="relu"), "Leave out the ReLU"),
        (check.as_convolution, convolved(size=3), "Do Conv2D and build make that?"),
        (check.as_convolution, convolved(filters=1), "Do Conv2D and build make that?"),
        (
            check.as_convolution,
            convolved(build=lambda *shape: ((1, 1, 7, 2),)),
            "Do Conv2D and build make that?",
        ),
        (check.as_convolution, convolved(activation="tanh"), "dense's weights, and no activation?"),
        (check.box_iou, cells, "Edges may lie between whole numbers"),
        (check.box_iou, none_apart, "returned None. The IoU of these boxes is 0"),
        (check.encoded_box, rounded, "Don't round: everything from 4 up to 5 lies in cell 4"),
        (check.kept_boxes, suppressed(last=1), "Is the last box that is left looked at?"),
        (check.kept_boxes, suppressed(above=operator.lt), "exactly 0.5 isn't above 0.5"),
        (
            check.kept_boxes,
            deleted_by_number,
            "IndexError: list assignment index out of range. Don't take anything",
        ),
        (
            check.kept_boxes,
            suppressed(iou=lambda boxes, best, other: lazy_iou(best, boxes)),
            "iou takes two boxes",
        ),
        (check.kept_boxes, suppressed(iou=lambda boxes, best, _: lazy_iou(boxes[best], boxes)), "two boxes"),
        (check.average_precision, summed(lambda p, hits, total: p[~hits].sum() / total), "at the misses"),
        (check.average_precision, summed(lambda p, hits, total: p[hits].sum() / 4), "divide by total"),
        (check.average_precision, summed(lambda p, hits, total: p[hits].sum() // total), "// rounds down"),
        (
            check.average_precision,
            summed(lambda p, hits, total: sum(n for n, hit in zip(p, hits, strict=True) if hit is True)),
            "write `if hit:`",
        ),
        (
            check.average_precision,
            summed(lambda p, hits, total: round(p[hits].sum() / total, 2)),
            "Don't round",
        ),
        (
            check.average_precision,
            summed(lambda p, hits, total: sum(hits) / len(hits)),
            "the precision at the end",
        ),
        (check.average_precision, late_count, "it gives 5/12"),
        (
            check.average_precision,
            lambda hits, total: np.cumsum(hits) / np.arange(1, len(hits)),
            "leaves out its end",
        ),
        (check.kept_boxes, as_many, "They are others"),
        (check.box_iou, no_brackets, "Put the union in brackets"),
        (check.box_iou, only_width_tested, "must count as 0"),
        (check.box_iou, may_be_negative, "negative width or height must count as 0"),
        (check.box_iou, twice_below, "counted twice"),
        (check.box_iou, area_at_least_0, "Set each to 0 separately"),
        (
            check.encoded_box,
            lambda box, label: check.box_to_cell(box, label)[2],
            "return row, column, numbers",
        ),
        (check.encoded_box, lambda box, label: (*check.box_to_cell(box, label)[:2], 1), "give seven numbers"),
        (check.encoded_box, place_and_numbers(lambda r, c, n: (c, r, n)), "the row belongs to y"),
        (check.encoded_box, place_and_numbers(lambda r, c, n: (r + 1, c, n)), "isn't in that cell"),
        (check.encoded_box, place_and_numbers(pixels), "divide by 192"),
        (check.encoded_box, place_and_numbers(in_cells), "not of a cell"),
        (check.encoded_box, place_and_numbers(not_subtracted), "Subtract the column and the row"),
        (check.encoded_box, from_the_corner, "not its corner"),
        (check.encoded_box, not_rounded, "Make integers of them with int()"),
        (check.encoded_box, reordered(0, 2, 1, 3, 4, 5, 6), "First x, then y"),
        (check.encoded_box, reordered(0, 1, 2, 4, 3, 5, 6), "First the width"),
        (check.encoded_box, reordered(0, 1, 2, 3, 4, 6, 5), "the seventh for a shoe"),
        (check.encoded_box, reordered(1, 2, 3, 4, 5, 6, 0), "number by number"),
        (check.encoded_box, lambda box, label: (..., ..., ...), "your turn"),
        (check.kept_boxes, everything, "TensorFlow keeps 1. Some of yours overlap by more than 0.5"),
        (check.kept_boxes, removed_while_looping, "Make a new list"),
        (check.kept_boxes, those_gone_remove_others, "Compare with kept boxes only"),
        (check.kept_boxes, array_in_while, "Make indices a list"),
        (check.kept_boxes, indices_to_iou, "iou takes two boxes, not indices"),
        (check.kept_boxes, lambda boxes, scores: [], "returned an empty list"),
        (check.kept_boxes, lambda boxes, scores: scores > 0.5, "return a list of indices"),
        (check.kept_boxes, lambda boxes, scores: list(boxes), "return a list of indices"),
        (check.kept_boxes, worst_first, "Now return the best one first"),
        (check.kept_boxes, only_best, "seems to stop after the first round"),
        (check.average_precision, over_hits, "Divide by all objects"),
        (check.average_precision, everywhere, "Only the precision at the hits counts"),
        (check.average_precision, counted_from_0, "Count the boxes from 1"),
        (
            check.average_precision,
            lambda hits, total: sum(hit / n for n, hit in enumerate(hits)),
            "Count the boxes from 1",
        ),
        (check.average_precision, over_boxes, "not of boxes"),
        (check.average_precision, recall, "the recall at the end"),
        (check.average_precision, lambda hits, total: 0.123, "it gives 5/12"),
        (check.transposed, overwritten, "use +="),
        (check.transposed, to_one_place, "Add to a patch"),
        (check.transposed, two_numbers, "takes one pair"),
        (check.transposed, put(sides=lambda sides, *_: (sides[0], sides[0])), "the rows and columns that"),
        (
            check.transposed,
            put(sides=lambda _, small, stride: np.multiply(small.shape, stride)),
            "the rows and columns that",
        ),
        (check.transposed, put(sides=lambda _, small, stride: small.shape), "the rows and columns that"),
        (check.transposed, put(corner=lambda i, j: (j, i)), "i for rows"),
        (
            check.transposed,
            put(copy=lambda number, kernel: number * kernel[::-1, ::-1]),
            "Don't flip or turn the kernel",
        ),
        (check.transposed, put(copy=np.add), "Multiply, don't add"),
        (check.transposed, put(copy=lambda number, kernel: number * kernel**2), "Work out a corner by hand"),
        (check.transposed, put(start=np.ones), "Begin with zeros"),
        (check.transposed, put(start=lambda sides: np.zeros(sides, int)), "leave out dtype=int"),
        (check.transposed, put(read=lambda small, i, j: small[j, i]), "i counts rows and j columns"),
        (check.transposed, kernel_alone, "Multiply each copy"),
    ],
)
def test_the_usual_slips_get_their_hints(checking, answer, hint, capsys):
    for _ in range(8):
        found = said(checking, answer, capsys)
        start = hint if hint == "your turn" else "not yet"
        assert found.startswith(start) and hint in found and found.count("\n") == 1, found


def test_average_precision_of_a_case_worked_by_hand():
    # Four objects. Hits at places 1, 3 and 4: precision 1/1, 2/3, 3/4, and 0 for the object that is missed.
    hits = np.array([True, False, True, True, False])
    assert check.mean_precision(hits, 4) == pytest.approx((1 + 2 / 3 + 3 / 4) / 4)
    assert check.mean_precision(np.zeros(3, bool), 2) == 0


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0, 2, 2), (1, 0, 3, 2), 1 / 3),
        ((0, 0, 2, 2), (2, 0, 4, 2), 0),
        ((0, 0, 2, 2), (5, 5, 6, 6), 0),
        ((0, 0, 4, 4), (1, 1, 3, 3), 1 / 4),
        ((1, 1, 3, 3), (1, 1, 3, 3), 1),
        ((1, 1, 3, 3), (2, 1, 2, 3), 0),  # the second has no area
    ],
)
def test_overlap_of_boxes_worked_by_hand(first, second, expected):
    assert check.box_overlap(first, second) == pytest.approx(expected)


def test_a_cell_worked_by_hand(solutions):
    # The example of the lesson: the centre is at x = 68 = 16 * 4.25 and y = 118 = 16 * 7.375.
    for encode in (check.box_to_cell, solutions["encode"]):
        row, column, numbers = encode((44.0, 106.0, 92.0, 130.0), 1)
        assert (row, column, [*map(float, numbers)]) == (7, 4, [1, 0.25, 0.375, 0.25, 0.125, 0, 1])


def test_transposed_is_what_keras_computes(solutions):
    rng = np.random.default_rng(0)
    small, kernel = rng.normal(size=(3, 4)), rng.normal(size=(3, 3))
    for stride in (1, 2, 3):
        layer = layers.Conv2DTranspose(1, 3, strides=stride, use_bias=False)
        layer.build((None, 3, 4, 1))
        layer.set_weights([kernel[:, :, None, None]])
        got = solutions["transposed"](small, kernel, stride)
        np.testing.assert_allclose(got, layer(small[None, ..., None])[0, ..., 0], atol=1e-5)


def test_no_boxes_keep_none():
    assert check.best_boxes(np.zeros((0, 4)), np.zeros(0)) == []
    assert tf.image.non_max_suppression(np.zeros((0, 4)), np.zeros(0), 1).shape == (0,)
