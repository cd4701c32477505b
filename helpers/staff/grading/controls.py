"""Cells that must fail, sent between the tests: a kernel that lets them pass has been tampered with.

Student code shares its process with the tests, so it can replace `numpy.allclose`, swallow every error, or
patch what runs a cell. A control compares numbers that differ, in the ways tests compare, and ends in an
AssertionError with a number drawn for it. Where that error does not come back, no test of this submission
can be believed.
"""

from __future__ import annotations

import secrets

# Each is true of numbers that differ only when a comparison lies.
LIES = [
    "{a} == {b}",
    "bool({a} == {b})",
    "all([{a} == {b}])",
    "any([{a} == {b}])",
    "abs({a} - {b}) < 1e-9",
    "max({a}, {b}) == min({a}, {b})",
    "isinstance({a}, str)",
    "sum([{a}, {b}]) == {a}",
    "round({a}) == round({b})",
    "len([{a}]) == 2",
]
NUMPY_LIES = [
    "{np}.allclose({a}, {b})",
    "{np}.isclose({a}, {b})",
    "{np}.array_equal([{a}], [{b}])",
    "({np}.asarray([{a}.0]) == {np}.asarray([{b}.0])).all()",
    "{np}.all({np}.asarray([{a}]) == {b})",
    "{np}.any({np}.asarray([{a}]) == {b})",
    "float({np}.abs({np}.asarray({a}.0) - {b})) == 0",
    "float({np}.max({np}.asarray([{a}, {b}]))) == 0",
]
# These raise by themselves when numbers differ.
NUMPY_CHECKS = ["assert_allclose", "assert_array_equal", "assert_array_almost_equal", "assert_equal"]


def control(*, numpy: bool) -> tuple[str, str]:
    """Write a control cell.

    Parameters
    ----------
    numpy : bool
        Whether to try NumPy's comparisons as well.

    Returns
    -------
    source, answer : str
        The cell, and the message of the AssertionError that an honest kernel raises.
    """
    a, answer = 1000 + secrets.randbelow(10**6), secrets.token_hex(12)
    lies = LIES + (NUMPY_LIES if numpy else [])
    secrets.SystemRandom().shuffle(lies)
    names = {"a": a, "b": a + 1 + secrets.randbelow(10**6), "np": "__import__('numpy')"}
    lines = []
    for check in NUMPY_CHECKS if numpy else []:
        call = f"__import__('numpy').testing.{check}({names['a']}, {names['b']})"
        lines += [
            "try:",
            f"    {call}",
            "except AssertionError: pass",
            f"else: raise RuntimeError({check!r})",
        ]
    lines.append(f"assert {' or '.join(lies).format(**names)}, {answer!r}")
    return "\n".join(lines), answer


def honest(outputs, reply: dict, answer: str) -> bool:
    """Tell whether a kernel answered a control with the error it must end in, in reply and output."""
    content = reply.get("content", {})
    shown = [output for output in outputs if output.get("output_type") == "error"]
    return (
        (content.get("status"), content.get("ename"), content.get("evalue"))
        == ("error", "AssertionError", answer)
        and len(shown) == 1
        and (shown[0].get("ename"), shown[0].get("evalue")) == ("AssertionError", answer)
    )
