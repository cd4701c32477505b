"""Grade many submissions: side by side, resumable, each in a process of its own."""

import base64
import contextlib
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import asdict, dataclass
from pathlib import Path

from helpers import ROOT, assets
from helpers.staff.grading import isolation, worker
from helpers.staff.grading.limits import Limits
from helpers.staff.grading.official import Homework, is_test, nbgrader, pack
from helpers.staff.grading.read import Unreadable
from helpers.staff.grading.submissions import Submission

GRACE = 150  # seconds beyond a submission's own for starting and for writing the page
BROKEN = "grader error"


@dataclass(frozen=True)
class Job:
    """What is the same for all submissions of a run."""

    homework: Homework
    limits: Limits
    out: Path
    threads: int = 1
    trusted: bool = False

    @property
    def mark(self) -> str:
        """Hash of everything but the submission that its points depend on."""
        text = json.dumps([pack(self.homework), asdict(self.limits)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def run_task(task: dict) -> dict:
    """Grade one submission in a worker process, on whichever machine this is called.

    Never raises for what a submission does. A worker that breaks or does not end is a record as well, with
    the status "grader error" or "timeout".
    """
    level, reason = isolation.level()
    if level not in isolation.WALLS and not task["trusted"]:
        return worker.blank(task, BROKEN, f"no isolation on this machine: {reason}")
    with contextlib.ExitStack() as stack:
        task = stack.enter_context(isolation.room(level, **task))
        command = [*isolation.outer_wall(task), sys.executable, "-m", "helpers.staff.grading.worker"]
        options = {**dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE), "cwd": ROOT}
        process = stack.enter_context(subprocess.Popen(command, **options))
        try:
            text = json.dumps(task).encode()
            said, errors = process.communicate(text, timeout=task["limits"]["seconds"] + GRACE)
            return json.loads(said)
        except subprocess.TimeoutExpired:
            return worker.blank(task, "timeout", "the notebook did not end, and neither did what watched it")
        except json.JSONDecodeError:
            words = " ".join(errors.decode(errors="replace").split())[-300:]
            return worker.blank(task, BROKEN, f"the worker ended with {process.returncode}: {words}")
        finally:
            process.kill()  # and with it, by --die-with-parent, everything in its namespaces


def grade_all(
    submissions: list[Submission],
    job: Job,
    executor: futures.Executor,
    *,
    at_once: int,
    on_record: Callable[[dict], None] = lambda record: None,
) -> list[dict]:
    """Grade submissions, a few at a time; what an earlier run has graded is not graded again.

    The executor has threads of this machine, or Dask's. No more than `at_once` submissions are under way,
    or in memory. `on_record` is called with each record, in the order in which they are done. Gives a
    record for each submission, without its page.
    """
    (job.out / "records").mkdir(parents=True, exist_ok=True)
    (job.out / "feedback").mkdir(exist_ok=True)
    packed, mark, records, waiting = pack(job.homework), job.mark, [], {}

    def done(record, place, key):
        page = record.pop("feedback", "")
        if page:
            _write(job.out / "feedback" / f"{place}.html", page)
        if record["status"] != BROKEN:
            _write(job.out / "records" / f"{place}.json", json.dumps({"key": key, "record": record}))
        records.append(record)
        on_record(record)

    def collect(when):
        for future in futures.wait(waiting, return_when=when).done:
            about, task, place, key = waiting.pop(future)
            try:
                record = future.result()
            except Exception as error:  # a machine of the cluster that went away, say
                record = worker.blank(task, BROKEN, f"{type(error).__name__}: {error}"[:300])
            done(record | about | {"flags": about["flags"] + record["flags"]}, place, key)

    for place, submission in _places(submissions):
        data, fault = _read(submission.entry)
        read = [(name, *_read(entry)) for name, entry in submission.files]
        files = {name: base64.b64encode(content).decode() for name, content, _ in read}
        words = mark + repr((submission.flags, files, fault))
        key = hashlib.sha256(words.encode() + data).hexdigest()
        known = _known(job.out / "records" / f"{place}.json", key)
        if known is not None:
            records.append(known)
            on_record(known)
            continue
        task = {"student": submission.student, "data": base64.b64encode(data).decode(), "homework": packed}
        task |= {"files": files, "fault": fault}
        task |= {"limits": asdict(job.limits), "threads": job.threads, "trusted": job.trusted}
        about = {
            "flags": [*submission.flags, *(flaw for _, _, flaw in read if flaw)],
            "file": submission.entry.name if submission.entry else "",
            "pictures": sorted({mark for _, content, _ in read for mark in _contents(content)}),
        }
        waiting[executor.submit(run_task, task)] = about, {"student": submission.student}, place, key
        if len(waiting) >= at_once:
            collect(futures.FIRST_COMPLETED)
    while waiting:
        collect(futures.FIRST_COMPLETED)
    return sorted(records, key=lambda record: record["student"])


def _read(entry):
    """Give the bytes of a file, and why there are none."""
    try:
        return entry.read() if entry else b"", ""
    except Unreadable as error:
        return b"", str(error)


def _contents(data):
    """Give a mark for each file in a zip, by its table of contents; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [f"{info.CRC}-{info.file_size}" for info in archive.infolist() if info.file_size]
    except Exception:  # zipfile lets through whatever a damaged file leads to
        return []


def _places(submissions) -> Iterator[tuple[str, Submission]]:
    """Give each student a file name of their own, whatever their name holds."""
    for submission in submissions:
        tail = hashlib.sha256(submission.student.encode()).hexdigest()[:6]
        yield f"{re.sub(r'[^A-Za-z0-9-]+', '_', submission.student)[:60].strip('_')}_{tail}", submission


def _known(path, key):
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stored["record"] if stored.get("key") == key else None


def _write(path, text):
    with assets.replacing(path) as part:
        part.write_text(text, encoding="utf-8", errors="replace")  # half an emoji is no text


def table(records: list[dict], homework: Homework) -> str:
    """Write grades.csv: a line for each student, a column for each part.

    `points` is what the tests give, 0 without a required report. Marks of a person come on top: the columns
    of written parts are empty, and `needs_manual_grade` names them.
    """
    tests = [nbgrader(cell)["grade_id"] for cell in homework.solved.cells if is_test(cell)]
    parts, most = list(homework.points), sum(homework.points[name] for name in tests)
    same, shared = identical(records), identical(records, "pictures")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = ["student", "file", "status", "points", "of", *parts, "needs_manual_grade", "report_words"]
    writer.writerow([*names, "flags", "identical_to", "same_files", "message", "seconds"])
    for record in records:
        student, earned = record["student"], {name: record["points"].get(name, 0.0) for name in tests}
        points = 0 if record["zero"] else sum(round(part, 4) for part in earned.values())
        row = [student, record.get("file", ""), record["status"], f"{points:g}", f"{most:g}"]
        row += [f"{round(earned[name], 4):g}" if name in earned else "" for name in parts]
        row += ["; ".join(record["manual"]), record["words"]]
        row += ["; ".join([*record["flags"], *["no report, zero points"] * record["zero"]])]
        row += ["; ".join(others.get(student, [])) for others in (same, shared)]
        writer.writerow(map(_cell, [*row, record["message"], record["seconds"]]))
    return text.getvalue()


def _cell(value):
    """Keep a spreadsheet from taking a student's text for a formula, and what is no text out of the file."""
    text = " ".join(re.sub(r"[\x00-\x1f\ud800-\udfff]", " ", str(value)).split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def identical(records: list[dict], key: str = "fingerprint") -> dict[str, list[str]]:
    """List for each student who handed in the same code, blanks and comments apart, or a same "pictures"."""
    groups, found = defaultdict(set), defaultdict(set)
    for record in records:
        marks = record.get(key) or []
        for mark in [marks] if isinstance(marks, str) else marks:
            groups[mark].add(record["student"])
    for students in groups.values():
        for student in students:
            found[student] |= students - {student}
    return {student: sorted(others) for student, others in found.items() if others}


@contextlib.contextmanager
def executor(jobs: int, scheduler: str | None) -> Iterator[futures.Executor]:
    """Open what runs the tasks: threads that wait for worker processes, or a Dask cluster."""
    if scheduler is None:
        pool = futures.ThreadPoolExecutor(jobs)
        try:
            yield pool
        finally:  # after Ctrl+C, what waits must not be graded
            pool.shutdown(cancel_futures=True)
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError("--scheduler needs Dask on every machine: pip install -e '.[dask]'.") from error
    try:
        client = Client(scheduler, timeout=20)
    except OSError as error:
        raise ValueError(f"No Dask scheduler answers at {scheduler}: {error}") from error
    with client:
        yield client.get_executor(pure=False, retries=0)


def summary(records: list[dict], began: float, fresh: int) -> str:
    """Say how it went: how many, how fast, and what needs a look."""
    seconds = time.monotonic() - began
    counts = Counter(record["status"] for record in records)
    lines = [f"{len(records)} submissions, {fresh} graded now in {seconds:.0f} s"]
    if fresh:
        lines[0] += f" ({60 * fresh / max(seconds, 1e-3):.1f} per minute)"
    lines += [f"  {number:4d} {status}" for status, number in sorted(counts.items())]
    flagged = [record for record in records if record["flags"]]
    lines += [f"  {record['student']}: {'; '.join(record['flags'])}" for record in flagged]
    for key, what in (("fingerprint", "answers"), ("pictures", "files")):
        same = identical(records, key).items()
        lines += [f"  {student}: same {what} as {', '.join(others)}" for student, others in same]
    return "\n".join(lines)
