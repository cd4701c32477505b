"""The command `course`: all that learners, teachers and authors run.

Options are read here, and handed to the `main` of the module that does the work. It is imported only then:
help comes at once, and TensorFlow is loaded by what needs it.
"""

import argparse
import contextlib
import difflib
import importlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from helpers import ROOT, cores
from helpers.assets import AssetError
from helpers.staff import course
from helpers.staff.grading.limits import GIGA, MEGA, Limits

OVERVIEW = """\
usage: course COMMAND ...     (course COMMAND --help: options and an example)
For everyone:
  lessons      Run the whole course; pages and a summary go to build/lessons/
  lab          Open the lessons in JupyterLab
  test         Run every test, and every notebook under nbval
  assets       List, fetch or verify data sets and pretrained networks
  check        Say what this machine lacks for the course, and the cure
For teachers:
  student      Write the lessons without their solutions, for a class
  homework     Make the students' notebooks, and prove the marks of their tests
  grade        Grade submissions: points for all, a page for each student
  slides       Make the decks, as HTML and PDF, in build/slides/
  site         Make the site, build/site/, from lessons that have run
  demo         Serve the classifier in your pocket, a page for phones
  collect      Collect licensed photos of any classes of Open Images
  publish      Point badges and setup cells at your fork
For authors:
  notebooks    Execute the lessons' sources, and store their notebooks
  explorer     Write what the kernel explorer takes from the course
  spreadsheet  Rebuild slides/convolution.xlsx, with LibreOffice
  bench        Run the benchmarks
  release      Check everything, and tag a version"""
COMMANDS = dict(re.findall(r"^  (\w+) +(.+)$", OVERVIEW, re.MULTILINE))
# Command -> an example of its words; and the module that does its work, or the program that takes the words.
WORK = {
    "lessons": ("01 04 --data best", "helpers.staff.lessons"),
    "check": ("", "helpers.staff.checkup"),
    "student": ("01 02 --out class", "helpers.staff.student"),
    "homework": ("hw3 --gradescope hw3.zip", "helpers.staff.homework"),
    "grade": ("submissions.zip --homework hw3 --out results", "helpers.staff.grade"),
    "slides": ("01 --links local", "slides.render"),
    "site": ("--out public", "website.build"),
    "demo": ("--host 0.0.0.0 --https", "pocket.serve"),
    "collect": ("--classes Handbag,Footwear --out photos", "helpers.staff.collect"),
    "publish": ("you/your-fork --ref v1.0", "helpers.staff.publish"),
    "notebooks": ("--refresh", "helpers.staff.rebuild"),
    "explorer": ("", "slides.embed"),
    "spreadsheet": ("", "slides.spreadsheet.build"),
    "release": ("1.0.0 --tested", "helpers.staff.release"),
}
PROGRAMS = {
    "lab": ("--no-browser", "jupyterlab"),
    "test": ("tests/test_quiz.py -k ask", "pytest"),
    "bench": ("tests/benchmarks/bench_speed.py", "pytest"),
}
LINT = (("ruff", "check"), ("ruff", "format", "--check"), ("codespell_lib",))
ALL_TESTS = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder", "-p", "no:nbval")


def add_options(name: str, add) -> None:
    """Add the options of a command to its parser, by the parser's `add_argument`."""
    if name in ("lessons", "student", "slides", "notebooks"):
        add("numbers", nargs="*", metavar="NUMBER", help="lessons such as 01; all when left out")
    if name in ("lessons", "student", "slides", "site"):
        add("--out", type=Path, default=ROOT / "build" / name, help=f"folder for the result (build/{name})")
    if name == "lessons":
        add("--data", choices=["embedded", "best"], default="embedded", help="best: real data, if here")
        add("--seed", type=int, default=0, help="random seed of the lessons (0)")
        add("--at-once", type=int, default=min(2, cores()), help="lessons side by side")
    elif name == "slides":
        add("--links", choices=["web", "local"], default="web", help="local: to pages of `course lessons`")
    elif name == "notebooks":
        add("--refresh", action="store_true", help="execute nothing, keep the stored outputs")
    elif name == "spreadsheet":
        add("--out", type=Path, default=ROOT / "slides" / "convolution.xlsx", help="the file to write")
    elif name == "homework":
        add("names", nargs="*", metavar="NAME", help="such as hw3; all when left out")
        add("--gradescope", type=Path, metavar="ZIP", help="write an autograder for Gradescope, too")
    elif name == "grade":
        add("submissions", type=Path, help="folder, or zip file of Canvas or Moodle")
        add("--homework", required=True, help="such as hw3")
        add("--out", type=Path, required=True, help="folder for the results")
        add("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="at a time")
        add("--scheduler", help="address of a Dask scheduler, such as tcp://10.0.0.5:8786")
        add("--cell-seconds", type=float, default=Limits.cell_seconds, help="wall time of a cell")
        add("--seconds", type=float, default=Limits.seconds, help="wall time of a notebook")
        add("--memory", type=float, default=Limits.memory / GIGA, help="GB of all its processes")
        add("--processes", type=int, default=Limits.processes, help="and threads")
        add("--disk", type=float, default=Limits.disk / MEGA, help="MB of all its files")
        add("--no-isolation", action="store_true", dest="trusted", help="you trust the code")
    elif name == "demo":
        add("--data", default="auto", help="drawn, photos (collected where they are not here), or a folder")
    elif name == "site":
        add("--serve", action="store_true", help="serve the site; it is built where there is none")
    elif name == "collect":
        add("--classes", required=True, metavar="A,B", help="such as Handbag,Footwear")
        add("--out", required=True, type=Path, metavar="DIR", help="folder for the photos")
        add("--per-class", type=int, default=108, metavar="N", help="photos of each (108)")
        add("--size", type=int, default=160, metavar="PIXELS", help="side of an image (160)")
        add("--seed", type=int, default=0, help="another seed, another choice (0)")
        add("--base-url", help=argparse.SUPPRESS)  # a mirror of lists and photos
    elif name == "publish":
        add("repository", help="owner/name on GitHub")
        add("--ref", default=course.home().ref, help="branch or tag that lessons use")
    elif name == "release":
        add("version", help="such as 1.0.0")
        add("--tested", action="store_true", help="every test has passed already: run none")
    if name in ("demo", "site"):
        port = {"demo": 7860, "site": 7861}[name]  # a browser keeps their pages apart
        add("--port", type=int, default=port, help=f"of the page ({port})")
        add("--host", default="127.0.0.1", help="0.0.0.0 lets everybody in the network in")
        add("--https", action="store_true", help="with a certificate made here: phones get their camera")


def main(arguments: list[str] | None = None) -> int:
    """Run a command: 0, 1 if its work failed, 2 if it was asked in a wrong way, 130 after Ctrl+C."""
    name, *words = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # names that this terminal cannot show
    if name not in ("-h", "--help", *COMMANDS):
        near = difflib.get_close_matches(name, COMMANDS, 1, 0.5)
        asked = f" Did you mean `course {near[0]}`?" if near else ""
        print(f"There is no command {name!r}.{asked} `course --help` lists them all.", file=sys.stderr)
        return 2
    try:
        if not course.PYPROJECT.exists():
            raise ValueError(f"{ROOT} is not the course's folder. There, run `pip install -e '.[dev]'`.")
        code = _run(name, words)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # `course assets list | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except (AssetError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2


def _run(name, words):
    if name in ("-h", "--help"):
        print(OVERVIEW)
        return 0
    if name == "assets":
        return importlib.import_module("helpers.assets.__main__").main(words, "course assets")
    example, module = (WORK | PROGRAMS)[name]
    epilog = f"Example: course {name} {example}".rstrip()
    parser = argparse.ArgumentParser(f"course {name}", description=COMMANDS[name] + ".", epilog=epilog)
    add_options(name, parser.add_argument)
    if name in PROGRAMS:
        parser.usage = f"course {name} [WORD ...]"
        parser.description += f" Words, if there are any, go to {module} as they are."
        parser.parse_args([word for word in words if word in ("-h", "--help")])
        return _program(name, module, words)
    options = parser.parse_args(words)
    if name == "grade" and sys.platform == "win32":
        raise ValueError("The grader's walls and its cut from the network need Linux. On Windows, use WSL.")
    return importlib.import_module(module).main(options)


def _program(name, module, words):
    """Run JupyterLab or pytest: with these words, or with the usual ones."""
    if name == "test" and not words:
        for check in LINT:
            if code := _call(*check):
                return code
    usual = {"test": ALL_TESTS, "bench": ("-q", *sorted((ROOT / "tests" / "benchmarks").glob("bench_*.py")))}
    at = course.NOTEBOOKS if name == "lab" else ROOT
    return _call(module, *(words or usual.get(name, ())), at=at)


def _call(module, *words, at=ROOT):
    """Run a program of this Python to its end. Ctrl+C is for the program, which knows what to do then."""
    stopped = []
    kept = signal.signal(signal.SIGINT, lambda *_: stopped.append(True))
    try:
        code = subprocess.call([sys.executable, "-m", module, *words], cwd=at)
    finally:
        signal.signal(signal.SIGINT, kept)
    return 130 if stopped and code else code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
