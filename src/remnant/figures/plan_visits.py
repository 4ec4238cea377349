"""Visits planned: the chance to see a recurrence in time, and how early, by schedule."""

from __future__ import annotations

from typing import Any

import altair as alt

from remnant.figures.theme import (
    INK,
    MUTED,
    PAPER,
    SERIES_COLOURS,
    STEM,
    WIDTH,
    Row,
    configured,
    layered,
    named,
    stacked,
)
from remnant.planning import VisitsPlan

COLOUR = SERIES_COLOURS[1]
MORE = (0.45, 1.0)  # more nuclei, stronger; one colour, so that it has its own for the night
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")


def plot_visits(plan: VisitsPlan) -> alt.VConcatChart:
    """Draw confirmed returns, their lead and false ones by interval, a line for each number of nuclei.

    Parameters
    ----------
    plan : VisitsPlan
        From `plan_visits`.
    """
    rows: list[Row] = [
        {
            "interval": row.interval,
            "nuclei": f"{row.nuclei} nuclei",
            "confirmed": row.confirmed.value,
            "low": max(row.confirmed.value - 2 * row.confirmed.error, 0.0),
            "high": min(row.confirmed.value + 2 * row.confirmed.error, 1.0),
            "shown": row.shown.value,
            "lead": row.lead,
            "false": row.false.value,
            "cost": row.nuclei_a_year,
        }
        for row in plan.rows
    ]
    best = plan.best
    mark: list[Row] = []
    if plan.enough:
        said = f"{best.nuclei} nuclei, every {best.interval:g} days"
        mark = [{"interval": best.interval, "confirmed": best.confirmed.value, "said": said}]
    data = {"schedules": rows, "best": mark, "wish": [{"value": plan.question.power}]}
    return configured(
        stacked(_confirmed(plan), _lead(plan), _false(plan), spacing=18),
        data,
        "Chance that a recurrence is confirmed before clinical relapse, days by which it is shown earlier, "
        "and false returns, by interval between visits and nuclei scored.",
    )


def _encodings(plan: VisitsPlan, *, labels: bool) -> tuple[alt.X, alt.Opacity, alt.Shape]:
    intervals = list(plan.question.intervals)
    names = [f"{reading.nuclei} nuclei" for reading in plan.question.readings]
    axis = alt.Axis(
        title="Days between visits" if labels else None, values=intervals, labels=labels, ticks=labels,
        domain=labels, format="g",
    )  # fmt: skip
    low, high = min(intervals), max(intervals)
    scale = alt.Scale(type="log", domain=[low / 1.06, high * 1.06], nice=False)
    x = alt.X("interval:Q", scale=scale, axis=axis)
    legend = alt.Legend(
        title=None,
        orient="top",
        labelFontSize=12,
        labelColor=INK,
        symbolFillColor=COLOUR,
        symbolStrokeWidth=0,
    )
    span = max(len(names) - 1, 1)
    strengths = [MORE[0] + (MORE[1] - MORE[0]) * i / span for i in range(len(names))]
    strength = alt.Opacity(
        "nuclei:N", sort=names, scale=alt.Scale(domain=names, range=strengths), legend=legend
    )
    shapes = [SHAPES[i % len(SHAPES)] for i in range(len(names))]
    shape = alt.Shape("nuclei:N", sort=names, scale=alt.Scale(domain=names, range=shapes), legend=legend)
    return x, strength, shape


def _tip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("nuclei:N"),
        alt.Tooltip("interval:Q", title="every, days"),
        alt.Tooltip("confirmed:Q", format=".1%"),
        alt.Tooltip("shown:Q", format=".1%"),
        alt.Tooltip("lead:Q", title="days ahead", format=".0f"),
        alt.Tooltip("false:Q", title="false returns", format=".1%"),
        alt.Tooltip("cost:Q", title="nuclei a year", format=",.0f"),
    ]


def _confirmed(plan: VisitsPlan) -> Any:
    x, strength, shape = _encodings(plan, labels=False)
    axis = alt.Axis(title="Confirmed before relapse", format=".0%", tickCount=5)
    y = alt.Y("confirmed:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    course = plan.question.course
    title = alt.Title(
        f"A clone of {100 * course.nadir:.3g} % whose odds double every {course.doubling_days:.3g} days",
        subtitle=f"Relapse at {100 * course.relapse:.3g} %. Bars: two Monte Carlo standard errors.",
        subtitleColor=MUTED,
        subtitleFontSize=11,
    )
    place: dict[str, Any] = {"align": "left", "dx": 12, "dy": 26, "fontSize": 12, "fontWeight": 600}
    halo = named("best").mark_text(color=PAPER, stroke=PAPER, strokeWidth=5, strokeJoin="round", **place)
    text = named("best").mark_text(color=INK, **place)
    return layered(
        named("wish").mark_rule(color=MUTED, strokeDash=[3, 3]).encode(alt.Y("value:Q", axis=axis)),
        named("schedules").mark_rule(color=COLOUR).encode(
            x, alt.Y("low:Q"), alt.Y2("high:Q"), opacity=strength
        ),
        named("schedules").mark_line(color=COLOUR, strokeWidth=1.8).encode(x, y, opacity=strength),
        named("schedules").mark_point(filled=True, color=COLOUR, size=56).encode(
            x, y, opacity=strength, shape=shape, tooltip=_tip()
        ),
        named("best").mark_point(size=190, color=STEM, strokeWidth=1.8).encode(x, y),
        halo.encode(x, y, text="said:N"),
        text.encode(x, y, text="said:N"),
        width=WIDTH, height=220, title=title,
    )  # fmt: skip


def _lead(plan: VisitsPlan) -> Any:
    x, strength, shape = _encodings(plan, labels=False)
    y = alt.Y("lead:Q", scale=alt.Scale(zero=True), axis=alt.Axis(title="Days ahead of relapse", tickCount=4))
    return layered(
        named("schedules").mark_line(color=COLOUR, strokeWidth=1.8).encode(x, y, opacity=strength),
        named("schedules").mark_point(filled=True, color=COLOUR, size=56).encode(
            x, y, opacity=strength, shape=shape, tooltip=_tip()
        ),
        width=WIDTH, height=130, title=alt.Title("How early it is shown, where it is"),
    )  # fmt: skip


def _false(plan: VisitsPlan) -> Any:
    x, strength, shape = _encodings(plan, labels=True)
    top = max([0.1, *(row.false.value for row in plan.rows)])
    axis = alt.Axis(title="False returns", format=".0%", tickCount=3)
    y = alt.Y("false:Q", scale=alt.Scale(domain=[0, top], nice=True), axis=axis)
    return layered(
        named("schedules").mark_line(color=COLOUR, strokeWidth=1.8).encode(x, y, opacity=strength),
        named("schedules").mark_point(filled=True, color=COLOUR, size=56).encode(
            x, y, opacity=strength, shape=shape, tooltip=_tip()
        ),
        width=WIDTH, height=90, title=alt.Title("Returns shown while the clone stays low"),
    )  # fmt: skip
