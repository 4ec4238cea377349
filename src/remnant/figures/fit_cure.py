"""Whether not one malignant stem cell is left, over how many stem cells the healthy marrow may have."""

from __future__ import annotations

import altair as alt

from remnant.figures.fit_scale import PLANNED
from remnant.figures.fit_shade import unusable
from remnant.figures.theme import DENSE, FAINT, PAPER, WIDTH, Row, configured, layered, named
from remnant.inference.records import Fit

DASHES = ([1, 0], [5, 3], [2, 2], [8, 3, 2, 3])


def plot_cure(fit: Fit, patient_id: str) -> alt.LayerChart | None:
    """Draw the chance of cure by the horizon, with its 90 % band; None for a patient without it.

    How many stem cells a human marrow has is known to an order of magnitude at best: the curve shows what
    hangs on it.
    """
    own = [one for one in fit.cures if one.patient_id == patient_id]
    if not own:
        return None
    rows: list[Row] = [
        {"scenario": one.scenario, "cells": one.stem_cells, "horizon": one.horizon_day}
        | {name: float(f"{getattr(one.probability, name):.4g}") for name in ("mean", "q05", "q50", "q95")}
        for one in own
    ]
    titles = sorted({one.scenario for one in own}, key=lambda title: title != PLANNED)
    ends = [min(one.stem_cells for one in own), max(one.stem_cells for one in own)]
    powers = [10.0**n for n in range(13) if ends[0] <= 10.0**n <= ends[1]]
    axis = alt.Axis(
        values=powers,
        format=",~f",
        title="Stem cells of a healthy marrow",
        domain=False,
        ticks=False,
        grid=False,
    )
    x = alt.X("cells:Q", scale=alt.Scale(type="log", domain=ends, nice=False), axis=axis)
    side = alt.Axis(
        values=[0, 0.25, 0.5, 0.75, 1], format=".0%", title="Not one left", domain=False, ticks=False
    )

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, 1]), axis=side)

    legend = alt.Legend(title=None, orient="top", labelLimit=400, symbolSize=700) if len(titles) > 1 else None
    scale = alt.Scale(domain=titles, range=[DASHES[n % len(DASHES)] for n in range(len(titles))])
    dash = alt.StrokeDash("scenario:N", scale=scale, legend=legend)
    tip = [
        alt.Tooltip("scenario:N"),
        alt.Tooltip("cells:Q", format=",.3~r"),
        *(
            alt.Tooltip(f"{q}:Q", title=t, format=".1%")
            for q, t in (("mean", "mean"), ("q05", "5 %"), ("q95", "95 %"))
        ),
    ]
    base = named("cure")
    chart = layered(
        base.mark_area(color=DENSE, opacity=0.16).encode(
            x, y("q05"), y2=alt.Y2("q95:Q"), detail="scenario:N"
        ),
        base.mark_line(color=DENSE, strokeWidth=2).encode(x, y("mean"), dash),
        base.mark_circle(color=DENSE, size=36, opacity=1, stroke=PAPER, strokeWidth=0.7).encode(
            x, y("mean"), tooltip=tip
        ),
        width=WIDTH,
        height=160,
        view=alt.ViewBackground(stroke=FAINT),
        **unusable(fit),
    )
    says = (
        f"Patient {patient_id}: chance that not one malignant stem cell is left at the horizon, "
        "over the number of stem cells."
    )
    return configured(chart, {"cure": rows}, says)
