"""The command `course`: its help, its exit codes, what it runs; and that it runs on Windows and macOS too."""

import ast
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import types

import machine
import pytest

from helpers import ROOT
from helpers.assets import tomllib
from helpers.staff import __main__ as course
from helpers.staff.__main__ import COMMANDS, PROGRAMS, WORK, main

COURSE = [sys.executable, "-m", "helpers.staff"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
TEXTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "data/README.md", "slides/README.md")


@pytest.fixture
def called(monkeypatch):
    """Programs and modules that a command would run; none is run."""
    found = []

    def call(words, cwd):
        found.append((words[1:], cwd))
        return 0

    def import_module(name):
        return types.SimpleNamespace(main=lambda *given: found.append((name, *given)) or 0)

    monkeypatch.setattr(course.subprocess, "call", call)
    monkeypatch.setattr(course.importlib, "import_module", import_module)
    return found


def test_the_overview_fits_one_screen_and_names_every_command(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) < 24 and max(map(len, shown)) <= 80, "a terminal has 24 lines, and one is the prompt"
    assert [line for line in shown if line.endswith(":")] == [
        "For everyone:",
        "For teachers:",
        "For authors:",
    ]
    assert set(COMMANDS) == {*WORK, *PROGRAMS, "assets"}
    assert main([]) == 0 and capsys.readouterr().out.splitlines() == shown


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_with_an_example_that_it_understands(name, capsys, called, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    if name == "assets":
        monkeypatch.undo()
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert stop.value.code == 0 and said.startswith(f"usage: course {name} ")
    example = re.search(rf"Example: course {name}(.*)", said)[1].split()
    if name != "assets":
        assert called == [] and main([name, *example]) == 0 and len(called) == 1


@pytest.mark.parametrize("name", WORK)
def test_the_module_of_a_command_is_there_and_starts_with_options(name):
    found = importlib.util.find_spec(WORK[name][1])
    tree = ast.parse(open(found.origin, encoding="utf-8").read())
    (function,) = [node for node in tree.body if getattr(node, "name", "") == "main"]
    assert len(function.args.args) == 1 and not any(isinstance(node, ast.If) for node in tree.body)


def test_options_arrive_as_the_work_takes_them(called):
    assert main(["grade", "in", "--homework", "hw3", "--out", "out", "--memory", "2"]) == 0
    assert main(["publish", "a/b"]) == 0
    (_, grade), (_, publish), home = *called, course.course.home().ref
    assert (grade.memory, grade.trusted, grade.jobs >= 1, publish.ref) == (2, False, True, home)


@pytest.mark.parametrize(
    "word, near", [("lesons", "lessons"), ("grades", "grade"), ("notebook", "notebooks"), ("xyzzy", None)]
)
def test_an_unknown_word_gets_the_nearest(word, near, capsys):
    assert main([word]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"no command '{word}'" in said
    assert (f"Did you mean `course {near}`?" in said) if near else ("Did you mean" not in said)


def test_exit_codes_are_the_usual_ones(called, monkeypatch, capsys):
    failing = {"lessons": 1, "student": ValueError("There is no lesson 7."), "homework": KeyboardInterrupt()}

    def work(name):
        def run(_):
            if isinstance(result := failing[name.rpartition(".")[2]], BaseException):
                raise result
            return result

        return types.SimpleNamespace(main=run)

    monkeypatch.setattr(course.importlib, "import_module", work)
    assert [main([name]) for name in failing] == [1, 2, 130]
    assert capsys.readouterr().err == "There is no lesson 7.\nStopped.\n"
    with pytest.raises(SystemExit) as stop:
        main(["lessons", "--sede", "3"])
    assert stop.value.code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no interrupt to one process")
@pytest.mark.parametrize("whole_group", [False, True])
def test_ctrl_c_ends_work_and_programs_without_a_traceback(whole_group, tmp_path):
    """A work of this process is stopped; pytest, in a process of its own, ends itself and says so."""
    slow = tmp_path / "test_slow.py"
    slow.write_text(
        "import time\ndef test_slow():\n    print('be' + 'gun', flush=True)\n    time.sleep(600)\n"
    )
    work = "import types; from helpers.staff import __main__ as course\n"
    work += "def run(_):\n    import time; print('begun', flush=True); time.sleep(600)\n"
    work += "course.importlib.import_module = lambda name: types.SimpleNamespace(main=run)\n"
    work += "raise SystemExit(course.main(['lessons']))"
    words = [*COURSE, "test", "-s", "-p", "no:cacheprovider", str(slow)] if whole_group else COURSE[:1]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": ENVIRONMENT}
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs behind a shell ignores it
    with subprocess.Popen(
        words if whole_group else [*words, "-c", work], start_new_session=True, **pipes
    ) as process:
        signal.signal(signal.SIGINT, kept)
        while "begun" not in (line := process.stdout.readline()):
            assert line, process.stderr.read()
        os.killpg(process.pid, signal.SIGINT)
        try:
            said, errors = process.communicate(timeout=machine.seconds(60))
        finally:
            process.kill()
    assert process.returncode == 130 and "Traceback" not in errors, (said, errors)
    assert "KeyboardInterrupt" in said if whole_group else errors == "Stopped.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
@pytest.mark.parametrize("words", [["--help"], ["assets", "list"]])
def test_where_nobody_reads_on_it_ends_in_silence(words):
    """As in `course assets list | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)  # before it starts: a reader who left later could find that all was said already
    with open(writer, "wb") as nobody:
        done = subprocess.run(
            [*COURSE, *words], stdout=nobody, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False
        )
    assert (done.stderr, done.returncode) == (b"", 128 + signal.SIGPIPE)


def test_help_loads_nothing_large(root):
    code = "import sys; from helpers.staff.__main__ import main; main(['--help'])\n"
    code += "large = {'tensorflow', 'keras', 'numpy', 'matplotlib', 'nbformat', 'nbclient', 'requests'}\n"
    code += "print(sorted(large & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.stdout.endswith("\n[]\n"), done


def test_test_runs_the_style_first_and_then_everything_on_all_cores(called, monkeypatch):
    assert main(["test"]) == 0
    parallel = ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder", "-p", "no:nbval"]
    assert called == [
        (["-m", "ruff", "check"], ROOT),
        (["-m", "ruff", "format", "--check"], ROOT),
        (["-m", "codespell_lib"], ROOT),
        (["-m", "pytest", *parallel], ROOT),
    ]
    called.clear()
    assert main(["test", "-k", "a or b", "tests/test_quiz.py", "--lf"]) == 0
    assert called == [(["-m", "pytest", "-k", "a or b", "tests/test_quiz.py", "--lf"], ROOT)]
    monkeypatch.setattr(course.subprocess, "call", lambda words, cwd: called.append(words) or 3)
    called.clear()
    assert main(["test"]) == 3 and len(called) == 1, "where the style is wrong, no test runs"
    monkeypatch.setattr(course.subprocess, "call", lambda words, cwd: -9)
    assert main(["bench"]) == 128 + 9


def test_lab_opens_the_lessons(called):
    assert main(["lab"]) == 0
    assert called == [(["-m", "jupyterlab"], ROOT / "notebooks")]


def test_the_console_script_is_this_command():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, name = scripts.pop("course").partition(":")
    assert not scripts and getattr(importlib.import_module(module), name) is main


def test_it_says_when_it_is_not_in_the_course(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(course.course, "PYPROJECT", tmp_path / "pyproject.toml")
    assert main(["lessons"]) == 2
    assert "is not the course's folder" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("make"), reason="make is not installed")
def test_make_only_calls_course():
    extra = {"publish": ("REPO=a/b", "REF=v1"), "slides": ("LINKS=local",), "demo": ("ARGS=--port 8000",)}
    ends = {"publish": " a/b --ref v1", "slides": " --links local", "demo": " --port 8000"}
    # What `make test` hands on to a make below it would speak, too.
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    for name in COMMANDS:
        words = ["make", "-n", "-o", "setup", "VENV=env", name, *extra.get(name, ())]
        said = subprocess.run(
            words, cwd=ROOT, env=plain, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        assert [line.strip() for line in said if "ip link" not in line] == [
            f"env/bin/course {name}" + ends.get(name, "")
        ]


def test_what_texts_and_workflows_call_is_there():
    workflows = [path.relative_to(ROOT).as_posix() for path in (ROOT / ".github").rglob("*.yml")]
    found = 0
    pages = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")]
    for name in (*TEXTS, *pages, ".ci/run", "Makefile", "data/assets.toml", *workflows):
        if not (ROOT / name).exists():
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"-m (helpers\.staff|slides)\b", text), name
        for word in re.findall(r"(?:`|^|[/\\]|run: |=share )course ([a-z]+)", text, re.MULTILINE):
            assert word in COMMANDS, (name, word)
            found += 1
    assert found > 30


# --- Windows and macOS --------------------------------------------------------------------------------------

GRADER = ("helpers/staff/grade.py", "helpers/staff/grading/")  # it needs Linux, and says so
MODULES = [
    path.relative_to(ROOT)
    for folder in ("helpers", "pocket", "slides", "website")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "node_modules" not in path.parts and not path.relative_to(ROOT).as_posix().startswith(GRADER)
]
POSIX = {
    "fork",
    "getuid",
    "geteuid",
    "getpgid",
    "killpg",
    "setsid",
    "mkfifo",
    "chown",
}
PLACES = re.compile(r"/(tmp|dev|proc|bin|usr|home|etc)(/|$)|(ba)?sh$|.*\.venv/bin|.*/bin/")


def assumptions(text):
    """What a module takes for granted that only Unix has: functions, folders, a shell, one encoding."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [*(alias.name for alias in node.names), getattr(node, "module", "")]
            found += [name for name in names if name in ("resource", "fcntl", "pwd", "grp", "termios")]
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "os" and node.attr in POSIX:
            found.append(f"os.{node.attr}")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and PLACES.match(node.value):
            found.append(node.value)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            known = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
            binary = any("b" in str(getattr(one, "value", "")) for one in node.args[1:2])
            opens = name in ("read_text", "write_text") or (
                isinstance(node.func, ast.Name) and name == "open"
            )
            if opens and not binary and not {"encoding", None} & known.keys():
                found.append(f"{name} without encoding")
            if known.get("shell"):
                found.append("a shell")
    return found


def test_nothing_assumes_unix():
    found = {path.as_posix(): assumptions((ROOT / path).read_text(encoding="utf-8")) for path in MODULES}
    assert len(found) > 100
    # Where there is no /proc, the summary says that memory was not measured.
    assert {path: words for path, words in found.items() if words} == {"helpers/staff/lessons.py": ["/proc/"]}


def test_what_assumes_unix_would_be_found():
    planted = 'import os, fcntl\nos.geteuid(); open("a"); p.read_text(); x = ".venv/bin/python"; y = "/tmp"\n'
    planted += 'subprocess.run(z, shell=True); subprocess.run(["sh", "-c"])\n'
    wanted = {"fcntl", "os.geteuid", "open without encoding", "read_text without encoding", "a shell"}
    assert set(assumptions(planted)) == {*wanted, ".venv/bin/python", "/tmp", "sh"}


def test_all_commands_but_the_graders_are_imported_without_modules_of_unix():
    names = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in MODULES]
    chosen = [name for name in names if name.startswith(("helpers.staff", "pocket", "website.build"))]
    code = "import sys, importlib\n"
    code += "for name in ('resource', 'fcntl', 'pwd', 'grp'): sys.modules[name] = None\n"
    code += f"for name in {chosen}: importlib.import_module(name)\nprint('imported')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, cwd=ROOT
    )
    assert done.stdout == "imported\n", done.stderr


def test_on_windows_the_grader_says_in_a_sentence_that_it_needs_linux(monkeypatch, capsys, called):
    monkeypatch.setattr(course.sys, "platform", "win32")
    assert main(["grade", "in", "--homework", "hw3", "--out", "out"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "need Linux" in said and "WSL" in said and called == []
