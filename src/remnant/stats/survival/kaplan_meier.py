"""Freedom from an event over time: Kaplan-Meier, S(t) = prod over t_i <= t of (1 - d_i / n_i).

Limits are on log(-log S), which keeps them inside [0, 1]:

    S ** exp(+-z se / log S),   se^2 = sum of d_i / (n_i (n_i - d_i))      (Greenwood)

A subject censored on the day of an event was still at risk of it.

References
----------
Kaplan & Meier (1958) J Am Stat Assoc 53:457-481; Kalbfleisch & Prentice, The Statistical Analysis of Failure
Time Data, 2nd ed. (2002), section 1.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from remnant.stats.numerics.arrays import FloatArray


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
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    free: FloatArray
    lower: FloatArray
    upper: FloatArray

    @property
    def median(self) -> float | None:
        """First time at which at most half are free; None while more than half are."""
        below = np.flatnonzero(self.free <= 0.5 + 1e-12)
        return float(self.time[below[0]]) if below.size else None


def kaplan_meier(time: npt.ArrayLike, event: npt.ArrayLike, *, confidence: float = 0.95) -> Survival:
    """Estimate freedom from an event.

    Parameters
    ----------
    time : array-like, shape (subjects,)
        Time of the event or of the last look, at least 0.
    event : array-like of bool, shape (subjects,)
        Whether the event was seen.
    confidence : float, default 0.95
        Pointwise coverage, in (0, 1).

    Examples
    --------
    >>> kaplan_meier([1, 2, 2, 4], [True, True, False, True]).free.tolist()
    [0.75, 0.5, 0.0]
    """
    when, seen = np.asarray(time, float), np.asarray(event, bool)
    assert when.shape == seen.shape, "one time and one event for each subject"
    steps = np.unique(when[seen])
    at_risk = (when[None, :] >= steps[:, None]).sum(axis=1).astype(float)
    events = ((when[None, :] == steps[:, None]) & seen).sum(axis=1).astype(float)
    free = np.cumprod(1 - events / at_risk)
    z = -ndtri((1 - confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events))))
        reach = np.exp(z * error / np.abs(np.log(free)))
        lower, upper = free**reach, free ** (1 / reach)
    ended = free == 0
    lower[ended] = upper[ended] = np.nan
    return Survival(steps, at_risk, events, free, lower, upper)
