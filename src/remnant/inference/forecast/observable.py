"""What a patient's course looks like: quantiles over the posterior day by day, and single draws as lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from remnant.inference.forecast.course import Course, course_of
from remnant.inference.forecast.quantiles import quantiles_by_column
from remnant.inference.forecast.quantities import (
    FRACTIONS,
    Quantity,
    fraction,
    haemoglobin,
    knows_blood,
    log_transcript,
)
from remnant.inference.forecast.scatter import scattered_haemoglobin, scattered_transcript
from remnant.inference.records import CurvePoint, Line

Array = NDArray[np.float64]

LINES = 20  # draws of a spaghetti plot


def known_quantities(course: Course, *, transcript: bool) -> tuple[Quantity, ...]:
    """Return what can be shown of a course: haemoglobin needs a law of the blood."""
    left_out = set()
    if not knows_blood(course.posterior):
        left_out.add("haemoglobin")
    if not transcript:
        left_out.add("transcript")
    return tuple(name for name in get_args(Quantity) if name not in left_out)


def hidden(course: Course, quantity: Quantity) -> Array:
    """Return the truth of each draw, shape (draws, times): a fraction, g/dL, or per cent."""
    if quantity == "haemoglobin":
        return haemoglobin(course)
    if quantity == "transcript":
        return np.asarray(10 ** log_transcript(course))
    return fraction(course, FRACTIONS[quantity])


def curves(
    course: Course,
    wanted: Sequence[Quantity],
    *,
    rng: np.random.Generator,
    scenario: str = "as planned",
    every: int = 4,
) -> tuple[CurvePoint, ...]:
    """Return quantiles of each quantity on every fourth look, on which now lies.

    Haemoglobin and transcripts stand twice, hidden and as the next measurement would show them.

    Parameters
    ----------
    course : Course
        Followed in weekly looks.
    wanted : sequence of str
        Quantities.
    rng : Generator
        Chance of measurements.
    scenario : str
        Title of the calendar.
    every : int, default 4
        Looks from one point to the next. Progenitors fall and rise again within a cycle of a drug: points
        that are four weeks apart show one phase of cycles of 28 days.
    """
    shown = _shown(course, every)
    points: list[CurvePoint] = []
    for quantity in wanted:
        truth = hidden(course, quantity)[:, shown]
        points += _points(course, scenario, quantity, False, course.days[shown], truth)
        if scatter := _scatter(quantity):
            points += _points(
                course, scenario, quantity, True, course.days[shown], scatter(course, truth, rng)
            )
    return tuple(points)


def lines(
    course: Course,
    wanted: Sequence[Quantity],
    *,
    scenario: str = "as planned",
    every: int = 4,
    count: int = LINES,
) -> tuple[Line, ...]:
    """Return the hidden course of some draws, evenly spaced among all."""
    shown = _shown(course, every)
    days = tuple(int(day) for day in course.days[shown])
    draws = np.unique(np.linspace(0, len(course.states) - 1, count).round().astype(int))
    few = course_of(course, draws)
    who = course.posterior.patient_id
    return tuple(
        Line(who, scenario, quantity, days, tuple(float(x) for x in values))
        for quantity in wanted
        for values in hidden(few, quantity)[:, shown]
        if np.isfinite(values).all()
    )


def _shown(course: Course, every: int) -> NDArray[np.int64]:
    """Return every fourth look, or as many as `every` says, counted from now."""
    now = int(np.searchsorted(course.days, course.posterior.now_day))
    return np.arange(now % every, len(course.days), every)


def _scatter(quantity: Quantity) -> Callable[[Course, Array, np.random.Generator], Array] | None:
    return {"haemoglobin": scattered_haemoglobin, "transcript": scattered_transcript}.get(quantity)


def _points(
    course: Course, scenario: str, quantity: str, seen: bool, days: Array, values: Array
) -> list[CurvePoint]:
    who = course.posterior.patient_id
    return [
        CurvePoint(who, scenario, int(day), quantity, seen, value)
        for day, value in zip(days, quantiles_by_column(values), strict=True)
        if value is not None
    ]
