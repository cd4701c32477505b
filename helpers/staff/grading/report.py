"""Look whether the written parts are there, long enough, and have their headings. The mark is a person's."""

import re
from dataclasses import dataclass, field

from helpers.staff.grading.official import Homework, nbgrader
from helpers.staff.grading.restore import Restored

SHORTEST = 100  # words, where a homework does not say


@dataclass
class Written:
    """What the written parts of a submission lack."""

    manual: list[str] = field(default_factory=list)  # answers that wait for a person's mark, by name
    flags: list[str] = field(default_factory=list)  # what is missing, in words
    zero: bool = False  # a required report is missing, so that the homework earns nothing
    words: int = 0  # of the report


def look(restored: Restored, homework: Homework) -> Written:
    """Check every answer that a person marks.

    A source says what it asks for in a cell's metadata, `report={"required": true, "min_words": 300,
    "headings": ["Results"]}`. A required report that is the stub still, or too short, earns zero points for
    the whole homework; missing headings are told only. A cell named report... is required anyhow.
    """
    found = Written()
    given = "\n".join(cell.source for cell in homework.released.cells)
    rules = {nbgrader(cell).get("grade_id"): rule(cell) for cell in homework.solved.cells}
    for cell in restored.notebook.cells:
        marked = nbgrader(cell)
        if not (marked.get("grade") and marked.get("solution")):
            continue
        name, asked = marked["grade_id"], rules[marked["grade_id"]]
        if name not in restored.answered:
            found.flags.append(f"{name}: no answer")
            found.zero |= asked["required"]
            continue
        found.manual.append(name)
        text = restored.written.get(name, cell.source)
        words, missing = count(text, given), lacking(text, asked["headings"])
        if asked["required"]:
            found.words += words
        if words < asked["min_words"]:
            found.flags.append(f"{name}: {words} words of at least {asked['min_words']}")
            found.zero |= asked["required"]
        if missing:
            found.flags.append(f"{name}: without the heading {', '.join(missing)}")
    return found


def rule(cell) -> dict:
    """Say what a homework asks of a written answer."""
    is_report = str(nbgrader(cell).get("grade_id", "")).startswith("report")
    default = {"required": is_report, "min_words": SHORTEST if is_report else 0, "headings": []}
    return {**default, **cell.metadata.get("report", {})}


def count(text: str, given: str = "") -> int:
    """Count words as an editor does, but without headings, code, pictures, addresses, and what was copied.

    Six words in a row that stand in `given` count nothing, and every different word four times at most.
    """
    words, official = _words(text), _words(given)
    known = set(zip(*(official[n:] for n in range(6)), strict=False))
    runs = enumerate(zip(*(words[n:] for n in range(6)), strict=False))
    copied = {place + n for place, run in runs if run in known for n in range(6)}
    own = [word for place, word in enumerate(words) if place not in copied]
    return min(len(own), 4 * len(set(own)))


def _words(text):
    text = re.sub(r"```.*?```|~~~.*?~~~|<!--.*?-->", " ", text, flags=re.DOTALL)
    text = re.sub(r"^\s*#+ .*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|https?://\S+", " ", text)
    return re.findall(r"\S*\w\S*", text.casefold())


def lacking(text: str, headings: list[str]) -> list[str]:
    """List the headings that Markdown lacks; case, level and punctuation do not matter."""

    def bare(words):
        return re.sub(r"\W+", " ", words).strip().casefold()

    heads = {bare(head) for head in re.findall(r"^\s*#+\s+(.*?)\s*#*\s*$", text, re.MULTILINE)}
    return [heading for heading in headings if not any(bare(heading) in head for head in heads)]
