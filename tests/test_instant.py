"""Instant checks: what they say of an untouched stub, a wrong answer and a right one."""

import functools

import numpy as np
import pytest
from scipy import ndimage, signal

from helpers import check
from helpers.check import instant, reading


@pytest.fixture(autouse=True)
def always_the_same_images(monkeypatch):
    """One draw in thousands, such as a symmetric kernel, hides a slip."""
    monkeypatch.setattr(np.random, "default_rng", functools.partial(np.random.default_rng, 0))


def loops(image, kernel):
    rows, columns = np.subtract(image.shape, kernel.shape) + 1
    output = np.zeros((rows, columns), np.result_type(image, kernel))
    for i in range(rows):
        for j in range(columns):
            for a in range(kernel.shape[0]):
                for b in range(kernel.shape[1]):
                    output[i, j] += image[i + a, j + b] * kernel[a, b]
    return output


def floats(image, kernel):
    return loops(image, kernel).astype(float)


def vectorised(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))


def stub(image, kernel):
    return ...


def not_begun(image, kernel):
    raise NotImplementedError


def flipped(image, kernel):
    return loops(image, kernel[::-1, ::-1])


def same_size(image, kernel):
    return ndimage.correlate(image, kernel, mode="constant")


def one_row_short(image, kernel):
    return loops(image, kernel)[:-1]


def square_only(image, kernel):
    side = len(image) - len(kernel) + 1
    return loops(image[:, : side + kernel.shape[1] - 1], kernel)


def three_by_three(image, kernel):
    output = np.zeros((len(image) - 2, image.shape[1] - 2))
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            output[i, j] = (image[i : i + 3, j : j + 3] * kernel).sum()
    return output


def whole_numbers(image, kernel):
    return signal.correlate2d(image, kernel, mode="valid").astype(int)


def small_numbers(image, kernel):
    return loops(image, kernel).astype(np.uint8)


def past_the_end(image, kernel):
    output = np.zeros(image.shape)
    for i in range(len(image)):
        for j in range(len(image)):
            output[i, j] = (image[i : i + 3, j : j + 3] * kernel).sum()
    return output


LINE = past_the_end.__code__.co_firstlineno + 4


def no_sum(image, kernel):
    output = np.zeros((3, 3))
    output[0, 0] = image[:3, :3] * kernel
    return output


def early(image, kernel):
    rows, columns = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    output = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            output[i, j] = (image[i : i + len(kernel), j : j + kernel.shape[1]] * kernel).sum()
            return output


def transposed(image, kernel):
    return loops(image, kernel.T) if kernel.shape == (3, 3) else loops(image, kernel)


def with_relu(image, kernel):
    return np.maximum(loops(image, kernel), 0)


def always_the_same_window(image, kernel):
    return np.full_like(loops(image, kernel), (image[:3, :3] * kernel[:3, :3]).sum())


def one_row(image, kernel):
    output = np.zeros((image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1))
    for i, row in enumerate(output):
        for j in range(len(row)):
            row[j] = (image[i : i + len(kernel), j : j + kernel.shape[1]] * kernel).sum()
        return output


def not_a_pair(image, kernel):
    return np.zeros(3, 3)


def no_range(image, kernel):
    for i in len(image):
        image[i]


def in_place(image, kernel):
    window = image[:3, :3]
    window *= kernel
    return loops(image, kernel)


def as_list(image, kernel):
    return loops(image, kernel).tolist()


def forgets_to_return(image, kernel):
    loops(image, kernel)


@pytest.mark.parametrize(
    "answer, said",
    [
        (loops, "ok  loops: agrees with SciPy on 4 random images"),
        (floats, "ok  floats: agrees"),
        (vectorised, "ok  vectorised: agrees"),
        (stub, "your turn  stub still returns three dots."),
        (not_begun, "your turn  not_begun is not written yet."),
        (..., "your turn  Replace the three dots with your answer"),
        (flipped, "not yet  flipped, on a 5×5 image and a 3×3 kernel, flipped the kernel."),
        (same_size, "not yet  same_size, on a 5×5 image and a 3×3 kernel, returned an array as large as the"),
        (
            one_row_short,
            "not yet  one_row_short, on a 5×5 image and a 3×3 kernel, returned an array of shape (2",
        ),
        (square_only, "not yet  Right for a square image, but square_only, on a 6×9"),
        (
            three_by_three,
            "not yet  Right for 3×3 kernels; now use kernel.shape, [0] for rows, [1] for columns: three_",
        ),
        (whole_numbers, "not yet  Right for whole numbers; now keep decimals"),
        (
            small_numbers,
            "not yet  small_numbers, on a 5×5 image and a 3×3 kernel, returned uint8 numbers. Use np",
        ),
        (
            past_the_end,
            f"not yet  past_the_end, on a 5×5 image and a 3×3 kernel, stopped in line {LINE} of its ce",
        ),
        (no_sum, "not yet  no_sum, on a 5×5 image"),
        (early, "not yet  early, on a 5×5 image"),
        (transposed, "not yet  transposed, on a 5×5 image and a 3×3 kernel, returned"),
        (with_relu, "not yet  with_relu, on a 5×5 image and a 3×3 kernel, returned 0 at"),
        (in_place, "not yet  in_place("),
        (
            as_list,
            "not yet  as_list, on a 5×5 image and a 3×3 kernel, returned list of 3, not an array. Fill",
        ),
        (
            forgets_to_return,
            "not yet  forgets_to_return, on a 5×5 image and a 3×3 kernel, returned None (did",
        ),
        (lambda image: image, "not yet  <lambda>, on a 5×5 image and a 3×3 kernel, stopped with TypeError"),
        (7, "not yet  int, on a 5×5"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_convolution_is_judged_and_the_lesson_goes_on(answer, said, capsys):
    spare = object()
    given = check.exercise(check.cross_correlation, answer, otherwise=spare)
    assert given is (answer if said.startswith("ok") else spare)
    printed = capsys.readouterr().out
    assert printed.startswith(said) and printed.count("\n") == 1


@pytest.mark.parametrize(
    "answer, hint",
    [
        (past_the_end, "a loop runs past the last place where the window fits."),
        (no_sum, "Is .sum() missing?"),
        (always_the_same_window, "Every place has the same number. Does your window depend on i and j?"),
        (one_row, "a return inside the loop ends it in its first round. Should it come after the loop?"),
        (not_a_pair, "np.zeros takes one pair: np.zeros((rows, columns))."),
        (no_range, "Write range(rows), not rows, in the line with for."),
        (with_relu, "work the sum out on paper, and compare."),
        (early, "a return inside the loop ends it in its first round. Should it come after the loop?"),
        (transposed, "work the sum out on paper, and compare."),
        (forgets_to_return, "Fill an array, np.zeros((rows, columns))."),
        (small_numbers, "Use np.zeros((rows, columns)): a sum can be negative."),
    ],
)
def test_usual_slips_get_a_hint_of_their_own(answer, hint, capsys):
    check.exercise(check.cross_correlation, answer)
    assert capsys.readouterr().out.endswith(f"{hint}\n")


def powered(sizes, channels):
    return sum(size ^ 2 for size in sizes) * channels**2, 1 + sum(sizes) - len(sizes)


def compared(network):
    network.trainable = True
    for layer in network.layers:
        layer.trainable == False  # noqa: B015, E712


def searches(values):
    for value in values:
        if value < 0:
            continue
        return value


def either(a, b):
    while a.any():
        return a ^ b ^ 15 if b.any() else a ^ True


def ordered(p):
    p < 0  # noqa: B015
    return p


def wrapped(p):
    return p ^ 2


wrapped.__wrapped__ = wrapped  # inspect follows it for ever


@pytest.mark.parametrize(
    "answer, told",
    [
        (early, "a return inside the loop"),
        (powered, "a power is ** in Python, not ^."),
        (compared, "the line layer.trainable == False only compares."),
        *(
            (right, "")
            for right in (
                searches,
                either,
                ordered,
                wrapped,
                loops,
                np.sum,
                np.eye(3),
                3,
                "for",
                ...,
                lambda a: a,
            )
        ),
    ],
)
def test_slips_that_stand_in_the_code_are_named(answer, told):
    assert reading.slip(answer).startswith(told) and bool(reading.slip(answer)) == bool(told)


def test_a_slip_in_the_code_is_told_after_what_it_leads_to(capsys):
    check.exercise(check.stack, powered)
    said = capsys.readouterr().out
    assert said.startswith("not yet  powered, for 3×3 + 3×3 and 8 channels,")
    assert said.endswith(" Look at your code, too: a power is ** in Python, not ^.\n")
    check.exercise(lambda one: None, powered)
    assert capsys.readouterr().out == "", "whatever stands in the code, what is right is right"


def test_who_calls_what_the_lesson_goes_on_with_has_not_answered(capsys):
    def mine(image, kernel):
        return loops(image, kernel)

    assert check.exercise(check.cross_correlation, mine, otherwise=loops) is loops
    told = (
        "your turn  mine calls loops. The lesson uses that function until yours is right, so it doesn't count"
    )
    assert capsys.readouterr().out.startswith(told)
    assert check.exercise(check.cross_correlation, mine, otherwise=early) is mine


COPY, LEFT = np.zeros((3, 3), int), np.zeros((3, 3), int)
COPY[1, 1] = LEFT[1, 2] = 1


@pytest.mark.parametrize(
    "copy, left, said",
    [
        (COPY, LEFT, "ok  copy and move_left"),
        (COPY.astype(float), LEFT.astype(float), "ok  copy and move_left"),
        (COPY.tolist(), LEFT, "not yet  copy is not an array."),
        (..., LEFT, "your turn  "),
        (COPY, ..., "your turn  copy is right; move_left is still three dots."),
        (..., ..., "your turn  Replace the three dots"),
        (COPY, LEFT[:, ::-1], "not yet  move_left moves the image to the right."),
        (COPY, COPY, "not yet  move_left copies the image without moving it."),
        (COPY, LEFT.T, "not yet  move_left does something else."),
        (LEFT, LEFT, "not yet  copy moves the image to the left."),
        (COPY == 1, LEFT, "not yet  copy holds bool values"),
        (2 * COPY, LEFT, "not yet  copy does something else."),
        (np.eye(2), LEFT, "not yet  copy has the shape (2, 2)"),
        ("one", LEFT, "not yet  copy is not an array."),
    ],
)
def test_filters_that_copy_are_judged(copy, left, said, capsys):
    assert check.exercise(check.copying_filters, copy, left) is None
    assert capsys.readouterr().out.startswith(said)


def test_a_hint_does_not_give_the_answer(capsys):
    check.exercise(check.copying_filters, COPY, COPY)
    assert not set("0123456789[") & set(capsys.readouterr().out)


def test_in_a_proof_what_is_not_right_stops(monkeypatch):
    monkeypatch.setattr(instant, "RAISE", True)
    for wrong in (stub, flipped, ...):
        with pytest.raises(AssertionError):
            check.exercise(check.cross_correlation, wrong)
    check.exercise(check.cross_correlation, loops)
