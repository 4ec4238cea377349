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
from remnant.observation.courses_body import FIRST_DAY, LEUKAEMIA, Body
from remnant.observation.courses_category import CATEGORIES, LASTS, first_day, relapse, spans
from remnant.observation.courses_looks import Metaphases
from remnant.observation.courses_outline import Person

Bools = NDArray[np.bool_]
Span = tuple[int, int]

CLEARED, BACK, TWICE = 0.05, 0.10, 2.0  # clone fractions at which a return gets its name


@dataclass(frozen=True, eq=False)
class TrueCourse:
    """What is true of one patient; days since the first dose, None for what did not come.

    Parameters
    ----------
    patient_id, outline : str
        The patient, and the course in words.
    body : Body
        Every day until the last.
    given : tuple of Transfusion
        Red cells, on record or not.
    metaphases : tuple of Metaphases
        As drawn from each marrow.
    category : ndarray of int8, shape (days,)
        Of IWG 2006 on every day, as its place in `CATEGORIES`.
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
    given: tuple[Transfusion, ...]
    metaphases: tuple[Metaphases, ...]
    category: NDArray[np.int8]
    remissions: tuple[Span, ...]
    free_runs: tuple[Span, ...]
    molecular_day: int | None
    cytogenetic_day: int | None
    clinical_day: int | None
    progression_day: int | None
    leukaemia_day: int | None
    death_day: int | None

    def category_on(self, day: int) -> str:
        """Category of IWG 2006 on a day."""
        return CATEGORIES[int(self.category[day - FIRST_DAY])]

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


def clinical_relapse(
    body: Body, person: Person, remitted: Sequence[Span], given: Sequence[Transfusion]
) -> int | None:
    """Find the first day of relapse after the first complete remission."""
    if not remitted:
        return None
    return first_day(body.days, relapse(body, person, given, remitted[0][0]) & ~complete(body))


def leukaemia(body: Body) -> int | None:
    """Find the first day of acute leukaemia."""
    many = (body.blasts >= LEUKAEMIA) | (body.blood_blasts >= LEUKAEMIA)
    return first_day(body.days, (body.days > 0) & many)


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


def _for_good(days: NDArray[np.int64], holds: Bools) -> int | None:
    """First day of the stretch that reaches the end."""
    if not holds[-1]:
        return None
    return spans(days, holds)[-1][0]
