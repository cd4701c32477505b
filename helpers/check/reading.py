"""Slips that stand in the code of an answer, whatever it was called with and whatever it returned."""

import ast
import dis
import inspect
import textwrap
from collections.abc import Callable

LOOPS = ast.For | ast.While


def slip(function: Callable) -> str:
    """Name a slip that a function's code shows: one sentence or two, "" where there is none.

    Known are a loop that always ends in its first round, `^` for a power, and `==` where `=` is meant. Where
    Python does not have the code, as that of a class, nothing is named.
    """
    try:
        code = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):  # a part of a line, too, as of a lambda
        return ""
    return next(filter(None, map(_told, ast.walk(code))), "")


def calls(function: Callable, other: Callable) -> str:
    """Give the name under which a function of the notebook uses another one, "" where it does not."""
    code, known = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    used = dis.get_instructions(code) if code else ()
    names = (one.argval for one in used if one.opname == "LOAD_GLOBAL")
    return next((name for name in names if known.get(name) is other), "")


def _told(node):
    if isinstance(node, LOOPS) and any(isinstance(line, ast.Return) for line in node.body):
        early = not any(isinstance(line, ast.Continue) for line in ast.walk(node))
        return "The return is inside the loop, so the loop ends in its first round. Indent it less." * early
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
        sides = (node.left, node.right)
        number = any(isinstance(side, ast.Constant) and isinstance(side.value, int) for side in sides)
        return "A power is ** in Python, not ^." * number
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare):
        return f"The line {ast.unparse(node)} only compares. To set a value, write = and not ==."
    return ""
