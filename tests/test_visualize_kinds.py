"""Models as people bring them: other number types, something after the softmax, other layouts, changes."""

import numpy as np
import pytest
from networks import computes_in

from helpers import visualize
from helpers.visualize import scoring, tapping

SHAPE = (12, 14, 3)
WHOLE = np.random.default_rng(5).integers(0, 256, (3, *SHAPE)).astype(np.uint8)


def body():
    from keras import layers

    return [
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="relu", name="conv1"),
        layers.MaxPooling2D(),
        layers.Conv2D(5, 3, padding="same", activation="relu", name="conv2"),
        layers.GlobalAveragePooling2D(),
    ]


def build(*head, dtype=None, before=(), scale=0.4):
    """A small network with the weights of `head`'s first layer last; the same for the same shapes."""
    import keras

    inputs = keras.Input(SHAPE, dtype=dtype)
    x = inputs
    for layer in (*before, *body(), *(head or [keras.layers.Dense(3)])):
        x = layer(x)
    model = keras.Model(inputs, x)
    chance = np.random.default_rng(3)
    model.set_weights([chance.normal(scale=scale, size=weight.shape) for weight in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def plain():
    return build()


def some_of(model, images=WHOLE):
    """What is cheap to compute."""
    return {
        "grad_cam": visualize.grad_cam(model, images),
        "saliency": visualize.saliency(model, images, 1),
    }


def all_of(model, images=WHOLE):
    """Every kind of result on the same images."""
    ascent = visualize.activation_maximization(model, "conv2", [0, 3], steps=3, value_range=(0, 255))
    return {
        **some_of(model, images),
        "occlusion": visualize.occlusion(model, images[:1], 1, patch=6),
        "values": visualize.top_patches(model, "conv2", None, images, count=2).values,
        "boxes": visualize.top_patches(model, "conv2", None, images, count=2).boxes,
        "iou": visualize.dissect(model, "conv2", images, images[..., 0] // 128, top=0.1).iou,
        "ascent": ascent.images,
        "ascent scores": ascent.scores,
        "dead": ascent.dead,
    }


@pytest.fixture(scope="module")
def wanted(plain):
    return all_of(plain)


def compare(model, wanted, ask=some_of, tolerance=1e-4):
    for name, found in ask(model).items():
        scale = np.abs(wanted[name].astype(float)).max() or 1
        np.testing.assert_allclose(found, wanted[name], atol=tolerance * scale, err_msg=name)
        assert found.dtype == wanted[name].dtype


# --- whole numbers in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        visualize.grad_cam,
        visualize.saliency,
        visualize.occlusion,
        visualize.feature_maps,
        lambda model, images: visualize.top_patches(model, "conv2", None, images),
        lambda model, images: visualize.dissect(model, "conv2", images, images[..., 0] // 128),
        lambda model, images: visualize.activation_maximization(model, "conv2"),
    ],
)
@pytest.mark.parametrize("model", [None, WHOLE, "efficientnet_lite0"])
def test_what_is_no_model_is_told(function, model):
    with pytest.raises(
        TypeError, match=f"is a {type(model).__name__}, not a Keras model. Give the model first"
    ):
        function(model, WHOLE)


@pytest.mark.parametrize("dtype", ["uint8", "int64"])
def test_a_model_that_takes_whole_numbers_is_seen_like_one_that_takes_floats(dtype, wanted):
    model = build(dtype=dtype)
    compare(model, wanted, all_of if dtype == "uint8" else some_of)
    assert model.inputs[0].dtype == dtype and model(WHOLE).dtype == "float32"


def test_whole_numbers_at_any_depth(wanted):
    import keras

    compare(keras.Sequential([keras.Input(SHAPE, dtype="int16"), build(dtype="uint8")]), wanted)
    compare(build(before=[keras.layers.Resizing(*SHAPE[:2], dtype="uint8")]), wanted)


def test_a_model_that_takes_true_and_false():
    import keras
    from keras import layers

    model = keras.Sequential([keras.Input(SHAPE, dtype="bool"), layers.Rescaling(2.0), layers.Flatten()])
    model.add(layers.Dense(2))
    kernel = model.layers[-1].get_weights()[0][:, 1].reshape(SHAPE)
    found = visualize.saliency(model, WHOLE > 128, 1)
    np.testing.assert_allclose(found[0], 2 * np.abs(kernel).max(axis=-1), atol=1e-5)
    with pytest.raises(ValueError, match=r"takes bool.* from 0 to 1"):
        visualize.saliency(model, WHOLE)


def test_pixels_that_whole_numbers_cannot_hold_are_refused():
    model = build(dtype="uint8")
    for images in (WHOLE / 255, WHOLE - 300.0, WHOLE * 2.0):
        with pytest.raises(ValueError, match=r"takes uint8, whole numbers from 0 to 255"):
            visualize.grad_cam(model, images)
    assert visualize.inputs.value_range(build(dtype="uint8", before=[])) == (0, 255)


def test_no_gradient_is_said():
    import keras
    import tensorflow as tf
    from keras import layers

    for cut in (lambda x: tf.cast(tf.cast(x, tf.uint8), tf.float32), tf.stop_gradient, tf.round):
        model = build(before=[layers.Lambda(cut)])
        with pytest.raises(ValueError, match=r"No gradient goes .* the pixels"):
            visualize.saliency(model, WHOLE)
    assert visualize.grad_cam(model, WHOLE).any()  # behind the cut
    with pytest.raises(ValueError, match="No gradient goes"):
        visualize.class_images(model, [0], steps=2)
    inputs = keras.Input(SHAPE, dtype="uint8")
    x = layers.Lambda(lambda x: tf.image.convert_image_dtype(x, tf.float32))(inputs)
    x = layers.Dense(2)(layers.Flatten()(x))
    with pytest.raises(ValueError, match="something else from floats"):
        visualize.saliency(keras.Model(inputs, x), WHOLE)


# --- half precision -----------------------------------------------------------------------------------------


def half_exact(model, policy="float32"):
    """The same model under a policy, and weights that float16 holds exactly."""
    import keras

    keras.config.set_dtype_policy(policy)
    try:
        other = build(keras.layers.Dense(3, activation="softmax"))
    finally:
        keras.config.set_dtype_policy("float32")
    other.set_weights([(weight / 16).astype("float16").astype("float32") for weight in model.get_weights()])
    return other


@pytest.fixture(scope="module")
def in_float32(plain):
    return all_of(half_exact(plain))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "float64"])
def test_half_precision_gives_what_float32_gives(policy, plain, in_float32):
    computes_in(policy)
    model = half_exact(plain, policy)
    before = np.asarray(model(WHOLE))
    compare(model, in_float32, all_of if policy == "mixed_float16" else some_of, tolerance=2e-4)
    if policy == "float64":
        boxes = visualize.top_patches(model, "conv2", None, WHOLE, count=2).boxes
        np.testing.assert_array_equal(boxes, in_float32["boxes"])
    np.testing.assert_array_equal(np.asarray(model(WHOLE)), before)
    assert model.layers[2].compute_dtype == policy.split("_")[-1]


# --- something after the softmax ----------------------------------------------------------------------------


def heads():
    """Ends that all hide the same three logits; some of them change the probabilities, too."""
    import keras
    import tensorflow as tf
    from keras import layers, ops

    soft = layers.Dense(3, activation="softmax")
    return {
        "reshaped": [soft, layers.Reshape((1, 3)), layers.Flatten()],
        "lambda": [soft, layers.Lambda(lambda x: 100 * tf.maximum(x, 1e-7))],
        "rounded": [soft, layers.Lambda(lambda x: tf.stop_gradient(tf.round(tf.math.log(tf.sqrt(x)))))],
        "linear": [
            soft,
            layers.Activation("linear", dtype="float64"),
            layers.Dropout(0.5),
            layers.Identity(),
        ],
        "twice": [soft, layers.Softmax()],
        "tf": [layers.Dense(3, activation=tf.nn.log_softmax), layers.Flatten()],
        "function": [layers.Dense(3, activation=lambda x: ops.softmax(x)), layers.Identity()],
        "operation": [layers.Dense(3), ops.sigmoid, lambda x: ops.expand_dims(x, 1), layers.Flatten()],
        "first": [layers.Dense(3), layers.Reshape((3, 1, 1)), layers.Softmax(axis=1), layers.Flatten()],
        "nested": [keras.Sequential([layers.Dense(3, "sigmoid"), layers.Reshape((1, 1, 3))])],
        "subclass": [made_of(layers.Dense(3), lambda x: tf.reshape(tf.nn.softmax(x), (-1, 1, 3)))],
    }


def made_of(layer, function):
    import keras

    class Ends(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner, self.unused = layer, keras.layers.Dense(1)

        def call(self, x):
            return function(self.inner(x))

    return Ends()


HEADS = ("reshaped", "linear", "twice", "tf", "function", "operation", "nested", "subclass")
SMALL = WHOLE[:, :4, :4] / 255


def ending_in(name):
    """A linear network with an end, its kernel (pixels, 3) and its bias."""
    import keras

    inputs = keras.Input(SMALL.shape[1:])
    x = keras.layers.Flatten()(inputs)
    for layer in heads()[name]:
        x = layer(x)
    model = keras.Model(inputs, x)
    chance = np.random.default_rng(3)
    weights = [chance.normal(size=weight.shape) for weight in model.get_weights()]
    model.set_weights(weights)
    return model, *weights


@pytest.mark.parametrize("name", HEADS)
def test_the_logit_is_explained_whatever_stands_after_the_softmax(name):
    model, kernel, _ = ending_in(name)
    found = visualize.saliency(model, SMALL, 1)
    wanted = np.abs(kernel[:, 1].reshape(4, 4, 3)).max(axis=-1)
    np.testing.assert_allclose(found, [wanted] * len(SMALL), rtol=1e-4)


@pytest.mark.parametrize("name", ["twice", "operation", "subclass"])
def test_the_scores_are_logits_whatever_stands_after_the_softmax(name):
    model, kernel, bias = ending_in(name)
    found = scoring.compiled_on(model, SMALL.shape[1:], tapping.scores)(SMALL.astype("float32"))
    np.testing.assert_allclose(found, SMALL.reshape(3, -1) @ kernel + bias, rtol=1e-3, atol=1e-5)


def test_probabilities_that_hide_no_single_logit_are_refused():
    import keras
    from keras import layers

    inputs = keras.Input((4, 4, 3))
    soft = [layers.Dense(2, activation="softmax")(layers.Flatten()(inputs)) for _ in range(2)]
    one = layers.Dense(1, activation="sigmoid")(layers.Flatten()(inputs))
    maps = layers.Conv2D(2, 1, activation="softmax")(inputs)
    for output in (
        layers.Average()(soft),
        layers.Multiply()(soft),
        layers.Concatenate()([1 - one, one]),
        layers.GlobalAveragePooling2D()(maps),
        1 - soft[0],
        soft[0] / keras.ops.max(soft[0], axis=-1, keepdims=True),
        1 / (1 + keras.ops.exp(-layers.Dense(1)(layers.Flatten()(inputs)))),
    ):
        with pytest.raises(ValueError, match=r"probabilities.* no logit .* up to the layer before"):
            visualize.saliency(keras.Model(inputs, output), WHOLE[:, :4, :4])
    for name in ("lambda", "rounded", "first"):
        with pytest.raises(ValueError, match=r"probabilities.* no logit .* up to the layer before"):
            visualize.saliency(ending_in(name)[0], SMALL)


def test_gates_are_no_probabilities():
    import keras
    import tensorflow as tf
    from keras import layers

    inputs, images = keras.Input((4, 4, 2)), tf.constant(SMALL[..., :2], tf.float32)
    gate = layers.Conv2D(2, 1, activation="sigmoid")(inputs)
    for maps in (layers.Conv2D(2, 1, activation="silu")(inputs), layers.Multiply()([inputs, gate])):
        model = keras.Model(inputs, layers.GlobalAveragePooling2D()(maps))
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = model(images)[:, 0]
        slope = np.abs(tape.gradient(score, images)).max(axis=-1)
        np.testing.assert_allclose(visualize.saliency(model, images, 0), slope, rtol=1e-4, atol=1e-6)


# --- which layers give feature maps (n, h, w, c) ------------------------------------------------------------


def transformer(custom=False, back=False):
    """Patches, attention between them, a class."""
    import keras
    from keras import layers, ops

    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(8, 4, strides=4, name="patches")(layers.Rescaling(1 / 255)(inputs))
    x = layers.Reshape((16, 8))(x)
    if custom:  # query, key and value as (n, heads, tokens, size)
        q, k, v = (ops.transpose(layers.Reshape((16, 2, 4))(layers.Dense(8)(x)), (0, 2, 1, 3)) for _ in "qkv")
        q, k, v = layers.Identity(name="q")(q), layers.Identity()(k), layers.Identity()(v)
        mixed = ops.matmul(ops.softmax(ops.matmul(q, ops.transpose(k, (0, 1, 3, 2)))), v)
        x = x + layers.Dense(8)(layers.Reshape((16, 8))(layers.Permute((2, 1, 3))(mixed)))
    else:
        x = x + layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    x = layers.LayerNormalization()(x)
    if back:
        x = layers.Flatten()(layers.Reshape((4, 4, 8), name="back")(x))
    x = layers.Dense(3)(layers.Flatten()(x))
    return keras.Model(inputs, x)


def tape_cam(model, layer, images, target):
    """Grad-CAM of a Functional model, by its own graph cut in two at a layer."""
    import keras
    import tensorflow as tf

    both = keras.Model(model.input, [layer.output, model.output])
    with tf.GradientTape() as tape:
        maps, scores = both(images)
        score = tf.reduce_sum(scores[:, target])
    weights = tf.reduce_mean(tape.gradient(score, maps), (1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(maps * weights, -1, keepdims=True))
    return tf.image.resize(heat, images.shape[1:3])[..., 0].numpy()


SQUARE = np.random.default_rng(6).integers(0, 256, (2, 16, 16, 3)).astype("float32")


@pytest.mark.parametrize("name", ["patches", "custom", "back"])
def test_a_transformers_maps_are_its_patches_not_its_attention(name):
    model = transformer(custom=name == "custom", back=name == "back")
    layer = model.get_layer("back" if name == "back" else "patches")
    found, wanted = visualize.grad_cam(model, SQUARE, target=1), tape_cam(model, layer, SQUARE, 1)
    assert wanted.any()
    np.testing.assert_allclose(found, wanted, atol=1e-5 * wanted.max())
    assert set(visualize.feature_maps(model, SQUARE)) == {"patches", layer.name}
    if name == "patches":
        with pytest.raises(ValueError, match=r"'query' gives .* no feature maps.*'patches'"):
            visualize.grad_cam(model, SQUARE, "query")
        assert visualize.feature_maps(model, SQUARE, "query").shape == (2, 16, 2, 4)


def channels_last_and_first(*, permuted):
    """The same network twice; the second turned to channels first in the middle, or from the start."""
    import keras
    from keras import layers

    def network(order, turn):
        options = {"data_format": order}
        inputs = x = keras.Input((3, 16, 16) if order == "channels_first" and not permuted else (16, 16, 3))
        x = layers.Conv2D(4, 3, name="last")(x) if permuted else x
        x = layers.Permute((3, 1, 2))(x) if turn else x
        x = layers.Conv2D(5, 3, name="conv", activation="relu", **options)(x)
        x = layers.MaxPooling2D(2, name="pool", **options)(x)
        x = layers.BatchNormalization(axis=1 if order == "channels_first" else -1, name="norm")(x)
        x = layers.GlobalAveragePooling2D(**options)(x)
        return keras.Model(inputs, layers.Dense(3)(x))

    first = network("channels_first", turn=permuted)
    return network("channels_last", turn=False), first


def test_channels_first_in_the_middle_is_no_map():
    from tensorflow.errors import UnimplementedError

    _, model = channels_last_and_first(permuted=True)
    try:
        wanted = tape_cam(model, model.get_layer("last"), SQUARE, 1)
    except UnimplementedError:
        pytest.skip("NO GRADIENT WITH CHANNELS FIRST: TensorFlow has it on a CPU only with oneDNN")
    found = visualize.grad_cam(model, SQUARE, target=1)
    np.testing.assert_allclose(found, wanted, atol=1e-5 * wanted.max())
    for name in ("conv", "pool", "norm", "permute"):
        layer = next(layer for layer in model.layers if layer.name.startswith(name))
        with pytest.raises(ValueError, match=r"gives \(None, .*\) and no feature maps"):
            visualize.grad_cam(model, SQUARE, layer)


def test_images_with_channels_first_are_refused():
    _, model = channels_last_and_first(permuted=False)
    for function in (visualize.saliency, visualize.grad_cam, visualize.occlusion):
        with pytest.raises(ValueError, match=r"channels first.*Permute"):
            function(model, SQUARE.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_enlarged_maps_are_maps(interpolation, plain):
    import keras
    import tensorflow as tf

    maps = plain.get_layer("conv2").output
    x = keras.layers.UpSampling2D((2, 3), interpolation=interpolation, name="larger")(maps)
    for layer in (keras.layers.ReLU(name="after"), *plain.layers[-2:]):
        x = layer(x)
    model = keras.Model(plain.input, x)
    assert model.get_layer("larger").output.shape[1:] == (10, 18, 5)
    enlarged = keras.Model(model.input, model.get_layer("larger").output)
    weights = np.float64(model.layers[-1].kernel)[:, 1] / (10 * 18)  # of the mean over all places
    heat = np.maximum(enlarged(WHOLE).numpy() @ weights, 0)[..., None]
    wanted = tf.image.resize(heat, SHAPE[:2])[..., 0].numpy()
    for layer in ("larger", "after"):
        np.testing.assert_allclose(visualize.grad_cam(model, WHOLE, layer, 1), wanted, rtol=1e-4, atol=1e-6)


def test_maps_behind_dense_norms_gates_and_concatenation_count():
    import keras
    from keras import layers

    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(8, 3, 2)(inputs)
    x = layers.GroupNormalization(2)(layers.SeparableConv2D(8, 3, dilation_rate=2, padding="same")(x))
    gate = layers.Dense(8, "sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Concatenate()([layers.Multiply()([gate, x]), layers.Conv2D(8, 1, groups=4)(x)])
    x = layers.LayerNormalization()(x)
    last = layers.Dense(6, "gelu", name="dense")  # a 1 × 1 convolution, as in ConvNeXt
    model = keras.Model(inputs, layers.Dense(2)(layers.GlobalMaxPooling2D()(last(x))))
    found, wanted = visualize.grad_cam(model, SQUARE, target=1), tape_cam(model, last, SQUARE, 1)
    np.testing.assert_allclose(found, wanted, atol=1e-5 * wanted.max())
    assert len(visualize.feature_maps(model, SQUARE)) == 10


# --- what was remembered is forgotten when anything changes -------------------------------------------------

FACTOR = {"global": 1.0}


def scaling():
    """A layer with a constant in every place where Python keeps one, and one that is in a closure."""
    import keras

    held = [1.0]

    class Scaling(keras.layers.Layer):
        of_class = 1.0

        def __init__(self):
            super().__init__(name="scaling")
            self.number, self.several, self.array = 1.0, {"one": [1.0]}, np.ones(3, "float32")

        def more(self):
            return 1.0

        def call(self, x):
            parts = self.number, self.several["one"][0], self.of_class, self.more(), held[0], FACTOR["global"]
            return x * np.prod(parts) * self.array

    return Scaling(), held


def changes_of_code(scaling, held):
    yield "attribute", lambda: setattr(scaling, "number", 2.0)
    yield "container", lambda: scaling.several["one"].__setitem__(0, 3.0)
    yield "array in place", lambda: scaling.array.__imul__(2)
    yield "of the class", lambda: setattr(type(scaling), "of_class", 2.0)
    yield "method", lambda: setattr(type(scaling), "more", lambda self: 1.5)
    yield "closure", lambda: held.__setitem__(0, 2.0)
    yield "global", lambda: FACTOR.__setitem__("global", 2.0)
    yield "call", lambda: setattr(scaling, "call", lambda x: x * 5)


def changes(model):
    from keras import ops

    normal, dense = (model.get_layer(name) for name in ("normal", "dense"))
    chance = np.random.default_rng(0)
    yield "adapt", lambda: normal.adapt(WHOLE[:2])
    yield "constant of a Keras layer", lambda: setattr(model.get_layer("rescaling"), "scale", 0.5)
    yield "set_weights", lambda: model.set_weights([1.5 * weight for weight in model.get_weights()])
    yield "assign", lambda: dense.kernel.assign(2 * ops.ones(dense.kernel.shape))
    yield "lora", lambda: dense.enable_lora(2)
    yield "lora weights", lambda: dense.lora_kernel_b.assign(chance.normal(size=dense.lora_kernel_b.shape))
    yield "quantize", lambda: model.get_layer("other").quantize("int8")
    yield "activation", lambda: setattr(dense, "activation", lambda x: x + 1)


@pytest.mark.parametrize("own", [False, True])
def test_every_change_of_a_model_is_noticed(own):
    import keras
    from keras import layers

    inner, held = scaling()
    normal = layers.Normalization(name="normal")
    model = keras.Sequential([keras.Input(SHAPE), layers.Rescaling(1.0, name="rescaling"), normal])
    if own:
        model.add(inner)
    for name in ("dense", "other"):
        model.add(layers.Dense(4, name=name))
    before = visualize.feature_maps(model, WHOLE, "other")
    for name, change in [*(changes_of_code(inner, held) if own else ()), *changes(model)]:
        change()
        wanted = np.asarray(model(WHOLE))
        assert name == "lora" or np.abs(wanted - before).max() > 1e-4 * np.abs(wanted).max(), name
        found = visualize.feature_maps(model, WHOLE, "other")
        np.testing.assert_allclose(found, wanted, atol=1e-4 * np.abs(wanted).max(), err_msg=name)
        before = wanted
    model.pop()
    np.testing.assert_allclose(
        visualize.feature_maps(model, WHOLE, "dense"), np.asarray(model(WHOLE)), rtol=1e-4
    )
    FACTOR["global"] = 1.0


# --- sentences ----------------------------------------------------------------------------------------------


def test_grey_images_without_an_axis_for_channels():
    import keras
    from keras import layers

    parts = [layers.Reshape((*SHAPE[:2], 1)), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D()]
    flat = keras.Sequential([keras.Input(SHAPE[:2]), *parts, layers.Dense(2)])
    plain = keras.Sequential([keras.Input((*SHAPE[:2], 1)), *parts, flat.layers[-1]])
    grey = WHOLE[..., :1] / 255
    np.testing.assert_allclose(visualize.grad_cam(flat, grey), visualize.grad_cam(plain, grey), rtol=1e-5)
    assert visualize.class_images(flat, [0], steps=1, value_range=(0, 1)).images.shape == (1, *SHAPE[:2], 1)
    for images, cure in ((grey[..., 0], r"images\[\.\.\., None\]"), (grey[0, ..., 0], r"None, \.\.\., None")):
        with pytest.raises(ValueError, match=r"takes \(n, 12, 14, 1\).*" + cure):
            visualize.saliency(flat, images)


def test_other_axes_than_those_of_images_are_told(plain):
    import keras
    from keras import layers

    video = keras.Sequential([keras.Input((4, 8, 8, 3)), layers.Flatten(), layers.Dense(2)])
    for images in (np.zeros((2, 4, 8, 8, 3)), np.zeros((4, 8, 8, 3))):
        with pytest.raises(ValueError, match=r"takes \(n, 4, 8, 8, 3\) and no images"):
            visualize.saliency(video, images)
    with pytest.raises(ValueError, match=r"takes \(n, 12, 14, 3\)\. .*reshape\(-1, \*images"):
        visualize.saliency(plain, WHOLE[None])
    with pytest.raises(ValueError, match="Bring the axes to four"):
        visualize.saliency(plain, 5)
    for images in ([], np.zeros((0, *SHAPE)), np.zeros((2, 0, 14, 3))):
        with pytest.raises(ValueError, match="at least one image"):
            visualize.saliency(plain, images)
    pair = [keras.Input(SHAPE), keras.Input((3,))]
    two = keras.Model(pair, layers.Dense(2)(layers.Concatenate()([layers.Flatten()(pair[0]), pair[1]])))
    with pytest.raises(ValueError, match="several inputs"):
        visualize.saliency(two, [WHOLE, np.zeros((3, 3))])
    with pytest.raises(ValueError, match="differ in shape"):
        visualize.saliency(plain, [WHOLE[0], WHOLE[0, 1:]])
    with pytest.raises(ValueError, match="do not fit"):
        visualize.overlay(np.zeros((0, 4, 4, 3)), np.zeros((0, 4, 4)))


@pytest.mark.filterwarnings("ignore:.build..")
def test_a_subclass_that_was_built_without_a_call_has_no_weights():
    model = made_of(body()[1], lambda x: x[:, 0, 0])
    model.build((None, *SHAPE))
    for _ in range(2):
        with pytest.raises(ValueError, match=r"has no weights yet\. Call it once"):
            visualize.saliency(model, WHOLE)
    model(WHOLE / 255)
    assert visualize.saliency(model, WHOLE).any()


def test_layer_scale_does_not_shrink_the_receptive_field():
    import keras
    from keras import layers
    from keras.src.applications.convnext import LayerScale

    inputs = x = keras.Input((64, 64, 2))
    for number in range(8):
        small = layers.Lambda(lambda x: 1e-6 * x) if number % 2 else LayerScale(1e-6, 2)
        branch = layers.DepthwiseConv2D(7, padding="same")(x)
        x = layers.Add()([x, small(layers.Dense(2)(layers.LayerNormalization()(branch)))])
    model = keras.Model(inputs, x)
    images = np.random.default_rng(0).random((1, 64, 64, 2))
    found = visualize.top_patches(model, model.layers[-1], [0], images, count=1)
    assert found.patches.shape[2:4] == (49, 49)
