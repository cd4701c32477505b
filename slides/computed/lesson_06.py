"""Deck 6: what the executed lesson has printed and drawn, and Grad-CAM step by step on one picture."""

from __future__ import annotations

import functools
import re

import numpy as np

from helpers import backbones, datasets, drawings, plots, visualize
from slides.computed.photos import cells, png
from slides.lesson_outputs import figure, printed

LESSON = "06"
HANDBAG, SHOE = 0, 1
NUMBER = r"-?\d[\d.,]*"
FIRST, MIDDLE, LAST = "stem_relu", "stage2_block2_out", "stage4_block1_out"
STAGES = (FIRST, "stage1_block1_out", MIDDLE, "stage3_block3_out", LAST)
METHODS = ("Grad-CAM", "saliency", "guided backpropagation", "edges")
PATCH, GRAY = 32, 128  # pixels and value of the square that covers, as in the lesson
CLEAR = (37, 155, 65, 169)  # test pictures with one whole shoe, easy to see
# Test pictures for mosaics: a handbag, a shoe, a shoe, a handbag, all easy to see.
MOSAICS = ((10, 37, 155, 160), (96, 37, 155, 160), (96, 155, 37, 172), (10, 155, 37, 24))
CORNERS = ((0, 0), (16, 48), (48, 48), (88, 48))  # where the lesson puts it
COLOURS = np.array(  # of background, body, handle, strap, sole, heel, upper, lace
    [
        (225, 225, 225),
        (0, 114, 178),
        (240, 228, 66),
        (230, 159, 0),
        (0, 0, 0),
        (204, 121, 167),
        (86, 180, 233),
        (160, 60, 0),
    ],
    np.uint8,
)


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    picture = subject()
    maps, _ = maps_and_gradients()
    found = {
        "logit_handbag": signed(logits()[picture, HANDBAG]),
        "logit_shoe": signed(logits()[picture, SHOE]),
        "channels": str(maps.shape[-1]),
        "side": str(maps.shape[0]),
        "filters": printed(LESSON, rf"^({NUMBER}) filters of"),
        "filter_shape": printed(LESSON, r"filters of (\d+×\d+×\d+);"),
        "brightness": printed(LESSON, r"(\d+) look mostly at brightness"),
        "colour": printed(LESSON, r"(\d+) mostly at colour"),
        "noise_mean": printed(LESSON, rf"channel's map: ({NUMBER}) for the picture made from noise"),
        "photo_mean": printed(LESSON, rf"^({NUMBER}) for the one of 500 test pictures"),
        "heat_handbag": printed(LESSON, r"heat for handbag +in the quarters of its class: (\d+% ± \d+%)"),
        "heat_shoe": printed(LESSON, r"heat for shoe +in the quarters of its class: (\d+% ± \d+%)"),
        "likeness": printed(LESSON, rf"occlusion and Grad-CAM, mean correlation +({NUMBER})$"),
        "best_part": printed(LESSON, r"best part detector +(\w+), IoU"),
        "best_iou": printed(LESSON, rf"best part detector +\w+, IoU ({NUMBER})"),
        "detectors": printed(LESSON, r"parts with a detector, trained and random +(\d+),"),
        "by_chance": printed(LESSON, r"parts with a detector, trained and random +\d+, (\d+)"),
        "accuracy": printed(LESSON, rf"^test accuracy: ({NUMBER}) before"),
        "ruined": printed(LESSON, rf"^test accuracy: {NUMBER} before, ({NUMBER}) after"),
        "photo_handbag": printed(LESSON, rf"^largest logit: handbag ({NUMBER}),"),
        "photo_shoe": printed(LESSON, rf"^largest logit: .* shoe ({NUMBER}) on test pictures"),
        "noise_handbag": printed(LESSON, rf"^from noise: +handbag ({NUMBER}),"),
        "noise_shoe": printed(LESSON, rf"^from noise: .* shoe ({NUMBER})$"),
    }
    for key, layer in {"first": FIRST, "middle": MIDDLE, "last": LAST}.items():
        found[f"{key}_shape"] = printed(LESSON, rf"^{layer} +(\d+ × \d+ × \d+)$")
    return found


def figures() -> dict:
    """Draw the pictures of the deck."""
    return {
        "picture": png(plots.image_grid([pictures()[subject()]], size=2.4, alt="A shoe.")),
        "mixed": png(plots.image_grid([clearest()[0]], size=2.4, alt="Two handbags and two shoes.")),
        "filters": png(first_filters()),
        **{f"maps_{key}": png(channels(key)) for key in ("first", "middle", "last")},
        "backpack": png(plots.image_grid([pictures()[sure()[HANDBAG][0]]], size=2.0, alt="A handbag.")),
        "redrawn": png(redrawn()),
        "where_what": where_and_what(),
        "climbing": figure(LESSON, "the same picture after 4, 16 and 64 steps"),
        "textures": figure(LESSON, "Twelve pictures in colour made from noise"),
        "classes": png(class_pictures()),
        "patches": png(patches()),
        **{f"cam_{step}": png(cam_step(step)) for step in range(1, 7)},
        "right": png(
            both_classes([sure()[HANDBAG][0], sure()[SHOE][0], sure()[HANDBAG][1], sure()[SHOE][1]])
        ),
        "wrong": png(both_classes(np.argsort(margins())[:4])),
        "mosaic": png(mosaic()),
        "covered": png(covered()),
        "compared": png(compared()),
        "parts": png(parts()),
        "trained": png(methods("Each of four methods before and after")[0]),
        "ruined": png(methods("Each of four methods before and after")[1]),
        "sanity": sanity(),
    }


def signed(value) -> str:
    """Write a number with its sign."""
    return f"{value:+.1f}".replace("-", "−")


@functools.cache
def data():
    """Load handbags and shoes."""
    return datasets.handbags_and_shoes("drawn", size=(128, 128))


def pictures():
    """Give the test pictures."""
    return data().test.images


@functools.cache
def base():
    """Load the network of the course."""
    return backbones.headless("mini_resnet")


@functools.cache
def model():
    """Train a linear head on features and put it behind the base, in one flat model that gives logits."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    images = np.concatenate([data().train.images, data().validation.images])
    labels = np.concatenate([data().train.labels, data().validation.labels])
    rows = base().predict(images, verbose=0)
    scale = layers.Normalization()
    scale.adapt(rows)
    weak = keras.regularizers.L2(0.05)
    head = keras.Sequential([keras.Input(rows.shape[1:]), scale, layers.Dense(2, kernel_regularizer=weak)])
    from_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    head.compile(keras.optimizers.Adam(1e-2), from_logits)
    head.fit(rows, labels, batch_size=96, epochs=40, verbose=0)
    return keras.Model(base().input, head(base().output))


@functools.cache
def logits() -> np.ndarray:
    """What the model says of the test pictures, (n, 2)."""
    return model().predict(pictures(), verbose=0)


def margins() -> np.ndarray:
    """How far the right logit is above the other; below 0 the answer is wrong."""
    labels = data().test.labels
    place = np.arange(len(labels))
    return logits()[place, labels] - logits()[place, 1 - labels]


def sure() -> dict:
    """For each class, its test pictures from the surest on."""
    order = np.argsort(-margins())
    return {label: order[data().test.labels[order] == label] for label in (HANDBAG, SHOE)}


def subject() -> int:
    """Of some test pictures with a shoe that is easy to see, the one of which the model is surest."""
    return max(CLEAR, key=lambda number: margins()[number])


def heated(images, maps):
    """Lay maps over pictures without their colours."""
    return visualize.overlay(images.mean(axis=-1, keepdims=True), maps, alpha=0.7)


def first_filters():
    """Show the filters of the first layer as small pictures in colour."""
    kernels = visualize.filters(base().get_layer("stem_conv"))
    return plots.image_grid(
        visualize.normalise(kernels, signed=True) / 2 + 0.5,
        columns=8,
        size=0.8,
        alt="The filters of the first layer as small pictures in colour.",
    )


def channels(key):
    """Show the channels of one layer for the surest handbag."""
    layer, columns = {"first": (FIRST, 6), "middle": (MIDDLE, 8), "last": (LAST, 16)}[key]
    maps = visualize.feature_maps(base(), pictures()[sure()[HANDBAG][:1]], layer)[0]
    return plots.mosaic(np.moveaxis(maps, -1, 0), columns=columns, width=4.6, alt=f"All channels of {layer}.")


def readouts() -> dict:
    """For each stage what the lesson has measured: R² of the redrawn picture, accuracy of the class."""
    lines = {layer: printed(LESSON, rf"^{layer} +({NUMBER} +{NUMBER})$") for layer in STAGES}
    return {layer: tuple(map(float, line.split())) for layer, line in lines.items()}


def redrawn():
    """Set the pictures that the lesson has redrawn from each stage larger."""
    shown = cells(figure(LESSON, "the same redrawn from one layer"), 1, 6)
    titles = [f"stage {number}\nR² {where:.2f}" for number, (where, _) in enumerate(readouts().values(), 1)]
    alt = "A picture, and the same redrawn from five stages: sharp at first, a blur at last."
    return plots.image_grid(shown, ["picture\n", *titles], columns=6, size=1.0, alt=alt)


def where_and_what():
    """Draw both measurements over the stages."""
    where, what = zip(*readouts().values(), strict=True)
    stage = np.arange(1, len(where) + 1)
    return plots.curves(
        {"where: R² of the redrawn picture": (stage, where), "what: accuracy of the class": (stage, what)},
        xlabel="stage of the network, 1 is nearest to the picture",
        ylabel="R², accuracy",
        markers=True,
        alt="Over the stages of the network, two lines: where falls, what rises.",
    )


def class_pictures():
    """Set the pictures that the lesson has made for the two classes larger."""
    shown = cells(figure(LESSON, "Two colourful pictures made from noise"), 1, 2)
    return plots.image_grid(shown, ["for handbag", "for shoe"], size=1.7, alt="Two pictures made from noise.")


def patches():
    """Show the test patches that drive some channels most, a row for each channel."""
    usual = visualize.feature_maps(base(), pictures()[:48], MIDDLE).mean(axis=(0, 1, 2))
    found = visualize.top_patches(base(), MIDDLE, np.argsort(-usual)[:3], pictures(), count=8).patches
    return plots.mosaic(
        found.reshape(-1, *found.shape[2:]).astype("uint8"),
        columns=8,
        width=6.4,
        gap=2,
        alt="For each of three channels the eight patches that drive it most.",
    )


def four(numbers) -> np.ndarray:
    """Join four test pictures to one."""
    a, b, c, d = pictures()[list(numbers)]
    return np.concatenate([np.concatenate([a, b], axis=1), np.concatenate([c, d], axis=1)])


@functools.cache
def clearest() -> np.ndarray:
    """Of some mosaics, the one with the largest share of its heat on either shoe: (1, 256, 256, 3)."""
    images = np.stack([four(numbers) for numbers in MOSAICS])
    heat = visualize.grad_cam(model(), images, LAST, SHOE)
    half = images.shape[1] // 2
    on_shoes = np.minimum(heat[:, :half, half:].sum(axis=(1, 2)), heat[:, half:, :half].sum(axis=(1, 2)))
    best = np.argmax(on_shoes / (heat.sum(axis=(1, 2)) + 1e-9))
    return images[best : best + 1]


@functools.cache
def maps_and_gradients():
    """For that mosaic: the maps of the last layer, and how the logit of shoe changes with them."""
    import keras
    import tensorflow as tf

    two = keras.Model(model().input, [model().get_layer(LAST).output, model().output])
    image = tf.constant(clearest(), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(image)
        maps, scores = two(image)
        score = scores[0, SHOE]
    return maps[0].numpy(), tape.gradient(score, maps)[0].numpy()


def cam_step(step):
    """Draw one step of Grad-CAM, with two channels that speak most for the shoes and two against them."""
    maps, gradients = maps_and_gradients()
    heat = visualize.grad_cam(model(), clearest(), LAST, SHOE)
    order = np.argsort((maps * gradients).sum(axis=(0, 1)))
    shown = [*order[:-3:-1], *order[:2]]
    return plots.grad_cam_step(clearest()[0], maps, gradients, heated(clearest(), heat)[0], shown, step)


def both_classes(picked):
    """Show four pictures, and beside each the heat for handbag and for shoe."""
    shown = pictures()[picked]
    heats = [heated(shown, visualize.grad_cam(model(), shown, LAST, target)) for target in (HANDBAG, SHOE)]
    words = data().class_names
    images, titles = [], []
    for place, number in enumerate(picked):
        images += [shown[place] / 255, *(heat[place] for heat in heats)]
        said = words[int(logits()[number].argmax())]
        titles += [f"said {said}", *(f"for {word}" for word in words)]
    return plots.image_grid(
        images, titles, columns=6, size=1.0, alt="Four pictures, each with two heat maps."
    )


def mosaic():
    """Join two handbags and two shoes, and show the heat for both classes."""
    bags, shoes = sure()[HANDBAG][3:5], sure()[SHOE][3:5]
    joined = four([bags[0], shoes[0], shoes[1], bags[1]])[None]
    heats = [heated(joined, visualize.grad_cam(model(), joined, LAST, t))[0] for t in (HANDBAG, SHOE)]
    titles = ["two of each", *(f"heat for {name}" for name in data().class_names)]
    return plots.image_grid(
        [joined[0] / 255, *heats], titles, size=2.0, alt="A mosaic, and its heat for each class."
    )


def covered():
    """Cover one picture in four places, and write how far the logit drops."""
    number = sure()[HANDBAG][0]
    copies = np.stack([pictures()[number]] * len(CORNERS))
    for copy, (top, left) in zip(copies, CORNERS, strict=True):
        copy[top : top + PATCH, left : left + PATCH] = GRAY
    drops = logits()[number, HANDBAG] - model().predict(copies, verbose=0)[:, HANDBAG]
    titles = [f"drop {drop:.1f}" for drop in drops]
    return plots.image_grid(copies, titles, size=1.5, alt="A picture with a gray square in four places.")


def compared():
    """Show occlusion and Grad-CAM for a handbag and a shoe."""
    shown = pictures()[[sure()[HANDBAG][1], subject()]]
    drops = visualize.occlusion(model(), shown, [HANDBAG, SHOE], patch=PATCH, stride=8, fill=GRAY)
    heat = visualize.grad_cam(model(), shown, LAST, [HANDBAG, SHOE])
    rows = zip(shown / 255, heated(shown, drops), heated(shown, heat), strict=True)
    titles = ["picture", "occlusion", "Grad-CAM"] * 2
    alt = "A handbag and a shoe, each with the map of occlusion and of Grad-CAM."
    return plots.image_grid([one for row in rows for one in row], titles, columns=3, size=1.3, alt=alt)


def parts():
    """Show drawings, and the same with each part in one flat colour."""
    drawn, _, masks, _ = drawings.handbags_and_shoes_with_parts("test", 6)
    named = [", ".join(drawings.PARTS[k] for k in np.unique(mask)[1:][:2]) for mask in masks]
    alt = "Six drawings of handbags and shoes; below, each part in a colour of its own."
    return plots.image_grid(
        np.concatenate([drawn, COLOURS[masks]]), [""] * 6 + named, columns=6, size=1.0, alt=alt
    )


def methods(alt):
    """Set the maps of four methods larger, for the trained network and for the ruined one."""
    found = cells(figure(LESSON, alt), 2, 5)
    titles = ["trained", *(name.replace("propagation", "prop.") for name in METHODS)]
    again = ["shuffled", "", "", "", ""]
    words = "A picture, and four maps that explain it"
    return [
        plots.image_grid(found[:5], titles, columns=5, size=1.15, alt=f"{words}."),
        plots.image_grid(found, titles + again, columns=5, size=1.15, alt=f"{words}, trained and ruined."),
    ]


def sanity():
    """Draw how like the first map the map is, when more and more layers are random."""
    rows = {}
    for name in METHODS:
        line = printed(LESSON, rf"^{name} +(head +{NUMBER} +last quarter +{NUMBER} +all +{NUMBER})$")
        numbers = map(float, re.findall(NUMBER, line))
        rows[name] = dict(zip(("head random", "last quarter", "all random"), numbers, strict=True))
    return plots.dots(
        rows,
        xlabel="rank correlation with the map of the trained network",
        limits=(-1.05, 1.05),
        alt="Rank correlation of four methods, for a random head, a random last quarter, and all random.",
    )
