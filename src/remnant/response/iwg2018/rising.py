"""Every count of every patient against its baseline, judged for all at once: the twin of `Rise`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from remnant.response.iwg2018 import limits
from remnant.response.record.baselines import Baselines, baselines_of
from remnant.response.record.cohort import Cohort, Series
from remnant.response.record.measurements import VISIT_DAYS, Line
from remnant.response.rules.decimals import Bools, Whole, meets
from remnant.response.rules.spans import Ints, day_of, key_of, patient_of
from remnant.response.rules.stretches import stretches
from remnant.response.rules.verdicts import MET, NOT_MET, Verdicts, verdicts

FREE, UNLOGGED, RAISED = 2, 1, 0  # whether a count is the patient's own: yes, if the log had no gap, no


class State(NamedTuple):
    """What one test of improvement says of a day.

    Parameters
    ----------
    met : bool or None
        Whether the day belongs to an improvement that lasted long enough; None where it cannot be told.
    first, last : int or None
        The days that surely belong to it.
    meaningful : bool
        Whether it surely lasted 16 weeks.
    late : bool
        Whether its eight weeks were complete only after day 168 of treatment.
    """

    met: bool | None
    first: int | None = None
    last: int | None = None
    meaningful: bool = False
    late: bool = False


UNKNOWN, NOT_IMPROVED = State(None), State(False)


@dataclass(frozen=True)
class Rising:
    """One line of every patient, from the first dose on; a column is a list over all counts.

    Parameters
    ----------
    days, values, status : list of int
        Day, value times `scale`, and whether it is the patient's own.
    verdicts, first, last : list of int
        Whether the count belongs to an improvement that lasted, and the days that surely belong to it.
    starts : list of int
        Where the counts of each patient begin.
    low : list of int
        Of each patient, whether the line was low enough to improve.
    first_dose : list of int
        Of each patient.
    scale : int
        What makes every value whole.
    """

    days: list[int]
    values: list[int]
    status: list[int]
    verdicts: list[int]
    first: list[int]
    last: list[int]
    starts: list[int]
    low: list[int]
    first_dose: list[int]
    scale: int
    states: dict[int, State] = field(default_factory=dict)  # of the counts that were asked about

    def course_of(self, patient: int) -> Iterator[tuple[int, int]]:
        """Yield day and value of every count of a patient."""
        part = slice(self.starts[patient], self.starts[patient + 1])
        return zip(self.days[part], self.values[part], strict=True)

    def near(self, patient: int, day: int) -> list[int]:
        """Return the places of the counts about a day, in order of nearness, of two the earlier first."""
        low, high = self.starts[patient], self.starts[patient + 1]
        start = bisect_left(self.days, day - VISIT_DAYS, low, high)
        stop = bisect_right(self.days, day + VISIT_DAYS, low, high)
        return sorted(range(start, stop), key=lambda n: abs(self.days[n] - day))

    def looked(self, patient: int, day: int) -> list[int]:
        """Return the places of the counts that may belong to a day.

        It is the nearest that is free of influence, of two the earlier. A nearer one of which no log tells
        whether it is free may belong to the day instead, and a raised one tells what its value is too low
        for; so all come, in order of nearness, up to the first that is free.
        """
        low, high = self.starts[patient], self.starts[patient + 1]
        place = bisect_left(self.days, day, low, high)
        if place < high and self.days[place] == day and self.status[place] == FREE:
            return [place]
        near = self.near(patient, day)
        free = next((n for n, one in enumerate(near) if self.status[one] == FREE), len(near))
        return near[: free + 1]

    def days_of(self, patient: int) -> list[int]:
        """Return the days of the counts of a patient."""
        return self.days[self.starts[patient] : self.starts[patient + 1]]

    def telling(self, patient: int, day: int) -> int | None:
        """Return the place of the count that a reader is shown."""
        return min(self.looked(patient, day), key=lambda n: self.status[n] == RAISED, default=None)

    def on(self, patient: int, day: int, *, gated: bool = True) -> State:
        """Say whether the line of a patient is improved on a day; `gated` off leaves out the gate."""
        gate = self.low[patient] if gated else MET
        if gate == NOT_MET:
            return NOT_IMPROVED
        risen = self.risen_on(patient, day)
        return risen if gate == MET or risen.met is False else UNKNOWN

    def risen_on(self, patient: int, day: int) -> State:
        """Say whether the line has risen on a day, whatever the gate."""
        found: dict[int, int] = {}
        for place in self.looked(patient, day):
            if not found and self.status[place] == FREE:
                return self._state_of(patient, place)
            verdict = self.verdicts[place]
            if self.status[place] != RAISED or verdict == NOT_MET:
                found[verdict] = place
        if len(found) != 1:
            return UNKNOWN
        return self._state_of(patient, next(iter(found.values())))

    def _state_of(self, patient: int, place: int) -> State:
        if place not in self.states:
            verdict = self.verdicts[place]
            self.states[place] = (
                NOT_IMPROVED
                if verdict == NOT_MET
                else UNKNOWN
                if verdict != MET
                else self._state(patient, place)
            )
        return self.states[place]

    def _state(self, patient: int, place: int) -> State:
        first, last = self.first[place], self.last[place]
        low, high = self.starts[patient], self.starts[patient + 1]
        inside = bisect_right(self.days, self.first_dose[patient] + limits.WINDOW_DAYS, low, high)
        seen = min(last, self.days[inside - 1]) if inside > low else first
        meaningful, late = last - first >= limits.MEANINGFUL_DAYS, seen - first < limits.IMPROVEMENT_DAYS
        return State(True, first, last, meaningful, late)


def risings(cohort: Cohort) -> dict[Line, Rising]:
    """Judge the three lines of every patient."""
    return {line: _rising(cohort, line, series) for line, series in cohort.lines.items()}


def _rising(cohort: Cohort, line: Line, series: Series) -> Rising:
    base = _lowest_means(cohort, series) if line is Line.HAEMOGLOBIN else _means(cohort, series)
    every = patient_of(series.keys)
    on = cohort.treated[every] & (day_of(series.keys) >= cohort.first_dose[every])
    keys, values, patients = series.keys[on], series.values[on], every[on]
    raised, unlogged = series.raised[on], series.unlogged[on]
    risen = _risen(line, values, series.scale, base, patients)
    states = verdicts(risen, base.known[patients] & ~(risen & raised))
    held = stretches(keys, states, needed=limits.IMPROVEMENT_DAYS)
    places = np.arange(len(cohort.treatments) + 1)
    # All counts that surely belong together begin at the same one; their last comes before another beginning.
    begins = np.append(np.flatnonzero(np.diff(held.first, prepend=-1)), len(keys))
    last = begins[np.searchsorted(begins, np.arange(len(keys)), "right")] - 1 if len(keys) else held.first
    days = day_of(keys)
    status = np.where(~raised, FREE, np.where(unlogged, UNLOGGED, RAISED))
    return Rising(
        days.tolist(),
        values.tolist(),
        status.tolist(),
        held.verdicts.tolist(),
        days[held.first].tolist(),
        days[last].tolist(),
        np.searchsorted(patients, places).tolist(),
        _low(line, base, series.scale).tolist(),
        cohort.first_dose.tolist(),
        series.scale,
    )


def _means(cohort: Cohort, series: Series) -> Baselines:
    return baselines_of(cohort, series, window_days=limits.BASELINE_DAYS)


def _lowest_means(cohort: Cohort, series: Series) -> Baselines:
    """Lowest means of two values free of influence, each with the next that lies 7 days behind it or more."""
    means = _means(cohort, series)
    keys, values = series.keys[series.free], series.values[series.free]
    patients = patient_of(keys)
    first = cohort.first_dose[patients]
    inside = cohort.treated[patients] & (keys >= key_of(patients, first - limits.BASELINE_DAYS))
    after = np.searchsorted(keys, keys + limits.APART_DAYS)
    paired = inside & (after < len(keys))
    paired[paired] = keys[after[paired]] < key_of(patients, first)[paired]
    totals = values[paired] + values[after[paired]]
    owners: Ints = patients[paired]
    order = np.lexsort((totals, owners))
    one, where = np.unique(owners[order], return_index=True)
    known = np.zeros(len(cohort.treatments), bool)
    known[one] = True
    total = np.zeros(len(known), values.dtype)
    total[one] = totals[order][where]
    return Baselines(known, total, np.where(known, 2, 1), means.seen, means.lowest)


def _risen(line: Line, values: Whole, scale: int, base: Baselines, patients: Ints) -> Bools:
    """Say which values are so far above the baseline as the limits of the line ask."""
    number, total = base.number[patients], base.total[patients]
    rise, of = values * number - total, scale * number
    if line is Line.HAEMOGLOBIN:
        return meets(limits.RISE_HAEMOGLOBIN, rise, of)
    # From zero any rise is more than a doubling.
    doubled = np.where(total > 0, meets(limits.DOUBLED[line], 100 * rise, total), values > 0)
    if line is Line.NEUTROPHILS:
        return doubled & meets(limits.RISE_NEUTROPHILS, rise, of)
    few = meets(limits.LOW_PLATELETS, base.total, scale * base.number)[patients]
    from_few = meets(limits.REACH_PLATELETS, values, scale) & doubled
    return np.where(few, from_few, meets(limits.RISE_PLATELETS, rise, of))


def _low(line: Line, base: Baselines, scale: int) -> Verdicts:
    """Hold the baseline against the gate: one value below it, raised or not, shows that it was low."""
    below = meets(limits.GATE[line], base.total, scale * base.number)
    lowest = base.seen & meets(limits.GATE[line], base.lowest, scale)
    return np.where(base.known, verdicts(below), verdicts(lowest, lowest))
