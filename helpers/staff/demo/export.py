"""A classifier as files to take away, `.keras` and LiteRT, proved to answer alike."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import phone
from helpers.staff.demo.classifier import NEITHER, NETWORK, Classifier

TOLERANCE = 1e-3  # of a probability


class Files(NamedTuple):
    """Paths of what was written, and the largest differences of a probability to the model in memory."""

    keras: Path
    litert: Path
    labels: Path
    keras_difference: float
    litert_difference: float


def write(classifier: Classifier, images: np.ndarray, folder) -> Files:
    """Write `classifier.keras`, `classifier.tflite` and `labels.txt`, read them again and compare answers.

    The models take RGB pixels 0..255 and give a probability for each line of labels.txt, "neither" the last.
    Answers are compared on `images`, uint8 (n, size, size, 3). `folder` is an empty one.
    """
    import keras

    folder = Path(folder)
    paths = [folder / name for name in ("classifier.keras", "classifier.tflite", "labels.txt")]
    given = np.asarray(images, np.float32)
    try:
        with NETWORK:
            expected = classifier.complete.predict(given, verbose=0)
            classifier.complete.save(paths[0])
            paths[1].write_bytes(phone.convert(classifier.complete))
        paths[2].write_text("\n".join([*classifier.names, NEITHER]) + "\n", encoding="utf-8")
        answers = (
            keras.saving.load_model(paths[0], compile=False).predict(given, verbose=0),
            phone.answers(paths[1].read_bytes(), given),
        )
        pairs = zip(answers, paths[:2], strict=True)
        differences = [compare(expected, found, path.name) for found, path in pairs]
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        raise
    return Files(*paths, *differences)


def compare(expected: np.ndarray, found: np.ndarray, name: str) -> float:
    """Give the largest difference of two tables of probabilities, (n, k) each."""
    difference = float(np.abs(np.asarray(expected, float) - found).max())
    if not difference <= TOLERANCE:
        raise ValueError(f"{name} answers otherwise than the model, by {difference:.3g}; it was not kept.")
    return difference
