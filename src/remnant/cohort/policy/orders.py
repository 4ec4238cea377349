"""What is ordered for each patient: the planned courses, and what rules have made of them.

A day's dose is that of a course of the patient's own, else of the planned course in force, raised to the
patient's floor and lowered to the ceiling; nothing while the drug is stopped or held. Cycles start with the
course, and anew when treatment resumes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from remnant.cohort.policy.seen import Flags, Floats
from remnant.cohort.scenario.planned import Planned, Terms


class Orders:
    """Orders of one drug for many patients.

    Parameters
    ----------
    courses : sequence of Planned
        As planned, in the order of time.
    patients : int
        How many.
    """

    def __init__(self, courses: Sequence[Planned], patients: int):
        self.courses = tuple(courses)
        self.stopped = np.zeros(patients, bool)
        self.holds = np.zeros(patients, np.int64)  # rules whose hold has no day on which it ends
        self.held_until = np.full(patients, -np.inf)
        self.resumed = np.full(patients, -np.inf)
        self.floor, self.ceiling = np.zeros(patients), np.full(patients, np.inf)
        # The patient's own course: first day, day after the last, dose, days on, cycle.
        self.own = np.tile([np.inf, np.inf, 0.0, 1.0, 1.0], (patients, 1)).T

    def given(self, day: int) -> Flags:
        """Say for whom the drug is ordered on a day, be it a day without a dose."""
        return np.asarray((self.level(day) > 0) & ~self._off(np.array([day]))[:, 0])

    def begun(self, day: int) -> Flags:
        """Say who has had a course, or would have had without a hold."""
        planned = bool(self.courses) and self.courses[0].first < day
        return np.asarray((self.own[0] < day) | planned)

    def level(self, day: int) -> Floats:
        """Return the dose in mg of a day of treatment, be the drug held or not; 0 outside every course."""
        return np.asarray(self._terms(np.array([day]))[0][:, 0])

    def doses(self, days: ArrayLike) -> Floats:
        """Return mg on each day, shape (patients, days)."""
        days = np.asarray(days)
        mg, start, on, cycle = self._terms(days)
        resumed = self.resumed[:, None]
        anchor = np.where((resumed > start) & (resumed <= days), resumed, start)
        return np.where((np.mod(days - anchor, cycle) < on) & ~self._off(days), mg, 0.0)

    def stop(self, who: Flags) -> None:
        """Give it no more, whatever is planned."""
        self.stopped |= who

    def hold(self, who: Flags) -> None:
        """Interrupt it until `release`."""
        self.holds += who

    def hold_for(self, who: Flags, day: int, days: int) -> None:
        """Interrupt it for some days."""
        end = day + days
        self.held_until = np.where(who, np.maximum(self.held_until, end), self.held_until)
        self.resumed = np.where(who, np.maximum(self.resumed, end), self.resumed)

    def release(self, who: Flags, day: int) -> None:
        """End one hold; where it was the last, a new cycle starts."""
        self.holds -= who
        free = who & (self.holds == 0)
        self.resumed = np.where(free, np.maximum(day, self.held_until), self.resumed)

    def restart(self, who: Flags, day: int) -> None:
        """Give it again: the planned course, or where none is in force the last one, without an end."""
        self.stopped &= ~who
        self.holds = np.where(who, 0, self.holds)
        self.held_until = np.where(who, -np.inf, self.held_until)
        self.resumed = np.where(who, day, self.resumed)
        over = who & (self.level(day) == 0)
        had_own = over & np.isfinite(self.own[0])
        self.own[1] = np.where(had_own, np.inf, self.own[1])
        past = [course.terms for course in self.courses if course.first <= day]
        if past:
            self._own(over & ~had_own, day, past[-1], None)

    def start(self, who: Flags, day: int, terms: Terms, days: int | None) -> None:
        """Begin a course of the patient's own, at exactly its dose."""
        self.stopped &= ~who
        self.holds = np.where(who, 0, self.holds)
        self.held_until = np.where(who, -np.inf, self.held_until)
        self.floor = np.where(who, 0.0, self.floor)
        self.ceiling = np.where(who, np.inf, self.ceiling)
        self._own(who, day, terms, days)

    def end_own(self, who: Flags, day: int) -> None:
        """End the patient's own course."""
        self.own[1] = np.where(who, np.minimum(self.own[1], day), self.own[1])

    def lower(self, who: Flags, levels: Sequence[float], day: int) -> Flags:
        """Lower the dose to the next of the levels; return for whom there was one."""
        now = self.level(day)[:, None]
        below = np.where(np.asarray(levels) < now, np.asarray(levels), -np.inf).max(axis=1)
        found: Flags = who & np.isfinite(below)
        self.ceiling = np.where(found, below, self.ceiling)
        self.floor = np.where(found, np.minimum(self.floor, below), self.floor)
        return found

    def lift(self, who: Flags, levels: Sequence[float], day: int) -> Flags:
        """Raise the dose to the next of the levels; return for whom there was one."""
        now = self.level(day)[:, None]
        above = np.where(np.asarray(levels) > now, np.asarray(levels), np.inf).min(axis=1)
        found: Flags = who & np.isfinite(above) & (now[:, 0] > 0)
        self.floor = np.where(found, above, self.floor)
        self.ceiling = np.where(found, np.maximum(self.ceiling, above), self.ceiling)
        return found

    def fix(self, who: Flags, dose_mg: float) -> None:
        """Give exactly this dose in every later course."""
        self.floor = np.where(who, dose_mg, self.floor)
        self.ceiling = np.where(who, dose_mg, self.ceiling)

    def _own(self, who: Flags, day: int, terms: Terms, days: int | None) -> None:
        end = np.inf if days is None else day + days
        row = np.array([day, end, terms.dose_mg, terms.days_on, terms.cycle_days])
        self.own = np.where(who, row[:, None], self.own)

    def _off(self, days: Floats) -> Flags:
        open_hold = self.stopped | (self.holds > 0)
        return np.asarray(open_hold[:, None] | (days < self.held_until[:, None]))

    def _terms(self, days: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return dose, first day, days on and cycle of the course in force, each (patients, days)."""
        table = np.zeros((4, len(days)))
        table[2:] = 1.0
        for course in self.courses:
            inside = (days >= course.first) & (days <= course.last)
            t = course.terms
            row = np.array([t.dose_mg, course.first, t.days_on, t.cycle_days], float)
            table = np.where(inside, row[:, None], table)
        first, end, dose, on, cycle = self.own[:, :, None]
        mine = (first <= days) & (days < end)
        mg, start, on, cycle = (
            np.where(mine, own, planned) for own, planned in zip((dose, first, on, cycle), table, strict=True)
        )
        limited = np.minimum(np.maximum(mg, self.floor[:, None]), self.ceiling[:, None])
        return np.where(mg > 0, limited, 0.0), start, on, cycle
