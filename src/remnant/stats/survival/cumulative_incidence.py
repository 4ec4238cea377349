"""How many have had each kind of event by a time: Aalen-Johansen with competing causes.

    F_k(t) = sum over t_i <= t of S(t_i-) d_ik / n_i,        S(t) = 1 - sum over k of F_k(t)

A death without relapse is no censoring: it takes the patient out of reach of relapse, and one less Kaplan-
Meier would count as if the dead could still relapse.

The standard error is the infinitesimal jackknife: how far each subject moves the estimate, squared and added.
Limits are on log(-log F). Nothing is random: tied times stay tied.

References
----------
Aalen & Johansen (1978) Scand J Stat 5:141-150; Andersen, Borgan, Gill & Keiding, Statistical Models Based on
Counting Processes (1993), section IV.4; Efron (1982) The Jackknife, the Bootstrap and Other Resampling Plans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.subjects import at_risk, count_at, ordered


@dataclass(frozen=True)
class CumulativeIncidence:
    """Cumulative incidence of every cause, one entry per distinct time of any event.

    Parameters
    ----------
    time, at_risk : ndarray, shape (steps,)
        Increasing times, and subjects under observation just before each.
    causes : tuple of int
        Codes, increasing.
    events, incidence, error, lower, upper : ndarray, shape (steps, causes)
        Events at each time; fraction that has had the event from then on, its standard error and limits. The
        limits are NaN where the fraction is 0 or 1, on which this scale says nothing.
    free : ndarray, shape (steps,)
        Fraction without any event.
    last : float
        Last time at which anybody was under observation.
    """

    time: FloatArray
    at_risk: FloatArray
    causes: tuple[int, ...]
    events: FloatArray
    incidence: FloatArray
    error: FloatArray
    lower: FloatArray
    upper: FloatArray
    free: FloatArray
    last: float

    def of(self, cause: int) -> FloatArray:
        """Incidence of one cause; zero where nobody had it."""
        if cause not in self.causes:
            return np.zeros(self.time.size)
        return np.asarray(self.incidence[:, self.causes.index(cause)])


def aalen_johansen(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    causes: tuple[int, ...] | None = None,
    confidence: float = 0.95,
) -> CumulativeIncidence:
    """Estimate the cumulative incidence of each cause.

    Parameters
    ----------
    time, entry
        As in `kaplan_meier`.
    cause : array-like of int, shape (subjects,)
        0 where censored, else the code of the event.
    causes : tuple of int, optional
        Codes to give; those that occur by default.
    confidence : float, default 0.95
        Pointwise coverage, in (0, 1).

    Examples
    --------
    >>> found = aalen_johansen([1, 2, 2, 4], [1, 2, 0, 1])
    >>> found.causes, found.incidence[-1].tolist(), found.free.tolist()
    ((1, 2), [0.75, 0.25], [0.75, 0.5, 0.0])
    """
    begun, when, kind = ordered(time, cause, entry=entry)
    codes = tuple(int(code) for code in np.unique(kind[kind > 0])) if causes is None else causes
    steps = np.unique(when[kind > 0])
    risk = at_risk(begun, when, steps)
    events = np.array([count_at(when[kind == code], steps) for code in codes])
    events = events.reshape(len(codes), steps.size).T
    hazard = events / risk[:, None]
    free = np.asarray(np.cumprod(1 - count_at(when[kind > 0], steps) / risk), float)
    before = np.concatenate([[1.0], free])[:-1]
    incidence = np.cumsum(before[:, None] * hazard, axis=0)
    error = _jackknife(begun, when, kind, codes, steps, risk, before)
    z = -ndtri((1 - confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.exp(z * error / np.abs(incidence * np.log(incidence)))
        lower, upper = incidence**reach, incidence ** (1 / reach)
    closed = (incidence <= 0) | (incidence >= 1)
    lower[closed] = upper[closed] = np.nan
    last = float(when[-1]) if when.size else 0.0
    return CumulativeIncidence(steps, risk, codes, events, incidence, error, lower, upper, free, last)


def _jackknife(
    begun: FloatArray,
    when: FloatArray,
    kind: FloatArray,
    codes: tuple[int, ...],
    steps: FloatArray,
    risk: FloatArray,
    before: FloatArray,
) -> FloatArray:
    """Infinitesimal jackknife: a subject moves the hazard of a step by (its event - the hazard) / at risk."""
    free, moved = np.zeros(when.size), np.zeros((len(codes), when.size))
    error = np.zeros((steps.size, len(codes)))
    kinds = np.array(codes, float)[:, None]
    bounds = np.searchsorted(when, steps, "left"), np.searchsorted(when, steps, "right")
    for place, (first, last) in enumerate(zip(*bounds, strict=True)):
        here = (begun[first:] < steps[place]) / risk[place]
        own = (kind[first:last] == kinds) / risk[place]
        other = (kind[first:last] > 0) / risk[place]
        hazard, total = own.sum(axis=1), other.sum()
        moved += hazard[:, None] * free
        moved[:, first:] -= (before[place] * hazard)[:, None] * here
        moved[:, first:last] += before[place] * own
        free *= 1 - total
        free[first:] += before[place] * total * here
        free[first:last] -= before[place] * other
        error[place] = np.sqrt((moved**2).sum(axis=1))
    return error
