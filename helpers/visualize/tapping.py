"""Run a model and look at its layers on the way, without changing or rebuilding it.

A layer is tapped by putting a function in the place of its `call` for a moment. That works for a layer at any
depth and in any kind of Keras model, as the model itself runs. What is compiled is kept for each model, as
long as the model lives.
"""

from __future__ import annotations

import contextlib
import functools
import types
import weakref
from typing import Any, NamedTuple

import numpy as np

from helpers.visualize.inputs import known_shape, whole_numbers
from helpers.visualize.layers import sublayers

_COMPILED = weakref.WeakKeyDictionary()


class Visit(NamedTuple):
    """One layer as the model ran it."""

    layer: Any
    shape: tuple | None  # of what it gave; None if that was not one tensor
    is_output: bool  # whether the model gave just that


def compiled(model, key: tuple, body, *specs):
    """Compile ``body(model, *tensors)`` once for each model, key and signature: a function of the tensors.

    `key` is what else decides what `body` computes, `specs` are tf.TensorSpec. It is compiled again when the
    model has other layers or other activations than before. `body` must not hold the model, or the model
    would live for ever.
    """
    import tensorflow as tf

    owner = weakref.ref(model)

    def compile_it():
        function = tf.function(lambda *tensors: body(owner(), *tensors), autograph=False)
        return function.get_concrete_function(*specs)

    return remembered(model, (*key, specs), compile_it)


def remembered(model, key, make):
    """Keep what `make` gives for as long as the model has the same layers and activations."""
    state = [(weakref.ref(layer), layer.__dict__.get("activation")) for layer in sublayers(model)]
    kept = _COMPILED.setdefault(model, {"state": state})
    if kept["state"] != state:
        kept = _COMPILED[model] = {"state": state}
    if key not in kept:
        kept[key] = make()
    return kept[key]


@contextlib.contextmanager
def calling(layer, wrapped):
    """Let a layer run ``wrapped(call, *arguments)`` in the place of ``call(*arguments)`` for a moment."""
    call = _python_call(layer) or layer.call

    def replaced(*arguments, **options):
        return wrapped(call, *arguments, **options)

    with attribute(layer, "call", replaced):
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
    """Run a model in inference mode and at least float32; what a layer may want to write stays unwritten."""
    import keras
    import tensorflow as tf

    with _as_python(model), _in_floats(model), keras.StatelessScope() as scope:
        for variable in model.variables:
            if variable.dtype in ("float16", "bfloat16"):
                scope.add_update((variable, tf.cast(variable.value, tf.float32)))
        return model(images, training=False)


@contextlib.contextmanager
def _in_floats(model):
    """Let a model take float32 and compute in it, where it would round or cut what cannot be told from it."""
    import keras

    wide = ("float32", "float64")
    with contextlib.ExitStack() as stack:
        for layer in (model, *sublayers(model)):
            policy, quantized = layer.dtype_policy, layer.quantization_mode
            if policy.compute_dtype not in wide:
                name = policy.name.split("_from_")[0] + "_from_float32" if quantized else "float32"
                stack.enter_context(attribute(layer, "_dtype_policy", keras.dtype_policies.get(name)))
            for tensor in keras.tree.flatten(getattr(layer, "inputs", ())):
                if isinstance(tensor, keras.KerasTensor) and tensor.dtype not in wide:
                    for holder in (tensor, tensor._keras_history.operation):  # Sequential asks the latter
                        stack.enter_context(attribute(holder, "_dtype", "float32"))
        yield


def gradient(tape, score, source, what="the pixels"):
    """Gradient of each image's own score: images do not see each other in inference mode."""
    found = tape.gradient(score, source)
    if found is None:
        raise ValueError(
            f"No gradient goes from the score back to {what}: nothing leads there, or something in between "
            "has none, such as rounding, a cast to whole numbers, or stop_gradient. Leave that out."
        )
    return found


@contextlib.contextmanager
def _as_python(model):
    """Put Python in the place of each `call` that is a `tf.function`, so that nothing is traced into it."""
    with contextlib.ExitStack() as stack:
        for layer in (model, *sublayers(model)):
            if plain := _python_call(layer):
                stack.enter_context(attribute(layer, "call", plain))
        yield


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


def visits(model, shape) -> list[Visit]:
    """List the layers in the order in which they give their output, without computing anything.

    A layer that runs twice is listed twice. `shape` is that of one image, None where a size is open.
    """
    return remembered(model, ("visits", tuple(shape)), lambda: _visits(model, shape))


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
            output = run(model, images)
        if getattr(output, "shape", None) is None:
            raise ValueError(f"The model {model.name!r} has several outputs. Use one that gives scores only.")
        seen[:] = [Visit(layer, _shape(out), out is output) for layer, out in seen]

    tf.function(trace, autograph=False).get_concrete_function(image_spec(shape))
    if whole := whole_numbers(model):
        _check_floats(model, whole, [side or 32 for side in shape])
    return seen


def _check_floats(model, whole, shape):
    """Check that a model for whole numbers gives the same for them as floats, which have gradients."""
    import keras

    images = np.random.default_rng(0).integers(0, 2 if whole == "bool" else 100, (2, *shape))
    with _as_python(model), keras.StatelessScope():
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


@contextlib.contextmanager
def logits(model, shape=None):
    """Let a model give logits in the place of probabilities, for as long as the context lasts.

    The softmax or sigmoid of the last layer is put aside and put back, whatever happens in between. A model
    that gives something else stays as it is. What Keras has compiled before (`predict`) is not affected: call
    the model itself.

    Parameters
    ----------
    shape : (int, int, int), optional
        Of one image, for a model that does not tell which it takes.
    """
    shape = shape or known_shape(model)
    if shape is None:
        raise ValueError(f"The model {model.name!r} does not tell the shape of its images. Give shape=.")
    visited = visits(model, shape)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_as_python(model))
        for visit in visited:
            if visit.is_output:
                stack.enter_context(_without_probabilities(visit.layer))
        yield model


def _without_probabilities(layer):
    """Take softmax or sigmoid out of one layer."""
    import keras

    squashing = (keras.activations.softmax, keras.activations.sigmoid, keras.activations.log_softmax)
    if isinstance(layer, keras.layers.Softmax):
        return calling(layer, lambda _, inputs, *arguments, **options: inputs)
    if layer.__dict__.get("activation") in squashing:
        return attribute(layer, "activation", keras.activations.linear)
    return contextlib.nullcontext()


def scores(model, images):
    """Compute one logit for each class, (n, classes), inside a compiled function.

    One unit stands for two classes: its logit z becomes (-z, z).
    """
    import tensorflow as tf

    with logits(model, tuple(images.shape[1:])):
        output = before_probabilities(run(model, images))
    if output.shape.rank != 2 and set(output.shape[1:-1]) != {1}:
        raise ValueError(
            f"The model {model.name!r} gives {tuple(output.shape)} and no scores (n, classes). Add a head, "
            "such as keras.layers.GlobalAveragePooling2D() and a Dense layer."
        )
    output = tf.cast(tf.reshape(output, (-1, output.shape[-1])), images.dtype)
    return tf.concat([-output, output], axis=1) if output.shape[1] == 1 else output


def before_probabilities(output):
    """Step back over a softmax or sigmoid that a model applies as a function, outside of its layers."""
    source = output
    while source.op.type in ("Identity", "Cast"):
        source = source.op.inputs[0]
    return source.op.inputs[0] if source.op.type in ("Softmax", "LogSoftmax", "Sigmoid") else output
