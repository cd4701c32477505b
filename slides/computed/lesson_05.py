"""Deck 5: what the executed lesson has measured, and pictures of a network whose blocks freeze and train."""

from __future__ import annotations

import re

import numpy as np

from helpers import drawings, plots
from slides import wall
from slides.computed.photos import left_part, png
from slides.lesson_outputs import figure, printed

LESSON = "05"
NUMBER = r"\d[\d.,]*"
BLOCKS = ("stem", "1", "2", "3", "4", "5", "6", "7", "top", "head")
SIDES = (
    28,
    28,
    14,
    7,
    4,
    4,
    2,
    2,
    2,
    1,
)  # of the maps, for pictures of 56 pixels; the head has none
FROZEN = ["frozen"] * (len(BLOCKS) - 1)
LAST = ["frozen"] * 6 + ["slow"] * 4  # stages 6 and 7, top, head
RATES = ("3e-05", "3e-04", "3e-03")
SEEDS = (1, 2)  # the highest rate has only the first
PICTURES = 480  # digits to learn from
LEFT, BATCHES = 0.99, 90  # of batch norm's stored mean after each batch; batches of that run
FEATURES = 1280  # of the network


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    everything = printed(LESSON, rf"network and head: +({NUMBER})$")
    trained_digits, trained_photos = zip(*(run("3e-04", seed) for seed in SEEDS), strict=True)
    return {
        "pictures": str(PICTURES),
        "features": f"{FEATURES:,}",
        "test_digits": printed(LESSON, rf"^only the first is right on {NUMBER} of ({NUMBER}) pictures"),
        "weights_each": f"{int(everything.replace(',', '')) // PICTURES:,}",
        "train_head": printed(LESSON, rf"head alone: +({NUMBER})$"),
        "train_all": everything,
        "before": percent(printed(LESSON, rf"^before ({NUMBER}), after")),
        "after": percent(printed(LESSON, rf"^before {NUMBER}, after ({NUMBER})$")),
        "head_only": printed(LESSON, rf"^only the first is right on ({NUMBER}) of"),
        "tuned_only": printed(LESSON, rf"^only the first is right on {NUMBER} of .*second on ({NUMBER}):"),
        "p": printed(LESSON, r"^only the first is right on .*: (p .*)$"),
        "same": printed(LESSON, r"^same answer as before: (\d+%) of"),
        "ratio": printed(LESSON, rf"fresh head {NUMBER}: ({NUMBER}) times as strong"),
        "norm_training": percent(printed(LESSON, rf"last epoch of training: +({NUMBER})$")),
        "norm_inference": percent(printed(LESSON, rf"the same digits, in inference mode: +({NUMBER})$")),
        "batches": str(BATCHES),
        "mean_left": percent(LEFT**BATCHES),
        "trained_digits": ", ".join(map(percent, trained_digits)),
        "trained_photos": ", ".join(map(percent, trained_photos)),
        "fresh_digits": percent(printed(LESSON, rf"^fresh head: digits ({NUMBER}), photos")),
        "fresh_photos": percent(printed(LESSON, rf"^fresh head: digits .*before ({NUMBER})$")),
    }


def figures() -> dict:
    """Draw the pictures of the deck."""
    return {
        "base": png(network({"": [*FROZEN, "frozen"]}, pictured=True)),
        "guesses": figure(LESSON, "each with the name that the network trained on"),
        "step_1": png(network({"": [*FROZEN, "trains"]}, pictured=True)),
        "step_2": png(network({"": ["slow"] * len(BLOCKS)}, pictured=True)),
        "schedule": figure(LESSON, "The learning rate rises in a straight line"),
        "curves": left_part(figure(LESSON, "four epochs of fine-tuning"), 0.84),  # without its legend
        "won": figure(LESSON, "and the tuned network reads"),
        "forgotten": figure(LESSON, "before and after the network was tuned"),
        "rates_0": rates(shown=0),
        "rates": rates(),
        "gradients": gradients(),
        "batch_norm": batch_norm(),
    }


def percent(share) -> str:
    """Write a share, such as "0.887", in per cent."""
    return f"{float(share):.0%}"


def run(rate: str, seed: int) -> tuple[float, float]:
    """Share of digits read and of photos named as before, after a run of the table of rates."""
    line = printed(LESSON, rf"^rate {rate}, seed {seed} +(digits {NUMBER} +photos as before {NUMBER}) ")
    digits, photos = map(float, re.findall(NUMBER, line))
    return digits, photos


def network(rows, *, pictured=False, named=True, **options):
    """Draw the network with the states of its blocks."""
    names = BLOCKS if named else [""] * len(BLOCKS)
    if pictured:
        options |= {"image": digit(), "answer": "3", "row_height": 2.1}
    words = ", ".join(title or " ".join(dict.fromkeys(states)) for title, states in rows.items())
    heights = np.sqrt(np.add(SIDES, 1))
    return plots.network_rows(
        rows,
        names,
        heights=heights,
        alt=f"A network as a row of blocks: {words}.",
        **options,
    )


def digit() -> np.ndarray:
    """Draw a three."""
    (images, labels), _ = drawings.digits(10, 10)
    return images[np.flatnonzero(labels == 3)[0]]


def rates(shown=None):
    """Draw digits read and photos named as before, for each rate and order of the pictures."""
    rows = {}
    for rate in RATES:
        for seed in SEEDS if rate != RATES[-1] else SEEDS[:1]:
            digits, photos = run(rate, seed)
            rows[f"rate {rate.replace('-0', '-')}, run {seed}"] = {
                "digits read": digits,
                "photos as before": photos,
            }
    return wall.dots(
        rows,
        xlabel="share",
        shown=shown,
        alt="Digits read and photos named as before, for three rates, one or two runs each.",
    )


def gradients():
    """Draw the length of the gradient behind a fresh and a trained head."""
    fresh = float(printed(LESSON, rf"fresh head ({NUMBER}): {NUMBER} times as strong"))
    trained = float(printed(LESSON, rf"^trained head ({NUMBER}), fresh"))
    return plots.bars(
        {"fresh head": fresh, "trained head": trained},
        xlabel="length of the gradient at the weights of the network",
        number_format="{:.2f}",
        alt="Two bars: the gradient into the network behind a fresh head and behind a trained one.",
    )


def batch_norm():
    """Draw how much of the pretrained mean is left after each batch."""
    count = np.arange(2 * BATCHES + 1)
    return plots.curves(
        {f"each batch leaves {percent(LEFT)}": (count, 100 * LEFT**count)},
        xlabel="batches seen in training mode",
        ylabel="pretrained mean left, %",
        alt="A falling curve: what is left of the stored mean, batch by batch.",
    )
