"""Checks of homework 2: pictures of one's own, baselines, a split that keeps things apart, an honest test.

None of them asks for an accuracy on these pictures. Where a function is given data, every image carries a
number, so that a check knows which images a function has seen.
"""

import re
from collections import Counter
from collections.abc import Callable

import numpy as np
from scipy import stats
from scipy.spatial import distance

from helpers.check import compare
from helpers.check.compare import attempt, call, close, name_of, passed, require, returned, shaped, written

SIZE = (160, 160)
"""Height and width of homework 2's images, pixels."""
PICTURES, OBJECTS, COPY = 40, 10, 25
"""The least that a class of one's own has; pictures whose values differ by less than `COPY` are copies."""
ENOUGH = 0.75
"""Share of the check's drawings to get right.

Of 52 draws, a linear head on pretrained features had 0.86 in the worst and 0.98 in the median. On small grey
pixels it had 0.6 at most. In 12 draws it had 0.42 on pixels scaled twice, and 0.33 behind random weights.
"""


def own_set(data) -> None:
    """Check pictures of one's own: enough of them and of objects, no object on two sides, no copies.

    `data.sources` says for each image of each side which object it shows. Objects that only look alike are
    named and cost nothing: a hash cannot tell whether they are one.
    """
    from helpers import photos
    from helpers.datasets import base

    hint = "Put photos of your own into my_pictures, and hand in my_pictures.zip with this notebook."
    require(data.origin == "own", f"These are the course's pictures. {hint}")
    for label, name in enumerate(data.class_names):
        here = {side: split.labels == label for side, split in data.splits.items()}
        lacking = [side for side in ("train", "validation", "test") if not here[side].any()]
        require(not lacking, f"No {' and no '.join(lacking)} image shows {name}.")
        count = sum(int(mask.sum()) for mask in here.values())
        sources = {side: set(np.array(data.sources[side])[mask].tolist()) for side, mask in here.items()}
        shown = Counter(one for named in sources.values() for one in named)
        torn = [one for one, sides in shown.items() if sides > 1]
        require(not torn, f"{len(torn)} objects are on two sides of the split, such as {_first(torn)}.")
        least = f"{PICTURES} pictures of {OBJECTS} objects are the least"
        told = f"There are {count} pictures of {len(shown)} objects of {name}; {least}."
        hint = "The object is the file name up to its last underscore."
        require(count >= PICTURES and len(shown) >= OBJECTS, f"{told} {hint}")
    images = [image for split in data.splits.values() for image in split.images]
    names = [name for side in data.splits for name in data.sources[side]]
    hashes, alike = [photos.perceptual_hash(image) for image in images], {}
    for n, one in enumerate(hashes):
        for m in np.flatnonzero(photos.hash_distances(one, hashes[:n]) <= base.NEAR):
            if names[m] != names[n]:
                pair = " and ".join(sorted((names[m], names[n])))
                gap = np.abs(images[m].astype(int) - images[n]).max()
                alike[pair] = min(gap, alike.get(pair, gap))
    copies = [pair for pair, gap in alike.items() if gap < COPY]
    require(not copies, f"{len(copies)} pairs of objects share a picture, such as {_first(copies)}.")
    different, named = len(hashes) - sum(len(g) - 1 for g in photos.near_duplicates(hashes)), len(set(names))
    told = f"The pictures are said to show {named} objects, and only {different} of them look different."
    require(different >= 0.8 * named, f"{told} A copy under another name is no new object.")
    for pair in sorted(alike)[:3]:
        print(f"Look at {pair}. If they are one object, name them so. If not, say so in your report.")
    sides = ", ".join(f"{len(split.labels)} {side}" for side, split in data.splits.items())
    passed("data", f"{sides}; no object is on two sides, no picture is a copy")


def learner(fit: Callable) -> None:
    """Check fit(strength, (images, labels)) -> model, by what the model says about drawings it has not seen.

    The drawings are of three kinds, in random colours, sizes and places: only their shape tells them apart.
    """
    train, test = _drawings(np.random.default_rng())
    what = f"{name_of(fit)}(strength, {len(train.labels)} drawings of 3 kinds)"
    shapes = r"Expected shape \(.*?\), but input has incompatible shape \(.*?\)"
    hints = {
        shapes: lambda text: (
            re.search(shapes, text)[0] + ". Did the base get the pictures, and the head what the base gives?"
        ),
        "label": "Do you take K from the labels?",
    }
    answers = []
    for strength in (1e-3, 100.0):
        model = compare.with_hints(hints, attempt, fit, strength, train)
        require(hasattr(model, "predict"), f"{what} returned {returned(model)}, no Keras model.")
        punish = [getattr(x, "kernel_regularizer", 0) for x in getattr(model, "_flatten_layers", list)()]
        told = f"{what}: the head is punished by L1. The text asks for L2."
        require(not any(float(getattr(one, "l1", 0)) for one in punish), told)
        answers.append(_answers(model, test.images, 3, f"The model of {what}"))
    sure, careful = answers
    right = int(np.sum(sure.argmax(axis=1) == test.labels))
    alike = careful.max(axis=1).mean() >= sure.max(axis=1).mean() - 0.1
    slips = {
        f"the model gets {right} of {len(test.labels)} new drawings right; a head on pretrained features "
        "gets nearly all. Is the base pretrained, frozen, and given raw pixels? Did the head learn long "
        "enough?": right < ENOUGH * len(test.labels),
        "the answers with strength 100 are as sure as those with 0.001. Does it reach the kernel regularizer "
        "of the head? Does the head train long enough to feel it, some 20 epochs at 1e-2?": alike,
    }
    compare.none_of(slips, f"{what}:")
    passed(fit, f"{right} of {len(test.labels)} new drawings right")


def own_result(model, result: tuple, data) -> None:
    """Check what a trained model says about one's own test pictures against the reported result."""
    require(data.origin == "own", "This result is about the course's pictures. Collect your own.")
    images, labels = data.test
    answers = _answers(model, images, len(data.class_names), "The model")
    right = int(np.sum(answers.argmax(axis=1) == labels))
    told = f"The model gets {right} of {len(labels)} test pictures right"
    same = (int(result[0]), int(result[1])) == (right, len(labels))
    require(same, f"{told}; the result says {result[0]} of {result[1]}.")
    passed("result", f"the model says again what was reported, {right} of {len(labels)}")


def _answers(model, images, classes, what):
    """Ask a model about raw pictures; each row has to be probabilities, and the same in any company."""
    try:
        got = np.asarray(model.predict(images, verbose=0))
        alone = np.asarray(model.predict(images[:1], verbose=0))
    except Exception as error:
        text = re.sub(r"\x1b\[[0-9;]*m", "", " ".join(str(error).split())[:150])
        told = f"{what} does not take pictures {images.shape[1:]} of 0 to 255"
        raise AssertionError(f"{told}: {type(error).__name__}: {text}") from error
    shaped(got, (len(images), classes), what)
    good = (got >= 0).all() and np.allclose(got.sum(axis=1), 1, atol=1e-3)
    told = f"{what} gives rows that are not probabilities: from {got.min():.2g} to {got.max():.2g}"
    sums = got.sum(axis=1)
    require(good, f"{told}, and rows add up to between {sums.min():.2g} and {sums.max():.2g}, not to 1.")
    told = f"{what} says something else about a picture alone than about the same picture among others."
    require(np.allclose(alone[0], got[0], atol=1e-3), told)
    return got


def _drawings(rng):
    """Draw 36 and 45 pictures of three kinds, at random sizes and places, in random colours: two splits."""
    from PIL import Image

    from helpers import datasets, drawings

    images = []
    for kind in rng.permutation(drawings.SKETCH_CLASSES)[:3].tolist():
        for sketch in drawings.sketches(kind, 27, int(rng.integers(1e6))):
            side, page = int(rng.integers(56, 120)), Image.new("L", SIZE)
            ink = Image.fromarray(drawings.render(sketch)).resize((side, side))
            page.paste(ink, tuple(rng.integers(0, SIZE[0] - side, 2).tolist()))
            share = np.asarray(page)[:, :: rng.choice([1, -1]), None] / 255
            dark, light = rng.uniform(0, 100, 3), rng.uniform(155, 255, 3)
            images.append((light + (dark - light) * share).astype(np.uint8))
    images = np.array(images)
    labels, order = np.repeat([0, 1, 2], 27), rng.permutation(27)
    sides = [np.isin(np.arange(81) % 27, order[cut]) for cut in (slice(0, 12), slice(12, 27))]
    sides = map(rng.permutation, map(np.flatnonzero, sides))
    return [datasets.Split(images[side], labels[side]) for side in sides]


def group_split(function: Callable) -> None:
    """Check split(groups, labels, share, rng) -> (N,) booleans: whole groups in the test, of every class."""
    rng = np.random.default_rng()
    some = float(rng.choice([0.2, 0.3, 0.5]))
    for case, share in (([5, 5], some), ([4, 9, 7], some), ([2, 12], 0.2), ([2, 12], 0.8)):
        groups, labels = _groups(rng, case)
        what = f"{name_of(function)}(groups and labels of {len(groups)} pictures, {share}, rng)"
        got = _in_test(function, groups, labels, share, 3, what)
        torn = [name for name in set(groups.tolist()) if len(set(got[groups == name])) > 1]
        require(not torn, f"{what} tore {len(torn)} of {sum(case)} groups apart, such as {_first(torn)}.")
        for label, count in enumerate(case):
            taken = len(set(groups[(labels == label) & got].tolist()))
            told = f"{what} put {taken} of the {count} groups of class {label} into the test"
            require(0 < taken < count, f"{told}. Both sides need at least one.")
            far = abs(taken - np.clip(share * count, 1, count - 1))
            require(far < 1, f"{told}; the share is {share}.")
        again = _in_test(function, groups, labels, share, 3, what)
        told = f"{what} gave two splits for generators with the same seed. Draw with `rng`, nothing else."
        require(np.array_equal(got, again), told)
    splits = {tuple(_in_test(function, groups, labels, 0.5, seed, what)) for seed in range(8)}
    require(len(splits) > 1, f"{what} gave the same split for eight seeds. Let chance decide, with `rng`.")
    passed(function, "no group on both sides, every class on both")


def choice(function: Callable) -> None:
    """Check choose(fit, settings, data) -> the best setting on validation; the test stays untouched."""
    for _ in range(4):
        rng = np.random.default_rng()
        data, settings = _numbered(rng), tuple((rng.permutation(np.arange(1, 1000))[:4] / 1000).tolist())
        best = dict(zip(("train", "validation", "test"), rng.permutation(settings)[:3], strict=True))
        fake = _Fit(rng, data, best)
        what = f"{name_of(function)}(fit, {settings}, data)"
        got = attempt(function, fake, settings, data)
        _check_seen(fake, data, {"train"}, what)
        seen = fake.asked & _ids(data.test)
        told = f"{what} asked a model about test images. Then they have chosen, and can judge no more."
        require(not seen, told)
        told = f"{what} trained with the settings {fake.settings}; every one of {settings} needs one model."
        require(sorted(fake.settings) == sorted(settings), told)
        wanted = _ids(data.validation)
        fewest = min(len(model.asked & wanted) for model in fake.models)
        told = f"{what} asked a model about {fewest} of the {len(wanted)} validation images; ask about all."
        require(fewest == len(wanted), told)
        good = np.isscalar(got) and got in settings
        require(good, f"{what} returned {got!r}, which is none of the settings.")
        good = got == best["validation"]
        told = f"{what} returned {got}, and another setting is better on the validation images"
        require(good, f"{told}: more of its answers are right.")
    passed(function, "the best on validation, and no test image was seen")


def final(function: Callable) -> None:
    """Check final(fit, setting, data) -> (model, right, total, low, high) against SciPy's Wilson interval."""
    errors, share = [], "How many are right is a whole number of pictures, and no share."
    for _ in range(3):
        rng = np.random.default_rng()
        data, setting = _numbered(rng), float(rng.uniform(0, 1))
        fake = _Fit(rng, data, {"test": setting})
        what = f"{name_of(function)}(fit, {setting:.3g}, data)"
        got = compare.with_hints({"k must be": share}, attempt, function, fake, setting, data)
        good = isinstance(got, tuple) and len(got) == 5
        require(good, f"{what} returned {returned(got)}; it should be (model, right, total, low, high).")
        require(fake.settings == [setting], f"{what} trained with {fake.settings}; one model is enough.")
        _check_seen(fake, data, {"train", "validation"}, what)
        require(got[0] in fake.models, f"{what}: the first of the five is no model that `fit` returned.")
        _, right, total, low, high = got
        for name, got, wanted in (("right", right, fake.right), ("total", total, len(data.test.labels))):
            close(float(shaped(got, (), what)), float(wanted), f"{what}: {name}", rtol=0, atol=0)
        require(low == low, f"{what}: the interval is nan. {share}")  # what newer versions of SciPy give
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
    told = f"{right} right answers by the result, and {np.trace(table)} by the table"
    require(np.trace(table) == right, f"{told}. Were they of one model?")
    passed("result", f"{right} of {total}, in the result and in the table")


def majority(function: Callable) -> None:
    """Check majority(train_labels, test_labels) -> accuracy of the most frequent answer in training."""
    rng = np.random.default_rng()
    for often, rare in ((0, 1), (1, 0), (2, 1)):
        train = rng.permutation(np.repeat([often, rare, 3], [9, 5, 4]))
        test = rng.permutation(np.repeat([often, rare, 3], [int(rng.integers(1, 5)), 8, 6]))
        expected = Counter(test.tolist())[often] / len(test)
        got, what = call(function, train, test), written(function, train, test)
        whole = compare.array_kind(got) in "iu" and np.ndim(got) == 0
        require(not whole, f"{what} returned {got}, a whole number; an accuracy is a share.")
        close(got, expected, what)
    passed(function, "it learns from the training labels, and is measured on the others")


def nearest_mean(function: Callable) -> None:
    """Check nearest_mean(rows, labels, others) -> class whose mean row is nearest, against SciPy."""
    rng = np.random.default_rng()
    for classes, width in ((2, 3), (4, 3), (3, 6)):
        labels = rng.permutation(np.repeat(np.arange(classes), rng.integers(4, 12, classes)))
        rows = 20 * rng.normal(size=(classes, width))[labels] + 30 * rng.normal(size=(len(labels), width))
        others = 30 * rng.normal(size=(40, width))
        means = np.stack([np.average(rows, axis=0, weights=labels == label) for label in range(classes)])
        expected = distance.cdist(others, means).argmin(axis=1)
        what = written(function, rows, labels, others)
        close(call(function, rows, labels, others), expected, what, rtol=0, atol=0)
    passed(function, "every answer as in SciPy")


def confusion(function: Callable) -> None:
    """Check confusion(labels, predictions, classes) -> counts (classes, classes), rows are true classes."""
    rng = np.random.default_rng()
    for classes, seen in ((2, 2), (4, 4), (5, 3)):
        labels, said = rng.integers(0, seen, (2, 30))
        pairs = Counter(zip(labels.tolist(), said.tolist(), strict=True))
        expected = np.array([[pairs[true, answer] for answer in range(classes)] for true in range(classes)])
        what = written(function, labels, said, classes)
        got = shaped(call(function, labels, said, classes), expected.shape, what)
        turned = np.array_equal(got, expected.T) and not np.array_equal(got, expected)
        require(not turned, f"{what}: rows and columns are swapped. A row is a true class.")
        once = np.array_equal(got, np.minimum(expected, 1)) and not np.array_equal(got, expected)
        told = f"{what} counts each pair once, as `= 1` does, or `table[labels, said] += 1` without a loop."
        require(not once, told)
        close(got, expected, what, rtol=0, atol=0)
    passed(function, "every count is right")


def mistakes(function: Callable) -> None:
    """Check mistakes(probabilities, labels, count) -> indices of wrong answers, the most certain first."""
    rng = np.random.default_rng()
    for classes, count in ((2, 5), (4, 8), (3, 100), (3, 12)):
        raw = rng.uniform(0.1, 1, (40, classes)) ** 2
        probabilities, labels = raw / raw.sum(axis=1, keepdims=True), rng.integers(0, classes, 40)
        labels = probabilities.argmax(axis=1) if count == 12 else labels
        wrong = [n for n in range(40) if probabilities[n].argmax() != labels[n]]
        expected = sorted(wrong, key=lambda n: -probabilities[n].max())[:count]
        what = written(function, probabilities, labels, count) + ", with no mistakes," * (not wrong)
        got = shaped(call(function, probabilities, labels, count), (len(expected),), what)
        said, places = got.tolist(), [wrong.index(n) for n in expected]
        slips = {
            f"returned {got.dtype} numbers; places are whole numbers.": wrong and got.dtype.kind not in "iu",
            "gives places among the wrong answers. Give their places among all.": places == said != expected,
            "gives places of right answers too. Give only those of wrong ones.": set(said) - set(wrong),
            "gives wrong answers, but not the most certain ones, the most certain first.": said != expected,
        }
        compare.none_of(slips, what)
    passed(function, "the mistakes of which the model was most certain, in order")


class _Model:
    """What `fit` gives in a check: it knows the labels of some images, and notes what it is asked."""

    def __init__(self, fit, knows, modest):
        self.fit, self.knows, self.modest, self.asked = fit, knows, modest, set()

    def __getattr__(self, name):
        raise AttributeError(f"the models of this check have no {name}; use predict only")

    def predict(self, rows, **options):
        numbers = np.asarray(rows)[:, 0].round().astype(int).tolist()
        self.asked |= set(numbers)
        self.fit.asked |= self.asked
        said = [self.fit.labels[n] if n in self.knows else 1 - self.fit.labels[n] for n in numbers]
        sure = [0.55 if self.modest or n not in self.knows else 0.97 for n in numbers]
        return np.abs(1 - np.eye(2)[said] - np.array(sure)[:, None])


class _Fit:
    """A training in name only. A setting is right for nearly all images where it is best, and unsure."""

    def __init__(self, rng, data, best):
        self.rng, self.data, self.best = rng, data, best
        pairs = [pair for split in data.splits.values() for pair in zip(*split, strict=True)]
        self.labels = {int(row[0]): int(label) for row, label in pairs}
        self.asked, self.settings, self.models, self.trained, self.right = set(), [], [], [], 0
        self.wrong_labels = 0

    def __call__(self, setting, split):
        self.settings.append(float(setting))
        images, labels = split
        numbers = np.asarray(images)[:, 0].round().astype(int).tolist()
        self.trained.append(numbers)
        pairs = zip(numbers, np.asarray(labels).tolist(), strict=True)
        self.wrong_labels += sum(self.labels[n] != label for n, label in pairs)
        knows = set()
        for side, own in self.data.splits.items():
            ids = self.rng.permutation(sorted(_ids(own))).tolist()
            good = len(ids) - 2 - int(self.rng.integers(2))
            poor = len(ids) // 2 - int(self.rng.integers(3))
            knows |= set(ids[: good if self.best.get(side) == setting else poor])
        self.right = len(knows & _ids(self.data.test))
        self.models.append(_Model(self, knows, self.best.get("validation") == setting))
        return self.models[-1]


def _check_seen(fake, data, sides, what):
    """Check that every model was trained on all images of some sides, once each, with their own labels."""
    wanted = Counter(n for side in sides for n in _ids(data.splits[side]))
    for numbers in fake.trained:
        foreign = set(numbers) - set(wanted)
        sources = [side for side, split in data.splits.items() if foreign & _ids(split)]
        require(not foreign, f"{what} trained on {len(foreign)} images of {' and '.join(sources)}.")
        told = f"{what} trained on {len(set(numbers))} images; {len(wanted)} are there to learn from."
        require(Counter(numbers) == wanted, told)
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
    return datasets.Dataset(**splits, class_names=("a", "b"), origin="own", licence="", name="Numbers")


def _ids(split):
    return set(split.images[:, 0].round().astype(int).tolist())


def _groups(rng, case):
    """Draw names of groups and labels, (N,) each, for classes with so many groups, of 1 to 9 images."""
    names = iter([f"object {n}" for n in rng.permutation(90)])
    pairs = [(next(names), label) for label, count in enumerate(case) for _ in range(count)]
    sizes = rng.integers(1, 10, len(pairs))
    order = rng.permutation(sizes.sum())
    groups = np.repeat([name for name, _ in pairs], sizes)[order]
    return groups, np.repeat([label for _, label in pairs], sizes)[order]


def _in_test(function, groups, labels, share, seed, what):
    got = shaped(call(function, groups, labels, share, np.random.default_rng(seed)), groups.shape, what)
    require(got.dtype == bool, f"{what} returned {got.dtype} numbers; it should return booleans.")
    return got


def _first(names):
    return repr(sorted(names)[0]) if names else ""
