"""Courses of one drug, as they are prescribed: cycles of a dose, with holds between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from remnant.dynamics.treatment.doses import Calendar
from remnant.errors import Fault, SettingError

FULL_DOSE_MG = 10.0  # lenalidomide 10 mg, days 1-21 of 28: the label's starting dose in del(5q)


@dataclass(frozen=True)
class Course:
    """Cycles of one dose.

    Parameters
    ----------
    start_day, end_day : int
        First and last day of the course.
    dose_mg : float
        Dose on a day of treatment.
    days_on, cycle_days : int
        Days of treatment at the start of every cycle, and its length; equal for daily treatment.
    """

    start_day: int
    end_day: int
    dose_mg: float
    days_on: int = 21
    cycle_days: int = 28

    def faults(self, number: int, before: float) -> Iterator[Fault]:
        """Say what is impossible about the course, the `number`-th, when the one before ended on `before`."""

        def fault(column: str, found: object, expected: str, hint: str) -> Fault:
            return Fault("courses", number, column, str(found), expected, hint)

        whole = {name: getattr(self, name) for name in ("start_day", "end_day", "days_on", "cycle_days")}
        odd = [name for name, value in whole.items() if not (np.isfinite(value) and value == int(value))]
        for name in odd:
            yield fault(name, whole[name], "a whole number of days", "count days from the first dose")
        if not 0 <= self.dose_mg < np.inf:
            yield fault("dose_mg", self.dose_mg, "mg on a day of treatment, from 0", "0 mg is a hold")
        if odd:
            return
        if self.end_day < self.start_day:
            yield fault("end_day", self.end_day, f"{self.start_day} or later", "the last day of treatment")
        if self.start_day <= before:
            expected = f"a day after {before:g}, when the course before ends"
            yield fault("start_day", self.start_day, expected, "order the courses; one drug cannot overlap")
        if self.cycle_days < 1:
            yield fault("cycle_days", self.cycle_days, "1 or more", "28 for cycles of four weeks")
        elif not 1 <= self.days_on <= self.cycle_days:
            expected = f"1 to {self.cycle_days}, the length of the cycle"
            yield fault("days_on", self.days_on, expected, "equal to cycle_days for daily treatment")

    def switches(self, full_dose_mg: float) -> Iterator[tuple[float, float]]:
        """Yield the days on which the relative dose changes, with the new dose."""
        for first in range(int(self.start_day), int(self.end_day) + 1, int(self.cycle_days)):
            yield float(first), self.dose_mg / full_dose_mg
            off = first + self.days_on
            if self.days_on < self.cycle_days and off <= self.end_day:
                yield float(off), 0.0
        yield float(self.end_day + 1), 0.0  # the next course may start here, and then replaces it


def calendar(courses: Sequence[Course], *, full_dose_mg: float = FULL_DOSE_MG) -> Calendar:
    """Turn courses into switches of the relative dose; days between courses are holds.

    Parameters
    ----------
    courses : sequence of Course
        Of one drug, in the order of time, without overlap; none is no treatment.
    full_dose_mg : float, default 10
        The dose that counts as 1.

    Returns
    -------
    Calendar
        Merged: a switch is a change.

    Raises
    ------
    SettingError
        If a course ends before it starts, overlaps the one before, has an impossible cycle or dose.

    Examples
    --------
    >>> calendar([Course(0, 55, 10.0), Course(70, 97, 5.0)]).switches
    (0.0, 21.0, 28.0, 49.0, 70.0, 91.0)
    """
    faults: list[Fault] = []
    if not 0 < full_dose_mg < np.inf:
        hint = "the dose at which the effects of the drug were measured"
        faults.append(Fault("courses", None, "full_dose_mg", str(full_dose_mg), "mg, above 0", hint))
    before = -np.inf
    for number, course in enumerate(courses, 1):
        faults += course.faults(number, before)
        before = max(before, course.end_day)
    if faults:
        raise SettingError(faults)
    changes = dict(change for course in courses for change in course.switches(full_dose_mg))
    days = tuple(sorted(changes))
    return Calendar(days, tuple(changes[day] for day in days)).merged()
