"""The figure that all plots return: the course's style, alt text, shown once."""

import base64
import io
from pathlib import Path

import matplotlib
import matplotlib.figure
import matplotlib.style
from PIL import Image

# One style for every figure of the course, and for those that students draw beside them.
matplotlib.style.use(Path(__file__).resolve().parents[1] / "course.mplstyle")


class Shown:
    """Something with the bytes of a `png` and an `alt` text, which shows itself once in a notebook."""

    def smallest(self) -> tuple[str, bytes]:
        """Give the media type and the bytes that a notebook keeps."""
        return "image/png", self.png()

    def mimebundle(self) -> tuple[dict, dict]:
        """Give the picture and its text, MIME type to data, and the metadata with the alt text."""
        media_type, content = self.smallest()
        data = {media_type: base64.b64encode(content).decode(), "text/plain": self.alt}
        return data, {media_type: {"alt": self.alt}}

    def _ipython_display_(self):
        from IPython.display import display

        data, metadata = self.mimebundle()
        display(data, metadata=metadata, raw=True)


class Figure(Shown, matplotlib.figure.Figure):
    """A Matplotlib figure, `width` by `height` inches, that knows its alt text.

    It does not go through pyplot, so no front end draws it a second time, and nothing has to be closed.
    """

    def __init__(self, width: float, height: float, alt: str):
        if not alt.strip():
            raise ValueError("A figure needs alt text: say in a sentence what it shows.")
        super().__init__(figsize=(width, height), layout="constrained")
        self.alt = alt

    def png(self) -> bytes:
        """Render the figure; returns the bytes of a PNG file."""
        return _with_palette(self.rendered())

    def smallest(self) -> tuple[str, bytes]:
        """Render the figure as PNG or, where photos fill it, as JPEG; returns media type and bytes."""
        picture = self.rendered()
        png, jpeg = _with_palette(picture), _encoded(picture, "JPEG", quality=80)
        # JPEG blurs letters and single pixels a little, so it has to be worth it.
        return ("image/jpeg", jpeg) if len(jpeg) < 0.75 * len(png) else ("image/png", png)

    def rendered(self) -> Image.Image:
        """Render the figure in all its colours."""
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", pil_kwargs={"compress_level": 0})  # it is read at once
        return Image.open(buffer).convert("RGB")


class Animation(Shown):
    """Several figures of one size that follow each other, each for some seconds, kept as one animated PNG.

    A browser plays it like any picture; print shows the first frame.
    """

    def __init__(self, frames: list[Figure], seconds: float):
        self.frames, self.seconds, self.alt = frames, seconds, frames[0].alt

    def png(self) -> bytes:
        """Render all frames; returns the bytes of an animated PNG file."""
        pictures = [frame.rendered() for frame in self.frames]
        # One palette for all: what stays the same from frame to frame is then stored once.
        palette = pictures[0].quantize(64)
        pictures = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
        stay = int(1000 * self.seconds)
        return _encoded(pictures[0], "PNG", save_all=True, append_images=pictures[1:], duration=stay, loop=0)


def _with_palette(picture) -> bytes:
    """Encode as PNG with 256 colours: it looks the same and takes a third of the bytes.

    k-means keeps a colour that covers few pixels, such as the hottest place of a heat map. A ninth of the
    pixels is enough for it.
    """
    some = picture.resize((picture.width // 3, picture.height // 3), Image.Resampling.NEAREST)
    palette = some.quantize(256, kmeans=1)
    return _encoded(picture.quantize(palette=palette, dither=Image.Dither.NONE), "PNG")


def _encoded(picture, kind, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, optimize=True, **options)
    return buffer.getvalue()
