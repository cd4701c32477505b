"""A Keras model for a phone: as one LiteRT (.tflite) file, or its head for the page in pocket/.

LiteRT is the new name of TensorFlow Lite. Nothing here imports TensorFlow before it is called.
"""

import contextlib
import io
import json
import re
import tempfile
import unicodedata
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np

from helpers import _silent_stderr, assets, backbones
from helpers.backbones.networks import LITE

FORMAT, VERSION = "cnn-course-head", 1  # of a head's file, as pocket/head.js reads it
SIZE, FEATURES = backbones.NETWORKS[LITE].size, backbones.NETWORKS[LITE].features
TOLERANCE = 1e-3  # of a probability
MOST_NAMES, MOST_LETTERS, LONGEST_NOTE = 20, 30, 500  # of a head's file
LARGEST = (2 - 2**-24) * 2.0**127  # from here on a number is infinite as float32


def convert(model, *, quantised: bool = False) -> bytes:
    """Turn a model into the contents of a LiteRT file.

    The model is saved as a SavedModel, which TensorFlow's converter then reads; this works with every
    Keras 3, where a direct conversion does not [1]_. Whatever its dtype policy, the file computes in float32.

    Parameters
    ----------
    model : keras.Model
        With one input and one output; a subclassed one has been called on images before.
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
    import keras
    import tensorflow as tf

    if not isinstance(model, keras.Model):
        raise TypeError(f"This is a {type(model).__name__}, no keras.Model. Give the whole model.")
    with tempfile.TemporaryDirectory() as folder, quietly():
        try:
            with _in_float32(model):
                _save(model, folder)
            converter = tf.lite.TFLiteConverter.from_saved_model(folder)
            if quantised:
                converter.optimizations = [tf.lite.Optimize.DEFAULT]
            file = converter.convert()
        except Exception as error:
            raise ValueError(
                f"The model {model.name!r} cannot be converted: {_reason(error)}. Call a new one on images "
                "first; leave out what a phone does not need, such as layers of augmentation, or use others."
            ) from error
        _ends(_open(file), f"The model {model.name!r}")
    return file


def _save(model, folder):
    """Write a SavedModel. `model.export` takes three times as long, but knows the inputs of a subclass."""
    import tensorflow as tf

    if len(inputs := getattr(model, "inputs", None) or ()) != 1:
        return model.export(folder)
    whole, given = tf.Module(), tf.TensorSpec(inputs[0].shape, inputs[0].dtype)
    whole.answer = tf.function(lambda images: model(images, training=False), [given], autograph=False)
    whole.held = [variable.value for variable in model.variables]
    tf.saved_model.save(whole, folder, signatures=whole.answer)


@contextlib.contextmanager
def _in_float32(model):
    """Let a model compute in float32 for a while: a phone knows few layers in any other floats."""
    import keras

    others = ("float16", "bfloat16", "float64")
    before = [(one, one.dtype_policy) for one in model._flatten_layers() if one.compute_dtype in others]
    try:
        for layer, policy in before:
            layer.dtype_policy = keras.DTypePolicy("float32")
            layer.dtype_policy._variable_dtype = policy.variable_dtype  # else float16 weights are not cast
        yield
    finally:
        for layer, policy in before:
            layer.dtype_policy = policy


def answers(file: bytes, images, *, batch: int = 32) -> np.ndarray:
    """Run a LiteRT file on images, as a phone would.

    `file` comes from `convert`, or is what was read from a .tflite file with one input and one output. Images
    (n, ...) have the shape and range that the model takes, in any number type; a file of whole numbers gets
    them by its scale, if it has one, cut off at the ends of its type. `batch` are run at once, if the file
    leaves that open. Gives float32 (n, k), what the model gives or whole numbers with a scale stand for.
    """
    images = np.asarray(images)
    if images.dtype.kind not in "biuf" or batch < 1:
        raise ValueError(f"Images of {images.dtype}, batch={batch}: give an array of numbers, and 1 or more.")
    with quietly():
        interpreter = _open(file)
        given, gives = _ends(interpreter, "The file")
        size, *wanted = map(int, given["shape_signature"])
        pairs = zip(wanted, images.shape[1:], strict=False)
        fits = images.ndim == len(wanted) + 1 and all(side in (-1, has) for side, has in pairs)
        if not fits or not len(images):
            sides = ", ".join("any" if side == -1 else str(side) for side in wanted)
            raise ValueError(f"The images have the shape {images.shape}; the file takes (n, {sides}).")
        found, every = [], batch if size == -1 else size
        for start in range(0, len(images), every):
            count = min(every, len(images) - start)
            rows = np.arange(start, start + (count if size == -1 else size)) % len(images)  # a full batch
            try:
                interpreter.resize_tensor_input(given["index"], (len(rows), *images.shape[1:]))
                interpreter.allocate_tensors()
                interpreter.set_tensor(given["index"], _encode(images[rows], given))
                interpreter.invoke()
            except RuntimeError as error:
                raise ValueError(f"The file cannot be run here: {_reason(error)}.") from error
            found.append(interpreter.get_tensor(gives["index"])[:count].astype(np.float32))
    scale, zero = gives["quantization"]
    return (np.concatenate(found) - np.float32(zero)) * np.float32(scale or 1)


def _encode(values, details):
    """Put numbers into the type that a file takes."""
    kind, (scale, zero) = np.dtype(details["dtype"]), details["quantization"]
    if kind.kind not in "iu":
        return values.astype(kind)
    if not np.isfinite(values).all():
        raise ValueError(f"The images hold NaN or infinite values; the file takes whole numbers ({kind}).")
    values = np.rint(values / float(scale)) + zero if scale else values.astype(float)
    return np.clip(values, np.iinfo(kind).min, np.iinfo(kind).max).astype(kind)


def _open(file: bytes):
    try:  # the package that LiteRT comes in; TensorFlow still has a copy
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tensorflow.lite.python.interpreter import Interpreter
    if not isinstance(file, bytes | bytearray | memoryview):
        raise TypeError(f"This is a {type(file).__name__}. Give the bytes: pathlib.Path(...).read_bytes().")
    try:
        return Interpreter(model_content=bytes(file))
    except ValueError as error:
        told = f"These {len(file):,} bytes are no LiteRT file"
        raise ValueError(f"{told}. Give what `convert` returned, or a .tflite file's contents.") from error


def _ends(interpreter, what):
    """Give the details of a file's only input and only output."""
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    if len(inputs) != 1 or len(outputs) != 1:
        counts = f"{len(inputs)} inputs and {len(outputs)} outputs"
        raise ValueError(f"{what} has {counts}. Give one with one of each.")
    if len(names := list(interpreter.get_signature_list())) > 1:
        raise ValueError(f"{what} has the signatures {', '.join(names)}. Give one with one of them.")
    return inputs[0], outputs[0]


def _reason(error) -> str:
    if lacking := sorted(set(re.findall(r"'(tf\.\w+)' op", str(error)))):
        return f"LiteRT cannot compute its {', '.join(lacking)}"
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


@contextlib.contextmanager
def quietly():
    """Hold back what converter and interpreter say about themselves, in Python and in C++.

    Errors come as exceptions. In a notebook every other line would be kept as an error of the cell.
    """
    nowhere = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(nowhere), redirect_stderr(nowhere), _silent_stderr():
        warnings.simplefilter("ignore")
        yield


def save_head(model, classes, path) -> None:
    """Write the head of a classifier as a file for the page "The classifier in your pocket".

    JSON: `format`, `version`, `backbone`, `weights` (checksum of the backbone's file), `size` (pixels),
    `classes`, `kernel` (1280 numbers for each class) and `bias`.

    Parameters
    ----------
    model : keras.Model
        Ends in ``Dense(k, activation="softmax")``, on the 1280 features of a frozen EfficientNet-Lite0 or on
        the whole network, for pictures of 192 x 192 pixels.
    classes : sequence of str
        k names, in the order of the outputs.
    path : path
        The file to write, such as "head.json".

    Raises
    ------
    ValueError
        If the page would answer otherwise than the model: another network, a base that learnt, more layers.
    """
    import keras
    from scipy.special import softmax

    dense = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.Dense)]
    last = dense[-1] if dense else None
    if last is None or last.activation is not keras.activations.softmax or last.kernel.shape[0] != FEATURES:
        raise ValueError(
            f'The model must end in one Dense(k, activation="softmax") on {FEATURES} features. '
            "Build it as in lesson 4."
        )
    kernel, bias = (np.asarray(part) for part in (last.kernel, last.bias))
    rng, shape = np.random.default_rng(0), tuple(model.input_shape[1:])
    if shape == (FEATURES,):
        given = rows = rng.exponential(0.5, (8, FEATURES)).astype(np.float32)
    else:
        given = rng.integers(0, 256, (4, 6, 6, 3)).repeat(SIZE // 6, axis=1).repeat(SIZE // 6, axis=2)
        rows = backbones.headless(LITE).predict(given, verbose=0)
    expected = softmax(rows @ kernel + bias, axis=1)
    try:
        found = model.predict(given, verbose=0)
    except ValueError as error:
        raise ValueError(f"The model takes {shape}; the page gives it ({SIZE}, {SIZE}, 3).") from error
    if not (difference := float(np.abs(found - expected).max())) <= TOLERANCE:
        raise ValueError(
            "The model answers otherwise than its last layer on an unchanged EfficientNet-Lite0, by "
            f"{difference:.2g}. The page has only that one: freeze the base, and put one dense layer on it."
        )
    Path(path).write_text(json.dumps(head_file(classes, kernel, bias)), encoding="utf-8")


def head_file(classes, kernel, bias, note: str = "") -> dict:
    """Give what a head's file holds: kernel (1280, k), bias (k,), k classes; the page shows `note`."""
    names = [str(name) for name in classes]
    head = {
        "format": FORMAT,
        "version": VERSION,
        "backbone": LITE,
        "weights": assets.entry_of(LITE)["files"][0]["checksum"],
        "size": SIZE,
        "classes": names,
        "kernel": [[float(f"{value:.9g}") for value in column] for column in np.transpose(kernel)],
        "bias": [float(f"{value:.9g}") for value in bias],
    } | ({"note": note} if note else {})
    if flaw := _flaw(head):
        raise ValueError(f"This head {flaw}.")
    return head


def load_head(path):
    """Make a Keras model of a head's file, on EfficientNet-Lite0: it answers as the page does.

    The page cuts pictures to their middle square: ``ImageOps.fit(photo, (192, 192))`` of Pillow does it, too.

    Returns
    -------
    keras.Model
        From RGB pixels 0..255, (n, 192, 192, 3), to probabilities, float32 (n, k). The base is frozen.
        Attribute `class_names`: k names.

    Raises
    ------
    ValueError
        If the file holds no head, or one for another network; with one sentence.
    """
    import keras

    try:
        text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
        head = json.loads(text, parse_constant=json.loads)  # NaN is not JSON
    except OSError as error:
        raise ValueError(
            f"{path} cannot be read ({error.strerror}). Give the path of a head's file."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON. Give a file that the page or `save_head` wrote.") from error
    if flaw := _flaw(head):
        raise ValueError(f"{path} {flaw}. Give a file that the page or `save_head` wrote.")
    base, pictures = backbones.headless(LITE, size="any"), keras.Input((SIZE, SIZE, 3))
    dense = keras.layers.Dense(len(head["classes"]), activation="softmax", dtype="float32", name="head")
    model = keras.Model(pictures, dense(base(pictures)), name="classifier")
    dense.set_weights([np.float32(head["kernel"]).T, np.float32(head["bias"])])
    model.class_names = tuple(map(_clean, head["classes"]))
    return model


def _flaw(head) -> str:
    """Say what is wrong with the contents of a head's file, or ""; pocket/head.js finds the same."""
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        return "holds no head"
    if head.get("version") != VERSION or head["version"] is True:
        return f"is of version {head.get('version')}, and version {VERSION} is read here"
    if (head.get("backbone"), head.get("weights")) != (LITE, assets.entry_of(LITE)["files"][0]["checksum"]):
        return "belongs to another network"
    if head.get("size") != SIZE:
        return f"is for pictures of another size than {SIZE} pixels"
    names = [_clean(name) for name in head["classes"]] if isinstance(head.get("classes"), list) else []
    if not 2 <= len(names) <= MOST_NAMES or "" in names or len(set(names)) < len(names):
        return f"does not name 2 to {MOST_NAMES} different classes, in up to {MOST_LETTERS} letters each"
    if not isinstance(note := head.get("note", ""), str) or len(note) > LONGEST_NOTE:
        return f"has a note other than a text of up to {LONGEST_NOTE} letters"
    kernel = head.get("kernel")
    rows = kernel if isinstance(kernel, list) and len(kernel) == len(names) else [None]
    if not all(_are_numbers(row, FEATURES) for row in rows):
        return f"does not hold {FEATURES} weights for each class"
    return "" if _are_numbers(head.get("bias"), len(names)) else "does not hold one bias for each class"


def _clean(name) -> str:
    """Give a class's name as it is kept, or "" if it is none."""
    if not isinstance(name, str):
        return ""
    kinds, kept = [*map(unicodedata.category, name)], unicodedata.normalize("NFC", name).strip()
    seen = any(unicodedata.category(letter)[0] in "LNPS" for letter in kept)
    fits = len(kept) <= MOST_LETTERS and seen and "Cc" not in kinds and "\ufeff" not in name
    return kept if fits else ""


def _are_numbers(values, count) -> bool:
    """Is it a list of numbers that float32 can hold?"""
    if not isinstance(values, list) or len(values) != count:
        return False
    return all(type(value) in (int, float) and abs(value) < LARGEST for value in values)
