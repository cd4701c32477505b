"""Rectangles of cells: their addresses, their looks, and how they are written with openpyxl."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from openpyxl.formatting.rule import ColorScale, ColorScaleRule, FormatObject, FormulaRule, Rule
from openpyxl.styles import Alignment, Border, Color, Font, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

FONT = "Arial"
INPUT, COMPUTED, WINDOW = "FFF3B0", "F3F5F7", "F0C3DC"
NEGATIVE, POSITIVE = "86B4E3", "F29C8D"
DARKER = {
    "yellow": ("BF9B30", "D0B04C", "E0C76E", "F0DE92"),
    "gray": ("B4B9C0", "C6CACF", "D8DBDF", "EBECEE"),
}
"""Of an image's smallest numbers, then of larger ones; the largest keep the colour of their cell."""
INK, FAINT, MARK = "1A1A1A", "6B7280", "7A1F5C"
LINE = Side("thin", "B8BEC6")
BOX, NO_BORDER = Border(LINE, LINE, LINE, LINE), Border()
CENTRE = Alignment("center", "center")
LAST = 1000
"""Priority from which rules count after all others."""
WIDTH, HEIGHT = 6.3, 24.0
"""Of a cell of the small sheets, in characters and points."""


@dataclass(frozen=True)
class Block:
    """A rectangle of cells on a sheet; rows and columns count from 1, places inside it from 0."""

    sheet: Worksheet
    row: int
    column: int
    rows: int
    columns: int

    @property
    def bottom(self) -> int:
        """Its last row."""
        return self.row + self.rows - 1

    @property
    def right(self) -> int:
        """Its last column."""
        return self.column + self.columns - 1

    @property
    def fixed(self) -> str:
        """Its address as a formula on the same sheet copies it unchanged: $B$2:$D$4, or $B$2 for one cell."""
        first, last = (f"${get_column_letter(c)}${r}" for r, c in self._corners())
        return first if first == last else f"{first}:{last}"

    @property
    def address(self) -> str:
        """Its address, B2:D4."""
        return self.fixed.replace("$", "")

    @property
    def elsewhere(self) -> str:
        """Its address as other sheets write it: Kernels!$B$2:$D$4."""
        return f"'{self.sheet.title}'!{self.fixed}"

    def _corners(self):
        return (self.row, self.column), (self.bottom, self.right)

    def part(self, i: int, j: int, rows: int = 1, columns: int = 1) -> Block:
        """Take a rectangle out of it, from place (i, j) on."""
        return Block(self.sheet, self.row + i, self.column + j, rows, columns)

    def cells(self):
        """Go through (i, j, cell)."""
        for i in range(self.rows):
            for j in range(self.columns):
                yield i, j, self.sheet.cell(self.row + i, self.column + j)


def values(sheet: Worksheet, row: int, column: int, numbers, name: str, *, locked: bool = False) -> Block:
    """Write numbers, (rows, columns): for the class to change, unless locked."""
    numbers = np.atleast_2d(numbers)
    block = Block(sheet, row, column, *numbers.shape)
    for i, j, cell in block.cells():
        cell.value = numbers[i, j].item()
        dress(cell, fill=COMPUTED if locked else INPUT)
        cell.number_format = "General" if cell.value == round(cell.value) else "0.00"
        cell.protection = Protection(locked=locked)
    if not locked:
        expect_numbers(block)
    return named(block, name)


def formulas(
    sheet: Worksheet, row: int, column: int, shape: tuple[int, int], formula: Callable, name: str
) -> Block:
    """Write `formula(i, j)`, without its equals sign, into each cell."""
    block = Block(sheet, row, column, *shape)
    for i, j, cell in block.cells():
        cell.value = f"={formula(i, j)}"
        dress(cell, fill=COMPUTED)
    return named(block, name)


def choice(sheet: Worksheet, row: int, column: int, value, options, name: str, *, columns: int = 1) -> Block:
    """Write a cell, merged over several columns if need be, in which one of several options can be picked."""
    block = Block(sheet, row, column, 1, 1)
    for _, _, cell in Block(sheet, row, column, 1, columns).cells():
        dress(cell, fill=INPUT)
        cell.protection = Protection(locked=False)
    sheet.cell(row, column).value = value
    if columns > 1:
        sheet.merge_cells(start_row=row, start_column=column, end_row=row, end_column=column + columns - 1)
    rule = DataValidation("list", formula1=f'"{",".join(map(str, options))}"', allow_blank=False)
    rule.showErrorMessage, rule.errorTitle = True, "Not in the list"
    rule.error = f"Pick one of: {', '.join(map(str, options))}."
    sheet.add_data_validation(rule)
    rule.add(block.address)
    return named(block, name)


def expect_numbers(block: Block) -> None:
    """Refuse text that is typed into a block."""
    rule = DataValidation("decimal", "between", "-1000000", "1000000", allow_blank=True)
    rule.showErrorMessage, rule.errorTitle = True, "Not a number"
    rule.error = "Type a number between -1000000 and 1000000."
    block.sheet.add_data_validation(rule)
    rule.add(block.address)


def named(block: Block, name: str) -> Block:
    """Give a block a name, by which the Name Box and the tests find it."""
    book = block.sheet.parent
    if name in book.defined_names:
        raise ValueError(f"The name {name!r} is used twice in the workbook. Choose another.")
    book.defined_names[name] = DefinedName(name, attr_text=f"'{block.sheet.title}'!{block.fixed}")
    return block


def dress(cell, *, fill: str | None = None, size: float = 13, bold: bool = False, ink: str = INK) -> None:
    """Make a cell with a number look like one."""
    cell.font, cell.alignment, cell.border = Font(FONT, size, bold=bold, color=ink), CENTRE, BOX
    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)


def write(sheet: Worksheet, row: int, column: int, text: str, *, size=12, bold=False, ink=INK, centre=False):
    """Write a line of text, which may run over the empty cells on its right."""
    cell = sheet.cell(row, column, text)
    cell.font = Font(FONT, size, bold=bold, color=ink)
    cell.alignment = CENTRE if centre else Alignment("left", "center")
    return cell


def count_places(block: Block, *, rows: bool = True, columns: bool = True) -> None:
    """Write 0, 1, 2, ... above a block and to its left, as the lesson counts."""
    for i in range(block.rows if rows else 0):
        write(block.sheet, block.row + i, block.column - 1, i, size=9, ink=FAINT, centre=True)
    for j in range(block.columns if columns else 0):
        write(block.sheet, block.row - 1, block.column + j, j, size=9, ink=FAINT, centre=True)


def shade_image(block: Block, tone: str = "yellow", where: str = "TRUE") -> None:
    """Colour an image as a viewer shows it: the larger a number, the brighter its cell, in shades of a tone.

    `where` is a formula that says which cells are image. Other rules of a block come before these.
    """
    low, high = f"MIN(0,{block.fixed})", f"MAX({block.fixed})"
    for share, colour in zip((0.1, 0.35, 0.6, 0.85), DARKER[tone], strict=True):
        dark = f"{block.part(0, 0).address}<={low}+{share}*({high}-{low})"
        _rule(block, f"AND({where},{dark})", fill=colour, last=True)


def shade_signed(block: Block) -> None:
    """Colour by sign and size: blue below 0, white at 0, red above."""
    reach = f"MAX(MAX({block.fixed}),-MIN({block.fixed}),0.001)"
    ends = [FormatObject("formula", f"-{reach}"), FormatObject("num", 0), FormatObject("formula", reach)]
    colours = [Color(f"FF{colour}") for colour in (NEGATIVE, "FFFFFF", POSITIVE)]
    scale = Rule("colorScale", colorScale=ColorScale(ends, colours))
    block.sheet.conditional_formatting.add(block.address, scale)


def shade_gray(block: Block) -> None:
    """Colour as a picture, 0 black and 255 white, with numbers that stay readable and stay behind."""
    first = block.part(0, 0).address
    rules = [
        ColorScaleRule("num", 0, "FF000000", end_type="num", end_value=255, end_color="FFFFFFFF"),
        FormulaRule([f"{first}<128"], font=Font(color="FFBDBDBD")),
        FormulaRule([f"{first}>=128"], font=Font(color="FF4A4A4A")),
    ]
    for rule in rules:
        block.sheet.conditional_formatting.add(block.address, rule)


def mark_window(block: Block, row: str, column: str, size: int, *, fill: bool = True) -> None:
    """Mark the cells under the window, whose corner is at the places (row, column), two formulas.

    Of two rules for one cell, the first counts: call it before `shade_frame`.
    """
    down, across = f"ROW()-{block.row}-{row}", f"COLUMN()-{block.column}-{column}"
    formula = f"AND({down}>=0,{down}<{size},{across}>=0,{across}<{size})"
    _rule(block, formula, fill=WINDOW if fill else None, ink=MARK, bold=True)


def shade_frame(block: Block, padding: str, side: int, nothing: str) -> None:
    """Show what is image in a padded image, and fade what is not there at all."""
    fade(block, nothing)
    outside = beyond(block, padding, side)
    _rule(block, outside, ink=FAINT)
    shade_image(block, "gray", f"NOT({outside})")
    _rule(block, f"NOT({outside})", fill="FFFFFF", last=True)


def beyond(block: Block, padding: int | str, side: int) -> str:
    """Say in a formula that a cell of a padded image lies in its frame; `padding` is its width."""
    down, across = f"ROW()-{block.row}-{padding}", f"COLUMN()-{block.column}-{padding}"
    return f"OR({down}<0,{down}>={side},{across}<0,{across}>={side})"


def fade(block: Block, nothing: str) -> None:
    """Make cells pale that show `nothing`."""
    _rule(block, f"{block.part(0, 0).address}={nothing}", fill="FFFFFF", ink="C5CAD1")


def part_windows(block: Block, size: int) -> None:
    """Draw thicker lines around windows that lie side by side."""
    thick = Side("medium", INK)
    for i, j, cell in block.cells():
        cell.border = Border(
            left=thick if j % size == 0 else LINE,
            right=thick if j % size == size - 1 else LINE,
            top=thick if i % size == 0 else LINE,
            bottom=thick if i % size == size - 1 else LINE,
        )


def _rule(block, formula, *, fill=None, ink=None, bold=None, last=False):
    look = DifferentialStyle(
        font=Font(bold=bold, color=f"FF{ink}") if ink else None,
        fill=PatternFill("solid", bgColor=f"FF{fill}", fgColor=f"FF{fill}") if fill else None,
    )
    rule = Rule("expression", formula=[formula], dxf=look, stopIfTrue=bool(fill))
    rules = block.sheet.conditional_formatting
    if last:
        rule.priority = LAST + rules.max_priority
    rules.add(block.address, rule)
