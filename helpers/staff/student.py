"""Write the lessons without outputs and without the solutions of their exercises, for a class.

Replace notebooks/*.ipynb with them in the repository that students get, and leave out notebooks/source and
tests, which hold the solutions.
"""

from pathlib import Path

from helpers.staff import course, notebooks


def write(source: Path, folder: Path) -> Path:
    """Build one lesson without solutions; returns its path."""
    path = (folder / course.name_of(source)).with_suffix(".ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    notebooks.save(notebooks.build_file(source, folded=False), path)
    return path


def main(options) -> int:
    """Write the copies; ValueError if a number names no lesson."""
    sources = course.sources(options.numbers)
    for source in sources:
        write(source, options.out)
    print(f"{len(sources)} lessons without solutions are in {options.out}.")
    return 0
