"""How good forecasts were: Brier and log score of chances, CRPS of times, and how often intervals held.

All are proper: whoever wants the best score must say what he believes. Lower is better for the first three.

References
----------
Gneiting & Raftery (2007) J Am Stat Assoc 102:359-378; Dimitriadis, Gneiting & Jordan (2021) PNAS
118:e2016191118: decomposition by pooling neighbours; Korn & Graubard (1998) Surv Methodol 24:193-201: exact
limits of a share among those that are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression
from scipy.special import betaincinv

FloatArray = npt.NDArray[np.float64]
CLIP = 0.005  # a chance is scored as if within [0.005, 0.995]: 0 and 1 may be wrong once and then cost all


@dataclass(frozen=True)
class Brier:
    """Mean squared error of chances: score = miscalibration - discrimination + uncertainty.

    Parameters
    ----------
    score : float
        Mean of (chance - outcome)**2.
    miscalibration : float
        What would be won by calibrating the chances again, at least 0.
    discrimination : float
        What the chances win over the same chance for everybody, once calibrated, at least 0.
    uncertainty : float
        Score of the share of events, given to everybody.
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


@dataclass(frozen=True)
class Coverage:
    """How often an interval held, among forecasts of which some share a cohort.

    Parameters
    ----------
    nominal : float
        How often it says that it does.
    count : int
        Forecasts.
    share : float
        How often it did.
    lower, upper : float
        95 % limits by Clopper and Pearson for as many independent forecasts as these are worth.
    effective : float
        That number, at most `count`.
    """

    nominal: float
    count: int
    share: float
    lower: float
    upper: float
    effective: float


@dataclass(frozen=True)
class Bin:
    """Forecasts of similar chance: their number, mean chance, share of events with its 95 % limits."""

    count: int
    chance: float
    share: float
    lower: float
    upper: float


def brier(chance: npt.ArrayLike, happened: npt.ArrayLike) -> Brier:
    """Score chances by their squared error.

    Parameters
    ----------
    chance : array-like, shape (n,)
        In [0, 1].
    happened : array-like of bool, shape (n,)
        What came.

    Examples
    --------
    >>> brier([0.0, 0.5, 0.5, 1.0], [False, False, True, True])
    Brier(score=0.125, miscalibration=0.0, discrimination=0.125, uncertainty=0.25)
    """
    p, y = _given(chance, happened)
    score, uncertainty = float(((p - y) ** 2).mean()), float(y.mean() * (1 - y.mean()))
    best = float(((_recalibrated(p, y) - y) ** 2).mean())
    return Brier(score, score - best, uncertainty - best, uncertainty)


def log_score(chance: npt.ArrayLike, happened: npt.ArrayLike, *, clip: float = CLIP) -> FloatArray:
    """Return -log of the chance of what came, in nats, shape (n,); chances are cut to [clip, 1 - clip]."""
    p, y = _given(chance, happened)
    p = np.clip(p, clip, 1 - clip)
    return np.asarray(-np.log(np.where(y == 1, p, 1 - p)))


def crps(truth: npt.ArrayLike, draws: FloatArray) -> FloatArray:
    """Score draws by the continuous ranked probability score: mean distance to the truth less half their own.

    Parameters
    ----------
    truth : array-like, shape (n,)
        Finite: an event after the horizon is scored at the horizon.
    draws : ndarray, shape (draws, n)
        Of the forecast, cut at the horizon as well.

    Returns
    -------
    ndarray, shape (n,)
        In the unit of the truth.

    Examples
    --------
    >>> crps([3.0], np.array([[1.0], [3.0]])).tolist()
    [0.5]
    """
    ordered, count = np.sort(draws, axis=0), len(draws)
    weight = (2 * np.arange(1, count + 1) - count - 1) / count**2  # sum over pairs |x - y| / (2 n^2), sorted
    return np.asarray(np.abs(draws - np.asarray(truth, float)).mean(axis=0) - weight @ ordered)


def coverage(inside: npt.ArrayLike, cohort: npt.ArrayLike, nominal: float) -> Coverage:
    """Say how often an interval held.

    Parameters
    ----------
    inside : array-like of bool, shape (n,)
        Whether it did.
    cohort : array-like of int, shape (n,)
        Forecasts of one cohort share what its fit got wrong, so they count for less.
    nominal : float
        How often it says that it does, in (0, 1).
    """
    held = np.asarray(inside, float)
    assert len(held), "a coverage is of some forecasts"
    size = effective(held, cohort)
    return Coverage(nominal, len(held), float(held.mean()), *_limits(held.mean(), size), size)


def effective(values: npt.ArrayLike, cohort: npt.ArrayLike) -> float:
    """Return how many independent values have a mean as uncertain as these, grouped in cohorts, have."""
    x = np.asarray(values, float)
    names, group = np.unique(np.asarray(cohort), return_inverse=True)
    groups = len(names)
    if x.min() == x.max() or groups < 2:
        return float(len(x))
    between = (np.bincount(group, x - x.mean()) ** 2).sum() * groups / (groups - 1)
    return float(len(x) / max(1.0, between / (len(x) * x.var(ddof=1))))


def reliability(chance: npt.ArrayLike, happened: npt.ArrayLike, *, bins: int = 10) -> tuple[Bin, ...]:
    """Compare chances with what came, in bins of equal numbers of forecasts."""
    p, y = _given(chance, happened)
    order = np.argsort(p, kind="stable")
    found = []
    for rows in np.array_split(order, min(bins, len(p))):
        share = float(y[rows].mean())
        found.append(Bin(len(rows), float(p[rows].mean()), share, *_limits(share, len(rows))))
    return tuple(found)


def _given(chance: npt.ArrayLike, happened: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    p, y = np.asarray(chance, float), np.asarray(happened, float)
    assert p.shape == y.shape, "one chance for each outcome"
    assert len(p) > 0, "a score is of some forecasts"
    assert np.all((p >= 0) & (p <= 1)), "a chance is within [0, 1]"
    return p, y


def _recalibrated(p: FloatArray, y: FloatArray) -> FloatArray:
    """Return the chances that would have been best, never falling in those given: equal ones stay equal."""
    where = np.unique(p, return_inverse=True)[1]
    number = np.bincount(where).astype(float)
    return np.asarray(isotonic_regression(np.bincount(where, y) / number, weights=number).x[where])


def _limits(share: float, size: float) -> tuple[float, float]:
    """Clopper and Pearson's 95 % limits of a share of `size`, which need not be whole."""
    k = share * size
    low = betaincinv(k, size - k + 1, 0.025) if k > 0 else 0.0
    high = betaincinv(k + 1, size - k, 0.975) if k < size else 1.0
    return float(low), float(high)
