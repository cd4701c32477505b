"""Numbers and figures of deck 2: results of training come from the executed lesson."""

from __future__ import annotations

import re

import numpy as np
from matplotlib.text import Text

from helpers import convolution, drawings, plots
from slides import wall
from slides.lesson_outputs import figure, printed, text

CLASSIC = {
    "input": (28, 28, 1),
    "conv 1": (28, 28, 32),
    "pool 1": (14, 14, 32),
    "conv 2": (14, 14, 64),
    "pool 2": (7, 7, 64),
    "flatten": (7 * 7 * 64,),
    "dense 1": (128,),
    "dense 2": (10,),
}
MODERN = {
    "input": (28, 28, 1),
    "block 1": (14, 14, 16),
    "block 2": (7, 7, 64),
    "block 3": (3, 3, 128),
    "block 4": (3, 3, 96),
    "mean": (96,),
    "top": (10,),
}
NETWORKS = {"dense": "dense network", "basic CNN": "basic CNN", "modern CNN": "modern CNN"}


def counts() -> dict[str, int]:
    """Parameters of each layer of the basic CNN."""
    return {
        "conv 1": convolution.count_parameters(3, 1, 32),
        "conv 2": convolution.count_parameters(3, 32, 64),
        "dense 1": (7 * 7 * 64 + 1) * 128,
        "dense 2": (128 + 1) * 10,
    }


def key_number(name: str) -> str:
    """A line of the lesson's table of key numbers."""
    return printed("02", rf"^{re.escape(name)}  +(\S.*)$")


def images(part: str) -> int:
    """Number of pictures to train or to test."""
    return int(printed("02", rf"{part}(?:ing)? images: \((\d+), 28, 28\)"))


def histories() -> dict[str, dict[str, list[float]]]:
    """Learning curves of the three networks, read from the training logs in the order of their training."""
    number = r"(\d+\.\d+(?:e-\d+)?)"
    line = rf"accuracy: {number} - loss: {number} - val_accuracy: {number} - val_loss: {number}"
    epochs = re.findall(rf"Epoch (\d+)/\d+\s+\d+/\d+ - .*?{line}", text("02"))
    runs = []
    for epoch, *values in epochs:
        if epoch == "1":
            runs.append({key: [] for key in ("accuracy", "loss", "val_accuracy", "val_loss")})
        for key, value in zip(runs[-1], values, strict=True):
            runs[-1][key].append(float(value))
    return dict(zip(NETWORKS, runs, strict=True))


def values() -> dict[str, str]:
    """Numbers on the slides."""
    count = counts()
    total = sum(count.values())
    return {
        "train_images": f"{images('train'):,}",
        "test_images": f"{images('test'):,}",
        "dense_weights": key_number("parameters, dense network"),
        "dense_accuracy": key_number("test accuracy, dense network"),
        "basic_accuracy": key_number("test accuracy, basic CNN"),
        "modern_accuracy": key_number("test accuracy, modern CNN"),
        "conv_1": f"{count['conv 1']:,}",
        "conv_2": f"{count['conv 2']:,}",
        "dense_1": f"{count['dense 1']:,}",
        "dense_2": f"{count['dense 2']:,}",
        "basic_weights": f"{total:,}",
        "modern_weights": key_number("parameters, modern CNN"),
        "dense_share": f"{count['dense 1'] / total:.0%}",
        "flattened": f"{7 * 7 * 64}",
        "view_conv_1": f"{convolution.receptive_field([3])}",
        "view_conv_2": f"{convolution.receptive_field([3, (2, 2), 3])}",
        "view_pool_2": f"{convolution.receptive_field([3, (2, 2), 3, (2, 2)])}",
        "features": f"{MODERN['mean'][0]}",
        "flat_top": f"{np.prod(MODERN['block 4']) * 10:,}",
        "mean_top": f"{MODERN['mean'][0] * 10}",
        "seeds": printed("02", r"dense network, 8 epochs: (\S+ ± \S+) over 3 seeds"),
        "dense_basic": printed("02", r"^only the first is right on .*?: (p \S \S+)$"),
        "basic_modern": printed("02", r"modern CNN second: .*?: (p \S \S+)$"),
        "resemble": printed("02", r"^(\d+) of 32 filters still resemble"),
        "stronger": printed("02", r"^(\d+) of 32 filters are stronger than at the start"),
        "shoe_mistakes": printed("02", r"footwear: (\d+ mistakes? on \d+ pictures)"),
        **ablation(),
        **race(),
        "mistakes": printed("02", r"^(\d+) mistakes"),
        "among_tops": printed("02", r"mistakes, (\d+%) of them"),
        "hardest": printed("02", r"hardest class: (\w+)"),
        "hardest_found": printed("02", r"hardest class: \w+, (\d+%) of them"),
        "basic_calibration": printed("02", r"basic CNN: expected calibration error (\S+)"),
        "modern_calibration": printed("02", r"modern CNN: expected calibration error (\S+)"),
        "pixel_shoes": key_number("worn on the feet, from 100 pictures, pixels"),
        "base_shoes": key_number("worn on the feet, from 100 pictures, base"),
    }


def ablation() -> dict[str, str]:
    """Weights and accuracy in each row of the ablation."""
    rows = {
        "full": "three blocks",
        "no_norm": "without batch norm",
        "flat": "flatten, no mean",
        "two": "two blocks",
    }
    found = {}
    for key, name in (rows | {"basic_small": "basic CNN"}).items():
        found[key] = printed("02", rf"^{name} +\S+ parameters: (\S+ ± \S+)")
    for key, name in rows.items():
        found[f"{key}_weights"] = printed("02", rf"^{name} +(\S+) parameters: ")
    return found


def race() -> dict[str, str]:
    """Epochs to 25% training error in the three races, and the slope of tanh."""
    found = {}
    names = {"raw": "raw pixels, SGD", "adam": "raw pixels, Adam", "scaled": "scaled pixels, SGD"}
    for key, name in names.items():
        found[f"relu_{key}"] = printed("02", rf"^{name} +ReLU +(\S.*?) +tanh")
        found[f"tanh_{key}"] = printed("02", rf"^{name} +ReLU .*? tanh +(\S.*?)$")
    for key in ("raw", "scaled"):
        found[f"slope_{key}"] = printed("02", rf"^{key} pixels: mean slope .*? (\d\.\d+)$")
    return found


def figures() -> dict:
    """Figures on the slides."""
    return drawn() | from_the_lesson()


def drawn() -> dict:
    """Figures drawn from numbers."""
    shapes = {"classic_1": 3, "classic_2": 5, "classic_3": None}
    scores = {name: float(key_number(f"test accuracy, {full}")) for name, full in NETWORKS.items()}
    x = np.linspace(-4, 4, 201)
    return {
        "clothes": clothes(),
        **{
            name: plots.volumes(CLASSIC, shown=shown, alt="Layers as boxes.")
            for name, shown in shapes.items()
        },
        "weights": plots.bars(counts(), xlabel="parameters", alt="Parameters of each layer."),
        "view": wall.receptive_field_steps(
            [3, (2, 2), 3, (2, 2)], size=16, names=["conv 1", "pool 1", "conv 2", "pool 2"]
        ),
        "two_scores": plots.bars(
            dict(list(scores.items())[:2]),
            xlabel="test accuracy",
            number_format="{:.3f}",
            alt="Accuracy of two networks.",
        ),
        "mean": plots.volumes(MODERN, alt="Layers of the modern network as boxes."),
        "three_scores": plots.bars(
            scores, xlabel="test accuracy", number_format="{:.3f}", alt="Accuracy of three networks."
        ),
        "slopes": plots.curves(
            {
                "tanh": (x, 1 - np.tanh(x) ** 2),
                "ReLU": (x, np.where(x == 0, np.nan, x > 0)),  # none at the corner
            },
            xlabel="input x",
            ylabel="slope g'(x)",
            alt="The slopes of tanh and ReLU.",
        ),
        "curves": enlarged(
            plots.learning_curves(histories(), alt="Loss and accuracy of three networks."), 12.5
        ),
        "cut_1": plots.volumes(MODERN, cut=6, alt="The network cut before its top."),
        "cut_2": plots.volumes(
            MODERN | {"top": (1,)}, cut=6, parts=("kept", "new"), new=["top"], alt="The top is new."
        ),
    }


def clothes():
    """Three pictures of each class, drawn as in the lesson."""
    (images, labels), _ = drawings.fashion(n_train=30, n_test=10)
    # A class in each column.
    order = np.argsort(labels, kind="stable").reshape(10, 3).T.ravel()
    names = [*drawings.FASHION_CLASSES, *[""] * 20]
    picture = plots.image_grid(images[order], names, columns=10, size=1.1, alt="Thirty pictures of clothes.")
    return enlarged(picture, 12)


def enlarged(picture, points: float):
    """Write everything in a figure in one larger size."""
    for written in picture.findobj(Text):
        written.set_fontsize(points)
    return picture


def from_the_lesson() -> dict[str, bytes]:
    """Pictures of trained networks, from the executed lesson."""
    pictures = {
        "filters": "32 filters of 3 by 3 before training",
        "boot": "Feature maps of an ankle boot",
        "shuffled": "in random places",
        "shuffled_scores": "Four bars",
        "confusion": "Ten by ten counts",
        "worst": "Twelve test pictures",
        "reliability": "Share of right answers",
    }
    return {name: figure("02", alt) for name, alt in pictures.items()}
