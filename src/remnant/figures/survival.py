"""Freedom from a return of the disease since remission."""

from __future__ import annotations

import altair as alt

from remnant.figures.theme import ALARM, INK, WIDTH, Row, configured, days, layered, named
from remnant.persistence.relapse import TimeToEvent

RETURNS = {
    "clone": "a rise of the clone",
    "cytogenetic": "cytogenetic relapse",
    "clinical": "clinical relapse",
}


def plot_freedom(curve: TimeToEvent) -> alt.LayerChart:
    """Draw the Kaplan-Meier steps with their limits and the patients at risk.

    Parameters
    ----------
    curve : TimeToEvent
        Steps as estimated; nothing is smoothed or carried beyond the last of them.
    """
    event = RETURNS.get(curve.kind, curve.kind)
    # Everybody is free at remission itself; the estimate lists only the steps after it.
    start: list[Row] = [{"day": 0, "free": 1.0, "lower": None, "upper": None, "at_risk": curve.patients}]
    steps: list[Row] = start * (0 not in curve.days) + [
        {"day": day, "free": free, "lower": lower, "upper": upper, "at_risk": at_risk}
        for day, free, lower, upper, at_risk in zip(
            curve.days, curve.free, curve.lower, curve.upper, curve.at_risk, strict=True
        )
    ]
    last = max([30, *curve.days])
    x = days("day", (0, last * 1.02), "Months since remission", grid=False)
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=f"Free of {event}")
    tip = [
        alt.Tooltip("day:Q", title="days", format=",d"),
        alt.Tooltip("free:Q", title="free", format=".0%"),
        alt.Tooltip("lower:Q", title="from", format=".0%"),
        alt.Tooltip("upper:Q", title="to", format=".0%"),
        alt.Tooltip("at_risk:Q", title="at risk just before"),
    ]
    base, y = named("steps"), alt.Y("free:Q", axis=axis, scale=scale)
    return configured(
        layered(
            base.mark_area(interpolate="step-after", color=INK, opacity=0.1).encode(
                x, alt.Y("lower:Q", axis=axis, scale=scale), y2=alt.Y2("upper:Q")
            ),
            base.mark_line(interpolate="step-after", color=INK, strokeWidth=2).encode(x, y),
            base.mark_point(size=40, color=ALARM, filled=True, opacity=1).encode(x, y, tooltip=tip),
            width=WIDTH,
            height=220,
        ),
        {"steps": steps},
        f"Kaplan-Meier estimate of freedom from {event} since remission, with its limits.",
    )
