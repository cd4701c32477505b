"""Features: run a network once over images, and keep the result on disk."""

import dataclasses
import hashlib
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

from helpers import assets
from helpers.backbones.networks import check_images, takes_pixels
from helpers.fingerprint import model_text

BATCH = 32
ROUNDING = 64 * np.finfo(np.float32).eps  # relative: other kernels may compute the last, smaller batch


def features(model, data, cache: bool = True):
    """Run a network once over images.

    What comes out is kept in the user's cache (see `helpers.assets`), in a file named by a hash of the
    network's layers and weights, and of the images. The same is then read, not run. A network with layers or
    functions of one's own is always run.

    Parameters
    ----------
    model : keras.Model
        From `headless`, or any other from a batch of images to features (n, d).
    data : array_like, helpers.datasets.Split or Dataset
        Images (n, height, width, 3). To a network of `headless`, RGB with pixels 0..255.
    cache : bool
        False neither reads nor writes a file.

    Returns
    -------
    ndarray, Split or Dataset
        What was given, with features, float32 (n, d), in the place of images.
    """
    if hasattr(data, "splits"):
        splits = {side: features(model, split, cache) for side, split in data.splits.items()}
        return dataclasses.replace(data, **splits)
    if hasattr(data, "images"):
        return data._replace(images=features(model, data.images, cache))
    images = check_images(data) if takes_pixels(model) else np.asarray(data)
    if images.ndim == 0 or len(images) == 0:
        raise ValueError(f"There is no image in {images.shape}. Give at least one, (n, height, width, 3).")
    images = images.astype(str) if images.dtype == object else images
    path = cache_path(model, images) if cache else None
    found = _read(path, len(images)) if path else None
    if found is None:
        found = _run(model, images)
        _check_alive(found, model)
        if path:
            _write(path, found)
    return found


def cache_path(model, images: np.ndarray) -> Path | None:
    """Name the file that keeps the features of these images; None if the network cannot be recognised."""
    config = model_text(model)
    if config is None:
        print(f"The features of {model.name!r} are not kept: it holds a layer or a function of one's own.")
        return None
    digest = hashlib.blake2b(config.encode(), digest_size=16)
    for array in [*model.get_weights(), images]:
        digest.update(f"{array.shape}{array.dtype}".encode())
        digest.update(array.tobytes())
    return assets.cache_dir() / "features" / f"{model.name}-{digest.hexdigest()}.npz"


def _read(path, count):
    """Read features that were kept; None if there are none, or the file is damaged."""
    if not path.exists():
        return None
    try:
        with np.load(path) as file:
            found = file["features"]
        if found.ndim == 2 and len(found) == count and found.dtype == np.float32:
            return found
        flaw = f"holds {found.dtype} {found.shape}"
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        flaw = str(error)
    print(f"The features in {path} are damaged ({flaw}). They are computed again.")
    return None


def _write(path, found):
    try:
        with assets.replacing(path) as part:
            np.savez(part, features=found)
    except OSError as error:
        print(
            f"The features could not be kept in {path.parent} ({error.strerror}), so the next run "
            "computes them again. Set COURSE_CACHE to a folder that you may write to."
        )


def _run(model, images):
    """Run a network in inference mode, batch by batch."""
    import keras
    from tqdm import tqdm

    parts = []
    # Standard output: what goes to standard error is kept as an error in an executed notebook.
    told = {"desc": f"features of {model.name}", "file": sys.stdout, "ncols": 79, "leave": False}
    with tqdm(total=len(images), **told) as bar:
        for start in range(0, len(images), BATCH):
            batch = keras.ops.convert_to_tensor(images[start : start + BATCH])
            parts.append(np.asarray(model.predict_on_batch(batch), dtype="float32"))
            bar.update(len(parts[-1]))
    found = np.concatenate(parts)
    if found.ndim != 2:
        cure = "Add keras.layers.GlobalAveragePooling2D()."
        raise ValueError(f"{model.name!r} gives {found.shape}, no features (n, d). {cure}")
    return found


def _check_alive(found, model):
    if not np.isfinite(found).all():
        flaw = "NaN or infinite features"
    elif not found.any():
        flaw = "nothing but zeros"
    elif len(found) > 1 and np.ptp(found, axis=0).max() <= ROUNDING * np.abs(found).max():
        flaw = "the same features for all images"
    else:
        return
    raise ValueError(
        f"{model.name!r} gives {flaw}: it is dead. Its weights are damaged, or training with too high a rate "
        "spoilt them. Load it again with headless(...)."
    )
