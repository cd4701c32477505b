"""The sheet with the photo, and the named filters it offers."""

from __future__ import annotations

import numpy as np
from openpyxl import Workbook

from helpers.convolution import KERNELS
from slides.spreadsheet import blocks
from slides.spreadsheet.blocks import Block, formulas, shade_gray, write
from slides.spreadsheet.maps import convolution, pool
from slides.spreadsheet.page import add_sheet, finish, lock

OWN = "my own"
DOES = {
    "identity": "copies the picture, without its border",
    "horizontal edges": "bright above, dark below",
    "vertical edges": "bright on the left, dark on the right",
    "Sobel horizontal": "horizontal edges, with more weight on the middle column",
    "Sobel vertical": "vertical edges, with more weight on the middle row",
    "outline": "each pixel against its eight neighbours",
    "sharpen": "each pixel, made to differ more from its four neighbours",
    "blur": "the mean of the window",
    "emboss": "a relief, lit along the diagonal",
}
PIXEL_WIDTH, PIXEL_HEIGHT, PIXEL_FONT = 3.2, 19.5, 7
PANEL = 4
"""Columns of the panel on the left, which holds the filter."""
TOP = 6


def picture(book: Workbook, photo: np.ndarray, table: Block) -> tuple[str, ...]:
    """B6, B20: a photo as numbers, a filter to choose (`table`) or type, the filtered and the pooled one."""
    start = 2 + PANEL
    narrow = range(start, start + 5 * photo.shape[1] // 2 + 4)
    sheet = add_sheet(book, "Picture", widths=dict.fromkeys(narrow, PIXEL_WIDTH))
    for row in range(4, TOP + len(photo)):
        sheet.row_dimensions[row].height = PIXEL_HEIGHT
    used = _panel(sheet, table)
    pixels = blocks.values(sheet, TOP, start, photo, "PIC_image")
    result = convolution(pixels, used, TOP, pixels.right + 2, "PIC_map")
    smaller = pool(result, TOP, result.right + 2, "MAX", "PIC_pooled", first="0,")
    heads = [
        "the photo: type into it, or paste numbers",
        "after the filter",
        "after ReLU and 2×2 max pooling",
    ]
    for block, heading in zip([pixels, result, smaller], heads, strict=True):
        write(sheet, TOP - 2, block.column, heading, size=14, bold=True)
        for _, _, cell in block.cells():
            blocks.dress(cell, size=PIXEL_FONT)
            cell.border, cell.number_format = blocks.NO_BORDER, "0"
        shade_gray(block)
    return finish(sheet, pixels.bottom + 2, zoom=70)


def _panel(sheet, table):
    """The choice, the filter of the class's own, and the one in use; returns the last."""
    write(sheet, TOP - 2, 2, "filter", size=14, bold=True)
    chosen = blocks.choice(sheet, TOP, 2, "outline", [OWN, *KERNELS], "PIC_choice", columns=3)
    write(sheet, TOP + 2, 2, OWN, bold=True)
    own = blocks.values(sheet, TOP + 3, 2, KERNELS["identity"], "PIC_own")
    write(sheet, TOP + 7, 2, "in use", bold=True)
    names, numbers = table.part(0, 0, table.rows), table.part(0, 1, table.rows, 3)

    def weight(i, j):
        row = f"MATCH({chosen.fixed},{names.elsewhere},0)+{i}"
        return f'IF({chosen.fixed}="{OWN}",{own.part(i, j).address},INDEX({numbers.elsewhere},{row},{j + 1}))'

    used = formulas(sheet, TOP + 8, 2, (3, 3), weight, "PIC_filter")
    write(sheet, TOP + 12, 2, "sum of the weights", bold=True)
    formulas(sheet, TOP + 13, 2, (1, 1), lambda i, j: f"ROUND(SUM({used.fixed}),6)", "PIC_sum")
    return used


def kernels(book: Workbook) -> Block:
    """List the named filters, one below the other; returns the block of their names and numbers."""
    sheet = add_sheet(book, "Kernels", widths={2: 22})
    row = first = 4
    for name, weights in KERNELS.items():
        write(sheet, row, 2, name, bold=True)
        block = blocks.values(sheet, row, 3, weights, f"K_{name.replace(' ', '_')}", locked=True)
        write(sheet, row, block.right + 2, DOES.get(name, ""))
        write(sheet, row + 1, block.right + 2, f"sum of the weights: {weights.sum():.3g}", ink=blocks.FAINT)
        row = block.bottom + 2
    lock(sheet)
    return Block(sheet, first, 2, row - 1 - first, 4)
