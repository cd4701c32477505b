"""Deck 5: what the executed lesson has measured, and pictures of a network whose blocks freeze and train."""

from __future__ import annotations

import contextlib
import functools
import math
import re

import numpy as np

from helpers import backbones, convolution, datasets, drawings, plots
from slides.computed.photos import left_part, png
from slides.lesson_outputs import figure, printed

LESSON = "05"
NUMBER = r"\d[\d.,]*"
# The trainings of section 2, as the lesson prints them, and as the slide calls them.
TRIALS = {
    "as in section 1": "head first, low rate",
    "rate × 10": "rate × 10",
    "fresh head": "fresh head, high rate",
    "batch norm trains": "batch norm trains",
}
WAYS = {
    "1 architecture": "architecture only",
    "2 features, head": "features and head",
    "3 tune last block": "tune the last block",
    "3 tune all blocks": "tune all blocks",
}
TARGETS = {
    ("handbags, shoes", 16): "alike, 16 pictures",
    ("handbags, shoes", 96): "alike, 96 pictures",
    ("clothes", 20): "unlike, 20 pictures",
    ("clothes", 960): "unlike, 960 pictures",
}
RATES = {"high_high": "high for both", "low_low": "low for both", "low_high": "low, high"}
MOMENTA = {"mini_resnet": 0.97, "the usual ImageNet networks": 0.99}  # of batch norm's stored mean
BATCH, EPOCHS = 8, 3  # of the trainings of section 2
STACK = (3, 3, 3)
CHANNELS = 64
GARMENTS = (0, 1, 2, 3, 4, 6)  # the old skill: all clothes but footwear and bags
SHOE = 37  # a test picture


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    found = {
        "pictures": printed(LESSON, rf"^({NUMBER}) training pictures;"),
        "weights_each": printed(LESSON, rf"has ({NUMBER}) weights for each"),
        "ratio": printed(LESSON, rf"on average ({NUMBER}) times as large"),
        "old_accuracy": percent(old_accuracy()),
        "batches": str(batches()),
        "mean_left": percent(MOMENTA["mini_resnet"] ** batches()),
        "stack_share": percent(stack_weights() / one_layer_weights()),
        "stack_sees": str(convolution.receptive_field(STACK)),
        "file_mb": printed(LESSON, rf"^as it is +({NUMBER}) MB"),
        "small_mb": printed(LESSON, rf"^quantised +({NUMBER}) MB"),
        "same_label": printed(LESSON, rf"^quantised .*same label for ({NUMBER})%"),
        "guide_accuracy": percent(printed(LESSON, rf"test accuracy of the guide: ({NUMBER})")),
    }
    for name, count in zip(("head", "last", "late", "all"), (row[1] for row in steps()), strict=True):
        found[f"train_{name}"] = f"{count:,}"
    for key, name in RATES.items():
        found[f"{key}_new"] = percent(printed(LESSON, rf"^{name} +new task ({NUMBER}), old task"))
        found[f"{key}_old"] = percent(printed(LESSON, rf"^{name} +new task {NUMBER}, old task ({NUMBER})$"))
    return found


def figures() -> dict:
    """Draw the pictures of the deck."""
    rows = trials()
    found = {
        "base": png(network({"": ["frozen"] * len(blocks())}, pictured=True)),
        "curves": left_part(figure(LESSON, "the head alone up to epoch 4"), 0.745),  # without its legend
        "gradients": gradients(),
        "clothes": png(garments()),
        "batch_norm": batch_norm(),
        "ways": three_ways(),
        "ways_measured": ways_measured(),
        "table": two_by_two(),
        "frozen_measured": frozen_measured(),
        "two_rates": network({"": ["slow"] * (len(blocks()) - 1) + ["trains"]}, row_height=1.1),
        "weights": weights(),
        "seen": png(seen()),
        "guide": png(guide()),
    }
    for number, (states, _) in enumerate(steps(), start=1):
        found[f"step_{number}"] = png(network({"": states}, pictured=True))
    for shown in (0, 1, 2, 4):
        found[f"trials_{shown}"] = plots.dots(
            rows,
            xlabel="test accuracy after three epochs",
            shown=shown,
            number_format="{:.2f}",
            alt=f"Test accuracy on the new and on the old task, the first {shown} of four trainings.",
        )
    for depth in range(1, len(STACK) + 1):
        found[f"field_{depth}"] = plots.receptive_field_grids(STACK, depth)
    return found


def percent(share) -> str:
    """Write a share, such as "0.887", in per cent."""
    return f"{float(share):.0%}".replace("%", " %")


def old_accuracy() -> str:
    """Accuracy of the old head on features of the untouched base."""
    return printed(LESSON, rf"untouched base and the old head: ({NUMBER})")


@functools.cache
def base():
    """Load the network of the course."""
    return backbones.headless("mini_resnet")


@functools.cache
def pictures():
    """Load handbags and shoes."""
    return datasets.handbags_and_shoes("drawn", size=(128, 128))


@functools.cache
def blocks() -> tuple:
    """Name each block by its stage, with the side of its maps; the head comes last."""
    found = []
    for block in backbones.blocks(base()):
        side = base().get_layer(block.layers[-1]).output.shape[1]
        stage = re.match(r"stage(\d)", block.name)
        found.append((stage[1] if stage else "stem", side))
    return (*found, ("head", 6))


def network(rows, *, pictured=False, named=True, **options):
    """Draw the network with the states of its blocks."""
    names, sides = zip(*blocks(), strict=True)
    if not named:
        names = [name if name.isdigit() else "" for name in names]
    if pictured:
        options |= {"image": pictures().test.images[SHOE], "answer": "shoe", "row_height": 2.1}
    words = ", ".join(title or " ".join(dict.fromkeys(states)) for title, states in rows.items())
    heights = np.sqrt(sides)
    return plots.network_rows(
        rows, names, heights=heights, alt=f"A network as a row of blocks: {words}.", **options
    )


@functools.cache
def steps() -> list:
    """The states of all blocks and the number of weights that train, from the head alone to all of it."""
    units = len(pictures().class_names)
    head = base().output.shape[-1] * units + units
    names = [block.name for block in backbones.blocks(base())]
    found = [(["frozen"] * len(names) + ["trains"], head)]
    for first in ("stage4_block1", "stage3_block1", "stem"):
        with contextlib.redirect_stdout(None):
            backbones.unfreeze(base(), first)
        frozen = names.index(first)
        count = head + sum(math.prod(weight.shape) for weight in base().trainable_weights)
        found.append((["frozen"] * frozen + ["slow"] * (len(names) - frozen + 1), count))
    return found


def gradients():
    """Draw the length of the gradient behind fresh and trained heads."""
    found = {}
    for kind in ("fresh", "trained"):
        lengths = printed(LESSON, rf"^{kind} head: +(.+)$").split()
        found |= {f"{kind} head {n}": float(length) for n, length in enumerate(lengths, start=1)}
    return plots.bars(
        found,
        xlabel="length of the gradient at the weights of the base",
        number_format="{:.2f}",
        alt="Bars: the gradient into the base behind three fresh heads and behind three trained ones.",
    )


def garments():
    """Show one drawing of each garment of the old skill."""
    (images, labels), _ = drawings.fashion(10, 10)
    picked = [int(np.flatnonzero(labels == kind)[0]) for kind in GARMENTS]
    names = [drawings.FASHION_CLASSES[kind] for kind in GARMENTS]
    alt = f"Six small grey pictures of clothes: {', '.join(names)}."
    return plots.image_grid(images[picked], names, columns=3, size=1.1, alt=alt)


def trials() -> dict:
    """Accuracy on the new and the old task after each training of section 2."""
    found = {}
    for name, title in TRIALS.items():
        new, old = printed(LESSON, rf"^{name} +({NUMBER} +{NUMBER}) +-?{NUMBER}$").split()
        found[title] = {"new task": float(new), "old task": float(old)}
    return found


def batches() -> int:
    """Count the batches of one training of section 2."""
    return EPOCHS * math.ceil(len(pictures().train.labels) / BATCH)


def batch_norm():
    """Draw how much of the pretrained mean is left after each batch."""
    count = np.arange(2 * batches() + 1)
    lines = {
        f"{name}: each batch leaves {percent(left)}": (count, 100 * left**count)
        for name, left in MOMENTA.items()
    }
    return plots.curves(
        lines,
        xlabel="batches seen in training mode",
        ylabel="pretrained mean left, %",
        alt="Two falling curves: what is left of the stored mean, batch by batch.",
    )


def three_ways():
    """Draw the three ways to reuse a network."""
    count = len(blocks())
    rows = {
        "1 the architecture only": ["random"] * count,
        "2 the features, and a head": ["frozen"] * (count - 1) + ["trains"],
        "3 the weights, tuned": ["slow"] * count,
    }
    return network(rows, row_height=0.72)


def ways_measured():
    """Draw accuracy and interval of each way, and in its name the seconds that it took."""
    rows = {}
    for name, title in WAYS.items():
        line = printed(LESSON, rf"^{name} +({NUMBER} \({NUMBER} to {NUMBER}\) in +{NUMBER}) s$")
        *accuracy, seconds = map(float, re.findall(NUMBER, line))
        rows[f"{title}, {seconds:.0f} s"] = {"accuracy": tuple(accuracy)}
    return plots.dots(
        rows,
        xlabel="test accuracy and 95 % interval",
        limits=(0.3, 1.02),
        chance=1 / len(pictures().class_names),
        number_format="{:.2f}",
        alt="Test accuracies of four ways of reuse with their intervals, and the seconds each took.",
    )


def two_by_two():
    """Draw which blocks to train for few or more pictures, alike or unlike."""
    count = len(blocks())
    rows = {
        "few pictures, alike: a linear head": ["frozen"] * (count - 1) + ["trains"],
        "few, unlike: an earlier stage too": ["frozen"] * (count - 2) + ["unused", "trains"],
        "more, alike: the last layers": ["frozen"] * (count - 3) + ["slow"] * 3,
        "more, unlike: many layers": ["slow"] * count,
    }
    return network(rows, columns=2, row_height=0.95, named=False)


def frozen_measured():
    """Draw accuracy by what is trained, for two targets and few or more pictures."""
    ways = ("head, stage 3", "head, stage 4", "last block", "all blocks")
    rows = {}
    for (target, number), title in TARGETS.items():
        line = printed(LESSON, rf"^{target} +{number} +(\d[\d. ]+)$")
        rows[title] = dict(zip(ways, map(float, line.split()), strict=True))
    return plots.dots(
        rows,
        xlabel="test accuracy",
        limits=(0, 1),
        alt="Test accuracy of two heads and of tuning one block or all, for targets alike and unlike.",
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
        {"three layers 3×3, three ReLUs": stack_weights(), "one layer 7×7, one ReLU": one_layer_weights()},
        xlabel=f"weights, {CHANNELS} channels in and out",
        alt="Two bars: three layers of 3 by 3 have little more than half of the weights of one of 7 by 7.",
    )


def seen():
    """Draw what the middle value of each block sees, as squares on a picture."""
    path, squares = [], {}
    for layer in base().layers:
        if type(layer).__name__ == "Conv2D" and "shortcut" not in layer.name:
            path.append((layer.kernel_size[0], layer.strides[0]))
            if not layer.name.endswith("conv1"):
                block = layer.name.rsplit("_", 1)[0].replace("_block", ", block ").replace("stage", "stage ")
                squares[block] = convolution.receptive_field(path)
    labels = [f"{side}×{side}   {block}" for block, side in squares.items()]
    return plots.squares_on_image(
        pictures().test.images[SHOE],
        list(squares.values()),
        labels,
        alt="A picture of a shoe with squares around its middle: what one value behind each block sees.",
    )


def guide():
    """Show some of the pictures that the file for the phone judges."""
    test = pictures().test
    return plots.image_grid(
        test.images[[10, 37, 96, 155]], columns=2, size=1.1, alt="Four exhibits: two handbags and two shoes."
    )
