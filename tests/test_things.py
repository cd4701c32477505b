"""Animals and things to put before a network: photos of a share, or drawings."""

import numpy as np
import pytest
from PIL import Image

from helpers import datasets, drawings
from helpers.assets import AssetError


@pytest.fixture
def share(tmp_path, monkeypatch):
    """An empty share with a folder for photos."""
    monkeypatch.setenv("COURSE_ASSETS", str(tmp_path))
    folder = tmp_path / "photos" / "natural"
    folder.mkdir(parents=True)
    return folder


def save(path, colour, size):
    Image.new("RGB", size, colour).save(path)


def test_photos_are_named_by_their_files_and_cut_to_size(share):
    save(share / "n02391049_zebra.JPEG", (255, 0, 0), (60, 40))
    save(share / "king_penguin.png", (0, 0, 255), (30, 90))
    (share / "notes.txt").write_text("no photo")
    things = datasets.everyday(size=(32, 48))
    assert things.names == ("king penguin", "zebra") and things.origin == "mirror"
    assert things.images.shape == (2, 32, 48, 3) and things.images.dtype == np.uint8
    np.testing.assert_allclose(things.images.mean(axis=(1, 2)), [(0, 0, 255), (255, 0, 0)], atol=2)


def test_a_photo_that_cannot_be_read_and_a_folder_without_any(share):
    with pytest.raises(AssetError, match="holds no photo"):
        datasets.everyday()
    (share / "cat.jpg").write_bytes(b"not a photo")
    with pytest.raises(AssetError, match=r"cat\.jpg is not an image .* Replace it by a good copy"):
        datasets.everyday()


@pytest.mark.parametrize("share_is_set", [False, True])
def test_without_photos_it_is_one_drawing_of_each_class(tmp_path, monkeypatch, capsys, share_is_set):
    monkeypatch.delenv("COURSE_ASSETS", raising=False)
    if share_is_set:
        monkeypatch.setenv("COURSE_ASSETS", str(tmp_path))
    things = datasets.everyday(size=(160, 160))
    why = "COURSE_ASSETS has no photos/natural" if share_is_set else "COURSE_ASSETS is not set"
    assert f"not at hand ({why})" in capsys.readouterr().out
    assert things.names == tuple(sorted(drawings.EVERYDAY_CLASSES)) and things.origin == "embedded"
    images, labels = drawings.everyday(len(things.names))
    number = int(labels[7])
    place = things.names.index(drawings.EVERYDAY_CLASSES[number])
    assert np.array_equal(things.images[place], images[7])


def test_a_size_that_is_none():
    with pytest.raises(ValueError, match="size="):
        datasets.everyday(size=(0, 5))
