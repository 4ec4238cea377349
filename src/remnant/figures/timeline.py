"""What happened to a patient: state, therapy, transfusions, blood, samples, on one axis of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import altair as alt

from remnant.analysis.timeline import Timeline
from remnant.figures.theme import (
    ALARM,
    FAINT,
    INK,
    LABELS,
    LINE,
    MUTED,
    WIDTH,
    Row,
    layered,
    named,
)

Axis: TypeAlias = Callable[[str], alt.X]
Panel: TypeAlias = tuple[alt.LayerChart, dict[str, list[Row]]]

BARE = alt.Axis(title=None, domain=False, ticks=False, labelLimit=LABELS, labelColor=MUTED)

SAMPLES = "Samples, day"

ON_DAY = alt.Tooltip("day:Q", format=",d")
PRODUCTS = {"red_cells": "red cells", "platelets": "platelets"}


def treatment(timeline: Timeline, x: Axis, end: float) -> Panel:
    """Draw each drug as bars with its holds open, and a mark for each specimen."""
    drugs: list[Row] = []
    for course in timeline.therapy:
        until = end if course.end_day is None else course.end_day
        dose = "" if course.dose_mg is None else f"{course.dose_mg:g} mg"
        if course.days_on is not None and course.cycle_days is not None:
            dose += f" days 1 to {course.days_on} of {course.cycle_days}"
        drugs.append({"lane": course.drug, "from": course.start_day, "to": until, "dose": dose.strip()})
    samples: list[Row] = [
        {"lane": SAMPLES, "day": visit.day, "sample_id": visit.sample_id, "material": visit.material}
        for visit in timeline.visits
    ]
    lanes = [*dict.fromkeys(row["lane"] for row in drugs), SAMPLES]
    y = alt.Y("lane:N", sort=lanes, scale=alt.Scale(domain=lanes, paddingInner=0.3), axis=BARE)
    tip = [
        alt.Tooltip("lane:N", title="drug"),
        alt.Tooltip("dose:N"),
        alt.Tooltip("from:Q", title="from day", format=",d"),
        alt.Tooltip("to:Q", title="to day", format=",d"),
    ]
    panel = layered(
        named("drugs").mark_bar(color=MUTED, cornerRadius=1.5).encode(
            _by_day(x("from"), samples), y, x2=alt.X2("to:Q"), tooltip=tip
        ),
        named("samples").mark_point(shape="triangle-up", filled=True, size=60, color=INK, opacity=1).encode(
            _by_day(x("day"), samples), y,
            tooltip=[alt.Tooltip("sample_id:N"), alt.Tooltip("material:N"), ON_DAY],
        ),
        width=WIDTH, height=21 * len(lanes),
    )  # fmt: skip
    return panel, {"drugs": drugs, "samples": samples}


def _by_day(x: alt.X, samples: Sequence[Row]) -> alt.X:
    """Name the day of each sample beneath it, for the sentences say days; of samples close together some."""
    x["axis"] = alt.Axis(
        values=sorted({row["day"] for row in samples}), format=",d", labelOverlap="greedy", labelSeparation=4,
        labelFontSize=10, labelPadding=1, grid=False, ticks=False, domain=False, title=None,
    )  # fmt: skip
    return x


def transfusions(timeline: Timeline, x: Axis) -> Panel:
    """Draw units by day above a line that runs where the log is complete: outside it, none is not no unit."""
    units: list[Row] = [
        {"day": gift.day, "units": gift.units, "product": PRODUCTS.get(gift.product, gift.product)}
        for gift in timeline.transfusions
    ]
    logs: list[Row] = [{"from": log.start_day, "to": log.end_day, "units": 0} for log in timeline.log_periods]
    top = max([2, *(row["units"] for row in units)])
    axis = alt.Axis(title="Units", values=[0, top], domain=False, tickCount=2, grid=False)
    y = alt.Y("units:Q", scale=alt.Scale(domain=[-0.12 * top, top], nice=False), axis=axis)
    colour = alt.Color(
        "product:N",
        legend=None,
        scale=alt.Scale(domain=["red cells", "platelets"], range=[ALARM, "#b58900"]),
    )
    logged = [
        alt.Tooltip("from:Q", title="log complete from day", format=",d"),
        alt.Tooltip("to:Q", title="to day", format=",d"),
    ]
    panel = layered(
        named("logs").mark_rule(color=MUTED, strokeWidth=3, opacity=0.55).encode(
            x("from"), y, x2=alt.X2("to:Q"), tooltip=logged
        ),
        named("units").mark_bar(width=2.2).encode(
            x("day"), y, color=colour, tooltip=[alt.Tooltip("product:N"), alt.Tooltip("units:Q"), ON_DAY]
        ),
        width=WIDTH, height=46,
    )  # fmt: skip
    return panel, {"units": units, "logs": logs}


@dataclass(frozen=True)
class Blood:
    """How one line of blood is drawn: its field, its words, and the range shown at least."""

    field: str
    title: str
    tip: str
    format: str
    at_least: tuple[float, float]
    height: int


BLOOD = (
    Blood("haemoglobin_g_per_dl", "Hb, g/dl", "haemoglobin, g/dl", ".1f", (7.0, 13.0), 84),
    Blood("platelets_1e9_per_l", "PLT, 10⁹/l", "platelets, 10⁹/l", ",.0f", (0.0, 150.0), 52),
    Blood("neutrophils_1e9_per_l", "ANC, 10⁹/l", "neutrophils, 10⁹/l", ".2f", (0.0, 2.0), 52),
)


def blood(timeline: Timeline, x: Axis) -> list[Panel]:
    """Draw each line of blood that was measured; a line breaks where a count was not done."""
    counts: list[Row] = [
        {"day": count.day} | {line.field: getattr(count, line.field) for line in BLOOD}
        for count in timeline.blood_counts
    ]
    drawn = [line for line in BLOOD if any(row[line.field] is not None for row in counts)]
    return [(_line(line, counts, x), {"counts": counts}) for line in drawn]


def _line(line: Blood, counts: Sequence[Row], x: Axis) -> alt.LayerChart:
    measured = [row[line.field] for row in counts if row[line.field] is not None]
    low, high = min(line.at_least[0], *measured), max(line.at_least[1], *measured)
    margin = 0.08 * (high - low)
    domain = [low - margin if low else 0.0, high + margin]
    axis = alt.Axis(title=line.title, tickCount=line.height // 21, domain=False, ticks=False, format=",~f")
    y = alt.Y(f"{line.field}:Q", scale=alt.Scale(domain=domain, zero=False, nice=False), axis=axis)
    base = named("counts").encode(x("day"), y)
    tip = [alt.Tooltip(f"{line.field}:Q", title=line.tip, format=line.format), ON_DAY]
    return layered(
        base.mark_line(color=LINE, strokeWidth=1.3, invalid="break-paths-filter-domains"),
        base.mark_circle(size=14, color=INK, opacity=0.85).encode(tooltip=tip),
        width=WIDTH, height=line.height, view=alt.ViewBackground(stroke=FAINT),
    )  # fmt: skip
