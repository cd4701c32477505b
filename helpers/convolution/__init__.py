"""Convolution and pooling by hand, with the arithmetic that goes with them, and what a network costs."""

from helpers.convolution.counting import longest_path, multiply_adds
from helpers.convolution.windows import (
    KERNELS,
    average_pool2d,
    convolve2d,
    count_parameters,
    layer,
    max_pool2d,
    output_size,
    receptive_field,
    relu,
)
