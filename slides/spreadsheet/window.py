"""The panel that takes one window apart: pixels times weights are products, which add up."""

from __future__ import annotations

from slides.spreadsheet import blocks
from slides.spreadsheet.blocks import Block, formulas, mark_window, shade_signed, write
from slides.spreadsheet.maps import LEFT

NOTHING = '"·"'
"""What a cell shows where the window has no such place."""


def panel(
    images: list[Block],
    filters: list[Block],
    out: Block,
    row: int,
    name: str,
    *,
    start: tuple[int, int] = (0, 0),
    stride: str = "1",
    bias: str = "",
) -> int:
    """Write the panel, and mark its window in the image and in the feature map; returns its last row.

    There is one image and one filter for each channel. `start` is the place that is chosen at first; `stride`
    and `bias` are cells or numbers, as a formula takes them. A place of `out` without a number is none.
    """
    sheet, side = out.sheet, filters[0].rows
    write(sheet, row, LEFT - 1, "One window, taken apart", size=14, bold=True)
    down, across = _choices(out, row + 2, name, start)
    inside = f"ISNUMBER(INDEX({out.fixed},{down}+1,{across}+1))"
    corner = (down, across) if stride == "1" else (f"{down}*{stride}", f"{across}*{stride}")
    for channel, (image, weights) in enumerate(zip(images, filters, strict=True)):
        suffix = str(channel) if len(images) > 1 else ""
        top = row + 2 + channel * (side + 1)
        products = _products(image, weights, top, corner, inside, name, suffix)
        mark_window(image, *corner, side)
    for column, heading in (
        (LEFT + 4, "pixels"),
        (LEFT + 5 + side, "weights"),
        (products.column, "products"),
    ):
        write(sheet, row + 1, column, heading, bold=True)
    height = len(images) * (side + 1) - 1
    everything = Block(sheet, row + 2, products.column, height, side)
    _sum(everything, inside, name, bias)
    mark_window(out, down, across, 1, fill=False)
    return row + 1 + height


def _choices(out, row, name, start):
    """Two cells in which the row and the column of the window are picked; returns their addresses."""
    picked = []
    for number, (axis, count) in enumerate([("row", out.rows), ("column", out.columns)]):
        write(out.sheet, row + number, LEFT - 1, axis)
        cell = blocks.choice(out.sheet, row + number, LEFT + 1, start[number], range(count), f"{name}_{axis}")
        picked.append(cell.fixed)
    return picked


def _products(image, weights, top, corner, inside, name, suffix):
    """Pixels, weights and products of one channel, beside each other; returns the products."""
    sheet, shape = image.sheet, (weights.rows, weights.columns)

    def pixel(i, j):
        place = f"INDEX({image.fixed},{corner[0]}+{i + 1},{corner[1]}+{j + 1})"
        return f"IF({inside},{place},{NOTHING})"

    seen = formulas(sheet, top, LEFT + 4, shape, pixel, f"{name}_seen{suffix}")
    used = formulas(
        sheet,
        top,
        seen.right + 2,
        shape,
        lambda i, j: weights.part(i, j).address,
        f"{name}_weights{suffix}",
    )

    def product(i, j):
        return f"IF({inside},{seen.part(i, j).address}*{used.part(i, j).address},{NOTHING})"

    products = formulas(sheet, top, used.right + 2, shape, product, f"{name}_products{suffix}")
    shade_signed(products)
    for block, sign in ((seen, "×"), (used, "=")):
        write(sheet, top + 1, block.right + 1, sign, size=16, centre=True)
    return products


def _sum(products, inside, name, bias):
    """The sum of all products, and the ReLU of it."""
    sheet, row, column = products.sheet, products.row + products.rows // 2, products.right + 2
    total = f"SUM({products.address})" + (f"+{bias}" if bias else "")
    heading, gap = ("sum + bias", 3) if bias else ("sum", 2)
    for end, head, formula in ((f"{name}_sum", heading, total), (f"{name}_after", "ReLU", "MAX(0,{})")):
        formula = f"IF({inside},{formula},{NOTHING})".format(Block(sheet, row, column - gap, 1, 1).address)
        formulas(sheet, row, column, (1, 1), lambda i, j, formula=formula: formula, end)
        write(sheet, row, column - 1, "→", size=16, centre=True)
        write(sheet, products.row - 1, column, head, bold=True)
        column += gap
