"""Training of mini_resnet with two heads: it names categories, and imitates the teacher's feature map."""

import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

BATCH = 64
PEAK_RATE, WARM_UP, DECAY = 2e-3, 0.02, 0.05  # of AdamW; the warm-up is a share of the training
IMITATION = 4.0  # weight of the teacher's part of the loss
SIZES = ((0.0, 96), (0.7, 128))  # from this share of the training on, images of that many pixels


@dataclass
class Samples:
    """Images uint8 (n, s, s, 3), labels int32 (n,) or -1 for none, teacher's maps float16 (n, 5, 5, c)."""

    images: np.ndarray
    labels: np.ndarray
    maps: np.ndarray


@dataclass
class Plan:
    """How long to train: minutes of the clock, or epochs; which one is None."""

    minutes: float | None = None
    epochs: float | None = None
    seed: int = 0

    def progress(self, step: int, seconds: float, samples: int) -> float:
        """Share of the training that is done, 0 to 1."""
        if self.minutes is not None:
            return min(1.0, seconds / (60 * self.minutes))
        return min(1.0, step / max(1, math.ceil(self.epochs * (samples // BATCH))))


@dataclass
class State:
    """Where a training stands."""

    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)


def with_heads(net, categories: int, channels: int):
    """Add a category head on the features and a 1x1 convolution that guesses the teacher's map.

    Returns
    -------
    keras.Model
        From images 0 to 255 to ``[logits (batch, categories), maps (batch, h, w, channels)]``.
    """
    import keras
    from keras import layers

    maps = net.get_layer("features").input
    tags = layers.Dense(categories, dtype="float32", name="tags")(net.output)
    guess = layers.Conv2D(channels, 1, dtype="float32", name="imitation")(maps)
    return keras.Model(net.input, [tags, guess])


def rate(progress: float) -> float:
    """Learning rate: a short linear rise, then half a cosine down to 0."""
    if progress < WARM_UP:
        return PEAK_RATE * (progress + 1e-3) / (WARM_UP + 1e-3)
    return PEAK_RATE * 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


def image_size(progress: float) -> int:
    """Pixels of the training images: small and quick first, at the end as they are used."""
    return [size for start, size in SIZES if progress >= start][-1]


def batch_indices(seed: int, step: int, samples: int) -> np.ndarray:
    """Indices of the samples of a step: each epoch in an order of its own that depends on the seed only."""
    per_epoch = samples // BATCH
    order = np.random.default_rng([seed, step // per_epoch]).permutation(samples)
    return order[step % per_epoch * BATCH :][:BATCH]


def random_views(images, maps, size: int, seed):
    """Cut random windows out of images, the same out of the teacher's maps; mirror; change the light.

    Parameters
    ----------
    images : tensor of uint8, (batch, s, s, 3)
    maps : tensor, (batch, m, m, c)
    size : int
        Pixels of the views; the maps become size / 16.
    seed : tensor of int32, (2,)

    Returns
    -------
    tuple of tensors
        float32, (batch, size, size, 3), 0 to 255, and (batch, size / 16, size / 16, c).
    """
    import tensorflow as tf

    count = tf.shape(images)[0]
    draw = tf.random.stateless_uniform((count, 9), seed)
    area, stretch = 0.4 + 0.6 * draw[:, 0], tf.exp(0.3 * (draw[:, 1] - 0.5))
    high, wide = (tf.minimum(tf.sqrt(area * ratio), 1.0) for ratio in (stretch, 1 / stretch))
    top, left = draw[:, 2] * (1 - high), draw[:, 3] * (1 - wide)
    ends = tf.stack([left, left + wide], axis=1)
    ends = tf.where(draw[:, 4:5] < 0.5, ends, ends[:, ::-1])  # from right to left: mirrored
    boxes = tf.stack([top, ends[:, 0], top + high, ends[:, 1]], axis=1)
    which = tf.range(count)
    views = tf.image.crop_and_resize(images, boxes, which, (size, size))
    targets = tf.image.crop_and_resize(maps, boxes, which, (size // 16, size // 16))
    gain = 0.6 + 0.7 * draw[:, 5:6] + 0.3 * (draw[:, 6:9] - 0.5)
    return tf.clip_by_value(views * gain[:, None, None], 0.0, 255.0), targets


def losses(outputs, labels, targets):
    """Cross-entropy of the labelled images, and mean square of what is wrong in the maps."""
    import keras
    import tensorflow as tf

    logits, guess = outputs
    named = tf.cast(labels >= 0, tf.float32)
    entropy = keras.losses.sparse_categorical_crossentropy(tf.maximum(labels, 0), logits, from_logits=True)
    entropy = tf.reduce_sum(entropy * named) / tf.maximum(tf.reduce_sum(named), 1.0)
    return entropy, tf.reduce_mean(tf.square(guess - targets))


def new_optimizer(model):
    """AdamW that decays kernels only."""
    import keras

    optimizer = keras.optimizers.AdamW(PEAK_RATE, weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    optimizer.build(model.trainable_variables)
    return optimizer


def training_step(model, optimizer, mean, deviation):
    """Compile a step: (images, labels, maps, size, seed) -> (cross-entropy, imitation), each ()."""
    import tensorflow as tf

    @tf.function
    def step(images, labels, maps, size, seed):
        targets = (tf.cast(maps, tf.float32) - mean) / deviation
        views, targets = random_views(images, targets, size, seed)
        with tf.GradientTape() as tape:
            entropy, imitation = losses(model(views, training=True), labels, targets)
            loss = entropy + IMITATION * imitation
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return entropy, imitation

    return step


def save_state(path: Path, model, optimizer, state: State) -> None:
    """Write a checkpoint whole or not at all: weights, the optimizer's moments, where the training stands."""
    arrays = {f"weight{number:04}": value for number, value in enumerate(model.get_weights())}
    moments = (variable.numpy() for variable in optimizer.variables)
    arrays |= {f"moment{number:04}": value for number, value in enumerate(moments)}
    part = path.with_suffix(".part")
    with open(part, "wb") as file:
        np.savez(file, step=state.step, seconds=state.seconds, losses=state.losses, **arrays)
    os.replace(part, path)


def load_state(path: Path, model, optimizer) -> State:
    """Go on from a checkpoint, or from the beginning if there is none."""
    if not path.exists():
        return State()
    with np.load(path) as saved:
        names = sorted(saved.files)
        model.set_weights([saved[name] for name in names if name.startswith("weight")])
        moments = (saved[name] for name in names if name.startswith("moment"))
        for variable, value in zip(optimizer.variables, moments, strict=True):
            variable.assign(value)
        return State(int(saved["step"]), float(saved["seconds"]), saved["losses"].tolist())


def train(
    model, samples: Samples, plan: Plan, checkpoint: Path, *, every: float = 120.0, stop_at=None
) -> State:
    """Train, or go on from the checkpoint, until the plan is fulfilled.

    Parameters
    ----------
    model : keras.Model
        As `with_heads` gives it; changed in place.
    checkpoint : Path
        Written every so many seconds and at the end.
    every : float, optional
        Seconds between checkpoints.
    stop_at : int, optional
        Step at which to stop early, for tests.

    Returns
    -------
    State
        Its losses hold cross-entropy and imitation by turns, averaged between checkpoints.
    """
    optimizer = new_optimizer(model)
    state = load_state(checkpoint, model, optimizer)
    count = len(samples.images)
    some = samples.maps[:: max(1, count // 2000)].astype(np.float32)
    step = training_step(model, optimizer, some.mean(axis=(0, 1, 2)), some.std(axis=(0, 1, 2)) + 1e-3)
    started, written, sums = time.monotonic() - state.seconds, time.monotonic(), []
    while (progress := plan.progress(state.step, state.seconds, count)) < 1 and state.step != stop_at:
        optimizer.learning_rate.assign(rate(progress))
        index = batch_indices(plan.seed, state.step, count)
        data = (part[index] for part in (samples.images, samples.labels, samples.maps))
        sums.append(step(*data, image_size(progress), np.array([plan.seed, state.step], np.int32)))
        state.step, state.seconds = state.step + 1, time.monotonic() - started
        if time.monotonic() - written > every:
            _note(state, sums, progress, count)
            save_state(checkpoint, model, optimizer, state)
            written, sums = time.monotonic(), []
    if sums:
        _note(state, sums, 1.0, count)
    save_state(checkpoint, model, optimizer, state)
    return state


def _note(state, sums, progress, count):
    """Keep and print the mean losses since the last checkpoint."""
    entropy, imitation = np.mean(np.array(sums, np.float32), axis=0).tolist()
    state.losses += [entropy, imitation]
    print(
        f"{state.seconds / 60:6.1f} min  {progress:4.0%}  epoch {state.step * BATCH / count:5.1f}"
        f"  cross-entropy {entropy:.3f}  imitation {imitation:.3f}",
        flush=True,
    )
