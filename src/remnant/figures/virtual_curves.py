"""Freedom from an event in virtual cohorts, one line for each scenario."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from remnant.cohort.summary.summary import CohortSummary, Curve
from remnant.figures.theme import (
    DAYS_PER_MONTH,
    DENSE,
    MUTED,
    SERIES_COLOURS,
    WIDTH,
    Row,
    configured,
    days,
    layered,
    named,
    stacked,
)

HEIGHT = 170
COLOURS = (*SERIES_COLOURS[:2], *SERIES_COLOURS[3:], DENSE)
DASHES = ([1, 0], [7, 3], [2, 2], [8, 3, 2, 3], [4, 2])
ASKED = {
    "to_independence": "Still needs red cells",
    "independence_kept": "Independence kept",
    "complete_response_kept": "No abnormal metaphase",
    "cytogenetic_relapse_free": "Free of cytogenetic relapse",
    "molecular_relapse_free": "Free of molecular relapse",
    "clinical_relapse_free": "Free of clinical relapse",
    "response_after_stop": "Response kept after stopping",
}  # curves by name, and what their axis says
SINCE = {
    "to_independence": "Months since the start",
    "independence_kept": "Months since transfusion independence",
    "complete_response_kept": "Months since complete cytogenetic response",
    "cytogenetic_relapse_free": "Months since complete cytogenetic response",
    "molecular_relapse_free": "Months since the progenitors were cleared",
    "clinical_relapse_free": "Months since erythroid response",
    "response_after_stop": "Months since the last dose",
}


def plot_virtual_curves(
    summaries: Sequence[CohortSummary], curves: Sequence[str] = ("clinical_relapse_free",)
) -> alt.VConcatChart:
    """Draw curves of one or several virtual cohorts, a panel for each curve.

    Parameters
    ----------
    summaries : sequence of CohortSummary
        At most five, one for each scenario; their titles name the lines.
    curves : sequence of str
        Names of curves, keys of `ASKED`; one that no patient began is left out.
    """
    shown = [name for name in curves if any(one.curve(name).patients for one in summaries)]
    data: dict[str, list[Row]] = {}
    panels: list[alt.LayerChart] = []
    for name in shown:
        lines = [(one.title, one.curve(name)) for one in summaries if one.curve(name).patients]
        data[f"steps-{name}"] = [row for title, curve in lines for row in _steps(title, curve)]
        panels.append(_panel(name, [one.title for one in summaries], lines))
    says = "Virtual cohorts (synthetic): " + "; ".join(ASKED[name].lower() for name in shown) + "."
    return configured(stacked(*panels, spacing=22), data, says)


def _panel(name: str, titles: list[str], lines: list[tuple[str, Curve]]) -> alt.LayerChart:
    last = max(30, *(curve.steps[-1].day for _, curve in lines if curve.steps))
    x = days("day", (0.0, last * 1.02), SINCE[name], grid=False)
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=ASKED[name], domain=False)
    y = alt.Y("free:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
    count = len(COLOURS)
    legend = (
        alt.Legend(
            title=None,
            orient="top",
            direction="vertical",
            labelLimit=600,
            symbolType="stroke",
            symbolOpacity=1,
        )
        if len(titles) > 1
        else None
    )
    shown = range(len(titles))
    colours = alt.Scale(domain=titles, range=[COLOURS[n % count] for n in shown])
    dashes = alt.Scale(domain=titles, range=[DASHES[n % count] for n in shown])
    colour = alt.Color("scenario:N", scale=colours, legend=legend)
    dash = alt.StrokeDash("scenario:N", scale=dashes, legend=legend)
    tip = [
        alt.Tooltip("scenario:N"),
        alt.Tooltip("day:Q", title="days", format=",d"),
        alt.Tooltip("free:Q", format=".1%"),
        alt.Tooltip("lower:Q", title="from (simulation)", format=".1%"),
        alt.Tooltip("upper:Q", title="to", format=".1%"),
        alt.Tooltip("at_risk:Q", title="at risk", format=",d"),
    ]
    steps = named(f"steps-{name}")
    band = steps.mark_area(interpolate="step-after", opacity=0.14).encode(
        x, alt.Y("lower:Q", axis=axis), y2=alt.Y2("upper:Q"), color=colour
    )
    line = steps.mark_line(interpolate="step-after", strokeWidth=2).encode(x, y, colour, dash)
    point = steps.mark_point(filled=True, size=60, opacity=0).encode(x, y, colour, tooltip=tip)
    title = alt.Title(
        f"{ASKED[name]}: median {_medians(lines)}", fontSize=11, fontWeight="normal", color=MUTED
    )
    return layered(band, line, point, width=WIDTH, height=HEIGHT, title=title)


def _steps(title: str, curve: Curve) -> list[Row]:
    start: Row = {"day": 0, "free": 1.0, "lower": 1.0, "upper": 1.0, "at_risk": curve.patients}
    rows: list[Row] = [start] * (not curve.steps or curve.steps[0].day > 0)
    rows += [
        {"day": s.day, "free": s.free, "lower": s.lower, "upper": s.upper, "at_risk": s.at_risk}
        for s in curve.steps
    ]
    return [{"scenario": title, **row} for row in rows]


def _medians(lines: list[tuple[str, Curve]]) -> str:
    """Say when half have had the event, in the order of the lines."""
    said = (
        "not reached" if c.median_day is None else f"{c.median_day / DAYS_PER_MONTH:.1f}" for _, c in lines
    )
    return " / ".join(said) + " months"
