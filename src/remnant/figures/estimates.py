"""An estimate as marks: an interval where it was found, an open triangle at its bound where it was not.

Not done and not evaluable have no place on an axis of numbers; they are named in a strip beneath it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import altair as alt

from remnant.figures.theme import (
    LABELS,
    MUTED,
    PAPER,
    WIDTH,
    Row,
    layered,
    named,
    role_colour,
    role_shape,
    role_stroke,
)
from remnant.study.estimate import Estimate, Evidence


@dataclass(frozen=True)
class Point:
    """An estimate with its place: the compartment it is of, and where along the other axis it stands."""

    place: float | str
    role: str
    compartment: str
    sample_id: str
    day: int
    estimate: Estimate


def rows(points: Iterable[Point], *, floor: float = 0.0) -> dict[str, list[Row]]:
    """Return the points in three tables: `found`, `bound` and `unknown`.

    Parameters
    ----------
    points : iterable of Point
        What to draw.
    floor : float
        Lowest number that the axis can show; a logarithmic one cannot show 0.
    """
    tables: dict[str, list[Row]] = {"found": [], "bound": [], "unknown": []}
    for point in points:
        estimate = point.estimate
        row: Row = {
            "place": point.place,
            "role": point.role,
            "compartment": point.compartment,
            "sample_id": point.sample_id,
            "day": point.day,
            "evidence": str(estimate.evidence),
            "source": ", ".join(map(str, estimate.sources)),
        }
        if estimate.evidence is Evidence.DETECTED:
            assert estimate.value is not None
            assert estimate.lower is not None
            assert estimate.upper is not None
            numbers = {"value": estimate.value, "lower": estimate.lower, "upper": estimate.upper}
            row |= {name: max(number, floor) for name, number in numbers.items()}
            tables["found"].append(row)
        elif estimate.evidence is Evidence.NOT_DETECTED:
            assert estimate.upper is not None
            tables["bound"].append(row | {"lower": floor, "upper": max(estimate.upper, floor)})
        else:
            mark = "×" if estimate.evidence is Evidence.NOT_EVALUABLE else "–"
            tables["unknown"].append(row | {"mark": mark, "reason": estimate.reason})
    return tables


def segments(points: Iterable[Point], *, floor: float = 0.0) -> list[Row]:
    """Return the lines between neighbouring visits of a compartment that both found the clone.

    A line across a bound, or across a visit without an answer, would claim a course that nobody saw.
    """
    series: dict[str, list[Point]] = {}
    for point in points:
        series.setdefault(point.compartment, []).append(point)
    lines = []
    for line in series.values():
        for before, after in pairwise(line):
            if before.estimate.value is not None and after.estimate.value is not None:
                ends = max(before.estimate.value, floor), max(after.estimate.value, floor)
                lines.append(
                    {"role": before.role, "place": before.place, "value": ends[0],
                     "to_place": after.place, "to_value": ends[1]}
                )  # fmt: skip
    return lines


def upright(x: alt.X, y: alt.Y, prefix: str, number_format: str, *, height: int) -> alt.LayerChart:
    """Draw estimates over time, numbers on the vertical axis.

    Parameters
    ----------
    x, y : altair encodings
        Places (field `place`) and numbers (field `value`) with their scales.
    prefix : str
        Before the names of the tables: `PREFIX-found`, `PREFIX-bound`, `PREFIX-line`.
    number_format : str
        How tooltips show a number.
    height : int
        Of the panel, in pixels.
    """
    lower, upper = _at(y, "lower"), _at(y, "upper")
    tip, bound_tip = _tooltips(number_format)
    colour, shape = role_colour(), role_shape()
    line = named(f"{prefix}-line").mark_rule(strokeWidth=1.5, opacity=0.45)
    found, bound = named(f"{prefix}-found"), named(f"{prefix}-bound")
    triangle = bound.mark_point(shape="triangle-down", size=70, fill=PAPER, strokeWidth=1.6)
    return layered(
        line.encode(x, y, x2=alt.X2("to_place:Q"), y2=alt.Y2("to_value:Q"), color=colour),
        found.mark_rule(strokeWidth=1.4, opacity=0.8).encode(x, lower, y2=alt.Y2("upper:Q"), color=colour),
        bound.mark_rule(strokeWidth=1.2, strokeDash=[2, 3]).encode(
            x, lower, y2=alt.Y2("upper:Q"), color=colour
        ),
        found.mark_point(filled=True, size=62, opacity=1, stroke=PAPER, strokeWidth=0.8).encode(
            x, y, color=colour, shape=shape, tooltip=tip
        ),
        triangle.encode(x, upper, stroke=role_stroke(), tooltip=bound_tip),
        width=WIDTH,
        height=height,
    )


def level(x: alt.X, y: alt.Y, offset: alt.YOffset, number_format: str) -> alt.LayerChart:
    """Draw estimates beside names, numbers on the horizontal axis; tables `found` and `bound`."""
    lower, upper = _at(x, "lower"), _at(x, "upper")
    tip, bound_tip = _tooltips(number_format)
    colour, shape = role_colour(), role_shape()
    found, bound = named("found"), named("bound")
    triangle = bound.mark_point(shape="triangle-left", size=70, fill=PAPER, strokeWidth=1.6)
    return layered(
        found.mark_rule(strokeWidth=1.6).encode(lower, y, x2=alt.X2("upper:Q"), color=colour, yOffset=offset),
        bound.mark_rule(strokeWidth=1.2, strokeDash=[2, 3]).encode(
            lower, y, x2=alt.X2("upper:Q"), color=colour, yOffset=offset
        ),
        found.mark_point(filled=True, size=70, opacity=1).encode(
            x, y, color=colour, shape=shape, yOffset=offset, tooltip=tip
        ),
        triangle.encode(upper, y, stroke=role_stroke(), yOffset=offset, tooltip=bound_tip),
    )


def strip(x: alt.X, compartments: list[str], prefix: str) -> alt.LayerChart:
    """Name what has no number: x for not evaluable, a dash for not done, a row for each compartment."""
    axis = alt.Axis(domain=False, ticks=False, title=None, labelLimit=LABELS)
    y = alt.Y("compartment:N", sort=compartments, scale=alt.Scale(domain=compartments), axis=axis)
    tip = [
        alt.Tooltip("compartment:N"),
        alt.Tooltip("evidence:N", title="this is"),
        alt.Tooltip("reason:N", title="because"),
        alt.Tooltip("day:Q", title="day"),
    ]
    text = named(f"{prefix}-unknown").mark_text(fontSize=13, color=MUTED, fontWeight=600)
    layer = text.encode(x, y, text=alt.Text("mark:N"), tooltip=tip)
    return layered(layer, width=WIDTH, height=15 * len(compartments))


def _at(channel: alt.X | alt.Y, field: str) -> alt.X | alt.Y:
    moved = channel.copy()
    moved.shorthand = f"{field}:Q"
    return moved


def _tooltips(number_format: str) -> tuple[list[alt.Tooltip], list[alt.Tooltip]]:
    where = [
        alt.Tooltip("compartment:N", title="compartment"),
        alt.Tooltip("sample_id:N", title="sample"),
        alt.Tooltip("day:Q", title="day", format=",d"),
        alt.Tooltip("evidence:N", title="this is"),
    ]
    number = alt.Tooltip("value:Q", title="estimate", format=number_format)
    limits = [
        alt.Tooltip("lower:Q", title="from", format=number_format),
        alt.Tooltip("upper:Q", title="to", format=number_format),
    ]
    below = alt.Tooltip("upper:Q", title="below", format=number_format)
    source = alt.Tooltip("source:N", title="read from")
    return [*where, number, *limits, source], [*where, below, source]
