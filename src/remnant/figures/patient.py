"""One patient on one axis of time: what was done, and what remained of the clone."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from typing import Any

import altair as alt

from remnant.analysis.timeline import Timeline
from remnant.figures import estimates, lanes, timeline
from remnant.figures.cohort import first_day, last_day
from remnant.figures.estimates import Point
from remnant.figures.theme import ROLES, Row, configured, days, stacked
from remnant.persistence.burden import Burden
from remnant.persistence.course import Course
from remnant.persistence.event_times import EventInterval
from remnant.response import CytogeneticResponse, ResponseCall
from remnant.response.record.transfusions import FreeRun
from remnant.study.estimate import Estimate

DODGE = {"stem": -0.006, "progenitor": 0.0, "bulk": 0.006}  # of the span: intervals of one day stay apart


def plot_patient(
    patient: Timeline,
    courses: Sequence[Course],
    calls: Sequence[ResponseCall],
    burdens: Sequence[Burden],
    *,
    clone: str,
    anchor: str,
    cytogenetic: Sequence[CytogeneticResponse] = (),
    runs: Sequence[FreeRun] = (),
    events: Sequence[EventInterval] = (),
) -> alt.VConcatChart:
    """Draw the whole course of a patient, panels stacked on a shared axis of time.

    Parameters
    ----------
    patient : Timeline
        What was measured and given.
    courses, calls : sequence of Course, of ResponseCall
        The patient's states and response categories, in the order of time; calls of any number of criteria.
    burdens : sequence of Burden
        The patient's compartments, in the order of time.
    clone, anchor : str
        How the clone is called, and what day 0 is.
    cytogenetic, runs, events : sequence of CytogeneticResponse, of FreeRun, of EventInterval
        Response by metaphases, days without red cells, and when each event came.
    """
    domain = time_domain(patient)
    title = f"Months since {anchor}"

    def inner(field: str) -> alt.X:
        return days(field, domain, None, labels=False)

    def outer(field: str) -> alt.X:
        return days(field, domain, title)

    tables: dict[str, list[Row]] = {}
    panels: list[alt.LayerChart] = []

    def put(panel: timeline.Panel) -> None:
        panels.append(panel[0])
        tables.update(panel[1])

    if shown := lanes.lanes(courses, calls, cytogenetic, runs):
        put(lanes.bands(shown, inner, domain[1]))
    if (happened := lanes.events(events, inner)) is not None:
        put(happened)
    put(timeline.treatment(patient, inner, domain[1]))
    if patient.transfusions or patient.log_periods:
        put(timeline.transfusions(patient, inner))
    for panel in timeline.blood(patient, inner):
        put(panel)
    span = domain[1] - domain[0]
    put(_fractions(burdens, inner, span, clone))
    put(_burdens(burdens, inner, outer, span, clone))
    apart = alt.Resolve(scale=alt.ScaleResolveMap(color="independent", shape="independent"))
    return configured(
        stacked(*panels, spacing=10, resolve=apart),
        tables,
        f"Course of patient {patient.patient_id}: state, response by each criteria set, returns, therapy, "
        "transfusions, blood counts and samples, "
        f"with the fraction and the number of cells with {clone} in each compartment over time.",
    )


def time_domain(patient: Timeline) -> tuple[float, float]:
    """Return the days that every figure of a patient shows."""
    first, last = first_day(patient), last_day(patient)
    margin = 0.02 * max(last - first, 60)
    return first - margin, last + margin


def _points(burdens: Sequence[Burden], field: str, span: float) -> list[Point]:
    points = []
    for burden in burdens:
        estimate: Estimate = getattr(burden, field)
        place = burden.day + DODGE.get(burden.role, 0.0) * span
        points.append(Point(place, burden.role, burden.compartment, burden.sample_id, burden.day, estimate))
    return points


def _compartments(burdens: Sequence[Burden]) -> list[str]:
    order = {burden.compartment: ROLES.index(burden.role) for burden in burdens if burden.role in ROLES}
    return sorted(order, key=lambda name: order[name])


def _fractions(burdens: Sequence[Burden], x: timeline.Axis, span: float, clone: str) -> timeline.Panel:
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=f"Cells with {clone}", domain=False)
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    return _stack(burdens, "clone_fraction", "fraction", x, x, y, span, ".2p", 0.0, 190)


def _burdens(
    burdens: Sequence[Burden], inner: timeline.Axis, outer: timeline.Axis, span: float, clone: str
) -> timeline.Panel:
    known = [b.per_million for b in burdens if b.per_million.known]
    numbers = [n for e in known for n in (e.value, e.lower, e.upper) if n is not None and n > 0]
    lowest, highest = min([1.0, *numbers]), max([10.0, *numbers])
    # A decade beneath the smallest number is room enough for a bar that means "down to nothing".
    first, last = floor(log10(lowest)), floor(log10(highest)) + 1
    low, high = 10.0**first, 10.0**last
    axis = alt.Axis(
        format=",~g",
        values=[10.0**power for power in range(first, last + 1)],
        title=f"{clone} cells per million",
        domain=False,
        labelOverlap=True,
    )
    y = alt.Y("value:Q", scale=alt.Scale(type="log", domain=[low, high], nice=False, clamp=True), axis=axis)
    return _stack(burdens, "per_million", "burden", inner, outer, y, span, ",.3~g", low, 150)


def _stack(
    burdens: Sequence[Burden], field: str, prefix: str, inner: timeline.Axis, outer: timeline.Axis, y: alt.Y,
    span: float, number_format: str, low: float, height: int,
) -> timeline.Panel:  # fmt: skip
    points = _points(burdens, field, span)
    tables = estimates.rows(points, floor=low) | {"line": estimates.segments(points, floor=low)}
    x = inner if tables["unknown"] else outer  # the lowest panel names the months
    panel: Any = estimates.upright(x("place"), y, prefix, number_format, height=height)
    if tables["unknown"]:
        silent = {row["compartment"] for row in tables["unknown"]}
        names = [name for name in _compartments(burdens) if name in silent]
        below = estimates.strip(outer("place"), names, prefix)
        panel = stacked(panel, below, spacing=4)
    return panel, {f"{prefix}-{name}": rows for name, rows in tables.items()}
