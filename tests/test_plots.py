"""Pictures: what they return, that they say what they show, and that they draw what they are given."""

import io
from collections import Counter

import matplotlib
import numpy as np
import pytest
from matplotlib import colors
from PIL import Image, ImageSequence

from helpers import convolution, plots, training
from helpers.plots import arrays
from helpers.plots.results import KEY_NUMBERS
from slides import wall

RANDOM = np.random.default_rng(5)
IMAGE = RANDOM.integers(0, 255, (12, 12)).astype(np.uint8)
SMALL = RANDOM.integers(0, 4, (5, 5))
VOLUME = RANDOM.integers(0, 4, (5, 5, 3))
KERNEL = convolution.KERNELS["outline"]
HISTORY = {"loss": [2, 1], "val_loss": [2, 1.5], "accuracy": [0.3, 0.6], "val_accuracy": [0.3, 0.5]}
RUNS = {
    "plain": training.Runs(np.array([0.6, 0.7]), np.ones(2), 200),
    "augmented": training.Runs(np.array([0.7, 0.75]), np.ones(2), 200),
}
# A line to the right and down, then a line up, then padding.
SKETCH = np.array([(0, 0, -1), (1, 0, 1), (0, 1, 1), (-0.5, 0, -1), (0, -0.5, 1), (0, 0, 0)], np.float32)
BINS = {"confidence": [0.2, 0.5, 0.9], "accuracy": [0.3, 0.5, 0.8], "count": [40, 19, 60]}


def left_or_right(points):
    """Name class 1 right of x = 1."""
    return (points[:, 0] > 1).astype(int)


ALL = {
    "image_grid": lambda: plots.image_grid([IMAGE] * 3, list("abc"), columns=2, alt="three squares of noise"),
    "channel_grid": lambda: plots.channel_grid(np.stack([IMAGE] * 4, -1), alt="four squares of noise"),
    "places": lambda: plots.places([IMAGE], boxes=[[(1, 2, 5, 9)]], alt="a box on a square of noise"),
    "mosaic": lambda: plots.mosaic([IMAGE] * 5, columns=3, alt="five squares of noise, joined"),
    "number_grid": lambda: plots.number_grid([SMALL, SMALL[:2]], ["a", "b"], alt="numbers in squares"),
    "convolution_step": lambda: plots.convolution_step(SMALL, KERNEL, (1, 2)),
    "convolution_animation": lambda: plots.convolution_animation(SMALL, KERNEL, stride=2),
    "curves": lambda: plots.curves({"a": ([1, 2], [3, 4])}, xlabel="x", ylabel="y", alt="a rising line"),
    "learning_curves": lambda: plots.learning_curves({"net": HISTORY}, alt="loss falls, accuracy rises"),
    "bars": lambda: plots.bars({"a": 1, "b": 2}, xlabel="n", alt="two bars, the second twice as long"),
    "confusion_matrix": lambda: plots.confusion_matrix([0, 1, 1], [0, 1, 0], "ab", alt="a small matrix"),
    "image_scatter": lambda: plots.image_scatter(
        [(0, 1), (2, 5)], [IMAGE, IMAGE], ["bag", "shoe"], alt="two framed squares of noise"
    ),
    "bubbles": lambda: plots.bubbles(
        {"a": (2012, 16, 61), "b": (2013, 12, 0)}, xlabel="year", ylabel="%", alt="a disc and a cross"
    ),
    "regions": lambda: plots.regions(
        left_or_right, [(0, 1), (2, 5)], [0, 1], alt="a plane in two colours with two points"
    ),
    "runs": lambda: plots.runs(RUNS, chance=0.5, alt="two rows of dots with their intervals"),
    "accuracy_by_size": lambda: plots.accuracy_by_size(
        {"net": {20: RUNS["plain"], 96: RUNS["augmented"]}}, chance=0.5, alt="a line that rises"
    ),
    "flow": lambda: plots.flow([plots.Box(IMAGE), "conv", "+"], skip=(0, 2), alt="three boxes in a row"),
    "feature_table": lambda: wall.feature_table([IMAGE] * 2, SMALL[:2], shown=3, alt="two rows of numbers"),
    "dots": lambda: wall.dots({"a": {"new": 0.5}, "b": {"new": 0.7}}, xlabel="x", alt="two dots in two rows"),
    "network_rows": lambda: plots.network_rows(
        {"": ["frozen", "trains"]}, ["a", "b"], alt="two blocks in a row"
    ),
    "receptive_field_grids": lambda: wall.receptive_field_grids((3, 3), 1),
    "grad_cam_step": lambda: wall.grad_cam_step(
        IMAGE, np.ones((2, 2, 3)), np.ones((2, 2, 3)), IMAGE, [0, 2], 6
    ),
    "strokes": lambda: plots.strokes(
        [SKETCH] * 3, list("abc"), columns=2, alt="three times the same two strokes"
    ),
    "volume_step": lambda: wall.volume_step(VOLUME, KERNEL[..., None] * [1, 0, 2], (1, 2), bias=1),
    "pooling_step": lambda: wall.pooling_step(SMALL, (1, 0)),
    "receptive_field_steps": lambda: wall.receptive_field_steps([3, (2, 2), 3], size=12),
    "volumes": lambda: plots.volumes({"in": (8, 8, 1), "out": (2,)}, cut=1, alt="two boxes and a line"),
    "reliability_diagram": lambda: plots.reliability_diagram({"net": BINS}, alt="two points near a line"),
}


@pytest.mark.parametrize("name", ALL)
def test_every_picture_shows_itself_once_with_alt_text(name, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append((data, options)))
    figure = ALL[name]()
    figure._ipython_display_()
    ((data, options),) = shown
    (about,) = options["metadata"].values()
    assert len(about["alt"]) > 12 and data["text/plain"] == about["alt"]
    assert set(data) == {*options["metadata"], "text/plain"}
    assert Image.open(io.BytesIO(figure.png())).size > (100, 100)


@pytest.mark.parametrize("name", ALL)
def test_no_picture_is_left_with_pyplot_which_would_draw_it_again(name):
    import matplotlib.pyplot as plt

    ALL[name]()
    assert plt.get_fignums() == []


def test_every_public_plot_is_tried_here():
    tried = {*ALL, "Box", "Figure", "kernel_explorer", "key_numbers"}
    offered = {
        name
        for name, one in vars(plots).items()
        if getattr(one, "__module__", "").startswith("helpers.plots")
    }
    assert tried == {*offered, *wall.__all__}


def test_lines_differ_in_grey_print():
    lines = {str(number): ([0, 1], [0, number]) for number in range(5)}
    axis = plots.curves(lines, xlabel="x", ylabel="y", alt="five lines").axes[0]
    assert len({str(line.get_linestyle()) + str(line._unscaled_dash_pattern) for line in axis.lines}) == 5
    grey = [np.dot(colors.to_rgb(line.get_color()), [0.299, 0.587, 0.114]) for line in axis.lines]
    assert len(np.unique(np.round(grey, 2))) == 5


def test_curves_count_epochs_in_whole_numbers():
    for x, whole in ((np.arange(1, 4), True), (np.linspace(0, 1, 3), False)):
        axis = plots.curves({"a": (x, x)}, xlabel="x", ylabel="y", alt="a line").axes[0]
        axis.figure.draw_without_rendering()
        ticks = axis.get_xticks()
        assert np.array_equal(ticks, np.round(ticks)) == whole


def test_a_legend_of_many_lines_covers_none_of_them():
    lines = {f"line {number}": ([0, 1], [number, number]) for number in range(5)}
    axis = plots.curves(lines, xlabel="x", ylabel="y", alt="five flat lines").axes[0]
    axis.figure.draw_without_rendering()
    assert axis.get_legend().get_window_extent().x0 > axis.get_window_extent().x1


def test_a_colour_of_few_pixels_is_kept():
    from skimage import data

    picture = np.concatenate([data.coffee()[:300, :500], data.astronaut()[:300, :500]])
    picture[4:16, 4:16] = (255, 230, 30)  # on dark brown; without k-means it becomes orange
    figure = plots.image_grid([picture], size=6, alt="Two photos, in a corner of the first a yellow spot.")
    shown = np.asarray(Image.open(io.BytesIO(figure.png())).convert("RGB")).astype(int)
    assert np.abs(shown - (255, 230, 30)).max(axis=2).min() < 20


def test_a_step_writes_the_sum_it_draws():
    figure = plots.convolution_step(SMALL, KERNEL, (1, 2))
    expected = int((SMALL[1:4, 2:5] * KERNEL).sum())
    assert figure.get_supxlabel().endswith(f"= {expected}")
    texts = [text.get_text() for text in figure.axes[2].texts]
    assert texts == [f"{value}" for value in convolution.convolve2d(SMALL, KERNEL).ravel()[:6]]


def test_a_step_adds_up_channels():
    volume, kernel = RANDOM.integers(0, 3, (5, 5, 3)), RANDOM.integers(-1, 2, (3, 3, 3))
    figure = plots.convolution_step(volume, kernel, (0, 1), stride=2, padding=1)
    window = np.pad(volume, [(1, 1), (1, 1), (0, 0)])[0:3, 2:5]
    lines = figure.get_supxlabel().splitlines()
    for line, name, total in zip(
        lines, ("red", "green", "blue"), (window * kernel).sum(axis=(0, 1)), strict=False
    ):
        assert line.startswith(f"{name}: ") and line.endswith(f" = {total}")
    assert lines[3].endswith(f": {(window * kernel).sum()}")


def shade(axis, row, column):
    """The colour of a square, from 0 to 1."""
    picture = axis.images[0]
    return np.array(picture.cmap(picture.norm(picture.get_array()[row, column]))[:3])


def test_large_numbers_are_bright_and_signed_ones_diverge_around_white():
    grid = plots.number_grid([[[0, 9], [4, 4]], [[-2, 0], [1, 2]]], ["plain", "signed"], alt="two grids")
    plain, signed = grid.axes
    shades = [shade(plain, *place).mean() for place in ((0, 0), (1, 0), (0, 1))]
    assert shades == sorted(shades) and shades[0] > 0.5 and shades[2] > 0.98
    assert (shade(signed, 0, 1) > 0.98).all()
    blue, pale, red = shade(signed, 0, 0), shade(signed, 1, 0), shade(signed, 1, 1)
    assert blue[2] > blue[0] == pytest.approx(red[2], abs=0.02) and red[0] > pale[2] > red[2]


def test_images_can_have_their_own_maps_and_limits():
    pair = {"cmap": ["gray", "seismic"], "limits": [None, (-4, 4)]}
    one, other = plots.image_grid([SMALL, SMALL - 3], **pair, alt="two pictures").axes
    assert [axis.images[0].cmap.name for axis in (one, other)] == pair["cmap"]
    assert [axis.images[0].get_clim() for axis in (one, other)] == [(SMALL.min(), SMALL.max()), (-4, 4)]


def test_the_explorer_draws_edges_in_red_and_blue_and_black_stays_black():
    for kernel, signed in (("outline", True), ("blur", False), ("zero", False)):
        weights = convolution.KERNELS.get(kernel, np.zeros((3, 3)))
        assert (arrays.explored(IMAGE, weights).axes[1].images[0].cmap.name == "bwr") is signed


def test_numbers_without_signs_share_a_scale_and_windows_are_marked():
    grid = plots.number_grid([np.eye(4) * 8, [[6, 2], [2, 4]]], ["in", "out"], windows=2, alt="two grids")
    first, second = grid.axes
    assert (shade(first, 0, 0) > 0.98).all() and (shade(second, 0, 0) < 0.95).all()
    assert [len(axis.patches) for axis in grid.axes] == [4, 0]


def test_with_one_scale_a_number_has_the_same_shade_in_every_matrix():
    signed, plain = plots.number_grid([[[-4, 2]], [[0, 2]]], ["a", "b"], one_scale=True, alt="two rows").axes
    assert (shade(plain, 0, 0) > 0.98).all() and (shade(plain, 0, 1) == shade(signed, 0, 1)).all()


def test_a_line_divides_the_image_from_its_padding():
    figure = plots.convolution_step(SMALL, KERNEL, (0, 0), padding=2)
    border, window = figure.axes[0].patches
    assert border.get_bbox().bounds == (1.5, 1.5, SMALL.shape[1], SMALL.shape[0])
    assert window.get_bbox().bounds == (-0.5, -0.5, 3, 3)


def texts(figure):
    """Everything written in a figure, in the order in which it was drawn."""
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_volume_step_adds_up_channels_and_bias():
    kernel = RANDOM.integers(-2, 3, (3, 3, 3))
    figure = wall.volume_step(VOLUME, kernel, (1, 0), stride=2, padding=1, bias=4)
    window = np.pad(VOLUME, [(1, 1), (1, 1), (0, 0)])[2:5, 0:3]
    sums = np.einsum("ijc,ijc->c", window, kernel)
    assert [f"sum {value}" for value in sums] == [text for text in texts(figure) if text.startswith("sum")]
    assert texts(figure)[-1].endswith(f"+ 4 (bias)\n= {sums.sum() + 4}")
    output = convolution.convolve2d(VOLUME, kernel, stride=2, padding=1) + 4
    start = texts(figure).index("output") + 1
    assert texts(figure)[start:-1] == [str(value) for value in output.ravel()[:4]]


def test_a_pooling_step_keeps_the_largest_and_the_mean():
    numbers = np.array([[23, 14, 0, 109], [9, 43, 58, 15], [105, 85, 35, 25], [24, 69, 17, 7]])
    written = texts(wall.pooling_step(numbers, (1, 0)))
    assert written[written.index("max") + 1 :] == ["43", "109", "105", "mean", "22.25", "45.5", "70.75"]


@pytest.mark.parametrize("layers", [[3], [3, 3, 3], [3, (2, 2), 3], [(5, 2), 3, (2, 2), 3]])
def test_the_receptive_field_drawn_is_the_one_computed(layers):
    figure = wall.receptive_field_steps(layers, size=40)
    assert texts(figure)[0] == f"input: {convolution.receptive_field(layers)}"
    blue = colors.to_rgba("#56B4E9")
    squares = [patch for patch in figure.axes[0].patches if patch.get_facecolor() == blue]
    lowest = max(square.get_y() for square in squares)
    assert sum(square.get_y() == lowest for square in squares) == convolution.receptive_field(layers)


def test_a_box_stands_for_each_layer_with_its_shape():
    figure = plots.volumes({"in": (8, 8, 1), "maps": (4, 4, 9), "out": (2,)}, new=["out"], alt="three boxes")
    assert texts(figure) == ["8×8×1", "in", "4×4×9", "maps", "2", "out"]
    faces = figure.axes[0].patches[::3]
    heights = [np.ptp(face.get_xy()[:, 1]) for face in faces]
    assert heights[0] > heights[1] > heights[2]
    assert np.ptp(faces[1].get_xy()[:, 0]) > np.ptp(faces[0].get_xy()[:, 0])
    assert faces[2].get_facecolor() != faces[1].get_facecolor() == faces[0].get_facecolor()
    assert len(plots.volumes({"in": (8, 8, 1), "out": (2,)}, shown=1, alt="one box").axes[0].patches) == 3


def test_an_animation_has_a_frame_for_each_place_after_the_last_as_poster():
    movie = Image.open(io.BytesIO(plots.convolution_animation(SMALL, KERNEL, stride=2).png()))
    frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(movie)]
    assert movie.is_animated and len(frames) == 5
    assert frames[0].tobytes() == frames[4].tobytes() != frames[1].tobytes()


def test_a_confusion_matrix_counts():
    labels, predictions = RANDOM.integers(0, 4, (2, 200))
    figure = plots.confusion_matrix(labels, predictions, "abcd", alt="who is taken for whom")
    drawn = {
        tuple(map(int, text.get_position()))[::-1]: int(text.get_text()) for text in figure.axes[0].texts
    }
    assert drawn == Counter(zip(labels.tolist(), predictions.tolist(), strict=True))


def test_a_reliability_diagram_leaves_out_bins_of_chance_and_says_how_many_images_are_in_the_others():
    figure = plots.reliability_diagram({"net": BINS}, alt="two points near a line")
    assert figure.axes[0].lines[1].get_xydata().tolist() == [[0.2, 0.3], [0.9, 0.8]]
    assert texts(figure) == ["40", "60"]


def test_bytes_keep_their_own_black_and_white():
    dim = np.full((4, 4), 100, np.uint8)
    axis = plots.image_grid([dim, dim / 255], alt="two gray squares, one of bytes").axes
    assert axis[0].images[0].get_clim() == (0, 255)
    assert axis[1].images[0].get_clim() != (0, 255)


def joined(images, **options):
    return plots.mosaic(images, alt="joined pictures", **options).axes[0].images[0].get_array()


def test_a_mosaic_puts_every_picture_in_its_place():
    first, second = np.array([[[0, 255], [51, 102]], [[102, 0], [0, 51]]], np.uint8)
    above = [[0, 1, 1, 0.4, 0], [0.2, 0.4, 1, 0, 0.2]]
    wanted = [*above, [1, 1, 1, 1, 1], [0, 1, 1, 1, 1], [0.2, 0.4, 1, 1, 1]]
    np.testing.assert_allclose(joined([first, second, first], columns=2), wanted)
    assert joined([first, second, first], columns=2, gap=0).shape == (4, 4)
    assert joined(np.zeros((3, 4, 5, 3)), columns=2).shape == (9, 11, 3)


def test_boxes_masks_and_points_lie_on_the_pixels_that_they_name():
    image, mask = np.zeros((20, 30, 3), np.uint8), np.zeros((20, 30), np.uint8)
    mask[4:9, 12:22] = 2
    points = [[(12, 4), (22, 9), (np.nan, 3)]]
    figure = plots.places(
        [image],
        boxes=[[(12, 4, 22, 9)]],
        labels=[[1]],
        masks=[mask],
        points=[points],
        known=[points],
        names=["handbag", "shoe"],
        marks=["heel", "toe", "top"],
        alt="x",
    )
    axis = figure.axes[0]
    paint = axis.images[1].get_array()
    box = axis.patches[0]
    # A pixel of imshow reaches from its number less 0.5 to its number plus 0.5.
    rows, columns = np.nonzero(paint[..., 3])
    assert (box.get_x(), box.get_y()) == (columns.min() - 0.5, rows.min() - 0.5) == (11.5, 3.5)
    assert (box.get_width(), box.get_height()) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert colors.to_hex(box.get_edgecolor()) == colors.to_hex(paint[5, 15, :3]) == "#e69f00"
    assert not axis.texts
    dots = np.array([line.get_xydata()[0] for line in axis.lines])
    np.testing.assert_array_equal(dots, 2 * [(11.5, 3.5), (21.5, 8.5), (np.nan, 2.5)])
    hollow, filled = axis.lines[:3], axis.lines[3:]
    assert {line.get_markerfacecolor() for line in hollow} == {"none"}
    assert [line.get_marker() for line in hollow] == [line.get_marker() for line in filled]
    assert len({line.get_markerfacecolor() for line in filled}) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "handbag",
        "shoe",
        "heel",
        "toe",
        "top",
    ]
    assert axis.get_xlim() == (-0.5, 29.5) and axis.get_ylim() == (19.5, -0.5)


def test_the_highest_score_names_the_class_and_the_first_box_lies_on_top():
    boxes, scores = [(1, 1, 9, 9), (3, 3, 8, 8)], [(0.25, 0.5), (0.3, 0.1)]
    figure = plots.places([np.zeros((12, 12), np.uint8)], boxes=[boxes], scores=[scores], alt="x")
    axis = figure.axes[0]
    assert [text.get_text() for text in axis.texts] == ["0.30", "0.50"]
    drawn = [(box.get_x(), colors.to_hex(box.get_edgecolor())) for box in axis.patches]
    assert drawn == [(2.5, "#56b4e9"), (0.5, "#e69f00")]
    assert not figure.legends
    with pytest.raises(ValueError, match="scores has 2 entries for 1 images"):
        plots.places([np.zeros((12, 12))], boxes=[boxes], scores=scores, alt="x")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"labels": [[0, 1]], "boxes": [[(1, 1, 3, 3)]]}, r"1 boxes and the labels or classes \[0, 1\]"),
        (
            {"labels": [[4]], "boxes": [[(1, 1, 3, 3)]]},
            r"labels or classes \[4\]. Give one for each box, 0 to 3",
        ),
        (
            {"masks": [np.zeros((6, 6), int)]},
            r"A mask of int64 \(6, 6\) does not fit its picture, \(12, 12\)",
        ),
        ({"masks": [np.full((12, 12), 0.9)]}, "give whole numbers, 0 to 4"),
        ({"images": []}, "no image to show"),
    ],
)
def test_what_does_not_fit_a_picture_is_told(options, told):
    with pytest.raises(ValueError, match=told):
        plots.places(**{"images": [np.zeros((12, 12))], "alt": "x", **options})


def test_a_picture_in_which_nothing_was_found_is_shown():
    figure = plots.places([np.zeros((9, 9))], boxes=[np.zeros((0, 4))], scores=[np.zeros((0, 2))], alt="x")
    assert not figure.axes[0].patches


def test_a_mosaic_scales_each_gray_picture_by_itself_and_colours_never():
    dim = np.array([[0.0, 2.0], [4.0, 8.0]])
    np.testing.assert_allclose(joined([dim, np.full((2, 2), 5.0)], gap=0), [[0, 0.25, 0, 0], [0.5, 1, 0, 0]])
    colour = np.full((1, 2, 2, 3), 0.3)
    np.testing.assert_allclose(joined(colour), colour[0])


def test_key_numbers_are_a_table_and_json():
    table = plots.key_numbers({"weights": np.int64(421642), "accuracy <b>": np.float32(0.5), "note": "low"})
    bundle = table._repr_mimebundle_()
    assert bundle[KEY_NUMBERS] == {"weights": 421642, "accuracy <b>": 0.5, "note": "low"}
    assert type(bundle[KEY_NUMBERS]["weights"]) is int
    assert "421,642" in bundle["text/html"] and "accuracy &lt;b&gt;" in bundle["text/html"]
    assert repr(table).splitlines()[0].split() == ["weights", "421,642"]


def test_a_row_of_runs_shows_its_seeds_its_mean_and_what_the_test_set_leaves_open():
    (axis,) = plots.runs(RUNS, alt="two rows").axes
    bars, means = axis.collections[0::3], axis.collections[1::3]
    dots = axis.collections[2::3]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["plain", "augmented"]
    assert axis.get_ylim()[0] > axis.get_ylim()[1], "the first row is on top"
    for row, accuracies in enumerate(([0.6, 0.7], [0.7, 0.75])):
        np.testing.assert_allclose(dots[row].get_offsets(), [(a, row) for a in accuracies])
        assert means[row].get_segments()[0][:, 0] == pytest.approx([np.mean(accuracies)] * 2)
        low, high = bars[row].get_segments()[0][:, 0]
        # The Wilson interval holds the shares whose score test would not reject what was seen.
        share = np.mean(accuracies)
        assert (share - low) / np.sqrt(low * (1 - low) / 200) == pytest.approx(1.96, abs=0.02)
        assert (high - share) / np.sqrt(high * (1 - high) / 200) == pytest.approx(1.96, abs=0.02)


def test_the_area_of_a_disc_is_in_proportion_and_a_cross_stands_for_none():
    points = {"small": (1, 3, 10), "large": (100, 2, 40), "unknown": (10, 1, 0)}
    (axis,) = plots.bubbles(points, xlabel="x", ylabel="y", logx=True, alt="two discs and a cross").axes
    small, large, unknown = axis.collections
    assert large.get_sizes()[0] == 4 * small.get_sizes()[0] > unknown.get_sizes()[0]
    assert [tuple(one.get_offsets()[0]) for one in (small, large)] == [(1, 3), (100, 2)]
    assert len(small.get_edgecolors()) and axis.get_xscale() == "log"
    assert [text.get_text() for text in axis.texts] == list(points)
    assert [text.get_va() for text in axis.texts] == ["bottom", "bottom", "top"]


def test_bars_go_through_points_that_a_key_names_each_with_a_mark_of_its_own():
    points = {name: (number % 3, 70 + number, 0) for number, name in enumerate("abcdefg")}
    bars = {name: 0.5 + x for name, (x, *_) in points.items()}
    (axis,) = plots.bubbles(points, bars=bars, xlabel="x", ylabel="y", title="data", alt="three bars").axes
    found = {one.get_label(): one for one in axis.containers}
    for name, (x, y, _) in points.items():
        ((low, high),) = found[name].lines[2][0].get_segments()
        assert tuple(low) == (x, y - bars[name]) and tuple(high) == (x, y + bars[name])
    marks = {(one.lines[0].get_marker(), one.lines[0].get_markerfacecolor()) for one in axis.containers}
    assert len(marks) == len(points)
    assert [text.get_text() for text in axis.get_legend().get_texts()] == list(points)
    assert axis.get_title(loc="left") == "data" and not axis.texts


def test_regions_have_the_colours_of_their_classes_and_lie_where_they_are():
    points, labels = np.array([[0.0, 1.0], [2.0, 5.0], [1.8, 0.0]]), np.array([0, 1, 1])
    (axis,) = plots.regions(left_or_right, points, labels, alt="a plane in two colours").axes
    (image,) = axis.images
    low, high, bottom, top = image.get_extent()
    named, width = np.asarray(image.get_array()), high - low
    assert low < 0 and high > 2 and bottom < 0 and top > 5 and image.origin == "lower"
    edge = low + width * np.argmax(named[0] == 1) / named.shape[1]
    assert edge == pytest.approx(1, abs=2 * width / named.shape[1])
    assert (named == named[0]).all()
    for number, line in enumerate(axis.lines):
        np.testing.assert_array_equal(line.get_xydata(), points[labels == number])
        shade = image.cmap(image.norm(number))
        assert colors.to_rgb(line.get_color()) == pytest.approx(shade[:3])


def test_images_stand_where_their_points_are_in_frames_of_their_labels_and_none_over_another():
    points, labels = RANDOM.normal(size=(90, 2)), ["bag", "shoe", "hat"] * 30
    images = RANDOM.integers(0, 255, (90, 8, 8, 3)).astype(np.uint8)
    figure = plots.image_scatter(points, images, labels, alt="ninety marks and some framed pictures")
    (axis,) = figure.axes
    for number, line in enumerate(axis.lines):
        np.testing.assert_allclose(line.get_xydata(), points[number::3])
    boxes = [artist for artist in axis.artists if hasattr(artist, "offsetbox")]
    drawn = [
        next(n for n in range(90) if np.array_equal(box.offsetbox.get_data(), images[n])) for box in boxes
    ]
    np.testing.assert_allclose([box.xy for box in boxes], points[drawn])
    (legend,) = figure.legends
    marks = [mark.get_color() for mark in legend.legend_handles]
    assert [text.get_text() for text in legend.texts] == ["bag", "shoe", "hat"]
    frames = [colors.to_rgb(box.patch.get_edgecolor()) for box in boxes]
    assert frames == [colors.to_rgb(marks[number % 3]) for number in drawn]
    figure.canvas.draw()
    extents = [box.get_window_extent() for box in boxes]
    assert len(extents) > 5
    assert not any(one.overlaps(other) for n, one in enumerate(extents) for other in extents[:n])
    low, high = np.transpose([axis.get_xlim(), axis.get_ylim()])
    assert (points > low).all() and (points < high).all()


def test_strokes_are_drawn_one_by_one_from_dark_to_bright_and_without_padding():
    axis, bar = plots.strokes([SKETCH], alt="two strokes").axes
    first, start, second, _ = axis.lines
    np.testing.assert_allclose(first.get_xydata(), [(0, 0), (1, 0), (1, 1)])
    np.testing.assert_allclose(start.get_xydata(), [(0, 0)])
    np.testing.assert_allclose(second.get_xydata(), [(0.5, 1), (0.5, 0.5)])
    grey = [np.dot(colors.to_rgb(line.get_color()), [0.299, 0.587, 0.114]) for line in (first, second)]
    assert grey[0] + 0.3 < grey[1] < 0.8, "the last stroke is brighter, but not as white as the paper"
    assert axis.get_ylim()[0] > axis.get_ylim()[1], "y grows downwards"
    for low, high in (sorted(axis.get_xlim()), sorted(axis.get_ylim())):
        assert low < 0 < 1 < high
    assert [text.get_text() for text in bar.get_yticklabels()] == ["first stroke", "last stroke"]


def test_accuracy_by_size_has_error_bars_of_one_spread_and_true_tick_labels():
    points = {96: RUNS["augmented"], 20: RUNS["plain"]}
    (axis,) = plots.accuracy_by_size({"net": points}, alt="a line").axes
    (line, _, (bars,)) = axis.containers[0]
    np.testing.assert_allclose(line.get_xydata(), [(20, 0.65), (96, 0.725)])
    spans = [segment[:, 1] for segment in bars.get_segments()]
    half = np.array([0.1, 0.05]) / np.sqrt(2)
    np.testing.assert_allclose(spans, [(0.65 - half[0], 0.65 + half[0]), (0.725 - half[1], 0.725 + half[1])])
    assert [text.get_text() for text in axis.get_xticklabels()] == ["20", "96"]


def test_accuracy_by_size_draws_several_ways_side_by_side_and_names_the_line_of_guessing():
    points = {96: RUNS["augmented"], 20: RUNS["plain"]}
    ways = {name: points for name in ("a", "b", "c")}
    (axis,) = plots.accuracy_by_size(ways, chance=0.5, alt="three lines").axes
    starts = [container[0].get_xdata()[0] for container in axis.containers]
    assert starts == sorted(set(starts)) and starts[1] == 20 and starts[-1] / starts[0] < 1.2
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["guessing", "a", "b", "c"]


def test_the_explorer_follows_its_numbers(monkeypatch):
    shown = []
    monkeypatch.setattr("helpers.quiz.show_widget", lambda *given: shown.append(given))
    plots.kernel_explorer(IMAGE, "outline")
    panel, fallback, metadata = shown[0]
    (menu, grid), picture = panel.children[0].children, panel.children[1]
    assert [number.value for number in grid.children] == KERNEL.ravel().tolist()
    assert picture.value == arrays.explored(IMAGE, KERNEL).png()
    grid.children[4].value = 3
    changed = KERNEL.copy()
    changed[1, 1] = 3
    assert picture.value == arrays.explored(IMAGE, changed).png()
    menu.value = "blur"
    assert picture.value == arrays.explored(IMAGE, convolution.KERNELS["blur"]).png()
    assert "image/png" in fallback and metadata["image/png"]["alt"]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: plots.image_grid([], alt="x"), "no image"),
        (lambda: plots.image_grid([np.ones(3)], alt="x"), r"\(3,\)"),
        (lambda: plots.image_grid([IMAGE], ["a", "b"], alt="x"), "2 titles for 1 images"),
        (lambda: plots.image_grid([IMAGE] * 2, cmap=["gray"], alt="x"), "cmap has 1 entries for 2 images"),
        (lambda: plots.image_grid([IMAGE] * 2, limits=[(0, 1)], alt="x"), "limits has 1 entries for 2"),
        (lambda: plots.image_grid([IMAGE], alt=" "), "alt text"),
        (lambda: plots.channel_grid(IMAGE, alt="x"), r"\(H, W, C\)"),
        (lambda: plots.places([IMAGE] * 2, boxes=[[]], alt="x"), "boxes has 1 entries for 2 images"),
        (lambda: plots.mosaic(IMAGE, alt="x"), r"\(n, H, W\)"),
        (lambda: plots.mosaic(np.zeros((0, 2, 2)), alt="x"), "n >= 1"),
        (lambda: plots.convolution_step(SMALL, KERNEL, (3, 0)), r"\(3, 0\) lies outside"),
        (lambda: wall.volume_step(VOLUME, VOLUME[:3, :3], (3, 0)), r"\(3, 0\) lies outside"),
        (lambda: wall.pooling_step(SMALL, (0, 2)), r"\(0, 2\) lies outside.*2×2"),
        (lambda: wall.receptive_field_steps([3, 3], shown=3), "shown=3 of 2 layers"),
        (lambda: wall.receptive_field_steps([3, 3], size=4), "does not fit"),
        (lambda: plots.volumes({"a": (2, 3)}, alt="x"), r"\(2, 3\)"),
        (lambda: plots.confusion_matrix([0, 1], [0], "ab", alt="x"), r"\(2,\).*\(1,\)"),
        (lambda: plots.confusion_matrix([0, 2], [0, 1], "ab", alt="x"), r"outside 0\.\.1"),
        (
            lambda: plots.image_scatter([(0, 1)], [IMAGE] * 2, ["a"], alt="x"),
            r"n labels, not \(1, 2\), 2 and 1",
        ),
        (lambda: plots.strokes([], alt="x"), "no drawing"),
        (lambda: plots.strokes(SKETCH, alt="x"), r"shape \(3,\)"),
        (lambda: plots.strokes([SKETCH * 0], alt="x"), "a step at least"),
        (lambda: plots.strokes([SKETCH], ["a", "b"], alt="x"), "2 titles for 1 drawings"),
        (lambda: plots.bubbles({}, xlabel="x", ylabel="y", alt="x"), r"no point to draw. Give at least one"),
        (lambda: plots.regions(left_or_right, [(0, 1)], [0, 1], alt="x"), r"\(1, 2\) and 2 labels"),
        (lambda: plots.runs({}, alt="x"), "no result to draw"),
        (lambda: plots.accuracy_by_size({}, alt="x"), "no result to draw"),
        (lambda: plots.kernel_explorer(IMAGE, "wobble"), "'wobble' is unknown.*outline"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_photos_are_kept_as_jpeg_and_numbers_as_png():
    from skimage import data

    photo, numbers = data.chelsea()[:200, :200], np.arange(36).reshape(6, 6)
    # Before 3.11, Matplotlib scales a photo in such a way that a palette needs fewer bytes for it than JPEG.
    photos = "JPEG" if matplotlib.__version_info__[:2] >= (3, 11) else "PNG"
    for images, kind in [([photo] * 4, photos), ([numbers] * 4, "PNG")]:
        figure = plots.image_grid(images, size=1.8, alt="the same picture four times")
        media_type, content = figure.smallest()
        kept = Image.open(io.BytesIO(content))
        assert (kept.format, media_type) == (kind, f"image/{kind.lower()}")
        whole = np.asarray(Image.open(io.BytesIO(figure.png())).convert("RGB")).astype(int)
        assert np.abs(np.asarray(kept.convert("RGB")) - whole).mean() < 4
        assert kept.width == int(figure.get_figwidth() * 144) and len(content) <= len(figure.png())
