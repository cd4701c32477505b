"""Convolution and pooling by hand, and the arithmetic that goes with them; NumPy only.

Images are (H, W), (H, W, C) or (N, H, W, C); kernels (k, l), (k, l, C) or (k, l, C, F). "Convolution" is
cross-correlation here, as everywhere in deep learning: the kernel is not flipped. What does not fit is a
ValueError of one sentence.
"""

from collections.abc import Sequence

import numpy as np

KERNELS = {
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "horizontal edges": np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]]),
    "vertical edges": np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]]),
    "Sobel horizontal": np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
    "Sobel vertical": np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
    "outline": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "blur": np.ones((3, 3)) / 9,
    "emboss": np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
}
"""Named 3x3 kernels. The edge filters and "outline" sum to 0, so flat regions give nothing."""


def convolve2d(image, kernel, *, stride=1, padding="valid") -> np.ndarray:
    """Slide a kernel over an image: out[i, j] = sum of kernel[a, b] * image[i*stride + a, j*stride + b].

    Parameters
    ----------
    image : array_like
        (H, W), (H, W, C) or (N, H, W, C).
    kernel : array_like
        (k, l) for an (H, W) image; (k, l, C) for one filter over C channels; (k, l, C, F) for F filters.
    stride : int or (int, int)
        Step of the window down and across, >= 1.
    padding : {"valid", "same"}, int or (int, int)
        "valid" adds nothing. "same" adds zeros as TensorFlow does: ceil(H / stride) rows come out, and
        where the zeros cannot be shared evenly, the extra one goes to the bottom and the right. Numbers
        are rows and columns of zeros on each side.

    Returns
    -------
    ndarray
        (H', W'), with a leading N and a trailing F where the inputs have them. Floats keep their
        dtype; integers and booleans give int64, so that 8-bit pixels cannot overflow, and with float16
        float32.

    Examples
    --------
    >>> image = [[2, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 3, 0, 0]]
    >>> convolve2d(image, [[1, 0, 1], [0, 0, 0], [0, 1, 0]])
    array([[3, 2],
           [3, 1]])
    """
    image, kernel = _numeric(image, "image"), _numeric(kernel, "kernel")
    _check_ranks(image, kernel)
    flat, batched, many = image.ndim == 2, image.ndim == 4, kernel.ndim == 4
    x = image[None, :, :, None] if flat else image if batched else image[None]
    w = kernel[:, :, None, None] if flat else kernel if many else kernel[..., None]

    strides = _pair(stride, "stride", least=1)
    x = _pad(x, padding, w.shape[:2], strides)
    size = tuple(output_size(x.shape[1 + axis], w.shape[axis], stride=strides[axis]) for axis in (0, 1))
    out = _correlate(x, w, strides, size)

    out = out if many else out[..., 0]
    return out if batched else out[0]


def layer(image, kernels, biases, stride: int = 1) -> np.ndarray:
    """Compute a convolution layer before its ReLU: kernels (k, l, C, F), and a bias for each filter, (F,)."""
    image, kernels, biases = _numeric(image, "image"), _numeric(kernels, "kernel"), _numeric(biases, "biases")
    if kernels.ndim != 4 or biases.shape != kernels.shape[3:]:
        told = f"Kernels have shape {kernels.shape} and biases {biases.shape}"
        raise ValueError(f"{told}; use (k, l, C, F) and (F,), one bias for each filter.")
    return convolve2d(image, kernels, stride=stride) + biases


def max_pool2d(image, size=2, *, stride=None) -> np.ndarray:
    """Largest value in each window, channel by channel.

    Parameters
    ----------
    image : array_like
        (H, W), (H, W, C) or (N, H, W, C).
    size : int or (int, int)
        Rows and columns of the window, >= 1.
    stride : int or (int, int), optional
        Step of the window; `size` when left out, so that windows do not overlap.

    Returns
    -------
    ndarray
        Same rank and dtype; each side is floor((side - size) / stride) + 1. Rows and columns that do not
        fill a window are left out, as in Keras with padding="valid".

    Examples
    --------
    >>> max_pool2d([[23, 14, 0, 109], [9, 43, 58, 15], [105, 85, 35, 25], [24, 69, 17, 7]])
    array([[ 43, 109],
           [105,  35]])
    """
    image = _numeric(image, "image")
    taps = _pool_taps(image, size, stride)
    out = next(taps).copy()
    for tap in taps:
        np.maximum(out, tap, out=out)
    return out


def average_pool2d(image, size=2, *, stride=None) -> np.ndarray:
    """Mean of each window, channel by channel.

    Parameters as in `max_pool2d`.

    Returns
    -------
    ndarray
        Same rank; floats keep their dtype, integers become float64.

    Examples
    --------
    >>> average_pool2d([[2, 0, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 3, 0, 0]])
    array([[0.75, 0.5 ],
           [0.75, 0.25]])
    """
    image = _numeric(image, "image")
    dtype = image.dtype if image.dtype.kind == "f" else np.dtype(float)
    rows, columns = _pair(size, "size", least=1)
    taps = _pool_taps(image, size, stride)
    out = next(taps).astype(np.promote_types(dtype, float))  # a sum in float16 ends at 65,504
    for tap in taps:
        out += tap
    return (out / (rows * columns)).astype(dtype, copy=False)


def relu(x) -> np.ndarray:
    """Replace what is negative by 0; shape and dtype stay.

    >>> relu([-30, 0, 30])
    array([ 0,  0, 30])
    """
    x = np.asarray(x)
    return np.maximum(x, 0).astype(x.dtype, copy=False)


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Count the positions a window takes along one axis: floor((size - kernel + 2 * padding) / stride) + 1.

    Relationship 6 of Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", 2016.

    Parameters
    ----------
    size, kernel, stride : int
        Pixels along the axis, of the image and of the window, and the step; all >= 1.
    padding : int
        Zeros added on each side, >= 0.

    Examples
    --------
    >>> output_size(28, 5)
    24
    >>> output_size(5, 3, stride=2)
    2
    """
    size, kernel = _whole(size, "size", 1), _whole(kernel, "kernel", 1)
    stride, padding = _whole(stride, "stride", 1), _whole(padding, "padding", 0)
    room = size + 2 * padding - kernel
    if room < 0:
        told = f"A window of {kernel} does not fit into {size} pixels with {padding} of padding on each side."
        raise ValueError(f"{told} Use a window of at most {size + 2 * padding}, or more padding.")
    return room // stride + 1


def count_parameters(kernel, in_channels: int, filters: int, *, bias: bool = True) -> int:
    """Count the weights of a convolution layer: (k * l * in_channels + 1) * filters.

    Parameters
    ----------
    kernel : int or (int, int)
        Rows and columns of the window.
    in_channels, filters : int
        Channels that come in, and channels that come out.
    bias : bool
        Whether each filter has a bias, the + 1 of the formula.

    Examples
    --------
    >>> count_parameters(3, 3, 2)
    56
    """
    rows, columns = _pair(kernel, "kernel", least=1)
    in_channels, filters = _whole(in_channels, "in_channels", 1), _whole(filters, "filters", 1)
    return (rows * columns * in_channels + bool(bias)) * filters


def receptive_field(layers: Sequence) -> int:
    """Pixels of the input, along one axis, that one value of the last layer can see.

    Every layer widens the view by (kernel - 1) steps, and a step is the product of all strides before it
    (Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019).

    Parameters
    ----------
    layers : sequence of int or (int, int)
        From the input on: the window of each convolution or pooling, alone or as (window, stride).

    Examples
    --------
    >>> receptive_field([3, 3, 3])
    7
    >>> receptive_field([3, (2, 2), 3])
    8
    """
    seen, step = 1, 1
    for layer in layers:
        pair = tuple(layer) if hasattr(layer, "__len__") else (layer, 1)
        if len(pair) != 2:
            raise ValueError(f"{layer!r} is no layer. Give its window, or (window, stride), such as (2, 2).")
        window, stride = pair
        seen += (_whole(window, "window", 1) - 1) * step
        step *= _whole(stride, "stride", 1)
    return seen


def _correlate(x, w, strides, size):
    """(N, H, W, C) with (k, l, C, F) -> (N, H', W', F), by adding a shifted picture for each place."""
    dtype, whole = np.result_type(x, w), [array.dtype.kind in "bui" for array in (x, w)]
    if any(whole):
        dtype = np.dtype(np.int64) if all(whole) else np.promote_types(dtype, np.float32)
    work = np.promote_types(dtype, np.float32) if dtype.kind == "f" else dtype
    x, w = x.astype(work, copy=False), w.astype(work, copy=False)
    out = np.zeros((len(x), *size, w.shape[3]), work)
    for row, column in np.argwhere(w.any(axis=(2, 3))):
        out += _shifted(x, row, column, strides, size) @ w[row, column]
    return out.astype(dtype, copy=False)


def _shifted(x, row, column, strides, size):
    """Every pixel that lies under the kernel's place (row, column), as a view."""
    last_row, last_column = row + strides[0] * (size[0] - 1), column + strides[1] * (size[1] - 1)
    return x[:, row : last_row + 1 : strides[0], column : last_column + 1 : strides[1]]


def _pool_taps(image, size, stride):
    """Views of the image, one per place in the pooling window, after checking the arguments."""
    _check_image(image)
    window = _pair(size, "size", least=1)
    strides = window if stride is None else _pair(stride, "stride", least=1)
    x = image if image.ndim == 4 else image[None]
    if 0 in x.shape[1:3]:
        raise ValueError(f"The image {image.shape} is empty; every side must be at least 1.")
    count = tuple(output_size(x.shape[1 + axis], window[axis], stride=strides[axis]) for axis in (0, 1))
    for row in range(window[0]):
        for column in range(window[1]):
            tap = _shifted(x, row, column, strides, count)
            yield tap if image.ndim == 4 else tap[0]


def _pad(x, padding, window, strides):
    """Zeros around (N, H, W, C)."""
    if isinstance(padding, str):
        if padding == "valid":
            return x
        if padding != "same":
            raise ValueError(f'padding={padding!r} is unknown. Use "valid", "same", a number or a pair.')
        before_after = [_same(*axis) for axis in zip(x.shape[1:3], window, strides, strict=True)]
    else:
        before_after = [(zeros, zeros) for zeros in _pair(padding, "padding", least=0)]
    return np.pad(x, [(0, 0), *before_after, (0, 0)]) if np.any(before_after) else x


def _same(size, window, stride):
    """Zeros before and after, so that ceil(size / stride) values come out; the odd one goes after."""
    wanted = -(-size // stride)
    total = max((wanted - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def _check_image(image):
    if image.ndim not in (2, 3, 4):
        raise ValueError(f"The image has shape {image.shape}; use (H, W), (H, W, C) or (N, H, W, C).")


def _check_ranks(image, kernel):
    _check_image(image)
    fits = {2: (2,), 3: (3, 4), 4: (3, 4)}[image.ndim]
    if kernel.ndim not in fits:
        wanted = {2: "(k, l)", 3: "(k, l, C) or (k, l, C, F)"}[min(image.ndim, 3)]
        told = f"The kernel has shape {kernel.shape}, which does not go with an image of shape {image.shape}."
        raise ValueError(f"{told} Use a kernel of shape {wanted}.")
    if 0 in kernel.shape or 0 in image.shape:
        sides = f"Image {image.shape} or kernel {kernel.shape}"
        raise ValueError(f"{sides} is empty; every side must be at least 1.")
    channels = image.shape[-1]
    if image.ndim > 2 and channels != kernel.shape[2]:
        wanted = (*kernel.shape[:2], channels, *kernel.shape[3:])
        told = f"The image has {channels} channels and the kernel {kernel.shape[2]}. Every filter needs one"
        raise ValueError(f"{told} slice per channel: use a kernel of shape {wanted}.")


def _numeric(values, name):
    """As an array of real numbers without NaN."""
    array = np.asarray(values)
    if array.dtype.kind not in "buif":
        raise ValueError(f"The {name} has dtype {array.dtype}; use real numbers.")
    # A sum is NaN whenever a term is: one cheap pass, and the exact look only where it is needed.
    with np.errstate(all="ignore"):
        suspect = array.dtype.kind == "f" and np.isnan(array.sum())
    if suspect and np.isnan(array).any():
        told = f"The {name}, of shape {array.shape}, holds {np.isnan(array).sum()} NaN."
        raise ValueError(f"{told} Replace them first, for example with numpy.nan_to_num.")
    return array


def _pair(value, name, *, least):
    """A number for both axes, or a pair, as two ints."""
    numbers = (value, value) if np.ndim(value) == 0 else tuple(value)
    if len(numbers) != 2:
        raise ValueError(f"{name}={value!r} has {len(numbers)} numbers. Use one, or two: rows and columns.")
    return tuple(_whole(number, name, least) for number in numbers)


def _whole(value, name, least):
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name}={value!r} is not possible. Use a whole number of at least {least}.")
    return int(value)
