"""The lectures' questions, answered by a click, with a reason for every answer.

Each lesson has a bank of questions, `notebooks/source/NN_name.quiz.yaml`. Where a kernel runs behind a
front end with widgets, a question is answered by click and judged at once. Everywhere else (GitHub,
nbviewer, print) it reads as a list with a fold that hides the answer.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import yaml

BANKS = Path(__file__).resolve().parents[1] / "notebooks" / "source"
WIDGET = "application/vnd.jupyter.widget-view+json"


def ask(lesson: str, question: str) -> None:
    """Show a question of a lesson's bank, by the number of the lesson, such as "01", and its id."""
    entry = find(lesson, question)
    show_widget(as_widget(entry), fallback(entry))


def bank(lesson: str) -> list[dict]:
    """Read all questions of a lesson.

    Each has "id" and "question", and either "choices" (dicts with "text", "why" and, for one of them,
    "right": true) or "number" with "why", optional "tolerance" and "slips" (a wrong number and what leads
    to it).
    """
    paths = sorted(BANKS.glob(f"{lesson}_*.quiz.yaml"))
    if len(paths) != 1:
        known = ", ".join(path.name.partition("_")[0] for path in sorted(BANKS.glob("*.quiz.yaml")))
        raise ValueError(f"Lesson {lesson!r} has no quiz bank. Lessons with one: {known}.")
    entries = yaml.safe_load(paths[0].read_text(encoding="utf-8"))
    for entry in entries:
        _check(entry, paths[0].name)
    return entries


def find(lesson: str, question: str) -> dict:
    """Take one question out of a lesson's bank, by its id."""
    entries = {entry["id"]: entry for entry in bank(lesson)}
    if question not in entries:
        raise ValueError(f"Lesson {lesson} has no question {question!r}. It has: {', '.join(entries)}.")
    return entries[question]


def judge(entry: dict, answer) -> tuple[bool, str]:
    """Judge an answer.

    `entry` is a question as `bank` returns them, `answer` the index of the choice, or the number. Gives
    whether it is right, and why.
    """
    if "choices" in entry:
        choice = entry["choices"][answer]
        return bool(choice.get("right")), choice["why"]
    if abs(answer - entry["number"]) <= entry.get("tolerance", 0):
        return True, entry["why"]
    return False, entry.get("slips", {}).get(answer, "Work it out once more, step by step.")


def as_html(entry: dict) -> str:
    """Write a question as HTML with its answer in a fold."""
    choices = "".join(f"<li>{_marked(choice['text'])}</li>" for choice in entry.get("choices", []))
    answer, why = _answer(entry)
    return (
        f"<p><b>Question.</b> {_marked(entry['question'])}</p>"
        + (f'<ol style="list-style-type: lower-alpha">{choices}</ol>' if choices else "")
        + f"<details><summary>Show answer</summary><p><b>{_marked(answer)}</b> {_marked(why)}</p></details>"
    )


def fallback(entry: dict) -> dict[str, str]:
    """Give what stands in for a question where no widgets can be drawn: MIME type to data."""
    return {"text/html": as_html(entry), "text/plain": as_text(entry)}


def as_text(entry: dict) -> str:
    """Write a question as plain text, without its answer."""
    choices = zip("abcdefgh", entry.get("choices", []), strict=False)
    return f"Question. {entry['question']}" + "".join(f"\n  {i}. {choice['text']}" for i, choice in choices)


def as_widget(entry: dict):
    """Build the clickable form of a question; returns an `ipywidgets.VBox`."""
    import ipywidgets as widgets

    feedback = widgets.HTML()

    def answer(value):
        right, why = judge(entry, value)
        feedback.value = f"<b>{'Right.' if right else 'Not yet.'}</b> {_marked(why)}"

    if "choices" in entry:
        wide = widgets.Layout(width="auto", max_width="640px")
        controls = []
        for index, choice in enumerate(entry["choices"]):
            button = widgets.Button(description=choice["text"].replace("`", ""), layout=wide)
            button.on_click(lambda _, index=index: answer(index))
            controls.append(button)
    else:
        number = widgets.FloatText(value=0)
        button = widgets.Button(description="Check")
        button.on_click(lambda _: answer(number.value))
        controls = [widgets.HBox([number, button])]
    heading = widgets.HTML(f"<b>Question.</b> {_marked(entry['question'])}")
    return widgets.VBox([heading, *controls, feedback])


def show_widget(widget, fallback: dict, metadata: dict | None = None) -> None:
    """Display a widget together with what stands in for it where no widgets can be drawn.

    `fallback` is MIME type to data, and `metadata` MIME type to its metadata, such as alt text.
    """
    from IPython.display import display

    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({WIDGET: view, **fallback}, metadata=metadata or {}, raw=True)


def _answer(entry):
    if "choices" in entry:
        right = next(choice for choice in entry["choices"] if choice.get("right"))
        return right["text"].rstrip(".") + ".", right["why"]
    return f"{entry['number']:,}.", entry["why"]


def _marked(text):
    """Escape for HTML; what stands in backticks becomes code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(str(text)))


def _check(entry, name):
    """Refuse an entry that could not be asked or judged."""
    where = f"{name}, question {entry.get('id', '?')!r}"
    if not {"id", "question"} <= entry.keys():
        raise ValueError(f"{where}: give it an id and a question.")
    if "choices" in entry:
        choices = entry["choices"]
        if sum(bool(choice.get("right")) for choice in choices) != 1:
            raise ValueError(f"{where}: mark exactly one choice with right: true.")
        if not all("text" in choice and "why" in choice for choice in choices):
            raise ValueError(f"{where}: every choice needs a text and a why.")
    elif not {"number", "why"} <= entry.keys():
        raise ValueError(f"{where}: give it choices, or a number and a why.")
