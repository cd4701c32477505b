"""Write what the kernel explorer (slides/explorer) takes from the course: kernels and pictures."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np

from helpers import ROOT, convolution

FOLDER = ROOT / "slides" / "explorer"
SHOE = ROOT / "data" / "handbags_shoes" / "train" / "shoe" / "015.jpg"
BAND = (0, 5, 10, 15, 10, 5, 0)
HEAD = "// Written by `course explorer` from {source}. A test compares the two; do not edit.\n"


def kernels_text(kernels: dict | None = None) -> str:
    """Write named 3x3 kernels as a script.

    Parameters
    ----------
    kernels : dict of str to array_like, optional
        Each (3, 3); `helpers.convolution.KERNELS` when left out.

    Returns
    -------
    str
        JavaScript. Numbers have all their digits: reading them back gives the same floats.
    """
    lines = []
    for name, kernel in (convolution.KERNELS if kernels is None else kernels).items():
        values = np.asarray(kernel)
        if values.shape != (3, 3):
            raise ValueError(f"The kernel {name!r} has shape {values.shape}; the explorer shows 3x3 only.")
        lines.append(f"  {json.dumps({'name': name, 'values': values.ravel().tolist()})},\n")
    return (
        HEAD.format(source="helpers.convolution.KERNELS")
        + f'"use strict";\nconst KERNELS = [\n{"".join(lines)}];\n'
    )


def astronaut() -> np.ndarray:
    """Shrink scikit-image's portrait of Eileen Collins (NASA, public domain) to half its size.

    Returns
    -------
    ndarray
        (256, 256, 3), uint8: means of 2x2 pixels, rounded.
    """
    from skimage import data

    means = convolution.average_pool2d(data.astronaut().astype(float))
    return np.rint(means).astype(np.uint8)


def pictures() -> list[dict]:
    """Collect the embedded pictures.

    Returns
    -------
    list of dict
        id, name, alt, source and white (the number drawn as white) of each; and either `data`, the address
        of a picture inside the text, or `rows`, its numbers.
    """
    from PIL import Image

    portrait = io.BytesIO()
    Image.fromarray(astronaut()).save(portrait, "PNG", optimize=True)
    return [
        {
            "id": "astronaut",
            "name": "Astronaut",
            "alt": "Portrait of a smiling astronaut in an orange suit, a flag and a shuttle behind her.",
            "source": "Eileen Collins. Photo: NASA, public domain, from scikit-image.",
            "white": 255,
            "data": _address("png", portrait.getvalue()),
        },
        {
            "id": "shoe",
            "name": "Shoe",
            "alt": "Drawing of an orange and green sneaker with a white sole in front of blue bricks.",
            "source": "A shoe that this course drew, CC BY 4.0.",
            "white": 255,
            "data": _address("jpeg", SHOE.read_bytes()),
        },
        {
            "id": "band",
            "name": "Band 7×7",
            "alt": "Seven rows of seven equal numbers: 0, 5, 10, 15, 10, 5, 0 from top to bottom.",
            "source": "The band of lesson 1: small enough to check on paper.",
            "white": max(BAND),
            "rows": [[value] * len(BAND) for value in BAND],
        },
    ]


def pictures_text() -> str:
    """Write the embedded pictures as a script, so that the page can read their pixels from file:// too."""
    lines = "".join(f"  {json.dumps(picture, ensure_ascii=False)},\n" for picture in pictures())
    source = "scikit-image's astronaut (NASA, public domain) and drawings of this course (CC BY 4.0)"
    return HEAD.format(source=source) + f'"use strict";\nconst PICTURES = [\n{lines}];\n'


def write(folder: Path = FOLDER) -> list[Path]:
    """Write kernels.js and pictures.js; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {folder / "kernels.js": kernels_text(), folder / "pictures.js": pictures_text()}
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _address(kind, content):
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def main(options=None) -> int:
    """Write the files, and name them."""
    for written in write():
        print(written.relative_to(ROOT))
    return 0
