"""Sheets B1 to B5: the examples that lesson 1 works by hand."""

from __future__ import annotations

import numpy as np
from openpyxl import Workbook

from helpers.convolution import KERNELS, convolve2d
from slides.spreadsheet.maps import filtering, image
from slides.spreadsheet.page import add_sheet, finish
from slides.spreadsheet.window import panel

TOP = 6
"""Row of the first numbers."""


def one_window(book: Workbook, lesson: dict) -> tuple[str, ...]:
    """B1: the band and the filter for horizontal edges. Like all others, returns the answers."""
    sheet = add_sheet(book, "B1 One window")
    pixels = image(sheet, TOP, lesson["band"], "B1_image", "image")
    taps, out = filtering(pixels, KERNELS["horizontal edges"], TOP, "B1")
    end = panel([pixels], [taps], out, pixels.bottom + 2, "B1", start=(3, 2))
    first = convolve2d(lesson["band"], KERNELS["horizontal edges"])[0, 0]
    return finish(sheet, end + 2, first=str(first).replace("-", "−"))


def two_filters(book: Workbook, lesson: dict) -> tuple[str, ...]:
    """B2: the same band, two filters, two feature maps."""
    sheet = add_sheet(book, "B2 Two filters")
    pixels = image(sheet, TOP, lesson["band"], "B2_image", "image")
    _, first = filtering(pixels, KERNELS["horizontal edges"], TOP, "B2", "1")
    _, second = filtering(pixels, KERNELS["vertical edges"], first.bottom + 4, "B2", "2")
    return finish(sheet, second.bottom + 2, shape=f"{first.rows}×{first.columns}×2")


def six_by_six(book: Workbook, lesson: dict) -> tuple[str, ...]:
    """B3: one image, vertical edges and nine ones."""
    sheet = add_sheet(book, "B3 Six by six")
    pixels = image(sheet, TOP, lesson["six"], "B3_image", "image")
    taps, first = filtering(pixels, KERNELS["vertical edges"], TOP, "B3", "1")
    _, second = filtering(pixels, np.ones((3, 3), int), first.bottom + 4, "B3", "2")
    end = panel([pixels], [taps], first, second.bottom + 2, "B3")
    return finish(sheet, end + 2)


def four_by_four(book: Workbook, lesson: dict) -> tuple[str, ...]:
    """B4: sixteen pixels, nine weights, four results."""
    sheet = add_sheet(book, "B4 Four by four")
    pixels = image(sheet, TOP, lesson["four"], "B4_image", "image")
    taps, out = filtering(pixels, lesson["three_ones"], TOP, "B4")
    end = panel([pixels], [taps], out, pixels.bottom + 2, "B4")
    results = convolve2d(lesson["four"], lesson["three_ones"])
    return finish(sheet, end + 2, results=", ".join(map(str, results.ravel())))


def edges(book: Workbook, lesson: dict) -> tuple[str, ...]:
    """B5: a straight edge, and four blocks."""
    sheet = add_sheet(book, "B5 Edges")
    first = image(sheet, TOP, lesson["halves"], "B5_image1", "image 1")
    taps, out = filtering(first, KERNELS["vertical edges"], TOP, "B5", "1")
    second = image(sheet, first.bottom + 4, lesson["blocks"], "B5_image2", "image 2")
    filtering(second, KERNELS["horizontal edges"], second.row, "B5", "2")
    end = panel([first], [taps], out, second.bottom + 2, "B5", start=(0, 1))
    return finish(sheet, end + 2, strongest=convolve2d(lesson["halves"], KERNELS["vertical edges"]).max())
