"""Find one notebook per student, in a folder or in a zip file from Canvas or Moodle.

Known shapes of names:

    ada.ipynb                                                    a folder of notebooks
    ada/anything.ipynb, ada.zip                                  a folder or zip file for each student
    section1/ada/anything.ipynb                                  the same, in folders of parts of the class
    lovelaceada_1234_567890_hw3.ipynb                            Canvas: name_user_submission_file
    lovelaceada_LATE_1234_567890_hw3-1.ipynb                     the same, late, second attempt
    Ada Lovelace_123456_assignsubmission_file_/hw3.ipynb         Moodle, downloaded in folders
    Ada Lovelace_123456_assignsubmission_file_hw3.ipynb          Moodle, without folders
    Homework 3_ada12_attempt_2024-10-05-12-30-45_hw3.ipynb       Blackboard

A zip file among them is a folder. Only notebooks are read, and files that the homework asks for, up to a
size, one at a time, and no link is followed.
"""

import contextlib
import os
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

from helpers.datasets.folders import composed, is_junk, name_in_zip
from helpers.staff.grading import restore
from helpers.staff.grading.official import Homework
from helpers.staff.grading.read import LARGEST, Unreadable, read

# Canvas's numbers do not begin with 0; 2024_10_05 and 20241005_1530 are dates.
CANVAS = re.compile(
    r"(?i)(?P<name>anon_[^_]+|(?=[^_]*[^\W\d_])[^_]+)_(?P<late>LATE_)?(?!20\d\d_\d{1,4}_|20\d{6}_\d{1,6}_)"
    r"(?P<user>[1-9]\d*)_[1-9]\d\d+_(?P<file>.+)"
)
MOODLE = re.compile(r"(?i)(?P<name>.+?)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?")
BLACKBOARD = re.compile(r"(?i).+?_(?P<name>.+)_attempt_(?P<time>20\d\d(-\d\d){5})(_(?P<file>.+)|\.txt)?")
DATE = re.compile(r"20\d\d([-_. ])\d\d?\1\d\d?")
NOTEBOOK = re.compile(r"(?i)\.ipynb(\.txt|\.json)?$")  # some browsers add an ending
MOST_FILES = 20_000
SKIPPED = ("index.html", "README.md", "README.txt", "grades.csv", "submission_metadata.yml")
# What is called by these words alone, and by those of the homework's name, is not called after a student.
WORDS = """answer answered answers assignment attempt backup class copy course draft export file files final
first group handout homework hw ipynb json lab late my new notebook notebooks old on ontime original second
section solution solutions solved student students submission submissions submitted time txt untitled v
version week zip"""


@dataclass(frozen=True)
class Entry:
    """One file that a student handed in. `steps` is a path, then the names in zip files, each in the last."""

    student: str
    name: str
    steps: tuple[str, ...]
    late: bool = False
    attempt: int = 0
    fault: str = ""  # why a zip file is not unpacked

    def read(self) -> bytes:
        """Read the file, but no more than one byte above the largest size; Unreadable says why not."""
        try:
            with _opened(self.steps) as file:
                return file.read(LARGEST + 1)
        except Exception as error:  # zipfile lets through whatever a damaged or encrypted file leads to
            raise Unreadable(f"{self.name} can not be read: {error}") from error


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

    Of several notebooks of a student the one with most answers to the homework counts, then the last attempt.
    """
    if not place.exists():
        raise ValueError(f"There is no {place}. Name a folder, or a zip file of Canvas or Moodle.")
    packed = place.is_file()
    try:
        found = list((_members if packed else _files)((str(place),), homework.files))
    except Exception as error:  # as above
        raise ValueError(f"{place} is no zip file, or damaged ({error}). Download it again.") from error
    words, students = {*WORDS.split(), *_words(homework.name)}, {}
    for person, parts, steps, fault in _persons(found, words, packed):
        entry = _entry(person, parts, steps, fault)
        students.setdefault(entry.student, []).append(entry)
    if not students:
        raise ValueError(f"{place} holds no notebook, no folder of a student and no zip file.")
    return [_choose(student, students[student], homework) for student in sorted(students)]


def _choose(student, entries, homework):
    notebooks = [entry for entry in entries if NOTEBOOK.search(entry.name)]
    flags = ("late",) if any(entry.late for entry in entries) else ()
    flags += tuple(f"{entry.name} {entry.fault}" for entry in entries if entry.fault)
    if not notebooks:
        names = ", ".join(sorted(entry.name for entry in entries if entry.name))[:200]
        return Submission(student, None, (*flags, f"no notebook among: {names or 'nothing'}"))
    asked = {}
    for entry in sorted(entries, key=lambda entry: (entry.attempt, entry.steps)):  # the last attempt counts
        asked |= {name: entry for name in homework.files if _is_file(entry.name, name)}
    flags += tuple(f"without {name}" for name in homework.files if name not in asked)

    def fits(entry):
        try:
            restored = restore.restore(read(entry.read()), homework)
        except Unreadable:
            return False, -1, entry.attempt, entry.steps
        return restored.found >= restore.ENOUGH, len(restored.answered), entry.attempt, entry.steps

    chosen = notebooks[0] if len(notebooks) == 1 else max(notebooks, key=fits)
    flags += (f"{len(notebooks)} notebooks, took {chosen.name}",) if len(notebooks) > 1 else ()
    return Submission(student, chosen, flags, tuple(asked.items()))


def _is_file(given, name):
    """Compare the name of a file with what it should be called; Canvas calls a second attempt name-1.zip."""
    return re.sub(r"-\d+(?=\.\w+$)", "", given).casefold() == name.casefold()


@contextlib.contextmanager
def _opened(steps):
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open(steps[0], "rb"))
        for step in steps[1:]:
            file = stack.enter_context(stack.enter_context(zipfile.ZipFile(file)).open(step))
        yield file


def _files(steps, asked):
    """List what lies in a folder: the parts of its path, the steps to it, and what is wrong with it."""
    for folder, folders, names in os.walk(steps[0]):
        parts = Path(folder).relative_to(steps[0]).parts
        folders[:] = sorted(name for name in folders if not os.path.islink(os.path.join(folder, name)))
        yield _shown((*parts, "")), (folder,), ""
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield from _unpacked(_shown((*parts, name)), (path,), asked)


def _members(steps, asked):
    """List what lies in a zip file, in the same way."""
    with _opened(steps) as file, zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    if len(members) > MOST_FILES:
        raise ValueError(f"it holds {len(members)} files; {MOST_FILES} is the limit")
    for member in members:
        name = re.sub(r"(?i)^([a-z]:)?[/\\]+((users|home)[/\\]+)?", "", name_in_zip(member))
        *folders, last = re.split(r"[/\\]+", name)
        parts = (*(folder for folder in folders if folder not in ("", ".", "..")), last)
        yield from _unpacked(_shown(parts), (*steps, member.filename), asked)


def _shown(parts):
    """Cut a path off where it is hidden; that of a folder ends in ""."""
    shown = tuple(takewhile(lambda part: part not in SKIPPED and not is_junk(part), parts))
    return shown if len(shown) == len(parts) else (*shown, "")


def _unpacked(parts, steps, asked):
    """Give a file, and of a zip file that is not asked for what lies in it."""
    match, inside, fault = _match(parts[-1]), [], ""
    name = (match and match["file"]) or parts[-1]
    if name.lower().endswith(".zip") and len(steps) < 4 and not any(_is_file(name, file) for file in asked):
        try:
            inside = list(islice(_members(steps, asked), MOST_FILES))
        except Exception as error:  # as above
            fault = f"can not be opened: {error}"
    yield (*parts, "") if inside else parts, steps, fault
    yield from (((*parts, *more), path, why) for more, path, why in inside)


def _persons(found, words, packed):
    """Find the part of each path that is called after a student, below folders of the class or a part of it.

    `packed` tells that all of it comes from one zip file: a single folder in there is hardly a student's.
    """
    groups = {}
    for parts, *rest in found:
        if parts and parts[0]:
            groups.setdefault(parts[0], []).append((parts[1:], *rest))
    books = {top: [item[0] for item in groups[top] if NOTEBOOK.search("/".join(item[0]))] for top in groups}
    below = {top: {parts[0] for parts in paths} for top, paths in books.items()}
    often = Counter(name for names in below.values() for name in names)
    common = {name for name in (*often, *groups) if set() < _words(name) <= words or DATE.fullmatch(name)}
    common -= {name for name in common if re.fullmatch(r"(?i)submission_\d+", name)}  # of Gradescope
    deep = packed and len(often) > len(groups) and not common & set(often) and set(often.values()) == {1}
    deep = deep and all(len(parts) > 1 for paths in books.values() for parts in paths)
    for top, items in groups.items():
        names, zipped, around = below[top], top.lower().endswith(".zip"), packed and len(groups) == 1
        files = [parts for parts, *_ in items if parts and parts[-1]]
        wrapped = packed or zipped or (len(groups) == 1 and top in common)
        inside = [] if _match(top) or not files else list(_persons(items, words, wrapped))
        wraps = all(any(map(_match, parts[:9])) for parts in files)
        if names and not names & common:
            alone = len(names) > 1 and (zipped or around) and all(often[name] == 1 for name in names)
            wraps |= deep or top in common or alone
        elif names and (top in common or around):  # perhaps around folders of the class
            wraps |= not names <= {person for person, *_ in inside}
        yield from inside if inside and wraps else ((top, *item) for item in items)


def _words(name):
    return set(re.findall(r"[^\W\d_]+", name.casefold()))


def _match(name):
    return MOODLE.fullmatch(name) or BLACKBOARD.fullmatch(name) or CANVAS.fullmatch(name)


def _entry(top, parts, steps, fault):
    """Read the student, the name of the file, lateness and attempt from what is called after a student."""
    top = _text(top)
    match = _match(top)
    found = match.groupdict() if match else {}
    name = _text(parts[-1]) if parts else found.get("file") or top
    is_file = not parts or top.lower().endswith(".zip")
    bare = re.sub(r"(?<=.)\.\w+$", "", NOTEBOOK.sub(".ipynb", top)) if is_file else top
    student = " ".join(part.strip() for part in (found["name"], found.get("user")) if part) if match else bare
    attempt = re.search(r"-(\d+)(?:\.\w+)?$", found.get("file") or "")
    attempt = found["time"].replace("-", "") if found.get("time") else attempt and attempt[1]
    return Entry(student, name, steps, bool(found.get("late")), int(attempt or 0), fault)


def _text(name):
    """Write a file's name in composed Unicode; one in Latin-1 has bytes that are no UTF-8."""
    raw = name.encode(errors="surrogateescape")
    with contextlib.suppress(UnicodeDecodeError):
        return composed(raw.decode())
    return raw.decode("latin-1")
