"""Binomial proportion: the fractions that can have produced k marked of n counted.

Clopper-Pearson for any claim of presence or absence and for one-sided limits, Jeffreys or Wilson for
display. A Wald interval is deliberately not offered: at k = 0 it has no width.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv, ndtri

from remnant.stats.numerics.arrays import FloatArray


def clopper_pearson(
    k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Exact two-sided limits: each tail of the binomial is at most half of what confidence leaves.

    Parameters
    ----------
    k, n : array-like of int, broadcastable
        Marked and counted; 0 <= k <= n, n > 0.
    confidence : float, default 0.95
        Coverage, at least this for every fraction, in (0, 1).

    Returns
    -------
    lower, upper : ndarray
        Fractions in [0, 1].

    References
    ----------
    Clopper & Pearson (1934) Biometrika 26:404-413, doi:10.1093/biomet/26.4.404.

    Examples
    --------
    >>> lower, upper = clopper_pearson(0, 25)
    >>> round(float(upper), 4)
    0.1372
    """
    tail = (1 - confidence) / 2
    return _lower(k, n, tail), _upper(k, n, tail)


def upper_bound(k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95) -> FloatArray:
    """Exact one-sided upper limit; for 0 of n it is 1 - (1 - confidence)^(1/n).

    Examples
    --------
    >>> round(float(upper_bound(0, 25)), 4)
    0.1129
    """
    return _upper(k, n, 1 - confidence)


def lower_bound(k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95) -> FloatArray:
    """Exact one-sided lower limit; 0 for k = 0."""
    return _lower(k, n, 1 - confidence)


def wilson(k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Score limits: the fractions whose own normal approximation does not refuse k of n.

    References
    ----------
    Wilson (1927) J Am Stat Assoc 22:209-212, doi:10.1080/01621459.1927.10502953.
    """
    k, n = _counts(k, n)
    z = ndtri((1 + confidence) / 2)
    centre = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    # At the ends the two terms cancel exactly on paper and to 1e-17 in floating point.
    return np.where(k == 0, 0.0, centre - half), np.where(k == n, 1.0, centre + half)


def jeffreys(
    k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Equal-tailed limits of the Beta(k + 1/2, n - k + 1/2) posterior."""
    k, n = _counts(k, n)
    tail = (1 - confidence) / 2
    a, b = k + 0.5, n - k + 0.5
    return np.asarray(betaincinv(a, b, tail)), np.asarray(1 - betaincinv(b, a, tail))


def mid_p(k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Limits that count half of the probability of k itself; shorter than exact, coverage near nominal.

    References
    ----------
    Berry & Armitage (1995) The Statistician 44:417-423, doi:10.2307/2348891.
    """
    k, n = _counts(k, n)
    tail = (1 - confidence) / 2
    lower, upper = clopper_pearson(k, n, confidence=confidence)
    # By symmetry the lower limit of k is one less the upper limit of n - k.
    high = _mid_p_upper(k, n, k / n, upper, tail)
    low = 1 - _mid_p_upper(n - k, n, 1 - k / n, 1 - lower, tail)
    return np.where(k == 0, 0.0, low), np.where(k == n, 1.0, high)


def _mid_p_upper(k: FloatArray, n: FloatArray, low: FloatArray, high: FloatArray, tail: float) -> FloatArray:
    for _ in range(80):  # halving; each step gives one bit, from a bracket no wider than 1
        middle = (low + high) / 2
        too_low = (_at_most(k, n, middle) + _at_most(k - 1, n, middle)) / 2 > tail
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return (low + high) / 2


def _at_most(k: FloatArray, n: FloatArray, fraction: FloatArray) -> FloatArray:
    """P(X <= k), with its ends: 0 below 0 and 1 from n on."""
    inside = (k >= 0) & (k < n)
    a, b = np.where(inside, n - k, 1.0), np.where(inside, k + 1, 1.0)
    return np.where(inside, betainc(a, b, 1 - fraction), np.where(k < 0, 0.0, 1.0))


def _counts(k: npt.ArrayLike, n: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    marked, counted = np.broadcast_arrays(np.asarray(k, float), np.asarray(n, float))
    assert np.all((marked >= 0) & (marked <= counted) & (counted > 0)), "needs 0 <= k <= n and n > 0"
    return marked, counted


def _lower(k: npt.ArrayLike, n: npt.ArrayLike, tail: float) -> FloatArray:
    k, n = _counts(k, n)
    return np.where(k == 0, 0.0, betaincinv(np.where(k == 0, 1.0, k), n - k + 1, tail))


def _upper(k: npt.ArrayLike, n: npt.ArrayLike, tail: float) -> FloatArray:
    k, n = _counts(k, n)
    # Through the complement, so that a limit near 1 keeps its digits.
    return np.where(k == n, 1.0, 1 - betaincinv(np.where(k == n, 1.0, n - k), k + 1, tail))
