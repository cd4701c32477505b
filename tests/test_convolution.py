"""helpers.convolution against SciPy, Keras and numbers worked by hand."""

import doctest
import itertools
import subprocess
import sys

import numpy as np
import pytest
from scipy import ndimage, signal

from helpers import convolution as conv

RANDOM = np.random.default_rng(20240607)


def keras_conv(image, kernel, stride, padding):
    import keras

    return np.asarray(keras.ops.conv(image, kernel, strides=stride, padding=padding))


@pytest.mark.parametrize("trial", range(20))
def test_flat_images_agree_with_scipy(trial):
    height, width = RANDOM.integers(1, 20, 2)
    rows, columns = RANDOM.integers(1, height + 1), RANDOM.integers(1, width + 1)
    image, kernel = RANDOM.normal(size=(height, width)), RANDOM.normal(size=(rows, columns))
    expected = signal.correlate2d(image, kernel, mode="valid")
    np.testing.assert_allclose(conv.convolve2d(image, kernel), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("trial", range(12))
def test_batches_of_volumes_agree_with_keras(trial, padding):
    batch, channels, filters = RANDOM.integers(1, 5, 3)
    height, width = RANDOM.integers(5, 16, 2)
    rows, columns = RANDOM.integers(1, 6, 2)
    stride = int(RANDOM.integers(1, 4))
    image = RANDOM.normal(size=(batch, height, width, channels))
    kernel = RANDOM.normal(size=(rows, columns, channels, filters))
    expected = keras_conv(image, kernel, stride, padding)
    result = conv.convolve2d(image, kernel, stride=stride, padding=padding)
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("stride", [(1, 2), (3, 1), (2, 3)])
def test_a_stride_per_axis_keeps_every_such_row_and_column(stride):
    image, kernel = RANDOM.normal(size=(13, 17)), RANDOM.normal(size=(3, 4))
    everywhere = signal.correlate2d(image, kernel, mode="valid")
    result = conv.convolve2d(image, kernel, stride=stride)
    np.testing.assert_allclose(result, everywhere[:: stride[0], :: stride[1]], rtol=0, atol=1e-12)


@pytest.mark.parametrize("channels, filters", [(3, 5), (2, 1)])
def test_each_rank_gives_its_part_of_the_full_answer(channels, filters):
    images = RANDOM.normal(size=(4, 9, 8, channels))
    kernels = RANDOM.normal(size=(3, 2, channels, filters))
    full = conv.convolve2d(images, kernels)
    assert full.shape == (4, 7, 7, filters)
    np.testing.assert_allclose(conv.convolve2d(images[1], kernels), full[1])
    np.testing.assert_allclose(conv.convolve2d(images[2], kernels[..., 0]), full[2, :, :, 0])
    np.testing.assert_allclose(conv.convolve2d(images, kernels[..., -1]), full[..., -1])


@pytest.mark.parametrize("padding, zeros", [(2, (2, 2)), ((2, 1), (2, 1)), (0, (0, 0)), ((0, 3), (0, 3))])
def test_explicit_padding_is_zeros_on_each_side(padding, zeros):
    image, kernel = RANDOM.normal(size=(6, 7)), RANDOM.normal(size=(3, 3))
    padded = np.pad(image, [(zeros[0],) * 2, (zeros[1],) * 2])
    expected = signal.correlate2d(padded, kernel, mode="valid")[::2, ::2]
    np.testing.assert_allclose(
        conv.convolve2d(image, kernel, stride=2, padding=padding), expected, atol=1e-12
    )


def test_a_layer_is_each_filters_answer_and_its_bias():
    rng = np.random.default_rng(0)
    image, kernels, biases = rng.normal(size=(7, 6, 2)), rng.normal(size=(3, 2, 2, 3)), np.array([-1, 0, 2])
    got = conv.layer(image, kernels, biases, stride=2)
    for f in range(3):
        every = signal.correlate(image, kernels[..., f], mode="valid")[..., 0]
        np.testing.assert_allclose(got[..., f], every[::2, ::2] + biases[f])


def test_flipping_the_kernel_gives_the_convolution_of_mathematics():
    image, kernel = RANDOM.normal(size=(8, 9)), RANDOM.normal(size=(3, 4))
    flipped = conv.convolve2d(image, kernel[::-1, ::-1])
    np.testing.assert_allclose(flipped, signal.convolve2d(image, kernel, mode="valid"), atol=1e-12)


@pytest.mark.parametrize(
    "image_type, kernel_type, expected",
    [
        ("uint8", "int8", "int64"),
        ("bool", "int64", "int64"),
        ("uint8", "float32", "float32"),
        ("float32", "float32", "float32"),
        ("float16", "float16", "float16"),
        ("float32", "float64", "float64"),
    ],
)
@pytest.mark.parametrize("filters", [1, 8])
def test_dtypes(image_type, kernel_type, expected, filters):
    image = RANDOM.integers(0, 2, (5, 5, 3)).astype(image_type)
    kernel = RANDOM.integers(0, 2, (3, 3, 3, filters)).astype(kernel_type)
    assert conv.convolve2d(image, kernel).dtype == expected


def test_bytes_do_not_overflow():
    image = np.full((3, 3), 255, np.uint8)
    assert conv.convolve2d(image, np.ones((3, 3), np.uint8)).tolist() == [[9 * 255]]


SMALL = ("int8", "uint8", "bool", ">i2", "uint16", "int32", "uint64", "float16", ">f4", "float64")


def numbers(dtype, shape, low=0):
    """Whole numbers up to 99, as this type, in Fortran order, not to be written to."""
    array = np.asfortranarray(
        np.random.default_rng(shape).integers(low, 2 if dtype == "bool" else 100, shape)
    )
    array = array.astype(dtype)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize("image", SMALL)
def test_no_pair_of_dtypes_overflows(image):
    """Sums of up to 18 x 99 x 99 are far above 65,504, where float16 ends."""
    x = numbers(image, (5, 6, 2))
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(int), (3, 3), (0, 1))
    for kernel, filters in itertools.product(SMALL, (1, 5)):
        if image == kernel == "float16":
            continue  # the sum keeps their dtype
        w, floats = numbers(kernel, (3, 3, 2, filters)), any("f" in dtype for dtype in (image, kernel))
        found = conv.convolve2d(x, w)
        np.testing.assert_allclose(found, np.einsum("ijckl,klcf->ijf", windows, w.astype(int)), rtol=1e-6)
        assert found.dtype.itemsize >= 4 if floats else found.dtype == np.int64


@pytest.mark.parametrize("size", [2, 64])
@pytest.mark.parametrize("dtype", SMALL)
def test_the_average_is_the_exact_mean(dtype, size):
    image = numbers(dtype, (64, 64, 2))
    if "f" in dtype:  # 0.3 in all, and what adds up to more than float16 holds
        image = np.stack([np.full((64, 64), 0.3), np.full((64, 64), 60_000)], -1).astype(image.dtype)
    blocks = image.reshape(64 // size, size, 64 // size, size, 2)
    found = conv.average_pool2d(image, size)
    assert found.dtype == (image.dtype if "f" in dtype else np.float64)
    assert np.array_equal(found, blocks.astype(float).mean((1, 3)).astype(found.dtype))
    assert np.array_equal(conv.max_pool2d(image, size), blocks.max((1, 3)))


@pytest.mark.parametrize("biases", [[1, 2, 3], 1, [1], [[1, 2]], [1, np.nan], ["a", "b"]])
def test_biases_that_do_not_fit_the_filters_are_refused(biases):
    with pytest.raises(
        ValueError, match=r"biases \(.*\(F,\), one bias for each filter|biases.* NaN|biases has dtype"
    ):
        conv.layer(np.ones((5, 4, 1)), np.ones((3, 3, 1, 2)), biases)
    with pytest.raises(ValueError, match=r"shape \(3, 3\) and biases \(2,\)"):
        conv.layer(np.ones((5, 4)), np.ones((3, 3)), [1, 2])  # not a bias for each column


@pytest.mark.parametrize("dtype", SMALL)
def test_relu_keeps_the_dtype(dtype):
    x = numbers(
        dtype, (4, 5), low=-99 if dtype in ("int8", ">i2", "int32", "float16", ">f4", "float64") else 0
    )
    found = conv.relu(x)
    assert found.dtype == x.dtype and np.array_equal(found.astype(float), x.astype(float).clip(0))


def test_arguments_are_left_as_they_were():
    image, kernel = RANDOM.normal(size=(6, 6, 2)), RANDOM.normal(size=(3, 3, 2, 4))
    before = image.copy(), kernel.copy()
    conv.convolve2d(image, kernel, padding="same")
    pooled = conv.max_pool2d(image)
    pooled[:] = 99
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(kernel, before[1])


@pytest.mark.parametrize("name", ["max_pool2d", "average_pool2d"])
@pytest.mark.parametrize("trial", range(8))
def test_pooling_agrees_with_keras(name, trial):
    import keras

    reference = getattr(keras.ops, name.removesuffix("2d"))
    images = RANDOM.normal(size=(2, *RANDOM.integers(6, 15, 2), 3)).astype("float32")  # what Keras pools in
    size = tuple(int(side) for side in RANDOM.integers(1, 5, 2))
    stride = None if trial % 2 else int(RANDOM.integers(1, 4))
    expected = np.asarray(reference(images, size, strides=stride or size, padding="valid"))
    pool = getattr(conv, name)
    np.testing.assert_allclose(pool(images, size, stride=stride), expected, atol=1e-6)
    np.testing.assert_allclose(pool(images[0], size, stride=stride), expected[0], atol=1e-6)
    np.testing.assert_allclose(pool(images[0, ..., 1], size, stride=stride), expected[0, ..., 1], atol=1e-6)


def test_pooling_dtypes():
    image = np.arange(16, dtype=np.uint8).reshape(4, 4)
    assert conv.max_pool2d(image).dtype == np.uint8
    assert conv.average_pool2d(image).dtype == np.float64
    assert conv.average_pool2d(image.astype(np.float32)).dtype == np.float32


def test_syllabus_pooling():
    image = [[23, 14, 0, 109], [9, 43, 58, 15], [105, 85, 35, 25], [24, 69, 17, 7]]
    assert conv.max_pool2d(image).tolist() == [[43, 109], [105, 35]]
    assert conv.average_pool2d(image).tolist() == [[22.25, 45.5], [70.75, 21]]
    assert conv.max_pool2d(np.zeros((32, 32, 16))).shape == (16, 16, 16)


def test_syllabus_worked_examples():
    rows = np.repeat([[0], [5], [10], [15], [10], [5], [0]], 7, axis=1)
    horizontal, vertical = conv.KERNELS["horizontal edges"], conv.KERNELS["vertical edges"]
    answer = conv.convolve2d(rows, horizontal)
    assert answer[0, 0] == -30
    assert conv.relu(answer).tolist() == [[0] * 5] * 3 + [[30] * 5] * 2
    assert not conv.convolve2d(rows, vertical).any()
    assert conv.convolve2d(rows[..., None], np.stack([horizontal, vertical], -1)[:, :, None]).shape == (
        5,
        5,
        2,
    )

    worked = np.array(
        [
            [3, 0, 1, 2, 7, 4],
            [1, 5, 8, 9, 3, 1],
            [2, 7, 2, 5, 1, 3],
            [0, 1, 3, 1, 7, 8],
            [4, 2, 1, 6, 2, 8],
            [2, 4, 5, 2, 3, 9],
        ]
    )
    edges = [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]
    sums = [[29, 39, 38, 35], [29, 41, 39, 38], [22, 28, 28, 41], [22, 25, 30, 46]]
    assert conv.convolve2d(worked, vertical).tolist() == edges
    assert conv.convolve2d(worked, np.ones((3, 3), int)).tolist() == sums


@pytest.mark.parametrize("trial", range(15))
def test_output_size_is_what_comes_out(trial):
    size, kernel = int(RANDOM.integers(3, 20)), int(RANDOM.integers(1, 4))
    stride, padding = int(RANDOM.integers(1, 4)), int(RANDOM.integers(0, 3))
    result = conv.convolve2d(np.ones((size, size)), np.ones((kernel, kernel)), stride=stride, padding=padding)
    expected = conv.output_size(size, kernel, stride=stride, padding=padding)
    assert result.shape == (expected, expected)


@pytest.mark.parametrize(
    "kernel, channels, filters, bias", [(3, 3, 2, True), ((5, 2), 4, 7, True), (1, 6, 3, False)]
)
def test_parameters_are_those_keras_counts(kernel, channels, filters, bias):
    import keras

    layer = keras.layers.Conv2D(filters, kernel, use_bias=bias)
    layer.build((None, 8, 8, channels))
    assert conv.count_parameters(kernel, channels, filters, bias=bias) == layer.count_params()


@pytest.mark.parametrize(
    "layers",
    [[3], [3, 3, 3], [(3, 2), (3, 2), 3], [5, (2, 2), 5, (2, 2)], [(7, 2), (3, 2), 3, 1, (3, 2)]],
)
def test_receptive_field_is_where_the_gradient_of_a_live_model_is_not_zero(layers):
    import keras
    import tensorflow as tf

    expected = conv.receptive_field(layers)
    pairs = [layer if isinstance(layer, tuple) else (layer, 1) for layer in layers]
    model = keras.Sequential([keras.Input((4 * expected, 1, 1))])
    for window, stride in pairs:
        model.add(keras.layers.Conv2D(1, (window, 1), strides=(stride, 1), kernel_initializer="ones"))
    image = tf.Variable(tf.ones((1, 4 * expected, 1, 1)))
    with tf.GradientTape() as tape:
        middle = model(image)[0, -1, 0, 0]
    seen = np.flatnonzero(tape.gradient(middle, image).numpy())
    assert seen[-1] - seen[0] + 1 == expected


def test_receptive_field_counts_pooling_like_any_window():
    assert conv.receptive_field([5, (2, 2), 5, (2, 2)]) == 16
    assert conv.receptive_field([]) == 1


def test_kernels_are_three_by_three_and_edges_ignore_flat_regions():
    assert all(kernel.shape == (3, 3) for kernel in conv.KERNELS.values())
    flat = {name for name, kernel in conv.KERNELS.items() if kernel.sum() == 0}
    assert flat == {"horizontal edges", "vertical edges", "Sobel horizontal", "Sobel vertical", "outline"}
    picture = ndimage.gaussian_filter(RANDOM.normal(size=(20, 20)), 2)
    for name, axis in [("Sobel horizontal", 0), ("Sobel vertical", 1)]:
        expected = -ndimage.sobel(picture, axis=axis)[1:-1, 1:-1]
        np.testing.assert_allclose(conv.convolve2d(picture, conv.KERNELS[name]), expected, atol=1e-12)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: conv.convolve2d(np.ones(5), np.ones((3, 3))), r"\(5,\).*\(H, W\)"),
        (lambda: conv.convolve2d(np.ones((5, 5)), np.ones((3, 3, 1))), r"\(3, 3, 1\).*\(5, 5\).*\(k, l\)"),
        (lambda: conv.convolve2d(np.ones((5, 5, 3)), np.ones((3, 3))), r"\(k, l, C\)"),
        (lambda: conv.convolve2d(np.ones((5, 5, 3)), np.ones((3, 3, 2, 4))), r"3 channels.*\(3, 3, 3, 4\)"),
        (lambda: conv.convolve2d(np.ones((2, 5)), np.ones((3, 3))), "window of 3 .* 2 pixels.*at most 2"),
        (lambda: conv.convolve2d(np.ones((5, 5)), np.ones((3, 3)), stride=0), "stride=0.*at least 1"),
        (lambda: conv.convolve2d(np.ones((5, 5)), np.ones((3, 3)), stride=1.5), "stride=1.5.*whole"),
        (lambda: conv.convolve2d(np.ones((5, 5)), np.ones((3, 3)), stride=(1, 2, 3)), "3 numbers"),
        (
            lambda: conv.convolve2d(np.ones((5, 5)), np.ones((3, 3)), padding="full"),
            "'full' is unknown.*same",
        ),
        (lambda: conv.convolve2d(np.ones((5, 5)), np.ones((3, 3)), padding=-1), "padding=-1.*at least 0"),
        (lambda: conv.convolve2d(np.full((5, 5), np.nan), np.ones((3, 3))), r"\(5, 5\).*25 NaN"),
        (lambda: conv.convolve2d(np.ones((5, 5)), np.full((3, 3), np.nan)), "kernel.*9 NaN"),
        (lambda: conv.convolve2d(np.ones((5, 5)), np.ones((0, 3))), "empty"),
        (lambda: conv.convolve2d([["a"]], [[1]]), "dtype"),
        (lambda: conv.max_pool2d(np.ones((2, 2)), 3), "window of 3"),
        (lambda: conv.max_pool2d(np.ones(4)), r"\(4,\)"),
        (lambda: conv.average_pool2d(np.ones((4, 4)), 0), "size=0"),
        (lambda: conv.average_pool2d(np.ones((4, 4)), stride=0), "stride=0"),
        (lambda: conv.max_pool2d(np.full((4, 4), np.nan)), "NaN"),
        (lambda: conv.output_size(2, 3), "at most 2"),
        (lambda: conv.output_size(5, 3, stride=True), "stride=True"),
        (lambda: conv.count_parameters(3, 0, 1), "in_channels=0"),
        (lambda: conv.receptive_field([3, (3, 0)]), "stride=0"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_infinity_is_a_number_and_not_refused():
    image = np.array([[np.inf, -np.inf], [0, 0]])
    assert conv.convolve2d(image, [[0], [1]]).tolist() == [[0, 0]]


def test_examples_in_the_docstrings():
    assert doctest.testmod(conv.windows).failed == 0 < doctest.testmod(conv.windows).attempted


def test_importing_convolution_imports_neither_tensorflow_nor_matplotlib():
    code = "import helpers.convolution, sys; print(*{'tensorflow', 'keras', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("layers", [[(3, 1, 1)], [3, (3,)], [[]], [((3, 3), 1, 2)]])
def test_a_layer_of_other_than_one_or_two_numbers_is_told(layers):
    with pytest.raises(ValueError, match=r"is no layer\. Give its window, or \(window, stride\)"):
        conv.receptive_field(layers)


@pytest.mark.parametrize("pool", [conv.max_pool2d, conv.average_pool2d])
@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (5, 0, 3), (2, 0, 5, 1)])
def test_pools_of_an_empty_image_are_told(pool, shape):
    with pytest.raises(ValueError, match=r"image .* is empty"):
        pool(np.zeros(shape))
