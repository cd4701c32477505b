"""Pictures that a channel or a class loves: gradient ascent from noise, for many of them at once.

A picture is kept as its Fourier spectrum, with low frequencies weighted up and with the colours of natural
images decorrelated, and a sigmoid keeps it inside the pixel values that the model takes (Olah, Mordvintsev &
Schubert, "Feature visualization", Distill, 2017). In every step it is shifted at random (jitter). A random
part of it is also enlarged to its full size (zoom): in every step for a class, in every fourth for a channel,
which is enough and costs less. So what comes out depends neither on single pixels nor on one size of things.
"""

import contextlib
import functools
from collections import namedtuple
from typing import NamedTuple

import numpy as np

from helpers.visualize import inputs
from helpers.visualize.layers import find_layer, sublayers
from helpers.visualize.scoring import chosen, class_count
from helpers.visualize.tapping import attribute, calling, compiled, gradient, outputs, scores

MOST_PIXELS = 2**20  # in one batch
# How the three colours of natural images vary together: square root of their covariance (as above).
COLOUR = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
LEAK = 0.01  # slope below zero, so that a channel that is silent on noise can wake up


class Pictures(NamedTuple):
    """What gradient ascent found."""

    images: np.ndarray  # float32, (k, height, width, c), pixel values as the model takes them
    scores: np.ndarray  # float32, (k,): mean of the channel's map, or logit of the class, for each picture
    dead: np.ndarray  # bool, (k,): the channel gives the same for its picture as for noise
    numbers: np.ndarray  # int, (k,): channel or class of each picture


# How to ascend; `activation_maximization` says what each is.
Settings = namedtuple("Settings", "shape low high steps rate jitter zoom seed smoothness")


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
        In each step for a class, in every fourth one for a channel, a random part of the picture, at least
        1 - zoom of its side, is enlarged to its full size; 0 always takes the whole picture, 0.5 when left
        out.
    smoothness : float
        Weight of a frequency f in the spectrum: f ** -smoothness. Natural images have about 1; 0 treats all
        frequencies and colours alike, which finds noisier pictures; 1.25 when left out.

    Returns
    -------
    Pictures
        images, scores, dead, numbers. A dead channel gives the same for its picture as for noise: nothing
        was found that it reacts to, and its picture is that noise.
    """
    shape = inputs.picture_shape(model, size)
    layer, found = chosen(model, shape, layer)
    numbers = inputs.check_channels(channels, found[-1], "channel")
    return _pictures(model, sublayers(model)[layer], numbers, _settings(model, shape, steps, **options))


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
    shape = inputs.picture_shape(model, size)
    numbers = inputs.check_channels(classes, class_count(model, shape), "class")
    return _pictures(model, None, numbers, _settings(model, shape, steps, **options))


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


def _pictures(model, path, numbers, settings) -> Pictures:
    """Make a picture for each channel of a layer, or where `path` is None for each class."""
    import tensorflow as tf

    height, width, bands = settings.shape
    specs = [tf.TensorSpec((None, bands, height, width // 2 + 1, 2)), tf.TensorSpec((None,), tf.int32)]
    specs += [tf.TensorSpec((), tf.int32), tf.TensorSpec((3,)), *[tf.TensorSpec((), tf.int32)] * 2]
    options = (path, settings.shape, settings.smoothness, settings.zoom)
    ascend = functools.partial(_ascend, *options)
    function = compiled(model, ("ascend", *options), ascend, *specs, looked=True)
    limits = [settings.low, settings.high, settings.rate]
    rest = [tf.constant(given) for given in (settings.steps, limits, settings.jitter, settings.seed)]
    batch = max(1, min(32, MOST_PIXELS // (height * width)))
    parts = []
    for start in range(0, len(numbers), batch):
        some = numbers[start : start + batch].astype(np.int32)
        # Noise to begin with, its own for each channel: real and imaginary part of a spectrum.
        draws = [np.random.default_rng([settings.seed, int(number)]) for number in some]
        noise = np.stack([draw.normal(scale=0.01, size=(2, *specs[0].shape[1:-1])) for draw in draws])
        noise = np.moveaxis(noise, 1, -1) * _frequency_weights(settings.shape, settings.smoothness)
        found = function(tf.constant(noise, tf.float32), tf.constant(some), *rest)
        parts.append([out.numpy() for out in found])
    images, values, dead = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Pictures(images, values, dead, numbers)


def _ascend(path, shape, smoothness, zoom, model, noise, numbers, steps, limits, jitter, seed):
    """Adam on the spectra of all pictures; inside a compiled function.

    Adam heeds no constant factor of a slope: rfft2d of the slope by the planes will do for a spectrum, and a
    frequency's weight is a factor of its steps.
    """
    import keras
    import tensorflow as tf

    low, high, rate = tf.unstack(limits)
    rates = rate * tf.constant(np.repeat(_frequency_weights(shape, smoothness), 2, -1), tf.float32)

    def planes(spectrum):
        return tf.signal.irfft2d(tf.bitcast(spectrum, tf.complex64), shape[:2])

    def picture(planes):
        return low + (high - low) * tf.sigmoid(_colours(planes, shape, smoothness))

    def step(number, spectrum, mean, square):
        shift = tf.random.stateless_uniform((2,), [seed, number], -jitter, jitter + 1, tf.int32)
        values = planes(spectrum)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            seen = tf.roll(picture(values), shift, (1, 2))
            if zoom:
                part = functools.partial(_part, seen, [number, seed], zoom)
                seen = part() if path is None else tf.cond(number % 4 == 0, part, lambda: seen)
            found = _responses(model, path, seen, leaky=True)
        # Each picture climbs the sum of its own map, which nobody needs to know: the last step is not run.
        sides = (tf.shape(numbers)[0], *keras.ops.shape(found)[1:])
        slope = gradient(tape, found, values, along=tf.broadcast_to(_own(found, numbers), sides))
        slope = tf.bitcast(tf.signal.rfft2d(slope), tf.float32)
        # Adam forgets faster than usual here: near the ends of the range gradients shrink a thousandfold.
        mean, square = 0.9 * mean + slope, 0.99 * square + slope**2
        done = tf.cast(number + 1, tf.float32)
        length = tf.sqrt((1 - 0.99**done) / 0.01) / ((1 - 0.9**done) / 0.1)
        change = length * rates * tf.math.divide_no_nan(mean, tf.sqrt(square))
        return number + 1, spectrum + change, mean, square

    def objective(images):
        found = _responses(model, path, images, leaky=False)
        maps = tf.reduce_sum(found * _own(found, numbers), -1)
        return tf.cast(maps, tf.float32)

    loop = (tf.constant(0), noise, tf.zeros_like(noise), tf.zeros_like(noise))
    _, spectrum, _, _ = tf.while_loop(lambda number, *_: number < steps, step, loop)
    images = picture(planes(spectrum))
    before, after = objective(picture(planes(noise))), objective(images)
    axes = tuple(range(1, after.shape.rank))
    change = tf.reduce_max(tf.abs(after - before), axes)
    return images, tf.reduce_mean(after, axes), change <= 1e-6 * tf.reduce_max(tf.abs(after), axes)


def _part(images, seed, zoom):
    """Enlarge a random square of all images, at least 1 - zoom of their sides, to their full size."""
    import tensorflow as tf

    chance = tf.random.stateless_uniform((3,), seed)
    share = 1 - zoom * chance[0]
    corner = (1 - share) * chance[1:]
    boxes = tf.tile(tf.concat([corner, corner + share], 0)[None], (tf.shape(images)[0], 1))
    return tf.image.crop_and_resize(images, boxes, tf.range(tf.shape(images)[0]), images.shape[1:3])


def _responses(model, path, images, leaky):
    """The maps of a layer (k, h, w, c), or where `path` is None the logits (k, classes)."""
    if path is None:
        return scores(model, images)
    layer = find_layer(model, path)
    with _leaky(layer) if leaky else contextlib.nullcontext():
        return outputs(model, [layer], images)[0]


def _own(responses, numbers):
    """One for each picture's own channel or class and zero for others, to be broadcast to the responses."""
    import tensorflow as tf

    own = tf.one_hot(numbers, responses.shape[-1], dtype=responses.dtype)
    return tf.reshape(own, (-1, *[1] * (responses.shape.rank - 2), responses.shape[-1]))


def _leaky(layer):
    """Give a layer's ReLU a small slope below zero."""
    import keras
    import tensorflow as tf

    if isinstance(layer, keras.layers.ReLU):

        def leak(call, inputs, *arguments, **options):
            return call(inputs, *arguments, **options) + LEAK * tf.minimum(inputs, 0)

        return calling(layer, leak)
    if layer.__dict__.get("activation") in (keras.activations.relu, keras.activations.relu6):
        relu = layer.activation
        return attribute(layer, "activation", lambda inputs: relu(inputs) + LEAK * tf.minimum(inputs, 0))
    return contextlib.nullcontext()


def _frequency_weights(shape, smoothness):
    """Weight of each frequency in a spectrum, (height, width // 2 + 1, 1)."""
    height, width, _ = shape
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    weight = np.sqrt(height * width) / (4 * np.maximum(frequency, 1 / max(height, width)) ** smoothness)
    return weight[..., None]


def _colours(planes, shape, smoothness):
    """Planes (k, c, height, width) to pictures (k, height, width, c), any real values."""
    import tensorflow as tf

    height, width, bands = shape
    natural = bands == 3 and smoothness > 0
    mixed = COLOUR / np.linalg.norm(COLOUR, axis=0).max() if natural else np.eye(bands)
    rows = tf.reshape(planes, (-1, bands, height * width))
    pictures = tf.matmul(rows, tf.constant(mixed.T, tf.float32), transpose_a=True)
    return tf.reshape(pictures, (-1, height, width, bands))
