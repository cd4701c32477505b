"""A Keras model on a phone: what its LiteRT (.tflite) file answers, and its head for the page in pocket/.

LiteRT is the new name of TensorFlow Lite. Nothing here imports TensorFlow before it is called.
"""

import contextlib
import io
import json
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
BATCH = 32  # images at a time
MOST_NAMES, MOST_LETTERS, LONGEST_NOTE = 20, 30, 500  # of a head's file
LARGEST = (2 - 2**-24) * 2.0**127  # from here on a number is infinite as float32


def answers(file: bytes, images) -> np.ndarray:
    """Run a LiteRT file on images, as a phone would.

    `file` is what TensorFlow's converter gives, or was read from a .tflite file, with one input and one
    output, both float32. Images (n, ...) have the shape and range that the model takes, in any number type.
    Gives float32 (n, k), what the model gives.
    """
    images, found = np.asarray(images), []
    if images.dtype.kind not in "biuf":
        raise ValueError(f"The images are an array of {images.dtype}. Give one of numbers.")
    with quietly():
        interpreter = _open(file)
        given, gives = _ends(interpreter)
        wanted = given["shape_signature"].tolist()
        sides = zip(wanted, images.shape, strict=False)
        if images.ndim != len(wanted) or not len(images) or any(side not in (-1, has) for side, has in sides):
            told = ", ".join("any" if side == -1 else str(side) for side in wanted)
            raise ValueError(f"The images have the shape {images.shape}; the file takes ({told}).")
        size = BATCH if wanted[0] == -1 else len(images)
        for start in range(0, len(images), size):
            batch = images[start : start + size].astype(np.float32)
            try:
                interpreter.resize_tensor_input(given["index"], batch.shape)
                interpreter.allocate_tensors()
                interpreter.set_tensor(given["index"], batch)
                interpreter.invoke()
            except RuntimeError as error:
                raise ValueError(f"The file cannot be run here: {str(error).splitlines()[0]}") from error
            found.append(interpreter.get_tensor(gives["index"]))
    return np.concatenate(found)


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
        raise ValueError(f"{told}. Give the contents of a .tflite file.") from error


def _ends(interpreter):
    """Give the details of a file's only input and only output."""
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    if len(inputs) != 1 or len(outputs) != 1:
        counts = f"{len(inputs)} inputs and {len(outputs)} outputs"
        raise ValueError(f"The file has {counts}. Give one with one of each.")
    if len(names := list(interpreter.get_signature_list())) > 1:
        raise ValueError(f"The file has the signatures {', '.join(names)}. Give one with one of them.")
    for kind in (inputs[0]["dtype"], outputs[0]["dtype"]):
        if kind != np.float32:
            raise ValueError(f"The file takes or gives {np.dtype(kind)}. Give one of float32.")
    return inputs[0], outputs[0]


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
        rows = backbones.headless(LITE)(given, training=False)  # `predict` would trace it for these four
    expected = softmax(np.asarray(rows) @ kernel + bias, axis=1)
    try:
        found = model(given, training=False)
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
