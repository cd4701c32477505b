"""The official side of a homework: its cells, what they are worth, and what is secret in them."""

import re
from collections import Counter
from dataclasses import dataclass

import nbformat

MARKS = re.compile(r"(?:BEGIN|END) (?:SOLUTION|HIDDEN TEST|MARK SCHEME)", re.IGNORECASE)
# Shorter lines, such as `x = 0` or `else:`, stand in solutions and given code alike.
SHORTEST_LEAK = 10


@dataclass(frozen=True)
class Homework:
    """One homework: the notebook with solutions and every test, and the one that students get."""

    name: str
    solved: nbformat.NotebookNode
    released: nbformat.NotebookNode

    @property
    def points(self) -> dict[str, float]:
        """Points that each graded cell can earn, in the order of the notebook."""
        cells = (nbgrader(cell) for cell in self.solved.cells)
        return {cell["grade_id"]: float(cell["points"]) for cell in cells if cell.get("grade")}

    @property
    def files(self) -> list[str]:
        """Names of files to be handed in beside the notebook: `files=["data.zip"]` in a cell's metadata."""
        return [name for cell in self.solved.cells for name in cell.metadata.get("files", [])]


def nbgrader(cell) -> dict:
    """Give nbgrader's metadata of a cell; empty where there is none."""
    found = cell.metadata.get("nbgrader", {})
    return found if isinstance(found, dict) else {}


def is_test(cell) -> bool:
    """Tell whether a cell holds tests that earn points without a person."""
    found = nbgrader(cell)
    return cell.cell_type == "code" and bool(found.get("grade")) and not found.get("solution")


def is_locked(cell) -> bool:
    """Tell whether students must leave a cell as it is."""
    found = nbgrader(cell)
    return not found.get("solution") and bool(found.get("grade") or found.get("locked"))


def pack(homework: Homework) -> dict:
    """Make plain JSON of a homework."""
    return {"name": homework.name, "solved": dict(homework.solved), "released": dict(homework.released)}


def unpack(packed: dict) -> Homework:
    """Make a homework of plain JSON."""
    notebooks = (nbformat.from_dict(packed[key]) for key in ("solved", "released"))
    return Homework(packed["name"], *notebooks)


def secret_lines(homework: Homework) -> Counter:
    """Count the lines of a homework that students must not see: solutions and hidden tests.

    A line that the given text holds as well, outside of solutions and hidden tests, is no secret.
    """
    secret, given = Counter(), Counter()
    for cell in homework.solved.cells:
        inside, marked = False, bool(MARKS.search(cell.source))
        whole = bool(nbgrader(cell).get("solution")) and not marked
        for line in cell.source.splitlines():
            mark = MARKS.search(line)
            if mark:
                inside = mark.group().upper().startswith("BEGIN")
            elif len(line.strip()) >= SHORTEST_LEAK:
                (secret if inside or whole else given)[line.strip()] += 1
    return Counter({line: count for line, count in secret.items() if line not in given})
