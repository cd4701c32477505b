"""Photos as people bring them to the live classifier: to be refused, and to be read."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from helpers.staff.demo import intake


def picture(height=60, width=80):
    """A smooth picture, uint8 (height, width, 3), that JPEG hardly changes."""
    row, column = np.mgrid[:height, :width]
    return np.stack([row * 2, column * 2, (row + column)], axis=-1).astype(np.uint8)


def encoded(pixels, kind, **options):
    buffer = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(pixels, **options):
    return encoded(pixels, "JPEG", quality=95, subsampling=0, **options)


def _huge_png():
    """A PNG that claims 60,000 x 60,000 pixels."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _large_file(path):
    with open(path, "wb") as file:
        file.write(jpeg(picture()))
        file.truncate(intake.MAX_BYTES + 1)  # a hole, so it takes no room


REFUSED = {
    "text": lambda path: path.write_text("this is no photo"),
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(jpeg(picture(300, 300))[:2000]),
    "many pixels": lambda path: path.write_bytes(_huge_png()),
    "large file": _large_file,
    "heic": lambda path: path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(100)),
    "svg": lambda path: path.write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>"
    ),
}


def _animated():
    frames = [Image.fromarray(np.full((40, 50, 3), value, np.uint8)) for value in (200, 10)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    return content, np.full((40, 50, 3), 200), 1


def _cmyk():
    pixels = picture()
    return encoded(Image.fromarray(pixels).convert("CMYK"), "JPEG", quality=95), pixels, 3


def _sixteen_bit():
    values = np.linspace(0, 65535, 60 * 80).reshape(60, 80).astype(np.uint16)
    expected = np.repeat((values / 257)[..., None], 3, axis=2)
    return encoded(Image.fromarray(values), "PNG"), expected, 1


def _gray():
    values = picture()[..., 0]
    return encoded(values, "PNG"), np.repeat(values[..., None], 3, axis=2), 0


def _alpha():
    pixels = np.dstack([picture(), np.full((60, 80), 255, np.uint8)])
    pixels[:30, :, 3] = 0
    expected = picture()
    expected[:30] = 255  # transparent becomes white
    return encoded(pixels, "PNG"), expected, 0


def _turned():
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn clockwise
    return jpeg(picture(), exif=exif), np.rot90(picture(), -1), 2


GOOD = {
    "animated gif": _animated,
    "cmyk": _cmyk,
    "16 bit": _sixteen_bit,
    "gray": _gray,
    "alpha": _alpha,
    "turned by EXIF": _turned,
}
