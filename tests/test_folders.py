"""Photos of one's own, from folders and videos, and handbags and shoes: read, skipped, split, no leaks."""

import csv
import io
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image, ImageFilter

from helpers import ROOT, assets, datasets
from helpers.assets import AssetError
from helpers.datasets import base, folders, objects, video

HEIC = b"\0\0\0\x18ftypheic" + bytes(100)


@pytest.fixture(autouse=True)
def no_share(monkeypatch):
    monkeypatch.delenv("COURSE_ASSETS", raising=False)


def picture(seed, height=48, width=64):
    """A picture unlike those of other seeds: coarse random blotches."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def save(image, path, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


def fill(root, counts, start=0):
    """Class folders with so many different pictures each."""
    seed = start
    for name, count in counts.items():
        for number in range(count):
            save(picture(seed), root / name / f"{number:02}.png")
            seed += 1
    return root


def colours(image):
    return np.asarray(image, int)[..., :3]


def every_source(data):
    return [source for sources in data.sources.values() for source in sources]


# --- folders ------------------------------------------------------------------------------------------------


def test_a_folder_becomes_a_stratified_split(tmp_path, capsys):
    data = datasets.from_folder(fill(tmp_path / "mine", {"shoe": 20, "bag": 10}), size=(24, 32))
    assert data.class_names == ("bag", "shoe") and data.origin == "own" and data.skipped == ()
    sizes = {"train": (6, 12), "validation": (2, 4), "test": (2, 4)}
    for side, split in data.splits.items():
        assert split.images.dtype == np.uint8 and split.images.shape == (sum(sizes[side]), 24, 32, 3)
        assert split.labels.dtype == np.int64 and tuple(np.bincount(split.labels)) == sizes[side]
        for image, label, source in zip(*split, data.sources[side], strict=True):
            assert source.split("/")[0] == data.class_names[label]
            stored = Image.open(tmp_path / "mine" / source)
            expected = stored.resize((32, 24), Image.Resampling.LANCZOS)
            np.testing.assert_allclose(colours(image), colours(expected), atol=1)
    assert len(set(every_source(data))) == 30
    assert capsys.readouterr().out == (
        "mine: 30 images (10 bag, 20 shoe), split into 18 train + 6 validation + 6 test.\n"
    )
    assert repr(data) == "<mine, own: 18 + 6 + 6 images, 24x32, 2 classes>"


def test_the_seed_decides_and_nothing_else(tmp_path):
    root = fill(tmp_path, {"a": 12, "b": 12})
    first, again, other = (datasets.from_folder(root, size=(16, 16), seed=seed) for seed in (0, 0, 1))
    assert first.sources == again.sources and np.array_equal(first.train.images, again.train.images)
    assert first.sources["test"] != other.sources["test"]


def test_every_beginning_is_balanced(tmp_path):
    data = datasets.from_folder(fill(tmp_path, {"a": 10, "b": 10, "c": 20}), size=(16, 16), validation=0)
    assert data.validation is None and "validation" not in data.sources
    labels = data.train.labels
    for n in (4, 8, 12, len(labels)):
        counts = np.bincount(labels[:n], minlength=3) / n
        np.testing.assert_allclose(counts, (0.25, 0.25, 0.5), atol=0.13)


def test_photos_are_turned_upright_cut_and_not_squashed(tmp_path):
    root = fill(tmp_path, {"a": 4, "b": 4})
    turned = Image.new("RGB", (80, 40))  # upright 40 wide, 80 high: red above, blue below
    turned.paste((255, 0, 0), (0, 0, 40, 40))
    turned.paste((0, 0, 255), (40, 0, 80, 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    save(turned, root / "a" / "turned.png", exif=exif)
    data = datasets.from_folder(root, size=(40, 20))
    (found,) = [
        split.images[data.sources[side].index("a/turned.png")]
        for side, split in data.splits.items()
        if "a/turned.png" in data.sources[side]
    ]
    assert colours(found)[5, 10].tolist() == [255, 0, 0] and colours(found)[35, 10].tolist() == [0, 0, 255]
    circle = Image.new("L", (200, 100))
    circle.paste(255, (75, 25, 125, 75))  # a square of 50 in the middle
    square = base.fit_to(np.asarray(circle.convert("RGB")), (100, 100))[..., 0] > 128
    assert square.any(axis=0).sum() == square.any(axis=1).sum() == 50


def test_what_cannot_be_used_is_listed_and_told(tmp_path, capsys):
    root = fill(tmp_path / "mine", {"a": 5, "b": 5})
    whole = (root / "a" / "00.png").read_bytes()
    for number in range(5):
        (root / "a" / f"cut{number}.png").write_bytes(whole[: len(whole) // 2])
    (root / "b" / "phone.HEIC").write_bytes(HEIC)
    (root / "b" / "notes.txt").write_text("no image")
    (root / "b" / "old").mkdir()
    save(picture(99), root / "loose.jpg")
    for junk in (".DS_Store", "Thumbs.db", "b/desktop.ini", "__MACOSX/x"):
        (root / junk).parent.mkdir(exist_ok=True)
        (root / junk).write_text("")
    (root / "made_with.json").write_text("{}")
    data = datasets.from_folder(root, size=(16, 16))
    skipped = dict(data.skipped)
    assert sorted(skipped) == [
        *(f"a/cut{number}.png" for number in range(5)), "b/notes.txt", "b/old", "b/phone.HEIC", "loose.jpg",
    ]  # fmt: skip
    assert "export it as JPEG" in skipped["b/phone.HEIC"] and "folder" in skipped["b/old"]
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("mine: 10 images (5 a, 5 b)") and "Skipped 9 (" in line
    assert "5 files, a/cut0.png, a/cut1.png, a/cut2.png and 2 more: each is damaged or cut off" in line
    assert "b/phone.HEIC is a HEIC photo" in line
    assert "export it as JPEG" in line and "b/phone.HEIC" in line and "loose.jpg" in line
    assert not any("cut" in source for source in every_source(data))


JUNK = ("._00.jpg", ".DS_Store", "Thumbs.db", "ehthumbs.db", "desktop.ini", "__MACOSX/._00.jpg", "Icon\r",
        "@eaDir/0.jpg", "$RECYCLE.BIN/0.jpg", "System Volume Information/0", ".Trashes/1.jpg",
        "#recycle/0.jpg", "@Recycle/0.jpg", "#snapshot/0.jpg", "RECYCLER/0.jpg")  # fmt: skip


def litter(folder):
    """Leave in a folder what computers leave on USB sticks."""
    for name in JUNK:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"\0\5\x16\7")
    return folder


def test_every_lister_passes_over_what_computers_leave(tmp_path, monkeypatch, capsys):
    from benchmarks import probe

    from pocket import others

    plain = fill(tmp_path / "plain" / "mine", {"handbag": 4, "shoe": 5})
    usb = fill(tmp_path / "usb" / "mine", {"handbag": 4, "shoe": 5})
    for folder in (usb, usb / "handbag", usb / "shoe"):
        litter(folder)
    loaded = [datasets.from_folder(root, size=(16, 16)) for root in (plain, usb)]
    assert loaded[0].sources == loaded[1].sources and loaded[1].skipped == ()
    assert len(set(capsys.readouterr().out.splitlines())) == 1
    litter(tmp_path / "others")
    save(picture(0), tmp_path / "others" / "mug" / "00.png")
    assert [path.name for path in others._paths(tmp_path / "others")] == ["00.png"]
    images, labels = probe._photos(usb)
    assert len(images) == 9 and labels.tolist() == [0] * 4 + [1] * 5
    save(picture(1), tmp_path / "photos" / probe.FOLDERS["phone"] / "1.JPG")
    litter(tmp_path / "photos" / probe.FOLDERS["phone"])
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path))
    assert len(probe.sets()["phone"]["test"][0]) == 1


def test_a_set_is_collected_beside_what_computers_left_and_leaves_it_there(tmp_path):
    from helpers.collecting import sets

    for folder in (tmp_path, tmp_path / "train" / "shoe"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".DS_Store").write_text("")
        (folder / "Thumbs.db").write_text("")
    half = tmp_path / "train" / f".{'0' * 32}.jpg"
    half.write_text("half")
    assert sets.earlier(tmp_path) == [half]
    sets.write([], tmp_path, 160)
    assert not half.exists() and len(list(tmp_path.rglob("*.db"))) == 2


def test_code_on_a_usb_stick_is_not_mistaken_for_what_macos_left_beside_it(tmp_path, monkeypatch):
    from types import SimpleNamespace

    from helpers.datasets import grey
    from helpers.staff import course

    (tmp_path / "homework").mkdir()
    (tmp_path / "homework" / "more.py").write_text("")
    monkeypatch.setattr(course, "SOURCES", tmp_path)
    drawings = SimpleNamespace(__file__=str(tmp_path / "__init__.py"))
    before = course.sources(), grey._digest(drawings)
    (tmp_path / "homework" / "._more.py").write_bytes(b"\0\5\x16\7\xff")
    assert (course.sources(), grey._digest(drawings)) == before and len(before[0]) == 1


def test_near_duplicates_stay_on_one_side(tmp_path):
    root = fill(tmp_path, {"a": 12, "b": 12})
    for number in range(6):  # each of six pictures three more times: resaved, smaller, brighter
        image = Image.open(root / "a" / f"{number:02}.png")
        save(image, root / "a" / f"{number:02}_jpeg.jpg", quality=60)
        save(image.resize((40, 30)), root / "a" / f"{number:02}_small.png")
        save(image.point(lambda level: level * 0.9 + 20), root / "a" / f"{number:02}_bright.png")
    for seed in range(5):
        data = datasets.from_folder(root, size=(32, 32), seed=seed)
        side_of = {source: side for side, sources in data.sources.items() for source in sources}
        for number in range(6):
            same = {side for source, side in side_of.items() if source.startswith(f"a/{number:02}")}
            assert len(same) == 1
        assert len(side_of) == 42 and datasets.leaks(data) == []


def split_folder(root, sides):
    for number, (side, counts) in enumerate(sides.items()):
        fill(root / side, counts, start=1000 * number)
    return root


@pytest.mark.parametrize(
    "names",
    [
        ("train", "validation", "test"),
        ("train", "val", "test"),
        ("training", "valid", "testing"),
        ("Training", "Dev", "TEST"),
        ("train_set", "dev_set", "test_set"),
        ("TrainSet", "Valid", "Test Set"),
        ("1_train", "2_validate", "3_holdout"),
        ("train_images", "eval_images", "test_images"),
        ("dataset-train", "dataset-dev", "dataset-test"),
        ("train2017", "val2017", "Test Data"),
    ],
)
def test_a_given_split_is_used(tmp_path, names, capsys):
    counts = dict(zip(names, ({"a": 6, "b": 7}, {"a": 2, "b": 3}, {"a": 4, "b": 5}), strict=True))
    data = datasets.from_folder(split_folder(tmp_path, counts), size=(16, 16))
    for side, folder in zip(("train", "validation", "test"), names, strict=True):
        assert {source.split("/")[0] for source in data.sources[side]} == {folder}
        labels = getattr(data, side).labels
        assert tuple(np.bincount(labels)) == tuple(counts[folder].values())
    assert len(capsys.readouterr().out.splitlines()) == 1  # no leak, no second line


def test_names_that_macos_took_apart_are_whole_again(tmp_path):
    """The same names, with accents as letters of their own (NFD) as on a Mac, and without (NFC)."""
    whole = ("Äpfel", "Birne", "Café", "Zebra")
    assert all(unicodedata.is_normalized("NFC", name) for name in whole)
    sides, loaded = ("train", "validation", "test"), []
    for root, forms in (("nfc", ["NFC"] * 3), ("nfd", ["NFD"] * 3), ("both", ["NFC", "NFD", "NFC"])):
        counts = {side: {unicodedata.normalize(form, name): 3 for name in whole}
                  for side, form in zip(sides, forms, strict=True)}  # fmt: skip
        root = split_folder(tmp_path / root, counts)
        with open(root / "ATTRIBUTION.csv", "w", encoding="utf-8") as file:
            file.write("image,author\nshort\ntrain/Café/00.png,Zoë\n")
        loaded.append(datasets.from_folder(root, size=(16, 16)))
        assert sum(source.get("author") == "Zoë" for source in loaded[-1].sources["train"]) == 1
    for data in loaded:
        assert data.class_names == ("Birne", "Café", "Zebra", "Äpfel")
        for split, first in zip(data.splits.values(), loaded[0].splits.values(), strict=True):
            assert np.array_equal(split.images, first.images) and np.array_equal(split.labels, first.labels)
    (tmp_path / "nfd" / "test" / unicodedata.normalize("NFD", "Café")).rename(tmp_path / "gone")
    with pytest.raises(ValueError, match=r"test has no folder 'Café', which another part"):
        datasets.from_folder(tmp_path / "nfd", size=(16, 16))


@pytest.mark.parametrize("said", [True, False])
def test_a_zip_file_of_macos_names_its_classes(tmp_path, said):
    """macOS takes accents apart, and does not always say that its names are UTF-8."""
    content = io.BytesIO()
    picture(0).save(content, "PNG")
    with zipfile.ZipFile(tmp_path / "mac.zip", "w") as archive:
        for form, number in (("NFD", 0), ("NFC", 1)):
            archive.writestr(f"{unicodedata.normalize(form, 'Café')}/{number}.png", content.getvalue())
        archive.writestr("__MACOSX/Birne/._0.png", b"")
        archive.writestr("$RECYCLE.BIN/0.png", b"")
    if not said:
        packed = bytearray((tmp_path / "mac.zip").read_bytes())
        for mark, at in ((b"PK\3\4", 7), (b"PK\1\2", 9)):
            for found in re.finditer(re.escape(mark), bytes(packed)):
                packed[found.start() + at] &= ~8
        (tmp_path / "mac.zip").write_bytes(packed)
    with zipfile.ZipFile(tmp_path / "mac.zip") as archive:
        names = [folders.composed(folders.name_in_zip(entry)) for entry in archive.infolist()]
    names = [name for name in names if not any(map(folders.is_junk, name.split("/")))]
    assert names == ["Café/0.png", "Café/1.png"]


def test_a_planted_duplicate_is_found_and_told(tmp_path, capsys):
    root = split_folder(tmp_path, {side: {"a": 4, "b": 4} for side in ("train", "validation", "test")})
    stolen = Image.open(root / "train" / "a" / "01.png")
    save(stolen, root / "test" / "a" / "copy.jpg", quality=70)
    data = datasets.from_folder(root, size=(32, 32))
    (leak,) = datasets.leaks(data)
    assert [data.sources[side][index] for side, index in leak] == ["train/a/01.png", "test/a/copy.jpg"]
    told = capsys.readouterr().out.splitlines()[1]
    assert "1 pair of near-duplicates across the given split" in told and "test/a/copy.jpg" in told


def test_a_missing_validation_part_is_dealt_out_of_train(tmp_path):
    root = split_folder(tmp_path, {"train": {"a": 12, "b": 12}, "test": {"a": 3, "b": 3}})
    data = datasets.from_folder(root, size=(16, 16), validation=0.25)
    assert [tuple(np.bincount(split.labels)) for split in data.splits.values()] == [(9, 9), (3, 3), (3, 3)]
    assert all(source.startswith("train/") for source in data.sources["validation"])
    assert all(source.startswith("test/") for source in data.sources["test"])


def test_attribution_travels_with_the_images(tmp_path):
    root = fill(tmp_path, {"a": 5, "b": 5})
    with open(root / "ATTRIBUTION.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows([("image", "author", "licence", "link")])
        licence, page = "https://creativecommons.org/licenses/by/2.0/", "https://photos.example"
        writer.writerows((f"a/{n:02}.png", f"Zoë {n}", licence, f"{page}/{n}") for n in range(5))
    data = datasets.from_folder(root, size=(16, 16))
    assert data.licence == "CC BY 2.0" and data.skipped == ()
    assert len(data.credits()) == 10  # one for each photo, those without a row too
    assert f"a/03.png: Zoë 3, CC BY 2.0, {page}/3" in data.credits()
    assert "b/01.png: author not stated, licence not stated" in data.credits()
    by_image = {row["image"]: row for row in every_source(data)}
    assert by_image["a/03.png"]["author"] == "Zoë 3" and by_image["b/01.png"] == {"image": "b/01.png"}
    (root / "ATTRIBUTION.csv").write_text("file,author\nx,y\n")
    with pytest.raises(ValueError, match="no column 'image'"):
        datasets.from_folder(root, size=(16, 16))


@pytest.mark.parametrize(
    "given, name",
    [
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC BY-SA 4.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "Public Domain Mark 1.0"),
        ("my own", "my own"),
        ("", ""),
    ],
)
def test_licences_have_names(given, name):
    assert base.licence_of({"licence": given}) == base.licence_of({"license": given}) == name


def broken_folder(root, how):
    if how == "file":
        (root / "mine.zip").write_bytes(b"PK")
        return root / "mine.zip"
    if how == "nowhere":
        return root / "nowhere"
    if how == "classes differ":
        return split_folder(root, {"train": {"a": 4, "b": 4}, "test": {"a": 4, "c": 4}})
    if how == "val twice":
        return split_folder(root, {side: {"a": 3, "b": 3} for side in ("train", "val", "validation")})
    if how == "train twice":
        return split_folder(root, {side: {"a": 3, "b": 3} for side in ("train", "Training", "test")})
    if how == "heic":
        fill(root, {"b": 5})
        (root / "a").mkdir()
        for number in range(5):
            (root / "a" / f"{number}.heic").write_bytes(HEIC)
        return root
    return fill(root, {"empty": {}, "one class": {"a": 5}, "two images": {"a": 5, "b": 2}}[how])


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("file", r"is a file\. Unpack it"),
        ("nowhere", r"There is no folder .*nowhere"),
        ("empty", r"no class folders\. Put the photos"),
        ("one class", r"one class folder only, 'a'"),
        ("two images", r"2 usable images of 'b'\. Each class takes 3 there"),
        (
            "heic",
            r"0 usable images of 'a'; 5 more could not be used \(one is a HEIC photo.*export it as JPEG",
        ),
        ("classes differ", r"test has no folder 'b', which another part"),
        ("val twice", r"both val and validation"),
        ("train twice", r"both Training and train\. Keep one"),
    ],
)
def test_bad_folders_are_one_clear_sentence(tmp_path, how, said):
    with pytest.raises(ValueError, match=said):
        datasets.from_folder(broken_folder(tmp_path, how), size=(16, 16))


def test_a_class_of_copies_cannot_be_split(tmp_path):
    root = fill(tmp_path, {"b": 5}, start=50)
    for number in range(8):
        save(picture(0), root / "a" / f"copy{number}.png")
    with pytest.raises(
        ValueError, match="'a' has 1 different images; train and test and validation need one"
    ):
        datasets.from_folder(root, size=(16, 16))


@pytest.mark.parametrize(
    "options", [{"test": 0}, {"validation": 0.6, "test": 0.4}, {"validation": -0.1}, {"size": (0, 5)}]
)
def test_bad_options_are_refused(tmp_path, options):
    with pytest.raises(ValueError, match="possible"):
        datasets.from_folder(tmp_path, **options)


# --- the split ----------------------------------------------------------------------------------------------


def test_groups_are_never_torn_and_shares_met():
    rng = np.random.default_rng(0)
    for seed in range(30):
        labels, groups = [], []
        for label in range(3):
            for group in range(rng.integers(3, 30)):
                size = rng.integers(1, 4)
                labels += [label] * size
                groups += [(label, group)] * size
        shares = {"test": 0.2, "validation": 0.15}
        sides = base.split_groups(labels, groups, shares, seed=seed, class_names="abc")
        assert all(len({sides[i] for i in range(len(sides)) if groups[i] == one}) == 1 for one in groups)
        for label in range(3):
            own = Counter(sides[np.array(labels) == label].tolist())
            assert min(own.get(side, 0) for side in ("train", "test", "validation")) >= 1
            for side, share in shares.items():
                assert abs(own[side] - share * own.total()) <= 3


def test_every_side_gets_something_even_of_three_images():
    for count in (3, 4, 5):
        sides = base.split_groups(
            [0] * count, range(count), {"test": 0.5, "validation": 0.45}, seed=0, class_names="a"
        )
        assert set(sides) == {"train", "validation", "test"}


# --- handbags and shoes -------------------------------------------------------------------------------------


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A small stand-in for the drawn set."""
    root = split_folder(
        tmp_path / "drawn",
        {"train": {"handbag": 6, "shoe": 6}, "validation": {"handbag": 2, "shoe": 2},
         "test": {"handbag": 5, "shoe": 5}},
    )  # fmt: skip
    (root / "made_with.json").write_text("{}")
    monkeypatch.setattr(objects, "DRAWN", root)
    return root


@pytest.fixture
def share(tmp_path, monkeypatch):
    """A share with photos: training images, two of them copies, and test images."""
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path / "share"))
    root = tmp_path / "share" / objects.PHOTOS
    split_folder(root, {"train": {"handbag": 16, "shoe": 16}, "test": {"handbag": 5, "shoe": 5}})
    return root


def test_drawn_handbags_and_shoes(drawn, capsys):
    data = datasets.handbags_and_shoes("drawn", size=(32, 32))
    assert data.class_names == ("handbag", "shoe") and data.origin == "embedded"
    assert data.licence == "CC BY 4.0" and repr(data).startswith(
        "<Drawn handbags and shoes, embedded: 12 + 4 + 10"
    )
    assert data.credits() == [
        "Drawn handbags and shoes: no photos, but pictures drawn by this course, CC BY 4.0."
    ]
    assert data.sources["validation"][0].startswith("validation/") and capsys.readouterr().out == ""


def test_auto_takes_the_drawn_ones_with_a_notice_or_the_photos(drawn, tmp_path, monkeypatch, capsys):
    assert datasets.handbags_and_shoes(size=(16, 16)).origin == "embedded"
    (line,) = capsys.readouterr().out.splitlines()
    assert line == (
        "Using 12 + 4 + 10 pictures of handbags and shoes that this course draws. Real photos are collected "
        "where that is possible, and here it was not: the course works offline."
    )
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path / "empty"))
    assert datasets.handbags_and_shoes(size=(16, 16)).origin == "embedded"
    assert capsys.readouterr().out.endswith("the course works offline.\n")


@pytest.mark.parametrize("source", ["auto", "photos"])
def test_photos_of_the_share(share, source, capsys):
    for number in range(4):
        save(picture(number), share / "train" / "handbag" / f"again{number}.jpg", quality=80)
    data = datasets.handbags_and_shoes(source, size=(32, 32), seed=1)
    assert data.origin == "mirror" and data.name == "Photos of handbags and shoes"
    assert [tuple(np.bincount(split.labels)) for split in data.splits.values()] == [(15, 12), (5, 4), (5, 5)]
    assert datasets.leaks(data) == [] and capsys.readouterr().out == ""


def test_a_path_is_ones_own_folder(tmp_path):
    data = datasets.handbags_and_shoes(fill(tmp_path, {"handbag": 5, "shoe": 5}), size=(16, 16))
    assert data.origin == "own"


def test_missing_or_damaged_sets_are_errors_with_a_cure(drawn, share, monkeypatch, tmp_path):
    (drawn / "test" / "shoe" / "00.png").write_bytes(b"cut")
    with pytest.raises(AssetError, match=r"test/shoe/00\.png is not an image.*git checkout"):
        datasets.handbags_and_shoes("drawn")
    monkeypatch.setattr(objects, "DRAWN", tmp_path / "nothing")
    with pytest.raises(AssetError, match=r"missing.*git checkout"):
        datasets.handbags_and_shoes("drawn")
    for path in (share / "train" / "shoe").iterdir():
        path.write_bytes(b"")
    with pytest.raises(
        AssetError, match=r"\(train\) has 0 usable images of 'shoe'.*good copy"
    ):  # and not the drawn ones
        datasets.handbags_and_shoes()
    monkeypatch.delenv("COURSE_ASSETS")
    with pytest.raises(AssetError, match=r"not at hand: the course works offline.*COURSE_ASSETS"):
        datasets.handbags_and_shoes("photos")


def test_the_committed_drawings_load():
    if not objects.DRAWN.is_dir():
        pytest.skip("the drawn set is not there yet")
    data = datasets.handbags_and_shoes("drawn")
    assert [tuple(np.bincount(split.labels)) for split in data.splits.values()] == [
        (36, 36),
        (12, 12),
        (100, 100),
    ]
    assert data.train.images.shape == (72, 160, 160, 3)


def test_the_real_photos(real_assets, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_ASSETS", real_assets)
    if assets.locate(objects.NAME) is None:
        pytest.skip(f"COURSE_ASSETS does not hold {objects.PHOTOS}")
    data = datasets.handbags_and_shoes()
    assert data.origin == "mirror" and len(data.train.labels) + len(data.validation.labels) == 96
    assert tuple(np.bincount(data.validation.labels)) == (12, 12) and data.skipped == ()


# --- videos -------------------------------------------------------------------------------------------------


def film(path, frames, fps=4, **options):
    """Write frames, PIL images of one size, as an H.264 video."""
    import imageio_ffmpeg

    writer = imageio_ffmpeg.write_frames(str(path), frames[0].size, fps=fps, macro_block_size=2, **options)
    writer.send(None)
    for frame in frames:
        writer.send(np.ascontiguousarray(frame))
    writer.close()
    return path


def scene(seed, step=0):
    """A detailed picture."""
    rng = np.random.default_rng((seed, step))
    fine = Image.fromarray(rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)).resize(
        (128, 96), Image.Resampling.NEAREST
    )
    return Image.blend(fine, picture(1000 * seed + step, 96, 128), 0.6)


def test_frames_of_a_video(tmp_path, capsys, monkeypatch):
    # One second each of: scene 0, 1, 1 blurred, 1 again, 2, 0 again, 3; at four frames a second.
    shots = [scene(1, step) for step in range(4)]
    blurred = shots[1].filter(ImageFilter.GaussianBlur(4))
    order = [shots[0], shots[1], blurred, shots[1], shots[2], shots[0], shots[3]]
    path = film(tmp_path / "shoe 1.mp4", [shot for shot in order for _ in range(4)])
    clip = datasets.from_video(path, 1, size=(48, 48))
    assert clip.images.dtype == np.uint8 and clip.images.shape == (4, 48, 48, 3)
    np.testing.assert_allclose(clip.times, [0, 1, 4, 6])
    assert capsys.readouterr().out == "shoe 1.mp4: 4 of 7 frames kept (1 blurred, 2 nearly the same).\n"
    for image, shot in zip(clip.images, shots, strict=True):
        expected = colours(base.fit_to(np.asarray(shot), (48, 48)))
        assert abs(colours(image) - expected).mean() < 12
    monkeypatch.setattr(video, "SHARPNESS", 0)
    monkeypatch.setattr(base, "NEAR", -1)
    half = datasets.from_video(path, 0.5, size=(48, 48))
    assert len(half.images) == 14 and "(0 blurred" in capsys.readouterr().out


def test_a_video_held_upright_is_turned(tmp_path):
    import imageio_ffmpeg

    shot = Image.new("RGB", (128, 96), (0, 0, 255))
    shot.paste(scene(2).resize((64, 96)), (0, 0, 64, 96))
    plain = film(tmp_path / "plain.mp4", [shot] * 4)
    turned = tmp_path / "turned.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation", "90", "-i", plain]
    subprocess.run([*map(str, command), "-c", "copy", str(turned)], check=True)
    (image,) = datasets.from_video(turned, 1, size=(64, 48)).images
    blue = (colours(image)[..., 2] > 200) & (colours(image)[..., 0] < 60)
    halves = blue[:28].mean(), blue[36:].mean()  # what was left and right lies above and below
    assert max(halves) > 0.9 and min(halves) < 0.1


def ffmpeg(*arguments):
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *map(str, arguments)]
    subprocess.run(command, check=True)


@pytest.mark.parametrize("sar", ["2/1", "64/45", "1/2"])
@pytest.mark.parametrize("turned", [False, True])
def test_pixels_of_a_video_need_not_be_square(tmp_path, caplog, sar, turned):
    """A disc that the camera stored squeezed is round again."""
    across, down = map(int, sar.split("/"))
    factor = across / down
    y, x = np.mgrid[:96, :128]
    disc = (((x - 64) * factor) ** 2 + (y - 48) ** 2 < min(40, 50 * factor) ** 2) * np.uint8(255)
    disc = np.asarray(Image.blend(scene(3), Image.fromarray(disc).convert("RGB"), 0.9))
    plain = film(tmp_path / "plain.mp4", [Image.fromarray(disc)] * 4)
    path = tmp_path / "stored.mp4"
    ffmpeg("-i", plain, "-c", "copy", "-bsf:v", f"h264_metadata=sample_aspect_ratio={sar}", path)
    if turned:
        ffmpeg("-display_rotation", "90", "-i", path, "-c", "copy", path := tmp_path / "turned.mp4")
    (image,) = datasets.from_video(path, 1, size=(96, 96)).images
    light = image[..., 1] > 128
    height, width = light.any(1).sum(), light.any(0).sum()
    assert min(height, width) > 20 and abs(height / width - 1) < 0.12
    assert not caplog.records  # the package's warning that sizes differ says nothing here


def test_frames_that_were_not_read_are_told(tmp_path, capsys, monkeypatch):
    path = film(tmp_path / "a.mp4", [scene(1, step) for step in range(24)])
    datasets.from_video(path, 0.5, size=(32, 32))
    whole = "a.mp4: 12 of 12 frames kept (0 blurred, 0 nearly the same).\n"
    assert capsys.readouterr().out == whole
    left_out = " What comes after 4.5 s was left out: use a longer `every`."
    for most, rest in ((12, ""), (9, left_out)):
        monkeypatch.setattr(video, "MOST_FRAMES", most)
        clip = datasets.from_video(path, 0.5, size=(32, 32))
        assert len(clip.images) == most
        assert capsys.readouterr().out == whole.replace("12", str(most)).strip() + rest + "\n"
    monkeypatch.undo()
    stored = tmp_path / "b.mp4"
    ffmpeg("-i", path, "-c", "copy", "-movflags", "+faststart", stored)
    content = stored.read_bytes()
    stored.write_bytes(content[: len(content) * 6 // 10])  # its table of contents promises more
    clip = datasets.from_video(stored, 0.5, size=(32, 32))
    missing = 6 - 0.5 * len(clip.images)
    assert 2 <= missing <= 4
    assert capsys.readouterr().out.endswith(f" Its last {missing:.0f} of 6 s could not be read.\n")


def test_a_frame_rate_that_varies(tmp_path, capsys):
    slow = "setpts='if(gt(N,6),PTS+4/TB,PTS)'"  # the seventh picture stays for over four seconds
    shots = [scene(1, step // 2) for step in range(12)]
    ffmpeg("-i", film(tmp_path / "a.mp4", shots), "-vf", slow, "-fps_mode", "vfr", tmp_path / "b.mp4")
    clip = datasets.from_video(tmp_path / "b.mp4", 0.5, size=(32, 32))
    np.testing.assert_allclose(clip.times, [0, 0.5, 1, 1.5, 6, 6.5], atol=0.51)
    assert "read" not in capsys.readouterr().out


@pytest.mark.parametrize("cover", [False, True])
def test_sound_is_no_video(tmp_path, cover):
    """Nor is the cover of a record, which is stored as one."""
    path, art = tmp_path / "song.m4a", tmp_path / "art.jpg"
    save(scene(1), art)
    second = ["-i", art, "-map", 0, "-map", 1, "-c:v", "mjpeg", "-disposition:v", "attached_pic"]
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", *(second if cover else ()), path)
    with pytest.raises(ValueError, match=r"song\.m4a holds no moving pictures, only sound"):
        datasets.from_video(path)


def test_whole_clips_stay_on_one_side(tmp_path):
    clips = {
        name: [
            film(
                tmp_path / f"{name}{number}.mp4",
                [scene(10 * label + number + 3, step) for step in range(4)],
                fps=2,
            )
            for number in range(4)
        ]
        for label, name in enumerate(("shoe", "bag"))
    }
    data = datasets.from_videos(clips, size=(32, 32))
    assert data.class_names == ("shoe", "bag") and data.origin == "own"
    names = {side: {source.split(" at ")[0] for source in sources} for side, sources in data.sources.items()}
    assert sorted(len(own) for own in names.values()) == [2, 2, 4]
    assert len(set.union(*names.values())) == 8
    for side, split in data.splits.items():
        assert set(split.labels) == {0, 1} and len(split.labels) == 4 * len(names[side])
        for label, source in zip(split.labels, data.sources[side], strict=True):
            assert source.startswith(data.class_names[label]) and source.endswith(" s")
    two = {name: paths[:2] for name, paths in clips.items()}
    assert datasets.from_videos(two, size=(32, 32), validation=0).validation is None
    with pytest.raises(ValueError, match="'shoe' has 2 clips; train and test and validation need one each"):
        datasets.from_videos(two)
    with pytest.raises(ValueError, match="given twice"):
        datasets.from_videos({"shoe": clips["shoe"], "bag": clips["shoe"]})
    with pytest.raises(ValueError, match="1 class were given"):
        datasets.from_videos({"shoe": clips["shoe"]})
    with pytest.raises(ValueError, match="needs a list of videos"):
        datasets.from_videos({"shoe": clips["shoe"], "bag": clips["bag"][0]})


def test_sharpness_is_the_variance_of_the_laplacian():
    from scipy import ndimage

    image = np.asarray(scene(7))
    gray = image @ [0.299, 0.587, 0.114]
    expected = ndimage.laplace(gray)[1:-1, 1:-1].var()
    assert video.sharpness_of(image) == pytest.approx(expected)
    assert video.sharpness_of(np.full((9, 9, 3), 77, np.uint8)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("how", ["text", "empty", "cut off", "photo of nothing", "out of focus"])
def test_videos_that_cannot_be_used_are_one_clear_sentence(tmp_path, how):
    path = tmp_path / "a.mp4"
    if how == "photo of nothing":
        film(path, [Image.new("RGB", (64, 64), "gray")] * 8)
        said = "none of 2 frames is sharp"
    elif how == "out of focus":
        film(path, [scene(1, step // 4).filter(ImageFilter.GaussianBlur(12)) for step in range(8)])
        said = "none of 2 frames is sharp"
    else:
        whole = film(tmp_path / "whole.mp4", [scene(1, step) for step in range(8)]).read_bytes()
        path.write_bytes({"text": b"no video" * 200, "empty": b"", "cut off": whole[: len(whole) // 2]}[how])
        said = "not a video that can be read"
    with pytest.raises(ValueError, match=said) as caught:
        datasets.from_video(path, 1)
    assert str(path) in str(caught.value)


def test_other_bad_input_to_videos(tmp_path):
    with pytest.raises(ValueError, match="There is no video"):
        datasets.from_video(tmp_path)
    for every in (0, True, float("inf")):
        with pytest.raises(ValueError, match=f"every={every}"):
            datasets.from_video(tmp_path, every)


def test_import_is_light():
    code = (
        "import sys, helpers.datasets; print({'keras', 'PIL', 'imageio_ffmpeg', 'tqdm'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_names_of_a_split_that_are_names_of_classes(tmp_path):
    """Classes called "train" and "test" are no split."""
    data = datasets.from_folder(fill(tmp_path, {"train": 5, "test": 5}), size=(16, 16))
    assert data.class_names == ("test", "train")
