"""A Keras model as one LiteRT (.tflite) file for a phone, and what that file answers here.

LiteRT is the new name of TensorFlow Lite. Nothing here imports TensorFlow before it is called.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from contextlib import redirect_stderr, redirect_stdout

import numpy as np

from helpers import _silent_stderr


def convert(model, *, quantised: bool = False) -> bytes:
    """Turn a model into the contents of a LiteRT file.

    The model is exported as a SavedModel, which TensorFlow's converter then reads; this works with every
    Keras 3, where a direct conversion does not [1]_.

    Parameters
    ----------
    model : keras.Model
        With one input and one output.
    quantised : bool
        Store large kernels as 8-bit integers with one scale for each output channel: about a quarter of the
        size, and answers that differ a little ("dynamic range quantisation").

    Returns
    -------
    bytes
        Write them to a file with the ending .tflite.

    References
    ----------
    .. [1] https://github.com/keras-team/keras/issues/19108
    """
    import tensorflow as tf

    if len(model.inputs) != 1 or len(model.outputs) != 1:
        counts = f"{len(model.inputs)} inputs and {len(model.outputs)} outputs"
        raise ValueError(f"The model {model.name!r} has {counts}. Give one with one of each.")
    with tempfile.TemporaryDirectory() as folder, quietly():
        model.export(folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if quantised:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        try:
            return converter.convert()
        except Exception as error:
            raise ValueError(
                f"The model {model.name!r} cannot be converted: {_first_line(error)}. Leave out what a phone "
                "does not need, such as layers of augmentation, or use other layers."
            ) from error


def answers(file: bytes, images, *, batch: int = 32) -> np.ndarray:
    """Run a LiteRT file on images, as a phone would.

    `file` comes from `convert`, or is what was read from a .tflite file. Images (n, ...) have the shape
    that the model takes, in any number type; so many as `batch` are run at once. Gives float32 (n, k),
    what the model gives.
    """
    images = np.asarray(images)
    with quietly():
        interpreter = _open(file)
        given = interpreter.get_input_details()[0]
        wanted = tuple(int(side) for side in given["shape_signature"][1:])
        pairs = zip(wanted, images.shape[1:], strict=False)
        if images.ndim != len(wanted) + 1 or any(side not in (-1, has) for side, has in pairs):
            sides = ", ".join("any" if side == -1 else str(side) for side in wanted)
            raise ValueError(f"The images have the shape {images.shape}; the file takes (n, {sides}).")
        found = []
        for start in range(0, len(images), batch):
            part = images[start : start + batch].astype(given["dtype"])
            interpreter.resize_tensor_input(given["index"], part.shape)
            interpreter.allocate_tensors()
            interpreter.set_tensor(given["index"], part)
            interpreter.invoke()
            found.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).copy())
    return np.concatenate(found)


def _open(file: bytes):
    try:  # the package that LiteRT comes in; TensorFlow still has a copy
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tensorflow.lite.python.interpreter import Interpreter
    try:
        return Interpreter(model_content=bytes(file))
    except ValueError as error:
        told = f"These {len(file):,} bytes are no LiteRT file"
        raise ValueError(f"{told}. Give what `convert` returned, or a .tflite file's contents.") from error


def _first_line(error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


@contextlib.contextmanager
def quietly():
    """Hold back what converter and interpreter say about themselves, in Python and in C++.

    Errors come as exceptions. In a notebook every other line would be kept as an error of the cell.
    """
    nowhere = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(nowhere), redirect_stderr(nowhere), _silent_stderr():
        warnings.simplefilter("ignore")
        yield
