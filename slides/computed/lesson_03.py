"""Numbers and figures of deck 3, on the drawn pictures: those of the executed lesson."""

from __future__ import annotations

import ast
import functools
import re

import numpy as np

from helpers import check, datasets, plots, training
from helpers.staff import course, notebooks
from slides import wall
from slides.computed import parts
from slides.lesson_outputs import printed

LESSON = "03"
SHOWN = 3  # training picture that the augmentation changes
COUNTS = (50, 200, 1_000, 10_000)
SIZES = (20, 50, 96)
VERSIONS, RECIPES = ("as taken", "nearer", "turned", "dark"), ("plain", "augmented")


@functools.cache
def data():
    """The drawn handbags and shoes, which the committed lesson shows."""
    return datasets.handbags_and_shoes("drawn", size=(128, 128))


def values() -> dict[str, str]:
    """Numbers of the deck, as text."""
    splits = data().splits
    counts = {side: np.bincount(split.labels) for side, split in splits.items()}
    told = {
        key: printed(LESSON, pattern)
        for key, pattern in {
            "right": r"^test: (\d+) of \d+ right",
            "accuracy": r"^this network: (0\.\d+),",
            "low": r"^this network: .* interval (0\.\d+) to",
            "high": r"^this network: .* to (0\.\d+)$",
            "weights": r"^([\d,]+) weights for \d+ training pictures",
            "unchanged": r"^augmented network on unchanged training pictures: (0\.\d+)$",
            "confidence": r"^mean confidence (0\.\d+)",
            "share_right": r"share of right answers (0\.\d+)$",
        }.items()
    }
    for name in VERSIONS:
        key = name.split()[0]
        row = printed(LESSON, rf"^gain, {name}: .* mean (.*)$")
        mean, low, high = re.findall(r"[+-]\d+\.\d", row)
        told |= {f"{key}_gain": mean, f"{key}_interval": f"{low} to {high}"}
        told |= {f"{key}_{recipe}": f"{result(f'{name}, {recipe}:')[0]:.3f}" for recipe in RECIPES}
    sides = {
        f"{side}_{name}": str(count)
        for side in splits
        for name, count in zip(data().class_names, counts[side], strict=True)
    }
    return {
        **told,
        **sides,
        "labelled": str(len(splits["train"].labels) + len(splits["validation"].labels)),
        "train": str(len(splits["train"].labels)),
        "validation": str(len(splits["validation"].labels)),
        "test": str(len(splits["test"].labels)),
        "credit": data().credits()[0],
        "seeds": printed(LESSON, r"^dark, plain: .* over (\d+) seeds"),
        **{f"q_{name}": parts.question(LESSON, name) for name in ("nearest", "interval", "harmful")},
        **{f"a_{name}": parts.answer(LESSON, name) for name in ("nearest", "interval", "harmful", "frames")},
    }


def figures() -> dict:
    """Figures of the deck."""
    train = data().train.images
    curves = parts.taken(LESSON, "Training accuracy climbs to 1")
    both = parts.taken(LESSON, "With augmentation the training accuracy")
    shown = pictures()
    return {
        "title": parts.sharp(plots.mosaic(train[:6], columns=6, width=6, gap=6, alt="six pictures")),
        "contact_sheet": parts.sharp(
            plots.mosaic(train[:40], columns=10, width=10, gap=4, alt="contact sheet")
        ),
        "twins": parts.taken(LESSON, "the training picture that is nearest to it"),
        "network": parts.sharp(network()),
        "accuracy": parts.piece(curves, 0.4, 1),
        "loss": parts.piece(curves, 0, 0.4),
        "one_run": one_run(),
        "test_sizes": test_sizes(),
        "kinds": parts.sharp(shown["\nkinds = {"]),
        "epochs": parts.sharp(epochs()),
        "borders": parts.sharp(shown['("constant", "reflect")']),
        "harm": parts.sharp(shown["tasks = {"]),
        "both": parts.piece(both, 0.4, 1),
        "seeds": intervals(
            {f"{name}, {recipe}": result(f"{name}, {recipe}:") for name in VERSIONS for recipe in RECIPES}
        ),
        "sources": parts.sharp(shown["\nsources = {"]),
        "sizes": intervals({f"{count} pictures": result(f"{count} pictures:") for count in SIZES}),
        "own": parts.taken(LESSON, "The sample. Judged as"),
        "mistakes": parts.two_rows(parts.taken(LESSON, "that the augmented network names wrongly")),
        "clips": parts.taken(LESSON, "Five frames from training clips"),
    }


def pictures() -> dict:
    """Draw those pictures of the lesson that take no training: a text in their cell, and the figure."""
    cells = notebooks.build_file(course.SOURCES / "03_handbags_vs_shoes.py").cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    found, names = {}, {"data": data(), "names": data().class_names}
    marks = ["import imageio_ffmpeg", "\nkinds = {", '("constant", "reflect")', "def sign(", "tasks = {"]
    for mark in [*marks, "def moved(", "\nsources = {"]:
        (written,) = [source for source in code if mark in f"\n{source}"]
        *body, last = ast.parse(written if "image_grid(" in written else f"{written}\nNone").body
        exec(compile(ast.Module(body, []), mark, "exec"), names)
        found[mark] = eval(compile(ast.Expression(last.value), mark, "eval"), names)
    return found


def network():
    """The network of the lesson as boxes, with the shape that each block hands on."""
    import keras

    cells = notebooks.build_file(course.SOURCES / "03_handbags_vs_shoes.py").cells
    (written,) = [cell.source for cell in cells if "def scratch_network(" in cell.source]
    names = {"keras": keras, "layers": keras.layers}
    exec(written, names)
    model = names["scratch_network"]()
    shapes = [layer.output.shape[1:] for layer in model.layers if isinstance(layer, keras.layers.ReLU)]
    boxes = [plots.Box(data().train.images[SHOWN], "128×128×3")]
    for height, width, channels in shapes:
        boxes.append(plots.Box(f"block\n{channels}", f"{height}×{width}×{channels}"))
    return plots.flow([*boxes, "dense\n32", "2\nclasses"], alt="the network from scratch")


def result(name):
    """Mean and interval of a line of runs, as `intervals` takes them."""
    found = parts.result(LESSON, name)
    return found.mean, found.low, found.high


def one_run():
    """The first test result, with its interval."""
    told = values()
    return intervals({"one run": tuple(float(told[key]) for key in ("accuracy", "low", "high"))})


def test_sizes():
    """Intervals of 0.6 for test sets of several sizes."""
    rows = {}
    for count in COUNTS:
        right = round(0.6 * count)
        rows[f"{count:,} test pictures"] = (right / count, *training.wilson_interval(right, count))
    return intervals(rows)


def intervals(rows):
    """Rows of a test accuracy and the ends of its interval, and a line for guessing."""
    ends = np.array(list(rows.values()))[:, 1:]
    return wall.dots(
        {name: {"accuracy": row} for name, row in rows.items()},
        xlabel="test accuracy, 95% interval",
        limits=(min(0.45, ends.min() - 0.03), max(0.75, ends.max() + 0.07)),
        chance=0.5,
        number_format="{:.3g}",
        alt="accuracies with their intervals",
    )


def epochs():
    """What the network sees of one picture in eight epochs."""
    import keras

    keras.utils.set_random_seed(4)
    eight = np.stack([data().train.images[SHOWN]] * 8).astype("float32")
    draws = np.asarray(check.random_changes()(eight, training=True)).astype(np.uint8)
    titles = [f"epoch {number}" for number in range(1, 9)]
    return plots.image_grid(draws, titles, columns=4, size=1.1, alt="one picture in eight versions")
