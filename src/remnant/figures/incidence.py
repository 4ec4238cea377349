"""How many have relapsed, and how many died before they could, by time since remission."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from remnant.figures.survival import RETURNS, risk_panel
from remnant.figures.theme import (
    ALARM,
    MUTED,
    PAPER,
    WIDTH,
    Row,
    configured,
    days,
    layered,
    named,
    stacked,
)
from remnant.persistence.incidence import ReturnIncidence

DIED = "died without it"
HEIGHT = 220


def plot_incidence(curve: ReturnIncidence) -> alt.VConcatChart:
    """Draw both cumulative incidences as steps, the return with its band, above the patients at risk.

    Parameters
    ----------
    curve : ReturnIncidence
        Steps as estimated; the lines end with the last day on which anybody was observed.
    """
    event = RETURNS.get(curve.kind, curve.kind)
    last = max(30, curve.last_day)
    returned = _steps(event, curve.days, curve.returned, curve.lower, curve.upper, last)
    died = _steps(DIED, curve.days, curve.died, curve.died_lower, curve.died_upper, last)
    ends: list[Row] = [
        {"cause": rows[-1]["cause"], "day": last, "fraction": rows[-1]["fraction"]}
        for rows in (returned, died)
    ]
    domain = (0.0, last * 1.02)
    x = days("day", domain, None, labels=False, grid=False)
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title="Of all in remission", domain=False)
    y = alt.Y("fraction:Q", axis=axis, scale=scale)
    colour = alt.Color("cause:N", scale=alt.Scale(domain=[event, DIED], range=[ALARM, MUTED]), legend=None)
    dash = alt.StrokeDash(
        "cause:N", scale=alt.Scale(domain=[event, DIED], range=[[1, 0], [5, 3]]), legend=None
    )
    tip = [
        alt.Tooltip("cause:N", title="what"),
        alt.Tooltip("day:Q", title="days", format=",d"),
        alt.Tooltip("fraction:Q", title="by then", format=".0%"),
        alt.Tooltip("lower:Q", title="from", format=".0%"),
        alt.Tooltip("upper:Q", title="to", format=".0%"),
    ]
    steps = named("incidence")
    above = layered(
        named("returned").mark_area(interpolate="step-after", color=ALARM, opacity=0.12).encode(
            x, alt.Y("lower:Q", axis=axis, scale=scale), y2=alt.Y2("upper:Q")
        ),
        steps.mark_line(interpolate="step-after", strokeWidth=2.2).encode(x, y, colour, dash),
        steps.mark_point(filled=True, size=70, opacity=0).encode(x, y, tooltip=tip),
        named("ends").mark_text(
            align="right", baseline="bottom", dx=-2, dy=-5, fontSize=11, fontWeight=600, limit=180,
            stroke=PAPER, strokeWidth=3, strokeJoin="round", strokeOpacity=0.9,
        ).encode(x, y, text=alt.Text("cause:N")),
        named("ends").mark_text(
            align="right", baseline="bottom", dx=-2, dy=-5, fontSize=11, fontWeight=600, limit=180
        ).encode(x, y, colour, text=alt.Text("cause:N")),
        width=WIDTH, height=HEIGHT,
    )  # fmt: skip
    below, risk = risk_panel(curve.days, curve.at_risk, curve.patients, domain)
    return configured(
        stacked(above, below, spacing=4),
        {"incidence": [*returned, *died], "returned": returned, "ends": ends, "risk": risk},
        f"Cumulative incidence of {event} since remission, and of death without it, with patients at risk.",
    )


def _steps(
    cause: str,
    when: Sequence[int],
    fraction: Sequence[float],
    lower: Sequence[float | None],
    upper: Sequence[float | None],
    last: float,
) -> list[Row]:
    """Steps from nobody at remission to the last day on which anybody was observed."""
    rows: list[Row] = [{"cause": cause, "day": 0, "fraction": 0.0, "lower": None, "upper": None}]
    rows += [
        {"cause": cause, "day": day, "fraction": f, "lower": low, "upper": high}
        for day, f, low, high in zip(when, fraction, lower, upper, strict=True)
    ]
    return [*rows, rows[-1] | {"day": last}]
