"""Draw the handbags and shoes of lesson 3 and store them as JPEG files.

    python data/draw_handbags_shoes.py [--to FOLDER]

writes FOLDER/{train,validation,test}/{handbag,shoe}/NNN.jpg (72, 24 and 200 pictures of 160x160 pixels, from
seed 0) and FOLDER/made_with.json, what they were made with. FOLDER is data/handbags_shoes by default.
The same versions give the same bytes. It takes about half a minute.
"""

import argparse
import io
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from helpers import drawings  # noqa: E402  found through the line above

QUALITY = 88
MADE_WITH = ("numpy", "pillow", "scipy", "scikit-image")


def encoded(image) -> bytes:
    """Encode a picture, uint8 (160, 160, 3), as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return buffer.getvalue()


def files(split: str, images, labels) -> dict[str, bytes]:
    """Name the pictures of a split, numbered within each class from 000: path in the folder -> bytes."""
    made, number = {}, [0] * len(drawings.HANDBAG_SHOE_CLASSES)
    for image, label in zip(images, labels.tolist(), strict=True):
        name = f"{split}/{drawings.HANDBAG_SHOE_CLASSES[label]}/{number[label]:03}.jpg"
        made[name] = encoded(image)
        number[label] += 1
    return made


def versions() -> dict[str, str]:
    """What decides the bytes: versions of packages, and the kind of machine."""
    return {name: version(name) for name in MADE_WITH} | {"machine": platform.machine()}


def main(arguments: list[str] | None = None) -> None:
    """Write every file and say how many and how large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=HERE / "handbags_shoes", metavar="FOLDER")
    folder = parser.parse_args(arguments).to
    count = total = 0
    for split in drawings.HANDBAG_SHOE_SPLITS:
        for name, content in files(split, *drawings.handbags_and_shoes(split)).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            count, total = count + 1, total + len(content)
    (folder / "made_with.json").write_text(json.dumps(versions(), indent=2) + "\n")
    print(f"{count} pictures, {total / 1e6:.2f} MB, in {folder}")


if __name__ == "__main__":
    main()
