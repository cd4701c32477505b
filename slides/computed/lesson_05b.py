"""Deck 5b: three ways of reuse, which layers train, a stack of filters and a filter in whole numbers."""

from __future__ import annotations

import re

from helpers import convolution, datasets, plots
from slides import wall
from slides.computed.lesson_05 import BLOCKS, FROZEN, LAST, NUMBER, PICTURES, network, percent
from slides.computed.photos import png
from slides.lesson_outputs import figure, printed

LESSON = "05b"
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
STACK = (3, 3, 3)
CHANNELS = 64


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    trains = r"+[\d,]+ weights of the network train, +(\d+)%$"
    found = {
        "pictures": str(PICTURES),
        "share_last": printed(LESSON, f"^last blocks {trains}") + "%",
        "share_all": printed(LESSON, f"^all blocks {trains}") + "%",
        "stack_share": percent(stack_weights() / one_layer_weights()),
        "stack_sees": str(convolution.receptive_field(STACK)),
        "file_mb": printed(LESSON, rf"^as it is +({NUMBER}) MB"),
        "small_mb": printed(LESSON, rf"^quantised +({NUMBER}) MB"),
        "same_label": printed(LESSON, rf"^quantised .*same label for ({NUMBER})%"),
        "guide_accuracy": percent(printed(LESSON, rf"^quantised +accuracy ({NUMBER}),")),
    }
    number = r"-?\d+\.\d+"
    lines = printed(LESSON, rf"((?:^ +{number} +≈ .*\n)+)").splitlines()
    for place, line in enumerate(lines[:3], 1):
        weight, scale, whole, product = re.findall(rf"{number}|-?\d+", line)
        found |= {"scale": scale, f"weight_{place}": weight, f"number_{place}": whole}
        found[f"product_{place}"] = product
    return found


def figures() -> dict:
    """Draw the pictures of the deck."""
    found = {
        "targets": figure(LESSON, "above five white digits"),
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
        limits=(0.4, 1),
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
        runs = {}
        pattern = rf"^ *(head|last blocks|all blocks)(?: \(seed \d\))? ({NUMBER}\d)"
        for way, accuracy in re.findall(pattern, lines, re.MULTILINE):
            runs.setdefault(way, []).append(float(accuracy))
        rows[title] = {
            way: found[0] if len(found) == 1 else (sum(found) / len(found), min(found), max(found))
            for way, found in runs.items()
        }
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
