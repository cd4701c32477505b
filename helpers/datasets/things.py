"""Animals and things to look at with a network that knows many categories: photos, or drawings."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import numpy as np

from helpers import assets
from helpers.assets import AssetError
from helpers.datasets import base

PHOTOS = "photos/natural"  # in COURSE_ASSETS; files are named after what they show
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
WORDNET = re.compile(r"^n\d{8}_")  # how samples of ImageNet begin


class Things(NamedTuple):
    """Pictures of one thing each, and its name."""

    images: np.ndarray  # uint8, (n, height, width, 3), 0..255
    names: tuple[str, ...]
    origin: Literal["mirror", "embedded"]


def everyday(*, size: tuple[int, int] = (224, 224)) -> Things:
    """Animals and things in front of all sorts of backgrounds: photos if they are at hand, else drawings.

    Photos are those of the folder `photos/natural` in COURSE_ASSETS, any number of them; a file is named
    after what it shows, such as `zebra.jpg` or `n02391049_zebra.JPEG`. Their licences are whoever's put them
    there: show them, do not publish them. Without that folder it is one drawing of each class of
    `drawings.everyday`, CC BY 4.0, and a line says so.

    Parameters
    ----------
    size : (int, int)
        Height and width, pixels; of a photo the largest centred part of that shape is taken.

    Returns
    -------
    Things
        images, names in alphabetical order, origin.

    Raises
    ------
    helpers.assets.AssetError
        The folder is there, and a photo in it cannot be read, or it holds none.

    Examples
    --------
    >>> things = everyday(size=(128, 128))  # doctest: +SKIP
    >>> things.images[things.names.index("turtle")].shape  # doctest: +SKIP
    (128, 128, 3)
    """
    size = base.check_size(size)
    mirror = assets.mirror_dir()
    if mirror is not None and (mirror / PHOTOS).is_dir():
        return _photos(mirror / PHOTOS, size)
    from helpers import drawings  # loads SciPy and scikit-image, which photos do not need

    why = "COURSE_ASSETS is not set" if mirror is None else f"COURSE_ASSETS has no {PHOTOS}"
    count = len(drawings.EVERYDAY_CLASSES)
    print(f"Photos of animals and things are not at hand ({why}). Using {count} drawings of this course.")
    images, labels = drawings.everyday(count)
    names = [drawings.EVERYDAY_CLASSES[label] for label in labels]
    return _in_order([base.fit_to(image, size) for image in images], names, "embedded")


def _photos(folder, size):
    from helpers import photos

    paths = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    if not paths:
        raise AssetError(f"{folder} holds no photo. Put some there, named after what they show.")
    images = []
    for path in paths:
        try:
            images.append(base.fit_to(photos.read_photo(path), size))
        except photos.PhotoError as error:
            raise AssetError(f"{error} Replace it by a good copy, or take it away.") from error
    return _in_order(images, [WORDNET.sub("", path.stem).replace("_", " ") for path in paths], "mirror")


def _in_order(images, names, origin):
    order = sorted(range(len(names)), key=names.__getitem__)
    return Things(np.stack([images[i] for i in order]), tuple(names[i] for i in order), origin)
