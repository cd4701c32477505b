"""Ten classes of garments, drawn: the course's own stand-in for Fashion-MNIST.

How each class is drawn stands in ``tops``, ``garments`` and ``shoes``, and what it is made of in ``cloth``. A
new class is one more function of a generator and a canvas, and one more line in ``GARMENTS``.
"""

from functools import partial

import numpy as np

from helpers.drawings import garments, shoes, tops
from helpers.drawings.canvas import Canvas, Generator, Splits, draw_splits

GARMENTS = {
    "T-shirt/top": partial(tops.draw_top, cut=tops.T_SHIRT), "Trouser": garments.draw_trouser,
    "Pullover": partial(tops.draw_top, cut=tops.PULLOVER), "Dress": garments.draw_dress,
    "Coat": partial(tops.draw_top, cut=tops.COAT), "Sandal": shoes.draw_sandal,
    "Shirt": partial(tops.draw_top, cut=tops.SHIRT), "Sneaker": shoes.draw_sneaker,
    "Bag": garments.draw_bag, "Ankle boot": shoes.draw_ankle_boot,
}  # fmt: skip
FASHION_CLASSES = tuple(GARMENTS)
MOSTLY_LEFT = ("Sandal", "Sneaker", "Ankle boot", "Bag")


def _draw(label: int, rng: Generator) -> np.ndarray:
    """Place one garment of the class in a 28x28 picture and add light and noise."""
    canvas = Canvas(28)
    name = FASHION_CLASSES[label]
    scale, angle, shift = rng.uniform(0.84, 1.06), rng.normal(0, 3), rng.uniform(-6, 6, 2)
    mirror = rng.random() < (0.1 if name in MOSTLY_LEFT else 0.5)
    canvas.place(scale=scale, angle=angle, shift=shift, mirror=mirror)
    GARMENTS[name](rng, canvas)
    image = canvas.to_array().astype(np.float32)
    light = rng.uniform(0.85, 1.1) + rng.normal(0, 0.1) * np.linspace(-1, 1, 28, dtype=np.float32)
    noise = rng.standard_normal((28, 28), dtype=np.float32) * np.float32(rng.uniform(1, 7))
    return np.clip(image * light + noise * (image > 8), 0, 255).astype(np.uint8)


def fashion(n_train: int = 12_000, n_test: int = 2_000, seed: int = 0) -> Splits:
    """Pictures of garments in the classes and the format of Fashion-MNIST, drawn by this project, CC BY 4.0.

    The ten classes get equal shares, in random order; the same seed gives the same pictures.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images uint8 of shape (n, 28, 28), light garment (up to 255) on black (0); labels uint8 of shape (n,),
        indices into ``FASHION_CLASSES``. Training and test pictures come from independent random streams.

    Examples
    --------
    >>> (x_train, y_train), (x_test, y_test) = fashion(n_train=20, n_test=10)
    >>> x_train.shape, x_train.dtype, y_test.shape
    ((20, 28, 28), dtype('uint8'), (10,))
    """
    return draw_splits(_draw, n_train, n_test, seed)
