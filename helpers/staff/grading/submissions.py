"""Find one notebook per student, in a folder or in a zip file from Canvas or Moodle.

Known shapes of names:

    ada.ipynb                                                    a folder of notebooks
    ada/anything.ipynb                                           a folder for each student
    lovelaceada_1234_567890_hw3.ipynb                            Canvas: name_user_submission_file
    lovelaceada_LATE_1234_567890_hw3-1.ipynb                     the same, late, second attempt
    Ada Lovelace_123456_assignsubmission_file_/hw3.ipynb         Moodle, downloaded in folders
    Ada Lovelace_123456_assignsubmission_file_hw3.ipynb          Moodle, without folders

Only notebooks are read, and files that the homework asks for, up to a size, one at a time, and no link is
followed.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from helpers.staff.grading.official import Homework, nbgrader
from helpers.staff.grading.read import LARGEST

CANVAS = re.compile(r"(?i)(?P<name>anon_[^_]+|[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_\d+_(?P<file>.+)")
MOODLE = re.compile(r"(?i)(?P<name>.+?)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?")
MOST_FILES = 20_000
SKIPPED = ("__MACOSX", ".ipynb_checkpoints")


@dataclass(frozen=True)
class Entry:
    """One file that a student handed in; `archive` is the zip file it lies in, if it lies in one."""

    student: str
    name: str
    archive: Path | None
    path: str
    late: bool = False

    def read(self) -> bytes:
        """Read the file, but no more than one byte above the largest size."""
        if self.archive is None:
            with open(self.path, "rb") as file:
                return file.read(LARGEST + 1)
        with zipfile.ZipFile(self.archive) as archive, archive.open(self.path) as file:
            return file.read(LARGEST + 1)

    @property
    def attempt(self) -> tuple[int, str]:
        """Sort attempts: Canvas numbers the file names, -1 is the second."""
        number = re.search(r"-(\d+)\.\w+$", self.name)
        return int(number[1]) if number else 0, self.path


@dataclass(frozen=True)
class Submission:
    """What one student handed in: the notebook that counts, None without one, and words about the choice.

    `files` are those that the homework asks for beside the notebook, by name.
    """

    student: str
    entry: Entry | None
    flags: tuple[str, ...] = ()
    files: tuple[tuple[str, Entry], ...] = ()


def collect(place: Path, homework: Homework) -> list[Submission]:
    """List the submissions in a folder or zip file, by student.

    Of several notebooks of a student the one with most cells of the homework counts, then the last attempt.
    """
    if not place.exists():
        raise ValueError(f"There is no {place}. Name a folder, or a zip file of Canvas or Moodle.")
    entries = list(_zip(place) if place.is_file() else _folder(place, homework.files))
    if not entries:
        raise ValueError(f"{place} holds no notebook, no folder of a student and no zip file.")
    students: dict[str, list[Entry]] = {}
    for entry in entries:
        students.setdefault(entry.student, []).append(entry)
    return [_choose(student, students[student], homework) for student in sorted(students)]


def _choose(student, entries, homework):
    notebooks = [entry for entry in entries if entry.name.lower().endswith(".ipynb")]
    late = ("late",) if any(entry.late for entry in entries) else ()
    if not notebooks:
        names = ", ".join(sorted(entry.name for entry in entries if entry.name))[:200]
        return Submission(student, None, (*late, f"no notebook among: {names or 'nothing'}"))
    files = _files(entries, homework)
    late += tuple(f"without {name}" for name in homework.files if name not in dict(files))
    if len(notebooks) == 1:
        return Submission(student, notebooks[0], late, files)
    names = [nbgrader(cell)["grade_id"].encode() for cell in homework.solved.cells if nbgrader(cell)]

    def fits(entry):
        data = entry.read()
        return sum(b'"' + name + b'"' in data for name in names), entry.attempt

    chosen = max(notebooks, key=fits)
    return Submission(student, chosen, (*late, f"{len(notebooks)} notebooks, took {chosen.name}"), files)


def _files(entries, homework):
    """Find the last attempt of each file that the homework asks for."""
    found = {}
    for entry in sorted(entries, key=lambda entry: entry.attempt):
        found |= {name: entry for name in homework.files if _is_file(entry.name, name)}
    return tuple(found.items())


def _is_file(given, name):
    """Compare the name of a file with what it should be called; Canvas calls a second attempt name-1.zip."""
    return re.sub(r"-\d+(?=\.\w+$)", "", given).casefold() == name.casefold()


def _folder(place, files):
    for path in sorted(place.iterdir()):
        if path.is_symlink() or path.name.startswith(".") or path.name in SKIPPED:
            continue
        asked = path.suffix.lower() == ".ipynb" or any(_is_file(_student(path.name)[1], f) for f in files)
        if path.is_file() and asked:
            yield _entry(path.name, None, str(path))
        elif path.is_file() and zipfile.is_zipfile(path):
            yield from _zip(path)
        elif path.is_dir():
            inside = [
                file
                for file in sorted(path.rglob("*"))[:MOST_FILES]
                if file.is_file() and _wanted(file.relative_to(place).parts) and not _linked(file, place)
            ]
            for file in inside:
                yield _entry(f"{path.name}/{file.name}", None, str(file))
            if not inside:
                yield Entry(_student(path.name)[0], "", None, str(path))


def _linked(file, place):
    return any(path.is_symlink() for path in (file, *file.parents) if place in path.parents)


def _zip(path):
    try:
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise ValueError(f"{path} is no zip file, or damaged ({error}). Download it again.") from error
    if len(names) > MOST_FILES:
        raise ValueError(f"{path} holds {len(names)} files; {MOST_FILES} is the limit.")
    names = [name for name in names if _wanted(PurePosixPath(name).parts)]
    tops = {PurePosixPath(name).parts[0] for name in names if len(PurePosixPath(name).parts) > 1}
    # A zip file of one folder that is no student's: the folder of the whole class.
    wrapped = len(tops) == 1 and all("/" in name for name in names) and not MOODLE.fullmatch(*tops)
    for name in names:
        parts = PurePosixPath(name).parts[1 if wrapped else 0 :]
        short = f"{parts[0]}/{parts[-1]}" if len(parts) > 1 else parts[0]
        yield _entry(short, path, name)


def _wanted(parts):
    return parts and not any(part in SKIPPED or part.startswith(".") for part in parts)


def _entry(short, archive, path):
    """Read student and file from "folder/file" or "file"."""
    folder, _, file = short.rpartition("/")
    student, name, late = _student(folder or file)
    return Entry(student, file if folder else name, archive, path, late)


def _student(text):
    """Read student, file name and lateness from the name of a file or folder."""
    for pattern in (MOODLE, CANVAS):
        match = pattern.fullmatch(text)
        if match:
            found = match.groupdict()
            student = f"{found['name'].strip()} {found['user']}"
            return student, found["file"] or text, bool(found.get("late"))
    return re.sub(r"\.ipynb$", "", text, flags=re.IGNORECASE), text, False
