"""Wells planned: where the doses sit on the single-hit curve, and how wide the interval will be."""

from __future__ import annotations

from math import exp
from typing import Any

import altair as alt
import numpy as np

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
from remnant.planning import WellsPlan

PLATE, WIDE = SERIES_COLOURS[4], SERIES_COLOURS[1]


def plot_wells(plan: WellsPlan) -> alt.VConcatChart:
    """Draw the plate's doses on the expected share of positive wells, and the interval by true frequency.

    Parameters
    ----------
    plan : WellsPlan
        From `plan_wells`, with wells.
    """
    asked = plan.question
    cells = [row.cells for row in plan.doses] or [1 / asked.frequency]
    low, high = min(cells) / 4, max(cells) * 4
    curve: list[Row] = [
        {
            "cells": d,
            "expected": 1 - exp(-asked.frequency * d),
            "least": 1 - exp(-asked.low * d),
            "most": 1 - exp(-asked.high * d),
        }
        for d in np.geomspace(low, high, 120).tolist()
    ]
    doses: list[Row] = [
        {
            "cells": row.cells,
            "expected": row.positive,
            "wells": row.wells,
            "said": f"{row.wells} × {row.cells:,.0f}",
        }
        for row in plan.doses
    ]
    fits: list[Row] = [
        {
            "frequency": x.frequency,
            "fold": x.fold,
            "large": x.large_sample,
            "none": x.all_negative,
            "every": x.all_positive,
        }
        for x in plan.by_frequency
        if x.fold is not None and x.all_negative < 0.5 and x.all_positive < 0.5
    ]
    own = plan.expectation
    mark: list[Row] = []
    if own is not None and own.fold is not None:
        mark = [{"frequency": own.frequency, "fold": own.fold, "said": f"{own.fold:.2f}-fold"}]
    data = {"curve": curve, "doses": doses, "fits": fits, "mark": mark}
    data["range"] = [{"low": asked.low, "high": asked.high}]
    return configured(
        stacked(_doses(plan, low, high), _fold(plan, fits), spacing=20),
        data,
        "Share of positive wells by dose with the planned doses, and the expected width of the interval by "
        "the true frequency.",
    )


def _doses(plan: WellsPlan, low: float, high: float) -> Any:
    x = alt.X(
        "cells:Q",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(title="Cells per well", format="~s", labelOverlap=True),
    )
    axis = alt.Axis(title="Wells positive", format=".0%", tickCount=5)
    scale = alt.Scale(domain=[0, 1], nice=False)
    y = alt.Y("expected:Q", scale=scale, axis=axis)
    asked = plan.question
    low_high = f"from 1 in {1 / asked.low:,.0f} to 1 in {1 / asked.high:,.0f}"
    title = alt.Title(
        f"Doses for a frequency of 1 in {1 / asked.frequency:,.0f}",
        subtitle=f"Band: {low_high}. Labels: wells × cells.",
        subtitleColor=MUTED,
        subtitleFontSize=11,
    )
    tip = [
        alt.Tooltip("cells:Q", format=",.0f"),
        alt.Tooltip("wells:Q"),
        alt.Tooltip("expected:Q", format=".1%"),
    ]
    text = named("doses").mark_text(align="left", dx=10, dy=12, color=INK, fontSize=12, fontWeight=600)
    return layered(
        named("curve").mark_area(color=PLATE, opacity=0.13).encode(
            x, alt.Y("least:Q", scale=scale, axis=axis), alt.Y2("most:Q")
        ),
        named("curve").mark_line(color=PLATE, strokeWidth=1.8).encode(x, y),
        named("doses").mark_point(filled=True, color=PLATE, opacity=1).encode(
            x, y, size=alt.Size("wells:Q", legend=None, scale=alt.Scale(range=[50, 260])), tooltip=tip
        ),
        text.encode(x, y, text="said:N"),
        width=WIDTH, height=200, title=title,
    )  # fmt: skip


def _fold(plan: WellsPlan, fits: list[Row]) -> Any:
    frequencies = [row["frequency"] for row in fits] or [plan.question.low, plan.question.high]
    across = alt.Scale(type="log", domain=[min(frequencies), max(frequencies)], nice=False)
    x = alt.X(
        "frequency:Q",
        scale=across,
        axis=alt.Axis(
            title="True frequency, one in",
            labelExpr="format(1 / datum.value, ',.0f')",
            values=_ones_in(min(frequencies), max(frequencies)),
            labelOverlap=True,
        ),
    )
    top = max([2.0, *(row["fold"] for row in fits)]) * 1.06
    scale = alt.Scale(type="log", domain=[1, top], nice=False)
    values = [1, 1.2, 1.5, 2, 3, 5, 10, 20]
    axis = alt.Axis(title="Interval to either side, fold", format=".3~g", values=values)
    y = alt.Y("fold:Q", scale=scale, axis=axis)
    tip = [
        alt.Tooltip("frequency:Q", format=".3g"),
        alt.Tooltip("fold:Q", format=".3f"),
        alt.Tooltip("none:Q", title="no well positive", format=".2%"),
        alt.Tooltip("every:Q", title="every well positive", format=".2%"),
    ]
    title = alt.Title(
        f"How well {plan.wells or 0:,} wells tell it",
        subtitle="Solid: plates with an interval. Broken: by the information alone. Shaded: the range.",
        subtitleColor=MUTED,
        subtitleFontSize=11,
    )
    text = named("mark").mark_text(align="left", dx=10, dy=-10, color=INK, fontSize=12, fontWeight=600)
    return layered(
        named("range").mark_rect(color=WIDE, opacity=0.08).encode(
            alt.X("low:Q", scale=across), alt.X2("high:Q")
        ),
        named("fits").mark_line(color=MUTED, strokeDash=[5, 4], clip=True).encode(
            x, alt.Y("large:Q", scale=scale, axis=axis)
        ),
        named("fits").mark_line(color=WIDE, strokeWidth=1.8).encode(x, y),
        named("fits").mark_point(filled=True, shape="square", size=32, color=WIDE, opacity=1).encode(
            x, y, tooltip=tip
        ),
        named("mark").mark_point(filled=True, size=100, color=STEM, opacity=1).encode(x, y, tooltip=tip[:2]),
        text.encode(x, y, text="said:N"),
        width=WIDTH, height=190, title=title,
    )  # fmt: skip


def _ones_in(low: float, high: float) -> list[float]:
    """Frequencies of 1, 2 or 5 times a power of ten in one, within the range."""
    numbers = [base * 10**power for power in range(12) for base in (1, 2, 5)]
    return [1 / n for n in numbers if low <= 1 / n <= high]
