"""Speed as ratios within one run, for `make bench`; not part of `make test`.

Each test prints what it measured and fails where a bound of the course is broken.
"""

import functools
import subprocess
import sys
import time

import homework_solutions
import machine
import numpy as np
import pytest
from scipy import signal

from helpers import convolution, datasets, drawings


def seconds(call, repeats, clock=time.perf_counter):
    """Shortest time of several calls: the one that other processes disturbed least."""
    times = []
    for _ in range(repeats):
        began = clock()
        call()
        times.append(clock() - began)
    return min(times)


def test_convolve2d_against_scipy(capsys):
    image = np.random.default_rng(0).normal(size=(512, 512))
    kernel = convolution.KERNELS["outline"].astype(float)
    ours = seconds(lambda: convolution.convolve2d(image, kernel), 40)
    theirs = seconds(lambda: signal.correlate2d(image, kernel, mode="valid"), 40)
    report(capsys, f"convolve2d, 512×512 by 3×3: {ours / theirs:.2f} × scipy.signal.correlate2d (bound 1)")
    assert ours <= theirs


def test_convolve2d_against_keras(capsys):
    import keras

    rng = np.random.default_rng(0)
    images = rng.normal(size=(32, 28, 28, 16)).astype("float32")
    kernels = rng.normal(size=(3, 3, 16, 32)).astype("float32")
    ours = seconds(lambda: convolution.convolve2d(images, kernels), 30)
    theirs = seconds(lambda: np.asarray(keras.ops.conv(images, kernels)), 30)
    report(capsys, f"convolve2d, 32×28×28×16 to 32 filters: {ours / theirs:.2f} × keras.ops.conv (bound 4)")
    assert ours <= 4 * theirs


def test_importing_convolution(capsys):
    code = "import time; t = time.perf_counter(); import helpers.convolution; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True) for _ in range(5)]
    best = min(float(run.stdout) for run in runs)
    report(capsys, f"import helpers.convolution: {best:.2f} s (bound 0.5)")
    assert best <= 0.5


@pytest.mark.parametrize("draw, bound", [(drawings.fashion, 15), (drawings.digits, 5)])
def test_drawing_the_embedded_sets(draw, bound, capsys):
    took = seconds(draw, 1)
    report(capsys, f"drawings.{draw.__name__}: {took:.1f} s (bound {bound})")
    assert took <= bound


@pytest.fixture(scope="module")
def pictures():
    """The 296 drawn handbags and shoes, and their labels."""
    splits = datasets.handbags_and_shoes("drawn").splits.values()
    return tuple(np.concatenate(part) for part in zip(*splits, strict=True))


@pytest.fixture(scope="module")
def base():
    from helpers import backbones

    return backbones.headless("efficientnet_lite0")


def test_importing_backbones(capsys):
    code = "import time; t = time.perf_counter(); import helpers.backbones; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True) for _ in range(5)]
    best = min(float(run.stdout) for run in runs)
    report(capsys, f"import helpers.backbones: {best:.2f} s (bound 0.5)")
    assert best <= 0.5


def compiled(layers, rate=1e-3):
    import keras

    model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model


def test_features_of_all_pictures_against_resnet50(pictures, base, capsys):
    from helpers import backbones

    images, times = pictures[0], {}
    for model in (base, backbones.headless("resnet50", weights="random")):
        model.predict(images[:32], verbose=0)  # the first run builds the graph
        times[model.name] = seconds(lambda m=model: m.predict(images, verbose=0), 2)
    ratio, limit = times["resnet50"] / times[base.name], 12 * machine.factor()
    text = ", ".join(f"{name} {took:.1f} s" for name, took in times.items())
    report(capsys, f"features of {len(images)} pictures: {text} (bound {limit:.0f}): {ratio:.1f} × (bound 3)")
    assert len(images) == 296 and times[base.name] <= limit and ratio >= 3


def test_training_a_head_on_features(pictures, base, capsys):
    images, labels = (part[:96] for part in pictures)
    kept = base.predict(images, verbose=0)
    # Many copies: `fit` itself takes some hundredths of a second for an epoch.
    rows, names = np.tile(kept, (20, 1)), np.tile(labels, 20)
    times = []
    for layers, given in (([], (rows, names)), ([base], (images, labels))):
        model = compiled(layers)
        model.fit(*given, batch_size=96, verbose=0)  # builds the graph, which is not what is timed
        times.append(seconds(lambda m=model, g=given: m.fit(*g, batch_size=96, verbose=0), 3))
    short, whole = times[0] / 20, times[1]
    text = f"an epoch of 96 pictures: {1e3 * short:.1f} ms on features, {whole:.1f} s through the frozen base"
    report(capsys, f"{text}: {whole / short:.0f} × (bound 50)")
    assert whole >= 50 * short


def test_an_epoch_of_fine_tuning_against_looking_once(pictures, capsys):
    from helpers import backbones

    images, labels = (part[:96] for part in pictures)
    opened = backbones.headless("efficientnet_lite0", size=160, trainable=True)
    opened.predict(images[:32], verbose=0)
    look = seconds(lambda: opened.predict(images, batch_size=32, verbose=0), 3)
    model = compiled([opened], 1e-5)
    model.fit(images, labels, verbose=0)
    epoch = seconds(lambda: model.fit(images, labels, batch_size=32, verbose=0), 2)
    text = f"96 pictures of 160 pixels: features {look:.1f} s, an epoch of fine-tuning {epoch:.1f} s"
    report(capsys, f"{text}: {epoch / look:.1f} × (bound 8)")
    assert epoch <= 8 * look


@pytest.fixture(scope="module")
def small_cnn():
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    convolutions = [layers.Conv2D(32, 3, activation="relu", name=f"conv{n}") for n in (1, 2, 3)]
    first, second, third = convolutions
    body = [first, layers.MaxPooling2D(), second, layers.MaxPooling2D(), third]
    head = [layers.GlobalAveragePooling2D(), layers.Dense(10)]
    return keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255), *body, *head])


def test_grad_cam_against_an_eager_loop(small_cnn, capsys):
    import keras
    import tensorflow as tf

    from helpers import visualize

    images = np.random.default_rng(0).integers(0, 256, (16, 28, 28, 1)).astype("float32")
    whole = keras.Model(small_cnn.inputs[0], [small_cnn.get_layer("conv3").output, small_cnn.outputs[0]])

    def eager():
        maps = []
        for image in images:
            with tf.GradientTape() as tape:
                seen, scores = whole(image[None])
                score = tf.reduce_max(scores)
            weights = tf.reduce_mean(tape.gradient(score, seen), axis=(1, 2))
            small = tf.nn.relu(tf.reduce_sum(seen * weights[:, None, None], axis=-1))
            maps.append(tf.image.resize(small[..., None], (28, 28))[0, ..., 0])
        return np.stack(maps)

    np.testing.assert_allclose(visualize.grad_cam(small_cnn, images), eager(), atol=1e-5)
    ours, theirs = seconds(lambda: visualize.grad_cam(small_cnn, images), 10), seconds(eager, 5)
    text = f"Grad-CAM of 16 images: {ours * 1e3:.0f} ms, an eager loop {theirs * 1e3:.0f} ms"
    report(capsys, f"{text}: {theirs / ours:.0f} × (bound 5)")
    assert theirs >= 5 * ours


def test_pictures_of_all_channels_together(small_cnn, capsys):
    """Against the same code channel by channel, and against a step for each channel as guides write it."""
    import keras
    import tensorflow as tf

    from helpers import visualize

    def ascend(channels):
        return visualize.activation_maximization(small_cnn, "conv2", channels, steps=100)

    def one_by_one():
        for channel in range(32):
            ascend(channel)

    def with_a_loop_of_steps(channel):
        """A compiled step for this channel, called from Python."""
        pixels = tf.Variable(tf.random.uniform((1, 28, 28, 1)))
        optimizer = keras.optimizers.Adam(0.05)
        inner = keras.Model(small_cnn.inputs[0], small_cnn.get_layer("conv2").output)

        @tf.function
        def step():
            with tf.GradientTape() as tape:
                loss = -tf.reduce_mean(inner(255 * tf.sigmoid(pixels))[..., channel])
            optimizer.apply_gradients([(tape.gradient(loss, pixels), pixels)])

        for _ in range(100):
            step()

    ascend(None)
    ascend(0)
    ours, singly = seconds(lambda: ascend(None), 3), seconds(one_by_one, 1)
    usual = 8 * seconds(lambda: [with_a_loop_of_steps(channel) for channel in range(4)], 1)
    text = f"100 steps on 32 channels: {ours:.2f} s together"
    report(
        capsys, f"{text}; the same code channel by channel {singly:.2f} s: {singly / ours:.1f} × (bound 5)"
    )
    report(capsys, f"{text}; a compiled step for each channel {usual:.2f} s: {usual / ours:.0f} × (bound 5)")
    assert singly >= 5 * ours and usual >= 5 * ours


@pytest.fixture(scope="module")
def any_size():
    from helpers import backbones

    return backbones.headless("efficientnet_lite0", size="any")


@pytest.mark.parametrize(
    "layer, bound",
    [
        (f"{name}_bn", 1.5)
        for name in ("stage2_block2_expand", "stage4_block3_expand", "stage6_block2_expand", "top")
    ],
)
def test_ascent_against_plain_passes(any_size, layer, bound, capsys):
    """CPU seconds of eight channels, 128 pixels, 32 steps; graphs are built before. Then a picture at a time.

    Before stage 2 a pass is so short that the waves of the pictures themselves take most of the time.
    """
    import keras
    import tensorflow as tf

    from helpers import visualize

    part = keras.Model(any_size.input, any_size.get_layer(layer).output)
    noise = np.random.default_rng(0).uniform(110, 145, (8, 128, 128, 3)).astype("float32")
    steps = 32

    @tf.function
    def passes(pictures, own):
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                tape.watch(pictures)
                score = tf.reduce_mean(tf.einsum("nhwc,nc->nhw", part(pictures), own))
            pictures += tape.gradient(score, pictures)
        return pictures

    def plain():
        return passes(tf.constant(noise), tf.one_hot(tf.range(8), part.output.shape[-1])).numpy()

    def ours():
        visualize.activation_maximization(any_size, layer, np.arange(8), size=128, steps=steps)

    def one_at_a_time(channel):
        picture = tf.constant(noise[:1])
        for _ in range(steps):
            picture = visualize.climb(part, picture, channel, 800.0)

    plain(), ours()
    cost = functools.partial(seconds, repeats=1, clock=time.process_time)
    ratio = np.divide(*np.min([(cost(ours), cost(plain)) for _ in range(5)], axis=0))
    took = seconds(ours, 3)
    loop = 4 * seconds(lambda: [one_at_a_time(channel) for channel in (0, 1)], 1)
    text = f"ascent to {layer}: {took:.2f} s, {ratio:.2f} × the work of the plain passes (bound {bound})"
    report(capsys, f"{text}; one picture at a time {loop:.1f} s, {loop / took:.1f} × (bound 2)")
    assert ratio <= bound and loop >= 2 * took


def test_lenet_of_homework_3_against_keras(capsys):
    """An epoch of 12,000 images, in turns, after one of each that builds what is built once."""
    import keras

    ours, rng = homework_solutions.solutions("hw3"), np.random.default_rng(0)
    (images, labels), _ = drawings.digits(6_000, 10)
    rows, labels = np.tile(ours.pixels(images), (2, 1)), np.tile(labels, 2)
    network, model = ours.lenet(rng), homework_solutions.keras_lenet()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), loss)
    pictures = rows.reshape(-1, 28, 28, 1)

    def our_epoch():
        ours.fit(network, rows, labels, 1, 0.01, rng, batch=64)

    def their_epoch():
        model.fit(pictures, labels, batch_size=64, verbose=0)

    our_epoch(), their_epoch()
    times = [(seconds(our_epoch, 1), seconds(their_epoch, 1)) for _ in range(3)]
    mine, theirs = np.min(times, axis=0)
    text = f"LeNet-5 in NumPy, an epoch of 12,000 images: {mine:.2f} s, Keras fit {theirs:.2f} s"
    report(capsys, f"{text}: {mine / theirs:.2f} × (bound 2)")
    assert mine <= 2 * theirs


def test_lenet_of_homework_3_on_mnist(real_assets, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_ASSETS", real_assets)
    ours, data = homework_solutions.solutions("hw3"), datasets.mnist()
    network = ours.lenet(np.random.default_rng(0))
    began = time.perf_counter()
    ours.fit(network, ours.pixels(data.train.images), data.train.labels, 2, 0.05, np.random.default_rng(1))
    took = time.perf_counter() - began
    right = np.mean(ours.answers(network, ours.pixels(data.test.images)) == data.test.labels)
    text = f"LeNet-5 in NumPy, two epochs of {data.name} in {took:.0f} s"
    report(capsys, f"{text}: {right:.4f} of the test images right (bound 0.985)")
    assert right >= 0.985


def report(capsys, line):
    with capsys.disabled():
        print(f"\n  {line}", end="")
