"""Binomial proportion: the fractions that can have produced k marked of n counted.

Clopper-Pearson for any claim of presence or absence and for one-sided limits, Jeffreys or Wilson for
display. A Wald interval is deliberately not offered: at k = 0 it has no width.

The rule for nothing and for all: at k = 0 the lower limit and at k = n the upper limit is exactly 0 and 1 for
the exact, mid-p, Wilson and boundary-adjusted limits; equal-tailed posteriors and the unclipped Agresti-Coull
keep what their formula gives.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincc, betainccinv, betaincinv, betaln, ndtri

from remnant.stats.numerics.arrays import FloatArray

Limits = tuple[FloatArray, FloatArray]
LIBRARY_EXACT = 1e5  # cells up to which the library turns a Beta distribution round to the last digits


def clopper_pearson(k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95) -> Limits:
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


def wilson(k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Score limits: the fractions whose own normal approximation does not refuse k of n.

    References
    ----------
    Wilson (1927) J Am Stat Assoc 22:209-212, doi:10.1080/01621459.1927.10502953.
    """
    k, n = counts(k, n)
    z = ndtri((1 + confidence) / 2)
    return _score_lower(k, n, z), _score_upper(k, n, z)


def wilson_continuity(k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Score limits from half a cell less and half a cell more than were marked.

    The correction is always a half; programs that test a null of 1/2 shrink it where k is near n / 2.

    References
    ----------
    Newcombe (1998) Stat Med 17:857-872, method 4.
    """
    k, n = counts(k, n)
    z = ndtri((1 + confidence) / 2)
    lower = _score_lower(np.maximum(k - 0.5, 0.0), n, z)
    upper = _score_upper(np.minimum(k + 0.5, n), n, z)
    return np.where(k == 0, 0.0, lower), np.where(k == n, 1.0, upper)


def agresti_coull(
    k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95, clipped: bool = True
) -> Limits:
    """Normal limits around the centre of the Wilson interval; unclipped they may leave [0, 1].

    References
    ----------
    Agresti & Coull (1998) Am Stat 52:119-126, doi:10.1080/00031305.1998.10480550.
    """
    k, n = counts(k, n)
    z = ndtri((1 + confidence) / 2)
    more = n + z**2
    centre = (k + z**2 / 2) / more
    half = z * np.sqrt(centre * (1 - centre) / more)
    lower, upper = np.asarray(centre - half), np.asarray(centre + half)
    return (np.maximum(lower, 0.0), np.minimum(upper, 1.0)) if clipped else (lower, upper)


def jeffreys(
    k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95, adjusted: bool = False
) -> Limits:
    """Equal-tailed limits of the Beta(k + 1/2, n - k + 1/2) posterior.

    Parameters
    ----------
    k, n, confidence
        As for `clopper_pearson`.
    adjusted : bool, default False
        Whether the lower limit is 0 at k = 0 and the upper one 1 at k = n.

    References
    ----------
    Brown, Cai & DasGupta (2001) Stat Sci 16:101-133, doi:10.1214/ss/1009213286.
    """
    k, n = counts(k, n)
    lower, upper = _beta_limits(k + 0.5, n - k + 0.5, confidence)
    return (np.where(k == 0, 0.0, lower), np.where(k == n, 1.0, upper)) if adjusted else (lower, upper)


def uniform_prior(k: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95) -> Limits:
    """Equal-tailed limits of the Beta(k + 1, n - k + 1) posterior: every fraction alike beforehand."""
    k, n = counts(k, n)
    return _beta_limits(k + 1, n - k + 1, confidence)


def counts(k: npt.ArrayLike, n: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return marked and counted as floats of one shape, having looked that they can be counts."""
    marked, counted = np.broadcast_arrays(np.asarray(k, float), np.asarray(n, float))
    assert np.all((marked >= 0) & (marked <= counted) & (counted > 0)), "needs 0 <= k <= n and n > 0"
    return marked, counted


def _score_lower(k: FloatArray, n: FloatArray, z: float) -> FloatArray:
    # The two roots multiply to k^2 / (n (n + z^2)): so the small one keeps its digits.
    return np.asarray(k * k / (n * (k + z**2 / 2 + z * np.sqrt(k * (n - k) / n + z**2 / 4))))


def _score_upper(k: FloatArray, n: FloatArray, z: float) -> FloatArray:
    upper = (k + z**2 / 2 + z * np.sqrt(k * (n - k) / n + z**2 / 4)) / (n + z**2)
    # At k = n the terms make 1 on paper and 1e-16 less in floating point.
    return np.where(k == n, 1.0, upper)


def _beta_limits(a: FloatArray, b: FloatArray, confidence: float) -> Limits:
    tail = (1 - confidence) / 2
    # Each limit from its own tail: a small fraction and a small tail both keep their digits.
    return _once(betaincinv, a, b, tail), _once(betainccinv, a, b, tail)


def _lower(k: npt.ArrayLike, n: npt.ArrayLike, tail: float) -> FloatArray:
    k, n = counts(k, n)
    return np.where(k == 0, 0.0, _once(betaincinv, np.where(k == 0, 1.0, k), n - k + 1, tail))


def _upper(k: npt.ArrayLike, n: npt.ArrayLike, tail: float) -> FloatArray:
    k, n = counts(k, n)
    return np.where(k == n, 1.0, _once(betainccinv, k + 1, np.where(k == n, 1.0, n - k), tail))


def _once(inverse: Callable[..., FloatArray], a: FloatArray, b: FloatArray, tail: float) -> FloatArray:
    """Turn a Beta distribution function round; of many counts most repeat, and each is solved once."""
    if a.size < 1000 or max(a.max(), b.max()) >= 2**24:
        return _polished(inverse, a, b, tail)
    # Halves of whole numbers below 2^24: one float holds both exactly, and sorts fast.
    _, first, place = np.unique(a * 2.0**26 + b, return_index=True, return_inverse=True)
    alone = _polished(inverse, a.ravel()[first], b.ravel()[first], tail)
    return np.asarray(alone[place.reshape(a.shape)])


def _polished(inverse: Callable[..., FloatArray], a: FloatArray, b: FloatArray, tail: float) -> FloatArray:
    """One Newton step where the library's inverse stops early: it keeps 8 digits at 1e9 cells."""
    x = np.asarray(inverse(a, b, tail))
    if np.all(a + b < LIBRARY_EXACT):
        return x
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.exp((a - 1) * np.log(x) + (b - 1) * np.log1p(-x) - betaln(a, b))
        missed = betainc(a, b, x) - tail if inverse is betaincinv else tail - betaincc(a, b, x)
        step = missed / density
    near = (a + b >= LIBRARY_EXACT) & (np.abs(step) < 1e-3 * np.minimum(x, 1 - x))
    return np.where(near, x - np.where(near, step, 0.0), x)
