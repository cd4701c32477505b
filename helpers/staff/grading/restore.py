"""Make a submission whole again: the official cells as they must be, the student's answers as they are.

nbgrader marks cells in their metadata, and students, front ends and Colab change what they touch: cells get
copied, deleted and edited, line ends turn into CRLF, ids and tags come and go. Here every official cell gets
its official source and metadata back, and what had to be done is told in flags.
"""

import contextlib
import hashlib
import re
import symtable
from dataclasses import dataclass, field
from itertools import chain, product, takewhile

import nbformat

from helpers.staff.grading.official import Homework, is_locked, is_test, nbgrader

ENOUGH = 0.5  # share of the official cells that a submission must hold to be this homework


@dataclass
class Restored:
    """A notebook to run, and what was wrong with the submission."""

    notebook: nbformat.NotebookNode  # hidden tests included; the student's own cells in their places
    tampered: list[str] = field(default_factory=list)  # official cells that were changed though locked
    missing: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)  # solution cells that differ from the stub
    written: dict[str, str] = field(default_factory=dict)  # texts of written answers, their pieces joined
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
    Metadata and tags are the official ones: a tag of the student's could switch a test off. Answers may have
    been merged, split or moved: a stub replaces nothing that another cell defines, a test waits for the names
    it uses, and the pieces of a written answer are joined.
    """
    official, stubs = _named(homework.solved), _named(homework.released)
    names = [_name(cell, official) for cell in submitted.cells]
    last = {name: place for place, name in enumerate(names) if name}
    result = Restored(nbformat.v4.new_notebook(), found=len(last) / max(1, len(official)))
    cells: list[tuple[str | None, nbformat.NotebookNode]] = []
    for place, (name, cell) in enumerate(zip(names, submitted.cells, strict=True)):
        counts = name is not None and last[name] == place
        result.duplicated += [name] if name and not counts else []
        if not counts or (is_locked(official[name]) and _defined(cell) - _defined(official[name])):
            cells.append((None, _own(cell, name)))  # answers written into a locked cell are the student's too
        if counts:
            cells.append((name, _official(cell, name, official, stubs, result)))
    for before, name in zip([None, *official], official, strict=False):
        if name not in last:
            result.missing.append(name)
            at = next((i + 1 for i, (known, _) in enumerate(cells) if known == before), 0) if before else 0
            cells.insert(at, (name, _copy(official[name] if is_locked(official[name]) else stubs[name])))
    given = {"", *(plain(cell.source) for cell in homework.released.cells)}
    _join(cells, given, stubs, result)
    result.notebook.cells = _settle(cells, given, official, stubs, result)
    result.notebook.metadata = nbformat.from_dict(dict(homework.solved.metadata))
    for number, cell in enumerate(result.notebook.cells):
        cell["id"] = f"cell-{number:03d}"
    return result


def _join(cells, given, stubs, result):
    """Join written answers: what was left in the cell, its copies, and the student's own text around it.

    Where there is none of these, it is all own text that belongs to no other answer, and to no given cell
    that was changed: badges differ from one copy of the course to the next.
    """
    heads, taken = {text.partition("\n")[0] for text in given}, set()
    own = [pair for pair in cells if not pair[0] and plain(pair[1].source).partition("\n")[0] not in heads]
    asked = [name for name, cell in stubs.items() if cell.cell_type != "code" and not is_locked(cell)]
    for everywhere, name in product((False, True), asked):
        place = next(place for place, (known, _) in enumerate(cells) if known == name)
        sides = reversed(cells[:place]), cells[place + 1 :]
        before, behind = (list(takewhile(lambda pair: not pair[0], side)) for side in sides)
        copies = [pair for pair in cells if pair[1].metadata.get("copy_of") == name]
        pieces = own if everywhere else [*before[::-1], *copies, cells[place], *behind]
        texts = dict.fromkeys(plain(piece.source) for _, piece in pieces if piece.cell_type != "code")
        texts = [text for text in texts if text not in given and not (everywhere and text in taken)]
        if not result.written.get(name):
            result.written[name] = "\n\n".join(texts)
            taken.update(texts)
            result.answered += [name] if texts and name not in result.answered else []


def _settle(cells, given, official, stubs, result):
    """Empty stubs of what other cells define, and put tests behind the cells that define what they use."""
    places, asked, turn = {}, {}, {}  # the first cell of the student's own with a name; names; tests
    for place, (name, cell) in enumerate(cells):
        if plain(cell.source) not in given and (not name or not is_locked(stubs[name])):
            places = {**dict.fromkeys(_defined(cell), place), **places}
    for name, cell in official.items():
        if not is_locked(cell):
            asked[name] = _defined(stubs[name]) or _defined(cell)
        elif is_test(cell):
            used = set(re.findall(r"\w+", cell.source)).intersection(places, chain(*asked.values()))
            turn[name] = max([places[word] + 0.5 for word in used], default=0)
    for name, cell in cells:
        if asked.get(name) and name not in result.answered and asked[name] <= places.keys():
            result.answered.append(name)
            cell.source = ""
    order = sorted(enumerate(cells), key=lambda pair: max(pair[0], turn.get(pair[1][0], 0)))
    return [cell for _, (_, cell) in order]


def _defined(cell):
    """Find the names that a cell defines at its top level."""
    source = plain(cell.source)[:100_000] if cell.cell_type == "code" else ""  # more could crash Python 3.10
    source = re.sub(r"\A\s*%%.*", "", source)
    commands = re.sub(r"(?m)^([ \t]*)([%!?].*|[\w.]+\?+[ \t]*)$", r"\1pass", source)  # of IPython
    for python in (source, commands, re.sub(r"(?m)=[ \t]*[%!].*$", "= 0", commands)):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            symbols = symtable.symtable(python, "answer", "exec").get_symbols()
            return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
    return set()


def fingerprint(restored: Restored) -> str:
    """Hash the code of a submission's answers without blanks and comments: equal for identical work."""
    texts = []
    for cell in restored.notebook.cells:
        name = nbgrader(cell).get("grade_id")
        if name in restored.answered and cell.cell_type == "code" and cell.source:
            texts.append("\0".join([name, "".join(re.sub(r"#.*", "", cell.source).split()), ""]))
    return hashlib.sha256("".join(texts).encode()).hexdigest() if texts else ""


def _named(notebook):
    return {nbgrader(cell)["grade_id"]: cell for cell in notebook.cells if nbgrader(cell)}


def _name(cell, official):
    # The last is Colab's. Any of them can be of any type.
    names = nbgrader(cell).get("grade_id"), cell.get("id"), cell.metadata.get("id")
    return next((name for name in names if isinstance(name, str) and name in official), None)


def _official(cell, name, official, stubs, result):
    source = plain(cell.source)
    if is_locked(official[name]):
        if source != plain(stubs[name].source) or cell.cell_type != official[name].cell_type:
            result.tampered.append(name)
        return _copy(official[name])
    if source != plain(stubs[name].source):
        result.answered.append(name)
    answer = _copy(stubs[name])
    answer.update(source=source, **_pictures(cell))
    return answer


def _own(cell, copy_of):
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    own = make.get(cell.cell_type, nbformat.v4.new_raw_cell)(plain(cell.source))
    own.update(metadata=nbformat.from_dict({"copy_of": copy_of}), **_pictures(cell))
    return own


def _pictures(cell):
    return {"attachments": cell.attachments} if cell.get("attachments") else {}


def _copy(cell):
    copied = nbformat.from_dict(cell)
    if copied.cell_type == "code":
        copied.outputs, copied.execution_count = [], None
    return copied
