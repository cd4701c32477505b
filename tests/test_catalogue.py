"""The drawn handbags and shoes: their format, and that nothing but the object tells the class."""

import hashlib
import importlib.util
import io
import json
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.distance import pdist

from helpers import ROOT, drawings
from helpers.drawings import catalogue, scenery
from helpers.drawings.footwear import FOOTWEAR
from helpers.drawings.handbags import HANDBAGS
from helpers.drawings.materials import Cutout, plain, ribbon

SPLITS = {"train": 72, "validation": 24, "test": 200}
FOLDER = ROOT / "data" / "handbags_shoes"
OTHER = dict(zip([*HANDBAGS, *FOOTWEAR], [*FOOTWEAR, *HANDBAGS], strict=True))


@pytest.fixture(scope="module")
def script():
    """The script that writes the files, as a module."""
    spec = importlib.util.spec_from_file_location("draw_script", ROOT / "data" / "draw_handbags_shoes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def drawn():
    """Every split as it is committed, with part maps and families."""
    names = ("images", "labels", "parts", "families")
    return {
        split: SimpleNamespace(**dict(zip(names, drawings.handbags_and_shoes_with_parts(split), strict=True)))
        for split in SPLITS
    }


@pytest.fixture(scope="module")
def noted():
    """Each split's scenes without their objects, and the names of the photographs that they are cut from."""
    return {split: empty(split) for split in SPLITS}


@pytest.fixture(scope="module")
def scenes(noted):
    return {split: drawn for split, (drawn, _) in noted.items()}


def empty(split, n=None):
    names, cut = set(), scenery.photo
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenery, "photo", lambda name: names.add(name) or cut(name))
        return drawings.handbags_and_shoes(split, n, objects=False), names


def digest(*arrays) -> str:
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


# --- format ------------------------------------------------------------------------------------------------


def test_names():
    assert drawings.HANDBAG_SHOE_CLASSES == ("handbag", "shoe")
    assert dict(drawings.HANDBAG_SHOE_SPLITS) == SPLITS
    assert drawings.PARTS == ("background", "body", "handle", "strap", "sole", "heel", "upper", "lace")


@pytest.mark.parametrize("split", SPLITS)
def test_shapes_types_balance_and_order(drawn, split):
    images, labels, n = drawn[split].images, drawn[split].labels, SPLITS[split]
    assert images.shape == (n, 160, 160, 3) and labels.shape == (n,)
    assert drawn[split].parts.shape == (n, 160, 160)
    for array in (images, labels, drawn[split].parts):
        assert array.dtype == np.uint8 and array.flags.writeable
    assert np.bincount(labels).tolist() == [n // 2, n // 2]
    # In random order about half of the neighbours are of one class: standard deviation sqrt(n) / 2.
    assert abs(np.sum(labels[1:] == labels[:-1]) - n / 2) < 2 * np.sqrt(n)


def test_an_odd_number_has_one_handbag_more():
    _, labels = drawings.handbags_and_shoes("train", np.int64(5), seed=3)
    assert np.bincount(labels).tolist() == [3, 2]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"split": "dev"}, "split='dev'"),
        ({"split": None}, "split=None"),
        ({"split": ["train"]}, r"split=\['train'\]"),
        ({"n": 0}, "n=0"),
        ({"n": 2.5}, "n=2.5"),
        ({"n": True}, "n=True"),
        ({"n": "9"}, "n='9'"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": None}, "seed=None"),
    ],
)
@pytest.mark.parametrize("draw", [drawings.handbags_and_shoes, drawings.handbags_and_shoes_with_parts])
def test_bad_arguments_are_named(draw, arguments, named):
    with pytest.raises(ValueError, match=named) as caught:
        draw(**{"split": "train", **arguments})
    message = str(caught.value)
    assert "give one" in message and "\n" not in message and message.endswith(".")


# --- chance ------------------------------------------------------------------------------------------------


def test_same_seed_same_bytes_in_a_fresh_process():
    code = (
        "import hashlib; from helpers import drawings\n"
        "arrays = drawings.handbags_and_shoes('validation', 4, seed=7)\n"
        "print(hashlib.sha256(b''.join(array.tobytes() for array in arrays)).hexdigest())"
    )
    fresh = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    np.random.seed(3)  # noqa: NPY002  the global generator must not matter
    drawings.handbags_and_shoes("train", 3, seed=1)  # nor what was drawn before
    assert fresh.stdout.strip() == digest(*drawings.handbags_and_shoes("validation", 4, seed=7))


def test_splits_and_seeds_are_independent():
    sets = [(split, seed) for split in SPLITS for seed in (0, 1)]
    pictures = {key: drawings.handbags_and_shoes(key[0], 4, seed=key[1])[0] for key in sets}
    for index, first in enumerate(sets):
        for second in sets[index + 1 :]:
            a, b = (pictures[key].reshape(4, 1, -1)[:, :, ::7].astype(float) for key in (first, second))
            assert np.abs(a - b.reshape(1, 4, -1)).mean(axis=2).min() > 8, (first, second)


def test_no_picture_occurs_twice(drawn):
    small = np.concatenate([pixels(split.images) for split in drawn.values()])
    assert pdist(small, "cityblock").min() / small.shape[1] > 0.02


def test_the_scene_does_not_know_the_class(drawn, scenes, monkeypatch):
    """Swap the classes: the scenes keep their bytes, and pictures change only where an object is."""
    before, _ = drawings.handbags_and_shoes("train", 6, objects=False)
    draw = catalogue._draw_object
    monkeypatch.setattr(catalogue, "_draw_object", lambda family, *rest: draw(OTHER[family], *rest))
    swapped, _ = drawings.handbags_and_shoes("train", 6, objects=False)
    assert np.array_equal(before, swapped)
    for split in SPLITS:
        images, (empty, empty_labels) = drawn[split].images, scenes[split]
        assert np.array_equal(drawn[split].labels, empty_labels)
        changed = np.abs(images.astype(int) - empty).max(axis=3) > 0
        assert 0.1 < changed.mean() < 0.75
        same = ~changed
        assert np.array_equal(images[same], empty[same]) and not drawn[split].parts[same].mean() > 0.02


# --- what tells the class: linear probes -------------------------------------------------------------------


def pixels(images) -> np.ndarray:
    """Means over a 16x16 grid, (n, 768), 0 to 1."""
    return images.reshape(len(images), 16, 10, 16, 10, 3).mean(axis=(2, 4)).reshape(len(images), -1) / 255


def colours(images) -> np.ndarray:
    """Shares of 4x4x4 colours, and of 16 levels of each channel, (n, 112)."""
    levels = images.reshape(len(images), -1, 3).astype(int)
    joint = (levels // 64) @ (16, 4, 1)
    rows = [
        np.concatenate([np.bincount(j, minlength=64), *(np.bincount(c, minlength=16) for c in (one // 16).T)])
        for j, one in zip(joint, levels, strict=True)
    ]
    return np.array(rows) / levels.shape[1]


def linear_probe(x, y, x_test, y_test, *, penalty: float) -> float:
    """Accuracy of ridge regression on standardised features, solved in closed form."""
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    x, x_test, target = (x - mean) / deviation, (x_test - mean) / deviation, 2.0 * y - 1
    weights = x.T @ np.linalg.solve(x @ x.T + penalty * x.shape[1] * np.eye(len(x)), target - target.mean())
    return float(np.mean((x_test @ weights + target.mean() > 0) == y_test))


@pytest.fixture(scope="module", params=["pixels", "colours", "background pixels", "background colours"])
def described(request, drawn, scenes):
    """Features and labels of the 96 labelled pictures, then of the test pictures."""
    what = request.param
    features = pixels if what.endswith("pixels") else colours
    images = {s: scenes[s][0] if what.startswith("background") else drawn[s].images for s in SPLITS}
    x = features(np.concatenate([images["train"], images["validation"]]))
    y = np.concatenate([drawn["train"].labels, drawn["validation"].labels])
    return x, y, features(images["test"]), drawn["test"].labels


@pytest.mark.parametrize("penalty", [0.01, 0.1, 1.0])
def test_linear_models_are_at_chance(described, penalty):
    """200 test pictures give a standard error of 0.035."""
    accuracy = linear_probe(*described, penalty=penalty)
    assert accuracy == pytest.approx(0.5, abs=0.07)


def test_the_probes_find_a_leak(drawn):
    """A probe that finds nothing proves something only if it finds one: let shoes be bluer."""
    for features in (pixels, colours):
        sets = []
        for splits in (("train", "validation"), ("test",)):
            y = np.concatenate([drawn[split].labels for split in splits])
            images = np.concatenate([drawn[split].images for split in splits])
            images[..., 2] = np.clip(images[..., 2] * (1 + 0.6 * y[:, None, None]), 0, 255)
            sets += [features(images), y]
        assert linear_probe(*sets, penalty=0.1) > 0.7, features


def test_place_tells_nothing(drawn):
    """Centre of the object."""
    rows = {}
    for split in SPLITS:
        cover = drawn[split].parts > 0
        mass = np.maximum(cover.sum(axis=(1, 2)), 1)
        centre = [(cover * axis).sum(axis=(1, 2)) / mass for axis in np.mgrid[:160, :160]]
        rows[split] = np.stack(centre, axis=1)
    x = np.concatenate([rows["train"], rows["validation"]])
    y = np.concatenate([drawn["train"].labels, drawn["validation"].labels])
    accuracy = linear_probe(x, y, rows["test"], drawn["test"].labels, penalty=0.1)
    assert accuracy == pytest.approx(0.5, abs=0.1)


# --- what is in the pictures -------------------------------------------------------------------------------


def test_every_family_occurs_equally_often_in_every_split(drawn):
    for split, one in drawn.items():
        counts = Counter(one.families)
        assert set(counts) == {*HANDBAGS, *FOOTWEAR}, split
        for family, label in zip(one.families, one.labels, strict=True):
            assert family in (HANDBAGS, FOOTWEAR)[label]
        assert max(counts.values()) - min(counts.values()) <= 1


def test_parts_belong_to_their_class_and_something_shows(drawn):
    of_class = (
        {"background", "body", "handle", "strap"},
        {"background", "strap", "sole", "heel", "upper", "lace"},
    )
    for one in drawn.values():
        for parts, label in zip(one.parts, one.labels, strict=True):
            assert {drawings.PARTS[index] for index in np.unique(parts)} <= of_class[label]
        shares = (one.parts > 0).mean(axis=(1, 2))
        assert shares.min() > 0.03 and 0.12 < np.median(shares) < 0.4
    seen = np.unique(np.concatenate([np.unique(one.parts) for one in drawn.values()]))
    assert seen.tolist() == list(range(8))


def test_an_object_shows_on_its_ground(drawn, scenes):
    """Where the map says object, the picture differs from the scene without it."""
    for split, one in drawn.items():
        change = np.abs(one.images.astype(float) - scenes[split][0]).mean(axis=3)
        on_object = (change * (one.parts > 0)).sum(axis=(1, 2)) / (one.parts > 0).sum(axis=(1, 2))
        assert on_object.min() > 12 and np.median(on_object) > 35


def test_light_varies_and_nothing_is_black_or_burnt(drawn):
    images = drawn["test"].images
    means = images.mean(axis=(1, 2, 3))
    assert means.std() > 15 and means.min() > 35 and means.max() < 225
    assert np.mean(images == 255) < 0.03 and np.mean(images == 0) < 0.02


def test_no_photograph_is_behind_training_and_test_pictures(noted):
    """Fifty pictures of each split at least."""
    cut = {split: names for split, (_, names) in noted.items()}
    cut["validation"] |= empty("validation", 50)[1]
    assert all(cut.values())
    assert not cut["test"] & (cut["train"] | cut["validation"])


@pytest.mark.parametrize("name", sorted({name for names in scenery.PHOTOS.values() for name in names}))
def test_photographs_come_with_scikit_image(name):
    """They are files inside the package, so that nothing is downloaded."""
    import skimage

    image = scenery.photo(name)
    assert image.dtype == np.uint8 and min(image.shape[:2]) >= 160
    files = (ROOT.__class__(skimage.__file__).parent / "data").glob(f"{name}.*")
    assert any(files)


@pytest.mark.parametrize("family", [*HANDBAGS, *FOOTWEAR])
def test_a_family_can_be_drawn_in_any_size(family):
    from helpers.drawings.materials import new_outfit

    shares = []
    for pixels_wide in (96, 320):
        cut, rng = Cutout(pixels_wide, (-0.6, -0.8)), np.random.default_rng(4)
        outfit = new_outfit(np.random.default_rng(5), cut)
        {**HANDBAGS, **FOOTWEAR}[family](rng, cut, outfit)
        shares.append(cut.cover.mean())
        assert not cut.cover[:, [0, -1]].any() and not cut.cover[[0, -1]].any()
        assert np.array_equal(cut.cover, cut.parts > 0)
    assert shares[0] == pytest.approx(shares[1], rel=0.12) and 0.08 < shares[1] < 0.6


# --- the cut-out -------------------------------------------------------------------------------------------


def test_a_part_is_lit_from_the_side_of_the_light():
    cut = Cutout(100, (-1.0, 0.0))
    cut.part("body", [(20, 20), (80, 20), (80, 80), (20, 80)], plain((100, 100, 100)), relief=10)
    left, middle, right = (cut.colour[50, column, 0] for column in (22, 50, 78))
    assert left > middle + 10 > right + 20 and cut.parts[50, 50] == 1 and cut.cover.sum() == 61 * 61


def test_a_part_shades_only_what_is_there():
    cut = Cutout(100, (0.0, -1.0))
    cut.part("body", [(10, 40), (90, 40), (90, 90), (10, 90)], plain((200, 200, 200)), relief=0)
    cut.part("strap", [(40, 30), (60, 30), (60, 60), (40, 60)], plain((50, 50, 50)), relief=0)
    assert cut.colour[62, 50, 0] < 180 and cut.colour[85, 50, 0] == 200
    assert not cut.colour[20].any() and not cut.cover[35, 30]


def test_a_ribbon_is_as_wide_as_asked():
    outline = ribbon([(0, 0), (10, 0), (20, 0)], 4)
    assert np.array_equal(outline, [(0, 2), (10, 2), (20, 2), (20, -2), (10, -2), (0, -2)])


# --- the committed files -----------------------------------------------------------------------------------


def test_committed_files_are_what_the_seed_gives(drawn, script):
    """Same versions: the same bytes. Others: the same picture within a few levels."""
    committed = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*.jpg")}
    made = {}
    for split, one in drawn.items():
        made |= script.files(split, one.images, one.labels)
    assert set(committed) == set(made) and len(made) == sum(SPLITS.values())
    recorded = json.loads((FOLDER / "made_with.json").read_text())
    same = recorded == script.versions()
    for name, path in committed.items():
        content = path.read_bytes()
        assert not same or content == made[name], name
        if content == made[name]:
            continue
        old, new = (np.asarray(Image.open(io.BytesIO(one))).astype(int) for one in (content, made[name]))
        assert old.shape == (160, 160, 3)
        difference = np.abs(old - new)
        assert difference.mean() < 1 and np.mean(difference > 16) < 0.01, name


def test_the_committed_folder_is_small_and_balanced():
    paths = list(FOLDER.rglob("*.jpg"))
    assert sum(path.stat().st_size for path in paths) < 4_000_000
    counts = Counter(path.parent.relative_to(FOLDER).as_posix() for path in paths)
    assert counts == {
        f"{split}/{name}": n // 2 for split, n in SPLITS.items() for name in ("handbag", "shoe")
    }


def test_the_script_writes_where_it_is_told(script, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(drawings, "HANDBAG_SHOE_SPLITS", {"validation": 4})
    monkeypatch.setattr(drawings, "handbags_and_shoes", lambda split: DRAW(split, 4))
    script.main(["--to", str(tmp_path / "set")])
    names = sorted(path.relative_to(tmp_path / "set").as_posix() for path in tmp_path.rglob("*.jpg"))
    assert names == [f"validation/{c}/00{i}.jpg" for c in ("handbag", "shoe") for i in (0, 1)]
    assert "4 pictures" in capsys.readouterr().out


DRAW = drawings.handbags_and_shoes
