"""Deck 8: boxes, masks and key points, all from the executed lesson."""

from __future__ import annotations

from slides.lesson_outputs import figure, printed

LESSON = "08"
PICTURES = {
    "answers": "A drawn scene four times",
    "heat": "heat maps for handbag and shoe, by windows above",
    "detector": "through two new convolutions",
    "raw": "Most handbags and shoes have two or three boxes",
    "kept": "one box on every",
    "curve": "Precision against recall",
    "coffee": "A photo of a cup of coffee",
    "rcnn": "R-CNN",
    "checkerboard": "fours in a checkerboard",
    "unet": "skip connections lead from stage 2",
    "masks": "the true masks above",
    "points": "found by coordinates above",
}


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    return {
        "windows": printed(LESSON, r"^(\d+) windows, "),
        "pixels": printed(LESSON, r"^\d+ windows, together (\d\.\d) times"),
        "objects": printed(LESSON, r"^windows: .* of (\d+) objects$"),
        "found_by_windows": printed(LESSON, r"^windows: .* centre of (\d+) of"),
        "found_in_one_pass": printed(LESSON, r"^one pass: .* centre of (\d+) of"),
        "faster": printed(LESSON, r"^one pass is (\d+\.\d) times as fast"),
        "ap_handbag": printed(LESSON, r"^handbag .*AP@0\.5 (\d\.\d+)$"),
        "ap_shoe": printed(LESSON, r"^shoe .*AP@0\.5 (\d\.\d+)$"),
        "unet_iou": ", ".join(printed(LESSON, r"^IoU of the U-Net for .*: \[(.*)\]$").split()),
        "colour_iou": ", ".join(printed(LESSON, r"^by colour +\[(.*)\]$").split()),
        "closer": printed(LESSON, r"^heat maps are closer for (\d+ of \d+) shoes"),
        "by_coordinates": printed(LESSON, r"^coordinates +mean error +(\d+\.\d) pixels"),
        "by_heat": printed(LESSON, r"^heat maps +mean error +(\d+\.\d) pixels"),
    }


def figures() -> dict:
    """Take the pictures of the lesson."""
    return {name: figure(LESSON, alt) for name, alt in PICTURES.items()}
