import contextlib
import os
import platform
import random
import re
import subprocess
from types import SimpleNamespace

import conftest
import machine
import pytest
from scheduler import NOTEBOOK, pytest_xdist_make_scheduler

pytest.importorskip("xdist")
FILES = {"a": 3, "b": 1, "c": 5, "d": 2}
TESTS = [f"tests/test_{name}.py::test_{number}" for name, count in FILES.items() for number in range(count)]
TESTS += [f"tests/test_n.py::test_nbval_passes[{number}]" for number in range(3)]


class Worker:
    """What a scheduler sees of a process, which begins a test once it knows whether another follows."""

    def __init__(self, scheduler):
        self.waiting, self.shutting_down, self.gateway = [], False, SimpleNamespace(id="gw")
        scheduler.add_node(self)

    def send_runtest_some(self, places):
        assert not self.shutting_down
        self.waiting += places

    def shutdown(self):
        self.shutting_down = True

    def can_begin(self):
        return len(self.waiting) > 1 - self.shutting_down


def run(count, deadly, chance):
    """Run all tests on so many workers, in any order; one that dies in a deadly test is replaced."""
    option = SimpleNamespace(loadscopereorder=False)
    config = SimpleNamespace(option=option, getvalue=lambda name: [f"{count}*popen"])
    scheduler = pytest_xdist_make_scheduler(config, SimpleNamespace(loadscopesched=lambda *told: None))
    workers, passed, died = [Worker(scheduler) for _ in range(count)], {}, []
    for worker in workers:
        scheduler.add_node_collection(worker, TESTS)
    scheduler.schedule()
    while ready := [worker for worker in workers if worker.can_begin()]:
        worker = chance.choice(ready)
        place = worker.waiting.pop(0)
        if TESTS[place] not in deadly:
            assert passed.setdefault(TESTS[place], worker) is worker
            scheduler.mark_test_complete(worker, place)
            continue
        died.append(scheduler.remove_node(worker))
        workers[workers.index(worker)] = new = Worker(scheduler)
        scheduler.add_node_collection(new, TESTS)
        scheduler.schedule()
    assert all(worker.shutting_down and scheduler.remove_node(worker) is None for worker in workers)
    return passed, died


@pytest.mark.parametrize("seed", range(20))
def test_a_run_ends_whatever_dies(seed):
    chance = random.Random(seed)
    deadly = set(chance.sample(TESTS, seed % 4))
    passed, died = run(1 + seed % 3, deadly, chance)
    assert sorted(passed) == sorted(set(TESTS) - deadly) and sorted(died) == sorted(deadly)


def test_a_file_stays_on_one_worker(monkeypatch):
    monkeypatch.setattr("scheduler.cores", lambda: 2)  # with one, the second worker takes all the files
    passed, _ = run(2, set(), random.Random(0))
    workers = [
        {worker for test, worker in passed.items() if test.startswith(f"tests/test_{f}.")} for f in FILES
    ]
    assert [len(some) for some in workers] == [1] * len(FILES) and len(set.union(*workers)) == 2


@pytest.mark.parametrize("seed", range(5))
def test_notebooks_keep_the_cores_and_the_worker_more_begins_with_a_file(seed, monkeypatch):
    monkeypatch.setattr("scheduler.cores", lambda: 2)
    passed, _ = run(3, set(), random.Random(seed))
    firsts = {}
    for test, worker in passed.items():
        firsts.setdefault(worker, test)
    assert sorted(NOTEBOOK in test for test in firsts.values()) == [False, True, True]


def turns():
    told = subprocess.run(["cat", "/proc/self/sched"], capture_output=True, text=True, check=True).stdout
    found = {line.split()[0]: line.split()[-1] for line in told.splitlines() if " : " in line}
    return int(found["policy"]), int(found.get("se.slice", 0))


def turns_during(*fixtures):
    hook = conftest.pytest_runtest_protocol(SimpleNamespace(fixturenames=fixtures))
    next(hook)
    told = turns()
    with contextlib.suppress(StopIteration):
        hook.send(None)
    return told


@pytest.mark.skipif(not os.path.exists("/proc/self/sched"), reason="only Linux shows turns")
def test_only_tests_without_a_browser_have_long_turns():
    long = turns()
    if (
        platform.machine() not in machine.SCHED_SETATTR
        or os.sched_getscheduler(os.getppid()) != os.SCHED_OTHER
    ):
        pytest.skip("turns are left as they are on this processor, and under another policy than the usual")
    machine._turns(os.SCHED_OTHER, 0)  # as between tests
    short = turns()
    assert turns_during("page", "browser") == short and turns_during("root") == long and turns() == short
    assert (short[0], long[0]) == (os.SCHED_OTHER, os.SCHED_BATCH)
    if [int(number) for number in re.findall(r"\d+", platform.release())[:2]] >= [6, 12]:
        assert long[1] == machine.TURN * 1e9
