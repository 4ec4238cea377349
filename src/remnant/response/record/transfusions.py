"""Transfusion independence and burden, from a log that is known to be complete.

Red cells only. Between units on days a < b the free days are a + 1 to b - 1, so a run lasts b - a - 1 days.
A day that no complete log covers is neither free nor not: no log is not "no transfusion".
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from remnant.response.record.history import History
from remnant.response.record.transfusion_record import RED_CELLS, TransfusionRecord
from remnant.response.record.treatment import AFTER_LAST_DOSE_DAYS
from remnant.study.estimate import Source

WINDOWS = (56, 112, 182)  # days; MDS-003 and its label, 16 weeks, MDS-004
BURDEN_DAYS = 56


@dataclass(frozen=True, slots=True)
class FreeRun:
    """Days without red cells, `first` to `last`, both included and covered by the log."""

    first: int
    last: int
    censored: bool

    @property
    def days(self) -> int:
        """Length in days."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Independence:
    """Whether a patient went without red cells for a number of days on treatment.

    Parameters
    ----------
    patient_id : str
        The patient.
    window_days : int
        56, 112 or 182 consecutive days, anywhere on treatment.
    achieved : bool or None
        None where the log or the follow-up is too short to tell.
    start_day : int or None
        First free day of the first run that is long enough; of the longest where none is.
    end_day : int or None
        Day of the next unit; of a censored run its last free day.
    days : int
        Free days of that run.
    censored : bool
        Whether the run was cut short by the end of observation or of the log.
    reason : str
        What was found, in words.
    sources : tuple of Source
        The log, and the units that bound the run.
    runs : tuple of FreeRun
        Every run that is long enough.
    """

    patient_id: str
    window_days: int
    achieved: bool | None
    start_day: int | None
    end_day: int | None
    days: int
    censored: bool
    reason: str
    sources: tuple[Source, ...]
    runs: tuple[FreeRun, ...] = ()


@dataclass(frozen=True)
class TransfusionBurden:
    """Units of red cells in 56 days.

    Parameters
    ----------
    patient_id : str
        The patient.
    period : str
        `before treatment` or `on treatment`.
    start_day, end_day : int
        The 56 days, both included.
    units : int or None
        None where the log does not cover all of them.
    reason : str
        What is missing.
    sources : tuple of Source
        The rows of the units.
    """

    patient_id: str
    period: str
    start_day: int
    end_day: int
    units: int | None
    reason: str
    sources: tuple[Source, ...]


def observed_until(history: History) -> int | None:
    """Last day on which independence counts: last contact, or 28 days after the last dose if earlier."""
    last_dose = history.treatment.last_dose
    if history.last_day is None or last_dose is None:
        return history.last_day
    return min(history.last_day, last_dose + AFTER_LAST_DOSE_DAYS)


def free_runs(record: TransfusionRecord, first: int, last: int) -> tuple[FreeRun, ...]:
    """List the runs without red cells from `first` to `last`, in order.

    A run that ends where the log ends, or at `last`, is censored.

    Examples
    --------
    >>> free_runs(TransfusionRecord(periods=((0, 99),)), 0, 200)
    (FreeRun(first=0, last=99, censored=True),)
    """
    known = record.free.get((first, last))
    if known is None:
        known = record.free[first, last] = tuple(_free_runs(record, first, last))
    return known


def _free_runs(record: TransfusionRecord, first: int, last: int) -> Iterator[FreeRun]:
    given = record.red_cell_days
    for start, end in record.periods:
        low, high = max(start, first), min(end, last)
        inside = given[bisect_left(given, low) : bisect_right(given, high)]
        for before, after in pairwise([low - 1, *inside, high + 1]):
            if after - before > 1:
                yield FreeRun(before + 1, after - 1, censored=after == high + 1)


def independence(history: History) -> tuple[Independence, ...]:
    """Judge transfusion independence over 56, 112 and 182 days, side by side (OR39).

    Examples
    --------
    Units on days 10 and 67 leave 56 free days; on days 10 and 66 they leave 55.
    """
    return tuple(_independence(history, days) for days in WINDOWS)


def _independence(history: History, window: int) -> Independence:
    record, first, last = history.transfusions, history.treatment.first_dose, observed_until(history)

    def answer(
        achieved: bool | None, reason: str, run: FreeRun | None = None, sources: tuple[Source, ...] = ()
    ) -> Independence:
        if run is None:
            return Independence(history.patient_id, window, achieved, None, None, 0, False, reason, sources)
        end = run.last if run.censored else run.last + 1
        long = tuple(one for one in found if one.days >= window)
        return Independence(
            history.patient_id,
            window,
            achieved,
            run.first,
            end,
            run.days,
            run.censored,
            reason,
            sources,
            long,
        )

    if first is None:
        return answer(None, history.treatment.note)
    if last is None or last < first:
        return answer(None, "not done: nothing is recorded after the first dose")
    found = free_runs(record, first, last)
    longest = max(found, key=lambda run: run.days, default=None)
    run = next((run for run in found if run.days >= window), longest)
    sources = record.sources + _bounds(record, run)
    if run is not None and run.days >= window:
        return answer(True, f"{run.days} days without red cells from day {run.first}", run, sources)
    # What no log covers may have been free: without that, a negative answer would be a guess.
    given = record.red_cell_days
    days = [first - 1, *given[bisect_left(given, first) : bisect_right(given, last)], last + 1]
    possible = max(after - before - 1 for before, after in pairwise(days))
    known = 0 if run is None else run.days
    if last - first + 1 < window:
        return answer(None, f"not evaluable: {last - first + 1} days on treatment observed", run, sources)
    if possible >= window:
        missing = "not done: no complete transfusion log" if not record.periods else "not evaluable: the log"
        words = "" if not record.periods else " does not cover every day"
        found_so_far = f"{missing}{words} of day {first} to {last}; {known} free days are sure"
        return answer(None, found_so_far, run, sources)
    return answer(False, f"at most {known} days without red cells, day {first} to {last}", run, sources)


def _bounds(record: TransfusionRecord, run: FreeRun | None) -> tuple[Source, ...]:
    if run is None:
        return ()
    edges = record.within(run.first - 1, run.first - 1, RED_CELLS)
    edges += record.within(run.last + 1, run.last + 1, RED_CELLS)
    return tuple(one.source for one in edges)


def independent_on(history: History, day: int, *, until: int | None = None) -> bool | None:
    """Say whether `day` lies in a run of at least 56 days without red cells; None where it cannot be told.

    Parameters
    ----------
    history : History
        The patient.
    day : int
        Days since the patient's anchor.
    until : int, optional
        Last day that counts; by default the end of treatment, as the trials define independence.
    """
    first, last = history.treatment.first_dose, observed_until(history) if until is None else until
    if first is None or last is None or not first <= day <= last:
        return None
    record = history.transfusions
    run = next((run for run in free_runs(record, first, last) if run.first <= day <= run.last), None)
    if run is not None and run.days >= WINDOWS[0]:
        return True
    given = record.red_cell_days
    low, high = bisect_left(given, first), bisect_right(given, last)
    before, after = bisect_right(given, day), bisect_left(given, day)
    was = given[before - 1] if before > low else first - 1
    if after >= high:
        # The run goes on beyond what was observed, and nobody saw its end.
        return False if before > low and was == day else None
    return None if given[after] - was - 1 >= WINDOWS[0] else False


def burdens(history: History) -> tuple[TransfusionBurden, ...]:
    """Count red cells before treatment, and in each 56 days of it that were observed in full."""
    first, last = history.treatment.first_dose, observed_until(history)
    if first is None:
        return ()
    starts = [first - BURDEN_DAYS]
    if last is not None:
        starts += range(first, last - BURDEN_DAYS + 2, BURDEN_DAYS)
    return tuple(_burden(history, start, "before" if start < first else "on") for start in starts)


def _burden(history: History, start: int, when: str) -> TransfusionBurden:
    end, record = start + BURDEN_DAYS - 1, history.transfusions
    rows = tuple(one.source for one in record.within(start, end, RED_CELLS))
    units = record.red_cell_units(start, end) if record.covers(start, end) else None
    reason = "" if units is not None else f"not done: no complete transfusion log over days {start} to {end}"
    return TransfusionBurden(history.patient_id, f"{when} treatment", start, end, units, reason, rows)
