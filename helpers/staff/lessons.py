"""Run the course from top to bottom and sum it up.

    python -m helpers.staff.lessons [NUMBER ...] [--data embedded|best] [--seed N] [--out build/lessons]

With --data embedded every lesson uses the data in this repository. With --data best it uses what
`helpers.datasets` finds first: COURSE_ASSETS, then the cache or a download. Another seed shows whether what
a lesson says holds beyond the run that is stored.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import nbclient
import nbformat
from nbconvert import HTMLExporter
from tqdm import tqdm

from helpers import ROOT
from helpers.plots.results import KEY_NUMBERS
from helpers.quiz import WIDGET
from helpers.staff import course, notebooks

CELL_TIMEOUT = 900


@dataclass
class Result:
    """One executed lesson; `error` names the cell where it stopped, if it did."""

    name: str
    notebook: nbformat.NotebookNode
    seconds: float
    error: str | None = None
    key_numbers: dict = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """Code cells that ran to their end."""
        return sum(cell.execution_count is not None for _, cell in notebooks.code_cells(self.notebook))

    def line(self) -> str:
        """Say in one line how it went."""
        return f"{self.name}: {'FAILED' if self.error else 'ok'}, {self.cells} cells, {self.seconds:.0f} s"


def execute(source: Path, *, embedded: bool, seed: int = 0, progress: str | None = None) -> Result:
    """Build a lesson and run it in a fresh kernel of this Python.

    Parameters
    ----------
    source : Path
        notebooks/source/NN_name.py.
    embedded : bool
        Whether to use only the data in this repository.
    seed : int
        Takes the place of the 0 in every `keras.utils.set_random_seed(0)`.
    progress : str, optional
        Label of a progress bar over the cells; none when left out, or where output is not a terminal.

    Returns
    -------
    Result
        With an `error` that names the cell where the lesson stopped, if it did.
    """
    notebook = notebooks.build_file(source)
    code = notebooks.code_cells(notebook)
    for _, cell in code:
        cell.source = cell.source.replace("set_random_seed(0)", f"set_random_seed({seed})")
    bar = tqdm(
        total=len(code), desc=progress, disable=None if progress else True, file=sys.stdout, leave=False
    )
    client = nbclient.NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(notebooks.stored_path(source).parent)}},
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        on_cell_executed=lambda **_: bar.update(),
    )
    began, error = time.perf_counter(), None
    try:
        with bar, mock.patch.dict(os.environ, _environment(embedded), clear=True):
            client.execute(stderr=subprocess.DEVNULL)  # the kernel's own log, not the cells'
    except nbclient.exceptions.CellExecutionError as stop:
        error = f"cell {_failed_cell(notebook)}: {stop.ename}: {_first_line(stop.evalue)}"
    except (nbclient.exceptions.CellTimeoutError, nbclient.exceptions.DeadKernelError) as stop:
        error = f"cell {_running_cell(notebook)}: {_first_line(stop)}"
    seconds = round(time.perf_counter() - began, 1)
    key_numbers = clean(notebook)
    return Result(source.stem, notebook, seconds, error, key_numbers)


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


def write_html(result: Result, folder: Path) -> None:
    """Write an executed lesson as one HTML page."""
    exporter = HTMLExporter(template_name="lab")
    page, _ = exporter.from_notebook_node(result.notebook, resources={"metadata": {"name": result.name}})
    (folder / f"{result.name}.html").write_text(page, encoding="utf-8")


def summary(results: list[Result]) -> str:
    """Sum up a run in Markdown: a table of lessons, then each lesson's key numbers."""
    lines = ["# Lessons", "", "| lesson | result | seconds | cells |", "|---|---|---|---|"]
    lines += [f"| {r.name} | {r.error or 'ok'} | {r.seconds:.0f} | {r.cells} |" for r in results]
    for result in results:
        lines += ["", f"## {result.name}", "", "| key number | value |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in result.key_numbers.items()]
    return "\n".join(lines) + "\n"


def records(results: list[Result]) -> str:
    """Sum up a run as JSON: a list with one object per lesson."""
    keys = ("name", "error", "seconds", "cells", "key_numbers")
    rows = [{key: getattr(result, key) for key in keys} for result in results]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def run(sources: list[Path], folder: Path, *, embedded: bool, seed: int = 0) -> list[Result]:
    """Execute lessons in turn, write their pages and the summary; one that fails stops no other."""
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    for number, source in enumerate(sources, 1):
        label = f"lesson {number} of {len(sources)}, {source.stem}"
        print(f"{label} ...", flush=True)
        result = execute(source, embedded=embedded, seed=seed, progress=label)
        print(f"lesson {number} of {len(sources)}, {result.line()}", flush=True)
        if result.error:
            print(f"  {result.error}", flush=True)
        write_html(result, folder)
        results.append(result)
        (folder / "summary.md").write_text(summary(results), encoding="utf-8")
        (folder / "summary.json").write_text(records(results), encoding="utf-8")
    return results


def _environment(embedded):
    environment = dict(os.environ)
    if embedded:
        environment.pop("COURSE_ASSETS", None)
        environment["COURSE_OFFLINE"] = "1"
    # The kernel of this environment, even where the user has another one of the same name.
    environment["JUPYTER_PREFER_ENV_PATH"] = "1"
    return environment


def _first_line(error):
    return (str(error).splitlines() or ["no message"])[0]


def _failed_cell(notebook):
    return next(
        number
        for number, cell in notebooks.code_cells(notebook)
        if any(output.output_type == "error" for output in cell.outputs)
    )


def _running_cell(notebook):
    code = notebooks.code_cells(notebook)
    return next((number for number, cell in code if cell.execution_count is None), code[-1][0])


def main(arguments: list[str] | None = None) -> int:
    """Run lessons; returns 1 if any failed."""
    parser = argparse.ArgumentParser(prog="python -m helpers.staff.lessons", description="Run lessons.")
    parser.add_argument("numbers", nargs="*", help="lessons such as 01; all when left out")
    parser.add_argument("--data", choices=["embedded", "best"], default="embedded")
    parser.add_argument("--seed", type=int, default=0, help="random seed of the lessons")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "lessons", help="where pages go")
    options = parser.parse_args(arguments)
    embedded = options.data == "embedded"
    results = run(course.sources(options.numbers), options.out, embedded=embedded, seed=options.seed)
    failed = [result.name for result in results if result.error]
    total = sum(result.seconds for result in results)
    verdict = f"failed: {', '.join(failed)}" if failed else "all passed"
    print(f"{len(results)} lessons in {total:.0f} s, {verdict}. Pages and summary are in {options.out}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
