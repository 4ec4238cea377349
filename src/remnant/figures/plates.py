"""Limiting-dilution plates: wells that stayed without a colony, against dose, with the single-hit fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import exp, log

import altair as alt

from remnant.culture import Frequency, PlateDose
from remnant.figures.theme import FAINT, INK, SERIES_COLOURS, Row, configured, layered, named
from remnant.study.estimate import Estimate

COLUMNS = 3
KINDS = ("any", "clone", "normal")  # colonies that a well may lack


def plot_plates(plates: Sequence[Frequency], days_of: Mapping[str, int]) -> alt.FacetChart:
    """Draw each plate as a small panel: its wells, and the line that each of its frequencies stands for.

    On a logarithmic axis the single-hit model P(no colony) = exp(-f d) is a straight line. A frequency that
    was not detected is drawn as the broken line of its bound: the truth lies above it.

    Parameters
    ----------
    plates : sequence of Frequency
        Plates of one patient, at least one.
    days_of : mapping of str to int
        Day of each sample.
    """
    # Half a well is the floor: a dose without a negative well has no logarithm.
    floor = 0.5 / max([1, *(sum(row.wells_tested for row in alike) for p in plates for alike in _doses(p))])
    top = 1.05 * max(row.cells_per_well for plate in plates for row in plate.wells)
    ordered = sorted(plates, key=lambda plate: days_of[plate.sample_id])
    names = [_name(plate, days_of) for plate in ordered]
    rows: list[Row] = [
        {"plate": name, **row}
        for name, plate in zip(names, ordered, strict=True)
        for row in (*_wells(plate, floor), *_lines(plate, top, floor))
    ]
    lowest = min([0.5, *(row["share"] for row in rows)])
    scale = alt.Scale(type="log", domain=[max(floor, 0.6 * lowest), 1], clamp=True, nice=False)
    axis = alt.Axis(
        title="Wells without", format=".0%", values=[1, 0.5, 0.2, 0.1, 0.05, 0.02], gridColor=FAINT
    )
    x = alt.X(
        "dose:Q",
        title="Cells per well",
        scale=alt.Scale(domain=[0, top], nice=False),
        axis=alt.Axis(tickCount=4),
    )
    y = alt.Y("share:Q", scale=scale, axis=axis)
    colours = [INK, SERIES_COLOURS[3], SERIES_COLOURS[4]]
    colour = alt.Color("kind:N", scale=alt.Scale(domain=list(KINDS), range=colours), legend=None)
    shapes = alt.Scale(domain=list(KINDS), range=["circle", "triangle-up", "cross"])
    tip = [
        alt.Tooltip("kind:N", title="colony"),
        alt.Tooltip("dose:Q", title="cells per well", format=",~g"),
        alt.Tooltip("said:N", title="wells without"),
        alt.Tooltip("source:N", title="read from"),
    ]
    fit, bound, wells = (
        alt.Chart().transform_filter(f"datum.what === '{what}'") for what in ("fit", "bound", "wells")
    )
    panel = layered(
        fit.mark_area(opacity=0.1).encode(
            x, alt.Y("low:Q", scale=scale, axis=axis), alt.Y2("high:Q"), colour
        ),
        fit.mark_line(strokeWidth=1.5).encode(x, y, colour),
        bound.mark_line(strokeWidth=1.2, strokeDash=[3, 3]).encode(x, y, colour),
        wells.mark_point(filled=True, size=42, opacity=0.9).encode(
            x, y, colour, alt.Shape("kind:N", scale=shapes, legend=None), tooltip=tip
        ),
        width=170, height=130,
    )  # fmt: skip
    header = alt.Header(
        title=None,
        labelExpr="split(datum.value, '\\n')",
        labelFontSize=11,
        labelColor=INK,
        labelAnchor="start",
        labelLineHeight=14,
    )
    chart = alt.FacetChart(
        data=named("plates").data, spec=panel, columns=COLUMNS, spacing=18,
        facet=alt.Facet("plate:N", sort=names, header=header),
    )  # fmt: skip
    return configured(
        chart,
        {"plates": rows},
        "Wells without a colony, without one of the clone and without a normal one, by dose, on a "
        "logarithmic axis, with the single-hit fit of each.",
    )


def _name(plate: Frequency, days_of: Mapping[str, int]) -> str:
    # A name holds no line break, so that one here parts the two lines of a heading.
    day = f"{days_of[plate.sample_id]:,}".replace("-", "−")
    mark = " †" if plate.remarks else ""
    return f"Day {day}, {plate.compartment}{mark}\n{plate.assay}, {plate.sample_id}"


def _doses(plate: Frequency) -> list[list[PlateDose]]:
    """Return the rows of each dose: a plate may be written one row a well."""
    return [list(rows) for _, rows in groupby(plate.wells, key=lambda row: row.cells_per_well)]


def _wells(plate: Frequency, floor: float) -> list[Row]:
    """Place the wells without a colony of each kind; of a kind only where every colony was typed."""
    drawn: list[Row] = []
    for rows in _doses(plate):
        tested, positive = (
            sum(n) for n in zip(*((r.wells_tested, r.wells_positive) for r in rows), strict=True)
        )
        if not tested:
            continue
        without = {"any": tested - positive}
        typed = [
            (r.wells_normal_only, r.wells_clone_only, r.wells_both)
            for r in rows
            if r.wells_normal_only is not None and r.wells_clone_only is not None and r.wells_both is not None
        ]
        normal, clone, both = (sum(n) for n in zip((0, 0, 0), *typed, strict=True))
        if typed and normal + clone + both == positive:
            without |= {"clone": tested - clone - both, "normal": tested - normal - both}
        places = ", ".join(map(str, (row.source for row in rows[:3]))) + (" ..." if len(rows) > 3 else "")
        drawn += [
            {"what": "wells", "kind": kind, "dose": rows[0].cells_per_well,
             "share": max(count / tested, floor), "low": None, "high": None,
             "said": f"{count} of {tested}", "source": places}
            for kind, count in without.items()
        ]  # fmt: skip
    return drawn


def _lines(plate: Frequency, top: float, floor: float) -> list[Row]:
    estimates = (plate.all_cells, plate.clone, plate.normal)
    return [
        row for kind, known in zip(KINDS, estimates, strict=True) for row in _line(kind, known, top, floor)
    ]


def _line(kind: str, frequency: Estimate, top: float, floor: float) -> list[Row]:
    """Trace exp(-f d): straight until it meets the floor, so its corners are all that it needs."""
    limits = frequency.value, frequency.lower, frequency.upper
    rates = [rate for rate in limits if rate]
    corners = sorted({0.0, top, *(dose for rate in rates if (dose := -log(floor) / rate) < top)})

    def share(rate: float | None, dose: float) -> float | None:
        return None if rate is None else max(exp(-rate * dose), floor)

    found = frequency.value is not None
    return [
        {"what": "fit" if found else "bound", "kind": kind, "dose": dose,
         "share": share(frequency.value if found else frequency.upper, dose),
         "low": share(frequency.upper, dose), "high": share(frequency.lower, dose), "said": "", "source": ""}
        for dose in corners
        if frequency.known
    ]  # fmt: skip
