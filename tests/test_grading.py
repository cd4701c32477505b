"""The grader: good, odd and hostile submissions, and the files it reads and writes."""

import base64
import contextlib
import csv
import hashlib
import html
import io
import json
import os
import re
import shutil
import socket
import sys
import threading
import zipfile
from concurrent import futures
from dataclasses import asdict
from pathlib import Path

import machine
import nbformat
import pytest
from homework_samples import ANSWERS, REPORT, SOURCE, small_course, small_homework, submission
from hostile_submissions import DANGEROUS, ODD, SAMPLES, write

from helpers import ROOT
from helpers.staff import course, grade
from helpers.staff import homework as homework_module
from helpers.staff.__main__ import main
from helpers.staff.grading import (
    controls,
    execute,
    feedback,
    isolation,
    official,
    read,
    report,
    restore,
    run,
    submissions,
    worker,
)
from helpers.staff.grading.limits import Limits


def limits(cell_seconds):
    """What a submission may take; its time grows with the machine's."""
    times = [f"{machine.seconds(cell_seconds):.0f}", f"{machine.seconds(6 * cell_seconds):.0f}"]
    return ["--cell-seconds", times[0], "--seconds", times[1], "--memory", "1", "--processes", "128"]


LIMITS = limits(60)
SHORT = limits(4)  # for those that must run out of time: a test waits for that
OWN_UIDS = 60_000  # apart from those of another grader on this machine
LEVEL, REASON = isolation.level()
walls = pytest.mark.skipif(
    LEVEL == "none", reason=f"NO ISOLATION HERE, so hostile submissions are not run: {REASON}"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A course with one small homework, in a folder of its own."""
    folder = tmp_path_factory.mktemp("grading")
    with small_course(folder):
        yield folder


class Listener:
    """A listener on the loopback that counts who comes."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.reached = self.socket.getsockname()[1], 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.reached += 1


def prints(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def messy():
    """Right answers, but as editors, Colab and a careless student leave them."""
    notebook = submission()
    by_id = {cell["id"]: cell for cell in notebook.cells}
    draft = nbformat.from_dict(by_id["q1-softmax"])
    draft["id"] = "draft"
    draft.source = "def softmax(s):\n    return s  # first try"
    notebook.cells = [cell for cell in notebook.cells if cell["id"] != "q2-test"]
    notebook.cells.insert(2, draft)
    content = json.loads(nbformat.writes(notebook))
    for cell in content["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
        cell["metadata"]["executionInfo"] = {"user": {"displayName": "x"}}
        cell["metadata"]["colab"] = {"base_uri": "https://localhost:8080/"}
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n") + "  \r\n"
        if cell["cell_type"] == "code":
            del cell["outputs"], cell["execution_count"]
    content |= {"nbformat_minor": 0, "metadata": {"colab": {"provenance": []}}}
    content["metadata"]["kernelspec"] = {"name": "my-own-kernel", "display_name": "Mine"}
    return "\ufeff" + json.dumps(content)


@pytest.fixture(scope="module")
def graded(place):
    """One run over everything: rows of grades.csv by student, and where things lie."""
    handed_in, slow, victim = place / "handed in", place / "slow ones", place / "victim"
    for folder in (handed_in, slow, victim):
        folder.mkdir()
    (victim / "keep.txt").write_text("keep")
    listener = Listener()
    samples = ODD if LEVEL == "none" else SAMPLES
    secret = place / "notebooks" / "source"
    names = {"port": listener.port, "victim": victim, "secret": secret, "neighbours": handed_in, "root": ROOT}
    endless = {name for name, (_, status, _) in samples.items() if status == "timeout"}
    write(handed_in, {name: samples[name] for name in samples if name not in endless}, **names)
    write(slow, {name: samples[name] for name in endless}, **names)
    half = {**ANSWERS, "q2-relu": "def relu(z):\n    return z"}
    (handed_in / "ada.ipynb").write_text(nbformat.writes(submission()), encoding="utf-8")
    (handed_in / "bob.ipynb").write_text(nbformat.writes(submission(half)), encoding="utf-8")
    alike = {**ANSWERS, "q2-relu": ANSWERS["q2-relu"].replace(" * ", "  *  ") + "  # mine"}
    (handed_in / "copy.ipynb").write_text(nbformat.writes(submission(alike)), encoding="utf-8")
    no_report = {**ANSWERS, "report": "### What I did\nNot much."}
    (handed_in / "short.ipynb").write_text(nbformat.writes(submission(no_report)), encoding="utf-8")
    (handed_in / "messy.ipynb").write_text(messy(), encoding="utf-8")
    before = {folder: prints(folder) for folder in (victim, handed_in, secret, ROOT / "helpers")}
    trust = [grade.TRUST] if LEVEL == "none" else []
    rows, code, outs = {}, 0, {handed_in: place / "results", slow: place / "results of slow ones"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "FIRST_UID", OWN_UIDS)
        patch.setattr(isolation, "UIDS", 4_000)
        for folder, out in outs.items():
            if not any(folder.iterdir()):  # without walls there may be no slow ones
                continue
            chosen = SHORT if folder == slow else LIMITS
            options = ["--homework", "hw9", "--out", str(out), "--jobs", "2", *chosen, *trust]
            code += main(["grade", str(folder), *options])
            with open(out / "grades.csv", newline="", encoding="utf-8") as file:
                rows |= {row["student"]: row for row in csv.DictReader(file)}
    return {
        "rows": rows,
        "handed_in": handed_in,
        "out": outs[handed_in],
        "code": code,
        "before": before,
        "listener": listener,
        "options": ["--homework", "hw9", "--jobs", "2", *LIMITS, *trust],
    }


def page(graded, student):
    (found,) = (graded["out"] / "feedback").glob(f"{student}_??????.html")
    return found.read_text(encoding="utf-8")


def test_good_work_earns_its_points_beside_any_other(graded):
    rows = graded["rows"]
    assert graded["code"] == 0
    assert (rows["ada"]["status"], rows["ada"]["points"], rows["ada"]["of"]) == ("ok", "3.5", "3.5")
    assert (rows["ada"]["q1-test"], rows["ada"]["q2-test"], rows["ada"]["report"]) == ("2", "1.5", "")
    assert rows["ada"]["needs_manual_grade"] == "report" and int(rows["ada"]["report_words"]) >= 20
    assert (rows["bob"]["points"], rows["bob"]["q2-test"], rows["bob"]["flags"]) == ("2", "0", "")
    assert float(rows["ada"]["seconds"]) > 0


def test_messy_but_right_work_earns_every_point(graded):
    row = graded["rows"]["messy"]
    assert (row["status"], row["points"]) == ("ok", "3.5")
    assert row["flags"] == "missing cells: q2-test; duplicated cells: q1-softmax"


@pytest.mark.parametrize("student", ["widgets", "merged", "innocent"])
def test_odd_but_right_work_earns_every_point(graded, student):
    row = graded["rows"][student]
    assert (row["points"], row["q1-test"], row["q2-test"]) == ("3.5", "2", "1.5"), row
    assert int(row["report_words"]) >= 20 and "no report" not in row["flags"]


def test_what_widgets_print_and_pasted_pictures_are_on_the_page(graded):
    assert "seen 3" in page(graded, "widgets") and "not seen" not in page(graded, "widgets")
    text = page(graded, "merged")
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in text and "<h3" in text


def test_identical_work_is_listed_and_not_judged(graded):
    rows = graded["rows"]
    assert "ada" in rows["copy"]["identical_to"].split("; ") and rows["copy"]["points"] == "3.5"
    assert rows["bob"]["identical_to"] == ""


def test_no_report_no_points(graded):
    row = graded["rows"]["short"]
    assert (row["points"], row["q1-test"], row["q2-test"]) == ("0", "2", "1.5")
    assert "no report, zero points" in row["flags"] and "2 words of at least 20" in row["flags"]
    assert "without the heading What I found" in row["flags"]


@pytest.mark.parametrize("student", ODD)
def test_odd_submissions_are_named(graded, student):
    check_named(graded, student, ODD)


@walls
@pytest.mark.parametrize("student", DANGEROUS)
def test_hostile_submissions_are_contained_and_named(graded, student):
    check_named(graded, student, DANGEROUS)


def check_named(graded, student, samples):
    _, status, flag = samples[student]
    row = graded["rows"][student]
    assert row["status"] == status, row
    assert (flag or "") in row["flags"], row
    if flag is None:
        assert "forged" not in row["flags"] and "tampered" not in row["flags"]


def test_every_submission_has_one_row_and_one_page(graded):
    with open(graded["out"] / "grades.csv", newline="", encoding="utf-8") as file:
        graded_here = [row["student"] for row in csv.DictReader(file)]
    assert sorted(graded_here) == sorted(path.stem for path in graded["handed_in"].iterdir())
    assert len(list((graded["out"] / "feedback").glob("*.html"))) == len(graded_here)


def test_what_ran_before_a_kill_keeps_its_points(graded):
    for student in ("exit", "crash"):
        row = graded["rows"][student]
        assert (row["q1-test"], row["q2-test"]) == ("2", "0") and "cell" in row["message"]


def test_easy_tests_are_the_official_ones_again(graded):
    row = graded["rows"]["easy-tests"]
    assert (row["points"], row["of"], row["q1-test"], row["q2-test"]) == ("0", "3.5", "0", "0")


def test_forged_results_earn_nothing_until_a_person_looks(graded):
    for student in ("patch-numpy", "patch-shell"):
        row = graded["rows"][student]
        assert row["points"] == "0"
        if SAMPLES[student][2] == "forged results":
            assert "controls failed" in row["needs_manual_grade"]


def test_no_page_shows_a_hidden_test_or_a_script(graded):
    for path in (graded["out"] / "feedback").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "large_scores" not in text and "shifted" not in text, path.name
        assert "<script" not in text and "default-src 'none'" in text
        assert len(text) < 5_000_000
    assert "relu keeps what is positive" in page(graded, "bob")
    assert "Not equal to tolerance" in page(graded, "easy-tests")  # in the open part of a test
    assert "1.5 of 1.5 points" in page(graded, "ada")


def test_commands_of_the_shell_work_in_a_notebook(graded):
    shown = page(graded, "shell")
    assert "hello" in shown and "/dev/pts/" in shown and "from bash" in shown


@walls
def test_nothing_outside_is_read(graded):
    assert "HIDDEN []" in page(graded, "hidden")
    assert "NEIGHBOUR [False, False, False] 0" in page(graded, "neighbour")
    assert "ESCAPED []" in page(graded, "escape")
    assert graded["listener"].reached == 0
    socket.create_connection(("127.0.0.1", graded["listener"].port)).close()
    for _ in range(100):
        if graded["listener"].reached:
            break
        threading.Event().wait(0.05)
    assert graded["listener"].reached == 1  # it does count


LOOK_AT_CACHE = """
from helpers import assets
folder = assets.cache_dir()
print("THERE", sorted(path.name for path in folder.iterdir()), (folder / "drawn-one.npz").read_text())
try:
    (folder / "drawn-one.npz").write_text("other")
except OSError:
    print("KEPT")
(folder / "features").mkdir()
(folder / "features" / "own.npz").write_text("mine")
print("OWN", (folder / "features" / "own.npz").read_text())
"""


@walls
def test_what_was_drawn_before_is_seen_and_nothing_else_of_the_cache(place, tmp_path, monkeypatch):
    cache, handed_in = tmp_path / "cache", tmp_path / "in"
    (cache / "features").mkdir(parents=True)
    (cache / "features" / "secret.npz").write_text("secret")
    (cache / "drawn-one.npz").write_text("drawn")
    monkeypatch.setenv("COURSE_CACHE", str(cache))
    handed_in.mkdir()
    nbformat.write(submission(extra=[LOOK_AT_CACHE]), handed_in / "ada.ipynb")
    before = prints(cache)
    command = [str(handed_in), "--homework", "hw9", "--out", str(tmp_path / "out"), *LIMITS]
    assert main(["grade", *command]) == 0
    shown = page({"out": tmp_path / "out"}, "ada")
    assert "THERE ['drawn-one.npz'] drawn" in html.unescape(shown)
    assert "KEPT" in shown and "OWN mine" in shown
    assert prints(cache) == before


@walls
def test_nothing_outside_is_changed(graded):
    assert "WRITABLE" not in page(graded, "delete")
    for folder, before in graded["before"].items():
        assert prints(folder) == before, folder
    assert "mallory" not in (graded["out"] / "grades.csv").read_text()
    assert {path.name for path in graded["out"].iterdir()} == {"feedback", "grades.csv", "records"}


@walls
@pytest.mark.skipif(LEVEL == "user", reason="without user ids of their own, processes are not told apart")
def test_no_process_stays(graded):
    for _ in range(100):  # the kernel clears a namespace soon, not at once
        if not left():
            break
        threading.Event().wait(0.05)
    assert left() == []


def left():
    found = []
    for path in filter(lambda path: path.name.isdigit(), Path("/proc").iterdir()):
        with contextlib.suppress(OSError):
            if OWN_UIDS <= path.stat().st_uid < OWN_UIDS + 4_000:
                found.append((path / "cmdline").read_bytes())
    return found


def test_a_second_run_grades_only_what_changed(graded, tmp_path, capsys):
    handed_in, out = tmp_path / "in", tmp_path / "out"
    handed_in.mkdir()
    for student in ("ada", "malformed", "nothing"):
        shutil.copy(graded["handed_in"] / f"{student}.ipynb", handed_in)
    shutil.copytree(graded["out"], out)
    command = [str(handed_in), "--out", str(out), *graded["options"]]
    assert main(["grade", *command]) == 0
    assert "3 submissions, 0 graded now" in capsys.readouterr().out
    (handed_in / "nothing.ipynb").write_text("{", encoding="utf-8")
    assert main(["grade", *command]) == 0
    assert "3 submissions, 1 graded now" in capsys.readouterr().out
    with open(out / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["ada"] == {**graded["rows"]["ada"], "identical_to": ""}
    assert rows["nothing"]["status"] == "malformed notebook"


def test_without_isolation_strangers_code_is_refused(place, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(isolation, "level", lambda: ("none", "a reason"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").write_text(nbformat.writes(submission()), encoding="utf-8")
    command = [str(tmp_path / "in"), "--homework", "hw9", "--out", str(tmp_path / "out")]
    assert main(["grade", *command]) == 2
    said = capsys.readouterr()
    assert "Refused" in said.err and "WARNING" in said.out and "a reason" in said.out
    assert not (tmp_path / "out").exists()
    assert main(["grade", *command[:3], "--out", str(tmp_path / "in" / "out"), grade.TRUST]) == 2
    assert "apart" in capsys.readouterr().err
    # A machine of a cluster refuses by itself.
    task = {"student": "ada", "trusted": False}
    assert run.run_task(task)["status"] == run.BROKEN


def a_task(data, *, trusted=False, **limits):
    task = {"student": "ada", "data": base64.b64encode(data).decode(), "threads": 1}
    task["homework"] = official.pack(small_homework())
    return {**task, "limits": asdict(Limits(**limits)), "trusted": trusted}


def one_task(notebook, **options):
    return a_task(nbformat.writes(notebook).encode(), **options)


def test_trusted_work_runs_without_isolation(monkeypatch):
    monkeypatch.setattr(isolation, "level", lambda: ("none", "a reason"))
    record = run.run_task(one_task(submission(), trusted=True))
    assert (record["status"], record["points"]) == ("ok", {"q1-test": 2.0, "q2-test": 1.5})


@walls
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try all kinds of walls")
@pytest.mark.parametrize("name", ["user", isolation.NO_USERNS])
def test_other_walls_do_as_well(monkeypatch, name):
    assert isolation.trial(name) == ""
    monkeypatch.setattr(isolation, "level", lambda: (name, ""))
    listener = Listener()
    looks = (
        "import os, socket\n"
        f"try: socket.create_connection(('127.0.0.1', {listener.port}), 3); print('REA' + 'CHED')\n"
        "except OSError: pass\n"
        f"print('SEES', os.path.exists({str(ROOT / 'tests')!r}), len(os.listdir('/proc/1/fd')) > 0)\n"
        "told = [l.split() for l in open('/proc/self/status')]\n"
        "print('MAY', *(l[1] for l in told if l[0] in ('CapPrm:', 'CapEff:', 'NoNewPrivs:')))"
    )
    record = run.run_task(one_task(submission(extra=[looks])))
    assert record["points"] == {"q1-test": 2.0, "q2-test": 1.5}, record
    assert "SEES False True" in record["feedback"], record["feedback"][-3000:]
    assert "REACHED" not in record["feedback"]
    assert f"MAY {'0' * 16} {'0' * 16} 1" in record["feedback"] and listener.reached == 0


COMMAND = [sys.executable, "-m", "helpers.staff", "grade", "in", "--homework", "hw3", "--out", "out"]


def check_refused(tmp_path, words, *, path=os.environ["PATH"]):
    import subprocess

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ada.ipynb").write_text(nbformat.writes(submission()), encoding="utf-8")
    environment = {**os.environ, "PATH": str(path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2, done
    said = done.stderr.strip().splitlines()[-1]
    assert said.startswith("Refused: ") and "`apt install bubblewrap`" in said and grade.TRUST in said
    assert "`dnf install bubblewrap`" in said and not (tmp_path / "out").exists()
    return said


def test_without_bubblewrap_the_grader_refuses_and_says_what_to_install(tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("prlimit", "setpriv"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or sys.executable)
    assert "`bwrap`" in check_refused(tmp_path, COMMAND, path=tmp_path / "bin")


@walls
def test_where_no_namespaces_can_be_made_the_grader_refuses(tmp_path):
    container = ["bwrap", "--unshare-user", "--uid", "1000", "--disable-userns", "--dev-bind", "/", "/"]
    if not isolation._known("--disable-userns"):
        pytest.skip("this bubblewrap can not be told to make a place without namespaces")
    assert "(bwrap: " in check_refused(tmp_path, [*container, *COMMAND])


OLD_BUBBLEWRAP = """#!/bin/sh
# 0.4, which knew neither a size for a tmpfs nor a ban on namespaces
case " $* " in
    *" --help "*) echo "--unshare-all --tmpfs --as-pid-1"; exit ;;
    *" --size "*|*" --disable-userns "*|*" --perms "*|*" --clearenv "*) exit 1 ;;
esac
exec {bwrap} "$@"
"""
MEMORY = """
import ctypes, os
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for i in range(7):  # 7 MB with a name, without one, and in System V's shared memory
    with open(f"/tmp/{i}", "wb") as file: file.write(bytes(2**20))
    os.write(os.memfd_create("x"), bytes(2**20))
    place = libc.shmat(libc.shmget(0, 2**20, 0o1600), None, 0)
    ctypes.memset(place, 1, 2**20)
    libc.shmdt(ctypes.c_void_p(place))
"""
NAMESPACE = "import ctypes, os\nif os.fork() == 0: ctypes.CDLL(None).unshare(0x10000000)"
WATCHED = {"memory": (MEMORY, "file limit", "16 MB"), "namespace": (NAMESPACE, "killed kernel", "of its own")}


@walls
@pytest.mark.parametrize("what", WATCHED)
def test_what_old_bubblewrap_can_not_limit_is_watched(tmp_path, monkeypatch, what):
    if what == "namespace" and LEVEL == isolation.NO_USERNS:
        pytest.skip("this machine lets no one make a namespace")
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(OLD_BUBBLEWRAP.format(bwrap=shutil.which("bwrap")))
    bwrap.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    isolation._known.cache_clear()
    source, status, words = WATCHED[what]
    stays = submission(extra=[f"{source}\nimport time\ntime.sleep(3600)"])
    record = run.run_task(one_task(stays, disk=2**24))
    isolation._known.cache_clear()
    assert record["status"] == status and record["points"] == {"q1-test": 2.0}, record
    assert words in record["message"]


@pytest.mark.parametrize("files, blocks, hit", [(99, 999, None), (20_001, 0, "files"), (99, 2000, "MB")])
def test_files_of_a_submission_are_counted(monkeypatch, files, blocks, hit):
    from types import SimpleNamespace as Numbers

    left = {"f_ffree": 10**6 - files, "f_bfree": 10**6 - blocks}
    disk = Numbers(f_files=10**6, f_blocks=10**6, f_frsize=4096, **left)
    monkeypatch.setattr(worker.os, "statvfs", lambda own: disk)
    monkeypatch.setattr(worker, "used", lambda what, part: 0)
    over = worker.Watch(Limits(disk=2**22), "own", 2)._over([])
    assert (over == ()) if hit is None else (over[0] == "file limit" and hit in over[1])


def test_a_worker_that_breaks_is_told_and_tried_again(place, tmp_path, monkeypatch):
    monkeypatch.setattr(isolation, "level", lambda: ("none", ""))
    monkeypatch.setattr(isolation, "outer_wall", lambda task: ["sh", "-c", "echo oops >&2; exit 3"])
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    (handed_in / "ada.ipynb").write_text("{}", encoding="utf-8")
    homework = small_homework()
    job = run.Job(homework, Limits(), tmp_path / "out", trusted=True)
    for _ in range(2):
        with run.executor(1, None) as pool:
            (record,) = run.grade_all(submissions.collect(handed_in, homework), job, pool, at_once=1)
        assert record["status"] == run.BROKEN and "ended with 3: oops" in record["message"]
        assert not list((tmp_path / "out" / "records").iterdir())
    assert f"ada,ada.ipynb,{run.BROKEN},0,3.5,0,0," in run.table([record], homework)


def test_nothing_that_waits_is_graded_after_ctrl_c():
    begun, cancelled, ran = threading.Event(), threading.Event(), []

    def under_way():
        begun.set()
        cancelled.wait(machine.seconds(10))
        ran.append("under way")

    def stopped():
        with run.executor(1, None) as pool:
            pool.submit(under_way)
            pool.submit(ran.append, "waiting").add_done_callback(lambda _: cancelled.set())
            assert begun.wait(machine.seconds(60))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert ran == ["under way"]


# --- what needs no kernel


def ids(notebook):
    return [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]


@pytest.fixture(scope="module")
def homework():
    return small_homework()


def test_restored_tests_hold_their_hidden_part_and_answers_stay(homework):
    restored = restore.restore(submission(), homework)
    cells = dict(zip(ids(restored.notebook), restored.notebook.cells, strict=True))
    assert "large_scores" in cells["q1-test"].source
    assert cells["q1-softmax"].source == ANSWERS["q1-softmax"]
    assert (restored.flags, restored.found) == ([], 1.0)
    assert restored.answered == ["q1-softmax", "q2-relu", "report"]


@pytest.mark.parametrize(
    "change",
    [
        lambda cell: cell.update(source="assert True"),
        lambda cell: cell.update(cell_type="markdown"),
        lambda cell: cell.update(source=cell.source + "\n1"),
    ],
)
def test_changed_locked_cells_are_told_and_restored(homework, change):
    notebook = submission()
    change(next(cell for cell in notebook.cells if cell["id"] == "q1-test"))
    restored = restore.restore(notebook, homework)
    cell = dict(zip(ids(restored.notebook), restored.notebook.cells, strict=True))["q1-test"]
    assert restored.tampered == ["q1-test"]
    assert cell.cell_type == "code" and "large_scores" in cell.source and "assert True" not in cell.source


def test_metadata_that_students_change_counts_for_nothing(homework):
    notebook = submission()
    for cell in notebook.cells:
        if cell["id"] in ("q1-test", "q2-test"):
            cell.metadata.tags = ["skip-execution", "raises-exception"]
            cell.metadata.nbgrader.update(points=99, grade=False, solution=True, locked=False)
    restored = restore.restore(notebook, homework)
    tests = [cell for cell in restored.notebook.cells if execute.is_test(cell)]
    assert [cell.metadata.nbgrader.points for cell in tests] == [2, 1.5]
    assert not any(cell.metadata.get("tags") for cell in restored.notebook.cells)


def test_missing_cells_come_back_in_their_places(homework):
    notebook = submission()
    notebook.cells = [cell for cell in notebook.cells if cell["id"] not in ("imports", "q1-test", "q2-relu")]
    restored = restore.restore(notebook, homework)
    assert restored.missing == ["imports", "q1-test", "q2-relu"]
    known = [name for name in ids(restored.notebook) if name]
    assert known == ["imports", "q1-softmax", "q1-test", "q2-relu", "q2-test", "report"]


def test_cells_are_known_by_their_ids_when_the_metadata_is_gone(homework):
    notebook = submission()
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    assert restore.restore(notebook, homework).found == 1.0
    for cell in notebook.cells:
        cell["id"] = "x"
    assert restore.restore(notebook, homework).found == 0.0


def test_of_duplicated_cells_the_last_counts_as_in_nbgrader(homework):
    from nbgrader.preprocessors import DeduplicateIds

    notebook = submission()
    at = next(i for i, cell in enumerate(notebook.cells) if cell["id"] == "q2-relu")
    later = nbformat.from_dict(notebook.cells[at])
    later.source = "def relu(z):\n    return 'later'"
    notebook.cells.insert(at + 1, later)
    restored = restore.restore(notebook, homework)
    assert restored.duplicated == ["q2-relu"]
    theirs, _ = DeduplicateIds().preprocess(nbformat.from_dict(notebook), {})
    kept, named = (
        [cell.source for name, cell in zip(ids(nb), nb.cells, strict=True) if name == "q2-relu"]
        for nb in (restored.notebook, theirs)
    )
    assert kept == named == ["def relu(z):\n    return 'later'"]


BOTH = "\n\n".join(ANSWERS[name] for name in ("q1-softmax", "q2-relu"))
NO_CODE = {"report": REPORT}
FIRST_HALF, SECOND_HALF = REPORT.split("\n\n")


def cells_of(notebook, *names):
    return [next(cell for cell in notebook.cells if cell["id"] == name) for name in names]


def earned(homework, notebook):
    """Run a restored notebook here, and name the tests that pass."""
    passed, names = [], {}
    for cell in restore.restore(notebook, homework).notebook.cells:
        if cell.cell_type == "code":
            with contextlib.suppress(Exception):
                exec(cell.source, names)
                passed += [cell.metadata.nbgrader.grade_id] if execute.is_test(cell) else []
    return sorted(passed)


@pytest.mark.parametrize("gone", [(), ("q1-softmax", "q2-relu")])
@pytest.mark.parametrize(
    "where", ["q1-softmax", "q2-relu", "imports", "q1-test", "a cell before", "a cell behind"]
)
def test_answers_that_were_merged_count_wherever_they_are(homework, where, gone):
    notebook = submission(NO_CODE)
    if where in ids(notebook):
        (cell,) = cells_of(notebook, where)
        cell.source = (cell.source + "\n" if where == "imports" else "") + BOTH
    else:
        place = 1 if where == "a cell before" else len(notebook.cells)
        notebook.cells.insert(place, nbformat.v4.new_code_cell("%matplotlib inline\n" + BOTH, id="own"))
    notebook.cells = [cell for cell in notebook.cells if cell["id"] == where or cell["id"] not in gone]
    if where.startswith("a cell"):
        assert "%matplotlib" in notebook.cells[1 if where == "a cell before" else -1].source
        for cell in notebook.cells:
            cell.source = cell.source.replace("%matplotlib inline", "import math")  # IPython is not here
    assert earned(homework, notebook) == ["q1-test", "q2-test"]
    answered = restore.restore(notebook, homework).answered
    assert sorted(answered) == ["q1-softmax", "q2-relu", "report"]


def test_names_in_cells_with_magic_commands_are_found():
    cell = nbformat.v4.new_code_cell(
        "%matplotlib inline\n!ls\ntry:\n    %time 1\nfinally:\n    x = 1\ndef f(): 2"
    )
    assert restore._defined(cell) == {"x", "f"}
    for more in (
        "f?",
        "?f.x",
        "files = !ls",
        "t = %timeit -o 1",
        "y = (5\n% 3)",
        "z = '''\n%d'''",
        "await f()",
    ):
        cell = nbformat.v4.new_code_cell(f"%%time\n{more}\ndef f(): 2")
        assert "f" in restore._defined(cell), more
    assert restore._defined(nbformat.v4.new_code_cell("def f(:")) == set()
    assert restore._defined(nbformat.v4.new_markdown_cell("x = 1")) == set()


def test_a_copy_of_the_stub_replaces_no_answer(homework):
    notebook = submission()
    notebook.cells += cells_of(homework.released, "q1-softmax", "report")
    restored = restore.restore(notebook, homework)
    assert earned(homework, notebook) == ["q1-test", "q2-test"]
    assert report.look(restored, homework).flags == [] and restored.written["report"] == REPORT


def test_a_test_that_was_moved_before_its_answer_waits_for_it(homework):
    notebook = submission()
    (test,) = cells_of(notebook, "q1-test")
    notebook.cells.remove(test)
    notebook.cells.insert(1, test)
    assert earned(homework, notebook) == ["q1-test", "q2-test"]


def test_a_report_written_elsewhere_is_found(homework):
    stub = homework.released.cells[-1].source
    for place in (0, 3):
        notebook = submission({**ANSWERS, "report": stub})
        notebook.cells.insert(place, nbformat.v4.new_markdown_cell(SECOND_HALF))
        notebook.cells.insert(place, nbformat.v4.new_markdown_cell(FIRST_HALF))
        restored = restore.restore(notebook, homework)
        assert restored.written["report"] == REPORT and report.look(restored, homework).flags == []
    elsewhere = small_homework(
        SOURCE.replace("# # Homework 9: two functions", "# # Homework 9: two functions\n# more")
    )
    assert restore.restore(elsewhere.released, homework).written["report"] == ""
    notebook.cells[-1].source = "Mine."  # what stands in its place goes before
    assert restore.restore(notebook, homework).written["report"] == "Mine."


@pytest.mark.parametrize(
    "pieces",
    [
        lambda text, own, copy: [text(FIRST_HALF), own(SECOND_HALF)],
        lambda text, own, copy: [text(FIRST_HALF), nbformat.v4.new_code_cell("1"), own(SECOND_HALF)],
        lambda text, own, copy: [copy(FIRST_HALF), text(SECOND_HALF)],
        lambda text, own, copy: [text(None), own(FIRST_HALF), own(SECOND_HALF)],
        lambda text, own, copy: [own(FIRST_HALF), text(None), own(SECOND_HALF)],
        lambda text, own, copy: [own(FIRST_HALF), own(SECOND_HALF)],
    ],
    ids=["behind", "around code", "split", "below the stub", "around the stub", "instead of the stub"],
)
def test_pieces_of_a_written_answer_are_joined(homework, pieces):
    notebook = submission()
    answer = notebook.cells.pop()

    def text(source):
        stub = homework.released.cells[-1].source
        return nbformat.from_dict({**answer, "source": source or stub})

    notebook.cells += pieces(text, nbformat.v4.new_markdown_cell, text)
    restored = restore.restore(notebook, homework)
    told = report.look(restored, homework)
    assert (told.flags, told.zero, told.manual) == ([], False, ["report"])
    assert restored.written["report"] == REPORT and told.words == report.count(REPORT)


@pytest.mark.parametrize(
    "data, words",
    [
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"{", "not JSON"),
        (b"[]", "not an object"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{}", "no list of cells"),
        (b'{"cells": [1]}', "cell 0 is not an object"),
        (b'{"cells": [{"cell_type": "code", "source": 5}]}', "source of cell 0"),
        (b'{"worksheets": [], "nbformat": 3}', "format 3"),
    ],
)
def test_what_is_no_notebook_is_told(data, words):
    with pytest.raises(read.Unreadable, match=words):
        read.read(data)


def one_cell(**cell):
    content = {"cells": [{"cell_type": "markdown", "source": "text", **cell}]}
    (made,) = read.read(json.dumps(content).encode()).cells
    return made


@pytest.mark.parametrize(
    "given, kept",
    [
        ({"a.png": {"image/png": "iVBO"}}, {"a.png": {"image/png": "iVBO"}}),
        ({"a.png": {"image/png": ["iV", "BO"]}}, {"a.png": {"image/png": "iVBO"}}),
        ({"a.png": {}, "b": 3}, {"a.png": {}, "b": {}}),
        ([1], {}),
    ],
)
def test_pictures_pasted_into_a_cell_are_kept(given, kept):
    assert one_cell(attachments=given)["attachments"] == kept
    assert one_cell(attachments=given, cell_type="raw")["attachments"] == kept
    assert "attachments" not in one_cell(attachments=given, cell_type="code")


@pytest.mark.parametrize(
    "source, read_as",
    [
        ("half \ud83d of one", "half \ufffd of one"),
        (["both \ud83d", "\ude00"], "both \U0001f600"),
        (None, ""),
        ([], ""),
    ],
)
def test_every_source_becomes_text_that_a_file_can_hold(source, read_as):
    assert one_cell(source=source).source == read_as


@pytest.mark.parametrize("odd", [None, 3, "CS101", [1], {"homework": [2]}])
def test_metadata_may_be_of_any_type(homework, odd):
    keys = ("course", "kernelspec", "language_info", "tags", "authors", "widgets", "title")
    content = json.loads(nbformat.writes(submission()))
    content |= {"metadata": dict.fromkeys(keys, odd), "nbformat": odd, "nbformat_minor": odd}
    for cell in content["cells"]:
        cell["metadata"] |= {"tags": odd, "id": odd, "collapsed": odd}
        cell |= {"outputs": odd, "execution_count": odd, "cell_type": cell["cell_type"]}
    content["cells"] += [{"cell_type": odd, "source": "1", "metadata": odd, "id": odd}]
    content["cells"] += [{"cell_type": "code", "source": "1", "metadata": {"nbgrader": {"grade_id": odd}}}]
    data = json.dumps(content | {"number": 1}).replace('"number": 1', '"number": ' + "1" * 5000)
    restored = restore.restore(read.read(data.encode("utf-16")), homework)
    assert (restored.found, restored.answered) == (1.0, ["q1-softmax", "q2-relu", "report"])
    content["cells"] = content["cells"][:2]
    record = worker.grade(a_task(json.dumps(content).encode()))
    assert record["status"] == "wrong homework" and "17%" in record["message"]


def test_notebooks_of_an_older_format_are_read():
    four = json.dumps(
        {"nbformat": 4, "nbformat_minor": 4, "cells": [{"cell_type": "code", "source": ["a\n", "b"]}]}
    )
    assert [cell.source for cell in read.read(four.encode()).cells] == ["a\nb"]


@pytest.mark.parametrize(
    "outputs, ours, theirs",
    [
        ([], 2.0, 2.0),
        ([("stream", {"name": "stdout", "text": "1.5"})], 2.0, 2.0),
        ([("execute_result", {"data": {"text/plain": "1.5"}})], 1.5, 1.5),
        ([("execute_result", {"data": {"text/plain": "0"}})], 0.0, 0.0),
        ([("execute_result", {"data": {"text/plain": "True"}})], 2.0, 2.0),
        ([("execute_result", {"data": {"text/plain": "-1"}})], 0.0, 2.0),
        ([("execute_result", {"data": {"text/plain": "nan"}})], 0.0, 2.0),
        ([("execute_result", {"data": {"text/plain": "9"}})], 0.0, ValueError),
        ([("stream", {"name": "stderr", "text": "a warning"})], 2.0, 0.0),
    ],
)
def test_points_are_counted_as_nbgrader_counts_but_where_we_say(homework, outputs, ours, theirs):
    from nbgrader.utils import determine_grade

    cell = nbformat.from_dict(next(cell for cell in homework.solved.cells if cell["id"] == "q1-test"))
    cell.outputs = [nbformat.v4.new_output(kind, **content) for kind, content in outputs]
    assert execute.earned(cell) == ours
    if theirs is ValueError:
        with pytest.raises(ValueError):
            determine_grade(cell)
    elif not (outputs and outputs[0][1].get("name") == "stderr" and determine_grade(cell)[0] == 2.0):
        assert determine_grade(cell) == (theirs, 2.0)  # some versions let warnings pass


@pytest.mark.parametrize(
    "line, said",
    [
        ("np.testing.assert_allclose(softmax(np.zeros((2, 4))), 0.25)", "AssertionError: 17 is not 4"),
        (
            "np.testing.assert_allclose(softmax(large_scores), 0.5)",
            "AssertionError: in a test that is not shown",
        ),
        ("something else", "AssertionError: in a test that is not shown"),
    ],
)
def test_messages_of_open_tests_are_told_and_of_hidden_ones_not(homework, line, said):
    cell = nbformat.from_dict(next(cell for cell in homework.solved.cells if cell["id"] == "q1-test"))
    trace = [
        "\x1b[31m---\x1b[39m",
        f"\x1b[32m----> 3\x1b[39m {line}\n      4 other",
        "----> 9 inside a helper",
    ]
    error = {"ename": "AssertionError", "evalue": "17 is not 4", "traceback": trace}
    cell.outputs = [nbformat.v4.new_output("error", **error)]
    ran = execute.Run(homework.solved)
    execute._score(cell, {"content": {"status": "error"}}, ran)
    assert ran.messages == {"q1-test": said} and ran.points == {"q1-test": 0.0}


def run_control(numpy=True):
    """Run a control here, as an honest kernel would, and give (error's name, message) and the answer."""
    source, answer = controls.control(numpy=numpy)
    try:
        exec(compile(source, "control", "exec"), {})
    except Exception as error:
        return (type(error).__name__, str(error)), answer
    return None, answer


FIRST = "import math\n\ndef softmax(f):\n    assert f(1) == 1\n\ndef _inner():\n    return lambda: 2\n"


@pytest.fixture
def checks(tmp_path, monkeypatch):
    """A package helpers.check of this test's own, imported from files."""
    import importlib

    import helpers

    package = tmp_path / "helpers" / "check"
    package.mkdir(parents=True)
    (package / "first.py").write_text(FIRST, encoding="utf-8")
    (package / "__init__.py").write_text("from helpers.check.first import softmax\n", encoding="utf-8")
    monkeypatch.setattr(helpers, "__path__", [str(tmp_path / "helpers"), *helpers.__path__])
    for name in [name for name in sys.modules if (name + ".").startswith("helpers.check.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(helpers, "check", raising=False)
    yield importlib.import_module("helpers.check")
    for name in ("helpers.check", "helpers.check.first"):
        sys.modules.pop(name, None)
    if hasattr(helpers, "check"):
        del helpers.check


def run_guard(homework, names):
    notebook = restore.restore(submission(), homework).notebook
    exec(controls.guard(notebook, len(notebook.cells)), names)
    return names


def test_a_guard_lets_honest_work_pass_and_gives_names_their_meaning_back(homework, checks):
    import numpy

    names = run_guard(homework, {"np": "something else", "softmax": 1})
    assert names["np"] is numpy and names["softmax"] == 1
    assert not [name for name in names if name.startswith("_course")]


@pytest.mark.parametrize("place", ["helpers.check", "helpers.check.first", "code"])
def test_a_guard_finds_a_replaced_check(homework, checks, monkeypatch, place):
    first = sys.modules["helpers.check.first"]
    if place == "code":
        checks.softmax.__code__ = (lambda f: None).__code__
    else:
        monkeypatch.setattr({"helpers.check": checks, "helpers.check.first": first}[place], "softmax", print)
    with pytest.raises((RuntimeError, AttributeError)):
        run_guard(homework, {})


def test_an_honest_python_fails_every_control():
    for numpy in (True, False):
        told, answer = run_control(numpy)
        assert told == ("AssertionError", answer)


COMPARISONS = ["allclose", "isclose", "array_equal", "all", "any"]
COMPARISONS += [
    f"testing.assert_{name}" for name in ("allclose", "array_equal", "array_almost_equal", "equal")
]


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_patched_numpy_passes_a_control_and_is_found(monkeypatch, name):
    import numpy as np

    target, _, attribute = name.rpartition(".")
    monkeypatch.setattr(np.testing if target else np, attribute, lambda *a, **k: True)
    told, answer = run_control()
    assert told != ("AssertionError", answer)


@pytest.mark.parametrize(
    "name, lie", [("all", 1), ("any", 1), ("isinstance", 1), ("abs", 0), ("len", 2), ("round", 7)]
)
def test_a_patched_builtin_passes_a_control_and_is_found(name, lie):
    source, answer = controls.control(numpy=False)
    with pytest.raises(Exception) as told:
        exec(source, {name: lambda *a, **k: lie})
        raise LookupError("no error")
    assert (type(told.value).__name__, str(told.value)) != ("AssertionError", answer)


@pytest.mark.parametrize(
    "reply, shown, believed",
    [
        (("error", "AssertionError", "x"), [("AssertionError", "x")], True),
        (("ok", None, None), [], False),
        (("ok", None, None), [("AssertionError", "x")], False),
        (("error", "AssertionError", "x"), [], False),
        (("error", "AssertionError", "y"), [("AssertionError", "y")], False),
        (("error", "RuntimeError", "x"), [("RuntimeError", "x")], False),
        (("error", "AssertionError", "y"), [("AssertionError", "x")], False),
        (("error", "AssertionError", "x"), [("AssertionError", "y")], False),
    ],
)
def test_a_control_counts_only_with_its_own_answer(reply, shown, believed):
    content = dict(zip(("status", "ename", "evalue"), reply, strict=True))
    outputs = [nbformat.v4.new_output("error", ename=e, evalue=v, traceback=[]) for e, v in shown]
    assert controls.honest(outputs, {"content": content}, "x") is believed


@pytest.mark.parametrize(
    "text, words",
    [
        ("one two three", 3),
        ("# A heading of five words\none", 1),
        ("```python\nx = many_words_of_code\n```\ntext", 1),
        ("same line\n" * 50, 8),
        ("well " * 500, 4),
        ("We saw 0.960 against 0.978 (p = 0.14, n = 400). A b c. It's 3%.", 14),
        ("I counted. This is what the notebook says of it, I agree.", 4),
        ("![a picture of it](attachment:x.png) word https://example.org/a/b", 1),
        ("<!-- a comment --> Größe 3 4 5 naïve", 5),
    ],
)
def test_words_of_a_report(text, words):
    assert report.count(text, "Look: this is what the notebook says of it, and more.") == words


def test_a_picture_that_two_handed_in_is_listed_whatever_it_is_called():
    def packed(year, **files):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, text in files.items():
                archive.writestr(zipfile.ZipInfo(f"{name}.png", (year, 1, 1, 0, 0, 0)), text)
        return buffer.getvalue()

    handed_in = {
        "ada": packed(2026, a="one picture", b="another"),
        "bob": packed(2026, a="of his own", b=""),
        "friend": packed(2027, z="another"),
        "odd": b"PK\x03\x04 no zip",
    }
    records = [{"student": name, "pictures": run._contents(data)} for name, data in handed_in.items()]
    assert run.identical([*records, {"student": "old"}], "pictures") == {"ada": ["friend"], "friend": ["ada"]}


def look(homework, text):
    return report.look(restore.restore(submission({**ANSWERS, "report": text}), homework), homework)


def test_headings_of_a_report(homework):
    assert look(homework, REPORT).flags == []
    other = REPORT.replace("### What I did", "# 1. what I DID:")
    other = other.replace("### What I found", "**What I found**")
    assert look(homework, other).flags == ["report: without the heading What I found"]
    assert not look(homework, other).zero


def test_a_report_is_required_where_the_homework_says_so(homework):
    assert look(homework, "YOUR ANSWER HERE").zero and look(homework, "YOUR ANSWER HERE").manual == []
    assert look(homework, "short").zero and not look(homework, REPORT).zero
    free = small_homework(SOURCE.replace('"required": true', '"required": false'))
    assert not look(free, "short").zero and look(free, "short").flags
    asked = ' report={"required": true, "min_words": 20, "headings": ["What I did", "What I found"]}'
    assert asked in SOURCE
    plain = small_homework(SOURCE.replace(asked, ""))
    assert look(plain, REPORT).zero and "of at least 100" in look(plain, REPORT).flags[0]


def make_zip(path, names, data=None):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, (data or {}).get(name, "{}"))
    return path


CANVAS = [
    "lovelaceada_1234_567890_hw9_small.ipynb",
    "lovelaceada_1234_567891_hw9_small-1.ipynb",
    "hoppergrace_LATE_1235_567892_my_homework final.ipynb",
    "turingalan_1236_567893_answer.pdf",
]
MOODLE = [
    "Ada Lovelace_1234_assignsubmission_file_/hw9.ipynb",
    "Grace Brewster Hopper_1235_assignsubmission_file/deep/er/hw9.ipynb",
    "Alan Turing_1236_assignsubmission_onlinetext_/onlinetext.html",
]
MOODLE_FLAT = [
    "Ada Lovelace_1234_assignsubmission_file_hw9.ipynb",
    "Grace Brewster Hopper_1235_assignsubmission_file_my_hw9_final.ipynb",
    "Alan Turing_1236_assignsubmission_onlinetext_onlinetext.html",
]


def test_a_canvas_export_is_read(tmp_path, homework):
    noise = ["__MACOSX/._lovelaceada_1234_567890_hw9_small.ipynb", ".DS_Store"]
    ada, alan, grace = sorted(
        submissions.collect(make_zip(tmp_path / "submissions.zip", CANVAS + noise), homework),
        key=lambda found: found.student.split("a")[-1] and found.student[::-1],
    )
    found = {one.student: one for one in (ada, alan, grace)}
    assert set(found) == {"lovelaceada 1234", "hoppergrace 1235", "turingalan 1236"}
    assert found["lovelaceada 1234"].entry.name == "hw9_small-1.ipynb"  # the second attempt
    assert found["hoppergrace 1235"].flags == ("late",)
    assert found["turingalan 1236"].entry is None
    assert found["turingalan 1236"].flags == ("no notebook among: answer.pdf",)


@pytest.mark.parametrize("names", [MOODLE, MOODLE_FLAT])
def test_a_moodle_export_is_read_as_zip_and_unpacked(tmp_path, homework, names):
    path = make_zip(tmp_path / "export.zip", names)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    expected = {"Ada Lovelace 1234": True, "Grace Brewster Hopper 1235": True, "Alan Turing 1236": False}
    found = submissions.collect(path, homework)
    assert {one.student: one.entry is not None for one in found} == expected
    found = submissions.collect(tmp_path / "unpacked", homework)
    assert {one.student for one in found if one.entry} == {"Ada Lovelace 1234", "Grace Brewster Hopper 1235"}


WITH_FILE = SOURCE.replace(
    "# %% [markdown]\n# # Homework 9", '# %% [markdown] files=["data.zip"]\n# # Homework 9', 1
)


def test_files_beside_the_notebook_are_found_by_name_in_every_shape(tmp_path):
    wanting = small_homework(WITH_FILE)
    names = [*CANVAS, "lovelaceada_1234_567892_data.zip", "lovelaceada_1234_567893_data-1.zip", MOODLE[0]]
    names += ["Ada Lovelace_1234_assignsubmission_file_/Data.ZIP", "bob/hw9.ipynb", "bob/data.csv"]
    path = make_zip(tmp_path / "export.zip", names)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    for place in (path, tmp_path / "unpacked"):
        found = {one.student: one for one in submissions.collect(place, wanting)}
        assert dict(found["lovelaceada 1234"].files)["data.zip"].name == "data-1.zip"
        assert dict(found["Ada Lovelace 1234"].files)["data.zip"].name == "Data.ZIP"
        assert not found["bob"].files and "without data.zip" in found["bob"].flags


def test_a_file_beside_the_notebook_is_there_when_it_runs(place, tmp_path):
    asks = 'assert open("data.zip").read() == "seventeen" and relu('
    text = WITH_FILE.replace("assert relu(", asks)
    (place / "notebooks" / "source" / "homework" / "hw8_file.py").write_text(text, encoding="utf-8")
    released = submission(homework=homework_module.build(text, "hw8_file", course.Home("owner/name", "main")))
    for student, content in {"ada": "seventeen", "bob": "sixteen", "cid": None}.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        nbformat.write(released, tmp_path / "in" / student / "hw8.ipynb")
        if content:
            (tmp_path / "in" / student / "data.zip").write_text(content)
    trust = [grade.TRUST] if LEVEL == "none" else []
    command = [str(tmp_path / "in"), "--homework", "hw8", "--out", str(tmp_path / "out"), *LIMITS, *trust]
    main(["grade", *command])
    with open(tmp_path / "out" / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: row["q2-test"] for name, row in rows.items()} == {"ada": "1.5", "bob": "0", "cid": "0"}
    assert "without data.zip" in rows["cid"]["flags"] and "without" not in rows["bob"]["flags"]


def packed(members):
    """Zip names, or names with their contents."""
    contents = members if isinstance(members, dict) else dict.fromkeys(members, b"{}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def unmarked(data):
    """Take the mark off that says that names in a zip are UTF-8, as macOS does."""
    assert b"\x00\x08" in data
    return data.replace(b"\x00\x08", b"\x00\x00")


CANVAS_NAME = "lovelaceada_1234_567890_hw9", "hoppergrace_LATE_1235_567891_hw9"
MOODLE_NAME = "Ada Lovelace_1234_assignsubmission_file_", "Grace Hopper_1235_assignsubmission_file_"
GRADESCOPE = "submission_34/hw9.ipynb", "submission_35/hw9.ipynb"
INSIDE = packed(["hw9.ipynb", "__MACOSX/._hw9.ipynb"])
NAMES = {
    "dates": (["2024_10_05_ada.ipynb", "2024_10_05_bob.ipynb"], ["2024_10_05_ada", "2024_10_05_bob"]),
    "homework and date": (["hw9_2024_10_05_ada.ipynb", "hw9_2024_10_05_bob.ipynb"], None),
    "date and time": (["hw9_20241005_1530_ada.ipynb", "hw9_20241005_1712_bob.ipynb"], None),
    "zips of Canvas": (
        {f"{CANVAS_NAME[0]}.zip": INSIDE, f"{CANVAS_NAME[1]}.zip": packed(["a/b/hw9.ipynb"])},
        ["hoppergrace 1235", "lovelaceada 1234"],
    ),
    "zips in folders of Moodle": (
        {f"{MOODLE_NAME[0]}/hw9.zip": INSIDE, f"{MOODLE_NAME[1]}/hw9.zip": INSIDE},
        ["Ada Lovelace 1234", "Grace Hopper 1235"],
    ),
    "zips": ({"ada.zip": INSIDE, "bob.zip": packed(["hw9/hw9.ipynb"])}, ["ada", "bob"]),
    "a class in a zip beside others": (
        {"tuesday.zip": packed(["ada/hw9.ipynb", "bob/hw9.ipynb"]), "cid.ipynb": b"{}"},
        ["ada", "bob", "cid"],
    ),
    "only a PDF": (["ada.pdf", "bob.ipynb", "cid/report.pdf", "README.md"], ["ada", "bob", "cid"]),
    "only what is hidden": (["ada/.DS_Store", "bob/.ipynb_checkpoints/hw9.ipynb"], ["ada", "bob"]),
    "two folders": (["export/hw9/ada.ipynb", "export/hw9/bob.ipynb"], ["ada", "bob"]),
    "three folders": (["export/hw9/ada/hw9.ipynb", "export/hw9/bob/hw9.ipynb"], ["ada", "bob"]),
    "sections": (
        ["section1/ada/x.ipynb", "section1/bob/x.ipynb", "section2/cid/x.ipynb"],
        ["ada", "bob", "cid"],
    ),
    "Moodle, deeper": (
        [f"a/b/{name}/x/hw9.ipynb" for name in MOODLE_NAME],
        ["Ada Lovelace 1234", "Grace Hopper 1235"],
    ),
    "weeks": (["week1/ada/x.ipynb", "week1/bob/x.ipynb", "week2/ada.ipynb"], ["ada", "bob"]),
    "numbers": (["123456/softmax.ipynb", "123457/softmax.ipynb"], ["123456", "123457"]),
    "copies": (["ada/one.ipynb", "ada/two.ipynb", "bob/old/x.ipynb", "bob/new/x.ipynb"], ["ada", "bob"]),
    "dots": (["ada.lovelace/hw9.ipynb", "grace.hopper.ipynb"], ["ada.lovelace", "grace.hopper"]),
    "Blackboard": (
        [
            "Homework 9_ada12_attempt_2024-10-05-12-30-45_hw9.ipynb",
            "Homework 9_ada12_attempt_2024-10-05-12-30-45.txt",
            "Homework 9_grace_h_attempt_2024-10-06-09-00-00_my_hw9.ipynb",
        ],
        ["ada12", "grace_h"],
    ),
    "Gradescope": (
        [f"assignment_12_export/{name}" for name in (*GRADESCOPE, "submission_metadata.yml")],
        ["submission_34", "submission_35"],
    ),
    "dated": (
        ["2024-10-05/ada.ipynb", "2024-10-05/bob.ipynb", "2024_10_06/cid.ipynb"],
        ["ada", "bob", "cid"],
    ),
    "late ones": (["on time/ada.ipynb", "on time/bob.ipynb", "late/cid.ipynb"], ["ada", "bob", "cid"]),
    "ILIAS": (
        ["hw9/Abgaben/Lovelace_Ada_12345/hw9.ipynb", "hw9/Abgaben/Hopper_Grace_12346/hw9.ipynb"],
        ["Hopper_Grace_12346", "Lovelace_Ada_12345"],
    ),
    "two endings": (["ada.ipynb.txt", "bob.IPYNB", "cid/hw9.ipynb.json"], ["ada", "bob", "cid"]),
    "decomposed": (["Jo\u0308rg.ipynb", "J\u00f6rg/hw9.ipynb"], ["J\u00f6rg"]),
}


@pytest.mark.parametrize("unpacked", [True, False], ids=["folder", "zip"])
@pytest.mark.parametrize("shape", NAMES)
def test_every_student_has_one_row_with_their_name(tmp_path, homework, shape, unpacked):
    names, students = NAMES[shape]
    (tmp_path / "export.zip").write_bytes(packed(names))
    place = tmp_path / "export.zip"
    if unpacked:
        place = tmp_path / "in"
        with zipfile.ZipFile(tmp_path / "export.zip") as archive:
            archive.extractall(place)
    found = submissions.collect(place, homework)
    assert [one.student for one in found] == (students or [name.removesuffix(".ipynb") for name in names])
    without = [one.student for one in found if any("no notebook among" in flag for flag in one.flags)]
    assert [one.student for one in found if not one.entry] == without
    assert bool(without) == shape.startswith("only")


@pytest.mark.parametrize(
    "names, students",
    [
        (["ada\\hw9.ipynb", "bob\\hw9.ipynb", "cid\\"], ["ada", "bob", "cid"]),
        ([f"{name}\\hw9.ipynb" for name in MOODLE_NAME], ["Ada Lovelace 1234", "Grace Hopper 1235"]),
        (["/ada/hw9.ipynb", "/bob.ipynb", "../../cid/hw9.ipynb"], ["ada", "bob", "cid"]),
        (["C:\\Users\\ada\\hw9.ipynb", "/home/bob/Desktop/hw9.ipynb", "cid/x.ipynb"], ["ada", "bob", "cid"]),
        (["Monday/ada/x.ipynb", "Monday/bob/x.ipynb", "Friday/cid/x.ipynb"], ["ada", "bob", "cid"]),
        (["hw9/ada.ipynb"], ["ada"]),
        (["ada/hw9.ipynb"], ["ada"]),
    ],
)
def test_names_in_zips_of_other_systems(tmp_path, homework, names, students):
    (tmp_path / "export.zip").write_bytes(packed(names))
    assert [one.student for one in submissions.collect(tmp_path / "export.zip", homework)] == students


def test_the_last_attempt_on_blackboard_counts(tmp_path, homework):
    for time, text in (("10-09-08-00", "1"), ("09-30-08-00", "2"), ("10-10-07-00", "3")):
        name = f"hw9_ada12_attempt_2024-{time}-00_hw9.ipynb"
        (tmp_path / name).write_text(text)
    (found,) = submissions.collect(tmp_path, homework)
    assert (found.student, found.entry.read()) == ("ada12", b"3")


def test_names_that_are_not_marked_as_utf8(tmp_path, homework):
    (tmp_path / "export.zip").write_bytes(unmarked(packed(["J\u00f6rg/hw9.ipynb", "\u0141ukasz/hw9.ipynb"])))
    found = submissions.collect(tmp_path / "export.zip", homework)
    assert [one.student for one in found] == ["J\u00f6rg", "\u0141ukasz"]
    assert all(one.entry.read() == b"{}" for one in found)


@pytest.mark.parametrize("names", [("hw9.ipynb", "hw9-done.ipynb"), ("zz/hw9.ipynb", "aa/hw9.ipynb")])
@pytest.mark.parametrize("kind", ["answered", "in a cell of its own", "with changed tests"])
def test_of_handout_and_copies_the_one_with_most_answers_counts(tmp_path, homework, names, kind):
    handout, copy = names
    best = submission({**NO_CODE, "q1-softmax": ANSWERS["q1-softmax"]})
    if kind == "in a cell of its own":
        best = submission({})
        best.cells.append(nbformat.v4.new_code_cell(BOTH))
    if kind == "with changed tests":
        best.cells = [cell for cell in best.cells if cell["id"] not in ("q1-test", "q2-test")]
    contents = {
        copy: nbformat.writes(best),
        handout: nbformat.writes(homework.released),
        "z/broken.ipynb": "{",
    }
    contents["z/other.ipynb"] = nbformat.writes(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BOTH)])
    )
    for name, text in contents.items():
        (tmp_path / "ada" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ada" / name).write_text(text, encoding="utf-8")
    (found,) = submissions.collect(tmp_path, homework)
    assert found.entry.read().decode() == contents[copy]
    assert found.flags == (f"4 notebooks, took {Path(copy).name}",)


class Inline:
    """An executor that does the work at once, and here."""

    def submit(self, function, *arguments):
        future = futures.Future()
        future.set_result(function(*arguments))
        return future


def entries_broken(data, name):
    """Make three bad entries of one in a zip: encrypted, packed with Deflate64, damaged."""
    head, table = data.index(name) - 30, data.rindex(name) - 46
    for places in ({head + 6: 1, table + 8: 1}, {head + 8: 9, table + 10: 9}, {head + 31 + len(name): 0}):
        changed = bytearray(data)
        for place, value in places.items():
            changed[place] = value
        yield bytes(changed)


def test_one_bad_file_stops_no_class(place, tmp_path, monkeypatch):
    handed_in, good = tmp_path / "in", nbformat.writes(submission())
    zipped = packed({"hw9.ipynb": good})
    files = {f"bad{number}.zip": data for number, data in enumerate(entries_broken(zipped, b"hw9.ipynb"))}
    files |= {"torn.zip": zipped[:-50], "none.zip": b"", "ada.ipynb": good, "J\udcf6rg.ipynb": good}
    files["nul.zip"] = packed({"hw9.ipynb~": good}).replace(b"ipynb~", b"ipynb\0")
    files["long.zip"] = packed({"a/" * 300 + "b" * 3000 + ".ipynb": good})
    files["emoji.ipynb"] = good.replace('"### What', '"\\ud83d ### What')
    handed_in.mkdir()
    for name, content in files.items():
        with open(os.path.join(os.fsencode(handed_in), os.fsencode(name)), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    monkeypatch.setattr(worker, "_run", ran)
    monkeypatch.setattr(run, "run_task", lambda task: json.loads(json.dumps(worker.grade(task))))
    monkeypatch.setattr(run, "executor", lambda *_: contextlib.nullcontext(Inline()))
    monkeypatch.setattr(grade, "_isolation", lambda options: "NONE")
    command = [str(handed_in), "--homework", "hw9", "--out", str(tmp_path / "out"), *LIMITS]
    for _ in range(2):
        assert main(["grade", *command]) == 0
    with open(tmp_path / "out" / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    right = ["J\u00f6rg", "ada", "emoji", "long", "nul"]
    assert sorted(rows) == sorted([*right, "bad0", "bad1", "bad2", "torn", "none"])
    assert [rows[name]["points"] for name in right] == ["3.5"] * 5
    assert rows["ada"]["message"] == "half an emoji and"
    said = {name: " ".join([row["message"], row["flags"]]) for name, row in rows.items()}
    assert "encrypted" in said["bad0"] and "not supported" in said["bad1"] and "Bad CRC" in said["bad2"]
    assert "torn.zip can not be opened" in said["torn"] and "none.zip can not be opened" in said["none"]
    assert len(list((tmp_path / "out" / "feedback").iterdir())) == 10


def test_of_several_notebooks_the_one_of_this_homework_counts(tmp_path, homework):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "hw9-renamed by me.ipynb").write_text(nbformat.writes(submission()), encoding="utf-8")
    (tmp_path / "ada" / "zz-9.ipynb").write_text("{}", encoding="utf-8")
    (found,) = submissions.collect(tmp_path, homework)
    assert (found.student, found.entry.name) == ("ada", "hw9-renamed by me.ipynb")
    assert found.flags == ("2 notebooks, took hw9-renamed by me.ipynb",)


def test_links_of_students_are_not_followed(tmp_path, homework):
    secret, inside = tmp_path / "secret", tmp_path / "in"
    for folder in (secret, inside, inside / "ada"):
        folder.mkdir()
    (secret / "hw9.ipynb").write_text("{}", encoding="utf-8")
    (inside / "ada" / "hw9.ipynb").symlink_to(secret / "hw9.ipynb")
    (inside / "bob.ipynb").symlink_to(secret / "hw9.ipynb")
    found = submissions.collect(inside, homework)
    assert [(one.student, one.entry) for one in found] == [("ada", None)]


def test_what_holds_no_submissions_is_told(tmp_path, homework):
    with pytest.raises(ValueError, match="There is no"):
        submissions.collect(tmp_path / "nowhere", homework)
    with pytest.raises(ValueError, match="holds no notebook"):
        submissions.collect(tmp_path, homework)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ValueError, match="damaged"):
        submissions.collect(tmp_path / "broken.zip", homework)


def test_a_huge_file_is_read_up_to_its_limit(tmp_path, homework, monkeypatch):
    monkeypatch.setattr(submissions, "LARGEST", 1000)
    monkeypatch.setattr(read, "LARGEST", 1000)
    path = make_zip(tmp_path / "x.zip", ["ada.ipynb"], {"ada.ipynb": " " * 10**6})
    (found,) = submissions.collect(path, homework)
    assert len(found.entry.read()) == 1001
    with pytest.raises(read.Unreadable, match="is the limit"):
        read.read(found.entry.read())


def test_names_of_students_reach_no_formula_and_no_folder(homework, tmp_path):
    names = ["=cmd|' /C calc'!A0", "../../etc/passwd", "a/b", "A B", "A_B"]
    everyone = [submissions.Submission(name, None) for name in names]
    places = [place for place, _ in run._places(everyone)]
    assert len(set(places)) == len(names) and not any("/" in place or ".." in place for place in places)
    record = {**worker.blank({"student": names[0]}, "empty", "+1"), "file": "@x"}
    text = run.table([record], homework)
    assert "'=cmd" in text and "'+1" in text and "'@x" in text


def ran(notebook, task):
    """Stand for a run in a kernel that earned every point, and left half an emoji behind."""
    points = {"q1-test": 2.0, "q2-test": 1.5}
    return execute.Run(notebook, message="half an emoji \ud83d and \x00", points=points)


def slow(*_):
    threading.Event().wait(60)


def broken(*_):
    raise RecursionError


@pytest.mark.parametrize("exporting, why", [(slow, "KeyboardInterrupt"), (broken, "RecursionError")])
def test_a_page_that_can_not_be_built_costs_no_points(monkeypatch, exporting, why):
    monkeypatch.setattr(worker, "_run", ran)
    monkeypatch.setattr(feedback, "SECONDS", 1, raising=False)
    monkeypatch.setattr(feedback.HTMLExporter, "from_notebook_node", exporting)
    record = worker.grade(one_task(submission()))
    assert record["points"] == {"q1-test": 2.0, "q2-test": 1.5}
    assert record["flags"] == [f"feedback without the notebook: it can not be shown ({why})"]
    assert "2 of 2 points" in record["feedback"] and "softmax(" not in record["feedback"]


def test_a_page_shows_pasted_pictures_and_what_markdown_means(homework):
    notebook = submission()
    text = "# Head\n\n![it](attachment:a.png) ![far](https://example.org/b.png) [l](https://example.org)"
    notebook.cells[-1].update(source=text + " ![](attachment:lost.png) [d](data:text/html,x)\n\n> said")
    notebook.cells[-1]["attachments"] = {"a.png": {"image/png": "iVBORw0KGgo="}, "lost.png": {}}
    shown = feedback.page(worker.blank({"student": "ada"}), notebook, homework)
    (picture,) = re.findall("<img[^>]*>", shown)
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in picture and 'alt="it"' in picture
    assert '<h1 id="Head">' in shown and "<blockquote>" in shown and '<a href="https://example.org">' in shown
    assert "data:text" not in shown and "b.png" not in shown


@pytest.mark.parametrize(
    "name, written",
    [
        ("my picture (1).png", "![x](attachment:my%20picture%20(1).png)"),
        ("my picture.png", "![x](attachment:my picture.png)"),
        ("B\u00e4r.png", "![x](attachment:B\u00e4r.png)"),
        ("a]b.png", "![x](attachment:a]b.png)"),
        ("a.png", "![x][1]\n\n[1]: attachment:a.png"),
        ("a.png", "![](attachment:) ![](attachment:b%20c.png) ![x](attachment:a.png)"),
        ("a.png2", "![x](attachment:a.png2)"),
    ],
)
def test_pasted_pictures_are_shown_whatever_they_are_called(homework, name, written):
    notebook = submission()
    notebook.cells[-1].update(
        source=f"An attachment: see 0.png, pasted: below. ![](attachment:a.png3)\n\n{written}"
    )
    pictures = {name: {"image/png": "iVBORw0KGgo="}} | (
        {"a.png": {"image/gif": "R0lG"}} if "2" in name else {}
    )
    notebook.cells[-1]["attachments"] = pictures
    shown = feedback.page(worker.blank({"student": "ada"}), notebook, homework)
    assert re.findall('<img[^>]* src="([^"]*)"', shown) == ["data:image/png;base64,iVBORw0KGgo="]
    assert "An attachment: see 0.png, pasted: below." in shown


def test_a_page_shows_nothing_that_runs(homework):
    notebook = restore.restore(submission(), homework).notebook
    cell = notebook.cells[ids(notebook).index("q1-softmax")]
    evil = {"text/html": "<img src=x onerror=alert(1)><script>alert(2)</script><b>bold</b>"}
    cell.outputs = [
        nbformat.v4.new_output("display_data", evil),
        nbformat.v4.new_output("display_data", {"application/javascript": "alert(3)"}),
        nbformat.v4.new_output("stream", text="large_scores = np.array([[1000.0, 1000.0]])"),
    ]
    notebook.cells.append(nbformat.v4.new_markdown_cell("<script>alert(4)</script> fine"))
    record = worker.blank({"student": "<script>x"}, "ok", "")
    text = feedback.page(record, notebook, homework)
    assert "<b>bold</b>" in text and "fine" in text
    for words in ("<script", "<img", "alert(3)", "large_scores"):
        assert words not in text, words


def test_an_error_that_tells_a_hidden_test_is_not_shown():
    """Code can raise what it saw; the page keeps the points, and other messages."""
    secret = next(line for line in official.secret_lines(small_homework()) if "large_scores" in line)
    said = {
        "message": f"cell 5: Seen: {secret}",
        "messages": {"q1-test": f"Seen: {secret}", "q2-test": "Own"},
    }
    record = worker.blank({"student": "ada"}, "error") | said
    text = html.unescape(feedback.page(record, None, small_homework()))
    assert secret not in text and "0 of 2 points." in text and "0 of 1.5 points. Own" in text
