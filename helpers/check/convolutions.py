"""Checks of convolution and pooling layers in NumPy.

Feature maps are (channels, images, height, width) here, kernels (k, k, channels, filters).
"""

from collections.abc import Callable, Mapping

import numpy as np
from scipy import ndimage, signal

from helpers.check import compare
from helpers.check.compare import call, close, described, passed, require, several, shaped, written
from helpers.check.layers import layer

CASES = [(2, 3, 6, 7, 3, 4), (1, 2, 9, 8, 5, 3), (3, 2, 5, 5, 1, 2)]
"""Channels, images, height, width, kernel, filters."""


def convolution(function: Callable) -> None:
    """Check convolve(x, w, b) -> maps (filters, images, H - k + 1, W - k + 1) against SciPy, sum by sum."""
    rng, errors = np.random.default_rng(), []
    for case in CASES:
        x, w, b = _inputs(rng, *case)
        errors.append(close(call(function, x, w, b), _correlated(x, w, b), written(function, x, w, b)))
    passed(function, f"{len(errors)} inputs, largest distance to SciPy {max(errors):.1e} (allowed 1e-09)")


def max_pool(build: Callable) -> None:
    """Check a 2×2 max-pooling layer: build() -> layer; forward against SciPy's maximum filter.

    Backward by central differences, and where numbers are equal: one of them gets the whole gradient.
    """
    rng = np.random.default_rng()
    made = call(build)
    name = type(made).__name__
    for shape in [(2, 3, 4, 6), (1, 2, 8, 8), (3, 1, 2, 4)]:
        x = rng.normal(size=shape) - 3  # all negative, so that a start at 0 shows
        expected = ndimage.maximum_filter(x, size=(1, 1, 2, 2), origin=(0, 0, -1, -1))[:, :, ::2, ::2]
        close(call(made.forward, x, True), expected, f"{name}.forward({described(x)})", rtol=0, atol=0)
    layer(lambda rng: build(), (2, 3, 4, 6))
    x = np.zeros((2, 2, 4, 6))
    y = rng.normal(size=call(made.forward, x, True).shape)
    what = f"{name}.backward where all numbers are equal"
    back = shaped(call(made.backward, y), x.shape, what)
    windows = back.reshape(2, 2, 2, 2, 3, 2).transpose(0, 1, 2, 4, 3, 5).reshape(*y.shape, 4)
    close(windows.sum(axis=-1), y, f"{what}: the sum over each window", rtol=1e-9)
    shared = (windows != 0).sum(axis=-1).max()
    require(shared == 1, f"{what}: {shared} places of a window share the gradient; only one should get it.")
    passed(name, "values equal SciPy's; among equal numbers one gets the gradient")


def columns(im2col: Callable, col2im: Callable) -> None:
    """Check im2col(x, k) -> (k, k, C, N, h, w) entry by entry, and col2im by the adjoint identity."""
    rng, errors = np.random.default_rng(), []
    for channels, images, height, width, k, _ in CASES:
        x = rng.normal(size=(channels, images, height, width))
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
        got = call(im2col, x, k)
        close(got, windows.transpose(4, 5, 0, 1, 2, 3), written(im2col, x, k), rtol=0, atol=0)
        y = rng.normal(size=got.shape)
        what = written(col2im, y, x.shape)
        back = shaped(call(col2im, y, x.shape), x.shape, what)
        errors.append(_adjoint((got * y).sum(), (x * back).sum(), what, "im2col x", "col2im y"))
    told = f"<im2col x, y> and <x, col2im y> differ by {max(errors):.1e} (allowed 1e-09)"
    passed("im2col and col2im", f"no entry wrong; {told}")


def convolution_layer(build: Callable) -> None:
    """Check a convolution layer: build(channels, kernel, filters, rng) -> layer with parameters [w, b].

    Forward against SciPy; backward by the adjoint identity <conv x, y> = <x, conv^T y>, which holds without
    bias, and by central differences.
    """
    rng, errors, gaps = np.random.default_rng(), [], []
    for channels, images, height, width, k, filters in CASES:
        made = call(build, channels, k, filters, rng)
        name = type(made).__name__
        x, w, b = _inputs(rng, channels, images, height, width, k, filters)
        several(made.parameters, [w.shape, b.shape], f"{name}.parameters")
        for what, array in zip(("weights", "biases"), made.parameters, strict=True):
            require(array.dtype == np.float32, f"{name}: the {what} are {array.dtype}, not float32.")
        small = x.astype(np.float32)
        out = call(made.forward, small, True)
        told = f"{name}.forward({described(small)}) returned {described(out)}; float32 should give float32."
        require(isinstance(out, np.ndarray) and out.dtype == np.float32, told)
        made.parameters = [w, np.zeros_like(b)]
        out = call(made.forward, x, True)
        what = f"{name}.forward({described(x)})"
        errors.append(close(out, _correlated(x, w, np.zeros_like(b)), what))
        y = rng.normal(size=out.shape)
        text = f"{name}.backward({described(y)})"
        back = shaped(call(made.backward, y), x.shape, text)
        gaps.append(_adjoint((out * y).sum(), (x * back).sum(), text, "conv x", "conv^T y"))
        made.parameters = [w, b]
        errors.append(close(call(made.forward, x, True), _correlated(x, w, b), f"{what} with biases"))
    told = f"<conv x, y> and <x, conv^T y> differ by {max(gaps):.1e} (allowed 1e-09)"
    passed(name, f"largest distance to SciPy {max(errors):.1e}; {told}")
    layer(lambda rng: build(2, 3, 3, rng), (2, 2, 5, 6))


def ladder(milliseconds: Mapping[str, float], rungs: tuple[str, ...]) -> None:
    """Check that every rung of the speed ladder was measured: {rung: milliseconds per image}."""
    for rung in rungs:
        value = milliseconds.get(rung)
        measured = isinstance(value, float) and np.isfinite(value) and value > 0
        require(measured, f"The rung {rung!r} has {value!r}; measure it in milliseconds per image.")
    different = len({milliseconds[rung] for rung in rungs})
    require(different == len(rungs), "Two rungs have exactly the same time. Measure each by itself.")
    slowest = max(milliseconds[rung] for rung in rungs)
    for rung in rungs:
        factor = slowest / milliseconds[rung]
        print(f"    {rung:10} {milliseconds[rung]:10.3f} ms per image, {factor:7.1f} times as fast")
    passed("ladder", f"{len(rungs)} rungs measured")


def lenet(build: Callable) -> None:
    """Check LeNet-5: build(rng) -> network from rows (N, 784) to (N, 10), with SciPy's scores."""
    rng = np.random.default_rng()
    made = call(build, rng)
    layers = getattr(made, "layers", None)
    require(layers, f"The function returned {compare.returned(made)}; it should return a Network of layers.")
    for each in layers:
        told = f"{compare.name_of(each)} among the layers is no layer. Brackets make one: relu_layer()."
        require(hasattr(each, "parameters") and not isinstance(each, type), told)
    trained = [each for each in layers if each.parameters]
    shapes = [p.shape for each in trained for p in each.parameters]
    count = sum(int(np.prod(shape)) for shape in shapes)
    told = f"The network has {count:,} parameters; LeNet-5 has 44,426. Yours: {', '.join(map(str, shapes))}."
    require(count == 44_426, told)
    require(len(trained) == 5, "The network should have five layers with parameters, all in one list.")
    x = rng.normal(size=(3, 784)).astype(np.float32)
    hints = {"stopped": "Are Maps, both MaxPools and Flatten in their places?"}
    scores = compare.with_hints(hints, call, made.forward, x, True)
    out = shaped(scores, (3, 10), f"the network on {described(x)}")
    require(out.dtype == np.float32, f"The network returned {out.dtype} for float32 images. Keep to float32.")
    reused = "One layer object stands in two places, but it remembers one input only. Make two of them."
    hints = {"stopped": reused} if len(set(map(id, layers))) < len(layers) else {}
    compare.with_hints(hints, call, made.backward, np.ones_like(out))
    alone = made.forward(x[1:2])
    close(alone[0], made.forward(x)[1], "the network on one image instead of three", rtol=1e-3, atol=1e-4)
    for each in trained:
        each.parameters = [each.parameters[0], rng.normal(size=each.parameters[1].shape).astype(np.float32)]
    parameters = [each.parameters for each in trained]
    parameters[-1][1] -= _lenet_scores(x, parameters).mean(axis=0)
    told = "In the table, ReLU follows both poolings and two dense layers, and none follows the last one."
    expected = _lenet_scores(x, parameters)
    compare.judge(call(made.forward, x), expected, "LeNet-5", [], otherwise=told, rtol=1e-2)
    passed("LeNet-5", f"{count:,} parameters, {len(layers)} layers, {described(x)} -> {described(out)}")


def _lenet_scores(x, parameters):
    value = x.reshape(1, -1, 28, 28).astype(float)
    for w, b in parameters[:2]:
        maps = _correlated(value, w, b)
        value = np.maximum(maps.reshape(*maps.shape[:2], maps.shape[2] // 2, 2, -1, 2).max(axis=(3, 5)), 0)
    value = value.transpose(1, 2, 3, 0).reshape(len(x), -1)
    for w, b in parameters[2:4]:
        value = np.maximum(value @ w + b, 0)
    return value @ parameters[4][0] + parameters[4][1]


def _inputs(rng, channels, images, height, width, k, filters):
    x = rng.normal(size=(channels, images, height, width))
    return x, rng.normal(size=(k, k, channels, filters)), rng.normal(size=filters)


def _correlated(x, w, b):
    """Correlate with SciPy, all channels of an image at once, and add the biases."""
    kernels, images = w.transpose(3, 2, 0, 1), x.swapaxes(0, 1)
    maps = [[signal.correlate(one, kernel, mode="valid")[0] for one in images] for kernel in kernels]
    return np.array(maps) + b[:, None, None, None]


def _adjoint(one, other, what, first, second):
    gap = abs(one - other) / max(abs(one), abs(other), 1)
    told = f"{what}: <{first}, y> is {one:.6g} but <x, {second}> is {other:.6g}; the two should be equal."
    hint = "Does every output pixel send its gradient back to each pixel it was computed from?"
    require(gap < 1e-9, f"{told} {hint}")
    return float(gap)
