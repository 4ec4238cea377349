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
from scipy.special import chdtri, ndtri, xlogy

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
    d, n, s = _plate(dose, tested, positive)
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


def wald_limits(
    frequency: FloatArray, dose: npt.ArrayLike, tested: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Limits on log(frequency) from the expected information; only where some wells differ."""
    d, n, _ = _plate(dose, tested, np.zeros_like(np.asarray(tested, float)))
    margin = ndtri((1 + confidence) / 2) / np.sqrt(information(frequency, d, n))
    return np.asarray(frequency * np.exp(-margin)), np.asarray(frequency * np.exp(margin))


def profile_limits(
    frequency: FloatArray,
    dose: npt.ArrayLike,
    tested: npt.ArrayLike,
    positive: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Frequencies at which twice the fall of the log-likelihood from its maximum reaches chi-square.

    `frequency` is the maximum, inside (0, inf); unlike Wald limits these follow the skew of sparse plates.
    """
    d, n, s = _plate(dose, tested, positive)
    best = np.asarray(frequency, float)
    floor = log_likelihood(best, d, n, s) - chdtri(1, 1 - confidence) / 2
    theta = np.log(best)
    return np.exp(_crossing(theta, -1, floor, d, n, s)), np.exp(_crossing(theta, +1, floor, d, n, s))


def upper_when_all_negative(
    dose: npt.ArrayLike, tested: npt.ArrayLike, *, confidence: float = 0.95
) -> FloatArray:
    """One-sided upper limit of a plate without a positive well: 3.0 over all cells plated, at 95 %."""
    d, n, _ = _plate(dose, tested, np.zeros_like(np.asarray(tested, float)))
    return np.asarray(-np.log1p(-confidence) / (n * d).sum(-1))


def lower_when_all_positive(
    dose: npt.ArrayLike, tested: npt.ArrayLike, *, confidence: float = 0.95
) -> FloatArray:
    """One-sided lower limit of a plate whose wells are all positive.

    It solves sum n log(1 - exp(-f d)) = log(1 - confidence).
    """
    d, n, _ = _plate(dose, tested, np.zeros_like(np.asarray(tested, float)))
    floor = np.full(d.shape[:-1], np.log1p(-confidence))
    theta = -np.log(np.where(n > 0, d, 0.0).max(-1))
    # The log-likelihood rises from -inf to 0; start where it is below the floor and walk up to it.
    while np.any(above := log_likelihood(np.exp(theta), d, n, n) > floor):
        theta = np.where(above, theta - 2, theta)
    high = theta.copy()
    while np.any(below := log_likelihood(np.exp(high), d, n, n) < floor):
        high = np.where(below, high + 2, high)

    def shortfall(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        f = np.exp(x)
        return floor - log_likelihood(f, d, n, n), -score(f, d, n, n)

    return np.asarray(np.exp(falling_root(shortfall, theta, high)))


def exact_cells(rate: npt.ArrayLike) -> FloatArray:
    """Carry a Poisson rate to wells that hold exactly d cells: (1 - f)^d = exp(-rate d).

    Estimates, profile limits and one-sided limits all carry over; Wald limits on log f do not.
    """
    return np.asarray(-np.expm1(-np.asarray(rate, float)))


def _crossing(
    best: FloatArray, side: int, floor: FloatArray, d: FloatArray, n: FloatArray, s: FloatArray
) -> FloatArray:
    """Where the log-likelihood falls to `floor`, on one side of its maximum, in log f."""
    step = np.ones_like(best)
    while np.any(inside := log_likelihood(np.exp(best + side * step), d, n, s) > floor):
        step = np.where(inside, 2 * step, step)

    def above(distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        f = np.exp(best + side * distance)
        return log_likelihood(f, d, n, s) - floor, side * score(f, d, n, s)

    return best + side * falling_root(above, np.zeros_like(best), step)


def per_hit(hits: FloatArray) -> FloatArray:
    """H / (exp(h) - 1), which is 1 at 0 and vanishes for large h."""
    safe = np.where(hits > 0, np.minimum(hits, 700.0), 1.0)  # exp overflows beyond 709
    return np.where(hits > 0, safe / np.expm1(safe), 1.0)


def _plate(
    dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    d, n, s = np.broadcast_arrays(
        np.asarray(dose, float), np.asarray(tested, float), np.asarray(positive, float)
    )
    assert np.all((s >= 0) & (s <= n)), "positive wells are among the wells tested"
    assert np.all(d >= 0), "doses are not negative"
    assert np.all((s == 0) | (d > 0)), "a well without cells cannot hold a unit"
    return d, n, s
