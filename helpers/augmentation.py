"""Random changes of images as Keras layers, for training: `training.augmentation` puts them together.

Every layer takes images (N, H, W, C) or (H, W, C), integer or float, with pixels in 0..255, and gives floats
of the same shape in 0..255. Each image of a batch gets draws of its own. Only `training=True` changes
anything, and what a layer moves into view is reflected, never black: a network would learn black corners.

Why not Keras's own layers (up to 3.15): called without `training`, as in `model(images)`, they change images;
RandomContrast only ever raises the contrast; RandomBrightness lets uint8 overflow. Importing this module
imports Keras.
"""

from __future__ import annotations

import math

import keras
from keras import ops

WHITE = 255.0
# Luma and two colour axes (YIQ, of analogue television): hue is an angle in the plane of the last two.
YIQ = ((0.299, 0.587, 0.114), (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))


def augmentation(
    *,
    flip: bool = True,
    rotation: float = 15,
    crop: float = 0.25,
    translation: float = 0.1,
    brightness: float = 0.15,
    contrast: float = 0.25,
    saturation: float = 0.3,
    hue: float = 0.03,
    salt_and_pepper: float = 0.01,
    seed: int | None = None,
) -> keras.Sequential:
    """Build a block of random changes for the beginning of a network.

    The block is active in training only; in `evaluate` and `predict` it hands images through. It is saved and
    loaded with the model. Its layers are named "flip", "rotation", "crop_and_scale", "translation",
    "brightness", "contrast", "colour_jitter" and "salt_and_pepper"; each also works alone.

    Parameters
    ----------
    flip : bool
        Mirror every other image left to right.
    rotation : float
        Turn by up to so many degrees either way, 0 to 180.
    crop : float
        Cut away up to this share of height and width, 0 to below 1, and scale the rest up to the old size.
    translation : float
        Move by up to this share of height and of width, 0 to 1.
    brightness : float
        Add up to this share of 255, or take it away; 0 to 1.
    contrast : float
        Multiply differences from the mean by 1 - contrast to 1 + contrast; 0 to 1.
    saturation : float
        Make colours up to this share paler or richer, 0 to 1.
    hue : float
        Turn hues by up to this share of the colour circle, 0 to 0.5. Grey images have none.
    salt_and_pepper : float
        Chance of a pixel to become black or white, half of it each, 0 to 1.
    seed : int, optional
        The same seed gives the same changes in the same order. By default Keras's own seed decides.

    Returns
    -------
    keras.Sequential
        For images (N, H, W, 1) or (N, H, W, 3) with pixels in 0..255, uint8 or float; gives float32 in 0..255
        of the same shape. Strength 0 or False leaves a layer out.

    Examples
    --------
    >>> block = augmentation(seed=0)
    >>> images = keras.ops.full((4, 32, 32, 3), 255)
    >>> block(images, training=True).shape == images.shape
    True
    >>> turned = block.get_layer("rotation")(images, training=True)  # one change alone
    """
    strengths = {
        "rotation": (rotation, 180),
        "crop": (crop, 0.99),
        "translation": (translation, 1),
        "brightness": (brightness, 1),
        "contrast": (contrast, 1),
        "saturation": (saturation, 1),
        "hue": (hue, 0.5),
        "salt_and_pepper": (salt_and_pepper, 1),
    }
    for name, (value, most) in strengths.items():
        _check(name, value, most)
    seeds = iter(range(seed, seed + len(strengths)) if seed is not None else [None] * len(strengths))
    kinds = {
        "flip": (flip, Flip, {}),
        "rotation": (rotation, Rotation, {"share": rotation / 180}),
        "crop_and_scale": (crop, CropAndScale, {"share": crop}),
        "translation": (translation, Translation, {"share": translation}),
        "brightness": (brightness, Brightness, {"share": brightness}),
        "contrast": (contrast, Contrast, {"share": contrast}),
        "colour_jitter": (saturation or hue, ColourJitter, {"saturation": saturation, "hue": hue}),
        "salt_and_pepper": (salt_and_pepper, SaltAndPepper, {"share": salt_and_pepper}),
    }
    layers = []
    for name, (wanted, kind, options) in kinds.items():
        own_seed = next(seeds)  # counted for layers that are left out too: the others keep their draws
        if wanted:
            layers.append(kind(name=name, seed=own_seed, **options))
    if not layers:
        raise ValueError("Every change is switched off. Leave the block out, or give one a strength above 0.")
    return keras.Sequential(layers, name="augmentation")


class _Change(keras.layers.Layer):
    """What the layers below share: active in training only, seeded, images alone or in batches."""

    def __init__(self, *, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=False):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        batch = images if len(images.shape) == 4 else images[None]
        changed = ops.clip(self.change(batch), 0, WHITE)  # interpolation too may overshoot, by rounding
        return changed if len(images.shape) == 4 else changed[0]

    def change(self, images):
        """Change a batch (N, H, W, C) of floats."""
        raise NotImplementedError

    def uniform(self, images, low, high, *, shape=(1, 1, 1)):
        """Draw numbers in low..high for each image: (N, *shape)."""
        size = (ops.shape(images)[0], *shape)
        return keras.random.uniform(size, low, high, dtype=self.compute_dtype, seed=self.generator)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


class _WithShare(_Change):
    """A change whose strength is one number between 0 and 1, `share`."""

    def __init__(self, share, *, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        _check("share", share, 1)
        self.share = share

    def get_config(self):
        return {**super().get_config(), "share": self.share}


class _Movement(_WithShare):
    """A change that takes each pixel of the output from another place of the image."""

    def __init__(self, share, *, seed=None, **kwargs):
        super().__init__(share, seed=seed, **kwargs)
        self.supports_jit = False  # TensorFlow has no XLA version of affine_transform

    def take(self, images, turn, start):
        """Sample images: pixel (x, y) of the output comes from turn @ (x, y) + start of the image.

        What lies outside is reflected. `turn` is 2x2 and `start` 2 numbers, each (N, 1).
        """
        (a, b), (c, d) = turn
        zero = ops.zeros_like(start[0])
        numbers = ops.concatenate([value + zero for value in (a, b, start[0], c, d, start[1], 0, 0)], axis=1)
        return ops.image.affine_transform(images, numbers, interpolation="bilinear", fill_mode="reflect")

    def sides(self, images):
        """Width and height, as floats."""
        height, width = ops.shape(images)[1:3]
        return ops.cast(width, self.compute_dtype), ops.cast(height, self.compute_dtype)


@keras.saving.register_keras_serializable(package="course")
class Flip(_Change):
    """Mirror every other image left to right, by chance."""

    def change(self, images):
        """Draw one number per image."""
        return ops.where(self.uniform(images, 0, 1) < 0.5, ops.flip(images, axis=2), images)


@keras.saving.register_keras_serializable(package="course")
class Rotation(_Movement):
    """Turn each image about its centre by up to `share` of a half turn (180 degrees), either way."""

    def change(self, images):
        """Turn, and keep the centre where it is."""
        angle = math.pi * self.uniform(images, -self.share, self.share, shape=(1,))
        cos, sin = ops.cos(angle), ops.sin(angle)
        x, y = ((side - 1) / 2 for side in self.sides(images))
        return self.take(images, ((cos, -sin), (sin, cos)), (x - cos * x + sin * y, y - sin * x - cos * y))


@keras.saving.register_keras_serializable(package="course")
class CropAndScale(_Movement):
    """Cut a window out of each image, anywhere in it, and scale it up to the size of the image.

    The window lacks up to `share` of height and width, 0 to 0.99; it keeps the aspect.
    """

    def __init__(self, share, *, seed=None, **kwargs):
        super().__init__(share, seed=seed, **kwargs)
        _check("share", share, 0.99)

    def change(self, images):
        """Take a window, of which the first pixel's centre lies half an output pixel inside."""
        scale = 1 - self.uniform(images, 0, self.share, shape=(1,))
        start = [
            self.uniform(images, 0, 1, shape=(1,)) * (1 - scale) * side + (scale - 1) / 2
            for side in self.sides(images)
        ]
        return self.take(images, ((scale, 0), (0, scale)), start)


@keras.saving.register_keras_serializable(package="course")
class Translation(_Movement):
    """Move each image by up to `share` of its width and of its height."""

    def change(self, images):
        """Draw two numbers per image."""
        start = [
            side * self.uniform(images, -self.share, self.share, shape=(1,)) for side in self.sides(images)
        ]
        return self.take(images, ((1, 0), (0, 1)), start)


@keras.saving.register_keras_serializable(package="course")
class Brightness(_WithShare):
    """Make each image brighter or darker by the same amount everywhere, up to `share` of 255."""

    def change(self, images):
        """Add one number per image."""
        return images + WHITE * self.uniform(images, -self.share, self.share)


@keras.saving.register_keras_serializable(package="course")
class Contrast(_WithShare):
    """Multiply the differences from an image's mean by one number in 1 - `share` to 1 + `share`."""

    def change(self, images):
        """Stretch or squeeze around the mean of each image."""
        mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        return mean + (images - mean) * self.uniform(images, 1 - self.share, 1 + self.share)


@keras.saving.register_keras_serializable(package="course")
class ColourJitter(_Change):
    """Turn the hues of each image and make its colours paler or richer; its luma stays, but for clipping.

    Colourfulness is multiplied by 1 - saturation to 1 + saturation, 0 to 1; hues turn by up to `hue` of the
    colour circle either way, 0 to 0.5.
    """

    def __init__(self, saturation=0.0, hue=0.0, *, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        _check("saturation", saturation, 1)
        _check("hue", hue, 0.5)
        self.saturation, self.hue = saturation, hue

    def change(self, images):
        """Multiply each pixel by a 3x3 matrix: to YIQ, turn and scale I and Q, back."""
        channels = images.shape[-1]
        if channels == 1:
            return images
        if channels != 3:
            raise ValueError(
                f"Images have {channels} channels. Colour needs 3 (red, green, blue), or 1 (grey)."
            )
        most = 2 * math.pi * self.hue
        angle = self.uniform(images, -most, most, shape=(1, 1))
        factor = self.uniform(images, 1 - self.saturation, 1 + self.saturation, shape=(1, 1))
        cos, sin = factor * ops.cos(angle), factor * ops.sin(angle)
        one, zero = ops.ones_like(cos), ops.zeros_like(cos)
        rows = [(one, zero, zero), (zero, cos, -sin), (zero, sin, cos)]
        turn = ops.concatenate([ops.concatenate(row, axis=2) for row in rows], axis=1)
        there = ops.convert_to_tensor(YIQ, self.compute_dtype)
        matrix = ops.matmul(ops.matmul(ops.inv(there), turn), there)
        pixels = ops.reshape(images, (ops.shape(images)[0], -1, 3))
        changed = ops.matmul(pixels, ops.transpose(matrix, (0, 2, 1)))
        return ops.reshape(changed, ops.shape(images))

    def get_config(self):
        """Give what the layer is rebuilt from."""
        return {**super().get_config(), "saturation": self.saturation, "hue": self.hue}


@keras.saving.register_keras_serializable(package="course")
class SaltAndPepper(_WithShare):
    """Make a `share` of the pixels of each image white or black, half of them each, all channels alike."""

    def change(self, images):
        """Draw one number per pixel."""
        height, width = ops.shape(images)[1:3]
        draw = self.uniform(images, 0, 1, shape=(height, width, 1))
        noise = ops.where(draw < self.share / 2, ops.zeros_like(images), ops.full_like(images, WHITE))
        return ops.where(draw < self.share, noise, images)


def _check(name, value, most):
    if not 0 <= value <= most:
        raise ValueError(f"{name}={value} is not possible. Use a number from 0 (off) to {most}.")
