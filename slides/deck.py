"""Read a deck: its slides, and what it asks of the builder (values, figures, links into the lessons)."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from helpers import ROOT
from helpers.staff import course

FOLDER = ROOT / "slides"

PLACEHOLDER = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
LESSON_LINK = re.compile(r"lesson:(\d\d[a-z]?)(?:#([\w-]+))?")
COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
# Marp's directives stand in comments too: "_class: lead", "_footer: ...".
DIRECTIVE = re.compile(r"\s*(?:_[a-zA-Z]+|class|footer|header|paginate):\s")
SIZE = re.compile(r"\b([wh]):(\d+)\b")
# What nbconvert keeps in the id of a heading; it writes the rest as %22.
KEPT = "?/:@!$&'()*+,;=~"

FRONT_MATTER = {
    "marp": "true",
    "theme": "course",
    "size": "16:9",
    "math": "mathjax",
    "paginate": "true",
    "lang": "en",
}
"""Settings that every deck gets unless it sets them itself."""


class Slide(NamedTuple):
    """One slide: its place from 1 on, its Markdown without notes, its notes, and its footer."""

    number: int
    text: str
    notes: str
    footer: str


class Image(NamedTuple):
    """An image on a slide: what it shows, its width or height in pixels of a slide, and its path."""

    alt: str
    size: dict[str, int]
    path: str


def paths(numbers: list[str] | None = None) -> list[Path]:
    """List the decks in order; with numbers such as ["01"], only those.

    Raises
    ------
    ValueError
        If a number has no deck.
    """
    decks = sorted(FOLDER.glob("[0-9][0-9]*_*.md"))
    known = [course.number_of(path) for path in decks]
    unknown = [number for number in numbers or known if number not in known]
    if unknown:
        raise ValueError(f"There is no deck {', '.join(unknown)}. Decks: {', '.join(known)}.")
    return [path for path in decks if not numbers or course.number_of(path) in numbers]


def split(text: str) -> tuple[dict[str, str], list[str]]:
    """Part a deck into its front matter and the Markdown of each slide.

    Raises
    ------
    ValueError
        If the deck does not begin with front matter.
    """
    match = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if not match:
        raise ValueError('A deck begins with front matter: a line "---", "title: ...", and a line "---".')
    settings = dict(line.split(": ", 1) for line in match[1].splitlines() if line.strip())
    return settings, re.split(r"\n\n---\n\n", text[match.end() :].strip("\n"))


def slides(text: str) -> list[Slide]:
    """Read the slides of a deck."""
    _, parts = split(text)
    return [_slide(number, part) for number, part in enumerate(parts, 1)]


def images(text: str) -> list[Image]:
    """List the images of a slide or deck."""
    return [_image(*found) for found in IMAGE.findall(text)]


def as_html(text: str) -> str:
    """Write images as HTML: Marp would take words of the alt text, such as "contrast" or 50%, for effects."""
    return IMAGE.sub(lambda match: _tag(_image(match[1], match[2])), text)


def placeholders(text: str) -> set[str]:
    """Name the values that a deck asks for."""
    return set(PLACEHOLDER.findall(text))


def fill(text: str, values: dict[str, str]) -> str:
    """Write values into their places.

    Raises
    ------
    ValueError
        If the deck asks for a value that there is not, or a value is not asked for.
    """
    asked = placeholders(text)
    _refuse("asks for values that are not computed", asked - set(values))
    _refuse("does not use values that are computed", set(values) - asked)
    return PLACEHOLDER.sub(lambda match: values[match[1]], text)


def check_figures(text: str, files: set[str]) -> None:
    """Compare the pictures that a deck shows with those that are drawn, as "figures/NN/name.svg".

    Raises
    ------
    ValueError
        If one is missing, or one is not shown.
    """
    shown = {image.path for image in images(text)}
    _refuse("shows figures that are not drawn", shown - files)
    _refuse("does not show figures that are drawn", files - shown)


def link(text: str, *, local: bool = False) -> str:
    """Replace every "lesson:NN#anchor" by an address.

    Parameters
    ----------
    text : str
        A deck.
    local : bool
        Link to the pages that `make lessons` writes beside the decks, which need no network; otherwise to
        the notebooks in the repository.

    Raises
    ------
    ValueError
        If a lesson or an anchor does not exist.
    """
    return LESSON_LINK.sub(lambda match: address(match[1], match[2], local=local), text)


def address(lesson: str, anchor: str | None = None, *, local: bool = False) -> str:
    """Say where a section of a lesson can be read."""
    [source] = course.sources([lesson])
    home = course.home()
    web = f"https://github.com/{home.repository}/blob/{home.ref}/notebooks/{source.stem}.ipynb"
    page = f"../lessons/{source.stem}.html" if local else web
    if anchor is None:
        return page
    known = headings(lesson)
    if anchor not in known:
        raise ValueError(
            f"Lesson {lesson} has no section {anchor!r}. Its sections: {', '.join(known)}. "
            "Use one of them after lesson:NN#."
        )
    # Jupyter and GitHub keep punctuation in the ids of a notebook's headings.
    return f"{page}#{quote(known[anchor].replace(' ', '-'), safe=KEPT)}"


def headings(lesson: str) -> dict[str, str]:
    """Map anchors to the headings of a lesson: "2. Why not?" has the anchor "2-why-not"."""
    [source] = course.sources([lesson])
    found = re.findall(r"^# #{1,4} (.+)$", source.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"[*`]", "", heading) for heading in found]
    return {anchor(heading): heading for heading in plain}


def anchor(heading: str) -> str:
    """Write a heading as an anchor: lower case, no punctuation, hyphens for blanks."""
    return "-".join(re.sub(r"[^\w\- ]", "", heading.lower()).split())


def with_settings(text: str) -> str:
    """Add the settings that all decks share to the front matter."""
    settings, _ = split(text)
    lines = "\n".join(f"{key}: {value}" for key, value in (FRONT_MATTER | settings).items())
    return re.sub(r"\A---\n.*?\n---\n", lambda _: f"---\n{lines}\n---\n", text, count=1, flags=re.DOTALL)


def _slide(number, text):
    comments = COMMENT.findall(text)
    notes = [comment.strip() for comment in comments if not DIRECTIVE.match(comment)]
    footers = [m[1] for m in (re.match(r'\s*_footer: "(.*)"\s*$', comment) for comment in comments) if m]
    return Slide(number, COMMENT.sub("", text).strip(), "\n".join(notes), " ".join(footers))


def _image(label, path):
    size = {axis: int(pixels) for axis, pixels in SIZE.findall(label)}
    return Image(" ".join(SIZE.sub("", label).split()), size, path)


def _tag(image):
    sides = {"w": "width", "h": "height"}
    style = "; ".join(f"{sides[axis]}: {pixels}px" for axis, pixels in image.size.items())
    return f'<img src="{image.path}" alt="{escape(image.alt)}" style="{style}">'


def _refuse(what, names):
    if names:
        raise ValueError(f"The deck {what}: {', '.join(sorted(names))}.")
