"""Notebooks, map and README table from the lessons' sources; and what must hold for a published notebook.

Authors edit notebooks/source/NN_name.py (jupytext percent format). There, a cell tagged "setup" stands for
the setup cell and <!-- badges --> for its badge; <!-- minutes to teach --> is what the notes of the slides
add up to, and <!-- time to run --> what the last run took. `syllabus="B1 B2"` on a Markdown cell says which
rows of the syllabus the section covers. A cell tagged "exercise" holds a stub; the next one tagged "solution"
holds what may take its place, and is folded under it.
"""

import difflib
import json
import re
from itertools import zip_longest
from pathlib import Path

import jupytext
import nbformat
import yaml

from helpers import ROOT, assets, quiz
from helpers.staff import course

CHECKED = "nbval-check-output"
EXERCISE, SOLUTION = "exercise", "solution"
FOLD = "<details>\n<summary>A solution</summary>\n\n```python\n{}\n```\n\n</details>"
TAGS = dict.fromkeys(("setup", EXERCISE, SOLUTION, CHECKED), object)
KEYS = {"tags": list, "syllabus": str, "nbgrader": dict, "files": list, "report": dict}
RULES = {"required": bool, "min_words": int, "headings": list}
# Heads of cells that jupytext takes for text, or of which it drops a part; the rest becomes odd metadata.
LOST = re.compile(
    r"^(?:[^\w\n]*[#%+][^\w\n]*(?:markdown\]\s*)?KEY\s*(?:=\s*[\[{\"']|:\s*{).*|nbgrader\s*[:=].*"
    r"|KEY=[\[{\"'].*[\]}\"']|[^\w\n]*\[markdown\]\s*|\s*##+\s*%%.*)$".replace(
        "KEY", f"(?:{'|'.join(KEYS)})"
    ),
    re.IGNORECASE | re.MULTILINE,
)
TWICE = re.compile(r"^# ?%%.*?\b(\w+)(?:=|\":).*\b\1(?:=|\":).*", re.MULTILINE)
ODD = ("incorrectly_encoded_metadata", "title", "cell_depth", "region_name")
LARGEST = 2_000_000
ASKED = re.compile(r'quiz\.ask\("(\w+)", "([\w-]+)"\)')
# Folders of one machine. Web addresses and Colab's /content do not count.
MACHINE_PATH = re.compile(
    r"(?<![\w.:/~-])/(?!usr/|etc/|dev/|bin/|content/)(?:[\w.-]+/){2,}[\w.-]*|site-packages/"
)


def build(source: str, name: str, at: course.Home, *, folded: bool = True) -> nbformat.NotebookNode:
    """Turn the text of a source into a notebook without outputs.

    The name is such as "01_convolution_by_hand" or "homework/quickdraw", and `at` the place for badges
    and setup cell. Solutions are `folded` under their exercises, or left out. The same text and name
    always give the same notebook, ids of cells included.
    """
    try:
        notebook = jupytext.reads(source, fmt="py:percent")
    except Exception as error:  # of many kinds, all for the head of a cell, such as tags="setup"
        raise ValueError(f"{name}: the head of a cell cannot be read ({error}).") from error
    if twice := TWICE.search(source):
        raise ValueError(f"{name}: the head of a cell holds a key twice; keep one of them: {twice[0]}")
    for cell in notebook.cells:
        if flaw := _flaw(cell):
            cure = 'write it as `# %% [markdown] tags=["setup"]`, the values in JSON, and below it'
            raise ValueError(f"{name}: the head of a cell is wrong ({flaw}); {cure} {cell.source[:99]!r}.")
    pairs(notebook.cells)
    for cell in [] if folded else notebook.cells:  # some solutions are folded in the text
        cell.source = re.sub(r"<details>.*?</details>\s*", "", cell.source, flags=re.S)
    cells = [cell for cell in notebook.cells if folded or (SOLUTION not in _tags(cell) and cell.source)]
    fold = nbformat.v4.new_markdown_cell
    notebook.cells = [fold(FOLD.format(cell.source)) if SOLUTION in _tags(cell) else cell for cell in cells]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03d}"
        if "setup" in cell.metadata.get("tags", []):
            cell.source = course.setup_cell(at, name)
        cell.source = cell.source.replace("<!-- badges -->", course.badge(at, name))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _flaw(cell):
    """Say what is wrong with the head of a cell, or of one that became part of this cell; or ""."""
    found, tags = cell.metadata, dict.fromkeys(_tags(cell))
    if odd := [found[key] for key in ODD if key in found] or LOST.findall(cell.source):
        return odd[0]
    for known, given in ((KEYS, found), (RULES, found.get("report", {})), (TAGS, tags)):
        for key, value in given.items():
            near = difflib.get_close_matches(str(key).lower(), known, 1, 0.75)
            if key not in known and near:
                return f"{key!r} is not known, but {near[0]!r}"
            if not isinstance(value, known.get(key, object)):
                return f"{key}={value!r}"
    if cell.cell_type == "code" and {"report", "syllabus"} & found.keys():
        return "[markdown] is missing"
    marks = found.get("nbgrader", {})
    return "points, but grade is not true" if marks.get("points") and not marks.get("grade") else ""


def pairs(cells) -> list[tuple]:
    """List the exercises of a source with their solutions; ValueError if one lacks the other, or a check."""
    found, waiting, checked = [], None, False
    for cell in cells:
        checked |= cell.cell_type == "code" and not {EXERCISE, SOLUTION} & set(_tags(cell))
        if EXERCISE in _tags(cell):
            if waiting:
                break
            waiting, checked = cell, False
        elif SOLUTION in _tags(cell):
            if not waiting:
                raise ValueError(f"This solution follows no exercise:\n{cell.source}")
            if not checked:
                raise ValueError(f"This exercise has no check between it and its solution:\n{waiting.source}")
            found.append((waiting, cell))
            waiting = None
    if waiting:
        raise ValueError(f"This exercise has no solution after it:\n{waiting.source}")
    return found


def _tags(cell):
    return cell.metadata.get("tags", [])


def build_file(source: Path, at: course.Home | None = None, *, folded: bool = True) -> nbformat.NotebookNode:
    """Build the notebook of a source file."""
    text, name, stored = source.read_text(encoding="utf-8"), course.name_of(source), stored_path(source)
    found = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {"metadata": {}}
    run = found["metadata"].get("course", {}).get("minutes")
    said = {0.5: "half a minute", 1: "a minute", None: "a few minutes"}.get(run) or f"{run:g} minutes"
    for mark, words in {"minutes to teach": to_teach(name), "time to run": said}.items():
        text = text.replace(f"<!-- {mark} -->", words)
    return build(text, name, at or course.home(), folded=folded)


def stored_path(source: Path) -> Path:
    """Say where the notebook of a source lies."""
    return course.NOTEBOOKS / f"{course.name_of(source)}.ipynb"


def differences(built, stored) -> list[str]:
    """Say in which cells a stored notebook departs from what its source builds."""
    if len(built.cells) != len(stored.cells):
        return [f"the source has {len(built.cells)} cells and the notebook {len(stored.cells)}"]
    found = []
    for number, (new, old) in enumerate(zip(built.cells, stored.cells, strict=True)):
        if any(new[key] != old[key] for key in ("cell_type", "source", "id", "metadata")):
            found.append(f"cell {number} differs from its source")
    return found


def code_cells(notebook) -> list[tuple[int, nbformat.NotebookNode]]:
    """List the code cells with their places among all cells."""
    return [(number, cell) for number, cell in enumerate(notebook.cells) if cell.cell_type == "code"]


def problems(notebook, most: int = LARGEST) -> list[str]:
    """List what must not be in a published notebook of at most `most` bytes.

    A code cell without an execution count is the worst: nbval compares nothing there and passes.
    """
    found = []
    code = code_cells(notebook)
    if not any(CHECKED in cell.metadata.get("tags", []) for _, cell in code):
        found.append(f"no cell is tagged {CHECKED}, so nbval compares nothing")
    for number, cell in code:
        if cell.execution_count is None:
            found.append(f"cell {number} was never executed, so nbval would compare nothing there")
        if CHECKED in cell.metadata.get("tags", []) and not cell.outputs:
            found.append(f"cell {number} is to be compared but has no output")
        for output in cell.outputs:
            found += [f"cell {number} {fault}" for fault in _output_faults(output)]
    size = len(nbformat.writes(notebook).encode())
    if size > most:
        found.append(f"it takes {size:,} bytes; {most:,} is the limit")
    return found


def _output_faults(output):
    text = "".join(output.get("text", "")) + "".join(
        str(value) for mime, value in output.get("data", {}).items() if not mime.startswith("image/")
    )
    if output.output_type == "error":
        yield f"ends in an error: {output.ename}"
    if output.get("name") == "stderr":
        yield f"writes to standard error: {text[:60]!r}"
    if MACHINE_PATH.search(text):
        yield f"shows a path of one machine: {MACHINE_PATH.search(text).group()}"
    for mime in output.get("data", {}):
        if mime.startswith("image/") and not output.metadata.get(mime, {}).get("alt"):
            yield "shows a picture without alt text"
    if quiz.WIDGET in output.get("data", {}):
        yield "stores a widget, which nothing can draw later"


def keep_outputs(built, stored) -> None:
    """Carry outputs and execution counts of a stored notebook over to a fresh build of the same code."""
    pairs = list(zip_longest(*([cell for _, cell in code_cells(one)] for one in (built, stored))))
    for number, (new, old) in enumerate(pairs, start=1):
        setup = new and "setup" in new.metadata.get("tags", [])
        if not (new and old) or (new.source != old.source and not setup):
            raise ValueError(f"code cell {number} is not what was executed last")
    for new, old in pairs:
        new.outputs, new.execution_count = old.outputs, old.execution_count
    built.metadata = stored.metadata
    for output, shown in questions(built):
        output.data = nbformat.from_dict(shown)


def questions(notebook) -> list[tuple]:
    """List the outputs that show a question of a quiz, each with what they show after an execution now."""
    return [
        (cell.outputs[0], quiz.fallback(quiz.find(*asked.groups())))
        for _, cell in code_cells(notebook)
        if (asked := ASKED.fullmatch(cell.source)) and cell.outputs
    ]


def save(notebook, path: Path) -> None:
    """Write a notebook in nbformat 4.5, whole or not at all."""
    nbformat.validate(notebook)
    with assets.replacing(path) as part:
        part.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def refresh(at: course.Home) -> None:
    """Rewrite everything that depends on sources and home, without executing: notebooks, map, README.

    A lesson whose code has changed since it was executed is left as it is, and named.
    """
    for source in course.sources():
        built = build_file(source, at)
        try:
            keep_outputs(built, nbformat.read(stored_path(source), as_version=4))
        except (FileNotFoundError, ValueError) as error:
            reason = "it was never executed" if isinstance(error, FileNotFoundError) else error
            print(f"{course.name_of(source)} was left as it is: {reason}. Run `make notebooks`.")
            continue
        save(built, stored_path(source))
    (course.NOTEBOOKS / "SYLLABUS.md").write_text(syllabus_map(), encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(readme_text(readme.read_text(encoding="utf-8"), at), encoding="utf-8")


def title(notebook) -> str:
    """Read a lesson's title, the heading of its first cell."""
    return re.search(r"^# (.+)$", notebook.cells[0].source, re.MULTILINE)[1]


def topics_line(notebook) -> str:
    """Read the line "Topics: ..." of a lesson's first cell."""
    line = re.search(r"^Topics: ((?:.+\n?)+)", notebook.cells[0].source, re.MULTILINE)
    if not line:
        raise ValueError("The first cell of a lesson needs a line that begins with 'Topics: '.")
    return " ".join(line[1].split()).strip(".")


def topics() -> dict[str, str]:
    """Read the rows of the syllabus: id to topic."""
    return yaml.safe_load((course.SOURCES / "syllabus.yaml").read_text(encoding="utf-8"))


def covered() -> dict[str, list[tuple[str, str]]]:
    """Collect the syllabus marks of all sources: id to (lesson's name, heading of the section)."""
    found = {}
    homework = sorted((course.SOURCES / "homework").glob("hw[0-9]*.py"))
    for source in [*course.sources(), *homework]:
        heading = ""
        for cell in jupytext.read(source, fmt="py:percent").cells:
            if cell.cell_type != "markdown":
                continue
            heads = re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
            heading = heads[0] if heads else heading
            for row in cell.metadata.get("syllabus", "").split():
                found.setdefault(row, []).append((course.name_of(source), heading))
    return found


def syllabus_map() -> str:
    """Write notebooks/SYLLABUS.md: where each row of the syllabus is taught, and which are still open."""
    found = covered()
    lines = ["# Where the syllabus is taught", ""]
    lines += ["Written by `make notebooks` from the marks in `notebooks/source/`; a test compares the two."]
    lines += ["", "| id | topic | where |", "|---|---|---|"]
    for row, topic in topics().items():
        places = (f"[{_label(name)}]({name}.ipynb), “{head}”" for name, head in found.get(row, []))
        lines.append(f"| {row} | {topic} | {'; '.join(places) or 'open'} |")
    return "\n".join(lines) + "\n"


def _label(name):
    kind, number = ("Homework", name[11:]) if name.startswith("homework/hw") else ("Lesson", name)
    shown = re.match(r"0*(\d+[a-z]?)", number)
    return f"{kind} {shown[1]}" if shown else "Optional"


def readme_text(text: str, at: course.Home) -> str:
    """Put badges and the table of lessons into the text of the README."""
    rows = ["| lesson | topics | minutes to teach | minutes to run | open |", "|---|---|---|---|---|"]
    for source in filter(lambda source: stored_path(source).exists(), course.sources()):
        name, stored = course.name_of(source), nbformat.read(stored_path(source), as_version=4)
        minutes, opened = stored.metadata["course"]["minutes"], course.badge(at, name)
        lesson = f"[{title(stored)}](notebooks/{name}.ipynb)"
        rows.append(f"| {lesson} | {topics_line(stored)} | {to_teach(name)} | {minutes} | {opened} |")
    text = course.replace_block(text, "badges", course.badge(at))
    return course.replace_block(text, "lessons", "\n".join(rows))


def to_teach(name: str) -> str:
    """Add up the minutes that the notes of a lesson's slides give; "" for a lesson without slides."""
    deck = course.NOTEBOOKS.parent / "slides" / f"{name}.md"
    notes = re.findall(r"<!-- (\d+) min", deck.read_text(encoding="utf-8")) if deck.exists() else []
    return str(sum(map(int, notes)) or "")
