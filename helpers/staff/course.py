"""Where the course lives: its files, its repository, and the texts that depend on that."""

import re
from pathlib import Path
from typing import NamedTuple

from helpers import ROOT
from helpers.assets import tomllib

PYPROJECT = ROOT / "pyproject.toml"
NOTEBOOKS = ROOT / "notebooks"
SOURCES = NOTEBOOKS / "source"
COLAB_FOLDER = "/content/cnn-course"

SETUP = """\
import os, sys
COURSE = "{folder}"  # where Colab keeps the course; elsewhere it lies around this notebook
if "google.colab" in sys.modules and not os.path.isdir(COURSE):
    !git clone --quiet --depth 1 --branch {ref} https://github.com/{repository} {{COURSE}}
sys.path[:0] = [p for p in (os.path.abspath(".."), os.getcwd(), COURSE) if os.path.isdir(p + "/helpers")]
import helpers; helpers.start()"""


class Home(NamedTuple):
    """A repository on GitHub as "owner/name", and the branch or tag that lessons use."""

    repository: str
    ref: str


def home() -> Home:
    """Read the course's repository and ref from pyproject.toml, the one place that holds them."""
    table = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["course"]
    return Home(table["repository"], table["ref"])


def name_of(source: Path) -> str:
    """Name a lesson or homework by its source, as in "homework/quickdraw"."""
    return source.relative_to(SOURCES).with_suffix("").as_posix()


def number_of(path: Path) -> str:
    """Read the number of a lesson from its source, its deck or its questions: "06", or "06b" beside it."""
    return path.name.partition(".")[0].partition("_")[0]


def setup_cell(at: Home, name: str = "") -> str:
    """Write the setup cell of a lesson; `name` tells how deep below notebooks/ it lies."""
    cell = SETUP.format(repository=at.repository, ref=at.ref, folder=COLAB_FOLDER)
    return cell.replace('abspath("..")', 'abspath("../..")') if "/" in name else cell


def badge(at: Home, name: str | None = None) -> str:
    """Write the Colab badge in Markdown, for one lesson or for the whole course."""
    # Colab lists the notebooks of a repository only at its top.
    blob = f"{at.repository}/blob/{at.ref}/{f'notebooks/{name}.ipynb' if name else ''}"
    colab = f"https://colab.research.google.com/github/{blob}"
    return f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})"


def sources(numbers: list[str] | None = None) -> list[Path]:
    """List the lessons' sources in order; with numbers such as ["01", "06b"], only those.

    What lies among the homework and is not handed in, such as homework/quickdraw.py, follows the lessons.
    """
    extra = [path for path in (SOURCES / "homework").glob("[!.]*.py") if not re.match(r"hw\d", path.name)]
    paths = sorted(SOURCES.glob("[0-9][0-9]*_*.py")) + sorted(extra)
    if not numbers:
        return paths
    known = [number_of(path) for path in paths]
    if unknown := [number for number in numbers if number not in known]:
        raise ValueError(f"There is no lesson {', '.join(unknown)}. Lessons: {', '.join(known)}.")
    return [path for path in paths if number_of(path) in numbers]


def replace_block(text: str, mark: str, block: str) -> str:
    """Put a block between <!-- mark --> and <!-- /mark --> in Markdown."""
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"The text must hold <!-- {mark} --> and <!-- /{mark} --> exactly once.")
    return pattern.sub(lambda match: f"{match[1]}{block}\n{match[2]}", text)
