"""Freedom from an event, from counts by day: Kaplan-Meier on integers that add up exactly over blocks.

The estimator and its limits are those of `remnant.stats.survival.kaplan_meier`; there each subject is a row,
here each day holds two counts, so that a million virtual patients take no more room than a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from remnant.cohort.course.courses import Floats, Ints
from remnant.stats.survival.kaplan_meier import crossing


@dataclass(frozen=True)
class LifeTable:
    """A curve on the days at which something happened or a follow-up ended.

    Parameters
    ----------
    day, at_risk, events, censored : ndarray of int, shape (steps,)
        Under observation just before the day; events and ends of follow-up on it.
    free, lower, upper : ndarray, shape (steps,)
        Share free of the event from the day on, with limits; NaN where the data give none.
    """

    day: Ints
    at_risk: Ints
    events: Ints
    censored: Ints
    free: Floats
    lower: Floats
    upper: Floats

    @property
    def median(self) -> float | None:
        """Day by which half had the event; None while more than half are free."""
        steps = self.events > 0
        last = float(self.day[-1]) if len(self.day) else 0.0
        return crossing(self.day[steps].astype(float), self.free[steps], last)


def life_table(events: Ints, censored: Ints, *, confidence: float = 0.95) -> LifeTable:
    """Estimate freedom from an event.

    Parameters
    ----------
    events, censored : ndarray of int, shape (days,)
        Subjects whose event was on that day, and those whose follow-up ended on it without one.
    confidence : float, default 0.95
        Pointwise coverage of the limits, on the scale log(-log).

    Examples
    --------
    >>> table = life_table(np.array([0, 1, 1, 0, 1]), np.array([0, 0, 1, 0, 0]))
    >>> table.free.tolist()
    [0.75, 0.5, 0.0]
    """
    gone = events + censored
    risk = np.cumsum(gone[::-1])[::-1]
    day = np.flatnonzero(gone)
    n, d = risk[day], events[day]
    free = np.asarray(np.cumprod(1 - d / n), float)
    z = -ndtri((1 - confidence) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.cumsum(d / (n * (n - d))))
        reach = np.exp(z * error / np.abs(np.log(free)))
        lower, upper = free**reach, free ** (1 / reach)
    unknown = (free == 0) | (free == 1)
    lower[unknown] = upper[unknown] = np.nan
    return LifeTable(day, n, d, censored[day], free, lower, upper)
