"""Reading photos of every make, and finding those that look alike."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps
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


def test_the_limit_itself_is_allowed():
    assert photos.read_photo(encode(scene()), max_pixels=2400).shape == (40, 60, 3)
    with pytest.raises(PhotoError, match=r"more than 0\.002399 million"):
        photos.read_photo(encode(scene()), max_pixels=2399)


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
