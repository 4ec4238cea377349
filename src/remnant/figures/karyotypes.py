"""The clones of one patient over the visits, by metaphases: a row for each clone, its share as a bar."""

from __future__ import annotations

import altair as alt

from remnant.analysis.karyotype_courses import KaryotypeCourse
from remnant.cytogenetics import EvolutionStrip
from remnant.figures.theme import (
    FAINT,
    INK,
    LINE,
    MUTED,
    STEM,
    WIDTH,
    Row,
    configured,
    days,
    layered,
    named,
    stacked,
)

ROW = 54  # pixels to a clone
BAR = 0.46  # of a row
NORMAL = "normal cells"


def strip_height(course: KaryotypeCourse) -> int:
    """Return the room that the figure takes, in pixels."""
    return ROW * len(course.strip.clones) + 50


def plot_karyotypes(course: KaryotypeCourse, domain: tuple[float, float], *, anchor: str) -> alt.VConcatChart:
    """Draw the table of clones by visits, on the axis of time of the patient's other figures.

    Parameters
    ----------
    course : KaryotypeCourse
        Clones in the order in which they appear, normal cells first.
    domain : (float, float)
        First and last day of the axis.
    anchor : str
        What day 0 is.
    """
    strip = course.strip
    rows, names = _cells(strip), _names(strip, domain)
    x = days("day", domain, f"Months since {anchor}")
    start = days("from", domain, f"Months since {anchor}")
    scale = alt.Scale(domain=[0, len(strip.clones)], reverse=True, nice=False)
    axis = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None, minExtent=78)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=scale, axis=axis)

    fill = alt.Color("fill:N", scale=None)
    tip = [
        alt.Tooltip("clone:N"),
        alt.Tooltip("sample_id:N", title="sample"),
        alt.Tooltip("day:Q", format=",d"),
        alt.Tooltip("count:N", title="metaphases"),
        alt.Tooltip("share:Q", format=".0%"),
        alt.Tooltip("excluded:N", title="if not seen"),
    ]
    cells = named("cells")
    panel = layered(
        named("clones").mark_rule(color=LINE).encode(start, y("base"), x2=alt.X2("to:Q")),
        cells.mark_bar(color=FAINT, width=9).encode(x, y("top"), y2=alt.Y2("base:Q"), tooltip=tip),
        cells.mark_bar(width=9).encode(x, y("reached"), y2=alt.Y2("base:Q"), color=fill, tooltip=tip),
        cells.mark_text(fontSize=10, align="left", dx=8, dy=-5, baseline="alphabetic").encode(
            x, y("base"), text=alt.Text("count:N"), color=alt.Color("ink:N", scale=None), tooltip=tip
        ),
        cells.mark_text(fontSize=9, align="left", dx=8, dy=-16, baseline="alphabetic", color=MUTED).encode(
            x, y("base"), text=alt.Text("excluded:N"), tooltip=tip
        ),
        named("clones").mark_text(
            fontSize=11, align="left", baseline="top", dy=3, fontWeight=600
        ).encode(
            days("inset", domain, f"Months since {anchor}"), y("row"), text=alt.Text("label:N"),
            color=alt.Color("ink:N", scale=None), tooltip=[alt.Tooltip("clone:N")],
        ),
        width=WIDTH,
        height=ROW * len(strip.clones),
    )  # fmt: skip
    return configured(
        stacked(panel),
        {"cells": rows, "clones": [name | {"to": domain[1]} for name in names]},
        f"Clones of patient {course.patient_id} by metaphases over the visits: the share of each among the "
        "cells of a visit, and what is excluded where none was seen.",
    )


def _depth(strip: EvolutionStrip, row: int) -> int:
    parent = strip.clones[row].parent
    return 0 if parent in (None, 0) else 1 + _depth(strip, parent)


def _own(strip: EvolutionStrip, row: int) -> str:
    """What a clone has and its parent has not."""
    clone = strip.clones[row]
    if not clone.abnormalities:
        return NORMAL
    parent = () if clone.parent is None else strip.clones[clone.parent].abnormalities
    new = [name for name in clone.abnormalities if name not in parent]
    name = ", ".join(new[:3]) + (f" and {len(new) - 3} more" if len(new) > 3 else "")
    return f"{name} (composite)" if clone.composite else name


def _names(strip: EvolutionStrip, domain: tuple[float, float]) -> list[Row]:
    """Rows of the clones; what came from another clone stands further in."""
    return [
        {
            "row": place, "base": place + 0.86, "from": domain[0],
            "inset": domain[0] + 0.018 * _depth(strip, place) * (domain[1] - domain[0]),
            "label": ("└ " if _depth(strip, place) else "") + _own(strip, place),
            "clone": ", ".join(clone.abnormalities) or NORMAL,
            "ink": INK if clone.abnormalities else MUTED,
        }
        for place, clone in enumerate(strip.clones)
    ]  # fmt: skip


def _cells(strip: EvolutionStrip) -> list[Row]:
    rows: list[Row] = []
    for place, clone in enumerate(strip.clones):
        for visit, cells in zip(strip.visits, clone.cells, strict=True):
            share = None if cells is None or not visit.metaphases else cells / visit.metaphases
            bound = visit.excluded_above if clone.abnormalities and cells == 0 else None
            base = place + 0.86
            rows.append(
                {
                    "clone": ", ".join(clone.abnormalities) or NORMAL,
                    "sample_id": visit.sample_id,
                    "day": visit.day,
                    "count": "not counted" if cells is None else f"{cells}/{visit.metaphases or '?'}",
                    "share": share,
                    "excluded": "" if bound is None else f"< {100 * bound:.0f} %",
                    "base": base,
                    "top": base - BAR,
                    "reached": base - BAR * (share or 0.0),
                    "fill": STEM if clone.abnormalities else MUTED,
                    "ink": INK if clone.abnormalities and bound is None else MUTED,
                }
            )
    return rows
