"""How deep virtual remissions are: the clone's share of stem cells and of progenitors over time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt

from remnant.cohort.summary.summary import CohortSummary, Spread
from remnant.figures.theme import (
    MUTED,
    SERIES_COLOURS,
    SERIES_SHAPES,
    WIDTH,
    Row,
    configured,
    layered,
    named,
    stacked,
)

HEIGHT, FLOOR = 150, -6.0  # log10: below one cell in a million nothing is drawn apart
SHOWN = ("stem", "progenitor")


def plot_virtual_depth(summaries: Sequence[CohortSummary]) -> alt.VConcatChart:
    """Draw median, quartiles and the middle 90 % of the clone's share, a panel for each scenario.

    Parameters
    ----------
    summaries : sequence of CohortSummary
        One for each scenario. A quantile below one in a million, or among patients without the clone, is
        drawn on the lowest line, which says so.
    """
    data = {f"depth-{n}": _rows(one) for n, one in enumerate(summaries)}
    panels = [_panel(n, one, last=n == len(summaries) - 1) for n, one in enumerate(summaries)]
    says = (
        "Virtual cohorts (synthetic): the clone's share of stem cells and of progenitors over the months, "
        "median, quartiles and middle 90 %."
    )
    return configured(stacked(*panels, spacing=20), data, says)


def _panel(number: int, summary: CohortSummary, *, last: bool) -> alt.LayerChart:
    months = sorted({float(row["month"]) for row in _rows(summary)})
    x = alt.X(
        "month:O",
        axis=alt.Axis(title="Months since the start" if last else None, labelAngle=0, format=".0f"),
        scale=alt.Scale(domain=months, paddingInner=0.2),
    )
    beside = alt.XOffset("role:N", scale=alt.Scale(domain=list(SHOWN), paddingOuter=0.6))
    values = [10.0**power for power in range(int(FLOOR), 1)]
    axis = alt.Axis(
        title="Share of the clone",
        values=values,
        labelExpr=f"datum.value <= {10**FLOOR * 1.01} ? 'none, or less' : format(datum.value, '.4~p')",
        domain=False,
    )
    scale = alt.Scale(type="log", domain=[10**FLOOR, 1.0], clamp=True)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=axis, scale=scale)

    base = named(f"depth-{number}")
    tip = [
        alt.Tooltip("role:N", title="cells"),
        alt.Tooltip("month:Q", title="month", format=".0f"),
        *(
            alt.Tooltip(f"{name}:Q", title=title, format=".3~p")
            for name, title in (
                ("q05", "5 %"),
                ("q25", "25 %"),
                ("q50", "median"),
                ("q75", "75 %"),
                ("q95", "95 %"),
            )
        ),
        alt.Tooltip("without:Q", title="without the clone", format=".1%"),
    ]
    title = alt.Title(
        summary.title,
        subtitle=f"{summary.patients:,} virtual patients. "
        "Point: median; bar: half of them; line: nine in ten.",
        subtitleColor=MUTED,
        subtitleFontSize=11,
    )
    scales = (list(SERIES_COLOURS[:2]), list(SERIES_SHAPES[:2]))
    legend = alt.Legend(title=None, orient="top", symbolSize=90)
    colour, shape = (
        kind("role:N", scale=alt.Scale(domain=list(SHOWN), range=rank), legend=legend)
        for kind, rank in zip((alt.Color, alt.Shape), scales, strict=True)
    )
    return layered(
        base.mark_rule(strokeWidth=1.4).encode(x, y("q05"), y2=alt.Y2("q95:Q"), xOffset=beside, color=colour),
        base.mark_rule(strokeWidth=7, opacity=0.4).encode(
            x, y("q25"), y2=alt.Y2("q75:Q"), xOffset=beside, color=colour
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x, y("q50"), colour, shape, xOffset=beside, tooltip=tip
        ),
        width=WIDTH,
        height=HEIGHT,
        title=title,
    )  # fmt: skip


def _rows(summary: CohortSummary) -> list[Row]:
    end = summary.years * 12
    rows: list[Row] = []
    for depth in summary.depths:
        if depth.compartment not in SHOWN or not depth.spread.patients:
            continue
        month = end if depth.month == "end" else float(depth.month)
        rows.append(
            {"role": depth.compartment, "month": month, "end": depth.month == "end", **_told(depth.spread)}
        )
    return sorted(rows, key=lambda row: (row["role"], row["month"]))


def _told(spread: Spread) -> Row:
    """Return the quantiles as fractions, at the floor where they are below it or among zeros."""
    names = ("q05", "q25", "q50", "q75", "q95")
    values = {name: getattr(spread, name) for name in names}
    told: Row = {
        name: 10**FLOOR if value is None else min(10 ** max(value, FLOOR), 1.0)
        for name, value in values.items()
    }
    assert all(math.isfinite(value) for value in told.values()), "a quantile is a number or None"
    return told | {"without": spread.zeros / spread.patients}
