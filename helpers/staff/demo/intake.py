"""What people bring: photos, folders, zip files, frames of a camera. Limits, and kind refusals."""

import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import numpy as np

from helpers import photos
from helpers.datasets.base import fit_to
from helpers.datasets.folders import PHOTO_SUFFIXES, composed, is_junk, name_in_zip

MAX_BYTES = 20_000_000  # of one photo
MAX_ZIP_BYTES = 200_000_000
MAX_ENTRIES = 5000  # in a zip file
MAX_PICTURES = 400  # in all classes together, so that training takes less than a minute
MAX_CLASSES = 10
MAX_NAME = 40  # characters
LEAST = 4  # pictures of a class: three to learn from and one to try it on
HELD_BACK = 4  # one in so many

Pictures = dict[str, list[np.ndarray]]  # class name -> images uint8 (size, size, 3)
Skipped = list[tuple[str, str]]  # (name, reason)


def read_photo(source, name: str = "The photo") -> np.ndarray:
    """Read an uploaded photo, upright, of up to `MAX_BYTES`: uint8 (H, W, 3). Messages call it `name`."""
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size > MAX_BYTES:
        raise photos.PhotoError(name, f"has more than {MAX_BYTES // 10**6} MB; send a smaller copy")
    return photos.read_photo(source, name=name)


def square(pixels: np.ndarray, size: int) -> np.ndarray:
    """Cut the largest centred square out of a photo, and resize it to (size, size, 3)."""
    return fit_to(pixels, (size, size))


def read_files(paths: Iterable, size: int) -> tuple[list[np.ndarray], Skipped]:
    """Read uploaded photos of one class: images uint8 (size, size, 3) by name, and what could not be used."""
    images, skipped = [], []
    paths = sorted(map(Path, paths), key=lambda path: path.name)
    if len(paths) > MAX_PICTURES:
        raise ValueError(f"That is {len(paths)} files; send up to {MAX_PICTURES} in all.")
    for path in paths:
        if not is_junk(path.name):
            _try(images, skipped, path, path.name, size)
    return images, skipped


def read_zip(path, size: int) -> tuple[Pictures, Skipped]:
    """Read a zip file with a folder of photos for each class, in memory; nothing is unpacked.

    The class of a photo is the name of the folder it lies in. Gives the images of each class, by name, and
    the photos that could not be used, with the reason.
    """
    if Path(path).stat().st_size > MAX_ZIP_BYTES:
        raise ValueError(f"The zip file has more than {MAX_ZIP_BYTES // 10**6} MB; send smaller photos.")
    pictures: Pictures = {}
    skipped: Skipped = []
    try:
        with zipfile.ZipFile(path) as archive:
            for path, entry in _photos_in(archive):
                images = pictures.setdefault(path.parts[-2], [])
                # What the header claims may be wrong: never more than the limit is unpacked.
                with archive.open(entry) as file:
                    content = file.read(MAX_BYTES + 1)
                _try(images, skipped, content, "/".join(path.parts[-2:]), size)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError) as error:
        raise ValueError("This zip file cannot be read; pack the folders again, as a plain zip.") from error
    if not any(pictures.values()):
        why = f" ({skipped[0][0]} {skipped[0][1]})" if skipped else ""
        raise ValueError(f"The zip file holds no photo in a folder{why}; pack a folder for each class.")
    return {name: images for name, images in pictures.items() if images}, skipped


def add(pictures: Mapping[str, list], name: str, images: list[np.ndarray]) -> Pictures:
    """Add images to a class, or begin a new one; returns a new collection."""
    name = composed(" ".join(name.split()))
    if not name:
        raise ValueError("The class has no name; type what the pictures show, such as 'mug'.")
    if len(name) > MAX_NAME or not name.isprintable():
        raise ValueError(f"The name of the class is too long or odd; use up to {MAX_NAME} letters.")
    if name.lower() == "neither":
        raise ValueError("'neither' is what the app says of all other things; choose another name.")
    if not images:
        raise ValueError(f"There is no picture of {name!r} yet; upload some, or hold it before the camera.")
    if name not in pictures and len(pictures) >= MAX_CLASSES:
        raise ValueError(f"There are {MAX_CLASSES} classes already; begin again for others.")
    total = len(images) + sum(map(len, pictures.values()))
    if total > MAX_PICTURES:
        raise ValueError(f"That would make {total} pictures; up to {MAX_PICTURES} in all train in seconds.")
    return {**pictures, name: [*pictures.get(name, []), *images]}


def split(pictures: Mapping[str, list]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put a collection together, and hold back the last quarter of each class.

    The last, and not a random quarter: frames of a burst that follow each other look alike, and a network
    that saw one of two twins has seen both.

    Gives images uint8 (n, size, size, 3), labels int64 (n,) in the order of the names, and bool (n,), which
    are held back.
    """
    if len(pictures) < 2:
        raise ValueError(f"Telling apart takes two classes or more; there {_are(len(pictures))} so far.")
    for name, images in pictures.items():
        if len(images) < LEAST:
            raise ValueError(f"There {_are(len(images))} of {name!r}; add some, it takes {LEAST} at least.")
    counts = [len(images) for images in pictures.values()]
    held = [np.arange(count) >= count - max(1, count // HELD_BACK) for count in counts]
    images = np.stack([image for some in pictures.values() for image in some])
    return images, np.repeat(np.arange(len(counts)), counts), np.concatenate(held)


def _are(count):
    return "is none" if count == 0 else "is one" if count == 1 else f"are {count}"


def _photos_in(archive):
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ValueError(f"The zip file holds more than {MAX_ENTRIES} files; send the photos you need.")
    found = []
    for entry in entries:
        path = PurePosixPath(composed(name_in_zip(entry)).replace("\\", "/"))
        if entry.is_dir() or any(map(is_junk, path.parts)) or path.suffix.lower() not in PHOTO_SUFFIXES:
            continue
        if entry.flag_bits & 1:
            raise ValueError("The zip file is locked with a password; pack it without one.")
        if len(path.parts) > 1:
            found.append((path, entry))
    if len(found) > MAX_PICTURES:
        raise ValueError(f"The zip file holds {len(found)} photos; send up to {MAX_PICTURES} in all.")
    return sorted(found, key=lambda pair: pair[0])


def _try(images, skipped, source, name, size):
    try:
        images.append(square(read_photo(source, name), size))
    except photos.PhotoError as error:
        skipped.append((name, error.reason))
