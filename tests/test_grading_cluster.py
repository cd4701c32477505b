"""Grading on a Dask cluster: the same results as on this machine."""

import os

import nbformat
import pytest
from homework_samples import ANSWERS, small_course, submission

from helpers import ROOT
from helpers.staff import grade
from helpers.staff.__main__ import main
from helpers.staff.grading import isolation, run

distributed = pytest.importorskip(
    "distributed", reason="DASK IS NOT INSTALLED, so no cluster is tested: pip install -e '.[dask]'"
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    half = {**ANSWERS, "q2-relu": "def relu(z):\n    return z"}
    (handed_in / "ada.ipynb").write_text(nbformat.writes(submission()), encoding="utf-8")
    (handed_in / "bob.ipynb").write_text(nbformat.writes(submission(half)), encoding="utf-8")
    dead = submission(extra=["import os\nos._exit(0)"])
    (handed_in / "dead.ipynb").write_text(nbformat.writes(dead), encoding="utf-8")
    (handed_in / "none.ipynb").write_text("", encoding="utf-8")
    with small_course(tmp_path):
        yield tmp_path


def without_seconds(path):
    return [line.rpartition(",")[0] for line in path.read_text(encoding="utf-8").splitlines()]


def test_two_workers_give_the_same_grades_as_this_machine(place, capsys):
    trust = [grade.TRUST] if isolation.level()[0] == "none" else []
    command = [str(place / "in"), "--homework", "hw9", "--jobs", "2", *trust, "--out"]
    assert main(["grade", *command, str(place / "local")]) == 0
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options, silence_logs="ERROR") as cluster:
        address = cluster.scheduler_address
        assert address.startswith("tcp://")
        assert main(["grade", *command, str(place / "cluster"), "--scheduler", address]) == 0
    local = without_seconds(place / "local" / "grades.csv")
    assert without_seconds(place / "cluster" / "grades.csv") == local
    assert [line.split(",")[2:4] for line in local[1:]] == [
        ["ok", "3.5"],
        ["ok", "2"],
        ["killed kernel", "2"],
        ["empty", "0"],
    ]
    assert len(list((place / "cluster" / "feedback").glob("*.html"))) == 4


def test_a_cluster_that_does_not_answer_is_told(place, monkeypatch, capsys):
    from functools import partial

    monkeypatch.setattr(distributed, "Client", partial(_impatient, distributed.Client))
    command = [str(place / "in"), "--homework", "hw9", "--out", str(place / "out")]
    assert main(["grade", *command, "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err


def _impatient(client, address, timeout):
    return client(address, timeout=1)


def test_without_dask_the_cure_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ValueError, match=r"pip install -e '\.\[dask\]'"), run.executor(1, "tcp://x"):
        pass
