"""Self-checks for exercises: instant feedback that says what is wrong and does not give the answer away.

Each takes what a student wrote, calls it on fresh random inputs, and compares with an independent reference:
SciPy, a closed form, central differences in float64, or the adjoint identity. It prints one line that begins
with "ok" and holds the measured error, or raises an AssertionError with one sentence. So the same line serves
a student in the notebook and nbgrader in a test cell.

This module imports neither TensorFlow nor Keras.
"""

from helpers.check.compare import numerical_gradient
from helpers.check.convolutions import columns, convolution, convolution_layer, ladder, lenet, max_pool
from helpers.check.layers import accuracy, activation, dropout, layer, network
from helpers.check.quizzes import (
    batches,
    cross_entropy,
    dense,
    descend,
    gradient,
    one_hot,
    random_layer,
    relu,
    sgd_epoch,
    softmax,
    two_layers,
)

__all__ = [
    "accuracy",
    "activation",
    "batches",
    "columns",
    "convolution",
    "convolution_layer",
    "cross_entropy",
    "dense",
    "descend",
    "dropout",
    "gradient",
    "ladder",
    "layer",
    "lenet",
    "max_pool",
    "network",
    "numerical_gradient",
    "one_hot",
    "random_layer",
    "relu",
    "sgd_epoch",
    "softmax",
    "two_layers",
]
