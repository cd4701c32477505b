"""Deck 9: neighbours, cleaned photos, a painted cat and a game, all from the executed lesson."""

from __future__ import annotations

from slides.lesson_outputs import figure, printed

LESSON = "09"
PICTURES = {
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
        "new_before": printed(LESSON, r"^new kinds, all .* (\d\.\d+) before"),
        "new_after": printed(LESSON, r"^new kinds, all .* (\d\.\d+) after"),
        "one_before": printed(LESSON, r"^new kinds, one .* (\d\.\d+) before"),
        "one_after": printed(LESSON, r"^new kinds, one .* (\d\.\d+) after"),
        "interval": printed(LESSON, r"^gain .*interval (.+)$"),
        "gain_cat": printed(LESSON, r"^cat: (\S+ dB, better in .* tiles)"),
        "gain_motorcycle": printed(LESSON, r"^motorcycle: (\S+ dB, better in .* tiles)"),
        "doubled_cat": printed(LESSON, r"^cat: (bicubic .*)$"),
        "doubled_motorcycle": printed(LESSON, r"^motorcycle: (bicubic .*)$"),
        "at_random": printed(LESSON, r"^caught of 1,000: (\d+) at random"),
        "by_rules": printed(LESSON, r"^caught of 1,000: .* (\d+) by the rules"),
        "won": ", ".join(printed(LESSON, rf"^seed {seed}: (\d+) of 1,000") for seed in range(3)),
    }


def figures() -> dict:
    """Take the pictures of the lesson."""
    return {name: figure(LESSON, alt) for name, alt in PICTURES.items()}
