"""What lies behind every course of a fit: doses, the day of now, a word where it must not be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from remnant.analysis.fit_observed import Observed
from remnant.figures.theme import ALARM, FAINT, INK, MUTED, WIDTH, Row, layered, named
from remnant.figures.timeline import BARE, Axis
from remnant.inference.records import Fit

UNFIT = "This fit must not be used: it failed its guards"


def doses_rows(seen: Observed, patient_id: str, domain: tuple[float, float]) -> list[Row]:
    """Lay out the courses of a patient's drugs within the days shown; an open one goes on to the end."""
    return [
        {
            "drug": course.drug,
            "from": max(course.start_day, domain[0]),
            "to": domain[1] if course.end_day is None else min(course.end_day + 1, domain[1]),
        }
        for course in seen.doses
        if course.patient_id == patient_id and course.start_day < domain[1]
    ]


def doses_panel(rows: Sequence[Row], x: Axis) -> alt.LayerChart:
    """Draw each drug as bars in a lane of its own."""
    lanes = list(dict.fromkeys(row["drug"] for row in rows)) or [" "]
    y = alt.Y("drug:N", scale=alt.Scale(domain=lanes, paddingInner=0.35), axis=BARE)
    tip = [alt.Tooltip("drug:N"), alt.Tooltip("from:Q", format=",d"), alt.Tooltip("to:Q", format=",d")]
    bars = (
        named("doses")
        .mark_bar(color=MUTED, cornerRadius=1.5)
        .encode(x("from"), y, x2=alt.X2("to:Q"), tooltip=tip)
    )
    word = (
        named("now")
        .mark_text(fontSize=11, color=INK, fontWeight=600, y=-8)
        .encode(x("day"), text=alt.Text("says:N"))
    )
    return layered(bars, word, width=WIDTH, height=16 * len(lanes))


def shade(x: Axis) -> Any:
    """Shade the days on which a drug is given, over the whole height of a panel."""
    return named("doses").mark_rect(color=FAINT, opacity=0.55).encode(x("from"), x2=alt.X2("to:Q"))


def now_rule(x: Axis) -> Any:
    """Draw the day of the last observation: what lies to its right is forecast."""
    return named("now").mark_rule(color=INK, strokeWidth=1.2, strokeDash=[4, 3]).encode(x("day"))


def unusable(fit: Fit) -> dict[str, Any]:
    """Return the title of a figure whose fit failed its guards: a picture travels without its page."""
    if fit.diagnostics.fit:
        return {}
    return {"title": alt.Title(UNFIT, color=ALARM, fontSize=12, fontWeight=600, anchor="start")}
