"""Cells around each test that tell whether its result can be believed.

Student code shares its process with the tests. It can replace `numpy.allclose` or a self-check, give another
meaning to a name that tests use, swallow every error, or patch what runs a cell.

A **guard** runs before a test: it repeats the imports of the official cells, so that `np` and `check` mean
what they meant, and compares every function of `helpers.check`, and of what checks use, with its file. A
**control** runs after it: it compares numbers that differ, in the ways tests compare, and ends in an
AssertionError with a number drawn for it. Where a guard fails, or that error does not come back, no test of
this submission can be believed.
"""

import ast
import secrets

import nbformat

from helpers.staff.grading.official import is_locked

# Each is true of numbers that differ only when a comparison lies. Where a student uses the name of a builtin
# for something else, as in `sum = 0`, it raises, and that is no lie.
LIES = [
    "{a} == {b}", "all([{a} == {b}])", "any([{a} == {b}])", "abs({a} - {b}) < 1e-9", "isinstance({a}, str)",
    "max({a}, {b}) == min({a}, {b})", "round({a}) == round({b})", "float({a}) == float({b})",
    "len([{a}]) == 2",
]  # fmt: skip
NUMPY_LIES = [
    "{np}.allclose({a}, {b})", "{np}.isclose({a}, {b})", "{np}.array_equal([{a}], [{b}])",
    "({np}.asarray([{a}.0]) == {np}.asarray([{b}.0])).all()",
    "{np}.all({np}.asarray([{a}]) == {b})", "{np}.any({np}.asarray([{a}]) == {b})",
    "float({np}.abs({np}.asarray({a}.0) - {b})) == 0",
    "float({np}.mean({np}.asarray([{a}]) == {b})) == 1",
]  # fmt: skip
# These return where numbers agree, and raise where they differ.
NUMPY_LIES += [
    f"({{np}}.testing.{name}({{a}}, {{b}}), True)[1]"
    for name in ("assert_allclose", "assert_array_equal", "assert_array_almost_equal", "assert_equal")
]
CONTROL = """
def {name}():
    from builtins import Exception, RuntimeError, enumerate
    for number, lie in enumerate([{lies}]):
        try:
            told = lie()
        except Exception:
            continue
        if told:
            raise RuntimeError("comparison %d says that different numbers are equal" % number)
    assert {a} == {b}, {answer!r}
try:
    {name}()
finally:
    del {name}
"""
INTACT = '''
def {name}():
    """Compare what helpers.check, and what it uses, hold in memory with their files."""
    import ast, importlib, sys, types
    from builtins import RuntimeError, compile, dict, getattr, isinstance, open, tuple, vars
    if shell := sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None:
        shell.call_pdb = False  # what students leave switched on would answer instead of an error
        shell.set_custom_exc((), None)
        [vars(shell).pop(name, None) for name in ("showtraceback", "_showtraceback", "showsyntaxerror")]
    parts = "backbones", "check", "datasets", "drawings", "photos", "training"
    parts = tuple("helpers." + part + "." for part in parts)
    for title in [title for title in sys.modules if (title + ".").startswith(parts)]:
        module = sys.modules[title]
        with open(module.__file__, encoding="utf-8") as file:
            text = file.read()
        compiled = compile(text, module.__file__, "exec", dont_inherit=True)
        codes = dict((code.co_name, code) for code in compiled.co_consts if isinstance(code, types.CodeType))
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                if getattr(module, node.name).__code__ != codes[node.name]:
                    raise RuntimeError(title + "." + node.name + " was replaced")
            if isinstance(node, ast.ImportFrom) and (node.module + ".").startswith(parts):
                source = importlib.import_module(node.module)
                for word in node.names:
                    if getattr(module, word.asname or word.name) is not getattr(source, word.name):
                        raise RuntimeError(title + "." + word.name + " was replaced")
try:
    {name}()
finally:
    del {name}
'''


def guard(notebook: nbformat.NotebookNode, place: int) -> str:
    """Write the cell that runs before the test at a place of a restored notebook."""
    imports = []
    for cell in notebook.cells[:place]:
        if cell.cell_type == "code" and is_locked(cell):
            found = [one for one in _statements(cell.source) if isinstance(one, ast.Import | ast.ImportFrom)]
            imports += [ast.unparse(node) for node in found if getattr(node, "module", "") != "__future__"]
    return "\n".join([*dict.fromkeys(imports), INTACT.format(name=_fresh())])


def _statements(source):
    try:
        return ast.parse(source).body
    except SyntaxError:  # a magic command
        return []


def control(*, numpy: bool) -> tuple[str, str]:
    """Write the cell that runs after a test, and the message of the AssertionError it must end in."""
    a, answer = 1000 + secrets.randbelow(10**6), secrets.token_hex(12)
    words = {"a": a, "b": a + 1 + secrets.randbelow(10**6), "np": "__import__('numpy')"}
    lies = [lie.format(**words) for lie in LIES + (NUMPY_LIES if numpy else [])]
    secrets.SystemRandom().shuffle(lies)
    joined = ", ".join(f"lambda: {lie}" for lie in lies)
    return CONTROL.format(name=_fresh(), lies=joined, answer=answer, **words), answer


def _fresh():
    return f"_course_{secrets.token_hex(6)}"


def honest(outputs, reply: dict, answer: str) -> bool:
    """Tell whether a kernel answered a control with the error it must end in, in reply and output."""
    content = reply.get("content", {})
    shown = [output for output in outputs if output.get("output_type") == "error"]
    told = content.get("status"), content.get("ename"), content.get("evalue")
    return (
        told == ("error", "AssertionError", answer)
        and len(shown) == 1
        and (shown[0].get("ename"), shown[0].get("evalue")) == ("AssertionError", answer)
    )
