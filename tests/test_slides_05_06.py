"""Decks 5, 5b and 6: pictures cut out of lessons, and numbers that two sources must give alike."""

import io

import numpy as np
from PIL import Image

from helpers import plots
from slides import lesson_outputs
from slides.computed import lesson_05, lesson_05b, lesson_06, photos

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


def test_a_title_that_begins_below_a_picture_is_not_taken_with_it():
    cell = np.full((60, 60, 3), 255, np.uint8)
    cell[8:48, 10:50] = 100
    cell[59, 20:30] = 0  # the top of the next row's title
    found = photos._without_title(cell)
    assert found.shape == (34, 34, 3) and (found == 100).all()


def test_the_left_part_is_cut_at_its_share():
    buffer = io.BytesIO()
    Image.fromarray(np.arange(200 * 4, dtype=np.uint8).reshape(4, 200)).save(buffer, "PNG")
    left = np.asarray(Image.open(io.BytesIO(photos.left_part(buffer.getvalue(), 0.75))))
    np.testing.assert_array_equal(left, np.arange(800, dtype=np.uint8).reshape(4, 200)[:, :150])


def test_weights_that_train_are_those_of_a_head_and_of_all_but_batch_norm():
    from helpers import backbones, check

    network = backbones.headless("efficientnet_lite0", size="any")
    check.open_network(network)
    head = 1280 * 10 + 10
    opened = head + sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
    values = lesson_05.values()
    assert values["train_head"] == f"{head:,}" and values["train_all"] == f"{opened:,}"
    assert values["weights_each"] == f"{opened // 480:,}"


def test_numbers_of_deck_5_are_those_of_lesson_5b_which_trains_the_same_again():
    values = lesson_05.values()
    won, lost = int(values["tuned_only"]), int(values["head_only"])
    before, after = (
        float(lesson_outputs.printed("05b", pattern))
        for pattern in (r"^2 features and a head +(\S+) in", r"^3 weights, tuned +(\S+) in")
    )
    assert abs(int(values["test_digits"]) * (after - before) - (won - lost)) < 1  # printed to 0.001
    assert (values["before"], values["after"]) == (lesson_05.percent(before), lesson_05.percent(after))
    rows = {len(states) for states in (lesson_05.LAST, [*lesson_05.FROZEN, "trains"], lesson_05.SIDES)}
    assert rows == {len(lesson_05.BLOCKS)}


def test_the_curves_of_deck_6_are_the_table_of_the_lesson():
    where, what = lesson_06.measured()
    assert len(where) == len(what) == 5
    for values, name in ((where, "R² of the redrawn picture"), (what, "accuracy from means of maps")):
        ends = [lesson_06.printed("06", rf"^{name}, {which} layer +(\S+)$") for which in ("first", "last")]
        np.testing.assert_allclose([values[0], values[-1]], list(map(float, ends)), atol=0.006)


def test_the_filter_of_deck_5b_is_one_of_the_network():
    from helpers import backbones

    network = backbones.headless("efficientnet_lite0", size="any")
    weights = network.get_layer("top_conv").get_weights()[0][0, 0, :, 0]
    values = lesson_05b.values()
    scale = float(np.abs(weights).max()) / 127
    assert values["scale"] == f"{scale:.5f}"
    for place, weight in enumerate(weights[:3], 1):
        whole = int(values[f"number_{place}"])
        assert values[f"weight_{place}"] == f"{weight:.4f}" and abs(weight / scale - whole) <= 0.5
        assert values[f"product_{place}"] == f"{scale * whole:.4f}"
