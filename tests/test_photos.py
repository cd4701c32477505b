"""Reading photos of every make, and finding those that look alike."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageOps, PngImagePlugin, features
from scipy import fft
from scipy.sparse import csgraph
from skimage import data

from helpers import photos
from helpers.photos import PhotoError


def encode(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def scene(seed=0, width=60, height=40):
    """Soft random colours; every seed another picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def with_orientation(image, orientation, kind="JPEG"):
    exif = Image.Exif()
    exif[photos.ORIENTATION] = orientation
    return encode(image, kind, exif=exif)


def png_of_size(width, height):
    """A PNG whose header promises a picture that the file does not hold."""

    def chunk(name, content):
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body


# --- reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_give_the_pixels(kind, tmp_path):
    path = tmp_path / "photo"  # the content counts, not the name
    path.write_bytes(encode(scene(), kind))
    pixels = photos.read_photo(path)
    assert pixels.dtype == np.uint8 and pixels.shape == (40, 60, 3)
    assert (pixels == np.asarray(scene())).all()
    assert (photos.read_photo(path.read_bytes()) == pixels).all() and (
        photos.read_photo(str(path)) == pixels
    ).all()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF"])
def test_lossy_formats_give_nearly_the_pixels(kind):
    pixels = photos.read_photo(encode(scene(), kind)).astype(int)
    assert np.abs(pixels - np.asarray(scene())).mean() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_as_pillow_turns_it(kind, orientation):
    file = with_orientation(scene(), orientation, kind)
    stored = Image.open(io.BytesIO(file))
    expected = np.asarray(ImageOps.exif_transpose(stored).convert("RGB"))
    upright = photos.read_photo(file)
    assert upright.shape == expected.shape and (upright == expected).all()
    as_stored = photos.read_photo(file, upright=False)
    assert (as_stored == np.asarray(stored.convert("RGB"))).all()
    assert photos.exif_orientation(file) == orientation
    assert (photos.turn_upright(as_stored, orientation) == upright).all()


def test_tiff_is_not_turned_twice():
    assert photos.read_photo(with_orientation(scene(), 6, "TIFF")).shape == (60, 40, 3)


def test_unknown_orientation_and_damaged_exif_turn_nothing():
    assert photos.read_photo(with_orientation(scene(), 77)).shape == (40, 60, 3)
    file = encode(scene(), "JPEG", exif=b"Exif\x00\x00" + b"MM\x00*\x00\x00\xff\xf0" + bytes(20))
    assert photos.read_photo(file).shape == (40, 60, 3)


def test_gray_becomes_three_equal_channels():
    for mode in ("L", "1", "LA"):
        pixels = photos.read_photo(encode(scene().convert("L").convert(mode)))
        assert pixels.shape == (40, 60, 3) and (pixels == pixels[..., :1]).all()
    assert (photos.read_photo(encode(scene().convert("L")))[..., 0] == np.asarray(scene().convert("L"))).all()


def test_sixteen_bits_are_scaled_not_clipped():
    gray = np.linspace(0, 65535, 40 * 60).reshape(40, 60).astype(np.uint16)
    pixels = photos.read_photo(encode(Image.fromarray(gray)))
    assert np.abs(pixels[..., 0].astype(float) - gray / 65535 * 255).max() <= 1
    assert pixels.min() == 0 and pixels.max() == 255


def test_cmyk_keeps_its_colours():
    pixels = photos.read_photo(encode(scene().convert("CMYK"), "JPEG", quality=95)).astype(int)
    assert pixels.shape == (40, 60, 3) and np.abs(pixels - np.asarray(scene())).mean() < 8


def test_transparent_parts_become_white():
    image = scene().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    expected = np.asarray(scene()) * (np.asarray(image)[..., 3:] / 255) + 255 - np.asarray(image)[..., 3:]
    assert np.abs(photos.read_photo(encode(image)) - expected).max() <= 2
    palette = scene().quantize(16)
    index = int(np.asarray(palette)[0, 0])
    pixels = photos.read_photo(encode(palette, transparency=index))
    assert (pixels[np.asarray(palette) == index] == 255).all()
    assert (pixels != 255).any()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_an_animation(kind):
    red, blue = (Image.new("RGB", (60, 40), colour) for colour in ("red", "blue"))
    pixels = photos.read_photo(encode(red, kind, save_all=True, append_images=[blue]))
    assert pixels.shape == (40, 60, 3) and pixels[..., 0].min() > 240 and pixels[..., 2].max() < 15


@pytest.mark.parametrize("width, height", [(10_000, 5_001), (12_000, 12_000), (60_000, 60_000)])
def test_size_is_looked_up_before_decoding(width, height):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PhotoError, match=r"^The photo has more than 50 million pixels\.$"):
            photos.read_photo(png_of_size(width, height))


def test_the_limit_itself_is_allowed(monkeypatch):
    monkeypatch.setattr(photos, "MAX_PIXELS", 2400)
    assert photos.read_photo(encode(scene())).shape == (40, 60, 3)
    monkeypatch.setattr(photos, "MAX_PIXELS", 2399)
    with pytest.raises(PhotoError, match=r"more than 0\.002399 million"):
        photos.read_photo(encode(scene()))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_file_that_is_cut_off_is_never_read(kind):
    whole = encode(scene(width=300, height=200), kind)
    for part in (0.01, 0.1, 0.5, 0.9):
        with pytest.raises(PhotoError, match=r"cut off|not an image"):
            photos.read_photo(whole[: int(part * len(whole))] or b"?")


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "is empty"),
        (b"<html><body>Log in</body></html>", "is not an image"),
        (b"%PDF-1.4 ...", "is not an image"),
        (b"II. What I did on my holidays", "is not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not an image"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC .* export it as JPEG"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "HEIC .* export it as JPEG"),
    ],
)
def test_what_is_no_photo_is_said_in_a_sentence(content, reason, tmp_path):
    path = tmp_path / "IMG_1.HEIC"
    path.write_bytes(content)
    with pytest.raises(PhotoError, match=f"IMG_1.HEIC .*{reason}.*[.]$") as caught:
        photos.read_photo(path)
    assert str(path).endswith("IMG_1.HEIC") and str(path) not in caught.value.reason
    with pytest.raises(PhotoError, match=f"^that one .*{reason}"):
        photos.read_photo(content, name="that one")


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(PhotoError, match="No such file"):
        photos.read_photo(tmp_path / "none.jpg")
    with pytest.raises(PhotoError, match=r"cannot be read"):
        photos.read_photo(tmp_path)


# --- more than 8 bits ---------------------------------------------------------------------------------------

RAMP = np.linspace(0, 1, 40 * 60).reshape(40, 60)
KIND = "of a rare kind"


def tiff(values, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


def near(content, expected, tolerance=0.75):
    """Whether a photo is gray, and as light everywhere as `expected` says, 0 to 1."""
    pixels = photos.read_photo(content).astype(float)
    np.testing.assert_allclose(pixels, np.repeat(255 * expected[..., None], 3, 2), atol=tolerance)


@pytest.mark.parametrize(
    "kind, white",
    [
        ("<f4", 1),
        (">f4", 1),
        ("<f4", 255),
        ("<f4", 65535),
        ("<u2", 65535),
        (">u2", 65535),
        ("<i2", 32767),
        ("<i4", 255),
        ("<i4", 65535),
        ("<i4", 2**31 - 1),
        ("<u4", 255),
    ],
)
def test_deep_gray_is_scaled_by_the_white_it_has(kind, white):
    values = (0.75 * RAMP * white).astype(kind)  # the lightest need not be white
    order = {"byteorder": kind[0]}
    near(tiff(values, photometric="minisblack", **order), 0.75 * RAMP, 0.01 + max(0.5, 255 / white))
    if (kind != "<i2" and white not in (255, 65535)) or kind[1:] == "u2":
        white_is_zero = tiff(values, photometric="miniswhite", **order)
        if kind[1] == "f" or kind == "<u2":  # others are not read with white as 0
            near(white_is_zero, 1 - 0.75 * RAMP, 1)
    near(tiff(0 * values, **order), 0 * RAMP)  # black is black


def test_twelve_bits_packed_as_cameras_do():
    values = np.round(RAMP * 4095).astype(int)
    one, other = values.reshape(-1, 2).T
    content = np.stack([one >> 4, (one & 15) << 4 | other >> 8, other & 255], 1).astype(np.uint8).tobytes()
    entries = [(256, 60), (257, 40), (258, 12), (259, 1), (262, 1), (273, 200), (277, 1), (278, 40),
               (279, len(content))]  # fmt: skip
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    head += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries) + bytes(4)
    near(head.ljust(200, b"\0") + content, RAMP)


@pytest.mark.parametrize(
    "values, reason",
    [
        ((RAMP * 4095).astype(np.uint16), "16-bit pixels from 0 to 4095, which do not say what is white"),
        ((RAMP * 255).astype(np.uint16), "16-bit pixels from 0 to 255, "),
        (np.dstack([RAMP * 4095] * 3).astype(np.uint16), "16-bit pixels from 0 to 15, "),
        ((RAMP * 4095).astype(np.int32), "32-bit pixels from 0 to 4095"),
        ((RAMP * 3.5).astype(np.float32), "32-bit pixels from 0 to 3.5, "),
        ((RAMP * 2 - 1).astype(np.float32), "32-bit pixels from -1 to 1, "),
        ((RAMP * 1e-3).astype(np.float32), "32-bit pixels from 0 to 0.001, "),
        (np.where(RAMP > 0.5, np.nan, RAMP).astype(np.float32), "pixels from nan to nan, "),
        (np.where(RAMP > 0.5, np.inf, RAMP).astype(np.float32), "pixels from 0 to inf, "),
        (np.full((40, 60), -1, np.int32), "32-bit pixels from -1 to -1"),
        ((RAMP * (2**32 - 1)).astype(np.uint32), "32-bit pixels from "),
        (RAMP, KIND),
        (RAMP.astype(np.float16), KIND),
        (np.dstack([RAMP] * 3).astype(np.float32), KIND),
        ((RAMP * 200 - 100).astype(np.int8), KIND),
        ((RAMP * 1e18).astype(np.int64), KIND),
    ],
)
def test_a_scale_that_nobody_can_know_is_said(values, reason):
    with pytest.raises(PhotoError, match=f"^The photo .*{reason}.*(8 bits|8-bit PNG)[.]$"):
        photos.read_photo(tiff(values, photometric="rgb" if values.ndim == 3 else "minisblack"))


def test_planes_of_16_bits_are_never_read_wrongly():
    values = (np.dstack([RAMP, RAMP[::-1], RAMP / 2]) * 65535).astype(np.uint16)
    assert abs(photos.read_photo(tiff(values, photometric="rgb")) - values / 257).max() <= 1
    planes = np.ascontiguousarray(np.moveaxis(values, 2, 0))
    with pytest.raises(PhotoError, match=KIND):
        photos.read_photo(tiff(planes, photometric="rgb", planarconfig="separate"))
    planes = (planes // 257).astype(np.uint8)
    read = photos.read_photo(tiff(planes, photometric="rgb", planarconfig="separate"))
    assert (read == np.moveaxis(planes, 0, 2)).all()


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png16(values, kind, *more):
    """A PNG of 16 bits, which Pillow writes in gray only; `kind` as its header has it."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, kind, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + b"".join(more)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_png_of_16_bits():
    deep = np.round(RAMP * 65535)
    near(png16(deep, 0), RAMP, 0.51)
    seen = RAMP[::-1] * RAMP + 1 - RAMP[::-1]  # on white
    near(png16(np.dstack([deep, deep[::-1]]), 4), seen, 2)
    near(png16(np.dstack([deep, deep, deep, deep[::-1]]), 6), seen, 2)
    clear = chunk(b"tRNS", struct.pack(">H", int(deep[10, 10])))
    expected = RAMP.copy()
    expected[10, 10] = 1
    near(png16(deep, 0, clear), expected, 0.51)
    for kind, values in ((0, deep), (2, np.dstack([deep] * 3)), (4, np.dstack([deep, 16 * deep]))):
        with pytest.raises(PhotoError, match=r"16-bit pixels .* save it with 8 bits"):
            photos.read_photo(png16(values // 16, kind))
    flat = np.zeros((40, 60, 2))
    flat[..., 1] = deep  # black where it is seen at all
    near(png16(flat, 4), 1 - RAMP, 2)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_clear_gray_of_a_png_is_one_of_its_own_levels(bits):
    most = 2**bits - 1
    levels = [0, 1, most - 1, most] * 2
    row = bytes([0]) + int("".join(f"{level:0{bits}b}" for level in levels), 2).to_bytes(bits, "big")
    header = struct.pack(">IIBBBBB", 8, 1, bits, 0, 0, 0, 0)
    for clear in levels:
        parts = [(b"IHDR", header), (b"tRNS", struct.pack(">H", clear)), (b"IDAT", zlib.compress(row))]
        content = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in [*parts, (b"IEND", b"")])
        expected = [255 if level == clear else level * 255 // most for level in levels]
        assert photos.read_photo(content)[0, :, 1].tolist() == expected


def test_a_clear_colour_of_a_deep_png_becomes_white():
    values = np.full((2, 3, 3), (51200, 25600, 12800))
    values[0, 0] = 0, 65535, 128
    read = photos.read_photo(png16(values, 2, chunk(b"tRNS", struct.pack(">HHH", 51200, 25600, 12800))))
    assert read[0, 0].tolist() == [0, 255, 0] and (read[0, 1:] == 255).all() and (read[1] == 255).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "RGBA", "LA"])
def test_every_usual_mode_of_tiff(mode):
    image = scene().convert(mode)
    pixels = photos.read_photo(encode(image, "TIFF"))
    assert (pixels == np.asarray(image.convert("RGB"))).all()


# --- text, profiles, AVIF -----------------------------------------------------------------------------------


def test_long_text_in_a_png_is_left_aside(monkeypatch):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x" * 2**21, zip=True)
    info.add_itxt("Note", "y" * 2**21, zip=True)
    info.add_text("Plain", "z" * 2**17)
    exif = Image.Exif()
    exif[photos.ORIENTATION] = 6
    whole = encode(scene(), pnginfo=info, exif=exif)
    assert (photos.read_photo(whole) == np.rot90(np.asarray(scene()), 3)).all()
    late = whole.replace(chunk(b"IEND", b""), chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**21))))
    assert photos.read_photo(late + chunk(b"IEND", b"")).shape == (60, 40, 3)
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 2**20)  # a quarter of a gigabyte takes too long
    with pytest.raises(PhotoError, match="of a rare kind; export it as JPEG"):
        photos.read_photo(whole)


def test_short_text_in_a_png_still_turns_it():
    """Some programs write EXIF or XMP data as text."""
    raw = b"Exif\0\0" + with_orientation(scene(), 6, "PNG").partition(b"eXIf")[2][:26]
    text = f"\nexif\n{len(raw):8}\n{raw.hex()}\n".encode()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
    plain, end = encode(scene()), chunk(b"IDAT", b"")[4:8]
    for own in (
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
    ):
        place = plain.index(end) - 4
        assert photos.read_photo(plain[:place] + own + plain[place:]).shape == (60, 40, 3)


# Colorants of RGB spaces, adapted to D50 as in their profiles: columns red, green and blue, rows X, Y and Z.
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
SPACES = {
    "Display P3": np.array(
        [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
    ),
    "Adobe RGB": np.array(
        [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
    ),
}
GAMMA = 563 / 256


def icc(space, **tags):
    """An ICC profile, version 2, of the colour space b"RGB ", b"GRAY" or b"CMYK" and these tags."""
    tags = {"desc": b"desc" + bytes(7) + b"\2t" + bytes(80), "wtpt": xyz(0.9642, 1, 0.8249), **tags}
    start, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name.encode() + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    between = b"Lab " if space == b"CMYK" else b"XYZ "
    head = b"\2\x10\0\0" + (b"prtr" if space == b"CMYK" else b"mntr") + space + between + bytes(12) + b"acsp"
    head += bytes(28) + xyz(0.9642, 1, 0.8249)[8:] + bytes(48)
    return struct.pack(">II", start + len(body), 0) + head + table + body


def xyz(*numbers):
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(65536 * number) for number in numbers))


def curve(gamma):
    return b"curv" + bytes(7) + b"\1" + struct.pack(">H", round(256 * gamma))


def rgb_profile(name):
    colours = zip(("rXYZ", "gXYZ", "bXYZ"), SPACES[name].T, strict=True)
    curves = dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve(GAMMA))
    return icc(b"RGB ", **{tag: xyz(*colour) for tag, colour in colours}, **curves)


def srgb(linear):
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_profiles_become_srgb(name, kind):
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow reads no AVIF")
    soft = Image.fromarray(np.asarray(scene()) // 2 + 64)
    options = {
        "JPEG": {"quality": 100, "subsampling": 0},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 100},
    }
    file = encode(soft, kind, icc_profile=rgb_profile(name), **options.get(kind, {}))
    stored = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
    expected = srgb((stored / 255) ** GAMMA @ (np.linalg.inv(SRGB) @ SPACES[name]).T)
    assert abs(expected - stored).max() > 10
    assert abs(photos.read_photo(file) - expected).max() < 2.5


def test_profiles_of_transparent_gray_and_deep_pictures():
    profile = rgb_profile("Adobe RGB")
    image = scene().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    share = np.asarray(image)[..., 3:] / 255
    colours = photos.read_photo(encode(scene(), icc_profile=profile))
    read = photos.read_photo(encode(image, icc_profile=profile))
    assert abs(read - (colours * share + 255 * (1 - share))).max() <= 1.5
    palette = scene().quantize(16)
    assert (
        photos.read_photo(encode(palette, icc_profile=profile))
        == photos.read_photo(encode(palette.convert("RGB"), icc_profile=profile))
    ).all()
    linear, gray = icc(b"GRAY", kTRC=curve(1)), scene().convert("L")
    expected = srgb(np.asarray(gray) / 255)
    assert abs(photos.read_photo(encode(gray, icc_profile=linear)) - expected[..., None]).max() < 2.5
    deep = Image.fromarray(np.asarray(gray, np.uint16) * 257)
    for kind in ("PNG", "TIFF"):
        assert (
            abs(photos.read_photo(encode(deep, kind, icc_profile=linear)) - expected[..., None]).max() < 2.5
        )


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_look_as_their_profile_says(kind):
    """Of a press whose inks are not those that Pillow supposes: CIELAB of paper, and of each ink alone."""
    paper, cyan, black = (100, 0, 0), (60, -25, -20), (0, 0, 0)
    table = np.full((2, 2, 2, 2, 3), black)
    table[0, 0, 0, 0], table[1, 0, 0, 0] = paper, cyan
    table = (table * [2.55, 1, 1] + [0, 128, 128]).round().astype(np.uint8)
    same, matrix = bytes(range(256)), struct.pack(">9i", *(65536 * np.eye(3, dtype=int)).ravel().tolist())
    inks = b"mft1" + bytes(4) + b"\4\3\2\0" + matrix + 4 * same + table.tobytes() + 3 * same
    picture = np.zeros((16, 48, 4), np.uint8)
    picture[:, 16:32, 0], picture[:, 32:, 3] = 255, 255
    file = encode(
        Image.frombytes("CMYK", (48, 16), picture.tobytes()), kind, icc_profile=icc(b"CMYK", A2B0=inks)
    )
    for place, (light, a, b) in ((8, paper), (24, cyan), (40, black)):
        steps = np.array([(light + 16) / 116 + a / 500, (light + 16) / 116, (light + 16) / 116 - b / 200])
        linear = np.linalg.inv(SRGB) @ (np.where(steps > 6 / 29, steps**3, 0) * [0.9642, 1, 0.8249])
        assert abs(photos.read_photo(file)[8, place] - srgb(linear)).max() < 4


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_broken_and_foreign_profiles_change_nothing(kind):
    good = rgb_profile("Display P3")
    plain = photos.read_photo(encode(scene(), kind))
    for profile in (good[:200], good[:100] + bytes(500), b"none", bytes(60_000), icc(b"GRAY", kTRC=curve(1))):
        assert (photos.read_photo(encode(scene(), kind, icc_profile=profile)) == plain).all()
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert (photos.read_photo(encode(scene(), kind, icc_profile=own)) == plain).all()
    cmyk = scene().convert("CMYK")
    read = photos.read_photo(encode(cmyk, "JPEG", icc_profile=good))
    assert (read == photos.read_photo(encode(cmyk, "JPEG"))).all()


def test_long_profiles_in_a_png_count():
    """Beyond a megabyte Pillow refuses them; lookup tables of printers are as long."""
    good = rgb_profile("Display P3")
    long = struct.pack(">I", len(good) + 2**21) + good[4:] + bytes(2**21)
    expected = photos.read_photo(encode(scene(), "TIFF", icc_profile=good))
    assert abs(expected.astype(int) - np.asarray(scene())).max() > 10
    assert (photos.read_photo(encode(scene(), icc_profile=long)) == expected).all()
    for nonsense in (bytes(2**21), bytes(2**25)):
        assert (photos.read_photo(encode(scene(), icc_profile=nonsense)) == np.asarray(scene())).all()


AVIF = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"


@pytest.mark.skipif(not features.check("avif"), reason="Pillow before 11.3 reads no AVIF")
@pytest.mark.parametrize("orientation", [1, 6, 5])
def test_avif(orientation, tmp_path):
    file = with_orientation(scene(), orientation, "AVIF")
    read = photos.read_photo(file).astype(int)
    assert abs(read - photos.turn_upright(np.asarray(scene()), orientation)).mean() < 8
    anything = file.replace(b"ftypavif", b"ftypmif1", 1)  # the kind stands further on
    assert (photos.read_photo(anything) == read).all()
    with pytest.raises(PhotoError, match=r"cut off|not an image"):
        photos.read_photo(file[: len(file) // 2])
    moving = encode(scene(), "AVIF", save_all=True, append_images=[scene(1)])
    assert abs(photos.read_photo(moving).astype(int) - np.asarray(scene())).mean() < 8


def test_avif_and_an_older_pillow(monkeypatch):
    monkeypatch.setattr(photos, "FORMATS", photos.FORMATS[:6])
    with pytest.raises(PhotoError, match=r"is an AVIF photo, .* pillow` \(11\.3 or .* export it as JPEG\.$"):
        photos.read_photo(AVIF + bytes(40))


# --- likeness -----------------------------------------------------------------------------------------------


def test_hash_against_another_cosine_transform():
    image = data.chelsea()
    gray = np.asarray(Image.fromarray(image).convert("L").resize((32, 32), Image.Resampling.BOX), float)
    spectrum = fft.dctn(gray, norm=None)[:8, :8]
    # Another scale for each row and column of the transform would change its median; these are all 2.
    bits = (spectrum > np.median(spectrum.ravel()[1:])).ravel()
    bits[0] = 0 > np.median(spectrum.ravel()[1:])
    assert photos.perceptual_hash(image) == sum(1 << (63 - int(place)) for place in np.flatnonzero(bits))


def test_same_picture_in_other_clothes_is_near():
    for image in (data.astronaut(), data.coffee(), data.chelsea()):
        one = Image.fromarray(image)
        wide, high = one.size
        others = [
            photos.read_photo(encode(one, "JPEG", quality=20)),
            np.asarray(one.resize((160, 120))),
            np.asarray(one.crop((4, 4, wide - 4, high - 4))),
            (image * 0.7 + 20).astype(np.uint8),
            np.asarray(one.convert("L")),
        ]
        hashes = [photos.perceptual_hash(other) for other in others]
        assert photos.hash_distances(photos.perceptual_hash(image), hashes).max() <= 6


def test_different_pictures_are_far():
    hashes = [photos.perceptual_hash(np.asarray(scene(seed))) for seed in range(60)]
    hashes += [photos.perceptual_hash(image) for image in (data.astronaut(), data.coffee(), data.chelsea())]
    for number, one in enumerate(hashes[:-1]):
        assert photos.hash_distances(one, hashes[number + 1 :]).min() > 8
    mirrored = photos.perceptual_hash(data.astronaut()[:, ::-1])
    assert photos.hash_distances(mirrored, [photos.perceptual_hash(data.astronaut())])[0] > 8


def test_plain_pictures_are_alike():
    plain = [np.full((50, 70, 3), level, np.uint8) for level in (0, 3, 128, 255)]
    assert len({photos.perceptual_hash(image) for image in plain}) == 1


def test_distances_count_bits():
    rng = np.random.default_rng(0)
    hashes = [int(high) << 32 | int(low) for high, low in rng.integers(0, 1 << 32, (50, 2))]
    expected = [bin(hashes[0] ^ other).count("1") for other in hashes]
    assert photos.hash_distances(hashes[0], hashes).tolist() == expected
    assert photos.hash_distances((1 << 64) - 1, [0]).tolist() == [64]


@pytest.mark.parametrize("distance", [0, 2, 5])
def test_groups_against_connected_components(distance):
    rng = np.random.default_rng(distance)
    hashes = [int(value) for value in rng.integers(0, 1 << 12, 150)]
    near = [[bin(a ^ b).count("1") <= distance for b in hashes] for a in hashes]
    _, label = csgraph.connected_components(np.array(near))
    expected = [np.flatnonzero(label == number).tolist() for number in np.unique(label)]
    expected = sorted(group for group in expected if len(group) > 1)
    assert expected and sorted(photos.near_duplicates(hashes, distance)) == expected


def test_a_chain_is_one_group_and_nothing_is_none():
    assert photos.near_duplicates([0b0111, 0b11111 << 40, 0b0001, 0b0000, 0b1111], 1) == [[0, 4], [2, 3]]
    assert photos.near_duplicates([0b0000, 0b0011, 0b0001], 1) == [[0, 1, 2]]
    assert photos.near_duplicates([]) == [] == photos.near_duplicates([5])
