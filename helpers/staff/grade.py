"""Grade a folder of submissions.

What is graded is a folder with a notebook or a folder for each student, or the zip file that Canvas or Moodle
gives. Results: grades.csv, feedback/STUDENT.html, and records/ from which an interrupted run goes on.
What the isolation promises is said in `helpers.staff.grading`.
"""

import os
import sys
import time
from pathlib import Path

from tqdm import tqdm

from helpers.staff import homework
from helpers.staff.grading import isolation, run, submissions
from helpers.staff.grading.limits import GIGA, MEGA, Limits

TRUST = "--no-isolation"


def main(options) -> int:
    """Grade; returns 1 if the grader broke on a submission; ValueError if nothing can be graded."""
    chosen = homework.sources([options.homework])
    if len(chosen) != 1 or options.jobs < 1:
        raise ValueError(f"--homework must name one homework, and --jobs be 1 or more: {options.homework}.")
    places = options.submissions.resolve(), options.out.resolve()
    if places[0] == places[1] or places[0] in places[1].parents:
        raise ValueError(f"--out {options.out} lies in {options.submissions}. Keep the two apart.")
    for seen in map(Path, isolation.shown()):
        if any(seen == place or seen in place.parents for place in places):
            raise ValueError(f"Submissions can read {seen}. Keep submissions and results elsewhere.")
    official = homework.load(chosen[0])
    found = submissions.collect(options.submissions, official)
    level = _isolation(options)
    limits = Limits(
        cell_seconds=options.cell_seconds, seconds=options.seconds, cpu_seconds=int(options.seconds * 2) + 60,
        memory=int(options.memory * GIGA), processes=options.processes,
        disk=int(options.disk * MEGA), file_size=int(options.disk * MEGA / 2),
    )  # fmt: skip
    threads = max(1, (os.cpu_count() or 1) // options.jobs)
    job = run.Job(official, limits, options.out, threads, options.trusted)
    began, records = time.monotonic(), []
    before = {path.name: path.stat().st_mtime_ns for path in (options.out / "records").glob("*.json")}
    bar = tqdm(total=len(found), desc=f"{official.name}, isolation {level}", unit="notebook")
    with bar, run.executor(options.jobs, options.scheduler) as pool:
        at_once = 2 * options.jobs if options.scheduler is None else 200
        try:
            records = run.grade_all(found, job, pool, at_once=at_once, on_record=lambda _: bar.update())
        except KeyboardInterrupt:
            print("\nStopped. The same command goes on from here.", file=sys.stderr)
            return 130
    (options.out / "grades.csv").write_text(run.table(records, official), encoding="utf-8", newline="")
    after = {path.name: path.stat().st_mtime_ns for path in (options.out / "records").glob("*.json")}
    fresh = sum(before.get(name) != stamp for name, stamp in after.items())
    print(run.summary(records, began, fresh))
    print(f"{options.out / 'grades.csv'} and {options.out / 'feedback'} are written.")
    return int(any(record["status"] == run.BROKEN for record in records))


def _isolation(options):
    """Say which isolation is in force; refuse to run the code of strangers without any."""
    level, reason = isolation.level()
    if options.scheduler:
        print("Isolation is found on each machine of the cluster; one without any grades nothing.")
        return "of the cluster"
    print(f"Isolation in force: {level.upper()}: {isolation.WORDS[level]}.")
    if level not in isolation.WALLS:
        print(f"WARNING: the code of students would run without walls ({reason}).")
        if not options.trusted:
            raise ValueError(f"Refused: {reason}; {TRUST} goes on without, if you trust every submission.")
    return level
