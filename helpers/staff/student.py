"""Write the lessons without outputs and without the solutions of their exercises, for a class.

    python -m helpers.staff.student [NUMBER ...] [--out build/student]

Replace notebooks/*.ipynb with them in the repository that students get, and leave out notebooks/source and
tests, which hold the solutions.
"""

import sys
from pathlib import Path

from helpers import ROOT
from helpers.staff import course, notebooks


def write(source: Path, folder: Path) -> Path:
    """Build one lesson without solutions; returns its path."""
    path = (folder / course.name_of(source)).with_suffix(".ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    notebooks.save(notebooks.build_file(source, folded=False), path)
    return path


@course.explained
def main(arguments: list[str] | None = None) -> int:
    """Write the copies; returns 2 if a number names no lesson."""
    parser = course.command("student", "Write the lessons without solutions.")
    parser.add_argument("numbers", nargs="*", help="lessons such as 01; all when left out")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "student", help="where copies go")
    options = parser.parse_args(arguments)
    sources = course.sources(options.numbers)
    for source in sources:
        write(source, options.out)
    print(f"{len(sources)} lessons without solutions are in {options.out}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
