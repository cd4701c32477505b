"""Deck 5: what the executed lesson has measured, and pictures of a network whose blocks freeze and train."""

from __future__ import annotations

import re

import numpy as np

from helpers import convolution, datasets, drawings, plots
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
SEEDS = (1, 2)
WAYS = {
    "1 architecture only": "architecture only",
    "2 features and a head": "features and head",
    "3 weights, tuned": "weights, tuned",
}
FIELDS = {
    "16 handbags and shoes": "alike, 16 pictures",
    "96 handbags and shoes": "alike, 96 pictures",
    "48 digits": "unlike, 48 pictures",
    "480 digits": "unlike, 480 pictures",
}
PICTURES = 480  # digits to learn from
LEFT, BATCHES = 0.99, 120  # of batch norm's stored mean after each batch; batches of that run
FEATURES = 1280  # of the network
STACK = (3, 3, 3)
CHANNELS = 64


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    everything = printed(LESSON, rf"network and head: +({NUMBER})$")
    found = {
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
        "same": percent(printed(LESSON, rf"^same answer as before: ({NUMBER}) of")),
        "ratio": printed(LESSON, rf"fresh head {NUMBER}: ({NUMBER}) times as strong"),
        "norm_training": percent(printed(LESSON, rf"last epoch of training: +({NUMBER})$")),
        "norm_use": percent(printed(LESSON, rf"the same digits, in use: +({NUMBER})$")),
        "batches": str(BATCHES),
        "mean_left": percent(LEFT**BATCHES),
        "stack_share": percent(stack_weights() / one_layer_weights()),
        "stack_sees": str(convolution.receptive_field(STACK)),
        "file_mb": printed(LESSON, rf"^as it is +({NUMBER}) MB"),
        "small_mb": printed(LESSON, rf"^quantised +({NUMBER}) MB"),
        "same_label": printed(LESSON, rf"^quantised .*same label for ({NUMBER})%"),
        "guide_accuracy": percent(printed(LESSON, rf"^Keras +accuracy ({NUMBER})$")),
    }
    for seed in SEEDS:
        digits, photos = run("3e-04", seed)
        fresh = rf"^fresh head, seed {seed}: digits"
        found |= {
            f"trained_digits_{seed}": percent(digits),
            f"trained_photos_{seed}": percent(photos),
            f"fresh_digits_{seed}": percent(printed(LESSON, rf"{fresh} ({NUMBER}), photos")),
            f"fresh_photos_{seed}": percent(printed(LESSON, rf"{fresh} .*before ({NUMBER})$")),
        }
    return found


def figures() -> dict:
    """Draw the pictures of the deck."""
    found = {
        "base": png(network({"": [*FROZEN, "frozen"]}, pictured=True)),
        "guesses": figure(LESSON, "each with the name that ImageNet's network gives it"),
        "step_1": png(network({"": [*FROZEN, "trains"]}, pictured=True)),
        "step_2": png(network({"": ["slow"] * len(BLOCKS)}, pictured=True)),
        "curves": left_part(figure(LESSON, "four epochs of fine-tuning"), 0.7),  # without its legend
        "won": figure(LESSON, "and the tuned network reads"),
        "forgotten": figure(LESSON, "before and after the network was tuned"),
        "rates_0": rates(shown=0),
        "rates": rates(),
        "gradients": gradients(),
        "batch_norm": batch_norm(),
        "ways": three_ways(),
        "ways_measured": ways_measured(),
        "table": two_by_two(),
        "fields": fields(),
        "weights": weights(),
        "guide": png(guide()),
    }
    for depth in range(1, len(STACK) + 1):
        found[f"field_{depth}"] = wall.receptive_field_grids(STACK, depth)
    return found


def percent(share) -> str:
    """Write a share, such as "0.887", in per cent."""
    return f"{float(share):.0%}".replace("%", " %")


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
        for seed in SEEDS:
            digits, photos = run(rate, seed)
            rows[f"rate {rate.replace('-0', '-')}, run {seed}"] = {
                "digits read": digits,
                "photos as before": photos,
            }
    return wall.dots(
        rows,
        xlabel="share",
        shown=shown,
        alt="Digits read and photos named as before, for three rates and two runs each.",
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


def three_ways():
    """Draw the three ways to reuse a network."""
    rows = {
        "1 the architecture only": ["random"] * len(BLOCKS),
        "2 the features, and a head": [*FROZEN, "trains"],
        "3 the weights, tuned": ["slow"] * len(BLOCKS),
    }
    return network(rows, row_height=0.72)


def ways_measured():
    """Draw the accuracy of each way, and in its name the seconds that it took."""
    rows = {}
    for name, title in WAYS.items():
        line = printed(LESSON, rf"^{name} +({NUMBER} in +{NUMBER}) s$")
        accuracy, seconds = map(float, line.split(" in "))
        rows[f"{title}, {seconds:.0f} s"] = {"digits read": accuracy}
    return wall.dots(
        rows,
        xlabel=f"test accuracy, trained on the same {PICTURES} digits",
        limits=(0.5, 1),
        number_format="{:.3f}",
        alt="Test accuracy of three ways of reuse.",
    )


def two_by_two():
    """Draw which blocks to train for few or many pictures, alike or unlike."""
    rows = {
        "few pictures, alike: a linear head": [*FROZEN, "trains"],
        "few, unlike: an earlier stage too": [*FROZEN[:-2], "unused", "unused", "trains"],
        "many, alike: the last layers": LAST,
        "many, unlike: many layers, or all": ["slow"] * len(BLOCKS),
    }
    return network(rows, columns=2, row_height=0.95, named=False)


def fields():
    """Draw accuracy by what is trained, for two targets and few or many pictures."""
    rows = {}
    for name, title in FIELDS.items():
        lines = printed(LESSON, rf"^{name}: (head {NUMBER}\n(?:    .*\n)+)")
        found = re.findall(rf"^ *(head|last blocks|all blocks) ({NUMBER}\d)", lines, re.MULTILINE)
        rows[title] = {way: float(accuracy) for way, accuracy in found}
    return wall.dots(
        rows,
        xlabel="test accuracy",
        limits=(0.4, 1),
        alt="Test accuracy of a head and of tuning the last blocks or all, for targets alike and unlike.",
    )


def stack_weights() -> int:
    """Weights of the stack, without biases."""
    return sum(convolution.count_parameters(side, CHANNELS, CHANNELS, bias=False) for side in STACK)


def one_layer_weights() -> int:
    """Weights of one layer that sees as far as the stack."""
    side = convolution.receptive_field(STACK)
    return convolution.count_parameters(side, CHANNELS, CHANNELS, bias=False)


def weights():
    """Compare the weights of the stack with those of one large layer."""
    return plots.bars(
        {
            "three layers 3×3, three ReLUs": stack_weights(),
            "one layer 7×7, one ReLU": one_layer_weights(),
        },
        xlabel=f"weights, {CHANNELS} channels in and out",
        alt="Two bars: three layers of 3 by 3 have little more than half of the weights of one of 7 by 7.",
    )


def guide():
    """Show some of the pictures that the file for the phone judges."""
    test = datasets.handbags_and_shoes("drawn", size=(128, 128)).test
    return plots.image_grid(
        test.images[[10, 37, 96, 155]],
        columns=2,
        size=1.1,
        alt="Four exhibits: two handbags and two shoes.",
    )
