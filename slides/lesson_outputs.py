"""What the executed lessons have stored: printed numbers and pictures.

A slide takes from here what would take minutes to compute again. The notebooks in notebooks/ are executed
and tested, so a number on a slide is one that a lesson has printed.
"""

from __future__ import annotations

import base64
import functools
import io
import re

import nbformat
from PIL import Image

from helpers.staff import course


def printed(lesson: str, pattern: str) -> str:
    r"""Find a number, or another text, in what a lesson has printed.

    Parameters
    ----------
    lesson : str
        Number of the lesson, such as "02".
    pattern : str
        Regular expression with one group; `^` and `$` match at every line.

    Returns
    -------
    str
        The group's text. It may be found several times if it is the same each time.

    Raises
    ------
    ValueError
        If nothing matches, or the matches differ.

    Examples
    --------
    >>> printed("01", r"numbers: (\d+)")
    '786432'
    """
    found = {match.group(1) for match in re.finditer(pattern, text(lesson), re.MULTILINE)}
    if len(found) != 1:
        what = f"different texts: {', '.join(sorted(found))}" if found else "nothing"
        raise ValueError(
            f"In the outputs of lesson {lesson}, {pattern!r} matches {what}. "
            "Give a pattern that matches one thing that the executed notebook prints."
        )
    return found.pop()


def figure(lesson: str, alt: str) -> bytes:
    """Take a picture that a lesson has drawn.

    Parameters
    ----------
    lesson : str
        Number of the lesson, such as "02".
    alt : str
        A part of the picture's alt text that no other picture of the lesson has.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    ValueError
        If no picture has it, or several have.
    """
    found = [
        picture
        for output in _outputs(lesson)
        for mime, picture in output.get("data", {}).items()
        if mime.startswith("image/") and alt in output.metadata.get(mime, {}).get("alt", "")
    ]
    if len(found) != 1:
        raise ValueError(
            f"In lesson {lesson}, {len(found) or 'no'} pictures have {alt!r} in their alt text. "
            "Give a part of the alt text of one picture."
        )
    buffer = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(found[0]))).save(buffer, "PNG", save_all=True)
    return buffer.getvalue()


def text(lesson: str) -> str:
    """Everything a lesson has printed, and its tables as text, in the order of its cells."""
    parts = []
    for output in _outputs(lesson):
        if output.output_type == "stream":
            parts.append(output.text)
        elif not any(mime.startswith("image/") for mime in output.get("data", {})):
            parts.append(output.get("data", {}).get("text/plain", ""))
    return "\n".join(parts)


@functools.cache
def _outputs(lesson):
    [source] = course.sources([lesson])
    path = course.NOTEBOOKS / f"{source.stem}.ipynb"
    if not path.exists():
        raise ValueError(
            f"The notebook of lesson {lesson} is not there: `course notebooks {lesson}` executes it."
        )
    notebook = nbformat.read(path, as_version=4)
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
