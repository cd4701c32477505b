"""The lectures' questions, answered by a click, with a reason for every answer.

Each lesson has a bank of questions, `notebooks/source/NN_name.quiz.yaml`. Where a kernel runs behind a
front end with widgets, a question is answered by click and judged at once. Everywhere else (GitHub,
nbviewer, print) it reads as a list with a fold that hides the answer.
"""

import re
from html import escape
from pathlib import Path

import yaml

BANKS = Path(__file__).resolve().parents[1] / "notebooks" / "source"
LETTERS = "abcdefgh"
# The form of a bank. Of a scalar: the YAML types that it may have, and what to do about others.
TEXT = "str: write text, and put it in quotes"
NUMBER = "int float: write a number in digits, with a point and without quotes, such as 0.001"
MARK = "bool: write `right: true` at one choice, without quotes"
ENTRY = dict.fromkeys(("id", "question", "syllabus", "proof", "why"), TEXT) | {
    "choices": [{"text": TEXT, "why": TEXT, "right": MARK}],
    "number": NUMBER, "tolerance": NUMBER, "slips": {NUMBER: TEXT},
}  # fmt: skip
DECIMAL = re.compile(r"[-+]?(0|[1-9]\d*)?(\.\d*)?(e[-+]\d+)?", re.IGNORECASE)
WIDGET = "application/vnd.jupyter.widget-view+json"


def ask(lesson: str, question: str) -> None:
    """Show a question of a lesson's bank, by the number of the lesson, such as "01", and its id."""
    entry = find(lesson, question)
    show_widget(as_widget(entry), fallback(entry))


def bank(lesson: str) -> list[dict]:
    """Read all questions of a lesson.

    Each has "id" and "question", and either "choices" (dicts with "text", "why" and, for one of them,
    "right": true) or "number" with "why", optional "tolerance" and "slips" (a wrong number and what leads
    to it). What YAML would read otherwise than it is written, and what could not be asked or judged, is a
    ValueError that names bank, question and cure.
    """
    paths = sorted(BANKS.glob(f"{lesson}_*.quiz.yaml"))
    if len(paths) != 1:
        known = ", ".join(path.name.partition("_")[0] for path in sorted(BANKS.glob("[!.]*.quiz.yaml")))
        count = f"has {len(paths) or 'no'} quiz bank{'s' * (len(paths) > 1)}"
        raise ValueError(f"Lesson {lesson!r} {count}. Lessons with one: {known}.")
    path, entries = paths[0], {}
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        cure = "save it as UTF-8, and put text with a colon, or that begins with a sign, in quotes"
        raise ValueError(f"{path.name} cannot be read ({' '.join(str(error).split())}); {cure}.") from error
    if not isinstance(root, yaml.SequenceNode) or not root.value:
        raise ValueError(f"{path.name} holds no list of questions; begin each with `- id: its-name`.")
    for node in root.value:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        names = [value.value for key, value in pairs if key.value == "id" and isinstance(value.value, str)]
        name = names[0] if names else "?"
        where = f"{path.name}, question {name!r}"
        _require(name not in entries, where, "this id is there twice; give each question its own")
        entries[name] = _read(node, ENTRY, where)
        _check(entries[name], where)
    return list(entries.values())


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
    near = entry.get("tolerance", 0) + 1e-9 * abs(entry["number"])  # 0.3 - 0.2 is a little more than 0.1
    if abs(answer - entry["number"]) <= near:
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
    choices = zip(LETTERS, entry.get("choices", []), strict=False)
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


def _read(node, form, where):
    """Give what a part of a bank says; refuse what YAML takes otherwise: Yes for true, 010 for 8."""
    if isinstance(form, str):
        (kinds, cure), kind = form.split(": ", 1), node.tag.rpartition(":")[2]
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        cut = text and not node.style and re.match(r"[ \t]+#", node.end_mark.buffer[node.end_mark.pointer :])
        _require(form != TEXT or not cut, where, f"YAML ends {text!r} before the #; put it in quotes")
        good = kind in kinds.split() and text.strip() and (form != NUMBER or DECIMAL.fullmatch(text))
        _require(good, where, f"YAML reads {text!r} as {kind}; {cure}")
        return yaml.SafeLoader("").construct_object(node)
    wanted = yaml.SequenceNode if isinstance(form, list) else yaml.MappingNode
    cure = "write a list of dashes, each followed by lines of `key: value`"
    _require(isinstance(node, wanted), where, cure)
    if isinstance(form, list):
        return [_read(one, form[0], where) for one in node.value]
    found = {}
    for key, value in node.value:
        name = _read(key, NUMBER if NUMBER in form else TEXT, where)
        part = form.get(NUMBER) or form.get(name)
        _require(part, where, f"{name!r} is not known; use {', '.join(form)}")
        _require(name not in found, where, f"{name!r} is there twice; keep one of them")
        found[name] = _read(value, part, f"{where}, {name}")
    return found


def _check(entry, where):
    """Refuse an entry that could not be asked or judged."""
    _require({"id", "question"} <= entry.keys(), where, "give it an id and a question")
    _require(re.fullmatch(r"[\w-]+", entry["id"]), where, "make the id of letters, digits, - and _")
    choices, needless = entry.get("choices", []), {"number", "why", "tolerance", "slips"} & entry.keys()
    if "choices" not in entry:
        _require({"number", "why"} <= needless, where, "give it choices, or a number and a why")
        _require(entry.get("tolerance", 0) >= 0, where, "give a tolerance of 0 or more")
        taken = [slip for slip in entry.get("slips", {}) if judge(entry, slip)[0]]
        _require(not taken, where, f"the slips {taken} count as right; leave them out")
        return
    _require(not needless, where, f"beside choices, leave out {', '.join(sorted(needless))}")
    whole = all({"text", "why"} <= one.keys() for one in choices)
    _require(whole, where, "every choice needs a text and a why")
    right, texts = sum(one.get("right", False) for one in choices), {one["text"].strip() for one in choices}
    _require(right == 1, where, "mark exactly one choice with right: true")
    _require(2 <= len(choices) <= len(LETTERS), where, f"give it 2 to {len(LETTERS)} choices")
    _require(len(texts) == len(choices), where, "two choices have the same text; keep one of them")


def _require(condition, where, cure):
    if not condition:
        raise ValueError(f"{where}: {cure}.")
