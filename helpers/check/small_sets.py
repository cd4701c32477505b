"""Checks of lesson 3: distances, an interval, labels that turn, a learning curve, random changes."""

import numpy as np
from scipy import spatial, stats

from helpers.check import compare
from helpers.check.compare import attempt, call, judge, name_of, none_of, passed, require, returned
from helpers.check.learning import BARE

# The limits of each change that lesson 3 asks for, and in words.
STRENGTHS = {
    "RandomRotation": ((-1 / 24, 1 / 24), "up to 15 of 360 degrees both ways"),
    "RandomTranslation": ((-0.1, 0.1), "two numbers, 10% up or down and 10% sideways"),
    "RandomZoom": ((-0.25, 0), "a pair, from -0.25 to 0"),
    "RandomBrightness": ((-0.15, 0.15), "one number for both ways, 0.15 or more"),
    "RandomContrast": ((0.25, 0.25), "a pair, 0.25 both times"),
}


def distances(function) -> None:
    """Check a function (rows, other rows) -> the distance of each row to each other row."""
    compare.defined(function)
    rng, distance = np.random.default_rng(), spatial.distance.cdist
    for count, others in ((4, 7), (6, 3)):
        some, rest = rng.normal(size=(count, 16)), rng.normal(size=(others, 16))
        squared, absolute = (distance(some, rest, kind) for kind in ("sqeuclidean", "cityblock"))
        slips = [
            (distance(rest, some), "The first argument comes first: some[:, None]."),
            (squared, "These are the squared distances. The root is missing."),
            (absolute, "These are absolute differences. Square, add, take the root."),
            *compare.rounded(distance(some, rest)),
        ]
        what = f"{name_of(function)}, for {count} and {others} rows of 16 numbers,"
        got = call(function, some, rest)
        hint = "Square the differences, add them up over the last axis only, axis=-1, and take the root."
        compare.an_array(got, what)
        require(isinstance(got, np.ndarray), f"{what} gave {returned(got)}, not an array. {hint}")
        judge(got, distance(some, rest), what, slips, otherwise=hint)
    passed(function, "the distance of each row to each other row")


def wilson(function) -> None:
    """Check a function (right, total) -> the ends of Wilson's 95% interval."""
    compare.defined(function)
    rng, order = np.random.default_rng(), "The first number is right, then total."
    for total in (10, int(rng.integers(30, 60))):
        right = total - int(rng.integers(1, 3))
        what = f"{name_of(function)}({right}, {total})"
        found, share = stats.binomtest(right, total), right / total
        got = compare.with_hints({"must not be greater": order}, call, function, right, total)
        pair = isinstance(got, list | tuple | np.ndarray) and len(got) == 2
        require(pair, f"{what} gave {returned(got)}. Return both ends: .proportion_ci(...) gives them.")
        ends = np.array([float(end) for end in got])
        spread = 1.96 * np.sqrt(share * (1 - share) / total)
        exact, wanted = np.allclose(ends, found.proportion_ci()), found.proportion_ci(method="wilson")
        normal = np.allclose(ends, (share - spread, share + spread), atol=2e-3)
        other = not np.allclose(ends, wanted, atol=2e-3)
        slips = {
            f"nan. {order}": np.isnan(ends).any(),  # from newer versions of SciPy
            "the larger end first.": ends[0] >= ends[1],
            f"{ends[1]:.1f} as upper end. Shares go from 0 to 1.": ends.max() > 1.5,
            'another interval, the "exact" one. Ask for method="wilson".': exact,
            "the share ± 1.96 standard errors. It leaves 0..1 here; use Wilson's interval.": normal,
            f"{ends[0]:.3f} to {ends[1]:.3f}, which is not Wilson's 95% interval. Give stats.binomtest the "
            'two counts, right first, and proportion_ci only method="wilson". Keep all decimals.': other,
        }
        none_of(slips, f"{what} returned")
    passed(function, "agrees with SciPy, and stays inside 0..1")


def upside_down(function) -> None:
    """Check a function (images, labels) that turns sixes and nines by half a turn, and their labels."""
    rng = np.random.default_rng()
    images = rng.integers(0, 255, (5, 6, 6), dtype=np.uint8)
    labels = rng.permutation([6, 9, 6, 9, 9])
    what = f"{name_of(function)}(images, labels)"
    got = call(function, images, labels)
    pair = isinstance(got, list | tuple) and len(got) == 2
    require(pair, f"{what} gave {returned(got)}. Return two things: pictures, labels.")
    turned, named = map(np.asarray, got)
    require(turned.ndim != 1, f"{what} gave the labels first. Return the pictures, then the labels.")
    require(turned.shape == images.shape, f"{what} changed the shape of the pictures to {turned.shape}.")
    slips = {
        "left the pictures as they are. Turn them.": images,
        "changed the order of the pictures. The first axis counts them: leave it alone.": images[::-1],
        "mirrored top and bottom only. Half a turn mirrors left and right as well.": images[:, ::-1],
        "mirrored left and right only. Half a turn mirrors top and bottom as well.": images[:, :, ::-1],
        "made a quarter of a turn. It takes two.": np.rot90(images, 1, (1, 2)),
    }
    slips = {said: np.array_equal(turned, slip) for said, slip in slips.items()}
    right, kept = np.array_equal(turned, images[:, ::-1, ::-1]), np.array_equal(named, labels)
    other = not np.array_equal(named, 15 - labels)
    slips |= {
        "did something else than half a turn: reverse the second axis and the third.": not right,
        "turned the pictures and kept the labels. What does a turned 6 read as?": kept,
        f"returned labels {named.tolist()} for {labels.tolist()}. A 6 becomes a 9, a 9 becomes a 6.": other,
    }
    none_of(slips, what)
    passed(function, "pictures and labels turn together")


def by_count(accuracy_from, images, labels, counts) -> dict:
    """Give for each count what `accuracy_from` says of the first pictures, as `learning_curve` asks."""
    return {count: accuracy_from(images[:count], labels[:count]) for count in counts}


def learning_curve(function) -> None:
    """Check a function (accuracy_from, images, labels, counts) -> {count: accuracy}."""
    rng = np.random.default_rng()
    images, labels = np.arange(30.0) + rng.uniform(), rng.integers(0, 2, 30)
    counts = sorted(rng.choice(np.arange(3, 29), 3, replace=False).tolist())
    asked = []

    def accuracy_from(images, labels):
        asked.append((np.array(images), np.array(labels)))
        return float(np.sum(images)) / 1000

    what = f"{name_of(function)}, with counts {counts},"
    got = call(function, accuracy_from, images, labels, counts)
    require(isinstance(got, dict), f"{what} gave {returned(got)}, not a dictionary.")
    require(asked, f"{what} never called accuracy_from.")
    whole = all(array.ndim for pair in asked for array in pair)
    require(whole, f"{what} trains on one picture: [count] is a single entry. [:count] is all before it.")
    many, names = map(len, asked[0])
    slips = {
        f"trains on {many} pictures with {names} labels. Cut both.": any(len(a) != len(b) for a, b in asked),
        f"trains on all {many} pictures. images[:count] are the first ones.": many == len(images),
    }
    none_of(slips, what)
    cut = [(images[:count], labels[:count]) for count in counts]
    same = all(map(np.array_equal, asked, cut))
    slips = {
        "swaps pictures and labels. The pictures come first.": np.array_equal(asked[0], cut[0][::-1]),
        f"does not train on the first {counts[0]} pictures, then the first {counts[1]}, and so on.": not same,
        "keeps the last count only. Make the dictionary before the loop.": list(got) == counts[-1:],
        f"returned the keys {list(got)}. Each count is a key: curve[count] = ...": list(got) != counts,
    }
    none_of(slips, what)
    right = np.allclose(list(got.values()), [some.sum() / 1000 for some, _ in cut])
    require(right, f"{what} returned other accuracies than those that accuracy_from gave.")
    passed(function, "one accuracy for each count")


def random_changes():
    """Build the course's own block, with the strengths that lesson 3 asks for."""
    import keras
    from keras import layers

    block = keras.Sequential(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(15 / 360, fill_mode="reflect"),
            layers.RandomTranslation(0.1, 0.1, fill_mode="reflect"),
            layers.RandomZoom((-0.25, 0.0), fill_mode="reflect"),
            layers.RandomBrightness(0.15, value_range=(0, 255)),
            layers.RandomContrast((0.25, 0.25), value_range=(0, 255)),
        ]
    )
    for part in (block, *block.layers):
        part.dtype_policy = "float32"  # float16 or bfloat16 would round the pixels
    return block


def augmentation(function) -> None:
    """Check a function that builds a keras.Sequential of random layers for pictures in 0..255."""
    import keras

    compare.defined(function)
    block, again = (compare.with_hints(BARE, attempt, function) for _ in range(2))
    what = f"{name_of(function)}()"
    told = f"{what} returned {returned(block)}. Put the layers into keras.Sequential([...])."
    require(isinstance(block, keras.Sequential), told)
    ranges = [getattr(layer, "value_range", (0, 255)) for layer in block.layers]
    told = f"{what}: the second number of RandomContrast or RandomBrightness is value_range. Is a pair meant?"
    require(all(np.shape(pair) == (2,) for pair in ranges), told)
    down = np.broadcast_to(np.linspace(20, 230, 32)[:, None, None], (64, 32, 32, 3))
    noise = np.random.default_rng().choice([0.0, 255.0], down.shape)
    given = np.concatenate([noise, down]).astype("float32")
    kept, drawn = (np.asarray(block(given, training=training)) for training in (False, True))
    require(drawn.shape == given.shape, f"{what} changes the shape. Leave the size of the pictures alone.")
    changed, tall = np.split(drawn, 2)
    kinds = [type(layer).__name__ for layer in block.layers]
    missing = [kind for kind in ("RandomFlip", *STRENGTHS) if kind not in kinds]
    scaled, always = min(changed.max(), kept.max()) <= 2, not np.allclose(kept, given)
    shared = set(block.layers) & set(again.layers)
    outside = changed.min() < -0.5 or changed.max() > 255.5
    slips = {
        "returns pixels in 0..1. The pictures hold 0..255: use value_range=(0, 255), no Rescaling.": scaled,
        "changes pictures even with training=False. Only layers that act in training belong in it.": always,
        "changes nothing in training. Put random layers in.": np.allclose(changed, noise),
        f"returns pixels outside 0..255, from {changed.min():.0f} to {changed.max():.0f}.": outside,
        f"is right so far, but lacks {' and '.join(missing[:2])}.": missing,
        f"has {len(kinds)} layers. The list has six, each one once.": len(kinds) != 6,
        "returns the same layers each time. Make them inside the function.": shared,
    }
    none_of(slips, what)
    turned = np.any(tall[:, 16:].mean(axis=(1, 2, 3)) < tall[:, :16].mean(axis=(1, 2, 3)))
    layers = dict(zip(kinds, block.layers, strict=True))
    bordered = any(getattr(layer, "fill_mode", "") in ("constant", "wrap") for layer in block.layers)
    weak = [kind for kind, (limits, _) in STRENGTHS.items() if not _strong(layers[kind], limits)]
    far, out = layers["RandomRotation"].factor[1] > 0.05, layers["RandomZoom"].height_upper > 0
    raised = layers["RandomContrast"].factor[0] <= 0 < layers["RandomContrast"].factor[1]
    slips = {
        "turns some pictures upside down. Which layer does it, and with which setting does it not?": turned,
        'leaves black or white borders, or fills them from the far side. Use fill_mode="reflect" wherever a '
        "layer moves pixels.": bordered,
        "turns too far. RandomRotation takes a share of a full turn, which has 360 degrees.": far,
        "zooms out as well. Negative numbers zoom in: give RandomZoom a pair.": out,
        "only raises the contrast. Give RandomContrast a pair, both above 0, as in that cell.": raised,
        'never mirrors left and right: RandomFlip("horizontal").': layers["RandomFlip"].mode != "horizontal",
        **{f"needs other numbers in {kind}: {STRENGTHS[kind][1]}.": True for kind in weak},
    }
    none_of(slips, what)
    passed(function, "pictures change in training only, stay in 0..255, and are never upside down")


def _strong(layer, limits):
    """Say whether a layer draws from the limits that are asked for; a stronger brightness is welcome."""
    names = ("factor", "height_lower", "height_upper", "width_lower", "width_upper")
    found = np.ravel([vars(layer)[name] for name in names if name in vars(layer)])
    more = max(1, found[-1] / limits[-1]) if "Brightness" in type(layer).__name__ else 1
    return np.allclose(found, more * np.resize(limits, len(found)), atol=0.005)
