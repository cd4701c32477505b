"""The first sheet, which says how to use the others, and the last, which holds the answers."""

from __future__ import annotations

from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from slides.spreadsheet import blocks
from slides.spreadsheet.blocks import Block, write
from slides.spreadsheet.page import lock, paragraph, prepare
from slides.spreadsheet.texts import front, texts

COLOURS = {
    blocks.INPUT: "type here",
    blocks.COMPUTED: "a formula",
    blocks.POSITIVE: "above 0",
    blocks.NEGATIVE: "below 0",
    blocks.WINDOW: "the window that is taken apart",
}
COLUMNS = (2, 6, 14, 17)


def start(sheet: Worksheet) -> None:
    """Write the first sheet."""
    words = front()
    prepare(sheet, words["heading"])
    paragraph(sheet, 2, words["about"])
    write(sheet, 4, 2, "How to use it", size=14, bold=True)
    for number, line in enumerate(words["how"], 1):
        paragraph(sheet, 4 + number, f"{number}.  {line}")
    row = 6 + len(words["how"])
    _legend(sheet, row)
    end = _contents(sheet, row + 3)
    paragraph(sheet, end + 2, words["licence"])
    lock(sheet)


def _legend(sheet, row):
    """Samples of the colours and what they mean."""
    write(sheet, row, 2, "The colours", size=14, bold=True)
    for place, (colour, meaning) in enumerate(COLOURS.items()):
        column = 2 + 4 * place
        for _, _, cell in Block(sheet, row + 1, column, 1, 1).cells():
            blocks.dress(cell, fill=colour)
        write(sheet, row + 1, column + 1, f" {meaning}")


def _contents(sheet, row):
    """A line for each sheet, with a link to it; returns the last row."""
    write(sheet, row, 2, "The sheets", size=14, bold=True)
    heads = ("sheet", "what it shows", "syllabus", "section")
    for column, head in zip(COLUMNS, heads, strict=True):
        write(sheet, row + 1, column, head, bold=True, ink=blocks.FAINT)
    line = row + 1
    for line, (title, text) in enumerate(texts().items(), row + 2):
        cells = [
            write(sheet, line, column, words)
            for column, words in zip(COLUMNS, (title, text.shows, text.rows, text.place), strict=True)
        ]
        cells[0].hyperlink = Hyperlink(cells[0].coordinate, location=f"'{title}'!A1", display=title)
        write(sheet, line, COLUMNS[0], title, ink="0060A0")
    return line


def answers(sheet: Worksheet, found: dict[str, tuple[str, ...]]) -> None:
    """Write the last sheet: title of a sheet to the answers to its questions."""
    prepare(sheet, "Answers")
    row = 3
    for title, lines in found.items():
        write(sheet, row, 2, title, size=14, bold=True)
        for number, answer in enumerate(lines, 1):
            paragraph(sheet, row + number, f"{number}.  {answer}")
        row += len(lines) + 2
    lock(sheet)
