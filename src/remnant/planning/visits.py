"""How often to come back, and how many nuclei to score: to see a recurrence before the disease is back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from remnant.planning.plate_tests import Chance
from remnant.planning.recurrence import Reading, Recurrence, Schedule, Seen, run_schedule
from remnant.scale import Executor

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class VisitsRow:
    """One schedule.

    Parameters
    ----------
    interval : float
        Days between visits.
    nuclei : int
        Scored at each.
    shown : Chance
        That the change test shows the return before clinical relapse, with its Monte Carlo error.
    confirmed : Chance
        That the next visit has confirmed it by then.
    lead, confirmed_lead : float or None
        Days by which that precedes relapse, mean over the patients in whom it does; None where in nobody.
    false : Chance
        That it shows a return while the clone stays at its nadir as long.
    visits : float
        Mean visits before relapse.
    nuclei_a_year : float
        What the schedule costs.
    """

    interval: float
    nuclei: int
    shown: Chance
    confirmed: Chance
    lead: float | None
    confirmed_lead: float | None
    false: Chance
    visits: float
    nuclei_a_year: float


@dataclass(frozen=True)
class VisitsQuestion:
    """What is wanted of a schedule.

    Parameters
    ----------
    course : Recurrence
        The course that is feared.
    readings : tuple of Reading
        Numbers of nuclei to compare, and how they are read.
    intervals : tuple of float
        Days between visits to compare.
    power : float
        Wished chance that the return is seen and confirmed before clinical relapse.
    patients : int
        Simulated for each schedule.
    seed : int
        Keys every patient.
    """

    course: Recurrence
    readings: tuple[Reading, ...]
    intervals: tuple[float, ...]
    power: float = 0.9
    patients: int = 200
    seed: int = 20100909


@dataclass(frozen=True)
class VisitsPlan:
    """Schedules to see a recurrence.

    Parameters
    ----------
    question : VisitsQuestion
        As it was taken.
    growth_days : float
        Days from nadir to clinical relapse in the median patient.
    best : VisitsRow
        The cheapest in nuclei a year whose chance of a confirmed return reaches the wish; where none does,
        the one of the best chance.
    enough : bool
        Whether it reaches the wish.
    rows : tuple of VisitsRow
        Every schedule.
    assumed : tuple of str
        What was not given.
    """

    question: VisitsQuestion
    growth_days: float
    best: VisitsRow
    enough: bool
    rows: tuple[VisitsRow, ...]
    assumed: tuple[str, ...]


def schedules(question: VisitsQuestion) -> list[Schedule]:
    """Cut the work of a plan by number of nuclei."""
    return [
        Schedule(question.course, reading, question.intervals, question.patients, question.seed)
        for reading in question.readings
    ]


def plan_visits(
    question: VisitsQuestion,
    *,
    executor: Executor,
    done: Callable[[], None] = lambda: None,
    assumed: tuple[str, ...] = (),
) -> VisitsPlan:
    """Plan the visits of a follow-up.

    Parameters
    ----------
    question : VisitsQuestion
        What is wanted.
    executor : Executor
        Who does the work; the answer is the same on each.
    done : callable
        Called after each of `schedules(question)`.
    assumed : tuple of str
        What was not given, to be carried along.
    """
    found = executor.map(run_schedule, schedules(question), done=done)
    rows = tuple(
        _row(seen, reading.nuclei)
        for reading, several in zip(question.readings, found, strict=True)
        for seen in several
    )
    enough = [row for row in rows if row.confirmed.value >= question.power]
    best = (
        min(enough, key=lambda row: (row.nuclei_a_year, -row.confirmed.value))
        if enough
        else max(rows, key=lambda row: (row.confirmed.value, -row.nuclei_a_year))
    )
    growth = question.course.growth_days(question.course.doubling_days)
    return VisitsPlan(question, growth, best, bool(enough), rows, assumed)


def _row(seen: Seen, nuclei: int) -> VisitsRow:
    shown, confirmed = np.array(seen.shown), np.array(seen.confirmed)
    patients = len(shown)
    return VisitsRow(
        seen.interval,
        nuclei,
        _chance(int((shown >= 0).sum()), patients),
        _chance(int((confirmed >= 0).sum()), patients),
        float(shown[shown >= 0].mean()) if (shown >= 0).any() else None,
        float(confirmed[confirmed >= 0].mean()) if (confirmed >= 0).any() else None,
        _chance(seen.false, patients),
        seen.visits,
        nuclei * DAYS_PER_YEAR / seen.interval,
    )


def _chance(times: int, of: int) -> Chance:
    # Half a patient more of either kind: patients that all agree are no certainty.
    near = (times + 0.5) / (of + 1)
    return Chance(times / of, float(np.sqrt(near * (1 - near) / of)))
