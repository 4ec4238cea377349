"""Limits of a limiting-dilution frequency: Wald, profile likelihood, score, and one-sided where wells agree.

With theta = log f, U the score and I the expected information in theta, at confidence 1 - alpha:

    Wald      theta_hat +- z / sqrt(I(theta_hat))
    profile   2 (l(theta_hat) - l(theta)) = chi-square(1) quantile
    score     U(theta)^2 / I(theta) = chi-square(1) quantile
    no well positive     exp(-f sum n d) = alpha
    every well positive  prod (1 - exp(-f d))^n = alpha

The first three need wells that disagree. The last two are one-sided, at the whole confidence.

References
----------
Hu & Smyth (2009) J Immunol Methods 347:70-78, doi:10.1016/j.jim.2009.06.008.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, ndtri

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root
from remnant.stats.wells.dilution import information, log_likelihood, per_hit, plate, score

SIDES = np.array([-1.0, 1.0])
ROUNDING = 1e-14  # of a log-likelihood: the last step towards a limit cannot be followed further


def wald_limits(
    frequency: npt.ArrayLike, dose: npt.ArrayLike, tested: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Limits from the expected information in log frequency.

    Parameters
    ----------
    frequency : array-like, shape (...)
        Maximum-likelihood rate per cell, inside (0, inf).
    dose, tested : array-like, shape (..., doses)
        Cells per well and wells scored.
    confidence : float, default 0.95
        Coverage, in (0, 1).

    Returns
    -------
    lower, upper : ndarray, shape (...)
        Rates per cell.
    """
    best = np.asarray(frequency, float)
    d, n, _ = plate(dose, tested, np.zeros_like(np.asarray(tested, float)))
    margin = ndtri((1 + confidence) / 2) / np.sqrt(information(best, d, n))
    return np.asarray(best * np.exp(-margin)), np.asarray(best * np.exp(margin))


def profile_limits(
    frequency: npt.ArrayLike,
    dose: npt.ArrayLike,
    tested: npt.ArrayLike,
    positive: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Frequencies at which twice the fall of the log-likelihood from its maximum reaches chi-square.

    `frequency` is the maximum, inside (0, inf); unlike Wald limits these follow the skew of sparse plates.
    """
    d, n, s = (x[..., None, :] for x in plate(dose, tested, positive))
    best = np.asarray(frequency, float)[..., None]
    floor = log_likelihood(best, d, n, s) - chdtri(1, 1 - confidence) / 2

    def above(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        hits = np.exp(theta)[..., None] * d
        more = np.expm1(np.minimum(hits, 700.0))  # exp overflows beyond 709
        lost = (n - s) * hits
        # log(1 - exp(-h)) = log(expm1(h)) - h, which is 0 to the last digit where h is large
        with np.errstate(divide="ignore", invalid="ignore"):
            gained = np.where(s > 0, s * (np.log(more) - np.minimum(hits, 700.0)), 0.0)
            rise = np.where(s > 0, s * (hits / more), 0.0)
        return (gained - lost).sum(-1) - floor, (rise - lost).sum(-1)

    start = ndtri((1 + confidence) / 2) / np.sqrt(information(best, d, n))
    found = np.exp(_outward(above, np.log(best), start))
    return found[..., 0], found[..., 1]


def score_limits(
    frequency: npt.ArrayLike,
    dose: npt.ArrayLike,
    tested: npt.ArrayLike,
    positive: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Frequencies at which the efficient score, over its standard error, reaches the normal quantile.

    `frequency` is the maximum, inside (0, inf).
    """
    d, n, s = (x[..., None, :] for x in plate(dose, tested, positive))
    best = np.asarray(frequency, float)[..., None]
    z = ndtri((1 + confidence) / 2)

    def above(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        hits = np.exp(theta)[..., None] * d
        each = per_hit(hits)
        slope = np.sum(s * each - (n - s) * hits, axis=-1)
        bend = np.sum(s * each * (1 - hits - each) - (n - s) * hits, axis=-1)
        known = np.maximum(np.sum(n * hits * each, axis=-1), 1e-300)
        change = np.sum(n * hits * each * (2 - hits - each), axis=-1)
        standard = slope / np.sqrt(known)
        return z - np.abs(standard), -np.sign(standard) * (bend - slope * change / (2 * known)) / np.sqrt(
            known
        )

    start = z / np.sqrt(information(best, d, n))
    found = np.exp(_outward(above, np.log(best), start))
    return found[..., 0], found[..., 1]


def upper_when_all_negative(
    dose: npt.ArrayLike, tested: npt.ArrayLike, *, confidence: float = 0.95
) -> FloatArray:
    """One-sided upper limit of a plate without a positive well: 3.0 over all cells plated, at 95 %."""
    d, n, _ = plate(dose, tested, np.zeros_like(np.asarray(tested, float)))
    return np.asarray(-np.log1p(-confidence) / (n * d).sum(-1))


def lower_when_all_positive(
    dose: npt.ArrayLike, tested: npt.ArrayLike, *, confidence: float = 0.95
) -> FloatArray:
    """One-sided lower limit of a plate whose wells are all positive."""
    d, n, _ = plate(dose, tested, np.zeros_like(np.asarray(tested, float)))
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

    Estimates, bias aside, and every kind of limit carry over; Wald limits are then on log(-log(1 - f)).
    """
    return np.asarray(-np.expm1(-np.asarray(rate, float)))


def _outward(
    above: Callable[[FloatArray], tuple[FloatArray, FloatArray]], best: FloatArray, step: FloatArray
) -> FloatArray:
    """Where `above` falls to zero below and above `best`, shape (..., 2), looking `step` away at first."""
    first = np.broadcast_to(np.clip(step, 1e-6, 4.0), (*best.shape[:-1], 2))
    step = 2.5 * first
    while np.any(inside := above(best + SIDES * step)[0] > 0):
        step = np.where(inside, 2 * step, step)

    def along(distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, slope = above(best + SIDES * distance)
        return value, SIDES * slope

    found = falling_root(along, np.zeros_like(step), step, start=first, tolerance=ROUNDING)
    return np.asarray(best + SIDES * found)
