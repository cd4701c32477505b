"""Numbers and figures of deck 1."""

import numpy as np

from helpers import convolution, plots


def values():
    """Numbers."""
    return {"five": "25"}


def figures():
    """Figures."""
    band = np.repeat([[0], [5], [10], [15], [10], [5], [0]], 7, axis=1)
    return {"step": plots.convolution_step(band, convolution.KERNELS["horizontal edges"], (0, 0))}
