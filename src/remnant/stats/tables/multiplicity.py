"""Several tests at once: p-values that hold the error rate of all together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from remnant.stats.numerics.arrays import FloatArray


def holm(p: ArrayLike) -> FloatArray:
    """Adjust p-values step down, so that the chance of any false call is at most the level.

    References
    ----------
    Holm (1979) Scand J Statist 6:65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, float)
    order = np.argsort(values)
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
