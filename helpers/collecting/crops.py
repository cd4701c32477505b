"""One photo of Open Images as one square image, kept in the user's cache once it is there.

A kept file carries the checksum of its content in its name, so that a damaged one is seen and made anew.
"""

import contextlib
import hashlib
import io
import re
from typing import NamedTuple

import numpy as np
from PIL import Image

from helpers import assets, photos
from helpers.assets import web
from helpers.collecting.open_images import Box, Candidate
from helpers.photos import PhotoError

RECIPE = 3  # raise it with every change of how a crop is made
MARGIN = 0.1  # of the longer side of the box, on all four sides
LEAST_SEEN = 0.85  # of the box, where its longer side is longer than the photo's shorter one
PHOTO_BYTES = 20_000_000
SHORTER = 480  # pixels, the shorter side of most thumbnails of 300,000 pixels
QUALITY = 92


class Refused(Exception):
    """A photo is left out. `reason` says why; `lost`: it did not come."""

    def __init__(self, reason: str, *, lost: bool = False):
        self.reason, self.lost = reason, lost
        super().__init__(reason)


class Shelf(NamedTuple):
    """A folder of the cache with one verified file for each key."""

    name: str
    suffix: str

    @property
    def folder(self):
        """Where it is."""
        return assets.cache_dir() / "open_images" / self.name

    def get(self, key: str) -> bytes | None:
        """Give the content that was put there; None if there is none, or it is damaged."""
        for path in self.folder.glob(f"{key}.*{self.suffix}"):
            content = path.read_bytes()
            if path.name == self._file(key, content):
                return content
            path.unlink()
        return None

    def put(self, key: str, content: bytes) -> None:
        """Keep content, whole or not at all."""
        with assets.replacing(self.folder / self._file(key, content)) as part:
            part.write_bytes(content)

    def _file(self, key, content):
        return f"{key}.{hashlib.sha256(content).hexdigest()[:24]}{self.suffix}"


def fetch(candidate: Candidate, size: int, base: str, session, beat) -> bytes:
    """Give the JPEG file of a crop, from the cache or of the photo on the network, or raise Refused.

    `beat` is called while the photo comes, and what it raises ends that. Runs in several threads.
    """
    name = f"{slug(candidate.label)}-{size}-{RECIPE}"
    jpegs, refusals = Shelf(name, ".jpg"), Shelf(name, ".txt")
    if jpeg := jpegs.get(candidate.id):
        return jpeg
    if reason := refusals.get(candidate.id):
        raise Refused(reason.decode())

    def make(url, spare=False):
        photo = web.get(url, limit=PHOTO_BYTES, session=session, enough=beat, spare=spare)
        return encode(crop(photo, candidate, size))

    try:
        jpeg = None
        if is_light(candidate, size):
            with contextlib.suppress(web.DownloadError, PhotoError, Refused):
                jpeg = make(candidate.thumbnail, spare=True)
        jpeg = jpeg or make(f"{base}/{candidate.subset}/{candidate.id}.jpg")
    except web.DownloadError as error:
        raise Refused(f"did not arrive: {error.reason}", lost=True) from error
    except PhotoError as error:  # what came may be a log-in page: not to be remembered
        raise Refused(f"the file {error.reason}", lost=True) from error
    except Refused as refused:
        refusals.put(candidate.id, refused.reason.encode())
        raise
    jpegs.put(candidate.id, jpeg)
    return jpeg


def is_light(candidate: Candidate, size: int) -> bool:
    """Say whether a thumbnail is enough; not where the photo must be turned: it may be upright already."""
    box = candidate.box
    longer = max(box.right - box.left, box.bottom - box.top) * (1 + 2 * MARGIN)
    return bool(candidate.thumbnail) and candidate.rotation == 0 and longer * SHORTER >= size


def crop(photo: bytes, candidate: Candidate, size: int) -> np.ndarray:
    """Cut the object out of a photo with a margin, upright, (size, size, 3).

    Boxes are drawn on the photo as it is stored. Cut first, then turn: as the list says, or where it is
    silent, as the photo's own EXIF data do.
    """
    pixels = photos.read_photo(photo, upright=False)
    left, top, side = window(pixels.shape[0], pixels.shape[1], candidate.box)
    if side < size:
        raise Refused(f"the object has fewer than {size} pixels")
    cut = pixels[top : top + side, left : left + side]
    if candidate.rotation is None:
        cut = photos.turn_upright(cut, photos.exif_orientation(photo))
    else:
        cut = np.rot90(cut, candidate.rotation // 90)  # counterclockwise, both of them
    image = Image.fromarray(np.ascontiguousarray(cut))
    return np.asarray(image.resize((size, size), Image.Resampling.LANCZOS))


def window(height: int, width: int, box: Box) -> tuple[int, int, int]:
    """Find the square around a box: left, top and side in pixels, all of it inside the photo."""
    wide, high = (box.right - box.left) * width, (box.bottom - box.top) * height
    side = min(max(wide, high) * (1 + 2 * MARGIN), width, height)
    if min(wide, side) * min(high, side) < LEAST_SEEN * wide * high:
        raise Refused("the object does not fit a square")
    left = np.clip((box.left + box.right) / 2 * width - side / 2, 0, width - side)
    top = np.clip((box.top + box.bottom) / 2 * height - side / 2, 0, height - side)
    return int(left), int(top), int(side)


def encode(pixels: np.ndarray) -> bytes:
    """Write pixels as a JPEG file without any metadata."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def slug(label: str) -> str:
    """Write a class's name as a folder's: "High heels" as "high_heels"."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
