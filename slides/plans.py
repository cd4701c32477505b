"""Timetables and questions for teachers, from the decks and the quizzes of the lessons: the site's guide.

Everything is Markdown; its links are relative to the repository's top.
"""

import functools
import re
from itertools import groupby
from pathlib import Path

import jupytext
import numpy as np

from helpers import quiz
from helpers.staff import course, notebooks
from slides import deck

EACH = 8  # minutes that the plans allow for an exercise
HEAD = (
    "| session | lessons | minutes to teach | exercises | minutes for them | in all |\n" + "|---" * 6 + "|\n"
)
SPARE = "Going further"  # begins the notes of slides that are shown if there is time
MINUTES = "| minute | section | slides | ask |\n|---|---|---|---|\n"
FREE = "your students show their homework"


def timetable(sessions: str) -> str:
    """Share the lessons out among sessions, in their order and fewer in the first ones, as a table."""
    sessions, decks, rows, sums = int(sessions), deck.paths(), [HEAD], np.zeros(4, int)
    parts = np.array_split(np.arange(len(decks))[::-1], min(sessions, len(decks)))[::-1]
    for number, part in enumerate(parts + [[]] * (sessions - len(parts)), 1):
        lessons = [_source(decks[place]) for place in part[::-1]]
        taught, count = (
            sum(int(notebooks.to_teach(one.stem)) for one in lessons),
            sum(map(_exercises, lessons)),
        )
        counts = [taught, count, EACH * count, taught + EACH * count]
        sums += counts
        names = "<br>".join(f"[{_title(one)}]({_page(one)})" for one in lessons) or FREE
        rows.append(f"| {number} | {names} | {' | '.join(str(count or '') for count in counts)} |\n")
    return "".join([*rows, f"| | all | {' | '.join(map(str, sums))} |\n"])


def minutes(places: str) -> str:
    """Add up the minutes of sections, such as "01#3-what-happens-in-one-window", from the notes of slides."""
    total = 0
    for number, _, anchor in (place.partition("#") for place in places.split()):
        (path,) = deck.paths([number])
        chosen = [one for one in deck.slides(path.read_text(encoding="utf-8")) if _place(one) == anchor]
        if not chosen:
            raise ValueError(
                f"No slide of deck {number} belongs to {anchor!r}, whose minutes a plan asks for."
            )
        total += sum(map(_minutes, chosen))
    return str(total)


def lesson(path: Path) -> str:
    """Say for one deck what its lesson aims at, what to ask when, and what wrong answers mean."""
    source = _source(path)
    text = source.read_text(encoding="utf-8")
    aims = re.search(r"\*\*You will learn\*\*\n#\n((?:# .+\n)+)", text)[1]
    aims = re.sub(r"^# ", "", aims, flags=re.MULTILINE)
    page, minute, rows = _page(source), 0, [MINUTES]
    known = deck.headings(course.number_of(path))
    for place, group in groupby(deck.slides(path.read_text(encoding="utf-8")), _place):
        slides = list(group)
        head = known.get(place, "the whole lesson")
        link = f"[{head}]({page}#{_slug(head)})" if place else f"[{head}]({page})"
        first, last = slides[0].number, slides[-1].number
        shown = str(first) if first == last else f"{first} to {last}"
        asked = " ".join(filter(None, map(_question, slides)))
        spare = all(one.notes.startswith(SPARE) for one in slides)
        rows.append(f"| {'spare' if spare else minute} | {link} | {shown} | {asked} |\n")
        minute += sum(map(_minutes, slides))
    wrong = "".join(map(_wrong, quiz.bank(course.number_of(path))))
    head = "Its questions: the right answer, and what wrong ones mean"
    fold = f"<details>\n<summary>{head}</summary>\n\n{wrong}\n</details>\n"
    return f"## [{_title(source)}]({page})\n\nYour students learn\n\n{aims}\n{''.join(rows)}\n{fold}"


def _source(path):
    return course.SOURCES / f"{path.stem}.py"


@functools.cache
def _exercises(source):
    return len(notebooks.pairs(jupytext.read(source).cells))


def _page(source):
    return f"notebooks/{source.stem}.ipynb"


def _title(source):
    return re.search(r"^# # (.+)$", source.read_text(encoding="utf-8"), re.MULTILINE)[1]


def _slug(head):
    """Write a heading as GitHub and Sphinx do in addresses: two blanks in a row are two hyphens."""
    return re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")


def _minutes(slide):
    return sum(map(int, re.findall(r"(?m)^(\d+) min", slide.notes)))


def _place(slide):
    """Give the anchor of the section that a slide's footer names; "" for none."""
    found = deck.LESSON_LINK.search(slide.footer)
    return (found and found[2]) or ""


def _question(slide):
    """Give what the notes of a slide ask, up to the first question mark."""
    found = re.search(r"Ask: ([^?{]*\?)", slide.notes)
    return found and found[1][0].upper() + found[1][1:]


def _wrong(entry):
    """List a question's answers: the right one with its reason, and wrong ones with what they come from."""
    answer, why = quiz._answer(entry)
    wrong = [(one["text"], one["why"]) for one in entry.get("choices", []) if not one.get("right")]
    wrong += entry.get("slips", {}).items()
    right = f"  - Right: *{answer.rstrip('.')}*. {why}\n"
    return "".join(
        [f"- {entry['question']}\n", right, *(f"  - *{answer}*: {why}\n" for answer, why in wrong)]
    )
