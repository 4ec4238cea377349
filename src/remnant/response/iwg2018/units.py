"""Improvement by transfusions: eight weeks without red cells, or half the units over sixteen."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from remnant.response.iwg2018 import limits
from remnant.response.iwg2018.rising import NOT_IMPROVED, UNKNOWN, State
from remnant.response.record.history import History
from remnant.response.record.transfusions import FreeRun, free_runs, observed_until


@dataclass(frozen=True)
class Freedom:
    """Days without red cells on treatment: those that the log shows, and those that no unit ends.

    Parameters
    ----------
    first_dose, last : int
        First and last day that was observed.
    given : tuple of int
        Days with red cells, in order.
    free : tuple of FreeRun
        Stretches that the log shows to be free.
    """

    first_dose: int
    last: int
    given: tuple[int, ...]
    free: tuple[FreeRun, ...]

    def between(self, day: int) -> tuple[int, int | None]:
        """Days from one unit to the next about a day; None where no unit ends them."""
        place = bisect_right(self.given, day)
        before = self.given[place - 1] + 1 if place else self.first_dose
        return before, self.given[place] - 1 if place < len(self.given) else None

    def run_at(self, day: int) -> FreeRun | None:
        """Return the stretch that the log shows to be free about a day."""
        place = bisect_right(self.free, day, key=lambda run: run.first) - 1
        return self.free[place] if place >= 0 and day <= self.free[place].last else None

    def may_begin(self, first: int, last: int) -> list[int]:
        """Days on which a stretch without red cells may begin, or is under way, from `first` to `last`."""
        after = [day + 1 for day in self.given if first <= day + 1 <= last]
        shown = [run.first for run in self.free if first <= run.first <= last]
        return [first, *after, *shown]

    def on(self, day: int) -> State:
        """Say whether a day lies in eight weeks without red cells."""
        if day < self.first_dose:
            return UNKNOWN
        place = bisect_left(self.given, day)
        if place < len(self.given) and self.given[place] == day:
            return NOT_IMPROVED
        run = self.run_at(day)
        if run is not None and run.days >= limits.IMPROVEMENT_DAYS:
            inside = min(run.last, self.first_dose + limits.WINDOW_DAYS) - run.first + 1
            return State(
                True,
                run.first,
                run.last,
                run.days >= limits.MEANINGFUL_DAYS,
                inside < limits.IMPROVEMENT_DAYS,
            )
        first, last = self.between(day)
        # Beyond the end of observation, and where no log was kept, the days may be free.
        return UNKNOWN if last is None or last - first + 1 >= limits.IMPROVEMENT_DAYS else NOT_IMPROVED


def freedom_of(history: History, first_dose: int) -> Freedom:
    """List the days without red cells from the first dose to the end of observation (OR39)."""
    until = observed_until(history)
    last = first_dose - 1 if until is None else until
    record = history.transfusions
    days = [day for day in record.red_cell_days if day >= first_dose]
    return Freedom(first_dose, last, tuple(days), free_runs(record, first_dose, last))


@dataclass(frozen=True)
class Halving:
    """Sixteen weeks of treatment with at most half the units of the sixteen before.

    Parameters
    ----------
    before : int
        Units in the 112 days before treatment.
    sure, possible : tuple of (int, int, int)
        First and last day on which such weeks may begin, and their units: where the log covers them, and
        where those on record leave it open.
    first_dose : int
        Day d0.
    """

    before: int
    sure: tuple[tuple[int, int, int], ...]
    possible: tuple[tuple[int, int, int], ...]
    first_dose: int

    def on(self, day: int) -> State:
        """Say whether a day lies in such weeks."""
        earliest = day - limits.MEANINGFUL_DAYS + 1
        start = next(
            (max(low, earliest) for low, high, _ in self.sure if low <= day and high >= earliest), None
        )
        if start is not None:
            last = start + limits.MEANINGFUL_DAYS - 1
            return State(True, start, last, True, last > self.first_dose + limits.WINDOW_DAYS)
        open_ = any(low <= day and high >= earliest for low, high, _ in self.possible)
        return UNKNOWN if open_ and day >= self.first_dose else NOT_IMPROVED


def halving_of(history: History, first_dose: int, before: int, *, complete: bool) -> Halving:
    """Find every 112 days of treatment with at most half the units `before`.

    Where the record of before is not `complete` the units may have been more, so that half of those on record
    is enough and more than half is open.
    """
    record, length = history.transfusions, limits.MEANINGFUL_DAYS
    until = observed_until(history)
    last = first_dose if until is None else max(until, first_dose)
    given = [day for day in record.red_cell_days if day >= first_dose]
    # The units of 112 days change only where a unit leaves them or enters.
    edges = {first_dose, last + 1, *(day + 1 for day in given), *(day - length + 1 for day in given)}
    steps = sorted(edge for edge in edges if first_dose <= edge <= last + 1)
    asked = int(limits.UNITS_DOWN.limit)
    few: list[tuple[int, int, int]] = []
    possible: list[tuple[int, int, int]] = []
    for low, following in pairwise(steps):
        units = record.red_cell_units(low, low + length - 1)
        halved = 100 * (before - units) >= asked * before
        if halved:
            few.append((low, following - 1, units))
        if halved or not complete:
            possible.append((low, following - 1, units))
    sure = [
        (max(low, start), min(high, min(end, last) - length + 1), units)
        for low, high, units in few
        for start, end in record.periods
        if max(low, start) <= min(high, min(end, last) - length + 1)
    ]
    return Halving(before, tuple(sure), tuple(possible), first_dose)
