"""The questions: their answers are right, every way of showing them works, and nothing leaks."""

import re

import pytest
import yaml

from helpers import convolution, quiz

LESSONS = [path.name.partition("_")[0] for path in sorted(quiz.BANKS.glob("*.quiz.yaml"))]
ENTRIES = [(lesson, entry) for lesson in LESSONS for entry in quiz.bank(lesson)]
NAMES = [f"{lesson}-{entry['id']}" for lesson, entry in ENTRIES]
CHOICE = next(entry for _, entry in ENTRIES if entry["id"] == "output-size")
NUMBER = next(entry for _, entry in ENTRIES if entry["id"] == "parameters")


@pytest.mark.parametrize("lesson, entry", [pair for pair in ENTRIES if "proof" in pair[1]])
def test_the_answer_is_what_the_proof_computes(lesson, entry):
    proved = eval(entry["proof"], vars(convolution).copy())
    if "choices" in entry:
        right = [choice["text"] for choice in entry["choices"] if choice.get("right")]
        assert right == [proved]
    else:
        assert entry["number"] == proved
        assert proved not in entry.get("slips", {})


def test_every_number_has_a_proof():
    """What has none asks to read a result of its lesson, and offers choices."""
    assert all("proof" in entry for _, entry in ENTRIES if "number" in entry)


@pytest.mark.parametrize("lesson, entry", ENTRIES, ids=NAMES)
def test_every_question_is_asked_once_in_its_lesson(lesson, entry):
    source = next(quiz.BANKS.glob(f"{lesson}_*.py")).read_text(encoding="utf-8")
    assert source.count(f'quiz.ask("{lesson}", "{entry["id"]}")') == 1


@pytest.mark.parametrize("lesson", LESSONS)
def test_neither_its_place_nor_its_length_gives_an_answer_away(lesson):
    """Who always takes the same letter, or the longest choice, gets no more than half of a bank right."""
    places, longest = [], 0
    for choices in (entry["choices"] for entry in quiz.bank(lesson) if "choices" in entry):
        lengths = [len(choice["text"]) for choice in choices]
        places.append(next(place for place, choice in enumerate(choices) if choice.get("right")))
        longest += lengths[places[-1]] > max(lengths[: places[-1]] + lengths[places[-1] + 1 :])
    assert max(map(places.count, places)) <= len(places) / 2
    assert longest <= len(places) / 3


@pytest.mark.parametrize("entry", [entry for _, entry in ENTRIES if "choices" in entry])
def test_a_click_on_each_choice_gives_its_reason(entry):
    box = quiz.as_widget(entry)
    buttons, feedback = box.children[1:-1], box.children[-1]
    assert feedback.value == ""
    for button, choice in zip(buttons, entry["choices"], strict=True):
        button.click()
        assert feedback.value.startswith("<b>Right.</b>") == bool(choice.get("right"))
        assert quiz._marked(choice["why"]) in feedback.value


def test_numbers_are_judged_and_known_slips_explained():
    box = quiz.as_widget(NUMBER)
    (number, check), feedback = box.children[1].children, box.children[-1]
    for value, begins in [
        (56, "<b>Right.</b>"),
        (54, "<b>Not yet.</b> The two biases"),
        (1, "<b>Not yet.</b>"),
    ]:
        number.value = value
        check.click()
        assert feedback.value.startswith(begins)
    assert quiz.judge({**NUMBER, "tolerance": 0.5}, 56.4)[0]
    assert not quiz.judge({**NUMBER, "tolerance": 0.5}, 56.6)[0]


def test_the_fallback_hides_the_answer_in_a_fold_and_escapes():
    page = quiz.as_html(CHOICE)
    visible, hidden = page.split("<details>")
    assert "10 − 5 + 1 = 6" in hidden and "10 − 5 + 1 = 6" not in visible
    assert visible.count("<li>") == len(CHOICE["choices"])
    assert "<b>6×8.</b>" in hidden
    sentence = {**CHOICE, "choices": [{"text": "It shrinks.", "why": "By 4.", "right": True}]}
    assert "<b>It shrinks.</b>" in quiz.as_html(sentence)
    assert "&lt;script&gt;" in quiz.as_html({**NUMBER, "question": "<script>"})
    assert "<code>fit</code>" in quiz.as_html({**NUMBER, "question": "What does `fit` do?"})
    assert "10 − 5 + 1" not in quiz.as_text(CHOICE)


def test_ask_shows_the_widget_with_the_fold_beside_it(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append((data, options)))
    quiz.ask("01", "output-size")
    ((data, options),) = shown
    assert options["raw"] is True
    assert set(data) == {quiz.WIDGET, "text/html", "text/plain"}
    assert re.fullmatch(r"\w+", data[quiz.WIDGET]["model_id"])


def test_unknown_questions_and_lessons_say_what_there_is():
    with pytest.raises(ValueError, match=r"no question 'x'.*output-size"):
        quiz.ask("01", "x")
    with pytest.raises(ValueError, match=r"'99' has no quiz bank.*01"):
        quiz.ask("99", "x")


@pytest.mark.parametrize(
    "entry, words",
    [
        ({"id": "a"}, "'a': give it an id and a question"),
        ({"id": "a", "question": "b"}, "choices, or a number"),
        ({"id": "a", "question": "b", "number": 1}, "choices, or a number"),
        ({"id": "a", "question": "b", "choices": [{"text": "c", "why": "d"}]}, "exactly one choice"),
        ({"id": "a", "question": "b", "choices": [{"text": "c", "right": True}]}, "a text and a why"),
    ],
)
def test_an_incomplete_bank_is_refused(entry, words, tmp_path, monkeypatch):
    (tmp_path / "07_x.quiz.yaml").write_text(yaml.safe_dump([entry]), encoding="utf-8")
    monkeypatch.setattr(quiz, "BANKS", tmp_path)
    with pytest.raises(ValueError, match=words):
        quiz.bank("07")


GOOD = """\
- id: first
  question: How many?
  number: 30
  tolerance: 0.5
  why: Because.
  slips:
    -30: The sign.
- id: second
  question: Which one?
  choices:
    - text: this
      right: true
      why: So it is.
    - text: that
      why: No.
"""
MANY = "".join(f"    - text: t{number}\n      why: No.\n" for number in range(7))


def read_bank(folder, monkeypatch, content):
    content = content if isinstance(content, bytes) else content.encode()
    (folder / "07_x.quiz.yaml").write_bytes(content)
    monkeypatch.setattr(quiz, "BANKS", folder)
    return quiz.bank("07")


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("0.5", "1e-3", "'first'.*tolerance: .*'1e-3' as str; write a number .* 0.001"),
        ("0.5", "0,5", "'first'.*tolerance: .*'0,5' as str; write a number"),
        ("0.5", "'0.5'", "'first'.*tolerance: .*without quotes"),
        ("0.5", "-0.5", "'first': give a tolerance of 0 or more"),
        ("0.5", ".inf", "'first'.*'.inf' as float; write a number"),
        ("30\n  tol", "010\n  tol", "'first', number: .*'010' as int; write a number"),
        ("30\n  tol", "1:30\n  tol", "'first', number: .*'1:30' as int; write a number"),
        ("30\n  tol", "0x1E\n  tol", "'first', number: .*'0x1E' as int; write a number"),
        ("30\n  tol", "yes\n  tol", "'first', number: .*'yes' as bool; write a number"),
        ("30\n  tol", "\n  tol", "'first', number: .*'' as null; write a number"),
        ("-30:", "1:30:", "'first', slips: .*'1:30' as int; write a number"),
        ("-30:", "one:", "'first', slips: .*'one' as str; write a number"),
        ("-30:", "30.2:", r"'first': the slips \[30.2\] count as right"),
        ("-30: The sign.", "-30: No", "'first', slips, -30: .*'No' as bool; write text, .* quotes"),
        ("-30: The sign.", "-30: a\n    -30: b", "'first', slips: -30 is there twice; keep one"),
        *((" that", f" {bare}", f"'second', choices, text: YAML reads '{bare}' as {kind}; .* quotes")
          for bare, kind in {"Yes": "bool", "No": "bool", "on": "bool", "OFF": "bool", "010": "int",
                             "1:30": "int", "2024-10-05": "timestamp", "null": "null", "~": "null",
                             "3.5": "float", "1_000": "int"}.items()),
        (" that", "", "'second', choices, text: YAML reads '' as null; .* quotes"),
        (" that", " '  '", "'second', choices, text: .* write text"),
        (" that", " Layer #3", "'second', choices, text: YAML ends 'Layer' before the #; put it in quotes"),
        (" that", " [a, b]", "'second', choices, text: .* as seq; write text"),
        (" that", " !file x", "'second', choices, text: .* as !file; write text"),
        (" that", "  this ", "'second': two choices have the same text"),
        ("right: true", "right: 'false'", "'second', choices, right: .*'false' as str; write `right: true`"),
        ("right: true", "right: 1", "'second', choices, right: .*'1' as int; write `right: true`"),
        ("right: true", "right: false", "'second': mark exactly one choice with right: true"),
        ("right: true", "rihgt: true", "'second', choices: 'rihgt' is not known; use text, why, right"),
        ("    - text: that\n      why: No.\n", "", "'second': give it 2 to 8 choices"),
        ("    - text: that\n", MANY + "    - text: that\n", "'second': give it 2 to 8 choices"),
        ("    - text: that\n", "    - text: that\n      text: b\n", "'second', choices: 'text' is there"),
        ("    - text: that\n", "    - that\n", "'second', choices: .*write a list of dashes|cannot be read"),
        ("  question: Which", "  number: 3\n  question: Which", "'second': beside choices, leave out number"),
        ("  question: Which", "  question: a\n  question: Which", "'second': 'question' is there"),
        ("  question: Which one?", "  question:", "'second', question: .*'' as null; write text"),
        ("  question: How many?\n", "", "'first': give it an id and a question"),
        ("tolerance", "toleranec", "'first': 'toleranec' is not known; use .*tolerance"),
        ("id: second", "id: first", "'first': this id is there twice"),
        ("id: second", "id: 2", "'2', id: .*'2' as int; .* quotes"),
        ("id: second", "id: [second]", r"question '\?', id: .* as seq; write text"),
        ("id: second", "id: the second", "'the second': make the id of letters"),
        (GOOD, "", "holds no list of questions"),
        (GOOD, "# nothing yet\n", "holds no list of questions"),
        (GOOD, "id: first\n", "holds no list of questions"),
        (GOOD, "- first\n", r"question '\?': write a list of dashes"),
        ("Because.", "Note: this", "cannot be read .*line 5.*in quotes"),
        ("Because.", "\t@ is", "cannot be read .*in quotes"),
        (GOOD, GOOD.replace("Because", "Größe").encode("latin-1"), "cannot be read .*save it as UTF-8"),
    ],
)  # fmt: skip
def test_what_yaml_reads_otherwise_is_refused_with_bank_question_and_cure(
    tmp_path, monkeypatch, old, new, words
):
    assert old in GOOD
    with pytest.raises(ValueError, match=r"^07_x\.quiz\.yaml") as caught:
        read_bank(tmp_path, monkeypatch, GOOD.replace(old, new, 1) if isinstance(new, str) else new)
    assert re.search(words, str(caught.value)) and "\n" not in str(caught.value), caught.value


def test_an_answer_at_the_edge_of_the_tolerance_is_right(tmp_path, monkeypatch):
    text = GOOD.replace("30\n  tolerance: 0.5", "0.3 # note\n  tolerance: 1.0e-1").replace(
        " that", " 'Yes # 1'"
    )
    number, choice = read_bank(tmp_path, monkeypatch, f"\ufeff# words\n{text}")
    assert [quiz.judge(number, answer)[0] for answer in (0.2, 0.4, 0.41, 0.19)] == [True, True, False, False]
    assert quiz.judge(number, -30) == (False, "The sign.") and choice["choices"][1]["text"] == "Yes # 1"


def test_two_banks_of_a_lesson_are_counted(tmp_path, monkeypatch):
    (tmp_path / "07_y.quiz.yaml").write_text(GOOD)
    (tmp_path / "._07_y.quiz.yaml").write_text("")
    with pytest.raises(ValueError, match=r"'07' has 2 quiz banks.*: 07, 07\."):
        read_bank(tmp_path, monkeypatch, GOOD)
