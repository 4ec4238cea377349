"""Gray's test: whether groups differ in the cumulative incidence of one cause.

A log-rank test in which those with a competing event stay, in part, at risk: with S_k the Kaplan-Meier
estimate of being free of any event in group k, and F_k the cumulative incidence of the cause,

    R_k(t) = Y_k(t) (1 - F_k(t-)) / S_k(t-),     z_k = sum over t of [ d_k(t) - d(t) R_k(t) / R(t) ].

The covariance is Gray's, in terms of the estimates under the null.

References
----------
Gray (1988) Ann Stat 16:1141-1154, doi:10.1214/aos/1176350951, sections 2 and 3, with rho = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.log_rank import quadratic
from remnant.stats.survival.subjects import at_risk, count_at, ordered


@dataclass(frozen=True)
class GrayTest:
    """A test of equal cumulative incidence.

    Parameters
    ----------
    groups : ndarray, shape (groups,)
        Labels, increasing.
    subjects, events, score : ndarray, shape (groups,)
        Subjects, events of the cause, and how many more than expected there were.
    chi_square : float
    freedom : int
        0 where nothing can be compared.
    p : float
        1 where nothing can be compared.
    """

    groups: FloatArray
    subjects: FloatArray
    events: FloatArray
    score: FloatArray
    chi_square: float
    freedom: int
    p: float


def gray(time: npt.ArrayLike, cause: npt.ArrayLike, group: npt.ArrayLike, *, of: int = 1) -> GrayTest:
    """Compare the cumulative incidence of one cause between groups.

    Parameters
    ----------
    time : array-like, shape (subjects,)
    cause : array-like of int, shape (subjects,)
        0 where censored, else the code of the event.
    group : array-like, shape (subjects,)
        Numeric labels.
    of : int, default 1
        The cause that is compared.
    """
    _, when, kind, label = ordered(time, cause, group)
    groups = np.unique(label)
    steps = np.unique(when[kind > 0])
    mine = [label == name for name in groups]
    shape = groups.size, steps.size
    y = np.array([at_risk(np.full(own.sum(), -1.0), when[own], steps) for own in mine]).reshape(shape)
    caused, other = kind == of, (kind > 0) & (kind != of)
    d1, d2 = (
        np.array([count_at(when[own & seen], steps) for own in mine]).reshape(shape)
        for seen in (caused, other)
    )
    score, covariance = _score(y, d1, d2)
    counted = np.array([own.any() for own in mine], bool)
    chi_square, freedom = quadratic(score, covariance, counted) if (kind == of).any() else (0.0, 0)
    subjects = np.array([own.sum() for own in mine], float)
    p = float(chdtrc(freedom, chi_square)) if freedom else 1.0
    return GrayTest(groups, subjects, d1.sum(axis=1), score, chi_square, freedom, p)


def _score(y: FloatArray, d1: FloatArray, d2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Score and covariance from what was at risk and what happened, shape (groups, steps)."""
    after = np.asarray(np.cumprod(1 - divided(d1 + d2, y), axis=1), float)
    s = _before(after, 1.0)
    f = _before(np.asarray(np.cumsum(s * divided(d1, y), axis=1), float), 0.0)
    h = divided(y, s)
    r = h * (1 - f)
    score = (d1 - divided(r, r.sum(axis=0)) * d1.sum(axis=0)).sum(axis=1)
    return score, _covariance(y, d1, d2, h, s, after)


def _covariance(
    y: FloatArray, d1: FloatArray, d2: FloatArray, h: FloatArray, s: FloatArray, after: FloatArray
) -> FloatArray:
    """Gray's covariance: a group r moves the score of k by its events of the cause, and by all its events.

    Of ties, which would count as independent, the hypergeometric share is taken away as in a log-rank test:
    1 - (d - 1) / (n - 1), with h. S_r for the number at risk where the events are those of all groups.
    """
    groups, total, d = len(y), h.sum(axis=0), d1.sum(axis=0)
    rise = divided(d, total)  # of the incidence under the null
    left = 1 - np.cumsum(rise)
    hazard = divided(rise, _before(left[None], 1.0)[0])
    covariance = np.zeros((groups, groups))
    for place in range(groups):
        pull = h[place] * ((np.arange(groups) == place)[:, None] - divided(h, total))
        drift = np.cumsum(pull * hazard, axis=1)
        ahead = drift[:, -1:] - drift
        kept = divided(left, after[place])
        own, other = pull + (1 - kept) * ahead, -kept * ahead
        cause = divided(rise, h[place]) * _untied(d, total * s[place])
        competing = divided(s[place] ** 2 * d2[place], y[place] ** 2) * _untied(d2[place], y[place])
        covariance += (own * cause) @ own.T + (other * competing) @ other.T
    return covariance


def divided(first: FloatArray, second: FloatArray) -> FloatArray:
    """Quotient, 0 where there is nothing to divide by."""
    first, second = np.broadcast_arrays(first, second)
    return np.divide(first, second, out=np.zeros(first.shape), where=second > 0)


def _before(values: FloatArray, first: float) -> FloatArray:
    """Value just before each step."""
    return np.concatenate([np.full((len(values), 1), first), values], axis=1)[:, :-1]


def _untied(events: FloatArray, risk: FloatArray) -> FloatArray:
    return 1 - divided(np.maximum(events - 1, 0), np.maximum(risk - 1, 0))
