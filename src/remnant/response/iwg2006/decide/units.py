"""HI-E by fewer units of red cells: the best 56 days of treatment that hold each look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.response.iwg2006 import limits
from remnant.response.iwg2006.decide.looks import Looks
from remnant.response.record.cohort import Cohort
from remnant.response.rules.decimals import Bools, meets
from remnant.response.rules.spans import NEVER, Best, Ints, key_of, patient_of, union
from remnant.response.rules.verdicts import MET, NOT_MET, OPEN, Verdicts

DAYS = limits.IMPROVEMENT_DAYS
_FIRST = 1 << 52  # a number of units times this, plus a place, sorts by units and then by place


@dataclass(frozen=True)
class ByUnits:
    """Whether each look lies in 56 days with four units fewer than before, and the day they began (key)."""

    verdict: Verdicts
    since: Ints


def by_units(looks: Looks) -> ByUnits:
    """Compare units in 56 days before treatment with the best 56 days of treatment about each look."""
    cohort, patients = looks.cohort, np.arange(len(looks.cohort.treatments))
    first = key_of(patients, cohort.first_dose)
    red = cohort.red_cells
    low_noted = red.noted & meets(limits.UNIT_HAEMOGLOBIN, red.before, red.scale)
    low = red.given(first - DAYS, first - 1, only=low_noted)
    high = low + red.given(first - DAYS, first - 1, only=~red.noted)
    logged = cohort.log.cover(first - DAYS, first - 1)
    # Fewer than four can never fall by four, so haemoglobin alone decides (OR16).
    enough = meets(limits.UNITS_DOWN, high)
    verdict = np.where(logged & ~enough, NOT_MET, OPEN)[looks.patient]
    since = looks.keys.copy()
    here = np.flatnonzero((logged & enough)[looks.patient])
    start, after, found = _best_window(cohort, looks.keys[here], looks.first_dose[here])
    fewer = meets(limits.UNITS_DOWN, low[looks.patient[here]] - after)
    perhaps = meets(limits.UNITS_DOWN, high[looks.patient[here]] - after)
    whole = cohort.log.cover(
        np.maximum(looks.first_dose[here], looks.keys[here] - DAYS + 1), looks.keys[here] + DAYS - 1
    )
    none = np.where(perhaps | ~whole, OPEN, NOT_MET)
    verdict[here] = np.where(found, np.where(fewer, MET, none), OPEN)
    since[here] = start
    return ByUnits(verdict, since)


def _best_window(cohort: Cohort, at: Ints, first_dose: Ints) -> tuple[Ints, Ints, Bools]:
    """Return the first 56 days of treatment about each look with the fewest units, their units, if any.

    Only the first possible day, and days on which a unit has just left the window or a log begins, can have
    fewer units than the day before them.
    """
    log, red = cohort.log, cohort.red_cells
    starts = union(red.keys + 1, log.start)
    starts = starts[log.cover(starts, starts + DAYS - 1)]
    units = red.given(starts, starts + DAYS - 1)
    longest = int(np.bincount(patient_of(starts)).max()) if len(starts) else 1
    order = Best(-(units * _FIRST + np.arange(len(starts))), longest)
    low = np.maximum(first_dose, at - DAYS + 1)
    begin, end = np.searchsorted(starts, low, "right"), np.searchsorted(starts, at, "right")
    start, after = low.copy(), red.given(low, low + DAYS - 1)
    found = log.cover(low, low + DAYS - 1)
    more = np.flatnonzero(end > begin)
    best = -order.over(begin[more], end[more])
    fewer = ~found[more] | (best // _FIRST < after[more])
    take = more[fewer]
    start[take], after[take] = starts[(best % _FIRST)[fewer]], (best // _FIRST)[fewer]
    found[take] = True
    return start, after, found


def independent_since(cohort: Cohort) -> Ints:
    """Return the day (key) by which each patient was first free of red cells for 56 days, or a late one."""
    log, red = cohort.log, cohort.red_cells
    patients = np.arange(len(cohort.treatments))
    first = key_of(patients, cohort.first_dose)
    starts = union(red.keys + 1, log.start, first)
    patient = patient_of(starts)
    last = np.minimum(starts + DAYS - 1, key_of(patient, cohort.observed_until[patient]))
    free = cohort.treated[patient] & (starts >= first[patient]) & (last - starts == DAYS - 1)
    free &= log.cover(starts, last) & (red.given(starts, last) == 0)
    since = key_of(patients, NEVER)
    np.minimum.at(since, patient[free], starts[free] + DAYS)
    return since
