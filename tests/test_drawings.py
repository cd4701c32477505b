"""The drawn data sets: their format, and that they can be learnt but not too easily."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers import drawings
from helpers.drawings.canvas import Canvas, ellipse, mirrored, pick, spline, symmetric
from helpers.drawings.fashion import GARMENTS

ROOT = Path(__file__).parents[1]
SETS = {"fashion": drawings.fashion, "digits": drawings.digits}


@pytest.fixture(scope="module", params=SETS)
def drawn(request):
    """Name of a set, and 2,000 training and 500 test pictures of it."""
    return request.param, SETS[request.param](n_train=2_000, n_test=500, seed=0)


def digest(splits) -> str:
    parts = [array.tobytes() for split in splits for array in split]
    return hashlib.sha256(b"".join(parts)).hexdigest()


# --- format ------------------------------------------------------------------------------------------------


def test_class_names_are_those_of_the_original_sets():
    names = "T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot"
    assert drawings.FASHION_CLASSES == tuple(names.split(", "))
    assert drawings.DIGIT_CLASSES == tuple("0123456789")


def test_shapes_types_and_range(drawn):
    _, ((x_train, y_train), (x_test, y_test)) = drawn
    assert x_train.shape == (2_000, 28, 28) and x_test.shape == (500, 28, 28)
    assert y_train.shape == (2_000,) and y_test.shape == (500,)
    for array in (x_train, y_train, x_test, y_test):
        assert array.dtype == np.uint8 and array.flags.writeable
    assert x_train.min() == 0 and x_train.max() == 255
    assert set(y_train) == set(range(10))


def test_classes_are_balanced_and_shuffled(drawn):
    _, ((_, y_train), (_, y_test)) = drawn
    assert np.all(np.bincount(y_train) == 200) and np.all(np.bincount(y_test) == 50)
    # Of 1,999 neighbours in random order, about a tenth are of one class: 200, standard deviation 13.
    assert 140 < np.sum(y_train[1:] == y_train[:-1]) < 260


@pytest.mark.parametrize("draw", SETS.values(), ids=SETS)
def test_numbers_that_ten_does_not_divide_are_spread_evenly(draw):
    (_, y_train), (_, y_test) = draw(n_train=37, n_test=3)
    counts = np.bincount(y_train, minlength=10)
    assert counts.max() - counts.min() == 1 and np.bincount(y_test).max() == 1


@pytest.mark.parametrize("draw", SETS.values(), ids=SETS)
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"n_train": 0}, "n_train=0"),
        ({"n_test": -5}, "n_test=-5"),
        ({"n_train": 10.5}, "n_train=10.5"),
        ({"n_test": "20"}, "n_test='20'"),
        ({"n_train": True}, "n_train=True"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": None}, "seed=None"),
    ],
)
def test_bad_arguments_are_named(draw, arguments, named):
    with pytest.raises(ValueError, match=named) as caught:
        draw(**arguments)
    assert "such as" in str(caught.value) and "\n" not in str(caught.value)


def test_numpy_integers_are_welcome():
    (x_train, _), _ = drawings.digits(n_train=np.int64(3), n_test=np.int32(1))
    assert len(x_train) == 3


# --- chance ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SETS)
def test_same_seed_same_bytes_in_a_fresh_process(name):
    code = (
        "import hashlib; from helpers import drawings\n"
        f"splits = drawings.{name}(n_train=60, n_test=20, seed=7)\n"
        "parts = [array.tobytes() for split in splits for array in split]\n"
        "print(hashlib.sha256(b''.join(parts)).hexdigest())"
    )
    fresh = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    np.random.seed(3)  # noqa: NPY002  the global generator must not matter
    assert fresh.stdout.strip() == digest(SETS[name](n_train=60, n_test=20, seed=7))


@pytest.mark.parametrize("draw", SETS.values(), ids=SETS)
def test_other_seeds_give_other_pictures(draw):
    (first, _), (first_test, _) = draw(n_train=20, n_test=20, seed=1)
    (second, _), (second_test, _) = draw(n_train=20, n_test=20, seed=2)
    assert not np.array_equal(first, second) and not np.array_equal(first_test, second_test)


@pytest.mark.parametrize("draw", SETS.values(), ids=SETS)
def test_test_set_does_not_depend_on_the_size_of_the_training_set(draw):
    _, (small, small_labels) = draw(n_train=10, n_test=30)
    _, (large, large_labels) = draw(n_train=50, n_test=30)
    assert np.array_equal(small, large) and np.array_equal(small_labels, large_labels)


@pytest.mark.parametrize("draw", SETS.values(), ids=SETS)
def test_sets_of_one_size_differ(draw):
    (x_train, y_train), (x_test, y_test) = draw(n_train=50, n_test=50)
    assert not np.array_equal(y_train, y_test)
    assert not {image.tobytes() for image in x_train} & {image.tobytes() for image in x_test}


def test_no_picture_occurs_twice(drawn):
    _, ((x_train, _), (x_test, _)) = drawn
    hashes = [hashlib.sha256(image.tobytes()).digest() for image in np.concatenate([x_train, x_test])]
    assert len(set(hashes)) == len(hashes)


# --- what is in the pictures -------------------------------------------------------------------------------


def test_every_class_varies(drawn):
    name, ((x_train, y_train), _) = drawn
    least = {"fashion": 15, "digits": 15}[name]
    for label in range(10):
        images = x_train[y_train == label].astype(float)
        difference = np.abs(images[:100] - images[100:]).mean()
        assert difference > least, (name, label, difference)


def test_the_object_fills_a_sensible_part_of_the_frame(drawn):
    name, ((x_train, y_train), _) = drawn
    low, high = {"fashion": (0.1, 0.75), "digits": (0.07, 0.35)}[name]
    shares = (x_train > 20).mean(axis=(1, 2))
    for label in range(10):
        assert low < np.median(shares[y_train == label]) < high, (name, label)
    assert shares.min() > 0.03
    corners = x_train[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert np.mean(corners > 20) < 0.03
    brightest = np.percentile(x_train.reshape(len(x_train), -1), 99.5, axis=1)
    assert brightest.min() > 40 and np.median(brightest) > 170


def test_digits_are_centred_like_mnist():
    (x_train, _), _ = drawings.digits(n_train=300, n_test=1)
    rows, columns = np.mgrid[:28, :28]
    mass = x_train.sum(axis=(1, 2))
    for axis in (rows, columns):
        centre = (x_train * axis).sum(axis=(1, 2)) / mass
        assert abs(centre.mean() - 13.5) < 0.7 and np.abs(centre - 13.5).max() < 4
    lines = x_train.max(axis=2) > 40
    height = 28 - lines.argmax(axis=1) - lines[:, ::-1].argmax(axis=1)
    assert 16 <= np.median(height) <= 22


def test_most_shoes_point_left():
    """Sneakers are lower at the toes: the left half of the picture holds less light in its upper part."""
    (x_train, y_train), _ = drawings.fashion(n_train=1_000, n_test=1)
    for name in ("Sneaker", "Ankle boot"):
        shoes = x_train[y_train == drawings.FASHION_CLASSES.index(name)].astype(float)
        height = np.arange(28, 0, -1)[None, :, None]
        lift = (shoes * height).sum(axis=1) / np.maximum(shoes.sum(axis=1), 1)
        assert 0.65 < np.mean(lift[:, 18:24].mean(axis=1) > lift[:, 4:10].mean(axis=1)) < 1


def nearest_neighbour_labels(x_train, y_train, x_test):
    train, test = (x.reshape(len(x), -1).astype(np.float32) / 255 for x in (x_train, x_test))
    distances = (train**2).sum(axis=1) - 2 * test @ train.T
    return y_train[distances.argmin(axis=1)]


def test_classes_can_be_learnt_but_not_by_comparing_pixels(drawn):
    """Independent of any network: chance is 0.1, and neither simple classifier may come near 1."""
    name, ((x_train, y_train), (x_test, y_test)) = drawn
    neighbour = np.mean(nearest_neighbour_labels(x_train, y_train, x_test) == y_test)
    centroids = np.stack([x_train[y_train == label].mean(axis=0) for label in range(10)])
    centroid = np.mean(nearest_neighbour_labels(centroids, np.arange(10), x_test) == y_test)
    bounds = {"fashion": ((0.5, 0.85), (0.4, 0.75)), "digits": ((0.8, 0.97), (0.6, 0.9))}[name]
    assert bounds[0][0] < neighbour < bounds[0][1]
    assert bounds[1][0] < centroid < bounds[1][1]


def test_tops_are_what_gets_confused():
    (x_train, y_train), (x_test, y_test) = drawings.fashion(n_train=2_000, n_test=500, seed=3)
    wrong = nearest_neighbour_labels(x_train, y_train, x_test)
    tops = [drawings.FASHION_CLASSES.index(name) for name in ("T-shirt/top", "Pullover", "Coat", "Shirt")]
    is_wrong, is_top = wrong != y_test, np.isin(y_test, tops)
    assert np.mean(is_wrong[is_top]) > 2 * np.mean(is_wrong[~is_top])
    assert np.mean(np.isin(wrong[is_wrong & is_top], tops)) > 0.7


def test_footwear_gets_confused_too():
    """Some sandals and ankle boots are cut like sneakers; to tell those apart takes more than an outline."""
    (x_train, y_train), (x_test, y_test) = drawings.fashion(n_train=4_000, n_test=1_000, seed=3)
    worn = [drawings.FASHION_CLASSES.index(name) for name in ("Sandal", "Sneaker", "Ankle boot")]
    learnt, asked = np.isin(y_train, worn), np.isin(y_test, worn)
    answers = nearest_neighbour_labels(x_train[learnt], y_train[learnt], x_test[asked])
    for label in worn:
        assert 0.01 < np.mean(answers[y_test[asked] == label] != label) < 0.4, label


# --- the canvas --------------------------------------------------------------------------------------------


def test_area_of_a_disc_and_of_an_ellipse():
    canvas = Canvas(40, supersample=8)
    canvas.polygon(ellipse((50, 50), 40, 20, corners=90), 255)
    assert canvas.to_array().mean() / 255 == pytest.approx(np.pi * 0.4 * 0.2, rel=0.03)
    canvas = Canvas(40, supersample=8)
    canvas.disc((50, 50), 30, 255)
    assert canvas.to_array().mean() / 255 == pytest.approx(np.pi * 0.3**2, rel=0.03)


def test_placement_turns_scales_shifts_and_mirrors():
    def centre(point=(80, 50), **placement):
        canvas = Canvas(100, supersample=4)
        canvas.place(**placement)
        canvas.disc(point, 5, 255)
        rows, columns = np.nonzero(canvas.to_array())
        return columns.mean() + 0.5, rows.mean() + 0.5

    assert centre() == pytest.approx((80, 50), abs=0.5)
    assert centre(scale=0.5) == pytest.approx((65, 50), abs=0.5)
    assert centre(shift=(5, -10)) == pytest.approx((85, 40), abs=0.5)
    assert centre(mirror=True) == pytest.approx((20, 50), abs=0.5)
    assert centre(angle=90) == pytest.approx((50, 80), abs=0.5)
    assert centre(angle=90, mirror=True) == pytest.approx((50, 20), abs=0.5)
    assert centre(point=(50, 20), angle=90) == pytest.approx((80, 50), abs=0.5)
    assert centre(angle=-30) == pytest.approx((50 + 30 * np.cos(np.pi / 6), 35), abs=0.5)


def test_edges_are_smooth():
    canvas = Canvas(10)
    canvas.polygon([(0, 0), (45, 0), (45, 100), (0, 100)], 255)
    assert 60 < canvas.to_array()[5, 4] < 200


def test_fabric_stays_inside_its_polygon():
    canvas = Canvas(20)
    canvas.polygon([(25, 25), (75, 25), (75, 75), (25, 75)], np.full((80, 80), 300.0))
    picture = canvas.to_array()
    assert picture[10, 10] == 255 and picture[2, 2] == 0


def test_a_spline_passes_through_its_points_and_straight_stays_straight():
    points = np.array([(10, 10), (40, 70), (80, 30), (90, 90)], dtype=float)
    assert np.allclose(spline(points, samples=6)[::6], points)
    assert np.allclose(spline(points, samples=6, closed=True)[::6], points)
    line = np.stack([np.arange(5.0), 2 * np.arange(5.0)], axis=1)
    curve = spline(line)
    assert np.allclose(curve[:, 1], 2 * curve[:, 0])


def test_an_outline_from_its_right_half_is_symmetric():
    outline = symmetric([(55, 10), (70, 50), (60, 90)])
    assert outline.tolist() == [[55, 10], [70, 50], [60, 90], [40, 90], [30, 50], [45, 10]]
    assert np.array_equal(mirrored(outline)[::-1], outline)


def test_pick_follows_its_weights():
    rng = np.random.default_rng(0)
    drawn = [pick(rng, {"a": 1, "b": 3, "c": 0}) for _ in range(4_000)]
    assert drawn.count("a") == pytest.approx(1_000, abs=120) and "c" not in drawn


@pytest.mark.parametrize("name", GARMENTS)
def test_a_garment_can_be_drawn_in_any_size(name):
    small, large = Canvas(28), Canvas(112)
    GARMENTS[name](np.random.default_rng(4), small)
    GARMENTS[name](np.random.default_rng(4), large)
    reduced = large.to_array().reshape(28, 4, 28, 4).mean(axis=(1, 3))
    assert np.mean((reduced > 30) == (small.to_array() > 30)) > 0.9


# --- the painting ------------------------------------------------------------------------------------------


def test_strokes_of_the_painting_run_around_its_suns():
    """Near a sun the picture changes less along a circle around it than away from it."""
    side = 224
    picture = drawings.painting(side).astype(float)
    suns = np.random.default_rng(0).uniform(0, side, (5, 2))
    column, row = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    away = np.stack([column, row], axis=-1)[..., None, :] - suns
    distance = np.linalg.norm(away, axis=-1)
    nearest = distance.argmin(axis=-1)[..., None, None]
    outwards = np.take_along_axis(away, nearest, axis=2)[:, :, 0] / distance.min(axis=-1)[..., None]
    across, along = np.zeros(3), np.zeros(3)
    for channel in range(3):
        down, right = np.gradient(picture[..., channel])
        ring = (distance.min(axis=-1) > 0.1 * side) & (distance.min(axis=-1) < 0.2 * side)
        across[channel] = np.abs(right * outwards[..., 0] + down * outwards[..., 1])[ring].mean()
        along[channel] = np.abs(down * outwards[..., 0] - right * outwards[..., 1])[ring].mean()
    assert (along < 0.9 * across).all()
    red, green, blue = np.moveaxis(picture[distance.min(axis=-1) < 0.04 * side], -1, 0)
    assert np.mean((red > 180) & (green > 140) & (blue < 120)) > 0.5


def test_the_painting_depends_on_its_seed_alone():
    first = drawings.painting(64, seed=1)
    assert first.shape == (64, 64, 3) and first.dtype == np.uint8
    assert np.array_equal(first, drawings.painting(64, seed=1))
    assert not np.array_equal(first, drawings.painting(64, seed=2))
    with pytest.raises(ValueError, match="size"):
        drawings.painting(0)
