"""The autograder for Gradescope, end to end, in a container that refuses bubblewrap."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from homework_samples import small_course, small_homework, submission
from hostile_submissions import WRONG

from helpers.staff import homework as homework_module
from helpers.staff.__main__ import main
from helpers.staff.grading import gradescope, isolation
from helpers.staff.grading.official import secret_lines, unpack

# What a container of Docker may do when nobody asks for more: not CAP_SYS_ADMIN, which makes namespaces.
CAPABILITIES = """CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP SYS_CHROOT
NET_BIND_SERVICE KILL AUDIT_WRITE""".split()
# It writes results, reads what is secret, stays behind, and tells what it sees of tests in every way.
HOSTILE = r"""
import glob, json, os, signal, time
found = []
def tried(name, act):
    try:
        act()
        found.append(name)
    except OSError:
        pass
forged = json.dumps({"score": 1000, "output": "FORGED"})
def forge():
    with open("/autograder/results/results.json", "w") as file: file.write(forged)
tried("results", forge)
tried("link", lambda: os.symlink("/tmp/mine", "/autograder/results/results.json"))
tried("folder", lambda: os.rename("/autograder/results", "/autograder/old"))
tried("official", lambda: open("/autograder/source/official.json").read())
tried("names", lambda: open("/autograder/submission_metadata.json").read())
tried("script", lambda: open("/autograder/run_autograder", "a").close())
tried("grader", lambda: open(os.environ["PYTHONPATH"] + "/helpers/staff/grading/gradescope.py", "a").close())
tried("root", lambda: os.setuid(0))
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if os.stat("/proc/" + pid).st_uid != os.getuid():
            tried("kill " + pid, lambda: os.kill(int(pid), signal.SIGKILL))
            tried("environ", lambda: open("/proc/" + pid + "/environ").read())
            tried("memory", lambda: open("/proc/" + pid + "/mem", "rb").close())
            tried("pipes", lambda: [open(p, "w") for p in glob.glob("/proc/" + pid + "/fd/*")] or open("/no"))
    except FileNotFoundError:
        pass
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            try: forge()
            except OSError: time.sleep(0.01)
    os._exit(0)
seen = []
get_ipython().events.register("pre_run_cell", lambda info: seen.append(info.raw_cell))
open("/tmp/" + LOG, "w").write(repr(found))
"""
LEAK = 'raise type("Seen_" + "".join(map(str, map(ord, seen[-1]))), (Exception,), {})("\\n".join(seen))'
LEAKING = {**WRONG, "q2-relu": WRONG["q2-relu"].replace("return z", LEAK)}


def hostile(log):
    """Wrong answers; the cell between the tests attacks, and the last tells what the kernel has seen."""
    notebook = submission(LEAKING)
    notebook.cells.insert(2, nbformat.v4.new_code_cell(f"LOG = {log!r}\n{HOSTILE}"))
    notebook.cells.append(nbformat.v4.new_code_cell(LEAK))
    return notebook


@pytest.fixture(scope="module")
def uploaded(tmp_path_factory):
    """The zip file, as `course homework` writes it for a small homework."""
    folder = tmp_path_factory.mktemp("gradescope")
    with small_course(folder) as patch:
        patch.setattr(homework_module, "proof", lambda homework: [])  # it has tests of its own
        assert main(["homework", "hw9", "--gradescope", str(folder / "hw9.zip")]) == 0
    return folder / "hw9.zip"


def container(autograder, *words):
    """Run words as root of a container: our files read-only, Docker's rights, a folder for /autograder."""
    bwrap = [
        "bwrap",
        "--unshare-pid",
        "--unshare-ipc",
        "--die-with-parent",
        "--tmpfs",
        "/",
        "--proc",
        "/proc",
    ]
    bwrap += ["--dev", "/dev"]
    for path in sorted(map("/".__add__, {*os.listdir("/")} - {"proc", "dev", "tmp", "root"})):
        bwrap += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]
    bwrap += ["--bind", autograder, "/autograder", "--bind", autograder / "tmp", "/tmp", "--cap-drop", "ALL"]
    for path in {sys.prefix, sys.base_prefix}:  # after /tmp: the environment may lie there
        for above in [*Path(path).parents][-2::-1]:  # which everybody may enter
            bwrap += ["--dir", above] if above.parts[1] in ("root", "tmp") else []
        bwrap += ["--ro-bind", path, path]
    for name in CAPABILITIES:
        bwrap += ["--cap-add", f"CAP_{name}"]
    bwrap += [
        "--clearenv",
        "--setenv",
        "PATH",
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]
    bwrap += ["--setenv", "HOME", "/root", "--", *words]
    return subprocess.run(list(map(str, bwrap)), capture_output=True, text=True)


def graded(uploaded, folder, notebook):
    """Grade a notebook, as Gradescope does: results, and what is printed for the teacher."""
    for name in ("submission", "results", "source", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "tmp").chmod(0o1777)
    with zipfile.ZipFile(uploaded) as archive:
        archive.extractall(folder / "source")
    (folder / "run_autograder").write_bytes((folder / "source" / "run_autograder").read_bytes())
    (folder / "submission_metadata.json").write_text('{"users": "all about Ada"}', encoding="utf-8")
    (folder / "submission" / "homework.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    (folder / "venv").symlink_to(sys.prefix)  # what setup.sh makes there
    left = "find /proc -maxdepth 1 -name '[0-9]*' ! -user root -printf 'LEFT %f'"
    done = container(folder, "bash", "-c", f"bash /autograder/run_autograder && {left}")
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return json.loads((folder / "results" / "results.json").read_text(encoding="utf-8")), said


@pytest.fixture(scope="module")
def three(uploaded, tmp_path_factory):
    """Results of a right, a wrong and a hostile submission; and what the hostile one could do."""
    if os.geteuid() != 0 or isolation.level()[0] not in ("root", isolation.NO_USERNS):
        pytest.skip("NO CONTAINER: it takes root and bubblewrap to stand in for Gradescope's")
    folder = tmp_path_factory.mktemp("containers")
    samples = {"right": submission(), "wrong": submission(WRONG), "hostile": hostile("log")}
    found = {name: graded(uploaded, folder / name, notebook) for name, notebook in samples.items()}
    return found, folder


def test_the_zip_has_what_gradescope_asks_for_and_no_more(uploaded, tmp_path):
    with zipfile.ZipFile(uploaded) as archive:
        modes = {info.filename: oct(info.external_attr >> 16) for info in archive.infolist()}
        texts = {
            name: archive.read(name).decode() for name in ("setup.sh", "run_autograder", "official.json")
        }
    assert modes["setup.sh"] == modes["run_autograder"] == "0o100755"
    assert all(texts[name].startswith("#!/usr/bin/env bash\n") for name in ("setup.sh", "run_autograder"))
    assert set(modes.values()) == {"0o100755", "0o100644"}, "readable for the user id of student code"
    assert unpack(json.loads(texts["official.json"])).points == small_homework().points
    assert not [name for name in modes if re.search("pycache|/source/|tests/", name)]
    assert "course/helpers/check/__init__.py" in modes and "course/data/assets.toml" in modes
    for name in ("setup.sh", "run_autograder"):
        subprocess.run(["bash", "-n"], input=texts[name], text=True, check=True)


def test_right_and_wrong_answers_get_their_points(three):
    (right, said), (wrong, _) = three[0]["right"], three[0]["wrong"]
    assert f"Isolation in force: {isolation.USER_ID}" in said, "as where bubblewrap is refused"
    assert right["score"] == 3.5 and [one["score"] for one in right["tests"]] == [2, 1.5]
    assert [one["status"] for one in right["tests"]] == ["passed"] * 2
    assert "A teacher marks: report." in right["output"]
    assert wrong["score"] == 0 and {one["status"] for one in wrong["tests"]} == {"failed"}
    assert "as it does in your notebook" in wrong["tests"][1]["output"]
    for found in (right, wrong):
        assert found["stdout_visibility"] == "hidden"
        assert all({"name", "score", "max_score", "output"} <= one.keys() for one in found["tests"])
        assert [one["max_score"] for one in found["tests"]] == [2, 1.5]


def test_hostile_code_changes_no_result_and_reads_no_secret(three):
    (found, said), folder = three[0]["hostile"], three[1] / "hostile"
    assert "LEFT" not in said, "a process that went on"
    assert (folder / "tmp" / "log").read_text() == "[]", "what it could do"
    assert found["score"] == 0 and "FORGED" not in json.dumps(found)
    assert [path.name for path in (folder / "results").iterdir()] == ["results.json"]
    assert (folder / "results").stat().st_mode & 0o777 == 0o700


def test_what_code_saw_of_hidden_tests_is_not_in_the_results(three):
    text = json.dumps(three[0]["hostile"][0])
    assert "error" in text, "it did raise what it saw"
    secrets = list(secret_lines(small_homework()))
    codes = ["".join(map(str, map(ord, line))) for line in secrets]
    assert secrets and not [line for line in secrets + codes if line in text] and "Seen" not in text


@pytest.mark.parametrize(
    "change, score, said",
    [
        ({"zero": True}, 0, "No report, no points."),
        ({"status": "timeout", "message": "cell 5 ran out of time", "points": {}}, 0, "timeout (cell 5)"),
        ({"status": "malformed notebook", "message": "it is not JSON", "points": {}}, 0, "it is not JSON"),
    ],
)
def test_results_say_what_went_wrong(change, score, said):
    record = {"status": "ok", "message": "", "zero": False, "flags": [], "manual": [], "messages": {}}
    found = gradescope.results(
        record | {"points": {"q1-test": 2.0, "q2-test": 1.5}} | change, small_homework()
    )
    assert found["score"] == score and said in found["output"]


def test_what_gradescope_unpacked_is_zipped_again_and_no_link_is_followed(tmp_path, monkeypatch):
    homework = small_homework()
    homework.solved.cells[0].metadata["files"] = ["My_pictures.zip"]
    handed_in = tmp_path / "submission"
    (handed_in / "shoe").mkdir(parents=True)
    (handed_in / "hw9.ipynb").write_text("{}")
    (handed_in / "shoe" / "1.jpg").write_text("a picture")
    (handed_in / "shoe" / "2.jpg").symlink_to(tmp_path / "official.json")
    (handed_in / "all").symlink_to(tmp_path)
    (tmp_path / "official.json").write_text("secret")
    gradescope.gather(handed_in, homework, tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["hw9.ipynb", "my_pictures.zip"]
    with zipfile.ZipFile(tmp_path / "copy" / "my_pictures.zip") as archive:
        assert archive.namelist() == ["shoe/1.jpg"]
    (handed_in / "my_pictures.zip").write_text("as it was")
    gradescope.gather(handed_in, homework, tmp_path / "again")
    assert (tmp_path / "again" / "my_pictures.zip").read_text() == "as it was"


def test_it_takes_one_homework(capsys):
    assert main(["homework", "--gradescope", "all.zip"]) == 2
    assert "takes one homework" in capsys.readouterr().err
