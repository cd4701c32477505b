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
