"""Run the course from top to bottom and sum it up.

With --data embedded every lesson uses the data in this repository. With --data best it uses what
`helpers.datasets` finds first: COURSE_ASSETS, then the cache or a download. Another seed shows whether what
a lesson says holds beyond the run that is stored.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import distributions
from pathlib import Path

import nbclient
import nbformat
from nbconvert import HTMLExporter
from tqdm import tqdm

from helpers import share_cores
from helpers.plots.results import KEY_NUMBERS
from helpers.quiz import WIDGET
from helpers.staff import course, notebooks

CELL_TIMEOUT = 900
PACKAGES = ("tensorflow-cpu", "tensorflow", "keras", "numpy")  # whose versions a page names
RUNNING = set()  # clients whose kernels run now
PATIENCE = 300  # seconds for a kernel to start, and for an output to arrive, on the busiest machine


@dataclass
class Result:
    """One executed lesson; `error` names the cell where it stopped, if it did."""

    name: str
    notebook: nbformat.NotebookNode
    seconds: float
    error: str | None = None
    key_numbers: dict = field(default_factory=dict)
    memory: float | None = None  # most that its kernel held at a time, in GB; only Linux tells

    @property
    def cells(self) -> int:
        """Code cells that ran to their end."""
        return sum(cell.execution_count is not None for _, cell in notebooks.code_cells(self.notebook))

    def line(self) -> str:
        """Say in one line how it went."""
        return f"{self.name}: {'FAILED' if self.error else 'ok'}, {self.cells} cells, {self.seconds:.0f} s"


def execute(
    source: Path, *, embedded: bool, seed: int = 0, progress: str | None = None, settings: dict | None = None
) -> Result:
    """Build a lesson and run it in a fresh kernel of this Python.

    `embedded` says whether to use only the data in this repository; `seed` takes the place of the 0 in
    every `keras.utils.set_random_seed(0)`. Under the label `progress` a terminal shows the running cell.
    `settings` are environment variables of the kernel, for what this process has not set. The result has an
    `error` that names the cell where the lesson stopped, if it did.
    """
    notebook = notebooks.build_file(source)
    code = notebooks.code_cells(notebook)
    for _, cell in code:
        cell.source = cell.source.replace("set_random_seed(0)", f"set_random_seed({seed})")
    shown = {"desc": progress, "leave": False, "unit": "cell", "disable": None if progress else True}
    bar = tqdm(total=len(code), file=sys.stdout, **shown)  # None: not where output is no terminal
    client = nbclient.NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        startup_timeout=PATIENCE,
        iopub_timeout=PATIENCE,  # outputs that come later would be lost
        kernel_name="python3",
        resources={"metadata": {"path": str(notebooks.stored_path(source).parent)}},
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        on_cell_execute=lambda cell, **_: bar.set_postfix_str(_first_code(cell.source)[:40]),
        on_cell_executed=lambda **_: (bar.update(), held.append(peak_memory(client.km.provisioner.pid))),
    )
    began, error, held = time.perf_counter(), None, [None]
    try:
        # The kernel of this environment, even where the user has another one of the same name.
        os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
        RUNNING.add(client)
        with bar:
            variables = (settings or {}) | environment(embedded)
            client.execute(env=variables, stderr=subprocess.DEVNULL)  # its own log, not that of the cells
    except nbclient.exceptions.CellExecutionError as stop:
        error = f"cell {_last_cell(notebook)}: {stop.ename}: {_first_line(stop.evalue)}"
    except (nbclient.exceptions.CellTimeoutError, RuntimeError) as stop:  # RuntimeError: the kernel died
        error = f"cell {_last_cell(notebook)}: {_first_line(stop)}"
    finally:
        RUNNING.discard(client)
    seconds = round(time.perf_counter() - began, 1)
    key_numbers = clean(notebook)
    return Result(source.stem, notebook, seconds, error, key_numbers, held[-1])


def peak_memory(pid: int) -> float | None:
    """Read the most memory that a process has held so far, in GB; None where no /proc tells it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 / 1e9 if found else None


def clean(notebook) -> dict:
    """Drop from an executed notebook what only a live kernel can show; return its key numbers.

    A widget that brings a picture or a fold of its own leaves that. One that does not, such as a progress
    bar, leaves nothing. Of a line that was written over, the last version stays.
    """
    key_numbers = {}
    for _, cell in notebooks.code_cells(notebook):
        for output in list(cell.outputs):
            if output.output_type == "stream":
                output.text = settled(output.text)
                if not output.text:
                    cell.outputs.remove(output)
                continue
            data = output.get("data", {})
            key_numbers.update(data.get(KEY_NUMBERS, {}))
            if data.pop(WIDGET, None) is not None and set(data) <= {"text/plain"}:
                cell.outputs.remove(output)
    return key_numbers


def settled(text: str) -> str:
    """Give what a terminal shows in the end, where lines were written over after a carriage return."""
    return "\n".join(line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n"))


def write(result: Result, folder: Path) -> None:
    """Write an executed lesson as NAME.html, one page, and what the summary needs of it as NAME.json.

    The notebook itself, NAME.ipynb, is for the site.
    """
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(result.notebook, folder / f"{result.name}.ipynb")
    exporter = HTMLExporter(template_name="lab")
    page, _ = exporter.from_notebook_node(result.notebook, resources={"metadata": {"name": result.name}})
    (folder / f"{result.name}.html").write_text(page, encoding="utf-8")
    names = "name", "error", "seconds", "memory", "cells", "key_numbers"
    record = {name: getattr(result, name) for name in names}
    (folder / f"{result.name}.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")


def sum_up(names: list[str], folder: Path) -> None:
    """Write summary.json and summary.md, lessons with their key numbers, from what `write` wrote."""
    found = [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in names]
    lines = ["# Lessons", "", "| lesson | result | seconds | GB of memory | cells |", "|---|---|---|---|---|"]
    for r in found:
        memory = f"{r['memory']:.1f}" if r["memory"] else "not measured"
        lines.append(f"| {r['name']} | {r['error'] or 'ok'} | {r['seconds']:.0f} | {memory} | {r['cells']} |")
    for record in found:
        lines += ["", f"## {record['name']}", "", "| key number | value |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in record["key_numbers"].items()]
    (folder / "summary.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = json.dumps(found, indent=2, ensure_ascii=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")


def run(
    sources: list[Path], folder: Path, *, embedded: bool, seed: int = 0, at_once: int = 1
) -> list[Result]:
    """Execute lessons, write their pages and the summary; one that fails stops no other.

    With `at_once` above 1 so many run side by side, each with its part of the cores.
    """
    order, done, turn = [source.stem for source in sources], {}, threading.Lock()
    shares = share_cores(at_once) if at_once > 1 else {}

    def one(source):
        label = f"lesson {order.index(source.stem) + 1} of {len(sources)}, "
        say(f"{label}{source.stem} ...")
        result = execute(source, embedded=embedded, seed=seed, progress=label + source.stem, settings=shares)
        with turn:
            done[source.stem] = result
            if not result.error:
                result.notebook.metadata["ran"] = _facts(embedded)
            write(result, folder)
            sum_up([name for name in order if name in done], folder)
        say(label + result.line() + (f"\n  {result.error}" if result.error else ""))

    for source in sources:
        notebooks.build_file(source)  # so that a fault of a source is told before anything runs
    with ThreadPoolExecutor(at_once) as pool:
        try:
            list(pool.map(one, sources))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for client in list(RUNNING):
                with contextlib.suppress(AttributeError, OSError):
                    os.kill(client.km.provisioner.pid, signal.SIGTERM)
            raise
    return [done[name] for name in order]


def say(text: str) -> None:
    """Print a line above the bars that are shown."""
    tqdm.write(text, file=sys.stdout)
    sys.stdout.flush()


def _facts(embedded):
    """Say on which data a lesson ran, when, and with which versions."""
    found = {name.partition("-")[0]: one.version for name in PACKAGES for one in distributions(name=name)}
    tools = ", ".join(f"{name} {number}" for name, number in found.items())
    data = "the course's own data" if embedded else "the best data at hand"
    return f"This page ran on {data}, on {date.today():%d %B %Y}, with {tools}."


def environment(embedded: bool) -> dict[str, str]:
    """Give the environment variables of a kernel; `embedded`: only the data in this repository."""
    variables = dict(os.environ)
    if embedded:
        variables.pop("COURSE_ASSETS", None)
        variables["COURSE_OFFLINE"] = "1"
    return variables


def _first_code(source):
    return next((line for line in source.splitlines() if line.strip() and line[0] != "#"), "")


def _first_line(error):
    return (str(error).splitlines() or ["no message"])[0]


def _last_cell(notebook):
    """Number the cell in which a notebook stopped: the first with an error or without an end, or the last."""
    for number, cell in notebooks.code_cells(notebook):
        if cell.execution_count is None or any(output.output_type == "error" for output in cell.outputs):
            return number
    return number


def main(options) -> int:
    """Run lessons; returns 1 if any failed, 130 if they were interrupted."""
    embedded = options.data == "embedded"
    sources, began = course.sources(options.numbers), time.perf_counter()
    at_once = max(1, min(options.at_once, len(sources)))
    try:
        results = run(sources, options.out, embedded=embedded, seed=options.seed, at_once=at_once)
    except KeyboardInterrupt:
        print(f"Stopped. The pages of the lessons that were done are in {options.out}.")
        return 130
    failed = [result.name for result in results if result.error]
    total = time.perf_counter() - began
    verdict = f"failed: {', '.join(failed)}" if failed else "all passed"
    print(f"{len(results)} lessons in {total:.0f} s, {verdict}. Pages and summary are in {options.out}.")
    return 1 if failed else 0
