"""Freedom from an event over time: Kaplan-Meier, S(t) = prod over t_i <= t of (1 - d_i / n_i).

Limits are on log(-log S), which keeps them inside [0, 1]:

    S ** exp(+-z se / log S),   se^2 = sum of d_i / (n_i (n_i - d_i))      (Greenwood)

A subject censored on the day of an event was still at risk of it; one who entered on that day was not yet.

References
----------
Kaplan & Meier (1958) J Am Stat Assoc 53:457-481; Kalbfleisch & Prentice, The Statistical Analysis of Failure
Time Data, 2nd ed. (2002), section 1.4; Brookmeyer & Crowley (1982) Biometrics 38:29-41.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.subjects import at_risk, count_at, ordered

HALF = 1e-12  # a product of fractions reaches one half only to rounding


@dataclass(frozen=True)
class Survival:
    """A Kaplan-Meier curve, one entry per distinct time of an event.

    Parameters
    ----------
    time : ndarray, shape (steps,)
        Increasing.
    at_risk, events : ndarray, shape (steps,)
        Subjects under observation just before each time, and events at it.
    free, lower, upper : ndarray, shape (steps,)
        Fraction free of the event from each time on, with its limits; where nobody is left, `lower` and
        `upper` are NaN: the curve ends there and says nothing of its own uncertainty.
    log_error : ndarray, shape (steps,)
        Greenwood's standard error of -log S; infinite where nobody is left.
    last : float
        Last time at which anybody was under observation; the curve says nothing after it.
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    free: FloatArray
    lower: FloatArray
    upper: FloatArray
    log_error: FloatArray
    last: float

    @property
    def median(self) -> float | None:
        """Time at which half are free; None while more than half are."""
        return crossing(self.time, self.free, self.last)

    @property
    def median_limits(self) -> tuple[float | None, float | None]:
        """Times at which the lower and the upper limit of the curve fall to one half; None where they do not.

        Where nobody is left the limits are those of the step before, which hold until then.
        """
        return crossing(self.time, self.lower, None), crossing(self.time, self.upper, None)

    def at(self, time: npt.ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Fraction free at any time, with its limits; NaN beyond the last look, unless nobody was free.

        Before the first event the fraction is 1 and its limits are NaN: the data do not bound it from below.
        """
        when = np.asarray(time, float)
        step = np.searchsorted(self.time, when, "right")
        ended = (when > self.last) & (self.free[-1:].sum() > 0 or not self.free.size)

        def held(values: FloatArray, first: float) -> FloatArray:
            return np.where(ended, np.nan, np.concatenate([[first], values])[step])

        return held(self.free, 1.0), held(self.lower, np.nan), held(self.upper, np.nan)


def crossing(time: FloatArray, value: FloatArray, last: float | None) -> float | None:
    """Time at which a falling curve reaches one half; where it lies on it, the middle of that while.

    Parameters
    ----------
    time, value : ndarray, shape (steps,)
        The steps; NaN values are passed over.
    last : float or None
        Where the curve ends; a half that holds to the end counts until there.
    """
    known = ~np.isnan(value)
    time, value = time[known], value[known]
    below = np.flatnonzero(value <= 0.5 + HALF)
    if not below.size:
        return None
    first = below[0]
    past = np.flatnonzero(value < 0.5 - HALF)
    end = time[past[0]] if past.size else time[-1] if last is None else last
    return float((time[first] + end) / 2) if value[first] >= 0.5 - HALF else float(time[first])


def kaplan_meier(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Survival:
    """Estimate freedom from an event.

    Parameters
    ----------
    time : array-like, shape (subjects,)
        Time of the event or of the last look, at least 0.
    event : array-like of bool, shape (subjects,)
        Whether the event was seen.
    entry : array-like, shape (subjects,), optional
        When each subject came under observation, before its `time`: one who had the event earlier would
        never have been seen, and is not counted at risk until then (left truncation).
    confidence : float, default 0.95
        Pointwise coverage, in (0, 1).

    Examples
    --------
    >>> kaplan_meier([1, 2, 2, 4], [True, True, False, True]).free.tolist()
    [0.75, 0.5, 0.0]
    """
    begun, when, seen = ordered(time, np.asarray(event, bool), entry=entry)
    steps = np.unique(when[seen == 1])
    risk = at_risk(begun, when, steps)
    events = count_at(when[seen == 1], steps)
    free = np.asarray(np.cumprod(1 - events / risk), float)
    z = -ndtri((1 - confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.asarray(np.sqrt(np.cumsum(events / (risk * (risk - events)))))
        reach = np.exp(z * error / np.abs(np.log(free)))
        lower, upper = free**reach, free ** (1 / reach)
    ended = free == 0
    lower[ended] = upper[ended] = np.nan
    return Survival(steps, risk, events, free, lower, upper, error, float(when[-1]) if when.size else 0.0)


def restricted_mean(
    time: npt.ArrayLike, event: npt.ArrayLike, *, until: float, entry: npt.ArrayLike | None = None
) -> tuple[float, float]:
    """Mean time free of an event up to `until`: the area beneath the curve, with its standard error.

    Parameters
    ----------
    time, event, entry
        As in `kaplan_meier`.
    until : float
        End of the mean, above 0 and at most the last time under observation: beyond it the area is unknown.

    References
    ----------
    Klein & Moeschberger, Survival Analysis, 2nd ed. (2003), equations 4.5.1 and 4.5.2.

    Examples
    --------
    >>> round(restricted_mean([1, 2, 2, 4], [True, True, False, True], until=4)[0], 3)
    2.75
    """
    curve = kaplan_meier(time, event, entry=entry)
    assert until > 0, "a mean has a length"
    inside = curve.time < until
    edges = np.concatenate([[0.0], curve.time[inside], [until]])
    areas = np.concatenate([[1.0], curve.free[inside]]) * np.diff(edges)
    later = np.cumsum(areas[::-1])[::-1][1:]
    risk, events = curve.at_risk[inside], curve.events[inside]
    left = risk > events
    variance = (later[left] ** 2 * events[left] / (risk * (risk - events))[left]).sum()
    return float(areas.sum()), float(np.sqrt(variance))
