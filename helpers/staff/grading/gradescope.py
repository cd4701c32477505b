"""Grade on Gradescope: write the zip file of an autograder, and do its work for each submission there.

Gradescope unpacks the zip into /autograder/source of a container of Ubuntu, and runs its `setup.sh` once.
For each submission it starts a fresh copy of that container, puts the student's files into
/autograder/submission, runs `run_autograder` as root, and reads /autograder/results/results.json.

Such containers usually refuse namespaces, and so bubblewrap. Then student code gets a user id of its own.
That is enough to keep it from the results, the tests and the solutions, which belong to root, and from the
process that grades. It has the container's network, though. Nothing that student code wrote at run time
reaches the results, because it could hold what the code saw of a hidden test: they have points and fixed
words only.
"""

import json
import os
import re
import shutil
import sys
import tempfile
import zipfile
from concurrent import futures
from pathlib import Path

from helpers import ROOT, cores
from helpers.staff.grading.official import Homework, is_test, nbgrader, pack, unpack

PLACE = Path("/autograder")
SCRIPTS = {
    "setup.sh": """\
#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the container. It takes Ubuntu 22.04 or later.
set -euo pipefail
apt-get update
apt-get install -y python3-venv bubblewrap util-linux
python3 -m venv /autograder/venv
/autograder/venv/bin/python -m pip install --no-cache-dir -r /autograder/source/course/requirements.txt
""",
    "run_autograder": """\
#!/usr/bin/env bash
# Gradescope runs this as root for each submission.
set -euo pipefail
cd /autograder/source/course
exec /autograder/venv/bin/python -m helpers.staff.grading.gradescope
""",
}
BEFORE = ("malformed notebook", "wrong homework", "empty")  # nothing has run yet, so all can be told


def write(homework: Homework, path: Path) -> None:
    """Write the zip file to upload as the autograder of a homework. It holds the solutions."""
    files = {**SCRIPTS, "official.json": json.dumps(pack(homework))}
    for file in [ROOT / "requirements.txt", *(ROOT / "helpers").rglob("*"), *(ROOT / "data").rglob("*")]:
        if file.is_file() and "__pycache__" not in file.parts:
            files[f"course/{file.relative_to(ROOT).as_posix()}"] = file.read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (
                0o100755 if name in SCRIPTS else 0o100644
            ) << 16  # whatever the umask is here
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)


def results(record: dict, homework: Homework) -> dict:
    """Write a record of `worker` as Gradescope's results.json, with fixed words only."""
    tests = []
    for cell in filter(is_test, homework.solved.cells):
        name = nbgrader(cell)["grade_id"]
        most, score = homework.points[name], 0 if record["zero"] else round(record["points"].get(name, 0), 4)
        said = record["messages"].get(name, "" if name in record["points"] else "It was not run.")
        if said and name in record["points"]:
            hidden = "in a test that is not shown" in said
            said = "Failed " + ("in a part that is not shown." if hidden else "as it does in your notebook.")
        status = "passed" if score == most else "failed"
        tests.append({"name": name, "score": score, "max_score": most, "status": status, "output": said})
    words = record["status"] + (f": {record['message']}" if record["status"] in BEFORE else "")
    at = re.search(r"cell \d+", record["message"])
    words += f" ({at[0]})" if at and record["status"] not in BEFORE else ""
    lines = [f"The notebook: {words}.", *record["flags"], *["No report, no points."] * record["zero"]]
    lines += [f"A teacher marks: {', '.join(record['manual'])}."] if record["manual"] else []
    found = {"score": sum(test["score"] for test in tests), "output": "\n".join(lines), "tests": tests}
    return found | {"output_format": "text", "visibility": "visible", "stdout_visibility": "hidden"}


def gather(handed_in: Path, homework: Homework, to: Path) -> None:
    """Copy what was handed in, and follow no link; zip up again what Gradescope unpacked of a zip file."""
    found = [Path(folder, name) for folder, _, names in os.walk(handed_in) for name in names]
    files = [path for path in found if path.is_file() and not path.is_symlink()]
    asked = {name.casefold() for name in homework.files}
    rest = [path for path in files if path.name.casefold() not in asked and path.suffix != ".ipynb"]
    for path in set(files).difference(rest):
        target = to / path.relative_to(handed_in)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for name in asked.difference(path.name.casefold() for path in files) if rest else ():
        with zipfile.ZipFile(to / name, "w") as archive:
            for path in rest:
                archive.write(path, path.relative_to(handed_in))


def main() -> int:
    """Grade the submission; returns 1 without results if that is not possible: then Gradescope says so."""
    from helpers.staff.grading import isolation, run, submissions
    from helpers.staff.grading.limits import Limits

    official, out = PLACE / "source" / "official.json", PLACE / "results"
    if os.geteuid() != 0 or "none" == (level := isolation.level())[0]:
        print("Refused: as on Gradescope, it takes root, setpriv and prlimit (package util-linux).")
        return 1
    print(f"Isolation in force: {level[0]}: {isolation.WORDS[level[0]]}. {level[1]}")
    for place in filter(Path.exists, (official, out, PLACE / "submission_metadata.json")):
        place.chmod(0o700 if place.is_dir() else 0o600)
    # Its processors are slow and shared, and it waits for 40 minutes at most.
    limits = Limits(cell_seconds=900, seconds=2100, cpu_seconds=9000)
    homework = unpack(json.loads(official.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as private, futures.ThreadPoolExecutor(1) as pool:
        (copy := Path(private, "in", "submission_1")).mkdir(parents=True)
        gather(PLACE / "submission", homework, copy)
        job = run.Job(homework, limits, Path(private, "out"), cores(), trusted=True)
        [record] = run.grade_all(submissions.collect(copy.parent, homework), job, pool, at_once=1)
    if record["status"] == run.BROKEN:
        print(record["message"])
        return 1
    text = json.dumps(results(record, homework), indent=1)
    (out / "results.json").unlink(missing_ok=True)
    (out / "results.json").write_text(text, encoding="utf-8", errors="replace")
    return 0


if __name__ == "__main__":
    sys.exit(main())
