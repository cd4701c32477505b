"""Rebuild the committed notebooks on the data in this repository.

    python -m helpers.staff.rebuild [NUMBER ...]     build, execute and store
    python -m helpers.staff.rebuild --refresh        build, keep the stored outputs

Either way notebooks/SYLLABUS.md and the README's table are written anew.
"""

import math
import sys
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


def main(arguments: list[str] | None = None) -> int:
    """Rebuild; returns 1 if a lesson has faults."""
    parser = course.command("rebuild", "Rebuild the notebooks.")
    parser.add_argument("numbers", nargs="*", help="lessons to execute, such as 01; all when left out")
    parser.add_argument("--refresh", action="store_true", help="execute nothing, keep the stored outputs")
    options = parser.parse_args(arguments)
    if not options.refresh:
        faults = {source.stem: rebuild(source) for source in course.sources(options.numbers)}
        for name, found in faults.items():
            print("".join(f"{name} was not stored: {fault}\n" for fault in found), end="")
        if any(faults.values()):
            return 1
    notebooks.refresh(course.home())
    return 0


if __name__ == "__main__":
    sys.exit(main())
