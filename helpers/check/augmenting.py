"""The check of lesson 3: a block of random layers that changes pictures and keeps what their labels say."""

import numpy as np

from helpers.check.compare import attempt, name_of, none_of, passed, require, returned


def random_changes():
    """Build the course's own block, with the strengths that lesson 3 asks for."""
    import keras
    from keras import layers

    block = keras.Sequential(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(15 / 360, fill_mode="reflect"),
            layers.RandomTranslation(0.1, 0.1, fill_mode="reflect"),
            layers.RandomZoom((-0.25, 0.0), fill_mode="reflect"),
            layers.RandomBrightness(0.15, value_range=(0, 255)),
            layers.RandomContrast((0.25, 0.25), value_range=(0, 255)),
        ]
    )
    for part in (block, *block.layers):
        part.dtype_policy = "float32"  # float16 or bfloat16 would round the pixels
    return block


def augmentation(function) -> None:
    """Check a function that builds a keras.Sequential of random layers for pictures in 0..255."""
    import keras

    block = attempt(function)
    what = f"{name_of(function)}()"
    told = f"{what} returned {returned(block)}. Put the layers into keras.Sequential([...])."
    require(isinstance(block, keras.Sequential), told)
    kinds = {type(layer).__name__: layer for layer in block.layers}
    down = np.broadcast_to(np.linspace(20, 230, 32)[:, None, None], (64, 32, 32, 3))
    noise = np.random.default_rng().choice([0.0, 255.0], down.shape)
    kept, changed = (_through(block, noise, training) for training in (False, True))
    require(changed.shape == noise.shape, f"{what} changes the shape. Leave the size of the pictures alone.")
    asked = [type(layer).__name__ for layer in random_changes().layers]
    missing = [kind for kind in asked if kind not in kinds]
    scaled, always = min(changed.max(), kept.max()) <= 2, not np.allclose(kept, noise)
    lowest, highest = changed.min(), changed.max()
    outside = lowest < -0.5 or highest > 255.5
    slips = {
        "returns pixels in 0..1. The pictures hold 0..255: use value_range=(0, 255), no Rescaling.": scaled,
        "changes pictures even with training=False. Only layers that act in training belong in it.": always,
        "changes nothing in training. Put random layers in.": np.allclose(changed, noise),
        f"returns pixels outside 0..255, from {lowest:.0f} to {highest:.0f}.": outside,
        f"is right so far, but lacks {' and '.join(missing[:2])}.": missing,
    }
    none_of(slips, what)
    tall = _through(block, down, True).mean(axis=(2, 3))
    turned = np.any(tall[:, -16:].mean(axis=1) <= tall[:, :16].mean(axis=1))
    bordered = np.ptp(_through(block, np.full(down.shape, 200.0), True), axis=(1, 2, 3)).max() >= 60
    far, out = kinds["RandomRotation"].factor[1] > 0.05, kinds["RandomZoom"].height_upper > 0
    raised = kinds["RandomContrast"].factor[0] <= 0
    slips = {
        "turns some pictures upside down. Which layer does it, and with which setting does it not?": turned,
        'leaves black or white borders. Use fill_mode="reflect" wherever a layer moves pixels.': bordered,
        "turns too far. RandomRotation takes a share of a full turn, which has 360 degrees.": far,
        "zooms out as well. Negative numbers zoom in: give RandomZoom a pair.": out,
        "only raises the contrast. Give RandomContrast a pair, as in the cell on contrast.": raised,
    }
    none_of(slips, what)
    passed(function, "pictures change in training only, stay in 0..255, and are never upside down")


def _through(block, images, training):
    return np.asarray(block(images.astype("float32"), training=training))
