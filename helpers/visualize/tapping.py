"""Run a model and look at its layers on the way, without changing or rebuilding it.

A layer is tapped by putting a function in the place of its `call` for a moment. That works for a layer at any
depth and in any kind of Keras model, as the model itself runs. What is compiled is kept for each model, as
long as the model lives.
"""

import contextlib
import functools
import types
import weakref
from typing import Any, NamedTuple

import numpy as np

from helpers.visualize.fingerprint import model_text
from helpers.visualize.inputs import whole_numbers
from helpers.visualize.layers import are_maps, sublayers

_COMPILED = weakref.WeakKeyDictionary()
SQUASHING = ("Softmax", "LogSoftmax", "Sigmoid")  # operations that make probabilities of logits
# Operations that leave each score as it is.
KEEPING = ("Identity", "IdentityN", "Cast", "Reshape", "Squeeze", "ExpandDims", "StopGradient", "EnsureShape")


class Visit(NamedTuple):
    """One layer as the model ran it."""

    layer: Any  # None for the model itself, which this must not keep alive
    shape: tuple | None  # of what it gave; None if that was not one tensor
    is_maps: bool | None  # whether its axes are (n, h, w, c); None if that cannot be told


def compiled(model, key: tuple, body, *specs, looked=False):
    """Compile ``body(model, *tensors)`` once for each model, key and signature: a function of the tensors.

    `key` is what else decides what `body` computes, `specs` are tf.TensorSpec. It is compiled again when the
    model computes something else than before, which is not asked again where the caller has `looked` just
    now, as by `visits`. `body` must not hold the model, or it would live for ever.
    """
    import tensorflow as tf

    owner = weakref.ref(model)

    def compile_it():
        function = tf.function(lambda *tensors: body(owner(), *tensors), autograph=False)
        return function.get_concrete_function(*specs)

    return remembered(model, (*key, specs), compile_it, looked)


def remembered(model, key, make, looked=False):
    """Keep what `make` gives while the model is the same; where that cannot be told, for a moment."""
    kept = _COMPILED.setdefault(model, {"tracing": False, "text": None})
    tracing = kept["tracing"]  # layers are tapped then: that is no change
    text = kept["text"] if tracing or looked else model_text(model)
    if not (tracing or looked) and (text is None or text != kept["text"]):
        kept = _COMPILED[model] = {"tracing": False, "text": text}
    if key not in kept:
        kept["tracing"] = True
        try:
            kept[key] = make()
        finally:
            kept["tracing"] = tracing
    return kept[key]


@contextlib.contextmanager
def calling(layer, wrapped):
    """Let a layer run ``wrapped(call, *arguments)`` in the place of ``call(*arguments)`` for a moment."""
    name = "quantized_call" if layer.quantization_mode else "call"
    call = _python_call(layer) or getattr(layer, name)

    def replaced(*arguments, **options):
        return wrapped(call, *arguments, **options)

    with attribute(layer, name, replaced):
        yield


@contextlib.contextmanager
def tapped(layer, look):
    """Pass what a layer gives through `look`, whose answer goes on in its place."""
    with calling(layer, lambda call, *arguments, **options: look(call(*arguments, **options))):
        yield


@contextlib.contextmanager
def attribute(layer, name, value):
    """Set an attribute past Keras, which would track it, and put back what was there."""
    absent = object()
    kept = layer.__dict__.get(name, absent)
    layer.__dict__[name] = value
    try:
        yield
    finally:
        if kept is absent:
            del layer.__dict__[name]
        else:
            layer.__dict__[name] = kept


def _python_call(layer):
    """The Python behind a `call` that is a `tf.function`: its graph was traced without the taps."""
    plain = getattr(type(layer).call, "python_function", None)
    return types.MethodType(plain, layer) if plain and "call" not in layer.__dict__ else None


def run(model, images):
    """Run a model in inference mode, in float32 or more; what a layer may want to write stays unwritten."""
    import keras
    import tensorflow as tf

    with _open(model), keras.StatelessScope() as scope:
        for variable in model.variables:
            if variable.dtype in ("float16", "bfloat16"):
                scope.add_update((variable, tf.cast(variable.value, tf.float32)))
        return model(images, training=False)


@contextlib.contextmanager
def _open(model):
    """Let a model run as Python, not as a traced `tf.function`, take float32, and compute in no less."""
    import keras

    wide = ("float32", "float64")
    with contextlib.ExitStack() as stack:
        for layer in (model, *sublayers(model)):
            if plain := _python_call(layer):
                stack.enter_context(attribute(layer, "call", plain))
            policy, quantized = layer.dtype_policy, layer.quantization_mode
            if policy.compute_dtype not in wide:
                name = policy.name.split("_from_")[0] + "_from_float32" if quantized else "float32"
                stack.enter_context(attribute(layer, "_dtype_policy", keras.dtype_policies.get(name)))
            for tensor in keras.tree.flatten(getattr(layer, "inputs", ())):
                if isinstance(tensor, keras.KerasTensor) and tensor.dtype not in wide:
                    for holder in (tensor, tensor._keras_history.operation):  # Sequential asks the latter
                        stack.enter_context(attribute(holder, "_dtype", "float32"))
        yield


def gradient(tape, score, source, what="the pixels", along=None):
    """Gradient of each image's own score: images do not see each other in inference mode.

    Of the sum of what `score` holds, where `along` is given weighted by that.
    """
    found = tape.gradient(score, source, along)
    if found is None:
        raise ValueError(
            f"No gradient goes from the score back to {what}: leave out what is in between and has none, "
            "such as rounding, a cast to whole numbers, or stop_gradient."
        )
    return found


def outputs(model, layers, images) -> list:
    """Run a model, and give what some of its layers give, the last time that they run."""
    seen = {}

    def note(layer, out):
        seen[layer] = out
        return out

    with contextlib.ExitStack() as stack:
        for layer in layers:
            stack.enter_context(tapped(layer, functools.partial(note, layer)))
        run(model, images)
    return [seen[layer] for layer in layers]


def visits(model, shape, looked=False) -> list[Visit]:
    """List the layers in the order in which they give their output, and the model last; computes nothing.

    A layer that runs twice is listed twice. `shape` is that of one image, None where a size is open.
    """
    return remembered(model, ("visits", tuple(shape)), lambda: _visits(model, shape), looked)


def _visits(model, shape):
    import tensorflow as tf

    seen = []

    def note(layer, out):
        seen.append((layer, out))
        return out

    def trace(images):
        with contextlib.ExitStack() as stack:
            for layer in sublayers(model):
                stack.enter_context(tapped(layer, functools.partial(note, layer)))
            output = note(None, run(model, images))
        if getattr(output, "shape", None) is None:
            raise ValueError(f"The model {model.name!r} has several outputs. Use one that gives scores only.")
        maps = are_maps(images)
        seen[:] = [Visit(layer, _shape(out), maps.get(getattr(out, "name", ""))) for layer, out in seen]

    tf.function(trace, autograph=False).get_concrete_function(image_spec(shape))
    if whole := whole_numbers(model):
        _check_floats(model, whole, [side or 32 for side in shape])
    return seen


def _check_floats(model, whole, shape):
    """Check that a model for whole numbers gives the same for them as floats, which have gradients."""
    images = np.random.default_rng(0).integers(0, 2 if whole == "bool" else 100, (2, *shape))
    wanted = np.asarray(model(images.astype(whole), training=False), np.float32)
    found = np.asarray(run(model, images.astype(np.float32)), np.float32)
    if not np.allclose(found, wanted, rtol=0.02, atol=0.02 * np.abs(wanted).max()):
        told = f"The model {model.name!r} computes something else from floats than from {whole}, and whole"
        raise ValueError(f"{told} numbers have no gradients. Begin it with keras.layers.Rescaling instead.")


def image_spec(shape):
    """Describe a batch of any number of images."""
    import tensorflow as tf

    return tf.TensorSpec((None, *shape), tf.float32)


def _shape(out):
    shape = getattr(out, "shape", None)
    return None if shape is None or shape.rank is None else tuple(shape)


def scores(model, images):
    """Compute one logit for each class, (n, classes), inside a compiled function.

    One unit stands for two classes: its logit z becomes (-z, z).
    """
    import tensorflow as tf

    output = before_probabilities(model, images)
    if output.shape.rank != 2 and set(output.shape[1:-1]) != {1}:
        raise ValueError(
            f"The model {model.name!r} gives {tuple(output.shape)} and no scores (n, classes). Add a head, "
            "such as keras.layers.GlobalAveragePooling2D() and a Dense layer."
        )
    output = tf.cast(tf.reshape(output, (-1, output.shape[-1])), images.dtype)
    return tf.concat([-output, output], axis=1) if output.shape[1] == 1 else output


def before_probabilities(model, images):
    """Run a model, and step back over the softmax or sigmoid at its end; inside a compiled function."""
    import tensorflow as tf

    output = logit = tensor = run(model, images)
    while tensor is not None:
        if tensor.op.type in SQUASHING:
            logit = tensor.op.inputs[0]
        tensor = _source(tensor)
    if _is_probability(logit):
        raise ValueError(
            f"The model {model.name!r} mixes or changes its probabilities, so there is no logit to explain. "
            "Use the model up to the layer before: keras.Model(model.input, layer.output)."
        )
    return logit if logit is output else tf.reshape(logit, tf.shape(output))


def _source(tensor):
    """The tensor that holds the same scores, in the same places and order, one operation before; or None."""
    sources = _sources(tensor)
    return sources[0] if tensor.op.type in (*SQUASHING, *KEEPING) and len(sources) == 1 else None


def _sources(tensor) -> list:
    """The numbers that a tensor is computed from, without constants."""
    import tensorflow as tf

    if tensor.op.type == "IdentityN":
        return [tensor.op.inputs[tensor.value_index]]
    return [one for one in tensor.op.inputs if one.dtype.is_floating and tf.get_static_value(one) is None]


def _is_probability(tensor) -> bool:
    """Whether a tensor comes from softmax or sigmoid only, perhaps by hand, and from no weights."""
    sources = _sources(tensor)[::-1]
    return tensor.op.type in (*SQUASHING, "Exp") or (bool(sources) and all(map(_is_probability, sources)))
