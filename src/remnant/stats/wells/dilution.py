"""Single-hit Poisson model of limiting dilution: P(a well stays negative) = exp(-f d).

Everything is solved in log f. On f itself an absolute stop ends far from the answer when units are rare.
With h = f d, s the positive and r the negative wells of a dose,

    log L = sum s log(1 - exp(-h)) - r h        is concave in log f, so it has one maximum,
    d log L / d log f = sum s h / (exp(h) - 1) - r h,
    expected information in log f = sum n h^2 / (exp(h) - 1).

Arrays have the doses on the last axis; leading axes are plates, estimated all at once.

References
----------
Hu & Smyth (2009) J Immunol Methods 347:70-78, doi:10.1016/j.jim.2009.06.008.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root


def log_likelihood(
    frequency: FloatArray, dose: FloatArray, tested: FloatArray, positive: FloatArray
) -> FloatArray:
    """Log-likelihood of `frequency` (per cell, shape of a plate axis), up to a constant."""
    hits = np.asarray(frequency)[..., None] * dose
    with np.errstate(divide="ignore"):
        return np.asarray(np.sum(xlogy(positive, -np.expm1(-hits)) - (tested - positive) * hits, axis=-1))


def score(frequency: FloatArray, dose: FloatArray, tested: FloatArray, positive: FloatArray) -> FloatArray:
    """Slope of `log_likelihood` in log(frequency). It only falls, so it has at most one root."""
    hits = np.asarray(frequency)[..., None] * dose
    return np.asarray(np.sum(positive * per_hit(hits) - (tested - positive) * hits, axis=-1))


def information(frequency: FloatArray, dose: FloatArray, tested: FloatArray) -> FloatArray:
    """Expected curvature of `log_likelihood` in log(frequency)."""
    hits = np.asarray(frequency)[..., None] * dose
    return np.asarray(np.sum(tested * hits * per_hit(hits), axis=-1))


def maximum_likelihood(dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike) -> FloatArray:
    """Most likely frequency of each plate.

    Parameters
    ----------
    dose : array-like, shape (..., doses)
        Cells per well, > 0.
    tested, positive : array-like, shape (..., doses)
        Wells scored, and those of them with a colony.

    Returns
    -------
    ndarray, shape (...)
        Per cell plated; 0 where no well is positive and infinite where all are.
    """
    d, n, s = plate(dose, tested, positive)
    r = n - s
    hits, misses = s.sum(-1), (r * d).sum(-1)
    some = (hits > 0) & (misses > 0)
    # 1 - h/2 <= h/(exp(h) - 1) <= 1 bounds the score from both sides, hence its root.
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.log(np.where(some, hits / (n * d).sum(-1), 1.0))
        high = np.log(np.where(some, hits / misses, 1.0))

    def slope(log_frequency: FloatArray) -> tuple[FloatArray, FloatArray]:
        h = np.exp(log_frequency)[..., None] * d
        each = per_hit(h)
        curvature = np.sum(s * each * (1 - h - each) - r * h, axis=-1)
        return np.sum(s * each - r * h, axis=-1), curvature

    best = np.exp(falling_root(slope, low, high))
    return np.where(some, best, np.where(hits > 0, np.inf, 0.0))


def per_hit(hits: FloatArray) -> FloatArray:
    """H / (exp(h) - 1), which is 1 at 0 and vanishes for large h."""
    safe = np.where(hits > 0, np.minimum(hits, 700.0), 1.0)  # exp overflows beyond 709
    return np.where(hits > 0, safe / np.expm1(safe), 1.0)


def by_dose(dose: FloatArray, *wells: FloatArray) -> tuple[FloatArray, ...]:
    """Return the doses that differ, from the lowest up, and the wells of each kind summed over each dose."""
    levels, where = np.unique(dose, return_inverse=True)
    return levels, *(np.bincount(where, kind, len(levels)).astype(float) for kind in wells)


def plate(
    dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Dose, wells tested and wells positive as arrays of one shape, their contract checked."""
    d, n, s = np.broadcast_arrays(
        np.asarray(dose, float), np.asarray(tested, float), np.asarray(positive, float)
    )
    assert np.all((s >= 0) & (s <= n)), "positive wells are among the wells tested"
    assert np.all(d >= 0), "doses are not negative"
    assert np.all((s == 0) | (d > 0)), "a well without cells cannot hold a unit"
    return d, n, s
