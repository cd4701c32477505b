"""How every self-check calls a student's function, compares what came back, and says what is wrong.

A check never shows the expected value: it names the call, what came back, and by how much it is off.
"""

import copy
import inspect
import re
import textwrap
import traceback
from collections.abc import Callable, Mapping

import numpy as np


class NotWritten(AssertionError):
    """What is checked is not written yet."""


def call(function: Callable, *arguments):
    """Call a student's function, and fail if it stops or writes into its arguments; give what it returned.

    Random generators may change; arrays, and arrays in lists, may not.
    """
    before = copy.deepcopy(arguments)
    result = attempt(function, *arguments)
    for number, (now, then) in enumerate(zip(arguments, before, strict=True), start=1):
        if not _same(now, then):
            told = f"{written(function, *arguments)} changed its argument number {number}"
            raise AssertionError(f"{told}. The caller still needs the old values, so make a new array.")
    return result


def attempt(function: Callable, *arguments):
    """Call a student's function that may change its arguments, such as a model; errors are as in `call`."""
    what = written(function, *arguments)
    try:
        result = function(*arguments)
    except Exception as error:
        code = _innermost(error)
        if isinstance(error, NotImplementedError) and "-packages" not in code.co_filename:  # site- or dist-
            name = getattr(code, "co_qualname", code.co_name).rpartition("<locals>.")[2]
            raise NotWritten(f"{name or name_of(function)} is not written yet.") from error
        message = re.sub(r"\{\{function_node.*?\}\} ?", "", str(error))  # TensorFlow's long prefix
        raise AssertionError(f"{what} stopped with {type(error).__name__}: {message}") from error
    if result is ...:
        raise NotWritten(f"{name_of(function)} still returns three dots. Return your result there.")
    return result


def with_hints(hints: Mapping, run: Callable, *arguments):
    """Run a call; where it fails with a known message, add what helps then.

    `hints` is pattern -> sentence, or a function from the message to a sentence; the first pattern that is
    found counts. Of a message of several lines, such as Keras's, the first one is kept.
    """
    try:
        return run(*arguments)
    except NotWritten:
        raise
    except AssertionError as error:
        text = str(error).strip()
        hint = next((hint for pattern, hint in hints.items() if re.search(pattern, text)), "")
        if not hint and "\n" not in text:
            raise
        first = textwrap.shorten(text.partition("\n")[0], 170, placeholder=" ...").rstrip(". ")
        raise AssertionError(f"{first}. {hint(text) if callable(hint) else hint}".rstrip()) from error


def written(function: Callable, *arguments) -> str:
    """Write a call with its arguments described: "dense(float64 (4, 3), ...)"."""
    return f"{name_of(function)}({', '.join(map(described, arguments))})"


def described(value) -> str:
    """Describe a value by type and shape, not by content."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} of {len(value)}"
    if isinstance(value, bool | int | float | str | np.generic) or value is None:
        return repr(value)
    return type(value).__name__


def returned(got) -> str:
    """Describe what a function gave back; a forgotten `return` is named."""
    return "None (did you forget return?)" if got is None else described(got)


def close(got, expected, what: str, *, rtol: float = 1e-7, atol: float = 1e-9) -> float:
    """Compare what came back with the array that should have, and give the largest error.

    For an expected number, of shape (), a Python or NumPy number will do. `what` is the call, for messages.
    Allowed is an error of atol + rtol * |expected|, entry by entry.
    """
    expected = np.asarray(expected)
    got = shaped(got, expected.shape, what)
    if expected.dtype.kind != got.dtype.kind:
        wanted = _KINDS[expected.dtype.kind]
        whole = expected.dtype.kind == "f" and got.dtype.kind in "iu"
        hint = " Does // or int() cut decimals off?" * whole
        raise AssertionError(f"{what} returned {got.dtype} numbers; it should return {wanted}.{hint}")
    if not np.isfinite(got).all():
        raise AssertionError(f"{what} returned {_first(got, ~np.isfinite(got))}, which is no finite number.")
    error = np.abs(got.astype(np.float64) - expected)
    allowed = atol + rtol * np.abs(expected)
    wrong = error > allowed
    if wrong.any():
        place = np.unravel_index(wrong.argmax(), wrong.shape)
        told = f"{what} returned {_first(got, wrong)}, which is off by {error[place]:.2g} (allowed "
        many = f" {wrong.sum():,} of {wrong.size:,} entries are wrong; this is the first." * (wrong.size > 1)
        raise AssertionError(f"{told}{allowed[place]:.2g}).{many}")
    return float(error.max(initial=0))


def judge(got, expected, what: str, slips, *, otherwise: str = "", rtol: float = 1e-5) -> None:
    """Compare numbers, or a tensor of them, with what they should be; a usual slip gets its hint.

    `slips` are pairs: what a slip gives, and its hint; the first that fits counts. `otherwise` is the hint
    for any other wrong numbers of the right shape. Allowed is an error of rtol * (0.01 + |expected|).
    """
    got = got.numpy() if hasattr(got, "numpy") else got
    numbers = array_kind(got) in "biuf"

    def fits(other):
        same = numbers and np.shape(got) == np.shape(other)
        return same and np.allclose(got, other, rtol=rtol, atol=rtol / 100, equal_nan=True)

    if fits(expected):
        return
    single = numbers and np.shape(got) == ()
    gave = f"{what} returned {float(got):.4g}." if single else f"{what} gives something else."
    for slip, hint in slips:
        require(not fits(slip), f"{gave} {hint}")
    shaped(got, np.shape(expected), what)
    require(not (numbers and otherwise), f"{gave} {otherwise}")
    close(got, expected, what, rtol=rtol, atol=rtol / 100)


def array_kind(got) -> str:
    """Give the kind of the numbers in what came back, as of a dtype; "O" where they form no array."""
    try:
        return np.asarray(got).dtype.kind
    except ValueError:  # rows that are not equally long
        return "O"


def shaped(got, shape: tuple, what: str) -> np.ndarray:
    """Check that an array of this shape came back, and return it as an array."""
    number = shape == () and isinstance(got, float | int | np.generic)
    if not (isinstance(got, np.ndarray) or number):
        wanted = "a number" if shape == () else f"an array of shape {shape}"
        raise AssertionError(f"{what} returned {returned(got)}; it should return {wanted}.")
    if np.shape(got) != shape:
        hint = " The axes seem to be swapped." if np.shape(got) == shape[::-1] else ""
        wanted = shape or "a number"
        raise AssertionError(f"{what} returned shape {np.shape(got)}; it should be {wanted}.{hint}")
    return np.asarray(got)


def defined(function) -> None:
    """Refuse a value that a student stored under the function's name; a model is such a value, too."""
    told = f"This is {described(function)}, no function any more. Keep the line with def, and write below it."
    require(callable(function) and not hasattr(function, "layers"), told)


def an_array(got, what: str) -> None:
    """Refuse a list or a tensor, with which the lesson could not go on."""
    told = f"{what} returned {returned(got)}, not an array. np.array(...) makes one."
    require(not (isinstance(got, list | tuple) or hasattr(got, "numpy")), told)


def rounded(right) -> list:
    """Give the slips of rounding what is right to a few decimals."""
    return [(np.round(right, places), "Don't round: keep all decimals.") for places in range(4)]


def dotted(answer) -> bool:
    """Say whether three dots stand in the place of an answer, or of a part of it."""
    return answer is ... or (isinstance(answer, tuple) and any(part is ... for part in answer))


def several(got, shapes: list[tuple], what: str) -> list[np.ndarray]:
    """Check that a list of arrays of these shapes came back."""
    if not isinstance(got, list | tuple) or len(got) != len(shapes):
        wanted = f"a list of {len(shapes)} arrays"
        raise AssertionError(f"{what} returned {returned(got)}; it should return {wanted}.")
    pairs = enumerate(zip(got, shapes, strict=True))
    return [shaped(array, shape, f"{what}, entry {n} of the list,") for n, (array, shape) in pairs]


def require(condition, sentence: str) -> None:
    """Fail with a sentence unless a condition holds; unlike assert, also under `python -O`."""
    if not condition:
        raise AssertionError(sentence)


def none_of(slips: Mapping, what: str = "") -> None:
    """Fail with the first sentence of which the condition holds; `slips` is sentence -> condition."""
    for sentence, slipped in slips.items():
        require(not slipped, f"{what} {sentence}".lstrip())


def name_of(function: Callable) -> str:
    """Name a function, or a method with its class, for messages."""
    name = getattr(function, "__name__", type(function).__name__)
    return f"{type(function.__self__).__name__}.{name}" if inspect.ismethod(function) else name


def passed(function: Callable | str, text: str) -> None:
    """Print the one line of a check that went well."""
    print(f"ok  {function if isinstance(function, str) else name_of(function)}: {text}")


def numerical_gradient(function: Callable, array: np.ndarray, *, step: float = 1e-6) -> np.ndarray:
    """Approximate the gradient of a number by central differences, (f(a + h) - f(a - h)) / 2h.

    Slow, and independent of any formula. `function` takes nothing and returns a number that depends on
    `array`, float64, of which each entry is changed by `step` for a moment and then put back.

    >>> a = np.array([1.0, 3.0])
    >>> numerical_gradient(lambda: (a**2).sum(), a).round(6)
    array([2., 6.])
    """
    if array.dtype != np.float64:
        raise ValueError(f"The array is {array.dtype}; central differences need float64. Use .astype(float).")
    gradient = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        kept = array[place]
        values = []
        for moved in (kept + step, kept - step):
            array[place] = moved
            values.append(float(function()))
        array[place] = kept
        gradient[place] = (values[0] - values[1]) / (2 * step)
    return gradient


_KINDS = {"f": "floats", "i": "whole numbers", "b": "booleans"}


def _innermost(error):
    """Give the code that an error came out of, which may be Keras's."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code


def _first(got, wrong):
    """Name the first entry of an array where something is wrong."""
    if got.ndim == 0:
        return f"{got:.6g}"
    place = np.unravel_index(wrong.argmax(), wrong.shape)
    return f"{got[place]:.6g} at {list(map(int, place))}"


def _same(now, then):
    """Say whether an argument still holds what it held; only arrays and lists of arrays are looked at."""
    if isinstance(now, np.ndarray):
        return now.shape == then.shape and np.array_equal(now, then)
    if isinstance(now, list | tuple):
        return len(now) == len(then) and all(map(_same, now, then))
    return True
