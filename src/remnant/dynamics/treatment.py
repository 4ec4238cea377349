"""When the drug is given: courses of cycles and holds as a piecewise-constant relative dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


@dataclass(frozen=True)
class Calendar:
    """Relative dose over time: `doses[i]` holds from `switches[i]` until the next switch; before, none.

    Parameters
    ----------
    switches : tuple of float
        Days, rising.
    doses : tuple of float
        Dose relative to the full dose, at least 0.
    """

    switches: tuple[float, ...] = ()
    doses: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        if len(self.switches) != len(self.doses) or any(np.diff(self.switches) <= 0):
            found, hint = f"{self.switches} with {self.doses}", "one dose for each switch, in order"
            faults.append(Fault("calendar", None, "switches", found, "rising days", hint))
        if any(not 0 <= dose < np.inf for dose in self.doses):
            hint = "a dose is a share of the full dose"
            faults.append(Fault("calendar", None, "doses", str(self.doses), "numbers from 0", hint))
        if faults:
            raise SettingError(faults)

    def dose(self, days: ArrayLike) -> NDArray[np.float64]:
        """Return the relative dose in force on `days`, same shape; on a switch, the new one."""
        steps = np.concatenate(([0.0], self.doses))
        return steps[np.searchsorted(self.switches, np.asarray(days, float), side="right")]

    def merged(self) -> Calendar:
        """Return the same calendar without switches that change nothing."""
        kept: list[tuple[float, float]] = []
        for day, dose in zip(self.switches, self.doses, strict=True):
            if dose != (kept[-1][1] if kept else 0.0):
                kept.append((day, dose))
        return Calendar(tuple(day for day, _ in kept), tuple(dose for _, dose in kept))


def calendar(courses: Sequence[Course], *, full_dose_mg: float = FULL_DOSE_MG) -> Calendar:
    """Turn courses into switches of the relative dose; days between courses are holds.

    Parameters
    ----------
    courses : sequence of Course
        In the order of time, without overlap.
    full_dose_mg : float, default 10
        The dose that counts as 1.

    Returns
    -------
    Calendar
        Merged: a switch is a change.

    Raises
    ------
    SettingError
        If a course ends before it starts, overlaps the one before, or has an impossible cycle.

    Examples
    --------
    >>> calendar([Course(0, 55, 10.0), Course(70, 97, 5.0)]).switches
    (0.0, 21.0, 28.0, 49.0, 70.0, 91.0)
    """
    faults, switches, before = [], {}, -np.inf
    for number, course in enumerate(courses, 1):
        if not (before < course.start_day <= course.end_day and 0 < course.days_on <= course.cycle_days):
            hint = "order the courses, and let days_on be at most cycle_days"
            faults.append(Fault("courses", number, "", str(course), "a course after the one before it", hint))
            continue
        for first in range(course.start_day, course.end_day + 1, course.cycle_days):
            switches[float(first)] = course.dose_mg / full_dose_mg
            off = first + course.days_on
            if course.days_on < course.cycle_days and off <= course.end_day:
                switches[float(off)] = 0.0
        before = course.end_day
        switches[float(course.end_day + 1)] = 0.0  # the next course may start here, and then replaces it
    if faults:
        raise SettingError(faults)
    return Calendar(tuple(sorted(switches)), tuple(switches[day] for day in sorted(switches))).merged()
