"""Checks of homework 2: a split that keeps things apart, a test set that nobody looked at.

None of them asks for an accuracy. Where a function is given data, every image carries a number, so that a
check knows which images a function has seen.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import stats

from helpers.check.compare import (
    attempt,
    call,
    close,
    described,
    name_of,
    passed,
    require,
    shaped,
    written,
)

SIZE = (128, 128)
"""Height and width of homework 2's images, pixels."""


def loader(load: Callable) -> None:
    """Check load(folder) -> Dataset on a folder of photos with each of them twice, once saved lighter."""
    from PIL import Image

    rng = np.random.default_rng()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("lamp", "mug", "plant"):
            (Path(folder) / name).mkdir()
            for number in range(12):
                small = rng.uniform(0, 220, (8, 8, 3)).astype(np.uint8)
                photo = Image.fromarray(small).resize((150, 140), Image.Resampling.BICUBIC)
                order = rng.permutation(99)[:2]
                photo.save(Path(folder) / name / f"{order[0]:02}_{number}.png")
                lighter = photo.point(lambda value: min(255, round(1.08 * value + 6)))
                lighter.save(Path(folder) / name / f"{order[1]:02}_{number}b.jpg", quality=90)
        what = "load(a folder of 72 photos of 3 classes)"
        data, again = attempt(load, folder), attempt(load, folder)
    own_set(data, what=what)
    sizes = {side: len(split.labels) for side, split in data.splits.items()}
    require(
        sum(sizes.values()) == 72 and len(data.class_names) == 3,
        f"{what} gave {sum(sizes.values())} images of {len(data.class_names)} classes.",
    )
    require(sizes["train"] >= 24, f"{what} left {sizes['train']} images to learn from.")
    require(
        all(np.array_equal(data.splits[side].images, again.splits[side].images) for side in sizes),
        f"{what} gave another split the second time. Fix the seed: a test set that changes has been seen.",
    )
    passed(load, ", ".join(f"{count} {side}" for side, count in sizes.items()) + ", copies kept together")


def own_set(data, *, what: str = "data") -> None:
    """Check a data set: three splits, every class in each, images as they should be, no copies across."""
    from helpers import datasets

    require(isinstance(data, datasets.Dataset), f"{what} is {described(data)}; it should be a Dataset.")
    require(len(data.class_names) >= 2, f"{what} has {len(data.class_names)} class; two are the least.")
    for side in ("train", "validation", "test"):
        split = data.splits.get(side)
        require(split is not None, f"{what} has no {side} images.")
        shape = (len(split.labels), *SIZE, 3)
        images = shaped(split.images, shape, f"{what}: the images of {side},")
        require(images.dtype == np.uint8, f"{what}: the {side} images are {images.dtype}, not uint8.")
        missing = set(range(len(data.class_names))) - set(split.labels.tolist())
        names = ", ".join(data.class_names[label] for label in sorted(missing))
        require(not missing, f"{what}: no {side} image shows {names}.")
    found = datasets.leaks(data)
    require(
        not found,
        f"{what}: {len(found)} pairs of images across the split look the same, such as {_pair(found)}.",
    )
    if what == "data":
        sides = ", ".join(f"{len(split.labels)} {side}" for side, split in data.splits.items())
        passed("data", f"{sides}; no image looks like one on another side")


def group_split(function: Callable) -> None:
    """Check split(groups, labels, share, rng) -> (N,) booleans: whole groups in the test, of every class."""
    for case in ([5, 5], [4, 9, 7], [2, 12]):
        rng = np.random.default_rng()
        groups, labels = _groups(rng, case)
        share = float(rng.choice([0.2, 0.3, 0.5]))
        what = written(function, groups, labels, share, rng)
        got = _in_test(function, groups, labels, share, 3, what)
        torn = [name for name in set(groups.tolist()) if len(set(got[groups == name])) > 1]
        require(not torn, f"{what} tore {len(torn)} of {sum(case)} groups apart, such as {_first(torn)}.")
        for label, count in enumerate(case):
            taken = len(set(groups[(labels == label) & got].tolist()))
            require(
                0 < taken < count, f"{what} put {taken} of the {count} groups of class {label} into the test."
            )
            require(
                abs(taken - np.clip(share * count, 1, count - 1)) < 1,
                f"{what} put {taken} of {count} groups of class {label} into the test; the share is {share}.",
            )
        require(
            np.array_equal(got, _in_test(function, groups, labels, share, 3, what)),
            f"{what} gave two splits for generators with the same seed. Draw with `rng`, nothing else.",
        )
    splits = {tuple(_in_test(function, groups, labels, 0.5, seed, what)) for seed in range(8)}
    require(
        len(splits) > 1, f"{what} gave the same split for eight seeds. Which groups, should chance decide."
    )
    passed(function, "no group on both sides, every class on both")


def choice(function: Callable) -> None:
    """Check choose(fit, settings, data) -> the best setting on validation; the test stays untouched."""
    for _ in range(4):
        rng = np.random.default_rng()
        data, settings = _numbered(rng), (0.001, 0.01, 0.1, 1.0)
        best = dict(zip(("train", "validation", "test"), rng.permutation(settings)[:3], strict=True))
        fake = _Fit(rng, data, best)
        what = f"{name_of(function)}(fit, {settings}, data)"
        got = attempt(function, fake, settings, data)
        _check_seen(fake, data, {"train"}, what)
        require(
            not fake.asked & _ids(data.test),
            f"{what} asked a model about test images. Then the test set has chosen, and can no longer judge.",
        )
        require(
            sorted(fake.settings) == sorted(settings),
            f"{what} trained with the settings {fake.settings}; every one of {settings} needs one model.",
        )
        require(fake.asked & _ids(data.validation), f"{what} never asked a model about validation images.")
        require(
            np.isscalar(got) and got == best["validation"],
            f"{what} returned {got!r}, and another setting is better on the validation images.",
        )
    passed(function, "the best on validation, and no test image was seen")


def final(function: Callable) -> None:
    """Check final(fit, setting, data) -> (model, right, total, low, high) against SciPy's Wilson interval."""
    errors = []
    for _ in range(3):
        rng = np.random.default_rng()
        data, setting = _numbered(rng), float(rng.uniform(0, 1))
        fake = _Fit(rng, data, {"test": setting})
        what = f"{name_of(function)}(fit, {setting:.3g}, data)"
        got = attempt(function, fake, setting, data)
        require(
            isinstance(got, tuple) and len(got) == 5,
            f"{what} returned {described(got)}; it should be (model, right, total, low, high).",
        )
        require(fake.settings == [setting], f"{what} trained with {fake.settings}; one model is enough.")
        _check_seen(fake, data, {"train", "validation"}, what)
        require(got[0] in fake.models, f"{what}: the first of the five is no model that `fit` returned.")
        _, right, total, low, high = got
        close(int(shaped(right, (), what)), fake.right, f"{what}: right", rtol=0, atol=0)
        close(int(shaped(total, (), what)), len(data.test.labels), f"{what}: total", rtol=0, atol=0)
        expected = stats.binomtest(fake.right, len(data.test.labels)).proportion_ci(0.95, method="wilson")
        errors += [close(float(low), expected.low, f"{what}: low", atol=1e-6)]
        errors += [close(float(high), expected.high, f"{what}: high", atol=1e-6)]
    passed(function, f"all labelled images used, interval off by {max(errors):.1e} (allowed 1e-06)")


def agreement(result: tuple, table: np.ndarray, total: int) -> None:
    """Check that a result (right, total, ...) and a confusion matrix tell of the same test images."""
    right, said = int(result[0]), int(result[1])
    table = np.asarray(table)
    require(said == total, f"The result speaks of {said} test images; there are {total}.")
    require(table.sum() == total, f"The table counts {table.sum()} images; there are {total}.")
    require(
        np.trace(table) == right,
        f"{right} right answers by the result, and {np.trace(table)} by the table. Were they of one model?",
    )
    passed("result", f"{right} of {total}, in the result and in the table")


class _Model:
    """What `fit` gives in a check: it knows the labels of some images, and notes what it is asked."""

    def __init__(self, fit, knows):
        self.fit, self.knows = fit, knows

    def predict(self, rows, **options):
        numbers = np.asarray(rows)[:, 0].round().astype(int).tolist()
        self.fit.asked |= set(numbers)
        said = [self.fit.labels[n] if n in self.knows else 1 - self.fit.labels[n] for n in numbers]
        return 0.2 + 0.6 * np.eye(2)[said]


class _Fit:
    """A training in name only. A setting is right for nearly all images of the sides on which it is best."""

    def __init__(self, rng, data, best):
        self.rng, self.data, self.best = rng, data, best
        self.labels = {
            int(row[0]): int(label)
            for split in data.splits.values()
            for row, label in zip(split.images, split.labels, strict=True)
        }
        self.asked, self.settings, self.models, self.trained, self.right = set(), [], [], [], 0
        self.wrong_labels = 0

    def __call__(self, setting, split):
        self.settings.append(float(setting))
        images, labels = split
        numbers = np.asarray(images)[:, 0].round().astype(int).tolist()
        self.trained.append(numbers)
        self.wrong_labels += sum(
            self.labels[n] != label for n, label in zip(numbers, np.asarray(labels).tolist(), strict=True)
        )
        knows = set()
        for side, own in self.data.splits.items():
            ids = self.rng.permutation(sorted(_ids(own))).tolist()
            good = len(ids) - 2 - int(self.rng.integers(2))
            poor = len(ids) // 2 - int(self.rng.integers(3))
            knows |= set(ids[: good if self.best.get(side) == setting else poor])
        self.right = len(knows & _ids(self.data.test))
        self.models.append(_Model(self, knows))
        return self.models[-1]


def _check_seen(fake, data, sides, what):
    """Check that every model was trained on all images of some sides, once each, with their own labels."""
    wanted = Counter(n for side in sides for n in _ids(data.splits[side]))
    for numbers in fake.trained:
        foreign = set(numbers) - set(wanted)
        sources = [side for side, split in data.splits.items() if foreign & _ids(split)]
        require(not foreign, f"{what} trained on {len(foreign)} images of {' and '.join(sources)}.")
        require(
            Counter(numbers) == wanted,
            f"{what} trained on {len(set(numbers))} images; {len(wanted)} are there to learn from.",
        )
    require(not fake.wrong_labels, f"{what}: {fake.wrong_labels} images came with the label of another one.")


def _numbered(rng):
    """Build a data set of features whose first column is a number that no other image has."""
    from helpers import datasets

    numbers = iter(rng.permutation(1000).tolist())
    splits = {}
    for side, count in (("train", 30), ("validation", 20), ("test", 40)):
        ids = [next(numbers) for _ in range(count)]
        rows = np.column_stack([ids, rng.normal(size=count)]).astype("float32")
        splits[side] = datasets.Split(rows, rng.permutation(np.arange(count) % 2))
    return datasets.Dataset(
        **splits, class_names=("a", "b"), origin="own", licence="", name="Numbered images"
    )


def _ids(split):
    return set(split.images[:, 0].round().astype(int).tolist())


def _groups(rng, case):
    """Draw names of groups and labels, (N,) each, for classes with so many groups, of 1 to 9 images."""
    names = iter([f"object {n}" for n in rng.permutation(90)])
    pairs = [
        (next(names), label)
        for label, count in enumerate(case)
        for _ in range(count)
    ]  # fmt: skip
    sizes = rng.integers(1, 10, len(pairs))
    order = rng.permutation(sizes.sum())
    groups = np.repeat([name for name, _ in pairs], sizes)[order]
    return groups, np.repeat([label for _, label in pairs], sizes)[order]


def _in_test(function, groups, labels, share, seed, what):
    got = shaped(call(function, groups, labels, share, np.random.default_rng(seed)), groups.shape, what)
    require(got.dtype == bool, f"{what} returned {got.dtype} numbers; it should return booleans.")
    return got


def _pair(leaks):
    return f"{leaks[0].one} and {leaks[0].other}" if leaks else ""


def _first(names):
    return repr(sorted(names)[0]) if names else ""
