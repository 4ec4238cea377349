"""Nuclei planned: the saw of the power against nuclei scored, and what 0 of n excludes."""

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
from remnant.planning import NucleiPlan

CALLED, BOUND = STEM, SERIES_COLOURS[1]
TICKS = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]
FEWEST = 5  # nuclei from which the axis runs


def plot_nuclei(plan: NucleiPlan) -> alt.VConcatChart:
    """Draw the power of the cut-off, and beneath it the clone that a slide without abnormal nuclei excludes.

    Parameters
    ----------
    plan : NucleiPlan
        From `plan_nuclei`.
    """
    last = plan.most if plan.showing.nuclei is None else min(plan.most, max(200, 3 * plan.showing.nuclei))
    power: list[Row] = [
        {"nuclei": n, "power": power, "false": false} for n, power, false in plan.curve if FEWEST <= n <= last
    ]
    excluded: list[Row] = [
        {"nuclei": row.nuclei, "bound": row.bound, "rule": row.rule}
        for row in plan.by_nuclei
        if FEWEST <= row.nuclei <= last
    ]
    found = plan.showing
    marks: list[Row] = []
    if found.nuclei is not None:
        marks.append({"nuclei": found.nuclei, "power": found.power, "said": f"{found.nuclei:,} nuclei"})
    seen: list[Row] = []
    if plan.exclusion.nuclei is not None and FEWEST <= plan.exclusion.nuclei <= last:
        label = f"0 of {plan.exclusion.nuclei:,}"
        seen.append({"nuclei": plan.exclusion.nuclei, "bound": plan.clone, "said": label})
    data = {
        "power": power, "excluded": excluded, "shown": marks, "seen": seen,
        "wish": [{"value": plan.power, "said": f"wish {plan.power:.0%}"}],
        "asked": [{"value": plan.clone}],
    }  # fmt: skip
    says = (
        f"Chance that a clone of {100 * plan.clone:.3g} % is called at each number of nuclei, and the clone "
        "that a slide without abnormal nuclei excludes."
    )
    panels = stacked(_power(plan, last), _bound(plan, last), spacing=18)
    return configured(panels, data, says)


def _x(last: int, *, labels: bool) -> alt.X:
    axis = alt.Axis(
        values=[tick for tick in TICKS if FEWEST <= tick <= last],
        format=",d",
        labels=labels,
        ticks=labels,
        domain=labels,
        title="Nuclei scored" if labels else None,
        labelOverlap=True,
    )
    scale = alt.Scale(type="log", domain=[FEWEST, last], nice=False)
    return alt.X("nuclei:Q", scale=scale, axis=axis)


def _power(plan: NucleiPlan, last: int) -> Any:
    x = _x(last, labels=False)
    axis = alt.Axis(title="Called abnormal", format=".0%", tickCount=5)
    y = alt.Y("power:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    false = alt.Y("false:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    tip = [
        alt.Tooltip("nuclei:Q", format=",d"),
        alt.Tooltip("power:Q", title="clone called", format=".1%"),
        alt.Tooltip("false:Q", title="normal sample called", format=".2%"),
    ]
    title = alt.Title(
        f"A clone of {100 * plan.clone:.3g} % against the lab's own cut-off",
        subtitle="Solid: the clone is called. Grey: a sample without it is called.",
        subtitleColor=MUTED,
        subtitleFontSize=11,
    )
    point = named("shown").mark_point(filled=True, size=90, color=CALLED, opacity=1)
    text = named("shown").mark_text(
        align="left", dx=8, dy=14, color=INK, fontSize=12, fontWeight=600, clip=False
    )
    return layered(
        named("wish").mark_rule(color=MUTED, strokeDash=[3, 3]).encode(alt.Y("value:Q", axis=axis)),
        named("power").mark_line(color=MUTED, strokeWidth=1.2).encode(x, false),
        named("power").mark_line(color=CALLED, strokeWidth=1.8).encode(x, y, tooltip=tip),
        point.encode(x, y, tooltip=tip[:2]),
        text.encode(x, y, text="said:N"),
        width=WIDTH,
        height=220,
        title=title,
    )


def _bound(plan: NucleiPlan, last: int) -> Any:
    x = _x(last, labels=True)
    values = [v for v in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if v]
    axis = alt.Axis(
        title="Excluded above", format=".3~g", values=values, labelExpr="format(datum.value, '.3~p')"
    )
    scale = alt.Scale(type="log", nice=False)
    y = alt.Y("bound:Q", scale=scale, axis=axis)
    tip = [
        alt.Tooltip("nuclei:Q", format=",d"),
        alt.Tooltip("bound:Q", title="excluded above", format=".3%"),
        alt.Tooltip("rule:Q", title="perfect probe", format=".3%"),
    ]
    title = alt.Title(
        f"No abnormal nucleus seen: clones excluded at {100 * plan.confidence:.3g} %",
        subtitle="Solid: this probe and sort. Broken: a perfect one, 1 − (1 − confidence)^(1/n).",
        subtitleColor=MUTED,
        subtitleFontSize=11,
    )
    text = named("seen").mark_text(align="left", dx=8, dy=-10, color=INK, fontSize=12, fontWeight=600)
    return layered(
        named("asked").mark_rule(color=MUTED, strokeDash=[3, 3]).encode(alt.Y("value:Q", axis=axis)),
        named("excluded").mark_line(color=MUTED, strokeDash=[5, 4]).encode(x, alt.Y("rule:Q", scale=scale)),
        named("excluded").mark_line(color=BOUND, strokeWidth=1.8).encode(x, y),
        named("excluded").mark_point(filled=True, shape="square", size=36, color=BOUND, opacity=1).encode(
            x, y, tooltip=tip
        ),
        named("seen").mark_point(filled=True, shape="square", size=90, color=BOUND, opacity=1).encode(x, y),
        text.encode(x, y, text="said:N"),
        width=WIDTH,
        height=170,
        title=title,
    )  # fmt: skip
