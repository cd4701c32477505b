"""Decks 5 and 6: pictures cut out of lessons, and numbers that two sources must give alike."""

import io

import numpy as np
from PIL import Image

from helpers import plots
from slides import lesson_outputs
from slides.computed import lesson_05, lesson_06, photos

# Smooth pictures of clearly different colours, none of them white.
PICTURES = [
    np.full((40, 40, 3), colour, np.uint8) for colour in [(200, 30, 30), (30, 160, 30), (20, 20, 200)]
] * 2
for number, picture in enumerate(PICTURES):
    picture[:20, :20] = 30 * number


def test_cells_are_the_pictures_of_a_grid():
    titles = ["a", "a much longer title", "", "d", "e\nf", "g"]
    grid = plots.image_grid(PICTURES, titles, columns=3, size=1.6, alt="six squares of colour")
    found = photos.cells(grid.png(), 2, 3)
    assert len(found) == 6
    for cell, picture in zip(found, PICTURES, strict=True):
        assert cell.shape[0] == cell.shape[1] > 120
        quarters = np.asarray(Image.fromarray(cell).resize((40, 40), Image.Resampling.BOX)).astype(int)
        away = np.abs(quarters - picture)
        away[18:22, :22] = away[:22, 18:22] = 0  # the border between quarters is a matter of half a pixel
        assert away.max() < 25


def test_the_left_part_is_cut_at_its_share():
    buffer = io.BytesIO()
    Image.fromarray(np.arange(200 * 4, dtype=np.uint8).reshape(4, 200)).save(buffer, "PNG")
    left = np.asarray(Image.open(io.BytesIO(photos.left_part(buffer.getvalue(), 0.75))))
    np.testing.assert_array_equal(left, np.arange(800, dtype=np.uint8).reshape(4, 200)[:, :150])


def test_weights_that_train_are_those_that_the_lesson_counts():
    values = lesson_05.values()
    assert values["train_head"] == lesson_outputs.printed("05", r"weights that train: (\S+)")
    tables = lesson_outputs.text("05")
    for key in ("train_last", "train_all"):
        assert f"\n{values[key]} of " in tables


def test_a_step_freezes_all_blocks_before_those_that_train():
    steps = lesson_05.steps()
    counts = [count for _, count in steps]
    assert counts == sorted(counts)
    for states, _ in steps:
        first = next(place for place, state in enumerate(states) if state != "frozen")
        assert "frozen" not in states[first:]
    assert "frozen" not in steps[-1][0]


def test_grad_cam_in_steps_is_grad_cam():
    """What the six slides add up, enlarged, is what the helper gives."""
    import tensorflow as tf

    from helpers import visualize

    maps, gradients = lesson_06.maps_and_gradients()
    steps = np.maximum(np.einsum("hwc,c->hw", maps, gradients.mean(axis=(0, 1))), 0)
    picture = lesson_06.clearest()
    whole = visualize.grad_cam(lesson_06.model(), picture, lesson_06.LAST, lesson_06.SHOE)[0]
    enlarged = tf.image.resize(steps[..., None], whole.shape)[..., 0].numpy()
    np.testing.assert_allclose(enlarged, whole, atol=1e-4 * whole.max())


def test_mosaics_hold_handbags_and_shoes_where_they_should():
    labels = lesson_06.data().test.labels
    for numbers in lesson_06.MOSAICS:
        assert labels[list(numbers)].tolist() == [0, 1, 1, 0]
    assert set(labels[list(lesson_06.CLEAR)]) == {lesson_06.SHOE}
