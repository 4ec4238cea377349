"""Random-effects meta-analysis of log odds ratios: y_i ~ Normal(mean, v_i + tau^2), tau^2 by REML.

Restricted log-likelihood: -1/2 [sum log(v_i + tau^2) + log sum w_i + sum w_i (y_i - mean)^2], where w_i = 1 /
(v_i + tau^2) and mean their weighted mean. Errors v_i count as known, so the interval is too short with few
patients; the exact and the joint posterior answers do not have that fault.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from remnant.stats.numerics.arrays import FloatArray


@dataclass(frozen=True)
class PooledLogOdds:
    """Mean log odds ratio over patients.

    Parameters
    ----------
    log_odds, error, lower, upper, p : float
        Mean, its standard error, and normal limits and two-sided p from them.
    tau2 : float
        Variance between patients; 0 where the patients differ no more than counting lets them.
    patients : int
        Patients pooled.
    """

    log_odds: float
    error: float
    lower: float
    upper: float
    p: float
    tau2: float
    patients: int


def pool_log_odds(
    log_odds: npt.ArrayLike, error: npt.ArrayLike, *, confidence: float = 0.95
) -> PooledLogOdds | None:
    """Pool log odds ratios; None without any.

    Parameters
    ----------
    log_odds, error : array-like, shape (patients,)
        Of each patient, as from `haldane_log_odds`; errors above 0.
    confidence : float, default 0.95
        Coverage of the limits, in (0, 1).

    References
    ----------
    Viechtbauer (2005) J Educ Behav Stat 30:261-293.

    Examples
    --------
    >>> round(pool_log_odds([0.0, 1.0, 4.0], [0.1, 0.1, 0.1]).tau2, 6)
    4.323333
    """
    y, v = np.atleast_1d(np.asarray(log_odds, float)), np.atleast_1d(np.asarray(error, float)) ** 2
    assert y.shape == v.shape, "one error for each log odds ratio"
    assert np.all(v > 0), "an error is above 0"
    if not len(y):
        return None
    tau2 = _reml(y, v) if len(y) > 1 else 0.0
    weight = 1 / (v + tau2)
    mean, spread = float((weight @ y) / weight.sum()), float(1 / np.sqrt(weight.sum()))
    margin = float(ndtri((1 + confidence) / 2)) * spread
    p = float(2 * ndtr(-abs(mean) / spread))
    return PooledLogOdds(mean, spread, mean - margin, mean + margin, p, tau2, len(y))


def _reml(y: FloatArray, v: FloatArray) -> float:
    """The best of all stationary points: the restricted likelihood may have several."""

    def slope(tau2: float) -> float:
        weight = 1 / (v + tau2)
        residual = y - (weight @ y) / weight.sum()
        second = (weight**2).sum()
        return float(-weight.sum() + second / weight.sum() + (weight**2) @ residual**2) / 2

    def log_likelihood(tau2: float) -> float:
        weight = 1 / (v + tau2)
        residual = y - (weight @ y) / weight.sum()
        return float(np.log(weight).sum() - np.log(weight.sum()) - weight @ residual**2) / 2

    scale = float(v.min())
    reach = float(np.var(y, ddof=1)) + float(v.max())
    grid = np.concatenate([[0.0], np.geomspace(1e-3 * scale, 10 * reach, 60)])
    slopes = [slope(x) for x in grid]
    tops = [
        float(brentq(slope, low, high, xtol=1e-14 * reach, rtol=1e-14))
        for low, high, before, after in zip(grid, grid[1:], slopes, slopes[1:], strict=False)
        if before > 0 >= after
    ]
    if slopes[0] <= 0:
        tops.append(0.0)
    return max(tops, key=log_likelihood)
