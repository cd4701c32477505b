"""Slips that stand in the code of an answer, whatever it was called with and whatever it returned."""

import ast
import dis
import inspect
import textwrap
from collections.abc import Callable


def slip(function: Callable) -> str:
    """Name a return in a loop, `^` for a power, or `==` for `=` in a function's code; else give ""."""
    try:
        code = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except Exception:  # whatever is wrong with the code, the check says what is wrong with the answer
        return ""
    nodes = ast.walk(code) if isinstance(code.body[0], ast.FunctionDef) else ()  # no lambda in a line
    return next(filter(None, map(_told, nodes)), "")


def calls(function: Callable, other: Callable) -> str:
    """Give the name under which a function of the notebook uses another one, "" where it does not."""
    code, known = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    used = dis.get_instructions(code) if code else ()
    names = (one.argval for one in used if one.opname == "LOAD_GLOBAL")
    return next((name for name in names if known.get(name) is other), "")


def _told(node):
    if isinstance(node, ast.For) and any(isinstance(line, ast.Return) for line in node.body):
        early = not any(isinstance(line, ast.Continue) for line in ast.walk(node))
        return "a return inside the loop ends it in its first round. Should it come after the loop?" * early
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
        power = ast.unparse(node.right) in ("2", "3") or ast.unparse(node.left) == "2"
        return "a power is ** in Python, not ^." * power
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare):
        equal = isinstance(node.value.ops[0], ast.Eq)
        return f"the line {ast.unparse(node)} only compares. To set a value, write = and not ==." * equal
    return ""
