"""Numbers and figures of deck 3, on the drawn pictures: those of the executed lesson."""

from __future__ import annotations

import functools

import numpy as np

from helpers import check, datasets, drawings, photos, plots, training
from helpers.staff import course, notebooks
from slides import wall
from slides.computed import parts
from slides.lesson_outputs import printed

LESSON = "03"
SHOWN = 3  # training picture that the augmentation changes
COUNTS = (50, 200, 1_000, 10_000)


@functools.cache
def data():
    """The drawn handbags and shoes, which the committed lesson shows."""
    return datasets.handbags_and_shoes("drawn", size=(128, 128))


def values() -> dict[str, str]:
    """Numbers of the deck, as text."""
    splits = data().splits
    counts = {side: np.bincount(split.labels) for side, split in splits.items()}
    plain, augmented = (parts.result(LESSON, name) for name in ("plain:", "augmented:"))
    test = {
        key: printed(LESSON, pattern)
        for key, pattern in {
            "right": r"^test: (\d+) of \d+ right",
            "accuracy": r"^test: \d+ of \d+ right, (0\.\d+)",
            "low": r"^95 % interval: (0\.\d+) to",
            "high": r"^95 % interval: 0\.\d+ to (0\.\d+)$",
            "weights": r"^([\d,]+) weights for \d+ training pictures",
            "black": r"^black corners +(\d+\.\d)% of the pixels",
            "unchanged": r"^augmented network on unchanged training pictures: (0\.\d+)$",
            "p_first": r"^seed 0: .* p = (0\.\d+)$",
            "confidence": r"^mean confidence (0\.\d+)",
            "share_right": r"share of right answers (0\.\d+)$",
        }.items()
    }
    sides = {
        f"{side}_{name}": str(count)
        for side in splits
        for name, count in zip(data().class_names, counts[side], strict=True)
    }
    return {
        **test,
        **sides,
        "labelled": str(len(splits["train"].labels) + len(splits["validation"].labels)),
        "train": str(len(splits["train"].labels)),
        "validation": str(len(splits["validation"].labels)),
        "test": str(len(splits["test"].labels)),
        "name": data().name,
        "licence": data().licence,
        "copy_bits": str(bits_apart()[1]),
        "plain_mean": f"{plain.mean:.2f}",
        "augmented_mean": f"{augmented.mean:.2f}",
        "gain": printed(LESSON, r"^augmented minus plain: ([+-]\d+\.\d) points"),
        "seeds": printed(LESSON, r"^augmented: .* over (\d+) seeds"),
        **{f"q_{name}": parts.question(LESSON, name) for name in ("leak", "interval", "harmful")},
        **{f"a_{name}": parts.answer(LESSON, name) for name in ("leak", "interval", "harmful", "frames")},
    }


def figures() -> dict:
    """Figures of the deck."""
    train = data().train.images
    curves = parts.taken(LESSON, "Training accuracy climbs to 1")
    both = parts.taken(LESSON, "With augmentation, training accuracy")
    wrong, right = turned()
    return {
        "title": parts.sharp(plots.mosaic(train[:6], columns=6, width=6, gap=6, alt="six pictures")),
        "contact_sheet": parts.sharp(
            plots.mosaic(train[:40], columns=10, width=10, gap=4, alt="contact sheet")
        ),
        "sources": parts.sharp(sources()),
        "hashes": parts.sharp(hashes()),
        "network": parts.sharp(network()),
        "accuracy": parts.piece(curves, 0.4, 1),
        "loss": parts.piece(curves, 0, 0.4),
        "one_run": one_run(),
        "test_sizes": test_sizes(),
        "kinds": parts.sharp(kinds()),
        "epochs": parts.sharp(epochs()),
        "black": parts.sharp(plots.image_grid(wrong, columns=4, size=1.6, alt="black corners")),
        "reflected": parts.sharp(plots.image_grid(right, columns=4, size=1.6, alt="reflected corners")),
        "six": parts.sharp(six()),
        "both": parts.piece(both, 0.4, 1),
        "covered": parts.sharp(plots.image_grid(covered(train[:8]), columns=4, size=1.5, alt="covered")),
        "seeds": parts.taken(LESSON, "Test accuracies of five seeds each"),
        "sizes": sizes(),
        "own": parts.taken(LESSON, "The sample. Judged as"),
        "mistakes": parts.two_rows(parts.taken(LESSON, "that the augmented network names wrongly")),
        "clips": parts.sharp(clips()),
    }


def sources():
    """Two training pictures and where they come from."""
    shown = [2, SHOWN]
    titles = [data().sources["train"][number] for number in shown]
    return plots.image_grid(data().train.images[shown], titles, columns=2, size=1.7, alt="two pictures")


@functools.cache
def copies():
    """A training picture, a lighter copy with noise, and another shoe; the copy is that of the lesson."""
    one = data().train.images[5]
    noise = np.random.default_rng(0).normal(0, 4, one.shape)
    return [one, np.clip(1.1 * one + 12 + noise, 0, 255).astype(np.uint8), data().train.images[SHOWN]]


def bits_apart() -> list[int]:
    """In how many of 64 bits each of `copies` differs from the first."""
    found = [photos.perceptual_hash(image) for image in copies()]
    return photos.hash_distances(found[0], found).tolist()


def hashes():
    """Three pictures above, their 64 bits below."""
    bits = [
        np.array([photos.perceptual_hash(image) >> place & 1 for place in range(64)]).reshape(8, 8)
        for image in copies()
    ]
    apart = bits_apart()
    titles = ["in training", "a lighter copy", "another shoe"]
    titles += ["64 bits", f"{apart[1]} bits differ", f"{apart[2]} bits differ"]
    return plots.image_grid([*copies(), *bits], titles, columns=3, size=1.35, alt="pictures and their hashes")


def network():
    """The network of the lesson as boxes, with the shape that each block hands on."""
    import keras

    lesson = notebooks.build_file(course.SOURCES / "03_handbags_vs_shoes.py")
    (written,) = [cell.source for cell in lesson.cells if "def scratch_network(" in cell.source]
    names = {"keras": keras, "layers": keras.layers, "names": data().class_names}
    exec(written, names)
    model = names["scratch_network"]()
    shapes = [layer.output.shape[1:] for layer in model.layers if isinstance(layer, keras.layers.ReLU)]
    boxes = [plots.Box(data().train.images[SHOWN], "128×128×3")]
    for height, width, channels in shapes:
        boxes.append(plots.Box(f"block\n{channels}", f"{height}×{width}×{channels}"))
    return plots.flow([*boxes, "dense\n32", "2\nclasses"], alt="the network from scratch")


def one_run():
    """The first test result, with its interval."""
    told = values()
    row = tuple(float(told[key]) for key in ("accuracy", "low", "high"))
    return intervals({"one run": row})


def test_sizes():
    """Intervals of 0.62 for test sets of several sizes."""
    rows = {}
    for count in COUNTS:
        right = round(0.62 * count)
        rows[f"{count:,} test pictures"] = (right / count, *training.wilson_interval(right, count))
    return intervals(rows)


def intervals(rows):
    """Rows of a test accuracy and the ends of its interval, and a line for guessing."""
    ends = np.array(list(rows.values()))[:, 1:]
    return wall.dots(
        {name: {"accuracy": row} for name, row in rows.items()},
        xlabel="test accuracy, 95 % interval",
        limits=(min(0.45, ends.min() - 0.03), max(0.75, ends.max() + 0.07)),
        chance=0.5,
        number_format="{:.3g}",
        alt="accuracies with their intervals",
    )


def kinds():
    """One picture changed by each layer that the lesson shows; of eight draws the one that changes most."""
    import keras

    lesson = notebooks.build_file(course.SOURCES / "03_handbags_vs_shoes.py")
    (written,) = [cell.source for cell in lesson.cells if "\nchanges = {" in cell.source]
    names = {"data": data(), "layers": keras.layers, "np": np, "plots": plots}
    keras.utils.set_random_seed(1)
    exec(written, names)
    one = data().train.images[SHOWN].astype("float32")
    shown, titles = [one.astype(np.uint8)], ["as taken"]
    for name, layer in names["changes"].items():
        draws = np.asarray(layer(np.stack([one] * 8), training=True))
        most = np.abs(draws - one).mean(axis=(1, 2, 3)).argmax()
        shown.append(draws[most].astype(np.uint8))
        titles.append(name)
    return plots.image_grid(shown, titles, columns=4, size=1.35, alt="a picture and seven changed ones")


def epochs():
    """What the network sees of one picture in eight epochs."""
    import keras

    keras.utils.set_random_seed(4)
    eight = np.stack([data().train.images[SHOWN]] * 8).astype("float32")
    draws = np.asarray(check.random_changes()(eight, training=True)).astype(np.uint8)
    titles = [f"epoch {number}" for number in range(1, 9)]
    return plots.image_grid(draws, titles, columns=4, size=1.1, alt="one picture in eight versions")


def turned():
    """Pictures turned with black corners, and with reflected ones: the turns of the lesson."""
    from keras import layers

    batch = data().train.images[:4].astype("float32")
    fillings = {"constant": {"fill_value": 0.0}, "reflect": {}}
    return [
        np.asarray(
            layers.RandomRotation(40 / 360, fill_mode=mode, seed=2, **more)(batch, training=True)
        ).astype(np.uint8)
        for mode, more in fillings.items()
    ]


def six():
    """A handwritten six, and the same turned by 180 degrees."""
    (images, labels), _ = drawings.digits(200, 10)
    one = 255 - images[np.flatnonzero(labels == 6)[0]]
    return plots.image_grid(
        [one, np.rot90(one, 2)],
        ["label: 6", "turned, label: 6?"],
        columns=2,
        size=1.6,
        alt="a six and a nine",
    )


def covered(images, side=40, seed=0):
    """Cover a random square of each image with its own mean colour, as the lesson does."""
    rng, changed = np.random.default_rng(seed), images.copy()
    for image, (top, left) in zip(changed, rng.integers(0, 128 - side, (len(images), 2)), strict=True):
        image[top : top + side, left : left + side] = image.mean(axis=(0, 1))
    return changed


def sizes():
    """Accuracy against the number of training pictures."""
    line = {
        count: parts.result(LESSON, f"{count} pictures:") for count in (20, 50, int(values()["labelled"]))
    }
    return plots.accuracy_by_size({"from scratch, augmented": line}, chance=0.5, alt="accuracy by size")


def clips():
    """Frames of two clips, one for each side of the split."""
    frames, titles = [], []
    for number, side in ((0, "training"), (8, "test")):
        picture = data().train.images[number]
        for step in range(5):
            frames.append(picture[3 * step : 3 * step + 100, 7 * step : 7 * step + 100])
        titles += [f"clip {1 + len(titles) // 5}: {side}", "", "", "", ""]
    return plots.image_grid(frames, titles, columns=5, size=1.3, alt="frames of two clips")
