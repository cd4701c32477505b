"""Say the day before what this machine lacks for the course: `course check`.

A line for each thing: "ok", "missing" for what a lesson needs, "optional" for what it can do without, and
the cure.
"""

import importlib.util
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from helpers import ROOT, assets, cores
from slides import render

GIGA = 2**30
DEMO_PORT = 7860
LACK = "{} (here: {})"
# Program -> the names under which it may be found, what it is for, and what brings it.
PROGRAMS = {
    "Chromium or Chrome": (render.BROWSERS, "decks as PDF", "install Chromium or Chrome"),
    "Node.js": (("npm",), "`course slides`", "install Node.js 18 or later, with npm"),
    "LibreOffice": (("soffice",), "`course spreadsheet`", "install LibreOffice"),
    "git": (("git",), "versions of your own", "install git"),
}
INSTALL = "pip install -r requirements.txt"


class Look(NamedTuple):
    """One thing that was looked at: whether it is here, what to do if not, and whether lessons need it."""

    name: str
    here: bool
    cure: str
    needed: bool = False


def machine() -> Iterator[Look]:
    """Look at cores, memory and disk."""
    import psutil

    memory, disk = psutil.virtual_memory().total / GIGA, shutil.disk_usage(ROOT).free / GIGA
    yield Look(
        LACK.format("2 cores", cores()), cores() >= 2, "with one core, lessons take twice their minutes"
    )
    yield Look(LACK.format("4 GB of memory", f"{memory:.1f}"), memory > 3.5, "use Colab or Codespaces", True)
    yield Look(LACK.format("2 GB of disk", f"{disk:.1f}"), disk >= 2, "delete what you no longer need", True)


def packages() -> Iterator[Look]:
    """Look at Python, at each line of requirements.txt, and at whether TensorFlow loads on this processor."""
    from packaging.requirements import Requirement

    project = assets.tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python, here = Requirement("python" + project["requires-python"]).specifier, platform.python_version()
    name = LACK.format(f"Python {python}", here)
    yield Look(name, python.contains(here, prereleases=True), "install Python 3.12", True)
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    for one in [Requirement(line.partition("#")[0]) for line in lines if line[:1].isalpha()]:
        if not one.marker or one.marker.evaluate():
            here = version(one.name) or (one.name == "tensorflow" and version("tensorflow-cpu")) or "none"
            fits = here != "none" and one.specifier.contains(here, prereleases=True)
            yield Look(LACK.format(f"{one.name}{one.specifier}", here), fits, INSTALL, True)
    start = [sys.executable, "-c", "import helpers; helpers.start()"]
    done = subprocess.run(start, cwd=ROOT, capture_output=True, text=True)
    cure = (done.stderr.strip().splitlines() or [f"Python ended with {done.returncode}; use Colab"])[-1]
    yield Look("TensorFlow loads", done.returncode == 0, cure, True)
    tools = [Requirement(line).name for line in project["optional-dependencies"]["dev"]]
    lacks = ", ".join(name for name in tools if name != project["name"] and not version(name))
    yield Look(f"packages of authors and graders {lacks}".rstrip(), not lacks, "pip install -e '.[dev]'")


def version(name: str) -> str | None:
    """Give the version of an installed package, None if there is none."""
    return next((found.version for found in metadata.distributions(name=name)), None)


def files() -> Iterator[Look]:
    """Look at the weights, at data sets, and at the font of the figures."""
    from matplotlib import font_manager, rc_params_from_file

    style = rc_params_from_file(ROOT / "helpers" / "course.mplstyle", use_default_template=False)
    for font in style["font.sans-serif"]:
        here = font in font_manager.get_font_names()
        yield Look(f"font {font}", here, "pip install --force-reinstall matplotlib")
    try:
        assets.mirror_dir()
    except assets.AssetError as error:
        yield Look("COURSE_ASSETS", False, str(error), True)
        return
    for name in assets.registry():
        packed = "package" in assets.entry_of(name)
        cure = INSTALL if packed else f"`course assets fetch {name}`, or do without"
        try:
            yield Look(f"asset {name}", bool(assets.locate(name)), cure, packed)
        except assets.AssetError as error:  # it is damaged, and nothing stands in for that
            yield Look(f"asset {name}", False, str(error), True)


def room() -> Iterator[Look]:
    """Look at the camera, the port of `course demo`, and the programs of some commands."""
    if platform.system() == "Linux":  # elsewhere only the browser can tell
        yield Look("camera", any(Path("/", "dev").glob("video*")), "plug one in, or use photos")
    with socket.socket() as client:
        free = client.connect_ex(("127.0.0.1", DEMO_PORT)) != 0
    yield Look(f"port {DEMO_PORT}", free, "another program has it; `course demo --port 8000`")
    for name, (words, purpose, cure) in PROGRAMS.items():
        yield Look(f"{name}, for {purpose}", any(map(shutil.which, words)), cure)
    if importlib.util.find_spec("resource"):  # not on Windows, where the grader says that it needs WSL
        from helpers.staff.grading import isolation

        level, why = isolation.level()
        yield Look("walls of the grader", level in isolation.WALLS, why)


def main(options) -> int:
    """Print a line for each thing; returns 1 if something that a lesson needs is missing."""
    lacks = 0
    for look in (machine, packages, files, room):
        for name, here, cure, needed in look():
            lacks += needed and not here
            said = "ok" if here else "missing" if needed else "optional"
            print(f"{said:<9} {name}{'' if here else f': {cure}'}", flush=True)
    print(f"{lacks} missing. Lessons may stop." if lacks else "Nothing is missing that a lesson needs.")
    return int(bool(lacks))
