"""Everyday things in clutter, drawn: as many labelled pictures as wanted, to pretrain a network on.

What the things look like stands in ``things``. Scenes and materials are those of the handbags and shoes, of
which there are none here.
"""

from functools import partial

import numpy as np

from helpers.drawings.canvas import Generator, check_whole
from helpers.drawings.composition import compose
from helpers.drawings.materials import Cutout, new_outfit
from helpers.drawings.things import THINGS

EVERYDAY_CLASSES = tuple(THINGS)
# Apart from the streams of the handbags and shoes.
_STREAM = 7


def draw_thing(name: str, rng: Generator, cut: Cutout) -> None:
    """Draw one thing of a class on a cut-out, or two of one design, one behind the other."""
    if rng.random() > 0.12:
        THINGS[name](rng, cut, new_outfit(rng, cut))
        return
    seed = rng.integers(2**32)
    right, up = rng.uniform(10, 16) * rng.choice([-1, 1]), rng.uniform(2, 12)
    for scale, side in ((0.66, 1), (0.7, -1)):
        same = np.random.default_rng(seed)
        cut.place(scale=scale, shift=(side * right, -side * up))
        THINGS[name](same, cut, new_outfit(same, cut))
    cut.place()


def everyday(n: int, seed: int = 0, *, objects: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Draw everyday things in cluttered scenes.

    The scene does not know the class: background, things around, light, place, size and turn come from a
    random stream of their own, and all classes are made of the same materials in the same colours. So shape
    tells the class, and little else does. No class is a bag or is worn on the feet (socks are).

    Parameters
    ----------
    n : int
        Number of pictures, at least 1.
    seed : int
        At least 0. One seed gives the same bytes in any process, with one version of Pillow and NumPy, and
        other seeds give independent pictures.
    objects : bool
        False draws the same scenes without their objects, to test what the background tells.

    Returns
    -------
    images : ndarray
        uint8, (n, 160, 160, 3), RGB.
    labels : ndarray
        uint8, (n,), indices of ``EVERYDAY_CLASSES``, shuffled; every class equally often, or once more where
        the number of classes does not divide ``n``.

    Raises
    ------
    ValueError
        If a number is not a whole number or too small.

    Notes
    -----
    Licence: CC BY 4.0. Some backgrounds are crops of the photographs inside scikit-image, which are in the
    public domain or without known copyright restrictions.

    Examples
    --------
    >>> images, labels = everyday(2, seed=5)
    >>> images.shape, labels.dtype
    ((2, 160, 160, 3), dtype('uint8'))
    """
    check_whole("n", n, 1, such_as=100)
    check_whole("seed", seed, 0, such_as=0)
    stream = (_STREAM, int(seed))
    order = np.random.default_rng([*stream, 0])
    classes = order.permutation(len(EVERYDAY_CLASSES))
    labels = order.permutation(np.resize(classes, int(n))).astype(np.uint8)
    images = np.empty((len(labels), 160, 160, 3), np.uint8)
    for index, label in enumerate(labels):
        scene, chance = (np.random.default_rng([*stream, kind, index]) for kind in (1, 2))
        images[index], _ = compose(partial(draw_thing, EVERYDAY_CLASSES[label]), scene, chance, objects)
    return images, labels


__all__ = ["EVERYDAY_CLASSES", "draw_thing", "everyday"]
