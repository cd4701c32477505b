"""One run of a stored notebook under nbval: for the comparison, the solutions, and the page."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import jupytext
import nbformat

from helpers import ROOT
from helpers.staff import lessons, notebooks

NBVAL = ["--nbval-lax", "--nbval-current-env", "--exitfirst", "-p", "no:cacheprovider", "-q", "--color=no"]
NBVAL += ["-p", "nbval_outputs", f"--nbval-kernel-startup-timeout={lessons.PATIENCE}"]
STRICT = "from helpers.check import instant\ninstant.RAISE = True"


def compare(path: Path, cell_seconds: float, proof: Sequence = ()) -> tuple[lessons.Result, str]:
    """Run a stored notebook under nbval, which compares its tagged cells with what is stored.

    `cell_seconds` limits each cell. `proof` is code of solutions and checks, from `solved`: it runs last, and
    a check that is not passed is an error. Gives the notebook with its new outputs, which is not stored, with
    an `error` that says what the first failing cell did; and what nbval printed.
    """
    # The options of a pytest around this one are not for it.
    environment = lessons.environment(embedded=True)
    environment = {key: value for key, value in environment.items() if not key.startswith("PYTEST_")}
    places = [str(ROOT), str(ROOT / "tests"), *filter(None, [environment.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = os.pathsep.join(places)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        executed, more = Path(folder) / "executed.ipynb", Path(folder) / "more.json"
        more.write_text(json.dumps([STRICT, *proof] if proof else []), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", *NBVAL, f"--nbval-cell-timeout={cell_seconds:.0f}"]
        command += ["--keep-outputs", str(executed), "--more-cells", str(more)]
        command += ["--rootdir", str(path.parent), str(path)]
        environment["PYTHONUTF8"] = "1"
        done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
        notebook = nbformat.read(executed if executed.exists() else path, as_version=4)
    result = lessons.Result(path.stem, notebook, round(time.perf_counter() - began, 1))
    if done.returncode:
        code = notebooks.code_cells(notebook)
        what = re.search(r"^Cell (\d+): (.+)$", done.stdout, re.MULTILINE)
        number = int(what[1]) if what else 0
        place = f"cell {code[number][0]}" if number < len(code) else "a solution"
        result.error = f"{place}: {what[2]}" if what else "nbval could not run it"
    result.key_numbers = lessons.clean(notebook)
    return result, done.stdout[-4000:] + done.stderr[-1000:]


def solved(source: Path) -> list[str]:
    """Give the code that proves a lesson's solutions: each one, and the check that follows its exercise."""
    cells = jupytext.read(source, fmt="py:percent").cells
    code = []
    for stub, solution in notebooks.pairs(cells):
        between = cells[cells.index(stub) + 1 : cells.index(solution)]
        code += [solution.source, *(cell.source for cell in between if cell.cell_type == "code")]
    return code
