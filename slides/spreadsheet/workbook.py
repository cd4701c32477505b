"""The whole workbook."""

from __future__ import annotations

from openpyxl import Workbook

from slides.spreadsheet import front, layers, numbers, picture, texts, worked

SHEETS = {
    "B1 One window": worked.one_window,
    "B2 Two filters": worked.two_filters,
    "B3 Six by six": worked.six_by_six,
    "B4 Four by four": worked.four_by_four,
    "B5 Edges": worked.edges,
    "Padding and stride": layers.padding_and_stride,
    "Volume": layers.volume,
    "Pooling": layers.pooling,
}


def build() -> Workbook:
    """Make the workbook, with formulas and without their values."""
    book = Workbook()
    front.start(book.active)
    book.active.title = texts.FRONT
    lesson = numbers.from_lessons()
    answers = {title: sheet(book, lesson) for title, sheet in SHEETS.items()}
    table = picture.kernels(book)
    answers["Picture"] = picture.picture(book, numbers.photo(), table)
    book.move_sheet("Picture", -1)
    front.answers(book.create_sheet("Answers"), answers)
    book.properties.title, book.properties.creator = texts.front()["heading"], "the course's authors"
    return book
