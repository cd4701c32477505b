"""Images, filters and the feature maps that they make, as blocks of formulas."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet

from helpers.convolution import output_size
from slides.spreadsheet import blocks
from slides.spreadsheet.blocks import Block, count_places, formulas, shade_signed, write

LEFT = 3
"""Column of the first number on a small sheet: a margin and the counts of the rows come before it."""


def image(sheet: Worksheet, row: int, numbers, name: str, heading: str) -> Block:
    """Write an input image, its heading two rows above it and the counts of its places around it."""
    block = blocks.values(sheet, row, LEFT, numbers, name)
    blocks.shade_image(block)
    count_places(block)
    write(sheet, row - 2, LEFT, heading, bold=True)
    return block


def kernel(sheet: Worksheet, row: int, column: int, numbers, name: str, heading: str) -> Block:
    """Write a filter for the class to change."""
    block = blocks.values(sheet, row, column, numbers, name)
    write(sheet, row - 2, column, heading, bold=True)
    return block


def convolution(pixels: Block, weights: Block, row: int, column: int, name: str) -> Block:
    """Write a feature map: one SUMPRODUCT for each place of the window."""
    shape = (pixels.rows - weights.rows + 1, pixels.columns - weights.columns + 1)

    def at(i, j):
        return f"SUMPRODUCT({pixels.part(i, j, weights.rows, weights.columns).address},{weights.fixed})"

    return formulas(pixels.sheet, row, column, shape, at, name)


def relu(source: Block, row: int, column: int, name: str) -> Block:
    """Write the larger of 0 and each number of a block."""

    def at(i, j):
        return f"MAX(0,{source.part(i, j).address})"

    block = formulas(source.sheet, row, column, (source.rows, source.columns), at, name)
    return show_map(block, "after ReLU")


def pool(pixels: Block, row: int, column: int, function: str, name: str, *, first: str = "") -> Block:
    """Write MAX or AVERAGE of each 2 by 2 window; `first` goes before the window among the arguments."""
    shape = tuple(output_size(side, 2, stride=2) for side in (pixels.rows, pixels.columns))

    def at(i, j):
        return f"{function}({first}{pixels.part(2 * i, 2 * j, 2, 2).address})"

    return formulas(pixels.sheet, row, column, shape, at, name)


def show_map(block: Block, heading: str) -> Block:
    """Give a feature map its heading, the counts of its places, and colours by sign."""
    write(block.sheet, block.row - 2, block.column, heading, bold=True)
    count_places(block)
    shade_signed(block)
    return block


def filtering(pixels: Block, weights, row: int, name: str, number: str = "") -> tuple[Block, Block]:
    """Write filter, feature map and ReLU to the right of an image; returns the first two."""
    symbol_row = row + 1
    column = pixels.right + 2
    write(pixels.sheet, symbol_row, column - 1, "∗", size=16, centre=True)
    taps = kernel(pixels.sheet, row, column, weights, f"{name}_filter{number}", f"filter {number}".strip())
    column = taps.right + 3
    write(pixels.sheet, symbol_row, column - 2, "=", size=16, centre=True)
    out = convolution(pixels, taps, row, column, f"{name}_map{number}")
    show_map(out, f"feature map {number}".strip())
    column = out.right + 3
    write(pixels.sheet, symbol_row, column - 2, "→", size=16, centre=True)
    relu(out, row, column, f"{name}_relu{number}")
    return taps, out
