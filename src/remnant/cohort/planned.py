"""The calendar of a scenario with its blanks filled from the labels, before anything is seen."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from remnant.cohort.rules import Rule
from remnant.cohort.scenario import PlannedCourse, Scenario
from remnant.dynamics.treatment import Course, Therapy, calendar

OPEN = 1_000_000  # last day of a course without an end: after every horizon


@dataclass(frozen=True)
class Terms:
    """How a drug is given: dose of a day in mg, days on at the start of each cycle, length of a cycle."""

    dose_mg: float
    days_on: int
    cycle_days: int


@dataclass(frozen=True)
class Planned:
    """One course: its first and last day, and its terms."""

    first: int
    last: int
    terms: Terms


def planned(scenario: Scenario) -> tuple[tuple[Planned, ...], ...]:
    """Return the courses of each of `scenario.drugs`, in the order of time."""
    answer = []
    for name in scenario.drugs:
        label = scenario.label(name)
        courses = [
            Planned(
                course.first,
                OPEN if course.last is None else course.last,
                terms(course, Terms(label.full_dose_mg, label.days_on, label.cycle_days)),
            )
            for course in scenario.therapy
            if course.drug == name
        ]
        answer.append(tuple(sorted(courses, key=lambda course: course.first)))
    return tuple(answer)


def terms(written: PlannedCourse | Rule, label: Terms) -> Terms:
    """Fill what a course, or a rule that starts a drug, leaves out."""
    dose = written.dose_mg[0] if isinstance(written.dose_mg, tuple) and written.dose_mg else written.dose_mg
    on, cycle = written.days_on or label.days_on, written.cycle_days or label.cycle_days
    return Terms(dose if isinstance(dose, float | int) else label.dose_mg, on, cycle)


def plain_therapy(scenario: Scenario, end_day: int) -> Therapy:
    """Return the calendar as planned, without rules, until `end_day`.

    Examples
    --------
    >>> from remnant.cohort.scenario import Scenario
    >>> scenario = Scenario.model_validate({"therapy": [{"drug": "lenalidomide", "start_day": 0}]})
    >>> plain_therapy(scenario, 56).calendars[0].switches
    (0.0, 21.0, 28.0, 49.0, 56.0, 57.0)
    """
    calendars = []
    for name, courses in zip(scenario.drugs, planned(scenario), strict=True):
        given = [_course(course, end_day) for course in courses if course.first <= end_day]
        calendars.append(calendar(given, full_dose_mg=scenario.label(name).full_dose_mg))
    return Therapy(scenario.drugs, tuple(calendars))


def _course(course: Planned, end_day: int) -> Course:
    t = course.terms
    return Course(course.first, min(course.last, end_day), t.dose_mg, t.days_on, t.cycle_days)


def cautions(scenario: Scenario) -> tuple[str, ...]:
    """Say what is allowed but may be a slip: a hold between two courses, and a dose above the full one.

    Examples
    --------
    >>> from remnant.cohort.shipped import shipped
    >>> cautions(shipped("activate-then-kill"))
    ('lenalidomide is not given from day 183 to day 273, between two courses',)
    """
    found = []
    for name, courses in zip(scenario.drugs, planned(scenario), strict=True):
        full = scenario.label(name).full_dose_mg
        doses = [course.terms.dose_mg for course in courses]
        doses += [dose for rule in scenario.rules if rule.drug == name for dose in rule.dose_mg]
        if max(doses, default=0.0) > full:
            found.append(
                f"{name} above its full dose of {full:g} mg: effects are taken in proportion, unmeasured"
            )
        found += [
            f"{name} is not given from day {before.last + 1} to day {after.first - 1}, between two courses"
            for before, after in pairwise(courses)
            if after.first > before.last + 1
        ]
    return tuple(found)
