"""The check of lesson 3: a block of random layers that changes pictures and keeps what their labels say."""

from __future__ import annotations

import numpy as np

from helpers.check.compare import attempt, described, name_of, passed, require

KINDS = "RandomFlip RandomRotation RandomTranslation RandomZoom RandomBrightness RandomContrast".split()


def random_changes():
    """Build the course's own block, with the strengths that lesson 3 asks for."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(15 / 360, fill_mode="reflect"),
            layers.RandomTranslation(0.1, 0.1, fill_mode="reflect"),
            layers.RandomZoom((-0.25, 0.0), fill_mode="reflect"),
            layers.RandomBrightness(0.15, value_range=(0, 255)),
            layers.RandomContrast((0.25, 0.25), value_range=(0, 255)),
        ]
    )


def augmentation(function) -> None:
    """Check a function that builds a keras.Sequential of random layers for pictures in 0..255."""
    import keras

    block = attempt(function)
    what = f"{name_of(function)}()"
    require(block is not None, f"{what} returned None. Is the return missing?")
    require(
        isinstance(block, keras.Sequential),
        f"{what} returned {described(block)}. Put the layers into keras.Sequential([...]).",
    )
    kinds = {type(layer).__name__: layer for layer in block.layers}
    down = np.broadcast_to(np.linspace(20, 230, 32)[:, None, None], (64, 32, 32, 3))
    noise = np.random.default_rng().choice([0.0, 255.0], down.shape)
    kept, changed = (_through(block, noise, training) for training in (False, True))
    require(changed.shape == noise.shape, f"{what} changes the shape. Leave the size of the pictures alone.")
    require(
        changed.max() > 2 and kept.max() > 2,
        f"{what} returns pixels in 0..1. The pictures hold 0..255: use value_range=(0, 255), no Rescaling.",
    )
    require(
        np.allclose(kept, noise),
        f"{what} changes pictures even with training=False. Only layers that act in training belong in it.",
    )
    require(
        not np.allclose(changed, noise),
        f"{what} changes nothing in training. Put random layers in.",
    )
    require(
        -0.5 <= changed.min() and changed.max() <= 255.5,
        f"{what} returns pixels outside 0..255, from {changed.min():.0f} to {changed.max():.0f}.",
    )
    missing = [kind for kind in KINDS if kind not in kinds]
    require(not missing, f"{what} is right so far, but lacks {' and '.join(missing[:2])}.")
    tall = _through(block, down, True).mean(axis=(2, 3))
    require(
        np.all(tall[:, -16:].mean(axis=1) > tall[:, :16].mean(axis=1)),
        f"{what} turns some pictures upside down. Which layer does it, and with which setting does it not?",
    )
    plain = _through(block, np.full(down.shape, 200.0), True)
    require(
        np.all(plain.max(axis=(1, 2, 3)) - plain.min(axis=(1, 2, 3)) < 60),
        f'{what} leaves black or white borders. Use fill_mode="reflect" wherever a layer moves pixels.',
    )
    require(
        kinds["RandomRotation"].factor[1] <= 0.05,
        f"{what} turns too far. RandomRotation takes a share of a full turn, which has 360 degrees.",
    )
    require(
        kinds["RandomZoom"].height_upper <= 0,
        f"{what} zooms out as well. Negative numbers zoom in: give RandomZoom a pair.",
    )
    require(
        kinds["RandomContrast"].factor[0] > 0,
        f"{what} only raises the contrast. Give RandomContrast a pair, as in the cell on contrast.",
    )
    passed(function, "pictures change in training only, stay in 0..255, and are never upside down")


def _through(block, images, training):
    return np.asarray(block(images.astype("float32"), training=training))
