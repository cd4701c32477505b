"""Does a map explain the network, or only the picture? Compare it with maps of networks without knowledge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage, stats

from helpers.visualize.inputs import check_images
from helpers.visualize.layers import sublayers
from helpers.visualize.scoring import class_scores
from helpers.visualize.tapping import visits


class SanityCheck(NamedTuple):
    """What became of the maps as more and more layers lost what they had learnt."""

    layers: tuple  # paths of the layers, in the order in which they were randomised
    correlations: np.ndarray  # float64, (steps, n): rank correlation with the map of the trained network
    control: np.ndarray  # the same for `edges`, which does not look at the network: 1 everywhere


def sanity_check(method, model, images, target=None, *, seed=0) -> SanityCheck:
    """Randomise a network from its output to its input, layer by layer, and compare its maps [1]_.

    A method that explains the network loses its maps with it. One whose maps stay, as those of the edge
    detector do, shows the picture and explains nothing. The weights of a layer are shuffled among
    themselves, so that its scale stays; layers without a kernel, such as batch norm, go with the layer
    before them. Afterwards all weights are as before.

    Parameters
    ----------
    method : callable
        ``method(model, images, target=target)`` gives maps (n, height, width): `grad_cam`, `saliency`,
        `functools.partial(grad_cam, layer="conv2")`, your own.
    seed : int
        Of the shuffling.

    Returns
    -------
    SanityCheck
        layers, correlations, control. Spearman's rank correlation; 0 where a map is flat, so without ranks.

    References
    ----------
    .. [1] Adebayo et al., "Sanity checks for saliency maps", 2018: cascading randomisation.
    """
    checked = check_images(model, images)
    if target is None:
        target = class_scores(model, checked).argmax(axis=1)
    steps = _steps(model, checked.shape[1:])
    trained, trained_edges = _maps(method, model, images, target), edges(model, images, target)
    correlations, control = [], []
    chance = np.random.default_rng(seed)
    kept = model.get_weights()
    try:
        for layers in steps:
            for layer in layers:
                layer.set_weights([_shuffled(weight, chance) for weight in layer.get_weights()])
            correlations.append(_agreement(trained, _maps(method, model, images, target)))
            control.append(_agreement(trained_edges, edges(model, images, target)))
    finally:
        model.set_weights(kept)
    paths = sublayers(model)
    return SanityCheck(tuple(paths[layers[0]] for layers in steps), np.array(correlations), np.array(control))


def edges(model, images, target=None) -> np.ndarray:
    """Show the edges of the images (Sobel), whatever the model: the control of `sanity_check`.

    Returns
    -------
    ndarray
        float32, (n, height, width): size of the gradient of the mean of the channels.
    """
    grey = np.asarray(images, float).mean(axis=-1)
    # One by one: along the axes that it does not differentiate, the filter smooths, so also along the batch.
    maps = [np.hypot(ndimage.sobel(one, axis=0), ndimage.sobel(one, axis=1)) for one in grey]
    return np.stack(maps).astype("float32")


def rank_correlation(first, second) -> float:
    """Spearman's correlation of the pixels of two maps (height, width), -1..1; 0 if one of them is flat."""
    first, second = np.ravel(first), np.ravel(second)
    return 0.0 if _is_flat(first) or _is_flat(second) else float(stats.spearmanr(first, second)[0])


def _agreement(first, second):
    return np.array([rank_correlation(*pair) for pair in zip(first, second, strict=True)])


def _is_flat(values):
    """Tell whether the values of a map differ by rounding only, whose ranks would be chance."""
    return np.ptp(values) <= 32 * np.finfo(np.float32).eps * np.abs(values).max()


def _maps(method, model, images, target):
    maps = np.asarray(method(model, images, target=target))
    if maps.shape != np.shape(images)[:3]:
        raise ValueError(
            f"The method gives {maps.shape}; needed is one map for each image: {np.shape(images)[:3]}."
        )
    return maps


def _steps(model, shape):
    """Layers that lose their weights together, the last ones first; the one with a kernel leads."""
    import keras

    steps = []
    for layer in dict.fromkeys(visit.layer for visit in visits(model, shape)):
        if sublayers(layer) or not layer.weights or isinstance(layer, keras.layers.Normalization):
            continue
        if any(len(weight.shape) > 1 for weight in layer.weights) or not steps:
            steps.append([layer])
        else:
            steps[-1].append(layer)
    if not steps:
        raise ValueError(f"The layers of {model.name!r} have no weights, so nothing can be randomised.")
    return steps[::-1]


def _shuffled(weight, chance):
    return chance.permutation(weight.reshape(-1)).reshape(weight.shape)
