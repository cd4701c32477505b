"""What a model takes and what it is given: shapes, ranges and targets, checked before anything runs."""

import numpy as np

from helpers.visualize.layers import sublayers


def known_shape(model):
    """The shape of one image, or None if the model does not tell."""
    import keras

    if not isinstance(model, keras.Model):
        told = f"The model is a {type(model).__name__}"
        raise TypeError(f"{told}, not a Keras model. Give the model first, then the images.")
    # After `build` without a call, a subclass says that it is built, though its layers are not.
    idle = [layer for layer in (model, *sublayers(model)) if not layer._called]
    parts = [part for layer in idle for part in layer._flatten_layers(include_self=False, recursive=False)]
    if not model.built or not all(part.built for part in parts):
        raise ValueError(f"The model {model.name!r} has no weights yet. Call it once on some images.")
    try:
        shape = model.input_shape
    except (AttributeError, ValueError):  # a subclassed model; it keeps what it was built on
        shape = (model.get_build_config() or {}).get("input_shape")
    if isinstance(shape, dict) or (shape and isinstance(shape[0], (tuple, list))):
        raise ValueError(f"The model {model.name!r} takes several inputs. Use one that takes images only.")
    if shape and len(shape) == 3 and getattr(model, "inputs", None):
        shape = (*shape, 1)  # Keras leaves an axis of one channel out itself
    if shape and len(shape) != 4:
        told = f"The model {model.name!r} takes (n, {', '.join(map(str, shape[1:]))}) and no images"
        raise ValueError(f"{told} (n, height, width, channels).")
    return tuple(shape[1:]) if shape else None


def check_images(model, images) -> np.ndarray:
    """Check that images fit a model; gives them as float32."""
    known = known_shape(model)
    try:
        images = np.asarray(images)
    except ValueError:
        raise ValueError("The images differ in shape. Resize them to one, and np.stack them.") from None
    if images.dtype.kind not in "buif":
        raise ValueError(f"The images hold {images.dtype} values; needed are numbers.")
    takes = ", ".join("any" if side is None else str(side) for side in known or ("height, width, channels",))
    given = f"The images have the shape {images.shape}; {model.name!r} takes (n, {takes})."
    if 0 in images.shape:
        raise ValueError(f"{given} Give at least one image.")
    if images.ndim != 4:
        cures = {2: "image[None, ..., None]", 3: "images[..., None]"}
        if known is None or images.shape[-1:] == known[-1:]:
            cures[3] = "image[None]"
        cure = cures.get(images.ndim, "images.reshape(-1, *images.shape[-3:])")
        raise ValueError(f"{given} Bring the axes to four: {cure}.")
    if known and any(want not in (None, side) for want, side in zip(known, images.shape[1:], strict=True)):
        raise ValueError(f"{given} Resize the images, or give their channels as the model takes them.")
    if not np.isfinite(images).all():
        raise ValueError("Some pixels are NaN or infinite; replace them first.")
    whole = whole_numbers(model)
    if whole and not np.array_equal(images, images.astype(whole)):
        low, high = (0, 1) if whole == "bool" else (np.iinfo(whole).min, np.iinfo(whole).max)
        told = f"The model {model.name!r} takes {whole}, whole numbers from {low} to {high}"
        raise ValueError(f"{told}; some pixels are others. Scale and round them: np.rint(images).")
    return images.astype(np.float32)


def whole_numbers(model) -> str:
    """The type of the images if a model takes whole numbers only, such as "uint8"; else ""."""
    kinds = [str(tensor.dtype) for tensor in getattr(model, "inputs", None) or () if hasattr(tensor, "dtype")]
    return kinds[0] if kinds and ("int" in kinds[0] or kinds[0] == "bool") else ""


def check_targets(target, count: int, classes: int) -> np.ndarray:
    """Give one target for each of `count` images, of a model with so many classes."""
    targets = np.asarray(target)
    if targets.dtype.kind not in "iu" or targets.ndim > 1 or targets.size == 0:
        raise ValueError(f"target={target!r} is no class. Give a whole number, or one for each image.")
    if targets.ndim == 1 and len(targets) != count:
        raise ValueError(f"There are {len(targets)} targets for {count} images. Give one, or one for each.")
    outside = targets[(targets < 0) | (targets >= classes)]
    if outside.size:
        raise ValueError(f"There is no class {outside.flat[0]}: the model has {classes}, 0 to {classes - 1}.")
    return np.broadcast_to(targets, count).astype(np.int32)


def check_channels(channels, count: int, what: str) -> np.ndarray:
    """Give channel or class numbers as an array; None stands for all."""
    if channels is None:
        return np.arange(count)
    numbers = np.atleast_1d(np.asarray(channels))
    if numbers.ndim != 1 or numbers.size == 0 or numbers.dtype.kind not in "iu":
        raise ValueError(f"{channels!r} are no {what} numbers. Give whole numbers, such as [0, 1].")
    outside = numbers[(numbers < 0) | (numbers >= count)]
    if outside.size:
        raise ValueError(f"There is no {what} {outside[0]}: there are {count}, 0 to {count - 1}.")
    return numbers.astype(np.int64)


def value_range(model, given=None) -> tuple[float, float]:
    """Tell the least and the largest pixel value that a model takes.

    A model that scales its pixels itself, by a Rescaling layer that divides by more than 100 or a
    Normalization layer with means above 2, takes 0..255.
    """
    import keras

    if given is not None:
        low, high = (float(value) for value in given)
        if not low < high:
            raise ValueError(f"value_range={given!r} is empty. Give the least value first, such as (0, 255).")
        return low, high
    if whole_numbers(model) in ("uint8", "bool"):
        return 0.0, 255.0 if whole_numbers(model) == "uint8" else 1.0
    for layer in sublayers(model):
        if isinstance(layer, keras.layers.Rescaling) and np.max(np.abs(layer.scale)) < 1 / 100:
            return 0.0, 255.0
        if isinstance(layer, keras.layers.Normalization) and np.max(np.asarray(layer.mean)) > 2:
            return 0.0, 255.0
    told = f"The model {model.name!r} does not tell which pixel values it takes"
    raise ValueError(f"{told}. Give value_range=(0, 1), or whatever it was trained on.")


def picture_shape(model, size=None) -> tuple[int, int, int]:
    """Choose the shape of the pictures that are made for a model.

    `size` is a side, or height and width; with channels for a model that does not tell them. When left out,
    it is the size that the model takes or resizes to.
    """
    import keras

    known = known_shape(model) or (None, None, None)
    wanted = (None, None) if size is None else (size, size) if np.ndim(size) == 0 else tuple(size)
    wanted = (*wanted, known[2])[:3] if len(wanted) == 2 else wanted
    layers = [layer for layer in sublayers(model) if isinstance(layer, keras.layers.Resizing)]
    resized = (layers[0].height, layers[0].width, None) if layers else (None, None, None)
    shape = tuple(want or own or third for want, own, third in zip(wanted, known, resized, strict=True))
    if any(own not in (None, side) for own, side in zip(known, shape, strict=True)):
        raise ValueError(f"size={size!r} does not fit: {model.name!r} takes {known}. Leave size out.")
    if any(side is None or side < 1 for side in shape):
        raise ValueError(f"The model {model.name!r} takes any size. Give size=(height, width, channels).")
    return shape
