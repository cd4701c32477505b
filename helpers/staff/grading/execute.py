"""Run a restored notebook in a kernel, cell by cell, and count the points of its tests."""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbclient
import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager

from helpers import ROOT
from helpers.staff.grading import controls
from helpers.staff.grading.limits import Limits
from helpers.staff.grading.official import MARKS, is_test, nbgrader

PLAIN_KERNEL = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
# What an error in a cell says about the limit it ran into, most telling first.
LIMITS_HIT = [
    ("memory", re.compile(r"MemoryError|Cannot allocate memory|std::bad_alloc")),
    ("process limit", re.compile(r"BlockingIOError.*(Errno 11|unavailable)|can't start new thread")),
    ("file limit", re.compile(r"OSError.*(Errno 27|Errno 28|Errno 122)")),
    ("syntax error", re.compile(r"^(SyntaxError|IndentationError|TabError)")),
]


@dataclass
class Run:
    """How a notebook ran."""

    notebook: nbformat.NotebookNode  # with outputs
    # "ok", or the first thing that went wrong: "timeout", "memory", "killed kernel", "process limit", "file
    # limit", "syntax error", "error"; and one sentence on it.
    status: str = "ok"
    message: str = ""
    points: dict[str, float] = field(default_factory=dict)  # of each test that ran, by its name
    messages: dict[str, str] = field(default_factory=dict)  # of each test that failed
    forged: bool = False  # the kernel failed a control, so that no reply of it can be believed
    seconds: float = 0.0  # wall time


class Client(nbclient.NotebookClient):
    """A client that keeps replies, drops outputs beyond a number of bytes, and leaves widgets alone."""

    output_left = Limits.output
    reply: dict | None = None

    def process_message(self, msg, cell, cell_index):
        """Handle one message, as long as the allowance lasts; odd output costs nothing that comes after it.

        What widgets tell a browser is passed over: what is printed inside of one is output of the cell too.
        """
        if msg["msg_type"].startswith("comm"):
            return None
        self.output_left -= len(json.dumps(msg["content"], default=str))
        if self.output_left < 0 and msg["msg_type"] not in ("error", "status"):
            return None
        try:
            return super().process_message(msg, cell, cell_index)
        except nbclient.exceptions.CellControlSignal:
            raise
        except Exception:  # nbformat and nbclient fail in many ways on what code can display
            return None

    def ask(self, cell, *, history: bool) -> dict | None:
        """Execute a cell that need not be in the notebook; give the kernel's reply, None if there is none."""
        self.reply = None
        self.nb.cells.append(cell)
        try:
            self.execute_cell(cell, len(self.nb.cells) - 1, store_history=history)
        finally:
            self.nb.cells.pop()
        return self.reply


def execute(
    notebook: nbformat.NotebookNode,
    *,
    limits: Limits | None = None,
    kernel: list[str] | None = None,
    environment: dict[str, str] | None = None,
    work: Path | None = None,
) -> Run:
    """Run a notebook in a fresh kernel, in an empty folder or in `work`.

    Nothing that its code does raises, a kernel that can not start does.

    `notebook` is one of `restore`, tests included. Of the limits, times and output are watched here, the
    others by the command that starts the kernel, `kernel`, "{connection_file}" in it; this Python's own when
    left out. `environment` is that of the kernel; this process's own, with the course on the path.
    """
    run, limits = Run(notebook), limits or Limits()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="grading-") as private:
        client = _client(notebook, kernel or PLAIN_KERNEL, Path(private), limits)
        work = work or Path(private) / "work"
        work.mkdir(exist_ok=True)
        deadline = began + limits.seconds
        client.timeout_func = lambda cell: max(1, min(limits.cell_seconds, deadline - time.monotonic()))
        options = {"cwd": str(work), "stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        options["env"] = {**os.environ, "PYTHONPATH": paths} if environment is None else environment
        place, started = 0, False
        try:
            with client.setup_kernel(**options):
                started = True
                for place, cell in enumerate(list(notebook.cells)):
                    if cell.cell_type == "code" and cell.source.strip():
                        if time.monotonic() > deadline:
                            raise TimeoutError
                        _step(client, place, cell, run)
        except (nbclient.exceptions.CellTimeoutError, TimeoutError):
            run.status = "timeout"
            times = f"{limits.cell_seconds:g} s a cell, {limits.seconds:g} s in all"
            run.message = f"cell {place} ran out of time ({times})"
        except nbclient.exceptions.DeadKernelError:
            run.status, run.message = "killed kernel", f"the kernel died in cell {place}"
        except Exception as error:
            if not started:
                raise
            # A hostile kernel can answer anything; whatever breaks here broke on its answer.
            run.status = "killed kernel"
            run.message = f"the kernel gave no valid answer in cell {place} ({type(error).__name__})"
    run.seconds = round(time.monotonic() - began, 2)
    if run.status == "ok":
        run.status, run.message = _errors(notebook)
    return run


def _client(notebook, kernel, private, limits):
    spec = private / "kernels" / "course"
    spec.mkdir(parents=True)
    words = json.dumps({"argv": kernel, "display_name": "course", "language": "python"})
    (spec / "kernel.json").write_text(words, encoding="utf-8")
    places = {"kernel_spec_manager": KernelSpecManager(kernel_dirs=[str(spec.parent)])}
    places |= {"connection_file": str(private / "connection.json")}
    manager = AsyncKernelManager(kernel_name="course", **places)
    client = Client(
        notebook, km=manager, allow_errors=True, record_timing=False, coalesce_streams=True,
        store_widget_state=False, skip_cells_with_tag=secrets.token_hex(8), startup_timeout=120,
        shutdown_kernel="immediate", iopub_timeout=10,
        on_cell_executed=lambda cell, cell_index, execute_reply: setattr(client, "reply", execute_reply),
    )  # fmt: skip
    client.owns_km = True
    client.output_left = limits.output
    return client


def _step(client, place, cell, run):
    if not is_test(cell):
        client.ask(cell, history=True)
        return
    guard = nbformat.v4.new_code_cell(controls.guard(run.notebook, place))
    told = client.ask(guard, history=False)
    intact = (told or {}).get("content", {}).get("status") == "ok"
    reply = client.ask(cell, history=False)
    numpy = any("numpy" in cell.source for cell in run.notebook.cells if nbgrader(cell))
    source, answer = controls.control(numpy=numpy)
    control = nbformat.v4.new_code_cell(source)
    told = client.ask(control, history=False)
    run.forged |= not intact or not controls.honest(control.outputs, told or {}, answer)
    _score(cell, reply, run)


def _score(cell, reply, run):
    name = nbgrader(cell)["grade_id"]
    run.points[name] = 0.0
    shown = next((output for output in cell.outputs if output.output_type == "error"), None)
    content = (reply or {}).get("content", {})
    if shown is None and content.get("status") == "ok":
        run.points[name] = earned(cell)
        return
    name_of_error = str((shown or content).get("ename", "the test was not run"))
    said = str((shown or content).get("evalue", ""))
    if MARKS.search(cell.source) and not _open(cell.source, shown):
        said = "in a test that is not shown"  # its message could give it away
    run.messages[name] = f"{name_of_error}: {said}"[:400].strip(": ")


def _open(source, shown):
    """Tell whether the line of a test that a traceback points at is one that students see."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join((shown or {}).get("traceback", [])))
    seen, hidden, inside = set(), set(), False
    for line in source.splitlines():
        mark = MARKS.search(line)
        inside = mark.group().upper().startswith("BEGIN") if mark else inside
        (hidden if inside else seen).add(line.strip())
    pointed = [line.strip() for line in re.findall(r"^-+>\s*\d+ ?(.*)$", text, re.MULTILINE)]
    at = next((line for line in pointed if line in seen | hidden), None)
    return at in seen and at not in hidden


def earned(cell: nbformat.NotebookNode) -> float:
    """Count the points of a test that ended without an error, by nbgrader's rules.

    A test whose result is a number earns that number, any other test all its points. Three cases differ: a
    number below zero, above the points, or not a number earns nothing (nbgrader: everything, an error,
    everything), and a warning on standard error costs nothing. nbgrader's own function is not called because
    its import takes longer than most submissions.
    """
    most = float(nbgrader(cell)["points"])
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    try:
        part = float(results[0]["data"]["text/plain"]) if results else most
    except (ValueError, KeyError, TypeError):
        return most
    return part if 0 <= part <= most else 0.0


def _errors(notebook):
    """Name the worst error that a cell of the student's ended in, and the cell."""
    found = []
    for place, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error" and not is_test(cell):
                found.append((place, f"{output.ename}: {output.evalue}"[:300]))
    for status, pattern in LIMITS_HIT:
        for place, text in found:
            if pattern.search(text):
                return status, f"cell {place}: {text}"
    return ("error", f"cell {found[0][0]}: {found[0][1]}") if found else ("ok", "")
