"""What all sheets of the workbook have: a heading, paragraphs, questions, locked cells."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from slides.spreadsheet import blocks
from slides.spreadsheet.blocks import write
from slides.spreadsheet.texts import texts

TEXT_WIDTH = 150
"""Of a paragraph, in the units of column widths."""
CHARACTERS_PER_WIDTH = 1.1
"""At size 12; a cautious count, for the height of paragraphs."""
LINE_HEIGHT = 16.0


def add_sheet(book: Workbook, title: str, *, widths: dict[int, float] | None = None) -> Worksheet:
    """Add a sheet with its heading and its first paragraph; `widths` are those of unusual columns."""
    text = texts()[title]
    sheet = prepare(book.create_sheet(title), text.heading, widths=widths)
    paragraph(sheet, 2, text.intro)
    return sheet


def prepare(sheet: Worksheet, heading: str, *, widths: dict[int, float] | None = None) -> Worksheet:
    """Give a sheet its heading and cells of one size."""
    sheet.sheet_view.showGridLines = False
    sheet.sheet_format.defaultRowHeight = blocks.HEIGHT
    sheet.sheet_format.customHeight = True
    sheet.column_dimensions["A"].width = 2.5
    for column, width in {**dict.fromkeys(range(2, 32), blocks.WIDTH), **(widths or {})}.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[1].height = 34
    write(sheet, 1, 2, heading, size=20, bold=True)
    return sheet


def paragraph(sheet: Worksheet, row: int, text: str) -> None:
    """Write text over as many columns as the reader's eye likes, in a row that is high enough for it."""
    cell = write(sheet, row, 2, text)
    cell.alignment = Alignment("left", "top", wrap_text=True)
    last, room = 2, 0.0
    while room < TEXT_WIDTH:
        room += sheet.column_dimensions[get_column_letter(last)].width
        last += 1
    sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=last - 1)
    sheet.row_dimensions[row].height = LINE_HEIGHT * -(-len(text) // (TEXT_WIDTH * CHARACTERS_PER_WIDTH)) + 4


def finish(sheet: Worksheet, row: int, *, zoom: int = 100, **computed) -> tuple[str, ...]:
    """Write the questions of a sheet, then lock it; returns the answers, with `computed` in their braces."""
    asked = texts()[sheet.title].questions
    write(sheet, row, 2, "Try it", size=14, bold=True)
    for number, question in enumerate(asked, 1):
        paragraph(sheet, row + number, f"{number}.  {question['ask']}")
    lock(sheet, zoom=zoom)
    return tuple(question["answer"].format(**computed) for question in asked)


def lock(sheet: Worksheet, *, zoom: int = 100) -> None:
    """Lock what is not marked for the class, without a password, and fit the sheet on one printed page."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = (
        False  # which openpyxl means as: not locked
    )
    sheet.sheet_view.zoomScale = zoom
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = 1
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.4
