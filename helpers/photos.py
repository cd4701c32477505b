"""Photos from anywhere as arrays: read them safely, turn them upright, find near-duplicates.

A folder of one's own, a phone's memory card, a download: what lies there may be turned, gray, transparent,
huge, cut off, or no image at all. `read_photo` gives RGB pixels or one sentence that says why not.
"""

import contextlib
import io
import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin, features

MAX_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # JPEG includes the MPO of some phones
FORMATS += ("AVIF",) if "avif" in features.modules and features.check("avif") else ()
AVIF_BRANDS = {b"avif", b"avis"}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
# Pillow takes a PNG with more bytes of text or colour profile for none; by itself it allows 1 MB.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = 2**28
ORIENTATION = 0x0112  # the EXIF tag
BITS, PHOTOMETRIC, PLANAR, SAMPLES, SIGNED = 258, 262, 284, 339, 2  # TIFF tags, and what the last may say
ODD = "is cut off, or of a rare kind; export it as JPEG or 8-bit PNG"
HASH_SIDE, SMALL_SIDE = 8, 32  # pixels: of the spectrum that is kept, and of the picture it is taken from


class PhotoError(ValueError):
    """A photo cannot be used. The message is one sentence; `reason` says why, without the file's name."""

    def __init__(self, name: str, reason: str):
        self.reason = reason
        super().__init__(f"{name} {reason}.")


def read_photo(
    source: str | os.PathLike | bytes, *, upright: bool = True, name: str | None = None
) -> np.ndarray:
    """Read one photo as RGB pixels.

    Transparent parts become white, of an animation the first frame counts, colours become sRGB. More than 8
    bits are scaled to 8, but not if all stay below a quarter of white (the largest of up to 16 bits, else 1,
    255, 65535 or the largest): that may be meant otherwise, and is refused. More pixels than `MAX_PIXELS` are
    refused by what the file's header says, before anything is decoded.

    Parameters
    ----------
    source : path or bytes
        A JPEG, PNG, WebP, GIF, BMP, TIFF or, from Pillow 11.3 on, AVIF file, or its content.
    upright : bool
        Whether to turn the photo as its EXIF data ask. Otherwise the pixels come as they are stored.
    name : str, optional
        What messages call the photo; by default its path.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        Red, green and blue, 0 to 255.
    """
    return _decode(source, upright, name)[0]


def exif_orientation(source: str | os.PathLike | bytes) -> int:
    """Read how a photo is stored, 1 (upright) to 8, as EXIF numbers it; 1 where nothing is said."""
    return _decode(source, False, None)[1]


def turn_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn stored pixels, (H, W) or (H, W, C), as an EXIF orientation of 1 to 8 asks; others change nothing.

    Examples
    --------
    >>> turn_upright(np.array([[1, 2], [3, 4]]), 6)  # stored with its right side up: turn it clockwise
    array([[3, 1],
           [4, 2]])
    """
    if orientation in (2, 4, 5, 7):
        pixels = pixels[:, ::-1]
    quarters = {3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}.get(orientation, 0)  # counterclockwise
    return np.ascontiguousarray(np.rot90(pixels, quarters))


def perceptual_hash(image: np.ndarray) -> int:
    """Sum up the coarse look of an image, uint8, (H, W) or (H, W, 3), in a whole number of 64 bits.

    Similar pictures differ in few of them. The image is shrunk to 32x32 gray pixels; each bit says whether
    one of the 8x8 lowest frequencies of its cosine transform lies above their median (pHash [1]_). Size,
    compression, brightness and contrast hardly change it; turning and mirroring do.

    References
    ----------
    .. [1] Zauner, "Implementation and benchmarking of perceptual image hash functions", thesis, Upper
       Austria University of Applied Sciences, 2010, section 3.2.1.
    """
    small = Image.fromarray(image).convert("L").resize((SMALL_SIDE, SMALL_SIDE), Image.Resampling.BOX)
    row, column = np.mgrid[:HASH_SIDE, :SMALL_SIDE]
    cosines = np.cos(np.pi / SMALL_SIDE * (column + 0.5) * row)
    # Rounded, or the bits of a plain picture were those of rounding errors.
    spectrum = np.round(cosines @ np.asarray(small, float) @ cosines.T, 6).ravel()
    spectrum[0] = 0  # the mean brightness says nothing about the picture
    bits = spectrum > np.median(spectrum[1:])
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def hash_distances(one: int, others: list[int]) -> np.ndarray:
    """Count in how many of 64 bits a hash differs from each of the others: int64 (N,), 0 to 64."""
    differing = np.array(others, np.uint64) ^ np.uint64(one)
    return np.bitwise_count(differing).astype(np.int64)


def near_duplicates(hashes: list[int], distance: int = 6) -> list[list[int]]:
    """Group images that look almost the same, by their hashes from `perceptual_hash`.

    Two whose hashes differ in at most `distance` of 64 bits belong together, and with them whatever belongs
    to either. Gives the indices of each group of two or more, ascending.

    Examples
    --------
    >>> near_duplicates([0b0000, 0b1111_1111, 0b0001], distance=1)
    [[0, 2]]
    """
    group = np.arange(len(hashes))
    for index, one in enumerate(hashes):
        near = np.flatnonzero(hash_distances(one, hashes[: index + 1]) <= distance)
        joined = np.unique(group[near])
        group[np.isin(group, joined)] = joined[0]
    members = [np.flatnonzero(group == number).tolist() for number in np.unique(group)]
    return [indices for indices in members if len(indices) > 1]


def _decode(source, upright, name) -> tuple[np.ndarray, int]:
    given = isinstance(source, bytes)
    name = name or ("The photo" if given else str(source))
    try:
        with io.BytesIO(source) if given else open(Path(source), "rb") as file:
            return _decode_file(file, upright, name)
    except OSError as error:  # of the file: those of its content are PhotoErrors by now
        raise PhotoError(name, f"cannot be read ({error.strerror or error})") from error


def _decode_file(file, upright, name):
    head = file.read(64)
    file.seek(0)
    if not head:
        raise PhotoError(name, "is empty")
    _refuse_foreign(head, name)
    too_large = PhotoError(name, f"has more than {MAX_PIXELS / 1e6:g} million pixels")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, and of sizes, which are looked at here
        try:
            image = Image.open(file, formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise too_large from error
        except Exception as error:
            told = "is not an image that can be read (JPEG, PNG, WebP, GIF, ...)"
            odd = head[:3] in (b"\x89PN", b"II*", b"II+", b"MM\0")  # PNG and TIFF
            raise PhotoError(name, ODD if odd else told) from error
        if image.width * image.height > MAX_PIXELS:
            raise too_large
        try:
            image.load()
            orientation = _orientation(image)
            pixels = _rgb(_eight_bits(image, head, name), image.info.get("icc_profile"))
        except PhotoError:
            raise
        except Exception as error:  # Pillow's decoders raise whatever a damaged file leads them to
            raise PhotoError(name, "is damaged or cut off") from error
    return (turn_upright(pixels, orientation) if upright else pixels), orientation


def _refuse_foreign(head, name):
    """Say of known kinds of photos that they cannot be read here."""
    box = int.from_bytes(head[:4], "big") if head[4:8] == b"ftyp" else 0
    brands = {head[place : place + 4] for place in range(8, min(box, len(head)), 4)}
    if brands & AVIF_BRANDS and "AVIF" not in FORMATS:
        cure = "`pip install --upgrade pillow` (11.3 or later), or export it as JPEG"
        raise PhotoError(name, f"is an AVIF photo, which cannot be read here; {cure}")
    if brands & HEIF_BRANDS and not brands & AVIF_BRANDS:
        cure = "on an iPhone choose Settings > Camera > Formats > Most Compatible for the next ones"
        raise PhotoError(name, f"is a HEIC photo, which cannot be read here; export it as JPEG, and {cure}")


def _orientation(image):
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # damaged metadata say nothing; the picture may be whole
        return 1


def _eight_bits(image, head, name):
    """Scale deeper pixels to 8 bits. Of RGB, Pillow has kept the upper 8 bits: only see whether they do."""
    tags = getattr(image, "tag_v2", {})
    bits = head[24] if image.format == "PNG" else tags.get(BITS, (8,))[0]
    signed = tags.get(SAMPLES, (1,))[0] == SIGNED
    clear = image.info.get("transparency")  # of a PNG it counts in the file's own bits
    if isinstance(clear, int) and image.mode in "1L" and clear < 2**bits:
        image.info["transparency"] = clear * 255 // (2**bits - 1)
    if isinstance(clear, tuple) and max(clear) > 255:
        image.info["transparency"] = tuple(level >> 8 for level in clear)
    if bits <= 8 and not signed:
        return image
    gray, values = image.mode[0] in "IF", np.asarray(image)
    if bits <= 8 or (not gray and tags.get(PLANAR) == 2):  # Pillow gives wrong numbers
        raise PhotoError(name, ODD)
    if image.mode.endswith(("A", "a")):
        values = values[..., :-1]
    full = 1 if values.dtype.kind == "f" else 2 ** (bits - signed) - 1
    whites = sorted({255, 65535, full}) if bits == 32 else [full]
    low, high = float(values.min()), float(values.max())
    white = next((white for white in (whites if gray else [255]) if high <= 1.002 * white), None)
    if white is None or low < -0.002 * white or 0 < high < white / 4:  # None: too large, or no number
        told = f"has {bits}-bit pixels from {low:.4g} to {high:.4g}, which do not say what is white"
        raise PhotoError(name, f"{told}; save it with 8 bits")
    if not gray:
        return image
    light = np.clip(np.rint(values.astype(np.float32) * (255 / white)), 0, 255).astype(np.uint8)
    if isinstance(clear, int):
        light[values == clear] = 255
    return Image.fromarray(255 - light if tags.get(PHOTOMETRIC) == 0 else light)


def _rgb(image, profile):
    """Give pixels in sRGB, on white. A profile that is broken, or not of such a picture, is left aside."""
    clear = image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info
    mode = "RGBA" if clear else "RGB"
    if clear or image.mode not in ("L", "CMYK", "LAB"):
        image = image.convert(mode)
    with contextlib.suppress(Exception):  # whatever a damaged profile leads to
        given, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        image = ImageCms.profileToProfile(image, given, srgb, outputMode=mode)
    if clear:
        image = Image.alpha_composite(Image.new(mode, image.size, "white"), image)
    return np.array(image.convert("RGB"))
