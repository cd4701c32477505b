"""Decks 1 and 1b: what they compute themselves, that they fit into a lesson, and what history they quote."""

import re

import numpy as np
import pytest
from scipy import signal

from helpers.staff import course
from slides import deck
from slides.computed import lesson_01, lesson_01b

ROWS = {
    "01": "A1 A2 A3 B1 B2 B3 B5 B6 B7 B8 B10 B11 B15 B16 B17 B18 B19 B20 B21",
    "01b": "A2 A4 B9 B10 B11 B12 B13 B14 B16 B22",
}
EACH = pytest.mark.parametrize("number", ROWS)


def slides_of(number):
    [path] = deck.paths([number])
    return deck.slides(path.read_text(encoding="utf-8"))


@EACH
def test_a_deck_fits_into_45_minutes(number):
    shown = slides_of(number)
    minutes = [int(re.match(r"(\d+) min\.", slide.notes)[1]) for slide in shown]
    assert 20 <= len(shown) <= 30 and 35 <= sum(minutes) <= 45


@EACH
def test_every_row_of_the_syllabus_is_on_a_slide(number):
    shown = set(re.findall(r"\b[A-J]\d{1,2}\b", " ".join(slide.footer for slide in slides_of(number))))
    assert shown == set(ROWS[number].split())


def test_history_is_quoted_as_in_the_lesson():
    [lesson] = course.sources(["01b"])
    text = lesson.read_text(encoding="utf-8")
    for name in ("gray_sets", "cifar", "imagenet", "imagenet_classes"):
        assert f"| {lesson_01b.values()[name]}" in text, name
    for errors in (lesson_01b.CONTEST, lesson_01b.ONE_NETWORK):
        assert str([*errors.values()]) in text
    assert "range(2011, 2016)" in text and [*lesson_01b.CONTEST] == [*range(2011, 2016)]
    assert str([*lesson_01b.ONE_NETWORK]) in text


def test_the_learnt_filter_is_the_one_of_least_squares():
    face = lesson_01b.face()
    windows = np.stack([face[a : a + 126, b : b + 126].ravel() for a in range(3) for b in range(3)], axis=1)
    wanted = signal.correlate2d(face, lesson_01.VERTICAL, mode="valid").ravel()
    best = np.linalg.lstsq(windows, wanted, rcond=None)[0].reshape(3, 3)
    np.testing.assert_allclose(lesson_01b.learn()[1000][0], best, atol=0.05)
    losses = [loss for _, loss in lesson_01b.learn().values()]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 1e-3
    kernel, loss = lesson_01b.learn()[50]
    picture = signal.correlate2d(face, kernel, mode="valid").ravel()
    assert loss == pytest.approx(np.mean((picture - wanted) ** 2))


def test_the_ball_gives_what_scipy_says():
    image, filters, biases = lesson_01b.ball()
    padded = np.pad(image, [(1, 1), (1, 1), (0, 0)])
    for f in range(2):
        every = signal.correlate(padded, filters[..., f], mode="valid")[..., 0]
        np.testing.assert_array_equal(lesson_01b.ball_maps()[..., f], every[::2, ::2] + biases[f])
    largest = np.unravel_index(lesson_01b.ball_maps()[..., 0].argmax(), (3, 3))
    assert largest == (1, 1), "the slide shows the first filter in the middle"


def test_the_matrix_filters_any_image():
    image = np.random.default_rng(1).integers(0, 9, lesson_01b.SIX.shape)
    wanted = signal.correlate2d(image, lesson_01.VERTICAL, mode="valid")
    np.testing.assert_array_equal((lesson_01b.matrix() @ image.ravel()).reshape(4, 4), wanted)


def test_the_1_that_moves_is_found_ever_less_exactly():
    for times, rows in enumerate(lesson_01.pooled_three_times()):
        assert rows.shape == (8, 8 >> times) and (rows.sum(axis=1) == 1).all()
        assert rows.argmax(axis=1).tolist() == [place >> times for place in range(8)]
