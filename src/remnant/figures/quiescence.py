"""Cells that rest: the fraction of each compartment in G0, visit by visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import altair as alt

from remnant.analysis.findings import PhaseReading
from remnant.figures import estimates
from remnant.figures.estimates import Point
from remnant.figures.theme import Row, configured, days, stacked
from remnant.study.estimate import Estimate

OTHERWISE = Estimate.not_done("not measured in this way")
DODGE = {"stem": -0.2, "progenitor": 0.0, "bulk": 0.2}  # of the margin: intervals of one day stay apart


def measured_phases(readings: Sequence[PhaseReading], patient_id: str) -> list[PhaseReading]:
    """List the readings of a patient, with the visits at which nothing was done.

    A compartment that was never measured is left out: nobody asked which of its cells rest.
    """
    mine = [item for item in readings if item.patient_id == patient_id]
    asked = {item.compartment for item in mine if item.origin}
    return [item for item in mine if item.compartment in asked]


def plot_quiescence(
    readings: Sequence[PhaseReading], days_of: Mapping[str, int], *, anchor: str
) -> alt.VConcatChart | alt.LayerChart:
    """Draw the fraction in G0 of every compartment over time.

    Parameters
    ----------
    readings : sequence of PhaseReading
        Of one patient, in the order of time; at least one.
    days_of : mapping of str to int
        Day of each sample.
    anchor : str
        What day 0 is.
    """
    first, last = min(days_of.values()), max(days_of.values())
    margin = 0.04 * max(last - first, 60)
    tables = estimates.rows(_point(item, margin) for item in readings)
    tables["line"] = [row for elsewhere in (True, False) for row in _lines(readings, elsewhere, margin)]
    domain, title = (first - margin, last + margin), f"Months since {anchor}"
    silent = {row["compartment"] for row in tables["unknown"]}
    inner = days("place", domain, None if silent else title, labels=not silent)
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title="Cells in G0", domain=False)
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    panel: alt.LayerChart | alt.VConcatChart = estimates.upright(inner, y, "rest", ".2p", height=170)
    if silent:
        names = [name for name in dict.fromkeys(item.compartment for item in readings) if name in silent]
        panel = stacked(panel, estimates.strip(days("place", domain, title), names, "rest"), spacing=4)
    return configured(
        panel,
        {f"rest-{name}": rows for name, rows in tables.items()},
        "Fraction of cells in G0 in each compartment at each visit, with intervals and bounds.",
    )


def _lines(readings: Sequence[PhaseReading], elsewhere: bool, margin: float) -> list[Row]:
    """Join neighbouring visits that were measured in the same way; any other visit parts them."""
    at = {(item.sample_id, item.compartment): replace(item, g0=OTHERWISE) for item in readings}
    same = [item for item in readings if item.origin and item.from_table is elsewhere]
    at |= {(item.sample_id, item.compartment): item for item in same}
    return estimates.segments(_point(item, margin) for item in at.values())


def _point(item: PhaseReading, margin: float) -> Point:
    place = item.day + DODGE.get(item.role, 0.0) * margin
    return Point(place, item.role, item.compartment, item.sample_id, item.day, item.g0)
