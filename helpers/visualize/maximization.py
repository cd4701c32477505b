"""Pictures that a channel or a class loves: activation maximization. How it goes stands in `ascent`."""

from helpers.visualize import inputs
from helpers.visualize.ascent import Pictures, Settings, ascend
from helpers.visualize.inputs import check_channels, picture_shape
from helpers.visualize.layers import sublayers
from helpers.visualize.scoring import chosen, class_count
from helpers.visualize.tapping import visits


def activation_maximization(model, layer=None, channels=None, *, steps=128, size=None, **options) -> Pictures:
    """Make, for each channel, a picture that makes the mean of its feature map large.

    All channels at once, compiled; a channel's picture does not depend on which others are asked for. A ReLU
    in the layer is leaky during the ascent, not in the scores.

    Parameters
    ----------
    channels : int or sequence of int, optional
        All of the layer when left out.
    steps : int
        Steps of gradient ascent (Adam).
    size : int or (int, int), optional
        Side, or height and width; by default what the model takes or resizes to. A model that does not
        tell its channels needs (height, width, channels).
    seed : int
        Of noise and jitter, >= 0; 0 when left out.
    value_range : (float, float), optional
        Least and largest pixel value. Found out for models that scale 0..255 themselves; needed for others.
    rate : float
        Learning rate; 0.05 when left out.
    jitter : int, optional
        Largest shift in a step, pixels; a sixteenth of the shorter side when left out.
    zoom : float
        In each step a random part of the picture, at least 1 - zoom of its side, is enlarged to its full
        size; 0 always takes the whole picture, 0.5 when left out.
    smoothness : float
        Weight of a frequency f in the spectrum: f ** -smoothness. Natural images have about 1; 0 treats all
        frequencies and colours alike, which finds noisier pictures; 1.25 when left out.

    Returns
    -------
    Pictures
        images, scores, dead, numbers. A dead channel gives the same for its picture as for noise: nothing
        was found that it reacts to, and its picture is that noise.
    """
    shape = picture_shape(model, size)
    layer = chosen(model, shape, layer)
    count = [visit.shape for visit in visits(model, shape) if visit.layer is layer][-1][-1]
    numbers = check_channels(channels, count, "channel")
    return ascend(model, sublayers(model)[layer], numbers, _settings(model, shape, steps, **options))


def class_images(model, classes=None, *, steps=256, size=None, **options) -> Pictures:
    """Make, for each class, a picture that makes its logit large.

    Parameters
    ----------
    classes : int or sequence of int, optional
        All when left out.
    steps, size, **options
        As in `activation_maximization`: seed, value_range, rate, jitter, zoom, smoothness.

    Returns
    -------
    Pictures
        As from `activation_maximization`, with classes in the place of channels.
    """
    shape = picture_shape(model, size)
    numbers = check_channels(classes, class_count(model, shape), "class")
    return ascend(model, None, numbers, _settings(model, shape, steps, **options))


def _settings(
    model, shape, steps, *, seed=0, value_range=None, rate=0.05, jitter=None, zoom=0.5, smoothness=1.25
):
    """Check what is asked for, and fill in what is left out."""
    most = min(shape[:2])
    jitter = most // 16 if jitter is None else jitter
    if not 0 <= jitter < most:
        raise ValueError(f"jitter={jitter} is no shift of a picture of {most} pixels. Use 0 to {most - 1}.")
    if not 0 <= zoom < 1:
        raise ValueError(f"zoom={zoom} leaves no part of the picture. Use 0 or more, below 1.")
    if steps < 1 or seed < 0 or rate <= 0:
        raise ValueError(f"steps={steps}, seed={seed}, rate={rate}: use steps >= 1, seed >= 0 and rate > 0.")
    low, high = inputs.value_range(model, value_range)
    return Settings(shape, low, high, steps, rate, jitter, zoom, seed, float(smoothness))
