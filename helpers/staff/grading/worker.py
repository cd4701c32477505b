"""Grade one submission, in a process of its own inside the outer wall.

    python -m helpers.staff.grading.worker < TASK.json > RECORD.json

Started behind `isolation.outer_wall`. This process holds the tests; the submission's kernel is its child,
behind `isolation.inner_wall`, and can not see it.
"""

import base64
import contextlib
import glob
import json
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

from helpers.staff.grading import execute, feedback, isolation, read, report, restore
from helpers.staff.grading.limits import Limits
from helpers.staff.grading.official import unpack

FILES = 20_000  # how many a submission may make: each takes memory, be it empty


def grade(task: dict) -> dict:
    """Grade one submission: the record of `blank`, filled in, with whatever is wrong; "feedback" is HTML.

    A task is one of `isolation.room`; it holds "student", "data" (base64 of the file), "homework", "limits",
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
    limits, walled = Limits(**task["limits"]), task["level"] in isolation.WALLS
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", isolation.connection(task)]
    options = {"kernel": [*isolation.inner_wall(task), *command], "environment": isolation.environment(task)}
    own = Path(task["place"], "own") if walled else None
    with Watch(limits, own, 1 if task["level"] == isolation.NO_USERNS else 2) as watch:
        run = execute.execute(notebook, limits=limits, work=isolation.put_files(task), **options)
    isolation.end(task)
    if watch.hit and run.status in ("killed kernel", "ok", "error"):
        run.status, run.message = watch.hit
    return run


class Watch:
    """Kill the processes of a submission when together they take more than they may.

    `own` is the file system that it writes to, None where there is none, and nothing is watched; `spaces` how
    many user namespaces the walls make. Old bubblewrap limits neither its size (0.7) nor namespaces (0.8).
    """

    def __init__(self, limits: Limits, own: Path | None, spaces: int):
        self.limits, self.own, self.spaces, self.hit = limits, own, spaces, ()
        self.stop = threading.Event()

    def __enter__(self):
        if self.own:  # elsewhere the processes of others would be seen
            threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stop.set()

    def _watch(self):
        while not self.stop.wait(0.2):
            others = [pid for pid in psutil.pids() if pid != os.getpid()]
            with contextlib.suppress(OSError, psutil.Error):
                self.hit = self.hit or self._over(others)
            for pid in others if self.hit else ():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    def _over(self, pids):
        most, room, disk = self.limits.memory, self.limits.disk, os.statvfs(self.own)
        if used("memory_info", "rss") > most and used("memory_full_info", "pss") > most:  # pss takes longer
            return "memory", f"its processes took more than {most / 2**30:g} GB together"
        if len(set(map(namespace, pids)) - {0}) > self.spaces:
            return "killed kernel", "it made a namespace of its own"
        taken = (disk.f_blocks - disk.f_bfree) * disk.f_frsize + nameless(pids)
        if disk.f_files - disk.f_ffree > FILES or taken > room + disk.f_frsize:
            return "file limit", f"it made more than {FILES} files, or {room / 2**20:g} MB of them"
        return ()


def nameless(pids: list[int]) -> int:
    """Bytes of memory in files that have no name (memfd_create), and in System V's shared memory."""
    found = {}
    for path in (path for pid in pids for path in glob.glob(f"/proc/{pid}/fd/*")):
        with contextlib.suppress(OSError):
            if os.readlink(path).startswith("/memfd:"):
                found[os.stat(path).st_ino] = 512 * os.stat(path).st_blocks
    with contextlib.suppress(OSError):
        rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
        found[""] = sum(int(number) for row in rows for number in row.split()[-2:])
    return sum(found.values())


def used(what: str, part: str) -> int:
    """Bytes of memory that all other processes have in use, by one of psutil's measures and a part of it."""
    found = [one.info[what] for one in psutil.process_iter([what]) if one.pid != os.getpid()]
    return sum(getattr(measure, part) for measure in found if measure)


def namespace(pid: int) -> int:
    """Number of the user namespace that a process is in; 0 when it is gone."""
    with contextlib.suppress(OSError):
        return os.stat(f"/proc/{pid}/ns/user").st_ino
    return 0


def main() -> int:
    """Read a task, write its record; nothing else reaches standard output."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        task = json.load(sys.stdin)
        # A kernel that floods the worker with its answers must not take more than one that floods itself.
        resource.setrlimit(resource.RLIMIT_DATA, (task["limits"]["memory"],) * 2)
        began = time.monotonic()
        record = grade(task)
        record["seconds"] = round(time.monotonic() - began, 2)
        json.dump(record, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
