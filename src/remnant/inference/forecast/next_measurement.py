"""Which measurement would narrow the forecast most: candidate days and assays by expected information."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from remnant.inference.forecast.course import Course
from remnant.inference.forecast.definitions import Definition
from remnant.inference.forecast.information import expected_gain
from remnant.inference.forecast.next_assays import Assay, outcome_chances
from remnant.inference.forecast.relapse import horizon_day, returns, standing_of
from remnant.inference.records import NextMeasurement

VISITS = (28, 91, 182, 364)  # days from now
YEARS = 2.0


def next_measurements(
    course: Course,
    definition: Definition,
    assays: Sequence[Assay],
    *,
    visits: Sequence[int] = VISITS,
    years: float = YEARS,
) -> tuple[NextMeasurement, ...]:
    """Rank what could be measured next by what it is expected to tell of a relapse.

    Parameters
    ----------
    course : Course
        As planned, followed in weekly looks, at least so many years ahead.
    definition : Definition
        Kind of relapse.
    assays : sequence of Assay
        Candidates.
    visits : sequence of int
        Days from now, 7 or more; the look nearest to each is taken, of several that are equally near the
        earlier.
    years : float, default 2
        The target: relapse within this time from now.

    Returns
    -------
    tuple of NextMeasurement
        The most telling first; none where the patient is not in remission.
    """
    found, own = returns(course, definition), course.posterior
    if found is None or standing_of(found, definition)[0] != "in remission":
        return ()
    target = f"{definition.kind} relapse within {years:g} years"
    relapsed = found.relapsed(horizon_day(own.now_day, years))[found.here]
    answer = []
    for visit in visits:
        look = int(np.abs(course.days - (own.now_day + visit)).argmin())
        for assay in assays:
            gain = expected_gain(relapsed, outcome_chances(course, look, assay)[found.here])
            answer.append(
                NextMeasurement(
                    own.patient_id,
                    int(course.days[look]),
                    assay.says,
                    target,
                    gain.bits,
                    gain.standard_error,
                    gain.entropy,
                )
            )
    return tuple(sorted(answer, key=lambda each: -each.gain_bits))
