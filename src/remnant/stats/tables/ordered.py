"""Cells of two groups in ordered stages: how likely one of the second is further on than one of the first.

theta = P(Y > X) + P(Y = X) / 2, the area under the curve of the two distributions; 1/2 where they are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtri


@dataclass(frozen=True)
class Superiority:
    """The chance that a cell of the second group is further on, with limits.

    Parameters
    ----------
    value, lower, upper : float
        In [0, 1]; cells of one stage count half.
    """

    value: float
    lower: float
    upper: float


def superiority(first: npt.ArrayLike, second: npt.ArrayLike, *, confidence: float = 0.95) -> Superiority:
    """Compare counts of two groups in the same ordered stages.

    Parameters
    ----------
    first, second : array-like of int, shape (stages,)
        Cells in each stage, the least mature first; at least one cell in each group.
    confidence : float, default 0.95
        Coverage, in (0, 1).

    Returns
    -------
    Superiority
        With the limits of Newcombe's method 5: the theta for which |estimate - theta| = z sqrt(V(theta)),
        V = theta (1 - theta) [1 + N ((1 - theta) / (2 - theta) + theta / (1 + theta))] / (m n), where
        N = (m + n) / 2 - 1. Under ties they cover more often than asked.

    References
    ----------
    Newcombe (2006) Stat Med 25:559-573, doi:10.1002/sim.2324.

    Examples
    --------
    >>> found = superiority([40, 30, 20, 10], [10, 20, 30, 40])
    >>> round(found.value, 3), round(found.lower, 3), round(found.upper, 3)
    (0.75, 0.676, 0.81)
    """
    x, y = np.asarray(first, float), np.asarray(second, float)
    m, n = x.sum(), y.sum()
    assert x.shape == y.shape, f"stages differ: {x.shape} and {y.shape}"
    assert min(m, n) >= 1, "a group without cells"
    below = np.cumsum(x) - x
    value = float(y @ (below + x / 2) / (m * n))
    z, extra = float(ndtri((1 + confidence) / 2)), (m + n) / 2 - 1

    def spread(theta: float) -> float:
        inside = 1 + extra * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return z * float(np.sqrt(theta * (1 - theta) * inside / (m * n)))

    def lower_limit(estimate: float) -> float:
        # At 0 the estimate is above; just below the estimate, or below 1, the spread is the wider.
        return float(brentq(lambda theta: estimate - theta - spread(theta), 0.0, min(estimate, 1 - 1e-12)))

    return Superiority(value, lower_limit(value), 1 - lower_limit(1 - value))
