"""What students write in lesson 6, for those who read on before their own answer is right."""

import numpy as np


def kernel_picture(kernel) -> np.ndarray:
    """Turn the weights of a kernel into colours 0..1: 0 becomes 0.5, the largest absolute weight 0 or 1."""
    return kernel / np.abs(kernel).max() / 2 + 0.5


def favourite_channel(maps, photo: int) -> int:
    """Find the channel of maps (n, h, w, c) whose mean for one photo is most above that of the others."""
    means = maps.mean(axis=(1, 2))
    return int((means[photo] - np.delete(means, photo, axis=0).mean(axis=0)).argmax())


def r_squared(drawn, true) -> float:
    """Compare a redrawn picture with the true one: 1 for a copy, 0 for a flat one of the mean value."""
    return float(1 - np.mean((drawn - true) ** 2) / np.var(true))


def climb(part, picture, channel: int, length: float):
    """Take one step of gradient ascent on the mean of a channel's map; the picture stays in 0..255."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(picture)
        score = tf.reduce_mean(part(picture)[..., channel])
    gradient = tape.gradient(score, picture)
    return tf.clip_by_value(picture + length * gradient / tf.norm(gradient), 0, 255)


def best_places(values, count: int) -> list[tuple[int, int, int]]:
    """Find the pictures with the largest values in maps (n, h, w), best first: (picture, row, column)."""
    best = np.argsort(-values.max(axis=(1, 2)))[:count]
    return [(n, *np.unravel_index(values[n].argmax(), values[n].shape)) for n in best]


def cut_into_tiles(pictures, places: int) -> np.ndarray:
    """Cut pictures (n, side, side, 3) into places x places tiles: one row of numbers for each tile."""
    n, side = pictures.shape[:2]
    cut = pictures.reshape(n, places, side // places, places, side // places, 3)
    return cut.swapaxes(2, 3).reshape(n * places * places, -1)


def join_tiles(rows, places: int, side: int) -> np.ndarray:
    """Put tiles back together into pictures."""
    cut = rows.reshape(-1, places, places, side // places, side // places, 3)
    return cut.swapaxes(2, 3).reshape(-1, side, side, 3)
