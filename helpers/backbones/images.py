"""Checks that images are what the networks here take: RGB, 0 to 255."""

import numpy as np

PIXELS = "pixels"  # name of the input layer of every network that takes raw pixels


def takes_pixels(model) -> bool:
    """Whether a Keras model, or one nested in it, is a network of this package, with raw pixels as input."""
    return any(
        layer.name == PIXELS or (hasattr(layer, "layers") and takes_pixels(layer))
        for layer in getattr(model, "layers", ())
    )


def check_images(images) -> np.ndarray:
    """Check that images are RGB, (n, height, width, 3), n >= 1, 0 to 255; gives them as an array."""
    images = np.asarray(images)
    if flaw := _shape_flaw(images.shape) or _value_flaw(images):
        raise ValueError(flaw)
    return images


def _shape_flaw(shape):
    given = f"The images have the shape {shape}"
    wanted = "needed is (n, height, width, 3)"
    if len(shape) == 3 and shape[-1] == 3:
        return f"{given}, one image; {wanted}. Put it in a batch of one: image[None]."
    if len(shape) == 3:
        return f"{given}, grey images; {wanted}. Repeat the grey: np.repeat(images[..., None], 3, axis=-1)."
    if len(shape) != 4 or 0 in shape:
        return f"{given}; {wanted}, with at least one image."
    if shape[-1] == 1:
        return f"{given}, grey images; {wanted}. Repeat the grey: np.repeat(images, 3, axis=-1)."
    if shape[-1] == 4:
        return f"{given}, with an alpha channel; {wanted}. Leave the alpha out: images[..., :3]."
    if shape[-1] != 3 and shape[1] == 3:
        return f"{given}, channels first; {wanted}. Move them: np.moveaxis(images, 1, -1)."
    return "" if shape[-1] == 3 else f"{given}, {shape[-1]} channels; {wanted}."


def _value_flaw(images):
    if images.dtype.kind not in "uif":
        return f"The images hold {images.dtype} values; needed are numbers from 0 to 255."
    low, high = float(images.min()), float(images.max())
    given = f"The pixels go from {low:.4g} to {high:.4g}"
    wanted = "this network takes raw pixels, 0 to 255, and scales them itself"
    if not np.isfinite(low + high):
        return "Some pixels are NaN or infinite; needed are numbers from 0 to 255."
    if low < 0:
        return f"{given}; {wanted}. Give the images as they were before they were scaled."
    if high > 255:
        return f"{given}; {wanted}. Divide 16-bit images by 257."
    if 0 < high <= 1:
        return f"{given}; {wanted}. Multiply the images by 255, or leave the division by 255 out."
    return ""
