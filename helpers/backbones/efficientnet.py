"""EfficientNet-Lite0 in plain Keras layers, and its ImageNet weights from the package that brings them."""

import collections
import pickle
from pathlib import Path

import numpy as np

# Of each stage: blocks, kernel, stride of the first block, expansion, channels [1]_.
STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
)  # fmt: skip
FEATURES, CLASSES = 1280, 1000
EPSILON = 1e-3  # of batch norm
NUMBERS = {"FloatStorage": "<f4", "LongStorage": "<i8"}  # kinds of storages in the file
BATCH_NORM = ("weight", "bias", "running_mean", "running_var")  # gamma, beta, mean, variance


def efficientnet_lite0(pixels, *, top: bool = False):
    """Apply EfficientNet-Lite0 to a batch of images: to its features, or with `top` to probabilities.

    Inverted bottlenecks without squeeze-and-excitation, ReLU6, TensorFlow's "same" padding [1]_. From
    (n, height, width, 3), RGB, 0..255, of any height and width, to (n, 1280), or (n, 1000).

    References
    ----------
    .. [1] Tan & Le, "EfficientNet: rethinking model scaling for convolutional neural networks", 2019; "lite"
       as in https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
    """
    from keras import layers

    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="rescaling")(pixels)
    x = _convolution(x, 32, 3, 2, "stem")
    for number, (blocks, kernel, stride, expansion, channels) in enumerate(STAGES, 1):
        for block in range(1, blocks + 1):
            first = stride if block == 1 else 1
            x = _block(x, kernel, first, expansion, channels, f"stage{number}_block{block}")
    x = _convolution(x, FEATURES, 1, 1, "top")
    x = layers.GlobalAveragePooling2D(name="features", dtype="float32")(x)
    head = {"activation": "softmax", "dtype": "float32", "name": "predictions"}
    return layers.Dense(CLASSES, **head)(x) if top else x


def _block(x, kernel, stride, expansion, channels, name):
    """Widen, convolve each channel by itself, narrow; add the input where the shapes agree."""
    from keras import layers

    start = x
    if expansion > 1:
        x = _convolution(x, expansion * x.shape[-1], 1, 1, f"{name}_expand")
    options = {"padding": "same", "use_bias": False, "name": f"{name}_depthwise_conv"}
    x = layers.DepthwiseConv2D(kernel, stride, **options)(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_depthwise_bn")(x)
    x = layers.ReLU(6, name=f"{name}_depthwise_relu")(x)
    x = _convolution(x, channels, 1, 1, f"{name}_project", relu=False)
    same = stride == 1 and start.shape[-1] == channels
    return layers.Add(name=f"{name}_add")([start, x]) if same else x


def _convolution(x, filters, kernel, stride, name, *, relu=True):
    from keras import layers

    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_bn")(x)
    return layers.ReLU(6, name=f"{name}_relu")(x) if relu else x


def arrays(path: Path) -> dict[str, list[np.ndarray]]:
    """Read the file of weights: name of each layer -> its weights in the order of Keras."""
    stored = read_checkpoint(path)
    try:
        found = _convolution_arrays(stored, "_conv_stem", "_bn0", "stem")
        blocks = [(s, b) for s, stage in enumerate(STAGES, 1) for b in range(1, stage[0] + 1)]
        for number, (stage, block) in enumerate(blocks):
            place, name = f"_blocks.{number}.", f"stage{stage}_block{block}"
            if STAGES[stage - 1][3] > 1:
                found |= _convolution_arrays(stored, f"{place}_expand_conv", f"{place}_bn0", f"{name}_expand")
            depthwise = f"{place}_depthwise_conv"
            found |= _convolution_arrays(stored, depthwise, f"{place}_bn1", f"{name}_depthwise")
            found |= _convolution_arrays(stored, f"{place}_project_conv", f"{place}_bn2", f"{name}_project")
        found |= _convolution_arrays(stored, "_conv_head", "_bn1", "top")
        found["predictions"] = [stored["_fc.weight"].T, stored["_fc.bias"]]
    except KeyError as missing:
        raise ValueError(f"it has no {missing}") from missing
    return found


def _convolution_arrays(stored, convolution, batch_norm, name):
    """Give kernel and batch norm of one convolution; PyTorch's kernels are (out, in, height, width)."""
    kernel = stored[f"{convolution}.weight"]
    # A depthwise kernel is (height, width, channels, 1) in Keras, any other (height, width, in, out).
    axes = (2, 3, 0, 1) if name.endswith("_depthwise") else (2, 3, 1, 0)
    return {
        f"{name}_conv": [kernel.transpose(axes)],
        f"{name}_bn": [stored[f"{batch_norm}.{part}"] for part in BATCH_NORM],
    }


class _Unpickler(pickle.Unpickler):
    """Reads the pickles of such a file: an ordered dict of tensors, and nothing that could run."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in NUMBERS:
            return name
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which does not belong in a weights file")

    def persistent_load(self, reference):
        """Give the kind of numbers and the key of a storage."""
        _, kind, key, *_ = reference
        return kind, key


class _Tensor:
    """A tensor as the pickle describes it, without its numbers, which follow at the end of the file."""

    def __init__(self, storage, offset, shape, strides, *_):
        self.kind, self.key = storage
        self.offset, self.shape, self.strides = offset, shape, strides


def read_checkpoint(path: Path) -> dict[str, np.ndarray]:
    """Read a file of weights that PyTorch wrote in its old format, before 1.6, without PyTorch.

    Three pickles (a magic number, the version, the sizes of types), a pickled ordered dict of tensors, the
    pickled list of storage keys, then of each storage an int64 count and the numbers, little-endian. No code
    in the file is run. Gives name -> array.
    """
    try:
        with open(path, "rb") as file:
            *_, tensors, keys = (_Unpickler(file).load() for _ in range(5))
            kinds = {tensor.key: tensor.kind for tensor in tensors.values()}
            storages = {}
            for key in keys:
                count = int(np.fromfile(file, "<i8", 1)[0])
                storages[key] = np.fromfile(file, NUMBERS[kinds[key]], count)
        return {name: _numbers(tensor, storages[tensor.key]) for name, tensor in tensors.items()}
    except Exception as error:  # a damaged pickle fails in a dozen ways, which all mean the same here
        raise ValueError(f"it cannot be read ({error})") from error


def _numbers(tensor, storage):
    pairs = zip(tensor.shape, tensor.strides, strict=True)
    last = tensor.offset + sum((size - 1) * step for size, step in pairs)
    if min((tensor.offset, *tensor.strides)) < 0 or last >= storage.size:
        raise ValueError("it is cut off")
    steps = [step * storage.itemsize for step in tensor.strides]
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, steps).copy()
