"""What several decks compute in the same way: sharp pictures, quiz questions, printed results."""

from __future__ import annotations

import io
import re
from typing import NamedTuple

from PIL import Image

from helpers import quiz
from slides.lesson_outputs import figure, printed


class Result(NamedTuple):
    """A test accuracy as a lesson prints it: mean and spread over seeds, and the interval's ends, 0..1."""

    mean: float
    spread: float
    low: float
    high: float


def result(lesson: str, name: str) -> Result:
    """Read a line such as "plain: 0.618 ± 0.026 over 5 seeds (95% interval ...: 0.551 to 0.684)".

    Parameters
    ----------
    lesson : str
        Number of the lesson, such as "03".
    name : str
        What stands before the mean, with its colon.

    Raises
    ------
    ValueError
        If the lesson prints no such line, or several that differ.
    """
    line = printed(lesson, rf"^ *{re.escape(name)} *(0\.\d+ ± .*|1\.0+ ± .*)$")
    mean, spread, low, high = re.findall(r"\d\.\d+", line)
    return Result(float(mean), float(spread), float(low), float(high))


def question(lesson: str, name: str) -> str:
    """Write a question of the lesson's quiz as Markdown, with its choices as a list."""
    entry = quiz.find(lesson, name)
    return "\n".join([entry["question"], "", *(f"- {choice['text']}" for choice in entry.get("choices", []))])


def answer(lesson: str, name: str) -> str:
    """Write the right answer to a question of the lesson's quiz, and why it is right."""
    entry = quiz.find(lesson, name)
    right = next((choice for choice in entry.get("choices", []) if choice.get("right")), None)
    told, why = (right["text"], right["why"]) if right else (f"{entry['number']:,}", entry["why"])
    return f"{told.rstrip('.')}. {' '.join(why.split())}"


def taken(lesson: str, alt: str) -> bytes:
    """Take a picture of the lesson; its ground, off-white by its palette, becomes the slide's white."""
    picture = Image.open(io.BytesIO(figure(lesson, alt))).convert("RGB")
    return _png(picture.point([value if value < 248 else 255 for value in range(256)] * 3))


def sharp(figure, dpi: int = 220) -> bytes:
    """Render a figure with photos for a projector; an SVG would hold them at 100 dots per inch."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def piece(png: bytes, left: float, right: float) -> bytes:
    """Cut a picture from side to side, `left` and `right` in shares of its width."""
    picture = Image.open(io.BytesIO(png))
    return _png(picture.crop((round(left * picture.width), 0, round(right * picture.width), picture.height)))


def two_rows(png: bytes) -> bytes:
    """Put the right half of a wide picture below its left half."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    half = picture.width // 2
    stacked = Image.new("RGB", (half, 2 * picture.height), "white")
    for row in (0, 1):
        part = picture.crop((row * half, 0, (row + 1) * half, picture.height))
        stacked.paste(part, (0, row * picture.height))
    return _png(stacked)


def _png(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
