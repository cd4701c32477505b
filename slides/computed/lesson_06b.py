"""Deck 6b: what the executed lesson has printed and drawn, and Grad-CAM step by step on its first picture."""

from __future__ import annotations

import functools
import re

import numpy as np

from helpers import backbones, plots, visualize
from slides import wall
from slides.computed.photos import cells, png
from slides.lesson_outputs import figure, printed

LESSON = "06b"
NUMBER = r"-?\d[\d.,]*"
LAYER = "top_relu"
PARTS = ("body", "handle", "strap", "sole", "heel", "upper", "lace")
SHOWN_PARTS = ["handbag", "body", "handle", "strap", "shoe", "sole", "upper", "lace"]
METHODS = {"Grad-CAM": "Grad-CAM", "saliency": "saliency", "guided": "guided backprop.", "edges": "edges"}
ASKED = ("espresso", "Egyptian cat")
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
STEPS = ("last layer", "+ top", "+ stage 7", "+ stage 6", "all")


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    maps, _ = maps_and_gradients()
    found = {
        "channels": f"{maps.shape[-1]:,}",
        "side": str(maps.shape[0]),
        "share": printed(LESSON, r"^24 maps: (\d+%) of the heat"),
        "worst_share": printed(LESSON, r"^(\d+%) in the worst map"),
        "hurts_more": printed(LESSON, r"^hot hurts more than turned in (\d+ of \d+) pictures"),
        "p": p_value("turned"),
        "more_than_busy": printed(LESSON, r"^hot hurts more than busy in (\d+ of \d+) pictures"),
        "p_busy": p_value("busy"),
        **{
            f"loss_{n}": printed(LESSON, rf"^the lead shrinks by: .*{n} ({NUMBER})")
            for n in ("hot", "turned", "busy")
        },
        "shuffled": printed(LESSON, r"^(\d+%) of the weights are shuffled"),
        "right": printed(LESSON, r"^right on (\d+ of \d+) test pictures"),
        "guided": correlations()["guided"][3],
        "other_photos": correlations()["Grad-CAM"][5],
        "first_step": correlations()["Grad-CAM"][0],
    }
    for key, name in (("cat", "Egyptian cat"), ("espresso", "espresso")):
        line = rf"^{name} +probability ({NUMBER}) +logit"
        found[f"p_{key}"] = printed(LESSON, line)
        found[f"z_{key}"] = printed(LESSON, rf"^{name} +probability {NUMBER} +logit +({NUMBER})$")
    for place in ("sole", "strap", "upper"):
        found[f"{place}_trained"], found[f"{place}_random"] = overlaps()[place]
    return found


def p_value(control) -> str:
    """Give the p value of the sign test against a control, its power of ten written out."""
    found = printed(LESSON, rf"^hot hurts more than {control} in .*, p = (.*)$")
    number, _, power = found.partition("e-")
    return number + ("·10⁻" + str(int(power)).translate(SUPERSCRIPTS) if power else "")


def figures() -> dict:
    """Draw the pictures of the deck."""
    hook = cells(figure(LESSON, "the heat for espresso lies on the cup"), 1, 3)
    tripod = cells(figure(LESSON, "beside a photographer"), 1, 3)
    covered = cells(figure(LESSON, "a gray square over face"), 1, 4)
    compared = cells(figure(LESSON, "a hundred squares"), 1, 3)
    heats = ["the picture", "heat for {}", "heat for {}"]
    return {
        "picture": grid(hook[:1], None, 1, 2.4),
        "heats": grid(
            hook, [text.format(name) for text, name in zip(heats, ["", *ASKED], strict=True)], 3, 2.1
        ),
        "tripod": grid(tripod, ["the picture", "heat for moped", "heat for tripod"], 3, 2.1),
        **{f"cam_{step}": png(cam_step(step)) for step in range(1, 7)},
        "surest": by_picture("Two handbags and two shoes."),
        "worst": by_picture("A sandal taken for a handbag"),
        "covered": grid(covered, ["face", "suit", "helmet", "shuttle"], 4, 1.6),
        "compared": grid(compared, ["drop for each square", "occlusion", "Grad-CAM"], 3, 2.1),
        "parts": grid(cells(figure(LESSON, "the places of three of its parts"), 2, 4), SHOWN_PARTS, 4, 1.5),
        # Its heading lies above the first row of titles and is cut away with them.
        "fires": grid(cells(figure(LESSON, "Six gray drawings of shoes"), 2, 3), None, 6, 1.2),
        "overlaps": overlap_dots(),
        "trained": methods(cells(figure(LESSON, "A cat and a cup with the maps"), 2, 5)),
        "ruined": methods(every_other(cells(figure(LESSON, "The maps before and after the shuffle"), 4, 5))),
        "sanity": sanity(),
    }


def grid(images, titles, columns, size) -> bytes:
    """Set pictures side by side, as large as a slide needs them."""
    return png(plots.image_grid(images, titles, columns=columns, size=size, alt="Pictures of the lesson."))


def by_picture(alt) -> bytes:
    """Turn the lesson's three rows of four into a row for each pair of pictures: picture and both heats."""
    shown = cells(figure(LESSON, alt), 3, 4)
    order = [shown[row * 4 + column] for column in range(4) for row in range(3)]
    return grid(order, ["picture", "for handbag", "for shoe"] * 4, 6, 1.05)


def methods(pictures) -> bytes:
    """Set the maps of the lesson larger; the first picture of each row is the photo."""
    return grid(pictures, ["photo", *METHODS.values()] + [""] * 5, 5, 1.25)


def every_other(pictures) -> list:
    """Keep the second and the fourth row of five: the maps after the shuffle."""
    return pictures[5:10] + pictures[15:20]


@functools.cache
def model():
    """Load the network without its softmax, as the lesson does."""
    network = backbones.whole("efficientnet_lite0")
    network.get_layer("predictions").activation = None
    return network


@functools.cache
def cup_and_cat() -> np.ndarray:
    """Join half of two photos, as the lesson does: (192, 192, 3)."""
    from keras import layers
    from skimage import data

    half = layers.Resizing(192, 96, crop_to_aspect_ratio=True, antialias=True)
    return np.hstack([half(data.coffee()), half(data.chelsea())])


@functools.cache
def maps_and_gradients():
    """For that picture: the last maps, and how the logit of espresso changes with them."""
    import keras
    import tensorflow as tf

    inside = keras.Model(model().input, [model().get_layer(LAYER).output, model().output])
    picture = tf.constant(cup_and_cat()[None], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(picture)
        maps, logits = inside(picture)
        score = logits[0, espresso()]
    return maps[0].numpy(), tape.gradient(score, maps)[0].numpy()


def espresso() -> int:
    """Number of the class."""
    return model().categories.index("espresso")


@functools.cache
def heat() -> np.ndarray:
    """Give the heat for espresso, (1, 192, 192)."""
    return visualize.grad_cam(model(), cup_and_cat()[None], LAYER, espresso())


def cam_step(step):
    """Draw one step of Grad-CAM, with two channels that speak most for espresso and two against it."""
    maps, gradients = maps_and_gradients()
    gray = cup_and_cat().mean(axis=-1, keepdims=True)
    over = visualize.overlay(gray, heat()[0], alpha=0.7)
    order = np.argsort((maps * gradients).sum(axis=(0, 1)))
    shown = [*order[:-3:-1], *order[:2]]
    return wall.grad_cam_step(cup_and_cat() / 255, maps, gradients, over, shown, step)


@functools.cache
def overlaps() -> dict:
    """For each part the IoU of the best channel: in the trained network, and in the best random one."""
    found = {}
    for part in PARTS:
        row = printed(LESSON, rf"^{part} +({NUMBER} +{NUMBER} +{NUMBER} +{NUMBER})$").split()
        found[part] = row[0], max(row[1:], key=float)
    return found


def overlap_dots():
    """Draw these values, a row for each part."""
    rows = {
        part: {"trained": float(trained), "best of three random": float(random)}
        for part, (trained, random) in overlaps().items()
    }
    alt = "For each of seven parts the IoU of the best channel, trained and in the best random network."
    return wall.dots(rows, xlabel="IoU on the other half of the drawings", limits=(0, 0.3), alt=alt)


@functools.cache
def correlations() -> dict:
    """For each method what the lesson has printed: after five steps, and for two photos."""
    row = " +".join([NUMBER] * 6)
    return {name: re.findall(NUMBER, printed(LESSON, rf"^{name} +({row})$")) for name in METHODS}


def sanity():
    """Draw how like the first map the map is, when more and more layers are random."""
    shown = (0, 2, 3, 4)
    rows = {name: {STEPS[n]: float(correlations()[key][n]) for n in shown} for key, name in METHODS.items()}
    return wall.dots(
        rows,
        xlabel="rank correlation with the map of the trained network",
        limits=(-0.25, 1.05),
        alt="Rank correlation of four methods after more and more of the network is shuffled.",
    )
