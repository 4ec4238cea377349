"""Cells planned: precision and detection against the size of the tube, and cells against nuclei."""

from __future__ import annotations

from typing import Any

import altair as alt

from remnant.figures.theme import (
    INK,
    MUTED,
    SERIES_COLOURS,
    STEM,
    WIDTH,
    Row,
    configured,
    layered,
    named,
    stacked,
)
from remnant.planning import EventsPlan, Split

PRECISION, POWER = SERIES_COLOURS[1], STEM


def plot_events(plan: EventsPlan) -> alt.VConcatChart:
    """Draw the coefficient of variation, the chance of detection, and the split where there is one.

    Parameters
    ----------
    plan : EventsPlan
        From `plan_events`.
    """
    curve: list[Row] = [{"cells": p.cells, "cv": min(p.cv, 1.0), "power": p.power} for p in plan.curve]
    marks = {"cv": PRECISION, "other cv": PRECISION, "blank": POWER}
    reached: list[Row] = [
        {
            "kind": "power" if goal.kind == "blank" else "cv",
            "cells": goal.cells,
            "cv": goal.cv,
            "power": plan.power if goal.kind == "blank" else None,
            "said": _cells(goal.cells),
            "asked": goal.kind == plan.asked,
        }
        for goal in plan.goals
        if goal.kind in marks and goal.cells is not None and goal.cells <= plan.curve[-1].cells
    ]
    data = {"curve": curve, "reached": [row for row in reached if row["kind"] == "cv"]}
    data["detected"] = [row for row in reached if row["kind"] == "power"]
    data["wish"] = [{"value": plan.power}]
    panels = [_precision(plan), _detection(plan)]
    if plan.split is not None and plan.split.rows:
        data["ways"] = [
            {"nuclei": row.nuclei, "cells": row.cells, "hours": row.hours, "by": row.limited_by}
            for row in plan.split.rows
        ]
        data["best"] = [
            {"nuclei": b.nuclei, "cells": b.cells, "said": f"{b.nuclei:,} nuclei, {_cells(b.cells)} cells"}
            for b in [plan.split.best]
            if b is not None
        ]
        panels.append(_split(plan.split))
    return configured(
        stacked(*panels, spacing=20),
        data,
        "Coefficient of variation and chance of detection of a population of 1 in "
        f"{1 / plan.frequency:,.0f}, against cells acquired.",
    )


def _cells(cells: int | None) -> str:
    """Say a large number of cells in thousands or millions."""
    n = cells or 0
    return f"{n / 1e6:.3g} M" if n >= 1e6 else f"{n / 1e3:.3g} k" if n >= 1e3 else str(n)


def _x(plan: EventsPlan, *, labels: bool) -> alt.X:
    axis = alt.Axis(
        format="~s", labels=labels, ticks=labels, domain=labels, labelOverlap=True,
        title="Cells acquired" if labels else None,
    )  # fmt: skip
    domain = [plan.curve[0].cells, plan.curve[-1].cells]
    return alt.X("cells:Q", scale=alt.Scale(type="log", domain=domain, nice=False), axis=axis)


def _precision(plan: EventsPlan) -> Any:
    x = _x(plan, labels=False)
    scale = alt.Scale(type="log", domain=[0.05, 1], clamp=True, nice=False)
    axis = alt.Axis(title="Coefficient of variation", format=".0%", values=[0.05, 0.1, 0.2, 0.5, 1])
    y = alt.Y("cv:Q", scale=scale, axis=axis)
    tip = [alt.Tooltip("cells:Q", format=",.0f"), alt.Tooltip("cv:Q", format=".1%")]
    title = alt.Title(f"How well a population of 1 in {1 / plan.frequency:,.0f} is counted")
    strong = alt.condition("datum.asked", alt.value(110), alt.value(34))
    text = named("reached").mark_text(align="left", dx=8, dy=-8, color=INK, fontSize=12)
    return layered(
        named("curve").mark_line(color=PRECISION, strokeWidth=1.8).encode(x, y, tooltip=tip),
        named("reached").mark_point(filled=True, shape="square", color=PRECISION, opacity=1).encode(
            x, y, size=strong, tooltip=tip
        ),
        text.encode(x, y, text="said:N", opacity=alt.condition("datum.asked", alt.value(1), alt.value(0.75))),
        width=WIDTH, height=190, title=title,
    )  # fmt: skip


def _detection(plan: EventsPlan) -> Any:
    x = _x(plan, labels=True)
    axis = alt.Axis(title="Exceeds the limit of blank", format=".0%", tickCount=5)
    y = alt.Y("power:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    tip = [alt.Tooltip("cells:Q", format=",.0f"), alt.Tooltip("power:Q", format=".1%")]
    blank = plan.blank
    said = "no background"
    if blank.events:
        among = "" if blank.cells is None else f" in {_cells(int(blank.cells))} cells"
        said = f"background of {blank.events:.3g} events{among}"
    title = alt.Title(f"Whether it is detected, {said}")
    text = named("detected").mark_text(align="left", dx=8, dy=14, color=INK, fontSize=12, fontWeight=600)
    return layered(
        named("wish").mark_rule(color=MUTED, strokeDash=[3, 3]).encode(alt.Y("value:Q", axis=axis)),
        named("curve").mark_line(color=POWER, strokeWidth=1.8).encode(x, y, tooltip=tip),
        named("detected").mark_point(filled=True, size=90, color=POWER, opacity=1).encode(x, y, tooltip=tip),
        text.encode(x, y, text="said:N"),
        width=WIDTH, height=150, title=title,
    )  # fmt: skip


def _split(split: Split) -> Any:
    x = alt.X(
        "nuclei:Q",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(title="Nuclei scored", format=",d", labelOverlap=True),
    )
    y = alt.Y(
        "cells:Q",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(title="Cells acquired", format="~s", tickCount=4),
    )
    tip = [
        alt.Tooltip("nuclei:Q", format=",d"),
        alt.Tooltip("cells:Q", format=",d"),
        alt.Tooltip("hours:Q", format=".2f"),
        alt.Tooltip("by:N", title="cells set by"),
    ]
    title = alt.Title(
        f"Ways to bound malignant stem cells below {split.target * 1e6:,.3g} per million",
        subtitle=f"With fewer than {split.fewest_nuclei:,} nuclei no number of cells suffices.",
        subtitleColor=MUTED,
        subtitleFontSize=11,
    )
    text = named("best").mark_text(align="left", dx=12, dy=16, color=INK, fontSize=12, fontWeight=600)
    return layered(
        named("ways").mark_line(color=MUTED, strokeWidth=1.4).encode(x, y),
        named("ways").mark_point(filled=True, size=36, color=MUTED, opacity=1).encode(x, y, tooltip=tip),
        named("best").mark_point(filled=True, shape="diamond", size=150, color=STEM, opacity=1).encode(x, y),
        text.encode(x, y, text="said:N"),
        width=WIDTH, height=170, title=title,
    )  # fmt: skip
