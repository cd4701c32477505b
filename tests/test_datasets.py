"""Fashion-MNIST and MNIST from files, and the drawings that stand in for them."""

import gzip
import hashlib
import importlib.util
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from helpers import ROOT, assets, datasets
from helpers.assets import AssetError, AssetUnavailable
from helpers.datasets import grey
from helpers.datasets.grey import Published

CLASSES = ("zero", "one", "two")


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    """Work offline on an empty share and a cache of its own."""
    (tmp_path / "share").mkdir()
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path / "share"))
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")


def small_arrays(seed=0):
    """60 + 15 images of three unequally frequent classes, in the format of MNIST."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for split, counts in (("train", (30, 20, 10)), ("test", (4, 5, 6))):
        labels = rng.permutation(np.repeat(np.arange(3), counts)).astype(np.uint8)
        arrays[f"x_{split}"] = rng.integers(0, 256, (len(labels), 28, 28), dtype=np.uint8)
        arrays[f"y_{split}"] = labels
    return arrays


@pytest.fixture
def small(monkeypatch):
    """Let the published facts of both sets be those of the small arrays."""
    arrays = small_arrays()
    scaled = arrays["x_train"].astype(float) / 255
    facts = Published((30, 20, 10), (4, 5, 6), round(scaled.mean(), 4), round(scaled.std(), 4), CLASSES)
    monkeypatch.setattr(grey, "PUBLISHED", {"fashion_mnist": facts, "mnist": facts})
    return arrays


def share():
    return Path(os.environ["COURSE_ASSETS"])


# --- the converted form -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fashion_mnist", "mnist"])
def test_npz_from_the_share(small, name):
    np.savez_compressed(share() / f"{name}.npz", **small)
    found = getattr(datasets, name)()
    for split in ("train", "test"):
        images, labels = getattr(found, split)
        assert images.dtype == np.uint8 and np.array_equal(images, small[f"x_{split}"])
        assert labels.dtype == np.int64 and np.array_equal(labels, small[f"y_{split}"])
        assert images.flags.writeable and labels.flags.writeable
    assert found.origin == "mirror" and found.class_names == CLASSES
    assert (
        found.licence == assets.registry()[name]["licence"] and found.name == assets.registry()[name]["title"]
    )
    assert repr(found) == f"<{found.name}, mirror: 60 + 15 images, 28x28, 3 classes>"


def spoil(arrays, how):
    if how == "missing array":
        del arrays["y_test"]
    elif how == "floats":
        arrays["x_train"] = arrays["x_train"] / 255
    elif how == "cropped":
        arrays["x_test"] = arrays["x_test"][:, 2:]
    elif how == "one short":
        arrays["x_train"], arrays["y_train"] = arrays["x_train"][1:], arrays["y_train"][1:]
    elif how == "float labels":
        arrays["y_train"] = arrays["y_train"].astype(float)
    elif how == "one-hot labels":
        arrays["y_train"] = np.eye(3, dtype=np.uint8)[arrays["y_train"]]
    elif how == "a label changed":
        arrays["y_test"][0] = (arrays["y_test"][0] + 1) % 3
    elif how == "labels from 1":
        arrays["y_train"] += 1
    elif how == "inverted":
        arrays["x_train"] = 255 - arrays["x_train"]
    elif how == "contrast":
        pixels = arrays["x_train"].reshape(-1)  # the darkest lighter, the brightest darker: same mean
        order = np.argsort(pixels)
        pixels[order[: len(order) // 4]] += 30
        pixels[order[-(len(order) // 4) :]] -= 30
    elif how == "objects":
        arrays["y_train"] = arrays["y_train"].astype(object)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("missing array", "y_test"),
        ("floats", "x_train is float64"),
        ("cropped", "x_test is uint8 (15, 26, 28), not uint8 (15, 28, 28)"),
        ("one short", "x_train is uint8 (59, 28, 28)"),
        ("float labels", "y_train is float64"),
        ("one-hot labels", "y_train is uint8 (60, 3)"),
        ("a label changed", "y_test has"),
        ("labels from 1", "y_train has {1: 30, 2: 20, 3: 10}"),
        ("inverted", "mean 0.5"),
        ("contrast", "deviation 0.2"),
        ("objects", "allow_pickle=False"),
    ],
)
def test_wrong_content_is_refused(small, how, said, capsys):
    spoil(small, how)
    path = share() / "mnist.npz"
    np.savez(path, **small)
    with pytest.raises(AssetError) as caught:
        datasets.mnist()
    assert str(path) in str(caught.value) and said in str(caught.value) and "Replace it" in str(caught.value)
    assert not isinstance(caught.value, AssetUnavailable) and capsys.readouterr().out == ""


@pytest.mark.parametrize("how", ["truncated", "a byte changed", "npy", "text", "empty"])
def test_damaged_npz_is_refused(small, how):
    path = share() / "fashion_mnist.npz"
    np.savez(path, **small)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    if how == "npy":
        np.save(path.with_suffix(".npy"), small["x_train"])
        data = path.with_suffix(".npy").read_bytes()
    path.write_bytes(
        {"truncated": data[: len(data) // 2], "text": b"<html></html>", "empty": b""}.get(how, bytes(data))
    )
    with pytest.raises(AssetError) as caught:
        datasets.fashion_mnist()
    assert str(path) in str(caught.value) and not isinstance(caught.value, AssetUnavailable)


def test_a_full_size_set_of_noise_is_not_fashion_mnist():
    """Everything fits but the pixels."""
    arrays = {}
    for split, count in (("train", 6000), ("test", 1000)):
        arrays[f"x_{split}"] = np.full(
            (10 * count, 28, 28), 73, np.uint8
        )  # mean 0.2863: near, not near enough
        arrays[f"x_{split}"][::2] //= 2
        arrays[f"y_{split}"] = np.tile(np.arange(10, dtype=np.uint8), count)
    np.savez_compressed(share() / "fashion_mnist.npz", **arrays)
    with pytest.raises(AssetError, match=r"mean 0\.2137 and deviation 0\.0725, not 0\.2860 and 0\.3530"):
        datasets.fashion_mnist()


def test_moments_agree_with_numpy():
    images = np.random.default_rng(1).integers(0, 200, (70, 28, 28), dtype=np.uint8)
    assert grey._moments(images) == pytest.approx(((images / 255).mean(), (images / 255).std()), rel=1e-12)


def test_the_real_sets(real_assets, monkeypatch):
    for name in grey.PUBLISHED:
        if not any((Path(real_assets) / place).exists() for place in (f"{name}.npz", name)):
            pytest.skip(f"COURSE_ASSETS does not hold {name}")
    monkeypatch.setenv("COURSE_ASSETS", real_assets)
    for load, first in ((datasets.fashion_mnist, "Ankle boot"), (datasets.mnist, "5")):
        found = load()
        assert found.origin == "mirror" and found.train.images.shape == (60_000, 28, 28)
        assert found.test.labels.shape == (10_000,) and found.test.labels.dtype == np.int64
        # Known from every tutorial: the first training image is an ankle boot, and a five.
        assert found.class_names[found.train.labels[0]] == first


# --- the published IDX files --------------------------------------------------------------------------------


def idx(array):
    axes = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return axes + array.tobytes()


def test_idx_files_from_a_share(small, monkeypatch, tmp_path):
    entry = assets.registry()["fashion_mnist"]
    (share() / "fashion_mnist").mkdir()
    lines = ["[fashion_mnist]", 'title = "Fashion-MNIST"', 'licence = "MIT"']
    for key, name in grey.IDX_NAMES.items():
        assert name in [file["name"] for file in entry["files"]]
        data = gzip.compress(idx(small[key]))
        (share() / "fashion_mnist" / name).write_bytes(data)
        lines += ["[[fashion_mnist.files]]", f'name = "{name}"', "urls = []"]
        lines += [f'checksum = "md5:{hashlib.md5(data).hexdigest()}"']
    monkeypatch.setattr(assets, "REGISTRY", tmp_path / "assets.toml")
    assets.REGISTRY.write_text("\n".join(lines))
    found = datasets.fashion_mnist()
    assert np.array_equal(found.train.images, small["x_train"]) and found.train.images.flags.writeable
    assert np.array_equal(found.test.labels, small["y_test"]) and found.origin == "mirror"


@pytest.mark.parametrize("shape", [(5,), (4, 28, 28), (3, 2, 7)])
def test_read_idx(tmp_path, shape):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    (tmp_path / "a.gz").write_bytes(gzip.compress(idx(array)))
    read = grey.read_idx(tmp_path / "a.gz")
    assert read.dtype == np.uint8 and np.array_equal(read, array)


GOOD = idx(np.arange(28, dtype=np.uint8))


PACKED = gzip.compress(GOOD, mtime=0)
DAMAGED = {
    "no checksum at the end": PACKED[:-4],
    "cut off": PACKED[:20],
    "changed inside": PACKED[:10] + b"\xff" + PACKED[11:],
    "not packed": GOOD,
    "16-bit numbers": gzip.compress(b"\0\0\x09\x01" + GOOD[4:]),
    "two axes": gzip.compress(b"\0\0\x08\x02\0\0\0\1" + GOOD[4:]),
    "not IDX": gzip.compress(b"PK\3\1" + GOOD[4:]),
    "one byte short": gzip.compress(GOOD[:-1]),
    "one byte more": gzip.compress(GOOD + b"\0"),
    "half a header": gzip.compress(GOOD[:6]),
    "five letters": gzip.compress(b"abcde"),
    "packed nothing": gzip.compress(b""),
    "empty": b"",
    "huge": gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12),
}


@pytest.mark.parametrize("how", DAMAGED)
def test_damaged_idx_is_refused(tmp_path, how):
    path = tmp_path / "labels.gz"
    path.write_bytes(DAMAGED[how])
    with pytest.raises(AssetError, match=r"not a whole gzip file|not an IDX file") as caught:
        grey.read_idx(path)
    assert str(path) in str(caught.value) and "Replace it" in str(caught.value)


# --- the drawings -------------------------------------------------------------------------------------------


@pytest.fixture
def drawings(tmp_path, monkeypatch):
    """A package in place of helpers.drawings that draws noise, and counts how often."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    (folder / "__init__.py").write_text("# version 1\n")
    module = types.ModuleType("helpers.drawings")
    module.__file__ = str(folder / "__init__.py")
    module.calls = []

    def draw(kind):
        def function(*arguments):
            module.calls.append((kind, *arguments))
            rng = np.random.default_rng(len(kind))
            return tuple(
                (rng.integers(0, 256, (n, 28, 28), np.uint8), np.arange(n, dtype=np.uint8) % 10)
                for n in arguments[:2]
            )

        return function

    module.fashion, module.digits = draw("fashion"), draw("digits")
    module.FASHION_CLASSES, module.DIGIT_CLASSES = tuple("abcdefghij"), tuple("0123456789")
    monkeypatch.setitem(sys.modules, "helpers.drawings", module)
    return module


def cached():
    return sorted(assets.cache_dir().iterdir()) if assets.cache_dir().exists() else []


@pytest.mark.parametrize(
    ("load", "kind", "sizes", "names"),
    [
        (datasets.fashion_mnist, "fashion", (12_000, 2_000), "abcdefghij"),
        (datasets.mnist, "digits", (6_000, 1_000), "0123456789"),
    ],
)
def test_drawings_stand_in_with_a_notice(drawings, load, kind, sizes, names, monkeypatch, capsys):
    monkeypatch.delenv("COURSE_ASSETS")
    found = load()
    said = capsys.readouterr().out
    title = "Fashion-MNIST" if kind == "fashion" else "MNIST"
    assert said == (
        f"These are {sizes[0]:,} + {sizes[1]:,} pictures drawn by this course, in place of {title}. "
        "To get the real ones, run `python -m helpers.assets fetch "
        f"{load.__name__}` while you are online.\n"
    )
    assert drawings.calls == [(kind, *sizes, 0)]
    assert (len(found.train.images), len(found.test.images)) == sizes
    assert found.train.labels.dtype == np.int64 and found.train.images.dtype == np.uint8
    assert found.class_names == tuple(names) and found.origin == "embedded" and found.licence == "CC BY 4.0"
    assert found.name == f"Drawn {kind}"


def test_drawn_once_while_nothing_changes(drawings):
    first, again = datasets.mnist(), datasets.mnist()
    assert len(drawings.calls) == 1 and len(cached()) == 1
    assert np.array_equal(first.train.images, again.train.images)
    assert np.array_equal(first.test.labels, again.test.labels)
    datasets.fashion_mnist()
    assert len(drawings.calls) == 2


@pytest.mark.parametrize("change", ["source", "table", "new file", "renamed", "numpy", "pillow"])
def test_drawn_again_when_something_changes(drawings, monkeypatch, change):
    folder = Path(drawings.__file__).parent
    (folder / "canvas.py").write_text("")
    (folder / "strokes.txt").write_text("1  50,10 50,90\n")
    datasets.mnist()
    if change == "source":
        (folder / "canvas.py").write_text("# another pen\n")
    elif change == "table":
        (folder / "strokes.txt").write_text("1  50,10 60,90\n")
    elif change == "new file":
        (folder / "pens").mkdir()
        (folder / "pens" / "round.py").write_text("")
    elif change == "renamed":
        (folder / "canvas.py").rename(folder / "paper.py")
    else:
        monkeypatch.setattr("numpy.__version__" if change == "numpy" else "PIL.__version__", "99")
    datasets.mnist()
    assert len(drawings.calls) == 2


@pytest.mark.parametrize("how", ["truncated", "a byte changed", "text", "another set"])
def test_damaged_drawing_is_drawn_again(drawings, how):
    first = datasets.mnist()
    (path,) = cached()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes({"truncated": data[:9000], "text": b"x"}.get(how, bytes(data)))
    if how == "another set":
        np.savez(path, x_train=first.train.images)
    again = datasets.mnist()
    assert len(drawings.calls) == 2 and np.array_equal(again.train.images, first.train.images)
    datasets.mnist()
    assert len(drawings.calls) == 2 and cached() == [path]  # mended, and nothing left beside it


def test_cache_that_cannot_be_written_is_no_error(drawings, tmp_path, monkeypatch):
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "occupied"))
    assert datasets.mnist().origin == "embedded" and datasets.mnist().origin == "embedded"
    assert len(drawings.calls) == 1  # kept until Python ends


def test_full_disk_leaves_no_half_drawing(drawings, monkeypatch):
    def full(file, **arrays):
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert datasets.mnist().origin == "embedded" and cached() == []


def test_damage_is_never_replaced_by_drawings(drawings, monkeypatch, tmp_path):
    (share() / "mnist.npz").write_bytes(b"cut off")
    with pytest.raises(AssetError):
        datasets.mnist()
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path / "nowhere"))
    with pytest.raises(AssetError):
        datasets.mnist()
    assert drawings.calls == []


@pytest.mark.skipif(not importlib.util.find_spec("helpers.drawings"), reason="there are no drawings yet")
@pytest.mark.parametrize(("name", "kind"), [("fashion_mnist", "fashion"), ("mnist", "digits")])
def test_the_real_drawings(name, kind):
    for _ in range(2):  # drawn, and then from the cache
        found = grey._drawn(name, kind, 50, 20, AssetUnavailable(name, "a test"))
        assert found.train.images.shape == (50, 28, 28) and found.train.images.dtype == np.uint8
        assert found.train.images.max() > 100 and np.bincount(found.test.labels).tolist() == [2] * 10
        assert found.class_names == grey.PUBLISHED[name].class_names
    assert len(cached()) == 1


def test_import_is_light():
    code = (
        "import sys, helpers.datasets; print({'tensorflow', 'keras', 'requests', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
