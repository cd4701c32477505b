"""Pictures drawn for the slides: frozen blocks, receptive fields, Grad-CAM step by step, dots."""

import numpy as np
import pytest
from matplotlib import colors
from matplotlib.patches import Rectangle
from scipy import signal

from helpers import plots
from slides import wall

RANDOM = np.random.default_rng(8)
PHOTO = RANDOM.integers(0, 255, (16, 16, 3)).astype(np.uint8)


def boxes(axis):
    return [patch for patch in axis.patches if isinstance(patch, Rectangle)]


def luminance(colour):
    return np.dot(colors.to_rgb(colour), [0.299, 0.587, 0.114])


def test_blocks_have_the_looks_of_their_states_and_are_as_high_as_their_maps():
    states = ["frozen", "frozen", "slow", "trains", "random", "unused"]
    figure = plots.network_rows({"": states}, list("abcdef"), heights=[8, 8, 6, 5, 4, 4], alt="six blocks")
    drawn = boxes(figure.axes[0])
    looks = [(box.get_facecolor(), box.get_hatch(), box.get_linestyle()) for box in drawn]
    assert looks[0] == looks[1] and len(set(looks)) == 5
    assert drawn[2].get_height() / drawn[0].get_height() == pytest.approx(6 / 8)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "frozen",
        "low rate",
        "high rate",
        "not used",
        "from random weights",
    ]
    shades = [luminance(box.get_facecolor()) for box in (drawn[0], drawn[3], drawn[2])]
    assert np.diff(shades).min() > 0.12, "a grey print must tell frozen, high and low apart"


def test_the_picture_of_a_network_is_square_and_left_of_its_blocks():
    figure = plots.network_rows({"": ["slow"] * 3}, list("abc"), image=PHOTO, answer="shoe", alt="a network")
    figure.draw_without_rendering()
    [axis] = figure.axes
    [image] = axis.images
    area = image.get_window_extent()
    assert area.width == pytest.approx(area.height, rel=0.02)
    assert area.x1 < boxes(axis)[0].get_window_extent().x0
    answer = next(text for text in axis.texts if text.get_text() == "shoe")
    assert answer.get_window_extent().x1 <= figure.bbox.x1 + 1


def test_each_row_of_dots_has_its_marks_only_when_it_is_shown():
    rows = {"a": {"new": 0.9, "old": 0.7}, "b": {"new": (0.8, 0.6, 0.85)}, "c": {"new": 0.5, "old": 0.2}}
    figure = wall.dots(rows, xlabel="accuracy", shown=2, number_format="{:.2f}", alt="two of three rows")
    axis = figure.axes[0]
    marks = [
        tuple(line.get_xydata()[0])
        for line in axis.lines
        if line.get_marker() in "os" and len(line.get_xdata())
    ]
    assert [x for x, _ in marks] == [0.9, 0.8, 0.7]
    assert [round(y) for _, y in marks] == [0, 1, 0]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["a", "b", "c"]
    assert [note.get_text() for note in axis.texts] == ["0.90", "0.80", "0.70"]
    interval = axis.collections[0].get_segments()[0]
    assert list(interval[:, 0]) == [0.6, 0.85]


@pytest.mark.parametrize("kernels", [(3, 3, 3), (5, 3), (3, 5, 3)])
def test_what_a_value_sees_is_what_a_pulse_reaches_backwards(kernels):
    for depth in range(1, len(kernels) + 1):
        figure = wall.receptive_field_grids(kernels, depth)
        reached = np.ones((1, 1))
        counts = [1]
        for kernel in reversed(kernels[:depth]):
            reached = signal.convolve2d(reached, np.ones((kernel, kernel)))
            counts.append(np.count_nonzero(reached))
        for axis, expected in zip(figure.axes, reversed(counts), strict=False):
            filled = [box for box in boxes(axis) if box.get_fill() and luminance(box.get_facecolor()) < 0.95]
            assert len(filled) == expected
        for axis in figure.axes[depth + 1 :]:
            assert all(luminance(box.get_facecolor()) == pytest.approx(1) for box in boxes(axis))


def squares(axis):
    """Colour of each square with a number in it, by its number, in the order in which they were drawn."""
    drawn = {tuple(np.add(box.get_xy(), 0.5)): box.get_facecolor() for box in boxes(axis) if box.get_fill()}
    found = [(float(text.get_text()), drawn.get(text.get_position())) for text in axis.texts if digits(text)]
    return [(number, colour) for number, colour in found if colour is not None]


def digits(text):
    return text.get_text().lstrip("-").replace(".", "").isdigit()


def test_large_is_bright_and_signed_numbers_are_white_at_zero():
    gray = np.array([[0, 4], [10, 7]])
    found = sorted(squares(wall.pooling_step(gray, (0, 0)).axes[0])[:4])
    lights = [luminance(colour[:3]) for _, colour in found]
    assert lights == sorted(lights) and len(set(lights)) == 4 and lights[0] > 0.5 and lights[-1] > 0.999
    kernel = np.array([[-3, 0, 1], [0, 2, 0], [0, 0, 3]])[..., None]
    drawn = squares(wall.volume_step(np.ones((3, 3, 1), int), kernel, (0, 0)).axes[0])[9:18]
    assert [number for number, _ in drawn] == kernel.ravel().tolist()
    for number, (red, _, blue, _) in drawn:
        assert np.sign(round(red - blue, 1)) == np.sign(number)
        assert number or min(red, blue) > 0.98
    reds = {number: red - blue for number, (red, _, blue, _) in drawn}
    assert reds[1] < reds[2] < reds[3] == pytest.approx(-reds[-3], abs=0.02)


def test_a_negative_bias_is_taken_away():
    figure = wall.volume_step(np.ones((3, 3, 2), int), np.ones((3, 3, 2), int), (0, 0), bias=-5)
    assert figure.axes[0].texts[-1].get_text() == "9 + 9 − 5 (bias)\n= 13"


def test_large_features_are_bright():
    figure = wall.feature_table([PHOTO] * 2, [[0, 1, 2], [3, 4, 9]], shown=2, alt="two rows")
    lights = [luminance(patch.get_facecolor()[:3]) for patch in figure.axes[0].patches]
    assert lights == sorted(lights) and lights[0] > 0.5 and lights[-1] > 0.999


def test_grad_cam_is_drawn_as_far_as_it_is_computed():
    maps, gradients = RANDOM.normal(size=(2, 4, 4, 6))
    total = np.zeros((4, 4))
    for channel in range(6):
        total += gradients[..., channel].mean() * maps[..., channel]
    expected = {4: total, 5: np.maximum(total, 0), 6: PHOTO}
    for step in range(1, 7):
        figure = wall.grad_cam_step(PHOTO, maps, gradients, PHOTO, [1, 3], step)
        by_title = {axis.get_title(loc="center"): axis for axis in figure.axes if axis.images}
        titles = ["picture", "maps", "gradients", "sum of 6", "ReLU", "enlarged"]
        assert set(by_title) - {""} == set(titles[: {1: 2, 2: 3, 3: 3}.get(step, step)])
        for number in range(4, step + 1):
            shown = by_title[titles[number - 1]].images[0].get_array()
            np.testing.assert_allclose(shown, expected[number])
    bars = [box.get_width() for axis in figure.axes for box in boxes(axis)]
    assert np.sign(bars).tolist() == np.sign(gradients.mean(axis=(0, 1))[[1, 3]]).tolist()


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: plots.network_rows({}, [], alt="x"), "no network"),
        (lambda: plots.network_rows({"r": ["slow"]}, "ab", alt="x"), "'r' has 1 states for 2 blocks"),
        (lambda: plots.network_rows({"r": ["cold"]}, "a", alt="x"), "'cold' is unknown.*frozen"),
        (lambda: wall.dots({}, xlabel="x", alt="x"), "no result"),
        (lambda: wall.receptive_field_grids((3, 4), 1), "4×4 has no middle"),
        (lambda: wall.receptive_field_grids((3, 3), 3), "no layer 3 in a stack of 2"),
        (
            lambda: wall.grad_cam_step(PHOTO, np.ones((2, 2, 3)), np.ones((2, 2, 4)), PHOTO, [0], 1),
            r"Maps \(2, 2, 3\) and gradients \(2, 2, 4\)",
        ),
        (lambda: wall.grad_cam_step(PHOTO, *np.ones((2, 2, 2, 3)), PHOTO, [0], 7), "Step 7 is none"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
