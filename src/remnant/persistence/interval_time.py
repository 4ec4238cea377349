"""Freedom from an event that was seen only at visits: Turnbull's estimate, with what the visits leave open.

The curve of Kaplan and Meier dates an event at the visit that showed it. This one does not: within each
interval that carries mass it gives the earliest and the latest curve that the visits allow, and its limits
hold for every curve between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.persistence.event_times import EventInterval
from remnant.stats.survival.interval_censored import interval_censored
from remnant.stats.survival.interval_limits import free_limits

METHOD = "Turnbull (1976); pointwise likelihood-ratio limits, chi-square with 1 degree of freedom"
MOST_TIMES = 24  # of the days at which a curve steps, so many are given limits


@dataclass(frozen=True)
class IntervalTimeToEvent:
    """Fraction free of one event, by days since the patient could have it.

    Parameters
    ----------
    event : str
        As in `EventInterval`.
    patients, events : int
        Patients that were looked at, and events among them.
    days : tuple of int
        Days after which a curve may step; of very many, so many evenly chosen.
    earliest, latest : tuple of float
        Fraction free from the end of each day until the next of them, if every event came as early, and as
        late, as the visits allow.
    lower, upper : tuple of float
        Pointwise limits; they hold for any curve between the two.
    median_earliest, median_latest : int or None
        Days between which half have had it; None where that was not seen.
    last_day : int
        Last day on which anybody free of it was looked at: the curves say nothing after it, and after their
        last step.
    confidence : float
        Coverage of the limits.
    method : str
        How they were made.
    """

    event: str
    patients: int
    events: int
    days: tuple[int, ...]
    earliest: tuple[float, ...]
    latest: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    median_earliest: int | None
    median_latest: int | None
    last_day: int
    confidence: float
    method: str = METHOD


def interval_time(
    event: str, intervals: Sequence[EventInterval], *, confidence: float
) -> IntervalTimeToEvent | None:
    """Estimate freedom from one event over the patients that were looked at; None without any.

    Parameters
    ----------
    event : str
        Which.
    intervals : sequence of EventInterval
        Of every event and patient.
    confidence : float
        Pointwise coverage of the limits, in (0, 1).
    """
    spans = [span for item in intervals if item.event == event and (span := _span(item)) is not None]
    if not spans:
        return None
    left, right = np.array(spans, float).T
    found = interval_censored(left, right)
    seen = np.isfinite(found.right)  # what was never seen steps nowhere
    days = np.unique(np.concatenate([found.left[seen], found.right[seen]]))
    if days.size > MOST_TIMES:
        days = days[np.linspace(0, days.size - 1, MOST_TIMES).round().astype(int)]
    after = days + 0.5  # visits fall on whole days, so nothing changes between this and the next of the days
    earliest, latest = found.free(after)
    lower, upper = free_limits(left, right, after, confidence=confidence)
    median = found.median
    return IntervalTimeToEvent(
        event,
        len(spans),
        int(np.isfinite(right).sum()),
        tuple(int(day) for day in days),
        _fractions(earliest),
        _fractions(latest),
        _fractions(np.minimum(lower, earliest)),
        _fractions(np.maximum(upper, latest)),
        None if median is None else int(median[0]),
        None if median is None else int(median[1]),
        int(left.max()),
        confidence,
    )


def _span(item: EventInterval) -> tuple[float, float] | None:
    """Days since entry between which an event came; None where nobody looked."""
    if item.after_day is None or item.entry_day is None:
        return None
    by = np.inf if item.by_day is None else item.by_day - item.entry_day
    return float(item.after_day - item.entry_day), float(by)


def _fractions(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(x) for x in np.clip(values, 0.0, 1.0))
