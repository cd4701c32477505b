"""A small residual network in Keras: about a million parameters, the architecture of the embedded weights.

The plan is that of ResNet-18 in small: a stem, then stages of residual blocks, each stage with twice the
filters and half the width and height of the one before, then the average of each feature map [1]_.

References
----------
.. [1] He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016.
"""

STAGES = ((24, 1), (48, 2), (96, 3), (192, 1))  # filters and residual blocks of each stage
FEATURES = 192


def residual_block(x, filters, stride, name):
    """Two 3x3 convolutions F, and the input added to what they give: relu(F(x) + x).

    The last scale (gamma) starts at 0, so F(x) is 0 and a new block passes its input on [1]_.

    Parameters
    ----------
    x : keras.KerasTensor
        Feature maps, (batch, height, width, channels).
    filters, stride : int
        Of the first convolution; the second keeps both sizes.
    name : str
        What the names of its layers begin with.

    Returns
    -------
    keras.KerasTensor
        (batch, ceil(height / stride), ceil(width / stride), filters).

    References
    ----------
    .. [1] Goyal et al., "Accurate, large minibatch SGD", 2017, section 5.1.
    """
    from keras import layers

    shortcut = x
    if stride != 1 or x.shape[-1] != filters:  # the sum needs equal shapes
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False, name=f"{name}_shortcut_conv")(x)
        shortcut = layers.BatchNormalization(momentum=0.97, name=f"{name}_shortcut_bn")(shortcut)
    x = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False, name=f"{name}_conv1")(x)
    x = layers.BatchNormalization(momentum=0.97, name=f"{name}_bn1")(x)
    x = layers.ReLU(name=f"{name}_relu1")(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv2")(x)
    x = layers.BatchNormalization(momentum=0.97, gamma_initializer="zeros", name=f"{name}_bn2")(x)
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.ReLU(name=f"{name}_out")(x)


def mini_resnet(size=128):
    """Build the network, untrained and headless: from raw pixels to 192 features.

    Parameters
    ----------
    size : int or None, optional
        Side of the input in pixels, at least 32; None takes any. The weights do not depend on it.

    Returns
    -------
    keras.Model
        From RGB images 0 to 255, (batch, size, size, 3), to features, (batch, 192). Preprocessing is its
        first layer. About 1.07 million parameters.

    Raises
    ------
    ValueError
        If `size` is less than 32.
    """
    import keras
    from keras import layers

    if size is not None and size < 32:
        raise ValueError(f"mini_resnet halves the image four times: {size} pixels are too few, 32 will do.")
    inputs = keras.Input((size, size, 3), name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescaling")(inputs)
    x = layers.Conv2D(24, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(x)
    x = layers.BatchNormalization(momentum=0.97, name="stem_bn")(x)
    x = layers.ReLU(name="stem_relu")(x)
    for stage, (filters, blocks) in enumerate(STAGES, start=1):
        for block in range(1, blocks + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            x = residual_block(x, filters, stride, name=f"stage{stage}_block{block}")
    x = layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(inputs, x, name="mini_resnet")
