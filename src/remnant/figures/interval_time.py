"""Freedom from an event by what the visits leave open, beside the curve that dates it at the visit."""

from __future__ import annotations

import altair as alt

from remnant.figures.theme import DENSE, INK, MUTED, WIDTH, Row, configured, days, layered, named, stacked
from remnant.persistence.interval_time import IntervalTimeToEvent
from remnant.persistence.relapse import TimeToEvent

HEIGHT = 210
RECURRENCES = {
    "clone": "molecular recurrence",
    "cytogenetic": "cytogenetic recurrence",
    "clinical": "clinical recurrence",
}  # each kind of `TimeToEvent` by its name among the events


def plot_interval_time(curve: IntervalTimeToEvent, visits: TimeToEvent | None = None) -> alt.VConcatChart:
    """Draw the earliest and the latest curve that the visits allow, their limits, and Kaplan-Meier as a line.

    Parameters
    ----------
    curve : IntervalTimeToEvent
        Turnbull's estimate; between its two curves nothing is known.
    visits : TimeToEvent or None
        The same event dated at the visit that showed it.
    """
    last = max(30, curve.last_day, *(visits.days if visits else ()))
    domain = (0.0, last * 1.02)
    x = days("day", domain, _since(curve.event), grid=False)
    axis = alt.Axis(
        format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=f"Free of {curve.event}", domain=False
    )

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))

    steps, line = named("steps"), named("visits")
    tip = [
        alt.Tooltip("day:Q", title="days", format=",d"),
        alt.Tooltip("earliest:Q", title="if as early as the visits allow", format=".0%"),
        alt.Tooltip("latest:Q", title="if as late", format=".0%"),
        alt.Tooltip("lower:Q", title="limits, from", format=".0%"),
        alt.Tooltip("upper:Q", title="to", format=".0%"),
    ]
    panel = layered(
        steps.mark_area(interpolate="step-after", color=INK, opacity=0.08).encode(
            x, y("lower"), y2=alt.Y2("upper:Q")
        ),
        steps.mark_area(interpolate="step-after", color=DENSE, opacity=0.4).encode(
            x, y("earliest"), y2=alt.Y2("latest:Q")
        ),
        steps.mark_line(interpolate="step-after", color=DENSE, strokeWidth=1.4).encode(x, y("earliest")),
        steps.mark_line(interpolate="step-after", color=DENSE, strokeWidth=1.4).encode(x, y("latest")),
        line.mark_line(interpolate="step-after", color=MUTED, strokeWidth=1.4, strokeDash=[4, 3]).encode(
            x, y("free")
        ),
        steps.mark_point(filled=True, size=70, opacity=0).encode(x, y("latest"), tooltip=tip),
        width=WIDTH,
        height=HEIGHT,
    )
    return configured(
        stacked(panel),
        {"steps": _steps(curve), "visits": [] if visits is None else _visits(visits, last)},
        f"Freedom from {curve.event} with interval censoring: earliest and latest curve, limits, and the "
        "Kaplan-Meier curve that dates the event at the visit.",
    )


def _since(event: str) -> str:
    """Name the day from which on the patient could have the event: a recurrence needs a remission."""
    return f"Months since {'remission' if event.endswith('recurrence') else 'day 0'}"


def _steps(curve: IntervalTimeToEvent) -> list[Row]:
    rows: list[Row] = [
        {"day": day, "earliest": early, "latest": late, "lower": low, "upper": high}
        for day, early, late, low, high in zip(
            curve.days, curve.earliest, curve.latest, curve.lower, curve.upper, strict=True
        )
    ]
    start: Row = {"day": 0, "earliest": 1.0, "latest": 1.0, "lower": 1.0, "upper": 1.0}
    rows = rows if rows and rows[0]["day"] == 0 else [start, *rows]
    return [*rows, rows[-1] | {"day": curve.last_day}] if curve.last_day > rows[-1]["day"] else rows


def _visits(curve: TimeToEvent, last: float) -> list[Row]:
    rows: list[Row] = [{"day": 0, "free": 1.0}]
    rows += [{"day": day, "free": free} for day, free in zip(curve.days, curve.free, strict=True)]
    return [*rows, rows[-1] | {"day": min(curve.last_day, last)}]
