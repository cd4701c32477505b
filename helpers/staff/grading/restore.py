"""Make a submission whole again: the official cells as they must be, the student's answers as they are.

nbgrader marks cells in their metadata, and students, front ends and Colab change what they touch: cells get
copied, deleted and edited, line ends turn into CRLF, ids and tags come and go. Here every official cell gets
its official source and metadata back, and what had to be done is told in flags.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

import nbformat

from helpers.staff.grading.official import Homework, is_locked, nbgrader

ENOUGH = 0.5  # share of the official cells that a submission must hold to be this homework


@dataclass
class Restored:
    """A notebook to run, and what was wrong with the submission."""

    notebook: nbformat.NotebookNode  # hidden tests included; the student's own cells in their places
    tampered: list[str] = field(default_factory=list)  # official cells that were changed though locked
    missing: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)  # solution cells that differ from the stub
    found: float = 0.0  # share of the official cells that were there

    @property
    def flags(self) -> list[str]:
        """Say in words what had to be restored."""
        lists = {"tampered tests": self.tampered, "missing cells": self.missing}
        lists["duplicated cells"] = self.duplicated
        return [f"{word}: {', '.join(names)}" for word, names in lists.items() if names]


def plain(source: str) -> str:
    """Normalise what editors change without being asked: line ends, blanks at the end, a byte order mark."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def restore(submitted: nbformat.NotebookNode, homework: Homework) -> Restored:
    """Put the official cells of a homework back into a submission.

    Of a cell that is there several times the last counts, as in nbgrader; the others stay as cells of the
    student's own. A missing test comes back behind the official cell before it, a missing answer as its stub.
    Metadata and tags are the official ones: a tag of the student's could switch a test off.
    """
    official = {nbgrader(cell)["grade_id"]: cell for cell in homework.solved.cells if nbgrader(cell)}
    stubs = {nbgrader(cell)["grade_id"]: cell for cell in homework.released.cells if nbgrader(cell)}
    names = [_name(cell, official) for cell in submitted.cells]
    last = {name: place for place, name in enumerate(names) if name}
    result = Restored(nbformat.v4.new_notebook(), found=len(last) / max(1, len(official)))
    cells: list[tuple[str | None, nbformat.NotebookNode]] = []
    for place, (name, cell) in enumerate(zip(names, submitted.cells, strict=True)):
        if name and last[name] != place:
            result.duplicated.append(name)
            name = None
        cells.append((name, _official(cell, name, official, stubs, result) if name else _own(cell)))
    for before, name in zip([None, *official], official, strict=False):
        if name not in last:
            result.missing.append(name)
            at = next((i + 1 for i, (known, _) in enumerate(cells) if known == before), 0) if before else 0
            cells.insert(at, (name, _copy(official[name] if is_locked(official[name]) else stubs[name])))
    result.notebook.cells = [cell for _, cell in cells]
    result.notebook.metadata = nbformat.from_dict(dict(homework.solved.metadata))
    for number, cell in enumerate(result.notebook.cells):
        cell["id"] = f"cell-{number:03d}"
    return result


def fingerprint(restored: Restored) -> str:
    """Hash the code of a submission's answers without blanks and comments: equal for identical work."""
    digest = hashlib.sha256()
    for cell in restored.notebook.cells:
        name = nbgrader(cell).get("grade_id")
        if name in restored.answered and cell.cell_type == "code":
            text = re.sub(r"#.*", "", cell.source)
            digest.update("\0".join([name, "".join(text.split()), ""]).encode())
    return digest.hexdigest() if restored.answered else ""


def _name(cell, official):
    name = nbgrader(cell).get("grade_id")
    if name not in official:
        name = cell.get("id") or cell.metadata.get("id")  # the latter is Colab's
    return name if name in official else None


def _official(cell, name, official, stubs, result):
    source = plain(cell.source)
    if is_locked(official[name]):
        if source != plain(stubs[name].source) or cell.cell_type != official[name].cell_type:
            result.tampered.append(name)
        return _copy(official[name])
    if source != plain(stubs[name].source):
        result.answered.append(name)
    answer = _copy(stubs[name])
    answer.source = source
    return answer


def _own(cell):
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return make.get(cell.cell_type, nbformat.v4.new_raw_cell)(plain(cell.source))


def _copy(cell):
    copied = nbformat.from_dict(cell)
    if copied.cell_type == "code":
        copied.outputs, copied.execution_count = [], None
    return copied
