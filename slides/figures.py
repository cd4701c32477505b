"""Fill the decks with computed numbers and figures.

For each deck slides/NN_name.md it asks slides/computed/lesson_NN.py for values and figures, and writes
build/slides/NN_name.md and build/slides/figures/NN/. Nothing is written if a value or a figure is missing.
"""

from __future__ import annotations

import functools
import importlib
import io
import shutil
from pathlib import Path

from PIL import Image

from helpers.staff import course
from slides import deck

PHOTO_DPI = 220  # of photos inside a drawing; lines and letters are sharp at any size


def build(path: Path, out: Path, *, local: bool = False) -> Path:
    """Build one deck.

    Parameters
    ----------
    path : Path
        The deck's source, slides/NN_name.md.
    out : Path
        Folder for the filled deck and its figures.
    local : bool
        Whether links go to the pages of `course lessons` instead of the repository.

    Returns
    -------
    Path
        The filled deck.

    Raises
    ------
    ValueError
        If the deck and what is computed for it do not fit together.
    """
    number = course.number_of(path)
    text = path.read_text(encoding="utf-8")
    try:
        values, drawings = computed(number)
        text = deck.link(deck.with_settings(deck.fill(text, values)), local=local)
        files = dict(encoded(name, drawn) for name, drawn in drawings.items())
        deck.check_figures(text, {f"figures/{number}/{name}" for name in files})
        text = deck.as_html(text)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    folder = out / "figures" / number
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    target = out / path.name
    target.write_text(text, encoding="utf-8")
    print(f"{path.name}: {len(deck.slides(text))} slides", flush=True)
    return target


@functools.cache
def computed(number: str) -> tuple[dict[str, str], dict]:
    """Compute values and figures of a deck, once."""
    module = importlib.import_module(f"slides.computed.lesson_{number}")
    return module.values(), module.figures()


def encoded(name: str, drawn) -> tuple[str, bytes]:
    """Give file name and bytes of a figure: SVG for a Matplotlib figure or a text, WebP for a PNG file.

    WebP keeps every pixel in two thirds of the bytes; the decks are most of what a site weighs.
    """
    if isinstance(drawn, bytes):
        buffer = io.BytesIO()
        Image.open(io.BytesIO(drawn)).save(buffer, "WEBP", lossless=True, method=2, save_all=True)
        return f"{name}.webp", buffer.getvalue()
    if isinstance(drawn, str):
        return f"{name}.svg", drawn.encode()
    buffer = io.BytesIO()
    # Without the date and with fixed ids, the same figure gives the same file.
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": name}):
        drawn.savefig(buffer, format="svg", dpi=PHOTO_DPI, metadata={"Date": None})
    return f"{name}.svg", buffer.getvalue()
