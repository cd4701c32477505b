"""What the sheets say: texts.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("texts.yaml")
FRONT = "Start"


@dataclass(frozen=True)
class Text:
    """The words of one sheet; `rows` are ids of the syllabus, `section` is a heading of the lesson."""

    heading: str
    intro: str
    shows: str
    rows: str
    section: str
    lesson: str = "1"
    questions: tuple[dict, ...] = ()

    @property
    def place(self) -> str:
        """Where the lessons teach it."""
        return f"Lesson {self.lesson}, {self.section}"


def texts() -> dict[str, Text]:
    """Read the words of all sheets but the first and the last, by the sheet's title."""
    return {title: Text(**words) for title, words in _read().items() if title != FRONT}


def front() -> dict:
    """Read the words of the first sheet: heading, about, how (a list) and licence."""
    return _read()[FRONT]


def _read():
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))
