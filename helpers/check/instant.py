"""Instant checks of the exercises in the lessons, where a wrong answer must not stop the notebook."""

import re
import traceback

import numpy as np
from scipy import signal

from helpers.check import reading
from helpers.check.compare import NotWritten, call, name_of, passed, require, returned

RAISE = False  # tests of the solutions set it, so that one that is not right stops the notebook
# Sides of image and kernel, what the kernel's whole numbers are divided by, what is right once we are here.
TRIALS = (
    ((5, 5), (3, 3), 1, ""),
    ((6, 9), (3, 3), 1, "Right for a square image, but "),
    ((7, 6), (2, 4), 1, "Right for 3×3 kernels; now use kernel.shape, [0] for rows, [1] for columns: "),
    ((5, 5), (3, 3), 2, "Right for whole numbers; now keep decimals, without dtype=int or int(): "),
)
# What an error says (a pattern), and what helps then.
HINTS = {
    "broadcast|out of bounds": "The window is not as large as the kernel there: either the slice has the "
    "wrong size, or a loop runs past the last place where the window fits.",
    "with a sequence": "Is .sum() missing?",
    "as a data type": "np.zeros takes one pair: np.zeros((rows, columns)).",
    "'int' object is not iterable": "Write range(rows), not rows, in the line with for.",
}


def exercise(check, *answers, otherwise=None):
    """Check an exercise at once, say how it went, and let the lesson go on whatever comes out.

    Prints "ok" with what was found, "not yet" with a hint, or "your turn" while the stub is untouched.

    Parameters
    ----------
    check : callable
        One of `helpers.check`; it takes the answers. Of several, a single one may still be `...`.
    *answers
        What the student wrote. A stub holds `...`, as the answer itself or as what its function returns.
    otherwise : object, optional
        What the lesson goes on with while the first answer is not right.

    Returns
    -------
    object
        The first answer if it is right, else `otherwise`; None where there is no `otherwise`.
    """
    try:
        if all(answer is ... for answer in answers):
            raise NotWritten("Replace the three dots with your answer, then run both cells again.")
        used = callable(otherwise) and reading.calls(answers[0], otherwise)
        if used or (callable(otherwise) and answers[0] is otherwise):
            told = f"{name_of(answers[0])} calls {used}" if used else f"This is {name_of(otherwise)}"
            told += ". The lesson uses that function until yours is right, so it doesn't count as your own"
            raise NotWritten(f"{told}. Run the cell with your own function, then this one again.")
        check(*answers)
        return None if otherwise is None else answers[0]
    except Exception as error:
        if RAISE:
            raise
        how = "your turn" if isinstance(error, NotWritten) else "not yet"
        known = isinstance(error, AssertionError)
        told = f"{'' if known else f'the check stopped with {type(error).__name__}: '}{error}"
        if how == "not yet" and (shown := next(filter(None, map(reading.slip, answers)), "")):
            told = f"{told} Look at your code, too: {shown}"
        print(f"{how}  {told}")
    return otherwise


def cross_correlation(convolve) -> None:
    """Check a function (image, kernel) -> feature map against SciPy, on random images."""
    rng = np.random.default_rng()
    for size, kernel_size, divisor, so_far in TRIALS:
        image, kernel = _drawn(rng, size, kernel_size, divisor)
        try:
            _check_map(convolve, image, kernel)
        except NotWritten:
            raise
        except AssertionError as error:
            raise AssertionError(f"{so_far}{error}") from error
    passed(convolve, f"agrees with SciPy on {len(TRIALS)} random images")


def _drawn(rng, size, kernel_size, divisor):
    """Draw until no sum is 0, one is negative, one below the first row is not, and halves come to light."""
    while True:
        image, kernel = rng.integers(1, 9, size), rng.integers(-9, 9, kernel_size)
        kernel[0, 0] = 9  # so that no flipped kernel is the same
        kernel = kernel if divisor == 1 else kernel / divisor
        sums = signal.correlate2d(image, kernel, mode="valid")
        if sums.all() and sums.min() < 0 < sums[1:].max() and (divisor == 1 or np.any(sums % 1)):
            return image, kernel


def _check_map(convolve, image, kernel):
    sides = "×".join(map(str, image.shape)), "×".join(map(str, kernel.shape))
    what = f"{name_of(convolve)}, on a {sides[0]} image and a {sides[1]} kernel,"
    try:
        got = call(convolve, image, kernel)
    except NotWritten:
        raise
    except AssertionError as error:
        raise AssertionError(_explained(what, convolve, error)) from error
    fill = "Fill an array, np.zeros((rows, columns))."
    require(isinstance(got, np.ndarray), f"{what} returned {returned(got)}, not an array. {fill}")
    positions = "in how many positions does the window fit, down and across?"
    told = f"{what} returned an array as large as the image. The whole window must lie inside it: {positions}"
    require(got.shape != image.shape, told)
    expected = signal.correlate2d(image, kernel, mode="valid")
    told = f"{what} returned an array of shape {got.shape}: {positions}"
    require(got.shape == expected.shape, told)
    told = f"{what} returned {got.dtype} numbers. Use np.zeros((rows, columns)): a sum can be negative."
    require(got.dtype.kind in "if", told)
    told = f"{what} flipped the kernel. Multiply its top left number by the window's top left pixel."
    require(not np.allclose(got, signal.convolve2d(image, kernel, mode="valid")), told)
    wrong = ~np.isclose(got, expected)
    if wrong.any():
        i, j = np.argwhere(wrong)[0]
        window = image[i : i + kernel.shape[0], j : j + kernel.shape[1]]
        if not got.any():
            hint = "Does your loop store anything in the output?"
        elif got.size > 1 and np.ptp(got) == 0:
            hint = "Every place has the same number. Does your window depend on i and j?"
        else:
            hint = f"The window is {window.tolist()} and the kernel {kernel.tolist()}: "
            hint += "work the sum out on paper, and compare."
        where = f"{what} returned {got[i, j]:g} at [{i}, {j}], and that is not the sum for the window there."
        raise AssertionError(f"{where} {hint}")


def _explained(what, function, error):
    """Say where a student's function stopped, and what usually makes it stop there."""
    cause = error.__cause__
    if cause is None:  # it did not stop, it changed what it was given
        return f"{error}"
    frames = traceback.extract_tb(cause.__traceback__)
    lines = [frame.lineno for frame in frames if frame.name == name_of(function)]
    text, place = str(cause).strip().rstrip("."), f" in line {lines[-1]} of its cell" if lines else ""
    hint = next((f" {hint}" for pattern, hint in HINTS.items() if re.search(pattern, text)), "")
    return f"{what} stopped{place} with {type(cause).__name__}: {text}.{hint}"


def copying_filters(copy, move_left) -> None:
    """Check two 3x3 filters: one that copies an image, and one that moves it one pixel to the left."""
    image = np.random.default_rng().integers(0, 99, (6, 7))
    shown = {"copies": image[1:-1, 1:-1], "moves left": image[1:-1, 2:], "moves right": image[1:-1, :-2]}
    so_far = ""
    for name, kernel, wanted in (("copy", copy, "copies"), ("move_left", move_left, "moves left")):
        if kernel is ...:
            raise NotWritten(f"{so_far}{name} is still three dots.")
        require(isinstance(kernel, np.ndarray), f"{name} is not an array. Use np.array([[...], ...]).")
        require(kernel.shape == (3, 3), f"{name} has the shape {kernel.shape}; a filter here is (3, 3).")
        require(kernel.dtype.kind in "iuf", f"{name} holds {kernel.dtype} values; it should hold numbers.")
        got = signal.correlate2d(image, kernel, mode="valid")
        does = next((what for what, result in shown.items() if np.array_equal(got, result)), "something else")
        hint = {
            "copies": f"{name} copies the image without moving it.",
            "moves left": f"{name} moves the image to the left.",
            "moves right": f"{name} moves the image to the right. Which neighbour should each pixel show?",
            "something else": f"{name} does something else. Which of the nine pixels should the output show?",
        }
        require(does == wanted, hint[does])
        so_far = f"{name} is right; "
    passed("copy and move_left", "both filters do what they should")
