"""What frozen features are worth: logistic regression on a few labelled images."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

PENALTIES = np.logspace(-2, 4, 7)


def fit(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """Fit weights and intercept, (d + 1,), to features (n, d) and labels 0 or 1 (n,).

    Minimises the summed logistic loss plus ``penalty / 2`` times the squared weights.
    """
    sign = 2.0 * y - 1
    full = np.column_stack([x, np.ones(len(x))])

    def loss(weights):
        margin = sign * (full @ weights)
        value = np.logaddexp(0, -margin).sum() + penalty / 2 * weights[:-1] @ weights[:-1]
        slope = full.T @ (-sign * expit(-margin))
        slope[:-1] += penalty * weights[:-1]
        return value, slope

    return minimize(loss, np.zeros(full.shape[1]), jac=True, method="L-BFGS-B").x


def decide(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Labels, 0 or 1, (n,)."""
    return (x @ weights[:-1] + weights[-1] > 0).astype(int)


def choose_penalty(x: np.ndarray, y: np.ndarray, *, folds: int = 6, seed: int = 0) -> float:
    """Choose the penalty with the best accuracy in cross-validation; of equals, the middle one."""
    fold = np.random.default_rng(seed).permutation(len(x)) % folds
    right = np.array(
        [
            sum(
                (
                    decide(x[fold == part], fit(x[fold != part], y[fold != part], penalty)) == y[fold == part]
                ).sum()
                for part in range(folds)
            )
            for penalty in PENALTIES
        ]
    )
    best = np.flatnonzero(right == right.max())
    return float(PENALTIES[best[len(best) // 2]])


def linear_probe(x: np.ndarray, y: np.ndarray):
    """Fit a linear probe; features are standardised by those given.

    Parameters
    ----------
    x : ndarray, (n, d)
        Features of the labelled images.
    y : ndarray of 0 or 1, (n,)

    Returns
    -------
    callable
        From features (m, d) to labels (m,).
    """
    x, y = np.asarray(x, np.float64), np.asarray(y)
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    weights = fit((x - mean) / deviation, y, choose_penalty((x - mean) / deviation, y))
    return lambda other: decide((np.asarray(other, np.float64) - mean) / deviation, weights)
