"""Deck 7: tables of architectures, where weights and work are, blocks, layers counted, the race."""

from __future__ import annotations

import re

from helpers import check, convolution, plots
from slides import lesson_outputs
from slides.lesson_outputs import figure, printed

LESSON = "07"
COUNT = r"[\d,]+"
VGG19 = [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]
BLOCKS = "plain inception residual bottleneck resnext dense separable inverted convnext".split()
NAMES = {"vgg": "VGG16", "res": "ResNet50", "den": "DenseNet121"}
# What race(epochs=10) gave in section 8 of the lesson, on the drawn clothes and one core: the seconds of the
# fastest of three runs over those of the plain block, the mean accuracy in %, and its standard deviation.
LONG_RACE = {
    "plain": (1.0, 87.3, 0.2),
    "inception": (1.6, 87.4, 0.4),  # the time is that of width 64
    "residual": (1.1, 86.7, 0.3),
    "dense": (1.8, 86.8, 0.6),
    "separable": (1.4, 87.0, 0.8),
    "inverted": (2.1, 87.5, 0.5),
    "convnext": (2.0, 85.4, 0.4),
}


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    lenet = [count for _, count in check.LENET.values()]
    large, small = (convolution.count_parameters(side, 64, 64, bias=False) for side in (7, 3))
    found = {
        "lenet_parameters": f"{sum(lenet):,}",
        "lenet_share": f"{max(lenet) / sum(lenet):.0%}",
        "alex_224": printed(LESSON, rf"^224: .* = ({COUNT}), "),
        "alex_227": printed(LESSON, rf"^227: .* = ({COUNT}), "),
        "alex_paper": printed(LESSON, rf"^the paper: ({COUNT}) = "),
        "alex_parameters": printed(LESSON, rf"^together +({COUNT}) +{COUNT}$"),
        "vgg16": printed(LESSON, rf"^VGG16: ({COUNT}) by hand"),
        "vgg19": printed(LESSON, rf"^VGG19: ({COUNT}) by hand"),
        "sees": "×".join(2 * [str(convolution.receptive_field([3, 3, 3]))]),
        "one_window": f"{large:,}",
        "three_windows": f"{3 * small:,}",
        "flat": printed(LESSON, rf"after flattening: ({COUNT}) parameters"),
        "pooled": printed(LESSON, rf"^after global average pooling: +({COUNT}) parameters"),
        "resnet34": printed(LESSON, rf"^ResNet-34: ({COUNT}) trainable"),
        "share": printed(LESSON, r"^share (0\.\d+), and"),
    }
    modules = re.findall(rf"192 maps become (\d+), ({COUNT})", lesson_outputs.text(LESSON))
    for name, (maps, work) in zip(("naive", "reduced"), modules, strict=True):
        found |= {f"{name}_maps": maps, f"{name}_work": work}
    for short, name in NAMES.items():
        row = printed(LESSON, rf"^{name} +((?:\d+ +){{3}}\d+)$").split()
        found |= {f"{short}_{letter}": count for letter, count in zip("abcd", row, strict=True)}
    return found


def figures() -> dict:
    """Draw the pictures of the deck."""
    return {
        "timeline": figure(LESSON, "Top-5 error by year"),
        "lenet": plots.volumes(
            {name: shape for name, (shape, _) in check.LENET.items()},
            alt="LeNet-5 as boxes.",
        ),
        "alexnet": alexnet(),
        "kernels": figure(LESSON, "rows of coloured noise"),
        "vgg": vgg(),
        "blocks": blocks(),
        "zoo": figure(LESSON, "Accuracy against work"),
        "race": figure(LESSON, "Test accuracy against seconds"),
        "longer": plots.bubbles(
            {name: (time, accuracy, 0) for name, (time, accuracy, _) in LONG_RACE.items()},
            bars={name: spread for name, (*_, spread) in LONG_RACE.items()},
            xlabel="time of training, plain block = 1",
            ylabel="test accuracy (%), mean ± standard deviation",
            title="drawn clothes: 3,000 pictures, ten epochs, three seeds",
            alt="Test accuracy against time of training after ten epochs.",
        ),
    }


def alexnet():
    """Compare the share of the dense layers in weights and in work."""
    line = printed(LESSON, r"^dense layers: (\d+% of the parameters, \d+% of the work)")
    weights, work = map(int, re.findall(r"\d+", line))
    return plots.bars(
        {"of the parameters": weights, "of the work": work},
        xlabel="share of the three dense layers (%)",
        number_format="{:.0f}%",
        alt="Shares of AlexNet's dense layers.",
    )


def vgg():
    """Show where VGG-19's weights are."""
    counts = [count for _, count in check.vgg_rows(VGG19)]
    parts = {"all convolutions": sum(counts[:-3])}
    parts |= {f"dense layer {n}": count for n, count in enumerate(counts[-3:], 1)}
    return plots.bars(
        {name: 100 * count / sum(counts) for name, count in parts.items()},
        xlabel="share of VGG-19's weights (%)",
        number_format="{:.1f}%",
        alt="Shares of VGG-19's weights.",
    )


def blocks():
    """Compare the work of nine blocks, as the lesson has counted it."""
    rows = re.findall(rf"^(\w+) +{COUNT} +({COUNT})$", lesson_outputs.text(LESSON), re.M)
    work = {name: int(count.replace(",", "")) for name, count in rows if name in BLOCKS}
    return plots.bars(
        {name: count / 1e6 for name, count in work.items()},
        xlabel="million multiply-adds",
        number_format="{:.1f}",
        alt="Multiply-adds of nine kinds of blocks.",
    )
