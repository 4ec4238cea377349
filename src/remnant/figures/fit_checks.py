"""Predictive checks: each observation beside what the posterior would have shown, and where it fell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
from scipy.stats import binom

from remnant.figures.fit_shade import unusable
from remnant.figures.theme import (
    ALARM,
    DENSE,
    FAINT,
    INK,
    LINE,
    MUTED,
    PAPER,
    Row,
    configured,
    layered,
    named,
)
from remnant.inference.records import CheckRow, Fit

SIDE, BINS, FEWEST = 210, 10, 20


def _assays(fit: Fit) -> list[str]:
    return list(dict.fromkeys(row.assay for row in fit.check_rows))


def _side_by_side(panels: list[alt.LayerChart], fit: Fit) -> alt.ConcatChart:
    chart = alt.ConcatChart(columns=3, spacing=26, **unusable(fit))
    chart.concat = list[Any](panels)
    return chart


def plot_checks(fit: Fit) -> alt.ConcatChart | None:
    """Draw what was observed against its 50 % and 90 % predictive interval, a panel for each assay.

    A point on the diagonal is what was expected; red where it lies outside its 90 % interval; a triangle
    where the observation is "below" its value.
    """
    if not fit.check_rows:
        return None
    tables: dict[str, list[Row]] = {}
    panels: list[alt.LayerChart] = []
    for number, assay in enumerate(_assays(fit)):
        own = [row for row in fit.check_rows if row.assay == assay]
        tables[f"checks-{number}"] = [_row(row) for row in own]
        panels.append(_panel(assay, own, f"checks-{number}", tables))
    says = (
        "Predictive checks: observed values of each assay against the median, 50 % and 90 % of replicates; "
        + "; ".join(f"{one.assay} {one.within_90:.0%} within 90 %" for one in fit.checks)
    )
    return configured(_side_by_side(panels, fit), tables, says + ".")


def _row(row: CheckRow) -> Row:
    expected = {
        name: float(f"{getattr(row.expected, name):.4g}") for name in ("q05", "q25", "q50", "q75", "q95")
    }
    inside = row.expected.q05 <= row.observed <= row.expected.q95
    place = {"patient": row.patient_id, "what": row.what, "day": row.day}
    return (
        place
        | {
            "observed": float(f"{row.observed:.4g}"),
            "censored": row.censored,
            "outside": not inside and not row.censored,
        }
        | expected
    )


def _panel(assay: str, own: Sequence[CheckRow], name: str, tables: dict[str, list[Row]]) -> alt.LayerChart:
    values = [v for row in own for v in (row.observed, row.expected.q05, row.expected.q95)]
    low, high = min(values), max(values)
    fraction = low >= 0 and high <= 1
    logs = low > 0 and high / low > 50 and not fraction
    kind = "sqrt" if fraction else "log" if logs else "linear"
    low, high = (0.0, max(high, 0.05)) if fraction else (low, high if high > low else low + 1)
    tables[f"line-{name}"] = [{"a": low, "b": low}, {"a": high, "b": high}]
    options: Any = {
        "format": ".2~p" if fraction else ",.2~g" if logs else ",~g",
        "tickCount": 5,
        "domain": False,
        "ticks": False,
    }
    scale = alt.Scale(
        type=kind,  # type: ignore[arg-type]
        domain=[low, high],
        nice=False,
        zero=False,
        clamp=True,
    )

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=alt.Axis(title="Expected", labelOverlap=True, **options))

    y = alt.Y("observed:Q", scale=scale, axis=alt.Axis(title="Observed", **options))
    base = named(name)
    outside, censored = "datum.outside", "datum.censored"
    colour = alt.condition(outside, alt.value(ALARM), alt.value(DENSE))
    tip = [
        alt.Tooltip("patient:N"),
        alt.Tooltip("what:N"),
        alt.Tooltip("day:Q", format=",d"),
        alt.Tooltip("observed:Q", format=".3~g"),
        *(
            alt.Tooltip(f"{q}:Q", title=f"{int(q[1:])} % of replicates", format=".3~g")
            for q in ("q05", "q50", "q95")
        ),
    ]
    diagonal = named(f"line-{name}").mark_line(color=LINE, strokeWidth=1.2)
    return layered(
        diagonal.encode(x("a"), alt.Y("b:Q", scale=scale, axis=alt.Axis(title="Observed", **options))),
        base.mark_rule(strokeWidth=1, opacity=0.4).encode(x("q05"), y, x2=alt.X2("q95:Q"), color=colour),
        base.mark_rule(strokeWidth=2.4, opacity=0.45).encode(x("q25"), y, x2=alt.X2("q75:Q"), color=colour),
        base.transform_filter(f"!{censored}")
        .mark_circle(size=26, opacity=0.95)
        .encode(x("q50"), y, color=colour, tooltip=tip),
        base.transform_filter(censored)
        .mark_point(shape="triangle-down", size=46, fill=PAPER, strokeWidth=1.4, opacity=1)
        .encode(x("q50"), y, stroke=alt.value(DENSE), tooltip=tip),
        width=SIDE,
        height=SIDE,
        title=alt.Title(assay, fontSize=12),
        view=alt.ViewBackground(stroke=FAINT),
    )


def plot_pit(fit: Fit) -> alt.ConcatChart | None:
    """Draw where in its predictive law each observation fell: flat within the band where the law is right.

    The band holds 95 % of the counts of a bin if all observations are drawn from their predictive laws; an
    assay with few observations is left to the panel of all.
    """
    if not fit.check_rows:
        return None
    groups = {"all assays": list(fit.check_rows)}
    for assay in _assays(fit):
        own = [row for row in fit.check_rows if row.assay == assay]
        if FEWEST <= len(own) < len(fit.check_rows):
            groups[assay] = own
    tables: dict[str, list[Row]] = {}
    panels: list[alt.LayerChart] = []
    for number, (title, rows) in enumerate(groups.items()):
        counts = [0] * BINS
        for row in rows:
            counts[min(int(row.tail * BINS), BINS - 1)] += 1
        lower, upper = (int(binom.ppf(tail, len(rows), 1 / BINS)) for tail in (0.025, 0.975))
        tables[f"pit-{number}"] = [
            {"from": n / BINS, "to": (n + 1) / BINS, "count": count, "zero": 0}
            for n, count in enumerate(counts)
        ]
        tables[f"band-{number}"] = [
            {"left": 0, "right": 1, "lower": lower, "upper": upper, "expected": len(rows) / BINS}
        ]
        panels.append(_histogram(f"{title} ({len(rows)})", number, max(*counts, upper) * 1.08))
    says = (
        "Where each observation fell in its predictive law: counts in ten bins with the 95 % "
        "band of a right law."
    )
    return configured(_side_by_side(panels, fit), tables, says)


def _histogram(title: str, number: int, top: float) -> alt.LayerChart:
    axis = alt.Axis(
        values=[0, 0.5, 1], format="~g", title="Tail of a replicate", domain=False, ticks=False, grid=False
    )
    side = alt.Axis(title="Observations", tickCount=4, domain=False, ticks=False, format=",~d")

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=side)

    bars, band = named(f"pit-{number}"), named(f"band-{number}")
    tip = [alt.Tooltip("from:Q", format=".1f"), alt.Tooltip("to:Q", format=".1f"), alt.Tooltip("count:Q")]
    return layered(
        band.mark_rect(color=LINE, opacity=0.55).encode(
            x("left"), y("lower"), x2=alt.X2("right:Q"), y2=alt.Y2("upper:Q")
        ),
        bars.mark_bar(color=DENSE, opacity=0.8, binSpacing=1).encode(
            alt.X("from:Q", bin="binned", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis),
            y("count"),
            x2=alt.X2("to:Q"),
            y2=alt.Y2("zero:Q"),
            tooltip=tip,
        ),
        band.mark_rule(color=INK, strokeDash=[3, 3]).encode(x("left"), y("expected"), x2=alt.X2("right:Q")),
        width=SIDE,
        height=120,
        title=alt.Title(title, fontSize=12, color=MUTED, fontWeight="normal"),
    )
