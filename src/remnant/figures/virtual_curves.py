"""Freedom from an event in virtual cohorts, one line for each scenario."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from remnant.cohort.summary import CohortSummary, Curve
from remnant.figures.theme import (
    DENSE,
    INK,
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
    panels = []
    for name in shown:
        lines = [(one.title, one.curve(name)) for one in summaries if one.curve(name).patients]
        data[f"steps-{name}"] = [row for title, curve in lines for row in _steps(title, curve)]
        data[f"ends-{name}"] = [_end(title, curve) for title, curve in lines]
        panels.append(_panel(name, [one.title for one in summaries], lines))
    says = "Virtual cohorts (synthetic): " + "; ".join(ASKED[name].lower() for name in shown) + "."
    return configured(stacked(*panels, spacing=22), data, says)


def _panel(name: str, titles: list[str], lines: list[tuple[str, Curve]]) -> alt.LayerChart:
    last = max(30, *(curve.steps[-1].day for _, curve in lines if curve.steps))
    x = days("day", (0.0, last * 1.02), SINCE[name], grid=False)
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=ASKED[name], domain=False)
    y = alt.Y("free:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
    count = len(COLOURS)
    colour = alt.Color(
        "scenario:N",
        scale=alt.Scale(domain=titles, range=[COLOURS[n % count] for n in range(len(titles))]),
        legend=None,
    )
    dash = alt.StrokeDash(
        "scenario:N",
        scale=alt.Scale(domain=titles, range=[DASHES[n % count] for n in range(len(titles))]),
        legend=alt.Legend(title=None, orient="top", labelLimit=420, symbolStrokeColor=INK)
        if len(titles) > 1
        else None,
    )
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
    told = (
        named(f"ends-{name}")
        .mark_text(align="right", dy=-8, fontSize=11, color=MUTED)
        .encode(x, y, text="said:N")
    )
    return layered(band, line, point, told, width=WIDTH, height=HEIGHT)


def _steps(title: str, curve: Curve) -> list[Row]:
    start: Row = {"day": 0, "free": 1.0, "lower": 1.0, "upper": 1.0, "at_risk": curve.patients}
    rows: list[Row] = [start] * (not curve.steps or curve.steps[0].day > 0)
    rows += [
        {"day": s.day, "free": s.free, "lower": s.lower, "upper": s.upper, "at_risk": s.at_risk}
        for s in curve.steps
    ]
    return [{"scenario": title, **row} for row in rows]


def _end(title: str, curve: Curve) -> Row:
    """Say the median where there is one; its place is the end of the line."""
    last = curve.steps[-1] if curve.steps else None
    said = "" if curve.median_day is None else f"median {curve.median_day / 30.4375:.1f} months"
    return {
        "scenario": title,
        "day": last.day if last else 0,
        "free": last.free if last else 1.0,
        "said": said,
    }
