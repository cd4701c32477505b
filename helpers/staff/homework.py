"""Make the students' notebooks from the homework sources, and prove that their tests mark what they should.

A source, notebooks/source/homework/hwN_name.py, holds solutions between `### BEGIN SOLUTION` and
`### END SOLUTION`, and tests that students do not see between `### BEGIN HIDDEN TESTS` and
`### END HIDDEN TESTS`. nbgrader's own preprocessors take both out. A notebook is written only if no line of
a solution is left in it, the solutions earn every point of the tests, and the empty stubs earn none.
"""

import re
from pathlib import Path

import nbformat

from helpers.staff import course, notebooks
from helpers.staff.grading.official import MARKS, Homework, is_test, nbgrader, secret_lines


def sources(names: list[str] | None = None) -> list[Path]:
    """List the homework sources in order; with names such as ["hw3"], only those."""
    paths = sorted((course.SOURCES / "homework").glob("hw[0-9]*_*.py"))
    if not names:
        return paths
    known = {path: {path.stem, path.stem.split("_")[0]} for path in paths}
    if unknown := set(names).difference(*known.values()):
        listed = ", ".join(path.stem for path in paths) or "none"
        raise ValueError(f"There is no homework {', '.join(sorted(unknown))}. Homework: {listed}.")
    return [path for path in paths if known[path] & set(names)]


def load(source: Path, at: course.Home | None = None) -> Homework:
    """Build both notebooks of a source file."""
    return build(source.read_text(encoding="utf-8"), source.stem, at or course.home())


def build(text: str, name: str, at: course.Home) -> Homework:
    """Turn the text of a homework source into its two notebooks, with nbgrader's preprocessors.

    It is in jupytext's percent format, with nbgrader's metadata in the heads of the cells; `name` is such as
    "hw3_framework".
    """
    from nbgrader import preprocessors as steps

    solved = _notebook(text, name, at)
    solved = _apply(solved, name, steps.LockCells, steps.CheckCellMetadata, steps.ComputeChecksums)
    clearing = steps.ClearSolutions, steps.ClearOutput, steps.ClearHiddenTests, steps.ClearMarkScheme
    checking = steps.ComputeChecksums, steps.CheckCellMetadata
    return Homework(name, solved, _apply(nbformat.from_dict(solved), name, *clearing, *checking))


def _notebook(text, name, at):
    notebook = notebooks.build(text, f"homework/{name}", at)
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's note to itself
        if re.fullmatch(r"[\w-]{1,64}", nbgrader(cell).get("grade_id", ""), re.ASCII):
            # Some front ends drop a cell's metadata and keep its id.
            cell.id = nbgrader(cell)["grade_id"]
    notebook.metadata["course"] = {"homework": name}
    return notebook


def _apply(notebook, name, *steps):
    resources = {}
    for step in steps:
        instance = step()
        instance.log.disabled = True  # what it would log is in the error
        try:
            notebook, resources = instance(notebook, resources)
        except Exception as error:  # nbgrader raises RuntimeError, ValidationError, KeyError, ...
            cause = error.__cause__ or error.__context__
            reason = " ".join(str(cause if cause and "corrupted" in str(error) else error).split())[:400]
            raise ValueError(f"nbgrader refuses {name} ({step.__name__}): {reason}") from error
        finally:
            instance.log.disabled = False
    return notebook


def leaks(homework: Homework, notebook=None) -> list[str]:
    """List what a students' notebook gives away, anywhere in it: sources, outputs, metadata, attachments."""
    secrets, found = secret_lines(homework), []
    for place, text in _strings(notebook or homework.released, "notebook"):
        found += [f"{place} holds a mark: {mark}" for mark in MARKS.findall(text)]
        shown = [line for line in secrets if line in text]
        found += [f"{place} holds a line of a solution or hidden test: {line}" for line in shown]
    return found


def _strings(node, place):
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _strings(key, place)
            yield from _strings(value, f"{place}.{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _strings(value, f"{place}[{number}]")


def proof(homework: Homework) -> list[str]:
    """Run a homework as a perfect student and as one who did nothing; list what is wrong with the marks."""
    from helpers.staff.grading import execute, restore

    found = []
    for role, notebook in (("solution", homework.solved), ("stub", homework.released)):
        run = execute.execute(restore.restore(notebook, homework).notebook)
        for cell in (cell for cell in homework.solved.cells if is_test(cell)):
            name, most = nbgrader(cell)["grade_id"], float(nbgrader(cell)["points"])
            points = run.points.get(name, 0.0)
            if role == "solution" and points < most:
                why = run.messages.get(name) or run.message or "no reason given"
                found.append(f"the solution earns {points:g} of {most:g} points in {name}: {why}")
            if role == "stub" and points > 0:
                found.append(f"the stubs earn {points:g} points in {name}, though nothing is solved")
        if run.forged:
            found.append(f"the {role} fails a control though nobody tampers, see grading.controls")
        if role == "solution" and run.status != "ok":
            found.append(f"the notebook with solutions ends with: {run.status} {run.message}".rstrip())
    return found


def release(source: Path, homework: Homework) -> list[str]:
    """Write the students' notebook of a loaded source; or list what is wrong, and leave it as it was."""
    faults = leaks(homework) or proof(homework)
    if not faults:
        notebooks.stored_path(source).parent.mkdir(exist_ok=True)
        notebooks.save(homework.released, notebooks.stored_path(source))
    return faults


def main(options) -> int:
    """Make the students' notebooks; returns 1 if one has faults; ValueError if a name is unknown."""
    from helpers.staff.grading import gradescope

    chosen = sources(options.names)
    if options.gradescope and len(chosen) != 1:
        raise ValueError("--gradescope takes one homework: `course homework hw3 --gradescope hw3.zip`.")
    if not chosen:
        print(f"No homework yet: {course.SOURCES.name}/homework holds no hwN_name.py. Nothing to make.")
    failed = False
    for source in chosen:
        try:
            homework = load(source)
            faults = release(source, homework)
        except ValueError as error:
            faults = [str(error)]
        for fault in faults:
            print(f"{source.stem} was not written: {fault}")
        if not faults:
            total = sum(homework.points.values())
            print(f"{source.stem}: {total:g} points; the solution earns all that tests give, the stubs none")
            if options.gradescope:
                gradescope.write(homework, options.gradescope)
                print(
                    f"{options.gradescope} is the autograder. It holds the solutions: give it to nobody else."
                )
        failed |= bool(faults)
    return int(failed)
