"""The figure that all plots return: the course's style, alt text, shown once."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import matplotlib
import matplotlib.figure
import matplotlib.style
from PIL import Image

# One style for every figure of the course, and for those that students draw beside them.
matplotlib.style.use(Path(__file__).resolve().parents[1] / "course.mplstyle")


class Figure(matplotlib.figure.Figure):
    """A Matplotlib figure that knows its alt text.

    It does not go through pyplot, so no front end draws it a second time, and nothing has to be closed.

    Parameters
    ----------
    width, height : float
        Inches.
    """

    def __init__(self, width: float, height: float, alt: str):
        if not alt.strip():
            raise ValueError("A figure needs alt text: say in a sentence what it shows.")
        super().__init__(figsize=(width, height), layout="constrained")
        self.alt = alt

    def png(self) -> bytes:
        """Render the figure; returns the bytes of a PNG file."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        picture = Image.open(buffer).convert("RGB")
        # 256 colours look the same here and take a third of the bytes; notebooks keep every picture. k-means
        # keeps a colour that covers few pixels, such as the hottest place of a heat map. A ninth of the
        # pixels is enough for it.
        some = picture.resize((picture.width // 3, picture.height // 3), Image.Resampling.NEAREST)
        palette = some.quantize(256, kmeans=1)
        picture = picture.quantize(palette=palette, dither=Image.Dither.NONE)
        return _encoded(picture)

    def _ipython_display_(self):
        show_png(self.png(), self.alt)


class Animation:
    """Several pictures that follow each other, kept as one animated PNG.

    A browser plays it like any picture; print shows the first frame.

    Parameters
    ----------
    frames : list of Figure
        All of one size.
    seconds : float
        How long each frame stays.
    """

    def __init__(self, frames: list[Figure], seconds: float):
        self.frames, self.seconds, self.alt = frames, seconds, frames[0].alt

    def png(self) -> bytes:
        """Render all frames; returns the bytes of an animated PNG file."""
        pictures = [Image.open(io.BytesIO(frame.png())).convert("RGB") for frame in self.frames]
        # One palette for all: what stays the same from frame to frame is then stored once.
        palette = pictures[0].quantize(64)
        pictures = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
        stay = int(1000 * self.seconds)
        return _encoded(pictures[0], save_all=True, append_images=pictures[1:], duration=stay, loop=0)

    def _ipython_display_(self):
        show_png(self.png(), self.alt)


def _encoded(picture, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True, **options)
    return buffer.getvalue()


def show_png(png: bytes, alt: str) -> None:
    """Display a picture with alt text in a notebook; in a terminal, the alt text alone."""
    from IPython.display import display

    picture = {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
    display(picture, metadata={"image/png": {"alt": alt}}, raw=True)
