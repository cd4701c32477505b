"""Deck 6: what the executed lesson has printed and drawn, its small pictures set larger."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from helpers import plots
from slides.computed.parts import answer, question, taken, two_rows
from slides.computed.photos import cells, png
from slides.lesson_outputs import figure, printed

LESSON = "06"
NUMBER = r"-?\d[\d.,]*"
# Of each figure that is taken as it is: a part of its alt text in the lesson.
WHOLE = {
    "maps_first": "32 maps of the cat in gray",
    "maps_middle": "48 coarse maps of the cat",
    "maps_last": "72 maps of seven by seven squares",
    "cat": "below each the map of one channel",
    "loved": "Eight pictures made from noise, one for the channel",
}


def values() -> dict[str, str]:
    """Give the numbers of the deck as texts."""
    shapes = {
        key: printed(LESSON, rf"^{layer} +(\d+ × \d+ × \d+)$")
        for key, layer in (("first", "stem_bn"), ("middle", "stage3_block2_expand_bn"), ("last", "top_bn"))
    }
    counts = printed(LESSON, r"^kernels for brightness, for colour, dead +(\d+, \d+, \d+)$").split(", ")
    return {
        "flamingo": printed(LESSON, r"^The network says flamingo: (\d+%)$"),
        "kernels": printed(LESSON, r"^kernels: \(3, 3, 3, (\d+)\)"),
        **dict(zip(("brightness", "colour", "dead"), counts, strict=True)),
        **{f"{key}_shape": shape for key, shape in shapes.items()},
        "plain": printed(LESSON, rf"^score after 64 steps, plain +({NUMBER})$"),
        "waves": printed(LESSON, rf"^score after 64 steps, waves, zoom, jitter +({NUMBER})$"),
        "photo_logit": printed(LESSON, rf"^logit of espresso for the photo: ({NUMBER})$"),
        "noise_logit": printed(LESSON, rf"^logit of espresso for the picture from noise: ({NUMBER})$"),
        "pool": printed(LESSON, r"^(\d+) pictures of \d+ by \d+ pixels"),
        "arches": question(LESSON, "arches"),
        "arches_answer": answer(LESSON, "arches"),
    }


def figures() -> dict:
    """Draw the pictures of the deck."""
    return {
        "hook": taken(LESSON, "a long curved shape like a flamingo"),
        "photos": two_rows(taken(LESSON, "galaxies, a drawn backpack and a drawn boot")),
        "kernels": set_larger("The 32 kernels of the first layer", 4, 8, [str(k) for k in range(32)], 0.9),
        "answers": halves_side_by_side(taken(LESSON, "Eight kernels, and below each")),
        **{name: taken(LESSON, alt) for name, alt in WHOLE.items()},
        "redrawn": taken(LESSON, "each redrawn from five layers"),
        "where_what": where_and_what(),
        "climbing": taken(LESSON, "the same picture after 4, 16 and 64 steps"),
        "regularised": taken(LESSON, "The same channel four times"),
        "gallery": gallery(),
        "classes": two_rows(taken(LESSON, "one for each class")),
        "patches": beside_patches(slice(14, 35)),
        "deep": beside_patches(slice(35, 49)),
    }


def halves_side_by_side(picture):
    """Set the lower half of a figure to the right of its upper half."""
    upper, lower = np.array_split(np.asarray(Image.open(io.BytesIO(picture))), 2)
    buffer = io.BytesIO()
    Image.fromarray(np.hstack([upper[: len(lower)], lower])).save(buffer, "PNG")
    return buffer.getvalue()


def set_larger(alt, rows, columns, titles, size):
    """Take the small pictures of a figure and set them with titles that can be read from the last row."""
    shown = cells(figure(LESSON, alt), rows, columns)
    return png(plots.image_grid(shown, titles, columns=columns, size=size, alt=f"{alt}."))


def beside_patches(chosen):
    """Take some rows of the figure that sets pictures from noise beside patches."""
    shown = cells(figure(LESSON, "Seven rows, each with a picture from noise"), 7, 7)[chosen]
    return png(
        plots.image_grid(shown, columns=7, size=1.3, alt="Pictures from noise, each with six patches.")
    )


def gallery():
    """Join the forty pictures of the gallery without their titles."""
    shown = cells(figure(LESSON, "Five rows of eight pictures"), 5, 8)
    side = min(image.shape[0] for image in shown)
    alike = np.stack([image[:side, :side] for image in shown])
    return png(plots.mosaic(alike, columns=8, width=9, gap=4, alt="Five rows of eight pictures from noise."))


def measured() -> tuple[tuple, tuple]:
    """Read the table of the lesson: R² of the redrawn picture and accuracy of the class, for each layer."""
    rows = printed(LESSON, r"where: R².*\n((?:\d \S+_bn +\S+ +\S+\n?){5})").splitlines()
    return tuple(zip(*(tuple(map(float, row.split()[2:])) for row in rows), strict=True))


def where_and_what():
    """Draw both measurements over the layers."""
    where, what = measured()
    layer = np.arange(1, len(where) + 1)
    return plots.curves(
        {
            "where: R² of the redrawn picture": (layer, where),
            "what: accuracy, handbag or shoe": (layer, what),
            "accuracy of guessing": (layer, [0.5] * len(layer)),
        },
        xlabel="layer, from the photo (1) to the end (5)",
        ylabel="R², accuracy",
        markers=True,
        alt="Over five layers, two lines: where falls, what rises.",
    )
