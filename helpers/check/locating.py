"""Instant checks of lesson 8: a head as convolution, boxes, average precision, transposed convolution."""

from collections.abc import Callable

import numpy as np

from helpers.check import compare
from helpers.check.compare import NotWritten, attempt, call, judge, name_of, passed, require, returned

LAYERS = {
    r"build\(\) takes": "build takes one shape, so write two pairs of brackets.",
    "positional": "set_weights takes one list: [kernel, bias].",
    "expecting 2": "The layer has a kernel and a bias. Give both in one list.",
    "attribute": "Mind the spelling: get_weights, set_weights.",
    "Unrecognized keyword": "Build the layer first, then set_weights.",
    "same length": "The shape for build has four entries: (None, None, None, channels).",
    "compatible|shape": "The kernel has the shape (1, 1, channels, classes). Do Conv2D and build make that?",
    "weight": "A layer has no weights before it is built: layer.build((None, None, None, channels)).",
}
EDGES = {
    "truth value": "max and min take plain numbers; each of these is one edge.",
    "bitwise": "That is the IoU of masks. Here a box is four edges: compute the areas.",
}
LISTS = {
    "truth value|has no attribute": "Make indices a list: list(np.argsort(-scores)). Give iou two boxes.",
    "invalid index|subscriptable|too many ind|broadcast|unpack": "iou takes two boxes, not indices and not "
    "all boxes: iou(boxes[best], boxes[other]).",
    "index out of range": "Don't take anything off a list while you loop over it. Make a new list.",
}
PATCHES = {
    "broadcast": "Does the output have the rows and columns that the text says? Is the patch as large as the "
    "kernel, with i for rows and j for columns?",
    "with a sequence": "Add to a patch as large as the kernel: i * stride : i * stride + side.",
    "out of bounds": "i counts rows and j columns: small[i, j]. Is the output as large as the text says?",
    "Cannot cast": "The numbers have decimals: leave out dtype=int.",
    "as a data type": "np.zeros takes one pair: np.zeros((rows, columns)).",
}


def as_convolution(function: Callable) -> None:
    """Check as_convolution(dense) -> a Conv2D layer that gives at each place what dense gives there."""
    from keras import layers

    rng = np.random.default_rng()
    for channels, classes in ((5, 3), (4, 2)):
        dense = layers.Dense(classes)
        dense.build((None, channels))
        dense.set_weights([rng.normal(size=(channels, classes)), rng.normal(size=classes)])
        what = f"{name_of(function)}(a Dense layer, {channels} channels to {classes} classes)"
        layer = compare.with_hints(LAYERS, attempt, function, dense)
        told = f"{what} returned {returned(layer)}; make and return a layers.Conv2D."
        require(isinstance(layer, layers.Conv2D), told)
        told = f"{what} has a kernel of {layer.kernel_size}. It should read one place only, so its size is 1."
        require(layer.kernel_size == (1, 1), told)
        maps = rng.normal(size=(2, 3, 4, channels)).astype("float32")
        kernel, bias = dense.get_weights()
        expected = np.einsum("nijk,kc->nijc", maps, kernel) + bias
        odds = np.exp(expected - expected.max(axis=-1, keepdims=True))
        slips = (
            (expected - bias, "The bias is missing."),
            (odds / odds.sum(axis=-1, keepdims=True), "Leave out the softmax: the scores are logits."),
            (expected.clip(0), "Leave out the ReLU: the scores are logits, and may be negative."),
        )
        got = compare.with_hints(LAYERS, attempt, lambda made=layer, seen=maps: np.asarray(made(seen)))
        told = "Does the layer get dense's weights, and no activation?"
        judge(got, expected, what, slips, otherwise=told, rtol=1e-4)
    passed(function, "the same numbers as the dense layer, at every place")


def one_by_one(dense):
    """Give a 1×1 convolution with the weights of a dense layer."""
    from keras import layers

    kernel, bias = dense.get_weights()
    layer = layers.Conv2D(len(bias), 1)
    layer.build((None, None, None, len(kernel)))
    layer.set_weights([kernel[None, None], bias])
    return layer


def box_iou(function: Callable) -> None:
    """Check iou(first, second) of two boxes, left, top, right, bottom, by counting the cells of a grid."""
    rng = np.random.default_rng()
    cases = [(*low, *(low + size)) for low, size in zip(*rng.integers(1, 9, (2, 16, 2)), strict=True)]
    sizes = [np.prod(np.subtract(box[2:], box[:2])) for box in cases]
    pairs = zip(cases[::2], cases[1::2], sizes[::2], sizes[1::2], strict=True)
    cases = [pair for *pair, own, other in pairs if own != other and box_overlap(*pair) not in (0, 1)]
    cases += [((1, 1, 9, 9), (3, 4, 5, 8)), ((0, 0, 3, 3), (1, 0, 5, 2)), ((1, 1, 9, 9), (1, 1, 9, 9))]
    cases += [((2, 2, 6, 8), (6, 2, 9, 8)), ((0, 0, 3, 3), (5, 1, 9, 4)), ((0, 0, 3, 3), (5, 6, 9, 9))]
    cases += [((1, 1, 9, 9), (4, 2, 4, 6)), ((5, 5, 5, 5), (2, 1, 7, 8))]  # without an area
    cases += [((0, 0, 3, 3), (1, 5, 4, 9)), ((0.5, 1, 4, 5.5), (2, 2.5, 6.5, 8))]
    apart = "Width and height are both negative here, and their product positive. Set each to 0 separately."
    for pair in cases:
        down, right = np.mgrid[:20:0.5, :20:0.5] + 0.25  # four cells in each square
        inside = [(x0 < right) & (right < x1) & (y0 < down) & (down < y1) for x0, y0, x1, y1 in pair]
        both, areas = (inside[0] & inside[1]).sum() / 4, (inside[0].sum() + inside[1].sum()) / 4
        first, second = np.array(pair, float)
        cut = np.prod(np.minimum(first, second)[2:] - np.maximum(first, second)[:2])
        own = np.prod(first[2:] - first[:2]), np.prod(second[2:] - second[:2])
        slips = (
            (both / areas, "The overlap is counted twice below the line. Subtract it once."),
            (2 * both / areas, "That is another measure, Dice. Divide the overlap by the union."),
            (both / max(own[0], 1), "Divide by the area in at least one box, not by that of the first."),
            (both / max(own[1], 1), "Divide by the area in at least one box, not by that of the second."),
            (both / max(own[0], 1) + own[1] - both, "Python divides first. Put the union in brackets."),
            (both, "That is the overlap alone. Divide it by the union."),
            (max(cut, 0) / (areas - max(cut, 0)), apart),
            (cut / (areas - cut), "These boxes are apart. A negative width or height must count as 0."),
            (box_overlap(*np.trunc(pair)), "Edges may lie between whole numbers: leave out int and range."),
        )
        told = f"Draw {first.tolist()} and {second.tolist()} on squared paper, and count squares."
        got = compare.with_hints(EDGES, call, function, first, second)
        require(got is not None or both, f"{name_of(function)} returned None. The IoU of these boxes is 0.")
        judge(got, both / (areas - both), compare.written(function, first, second), slips, otherwise=told)
    passed(function, "agrees with counted cells, also for boxes that touch, lie apart or contain each other")


def box_overlap(first, second) -> float:
    """Area in both boxes, left, top, right and bottom each, divided by the area in at least one."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    both = np.prod((np.minimum(first, second)[2:] - np.maximum(first, second)[:2]).clip(0))
    return float(both / (np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2]) - both))


def encoded_box(function: Callable) -> None:
    """Check encode(box, label) -> (row, column, seven numbers) of the cell that holds the centre."""
    rng = np.random.default_rng()
    for label, low in zip((0, 1, 1, 0), (9, 1, 1, 1), strict=True):  # first one that round would move
        inside, place = rng.integers(low, 15, 2) / 16, rng.permutation(np.arange(2, 10))[:2]
        centre, size = 16 * (place + inside), rng.permutation([40.0, 52, 66])[:2]
        box, what = np.array([*(centre - size / 2), *(centre + size / 2)]), "encode(box, label)"
        got = call(function, box, label)
        three = isinstance(got, tuple | list) and len(got) == 3
        require(three, f"{what} returned {returned(got)}; return row, column, numbers.")
        row, column, numbers = got
        if row is ... or column is ... or numbers is ...:
            raise NotWritten("encode still returns three dots. Return your result there.")
        whole = all(isinstance(value, int | np.integer) for value in (row, column))
        require(whole, f"Row and column are {row!r} and {column!r}. Make integers of them with int().")
        cell, mirrored = tuple(place[::-1]), tuple(place)
        corner = tuple(int(edge) for edge in box[1::-1] // 16)
        where = f"{what} says row {row}, column {column}."
        require((row, column) != mirrored, f"{where} Rows count downwards, so the row belongs to y.")
        require((row, column) != corner, f"{where} Use the centre of the box, not its corner.")
        up = (row, column) != cell and (row, column) == tuple(np.round(centre[::-1] / 16))
        require(not up, f"{where} Don't round: everything from 4 up to 5 lies in cell 4.")
        require((row, column) == cell, f"{where} The centre of {box.tolist()} isn't in that cell.")
        try:
            numbers = np.array([float(number) for number in numbers])
        except (TypeError, ValueError) as error:
            told = f"{what} gives {compare.described(numbers)}; give seven numbers in a list."
            raise AssertionError(told) from error
        expected = np.array([1, *inside, *(size / 192), 1 - label, label])

        def changed(start, values, base=expected):
            return np.concatenate([base[:start], values, base[start + len(values) :]])

        slips = (
            (changed(1, inside * 16), "The centre is a fraction of the cell: divide by 16, then subtract."),
            (changed(1, centre / 16), "Subtract the column and the row from the centre."),
            (changed(1, inside[::-1]), "First x, then y."),
            (changed(3, size), "Width and height are fractions of the picture: divide by 192."),
            (changed(3, size / 16), "Width and height are fractions of the picture, not of a cell."),
            (changed(3, size[::-1] / 192), "First the width, then the height."),
            (changed(5, [label, 1 - label]), "The sixth number is 1 for a handbag, the seventh for a shoe."),
        )
        told = "Go through the example in the text number by number."
        judge(numbers, expected, f"{what}, numbers,", slips, otherwise=told)
    passed(function, "every object is in the cell of its centre")


def box_to_cell(box, label) -> tuple[int, int, list[float]]:
    """Row and column of a box's cell of 16 pixels, and what stands there; a picture has 192 pixels."""
    box = np.asarray(box, float)
    (column, row), inside = np.divmod((box[:2] + box[2:]) / 2, 16)
    size = (box[2:] - box[:2]) / 192
    return int(row), int(column), [1.0, *(inside / 16), *size, float(label == 0), float(label == 1)]


def kept_boxes(function: Callable) -> None:
    """Check keep_best(boxes, scores) -> what TensorFlow's non-maximum suppression keeps at IoU 0.5."""
    rng = np.random.default_rng()
    looped = "Don't take anything off a list while you loop over it. Make a new list."
    gone = "The third box overlaps only a box that is gone. Compare with kept boxes only."
    near, chain = ([(left, 0, left + 20, 20) for left in lefts] for lefts in ((0, 1, 2, 3), (0, 6, 12, 60)))
    half, even = [(0, 0, 20, 20), (0, 0, 20, 10)], "An IoU of exactly 0.5 isn't above 0.5: keep both boxes."
    slips = ([0, 2], looped), ([0, 3], gone), ([0], even)
    cases = [(np.array(boxes, float), slip) for boxes, slip in zip((near, chain, half), slips, strict=True)]
    for count in (6, 25, 1):
        corner = rng.uniform(0, 30, (count, 2))
        cases.append((np.hstack([corner, corner + rng.uniform(15, 25, (count, 2))]), None))
    for boxes, slip in cases:
        count = len(boxes)
        scores = (np.arange(count)[::-1] if slip else rng.permutation(count)) / count + 0.01
        what, expected = f"{name_of(function)}({count} boxes)", best_boxes(boxes, scores)
        got = compare.with_hints(LISTS, call, function, boxes, scores)
        told = f"{what} returned {returned(got)}; return a list of indices."
        require(isinstance(got, list | np.ndarray), told)
        kinds = {type(index) for index in got}
        require(all(kind is int or issubclass(kind, np.integer) for kind in kinds), told)
        got = [int(index) for index in got]
        none = "the best box is always kept. (In `while rest`, an array with only index 0 counts as false.)"
        require(got, f"{what} returned an empty list; {none}")
        require(len(set(got)) == len(got), f"{what} keeps a box twice. Remove each box that you keep.")
        told = f"{what} keeps the right boxes. Now return the best one first."
        require(got == expected or sorted(got) != sorted(expected), told)
        told = f"{what} does not begin with the box of the highest score. It is always kept."
        require(got[0] == expected[0], told)
        few = "Look at every box that is left. Remove those that overlap a box you keep by more than 0.5."
        few = "Is the last box that is left looked at?" if got == expected[:-1] else few
        few = "They are others. Do you return indices into boxes?" if len(got) == len(expected) else few
        few = "Some of yours overlap by more than 0.5." if len(got) > len(expected) else few
        few = "The loop seems to stop after the first round." if len(got) == 1 < len(expected) else few
        few = slip[1] if slip and got == slip[0] else few
        require(got == expected, f"{what} keeps {len(got)}, and TensorFlow keeps {len(expected)}. {few}")
    passed(function, "keeps the boxes that TensorFlow keeps")


def best_boxes(boxes, scores) -> list[int]:
    """Indices of the boxes that TensorFlow's non-maximum suppression keeps at IoU 0.5, the best one first."""
    import tensorflow as tf

    return tf.image.non_max_suppression(boxes, scores, max(len(boxes), 1), 0.5).numpy().tolist()


def average_precision(function: Callable) -> None:
    """Check average_precision(hits, total) -> the mean precision at the hits; 0 for what is missed."""
    for hits, total in (([1, 0, 1, 1, 0, 0], 4), ([0, 1, 0, 0, 1, 1], 5), ([1, 1, 0, 1] * 5, 30)):
        hits = np.array(hits, bool)
        precision = np.array([hits[:n].mean() for n in range(1, len(hits) + 1)])
        expected = mean_precision(hits, total)
        slips = (
            (precision.mean(), "Only the precision at the hits counts, and missed objects count as 0."),
            (precision[hits].mean(), "Divide by all objects, also those that were never found: total."),
            (precision[hits].sum(), "That is the sum. Divide it by total."),
            (precision[hits].sum() / len(hits), "Divide by total, the number of objects, not of boxes."),
            (hits.sum() / total, "That is the recall at the end. Add up the precision at the hits instead."),
            (precision.sum() / total, "Add up the precision at the hits only: precision[hits]."),
            (precision[~hits].sum() / total, "You add up the precision at the misses, not at the hits."),
            (precision[hits].sum() / 4, "There are not always 4 objects: divide by total."),
            (hits.mean(), "That is the precision at the end. Take it at each hit."),
            (round(expected, 2), "Don't round."),
            (0, "Nothing was added up. Does the number of hits grow? // rounds down; write `if hit:`."),
        )
        told = "Try the example above, hit, miss, hit and 4 objects: it gives 5/12, about 0.4167."
        from_1 = {"division by zero": "Count the boxes from 1."}
        from_1 |= {"broadcast": "There must be a number for each box. np.arange leaves out its end."}
        got = compare.with_hints(from_1, call, function, hits, total)
        endless = isinstance(got, float | np.floating) and np.isinf(got)
        require(not endless, f"{name_of(function)} divides by 0. Count the boxes from 1.")
        judge(got, expected, compare.written(function, hits, total), slips, otherwise=told)
    passed(function, "the mean precision over all objects")


def mean_precision(hits, total) -> float:
    """Average the precision at every hit over all objects: the n-th hit, at place p, has precision n / p."""
    places = np.flatnonzero(hits) + 1
    return float(np.sum(np.arange(1, len(places) + 1) / places) / total)


def transposed(function: Callable) -> None:
    """Check transposed(small, kernel, stride) against the transposed matrix of the convolution."""
    rng = np.random.default_rng()
    for shape, side, stride in (((2, 3), 2, 2), ((3, 2), 3, 1), ((2, 2), 3, 2)):
        small, kernel = (rng.integers(1, 9, size).astype(float) for size in (shape, (side, side)))
        sides = [(count - 1) * stride + side for count in shape]
        matrix = np.zeros((small.size, *sides))  # one picture for each window
        for window, (i, j) in zip(matrix, np.ndindex(shape), strict=True):
            window[i * stride :, j * stride :][:side, :side] = kernel
        expected = np.tensordot(small.ravel(), matrix, 1)
        last = np.zeros(sides)
        for number, window in zip(small.ravel(), matrix, strict=True):
            last[window > 0] = number * window[window > 0]
        sums = np.tensordot(small.ravel(), matrix > 0, 1) + matrix.sum(axis=0)
        slips = (
            (last, "Where copies of the kernel overlap, they add up: use +=."),
            (matrix.sum(axis=0), "Multiply each copy by its number, small[i, j]."),
            (sums, "Multiply, don't add: small[i, j] * kernel."),
            (np.tensordot(small.ravel()[::-1], matrix, 1)[::-1, ::-1], "Don't flip or turn the kernel."),
            (expected + 1, "Begin with zeros."),
        )
        what = f"{name_of(function)}({shape[0]}×{shape[1]}, a {side}×{side} kernel, stride {stride})"
        got = compare.with_hints(PATCHES, call, function, small, kernel, stride)
        told = "Work out a corner by hand, and a place where two copies overlap, and compare."
        judge(got, expected, what, slips, otherwise=told)
    passed(function, "the transposed matrix of the convolution gives the same")
