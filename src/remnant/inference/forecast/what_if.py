"""What another calendar would change: both in the same draws, so that what is not known of both cancels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from remnant.inference.forecast.course import Course
from remnant.inference.forecast.definitions import Definition
from remnant.inference.forecast.relapse import Returns, horizon_day, returns, standing_of
from remnant.inference.records import WhatIf

Array = NDArray[np.float64]

YEARS = (1.0, 2.0, 5.0)
NINETY = float(ndtri(0.95))


def what_ifs(
    courses: Mapping[str, Course],
    definitions: Sequence[Definition],
    *,
    years: Sequence[float] = YEARS,
    effective: float | None = None,
) -> tuple[WhatIf, ...]:
    """Compare each calendar with the first, for each kind of relapse of which the patient is in remission.

    Parameters
    ----------
    courses : mapping of str to Course
        By the title of the calendar: the same draws, with the same past
        (`remnant.dynamics.treatment.continued`), at least to the last of `years`.
    definitions : sequence of Definition
        Kinds of relapse.
    years : sequence of float
        Times from now.
    effective : float, optional
        Effective number of draws, for the interval; by default all count.

    Returns
    -------
    tuple of WhatIf
        Chance of relapse under the other calendar less that under the first, averaged over draws that are in
        remission now; the interval, of 90 %, is that of this average. Equal calendars give exactly 0.
    """
    first, *others = courses
    found = [{title: returns(course, each) for title, course in courses.items()} for each in definitions]
    own = courses[first].posterior
    answer = []
    for definition, each in zip(definitions, found, strict=True):
        base = each[first]
        if base is None or standing_of(base, definition)[0] != "in remission":
            continue
        for other in others:
            there = each[other]
            assert there is not None
            assert np.array_equal(base.state, there.state), "the calendars differ before now"
            for year in years:
                numbers = _compared(base, there, own.now_day, year, effective)
                answer.append(WhatIf(own.patient_id, first, other, definition.kind, float(year), *numbers))
    return tuple(answer)


def _compared(
    base: Returns, there: Returns, now_day: int, year: float, effective: float | None
) -> tuple[float, float, float, float]:
    """Return the mean change of the chance of relapse, its limits, and the mean gain in free days."""
    until, here = horizon_day(now_day, year), base.here
    change = (there.relapsed(until) - base.relapsed(until))[here]
    later = (free_days(there, now_day, until) - free_days(base, now_day, until))[here]
    mean = float(change.mean())
    error = _error(change, here.sum() if effective is None else effective * here.mean())
    return mean, mean - NINETY * error, mean + NINETY * error, float(later.mean())


def free_days(found: Returns, now_day: float, until: float) -> Array:
    """Return the expected days free of relapse from now to a day, of each draw, shape (draws,)."""
    lost = np.maximum(until - np.maximum(found.day, now_day), 0.0)
    return np.asarray(until - now_day - found.lives * lost)


def _error(change: Array, effective: float) -> float:
    """Return the standard error of a mean of paired draws; 0 where all are the same."""
    return float(change.std() / np.sqrt(max(effective, 1.0)))
