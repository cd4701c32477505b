"""Sheets on padding and stride, on volumes, and on pooling."""

from __future__ import annotations

from openpyxl import Workbook

from helpers import convolution as conv
from slides.spreadsheet import blocks
from slides.spreadsheet.blocks import Block, count_places, formulas, write
from slides.spreadsheet.maps import LEFT, image, kernel, pool, relu, show_map
from slides.spreadsheet.page import add_sheet, finish
from slides.spreadsheet.window import NOTHING, panel

PADDINGS, STRIDES = (0, 1, 2), (1, 2, 3)
COLOURS = ("red", "green", "blue")


def padding_and_stride(book: Workbook, lesson: dict) -> tuple[str, ...]:
    """B10: a frame of zeros and the steps of the window, to choose."""
    sheet = add_sheet(book, "Padding and stride")
    top, small, taps = 9, lesson["five"], conv.KERNELS["outline"]
    write(sheet, 4, LEFT - 1, "padding P", bold=True)
    write(sheet, 5, LEFT - 1, "stride S", bold=True)
    padding = blocks.choice(sheet, 4, LEFT + 1, 1, PADDINGS, "PS_padding").fixed
    stride = blocks.choice(sheet, 5, LEFT + 1, 1, STRIDES, "PS_stride").fixed
    pixels = image(sheet, top, small, "PS_image", "image")
    weights = kernel(sheet, pixels.bottom + 4, LEFT, taps, "PS_filter", "filter")
    framed = _framed(pixels, padding, pixels.right + 3)
    out = _strided_map(framed, weights, len(small), padding, stride)
    _size(sheet, LEFT + 6, len(small), len(taps), padding, stride, out)
    end = panel([framed], [weights], out, weights.bottom + 2, "PS", stride=stride)
    blocks.shade_frame(framed, padding, len(small), NOTHING)
    return finish(sheet, end + 2)


def _framed(pixels, padding, column):
    """The image in its frame of zeros, with room for the widest; dots outside."""
    side = pixels.rows
    widest = side + 2 * max(PADDINGS)

    def pixel(i, j):
        ring = f"MIN({min(i, j)},{side - 1 - max(i, j)}+2*{padding})"
        place = f"INDEX({pixels.fixed},{i + 1}-{padding},{j + 1}-{padding})"
        return f"IF({ring}<0,{NOTHING},IF({ring}<{padding},0,{place}))"

    framed = formulas(pixels.sheet, pixels.row, column, (widest, widest), pixel, "PS_padded")
    write(pixels.sheet, framed.row - 2, framed.column, "image in its frame of zeros", bold=True)
    count_places(framed)
    return framed


def _strided_map(framed, weights, side, padding, stride):
    """The feature map at every padding and stride; dots where the window would leave the frame."""
    most = framed.rows - weights.rows + 1

    def at(i, j):
        corner, end = (
            f"INDEX({framed.fixed},{i}*{stride}+{1 + reach},{j}*{stride}+{1 + reach})"
            for reach in (0, weights.rows - 1)
        )
        fits = f"{max(i, j)}*{stride}+{weights.rows}<={side}+2*{padding}"
        return f"IF({fits},SUMPRODUCT({corner}:{end},{weights.fixed}),{NOTHING})"

    out = formulas(framed.sheet, framed.row, framed.right + 3, (most, most), at, "PS_map")
    show_map(out, "feature map")
    blocks.fade(out, NOTHING)
    return out


def _size(sheet, column, side, window, padding, stride, out):
    """The formula of the lesson beside a count of what is in the map."""
    write(sheet, 4, column, f"⌊({side} − {window} + 2P) / S⌋ + 1 =")
    size = f"INT(({side}-{window}+2*{padding})/{stride})+1"
    formulas(sheet, 4, column + 6, (1, 1), lambda i, j: size, "PS_size")
    write(sheet, 4, column + 8, "rows and columns in the feature map")
    write(sheet, 5, column, "counted in the feature map:")
    formulas(sheet, 5, column + 6, (1, 1), lambda i, j: f"COUNT({out.fixed})", "PS_count")
    write(sheet, 5, column + 8, "numbers")


def volume(book: Workbook, lesson: dict) -> tuple[str, ...]:
    """B9, B10: three channels, two filters, stride 2, padding 1."""
    sheet = add_sheet(book, "Volume")
    picture, filters, biases = lesson["volume"], lesson["filters"], lesson["biases"]
    side, _, channels, count = filters.shape
    step = picture.shape[0] + 5
    framed = [_channel(sheet, 6 + c * step, picture[..., c], COLOURS[c]) for c in range(channels)]
    weights = [_slices(framed, filters[..., f], f + 1) for f in range(count)]
    column = weights[-1][0].right + 3
    for f in range(count):
        top = framed[f].row
        write(sheet, top, column, f"bias {f + 1}", bold=True)
        bias = blocks.values(sheet, top, column + 2, biases[f], f"V_bias{f + 1}")
        out = _volume_map(framed, weights[f], bias, top + 3, column + 1, f + 1)
        relu(out, out.row, out.right + 3, f"V_relu{f + 1}")
        if f == 0:
            end = panel(
                framed, weights[0], out, framed[-1].bottom + 2, "V", start=(1, 1), stride="2", bias=bias.fixed
            )
    write(sheet, framed[2].row, column, "numbers to learn", bold=True)
    write(sheet, framed[2].row + 1, column, f"({side}·{side}·{channels} + 1)·{count} =")
    formula = f"({side}*{side}*{channels}+1)*{count}"
    formulas(sheet, framed[2].row + 1, column + 4, (1, 1), lambda i, j: formula, "V_parameters")
    parameters, more = (conv.count_parameters(side, channels, number) for number in (count, 2 * count))
    largest = conv.convolve2d(picture, filters[..., 0], stride=2, padding=1).max()
    said = {"parameters": parameters, "more": more, "largest": largest, "taken": -biases[0]}
    return finish(sheet, end + 2, zoom=85, **said)


def _channel(sheet, row, numbers, colour):
    """A channel in its ring of zeros, which is locked; returns both together."""
    whole = Block(sheet, row, LEFT, numbers.shape[0] + 2, numbers.shape[1] + 2)
    for _, _, cell in whole.cells():
        cell.value = 0
        blocks.dress(cell, fill=blocks.COMPUTED, ink=blocks.FAINT)
    blocks.values(sheet, row + 1, LEFT + 1, numbers, f"V_{colour}")
    blocks.shade_image(whole, where=f"NOT({blocks.beyond(whole, 1, len(numbers))})")
    write(sheet, row - 2, LEFT, f"{colour} channel, padded", bold=True)
    count_places(whole)
    return blocks.named(whole, f"V_framed_{colour}")


def _slices(framed, filter_, number):
    """The slices of a filter, each beside its channel."""
    side = len(filter_)
    column = framed[0].right + 2 + (number - 1) * (side + 1)
    return [
        kernel(
            channel.sheet,
            channel.row + 2,
            column,
            filter_[..., c],
            f"V_filter{number}_{COLOURS[c]}",
            f"filter {number}",
        )
        for c, channel in enumerate(framed)
    ]


def _volume_map(framed, weights, bias, row, column, number):
    side = weights[0].rows
    count = conv.output_size(framed[0].rows, side, stride=2)

    def at(i, j):
        sums = [
            f"SUMPRODUCT({channel.part(2 * i, 2 * j, side, side).address},{taps.fixed})"
            for channel, taps in zip(framed, weights, strict=True)
        ]
        return "+".join([*sums, bias.fixed])

    out = formulas(bias.sheet, row, column, (count, count), at, f"V_map{number}")
    return show_map(out, f"feature map {number}")


def pooling(book: Workbook, lesson: dict) -> tuple[str, ...]:
    """B16: the largest and the mean of each window."""
    sheet = add_sheet(book, "Pooling")
    cases = [("P1", lesson["numbers"], 6, "numbers"), ("P2", lesson["four"], 13, "image of sheet B4")]
    for name, numbers, top, heading in cases:
        pixels = image(sheet, top, numbers, f"{name}_image", heading)
        blocks.part_windows(pixels, 2)
        column = pixels.right + 3
        for kind, function in [("max", "MAX"), ("mean", "AVERAGE")]:
            out = pool(pixels, top, column, function, f"{name}_{kind}")
            blocks.shade_image(out, "gray")
            write(sheet, top - 2, column, f"{kind} of 2×2", bold=True)
            column = out.right + 3
    left = conv.max_pool2d(lesson["numbers"]).size / lesson["numbers"].size
    return finish(sheet, 19, left=f"{left:.0%}")
