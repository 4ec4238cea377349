"""Limits by profile likelihood: where the best that the other parameters can do falls short by enough.

The root sqrt(2 (peak - profile(x))) is nearly straight in x, so Newton steps on it end in a few rounds.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt

from scipy.special import ndtri

FAR = 60.0  # log odds beyond the estimate; a profile that has not fallen by then never does
ROUNDS, CLOSE = 60, 1e-9


def profile_limit(
    profile: Callable[[float], tuple[float, float]],
    best: float,
    peak: float,
    error: float,
    *,
    side: int,
    confidence: float,
) -> float:
    """Find one limit of a parameter.

    Parameters
    ----------
    profile : callable
        Takes a value of the parameter; returns the log-likelihood, maximised over all others, and its slope.
    best, peak : float
        Estimate and the log-likelihood at it.
    error : float
        Standard error: where to look first.
    side : int
        -1 for the lower limit, 1 for the upper.
    confidence : float
        Coverage of both limits together, in (0, 1).

    Returns
    -------
    float
        Infinite where the profile does not fall far enough.
    """
    wanted = float(ndtri((1 + confidence) / 2))
    inner, outer = best, inf * side
    x = best + side * min(wanted * error, FAR / 2)
    for _ in range(ROUNDS):
        height, slope = profile(x)
        root = sqrt(max(2 * (peak - height), 0.0))
        if abs(root - wanted) < CLOSE * wanted:
            return x
        inner, outer = (x, outer) if root < wanted else (inner, x)
        if root < wanted and abs(x - best) >= FAR:
            return inf * side
        # d root / dx = -slope / root
        step = (wanted - root) * root / -slope if slope * side < 0 and root > 0 else inf * side
        following = x + step
        if not min(inner, outer) < following < max(inner, outer):
            following = (inner + outer) / 2 if abs(outer) < inf else best + 2 * (x - best)
        following = min(max(following, best - FAR), best + FAR)
        if abs(following - x) < CLOSE * max(1.0, abs(x)):
            return following
        x = following
    return x
