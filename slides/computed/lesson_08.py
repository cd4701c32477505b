"""Deck 8: boxes, masks and key points, all from the executed lesson."""

from __future__ import annotations

from slides.lesson_outputs import figure, printed

LESSON = "08"
PICTURES = {
    "answers": "A drawn scene four times",
    "heat": "heat maps for handbag and shoe, by windows",
    "detector": "through two new convolutions",
    "raw": "Most handbags and shoes have several boxes",
    "kept": "one box on nearly every",
    "curve": "Precision by recall",
    "coffee": "A photo of a cup of coffee",
    "rcnn": "R-CNN",
    "checkerboard": "in a checkerboard",
    "unet": "maps of 48, 24 and 12 places",
    "masks": "the known masks above",
    "points": "found by coordinates above",
}


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    return {
        "windows": printed(LESSON, r"^(\d+) windows, "),
        "pixels": printed(LESSON, r"^\d+ windows, (\d\.\d) times"),
        "faster": printed(LESSON, r"^one pass is (\d+\.\d) times as fast"),
        "ap_handbag": printed(LESSON, r"^handbag .*AP@0\.5 (\d\.\d+)$"),
        "ap_shoe": printed(LESSON, r"^shoe .*AP@0\.5 (\d\.\d+)$"),
        "by_coordinates": printed(LESSON, r"^coordinates +mean error +(\d+\.\d) pixels"),
        "by_heat": printed(LESSON, r"^heat maps +mean error +(\d+\.\d) pixels"),
    }


def figures() -> dict:
    """Take the pictures of the lesson."""
    return {name: figure(LESSON, alt) for name, alt in PICTURES.items()}
