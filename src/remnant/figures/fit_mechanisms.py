"""Mechanisms against each other: weight by stacking, and how far each lies behind the best."""

from __future__ import annotations

import altair as alt

from remnant.figures.fit_shade import unusable
from remnant.figures.theme import (
    ALARM,
    DENSE,
    INK,
    LINE,
    MUTED,
    PAPER,
    WIDTH,
    Row,
    configured,
    layered,
    named,
    stacked,
)
from remnant.inference.records import Fit

WORST_K = 0.7


def plot_mechanisms(fit: Fit) -> alt.VConcatChart | None:
    """Draw the stacking weight of each mechanism, and beneath it the distance from the best with two errors.

    None where nothing was compared. A mechanism whose chains or Pareto k failed is drawn hollow, in red.
    """
    if not fit.mechanisms:
        return None
    order = sorted(fit.mechanisms, key=lambda one: one.behind)
    rows: list[Row] = [
        {
            "mechanism": one.title,
            "weight": round(one.weight, 4),
            "zero": 0,
            "said": f"{100 * one.weight:.0f} %",
            "behind": round(-one.behind, 2),
            "lower": round(-one.behind - 2 * one.behind_error, 2),
            "upper": round(-one.behind + 2 * one.behind_error, 2),
            "pareto_k": round(one.pareto_k, 2),
            "doubtful": not one.fit or one.pareto_k > WORST_K,
        }
        for one in order
    ]
    names = [row["mechanism"] for row in rows]
    left = alt.Axis(title=None, domain=False, ticks=False, labelColor=INK, labelLimit=220, minExtent=150)
    y = alt.Y("mechanism:N", sort=names, scale=alt.Scale(domain=names), axis=left)
    colour = alt.condition("datum.doubtful", alt.value(ALARM), alt.value(DENSE))
    base = named("mechanisms").encode(y=y)
    share = alt.Axis(
        format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title="Stacking weight", domain=False, ticks=False
    )

    def weight(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, 1.08], nice=False), axis=share)

    above = layered(
        base.mark_bar(opacity=0.75, height=12).encode(weight("zero"), x2=alt.X2("weight:Q"), color=colour),
        base.mark_text(align="left", dx=5, fontSize=11, color=MUTED).encode(
            weight("weight"), text=alt.Text("said:N")
        ),
        width=WIDTH,
        height=22 * len(rows),
    )
    low, high = min(row["lower"] for row in rows), max(row["upper"] for row in rows)
    axis = alt.Axis(
        title="Expected log predictive density, behind the best (two standard errors)",
        tickCount=8,
        domain=False,
        ticks=False,
    )

    def place(field: str) -> alt.X:
        return alt.X(
            f"{field}:Q", scale=alt.Scale(domain=[1.05 * low, max(high, -0.03 * low)], nice=False), axis=axis
        )

    tip = [
        alt.Tooltip("mechanism:N"),
        alt.Tooltip("weight:Q", format=".0%"),
        alt.Tooltip("behind:Q", format=".1f"),
        alt.Tooltip("pareto_k:Q", title="worst Pareto k", format=".2f"),
    ]
    told, doubtful = (base.transform_filter(f"datum.doubtful == {word}") for word in ("false", "true"))
    below = layered(
        named("best").mark_rule(color=LINE, strokeWidth=1.6).encode(place("zero")),
        base.mark_rule(strokeWidth=1.6).encode(place("lower"), x2=alt.X2("upper:Q"), color=colour),
        told.mark_circle(size=62, opacity=1, color=DENSE).encode(place("behind"), tooltip=tip),
        doubtful.mark_point(size=56, fill=PAPER, stroke=ALARM, strokeWidth=1.6, opacity=1).encode(
            place("behind"), tooltip=tip
        ),
        width=WIDTH,
        height=22 * len(rows),
    )
    says = "Mechanisms compared, patient by patient left out: stacking weights and distance from the best."
    return configured(
        stacked(above, below, spacing=18, **unusable(fit)), {"mechanisms": rows, "best": [{"zero": 0}]}, says
    )
