"""Grade one submission, in a process of its own inside the outer wall.

    python -m helpers.staff.grading.worker < TASK.json > RECORD.json

Started by `isolation.outer_wall`. This process holds the tests; the submission's kernel is its child, behind
the inner wall (see `jail`), and can not see it.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat

from helpers.staff.grading import execute, feedback, isolation, jail, read, report, restore
from helpers.staff.grading.limits import Limits
from helpers.staff.grading.official import Homework

PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


def grade(task: dict) -> dict:
    """Grade one submission: the record of `blank`, filled in, with whatever is wrong; "feedback" is HTML.

    A task holds "student", "data" (base64 of the file), "homework", "limits", "level" of isolation, "uid",
    "threads", and perhaps "files": name -> base64 of what was handed in beside the notebook.
    """
    homework, record = unpack(task["homework"]), blank(task)
    notebook = _grade(base64.b64decode(task["data"]), task, homework, record)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(feedback.SECONDS)
    try:
        record["feedback"] = feedback.page(record, notebook, homework)
    except (Exception, KeyboardInterrupt) as error:  # a page that can not be built costs no points
        record["flags"].append(f"feedback without the notebook: it can not be shown ({type(error).__name__})")
        record["feedback"] = feedback.page(record, None, homework)
    finally:
        signal.alarm(0)
    return record


def blank(task: dict, status: str = "ok", message: str = "") -> dict:
    """Write the record of a submission before it is graded, or where it could not be."""
    record = {"student": task["student"], "status": status, "message": message, "flags": [], "points": {}}
    record |= {"messages": {}, "manual": [], "words": 0, "zero": False, "seconds": 0.0}
    return record | {"fingerprint": "", "feedback": ""}


def _grade(data, task, homework, record):
    if task.get("fault"):  # says why there is no data
        record.update(status="malformed notebook", message=task["fault"])
        return None
    if not data.strip():
        record.update(status="empty", message="the file is empty")
        return None
    try:
        submitted = read.read(data)
    except read.Unreadable as error:
        record.update(status="malformed notebook", message=str(error))
        return None
    restored = restore.restore(submitted, homework)
    if restored.found < restore.ENOUGH:
        course = submitted.metadata.get("course")
        named = str(course.get("homework") if isinstance(course, dict) else "another notebook")[:80]
        words = f"it holds {restored.found:.0%} of the cells of {homework.name}, and calls itself {named}"
        record.update(status="wrong homework", message=words)
        return None
    written = report.look(restored, homework)
    record.update(manual=written.manual, words=written.words, zero=written.zero)
    record.update(flags=[*restored.flags, *written.flags], fingerprint=restore.fingerprint(restored))
    if not restored.answered:
        record.update(status="empty", message="no answer differs from the stub")
        return None
    run = _run(restored.notebook, task)
    record.update(status=run.status, message=run.message, points=run.points, messages=run.messages)
    record["seconds"] = run.seconds
    if run.forged:
        record["points"] = dict.fromkeys(run.points, 0.0)
        record["manual"] = [*record["manual"], "all: controls failed"]
        record["flags"].append("forged results: the cells around the tests show that no test can be believed")
    return run.notebook


def _run(notebook, task):
    limits = Limits(**task["limits"])
    environment = isolation.environment(task["threads"])
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", f"{jail.HOME}/connection.json"]
        if task["level"] == "none":
            own = ("HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "COURSE_CACHE")
            environment |= dict.fromkeys(own, folder)
        own = {"uid": task["uid"], "files": task.get("files")}
        spec = isolation.write_spec(Path(folder), task["level"], limits, command, environment, **own)
        kernel = [sys.executable, "-I", jail.__file__, str(spec), "{connection_file}"]
        with Watch(limits.memory, walled=task["level"] != "none") as watch:
            run = execute.execute(notebook, limits=limits, kernel=kernel, environment=environment)
    if watch.hit and run.status in ("killed kernel", "ok", "error"):
        run.status = "memory"
        run.message = f"its processes took more than {limits.memory / 2**30:g} GB together"
    return run


class Watch:
    """Kill the processes of a submission when together they take more memory than they may."""

    def __init__(self, most: int, *, walled: bool):
        self.most, self.walled, self.hit = most, walled, False
        self.stop = threading.Event()

    def __enter__(self):
        if self.walled:  # elsewhere the processes of others would be seen
            threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stop.set()

    def _watch(self):
        while not self.stop.wait(0.2):
            others = [int(name) for name in os.listdir("/proc") if name.isdigit()]
            others.remove(os.getpid())
            if sum(map(resident, others)) > self.most and sum(map(proportional, others)) > self.most:
                self.hit = True
                for pid in others:
                    with contextlib.suppress(OSError):
                        os.kill(pid, signal.SIGKILL)


def resident(pid: int) -> int:
    """Bytes of memory that a process has in use, shared ones included; 0 when it is gone."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_SIZE
    return 0


def proportional(pid: int) -> int:
    """Bytes of memory that a process has in use, of shared ones its part."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return 0


def pack(homework: Homework) -> dict:
    """Make plain JSON of a homework."""
    return {"name": homework.name, "solved": dict(homework.solved), "released": dict(homework.released)}


def unpack(packed: dict) -> Homework:
    """Make a homework of plain JSON."""
    notebooks = (nbformat.from_dict(packed[key]) for key in ("solved", "released"))
    return Homework(packed["name"], *notebooks)


def loopback_up() -> None:
    """Switch the loopback of a fresh network namespace on; kernel and worker talk over it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        request = struct.pack("16sh14x", b"lo", 1)  # IFF_UP
        with contextlib.suppress(OSError):
            fcntl.ioctl(wire, 0x8914, request)  # SIOCSIFFLAGS


def main() -> int:
    """Read a task, write its record; nothing else reaches standard output."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        task = json.load(sys.stdin)
        if task["level"] != "none":
            loopback_up()
        # A kernel that floods the worker with its answers must not take more than one that floods itself.
        resource.setrlimit(resource.RLIMIT_DATA, (task["limits"]["memory"],) * 2)
        began = time.monotonic()
        record = grade(task)
        record["seconds"] = round(time.monotonic() - began, 2)
        json.dump(record, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
