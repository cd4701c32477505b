"""Photos of one's own, judged by a network in a notebook: uploaded, or taken with the camera.

A sample is judged at once, so a run that nobody attends has a result and waits for nothing. The camera is
reached by a short script in the page; what it takes goes to the kernel through a hidden text field, which
every front end with ipywidgets 7 or 8 has.
"""

import base64
import contextlib
import io
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import numpy as np

from helpers.datasets.base import fit_to
from helpers.photos import read_photo
from helpers.plots import Figure, image_grid
from helpers.quiz import show_widget

PANEL, CAMERA = "own-photo", "own-photo-camera"  # CSS classes by which the script finds its way
SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def classify(
    predict: Callable,
    class_names: Sequence[str],
    sample: np.ndarray,
    *,
    top: int | None = None,
    alt: str | None = None,
) -> None:
    """Let a network judge a sample and then photos that are uploaded or taken with the camera.

    A photo is turned upright, cut to the sample's aspect around its centre, resized to the sample's size, and
    shown as the network sees it. Where no kernel is running (GitHub, print), the sample and its
    probabilities stay.

    Parameters
    ----------
    predict : callable
        Takes images, uint8 (n, H, W, 3) in 0..255, and returns probabilities (n, k), such as
        `model.predict`. What it prints is not shown.
    class_names : sequence of str
        k names.
    sample : ndarray of uint8, (H, W, 3)
        Judged and shown at once.
    top : int, optional
        Only so many classes are named, the most probable ones; all when left out.
    alt : str, optional
        What the sample shows, for those who cannot see it.
    """
    sample = np.asarray(sample)
    if sample.dtype != np.uint8 or sample.ndim != 3 or sample.shape[2] != 3:
        raise ValueError(f"The sample is {sample.dtype} {sample.shape}; give one image, uint8 (H, W, 3).")

    def judge(image: np.ndarray, what: str) -> Figure:
        shares = probabilities(predict, image, class_names)
        ranked = np.argsort(-shares, kind="stable")[:top]
        lines = [f"{class_names[index]}, {100 * shares[index]:.0f}%" for index in ranked]
        alt = f"{what.rstrip('.')}. Judged as: {'; '.join(lines)}."
        return image_grid([image], ["\n".join(lines)], columns=1, size=3, alt=alt)

    still = judge(sample, alt or "The sample")
    show_widget(as_widget(judge, still, sample.shape[:2]), *still.mimebundle())


def as_widget(judge: Callable[[np.ndarray, str], Figure], still: Figure, size: tuple[int, int]):
    """Build the live form: a picture, what it was judged as, and two ways to bring a photo.

    `judge` takes an image, uint8 (H, W, 3) of `size`, and what it is, and returns the figure to show;
    `still` is shown first.
    """
    import ipywidgets as widgets

    wrapped = widgets.Layout(flex_flow="row wrap")
    own_size = widgets.Layout(align_self="flex-start", max_width="100%")
    picture = widgets.Image(value=still.png(), format="png", layout=own_size)
    message = widgets.HTML(escape(still.alt))
    wide = widgets.Layout(width="auto")
    upload = widgets.FileUpload(accept="image/*", multiple=False, description="Upload a photo", layout=wide)
    button = widgets.HTML(
        '<button type="button" class="lm-Widget jupyter-widgets jupyter-button widget-button" '
        f'onclick="{escape(SCRIPT)}">Take a photo</button>'
    )
    # Messages longer than 10 MB end Jupyter's connection.
    limits = widgets.HTML("JPEG, PNG, WebP and others, below 10 MB")
    camera = widgets.HTML(f'<div class="{CAMERA}"></div>')
    snapped = widgets.Textarea(continuous_update=False, layout=widgets.Layout(display="none"))

    def show(name, content):
        try:
            figure = judge(fit_to(read_photo(content, name=name), size), "Your photo")
        except ValueError as error:  # a PhotoError, or `predict` is out of order
            message.value = f"<b>{escape(str(error))}</b>"
            return
        picture.value, message.value = figure.png(), escape(figure.alt)

    def take_upload(change):
        photo = uploaded(change["new"])
        if photo:
            # Emptied, or the same photo once more would be no change. The trait is read-only in ipywidgets 7.
            upload.set_trait("value", type(change["new"])())
            show(*photo)

    def take_snap(change):
        if change["new"]:
            snapped.value = ""
            show("The photo", base64.b64decode(change["new"].partition(",")[2]))

    upload.observe(take_upload, "value")
    snapped.observe(take_snap, "value")
    ways = widgets.HBox([upload, button, limits], layout=wrapped)
    panel = widgets.VBox([picture, message, ways, camera, snapped])
    panel.add_class(PANEL)
    return panel


def uploaded(value: dict | tuple) -> tuple[str, bytes] | None:
    """Read the value of `ipywidgets.FileUpload`: (name, content) of the photo, None where there is none.

    In ipywidgets 7 it is {name: {"content": bytes, ...}}, in 8 ({"name": ..., "content": memoryview, ...},).
    """
    if not value:
        return None
    if isinstance(value, dict):
        name, file = list(value.items())[-1]
    else:
        name, file = value[-1]["name"], value[-1]
    return name, bytes(file["content"])


def probabilities(predict: Callable, image: np.ndarray, class_names: Sequence[str]) -> np.ndarray:
    """Ask for the probabilities of one image, float (k,), and refuse what cannot be any."""
    with contextlib.redirect_stdout(io.StringIO()):  # Keras draws a progress bar, even for one image
        given = np.asarray(predict(image[None]), float)
    if given.shape != (1, len(class_names)):
        raise ValueError(
            f"For one image, `predict` gave an array of shape {given.shape}; {len(class_names)} class names "
            f"need shape (1, {len(class_names)}), one probability per class."
        )
    # Half precision is off by less than that.
    if not (given.min() >= 0 and abs(given.sum() - 1) < 0.01):
        values = np.array2string(given[0], precision=3, threshold=6)
        raise ValueError(
            f"For one image, `predict` gave {values}, which are not probabilities (0 to 1, adding up to 1); "
            "end the network in a softmax, or apply one to its logits."
        )
    return given[0]
