"""One limiting-dilution plate: negative wells against dose, with the single-hit fit."""

from __future__ import annotations

from math import exp

import altair as alt
import polars as pl

from remnant.figures.theme import INK, STEM, WIDTH, Row, configured, layered, named
from remnant.study.estimate import Estimate

STEPS = 60


def plot_plate(plate: pl.DataFrame, frequency: Estimate) -> alt.LayerChart:
    """Draw the wells of a plate and the fit that its estimate stands for.

    Parameters
    ----------
    plate : DataFrame, shape (doses, >= 3)
        Columns cells_per_well, wells_tested and wells_positive.
    frequency : Estimate
        Units per cell plated: a line with its band, or with nothing positive the line of the bound.
    """
    # Half a well is the floor: a dose without a negative well has no logarithm.
    floor = 0.5 / max([1, *plate["wells_tested"].to_list()])
    wells: list[Row] = [
        {
            "dose": dose,
            "negative": max(1 - positive / tested, floor),
            "wells": f"{tested - positive} of {tested}",
        }
        for dose, tested, positive in plate.select("cells_per_well", "wells_tested", "wells_positive").rows()
        if tested
    ]
    top = 1.05 * max((well["dose"] for well in wells), default=1.0)
    rates = {"negative": frequency.value, "low": frequency.upper, "high": frequency.lower}
    fit: list[Row] = [
        {"dose": (dose := top * step / STEPS)}
        | {name: max(exp(-rate * dose), floor) for name, rate in rates.items() if rate is not None}
        for step in range(STEPS + 1)
        if frequency.known
    ]
    axis = alt.Axis(title="Negative wells", format=".0%", tickCount=4)
    scale = alt.Scale(type="log", domain=[floor, 1], clamp=True, nice=False)
    x = alt.X("dose:Q", title="Cells per well", scale=alt.Scale(domain=[0, top], nice=False))
    band = named("fit").mark_area(color=STEM, opacity=0.15)
    line = named("fit").mark_line(color=STEM, strokeWidth=1.6)
    dots = named("wells").mark_circle(size=64, color=INK, opacity=1)
    tip = [
        alt.Tooltip("dose:Q", title="cells per well", format=",.0f"),
        alt.Tooltip("wells:N", title="negative"),
    ]
    return configured(
        layered(
            band.encode(x, alt.Y("low:Q", scale=scale, axis=axis), y2=alt.Y2("high:Q")),
            line.encode(x, alt.Y("negative:Q", scale=scale, axis=axis)),
            dots.encode(x, alt.Y("negative:Q", scale=scale, axis=axis), tooltip=tip),
            width=WIDTH,
            height=200,
        ),
        {"wells": wells, "fit": fit},
        "Negative wells of a limiting-dilution plate by dose, on a logarithmic axis, with the single-hit "
        "fit.",
    )
