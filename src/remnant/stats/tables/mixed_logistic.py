"""Logistic mixed model: a common log odds ratio between two compartments, a random intercept for each patient.

For a given spread sigma the marginal likelihood is log-concave in intercept and log odds ratio, so the spreads of
a grid are climbed side by side and the best of them starts the last climb, in log sigma. A spread of 0 is an
answer of its own, not a failure. A random slope is not offered: on few patients its fit is singular.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.mixed_likelihood import PairedCounts, marginal
from remnant.stats.tables.profile import profile_limit
from remnant.stats.tables.strata import Separation, Strata

SPREADS = np.array([0.03, 0.1, 0.25, 0.5, 0.8, 1.2, 1.8, 2.7, 4.0, 6.0, 10.0])
ROUNDS, CLOSE, LONGEST = 100, 1e-10, 1.5
LEAST_SPREAD = 1e-5  # below, the likelihood is that of no spread to all digits


@dataclass(frozen=True)
class MixedLogistic:
    """Maximum likelihood of the mixed model.

    Parameters
    ----------
    intercept, log_odds, sd_patient : float
        Log odds of the second compartment in the middle patient, log odds ratio of the first against it, and
        standard deviation of the patients' intercepts.
    error : float
        Standard error of `log_odds`, from the observed information in all parameters.
    log_likelihood : float
        With all constants.
    lower, upper : float
        Profile-likelihood limits of `log_odds`; infinite where the likelihood does not fall far enough.
    chi_square, p : float
        Likelihood-ratio test of a log odds ratio of 0, 1 degree of freedom.
    boundary : bool
        Whether the spread that fits best is 0.
    converged : bool
        Whether every climb behind these numbers ended at a maximum.
    """

    intercept: float
    log_odds: float
    error: float
    sd_patient: float
    log_likelihood: float
    lower: float
    upper: float
    chi_square: float
    p: float
    boundary: bool
    converged: bool


def mixed_logistic(tables: Strata, *, confidence: float = 0.95) -> MixedLogistic | None:
    """Fit by maximum likelihood, adaptive Gauss-Hermite quadrature with 25 nodes.

    Parameters
    ----------
    tables : Strata
        From `strata`; a patient with one compartment alone still tells of the spread.
    confidence : float, default 0.95
        Coverage of the limits, in (0, 1).

    Returns
    -------
    MixedLogistic or None
        None where there are fewer than two patients, or where `mixed_separation` finds no finite estimate.

    References
    ----------
    Pinheiro & Bates (1995) J Comput Graph Stat 4:12-35.
    """
    some = tables.only(tables.total > 0)
    if len(some.k1) < 2 or mixed_separation(some) is not Separation.NONE:
        return None
    counts = PairedCounts.of(some)
    best = _maximum(counts)
    error = _error(best)
    null = _maximum(counts, log_odds=0.0)
    climbs = [best, null]

    def profile(value: float) -> tuple[float, float]:
        climbs.append(_nearby(counts, climbs[-1], value))
        return climbs[-1].value, climbs[-1].slope

    limits = []
    for side in (-1, 1):
        climbs.append(best)
        peak = best.value, error
        limits.append(
            profile_limit(profile, float(best.theta[1]), *peak, side=side, confidence=confidence)
        )
    chi_square = max(2 * (best.value - null.value), 0.0)
    intercept, log_odds, spread = (float(x) for x in best.theta)
    return MixedLogistic(
        intercept,
        log_odds,
        error,
        spread,
        best.value,
        *limits,
        chi_square,
        float(chdtrc(1, chi_square)),
        boundary=spread == 0,
        converged=all(climb.converged for climb in climbs),
    )


def mixed_separation(tables: Strata) -> Separation:
    """Whether the mixed model has a finite best log odds ratio; patients are free only within their spread.

    It has none where one compartment is all normal, or all abnormal, in every patient; nor where every
    compartment of every patient is all normal or all abnormal and none of the patients goes against the others.
    """
    abnormal, normal, second, second_normal = tables.cells
    scored = [n.sum() > 0 for n in (tables.n1, tables.n2)]
    total = tables.column.sum()
    if not all(scored) or total in (0, tables.total.sum()):
        return Separation.NOTHING_TO_COMPARE
    if second.sum() == 0 or normal.sum() == 0:
        return Separation.TO_INFINITY
    if abnormal.sum() == 0 or second_normal.sum() == 0:
        return Separation.TO_MINUS_INFINITY
    if ((abnormal * normal > 0) | (second * second_normal > 0)).any():
        return Separation.NONE
    up, down = (abnormal * second_normal > 0).any(), (normal * second > 0).any()
    if up and down:
        return Separation.NONE
    if not up and not down:
        return Separation.NOTHING_TO_COMPARE
    return Separation.TO_INFINITY if up else Separation.TO_MINUS_INFINITY


@dataclass(frozen=True)
class _Climb:
    """Where a climb ended: mu, beta and sigma, with value and derivatives there."""

    theta: FloatArray
    value: float
    slope: float  # in the log odds ratio
    hessian: FloatArray
    converged: bool


def _maximum(counts: PairedCounts, log_odds: float | None = None) -> _Climb:
    """The highest point over all parameters, or over all but a given log odds ratio."""
    start = _start(counts, log_odds)
    free = [0] if log_odds is not None else [0, 1]
    level = _climb(counts, np.append(start, 0.0), free)
    ridge = _ridge(counts, start, free)
    return _higher(level, _climb(counts, ridge, [*free, 2]))


def _nearby(counts: PairedCounts, last: _Climb, log_odds: float) -> _Climb:
    """The highest point for a log odds ratio close to one that was climbed."""
    mu, beta, sigma = last.theta
    # The fitted total stays about the same.
    moved = np.array([mu - (log_odds - beta) / 2, log_odds, sigma or 0.3])
    level = _climb(counts, np.array([moved[0], log_odds, 0.0]), [0])
    return _higher(level, _climb(counts, moved, [0, 2]))


def _higher(level: _Climb, inside: _Climb) -> _Climb:
    """The better of no spread and some; of two equal ones, no spread."""
    gained = inside.value > level.value + 1e-11 * max(1.0, abs(level.value))
    return inside if gained and inside.theta[2] > LEAST_SPREAD else level


def _start(counts: PairedCounts, log_odds: float | None) -> FloatArray:
    """Pooled log odds of each compartment, half a nucleus added."""
    k, n = counts.k.sum(axis=0) + 0.5, counts.n.sum(axis=0) + 1.0
    first, second = np.log(k / (n - k))
    return np.array([second, first - second]) if log_odds is None else np.array([second, log_odds])


def _ridge(counts: PairedCounts, start: FloatArray, free: list[int]) -> FloatArray:
    """Climb every spread of the grid a few rounds, side by side, and return the best."""
    theta = np.column_stack([np.tile(start, (len(SPREADS), 1)), SPREADS])
    best = theta[0], -np.inf
    for _ in range(6):
        found = marginal(counts, theta)
        top = int(np.argmax(found.value))
        best = (theta[top].copy(), found.value[top]) if found.value[top] > best[1] else best
        hessian = found.hessian[:, free][:, :, free]
        step = np.linalg.solve(-hessian, found.gradient[:, free, None])[..., 0]
        theta[:, free] += np.clip(step, -LONGEST, LONGEST)
    return best[0]


def _climb(counts: PairedCounts, theta: FloatArray, free: list[int]) -> _Climb:
    """Newton in the free ones of mu, beta and log sigma, uphill where the surface is not yet concave."""
    here, converged = marginal(counts, theta), False
    for _ in range(ROUNDS):
        scale = np.array([1.0, 1.0, theta[2]])
        gradient, hessian = here.gradient * scale, here.hessian * np.outer(scale, scale)
        hessian[2, 2] += gradient[2]
        height, axes = np.linalg.eigh(hessian[np.ix_(free, free)])
        step = axes @ ((axes.T @ gradient[free]) / np.maximum(np.abs(height), 1e-10))
        step /= max(1.0, np.abs(step).max() / LONGEST)
        converged = bool(np.abs(step).max() < CLOSE and height.max() < 0)
        vanished = 2 in free and theta[2] < LEAST_SPREAD
        if converged or vanished:
            return _Climb(theta, float(here.value), float(here.gradient[1]), here.hessian, True)
        there = _moved(theta, free, step)
        following = marginal(counts, there)
        while following.value < here.value - 1e-12 * abs(here.value) and np.abs(step).max() > CLOSE:
            step /= 4
            there = _moved(theta, free, step)
            following = marginal(counts, there)
        theta, here = there, following
    return _Climb(theta, float(here.value), float(here.gradient[1]), here.hessian, converged)


def _moved(theta: FloatArray, free: list[int], step: FloatArray) -> FloatArray:
    there = theta.copy()
    for place, size in zip(free, step, strict=True):
        there[place] = there[place] * np.exp(size) if place == 2 else there[place] + size
    return there


def _error(best: _Climb) -> float:
    """Standard error of the log odds ratio; at a spread of 0 the spread is not free."""
    free = slice(0, 2) if best.theta[2] == 0 else slice(0, 3)
    return float(np.sqrt(np.linalg.inv(-best.hessian[free, free])[1, 1]))
