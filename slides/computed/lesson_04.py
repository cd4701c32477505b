"""Numbers and figures of deck 4, on the drawn pictures and with EfficientNet-Lite0."""

from __future__ import annotations

import functools

import numpy as np

from helpers import convolution, datasets, plots
from helpers.plots import Box
from slides import wall
from slides.computed import parts
from slides.lesson_outputs import printed

LESSON = "04"
NETWORK = "efficientnet_lite0"
SHOWN = (82, 15, 14, 149)  # test pictures
OLD = r"^the larger sum is right for (\d\.\d+) of all"


@functools.cache
def data():
    """The drawn handbags and shoes, which the committed lesson shows."""
    return datasets.handbags_and_shoes("drawn", size=(192, 192))


@functools.cache
def described() -> tuple[np.ndarray, int]:
    """Features of the test pictures shown, and how many weights the base has."""
    from helpers import backbones

    base = backbones.headless(NETWORK)
    return np.asarray(base(data().test.images[list(SHOWN)], training=False)), base.count_params()


@functools.cache
def whole():
    """The network with its last layer."""
    from helpers import backbones

    return backbones.whole(NETWORK)


@functools.cache
def tagged() -> tuple[list, list]:
    """The three most probable of ImageNet's names: for the pictures shown, and for the photos."""
    from keras import layers

    alike = [layers.Resizing(192, 192)(photo) for photo in photos()]
    answers = whole().predict(np.concatenate([data().test.images[list(SHOWN)], alike]), verbose=0)
    found = [[(whole().categories[n], float(row[n])) for n in np.argsort(-row)[:3]] for row in answers]
    return found[: len(SHOWN)], found[len(SHOWN) :]


@functools.cache
def photos() -> list:
    """Three photos of scikit-image."""
    import skimage

    return [skimage.data.coffee(), skimage.data.chelsea(), skimage.data.stereo_motorcycle()[0]]


def labelled() -> tuple[np.ndarray, np.ndarray]:
    """Training and validation pictures together, and their labels."""
    splits = data().train, data().validation
    return np.concatenate([split.images for split in splits]), np.concatenate([s.labels for s in splits])


def right(name: str) -> float:
    """Read a line such as "linear head   0.945 right"."""
    return float(printed(LESSON, rf"^{name} +(\d\.\d+) right(?:, .*)?$"))


def values() -> dict[str, str]:
    """Numbers of the deck, as text."""
    rows, base = described()
    ratio = printed(LESSON, r"^plain, 56 +first / last +([0-9.]+), per layer")
    return {
        "features": f"{rows.shape[1]:,}",
        "base_weights": f"{base:,}",
        "head_weights": f"{convolution.count_parameters(1, rows.shape[1], 2):,}",
        "labelled": str(len(labelled()[0])),
        "test": str(len(data().test.labels)),
        "first_try": printed(LESSON, r"^accuracy on \d+ test pictures: (\d\.\d+)$"),
        "as_is": printed(LESSON, r"^0 to 255 +(\d\.\d+) right$"),
        "divided": printed(LESSON, r"^divided by 255 +(\d\.\d+) right$"),
        "old": printed(LESSON, OLD),
        "ratio": f"{float(ratio):,.0f}",
        "per_layer": printed(LESSON, r"^plain, 56 .* per layer ([0-9.]+),"),
        "linear_scratch": printed(LESSON, r"^linear, from scratch: +(.*)$"),
        "linear_hidden": printed(LESSON, r"^linear, hidden layer: +(.*)$"),
        "near_features": printed(LESSON, r"^by features: .* (\d+)%$"),
        "near_pixels": printed(LESSON, r"^by pixels +: .* (\d+)%$"),
        "scratch": f"{parts.result(LESSON, 'from scratch, 96 pictures:').mean:.2f}",
        "with_4": f"{parts.result(LESSON, 'features,  4 pictures:').mean:.2f}",
        "with_16": f"{parts.result(LESSON, 'features, 16 pictures:').mean:.2f}",
        "sentences": printed(LESSON, r"^sentences (\(\d+,\)) -> numbers"),
        "vectors": printed(LESSON, r"-> numbers (\(\d+, \d+\))$"),
        **{
            f"a_{name}": parts.answer(LESSON, name)
            for name in ("trains", "scaling", "paired", "neighbours", "curves", "depth")
        },
    }


def figures() -> dict:
    """Figures of the deck."""
    return {
        "title": parts.sharp(title()),
        "named": parts.sharp(named()),
        "tags": parts.sharp(tags()),
        **{f"head_{step}": parts.sharp(head(step)) for step in (1, 2, 3, 4)},
        "scaled": parts.sharp(scaled_twice()),
        "row": parts.sharp(table(1)),
        "labels": parts.sharp(table(4, labels=True)),
        "heads": heads(),
        "map": parts.taken(LESSON, "Test pictures in a plane by their features"),
        "neighbours": parts.taken(LESSON, "Four rows: a test picture"),
        **{f"few_{count}": parts.sharp(few(count)) for count in (4, 16)},
        "sizes": parts.taken(LESSON, "Test accuracy against labelled pictures"),
        "plain": block(),
        "residual": block(skip=True),
        "identity": block(skip=True, new=True),
        "depth": parts.taken(LESSON, "Gradient by depth"),
        "losses": losses(),
    }


def named():
    """The photos, each with the most probable of ImageNet's names."""
    titles = [f"{tag}, {share:.0%}" for (tag, share), *_ in tagged()[1]]
    return plots.image_grid(photos(), titles, columns=3, size=2.3, alt="three photos, named")


def title():
    """A photo through the headless network, in four boxes."""
    boxes = [Box(data().test.images[SHOWN[0]]), "trained on\na million photos", "1,280\nfeatures"]
    return plots.flow([*boxes, Box("head", state="gone")], alt="a network without its head")


def block(*, skip=False, new=False):
    """Two convolutions as boxes: plain, residual, or residual and new."""
    state = "gone" if new else "usual"
    inside = [
        Box("conv 3×3\nbatch norm", " ", state),
        Box("ReLU", "", state),
        Box("conv 3×3\nbatch norm", "scale 0" if new else "", state),
    ]
    ends = Box("x", state="text"), Box("x" if new else "H(x)", state="text")
    name = "F(x) = 0" if new else "F(x)" if skip else "H(x), all of it"
    boxes = [ends[0], *inside, *([Box("+")] if skip else []), "ReLU", ends[1]]
    return plots.flow(boxes, skip=(0, 4) if skip else None, groups={name: (1, 3)}, width=9.5, alt="a block")


def heads():
    """Test accuracies of section 3, as bars."""
    told = {
        "from scratch": right("from scratch"),
        "old head, its bags and shoes added up": float(printed(LESSON, OLD)),
        "features, one hidden layer": right("hidden layer"),
        "features, linear head": right("linear head"),
    }
    return plots.bars(told, xlabel="accuracy on the test pictures", number_format="{:.2f}", alt="bars")


def losses():
    """Training loss of the four networks over the epochs."""
    names = ("plain, 20", "plain, 56", "residual, 20", "residual, 56")
    told = {name: printed(LESSON, rf"^{name} +loss after each epoch: (.*)$").split() for name in names}
    lines = {name: (np.arange(1, len(row) + 1), [float(loss) for loss in row]) for name, row in told.items()}
    return plots.curves(lines, xlabel="epoch", ylabel="training loss", markers=True, alt="four losses")


def tags():
    """Test pictures with what the whole network says about them."""
    titles = ["\n".join(f"{tag} {share:.0%}" for tag, share in found) for found in tagged()[0]]
    return plots.image_grid(data().test.images[list(SHOWN)], titles, columns=4, size=1.5, alt="tags")


def head(step):
    """The head is cut off and replaced: whole, headless, with a new head, with a frozen base."""
    rows, base = described()
    old = f"{convolution.count_parameters(1, rows.shape[1], 1000):,} weights"
    new = f"{convolution.count_parameters(1, rows.shape[1], 2):,} weights"
    said = tagged()[0][0][0][0].replace(" ", "\n")
    tail = {
        1: [Box("dense,\n1,000 names", old), Box(f"“{said}”", state="text")],
        2: [Box("dense,\n1,000 names", "", "gone")],
        3: [Box("dense,\n2 classes", new, "new"), Box("handbag\nor shoe", state="text")],
    }[min(step, 3)]
    body = Box("convolutions,\nresidual blocks", f"{base:,} weights", "frozen" if step == 4 else "usual")
    boxes = [Box(data().test.images[SHOWN[0]], "192×192×3"), body, "1,280\nfeatures", *tail]
    groups = {"base, frozen" if step == 4 else "base": (1, 2)} | ({} if step == 2 else {"head": (3, 3)})
    return plots.flow(boxes, groups=groups, width=10.6, alt="a network in parts")


def table(count, *, labels=False):
    """Some test pictures and their features."""
    shown = list(SHOWN)[:count]
    named = [data().class_names[data().test.labels[number]] for number in shown] if labels else None
    images, rows = data().test.images[shown], described()[0][:count]
    return wall.feature_table(images, rows, shown=6, labels=named, alt="features")


def scaled_twice():
    """A picture as it should go in, and divided by 255 first."""
    one = data().test.images[SHOWN[0]]
    return plots.image_grid(
        [one, (one / 255).astype(np.uint8)], ["0 to 255", "divided by 255"], columns=2, size=1.6, alt="two"
    )


def few(count):
    """That many labelled pictures, half of each class, all at one size on a sheet for 16."""
    images, labels = labelled()
    chosen = np.concatenate([np.flatnonzero(labels == k)[: count // 2] for k in (0, 1)])
    columns = count // 2
    return plots.mosaic(images[chosen], columns=columns, width=1.1 * columns, gap=4, alt="few pictures")
