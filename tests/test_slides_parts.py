"""What decks share: results read from the lessons, questions of the quiz, pictures cut and set anew."""

import io

import numpy as np
import pytest
from PIL import Image

from helpers import quiz, training
from slides.computed import parts

RUNS = training.Runs(np.array([0.6, 0.64, 0.7]), np.ones(3), 200)


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_a_result_is_read_as_a_lesson_prints_it(monkeypatch):
    printed = f"plain:     {RUNS}\naugmented: {RUNS}\nfeatures,  4 labelled pictures: {RUNS}"
    monkeypatch.setattr("slides.lesson_outputs.text", lambda lesson: printed)
    for name in ("plain:", "features,  4 labelled pictures:"):
        found = parts.result("03", name)
        assert found == pytest.approx((RUNS.mean, RUNS.spread, *RUNS.interval), abs=5e-4)
    with pytest.raises(ValueError, match="matches nothing"):
        parts.result("03", "labelled pictures:")


def test_a_perfect_result_is_read_too(monkeypatch):
    perfect = training.Runs(np.ones(2), np.ones(2), 50)
    monkeypatch.setattr("slides.lesson_outputs.text", lambda lesson: f"net: {perfect}")
    assert parts.result("04", "net:") == pytest.approx((1, 0, *perfect.interval), abs=5e-4)


def test_questions_have_their_choices_and_their_answer():
    for entry in quiz.bank("03"):
        asked, told = parts.question("03", entry["id"]), parts.answer("03", entry["id"])
        texts = [choice["text"] for choice in entry.get("choices", [])]
        assert asked.startswith(entry["question"]) and asked.count("\n- ") == len(texts)
        chosen = [number for number, text in enumerate(texts) if told.startswith(text.rstrip("."))]
        given = chosen[0] if texts else int(told.split(".")[0])
        assert quiz.judge(entry, given)[0], f"{entry['id']}: {told}"


def test_a_piece_keeps_the_height():
    picture = np.arange(4 * 10 * 3).reshape(4, 10, 3)
    np.testing.assert_array_equal(pixels(parts.piece(png(picture), 0.4, 1)), picture[:, 4:])


def test_two_rows_follow_each_other_as_in_reading():
    picture = np.arange(2 * 8 * 3).reshape(2, 8, 3)
    np.testing.assert_array_equal(pixels(parts.two_rows(png(picture))), [*picture[:, :4], *picture[:, 4:]])


def test_off_white_becomes_white_and_nothing_else_changes(monkeypatch):
    picture = np.array([[[253, 252, 254], [247, 10, 0]]])
    monkeypatch.setattr(parts, "figure", lambda lesson, alt: png(picture))
    np.testing.assert_array_equal(pixels(parts.taken("03", "any")), [[[255, 255, 255], [247, 10, 0]]])
