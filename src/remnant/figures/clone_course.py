"""The clone of one patient in sorted cells: its levels, the rise beyond assay noise, and the dose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from remnant.figures import estimates
from remnant.figures.estimates import Point
from remnant.figures.patient import DODGE
from remnant.figures.theme import (
    PAPER,
    SERIES,
    SERIES_COLOURS,
    WASH,
    Row,
    configured,
    days,
    named,
    role_colour,
    role_stroke,
    stacked,
)
from remnant.persistence import MonitoringLook, MonitoringSeries
from remnant.persistence.levels import CloneCourse

LOWEST, HIGHEST = 0.001, 3.0  # of the axis: what lies beneath is drawn upon it; rises stand above 1
PLACES = {"progenitor": 2.2, "stem": 1.5}  # on the axis, above 100 %
HEIGHT, SMALL = 190, 96
CALLED = {True: "confirmed at the next look", False: "not confirmed", None: "awaits the next look"}


def plot_clone_course(
    courses: Sequence[CloneCourse],
    monitoring: Sequence[MonitoringSeries],
    domain: tuple[float, float],
    *,
    clone: str,
    anchor: str,
) -> alt.VConcatChart:
    """Draw the fraction of the clone in each series, on a logarithmic axis that shows a level of 1 %.

    Parameters
    ----------
    courses : sequence of CloneCourse
        Sorted stem cells and progenitors of one patient.
    monitoring : sequence of MonitoringSeries
        Series of other cells, or of reads, that get a panel of their own; may be empty.
    domain : (float, float)
        First and last day of the axis.
    clone, anchor : str
        How the clone is called, and what day 0 is.
    """
    tables: dict[str, list[Row]] = {"doses": _doses(courses, domain[1])}
    title = f"Months since {anchor}"
    last = not monitoring
    panels = [_panel(courses, domain, title if last else None, clone, tables)]
    for place, series in enumerate(monitoring):
        own = title if place == len(monitoring) - 1 else None
        panels.append(_monitored(series, place, domain, own, tables))
    apart = alt.Resolve(scale=alt.ScaleResolveMap(color="independent", shape="independent"))
    return configured(
        stacked(*panels, spacing=12, resolve=apart),
        tables,
        f"Fraction of cells with {clone} in sorted cells over time, the looks of each level pooled with "
        "their interval, the first rise beyond assay noise, and the days on full dose.",
    )


def _axis(title: str) -> alt.Y:
    axis = alt.Axis(
        format=".1~%", values=[0.001, 0.01, 0.1, 1], title=title, domain=False, minExtent=44, ticks=False
    )
    scale = alt.Scale(type="log", domain=[LOWEST, HIGHEST], nice=False, clamp=True)
    return alt.Y("value:Q", scale=scale, axis=axis)


def _panel(
    courses: Sequence[CloneCourse],
    domain: tuple[float, float],
    title: str | None,
    clone: str,
    tables: dict[str, list[Row]],
) -> alt.LayerChart:
    span = domain[1] - domain[0]
    points = [
        point
        for course in courses
        for point in _points(course.looks, course.role, _name(course), DODGE.get(course.role, 0) * span)
    ]
    drawn = estimates.rows(points, floor=LOWEST) | {"line": estimates.segments(points, floor=LOWEST)}
    tables |= {f"clone-{name}": rows for name, rows in drawn.items() if name != "unknown"}
    tables["levels"] = [_level(course, level) for course in courses for level in course.levels]
    tables["rises"] = [row for course in courses for row in _rise(course.rise_after_day, course)]
    x = _x("place", domain, title)
    y = _axis(f"Cells with {clone}")
    chart: Any = estimates.upright(x, y, "clone", ".2p", height=HEIGHT)
    chart.layer = [*_under(domain, title, y), *chart.layer, *_rises("rises", domain, title)]
    return chart  # type: ignore[no-any-return]


def _x(field: str, domain: tuple[float, float], title: str | None) -> alt.X:
    return days(field, domain, title, labels=title is not None)


def _under(domain: tuple[float, float], title: str | None, y: alt.Y) -> list[Any]:
    """Days on full dose as a wash, and each level as a band with its median."""
    start = _x("from", domain, title)
    levels, colour = named("levels"), role_colour()
    dose = [
        alt.Tooltip("dose:N"),
        alt.Tooltip("from:Q", title="from day", format=",d"),
        alt.Tooltip("to:Q", title="to day", format=",d"),
    ]
    tip = [
        alt.Tooltip("compartment:N"),
        alt.Tooltip("looks:Q", title="looks pooled"),
        alt.Tooltip("median:Q", format=".2p"),
        alt.Tooltip("lower:Q", title="from", format=".2p"),
        alt.Tooltip("upper:Q", title="to", format=".2p"),
    ]

    def at(field: str) -> alt.Y:
        channel = y.copy()
        channel.shorthand = f"{field}:Q"
        return channel

    return [
        named("doses").mark_rect(color=WASH).encode(
            start, at("bottom"), x2=alt.X2("to:Q"), y2=alt.Y2("top:Q"), tooltip=dose
        ),
        levels.mark_rect(opacity=0.13).encode(
            start, at("lower"), x2=alt.X2("to:Q"), y2=alt.Y2("upper:Q"), color=colour, tooltip=tip
        ),
        levels.mark_rule(strokeWidth=1, strokeDash=[5, 3], opacity=0.8).encode(
            start, at("median"), x2=alt.X2("to:Q"), color=colour
        ),
    ]  # fmt: skip


def _rises(name: str, domain: tuple[float, float], title: str | None) -> list[Any]:
    """The first rise: from the last look before it to the look that shows it; hollow while unconfirmed."""
    rises, start, end = named(name), _x("from", domain, title), _x("to", domain, title)
    tip = [
        alt.Tooltip("compartment:N", title="rises in"),
        alt.Tooltip("from:Q", title="after day", format=",d"),
        alt.Tooltip("to:Q", title="by day", format=",d"),
        alt.Tooltip("called:N", title="this is"),
    ]
    place = _axis("")
    place.shorthand = "place:Q"
    mark = rises.mark_point(shape="triangle-up", size=64, strokeWidth=1.6, opacity=1)
    return [
        rises.mark_rule(strokeWidth=1.6, opacity=0.7).encode(
            start, place, x2=alt.X2("to:Q"), color=role_colour(), tooltip=tip
        ),
        rises.mark_tick(thickness=1.4, size=8, opacity=0.7).encode(start, place, color=role_colour()),
        mark.encode(
            end, place, stroke=role_stroke(), fill=alt.Fill("fill:N", scale=None), tooltip=tip
        ),
    ]  # fmt: skip


def _monitored(
    series: MonitoringSeries,
    place: int,
    domain: tuple[float, float],
    title: str | None,
    tables: dict[str, list[Row]],
) -> alt.LayerChart:
    """A series of other cells, or of reads, small and by itself."""
    prefix = f"series{place}"
    points = _points(series.looks, "bulk", series.of)
    drawn = estimates.rows(points, floor=LOWEST) | {"line": estimates.segments(points, floor=LOWEST)}
    tables |= {f"{prefix}-{name}": rows for name, rows in drawn.items() if name != "unknown"}
    tables[f"{prefix}-rise"] = _rise(series.rise_after_day, series)
    chart: Any = estimates.upright(
        _x("place", domain, title), _axis(f"{series.of}, {series.material}"), prefix, ".2p", height=SMALL
    )
    chart.layer = [*chart.layer, *_rises(f"{prefix}-rise", domain, title)]
    return chart  # type: ignore[no-any-return]


def _name(course: CloneCourse) -> str:
    return course.of if course.material == "marrow" else f"{course.of} ({course.material})"


def _points(looks: Sequence[MonitoringLook], role: str, name: str, aside: float = 0) -> list[Point]:
    return [Point(look.day + aside, role, name, look.sample_id, look.day, look.fraction) for look in looks]


def _level(course: CloneCourse, level: Any) -> Row:
    return {
        "role": course.role, "compartment": _name(course), "looks": level.looks,
        "from": level.from_day - 3, "to": level.to_day + 3, "median": max(level.median, LOWEST),
        "lower": max(level.lower, LOWEST), "upper": max(level.upper, LOWEST),
    }  # fmt: skip


def _rise(after: int | None, course: CloneCourse | MonitoringSeries) -> list[Row]:
    if after is None or course.rise_day is None:
        return []
    role = course.role if isinstance(course, CloneCourse) else "bulk"
    return [
        {
            "compartment": course.of, "role": role, "from": after, "to": course.rise_day,
            "called": CALLED[course.rise_confirmed], "place": PLACES.get(role, 1.7),
            "fill": SERIES_COLOURS[SERIES.index(role)] if course.rise_confirmed else PAPER,
        }
    ]  # fmt: skip


def _doses(courses: Sequence[CloneCourse], end: float) -> list[Row]:
    spans = courses[0].doses if courses else ()
    return [
        {
            "from": one.first, "to": end if one.last is None else one.last, "bottom": LOWEST, "top": HIGHEST,
            "dose": f"full dose, {one.mg_per_day:g} mg a day",
        }
        for one in spans
        if one.full and one.mg_per_day is not None
    ]  # fmt: skip


def shows(courses: Sequence[CloneCourse]) -> bool:
    """Whether there is anything to draw: a series with two looks."""
    return any(len(course.looks) > 1 for course in courses)
