"""What threads cost: a lesson under three settings of TensorFlow, and two lessons at a time.

For `make bench`; prints wall and CPU seconds. `helpers.start` and `make lessons` follow what it measures.
"""

import os
import resource
import subprocess
import sys
import time

from helpers import ROOT, share_cores

LESSONS = ["03", "02"]
SETTINGS = {
    "TensorFlow's own": {},
    "one operation at a time": {"TF_NUM_INTEROP_THREADS": "1"},
    "half the cores": share_cores(2),
}


def start(lesson, settings, out):
    """Start a lesson in a process of its own."""
    command = [sys.executable, "-m", "helpers.staff", "lessons", lesson, "--out", str(out / lesson)]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stdout=subprocess.DEVNULL)


def seconds(lessons, settings, out, *, together=False):
    """Run lessons one after the other, or together; give wall and CPU seconds."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    running = []
    for lesson in lessons:
        running.append(start(lesson, settings, out))
        if not together:
            running[-1].wait()
    assert [process.wait() for process in running] == [0] * len(lessons)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - began, sum(after[:2]) - sum(before[:2])


def test_threads_of_a_lesson(tmp_path, capsys):
    for name, settings in SETTINGS.items():
        wall, cpu = seconds(LESSONS[:1], settings, tmp_path)
        with capsys.disabled():
            print(f"\nlesson {LESSONS[0]}, {name}: {wall:.0f} s, {cpu:.0f} s of CPU", end="")


def test_two_lessons_at_a_time(tmp_path, capsys):
    turns, _ = seconds(LESSONS, SETTINGS["TensorFlow's own"], tmp_path)
    together, _ = seconds(LESSONS, share_cores(2), tmp_path, together=True)
    with capsys.disabled():
        print(
            f"\nlessons {' and '.join(LESSONS)}, together with a thread each: {turns / together:.2f} x faster"
        )
