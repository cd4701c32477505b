"""Rebuild the committed notebooks on the data in this repository.

They are executed, or keep their outputs. Either way notebooks/SYLLABUS.md and the README's table are written
anew.
"""

import math
from pathlib import Path

from helpers.staff import course, lessons, notebooks


def rebuild(source: Path) -> list[str]:
    """Execute a lesson and store its notebook; or list what is wrong, and leave the stored one as it was."""
    result = lessons.execute(source, embedded=True, progress=source.stem)
    print(result.line(), flush=True)
    faults = [result.error] if result.error else notebooks.problems(result.notebook)
    if not faults:
        result.notebook.metadata["course"] = {"minutes": math.ceil(result.seconds / 30) / 2}
        notebooks.save(result.notebook, notebooks.stored_path(source))
    return faults


def main(options) -> int:
    """Rebuild; returns 1 if a lesson has faults."""
    if not options.refresh:
        faults = {source.stem: rebuild(source) for source in course.sources(options.numbers)}
        for name, found in faults.items():
            print("".join(f"{name} was not stored: {fault}\n" for fault in found), end="")
        if any(faults.values()):
            return 1
    notebooks.refresh(course.home())
    return 0
