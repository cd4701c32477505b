"""The head that the page opens with: handbag, shoe or neither, trained on the features of lesson 4."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from helpers import datasets, phone
from helpers.training import wilson_interval
from pocket import others

NEITHER = "neither"
PENALTY = 1e-3  # the page's own, see head.js


class Head(NamedTuple):
    """Weights of a dense layer with softmax: kernel (d, k) and bias (k,)."""

    kernel: np.ndarray
    bias: np.ndarray


def fit(features, labels) -> Head:
    """Train a head as the page does: softmax regression with a penalty, every class weighing the same.

    Parameters
    ----------
    features : array_like
        (n, d).
    labels : array_like of int
        (n,), from 0 to k - 1; each is there at least once.
    """
    rows, labels = np.asarray(features, float), np.asarray(labels)
    counts = np.bincount(labels)
    mean = rows.mean(axis=0)
    scale = np.sqrt(np.square(rows - mean).sum(axis=1).mean()) or 1.0
    x = np.column_stack([(rows - mean) / scale, np.ones(len(rows))])
    share, wanted = 1 / (len(counts) * counts[labels]), np.eye(len(counts))[labels]

    def loss(flat):
        weights = flat.reshape(x.shape[1], -1)
        scores = x @ weights
        value = -(share[:, None] * wanted * log_softmax(scores, axis=1)).sum() + PENALTY / 2 * flat @ flat
        slope = x.T @ (share[:, None] * (softmax(scores, axis=1) - wanted)) + PENALTY * weights
        return value, slope.ravel()

    start = np.zeros(x.shape[1] * len(counts))
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-8}
    )
    weights = found.x.reshape(x.shape[1], -1)
    kernel = weights[:-1] / scale
    return Head(kernel, weights[-1] - mean @ kernel)


def answers(head: Head, features) -> np.ndarray:
    """Name the class of each row of features: (n,)."""
    return (np.asarray(features) @ head.kernel + head.bias).argmax(axis=1)


def course_head(network, size: int, data="drawn") -> str:
    """Train the page's own head, measure it on pictures that it has not seen, and write it as a file's text.

    `data` is as in `datasets.handbags_and_shoes`. What was measured is the file's note; after that the head
    learns from the other things that it was measured on, too.
    """
    found = datasets.handbags_and_shoes(data, size=(size, size))
    drawn = found.origin == "embedded"
    rest = others.others(size, real=not drawn)
    neither = len(found.class_names)
    learn, unseen, *parts = (
        network.predict(np.asarray(images), verbose=0)
        for images in (rest.learn, rest.measure, *(split.images for split in found.splits.values()))
    )
    features = dict(zip(found.splits, parts, strict=True))
    taught = [side for side in found.splits if side != "test"]
    rows = np.concatenate([features[side] for side in taught])
    labels = np.concatenate([found.splits[side].labels for side in taught])

    def trained(more):
        return fit(np.concatenate([rows, more]), np.append(labels, np.full(len(more), neither)))

    tried = trained(learn)
    total = len(found.test.labels)
    right = int((answers(tried, features["test"]) == found.test.labels).sum())
    refused = int((answers(tried, unseen) == neither).sum())
    low, high = (round(100 * bound) for bound in wilson_interval(right, total))
    whole = trained(np.concatenate([learn, unseen]))
    things = len(learn) + len(unseen)
    name = found.name[0].lower() + found.name[1:]
    note = (
        f"It learnt from {len(labels)} {name}, and from {things} pictures of other things. "
        f"Before its last training, with {len(learn)} of these {things}, "
        f"it got {right} of {total} new ones right (95% interval {low} to {high}%), "
        f"and said “{NEITHER}” to {refused} of {len(unseen)} others."
    ) + (" On photos expect less: it learnt from drawings." if drawn else "")
    return json.dumps(phone.head_file([*found.class_names, NEITHER], whole.kernel, whole.bias, note))
