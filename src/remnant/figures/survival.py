"""Freedom from a return of the disease since remission."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from remnant.figures.theme import (
    INK,
    LINE,
    MUTED,
    WIDTH,
    Row,
    configured,
    days,
    layered,
    named,
    stacked,
)
from remnant.persistence.relapse import TimeToEvent

RETURNS = {
    "clone": "a rise of the clone",
    "cytogenetic": "cytogenetic relapse",
    "clinical": "clinical relapse",
}
HEIGHT = 220


def plot_freedom(curve: TimeToEvent) -> alt.VConcatChart:
    """Draw the Kaplan-Meier steps with their band and the median, above the patients at risk.

    Parameters
    ----------
    curve : TimeToEvent
        Steps as estimated; nothing is smoothed, and the line ends where observation does.
    """
    event = RETURNS.get(curve.kind, curve.kind)
    last = max(30, curve.last_day, *curve.days)
    steps = _steps(curve, last)
    domain = (0.0, last * 1.02)
    x = days("day", domain, None, labels=False, grid=False)
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=f"Free of {event}", domain=False)
    tip = [
        alt.Tooltip("day:Q", title="days", format=",d"),
        alt.Tooltip("free:Q", title="free", format=".0%"),
        alt.Tooltip("lower:Q", title="from", format=".0%"),
        alt.Tooltip("upper:Q", title="to", format=".0%"),
        alt.Tooltip("at_risk:Q", title="at risk just before"),
    ]
    base, y = named("steps"), alt.Y("free:Q", axis=axis, scale=scale)
    median: list[Row] = []
    if curve.median_days is not None:
        median = [{"day": curve.median_days, "free": 0.5, "zero": 0}]
    guide, origin = named("median"), days("zero", domain, None, labels=False, grid=False)
    above = layered(
        base.mark_area(interpolate="step-after", color=INK, opacity=0.1).encode(
            x, alt.Y("lower:Q", axis=axis, scale=scale), y2=alt.Y2("upper:Q")
        ),
        guide.mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x, y, y2=alt.Y2("zero:Q")),
        guide.mark_rule(color=MUTED, strokeDash=[3, 3]).encode(origin, y, x2=alt.X2("day:Q")),
        base.mark_line(interpolate="step-after", color=INK, strokeWidth=2.2).encode(x, y),
        base.mark_point(filled=True, size=70, color=INK, opacity=0).encode(x, y, tooltip=tip),
        width=WIDTH,
        height=HEIGHT,
    )
    below, risk = risk_panel(curve.days, curve.at_risk, curve.patients, domain)
    return configured(
        stacked(above, below, spacing=4),
        {"steps": steps, "median": median, "risk": risk},
        f"Kaplan-Meier estimate of freedom from {event} since remission, its limits, and patients at risk.",
    )


def _steps(curve: TimeToEvent, last: float) -> list[Row]:
    """Steps from everybody at remission, which the estimate does not list, to the end of observation."""
    rows: list[Row] = [{"day": 0, "free": 1.0, "lower": None, "upper": None, "at_risk": curve.patients}]
    rows = rows * (0 not in curve.days) + [
        {"day": day, "free": free, "lower": lower, "upper": upper, "at_risk": at_risk}
        for day, free, lower, upper, at_risk in zip(
            curve.days, curve.free, curve.lower, curve.upper, curve.at_risk, strict=True
        )
    ]
    return [*rows, rows[-1] | {"day": last}] if last > rows[-1]["day"] else rows


def risk_panel(
    when: Sequence[int], at_risk: Sequence[int], patients: int, domain: tuple[float, float]
) -> tuple[alt.LayerChart, list[Row]]:
    """Draw how many are still at risk, as a row of numbers beneath the axis.

    Each number is that just before an event, at the event; where two would touch, the later gives way.

    Parameters
    ----------
    when, at_risk : sequence of int
        Days of events and patients under observation just before each.
    patients : int
        Of all at remission.
    domain : (float, float)
        Of the axis of days.
    """
    rows: list[Row] = [{"day": 0, "at_risk": patients}]
    for day, count in zip(when, at_risk, strict=True):
        if day - rows[-1]["day"] >= (domain[1] - domain[0]) / 18:
            rows.append({"day": day, "at_risk": count})
    y = alt.Y(
        "row:N", axis=alt.Axis(title=None, domain=False, ticks=False, labelColor=MUTED, labelPadding=16)
    )
    panel = (
        named("risk")
        .transform_calculate(row="'At risk'")
        .mark_text(fontSize=11, color=INK, baseline="middle")
        .encode(days("day", domain, "Months since remission", grid=False), y, text=alt.Text("at_risk:Q"))
    )
    return layered(panel, width=WIDTH, height=22, view=alt.ViewBackground(stroke=LINE, strokeOpacity=0)), rows
