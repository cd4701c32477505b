"""Diagrams: boxes in their order, readable, and joined as asked; tables with the numbers they are given."""

import itertools

import numpy as np
import pytest
from matplotlib import colors
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from helpers import plots
from helpers.plots import Box
from slides import wall

RANDOM = np.random.default_rng(7)
IMAGES = RANDOM.integers(0, 255, (3, 8, 8, 3)).astype(np.uint8)
ORANGE = colors.to_rgba("#d55e00")
STATES = ("usual", "frozen", "new", "gone")


def drawn(boxes, **options):
    """The axes of a flow, and the extents of its frames as (left, bottom, right, top) from left to right."""
    (axis,) = plots.flow(boxes, alt="boxes from left to right", **options).axes
    axis.figure.draw_without_rendering()
    frames = [patch for patch in axis.patches if isinstance(patch, (FancyBboxPatch, Circle))]
    extents = [patch.get_window_extent().transformed(axis.transData.inverted()).extents for patch in frames]
    return axis, sorted(extents, key=lambda extent: extent[0])


def arrows(axis, colour=None):
    found = [patch for patch in axis.patches if isinstance(patch, FancyArrowPatch)]
    return [patch for patch in found if colour is None or patch.get_edgecolor() == colour]


def test_boxes_follow_each_other_and_hold_their_text():
    names = ["conv 3×3", "batch normalisation\nand more of it", "+", "WWWWWWWW"]
    axis, extents = drawn(names)
    assert all(one[2] < other[0] for one, other in itertools.pairwise(extents))
    inverted = axis.transData.inverted()
    for name, extent in zip(names, extents, strict=True):
        (text,) = [text for text in axis.texts if text.get_text() == name]
        left, bottom, right, top = text.get_window_extent().transformed(inverted).extents
        assert extent[0] < left and right < extent[2] and extent[1] < bottom and top < extent[3], name
    (low, high), (bottom, top) = axis.get_xlim(), axis.get_ylim()
    assert low <= extents[0][0] and extents[-1][2] <= high
    width, height = axis.figure.get_size_inches()
    assert (high - low) / width == pytest.approx((top - bottom) / height), "a circle stays one"


def test_an_arrow_leads_from_each_box_to_the_next():
    axis, extents = drawn(["a", "b", "c"])
    ends = [patch._posA_posB for patch in arrows(axis)]
    assert len(ends) == 2
    for (start, end), one, other in zip(ends, extents, extents[1:], strict=False):
        assert one[2] < start[0] < end[0] < other[0] and start[1] == end[1] == 0


def test_states_differ_without_their_colour():
    axis, _ = drawn([Box(state, state=state) for state in STATES])
    frames = [patch for patch in axis.patches if isinstance(patch, FancyBboxPatch)]
    looks = {(patch.get_linewidth(), str(patch.get_linestyle()), patch.get_hatch()) for patch in frames}
    assert len(frames) == len(looks) == len(STATES)


def test_text_has_no_frame():
    _, extents = drawn([Box("x", state="text"), "conv"])
    assert len(extents) == 1


def test_a_skip_leaves_behind_the_first_box_and_enters_the_other_from_above():
    boxes = [Box("x", state="text"), "conv", "conv", Box("+"), "ReLU"]
    axis, extents = drawn(boxes, skip=(0, 3))
    (way,) = [line for line in axis.lines if colors.to_rgba(line.get_color()) == ORANGE]
    (start, bottom), *_, (end, top) = way.get_xydata()
    assert bottom == 0 and start < extents[0][0]
    assert top > max(extent[3] for extent in extents), "it passes over the boxes"
    (arrow,) = arrows(axis, ORANGE)
    _, (x, y) = arrow._posA_posB
    left, _, right, plus_top = extents[2]
    assert x == end == pytest.approx((left + right) / 2) and y == pytest.approx(plus_top, abs=0.03)
    assert len(arrows(axis)) == len(boxes)


def test_skips_are_nested_and_stay_inside_the_picture():
    axis, extents = drawn(["a", "b", "c", "d"], skip=[(0, 3), (1, 2)])
    ways = [line.get_xydata() for line in axis.lines if colors.to_rgba(line.get_color()) == ORANGE]
    middles = [(extents[box][0] + extents[box][2]) / 2 for box in (2, 3)]
    np.testing.assert_allclose([way[-1, 0] for way in ways], middles)
    inner, outer = (way[-1, 1] for way in ways)
    assert max(extent[3] for extent in extents) < inner < outer - 0.2 and outer < axis.get_ylim()[1]
    assert len(arrows(axis, ORANGE)) == 2


def test_a_group_is_bracketed_below_its_boxes():
    axis, extents = drawn(["a", Box("b", "a note"), "c", "d"], groups={"base": (0, 1), "head": (3, 3)})
    spans = {(line.get_xdata().min(), line.get_xdata().max()) for line in axis.lines}
    for first, last in ((0, 1), (3, 3)):
        wanted = extents[first][0] - 0.06, extents[last][2] + 0.06
        assert any(np.allclose(span, wanted, atol=0.03) for span in spans)
    note = next(text for text in axis.texts if text.get_text() == "a note")
    floor = note.get_window_extent().transformed(axis.transData.inverted()).y0
    assert all(line.get_ydata().max() < floor for line in axis.lines)
    name = next(text for text in axis.texts if text.get_text() == "base")
    assert name.get_window_extent().y0 > 0, "the name lies in the picture"


def test_a_width_keeps_boxes_in_place():
    short, long = (drawn(["conv", *more], width=9) for more in ([], ["dense", "+"]))
    np.testing.assert_allclose(short[1][0], long[1][0])
    assert short[0].get_xlim() == long[0].get_xlim() == (0, 9)
    assert drawn(["conv", "dense"], width=1)[0].get_xlim()[1] > 2, "at least as wide as the boxes"


def test_an_image_stands_in_its_box():
    axis, _ = drawn([Box(IMAGES[0]), "conv"])
    np.testing.assert_array_equal(axis.images[0].get_array(), IMAGES[0])


def test_a_feature_table_writes_the_first_features_and_the_last():
    rows = RANDOM.normal(size=(3, 9))
    (axis,) = wall.feature_table(IMAGES, rows, shown=4, labels=["bag", "shoe", "hat"], alt="a table").axes
    texts = {text.get_text(): text.get_position() for text in axis.texts}
    wanted = [f"{value:.2f}" for row in rows for value in (*row[:4], row[-1])]
    written = [text.get_text() for text in axis.texts if "." in text.get_text()]
    assert written == wanted
    heads = ["1", "2", "3", "4", "9"]
    for number, head in enumerate(heads):
        assert texts[head][0] == pytest.approx(texts[wanted[number]][0]), "a number stands below its head"
    for number, (image, label) in enumerate(zip(axis.images, ["bag", "shoe", "hat"], strict=True)):
        np.testing.assert_array_equal(image.get_array(), IMAGES[number])
        low, high = image.get_extent()[2:]
        assert low < texts[label][1] < high and low < texts[wanted[5 * number]][1] < high


def test_a_larger_feature_is_brighter():
    (axis,) = wall.feature_table(IMAGES[:1], [[0.1, 0.9, 0.5, 0.3]], shown=3, alt="a row").axes
    greys = [patch.get_facecolor()[0] for patch in axis.patches]
    assert np.argsort(greys).tolist() == [0, 3, 2, 1]
    assert min(greys) > 0.5, "black figures stay readable"


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: plots.flow([], alt="x"), "no box"),
        (lambda: plots.flow([Box("a", state="molten")], alt="x"), "'molten' is unknown.*usual"),
        (lambda: plots.flow(["a", "b"], skip=(0, 2), alt="x"), "skip goes from box 0 to box 2 of 2"),
        (
            lambda: plots.flow(list("abcd"), skip=[(0, 9), (1, 2)], alt="x"),
            "skip goes from box 0 to box 9 of 4",
        ),
        (
            lambda: plots.flow(["a", "b"], skip=(0, 1, 0, 1), alt="x"),
            "is no pair of boxes, nor a list of pairs",
        ),
        (lambda: plots.flow(["a", "b"], skip=(0.0, 1.0), alt="x"), "is no pair of boxes"),
        (lambda: plots.flow(["a", "b"], groups={"base": (1, 0)}, alt="x"), "group 'base' goes from box 1 to"),
        (lambda: wall.feature_table(IMAGES, np.ones((2, 4)), alt="x"), r"3 images, rows \(2, 4\) do not"),
        (lambda: wall.feature_table(IMAGES, np.ones((3, 4)), labels=["a"], alt="x"), "and 1 labels do not"),
        (lambda: wall.feature_table(IMAGES, np.ones((3, 4)), shown=4, alt="x"), "shown=4 of 4 columns"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
