"""Forecasts that know no mechanism: what a clinic could say of a clone fraction without a model.

The last value stays for ever; the odds of the clone go on along two exponentials; patients like this one
relapsed so often. Each gives draws or chances that are scored as the model's are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, gammaln, log_expit

from remnant.stats.survival.kaplan_meier import kaplan_meier

FloatArray = npt.NDArray[np.float64]
DAYS_PER_MONTH = 30.4375
# Of log odds before treatment of what falls, log of its fall per month, log odds of what stays, its slope per
# month: wide enough for any clone fraction, choices.
CENTRE = np.array([2.0, np.log(0.5), -3.0, 0.0])
WIDTH = np.array([2.0, 1.0, 2.5, 0.15])
PROPOSALS, HEAVY = 2000, 5.0  # draws before they are weighted; degrees of freedom of their tails


@dataclass(frozen=True)
class Series:
    """One compartment of one patient over time.

    Parameters
    ----------
    days : ndarray, shape (visits,)
        Days since the start of treatment.
    abnormal, counted : ndarray, shape (visits,)
        Cells that carry the clone, of those counted.
    """

    days: FloatArray
    abnormal: FloatArray
    counted: FloatArray


def last_value(series: Series, days: npt.ArrayLike, *, draws: int, rng: np.random.Generator) -> FloatArray:
    """Carry the last fraction forward, with the uncertainty of its count (Jeffreys), shape (draws, days)."""
    k, n = series.abnormal[-1], series.counted[-1]
    return np.repeat(rng.beta(k + 0.5, n - k + 0.5, (draws, 1)), np.size(days), axis=1)


def two_slopes(series: Series, days: npt.ArrayLike, *, draws: int, rng: np.random.Generator) -> FloatArray:
    """Extrapolate two exponentials of the odds, f / (1 - f) = exp(a - exp(b) t) + exp(c + d t).

    The fit is by binomial likelihood and the weak priors `CENTRE` and `WIDTH`; draws come from a heavy-tailed
    law around the mode and are weighted by the posterior.

    Parameters
    ----------
    series : Series
        At least one visit.
    days : array-like, shape (days,)
        When it is asked for.
    draws : int
        How many.
    rng : numpy.random.Generator
        Of the draws.

    Returns
    -------
    ndarray, shape (draws, days)
        Clone fractions.
    """

    def cost(z: FloatArray) -> float:
        return -float(_log_posterior(z[None], series)[0])

    best = minimize(cost, np.zeros(4), method="BFGS").x
    root = np.linalg.cholesky(_curvature(best, series))
    steps = rng.standard_normal((PROPOSALS, 4)) / np.sqrt(rng.chisquare(HEAVY, (PROPOSALS, 1)) / HEAVY)
    scores = best + np.linalg.solve(root.T, steps.T).T
    proposed = -0.5 * (HEAVY + 4) * np.log1p((steps**2).sum(axis=1) / HEAVY)
    weight = _log_posterior(scores, series) - proposed
    chance = np.exp(weight - weight.max())
    kept = scores[rng.choice(PROPOSALS, draws, p=chance / chance.sum())]
    return np.asarray(expit(_log_odds(kept, np.asarray(days, float))))


def crossing(fractions: FloatArray, days: npt.ArrayLike, threshold: float) -> FloatArray:
    """Return the first day at or above a threshold, shape (draws,); infinite if there is none."""
    above = fractions >= threshold
    first = np.asarray(days, float)[above.argmax(axis=-1)]
    return np.where(above.any(axis=-1), first, np.inf)


@dataclass(frozen=True)
class Landmark:
    """What became of other patients, from the same moment of their course on.

    Parameters
    ----------
    chance : ndarray, shape (times,)
        Share that relapsed by each time, by Kaplan and Meier; held after their last look.
    quantiles : ndarray, shape (probabilities,)
        Times by which such a share had; infinite where fewer ever did.
    """

    chance: FloatArray
    quantiles: FloatArray


def landmark(
    time: npt.ArrayLike,
    relapsed: npt.ArrayLike,
    *,
    at: npt.ArrayLike,
    probabilities: npt.ArrayLike,
) -> Landmark:
    """Forecast by the other patients' freedom from relapse.

    Parameters
    ----------
    time : array-like, shape (patients,)
        From the landmark to relapse, or to the last look.
    relapsed : array-like of bool, shape (patients,)
        Whether relapse was seen.
    at : array-like, shape (times,)
        When the chance is asked for.
    probabilities : array-like, shape (probabilities,)
        Of the quantiles, in (0, 1).
    """
    curve = kaplan_meier(time, relapsed)
    step = np.searchsorted(curve.time, np.asarray(at, float), side="right")
    gone = 1 - np.concatenate([[1.0], curve.free])
    reached = np.searchsorted(gone[1:], np.asarray(probabilities, float) - 1e-12)
    return Landmark(gone[step], np.append(curve.time, np.inf)[reached])


def base_rate(relapsed: npt.ArrayLike) -> float:
    """Return the share of other patients who relapsed, kept off 0 and 1 by half a patient of each kind."""
    seen = np.asarray(relapsed, float)
    return float((seen.sum() + 0.5) / (len(seen) + 1))


def _log_odds(scores: FloatArray, days: FloatArray) -> FloatArray:
    """Return log odds, shape (draws, days), from standard normal scores of shape (draws, 4)."""
    a, b, c, d = (CENTRE + WIDTH * scores).T[..., None]
    months = days / DAYS_PER_MONTH
    return np.asarray(np.logaddexp(a - np.exp(np.minimum(b, 5.0)) * months, c + d * months))


def _log_posterior(scores: FloatArray, series: Series) -> FloatArray:
    odds, k, n = _log_odds(scores, series.days), series.abnormal, series.counted
    chosen = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    likely = (chosen + k * log_expit(odds) + (n - k) * log_expit(-odds)).sum(axis=-1)
    return np.asarray(likely - 0.5 * (scores**2).sum(axis=-1))


def _curvature(best: FloatArray, series: Series, step: float = 1e-3) -> FloatArray:
    """Return the second differences of -log posterior at its mode, made safely positive."""
    each = step * np.eye(4)
    shifts = np.array(
        [s * each[i] + t * each[j] for i in range(4) for j in range(4) for s in (1, -1) for t in (1, -1)]
    )
    value = -_log_posterior(best + shifts, series).reshape(4, 4, 2, 2)
    bend = (value[..., 0, 0] - value[..., 0, 1] - value[..., 1, 0] + value[..., 1, 1]) / (4 * step**2)
    roots, axes = np.linalg.eigh((bend + bend.T) / 2)
    return np.asarray((axes * np.maximum(roots, 0.25)) @ axes.T)
