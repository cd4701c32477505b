"""Deck 6: what the executed lesson has printed and drawn, and Grad-CAM step by step on one picture."""

from __future__ import annotations

import functools
import re

import numpy as np

from helpers import backbones, datasets, drawings, plots, visualize
from slides.computed.photos import cells, png
from slides.lesson_outputs import figure, printed

LESSON = "06"
NUMBER = r"-?\d[\d.,]*"
FIRST, MIDDLE, LAST = "stem_relu", "stage2_block2_out", "stage4_block1_out"
STAGES = (FIRST, "stage1_block1_out", MIDDLE, "stage3_block3_out", LAST)
METHODS = ("Grad-CAM", "saliency", "guided backpropagation", "edges")
PATCH = 32  # pixels of the gray square, as in the lesson
CORNERS = ((0, 0), (16, 48), (48, 48), (88, 48))  # where the lesson puts it
PARTS = ((225, 225, 225), (0, 114, 178), (240, 228, 66), (230, 159, 0), (0, 0, 0), (204, 121, 167))
PARTS = np.array([*PARTS, (86, 180, 233), (160, 60, 0)], np.uint8)  # a colour for each part


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    picture, target = explained()
    scores = logits()[picture]
    maps, _ = maps_and_gradients()
    found = {
        "logit_handbag": f"{scores[0]:+.1f}".replace("-", "−"),
        "logit_shoe": f"{scores[1]:+.1f}".replace("-", "−"),
        "said": names()[target],
        "filters": printed(LESSON, rf"^({NUMBER}) filters of"),
        "filter_shape": printed(LESSON, r"filters of (\d+×\d+×\d+);"),
        "brightness": printed(LESSON, rf"({NUMBER}) look mostly at brightness"),
        "colour": printed(LESSON, rf"({NUMBER}) mostly at colour"),
        "channels": str(maps.shape[-1]),
        "side": str(maps.shape[0]),
        "noise_mean": printed(LESSON, rf"channel's map: ({NUMBER}) for the picture made from noise"),
        "photo_mean": printed(LESSON, rf"^({NUMBER}) for the one of 500 test pictures"),
        "heat_handbag": printed(LESSON, r"heat for handbag +in the quarters of its class: (\d+% ± \d+%)"),
        "heat_shoe": printed(LESSON, r"heat for shoe +in the quarters of its class: (\d+% ± \d+%)"),
        "likeness": printed(LESSON, rf"occlusion and Grad-CAM, mean correlation +({NUMBER})$"),
        "best_part": printed(LESSON, r"best part detector +(\w+), IoU"),
        "best_iou": printed(LESSON, rf"best part detector +\w+, IoU ({NUMBER})"),
        "detectors": printed(LESSON, r"parts with a detector, trained and random +(\d+),"),
        "by_chance": printed(LESSON, r"parts with a detector, trained and random +\d+, (\d+)"),
        "accuracy": printed(LESSON, rf"^test accuracy: ({NUMBER}) before"),
        "ruined": printed(LESSON, rf"^test accuracy: {NUMBER} before, ({NUMBER}) after"),
    }
    for key, layer in {"first": FIRST, "middle": MIDDLE, "last": LAST}.items():
        found[f"{key}_shape"] = printed(LESSON, rf"^{layer} +(\d+ × \d+ × \d+)$")
    for word, key in (("largest logit", "photo"), ("from noise", "noise")):
        found[f"{key}_logits"] = " and ".join(
            printed(LESSON, rf"^{word}: +handbag {NUMBER}, shoe ({NUMBER})".replace("shoe (", end))
            for end in ("shoe (",)
        )
    return found


def figures() -> dict:
    """Draw the pictures of the deck."""
    return {}
