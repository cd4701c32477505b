"""Deck 9: neighbours, cleaned photos, a painted cat and a game, all from the executed lesson."""

from __future__ import annotations

import re

from slides.lesson_outputs import figure, printed, text

LESSON = "09"
PICTURES = {
    "hook": "the same photo without it",
    "game": "Three screens of a game",
    "neighbours": "each with its four nearest pictures",
    "noisy": "clean above and noisy below",
    "cleaned": "after non-local means, after the network",
    "levels": "PSNR against the strength",
    "doubled": "enlarged by bicubic",
    "painted": "more and more painted, after",
    "learning": "The share of balls caught",
    "looked": "the Grad-CAM of each",
}


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    return {
        "before": printed(LESSON, r"^recall@1: (\d\.\d+) before"),
        "after": printed(LESSON, r"^recall@1: .* (\d\.\d+) after"),
        "new_before": printed(LESSON, r"^before +(\d\.\d+) "),
        "one_before": printed(LESSON, r"^before +\d\.\d+ +(\d\.\d+)"),
        "new_after": _range(r"(\d\.\d+) "),
        "one_after": _range(r"\d\.\d+ +[-+]\S+ \(.*?\) +(\d\.\d+)"),
        "gain_cat": printed(LESSON, r"^cat +(\S+ dB) over non-local"),
        "gain_motorcycle": printed(LESSON, r"^motorcycle +(\S+ dB) over non-local"),
        "doubled_cat": printed(LESSON, r"^cat +(\S+ dB over bicubic, better in .* tiles)"),
        "doubled_motorcycle": printed(LESSON, r"^motorcycle +(\S+ dB over bicubic, better in .* tiles)"),
        "at_random": printed(LESSON, r"^caught: (.+?) at random"),
        "by_rules": printed(LESSON, r"^caught: .*, (.+) by the rules"),
        "won": ", ".join(printed(LESSON, rf"^seed {seed}: caught from (\d+) of") for seed in range(3)),
    }


def _range(pattern):
    """Write the least and the largest of the five numbers after training."""
    found = sorted(re.findall(rf"^seed \d +{pattern}", text(LESSON), re.MULTILINE))
    return f"{found[0]} to {found[-1]}"


def figures() -> dict:
    """Take the pictures of the lesson."""
    return {name: figure(LESSON, alt) for name, alt in PICTURES.items()}
