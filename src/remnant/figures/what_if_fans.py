"""Calendars side by side: the clone in stem cells and progenitors of one patient, under each."""

from __future__ import annotations

from typing import Any

import altair as alt

from remnant.figures.fit_fan import PROGENITOR, STEM, thinned
from remnant.figures.fit_scale import clipped, foot, fraction_y, head, with_log_odds
from remnant.figures.fit_shade import unusable
from remnant.figures.theme import FAINT, INK, Row, configured, days, named
from remnant.inference.records import CurvePoint, Fit

SHOWN = {"stem fraction": ("stem cells", STEM), "progenitor fraction": ("progenitors", PROGENITOR)}
HEIGHT, COLUMN, POINTS = 200, 250, 40
BEFORE = 365  # days before now that are shown


def plot_fans(fit: Fit, patient_id: str, *, anchor: str) -> alt.FacetChart | None:
    """Draw median and 90 % of the clone in both compartments, a panel for each calendar.

    Parameters
    ----------
    fit : Fit
        With the curves of every calendar, in the same draws.
    patient_id : str
        Whose.
    anchor : str
        What day 0 is.

    Returns
    -------
    FacetChart or None
        None for a patient without a curve of either compartment.
    """
    own = [p for p in fit.curves if p.patient_id == patient_id and p.quantity in SHOWN]
    now = max((one.now_day for one in fit.relapses if one.patient_id == patient_id), default=None)
    own = [p for p in own if now is None or p.day >= now - BEFORE]
    if not own:
        return None
    limits = foot(p.value.q05 for p in own), head(p.value.q95 for p in own)
    titles = list(dict.fromkeys(p.scenario for p in own))
    rows = [row for name in SHOWN for row in _rows([p for p in own if p.quantity == name], limits)]
    domain = float(min(p.day for p in own)), float(max(p.day for p in own))
    chart = alt.FacetChart(
        data=named("fans").data,
        spec=_panel(domain, limits, anchor, now),
        columns=len(titles),
        spacing=16,
        facet=alt.Facet(
            "calendar:N",
            sort=titles,
            header=alt.Header(
                title=None, labelColor=INK, labelFontWeight=600, labelAnchor="start", labelLimit=230
            ),
        ),
        **unusable(fit),
    )
    says = (
        f"Patient {patient_id}: {fit.clone} in stem cells (orange) and progenitors (blue, dashed) under "
        f"{', '.join(titles)}: median and 90 % band. The dotted line is the last observation; all after it "
        "is forecast."
    )
    return configured(chart, {"fans": rows}, says)


def _rows(points: list[CurvePoint], limits: tuple[float, float]) -> list[Row]:
    return [
        {
            "calendar": p.scenario,
            "cells": SHOWN[p.quantity][0],
            "day": p.day,
            **{level: clipped(getattr(p.value, level), *limits) for level in ("q05", "q50", "q95")},
        }
        for p in thinned(points, POINTS)
    ]


def _panel(domain: tuple[float, float], limits: tuple[float, float], anchor: str, now: int | None) -> Any:
    x, y = days("day", domain, f"Months since {anchor}"), fraction_y("q05", *limits, "", HEIGHT)
    names, colours = (list(column) for column in zip(*SHOWN.values(), strict=True))
    colour = alt.Color("cells:N", scale=alt.Scale(domain=names, range=colours), legend=None)
    dash = alt.StrokeDash("cells:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]]), legend=None)
    tip = [
        alt.Tooltip("calendar:N"),
        alt.Tooltip("cells:N", title="clone in"),
        alt.Tooltip("day:Q", format=",d"),
        alt.Tooltip("q50:Q", title="median", format=".3~p"),
        alt.Tooltip("q05:Q", title="from", format=".3~p"),
        alt.Tooltip("q95:Q", title="to", format=".3~p"),
    ]
    base = with_log_odds(alt.Chart(), "q05", "q50", "q95").encode(x=x, color=colour)
    middle = fraction_y("q50", *limits, "", HEIGHT)
    layers = [
        base.mark_area(opacity=0.2).encode(y=y, y2=alt.Y2("q95_:Q")),
        base.mark_line(strokeWidth=2).encode(y=middle, strokeDash=dash),
        base.mark_point(opacity=0, size=60).encode(y=middle, tooltip=tip),
    ]
    if now is not None:
        rule = (
            alt.Chart()
            .mark_rule(color=INK, strokeDash=[2, 3])
            .encode(x=alt.X(datum=now, type="quantitative"))
        )
        layers.append(rule)
    return alt.LayerChart(layer=layers, width=COLUMN, height=HEIGHT, view=alt.ViewBackground(stroke=FAINT))
