"""Do two maps say the same?"""

from __future__ import annotations

import numpy as np
from scipy import stats


def rank_correlation(first, second) -> float:
    """Spearman's correlation of the pixels of two maps (height, width), -1..1; 0 if one of them is flat."""
    first, second = np.ravel(first), np.ravel(second)
    return 0.0 if _is_flat(first) or _is_flat(second) else float(stats.spearmanr(first, second)[0])


def _is_flat(values):
    """Tell whether the values of a map differ by rounding only, whose ranks would be chance."""
    return np.ptp(values) <= 32 * np.finfo(np.float32).eps * np.abs(values).max()
