"""Stem cells that work, from limiting dilution: how many of the clone and how many normal, visit by visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10

import altair as alt

from remnant.culture import Frequency
from remnant.figures import estimates
from remnant.figures.estimates import Point
from remnant.figures.theme import configured, days


def plot_frequencies(
    plates: Sequence[Frequency], days_of: Mapping[str, int], *, anchor: str
) -> alt.VConcatChart | alt.LayerChart:
    """Draw the frequency of normal and of clonal units over time, on a logarithmic axis of 1 in so many.

    Parameters
    ----------
    plates : sequence of Frequency
        Plates of one patient.
    days_of : mapping of str to int
        Day of each sample.
    anchor : str
        What day 0 is.
    """
    first, last = min(days_of.values()), max(days_of.values())
    margin = 0.04 * max(last - first, 60)
    points = [
        Point(
            days_of[plate.sample_id] + shift * margin, kind, f"{kind}, {plate.compartment}",
            plate.sample_id, days_of[plate.sample_id], estimate,
        )
        for plate in sorted(plates, key=lambda plate: days_of[plate.sample_id])
        for kind, estimate, shift in (("clone", plate.clone, -0.12), ("normal", plate.normal, 0.12))
    ]  # fmt: skip
    limits = [n for p in points for n in (p.estimate.value, p.estimate.lower, p.estimate.upper) if n]
    first_power = floor(log10(min([1e-3, *limits])))
    last_power = min(floor(log10(max([1e-2, *limits]))) + 1, 0)
    low, high = 10.0**first_power, 10.0**last_power
    tables = estimates.rows(points, floor=low) | {"line": estimates.segments(points, floor=low)}
    axis = alt.Axis(
        title="Frequency, one in",
        values=[10.0**power for power in range(first_power, last_power + 1)],
        labelExpr="format(1 / datum.value, ',.0f')",
        labelOverlap=True,
    )
    y = alt.Y("value:Q", scale=alt.Scale(type="log", domain=[low, high], clamp=True), axis=axis)
    x = days("place", (first - margin, last + margin), f"Months since {anchor}")
    return configured(
        estimates.upright(x, y, "wells", ".3~g", height=190),
        {f"wells-{name}": rows for name, rows in tables.items()},
        "Frequency of clonal and of normal units in long-term culture at each visit, with intervals and "
        "bounds.",
    )
