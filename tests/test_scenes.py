"""The drawn scenes of several objects: outlines, boxes and key points agree with what is drawn."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from helpers import ROOT, drawings
from helpers.drawings import layouts as module
from helpers.drawings.composition import new_light, warp
from helpers.drawings.scenery import PHOTOS


@pytest.fixture(scope="module")
def drawn():
    return drawings.scenes("train", 12, seed=3)


def test_shapes_types_and_counts(drawn):
    assert drawn.images.shape == (12, 192, 192, 3) and drawn.images.dtype == np.uint8
    assert drawn.outlines.shape == drawn.masks.shape == (12, 192, 192)
    assert drawn.outlines.dtype == drawn.masks.dtype == np.uint8
    counts = [len(labels) for labels in drawn.labels]
    assert min(counts) >= 1 and max(counts) <= 4 and len(set(counts)) > 1
    for labels, boxes, points in zip(drawn.labels, drawn.boxes, drawn.points, strict=True):
        assert boxes.shape == (len(labels), 4) and points.shape == (len(labels), 3, 2)
        assert labels.dtype == np.int64 and boxes.dtype == points.dtype == np.float32
    assert {0, 1} == set(np.concatenate(drawn.labels))


def test_boxes_are_those_that_scipy_finds_around_the_outlines(drawn):
    for outline, boxes in zip(drawn.outlines, drawn.boxes, strict=True):
        found = ndimage.find_objects(outline)
        expected = [(c.start, r.start, c.stop, r.stop) for r, c in found]
        np.testing.assert_array_equal(boxes, expected)
        assert boxes.min() >= 1 and boxes.max() <= 191  # whole, inside the frame


def test_masks_name_the_class_of_each_outline(drawn):
    for mask, outline, labels in zip(drawn.masks, drawn.outlines, drawn.labels, strict=True):
        np.testing.assert_array_equal(mask > 0, outline > 0)
        for number, label in enumerate(labels, start=1):
            assert set(mask[outline == number]) == {label + 1}


def test_outlines_are_where_an_object_drawn_alone_hides_a_black_ground_and_a_white_one(monkeypatch):
    draw = module._object
    monkeypatch.setattr(module, "_object", lambda rng, light, _: draw(rng, light, np.zeros(3)))
    monkeypatch.setattr(module, "things", lambda *_: [])

    def rendered(brightness, only):
        monkeypatch.setattr(module, "backdrop", lambda _, n, photos: np.full((n, n, 3), brightness))
        return module._scene((8, 3, 0, 5), PHOTOS["train"], 192, (3, 3), only)

    for number in (1, 2, 3):
        black, white = (rendered(brightness, number) for brightness in (0.0, 200.0))
        same = (np.abs(black[0].astype(int) - white[0]) <= 2).all(axis=2)
        outline = black[1] == number
        assert outline.sum() > 300 and len(black[2]) == 3
        # a pixel of the edge, or of a narrow gap between straps, is part object and part ground
        assert same[ndimage.binary_erosion(outline)].mean() > 0.99
        assert not (same & ~ndimage.binary_dilation(outline)).any()


@pytest.mark.parametrize("seed", range(4))
def test_heel_toe_and_top_land_where_marks_on_the_cut_out_land(seed):
    rng = np.random.default_rng(seed)
    label = 0
    while not label:
        label, cut, pose = module._object(rng, new_light(rng, 384), np.zeros(3))
    pose.centre = np.array([170.0, 210.0])
    rows, columns = np.nonzero(cut.cover)
    toe = columns.min(), int(rows[columns == columns.min()].mean())
    top = int(columns[rows == rows.min()].mean()), rows.min()
    points = module._key_points(cut, pose)
    for point, (x, y) in zip(points[1:], (toe, top), strict=True):
        mark = np.zeros_like(cut.parts)
        mark[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3] = 1
        twice = pose.matrix(cut) @ np.diag([2.0, 2.0, 1.0])
        landed = np.argwhere(warp(mark, twice / twice[2, 2], 192, Image.Resampling.NEAREST))
        np.testing.assert_allclose(point, landed.mean(axis=0)[::-1] + 0.5, atol=2)


def test_a_shoe_stands_on_its_heel_and_half_of_them_look_to_the_right():
    drawn = drawings.scenes("validation", 16, seed=1)
    points = np.concatenate(drawn.points)[np.concatenate(drawn.labels) == 1]
    heel, toe, top = points.transpose(1, 0, 2)
    along = toe - heel
    # Turned so that the shoe looks to the left, what is above the line from heel to toe has the other sign.
    side = along[:, 0] * (top - heel)[:, 1] - along[:, 1] * (top - heel)[:, 0]
    assert (side * along[:, 0] < 0).all()
    assert np.hypot(*along.T).min() > 25
    assert 0.25 < np.mean(along[:, 0] > 0) < 0.75


def test_same_seed_same_bytes_in_a_fresh_process():
    code = (
        "import hashlib; from helpers import drawings\n"
        "print(hashlib.sha256(drawings.scenes('test', 2, seed=7).images.tobytes()).hexdigest())"
    )
    fresh = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    here = drawings.scenes("test", 3, seed=7).images[:2]
    assert fresh.stdout.strip() == hashlib.sha256(here.tobytes()).hexdigest()


def test_splits_and_seeds_differ_and_a_large_scene_holds_many():
    pictures = [drawings.scenes(split, 1, seed).images for split in ("train", "test") for seed in (0, 1)]
    for index, first in enumerate(pictures):
        assert all(np.abs(first.astype(float) - second).mean() > 8 for second in pictures[:index])
    large = drawings.scenes("test", 1, size=320, objects=(8, 8))
    assert large.images.shape == (1, 320, 320, 3) and len(large.labels[0]) == 8


def test_a_cut_out_shows_what_is_at_its_points():
    """On a picture whose red and green are x and y, colours tell where a pixel of the cut-out comes from."""
    down, right = np.mgrid[:192, :192].astype(np.uint8)
    image = np.stack([right, down, np.full_like(down, 200)], axis=-1)
    box, points = np.float32([60, 70, 120, 100]), np.float32([(115, 95), (65, 92), (110, 72)])
    border = np.float32([150, 40, 190, 80])
    one = {"labels": (np.array([0, 1, 1]),), "boxes": (np.stack([box + 9, box, border]),)}
    marks = (np.stack([points * np.nan, points, points]),)
    drawn = drawings.Scenes(image[None], np.zeros((1, 192, 192), np.uint8), points=marks, **one)
    cuts, places = drawings.shoe_cutouts(drawn)
    assert cuts.shape == (2, 96, 96, 3) and cuts.dtype == np.uint8 and places.dtype == np.float32
    # The window is 72 wide around (90, 85): a place from 0 to 1 is 54 + 72 x and 49 + 72 y.
    np.testing.assert_allclose(places[0] * 72 + (54, 49), points, atol=1e-4)
    for (x, y), place in zip(points, places[0], strict=True):
        column, row = (place * 96).astype(int)
        np.testing.assert_allclose(cuts[0, row, column, :2], (x, y), atol=1.5)
    assert not cuts[1, :, -1].any() and cuts[1, :, 0, 2].all()  # beyond the right edge of the scene
    bags = drawings.Scenes(image[None], drawn.outlines, (np.array([0]),), (box[None],), (points[None],))
    assert [part.shape for part in drawings.shoe_cutouts(bags)] == [(0, 96, 96, 3), (0, 3, 2)]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"split": "dev"}, "split='dev'"),
        ({"n": 0}, "n=0"),
        ({"seed": -1}, "seed=-1"),
        ({"size": 97}, "size=97"),
        ({"size": 2000}, "size=2000"),
        ({"objects": (0, 4)}, r"objects=\(0, 4\)"),
        ({"objects": (3, 2)}, r"objects=\(3, 2\)"),
        ({"objects": 4}, "objects=4"),
        ({"objects": ("a", "b")}, "objects="),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(ValueError, match=named) as caught:
        drawings.scenes(**{"split": "train", "n": 1, **arguments})
    message = str(caught.value)
    assert "give" in message and "\n" not in message and message.endswith(".")
