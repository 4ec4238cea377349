"""When each draw of a course goes into remission, and when it comes back.

Everything rests on two margins per draw and look: `to_remission`, below 0 where the course is in remission,
and `to_relapse`, at or above 0 where it has relapsed. Between them a course keeps the state that it had.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from remnant.inference.forecast.course import WEEK, Course
from remnant.inference.forecast.definitions import Definition
from remnant.inference.forecast.quantities import (
    FRACTIONS,
    haemoglobin_balance,
    knows_blood,
    log_odds,
    log_transcript,
)

Array = NDArray[np.float64]

WINDOW = np.array([1.0, 2.0, 2.0, 2.0, 1.0]) / 8  # trapezium over four weeks: each phase of a cycle once
UNKNOWN, NEVER, REMISSION, RETURNED = range(4)  # states of a draw


@dataclass(frozen=True)
class Margins:
    """How far each draw is from either threshold, on the scale of the level; shape (draws, times)."""

    days: Array
    to_remission: Array
    to_relapse: Array

    def states(self, day: float) -> NDArray[np.int64]:
        """Return the state of each draw on a day of the looks, shape (draws,); UNKNOWN where a level is."""
        until = int(np.searchsorted(self.days, day, side="right"))
        below, above = self.to_remission[:, :until] < 0, self.to_relapse[:, :until] >= 0
        low, high = _last(below), _last(above)
        known = np.isfinite(self.to_remission[:, until - 1])
        state = np.where(low < 0, NEVER, np.where(high > low, RETURNED, REMISSION))
        return np.where(known, state, UNKNOWN)

    def relapse_days(self, day: float) -> Array:
        """Return the first day after `day` on which each draw relapses; infinite where none does.

        Between two looks the level runs straight. It is meant for draws that are in remission on `day`; of
        others it is the next time that the upper threshold is met from below.
        """
        begin = int(np.searchsorted(self.days, day, side="right")) - 1
        margin = self.to_relapse[:, begin:]
        risen = (margin[:, 1:] >= 0) & (margin[:, :-1] < 0)
        first, some = risen.argmax(axis=1), risen.any(axis=1)
        draw = np.arange(len(margin))
        before, after = margin[draw, first], margin[draw, first + 1]
        share = np.where(some, before / np.where(some, before - after, 1.0), 0.0)
        start, end = self.days[begin + first], self.days[begin + first + 1]
        return np.where(some, start + share * (end - start), np.inf)


def margins(course: Course, definition: Definition) -> Margins | None:
    """Return the margins of a course followed in weekly looks; None where what is measured is unknown."""
    assert np.allclose(np.diff(course.days), WEEK), "levels are means of weekly looks"
    if definition.measured == "haemoglobin":
        return _haemoglobin(course, definition) if knows_blood(course.posterior) else None
    if definition.measured == "transcript":
        level = four_weeks(log_transcript(course))
        low, high = np.log10([definition.remission, definition.relapse])
    else:
        level = four_weeks(log_odds(course, FRACTIONS[definition.measured]))
        low, high = logit([definition.remission, definition.relapse])
    return Margins(course.days, level - low, level - high)


def _haemoglobin(course: Course, definition: Definition) -> Margins:
    """A response is a rise above the start of the course; a fall below the best since then ends it."""
    level = four_weeks(haemoglobin_balance(course))
    fall = np.maximum.accumulate(level, axis=1) - level
    missing = definition.remission - (level - level[:, :1])
    to_relapse = fall - definition.relapse
    return Margins(course.days, np.maximum(missing, to_relapse), to_relapse)


def four_weeks(daily: Array) -> Array:
    """Return the mean over the four weeks up to each weekly look, shape (draws, times); at first over fewer.

    Examples
    --------
    >>> four_weeks(np.arange(7.0)[None])
    array([[0. , 0.5, 1. , 1.5, 2. , 3. , 4. ]])
    """
    mean = np.empty_like(daily)
    for look in range(daily.shape[1]):
        if look < len(WINDOW) - 1:
            mean[:, look] = daily[:, : look + 1].mean(axis=1)
    if daily.shape[1] >= len(WINDOW):
        whole = daily.shape[1] - len(WINDOW) + 1
        mean[:, len(WINDOW) - 1 :] = sum(w * daily[:, i : i + whole] for i, w in enumerate(WINDOW))
    return mean


def _last(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the last look at which each draw shows a flag; -1 where none does."""
    last = flags.shape[1] - 1 - flags[:, ::-1].argmax(axis=1)
    return np.where(flags.any(axis=1), last, -1)
