"""The network of lesson 3, which starts from random numbers: what a pretrained one has to beat."""

from __future__ import annotations


def scratch_cnn(*changes, classes: int = 2):
    """Build the small CNN that lesson 3 writes out.

    Parameters
    ----------
    *changes : keras.Layer
        What acts on the pixels first, such as `helpers.training.augmentation()`; they see 64x64 pixels.
    classes : int
        Number of outputs.

    Returns
    -------
    keras.Sequential
        From RGB pixels 0..255, (n, 128, 128, 3), to probabilities (n, classes); random weights, not compiled.
    """
    import keras
    from keras import layers

    def block(filters):
        return [
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            layers.MaxPooling2D(),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
        ]

    return keras.Sequential(
        [
            keras.Input((128, 128, 3)),
            layers.AveragePooling2D(2),
            *changes,
            layers.Rescaling(1 / 255),
            *(layer for filters in (16, 32, 64, 64) for layer in block(filters)),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(32, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ]
    )
