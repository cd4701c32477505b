"""Closed forms and independent computations; and mutants of the code, which must not pass them."""

import functools

import numpy as np
import pytest
from scipy import ndimage, signal

from helpers import convolution, visualize
from helpers.visualize import ascent, attribution, tapping

SHAPE = (9, 11, 3)


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def small(*layers, shape=SHAPE, seed=0):
    """A Sequential with random weights."""
    import keras

    model = keras.Sequential([keras.Input(shape), *layers])
    chance = np.random.default_rng(seed)
    model.set_weights([chance.normal(scale=0.5, size=weight.shape) for weight in model.get_weights()])
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_variance.assign(keras.ops.ones(layer.moving_variance.shape))
    return model


def weights(layer):
    return [np.asarray(weight, float) for weight in layer.get_weights()]


def correlate(image, kernel):
    """A "same" convolution of one image, (h, w, c) with (k, l, c, f), by SciPy."""
    pairs = [
        [(image[..., c], kernel[..., c, f]) for c in range(kernel.shape[2])] for f in range(kernel.shape[3])
    ]
    return np.stack([sum(signal.correlate2d(*pair, mode="same") for pair in row) for row in pairs], axis=-1)


# --- Grad-CAM -----------------------------------------------------------------------------------------------


def pooled_and_dense(activation):
    """Global pooling and a dense layer: ReLU(A·w) / (H W)."""
    from keras import layers

    model = small(
        layers.Conv2D(6, 3, padding="same"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(4, activation=activation),
    )
    images, targets = random(3, *SHAPE), [1, 3, 0]
    found = visualize.grad_cam(model, images, target=targets)
    (kernel, bias), (head, _) = weights(model.layers[0]), weights(model.layers[-1])
    maps = np.stack([correlate(image, kernel) + bias for image in images])
    scores = np.stack([maps[number] @ head[:, target] for number, target in enumerate(targets)])
    wanted = np.maximum(scores, 0) / (SHAPE[0] * SHAPE[1])
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert (wanted > 1e-3).any(axis=(1, 2)).all()


def flattened_and_dense():
    """Flatten and a dense layer: a channel's weight is the mean of the dense kernel over the pixels."""
    from keras import layers

    model = small(layers.Conv2D(6, 3, padding="same"), layers.Flatten(), layers.Dense(2))
    images = random(2, *SHAPE)
    found = visualize.grad_cam(model, images, target=1)
    (kernel, bias), (head, _) = weights(model.layers[0]), weights(model.layers[-1])
    channel = head[:, 1].reshape(*SHAPE[:2], 6).mean(axis=(0, 1))
    wanted = np.maximum([(correlate(image, kernel) + bias) @ channel for image in images], 0)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def resized_to_the_image():
    """A small map is enlarged, bilinear with pixels as areas: `ndimage.zoom` in grid mode."""
    from keras import layers

    shape = (8, 12, 2)
    model = small(
        layers.Conv2D(3, 2, strides=2), layers.GlobalAveragePooling2D(), layers.Dense(2), shape=shape
    )
    images = random(2, *shape)
    found = visualize.grad_cam(model, images, target=0)
    head = weights(model.layers[-1])[0]
    maps = np.asarray(model.layers[0](images), float)
    wanted = np.maximum(maps @ head[:, 0], 0) / (4 * 6)
    wanted = [ndimage.zoom(one, 2, order=1, mode="nearest", grid_mode=True) for one in wanted]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def deeper_than_one_layer():
    """A second dense layer after the maps: each image's own gradient, by central differences."""
    import keras
    from keras import layers

    model = small(
        layers.Conv2D(4, 3, padding="same"),
        layers.Flatten(),
        layers.Dense(5, activation="tanh"),
        layers.Dense(3, activation="softmax"),
    )
    images = random(3, *SHAPE)
    found = visualize.grad_cam(model, images, target=[2, 0, 1])
    rest = [weights(layer) for layer in model.layers[2:]]
    maps = np.asarray(model.layers[0](images), float)

    def logit(maps, target):
        return (np.tanh(maps.ravel() @ rest[0][0] + rest[0][1]) @ rest[1][0] + rest[1][1])[target]

    step = 1e-5
    for number, target in enumerate([2, 0, 1]):
        # The mean gradient over the pixels of a channel is the slope when all of them rise together.
        rises = [step * np.eye(4)[channel] for channel in range(4)]
        slopes = [logit(maps[number] + r, target) - logit(maps[number] - r, target) for r in rises]
        channel = np.array(slopes) / (2 * step) / (SHAPE[0] * SHAPE[1])
        np.testing.assert_allclose(found[number], np.maximum(maps[number] @ channel, 0), atol=1e-5)
    assert keras.activations.softmax is model.layers[-1].activation


def certain_predictions():
    """A softmax near 1 has no slope left; the logit has."""
    from keras import layers

    model = small(
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(2, activation="softmax"),
    )
    conv, (head, bias) = model.layers[0].get_weights(), model.layers[-1].get_weights()
    model.set_weights([*conv, np.abs(head) * [-1000, 1000], bias])
    images = random(2, *SHAPE)
    assert np.asarray(model(images))[:, 1].min() == 1
    assert visualize.grad_cam(model, images).max() > 1


PROOFS = {
    "global pooling + dense": functools.partial(pooled_and_dense, None),
    "global pooling + dense + softmax": functools.partial(pooled_and_dense, "softmax"),
    "flatten + dense": flattened_and_dense,
    "resized": resized_to_the_image,
    "central differences": deeper_than_one_layer,
    "certain predictions": certain_predictions,
}


@pytest.mark.parametrize("name", PROOFS)
def test_grad_cam_is_the_closed_form(name):
    PROOFS[name]()


def _mean_over_batch(gradients):
    import tensorflow as tf

    return tf.reduce_mean(gradients, axis=(0, 1, 2))[None] * tf.ones_like(gradients[:, 0, 0])


def _starting_with_ones(maps, weights):
    import tensorflow as tf

    return tf.nn.relu(1 + tf.einsum("nhwc,nc->nhw", maps, weights))


def _guided(tape, score, source, *_):
    import tensorflow as tf

    gradient = tape.gradient(score, source)
    return tf.nn.relu(gradient) * tf.cast(source > 0, gradient.dtype)


def _softmax_left_in(model, images):
    return tapping.run(model, images)


def _channels_first_weights(gradients):
    import tensorflow as tf

    # As if the axes were (n, c, h, w): the mean over the last two, made to fit again.
    rows = tf.reduce_mean(gradients, axis=(2, 3))
    return tf.image.resize(rows[:, None, :, None], (1, gradients.shape[-1]), "nearest")[:, 0, :, 0]


def _channels_first_sum(maps, weights):
    import tensorflow as tf

    shape = tf.shape(maps)
    mixed = tf.reshape(maps, (shape[0], shape[3], shape[1], shape[2]))
    return tf.nn.relu(tf.einsum("nchw,nc->nhw", mixed, weights))


MUTANTS = {
    "gradients averaged over the batch": ("channel_weights", _mean_over_batch),
    "map initialised with ones": ("heat_map", _starting_with_ones),
    "guided gradients": ("_gradient", _guided),
    "map not resized to the image": ("_to_size", lambda maps, size: maps),
    "channel-first mix-up in the weights": ("channel_weights", _channels_first_weights),
    "channel-first mix-up in the sum": ("heat_map", _channels_first_sum),
}
FAILURES = (AssertionError, ValueError)


def failed_proofs():
    return {name for name, proof in PROOFS.items() if _fails(proof)}


def _fails(proof):
    try:
        proof()
    except FAILURES:
        return True
    return False


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_grad_cam_does_not_pass(mutant, monkeypatch):
    monkeypatch.setattr(attribution, *MUTANTS[mutant])
    assert any(map(_fails, PROOFS.values()))


def test_softmax_left_in_does_not_pass(monkeypatch):
    from helpers.visualize import scoring

    monkeypatch.setattr(scoring, "scores", _softmax_left_in)
    assert {"global pooling + dense + softmax", "certain predictions"} <= failed_proofs()


def test_the_proofs_hold_without_a_mutant():
    assert not failed_proofs()


@pytest.mark.parametrize("bias, kernel", [(-5.0, 0.0), (0.0, 0.0)])
def test_dead_maps_give_zeros(bias, kernel):
    from keras import layers

    model = small(layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(2))
    head = model.layers[-1].get_weights()
    model.set_weights([np.full((3, 3, 3, 4), kernel), np.full(4, bias), *head])
    for function in (
        visualize.grad_cam,
        visualize.saliency,
        visualize.occlusion,
    ):
        maps = function(model, random(2, *SHAPE), target=0)
        assert maps.shape == (2, *SHAPE[:2]) and not maps.any()
        assert not visualize.normalise(maps).any()


def test_a_map_that_speaks_against_the_target_is_zero():
    from keras import layers

    model = small(layers.Conv2D(1, 1, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(2))
    model.set_weights([np.ones((1, 1, 3, 1)), np.ones(1), np.array([[-1.0, 1.0]]), np.zeros(2)])
    images = np.abs(random(2, *SHAPE))
    assert not visualize.grad_cam(model, images, target=0).any()
    assert visualize.grad_cam(model, images, target=1).all()


# --- saliency, occlusion ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def linear():
    from keras import layers

    return small(layers.Flatten(), layers.Dense(3, activation="softmax"))


def kernel_of(linear, target):
    return weights(linear.layers[-1])[0][:, target].reshape(SHAPE)


def test_saliency_of_a_linear_model_is_its_weights(linear):
    found = visualize.saliency(linear, random(4, *SHAPE), [0, 1, 2, 1])
    wanted = [np.abs(kernel_of(linear, target)).max(axis=-1) for target in (0, 1, 2, 1)]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("patch, stride", [(1, 1), (3, 1), (4, 3), (9, 4)])
def test_occlusion_of_a_linear_model_is_a_correlation(linear, patch, stride):
    images, fill = random(2, *SHAPE), 0.25
    found = visualize.occlusion(linear, images, [0, 2], patch=patch, stride=stride, fill=fill)
    for image, target, drops in zip(images, (0, 2), found, strict=True):
        change = (kernel_of(linear, target) * (image - fill)).sum(axis=-1)
        window = np.ones((patch, patch))
        every = signal.correlate2d(change, window, mode="valid")
        kept = np.zeros(every.shape)
        kept[np.ix_(*(sorted({*range(0, side, stride), side - 1}) for side in every.shape))] = 1
        total, times = (signal.convolve2d(array, window) for array in (every * kept, kept))
        np.testing.assert_allclose(drops, total / times, atol=1e-4)


def test_the_patch_has_the_colour_of_the_image(linear):
    images = np.broadcast_to(np.array([3.0, -1.0, 2.0]), (1, *SHAPE))
    assert np.abs(visualize.occlusion(linear, images, 0)).max() < 1e-4
    assert np.abs(visualize.occlusion(linear, images, 0, fill=0)).max() > 0.1


# --- activation maximization --------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothness, share", [(0, 0.98), (1, 0.85)])
def test_one_linear_filter_reaches_the_optimum_in_the_box(smoothness, share):
    from keras import layers

    shape = (5, 6, 3)
    model = small(layers.Conv2D(4, shape[:2], name="filter"), shape=shape)
    low, high = -2.0, 3.0
    kernel, bias = weights(model.layers[0])
    options = {"value_range": (low, high), "steps": 1000, "jitter": 0, "zoom": 0}
    found = visualize.activation_maximization(model, "filter", smoothness=smoothness, **options)
    best = np.maximum(kernel * low, kernel * high).sum(axis=(0, 1, 2)) + bias
    assert not found.dead.any() and low <= found.images.min() and found.images.max() <= high
    assert (found.scores <= best + 1e-4).all()
    assert (found.scores >= share * best).all()
    np.testing.assert_allclose(
        found.scores, np.asarray(model(found.images))[:, 0, 0][range(4), range(4)], rtol=1e-4
    )


def test_class_images_of_a_linear_model_reach_the_optimum(linear):
    plain = {"value_range": (0, 1), "jitter": 0, "zoom": 0, "smoothness": 0}
    found = visualize.class_images(linear, [2, 0], steps=1000, **plain)
    best = [np.maximum(kernel_of(linear, target), 0).sum() for target in (2, 0)]
    best += weights(linear.layers[-1])[1][[2, 0]]
    np.testing.assert_allclose(found.scores, best, rtol=0.02)
    assert found.numbers.tolist() == [2, 0]


def test_a_channel_alone_and_among_others_gets_the_same_picture():
    model = two_layers()
    together = visualize.activation_maximization(model, "second", steps=10, jitter=2, seed=4)
    for number in (0, 3):
        alone = visualize.activation_maximization(model, "second", number, steps=10, jitter=2, seed=4)
        np.testing.assert_allclose(alone.images[0], together.images[number], atol=0.02)  # of 255
    other = visualize.activation_maximization(model, "second", 0, steps=10, jitter=2, seed=5)
    assert np.abs(other.images[0] - together.images[0]).max() > 1


def two_layers():
    from keras import layers

    return small(
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="relu"),
        layers.Conv2D(5, 3, activation="relu", name="second"),
        shape=(20, 20, 3),
    )


def test_ascent_beats_noise_and_stays_in_the_range():
    model = two_layers()
    found = visualize.activation_maximization(model, "second", steps=100, zoom=0, smoothness=0)
    noise = np.random.default_rng(0).uniform(0, 255, (50, 20, 20, 3))
    means = visualize.feature_maps(model, noise, "second").mean(axis=(1, 2))
    assert (found.scores[~found.dead] > means.max(axis=0)[~found.dead]).all() and not found.dead.all()
    assert 0 <= found.images.min() and found.images.max() <= 255 and np.ptp(found.images) > 100


def test_zoom_enlarges_a_random_square_inside_the_picture():
    across = np.tile(np.linspace(0, 1, 64, dtype="float32"), (2, 64, 1))
    images = np.stack([across, across.transpose(0, 2, 1)], axis=-1)
    shares, corners = [], []
    for number in range(40):
        part = ascent._part(images, [number, 0], 0.5).numpy()
        assert part.shape == images.shape and np.array_equal(part[0], part[1])
        spread = np.ptp(part[0], axis=(0, 1))
        np.testing.assert_allclose(spread, spread[0], atol=1e-5)
        shares.append(spread[0])
        corners.append(part[0, 0, 0])
    assert 0.5 <= min(shares) < 0.6 and 0.9 < max(shares) <= 1
    assert np.ptp(corners, axis=0).min() > 0.3 and np.min(corners) >= 0


def test_each_step_zooms_for_a_class_and_every_fourth_for_a_channel(monkeypatch):
    import tensorflow as tf
    from keras import layers

    zoomed = []

    def noted(images, seed, zoom):
        tf.py_function(lambda number: zoomed.append(int(number)), [seed[0]], [])
        return images

    monkeypatch.setattr(ascent, "_part", noted)
    model = small(layers.Conv2D(2, 3, name="maps"), layers.GlobalAveragePooling2D(), layers.Dense(2))
    visualize.class_images(model, 0, steps=10, value_range=(0, 1))
    assert sorted(zoomed) == list(range(10))
    zoomed.clear()
    visualize.activation_maximization(model, "maps", 0, steps=10, value_range=(0, 1))
    assert sorted(zoomed) == [0, 4, 8]


def test_dead_channels_are_reported_and_sleepers_wake_up():
    from keras import layers

    model = small(
        layers.Conv2D(4, 3, activation="relu", name="conv"),
        shape=(12, 12, 1),
    )
    kernel = np.zeros((3, 3, 1, 4))
    kernel[1, 1, 0] = [1, 1, 1, 0]
    # alive; silent on grey noise but reachable; out of reach; the same everywhere
    model.set_weights([kernel, np.array([0, -0.8, -1.5, 0.7])])
    found = visualize.activation_maximization(model, "conv", value_range=(0, 1), steps=200)
    assert found.dead.tolist() == [False, False, True, True]
    assert found.scores[1] > 0.1 and found.scores[2] == 0


# --- patches, dissection, ranks -----------------------------------------------------------------------------


@pytest.mark.parametrize("stack", [[3, 3], [3, (2, 2), 3], [(5, 2), 3, (2, 2), 3], [(3, 2), (3, 2), 3]])
def test_patches_are_as_large_as_the_receptive_field(stack):
    from keras import layers

    parts = []
    for window, stride in [layer if np.ndim(layer) else (layer, 1) for layer in stack]:
        if window == 2:
            parts.append(layers.MaxPooling2D())
            continue
        parts += [
            layers.Conv2D(3, window, stride, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
        ]
    model = small(*parts, shape=(64, 70, 2))
    found = visualize.top_patches(model, None, None, random(4, 64, 70, 2), count=2)
    side = convolution.receptive_field(stack)
    assert found.patches.shape == (3, 2, side, side, 2)


def test_a_place_sees_what_changes_it():
    """The box of a place, found by changing one row or column of the image at a time."""
    from keras import layers

    from helpers.visualize.patches import receptive_boxes

    model = small(
        layers.Conv2D(3, 3, dilation_rate=2, padding="same"),
        layers.LeakyReLU(),
        layers.AveragePooling2D(2),
        layers.DepthwiseConv2D(3),
        shape=(20, 24, 2),
    )
    image = random(1, 20, 24, 2)
    maps = np.asarray(model(image))[0]
    places = np.array([[0, 0], [3, 4], [7, 9]])
    boxes = receptive_boxes(model, model.layers[-1], (20, 24, 2), places)
    for (row, column), box in zip(places, boxes, strict=True):
        for axis in (0, 1):
            moved = np.repeat(image, image.shape[1 + axis], axis=0)
            for number in range(len(moved)):
                moved[number][(slice(None),) * axis + (number,)] += 1
            changed = np.abs(np.asarray(model(moved))[:, row, column] - maps[row, column]).max(axis=-1) > 1e-4
            assert np.flatnonzero(changed)[[0, -1]].tolist() == [box[axis], box[axis + 2] - 1]


def test_patches_are_cut_where_the_channel_is_largest():
    from keras import layers

    model = small(layers.Conv2D(1, 3, padding="same", use_bias=False, name="sum"), shape=(10, 12, 1))
    model.set_weights([np.ones((3, 3, 1, 1))])
    images = np.zeros((4, 10, 12, 1), np.uint8)
    for number, (row, column, value) in enumerate([(4, 6, 10), (0, 0, 40), (9, 11, 30), (5, 5, 20)]):
        images[number, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = value
    found = visualize.top_patches(model, "sum", [0], images, count=3)
    assert found.images.tolist() == [[3, 1, 2]]
    assert found.values.tolist() == [[180, 160, 120]]  # 9 × 20; in corners 4 × 40 and 4 × 30
    assert found.patches.dtype == np.uint8 and found.patches.shape == (1, 3, 3, 3, 1)
    assert (found.patches[0, 0] == 20).all() and found.patches[0, 2].sum() == 120
    assert found.boxes[0].tolist() == [[4, 4, 7, 7], [0, 0, 2, 2], [7, 9, 10, 12]]


def test_dissection_finds_a_planted_detector_with_the_known_iou():
    from keras import layers

    chance = np.random.default_rng(0)
    images = chance.uniform(0, 0.2, (4, 20, 20, 3))
    parts = np.zeros((4, 20, 20), np.uint8)
    parts[0, 5:9, 3:7] = 1  # 16 pixels of a red thing
    parts[1, 8:10, 8:10] = 2  # 4 of a green one
    images[..., 0][parts == 1] = chance.permutation(np.linspace(0.5, 1, 16))
    images[..., 1][parts == 2] = 1
    model = small(layers.Conv2D(4, 1, use_bias=False), layers.ReLU(), shape=(20, 20, 3))
    kernel = np.zeros((1, 1, 3, 4))
    kernel[0, 0, [0, 1, 2, 2], [2, 1, 0, 3]] = [1, 1, 1, -1]
    model.set_weights([kernel])
    found = visualize.dissect(model, None, images, parts)
    assert found.iou.shape == (4, 3)
    # 0.5% of 1600 values are 8: half of the red thing; the green thing's 4, and 4 pixels elsewhere.
    assert found.iou[2, 1] == pytest.approx(8 / 16) and found.iou[2, 2] == 0
    assert found.iou[1, 2] == pytest.approx(4 / 8)
    assert not found.iou[3].any()  # dead
    more = visualize.dissect(model, None, images, parts, top=0.01)
    assert more.iou[2, 1] == pytest.approx(1)


def test_dissection_against_a_plain_loop():
    from keras import layers

    model = small(layers.Conv2D(3, 3, strides=2, padding="same"), layers.ReLU(), shape=(16, 20, 3))
    images, parts = random(10, 16, 20, 3), np.random.default_rng(1).integers(0, 4, (10, 32, 40))
    found = visualize.dissect(model, None, images, parts, top=0.05)
    maps = np.asarray(model(images), float)
    large = np.stack([ndimage.zoom(m, (4, 4, 1), order=1, mode="nearest", grid_mode=True) for m in maps])
    for channel in range(3):
        fires = large[..., channel] > np.quantile(maps[..., channel], 0.95)
        for concept in range(4):
            here = parts == concept
            iou = (fires & here).sum() / (fires | here).sum()
            assert found.iou[channel, concept] == pytest.approx(iou, abs=1e-3)


def test_rank_correlation_is_pearsons_of_the_ranks():
    from scipy.stats import rankdata

    one, other = random(2, 5, 6)
    correlation = visualize.rank_correlation
    assert correlation(one, other) == pytest.approx(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
    assert correlation(one, 0 * other) == 0
    assert correlation(one, 3 + 1e-6 * (one > 0)) == 0  # flat but for rounding
    assert correlation(one, 3 + 1e-4 * one) > 0.99


def test_iou_of_masks_counted_by_hand():
    one, other = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], bool), np.array([[0, 1, 1, 0], [0, 0, 0, 0]], bool)
    assert visualize.iou(one, other) == pytest.approx(1 / 4)
    assert visualize.iou(one, one) == 1 and visualize.iou(one, ~one) == 0
    assert visualize.iou(one & False, one & False) == 0


def test_covered_copies_give_the_drops_of_a_linear_score():
    """A linear score drops by what the square held; summed up by SciPy's correlation."""
    image, weights = random(11, 17, 3), random(11, 17, 3, seed=1)
    copies = visualize.covered_copies(image, 5, 3, fill=2)
    drops = np.sum(image * weights) - np.sum(copies * weights, axis=(1, 2, 3))
    held = ((image - 2) * weights).sum(axis=-1)
    sums = signal.correlate2d(held, np.ones((5, 5)), mode="valid")[::3, ::3]
    np.testing.assert_allclose(drops, sums.ravel(), atol=1e-4)
