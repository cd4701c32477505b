"""One of the classes, or neither? A distance on features, calibrated to a probability. NumPy only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from helpers.training import wilson_interval

SHRINKAGE = 0.3  # weight of the sphere in a covariance that few pictures must settle
ALWAYS = 10.0  # logit of "one of the classes" where nothing can be told


class Distance(NamedTuple):
    """What `scores` needs; d features, k classes. Features x become `(x - mean) / deviation` first."""

    mean: np.ndarray  # (d,)
    deviation: np.ndarray  # (d,)
    within: np.ndarray  # (d, d), turns pictures of the classes into white noise
    centres: np.ndarray  # (k, d), of the classes, whitened by `within`
    around: np.ndarray  # (d, d), turns pictures of anything into white noise
    middle: np.ndarray  # (d,), of pictures of anything, whitened by `around`


class Calibration(NamedTuple):
    """A score s means sigmoid(slope * s + offset): the probability that it is one of the classes."""

    slope: float
    offset: float


class Share(NamedTuple):
    """So many of so many."""

    count: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson interval, 95 %."""
        return wilson_interval(self.count, self.total)

    def __str__(self):
        low, high = self.interval
        return (
            f"{self.count} of {self.total}, {100 * self.count / self.total:.0f} % "
            f"(95 % interval {100 * low:.0f} to {100 * high:.0f} %)"
        )


class Rates(NamedTuple):
    """How often the decision errs: refuses one of the classes, accepts what is neither."""

    false_rejects: Share
    false_accepts: Share


def fit(features, labels, others, *, shrinkage: float = SHRINKAGE) -> Distance:
    """Describe the classes, and anything else, by a Gaussian each.

    Parameters
    ----------
    features : array_like
        (n, d), of pictures of the classes.
    labels : array_like of int
        (n,), 0 to k - 1, each at least once.
    others : array_like
        (m, d), of pictures of other things, m at least 2.
    shrinkage : float
        Weight, above 0 to 1, of a sphere of the same mean variance in both covariances.

    Returns
    -------
    Distance
    """
    features, others = np.asarray(features, np.float64), np.asarray(others, np.float64)
    labels = np.asarray(labels)
    if features.ndim != 2 or others.ndim != 2 or features.shape[1] != others.shape[1]:
        raise ValueError(
            f"Features {features.shape} and {others.shape} do not fit: needed are (n, d), (m, d)."
        )
    if labels.shape != features.shape[:1] or not len(labels) or len(others) < 2:
        raise ValueError(
            f"{labels.shape} labels and {len(others)} other pictures do not do for {len(features)} pictures: "
            "give one label each, and two other pictures or more."
        )
    if not 0 < shrinkage <= 1:
        raise ValueError(f"shrinkage={shrinkage} is not possible. Use a weight above 0, up to 1.")
    counts = np.bincount(labels)
    if counts.min() == 0:
        raise ValueError(f"The class {counts.argmin()} has no picture. Give one of each class at least.")
    everything = np.concatenate([features, others])
    mean, deviation = everything.mean(axis=0), everything.std(axis=0) + 1e-6
    own, rest = (features - mean) / deviation, (others - mean) / deviation
    centres = np.stack([own[labels == label].mean(axis=0) for label in range(len(counts))])
    within, around = (
        _whitening(own - centres[labels], shrinkage),
        _whitening(rest - rest.mean(axis=0), shrinkage),
    )
    return Distance(mean, deviation, within, centres @ within, around, rest.mean(axis=0) @ around)


def scores(distance: Distance, features) -> np.ndarray:
    """Score how much more a picture resembles the classes than anything else.

    The squared Mahalanobis distance to pictures of anything, less that to the nearest class, divided by the
    number of features [1]_. High for the classes.

    Parameters
    ----------
    distance : Distance
    features : array_like
        (n, d).

    Returns
    -------
    ndarray of float, (n,)

    References
    ----------
    .. [1] Ren, Fort, Liu, Roy, Padhy & Lakshminarayanan, "A simple fix to Mahalanobis distance for improving
       near-OOD detection", 2021.
    """
    rows = (np.asarray(features, np.float64) - distance.mean) / distance.deviation
    own = rows @ distance.within
    nearest = np.min([((own - centre) ** 2).sum(axis=1) for centre in distance.centres], axis=0)
    return (((rows @ distance.around - distance.middle) ** 2).sum(axis=1) - nearest) / rows.shape[1]


def calibrate(known, others) -> Calibration:
    """Turn scores into a probability: a logistic curve through scores of both kinds [1]_.

    Both kinds weigh the same, however many there are of each, so 0.5 is where refusing and accepting wrongly
    cost the same. The targets are drawn in from 0 and 1 as in [1]_, so that a few pictures never make it
    certain.

    Parameters
    ----------
    known, others : array_like
        Scores of pictures of the classes (n,) and of other things (m,), from neither of which `fit` learnt.

    Returns
    -------
    Calibration
        Where others score higher than the classes, nothing can be told: a slope of 0, and always "one of the
        classes".

    References
    ----------
    .. [1] Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    known, others = np.asarray(known, np.float64), np.asarray(others, np.float64)
    values = np.concatenate([known, others])
    if not len(known) or not len(others) or not np.isfinite(values).all():
        raise ValueError(f"Give finite scores of both kinds; given were {len(known)} and {len(others)}.")
    if known.mean() <= others.mean():
        return Calibration(0.0, ALWAYS)
    targets = np.repeat(
        [(len(known) + 1) / (len(known) + 2), 1 / (len(others) + 2)], [len(known), len(others)]
    )
    weights = np.repeat([0.5 / len(known), 0.5 / len(others)], [len(known), len(others)])
    middle, width = values.mean(), values.std() + 1e-12
    columns = np.stack([(values - middle) / width, np.ones(len(values))], axis=1)
    slope, offset = _logistic(columns, targets, weights)
    return Calibration(float(slope / width), float(offset - slope * middle / width))


def probability(calibration: Calibration, values) -> np.ndarray:
    """Probability, 0 to 1, that pictures with these scores (n,) show one of the classes."""
    logits = np.clip(calibration.slope * np.asarray(values, np.float64) + calibration.offset, -60, 60)
    return 1 / (1 + np.exp(-logits))


def rates(known, others, *, threshold: float = 0.5) -> Rates:
    """Count the errors on pictures from which nothing was chosen.

    Parameters
    ----------
    known, others : array_like
        Probabilities of "one of the classes" for pictures of them (n,) and of other things (m,).
    threshold : float
        From here on a picture is accepted.
    """
    known, others = np.asarray(known), np.asarray(others)
    return Rates(
        Share(int((known < threshold).sum()), len(known)),
        Share(int((others >= threshold).sum()), len(others)),
    )


def _whitening(rows, shrinkage):
    """Matrix W for which the squared length of (x - mean) @ W is the squared Mahalanobis distance."""
    covariance = rows.T @ rows / len(rows)
    size = max(np.trace(covariance) / len(covariance), 1e-6)
    covariance = (1 - shrinkage) * covariance + shrinkage * size * np.eye(len(covariance))
    return np.linalg.inv(np.linalg.cholesky(covariance)).T


def _logistic(columns, targets, weights, steps=100):
    """Minimise the weighted cross-entropy by damped Newton steps."""
    found = np.zeros(columns.shape[1])

    def loss(point):
        logits = columns @ point
        return weights @ (np.logaddexp(0, logits) - targets * logits)

    for _ in range(steps):
        shares = 1 / (1 + np.exp(-(columns @ found)))
        slope = columns.T @ (weights * (shares - targets))
        bend = (columns.T * (weights * shares * (1 - shares))) @ columns + 1e-9 * np.eye(len(found))
        step, length = np.linalg.solve(bend, slope), 1.0
        while loss(found - length * step) > loss(found) and length > 1e-6:
            length /= 2
        found = found - length * step
        if np.abs(step).max() < 1e-10:
            break
    return found
