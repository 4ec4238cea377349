"""What is true of a clinical course: remission, independence, and every kind of return, to the day.

The published limits are applied here to what is true on every day, without noise and without gaps, by plain
arithmetic on arrays. Nothing is taken from `remnant.response`: the two must agree because the paper is the
same, not because the code is.

References
----------
Cheson et al. (2006) Blood 108:419-425, doi:10.1182/blood-2005-10-4149 (remission, relapse, progression).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.observation.blood import Transfusion
from remnant.observation.courses_body import FIRST_DAY, LEUKAEMIA, Array, Body
from remnant.observation.courses_outline import Person

Bools = NDArray[np.bool_]
Span = tuple[int, int]

LASTS, REPEATED, HELD, DEPENDENT_DAYS, DEPENDENT_UNITS = 28, 7, 28, 56, 4
CLEARED, BACK, TWICE = 0.05, 0.10, 2.0  # clone fractions at which a return gets its name
BANDS = ((0.05, 0.05), (0.10, 0.10), (0.20, 0.20), (0.301, 0.30))  # base below, blasts above


@dataclass(frozen=True, eq=False)
class TrueCourse:
    """What is true of one patient; days since the first dose, None for what did not come.

    Parameters
    ----------
    patient_id, outline : str
        The patient, and the course in words.
    body : Body
        Every day until the last.
    remissions : tuple of (int, int)
        First and last day of every complete remission by blood and marrow of 28 days or more (IWG 2006).
    free_runs : tuple of (int, int)
        First and last day of every stretch of treatment without red cells; the last may go on.
    molecular_day : int or None
        From here progenitors keep more than 5 % of the clone and more than twice their lowest, for good,
        after it had halved.
    cytogenetic_day : int or None
        From here dividing cells keep more than 10 % of the clone for good, after less than 5 %.
    clinical_day : int or None
        First day of relapse by blood and marrow after a complete remission.
    progression_day : int or None
        First day of blasts that are progression by IWG 2006.
    leukaemia_day : int or None
        First day of 20 % blasts or more in marrow or blood.
    death_day : int or None
        Day of death.
    """

    patient_id: str
    outline: str
    body: Body
    remissions: tuple[Span, ...]
    free_runs: tuple[Span, ...]
    molecular_day: int | None
    cytogenetic_day: int | None
    clinical_day: int | None
    progression_day: int | None
    leukaemia_day: int | None
    death_day: int | None

    def in_remission(self, day: int) -> bool:
        """Whether the patient is in complete remission by blood and marrow on a day."""
        return any(first <= day <= last for first, last in self.remissions)

    def independent(self, window: int) -> bool:
        """Whether some stretch of treatment without red cells has at least `window` days."""
        return any(last - first + 1 >= window for first, last in self.free_runs)


def complete(body: Body) -> Bools:
    """Say on which days blood and marrow meet the limits of a complete remission of IWG 2006."""
    return np.asarray(
        (body.days >= 0)
        & (body.blasts <= 0.05)
        & (body.blood_blasts == 0)
        & (body.haemoglobin >= 11)
        & (body.platelets >= 100)
        & (body.neutrophils >= 1.0)
    )


def remissions(body: Body) -> tuple[Span, ...]:
    """Find the complete remissions that last 28 days."""
    return tuple((first, last) for first, last in spans(body.days, complete(body)) if last - first >= LASTS)


def free_runs(given: Sequence[Transfusion], *, until: int) -> tuple[Span, ...]:
    """Find the stretches of days without red cells from the first dose to the day `until`."""
    days = np.arange(0, until + 1)
    return spans(days, ~np.isin(days, [one.day for one in given]))


def observed_until(person: Person, last_day: int) -> int:
    """Last day on which independence counts: last contact, or four weeks after the last dose."""
    return min(last_day, person.courses[-1].end_day + 28)


def clinical_relapse(
    body: Body, person: Person, remitted: Sequence[Span], given: Sequence[Transfusion]
) -> int | None:
    """Find the first day of relapse after the first complete remission."""
    if not remitted:
        return None
    since = remitted[0][0]
    inside = body.days >= since
    fell = np.zeros(len(body.days), bool)
    for values, limit, kept, drop in (
        (body.haemoglobin, 11.0, 1.0, 1.5),
        (body.platelets, 100.0, 0.5, 0.0),
        (body.neutrophils, 1.0, 0.5, 0.0),
    ):
        best = np.maximum.accumulate(np.where(inside, values, 0.0))
        # Rounded: 12.4 - 1.5 and 10.9 are one number to a person.
        low = inside & (values < limit) & (values <= np.round(best * kept - drop, 6))
        fell |= _repeated(body, person, low)
    base = body.blasts[-FIRST_DAY - 1]
    fell |= inside & (body.blasts >= max(base, 0.05))
    fell |= inside & (_units(body, given, since) >= DEPENDENT_UNITS)
    return _first(body.days, fell & ~complete(body))


def _repeated(body: Body, person: Person, low: Bools) -> Bools:
    """Keep falls that last a week, and four weeks where a hold may be behind them."""
    kept = np.zeros(len(low), bool)
    for first, last in spans(body.days, low):
        pause = any(
            before.end_day < first <= after.start_day - 1 + HELD
            for before, after in zip(person.courses, person.courses[1:], strict=False)
        )
        if last - first >= (HELD if pause else REPEATED):
            kept[first - FIRST_DAY : last - FIRST_DAY + 1] = True
    return kept


def _units(body: Body, given: Sequence[Transfusion], since: int) -> Array:
    """Red cells of the 56 days up to each day, from the day `since`."""
    daily = np.zeros(len(body.days))
    for one in given:
        daily[one.day - FIRST_DAY] += one.units * (one.day >= since)
    total = np.cumsum(daily)
    return np.asarray(total - np.concatenate([np.zeros(DEPENDENT_DAYS), total[:-DEPENDENT_DAYS]]))


def progression(body: Body) -> int | None:
    """Find the first day of blasts that are progression from those before treatment."""
    base = body.blasts[-FIRST_DAY - 1]
    top = next((above for below, above in BANDS if base < below), None)
    if top is None:
        return None
    risen = (body.days > 0) & (body.blasts > top) & (body.blasts >= np.round(1.5 * base, 6))
    return _first(body.days, risen)


def leukaemia(body: Body) -> int | None:
    """Find the first day of acute leukaemia."""
    return _first(
        body.days, (body.days > 0) & ((body.blasts >= LEUKAEMIA) | (body.blood_blasts >= LEUKAEMIA))
    )


def molecular_return(body: Body) -> int | None:
    """Find the day from which the clone is back in progenitors."""
    share = body.progenitor
    lowest = np.minimum.accumulate(share)
    back = (lowest < share[0] / 2) & (share > np.maximum(CLEARED, TWICE * lowest))
    return _for_good(body.days, back)


def cytogenetic_return(body: Body) -> int | None:
    """Find the day from which the clone is back in dividing cells."""
    share = body.dividing
    return _for_good(body.days, (np.minimum.accumulate(share) < CLEARED) & (share > BACK))


def spans(days: NDArray[np.int64], holds: Bools) -> tuple[Span, ...]:
    """First and last day of every stretch of days on which a condition holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    starts, stops = days[edges[::2]].tolist(), days[edges[1::2] - 1].tolist()
    return tuple(zip(starts, stops, strict=True))


def _first(days: NDArray[np.int64], holds: Bools) -> int | None:
    return int(days[holds.argmax()]) if holds.any() else None


def _for_good(days: NDArray[np.int64], holds: Bools) -> int | None:
    """First day of the stretch that reaches the end."""
    if not holds[-1]:
        return None
    return spans(days, holds)[-1][0]
