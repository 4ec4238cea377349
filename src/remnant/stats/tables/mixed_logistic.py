"""Logistic mixed model: a common log odds ratio of two compartments, a random intercept for each patient.

For a given spread sigma the marginal likelihood is log-concave in intercept and log odds ratio, so the
spreads of a grid are climbed side by side and the best of them starts the last climb, in log sigma. A spread
of 0 is an answer of its own, not a failure. A random slope is not offered: on few patients its fit is
singular.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.special import chdtrc, xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.fixed_patient import fitted_cells
from remnant.stats.tables.mixed_likelihood import PairedCounts, marginal
from remnant.stats.tables.profile import profile_limit
from remnant.stats.tables.strata import Separation, Strata, strata

SPREADS = np.array([0.03, 0.1, 0.3, 0.7, 1.2, 2.0, 3.5, 6.0, 10.0])
ROUNDS, PLAIN, LONGEST = (
    60,
    8,
    1.5,
)  # after the plain rounds the quadrature's own curvature is worth its price
CLOSE, NEAR = 1e-9, 1e-6  # a step this short: for estimates, and for heights, which err by its square
MANY = 125  # nodes that stand for the integral itself
SLIGHT = 1e-9  # curvature lent to a plain without any
FLATTER = 0.346  # (16 sqrt(3) / 15 pi)^2, Zeger, Liang & Albert (1988)
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
    quadrature_error : float
        By how much 25 nodes miss the log-likelihood at the estimate; more than some hundredths where patients
        differ so widely that the model itself is a poor guide.
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
    quadrature_error: float


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
    error = _error(counts, best)
    null = _maximum(counts, log_odds=0.0)
    climbs = [best, null]

    def profile(value: float) -> tuple[float, float]:
        climbs.append(_nearby(counts, climbs[-1], value))
        return climbs[-1].value, climbs[-1].slope

    def limit(side: int) -> float:
        climbs.append(best)
        estimate = float(best.theta[1])
        return profile_limit(profile, estimate, best.value, error, side=side, confidence=confidence)

    lower, upper = limit(-1), limit(1)
    chi_square = max(2 * (best.value - null.value), 0.0)
    intercept, log_odds, spread = (float(x) for x in best.theta)
    return MixedLogistic(
        intercept=intercept,
        log_odds=log_odds,
        error=error,
        sd_patient=spread,
        log_likelihood=best.value,
        lower=lower,
        upper=upper,
        chi_square=chi_square,
        p=float(chdtrc(1, chi_square)),
        boundary=spread == 0,
        converged=error < inf and all(climb.converged for climb in climbs),
        quadrature_error=best.value - float(marginal(counts, best.theta, nodes=MANY).value),
    )


def mixed_separation(tables: Strata) -> Separation:
    """Whether the mixed model has a finite best log odds ratio; patients are free only within their spread.

    It has none where one compartment is all normal, or all abnormal, in every patient; nor where every
    compartment of every patient is all normal or all abnormal and no two patients go opposite ways.
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
    level, _ = _level(counts, log_odds)
    free = [0] if log_odds is not None else [0, 1]
    theta, mode = _ridge(counts, level.theta, free)
    return _higher(level, _climb(counts, theta, [*free, 2], CLOSE, mode))


def _nearby(counts: PairedCounts, last: _Climb, log_odds: float) -> _Climb:
    """The highest point for a log odds ratio close to one that was climbed."""
    level, spreading = _level(counts, log_odds)
    if last.theta[2] == 0 and spreading <= 0:
        return level
    theta = np.array([level.theta[0], log_odds, 0.3])
    if last.theta[2] > 0:
        # Where mu and sigma go as the log odds ratio moves.
        h = last.hessian
        bend = h[np.ix_([0, 2], [0, 2])] - SLIGHT * np.eye(2)
        drift = -np.linalg.solve(bend, h[[0, 2], 1]) * (log_odds - last.theta[1])
        theta[[0, 2]] = (
            last.theta[0] + drift[0],
            last.theta[2] * np.exp(np.clip(drift[1] / last.theta[2], -1, 1)),
        )
    return _higher(level, _climb(counts, theta, [0, 2], NEAR))


def _higher(level: _Climb, inside: _Climb) -> _Climb:
    """The better of no spread and some; of two equal ones, no spread."""
    gained = inside.value > level.value + 1e-11 * max(1.0, abs(level.value))
    return inside if gained and inside.theta[2] > LEAST_SPREAD else level


def _level(counts: PairedCounts, log_odds: float | None) -> tuple[_Climb, float]:
    """The highest point without spread, in closed form, and the slope there in the variance of patients."""
    (k1, k2), (n1, n2) = counts.k.sum(axis=0), counts.n.sum(axis=0)
    cells = np.array([k1, n1 - k1, k2, n2 - k2])
    if log_odds is not None:
        cells = fitted_cells(float(np.exp(log_odds)), strata(k1, n1, k2, n2))[:, 0]
    mu = float(np.log(cells[2] / cells[3]))
    beta = float(np.log(cells[0] / cells[1])) - mu if log_odds is None else log_odds
    p = cells[[0, 2]] / cells.reshape(2, 2).sum(axis=1)
    value = float(xlogy(counts.k, p).sum() + xlogy(counts.n - counts.k, 1 - p).sum()) + counts.constant
    weight = counts.n * p * (1 - p)
    own, both = weight[:, 0].sum(), weight.sum()
    hessian = -np.array([[both, own, 0.0], [own, own, 0.0], [0.0, 0.0, 0.0]])
    spreading = float(((counts.k - counts.n * p).sum(axis=1) ** 2).sum() - both) / 2
    return _Climb(np.array([mu, beta, 0.0]), value, float(k1 - cells[0]), hessian, True), spreading


def _ridge(counts: PairedCounts, level: FloatArray, free: list[int]) -> tuple[FloatArray, FloatArray]:
    """Climb every spread of the grid a little, side by side; return the best, and its modes."""
    theta = np.column_stack([np.tile(level[:2], (len(SPREADS), 1)), SPREADS])
    # A curve averaged over patients is flatter than each patient's.
    theta[:, free] *= np.sqrt(1 + FLATTER * SPREADS[:, None] ** 2)
    found = marginal(counts, theta)
    for _ in range(2):
        bend = SLIGHT * np.eye(len(free)) - found.hessian[:, free][:, :, free]
        step = np.linalg.solve(bend, found.gradient[:, free, None])[..., 0]
        theta[:, free] += np.clip(step, -LONGEST, LONGEST)
        found = marginal(counts, theta, found.mode)
    top = int(np.argmax(found.value))
    return theta[top], found.mode[top]


def _climb(
    counts: PairedCounts, theta: FloatArray, free: list[int], close: float, mode: FloatArray | None = None
) -> _Climb:
    """Newton in the free ones of mu, beta and log sigma, uphill where the surface is not yet concave."""
    here, converged = marginal(counts, theta, mode), False
    for number in range(ROUNDS):
        scale = np.array([1.0, 1.0, theta[2]])
        bend = here.hessian if number < PLAIN else _differenced(counts, theta)
        gradient, hessian = here.gradient * scale, bend * np.outer(scale, scale)
        hessian[2, 2] += gradient[2]
        height, axes = np.linalg.eigh(hessian[np.ix_(free, free)])
        step = axes @ ((axes.T @ gradient[free]) / np.maximum(np.abs(height), 1e-10))
        longest = float(np.abs(step).max())
        step /= max(1.0, longest / LONGEST)
        converged = bool(longest < close and height.max() < 0)
        if converged or theta[2] < LEAST_SPREAD:
            return _Climb(theta, float(here.value), float(here.gradient[1]), here.hessian, True)
        there = _moved(theta, free, step)
        following = marginal(counts, there, here.mode)
        while following.value < here.value - 1e-12 * abs(here.value) and np.abs(step).max() > CLOSE:
            step /= 4
            there = _moved(theta, free, step)
            following = marginal(counts, there, here.mode)
        theta, here = there, following
    return _Climb(theta, float(here.value), float(here.gradient[1]), here.hessian, converged)


def _moved(theta: FloatArray, free: list[int], step: FloatArray) -> FloatArray:
    there = theta.copy()
    for place, size in zip(free, step, strict=True):
        there[place] = there[place] * np.exp(size) if place == 2 else there[place] + size
    return there


def _differenced(counts: PairedCounts, theta: FloatArray) -> FloatArray:
    """Hessian of the quadrature as it stands: its slopes are exact, so differences will do."""
    apart = float(np.minimum(1e-4, theta[2] / 10))
    slopes = marginal(counts, theta + apart * np.concatenate([np.eye(3), -np.eye(3)])).gradient
    hessian = (slopes[:3] - slopes[3:]) / (2 * apart)
    return np.asarray((hessian + hessian.T) / 2)


def _error(counts: PairedCounts, best: _Climb) -> float:
    """Standard error of the log odds ratio; at a spread of 0 the spread is not free."""
    information = -(best.hessian[:2, :2] if best.theta[2] == 0 else _differenced(counts, best.theta))
    if np.linalg.eigvalsh(information)[0] <= 0:
        return inf  # no hill: the climb says that it did not converge
    return float(np.sqrt(np.linalg.inv(information)[1, 1]))
