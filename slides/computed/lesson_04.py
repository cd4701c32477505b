"""Numbers and figures of deck 4, on the drawn pictures and with the network of the course."""

from __future__ import annotations

import functools

import matplotlib
import numpy as np

from helpers import convolution, datasets, plots
from helpers.plots import Box
from slides import wall
from slides.computed import parts
from slides.lesson_outputs import printed

LESSON = "04"
NETWORK = "mini_resnet"  # the one that the executed lesson uses
SHOWN = (2, 5, 0, 3)  # test pictures
DEPTHS = ("plain, 20", "plain, 56", "residual, 56")


@functools.cache
def data():
    """The drawn handbags and shoes, which the committed lesson shows."""
    return datasets.handbags_and_shoes("drawn", size=(128, 128))


@functools.cache
def described():
    """The data with features in the place of images, and the network that gave them."""
    from helpers import backbones

    base = backbones.headless(NETWORK)
    return backbones.features(base, data()), base.count_params()


@functools.cache
def tagged() -> list:
    """The three most probable tags of the pictures shown."""
    from helpers import backbones

    return backbones.tags(NETWORK, data().test.images[list(SHOWN)], top=3)


@functools.cache
def categories() -> int:
    """How many tags the network knows."""
    from helpers import backbones

    return len(backbones.tags(NETWORK, data().test.images[:1], top=10_000)[0])


def labelled() -> tuple[np.ndarray, np.ndarray]:
    """Training and validation pictures together, and their labels."""
    splits = data().train, data().validation
    return np.concatenate([split.images for split in splits]), np.concatenate([s.labels for s in splits])


def values() -> dict[str, str]:
    """Numbers of the deck, as text."""
    features, base = described()
    width = features.train.images.shape[1]
    scratch = parts.result(LESSON, "from scratch:")
    return {
        "features": str(width),
        "base_weights": f"{base:,}",
        "tags": str(categories()),
        "head_weights": f"{convolution.count_parameters(1, width, 2):,}",
        "labelled": str(len(labelled()[0])),
        "test": str(len(data().test.labels)),
        "parameters": printed(LESSON, r"^parameters: (\d+)$"),
        "two_convolutions": printed(LESSON, r"^two convolutions: (\d+) \+"),
        "two_norms": printed(LESSON, r"two batch norms: (\d+)$"),
        "basic": f"{2 * weights(3, 256, 256):,}",
        "bottleneck": f"{weights(1, 256, 64) + weights(3, 64, 64) + weights(1, 64, 256):,}",
        "scratch": f"{scratch.mean:.2f}",
        "linear": f"{parts.result(LESSON, 'linear head:').mean:.2f}",
        "gain": printed(LESSON, r"^gain over the network from scratch: ([+-]\d+) points"),
        "head_seconds": printed(LESSON, r"linear head (\d+\.\d), from scratch"),
        "scratch_seconds": printed(LESSON, r"linear head \d+\.\d, from scratch (\d+\.\d)$"),
        "nearest": printed(LESSON, r"^the nearest picture has the same label for (\d+)%"),
        "with_4": f"{parts.result(LESSON, 'features,  4 labelled pictures:').mean:.2f}",
        "with_16": f"{parts.result(LESSON, 'features, 16 labelled pictures:').mean:.2f}",
        "fewest": printed(LESSON, r"smallest size tried at which features reach it: (\d+)$"),
        "sentences": printed(LESSON, r"^sentences (\(\d+,\)) -> vectors"),
        "vectors": printed(LESSON, r"-> vectors (\(\d+, \d+\))"),
        **{f"a_{name}": parts.answer(LESSON, name) for name in ("identity", "scaling", "head", "neighbours")},
    }


def figures() -> dict:
    """Figures of the deck."""
    images = data().test.images
    return {
        "title": parts.sharp(title()),
        "plain": block(),
        "residual": block(skip=True),
        "identity": block(skip=True, new=True),
        "gradients": parts.taken(LESSON, "Gradient lengths by depth"),
        "losses": losses(),
        "basic": stack([(3, 256, 256)] * 2),
        "bottleneck": stack([(1, 256, 64), (3, 64, 64), (1, 64, 256)]),
        "tags": parts.sharp(tags()),
        **{f"head_{step}": parts.sharp(head(step)) for step in (1, 2, 3, 4)},
        "row": parts.sharp(table(1)),
        "table": parts.sharp(table(4)),
        "labels": parts.sharp(table(4, labels=True)),
        "scaled": parts.sharp(scaled_twice()),
        "heads": parts.taken(LESSON, "both heads on features lie far above"),
        "map": parts.sharp(plane()),
        "neighbours": parts.sharp(neighbours(images)),
        **{f"few_{count}": parts.sharp(few(count)) for count in (4, 16)},
        "sizes": parts.taken(LESSON, "the line of features lies above the one from scratch"),
    }


def title():
    """A photo through the headless network, in three boxes."""
    width = described()[0].train.images.shape[1]
    boxes = [Box(data().test.images[SHOWN[0]]), "trained on\nother pictures", Box("head", state="gone")]
    boxes.insert(2, f"{width}\nfeatures")
    return plots.flow(boxes, alt="a network without its head")


def block(*, skip=False, new=False):
    """Two convolutions as boxes: plain, residual, or residual and new."""
    state = "gone" if new else "usual"
    inside = [
        Box("conv 3×3", " ", state),
        Box("ReLU", "", state),
        Box("conv 3×3", "weights 0" if new else "", state),
    ]
    ends = Box("x", state="text"), Box("x" if new else "H(x)", state="text")
    name = "F(x) = 0" if new else "F(x)" if skip else "H(x), all of it"
    boxes = [ends[0], *inside, *([Box("+")] if skip else []), "ReLU", ends[1]]
    return plots.flow(boxes, skip=(0, 4) if skip else None, groups={name: (1, 3)}, width=9.5, alt="a block")


def weights(kernel, channels, filters):
    """Weights of a convolution without biases."""
    return convolution.count_parameters(kernel, channels, filters, bias=False)


def stack(layers):
    """A residual block of convolutions (kernel, channels, filters), each with its weights."""
    inside = [Box(f"{k}×{k}, {out}", f"{weights(k, into, out):,}") for k, into, out in layers]
    ends = Box("256", state="text"), Box("256", state="text")
    return plots.flow(
        [ends[0], *inside, Box("+"), ends[1]], skip=(0, len(inside) + 1), alt="a residual block"
    )


def losses():
    """Training loss of the three networks over the epochs."""
    told = {name: printed(LESSON, rf"^{name} +loss after each epoch: (.*)$").split() for name in DEPTHS}
    lines = {name: (np.arange(1, len(row) + 1), [float(loss) for loss in row]) for name, row in told.items()}
    return plots.curves(lines, xlabel="epoch", ylabel="training loss", markers=True, alt="three losses")


def tags():
    """Test pictures with what the whole network says about them."""
    titles = ["\n".join(f"{tag} {share:.0%}" for tag, share in found) for found in tagged()]
    return plots.image_grid(data().test.images[list(SHOWN)], titles, columns=4, size=1.5, alt="tags")


def head(step):
    """The head is cut off and replaced: whole, headless, with a new head, with a frozen base."""
    features, base = described()
    width = features.train.images.shape[1]
    old = f"{convolution.count_parameters(1, width, categories()):,} weights"
    new = f"{convolution.count_parameters(1, width, 2):,} weights"
    said = tagged()[0][0][0].replace(" ", "\n")
    tail = {
        1: [Box(f"dense,\n{categories()} tags", old), Box(f"“{said}”", state="text")],
        2: [Box(f"dense,\n{categories()} tags", "", "gone")],
        3: [Box("dense,\n2 classes", new, "new"), Box("handbag\nor shoe", state="text")],
    }[min(step, 3)]
    body = Box("convolutions,\nresidual blocks", f"{base:,} weights", "frozen" if step == 4 else "usual")
    boxes = [Box(data().test.images[SHOWN[0]], "128×128×3"), body, f"{width}\nfeatures", *tail]
    groups = {"base, frozen" if step == 4 else "base": (1, 2)} | ({} if step == 2 else {"head": (3, 3)})
    return plots.flow(boxes, groups=groups, width=10.4, alt="a network in parts")


def table(count, *, labels=False):
    """Some test pictures and their features."""
    shown = list(SHOWN)[:count]
    rows = described()[0].test.images[shown]
    named = [data().class_names[data().test.labels[number]] for number in shown] if labels else None
    return wall.feature_table(data().test.images[shown], rows, shown=6, labels=named, alt="features")


def scaled_twice():
    """A picture as it should go in, and divided by 255 first."""
    one = data().test.images[SHOWN[0]]
    return plots.image_grid(
        [one, (one / 255).astype(np.uint8)], ["0 to 255", "divided by 255"], columns=2, size=1.6, alt="two"
    )


def plane():
    """Test pictures along the two directions in which their features differ most, as in the lesson."""
    rows = described()[0].test.images
    centred = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
    points = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    named = [data().class_names[label] for label in data().test.labels[:60]]
    with matplotlib.rc_context({"legend.fontsize": 17, "axes.labelsize": 15, "xtick.labelsize": 12}):
        return plots.image_scatter(points[:60], data().test.images[:60], named, size=0.55, alt="a map")


def neighbours(images, queries=(0, 1, 3), count=6):
    """Rows of a test picture and the others whose features point most nearly the same way."""
    features, _ = described()
    known = np.concatenate([features.train.images, features.validation.images])
    scaled = (features.test.images - known.mean(axis=0)) / (known.std(axis=0) + 1e-6)
    directions = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
    cosines = directions[list(queries)] @ directions.T
    nearest = np.argsort(-cosines, axis=1)[:, :count]
    titles = [
        "asked" if place == 0 else f"{cosines[row, number]:.2f}"
        for row, found in enumerate(nearest)
        for place, number in enumerate(found)
    ]
    return plots.image_grid(images[nearest.ravel()], titles, columns=count, size=1.0, alt="neighbours")


def few(count):
    """That many labelled pictures, half of each class, all at one size on a sheet for 16."""
    images, labels = labelled()
    chosen = np.concatenate([np.flatnonzero(labels == k)[: count // 2] for k in (0, 1)])
    columns = count // 2
    return plots.mosaic(images[chosen], columns=columns, width=1.1 * columns, gap=4, alt="few pictures")
